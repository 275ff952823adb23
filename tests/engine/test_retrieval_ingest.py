"""Ingestion: incremental, one bad file never stops the rest, and a cancel keeps what is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.config import Retrieval
from engine.errors import DocumentError
from engine.retrieval.ingest import IngestProgress, ensure_primer, ingest
from engine.retrieval.lance import LanceStore
from engine.retrieval.report import IngestReport
from tests.engine.retrieval_kit import BagOfWords

SETTINGS = Retrieval()


@pytest.fixture
def embedder() -> BagOfWords:
    return BagOfWords()


@pytest.fixture
def store(tmp_path: Path, embedder: BagOfWords) -> LanceStore:
    return LanceStore.open(tmp_path / "store", embedder.name, embedder.dimensions)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    root = tmp_path / "docs"
    root.mkdir()
    (root / "a.md").write_text("# Alpha\n\nThe alpha text.\n")
    (root / "b.rst").write_text("Beta\n====\n\nThe beta text.\n")
    return root


def run(root: Path, store: LanceStore, embedder: BagOfWords, prune: bool = False) -> IngestReport:
    return ingest([root], store, embedder, SETTINGS, prune=prune)


def test_documents_are_added_with_title_source_and_sections(
    docs: Path, store: LanceStore, embedder: BagOfWords
) -> None:
    report = run(docs, store, embedder)
    assert report.added == ("docs/a.md", "docs/b.rst")
    assert [(d.title, d.source, d.passages) for d in store.documents()] == [
        ("Alpha", "docs/a.md", 1),
        ("Beta", "docs/b.rst", 1),
    ]
    hit = store.search("alpha", embedder.embed(["alpha"])[0], limit=1, candidates=5)[0]
    assert (hit.chunk.text, hit.chunk.section, hit.chunk.line) == (
        "The alpha text.",
        ("Alpha",),
        3,
    )


def test_the_heading_is_embedded_with_the_text(
    docs: Path, store: LanceStore, embedder: BagOfWords
) -> None:
    run(docs, store, embedder)
    assert "Alpha\nThe alpha text." in embedder.texts


def test_only_what_changed_is_read_again(
    docs: Path, store: LanceStore, embedder: BagOfWords
) -> None:
    run(docs, store, embedder)
    (docs / "a.md").write_text("# Alpha\n\nAnother text.\n")
    before = len(embedder.texts)
    report = run(docs, store, embedder)
    assert (report.replaced, report.unchanged) == (("docs/a.md",), ("docs/b.rst",))
    assert len(embedder.texts) == before + 1
    assert store.health().passages == 2


def test_another_passage_length_counts_as_a_change(
    docs: Path, store: LanceStore, embedder: BagOfWords
) -> None:
    run(docs, store, embedder)
    report = ingest([docs], store, embedder, Retrieval(passage_tokens=80))
    assert len(report.replaced) == 2


def test_a_bad_file_is_reported_and_the_others_go_in(
    docs: Path, store: LanceStore, embedder: BagOfWords
) -> None:
    (docs / "aa.md").write_bytes(b"\x00\x01\x02binary")
    (docs / "ab.pdf").write_bytes(b"%PDF-1.4 rubbish")
    (docs / "ac.md").write_text("<!-- nothing to read -->")
    (docs / "ad.txt").write_bytes("5 µs".encode("cp1252"))
    (docs / "ae.png").write_bytes(b"image")
    report = ingest([docs, docs / "absent.md"], store, embedder, SETTINGS)
    assert len(report.added) == 3
    assert [f.source.rsplit("/")[-1] for f in report.failed] == ["absent.md", "aa.md", "ab.pdf"]
    assert report.empty == ("docs/ac.md",)
    assert report.skipped == ("docs/ae.png",)
    assert [note.source for note in report.notes] == ["docs/ad.txt"]


def test_a_document_that_turns_bad_keeps_its_last_good_passages(
    docs: Path, store: LanceStore, embedder: BagOfWords
) -> None:
    run(docs, store, embedder)
    (docs / "a.md").write_bytes(b"\x00")
    assert len(run(docs, store, embedder).failed) == 1
    assert len(store.documents()) == 2


def test_a_document_that_turns_empty_is_forgotten(
    docs: Path, store: LanceStore, embedder: BagOfWords
) -> None:
    run(docs, store, embedder)
    (docs / "a.md").write_text("")
    assert run(docs, store, embedder).empty == ("docs/a.md",)
    assert [d.source for d in store.documents()] == ["docs/b.rst"]


def test_what_is_gone_is_forgotten_only_when_asked(
    docs: Path, tmp_path: Path, store: LanceStore, embedder: BagOfWords
) -> None:
    other = tmp_path / "docs2"
    other.mkdir()
    (other / "c.md").write_text("Kept.")
    ingest([docs, other], store, embedder, SETTINGS)
    (docs / "a.md").unlink()
    (other / "c.md").unlink()
    assert run(docs, store, embedder).removed == ()
    assert run(docs, store, embedder, prune=True).removed == ("docs/a.md",)
    assert [d.source for d in store.documents()] == ["docs/b.rst", "docs2/c.md"]


def test_a_text_that_repeats_is_embedded_once(
    docs: Path, store: LanceStore, embedder: BagOfWords
) -> None:
    for name in ("x.md", "y.md", "z.md"):
        (docs / name).write_text("# Licence\n\nThe same text.\n")
    report = run(docs, store, embedder)
    assert (report.passages, report.embedded) == (5, 3)


def test_progress_counts_up_to_the_total(
    docs: Path, store: LanceStore, embedder: BagOfWords
) -> None:
    seen: list[IngestProgress] = []
    ingest([docs], store, embedder, SETTINGS, progress=seen.append)
    assert [(p.done, p.total, p.document, p.passages) for p in seen] == [
        (0, 2, "docs/a.md", 0),
        (1, 2, "docs/b.rst", 1),
        (2, 2, "", 2),
    ]


def test_a_cancel_keeps_finished_documents(
    docs: Path, store: LanceStore, embedder: BagOfWords
) -> None:
    class AfterOne:
        def is_set(self) -> bool:
            return bool(store.documents())

    report = ingest([docs], store, embedder, SETTINGS, prune=True, cancel=AfterOne())
    assert report.cancelled
    assert report.added == ("docs/a.md",)
    assert run(docs, store, embedder).added == ("docs/b.rst",)


def test_the_primer_is_built_once_and_follows_its_files(
    tmp_path: Path, store: LanceStore, embedder: BagOfWords
) -> None:
    primer = tmp_path / "primer"
    primer.mkdir()
    (primer / "e2.md").write_text("# E2\n\nE2 joins.\n\nSource: O-RAN.WG3.E2GAP\n")
    (primer / "a1.md").write_text("# A1\n\nA1 guides.\n")

    def ensure() -> bool:
        return ensure_primer(store, embedder, SETTINGS, directory=primer)

    assert ensure()
    assert not ensure()
    assert [(d.id, d.source, d.collection) for d in store.documents()] == [
        ("primer/a1.md", "primer/a1.md", "primer"),
        ("primer/e2.md", "primer/e2.md", "primer"),
    ]
    hits = store.search("E2", embedder.embed(["E2"])[0], limit=2, candidates=5)
    assert any("Source: O-RAN.WG3.E2GAP" in hit.chunk.text for hit in hits)
    (primer / "a1.md").unlink()
    assert ensure()
    assert [d.id for d in store.documents()] == ["primer/e2.md"]


def test_a_passage_of_the_primer_says_more_than_where_it_is_from(
    tmp_path: Path, store: LanceStore, embedder: BagOfWords
) -> None:
    (tmp_path / "e2.md").write_text(
        "# E2\n\n" + "E2 joins a node and a RIC. " * 40 + "\n\nSource: O-RAN.WG3.E2GAP\n"
    )
    ensure_primer(store, embedder, SETTINGS, directory=tmp_path)
    hits = store.search("Source", embedder.embed(["Source"])[0], limit=20, candidates=20)
    assert hits
    assert not any(hit.chunk.text.startswith("Source:") for hit in hits)


def test_a_missing_primer_is_an_error(
    tmp_path: Path, store: LanceStore, embedder: BagOfWords
) -> None:
    with pytest.raises(DocumentError):
        ensure_primer(store, embedder, SETTINGS, directory=tmp_path)
