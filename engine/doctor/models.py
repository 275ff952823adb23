"""Models: which profiles can run now, adapters, and the weights that were packed.

Nothing is loaded and nothing is fetched. Not responsible for the verdicts (engine.models.registry)
or for servers (engine.doctor.servers).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from engine.config import Profile, Settings
from engine.doctor.finding import Check, Finding, State
from engine.models.adapter import adapter_directory, open_adapter
from engine.models.manifest import read_manifest
from engine.models.memory import gigabytes
from engine.models.registry import ModelStatus, select, statuses
from engine.paths import Home

SUBJECT: Final = "models"


def checks(settings: Settings, home: Home) -> Iterator[Check]:
    """What is looked at."""
    yield Check(SUBJECT, "profiles", lambda: profiles(settings, home))
    yield Check(SUBJECT, "in force", lambda: in_force(settings, home))
    for name, profile in settings.profiles.items():
        if profile.kind == "local" and profile.adapter:
            look = partial(adapter, name, profile, settings, home)
            yield Check(SUBJECT, "adapter", look)
    yield Check(SUBJECT, "packed weights", lambda: packed(home))
    yield Check(SUBJECT, "downloads", lambda: downloads(home))


def profiles(settings: Settings, home: Home) -> Iterator[Finding]:
    """Each local profile: it can run, or why not and what to do."""
    for status in statuses(settings, home):
        if status.url is None:
            yield of_status(status)


def of_status(status: ModelStatus) -> Finding:
    """What one status comes to: that others are missing is no problem as long as one can run."""
    if status.can_run:
        return Finding(SUBJECT, status.profile, State.OK, f"{status.title}: {_lower(status.why)}")
    what, _, remedy = status.why.partition(": " if "needs" in status.why else ". ")
    text = f"{status.title}: {_lower(what)}"
    return Finding(SUBJECT, status.profile, State.NOTE, text, _upper(remedy))


def in_force(settings: Settings, home: Home) -> Iterator[Finding]:
    """What a question would be answered with now. Raises ModelError where by nothing."""
    selected = select(settings, home, settings.profile)
    yield Finding(SUBJECT, "in force", State.OK, selected.why)


def adapter(name: str, profile: Profile, settings: Settings, home: Home) -> Iterator[Finding]:
    """Whether it is here, and was trained on the weights that are here. Raises ModelError."""
    assert profile.adapter is not None
    directory = next((s.directory for s in statuses(settings, home) if s.profile == name), None)
    if directory is None:
        adapter_directory(profile.adapter)
        text = f"is here, the weights of {name} are not"
        yield Finding(SUBJECT, "adapter", State.OK, f"{profile.adapter} {text}")
    elif read_manifest(directory) is None:
        # The sum of whole safetensors would have to be computed, which takes a minute.
        adapter_directory(profile.adapter)
        text = f"is here; whether it fits {name} is checked when that is loaded"
        yield Finding(SUBJECT, "adapter", State.OK, f"{profile.adapter} {text}")
    else:
        opened = open_adapter(profile.adapter, directory)
        text = f"fits the weights of {name}, rank {opened.rank}"
        yield Finding(SUBJECT, "adapter", State.OK, f"{profile.adapter} {text}")


def packed(home: Home) -> Iterator[Finding]:
    """What the first load of each model keeps for the next one."""
    directory = home.cache / "prepared"
    files = sorted(directory.glob("*.safetensors"))
    size = bytes_below(directory)
    if not files:
        text = "none yet; the first load of a model takes up to a minute longer"
        yield Finding(SUBJECT, "packed weights", State.OK, text)
        return
    text = f"{len(files)} file{'' if len(files) == 1 else 's'}, {gigabytes(size)} in {directory}"
    yield Finding(SUBJECT, "packed weights", State.OK, text)
    if left := sorted(directory.glob("*.part")):
        text = f"{len(left)} that were never finished, {gigabytes(sum(map(_size, left)))}"
        remedy = f"Where no argo-tui is loading: rm {directory}/*.part"
        yield Finding(SUBJECT, "packed weights", State.NOTE, text, remedy)


def downloads(home: Home) -> Iterator[Finding]:
    """What a fetch that was ended has left, to go on from."""
    size = bytes_below(home.cache / "downloads")
    if size:
        text = f"{gigabytes(size)} of unfinished downloads in {home.cache / 'downloads'}"
        remedy = "Fetch again to go on from there, or delete the directory."
        yield Finding(SUBJECT, "downloads", State.NOTE, text, remedy)


def bytes_below(directory: Path) -> int:
    """Of all files in a directory; 0 where there is none."""
    return sum(_size(path) for path in directory.rglob("*"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
