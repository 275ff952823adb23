"""The speed benchmark's rows, records and figures. No time is asserted anywhere."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bench.bandwidth import floor_share, read_bandwidth
from engine.bench.pool import Pool
from engine.bench.records import trim
from engine.bench.rows import BASELINE, FIRST, PARAMS, PARAMS_ROW, ROWS, Row
from engine.bench.speed import Plan
from engine.bench.speed_load import key
from engine.bench.speed_open import RETRIEVALS, questions, selected_rows
from engine.bench.speed_record import (
    Loaded,
    Record,
    Setup,
    Trial,
    Unable,
    append,
    measured,
    read,
)
from engine.bench.summary import Line, figures, report, size
from engine.errors import ArgoError
from engine.events import Usage
from tests.tiny_models import profile

GB = 1_000_000_000


def setup(name: str = "big", weight_bytes: int = 3 * GB, bandwidth: float = 30e9) -> Setup:
    return Setup(
        profile=name,
        title=name.title(),
        kind="simple",
        weight_bytes=weight_bytes,
        device="cpu",
        dtype="bfloat16",
        machine="Processor",
        threads=2,
        bandwidth=bandwidth,
    )


def trial(
    row: str, seconds: float, number: int = 0, reused: int = 0, status: str = "answered"
) -> Trial:
    return Trial(
        row=row,
        round=number,
        question="What is E2?",
        seconds=seconds,
        first_text=seconds / 2,
        embed=0.01,
        search=0.02,
        usage=Usage(
            prompt_tokens=1000,
            reused_tokens=reused,
            decoded_tokens=100,
            forwards=102,
            prefill_ns=200_000_000,
            decode_ns=500_000_000,
        ),
        status=status,
        text="An interface.",
        decode_bytes=3 * GB,
    )


def line(records: list[Record], name: str, smaller: list[Record] | None = None) -> Line:
    found = report(records, smaller)
    assert found is not None
    return next(one for one in found.lines if one.name == name)


def test_the_rows_begin_with_those_of_the_report_in_its_order() -> None:
    assert [row.name for row in ROWS[:6]] == [
        "Baseline 128/512",
        "Params 50/200",
        "Model+Params 50/200",
        "+ FlashAttention 2",
        "+ vLLM",
        "+ vLLM + FlashAttention",
    ]
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_the_caps_decode_what_the_report_decoded() -> None:
    for caps, tokens in ((BASELINE, 896), (PARAMS, 350)):
        assert caps.subquery + caps.answer + caps.synthesis == tokens


def test_our_rows_are_cumulative() -> None:
    ours = [row for row in ROWS[6:] if not row.shipped]
    order = {"none": 0, "int8": 1, "int4": 2, "transformers": 0, "auto": 1, "off": 0, "default": 1}

    def has(row: Row) -> tuple[int, ...]:
        words = (row.decoder, row.quantisation, row.compile)
        return (
            row.cut,
            row.prefill == "int8",
            row.stop,
            row.how == "loop",
            row.reuse,
            row.lookup,
            *(order[w] for w in words),
        )

    for before, after in pairwise(ours):
        assert all(a <= b for a, b in zip(has(before), has(after), strict=True))
        assert has(before) != has(after)


def test_a_row_changes_the_profile_only_where_it_says_so() -> None:
    base = profile(dtype="float32", lookup=7)
    changed = next(row for row in ROWS if row.name == "+ int4").profile(base)
    assert (changed.quantisation, changed.lookup, changed.caps) == ("int4", 0, PARAMS)
    assert (changed.model, changed.dtype) == (base.model, base.dtype)
    assert next(row for row in ROWS if row.name == "as shipped").profile(base) == base


def test_rows_share_a_model_only_where_nothing_is_reused() -> None:
    base = profile()
    keys = {row.name: key(row, base) for row in ROWS}
    assert keys[FIRST] == keys[PARAMS_ROW]
    assert keys["own loop"] == keys["+ stop at the newline"] == keys["+ cut passages"]
    reusing = [keys[row.name] for row in ROWS if row.reuse and row.how != "published"]
    assert len(set(reusing)) == len(reusing)


def test_rows_are_chosen_by_a_part_of_their_name() -> None:
    assert [row.name for row in selected_rows(["LOOKUP", "own"])] == ["own loop", "+ prompt lookup"]
    assert selected_rows([]) == ROWS
    with pytest.raises(ArgoError, match="nothing like it"):
        selected_rows(["nothing like it"])


@pytest.mark.parametrize("kind", RETRIEVALS)
def test_no_question_is_asked_twice_in_five_rounds(kind: str) -> None:
    plan = Plan(ROWS, 5, 5, kind, questions(kind))
    served = [row for row in ROWS if row.server == "plain"]
    asked = [plan.question(row, number) for row in served for number in range(-1, 5)]
    assert len(set(asked)) == len(asked) == 12


def test_the_first_row_can_have_fewer_rounds() -> None:
    plan = Plan(ROWS, 5, 2, "simple", ("a", "b"))
    assert [plan.wants(ROWS[0], n) for n in range(3)] == [True, True, False]
    assert all(plan.wants(ROWS[1], n) for n in range(5))


def test_records_come_back_as_they_were_written(tmp_path: Path) -> None:
    records: list[Record] = [
        setup(),
        Loaded(row="a", seconds=1.5, notices=("slow",)),
        trial("a", 2.0, 0),
        Unable(row="b", why="no server"),
    ]
    path = tmp_path / "deep" / "speed.jsonl"
    for record in records:
        append(path, record)
    assert list(read(path)) == records
    assert read(tmp_path / "none") == ()


def test_what_was_measured_is_not_measured_again() -> None:
    records = [
        setup(),
        trial("a", 1, -1),
        trial("a", 1, 0),
        trial("b", 1, 2),
        Unable(row="c", why="x"),
    ]
    assert measured(records) == {("a", 0), ("b", 2)}


def test_a_line_that_a_kill_cut_off_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "speed.jsonl"
    append(path, trial("a", 1.0))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])
    assert len(read(path)) == 1
    trim(path)
    append(path, trial("a", 2.0, 1))
    assert [r.round for r in read(path) if isinstance(r, Trial)] == [0, 1]


def test_a_file_that_is_no_record_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "speed.jsonl"
    path.write_text('{"record":"other"}\n')
    with pytest.raises(ArgoError, match="no record"):
        read(path)


def test_the_floor_is_the_time_to_read_the_weights_once() -> None:
    assert floor_share(3 * GB, 30e9, 0.2) == pytest.approx(0.5)
    assert floor_share(0, 30e9, 0.2) is None
    assert floor_share(3 * GB, 30e9, 0.0) is None


def test_bandwidth_is_read_from_memory() -> None:
    assert read_bandwidth("cpu", buffer=1 << 20, times=3) > 0


def test_other_is_what_the_parts_leave_of_the_whole() -> None:
    assert trial("a", 1.0).other == pytest.approx(1.0 - 0.01 - 0.02 - 0.2 - 0.5)
    assert trial("a", 0.1).other == 0


def test_figures_are_medians_with_their_quartiles() -> None:
    found = figures([trial("a", s, reused=600) for s in (9, 1, 2, 3, 4)], [], 30.0, 30e9)
    assert (found.runs, found.low, found.seconds, found.high) == (5, 2, 3, 4)
    assert found.speedup == 10
    assert found.distance == 3
    assert found.prefill_tokens == 400
    assert (found.reused_first, found.reused) == (None, 0.6)
    assert found.ms_per_token == pytest.approx(5)
    assert found.tokens_per_second == pytest.approx(200)
    assert found.floor == pytest.approx(20)
    assert found.hours == pytest.approx((100 * 3 / 3600, 1000 * 3 / 3600, 13_952 * 3 / 3600))


@given(st.lists(st.floats(0.01, 1e4), min_size=1, max_size=9))
def test_the_median_lies_between_its_quartiles(seconds: list[float]) -> None:
    found = figures([trial("a", s) for s in seconds], [], None, 1e9)
    assert min(seconds) <= found.low <= found.seconds <= found.high <= max(seconds)


def test_the_speed_up_is_against_the_first_row() -> None:
    records: list[Record] = [
        setup(),
        trial(FIRST, 60),
        trial("own loop", 6),
        trial("own loop", 4, 1),
    ]
    own = line(records, "own loop").figures
    assert own and own.speedup == 12
    no_base = line(records[:1] + records[2:], "own loop").figures
    assert no_base and no_base.speedup is None


def test_the_first_question_after_loading_is_only_a_share_of_reuse() -> None:
    records: list[Record] = [
        setup(),
        trial("+ prefix reuse", 9, -1, reused=700),
        trial("+ prefix reuse", 1, 0, reused=800),
    ]
    found = line(records, "+ prefix reuse").figures
    assert found and (found.runs, found.reused_first, found.reused) == (1, 0.7, 0.8)


def test_a_row_that_cannot_run_has_a_reason_and_no_figures() -> None:
    records: list[Record] = [setup(), Unable(row="+ vLLM", why="no server was given")]
    vllm = line(records, "+ vLLM")
    assert (vllm.figures, vllm.why) == (None, "not run: no server was given")
    assert line(records, "+ int8").why == "not measured"


def test_a_row_that_could_be_measured_later_shows_its_figures() -> None:
    records: list[Record] = [setup(), Unable(row="+ vLLM", why="refused"), trial("+ vLLM", 2)]
    assert line(records, "+ vLLM").figures is not None


def test_the_smaller_model_shows_its_own_run_against_the_first_baseline() -> None:
    big: list[Record] = [setup(), trial(FIRST, 60)]
    small: list[Record] = [setup("small", GB), trial(FIRST, 30), trial(PARAMS_ROW, 15)]
    row = line(big, "Model+Params 50/200", small)
    assert row.figures and (row.figures.seconds, row.figures.speedup) == (15, 4)
    assert row.adds.endswith("Small")
    assert line(big, "Model+Params 50/200").why.startswith("not run")
    assert (size(big), size(small), size([])) == (3 * GB, GB, 0)


def test_the_bandwidth_is_the_median_over_the_starts() -> None:
    found = report([setup(bandwidth=b) for b in (20e9, 31e9, 30e9)])
    assert found is not None and found.bandwidth == 30e9
    assert report([trial("a", 1.0)]) is None


def test_what_a_reader_should_know_is_noted() -> None:
    found = report(
        [
            setup(),
            Loaded(row="+ compiled step", seconds=3, warm_seconds=41),
            Loaded(row="+ int8", seconds=3, notices=("float32 is used",)),
            Loaded(row="+ int8", seconds=3, notices=("float32 is used",)),
            trial("+ int8", 1, 1, status="not_found"),
        ]
    )
    assert found is not None
    assert found.notes == (
        "+ compiled step: warm after 41 s",
        "Loaded anew for each turn, for want of memory: + int8",
        "+ int8: float32 is used",
        "+ int8: not_found in round 2",
    )


class Box:
    """Takes one unit of memory until it is closed."""

    def __init__(self, name: str, held: set[str]) -> None:
        self.name, self.held = name, held
        held.add(name)

    def close(self) -> None:
        self.held.discard(self.name)


def visits(room: int) -> tuple[list[str], set[str], int]:
    """Two rounds over four models where `room` fit: loads, what is held at the end, most held."""
    held: set[str] = set()
    loads: list[str] = []
    most = 0
    pool: Pool[Box] = Pool(lambda: room - len(held), 1)
    for name in "abcdabcd":
        _, fresh = pool.get(name, lambda name=name: Box(name, held))  # type: ignore[misc]
        loads += [name] * fresh
        most = max(most, len(held))
        pool.settle(name)
    kept = set(held)
    pool.close()
    assert not held
    return loads, kept, most


def test_models_that_fit_are_loaded_once() -> None:
    assert visits(5) == (list("abcd"), set("abcd"), 4)


def test_models_that_do_not_fit_are_loaded_for_their_turn() -> None:
    loads, kept, most = visits(3)
    assert loads == list("abcdcd")
    assert kept == set("ab")
    assert most == 3


def test_a_record_is_one_line_of_json() -> None:
    assert b"\n" not in msgspec.json.encode(trial("a\nb", 1.0))
