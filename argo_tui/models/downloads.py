"""Fetch a model in another process and follow its progress.

No thread: an asyncio subprocess whose lines are FetchProgress objects. Ending it is safe, a later
start resumes. Not responsible for what is fetched from where (engine.models.fetch).
"""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec

from engine.errors import ModelError
from engine.text import clean

PATIENCE_S = 5.0


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """How far it is."""

    model: str
    phase: str = "download"
    done: int = 0
    total: int = 0
    text: str = ""

    @property
    def share(self) -> float | None:
        """0 to 1; None where the size is unknown or the phase has no measure."""
        return self.done / self.total if self.total and self.phase == "download" else None


async def follow(command: Sequence[str], progress: Callable[[Download], None]) -> None:
    """Run to the end. Raises ModelError with what the process said.

    Cancelling the task ends the process first.
    """
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, limit=1 << 20
    )
    assert process.stdout is not None and process.stderr is not None
    complaints = asyncio.ensure_future(process.stderr.read())
    try:
        async for line in process.stdout:
            with suppress(msgspec.DecodeError):
                progress(msgspec.json.decode(line, type=Download))
        code = await process.wait()
        said = clean((await complaints).decode("utf-8", "replace")).strip()
    except asyncio.CancelledError:
        await _end(process)
        complaints.cancel()
        raise
    if code:
        raise ModelError(
            said or f"The fetch ended with code {code}",
            remedy="" if said else "Run `argo-tui models fetch` in a shell to see why.",
        )


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), PATIENCE_S)
    except TimeoutError:
        process.kill()
        await process.wait()
