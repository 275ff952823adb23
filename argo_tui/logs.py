"""The log: a rotating file, and nothing on the screen.

Not responsible for keeping libraries in C off the terminal (argo_tui.terminal) or for crash
reports (argo_tui.crash).
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from pathlib import Path
from typing import Final

QUIET: Final = {
    "TRANSFORMERS_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "false",
    "LANCEDB_LOG": "error",
    "LANCE_LOG": "error",
    "TQDM_DISABLE": "1",
}
"""What libraries read when they are imported."""

_BYTES: Final = 1_000_000
_FILES: Final = 3


def silence(environment: MutableMapping[str, str]) -> None:
    """Ask libraries to print nothing and to send nothing; before they are imported.

    What the user has set stays.
    """
    for name, value in QUIET.items():
        environment.setdefault(name, value)


def start(path: Path) -> str:
    """Send log records and Python's warnings to `path`. Returns why not, or an empty string."""
    from logging.handlers import RotatingFileHandler

    logging.captureWarnings(True)
    root = logging.getLogger()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            path,
            maxBytes=_BYTES,
            backupCount=_FILES,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,
        )
        # Now, not at the first record, is when somebody can be told.
        path.open("a", encoding="utf-8").close()
    except OSError as error:
        # A handler of last resort would print on the screen.
        root.addHandler(logging.NullHandler())
        return f"Nothing is logged: {error.strerror or error} ({path})"
    handler.setFormatter(_Harmless("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    return ""


class _Harmless(logging.Formatter):
    """A message may quote a document, and somebody will print the log on a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Without control characters and escape sequences."""
        from engine.text import clean

        return clean(super().format(record))
