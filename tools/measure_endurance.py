"""A long session in one app: does memory grow, do frames get slower, do keys wait?

    python tools/measure_endurance.py --questions 500 [--pace 0.02] [--out DIR]

The real app in a pseudo-terminal with its run store; recorded runs stand for the model. Prints a
table; with --out also writes endurance-table.md, endurance.csv (a row a question) and
endurance-echo.csv (a row a key). --memory FILE says where memory went (slow: times mean nothing
then).
"""
# ruff: noqa: T201

from __future__ import annotations

import argparse
import csv
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.errors import ArgoError
from tools.endurance.figures import Asked
from tools.endurance.player import Recording, read, streamed
from tools.endurance.report import Measured, markdown
from tools.endurance.report import csv as rows_of
from tools.endurance.session import Session, last_line

LETTERS = "абвгдежзийклмнопрстуфхцчшщыэюяαβγδεζηθικλμνξπρστυφχψω"
"""Typed for the echo: none is in a recording, so what shows one is its echo."""
CLEARED = 20
"""Letters before the prompt is emptied: none may stand there twice."""
_F3, _F6, _F10, _ESCAPE = "\x1bOR", "\x1b[17~", "\x1b[21~", "\x1b"


def main() -> int:
    """Measure, print, write."""
    options = _options()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="argo-endurance-") as folder:
        try:
            measured = measure(options, Path(folder))
        except ArgoError as error:
            print(f"measure_endurance: {error}", file=sys.stderr)
            return 1
    about = (
        f"{options.questions} questions in one session, recorded runs at {options.pace:g} of their"
        f" time, 120x40; {time.monotonic() - began:.0f} s in all."
    )
    text = markdown(measured, about)
    print(text)
    if options.out:
        _write(options.out, measured, text)
    return 0


def measure(options: argparse.Namespace, home: Path) -> Measured:
    """The whole session. Raises ArgoError."""
    recordings = read()
    environment = {"ENDURANCE_MEMORY": str(options.memory.resolve())} if options.memory else {}
    echoes: dict[str, tuple[float, ...]] = {}
    with Session(home, options.pace, environment) as session:

        def type_in(when: str) -> None:
            for name, typed in (("chat", keys), ("two panes", compared)):
                first = 1 + len(echoes) * options.keys
                echoes[f"{name}, {when}"] = tuple(typed(session, options.keys, first))

        type_in("first")
        # The first question opens the run store, the first comparison a few more: no leak.
        start = session.state()
        asked = tuple(ask(session, recordings, options.questions))
        type_in(f"after {len(asked)} questions")
        before = session.state()
        replay(session, options.replays)
        end = session.state()
        left = session.quit()
    return Measured(
        asked=asked,
        echoes=echoes,
        replays=options.replays,
        replay_rss=(before.rss, end.rss),
        threads=(start.threads, end.threads),
        files=(start.files, end.files),
        left=left,
    )


def ask(session: Session, recordings: Sequence[Recording], count: int) -> Iterator[Asked]:
    """Questions one after the other, the recordings in turn."""
    for number in range(1, count + 1):
        one = session.ask(number, recordings[(number - 1) % len(recordings)])
        if number % 20 == 0:
            print(
                f"{number}: {one.rss / (1 << 20):.0f} MiB, turn {one.turn_s * 1000:.0f} ms,"
                f" processor {one.cpu_s * 1000:.0f} ms",
                file=sys.stderr,
            )
        yield one


def keys(session: Session, count: int, first: int, panes: int = 1) -> Iterator[float]:
    """Seconds from key to letter while answers stream. `first` is the number of the question."""
    chance = random.Random(first)
    typed = 0
    while typed < count:
        mark = f"s{first}"
        session.enter(f"Compare A1, E2 and O1. {mark}", mark)
        first += 1
        while typed < count and not session.ended(mark):
            session.window.rest(chance.uniform(0.1, 0.3))
            seconds = session.echo(LETTERS[typed % len(LETTERS)])
            # A letter that came after the last token had nothing to wait for.
            if not session.ended(mark):
                typed += 1
                yield seconds
            if typed % CLEARED == 0:
                session.clear()
        session.answered(mark, panes)
        session.clear()


def compared(session: Session, count: int, first: int) -> Iterator[float]:
    """The same in the comparison, while two panes stream at the same time."""
    session.press(_F10, ("Two to four",), 0.2)
    session.press("\r", (), 1.5)
    session.press(_F6, ("In turn",), 0.3)
    session.press(_F6, ("In parallel",), 0.3)
    yield from keys(session, count, first, panes=2)
    session.press(_ESCAPE, (), 1.0)


def replay(session: Session, count: int) -> None:
    """Show the newest run again from the list of runs."""
    if not count:
        return
    last = last_line(streamed(read()))
    for _ in range(count):
        session.press(_F3, ("Show again",), 0.3)
        session.press("\r", (last,), 0.05)


def _write(folder: Path, measured: Measured, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "endurance-table.md").write_text(text, "utf-8")
    (folder / "endurance.csv").write_text(rows_of(measured.asked), "utf-8")
    with (folder / "endurance-echo.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("meanwhile", "ms"))
        for name, times in measured.echoes.items():
            writer.writerows((name, f"{seconds * 1000:.2f}") for seconds in times)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--questions", type=int, default=500)
    parser.add_argument("--pace", type=float, default=0.02, help="share of the recorded time")
    parser.add_argument("--keys", type=int, default=200, help="typed for each echo figure")
    parser.add_argument("--replays", type=int, default=0)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--memory", type=Path, metavar="FILE", help="where memory went")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
