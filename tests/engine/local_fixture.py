"""One thread and tiny models as fixtures: `pytest_plugins = ("tests.engine.local_fixture",)`.

Tests run beside each other; small products on several threads then wait for each other's cores:
`pytestmark = pytest.mark.usefixtures("one_thread")` makes a module ten times as fast.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.local_kit import FAMILIES, Family, tiny_family


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Products on one thread, and on as many as before afterwards."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny_families(tmp_path_factory: pytest.TempPathFactory) -> dict[Family, Path]:
    """Directories of random weights without a tokenizer, see `tiny_family`."""
    directory = tmp_path_factory.mktemp("families")
    for family in FAMILIES:
        tiny_family(family).save_pretrained(directory / family)
    return {family: directory / family for family in FAMILIES}
