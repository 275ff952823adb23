"""A recording that came as a file: read with care, refused with its line where it is damaged."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import recordings
from engine.errors import StoreError
from engine.events import (
    VERSION,
    AnswerDone,
    Event,
    Notice,
    Restated,
    RunFinished,
    RunStarted,
    SynthesisDone,
    encode,
)
from engine.export import json_lines
from engine.recordings import read
from tests import samples

KEPT = Path(__file__).parent.parent / "recordings"
Row = dict[str, Any]


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "run.jsonl"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def changed(tmp_path: Path, kind: str, change: Callable[[Row], object]) -> Path:
    """A good recording in which the first event of a kind was changed."""
    rows = [json.loads(encode(event)) for event in samples.multiple_choice()]
    change(next(row for row in rows if row["event"] == kind))
    return written(tmp_path, "".join(json.dumps(row) + "\n" for row in rows))


def refusal(path: Path) -> StoreError:
    with pytest.raises(StoreError) as caught:
        read(path)
    assert caught.value.remedy
    assert caught.value.where.startswith(str(path))
    return caught.value


@pytest.mark.parametrize(
    "events",
    [samples.answered, samples.follow_up, samples.not_found, samples.reasoned, samples.cancelled,
     samples.failed, samples.multiple_choice],
)  # fmt: skip
def test_what_was_exported_is_read_without_loss(
    tmp_path: Path, events: Callable[[], list[Event]]
) -> None:
    assert read(written(tmp_path, json_lines(events()))) == tuple(events())


def test_a_recording_of_the_first_release_is_still_read() -> None:
    events = read(KEPT / "first_release.jsonl")
    text = (KEPT / "first_release.jsonl").read_text("utf-8")
    assert not any(name in text for name in ('"restated"', '"raw"', '"compared"', '"excerpt"'))
    found = [event for event in events if isinstance(event, AnswerDone)]
    done = next(event for event in events if isinstance(event, SynthesisDone))
    assert [event.raw for event in found] == ["", ""]
    assert (done.text, done.compared, done.sentences[2].why) == (samples.FINAL, "", "")
    assert isinstance(events[-1], RunFinished)
    assert not any(isinstance(event, Restated) for event in events)


def test_events_that_are_not_known_yet_are_left_out_and_said_once_a_kind() -> None:
    events = read(KEPT / "newer_events.jsonl")
    (notice,) = [event for event in events if isinstance(event, Notice)]
    assert "«dreamt»" in notice.text and notice.remedy
    assert [event for event in events if event != notice] == samples.not_found("new1")


def test_a_newer_stream_is_refused_with_both_versions(tmp_path: Path) -> None:
    path = changed(tmp_path, "run_started", lambda row: row.update(version=VERSION + 1))
    said = refusal(path)
    assert f"version {VERSION + 1}" in said.what and f"up to {VERSION}" in said.what
    assert "Update" in said.remedy


def test_text_in_a_file_is_cleaned_wherever_it_stands(tmp_path: Path) -> None:
    evil = "a\x1b]52;c;ZXZpbA==\x07b\x9b2Jc\u202ed"
    path = changed(
        tmp_path,
        "run_started",
        lambda row: row.update(question=evil, options=[evil], settings={evil: evil}, device=evil),
    )
    start = read(path)[0]
    assert isinstance(start, RunStarted)
    assert (start.question, start.options, start.device) == ("abcd", ("abcd",), "abcd")
    assert start.settings == {"abcd": "abcd"}


@pytest.mark.parametrize(
    "line, why",
    [
        (b"{", "truncated"), (b"[1]", "`object`"), (b"{}", "no event"), (b"null", "`object`"),
        (b'{"event":7}', "no event"), (b'{"event":"notice","run":"r6"}', "at_ns"),
        (b'{"event":"notice","run":"r6","at_ns":"soon","text":"t"}', "at_ns"),
        (b'{"event":"notice","run":"r6","at_ns":-1,"text":"t"}', "no time"),
        (b'{"event":"notice","run":"r6","at_ns":1e999,"text":"t"}', "range"),
        (b'{"event":"notice","run":"r6","at_ns":%d,"text":"t"}' % 10**30, "damaged"),
        (b'{"event":"dreamt","run":"r6"}', "no time"), (b"[" * 10_000, "damaged"),
        (b'{"event":"notice","run":"other","at_ns":1,"text":"t"}', "another run"),
        (encode(samples.started("r6")), "second run"), (b'{"event":"\xff"}', "UTF-8"),
    ],
)  # fmt: skip
def test_damage_is_refused_with_its_line(tmp_path: Path, line: bytes, why: str) -> None:
    lines = json_lines(samples.multiple_choice()).encode().splitlines()
    said = refusal(written(tmp_path, b"\n".join([*lines[:2], line, *lines[2:]])))
    assert said.where.endswith("line 3")
    assert why in said.what


@pytest.mark.parametrize(
    "kind, change",
    [
        ("decided", lambda row: row.update(u=-3.0)),
        ("decided", lambda row: row.update(belief={"alpha": 0, "beta": 0})),
        ("progressed", lambda row: row.update(u_after=-1.0)),
        ("step_timed", lambda row: row.update(ns=1)),
        ("step_timed", lambda row: row["spans"][0].update(ns=-5)),
        ("synthesis_done", lambda row: row["choice"].update(probabilities=[1e9])),
        ("retrieved", lambda row: row["passages"][0].update(dense=1e300)),
    ],
)
def test_figures_that_no_run_can_have_are_refused(
    tmp_path: Path, kind: str, change: Callable[[Row], object]
) -> None:
    assert "damaged" in refusal(changed(tmp_path, kind, change)).what


@pytest.mark.parametrize("text", ["", "\n\n", "hello\n", "SQLite format 3\0", "{}\n"])
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, text: str) -> None:
    refusal(written(tmp_path, text))


def test_a_recording_without_its_beginning_is_refused(tmp_path: Path) -> None:
    said = refusal(written(tmp_path, json_lines(samples.answered()[1:])))
    assert "run_started" in said.what


def test_a_recording_that_was_cut_off_between_lines_is_read(tmp_path: Path) -> None:
    events = samples.answered()[:9]
    assert read(written(tmp_path, json_lines(events).rstrip() + "\n\n")) == tuple(events)


def test_a_file_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings, "LARGEST", 1_000)
    assert "larger" in refusal(written(tmp_path, json_lines(samples.answered()))).what


def test_only_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "nothing", tmp_path / ("x" * 300)):
        refusal(path)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    whole = json_lines(samples.multiple_choice()).encode()
    at = data.draw(st.integers(0, len(whole) - 1))
    junk = data.draw(st.binary(max_size=3))
    path = written(tmp_path, whole[:at] + junk + whole[at + data.draw(st.integers(0, 4)) :])
    try:
        assert isinstance(read(path)[0], RunStarted)
    except StoreError as error:
        assert error.remedy
