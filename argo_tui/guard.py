"""What a command comes to: an exit code, and one clear message where it went wrong.

0 done, 1 error, 2 usage, 3 not found, 130 cancelled. Cheap to import: the app passes here too.
Not responsible for the report's format (argo_tui.crash).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Final

from engine.errors import ArgoError
from engine.paths import Home
from engine.text import clean

OK: Final = 0
ERROR: Final = 1
USAGE: Final = 2
NOT_FOUND: Final = 3
CANCELLED: Final = 130


class UsageError(ArgoError):
    """The command line does not make sense; nothing was done."""


def guarded(action: Callable[[], int]) -> int:
    """Run a command. Whatever it raises becomes a message on stderr and an exit code."""
    try:
        code = action()
        # A reader that went away shows here, not in the interpreter's last breath.
        sys.stdout.flush()
    except UsageError as error:
        return _tell(str(error), USAGE)
    except ArgoError as error:
        _log(error)
        return _tell(str(error), ERROR)
    except KeyboardInterrupt:
        return _tell("cancelled", CANCELLED)
    except BrokenPipeError:
        # Nobody reads any more; what Python would print on exit goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ERROR
    except Exception as error:
        _log(error)
        return _tell(_reported(error), ERROR)
    return code


def complain(text: str) -> None:
    """A line on stderr, without anything that moves the cursor."""
    print(f"argo-tui: {' '.join(clean(text).split())}", file=sys.stderr, flush=True)  # noqa: T201


def _tell(text: str, code: int) -> int:
    complain(text)
    return code


def _log(error: Exception) -> None:
    import logging

    logging.getLogger("argo_tui").error("command failed", exc_info=error)


def _reported(error: Exception) -> str:
    from argo_tui.crash import write_report

    what = f"an unexpected error: {type(error).__name__}: {error}."
    try:
        path = write_report(Home.find().data / "crash", error)
    except OSError as problem:
        return f"{what} No report could be written: {problem}"
    return f"{what} The report is in {path}; please send it along."
