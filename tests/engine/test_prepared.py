"""Quantised weights on the disk: the second load takes them, and no load depends on them."""

from __future__ import annotations

import logging
import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.llm.fused.decoder import Decoder
from engine.llm.fused.prepared import Prepared, prepared_path
from engine.llm.fused.weights import Recipe
from tests.engine.local_kit import FAMILIES, Family

pytest_plugins = ("tests.engine.local_fixture",)
pytestmark = pytest.mark.usefixtures("one_thread")

INT4 = Recipe("float32", "int4")
RECIPES: Final = {
    "int4": INT4,
    "int8": Recipe("float32", "int8"),
    "int4 and int8": Recipe("float32", "int4", "int8"),
    "int8 for prompts": Recipe("float32", "none", "int8"),
}


@pytest.fixture
def directory(tiny_families: dict[Family, Path], tmp_path: Path) -> Path:
    """A copy of the tiny Llama, to be changed."""
    return shutil.copytree(tiny_families["llama"], tmp_path / "llama")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A directory that is not there yet."""
    return tmp_path / "deep" / "cache"


def logits(directory: Path, recipe: Recipe = INT4, cache: Path | None = None) -> torch.Tensor:
    """Of a load: after one token, and after nine."""
    model = Decoder.load(directory, recipe, cache=cache)
    with torch.inference_mode():
        return torch.cat((model.extend([5], 1), model.extend(list(range(9)), 1)))


def kept(cache: Path) -> Path:
    """The one file that is there."""
    (file,) = cache.iterdir()
    return file


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_the_second_load_quantises_nothing_and_computes_the_same(
    tiny_families: dict[Family, Path],
    family: Family,
    recipe: Recipe,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = logits(tiny_families[family], recipe, cache)
    assert torch.equal(first, logits(tiny_families[family], recipe))
    before = kept(cache).stat()

    def put(self: Prepared, name: str, tensors: object) -> None:
        pytest.fail(f"{name} was quantised again")

    monkeypatch.setattr(Prepared, "put", put)
    assert torch.equal(logits(tiny_families[family], recipe, cache), first)
    assert kept(cache).stat().st_mtime_ns == before.st_mtime_ns
    assert kept(cache).stat().st_ino == before.st_ino


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_what_lies_in_the_file_is_what_is_computed_with(
    directory: Path, cache: Path, recipe: Recipe
) -> None:
    assert logits(directory, recipe, cache).any()
    tensors = load_file(kept(cache))
    save_file({name: torch.zeros_like(tensor) for name, tensor in tensors.items()}, kept(cache))
    assert not logits(directory, recipe, cache)[0].any()


def test_weights_that_are_not_quantised_are_not_kept(directory: Path, cache: Path) -> None:
    logits(directory, Recipe("float32"), cache)
    assert not cache.exists()


def test_without_a_cache_nothing_is_written(directory: Path) -> None:
    before = sorted(directory.parent.rglob("*"))
    logits(directory)
    assert sorted(directory.parent.rglob("*")) == before
    assert prepared_path(None, directory, "recipe") is None


def test_the_file_of_other_weights_is_never_taken(
    directory: Path, tiny_families: dict[Family, Path], cache: Path
) -> None:
    old = logits(directory, INT4, cache)
    weights = load_file(directory / "model.safetensors")
    weights["model.layers.1.mlp.down_proj.weight"] *= 1.5
    save_file(weights, directory / "model.safetensors")
    new = logits(directory, INT4, cache)
    assert torch.equal(new, logits(directory))
    assert not torch.equal(new, old)


def test_the_path_holds_what_the_file_was_made_from(directory: Path, cache: Path) -> None:
    file = directory / "model.safetensors"

    def path(recipe: str = "int4") -> Path:
        found = prepared_path(cache, directory, recipe)
        assert found is not None
        return found

    first = path()
    assert first == path()
    assert first.parent == cache
    assert path("int8") != first
    stat = file.stat()
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert path() != first, "another time"
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert path() == first
    file.write_bytes(file.read_bytes() + b"\0")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert path() != first, "another size"
    file.unlink()
    assert path() != first, "not there"


def test_two_recipes_have_two_files(directory: Path, cache: Path) -> None:
    for recipe in ("int4", "int8"):
        logits(directory, RECIPES[recipe], cache)
    assert len(list(cache.iterdir())) == 2


def test_of_many_versions_the_newest_few_are_kept(directory: Path, cache: Path) -> None:
    for recipe in RECIPES.values():
        logits(directory, recipe, cache)
    newest = prepared_path(cache, directory, repr([*RECIPES.values()][-1]))
    assert len(list(cache.iterdir())) == 3
    assert newest is not None and newest.exists()


def test_what_a_file_lacks_is_quantised_and_added(directory: Path, cache: Path) -> None:
    expected = logits(directory, INT4, cache)
    whole = load_file(kept(cache))
    lost = sorted(whole)[0].rpartition("/")[0]
    save_file({k: v for k, v in whole.items() if not k.startswith(f"{lost}/")}, kept(cache))
    assert torch.equal(logits(directory, INT4, cache), expected)
    assert load_file(kept(cache)).keys() == whole.keys()


@pytest.mark.parametrize("left", ["nothing", "a part of the header", "a part of the weights"])
def test_a_file_that_was_cut_off_is_made_again(directory: Path, cache: Path, left: str) -> None:
    expected = logits(directory, INT4, cache)
    whole = kept(cache).read_bytes()
    end = {"nothing": 0, "a part of the header": 100, "a part of the weights": len(whole) - 100}
    kept(cache).write_bytes(whole[: end[left]])
    assert torch.equal(logits(directory, INT4, cache), expected)
    assert kept(cache).read_bytes() == whole


def test_a_place_that_cannot_be_written_to_only_costs_the_next_load_its_time(
    directory: Path, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache.parent.mkdir()
    cache.write_text("This is no directory.")
    with caplog.at_level(logging.WARNING):
        assert torch.equal(logits(directory, INT4, cache), logits(directory))
    assert "quantised weights are not kept" in caplog.text
    assert cache.read_text() == "This is no directory."


def test_a_full_disk_only_costs_the_next_load_its_time(
    directory: Path, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), room_for(16_384):
        assert torch.equal(logits(directory, INT4, cache), logits(directory))
    assert "quantised weights are not kept" in caplog.text
    assert list(cache.iterdir()) == [], "no part of a file is left"


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file of this process may become larger."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
