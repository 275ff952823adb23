"""ARGO: adaptive retrieval for O-RAN questions. Usable as a library, without a terminal.

    from engine import Argo
    argo = Argo.open("135m")
    for event in argo.answer("What does the near-RT RIC do?"):
        ...

Importing this package imports neither torch nor transformers nor Textual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.argo import Argo

__all__ = ["Argo", "__version__"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    # Lazy, so that `import engine` stays cheap for the command line.
    if name == "Argo":
        from engine.argo import Argo

        return Argo
    raise AttributeError(name)
