"""Hostile text at every door of the engine: what comes out of it is text, and only text."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final, get_args

import msgspec
import pytest

from engine import export
from engine.argo import Argo
from engine.errors import DocumentError
from engine.events import RunStarted, decode
from engine.llm.backend import Kind
from engine.llm.holdback import Cleaner
from engine.paths import Home
from engine.retrieval.readers.read import load, parse
from engine.runs import RunStore
from engine.text import clean
from tests.hostile import BYTES, HOSTILE
from tests.poison import poisoned
from tests.scripted_session import scripted

FORBIDDEN = frozenset(
    chr(code)
    for code in (
        *(code for code in range(32) if code not in (9, 10)),
        *range(0x7F, 0xA0),
        *(0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x180E, 0x200B, 0x200E, 0x200F, 0x3164, 0xFEFF),
        *range(0x2028, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xD800, 0xE000),
        *range(0xE0000, 0xE01F0),
    )
)


def strings(value: object) -> Iterator[str]:
    """Every text in plain data."""
    match value:
        case str():
            yield value
        case dict():
            yield from strings(list(value.values()))
        case list() | tuple():
            for item in value:
                yield from strings(item)


KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
NAMED = [pytest.param(text, id=name) for name, text in HOSTILE.items()]


def assert_only_text(text: str) -> None:
    """No control character, nothing that hides or reorders."""
    assert not FORBIDDEN & set(text)


@pytest.mark.parametrize("text", NAMED)
def test_cleaned_text_is_only_text_and_cleaning_it_again_changes_nothing(text: str) -> None:
    cleaned = clean(text)
    assert_only_text(cleaned)
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize("text", NAMED)
def test_what_a_model_streams_is_cleaned_however_it_is_cut(text: str) -> None:
    text = text[:3_000]
    cut = random.Random(0)
    cleaner, said, at = Cleaner(), "", 0
    while at < len(text):
        size = cut.randint(1, 7)
        said += cleaner.push(text[at : at + size])
        at += size
    said += cleaner.flush()
    assert_only_text(said)
    assert said == clean(text)


def documents() -> list[object]:
    texts = {name: text[:50_000].encode("utf-8", "surrogatepass") for name, text in HOSTILE.items()}
    return [pytest.param(data, id=name) for name, data in (texts | BYTES).items()]


@pytest.mark.parametrize("ending", [".md", ".txt", ".html"])
@pytest.mark.parametrize("data", documents())
def test_a_document_is_read_as_text_or_refused(tmp_path: Path, data: bytes, ending: str) -> None:
    path = tmp_path / f"document{ending}"
    path.write_bytes(data)
    try:
        found = parse(load(path), path)
    except DocumentError:
        return
    for text in strings(asdict(found)):
        assert_only_text(text)


@pytest.mark.parametrize("text", NAMED)
def test_the_name_of_a_document_is_cleaned(tmp_path: Path, text: str) -> None:
    name = text.encode("utf-8", "surrogatepass")[:60]
    name = name.replace(b"/", b"_").replace(b"\0", b"")
    path = tmp_path / (name.decode("utf-8", "surrogateescape") + ".md")
    path.write_text("# O-RAN\n\nThe A1 interface carries policies.", "utf-8")
    assert_only_text(parse(load(path), path).title)


@pytest.mark.parametrize("text", NAMED)
def test_question_options_and_what_came_before_are_cleaned_first(text: str) -> None:
    session = scripted(
        ["The beacon timer of a Tarvo node runs for 40 ms."],
        {
            "answer": ["40 ms [1]."] * 9,
            "decompose": ["How long?"] * 9,
            "synthesise": ["40 ms [1]."],
        },
    )
    asked = f"How long does the beacon timer run? {text[:1_000]}"
    argo = Argo(session, Home(Path("config"), Path("data"), Path("cache")))
    events = list(argo.answer(asked, options=(text[:200], "40 ms"), earlier=text[:200], run="run"))
    assert isinstance(events[0], RunStarted)
    assert events[0].question == clean(asked).strip()
    for event in events:
        for string in strings(msgspec.to_builtins(event)):
            assert_only_text(string)


@pytest.mark.parametrize("text", NAMED)
def test_every_export_holds_only_text(text: str) -> None:
    events = poisoned(clean(text), fails=True)
    for made in (export.markdown(events), export.csv(events), export.json_lines(events)):
        assert_only_text(made)
    lines = export.json_lines(events).splitlines()
    assert [decode(line) for line in lines] == events


def test_every_text_can_be_recorded_and_searched_for(tmp_path: Path) -> None:
    store = RunStore.open(tmp_path / "runs.sqlite")
    for number, text in enumerate(HOSTILE.values()):
        for event in poisoned(clean(text)):
            if isinstance(event, RunStarted):
                store.write(msgspec.structs.replace(event, run=f"r{number}"))
    for text in HOSTILE.values():
        for run in store.runs(search=clean(text)[:5_000]):
            assert_only_text(run.question)
    assert len(store.runs(limit=1_000)) == len(HOSTILE)
    store.close()
