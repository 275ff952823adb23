"""`argo-tui corpus`: what is in the collection; build the primer, remove a document.

Exit codes: 0 done, 1 error or an unhealthy store, 2 usage. Not responsible for adding documents
(argo_tui.commands.ingest).
"""

from __future__ import annotations

import json as _json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from argo_tui.commands.collection import bar, embedder, opened
from argo_tui.guard import ERROR, OK, UsageError, complain
from argo_tui.numbers import plural, size
from engine.layers import load
from engine.paths import Home
from engine.retrieval.ingest import ensure_primer
from engine.retrieval.store import Document, Health

app = App(name="corpus", help="What is in the collection.")


@app.default
def list_documents(
    *, json: Annotated[bool, Parameter(help="One JSON object for everything.")] = False
) -> int:
    """List documents, totals and the health of the store."""
    with opened() as store:
        documents, health = store.documents(), store.health()
    problems = (*health.problems, *_gone(documents))
    if json:
        value = {**asdict(health), "problems": problems, "documents": documents}
        value["documents"] = [asdict(document) for document in documents]
        sys.stdout.write(_json.dumps(value) + "\n")
    else:
        _table(documents)
        sys.stdout.write(_totals(health))
        for problem in problems:
            complain(problem)
    return ERROR if health.problems else OK


@app.command
def build() -> int:
    """Bring the bundled primer into the collection."""
    settings = load(Home.find()).settings.retrieval
    with opened() as store:
        with bar("building the primer") as show:
            changed = ensure_primer(store, embedder(), settings, progress=show)
        health = store.health()
    sys.stdout.write("primer built; " if changed else "primer is up to date; ")
    sys.stdout.write(_totals(health))
    return OK


@app.command
def rm(
    *names: Annotated[str, Parameter(help="Source, end of the source, or path of a document.")],
) -> int:
    """Forget documents. The files are not touched."""
    if not names:
        raise UsageError("Nothing to remove", remedy="argo-tui corpus lists the documents.")
    with opened() as store:
        # All names are looked up before anything is removed.
        for document in find(names, store.documents()):
            store.remove(document.id)
            sys.stdout.write(f"removed {document.source}\n")
        store.optimise()
    return OK


def find(names: Sequence[str], documents: Sequence[Document]) -> list[Document]:
    """The document that each name means. Raises UsageError for none, several, or the primer."""
    found: dict[str, Document] = {}
    for name in names:
        exact = [d for d in documents if name in {d.id, d.source}]
        ending = [d for d in documents if f"/{d.source}".endswith(f"/{name.lstrip('/')}")]
        matches = exact or ending
        if not matches:
            raise UsageError("No such document", where=name, remedy="argo-tui corpus lists them.")
        if len(matches) > 1:
            shown = ", ".join(d.id for d in matches[:5])
            raise UsageError("Several documents match", where=name, remedy=f"Name one: {shown}.")
        if matches[0].collection == "primer":
            raise UsageError("The primer belongs to the program and cannot be removed", where=name)
        found[matches[0].id] = matches[0]
    return list(found.values())


def _gone(documents: Sequence[Document]) -> tuple[str, ...]:
    """A line about documents whose file is no longer there; they can still be searched."""
    lost = [d for d in documents if d.collection != "primer" and not Path(d.id).exists()]
    if not lost:
        return ()
    count = plural(len(lost), "document")
    return (
        f"{count} no longer on disk, {lost[0].source} first: argo-tui ingest --prune DIRECTORY",
    )


def _totals(health: Health) -> str:
    return (
        f"{plural(health.documents, 'document')}, {plural(health.passages, 'passage')}, "
        f"{size(health.bytes)}, embedder {health.embedder}\n"
    )


def _table(documents: Sequence[Document]) -> None:
    from rich.table import Table
    from rich.text import Text

    from argo_tui.transcript import console

    out = console()
    if not out.is_terminal:
        out.width = 1_000  # a pipe has no width: whole names, never cut
    table = Table(box=None, pad_edge=False, header_style="dim", expand=out.is_terminal)
    table.add_column("passages", justify="right", no_wrap=True)
    # Only a terminal's width is shared out; in a pipe the columns are as wide as their words.
    title, source = (2, 3) if out.is_terminal else (None, None)
    table.add_column("title", no_wrap=True, overflow="ellipsis", ratio=title)
    table.add_column("source", no_wrap=True, overflow="ellipsis", ratio=source)
    for document in sorted(documents, key=lambda document: document.source):
        cells = (str(document.passages), document.title, document.source)
        table.add_row(*(Text(" ".join(cell.split())) for cell in cells))
    if documents:
        out.print(table, soft_wrap=not out.is_terminal)
