"""A finding: what was looked at, what came out, and what to do about it.

A check is isolated: whatever it raises is a finding too. Not responsible for what is looked at
(the neighbours) or for how findings are printed (argo_tui.commands.doctor).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import ArgoError
from engine.text import clean


class State(StrEnum):
    """How it is. Only a problem keeps somebody from working."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. Texts are one line each and carry no control characters."""

    subject: str
    """What it belongs to: machine, configuration, models, servers, records, terminal."""
    name: str
    state: State
    text: str
    remedy: str = ""
    """What to do; empty where nothing is to be done."""


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look at. `look` may raise anything."""

    subject: str
    name: str
    look: Callable[[], Iterable[Finding]]


def isolated(check: Check) -> Iterator[Finding]:
    """The findings of a check, cleaned; one that says what it raised where it did."""
    try:
        yield from map(_presentable, check.look())
    except ArgoError as error:
        where = f" ({error.where})" if error.where else ""
        yield _presentable(_problem(check, f"{error.what}{where}", error.remedy))
    except Exception as error:
        logging.getLogger(__name__).exception("the check «%s» failed", check.name)
        text = f"this check failed: {type(error).__name__}: {error}"
        remedy = "The other lines stand; please report this one (the log has the whole of it)."
        yield _presentable(_problem(check, text, remedy))


def _problem(check: Check, text: str, remedy: str) -> Finding:
    return Finding(check.subject, check.name, State.PROBLEM, text, remedy)


def _presentable(finding: Finding) -> Finding:
    """Without what could move the cursor: names and answers come from outside."""
    return Finding(
        finding.subject,
        _one_line(finding.name),
        finding.state,
        _one_line(finding.text),
        _one_line(finding.remedy),
    )


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())
