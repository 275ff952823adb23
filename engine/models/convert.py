"""GGUF to a directory that loads fast: safetensors in bf16, configuration, tokenizer.

Reading a GGUF takes 13 to 55 s, the directory 1 s, so it is converted once into the cache. Made
in a temporary directory beside the target and renamed in one step: whoever looks sees a complete
directory or none. Not responsible for downloading (engine.models.fetch).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock

from engine.errors import ModelError
from engine.llm.quiet import quiet_transformers
from engine.models.manifest import NAME, Manifest, is_complete

_FREE_AGAIN = "Free some space there, or point ARGO_HOME at a larger disk."


def convert(gguf: Path, target: Path, *, model: str, sha256: str) -> Path:
    """Convert `gguf` (whose hash is `sha256`) into the directory `target`, and return it.

    A complete target from the same source is left as it is. Two processes may call this at
    once: one converts, the other waits. A killed conversion leaves only a temporary directory,
    which the next one removes. Raises ModelError.
    """
    with writing(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.parent / f".{target.name}.lock"):
            _remove_stale(target)
            if is_complete(target, sha256):
                return target
            temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=_prefix(target)))
            try:
                _write(gguf, temporary)
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
