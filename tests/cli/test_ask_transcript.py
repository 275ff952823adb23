"""The transcript on a terminal: what streams, what stays."""

from __future__ import annotations

import io
from collections.abc import Iterable

import msgspec
import pyte
import pytest
from rich.console import Console

from argo_tui.transcript import Transcript
from engine.events import AnswerDelta, Citation, Event, Status, SynthesisDone
from tests.scripted_run import SENTENCE, answered, ending, opening, started


def screen(
    events: Iterable[Event], *, width: int = 60, height: int = 30, trace: bool = False
) -> list[str]:
    """What a terminal shows after the events."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=width, height=height, markup=False,
                      emoji=False, highlight=False)  # fmt: skip
    transcript = Transcript(console, console, trace=trace)
    for event in events:
        transcript.show(event)
    shown = pyte.Screen(width, height)
    pyte.Stream(shown).feed(out.getvalue().replace("\n", "\r\n"))
    return [line.rstrip() for line in shown.display]


def changed(events: list[Event], **more: object) -> list[Event]:
    return [
        msgspec.structs.replace(event, **more) if isinstance(event, SynthesisDone) else event
        for event in events
    ]


def test_an_answer_that_stands_is_shown_once() -> None:
    lines = screen(answered())
    assert lines[0] == SENTENCE.text
    assert lines[1] == "" and lines[2].startswith("[1] O-RAN architecture")


@pytest.mark.parametrize("width", [12, 20, 49, 50, 51, 80])
def test_the_checked_text_replaces_what_was_streamed(width: int) -> None:
    events = changed(answered(), text="It controls the RAN.", citations=(), sentences=())
    lines = [line for line in screen(events, width=width) if line]
    assert " ".join(lines).replace("  ", " ") == "It controls the RAN." or "".join(lines) == (
        "It controls the RAN."
    )


def test_what_has_left_the_screen_is_not_taken_back() -> None:
    long = "\n".join(f"line {number}" for number in range(20))
    events = changed([started("a", "Q?"), *ending("a", Status.ANSWERED, long)],
                     text="Checked.", citations=(), sentences=())  # fmt: skip
    lines = screen(events, height=8)
    assert "After checking:" in lines and "Checked." in lines


def test_a_cancelled_answer_stays_as_far_as_it_came() -> None:
    events = [started("a", "Q?"), *ending("a", Status.CANCELLED, "As far as it")]
    events = changed(events, nearest=(), citations=())
    assert [line for line in screen(events) if line] == ["As far as it"]


def test_findings_stream_while_they_are_read() -> None:
    events = list(opening("a", "Q?"))
    until = next(n for n, event in enumerate(events) if isinstance(event, AnswerDelta))
    lines = screen(events[: until + 1], trace=True)
    assert f"  found: {SENTENCE.text}" in lines
    lines = screen(events, trace=True)
    assert lines.count(f"  found: {SENTENCE.text}") == 1
    assert any(line.startswith("  step 1: 0.40 s") for line in lines)


def test_markup_in_an_answer_is_text() -> None:
    events = changed(answered(), text="[bold]no[/bold] :smile: [/]", citations=(), sentences=())
    assert screen(events)[0] == "[bold]no[/bold] :smile: [/]"


def test_a_long_quote_is_cut_on_the_screen() -> None:
    quotes = (Citation(number=1, quote="word " * 500),)
    text = "".join(screen(changed(answered(), citations=quotes), height=60))
    assert text.count("word") == 60 and "…»" in text
