"""Fixtures with weights: the real 135m where it was fetched, and tiny random ones made here.

Use in a test module: `pytest_plugins = ("tests.models_fixture",)`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.paths import Home
from tests.tiny_models import tiny_model, tiny_tokenizer, write_gguf


@pytest.fixture(scope="session")
def models() -> Path:
    """The directory of fetched models (ARGO_TEST_MODELS, else the platform's)."""
    directory = Path(os.environ.get("ARGO_TEST_MODELS") or Home.find().models)
    if not (directory / "smollm2-135m-instruct" / "manifest.json").is_file():
        pytest.fail(f"The 135m model is not in {directory}: run `make setup` once.")
    return directory


@pytest.fixture(scope="session")
def smol(models: Path) -> Path:
    """The directory of the real 135m."""
    return models / "smollm2-135m-instruct"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Qwen2 of random float32 weights with a byte-level vocabulary of its own."""
    directory = tmp_path_factory.mktemp("tiny") / "tiny-qwen2"
    tokenizer = tiny_tokenizer()
    tokenizer.save_pretrained(directory)
    tiny_model(len(tokenizer)).save_pretrained(directory)
    return directory


@pytest.fixture(scope="session")
def tiny_gguf(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same weights as one GGUF file, float32."""
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    write_gguf(tiny, path)
    return path
