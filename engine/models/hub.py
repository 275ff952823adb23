"""Weights from a model hub, downloaded by a child process that can be ended at any moment.

`python -m engine.models.hub` is that child: it reads one JSON request from its argument and
prints the path, or the reason why not. A hub that cannot be reached is given up within 5 s.
Not responsible for GGUF conversion or for the order of sources (engine.models.fetch).
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from engine.config import HubSource
from engine.llm.backend import Cancel
from engine.models.child import run_child
from engine.models.errors import SourceError
from engine.models.locate import SNAPSHOT_FILES, is_weights

_PROBE_S = 4.0
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS}


class _Request(msgspec.Struct, frozen=True, kw_only=True):
    repo: str
    revision: str
    file: str | None = None
    directory: str | None = None
    """Where a single file goes; a snapshot goes to the hub's own cache."""


class _Reply(msgspec.Struct, frozen=True, kw_only=True):
    path: str = ""
    reason: str = ""


def from_hub(
    source: HubSource,
    staging: Path,
    *,
    model: str,
    report: Callable[[int], None],
    cancel: Cancel | None,
) -> Path:
    """Download the source's file into `staging`, or its snapshot into the hub's cache.

    Resumes what an earlier call has left. Returns the file or the snapshot's directory.
    `report` gets bytes on the disk. Raises SourceError, FetchCancelledError.
    """
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise SourceError("the model hub is switched off by HF_HUB_OFFLINE")
    request = _Request(
        repo=source.repo,
        revision=source.revision,
        file=source.file,
        directory=str(staging) if source.file else None,
    )
    folder = f"models--{source.repo.replace('/', '--')}"
    watched = staging if source.file else Path(constants.HF_HUB_CACHE) / folder / "blobs"
    ended = run_child(
        [sys.executable, "-m", "engine.models.hub", msgspec.json.encode(request).decode()],
        model=model,
        environment={**os.environ, "HF_HUB_DISABLE_PROGRESS_BARS": "1"},
        watch=lambda _: report(_size(watched)),
        cancel=cancel,
    )
    try:
        reply = msgspec.json.decode(ended.output.strip().splitlines()[-1], type=_Reply)
    except (msgspec.DecodeError, IndexError):
        last = (ended.errors.strip().splitlines() or ["it ended without a word"])[-1]
        raise SourceError(f"the download failed: {last}") from None
    if reply.reason:
        raise SourceError(reply.reason)
    return Path(reply.path)


def verify_snapshot(directory: Path, *, progress: Callable[[int], None]) -> None:
    """Check every large file of a snapshot against the SHA-256 that its blob is named by.

    A damaged blob is deleted, so that the next fetch takes it again. `progress` gets bytes
    checked. Raises SourceError.
    """
    if not is_weights(directory):
        raise SourceError("the repository lacks safetensors weights, configuration or tokenizer")
    done = 0
    for path in sorted(directory.rglob("*")):
        blob = path.resolve()
        if not path.is_file() or not re.fullmatch("[0-9a-f]{64}", blob.name):
            continue
        with blob.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != blob.name:
            path.unlink()
            blob.unlink(missing_ok=True)
            raise SourceError(f"{path.name} is damaged (its SHA-256 differs) and was deleted")
        done += blob.stat().st_size
        progress(done)


def _size(directory: Path) -> int:
    total = 0
    for path in directory.rglob("*"):
        try:
            # Blocks, not length: a file may be given its length before its bytes.
            total += path.stat().st_blocks * 512 if path.is_file() else 0
        except OSError:
            continue
    return total


def _deliver(request: _Request) -> _Reply:
    """In the child. Every failure becomes a reason in plain words."""
    from huggingface_hub import HfApi, hf_hub_download, snapshot_download
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

    try:
        HfApi().repo_info(request.repo, revision=request.revision, timeout=_PROBE_S)
        if request.file is not None:
            path = hf_hub_download(
                request.repo,
                request.file,
                revision=request.revision,
                local_dir=request.directory,
                etag_timeout=_PROBE_S,
            )
        else:
            path = snapshot_download(
                request.repo,
                revision=request.revision,
                allow_patterns=list(SNAPSHOT_FILES),
                etag_timeout=_PROBE_S,
            )
        return _Reply(path=path)
    except GatedRepoError:
        return _Reply(reason="the repository asks for an account with access (hf auth login)")
    except RepositoryNotFoundError:
        return _Reply(reason="the model hub has no such repository, or it is private")
    except HfHubHTTPError as error:
        return _Reply(reason=f"the model hub answered: {_first_line(error)}")
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _DISK:
            return _Reply(reason=f"{error.strerror} ({error.filename or 'hub cache'})")
        return _Reply(reason=f"the model hub cannot be reached ({_first_line(error)})")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def main() -> None:
    """The child's entry point."""
    reply = _deliver(msgspec.json.decode(sys.argv[1], type=_Request))
    sys.stdout.write(msgspec.json.encode(reply).decode() + "\n")


if __name__ == "__main__":
    main()
