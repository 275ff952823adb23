"""Which profiles exist, which can run now, and which one `auto` takes, with the reason.

torch is not imported, and no server is asked. Not responsible for getting weights
(engine.models.fetch), loading them (engine.llm.local) or servers (engine.llm.remote).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from engine.config import CapsTable, Model, Profile, Settings, Temperatures
from engine.errors import ModelError
from engine.llm.server.address import url_problem
from engine.models.locate import is_weights, located
from engine.models.memory import free_bytes, free_on_gpu, gigabytes, needed_bytes
from engine.models.names import unknown
from engine.models.paths import path_model
from engine.paths import Home


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One profile and whether it can run now."""

    profile: str
    title: str
    model: str
    parameters: int
    """0 where unknown: a directory of the user's own."""
    licence: str
    bytes: int
    """Of the download."""
    directory: Path | None
    """Where the weights are, once they are here."""
    can_run: bool
    why: str
    """Why it can; or why it cannot and what to do."""
    url: str | None = None
    """Of the server that has the model; there is nothing to fetch then."""


@dataclass(frozen=True, slots=True)
class Selected:
    """The profile to load."""

    profile_name: str
    profile: Profile
    directory: Path | None
    """Of the weights; None where a server has them."""
    why: str


def statuses(settings: Settings, home: Home) -> list[ModelStatus]:
    """Every profile, best first (by `order`)."""
    return [
        _status(name, profile, settings, home)
        for name, profile in sorted(
            settings.profiles.items(), key=lambda item: (-item[1].order, item[0])
        )
    ]


def select(settings: Settings, home: Home, name: str) -> Selected:
    """The profile of that name, or for `auto` the best that can run here now (no server's).

    `name` may also be a directory of weights or a .gguf file (converted into the cache once).
    Raises ModelError: nothing can run, no such profile, weights missing, too little memory.
    """
    if name == "auto":
        return _best(settings, home)
    if (profile := settings.profiles.get(name)) is not None:
        status = _status(name, profile, settings, home)
        directory = _directory(status, home)
        if status.can_run and profile.kind == "openai":
            return Selected(name, profile, None, f"You chose {name}.")
        if directory is None:
            raise ModelError(
                f"The profile «{name}» cannot run now",
                where=f"profiles.{name}",
                remedy=status.why,
            )
        return Selected(name, profile, directory, f"You chose {name}.")
    if (directory := path_model(name, home)) is not None:
        return Selected(name, profile_of_path(name, settings), directory, f"You chose {name}.")
    raise unknown("profile", name, settings.profiles)


def profile_of_path(name: str, settings: Settings) -> Profile:
    """Sensible values for weights that no profile describes."""
    return Profile(
        title=Path(name).stem,
        model=name,
        caps=settings.caps or CapsTable(subquery=40, answer=120, synthesis=200),
        temperatures=settings.temperatures
        or Temperatures(decompose=0.0, answer=0.0, synthesise=0.0),
    )


def _best(settings: Settings, home: Home) -> Selected:
    all_statuses = [status for status in statuses(settings, home) if not _is_server(status)]
    better: list[str] = []
    for status in all_statuses:
        if (directory := _directory(status, home)) is not None:
            profile = settings.profiles[status.profile]
            why = f"{status.profile} is the best profile that can run now"
            why += f" ({'; '.join(better)})." if better else "."
            return Selected(status.profile, profile, directory, why)
        state = "not fetched" if status.directory is None else "too large for the free memory"
        better.append(f"{status.profile}: {state}")
    smallest = min((s for s in all_statuses if s.parameters), key=lambda s: s.bytes, default=None)
    remedy = "Add a profile to argo.toml."
    if smallest is not None:
        remedy = (
            f"The quickest: argo-tui models fetch {smallest.profile} "
            f"({smallest.bytes / 1e6:.0f} MB)."
        )
    raise ModelError(
        "No model can run yet",
        where="; ".join(better),
        remedy=remedy,
    )


def _directory(status: ModelStatus, home: Home) -> Path | None:
    """Where to load from, if the profile can run; converts a GGUF file of the user's own."""
    if not status.can_run or _is_server(status):
        return None
    return status.directory or path_model(status.model, home)


def _is_server(status: ModelStatus) -> bool:
    return status.url is not None


def _status(name: str, profile: Profile, settings: Settings, home: Home) -> ModelStatus:
    if profile.kind == "openai":
        return _server(name, profile)
    model = settings.models.get(profile.model)
    if model is not None:
        directory = located(profile.model, model, home)
    else:
        path = Path(profile.model).expanduser()
        directory = path if is_weights(path) else None
    can_run, why = _verdict(name, profile, model, directory)
    return ModelStatus(
        profile=name,
        title=profile.title,
        model=profile.model,
        parameters=model.parameters if model else 0,
        licence=model.licence if model else "",
        bytes=model.bytes if model else 0,
        directory=directory,
        can_run=can_run,
        why=why,
    )


def _server(name: str, profile: Profile) -> ModelStatus:
    """A server is asked when it is used; only what can be known without it is looked at."""
    can_run, why = True, f"On a server, which is asked when the profile is used: {profile.url}"
    if problem := url_problem(profile.url or ""):
        can_run, why = False, f"It {problem}. Set profiles.{name}.url."
    elif profile.key and not os.environ.get(profile.key, "").strip():
        can_run, why = False, f"Its key is missing: set the environment variable {profile.key}."
    return ModelStatus(
        profile=name,
        title=profile.title,
        model=profile.model,
        parameters=0,
        licence="",
        bytes=0,
        directory=None,
        can_run=can_run,
        why=why,
        url=profile.url or "",
    )


def _verdict(
    name: str, profile: Profile, model: Model | None, directory: Path | None
) -> tuple[bool, str]:
    if model is None:
        if directory is not None:
            return True, "Weights of your own."
        path = Path(profile.model).expanduser()
        if path.suffix == ".gguf" and path.is_file():
            return True, "A file of your own; converted when it is first used."
        return False, f"{profile.model} is no model in argo.toml and no directory of weights."
    need, free, gpu = needed_bytes(model.parameters, profile), free_bytes(), free_on_gpu()
    where = "memory"
    if gpu is not None and profile.device in ("auto", "cuda"):
        free, where = gpu, "GPU memory"
    fits = need <= free
    if not fits:
        return False, (
            f"It needs {gigabytes(need)} of {where} and {gigabytes(free)} are free: "
            "close other programs or choose a smaller profile."
        )
    if directory is None:
        return False, f"Not fetched. Run: argo-tui models fetch {name} ({gigabytes(model.bytes)})."
    return True, f"It is here and fits ({gigabytes(need)} of {gigabytes(free)} free)."
