"""GGUF to a directory that loads fast: safetensors in bf16, configuration, tokenizer.

Reading a GGUF takes 13 to 55 s, the directory 1 s, so it is converted once into the cache. Made
in a temporary directory beside the target and renamed in one step: whoever looks sees a complete
directory or none. The work is done by a child process (this module as a program), because a
signal in the middle of a native call would abort the caller. Not responsible for downloading
(engine.models.fetch).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock

from engine.errors import ModelError
from engine.llm.backend import Cancel
from engine.llm.quiet import quiet_transformers
from engine.models.child import run_child
from engine.models.manifest import NAME, Manifest, is_complete

_FREE_AGAIN = "Free some space there, or point ARGO_HOME at a larger disk."


def convert(
    gguf: Path, target: Path, *, model: str, sha256: str, cancel: Cancel | None = None
) -> Path:
    """Convert `gguf` (whose hash is `sha256`) into the directory `target`, and return it.

    A complete target from the same source is left as it is. Two processes may call this at
    once: one converts, the other waits. A killed conversion leaves only a temporary directory,
    which the next one removes. Raises ModelError; FetchCancelledError within a second of a cancel.
    """
    with writing(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.parent / f".{target.name}.lock"):
            _remove_stale(target)
            if is_complete(target, sha256):
                return target
            temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=_prefix(target)))
            try:
                _write_in_child(gguf, temporary, model, cancel)
                manifest = Manifest(model=model, sha256=sha256)
                (temporary / NAME).write_bytes(msgspec.json.encode(manifest))
                _flush(temporary)
                _swap(temporary, target)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
    return target


@contextlib.contextmanager
def writing(directory: Path) -> Iterator[None]:
    """Turn a full disk or a missing permission into a ModelError that says what to do."""
    try:
        yield
    except OSError as error:
        raise ModelError(
            f"Cannot write the model: {error.strerror or error}",
            where=str(error.filename or directory),
            remedy=f"Check free space and permission. {_FREE_AGAIN}",
        ) from error


class _Trouble(msgspec.Struct, frozen=True):
    """Why the child gave up, on its standard output."""

    what: str
    where: str = ""
    remedy: str = ""
    errno: int = 0
    """Of an OSError, whose remedy the parent knows."""


def _write_in_child(gguf: Path, directory: Path, model: str, cancel: Cancel | None) -> None:
    ended = run_child(
        [
            sys.executable,
            "-m",
            "engine.models.convert",
            str(gguf),
            str(directory),
            str(os.getpid()),
        ],
        model=model,
        environment=os.environ,
        watch=lambda _: None,
        cancel=cancel,
    )
    if ended.code == 0:
        return
    try:
        trouble = msgspec.json.decode(ended.output, type=_Trouble)
    except msgspec.DecodeError:
        last = ended.errors.strip().splitlines()[-1:] or [f"exit code {ended.code}"]
        trouble = _Trouble(
            f"The conversion ended early: {last[0]}", str(gguf), "Check the free memory; try again."
        )
    if trouble.errno:
        raise OSError(trouble.errno, trouble.what, trouble.where)
    raise ModelError(trouble.what, where=trouble.where, remedy=trouble.remedy)


def main(gguf: Path, directory: Path, parent: int) -> int:
    """The child: convert, or say why not as one JSON object."""
    if not _ends_with(parent):
        return 1
    try:
        _write(gguf, directory)
    except ModelError as error:
        trouble = _Trouble(error.what, error.where, error.remedy)
    except OSError as error:
        where = str(error.filename or directory)
        trouble = _Trouble(error.strerror or str(error), where, errno=error.errno or 5)
    else:
        return 0
    sys.stdout.write(msgspec.json.encode(trouble).decode())
    return 1


def _ends_with(parent: int) -> bool:
    """Ask the system to kill this process with its parent; False where that is gone already.

    Else a killed fetch would leave a child that writes on. Only Linux can be asked.
    """
    if sys.platform == "linux":
        import ctypes
        import signal

        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
    return os.getppid() == parent


def _write(gguf: Path, directory: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    options: dict[str, Any] = {"gguf_file": gguf.name, "local_files_only": True}
    with quiet_transformers():
        try:
            tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), **options)
            loaded = AutoModelForCausalLM.from_pretrained(
                str(gguf.parent), dtype=torch.bfloat16, trust_remote_code=False, **options
            )
        except OSError:
            raise
        except Exception as error:
            raise ModelError(
                f"This GGUF file cannot be read: {error}",
                where=str(gguf),
                remedy="Use a GGUF of an architecture that transformers reads (Llama, Qwen2, ...).",
            ) from error
        if not tokenizer.chat_template:
            raise ModelError(
                "This GGUF file has no chat template",
                where=str(gguf),
                remedy="Use an instruction-tuned model.",
            )
        # `save_pretrained` refuses what came from a GGUF («not serializable»), so the weights
        # move into a fresh model of the same configuration.
        configuration = type(loaded.config).from_dict(_plain(loaded.config.to_dict()))
        with torch.device("meta"):
            fresh = type(loaded)(configuration)
        fresh.load_state_dict(loaded.state_dict(), assign=True)
        fresh.tie_weights()
        fresh.generation_config = loaded.generation_config
        fresh.save_pretrained(directory)
        tokenizer.save_pretrained(directory)


def _plain(configuration: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in configuration.items()
        if key not in {"quantization_config", "_name_or_path", "_model_name_or_path"}
    }


def _prefix(target: Path) -> str:
    return f".{target.name}.partial-"


def _remove_stale(target: Path) -> None:
    """Under the lock: temporary directories of conversions that were killed."""
    for directory in target.parent.glob(f"{_prefix(target)}*"):
        shutil.rmtree(directory, ignore_errors=True)


def _flush(directory: Path) -> None:
    """To the disk, so that after a power cut a renamed directory is not an empty one."""
    for path in directory.iterdir():
        path.chmod(0o644)
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _swap(temporary: Path, target: Path) -> None:
    """Rename over the target. An incomplete or older target gives way first."""
    temporary.chmod(0o755)
    if target.exists():
        old = Path(tempfile.mkdtemp(dir=target.parent, prefix=_prefix(target)))
        target.rename(old / target.name)
        temporary.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        temporary.rename(target)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
