"""Which files are taken from a directory."""

from __future__ import annotations

import os
from pathlib import Path

from engine.retrieval.walk import walk


def _tree(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text")


def test_documents_are_taken_and_other_files_are_listed(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    _tree(docs, "a.md", "b/c.RST", "b/README", "d.yang", "e.png", ".hidden.md", ".git/f.md")
    found = walk([docs])
    assert [f.source for f in found.files] == [
        "docs/a.md",
        "docs/d.yang",
        "docs/b/README",
        "docs/b/c.RST",
    ]
    assert found.skipped == ("docs/e.png",)


def test_links_that_go_in_circles_end(tmp_path: Path) -> None:
    _tree(tmp_path, "docs/a.md", "docs/b/c.md")
    (tmp_path / "docs/b/up").symlink_to(tmp_path / "docs")
    (tmp_path / "docs/again.md").symlink_to(tmp_path / "docs/a.md")
    (tmp_path / "docs/broken.md").symlink_to(tmp_path / "nowhere")
    assert len(walk([tmp_path / "docs"]).files) == 2


def test_a_file_named_twice_is_taken_once(tmp_path: Path) -> None:
    _tree(tmp_path, "a.md")
    assert len(walk([tmp_path, tmp_path / "a.md"]).files) == 1


def test_a_named_file_is_taken_whatever_its_suffix(tmp_path: Path) -> None:
    _tree(tmp_path, "notes.log")
    assert [f.source for f in walk([tmp_path / "notes.log"]).files] == ["notes.log"]


def test_what_is_not_there_or_no_file_is_a_problem(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    found = walk([tmp_path / "absent", tmp_path / "pipe"])
    assert [why for _, why in found.problems] == ["no such file or directory", "not a regular file"]


def test_a_name_that_is_no_utf8_or_holds_control_characters_is_shown_clean(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    Path(os.fsdecode(os.fsencode(docs) + b"/bad\xff.md")).write_text("text")
    (docs / "two\nlines\x1b[31m.md").write_text("text")
    found = walk([docs])
    assert [f.source for f in found.files] == ["docs/bad\\xff.md", "docs/two lines.md"]
    for file in found.files:
        assert file.id.encode()
