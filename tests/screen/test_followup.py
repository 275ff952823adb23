"""Follow-ups on the screen and at the command line: what was understood is seen and goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from argo_tui.bridge import Bridge
from argo_tui.commands.ask import run
from argo_tui.commands.options import Overrides
from argo_tui.commands.request import Request
from argo_tui.guard import UsageError
from argo_tui.run_view import RunView
from argo_tui.transcript import Transcript, console
from argo_tui.widgets.step_rows import groups
from argo_tui.widgets.turn import understood
from argo_tui.wishes import Before
from engine.events import Event, RunFinished
from engine.export import markdown
from tests import samples
from tests.screen.chatting import app_in, ask, chat, shown, wait_until
from tests.screen.test_bridge import drain_until
from tests.scripted import MemoryRecorder, ScriptedEngine
from tests.scripted_engine import ScriptedArgo

FOLLOW_UP = "and the E2?"


def script(question: str) -> list[Event]:
    """A follow-up is understood, anything else is answered as it is."""
    return samples.follow_up() if question.startswith("and ") else samples.answered()


def view_of(events: list[Event]) -> RunView:
    view = RunView("r7", FOLLOW_UP)
    for event in events:
        view.apply(event)
    return view


async def test_a_follow_up_is_asked_with_the_question_before_and_shown_as_understood(
    tmp_path: Path,
) -> None:
    engine = ScriptedEngine(script)
    app = app_in(tmp_path, engine=engine)
    async with app.run_test(size=(140, 40)) as pilot:
        await ask(pilot, samples.QUESTION)
        await ask(pilot, FOLLOW_UP)
        await ask(pilot, "and the O1?")
        assert engine.earlier == [None, samples.QUESTION, samples.UNDERSTOOD]
        seen = shown(pilot)
    assert seen.count("understood as: ") >= 2
    first = chat_rows(seen)
    assert "understood as: " in first


def chat_rows(screen: str) -> str:
    """The first line of the step tree, which is the right half of the screen."""
    return next(line[80:] for line in screen.splitlines() if line[80:].strip(" │▁▔"))


async def test_a_new_conversation_has_no_question_before(tmp_path: Path) -> None:
    engine = ScriptedEngine(script)
    async with app_in(tmp_path, engine=engine).run_test() as pilot:
        await ask(pilot, samples.QUESTION)
        await pilot.press("ctrl+n")
        await wait_until(pilot, lambda: chat(pilot).conversation.empty, "it is cleared")
        await ask(pilot, FOLLOW_UP)
        assert engine.earlier == [None, None]


async def test_after_a_replay_a_follow_up_is_about_the_replayed_run(tmp_path: Path) -> None:
    engine = ScriptedEngine(script)
    async with app_in(tmp_path, engine=engine).run_test() as pilot:
        chat(pilot).replay("r7", samples.follow_up())
        await ask(pilot, FOLLOW_UP)
        assert engine.earlier == [samples.UNDERSTOOD]


def test_the_first_row_of_the_tree_is_what_was_understood() -> None:
    first, second, *_ = groups(view_of(samples.follow_up()))
    assert "".join(text for text, _ in first.row.left) == f"understood as: {samples.UNDERSTOOD}"
    assert second.key == "question"


def test_a_recording_without_the_event_shows_as_before() -> None:
    view = view_of(samples.answered())
    assert groups(view)[0].key == "question"
    assert understood(view) == []
    assert view.understood == view.question


def test_a_queued_follow_up_leans_on_what_the_one_before_was_understood_as() -> None:
    engine = ScriptedEngine(script)
    bridge = Bridge(lambda *_: engine, MemoryRecorder, lambda error: Path("report"))
    bridge.load(None, "135m")  # type: ignore[arg-type]
    bridge.ask("one", samples.QUESTION)
    bridge.ask("two", FOLLOW_UP, before=Before("one", samples.QUESTION))
    bridge.ask("three", "and the O1?", before=Before("two", FOLLOW_UP))
    bridge.start()
    try:
        for _ in range(3):
            drain_until(bridge, RunFinished)
            if len(engine.earlier) == 3:
                break
    finally:
        bridge.close()
    assert engine.earlier == [None, samples.QUESTION, samples.UNDERSTOOD]


def test_a_transcript_and_an_export_say_what_was_understood(
    capsys: pytest.CaptureFixture[str],
) -> None:
    transcript = Transcript(console(), console(stderr=True))
    for event in samples.follow_up():
        transcript.show(event)
    assert f"understood as: {samples.UNDERSTOOD}" in capsys.readouterr().err
    assert f"*Understood as: {samples.UNDERSTOOD}*" in markdown(samples.follow_up())


def test_the_command_line_hands_the_question_before_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGO_HOME", str(tmp_path))
    argo = ScriptedArgo()
    request = Request(question=FOLLOW_UP, after=samples.QUESTION, record=False, quiet=True)
    assert run(request, Overrides(), argo) == 0
    assert argo.earlier == [samples.QUESTION]
    with pytest.raises(UsageError, match="single question"):
        run(Request(batch="questions.txt", after="What is E2?"), Overrides(), argo)
