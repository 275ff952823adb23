"""The command line: which command, and which errors are the user's.

Commands are named by import path, so that only the one that is called is imported. Not
responsible for what commands do (argo_tui.commands) or for the exit codes of errors
(argo_tui.guard).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter, UnusedCliTokensError

from argo_tui.commands.options import STDIN, Overrides
from argo_tui.guard import OK, UsageError
from engine import __version__

COMMANDS = {
    "ask": ("argo_tui.commands.ask:ask", "Answer a question, or a file of them, without the app."),
    "compare": (
        "argo_tui.commands.compare:compare",
        "Ask several profiles the same question, side by side.",
    ),
    "ingest": ("argo_tui.commands.ingest:app", "Add documents to the collection."),
    "corpus": ("argo_tui.commands.corpus:app", "What is in the collection."),
    "models": ("argo_tui.commands.models:app", "Which profiles can run here; fetch weights."),
    "serve": ("argo_tui.commands.serve:app", "Start a vLLM server for a profile."),
    "runs": ("argo_tui.commands.runs:app", "List, show and export recorded runs."),
    "replay": ("argo_tui.commands.replay:replay", "Play a recorded run again, without a model."),
    "policy": ("argo_tui.commands.policy:policy", "A recorded run under another policy."),
    "doctor": (
        "argo_tui.commands.doctor:doctor",
        "Is everything there, and what to do where it is not.",
    ),
    "bench": ("argo_tui.commands.bench:app", "Measure the start and a question."),
    "config": ("argo_tui.commands.config:app", "Every setting in force, and where it is from."),
}


def build() -> App:
    """The parser."""
    app = App(
        name="argo-tui",
        version=__version__,
        help="O-RAN questions, answered by adaptive retrieval. Without a command: the app.",
        help_format="plaintext",
        default_command=_app,
        default_parameter=Parameter(negative=(), show_default=False),
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    for name, (path, summary) in COMMANDS.items():
        app.command(path, name=name, help=summary)
    return app


def main(argv: Sequence[str]) -> int:
    """Parse and run. Returns the exit code; raises UsageError and what the command raises."""
    words = [STDIN if word == "-" and argv[0] in ("ask", "compare") else word for word in argv]
    try:
        code = build()(words, print_error=False, exit_on_error=False, help_on_error=False)
    except UnusedCliTokensError as error:
        unknown = " ".join(error.unused_tokens or ())
        raise UsageError(f"«{unknown}» is no command or argument here", remedy=_HELP) from None
    except CycloptsError as error:
        raise UsageError(" ".join(str(error).split()).removesuffix("."), remedy=_HELP) from None
    return code if isinstance(code, int) else OK


_HELP = "See argo-tui --help."


def _app(
    *,
    overrides: Overrides | None = None,
    theme: Annotated[str | None, Parameter(help="Name of a theme.")] = None,
    read_only: Annotated[
        bool, Parameter(help="Watch the record that others fill: no model, nothing is written.")
    ] = False,
) -> int:
    """Open the app."""
    flags = overrides.flags() if overrides else {}
    flags |= {"theme": theme} if theme else {}
    if read_only:
        from argo_tui.program import watch

        return watch(flags)
    from argo_tui.program import run

    return run(flags)
