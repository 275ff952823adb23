"""`argo-tui doctor`: is everything there, and what to do where it is not.

Exit codes: 0 without a problem, 1 with one. Not responsible for what is looked at (engine.doctor,
argo_tui.terminal_report) or for what is measured (engine.doctor.measure).
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from cyclopts import Parameter

from argo_tui.guard import ERROR, OK, complain
from argo_tui.numbers import plural, seconds
from argo_tui.terminal_report import Terminal
from argo_tui.terminal_report import checks as terminal_checks
from engine.doctor.examination import examine
from engine.doctor.finding import Check, Finding, State, isolated
from engine.errors import ConfigError
from engine.layers import load
from engine.paths import Home, shipped

if TYPE_CHECKING:
    from rich.console import Console

    from engine.doctor.measure import Measured

_MARK: Final = max(len(state) for state in State) + 2
_NAME: Final = 16
_STYLES: Final = {State.OK: "green", State.NOTE: "yellow", State.PROBLEM: "bold red"}
_NARROWEST: Final = 40


def doctor(
    *,
    measure: Annotated[
        bool, Parameter(help="Measure for ten seconds, and estimate a question of each profile.")
    ] = False,
    json: Annotated[bool, Parameter(help="One JSON object.")] = False,
) -> int:
    """Look at everything that a question needs. Nothing is changed, loaded or fetched.

    Asks no one on the network but the servers that profiles name.
    """
    home = Home.find()
    measured: list[Measured] = []
    found = chain(findings(home), _measuring(home, measured) if measure else ())
    if json:
        done = list(found)
        value = plain(done, measured[0] if measured else None)
        sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    else:
        from argo_tui.transcript import console

        done = list(_shown(found, console()))
        sys.stdout.write("".join(_estimates(each) for each in measured))
        sys.stdout.write(f"\n{_verdict(done)}\n")
    return ERROR if any(each.state is State.PROBLEM for each in done) else OK


def findings(home: Home) -> Iterator[Finding]:
    """Of the engine, the themes and the terminal, each as soon as it is known."""
    themes = Check("terminal", "themes", lambda: _themes(home))
    ours = (*terminal_checks(Terminal.here()), themes)
    return chain(examine(home, os.environ), chain.from_iterable(map(isolated, ours)))


def plain(found: Sequence[Finding], measured: Measured | None) -> dict[str, Any]:
    """What `--json` prints."""
    counted = Counter(each.state for each in found)
    value: dict[str, Any] = {
        "ok": not counted[State.PROBLEM],
        "problems": counted[State.PROBLEM],
        "notes": counted[State.NOTE],
        "findings": [asdict(each) for each in found],
        "measured": None,
    }
    if measured is not None:
        value["measured"] = asdict(measured)
        for each, estimate in zip(value["measured"]["estimates"], measured.estimates, strict=True):
            each["seconds"] = estimate.seconds
    return value


def lines(finding: Finding, width: int) -> list[str]:
    """Mark, name and finding; below it what to do. At most `width` wide where words allow it."""
    head = f"  {finding.state:<{_MARK}}{finding.name:<{_NAME}}"
    head = head if head.endswith("  ") else f"{head.rstrip()}  "
    indent = " " * (2 + _MARK + _NAME)
    told = _wrapped(finding.text, head, indent, width)
    if finding.remedy:
        told += _wrapped(finding.remedy, f"{indent}→ ", f"{indent}  ", width)
    return told


def _wrapped(text: str, first: str, then: str, width: int) -> list[str]:
    # A word that is too long stays whole: it is a path or a command, to be copied.
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=then,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _shown(found: Iterator[Finding], out: Console) -> Iterator[Finding]:
    """Print each as it comes, below its subject."""
    from rich.text import Text

    # A pipe has no width: one line is one finding, and one remedy.
    width = max(_NARROWEST, shutil.get_terminal_size().columns) if out.is_terminal else 100_000
    subject = ""
    for finding in found:
        if finding.subject != subject:
            out.print(Text(f"{chr(10) if subject else ''}{finding.subject}", "bold"))
            subject = finding.subject
        for number, line in enumerate(lines(finding, width)):
            text = Text(line)
            if number == 0:
                text.stylize(_STYLES[finding.state], 2, 2 + len(finding.state))
            out.print(text, soft_wrap=True)
        yield finding


def _themes(home: Home) -> Iterator[Finding]:
    """Files that are left out, and a theme in force that is not there."""
    from argo_tui.theming.files import load_themes

    themes, messages = load_themes((shipped("themes"), home.themes))
    for message in messages:
        remedy = "Mend that key: docs/themes.md lists them all."
        yield Finding("terminal", "themes", State.NOTE, message, remedy)
    try:
        wanted = load(home).settings.theme
    except ConfigError:
        return
    if wanted in themes:
        yield Finding("terminal", "themes", State.OK, f"{len(themes)}, {wanted} is worn")
    else:
        text = f"there is no theme «{wanted}»"
        remedy = f"Choose one: {', '.join(sorted(themes))}."
        yield Finding("terminal", "themes", State.NOTE, text, remedy)


def _measuring(home: Home, into: list[Measured]) -> Iterator[Finding]:
    """Measure into the list, and say it; where that fails, why."""
    from engine.doctor import measure

    def look() -> Iterator[Finding]:
        measured = measure.measure(load(home).settings, home, phase=_phase)
        into.append(measured)
        yield from figures(measured)

    yield from isolated(Check("measured", "measuring", look))


def figures(measured: Measured) -> Iterator[Finding]:
    """What was measured, as lines."""
    rates = measured.rates
    read = ", ".join(f"{bits} {rate / 1e9:.1f}" for bits, rate in rates.reading.items())
    for name, text in {
        "device": f"{measured.device}, {measured.dtype}",
        "memory": f"{rates.bandwidth / 1e9:.1f} GB/s",
        "weights": f"{read.replace('none', measured.dtype)} GB/s, read by a product of one row",
        "products": f"{rates.full / 1e9:,.0f} GFLOP/s in {measured.dtype}"
        + (f", {rates.int8 / 1e9:,.0f} in int8" if rates.int8 else ""),
        "prompt": f"{measured.prompt_tokens / measured.prompt_s:,.0f} tokens/s, "
        f"{measured.profile}, {measured.prompt_tokens} tokens",
        "decode": f"{measured.decoded_tokens / measured.decode_s:.1f} tokens/s, "
        f"{measured.profile}, {measured.decoded_tokens} tokens, without lookup",
    }.items():
        yield Finding("measured", name, State.OK, text)


def _estimates(measured: Measured) -> str:
    rows = [
        (each.profile, seconds(each.prompt_s), seconds(each.decode_s), seconds(each.seconds))
        for each in measured.estimates
    ]
    table = "".join(f"  {n:<{_NAME}}{p:>9}{d:>9}{t:>9}\n" for n, p, d, t in rows)
    return (
        f"\na simple question on {measured.device}, estimate in seconds\n"
        f"  {'profile':<{_NAME}}{'prompt':>9}{'decode':>9}{'all':>9}\n{table}"
    )


def _verdict(found: Sequence[Finding]) -> str:
    counted = Counter(each.state for each in found)
    notes = f"{plural(counted[State.NOTE], 'note')}" if counted[State.NOTE] else ""
    if counted[State.PROBLEM]:
        problems = plural(counted[State.PROBLEM], "problem")
        return f"{problems}, {notes}." if notes else f"{problems}."
    return f"No problem, {notes}." if notes else "No problem."


def _phase(text: str) -> None:
    if sys.stderr.isatty():
        complain(text)
