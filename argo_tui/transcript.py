"""A run as plain text on a terminal or in a pipe: the answer on stdout, the steps on stderr.

On a terminal the answer streams as it is decoded and is replaced by the checked text when that
differs. In a pipe only the checked text appears. Not responsible for JSON or for exit codes
(argo_tui.commands.ask).
"""

from __future__ import annotations

from math import ceil
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from engine.events import (
    Action,
    AnswerDelta,
    AnswerDone,
    Classified,
    Decided,
    Event,
    Notice,
    Passage,
    Restated,
    Retrieved,
    RunFailed,
    RunFinished,
    RunStarted,
    Status,
    StepTimed,
    SubqueryDone,
    SynthesisDelta,
    SynthesisDone,
)
from engine.export import place

_QUOTE: Final = 300
_FINDING: Final = 100
"""Characters; the record has the rest."""


class Transcript:
    """Shows events in order. `trace` adds a dim line a thing that happens, on `notes`.

    `live` shows findings and the answer as they are decoded, where there is a terminal.
    """

    def __init__(
        self, out: Console, notes: Console, *, trace: bool = True, live: bool = True
    ) -> None:
        self._out = out
        self._live = live and out.is_terminal
        self._notes = notes
        self._trace = trace
        self._streamed: list[str] = []
        self._finding = False
        self._passages: dict[int, Passage] = {}

    def show(self, event: Event) -> None:
        """Show one event."""
        match event:
            case RunStarted():
                self._streamed, self._passages = [], {}
                place = f"{event.device} {event.dtype}".strip()
                self._note(f"{event.profile} · {event.model} · {place}")
            case AnswerDelta():
                self._stream_finding(event.text)
            case AnswerDone() if self._finding:
                self._note("  (it does not answer the question)" if not event.answered else "")
            case SynthesisDelta():
                self._stream(event.text)
            case SynthesisDone():
                self._answer(event)
            case Retrieved():
                self._passages |= {passage.number: passage for passage in event.passages}
                self._note(_retrieved(event))
            case RunFailed():
                self._end_finding()
                self._notes.print(Text(_sentence(event), style="red"), soft_wrap=True)
            case Notice():
                self._end_finding()
                self._notes.print(Text(f"note: {event.text} {event.remedy}".rstrip()))
            case _:
                self._note(_line(event))

    def _stream_finding(self, text: str) -> None:
        if self._trace and self._live and self._notes.is_terminal:
            start = "" if self._finding else "  found: "
            self._finding = True
            self._notes.print(Text(start + text, style="dim"), end="", soft_wrap=True)

    def _end_finding(self) -> None:
        if self._finding:
            self._finding = False
            self._notes.print()

    def _note(self, text: str) -> None:
        self._end_finding()
        if self._trace and text:
            self._notes.print(Text(text, style="dim"), soft_wrap=True)

    def _stream(self, text: str) -> None:
        self._streamed.append(text)
        if self._live:
            self._out.file.write(text)
            self._out.file.flush()

    def _answer(self, done: SynthesisDone) -> None:
        self._end_finding()
        streamed = "".join(self._streamed) if self._live else ""
        if not streamed:
            self._print(Text(done.text), end="\n" if done.text else "")
        elif streamed.strip() == done.text.strip() or done.status is Status.CANCELLED:
            self._print(Text(""))
        else:
            self._replace(streamed, done.text)
        if done.from_model:
            self._print(Text("(the model's own knowledge; no passage supports it)", style="dim"))
        else:
            for sentence in done.sentences:
                if not sentence.supported:
                    self._print(
                        Text(f"(«{sentence.text}»: {sentence.why or 'not supported'})", style="dim")
                    )
        if done.compared:
            self._print(Text(f"({done.compared} Computed, not generated.)", style="dim"))
        if done.choice:
            chance = done.choice.probabilities[done.choice.index]
            self._print(
                Text(f"\nChoice: {done.choice.index + 1}. {done.choice.option} ({chance:.2f})")
            )
        self._sources(done)
        self._out.file.flush()

    def _replace(self, streamed: str, text: str) -> None:
        """Take back what was streamed while it is still on the screen."""
        width, height = self._out.size
        lines = streamed.split("\n")
        rows = sum(max(1, ceil(cell_len(line) / width)) for line in lines)
        if rows < height:
            up = f"\x1b[{rows - 1}A" if rows > 1 else ""
            self._out.file.write(f"\r{up}\x1b[J")
        else:
            self._print(Text("\n\nAfter checking:\n", style="dim"))
        self._print(Text(text))

    def _sources(self, done: SynthesisDone) -> None:
        if done.nearest:
            self._print(Text("\nNearest passages:", style="dim"))
        for passage in done.nearest:
            self._print(Text(f"[{passage.number}] {place(passage)}"))
        known = self._passages | {passage.number: passage for passage in done.nearest}
        cited = dict.fromkeys(citation.number for citation in done.citations)
        if cited:
            self._print(Text(""))
        for number in cited:
            if source := known.get(number):
                self._print(Text.assemble((f"[{number}]", "bold"), f" {place(source)}"))
            quotes = [item.quote for item in done.citations if item.number == number]
            for quote in dict.fromkeys(filter(None, quotes)):
                self._print(Text(f"    «{_short(quote, _QUOTE)}»", style="italic"))

    def _print(self, text: Text, end: str = "\n") -> None:
        self._out.print(text, soft_wrap=True, end=end)


