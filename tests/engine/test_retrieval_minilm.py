"""The embedder, with its real weights, and recall on a small corpus."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.config import Retrieval
from engine.errors import ModelError
from engine.retrieval import minilm
from engine.retrieval.ingest import ingest
from engine.retrieval.lance import LanceStore
from engine.retrieval.minilm import MiniLM

TEXTS = [
    "What is O-RAN?",
    "Which macro tests whether a wormhole opened with rmr_wh_open is connected?",
    "",
    "Ünïcode µONOS 7.2x – 東京",
    "a long text of many words " * 120,
]


@pytest.fixture(scope="module")
def embedder() -> MiniLM:
    return MiniLM.load()


REFERENCE = """
import json, sys
import numpy
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu")
numpy.save(sys.argv[2], model.encode(json.loads(sys.argv[3]), normalize_embeddings=True))
"""


def test_vectors_equal_those_of_sentence_transformers(embedder: MiniLM, tmp_path: Path) -> None:
    out = tmp_path / "vectors.npy"
    arguments = [str(minilm._directory()), str(out), json.dumps(TEXTS)]
    subprocess.run([sys.executable, "-c", REFERENCE, *arguments], check=True, capture_output=True)
    assert (embedder.embed(TEXTS) * np.load(out)).sum(axis=1).min() >= 0.99999


def test_a_text_has_the_same_vector_alone_and_in_a_batch(embedder: MiniLM) -> None:
    together = embedder.embed(TEXTS)
    assert together.shape == (5, 384)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for row, text in enumerate(TEXTS):
        np.testing.assert_allclose(embedder.embed([text])[0], together[row], atol=1e-5)
    assert embedder.embed([]).shape == (0, 384)


def test_reduced_vectors_are_close_to_the_exact_ones(embedder: MiniLM) -> None:
    reduced = MiniLM.load(reduced=True).embed(TEXTS)
    assert reduced.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(reduced, axis=1), 1, atol=1e-5)
    assert (embedder.embed(TEXTS) * reduced).sum(axis=1).min() >= 0.9999


def test_a_single_query_leaves_the_number_of_threads_alone(embedder: MiniLM) -> None:
    import torch

    before = torch.get_num_threads()
    embedder.embed(["query"])
    assert torch.get_num_threads() == before


def test_loading_imports_neither_sentence_transformers_nor_transformers() -> None:
    script = (
        "import sys; from engine.retrieval.minilm import MiniLM\n"
        "assert 'torch' not in sys.modules\n"
        "MiniLM.load().embed(['x'])\n"
        "assert not {'transformers', 'sentence_transformers'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])


def test_a_missing_or_damaged_model_is_an_error_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(minilm, "_PACKAGE", "a_package_that_is_not_there")
    with pytest.raises(ModelError, match="not installed") as caught:
        MiniLM.load()
    assert "pip install" in caught.value.remedy
    monkeypatch.setattr(minilm, "_directory", lambda: tmp_path)
    with pytest.raises(ModelError, match="cannot be loaded"):
        MiniLM.load()


LIBRARY = {
    "rmr.md": "# RMR\n\nWhen RMR_CTL_PORT is not defined, RMR opens port 4561 for Route Manager.",
    "wormhole.md": "# Wormholes\n\nThe macro rmr_wh_connected tells whether one is connected.",
    "sdl.md": "# Shared data layer\n\nSDL stores key-value data; its backend is Redis.",
    "a1.md": "# A1 Mediator\n\nIt sends policy instances to xApps with message type 20010.",
    "du.md": "# O-DU\n\nAn O-DU hosts RLC, MAC and the upper part of the physical layer.",
    "bread.md": "# Bread\n\nKnead the dough for ten minutes and let it rest overnight.",
}
QUESTIONS = {
    "Which port serves Route Manager without RMR_CTL_PORT?": "rmr.md",
    "How do I test that a wormhole is up?": "wormhole.md",
    "Which database is behind SDL?": "sdl.md",
    "What carries policies from the A1 Mediator to applications?": "a1.md",
    "Which protocol layers run in the distributed unit?": "du.md",
}


def test_the_right_passage_comes_first_and_foreign_topics_score_low(
    embedder: MiniLM, tmp_path: Path
) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name, text in LIBRARY.items():
        (docs / name).write_text(text)
    store = LanceStore.open(tmp_path / "store", embedder.name, embedder.dimensions)
    ingest([docs], store, embedder, Retrieval())
    for question, name in QUESTIONS.items():
        hits = store.search(question, embedder.embed([question])[0], limit=3, candidates=10)
        assert hits[0].document.source == f"docs/{name}"
        assert hits[0].dense > 0.4
    foreign = "Who won the football world cup in 1966?"
    hits = store.search(foreign, embedder.embed([foreign])[0], limit=3, candidates=10)
    assert max(hit.dense for hit in hits) < 0.3
