"""Hostile text through the commands: what they write, on a terminal and in a pipe, is only text."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from argo_tui import cli
from argo_tui.commands import corpus, ingest
from argo_tui.commands.ask import run
from argo_tui.commands.options import Overrides
from argo_tui.commands.request import Request
from argo_tui.crash import write_report
from argo_tui.guard import complain, guarded
from engine.events import Event, RunFinished, RunStarted
from engine.layers import Configuration
from engine.llm.backend import Cancel
from engine.paths import Home
from engine.retrieval.minilm import NAME
from engine.runs import RunStore
from engine.text import clean
from tests import pty_kit
from tests.engine.retrieval_kit import BagOfWords
from tests.hostile import HOSTILE
from tests.poison import poisoned
from tests.terminal import Terminal
from tests.wire import foreign

NAMED = [pytest.param(text, id=name) for name, text in HOSTILE.items()]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ARGO_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return Home.find()


class Poisoned:
    """An engine that says one text everywhere."""

    def __init__(self, text: str) -> None:
        self._events = poisoned(clean(text[:20_000]), fails=True)

    def __call__(self, configuration: Configuration, home: Home, may_ask: bool) -> Poisoned:
        return self

    def answer(
        self,
        question: str,
        *,
        options: Sequence[str] = (),
        earlier: str | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[Event]:
        for event in self._events:
            started = isinstance(event, RunStarted)
            yield msgspec.structs.replace(event, question=question) if started else event

    def close(self) -> None:
        """Nothing to give back."""


def everything(run: str) -> list[Event]:
    """One run that holds every text somewhere."""
    first, *rest = poisoned("packed")
    middle = [
        event
        for text in HOSTILE.values()
        for event in poisoned(clean(text[:2_000]), fails=True)
        if not isinstance(event, RunStarted | RunFinished)
    ]
    return [msgspec.structs.replace(event, run=run) for event in (first, *middle, rest[-1])]


@pytest.mark.parametrize("text", NAMED)
@pytest.mark.parametrize("json", [False, True], ids=["text", "json"])
def test_ask_writes_only_text(
    text: str, json: bool, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    request = Request(question=f"ask {text[:3_000]}", json=json, record=False)
    assert guarded(lambda: run(request, Overrides(), Poisoned(text))) == 0
    written = capfdbinary.readouterr()
    assert foreign(written.out.replace(b"\t", b"")) == []
    assert foreign(written.err.replace(b"\t", b"")) == []


@pytest.mark.parametrize("text", NAMED)
def test_a_complaint_is_one_line_of_text(
    text: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    complain(f"it failed: {text}")
    said = capfdbinary.readouterr().err
    assert foreign(said) == []
    assert said.count(b"\n") == 1


@pytest.mark.parametrize("words", [("show",), (), ("--json",), ("export",)], ids=str)
def test_what_runs_writes_to_a_terminal_is_only_text(
    tmp_path: Path, home: Home, words: tuple[str, ...]
) -> None:
    with closing(RunStore.open(home.runs)) as store:
        for event in everything("aaa111"):
            store.write(event)
    command = [sys.executable, "-m", "argo_tui", "runs", *words]
    variables = pty_kit.variables(tmp_path / "home")
    terminal = Terminal(command, variables, pty_kit.ROOT, 100, 30, draw=False)
    try:
        assert terminal.wait() == 0
        terminal.read(0.3)
        assert b"packed" in terminal.raw
        assert foreign(terminal.raw.replace(b"\t", b"")) == []
    finally:
        terminal.close()


@pytest.mark.parametrize("format", ["md", "csv", "jsonl"])
def test_an_export_in_a_pipe_is_only_text(
    home: Home, format: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    with closing(RunStore.open(home.runs)) as store:
        for event in everything("aaa111"):
            store.write(event)
    assert guarded(lambda: cli.main(["runs", "export", "--format", format])) == 0
    assert foreign(capfdbinary.readouterr().out.replace(b"\t", b"")) == []


@pytest.mark.parametrize("text", NAMED)
def test_a_search_for_it_finds_nothing_and_fails_at_nothing(text: str, home: Home) -> None:
    RunStore.open(home.runs).close()
    assert guarded(lambda: cli.main(["runs", "--search", text[:5_000].replace("\0", "")])) in (0, 2)


def test_a_crash_report_is_only_text(tmp_path: Path) -> None:
    for text in HOSTILE.values():
        try:
            raise ValueError(text[:2_000])
        except ValueError as error:
            report = write_report(tmp_path / "crash", error)
        assert foreign(report.read_bytes().replace(b"\t", b"")) == []


def test_the_log_is_only_text(tmp_path: Path) -> None:
    from argo_tui import logs

    path = tmp_path / "argo.log"
    root = logging.getLogger()
    before = [*root.handlers]
    # What pytest keeps of the log travels between its processes, and half a character cannot.
    root.handlers = []
    try:
        assert logs.start(path) == ""
        for text in HOSTILE.values():
            logging.getLogger("argo_tui").error("failed: %s", text[:2_000])
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers = before
    assert foreign(path.read_bytes().replace(b"\t", b"")) == []


class Standin(BagOfWords):
    """Words instead of a model, under the model's name."""

    name = NAME


@pytest.mark.parametrize("json", [(), ("--json",)], ids=["text", "json"])
def test_a_collection_of_documents_with_hostile_names_is_listed_as_text(
    tmp_path: Path,
    json: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    for module in (ingest, corpus):
        monkeypatch.setattr(module, "embedder", Standin)
    docs = tmp_path / "docs"
    docs.mkdir()
    for number, text in enumerate(HOSTILE.values()):
        name = text.encode("utf-8", "surrogatepass")[:60].replace(b"/", b"_").replace(b"\0", b"")
        path = Path(os.fsdecode(bytes(docs) + b"/%d " % number + name + b".md"))
        path.write_text(f"# Document {number}\n\nText {number} of {clean(text[:300])}", "utf-8")
    for words in (["ingest", str(docs)], ["corpus"]):
        code = guarded(lambda words=words: cli.main([*words, *json]))
        written = capfdbinary.readouterr()
        assert foreign(written.out.replace(b"\t", b"")) == [], words
        assert foreign(written.err.replace(b"\t", b"")) == [], words
        assert code in (0, 1), written.err