def console(*, stderr: bool = False) -> Console:
    """A console that adds nothing to a text: no markup, no emoji codes, no colours of its own."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def _line(event: Event) -> str:
    match event:
        case Restated():
            return f"understood as: {event.text}"
        case Classified():
            return (
                f"{event.label}, {event.kind}: U {event.u_max:.2f}, at most {event.max_steps} steps"
            )
        case Decided() if event.action is Action.STOP:
            return f"stop at U {event.u:.2f}: {event.why}"
        case Decided():
            return f"step {event.step}: {event.action} at U {event.u:.2f} of {event.u_max:.2f}"
        case SubqueryDone() if event.generated:
            return f"  sub-query: {event.text}"
        case AnswerDone():
            return f"  {_finding(event)}"
        case StepTimed():
            name = f"step {event.step}" if event.step else "synthesis"
            rate = event.usage.tokens_per_second
            speed = f", {event.usage.decoded_tokens} tokens, {rate:.1f}/s" if rate else ""
            return f"  {name}: {event.ns / 1e9:.2f} s{speed}"
        case RunFinished():
            steps = f"{event.steps} step" + ("" if event.steps == 1 else "s")
            return f"{_STATUS[event.status]} in {event.ns / 1e9:.2f} s, {steps}"
        case _:
            return ""


_STATUS = {
    Status.ANSWERED: "answered",
    Status.NOT_FOUND: "not found",
    Status.FAILED: "failed",
    Status.CANCELLED: "cancelled",
}


def _retrieved(event: Retrieved) -> str:
    count = len(event.passages)
    best = f", best similarity {max(p.dense for p in event.passages):.2f}" if count else ""
    verdict = "" if event.cleared else ", none relevant enough"
    took = (event.embed_ns + event.search_ns) / 1e6
    return f"  {count} passage{'' if count == 1 else 's'}{best}{verdict}, {took:.0f} ms"


def _finding(event: AnswerDone) -> str:
    if not event.answered:
        return "the passages do not answer it" if event.action is Action.RETRIEVE else "no answer"
    return f"found: {_short(event.text, _FINDING)}"


def _short(text: str, length: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def _sentence(event: RunFailed) -> str:
    place = f" ({event.where})" if event.where else ""
    return f"{event.what}{place}. {event.remedy}".rstrip()
