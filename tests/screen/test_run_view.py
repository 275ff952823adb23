"""What the screen knows of a run, and how it words it. Pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argo_tui.numbers import seconds, share
from argo_tui.options import split_options
from argo_tui.run_view import RunView, activity
from argo_tui.widgets.answer import split_closed
from argo_tui.widgets.gauge import gauge
from argo_tui.widgets.ink import Ink, crop, justify, width
from argo_tui.widgets.status import Figures, line
from argo_tui.widgets.step_rows import groups
from argo_tui.widgets.timings import cells_of
from argo_tui.widgets.turn import doubtful, foot, remarks
from engine.events import Event, Part, RunFinished, Status, SynthesisDelta
from tests import samples


def view_of(events: list[Event]) -> RunView:
    """Folded."""
    view = RunView(events[0].run, "")
    for event in events:
        view.apply(event)
    return view


def words(lines: list[list[tuple[str, str]]]) -> str:
    """Plain text of lines of pieces."""
    return "\n".join("".join(text for text, _ in line) for line in lines)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        (samples.answered(), Status.ANSWERED),
        (samples.not_found(), Status.NOT_FOUND),
        (samples.reasoned(), Status.ANSWERED),
        (samples.cancelled(), Status.CANCELLED),
        (samples.failed(), Status.FAILED),
        (samples.multiple_choice(), Status.ANSWERED),
    ],
)
def test_every_kind_of_run_folds_to_its_status(events: list[Event], status: Status) -> None:
    view = view_of(events)
    assert view.status is status
    assert not view.running
    assert activity(view) == ""


def test_a_finding_is_a_draft_until_the_synthesis_begins() -> None:
    before = view_of(samples.before(samples.answered(), SynthesisDelta))
    assert before.is_draft
    assert before.answer.startswith("The near-real-time RIC")
    before.apply(SynthesisDelta(run="r1", at_ns=1, text="The"))
    assert not before.is_draft
    assert before.answer == "The"


def test_the_rate_counts_pieces_of_one_call_over_their_times() -> None:
    view = RunView("r", "")
    for index in range(11):
        view.apply(SynthesisDelta(run="r", at_ns=index * 100_000_000, text="x"))
    assert view.tokens_per_second == pytest.approx(10.0)


def test_a_live_run_says_what_it_does() -> None:
    seen = []
    view = RunView("r1", "")
    for event in samples.answered():
        view.apply(event)
        if activity(view) not in seen[-1:]:
            seen.append(activity(view))
    assert "step 1 · reading 2 passages" in seen
    assert "step 2 · writing a sub-query" in seen
    assert "writing the answer" in seen


def test_sentences_without_support_are_named_unless_all_is_the_models_own() -> None:
    (doubt,) = doubtful(view_of(samples.answered()))
    assert doubt.text == "Both were specified in 2018."
    own = view_of(samples.reasoned())
    assert doubtful(own) == ()
    assert "own knowledge" in words(remarks(own))


def test_the_foot_has_seconds_tokens_speed_profile_and_steps() -> None:
    assert words([foot(view_of(samples.answered()))]) == (
        "4.62 s · 46 tokens · 41 tok/s · 135m · 2 steps"
    )


def test_the_tree_names_every_step_with_q_u_passages_and_times() -> None:
    tree = groups(view_of(samples.answered()))
    assert [group.key for group in tree] == ["question", "step-1", "step-2", "step-3"]
    said = "\n".join(
        words([[*row.left, *row.right]]) for group in tree for row in (group.row, *group.rows)
    )
    assert "retrieve .76 · reason .61 · stop .41" in said
    assert "U .00 → .25" in said
    assert "1.54 s" in said
    assert "1.0   .71  18.2" in said


@pytest.mark.parametrize(
    ("value", "text"), [(0.76, ".76"), (1.0, "1.0"), (0.0, ".00"), (-0.04, "-.04"), (12.4, "12")]
)
def test_shares_are_short(value: float, text: str) -> None:
    assert share(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.041, "0.04"), (1.42, "1.42"), (24.0, "24.0"), (128.2, "128")]
)
def test_seconds_have_a_precision_that_fits(value: float, text: str) -> None:
    assert seconds(value) == text


@given(st.text(max_size=60), st.text(max_size=20), st.integers(0, 80))
def test_a_justified_line_is_never_wider_than_its_place(left: str, right: str, cells: int) -> None:
    pieces = justify([(left, Ink.PLAIN)], [(right, Ink.MUTED)], cells)
    assert width(pieces) <= max(cells, width([(right, Ink.MUTED)]))


@given(st.text(max_size=60), st.integers(0, 40))
def test_a_crop_fits(text: str, cells: int) -> None:
    assert width(crop([(text, Ink.PLAIN)], cells)) <= cells


@given(
    st.integers(8, 240),
    st.text(st.characters(categories=("L",)), max_size=80),
    st.floats(0, 200),
    st.booleans(),
)
def test_the_status_line_fits_any_width(cells: int, said: str, elapsed: float, once: bool) -> None:
    figures = Figures(
        profile="135m",
        device="cpu",
        dtype="bfloat16",
        memory_bytes=412_000_000,
        tokens_per_second=41.0,
        u=0.3,
        u_max=0.8,
        regions=samples.REGIONS,
        elapsed_s=elapsed,
        budget_s=30.0,
        doing="" if once else said,
        message=said if once else "",
    )
    assert width(line(figures, cells)) <= cells


def test_the_status_line_gives_up_the_least_important_first() -> None:
    figures = Figures(profile="135m", device="cpu", memory_bytes=412_000_000, elapsed_s=4.2)
    assert "412 MB" in words([line(figures, 60)])
    narrow = words([line(figures, 20)])
    assert "135m" in narrow and "4.2" in narrow and "412 MB" not in narrow


@given(st.floats(0.01, 1), st.floats(0, 1))
def test_the_gauge_has_one_marker_and_a_fixed_width(u_max: float, u: float) -> None:
    bar = "".join(text for text, _ in gauge(min(u, u_max), u_max, samples.REGIONS))
    assert bar.count("◆") == 1
    assert len(bar) == 12


@given(st.dictionaries(st.sampled_from(list(Part)), st.integers(1, 10**10), min_size=1))
def test_a_bar_loses_no_cell_to_rounding(parts: dict[Part, int]) -> None:
    whole = sum(parts.values())
    assert sum(cells_of(parts, whole, 40).values()) == 40


@given(st.text(alphabet="ab`~\n -", max_size=80))
def test_closed_and_open_blocks_are_the_whole_text(text: str) -> None:
    closed, rest = split_closed(text)
    assert text.startswith(closed)
    assert text.endswith(rest)
    assert (closed + rest).replace("\n", "") == text.replace("\n", "")


def test_a_code_block_stays_open_until_its_fence_closes() -> None:
    assert split_closed("a\n\n```\ncode\n\nmore")[0] == "a"
    assert split_closed("a\n\n```\ncode\n\nmore\n```\n\nb") == ("a\n\n```\ncode\n\nmore\n```", "b")


def test_options_are_the_labelled_lines_at_the_end() -> None:
    assert split_options("Which?\n1. A1\n2. E2") == ("Which?", ("A1", "E2"))
    assert split_options("Which?\nA) A1\n(B) E2\nc: O1") == ("Which?", ("A1", "E2", "O1"))


@pytest.mark.parametrize(
    "text", ["Which?", "Which?\n1. A1", "1. A1\n2. E2", "Which?\n2. A1\n3. E2", "3.5 ms?\nwhy"]
)
def test_anything_else_is_the_question(text: str) -> None:
    assert split_options(text) == (text, ())


def test_a_run_cancelled_before_it_began_is_stopped_and_not_an_error() -> None:
    view = RunView("r", "q")
    view.apply(samples.finished(Status.CANCELLED, "r", steps=0, at=0))
    assert isinstance(view.latest, RunFinished)
    assert "stopped" in words(remarks(view))
