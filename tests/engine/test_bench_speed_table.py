"""The speed table in every form, and the chart."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from engine.bench import speed_table
from engine.bench.chart import LEFT, Bar, svg
from engine.bench.rows import FIRST, PARAMS_ROW, ROWS
from engine.bench.speed_files import record_path, write_tables
from engine.bench.speed_record import Record, Unable, append
from engine.bench.summary import Report, report
from tests.engine.test_bench_speed import GB, setup, trial

SVG = "{http://www.w3.org/2000/svg}"


def made(*records: Record) -> Report:
    found = report([setup(), *records])
    assert found is not None
    return found


@pytest.fixture
def table() -> Report:
    return made(
        trial(FIRST, 60), trial("own loop", 5), Unable(row="+ vLLM", why="no | server\nhere")
    )


def test_every_row_is_in_the_text_in_order(table: Report) -> None:
    text = speed_table.text(table)
    places = [text.index(f"\n{row.name}") for row in ROWS]
    assert places == sorted(places)
    assert "12.00x" in text
    assert "30.0 GB/s" in text


def test_the_text_is_aligned(table: Report) -> None:
    lines = speed_table.text(table).splitlines()
    head = next(line for line in lines if line.startswith("row"))
    end = head.index("question s") + len("question s")
    row = next(line for line in lines if line.startswith("own loop"))
    assert row[:end].endswith(" 5.00")


def test_a_reason_stays_in_its_cell(table: Report) -> None:
    text = speed_table.text(table, markdown=True)
    row = next(line for line in text.splitlines() if line.startswith("| + vLLM |"))
    assert row.startswith("| + vLLM | not run: no / server here | - |")
    head = next(line for line in text.splitlines() if line.startswith("| row | what"))
    assert row.count("|") == head.count("|")


def test_only_measured_rows_have_parts(table: Report) -> None:
    block = speed_table.text(table, markdown=True).split("| row | searches")[1]
    names = re.findall(r"^\| ([^|]+) \|", block, re.MULTILINE)
    assert names == ["---", FIRST, "own loop"]


def test_the_csv_has_a_row_each_and_no_formula(table: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(speed_table.csv(table))))
    assert len(rows) == len(ROWS)
    assert all(cell[:1] not in "=+-@" for row in rows for cell in row.values() if cell)
    first = rows[0]
    assert (first["row"], first["seconds"], first["speedup"]) == (FIRST, "60", "1")
    assert float(first["hours_13952"]) == pytest.approx(13_952 * 60 / 3600, rel=1e-4)
    assert rows[4]["why"].startswith("not run: no | server") and not rows[4]["seconds"]


def test_files_are_written_beside_the_record(tmp_path: Path) -> None:
    for name, weights, records in (
        ("1.5b-coder", 3 * GB, (trial(FIRST, 60),)),
        ("135m", GB, (trial(PARAMS_ROW, 12),)),
    ):
        for record in (setup(name, weights), *records):
            append(record_path(tmp_path, name, "simple"), record)
    big, small = write_tables(tmp_path, ["1.5b-coder", "135m"], "simple")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        f"speed-{n}.{e}" for n in ("1.5b-coder", "135m") for e in ("jsonl", "md", "csv", "svg")
    }
    assert (tmp_path / "speed-1.5b-coder.md").read_text("utf-8") == big.markdown
    assert "5.00x" in big.text
    assert "not run: no smaller profile" in small.text


def test_nothing_measured_makes_no_table(tmp_path: Path) -> None:
    assert write_tables(tmp_path, ["135m"], "simple") == []
    assert not list(tmp_path.iterdir())


def test_a_path_as_profile_is_a_plain_file_name() -> None:
    path = record_path(Path("out"), "/models/My Model.gguf", "comparison")
    assert path == Path("out/speed-models-My-Model.gguf-comparison.jsonl")


def bars(text: str) -> list[float]:
    root = ET.fromstring(text)
    return [float(r.attrib["width"]) for r in root.iter(f"{SVG}rect") if r.get("class") != "paper"]


def test_the_chart_is_logarithmic() -> None:
    text = svg(
        "T", "s", [Bar("a", 1.0, "1 s"), Bar("b", 10.0, "10 s"), Bar("c", 100.0, "")], target=1
    )
    one, ten, hundred = bars(text)
    assert one < ten < hundred
    assert hundred - ten == pytest.approx(ten - one, abs=1.5)


def test_text_in_the_chart_is_escaped() -> None:
    bad = "<script>&\"'"
    text = svg(bad, bad, [Bar(bad, None, bad)], target=1)
    assert "<script>" not in text
    words = [e.text for e in ET.fromstring(text).iter(f"{SVG}text")]
    assert words.count(bad) == 4


def test_the_chart_reads_on_dark_and_on_light() -> None:
    text = svg("T", "s", [Bar("a", 0.05, "x")], target=1)
    assert "prefers-color-scheme:dark" in text
    assert all(float(x) >= LEFT for x in re.findall(r'<line[^>]* x1="([\d.]+)"', text))


def test_a_chart_without_figures_is_a_chart() -> None:
    assert bars(svg("T", "s", [Bar("a", None, "not run")], target=1)) == []
