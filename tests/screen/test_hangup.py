"""The terminal goes away: the process ends, and the record says that the run was interrupted."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from argo_tui.interrupted import cut_off, offer
from engine.runs import RunSummary
from tests import pty_kit

IGNORING = ("sh", "-c", 'trap "" HUP; exec "$@"', "sh")
"""As `nohup` starts a command."""
RUN = RunSummary(
    run="r1",
    started="2026-01-15T10:30:00Z",
    question="What does A1 carry?",
    profile="135m",
    status="interrupted",
    answer="It carries",
    steps=1,
    seconds=2.0,
    tokens=12,
)
ANSWERED = replace(RUN, run="r2", status="answered")


def alive(pid: int) -> bool:
    """Whether a process still does something."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("before", [(), IGNORING], ids=["as usual", "hangup ignored"])
def test_a_run_whose_terminal_goes_away_is_interrupted_in_the_record(
    tmp_path: Path, before: tuple[str, ...]
) -> None:
    terminal = pty_kit.start(tmp_path, "unending", before=before)
    try:
        terminal.wait_for(pty_kit.READY)
        terminal.send("How is it?\r")
        terminal.wait_for("word3")
        terminal.hang_up()
        assert terminal.wait() == -signal.SIGHUP
        assert not alive(terminal.pid)
    finally:
        terminal.close()
    (run,) = pty_kit.runs(tmp_path)
    assert (run.question, run.status) == ("How is it?", "interrupted")
    assert run.answer.startswith("word0 word1 word2 word3")


def test_an_idle_program_ends_with_its_terminal_too(tmp_path: Path) -> None:
    terminal = pty_kit.start(tmp_path, "sample", before=IGNORING)
    try:
        terminal.wait_for(pty_kit.READY)
        terminal.hang_up()
        assert terminal.wait() == -signal.SIGHUP
    finally:
        terminal.close()


def test_the_newest_run_is_offered_where_it_was_cut_off() -> None:
    assert cut_off([RUN, ANSWERED]) == RUN
    assert cut_off([replace(RUN, run="r3", status="running"), RUN]) == RUN


def test_nothing_is_offered_once_something_newer_has_ended() -> None:
    assert cut_off([ANSWERED, RUN]) is None
    assert cut_off([]) is None


def test_the_offer_names_the_question_and_the_key() -> None:
    assert offer(RUN, "f7") == (
        "«What does A1 carry?» was interrupted; what there was is kept. f7 shows it."
    )
    long = replace(RUN, question="why " * 100, answer="")
    assert len(offer(long, "f7")) < 130
    assert "nothing was written yet" in offer(long, "f7")
