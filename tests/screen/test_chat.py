"""The conversation: asking, streaming, stopping, looking around."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from msgspec.structs import replace
from textual.message import Message

from argo_tui.app import ArgoApp
from argo_tui.screens.passage import PassageScreen
from argo_tui.screens.replay import ReplayScreen
from argo_tui.widgets.conversation import KEPT
from argo_tui.widgets.prompt import Prompt
from argo_tui.widgets.sources import Sources
from argo_tui.widgets.status import StatusLine
from argo_tui.widgets.step_tree import StepTree
from argo_tui.widgets.welcome import EXAMPLES
from engine.events import Event, RunFinished, Status, SynthesisDelta
from engine.runs import RunSummary
from tests import samples
from tests.screen.chatting import app_in, ask, chat, shown, turns, type_question, wait_until
from tests.scripted import HERE, MemoryRecorder, ScriptedEngine, ScriptedStatus


async def test_an_answer_is_shown_with_its_sources_and_figures(tmp_path: Path) -> None:
    async with app_in(tmp_path).run_test(size=(120, 34)) as pilot:
        await ask(pilot, samples.QUESTION)
        await wait_until(pilot, lambda: "page 17" in shown(pilot), "the sources")
        text = shown(pilot)
    assert "carries policies and enrichment information" in text
    assert "[1] A1 interface › Purpose · line 12" in text
    assert "4.62 s · 46 tokens · 41 tok/s · 135m · 2 steps" in text


async def test_a_question_asked_while_the_model_loads_is_queued_and_then_answered(
    tmp_path: Path,
) -> None:
    async with app_in(tmp_path, load_s=0.6).run_test(size=(120, 34)) as pilot:
        await type_question(pilot, samples.QUESTION)
        await wait_until(pilot, lambda: "queued" in shown(pilot), "the question is queued")
        await wait_until(pilot, lambda: turns(pilot)[0].view.finished is not None, "the answer")
        await wait_until(pilot, lambda: "queued" not in shown(pilot), "no longer queued")


async def test_the_steps_follow_the_run_in_progress_until_somebody_chooses(tmp_path: Path) -> None:
    engine = ScriptedEngine(pace=0.3)
    async with app_in(tmp_path, engine=engine).run_test(size=(120, 34)) as pilot:
        for question in ("what is a1?", "what is e2?", "what is o1?"):
            await type_question(pilot, question)
        conversation = chat(pilot).conversation
        views = [turn.view for turn in turns(pilot)]
        await wait_until(pilot, lambda: views[0].running, "the first runs")
        assert conversation.selected is views[0]
        await wait_until(pilot, lambda: views[1].running, "the second runs", 20)
        assert conversation.selected is views[1]
        conversation.select_by(-1)
        await wait_until(pilot, lambda: views[2].running, "the third runs", 20)
        assert conversation.selected is views[0]


async def test_two_escapes_stop_an_answer_and_keep_what_is_there(tmp_path: Path) -> None:
    edges = {"engine": ScriptedEngine(pace=1.0), "clock": time.monotonic}
    async with app_in(tmp_path, **edges).run_test(size=(120, 34)) as pilot:
        await type_question(pilot, samples.QUESTION)
        turn = turns(pilot)[0]
        await wait_until(pilot, lambda: len(turn.view.synthesis_draft) > 20, "some text")
        await pilot.press("escape")
        assert "press esc again to stop" in chat(pilot).query_one(StatusLine).figures.message
        assert turn.view.finished is None
        await pilot.press("escape")
        await wait_until(pilot, lambda: turn.view.status is Status.CANCELLED, "the run stops")
        await wait_until(pilot, lambda: "stopped" in shown(pilot), "it says so")
        assert "The A1 interface" in shown(pilot)
        assert len(turn.view.answer) < len(samples.FINAL)


async def test_one_escape_alone_stops_nothing(tmp_path: Path) -> None:
    now = [0.0]
    edges = {"engine": ScriptedEngine(pace=0.1), "clock": lambda: now[0]}
    async with app_in(tmp_path, **edges).run_test(size=(120, 34)) as pilot:
        await type_question(pilot, samples.QUESTION)
        await pilot.press("escape")
        now[0] = 2.5
        await pilot.press("escape")
        turn = turns(pilot)[0]
        await wait_until(pilot, lambda: turn.view.finished is not None, "the end")
        assert turn.view.status is Status.ANSWERED


async def test_three_hundred_deltas_are_few_messages(tmp_path: Path) -> None:
    def script(_: str) -> list[Event]:
        deltas: list[Event] = [
            SynthesisDelta(run="r", at_ns=index * 5_000_000, text=f"word{index} ")
            for index in range(300)
        ]
        end = samples.finished(Status.ANSWERED, "r", at=1500)
        return [samples.started("r"), *deltas, end]

    drained: list[float] = []

    def hook(message: Message) -> None:
        if isinstance(message, ArgoApp.Drained):
            drained.append(time.monotonic())

    app = app_in(tmp_path, engine=ScriptedEngine(script, pace=1.0))
    async with app.run_test(size=(100, 30), message_hook=hook) as pilot:
        turn = await ask(pilot, "many words")
        assert turn.view.synthesis_draft.endswith("word299 ")
    # The hook sees a message when it is posted and again when it is handled by the app.
    seconds = max(drained[-1] - drained[0], 1.0)
    assert len(set(drained)) <= 2 * (16 * seconds + 3)


async def test_typing_stays_possible_while_an_answer_streams(tmp_path: Path) -> None:
    app = app_in(tmp_path, engine=ScriptedEngine(pace=0.3))
    async with app.run_test(size=(100, 30)) as pilot:
        await type_question(pilot, samples.QUESTION)
        await pilot.press(*"next")
        assert chat(pilot).query_one(Prompt).text == "next"


async def test_letters_typed_in_one_burst_with_enter_stay_together(tmp_path: Path) -> None:
    async with app_in(tmp_path).run_test(size=(100, 30)) as pilot:
        prompt = chat(pilot).query_one(Prompt)
        await wait_until(pilot, lambda: prompt.has_focus, "the prompt has the focus")
        await pilot.press(*"what is a1", "enter")
        await wait_until(pilot, lambda: bool(turns(pilot)), "asked")
        assert turns(pilot)[0].view.question == "what is a1"
        assert prompt.text == ""


async def test_enter_on_a_passage_in_the_tree_opens_it(tmp_path: Path) -> None:
    async with app_in(tmp_path).run_test(size=(120, 34)) as pilot:
        await ask(pilot, samples.QUESTION)
        await pilot.press("f4")
        tree = chat(pilot).query_one(StepTree)
        await wait_until(pilot, lambda: tree.has_focus, "the tree has the focus")
        for _ in range(40):
            node = tree.cursor_node
            if node is not None and node.data is not None and node.data.passage == 2:
                break
            await pilot.press("down")
        await pilot.press("enter")
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, PassageScreen), "opened")
        await wait_until(pilot, lambda: "HTTP" in shown(pilot), "its text")


async def test_the_sources_open_with_the_keyboard_alone(tmp_path: Path) -> None:
    async with app_in(tmp_path).run_test(size=(120, 34)) as pilot:
        turn = await ask(pilot, samples.QUESTION)
        turn.query_one(Sources).focus()
        await pilot.press("down", "enter")
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, PassageScreen), "opened")


async def test_what_comes_from_the_model_is_labelled(tmp_path: Path) -> None:
    async with app_in(tmp_path).run_test(size=(120, 34)) as pilot:
        await ask(pilot, "Why would an operator disaggregate a base station?")
        await wait_until(pilot, lambda: "own knowledge" in shown(pilot), "the label")


async def test_nothing_found_shows_the_nearest_passages(tmp_path: Path) -> None:
    async with app_in(tmp_path).run_test(size=(120, 34)) as pilot:
        await ask(pilot, "What is the frequency of the lunar gateway uplink?")
        await wait_until(pilot, lambda: "nearest passages" in shown(pilot), "the remark")
        assert "[2] A1 interface › Policies" in shown(pilot)


async def test_a_failure_says_what_where_and_what_to_do(tmp_path: Path) -> None:
    async with app_in(tmp_path).run_test(size=(120, 34)) as pilot:
        await ask(pilot, "fail please")
        await wait_until(pilot, lambda: "corpus check" in shown(pilot), "the remedy")
        assert "The passage store cannot be read." in shown(pilot)
        assert "no bfloat16" in shown(pilot)


async def test_pasted_options_reach_the_engine_and_are_shown_as_bars(tmp_path: Path) -> None:
    text = "Which interface connects the near-RT RIC with the O-DU?\n1. A1\n2. E2\n3. O1\n4. F1"
    async with app_in(tmp_path).run_test(size=(120, 34)) as pilot:
        turn = await ask(pilot, text)
        assert turn.view.options == ("A1", "E2", "O1", "F1")
        await wait_until(pilot, lambda: "71 %" in shown(pilot), "the bars")


async def test_an_example_is_asked_by_its_number(tmp_path: Path) -> None:
    async with app_in(tmp_path).run_test(size=(100, 30)) as pilot:
        turn = await ask(pilot, "2")
        assert turn.view.question == EXAMPLES[1]


async def test_a_first_question_may_begin_with_a_digit(tmp_path: Path) -> None:
    async with app_in(tmp_path).run_test(size=(100, 30)) as pilot:
        turn = await ask(pilot, "3GPP or O-RAN: who owns F1?")
        assert turn.view.question == "3GPP or O-RAN: who owns F1?"


async def test_up_brings_earlier_questions_back_and_down_the_draft(tmp_path: Path) -> None:
    async with app_in(tmp_path).run_test(size=(100, 30)) as pilot:
        await ask(pilot, "first")
        await ask(pilot, "second")
        prompt = chat(pilot).query_one(Prompt)
        prompt.text = "draft"
        await pilot.press("up", "up")
        assert prompt.text == "first"
        await pilot.press("down", "down")
        assert prompt.text == "draft"


async def test_questions_of_earlier_sessions_come_back_too(tmp_path: Path) -> None:
    app = app_in(tmp_path, earlier=("older", "newer"))
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: chat(pilot).model.ready, "ready")
        prompt = chat(pilot).query_one(Prompt)
        await pilot.press("up")
        assert prompt.text == "newer"


async def test_below_120_columns_a_key_switches_between_conversation_and_steps(
    tmp_path: Path,
) -> None:
    async with app_in(tmp_path).run_test(size=(80, 24)) as pilot:
        await ask(pilot, samples.QUESTION)
        await wait_until(pilot, lambda: "4.62 s" in shown(pilot), "the conversation")
        await pilot.press("f4")
        await wait_until(pilot, lambda: "fused" in shown(pilot), "the steps")
        await pilot.press("f4")
        await wait_until(pilot, lambda: "4.62 s" in shown(pilot), "the conversation again")


async def test_a_resize_keeps_everything(tmp_path: Path) -> None:
    async with app_in(tmp_path).run_test(size=(120, 34)) as pilot:
        await ask(pilot, samples.QUESTION)
        for size in ((60, 20), (45, 12), (200, 50), (80, 24)):
            await pilot.resize_terminal(*size)
            await wait_until(pilot, lambda: "46 tokens" in shown(pilot), f"figures at {size}")


async def test_a_copied_answer_is_also_a_file(tmp_path: Path) -> None:
    app = app_in(tmp_path, clock=time.monotonic)
    async with app.run_test(size=(160, 34)) as pilot:
        await ask(pilot, samples.QUESTION)
        await pilot.press("ctrl+y")
        files = tmp_path / "data" / "answers"
        await wait_until(pilot, lambda: any(files.glob("*.md")), "the file")
        saved = next(files.glob("*.md"))
        assert samples.FINAL in saved.read_text("utf-8")
        assert samples.FINAL in app.clipboard
        said = chat(pilot).query_one(StatusLine).figures.message
        assert str(saved) in said and "clipboard" in said


async def test_a_new_conversation_is_empty_and_teaches_again(tmp_path: Path) -> None:
    async with app_in(tmp_path).run_test(size=(120, 34)) as pilot:
        await ask(pilot, samples.QUESTION)
        await pilot.press("ctrl+n")
        await wait_until(pilot, lambda: EXAMPLES[0] in shown(pilot), "the examples")
        assert not turns(pilot)


async def test_a_recorded_run_is_shown_like_a_live_one(tmp_path: Path) -> None:
    async with app_in(tmp_path).run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        chat(pilot).replay("r1", samples.answered())
        await wait_until(pilot, lambda: "4.62 s · 46 tokens" in shown(pilot), "the run")
        assert "fused" in shown(pilot)


async def test_the_replay_key_plays_the_selected_run_on_a_screen_of_its_own(
    tmp_path: Path,
) -> None:
    app = app_in(tmp_path, recorder=MemoryRecorder(samples.answered()))
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        chat(pilot).replay("r1", samples.answered())
        await pilot.press("f9")
        await wait_until(pilot, lambda: isinstance(app.screen, ReplayScreen), "the replay")
        await pilot.press("escape")
        await wait_until(pilot, lambda: app.screen is chat(pilot), "back in the chat")


async def test_a_switch_loads_the_next_profile_that_can_run(tmp_path: Path) -> None:
    other = ScriptedStatus("0.5b", "Qwen2.5 Coder 0.5B", 1, Path("/nowhere"), True)
    app = app_in(tmp_path, statuses=lambda: (HERE, other))
    async with app.run_test(size=(120, 34)) as pilot:
        await wait_until(pilot, lambda: chat(pilot).model.ready, "ready")
        await pilot.press("f5")
        await wait_until(pilot, lambda: chat(pilot).model.profile == "0.5b", "switched")


async def test_quitting_in_the_middle_of_an_answer_waits_for_the_thread(tmp_path: Path) -> None:
    engine = ScriptedEngine(pace=5.0)
    app = app_in(tmp_path, engine=engine)
    async with app.run_test(size=(120, 34)) as pilot:
        await type_question(pilot, samples.QUESTION)
        await wait_until(pilot, lambda: bool(engine.asked), "the engine works")
        await pilot.press("ctrl+q")
        await asyncio.sleep(0)
    assert engine.closed


async def test_the_end_is_an_event_like_any_other(tmp_path: Path) -> None:
    async with app_in(tmp_path).run_test(size=(120, 34)) as pilot:
        turn = await ask(pilot, samples.QUESTION)
        assert isinstance(turn.view.latest, RunFinished)


async def test_old_turns_are_folded_away_into_the_record(tmp_path: Path) -> None:
    async with app_in(tmp_path).run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        for number in range(KEPT + 3):
            events = [replace(each, run=f"r{number}") for each in samples.answered()]
            chat(pilot).replay(f"r{number}", events)
            await pilot.pause()
        await wait_until(pilot, lambda: len(turns(pilot)) == KEPT, "folded")
        assert turns(pilot)[-1].view.run == f"r{KEPT + 2}"
        chat(pilot).conversation.scroll_home(animate=False)
        await wait_until(pilot, lambda: "3 earlier questions" in shown(pilot), "said")
        await pilot.press("ctrl+n")
        await wait_until(pilot, lambda: not turns(pilot), "a new conversation")
        assert "earlier questions" not in shown(pilot)


async def test_a_run_that_was_cut_off_is_offered_at_the_next_start(tmp_path: Path) -> None:
    lost = RunSummary("r1", "", samples.QUESTION, "135m", "interrupted", "The A1", 1, 2.0, 9)
    app = app_in(tmp_path, recorder=MemoryRecorder(samples.answered()), cut_off=lost)
    async with app.run_test(size=(160, 34)) as pilot:
        await wait_until(pilot, lambda: "was interrupted" in shown(pilot), "offered")
        await pilot.press("f9")
        await wait_until(pilot, lambda: isinstance(app.screen, ReplayScreen), "the run")
