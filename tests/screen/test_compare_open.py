"""The comparison's edges made of the program's parts: plan, fleet, record."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from argo_tui.compare.opened import opened
from argo_tui.compare.stage import Stage
from engine.comparison.contender import contenders
from engine.comparison.plan import Mode
from engine.comparisons import ComparisonStore
from engine.errors import ModelError
from engine.runs import RunStore
from tests import samples
from tests.screen.chatting import home_in
from tests.scripted import scripted_parts

TWO = contenders("135m,135m:one_shot")
PLENTY = 64_000_000_000


def answer(stage: Stage, question: str) -> tuple[str, ...]:
    """A whole round."""
    end = time.monotonic() + 10
    runs: tuple[str, ...] = ()
    while not runs or stage.fleet.busy:
        assert time.monotonic() < end, "the round never ended"
        stage.fleet.drain()
        if not runs and stage.fleet.ready:
            runs = stage.fleet.ask(question)
        time.sleep(0.005)
    return runs


def test_a_round_is_recorded_with_its_runs_and_its_vote(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    home.runs.parent.mkdir(parents=True)
    parts = scripted_parts(home, recorder=RunStore.open(home.runs))
    with opened(TWO, home, parts, {}, free=lambda _: PLENTY) as stage:
        plan = stage.arrange(None)
        assert plan.mode is Mode.IN_TURN
        runs = answer(stage, samples.QUESTION)
        labels = [each.label for each in TWO]
        stage.keep("c", samples.QUESTION, plan.mode, True, list(zip(labels, runs, strict=True)))
        stage.vote("c", 1)
        assert stage.fleet.close()
    store = ComparisonStore.open(home.runs)
    (kept,) = store.rounds(10)
    store.close()
    assert kept.vote == 1
    assert [found.run for _, found in kept.columns if found] == list(runs)


def test_a_wish_is_arranged(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    with opened(TWO, home, scripted_parts(home), {}, free=lambda _: PLENTY) as stage:
        assert stage.arrange(Mode.PARALLEL).mode is Mode.PARALLEL
        assert stage.fleet.mode is Mode.PARALLEL
        assert stage.fleet.close()


def test_memory_counts_as_it_was_before_the_columns_filled_it(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    left = iter([PLENTY, 0])
    with opened(TWO, home, scripted_parts(home), {}, free=lambda _: next(left)) as stage:
        assert stage.arrange(None).mode is Mode.IN_TURN
        assert stage.arrange(Mode.PARALLEL).mode is Mode.PARALLEL
        assert stage.fleet.close()


def test_a_profile_that_cannot_run_says_so_before_anything_is_opened(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    with (
        pytest.raises(ModelError, match="No model is here"),
        opened(contenders("135m,3b"), home, scripted_parts(home), {}),
    ):
        pass
    assert not home.runs.exists()


def test_places_are_shuffled_and_none_is_lost(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    with opened(TWO, home, scripted_parts(home), {}, free=lambda _: PLENTY) as stage:
        drawn = {tuple(stage.shuffled(4)) for _ in range(200)}
    assert all(sorted(each) == [0, 1, 2, 3] for each in drawn)
    assert len(drawn) > 1
