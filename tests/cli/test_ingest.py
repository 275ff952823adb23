"""`argo-tui ingest` and `corpus`: what is printed, what is stored, and the exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from argo_tui import cli
from argo_tui.commands import corpus, ingest
from argo_tui.guard import guarded
from engine.retrieval.ingest import PRIMER
from engine.retrieval.minilm import NAME
from tests.engine.retrieval_kit import BagOfWords


class Standin(BagOfWords):
    """Words instead of a model, under the model's name."""

    name = NAME


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARGO_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for command in (ingest, corpus):
        monkeypatch.setattr(command, "embedder", Standin)
    return tmp_path / "home"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    root = tmp_path / "docs"
    root.mkdir()
    (root / "a.md").write_text("# Alpha\n\nThe alpha text.\n")
    (root / "b.md").write_text("# Beta [bold]\n\nThe beta text.\n")
    return root


def run(*words: str) -> int:
    return guarded(lambda: cli.main([*words]))


def listed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    run("corpus", "--json")
    return [d["source"] for d in json.loads(capsys.readouterr().out)["documents"]]


def test_ingest_says_what_it_did(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ingest", str(docs)) == 0
    assert capsys.readouterr().out.startswith("2 added; 2 passages in ")
    assert run("ingest", str(docs)) == 0
    assert capsys.readouterr().out.startswith("2 unchanged; 0 passages in ")


def test_a_failed_file_is_named_and_the_exit_code_is_1(
    docs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (docs / "bad.md").write_bytes(b"\x00\x01")
    (docs / "image.png").write_bytes(b"")
    assert run("ingest", str(docs), "absent") == 1
    out = capsys.readouterr().out
    assert out.startswith("2 added, 2 failed; ")
    assert "1 file of other formats skipped" in out
    assert "failed: absent: no such file or directory" in out
    assert "failed: docs/bad.md: This is not text." in out


def test_no_path_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ingest") == 2
    assert "Nothing to ingest" in capsys.readouterr().err


def test_json_is_one_object_a_line(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ingest", "--json", str(docs)) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == ["progress", "progress", "progress", "report"]
    assert lines[-1]["added"] == ["docs/a.md", "docs/b.md"]


def test_prune_forgets_what_is_gone(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("ingest", str(docs))
    (docs / "a.md").unlink()
    assert run("corpus") == 0
    assert "1 document no longer on disk, docs/a.md first" in capsys.readouterr().err
    assert run("ingest", "--prune", str(docs)) == 0
    assert listed(capsys) == ["docs/b.md"]


def test_corpus_lists_documents_whole_in_a_pipe(
    docs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = docs / ("long" * 40 + ".md")
    long.write_text("Text.")
    run("ingest", str(docs))
    capsys.readouterr()
    assert run("corpus") == 0
    out = capsys.readouterr().out
    assert f"docs/{long.name}" in out
    assert "Beta [bold]" in out
    assert f"3 documents, 3 passages, 0 MB, embedder {NAME}" in out


def test_an_empty_corpus_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("corpus") == 1
    assert "argo-tui corpus build" in capsys.readouterr().err


def test_rm_takes_the_end_of_a_source_and_removes_all_or_nothing(
    docs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("ingest", str(docs))
    assert run("corpus", "rm", "a.md", "absent.md") == 2
    assert len(listed(capsys)) == 2
    assert run("corpus", "rm", "a.md") == 0
    assert listed(capsys) == ["docs/b.md"]


def test_rm_of_an_ambiguous_name_is_refused(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (docs / "sub").mkdir()
    (docs / "sub/a.md").write_text("Another.")
    run("ingest", str(docs))
    assert run("corpus", "rm", "a.md") == 2
    assert "Several documents match" in capsys.readouterr().err
    assert run("corpus", "rm", "docs/a.md") == 0


def test_build_brings_the_primer_which_cannot_be_removed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("corpus", "build") == 0
    assert capsys.readouterr().out.startswith("primer built; ")
    sources = listed(capsys)
    assert sources == sorted(f"primer/{file.name}" for file in PRIMER.glob("*.md"))
    assert run("corpus", "rm", sources[0]) == 2


def test_a_damaged_store_is_one_clear_message(
    home: Path, docs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("ingest", str(docs))
    for file in (home / "data/store").rglob("*.manifest"):
        file.write_bytes(b"rubbish")
    capsys.readouterr()
    assert run("corpus") == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "Delete the directory and ingest again" in err


def test_ctrl_c_keeps_what_is_finished(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    docs = tmp_path / "many"
    docs.mkdir()
    for number in range(400):
        (docs / f"{number:03}.md").write_text(f"# Part {number}\n\nText of part {number}.\n" * 3)
    process = _start(["ingest", "--json", str(docs)])
    assert process.stdout is not None
    done = 0
    for line in process.stdout:
        done = json.loads(line).get("done", done)
        if done == 3:
            process.send_signal(signal.SIGINT)
            break
    rest = process.stdout.read().splitlines()
    assert process.wait() == 130
    report = json.loads(rest[-1])
    assert report["cancelled"]
    assert listed(capsys) == report["added"]
    assert 3 <= len(report["added"]) < 400


def _start(words: Sequence[str]) -> subprocess.Popen[str]:
    root = str(Path(__file__).parents[2])
    return subprocess.Popen(
        [sys.executable, "-m", "argo_tui", *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root, "OMP_NUM_THREADS": "1"},
    )
