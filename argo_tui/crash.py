"""A report for a defect: the traceback goes to a file, its path to the screen.

The report has no values of local variables, because those are questions and documents. Not
responsible for errors that a user can act on (engine.errors).
"""

from __future__ import annotations

import datetime
import platform
import traceback
from pathlib import Path

from engine.text import clean


def write_report(directory: Path, error: BaseException) -> Path:
    """Write the report and return its path. Raises OSError where it cannot."""
    now = datetime.datetime.now(datetime.UTC)
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{now:%Y%m%d-%H%M%S-%f}.txt"
    lines = traceback.TracebackException.from_exception(error, capture_locals=False).format()
    head = f"argo-tui crash report, {now:%Y-%m-%d %H:%M:%S} UTC\n"
    head += f"Python {platform.python_version()} on {platform.platform()}\n\n"
    # An exception quotes what it choked on, and somebody will print this file.
    path.write_text(head + clean("".join(lines)), encoding="utf-8", errors="backslashreplace")
    return path
