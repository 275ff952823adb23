"""The store's contract, on a real LanceDB."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import StoreError
from engine.retrieval.fuse import fuse
from engine.retrieval.index_text import lexical_query, words
from engine.retrieval.lance import LanceStore
from engine.retrieval.store import Hit
from tests.engine.retrieval_kit import DIMENSIONS, BagOfWords, chunks, document

EMBEDDER = BagOfWords()


def opened(path: Path) -> LanceStore:
    return LanceStore.open(path, EMBEDDER.name, DIMENSIONS)


def put(store: LanceStore, identity: str, *texts: str) -> None:
    store.replace(
        document(identity, len(texts)), chunks(identity, *texts), EMBEDDER.embed(list(texts))
    )


def search(store: LanceStore, text: str, limit: int = 5) -> list[Hit]:
    return store.search(text, EMBEDDER.embed([text])[0], limit=limit, candidates=20)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> LanceStore:
    """Read only."""
    store = opened(tmp_path_factory.mktemp("store"))
    put(store, "rmr", "Call rmr_wh_open to open a wormhole.", "The port is RMR_CTL_PORT.")
    put(store, "yang", "The module o-ran-supervision holds a watchdog.", "Split 7.2x latency.")
    put(store, "code", "A getPolicyType call returns the type.", "Nothing in common here at all.")
    store.optimise()
    return store


def test_what_was_stored_is_found_with_everything(library: LanceStore) -> None:
    best = search(library, "Which call opens a wormhole?")[0]
    assert best.chunk == chunks("rmr", "Call rmr_wh_open to open a wormhole.")[0]
    assert best.document == document("rmr")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("rmr_wh_open", "rmr_wh_open"),
        ("RMR_CTL_PORT", "RMR_CTL_PORT"),
        ("o-ran-supervision", "o-ran-supervision"),
        ("the O-RAN supervision watchdog", "o-ran-supervision"),
        ("7.2x", "7.2x"),
        ("policy type", "getPolicyType"),
        ("getPolicyType", "getPolicyType"),
    ],
)
def test_identifiers_are_found_by_words(library: LanceStore, query: str, expected: str) -> None:
    best = max(search(library, query), key=lambda hit: hit.lexical)
    assert best.lexical > 0
    assert expected in best.chunk.text


def test_scores_are_kept_apart(library: LanceStore) -> None:
    hits = search(library, "wormhole.", limit=6)
    vector = EMBEDDER.embed(["wormhole."])[0]
    for hit in hits:
        assert hit.dense == pytest.approx(
            float(EMBEDDER.embed([hit.chunk.text])[0] @ vector), abs=1e-5
        )
        assert (hit.lexical > 0) == ("wormhole" in hit.chunk.text)
    assert [hit.fused for hit in hits] == sorted((hit.fused for hit in hits), reverse=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        '"',
        "AND OR NOT (",
        "a:b^2~ -x +y",
        "'; DROP TABLE passages; --",
        "\x00",
        "*",
        "[1 TO",
    ],
)
def test_a_query_is_text_and_never_syntax(library: LanceStore, text: str) -> None:
    assert len(search(library, text, limit=3)) == 3


@given(st.text(max_size=80))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_text_makes_a_search_fail(library: LanceStore, text: str) -> None:
    assert search(library, text, limit=1)


def test_replacing_leaves_nothing_of_the_old_and_nothing_else_changes(tmp_path: Path) -> None:
    store = opened(tmp_path)
    put(store, "a", "old one", "old two", "old three")
    put(store, "b", "other")
    put(store, "a", "new")
    assert [(d.id, d.passages) for d in store.documents()] == [("a", 1), ("b", 1)]
    assert {hit.chunk.text for hit in search(store, "old")} == {"new", "other"}


def test_a_removed_document_is_forgotten_and_an_unknown_one_is_no_error(tmp_path: Path) -> None:
    store = opened(tmp_path)
    put(store, 'it\'s "a" %_', "text")
    store.remove("unknown")
    assert store.health().passages == 1
    store.remove('it\'s "a" %_')
    assert store.documents() == []


def test_the_same_text_is_found_once(tmp_path: Path) -> None:
    store = opened(tmp_path)
    put(store, "a", "same words")
    put(store, "b", "same words")
    assert len(search(store, "same words")) == 1


def test_an_empty_store_is_searched_and_reports_itself(tmp_path: Path) -> None:
    store = opened(tmp_path / "new")
    assert search(store, "anything") == []
    store.optimise()
    health = store.health()
    assert (health.documents, health.passages, health.embedder) == (0, 0, EMBEDDER.name)
    assert "empty" in health.problems[0]


def test_what_is_not_yet_indexed_is_found_all_the_same(tmp_path: Path) -> None:
    store = opened(tmp_path)
    put(store, "a", "indexed words")
    store.optimise()
    put(store, "b", "rmr_late_words")
    assert (
        max(search(store, "rmr_late_words"), key=lambda h: h.lexical).chunk.text == "rmr_late_words"
    )


def test_another_embedders_store_is_refused_with_a_remedy(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with pytest.raises(StoreError, match="embedder bag-of-words, not other") as caught:
        LanceStore.open(tmp_path, "other", DIMENSIONS)
    assert "ingest again" in caught.value.remedy


def test_a_damaged_store_is_refused_with_a_remedy(tmp_path: Path) -> None:
    put(opened(tmp_path), "a", "text")
    for file in tmp_path.rglob("*.manifest"):
        file.write_bytes(b"rubbish")
    with pytest.raises(StoreError) as caught:
        search(opened(tmp_path), "text")
    assert caught.value.remedy


def test_a_path_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    with pytest.raises(StoreError):
        opened(tmp_path / "store")


WRITER = """
import sys
from pathlib import Path
from tests.engine.test_retrieval_store import opened, put
store = opened(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(int(sys.argv[2])):
    put(store, f"d{number}", *[f"document {number} passage {n}" for n in range(5)])
    print(number, flush=True)
    if number % 10 == 9:
        store.optimise()
"""


def _writer(path: Path, count: int) -> subprocess.Popen[str]:
    root = str(Path(__file__).parents[2])
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(count)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": root},
    )


def test_a_reader_sees_what_another_process_writes_while_it_writes(tmp_path: Path) -> None:
    store = opened(tmp_path)
    writer = _writer(tmp_path, 25)
    seen: set[int] = set()
    while writer.poll() is None:
        documents = store.documents()
        assert all(d.passages == 5 for d in documents), "half a document was seen"
        if documents:
            assert search(store, "document 1 passage")
        seen.add(len(documents))
        time.sleep(0.02)
    assert writer.wait() == 0
    assert len(store.documents()) == 25
    assert len(seen) > 2


def test_a_killed_writer_loses_at_most_the_document_in_flight(tmp_path: Path) -> None:
    writer = _writer(tmp_path, 1_000)
    assert writer.stdout is not None
    finished = -1
    for line in writer.stdout:
        finished = -1 if line.strip() == "ready" else int(line)
        if finished == 7:
            break
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    store = opened(tmp_path)
    documents = store.documents()
    assert {f"d{n}" for n in range(finished + 1)} <= {d.id for d in documents}
    assert all(d.passages == 5 for d in documents)
    put(store, "after", "the lock of a dead process does not hold")
    assert search(store, "lock of a dead process")[0].document.id == "after"


def test_fusion_is_one_for_the_first_of_both_and_prefers_what_both_found() -> None:
    assert fuse(["a", "b"], ["a", "c"])[0] == ("a", 1.0)
    assert fuse(["x", "both"], ["y", "both"])[0][0] == "both"
    assert fuse([], ["a"]) == [("a", 0.5)]
    assert fuse([], []) == []


@given(st.text())
def test_a_lexical_query_holds_words_only(text: str) -> None:
    query = lexical_query(text)
    assert all(part.isalnum() for part in query.split())


def test_words_hold_identifiers_in_parts_and_in_one_piece() -> None:
    assert words("rmr_wh_open") == ["rmr", "wh", "open", "rmrwhopen"]
    assert words("getPolicyType") == ["getPolicyType", "get", "Policy", "Type"]
    assert lexical_query("What is the O-RAN split?") == "O RAN ORAN split"


def test_vectors_of_any_layout_are_stored(tmp_path: Path) -> None:
    store = opened(tmp_path)
    vectors = np.asfortranarray(EMBEDDER.embed(["one", "two"]).astype(np.float64))
    store.replace(document("a"), chunks("a", "one", "two"), vectors)  # type: ignore[arg-type]
    assert search(store, "two")[0].dense == pytest.approx(1, abs=1e-4)
