"""Keep transformers' own progress bars and advice, and torchao's, off our output.

Errors still arrive as exceptions. Not responsible for our own log.
"""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator
from typing import Any, Final

_TREES: Final = "torch.utils._pytree"
"""It warns when torchao is imported, which transformers does wherever torchao is installed."""


@contextlib.contextmanager
def quiet_transformers() -> Iterator[None]:
    """While the block runs; the library's settings are put back afterwards."""
    import transformers

    library: Any = transformers.utils.logging
    level, bars = library.get_verbosity(), library.is_progress_bar_enabled()
    trees = logging.getLogger(_TREES)
    before = trees.level
    library.set_verbosity_error()
    library.disable_progress_bar()
    trees.setLevel(logging.ERROR)
    try:
        # The GGUF reader draws a bar of its own, which no setting turns off.
        with contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        library.set_verbosity(level)
        trees.setLevel(before)
        if bars:
            library.enable_progress_bar()
