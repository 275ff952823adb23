"""The store as the commands open it, and the progress bar that ingestion shows.

Not responsible for ingesting (engine.retrieval.ingest).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from engine.paths import Home
from engine.retrieval.lance import LanceStore
from engine.retrieval.minilm import DIMENSIONS, NAME, MiniLM
from engine.retrieval.report import IngestProgress


@contextmanager
def opened() -> Iterator[LanceStore]:
    """The user's store, without loading the embedder. Raises StoreError."""
    store = LanceStore.open(Home.find().store, NAME, DIMENSIONS)
    try:
        yield store
    finally:
        store.close()


def embedder() -> MiniLM:
    """The embedder as ingestion wants it, for texts by the thousand: on a GPU where there is one,
    else in bfloat16 where the processor has it.
    """
    import torch

    if torch.cuda.is_available():
        return MiniLM.load("cuda")
    return MiniLM.load(reduced=torch.cpu._is_avx512_bf16_supported())


@contextmanager
def bar(what: str) -> Iterator[Callable[[IngestProgress], None]]:
    """A progress bar on stderr while inside; nothing where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda progress: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining
    from rich.table import Column

    name = TextColumn("{task.fields[document]}", markup=False, table_column=Column(no_wrap=True))
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), Remaining(), name)
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=None, document="")

        def show(progress: IngestProgress) -> None:
            shown.update(
                task,
                total=progress.total,
                completed=progress.done,
                document=f"{progress.passages} passages  {progress.document}",
            )

        yield show
