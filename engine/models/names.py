"""From what a user typed to a profile and a model, with near matches where there is none.

Not responsible for whether the weights are there (engine.models.locate).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from engine.config import Model, Settings
from engine.errors import ModelError


def model_named(name: str, settings: Settings) -> tuple[str, Model]:
    """The model of a profile, or the model itself, with its name. Raises ModelError."""
    profile = settings.profiles.get(name)
    model_name = profile.model if profile else name
    if (model := settings.models.get(model_name)) is not None:
        return model_name, model
    if profile is not None and profile.kind == "openai":
        raise ModelError(
            f"The model of profile «{name}» is on a server; there is nothing to fetch",
            where=profile.url or "",
            remedy=f"Start with: argo-tui --profile {name}",
        )
    if profile is not None:
        raise ModelError(
            f"Profile «{name}» uses weights of its own; there is nothing to fetch",
            where=model_name,
            remedy=f"Start with: argo-tui --profile {name}",
        )
    raise unknown("profile or model", name, {*settings.profiles, *settings.models})


def unknown(what: str, name: str, known: Iterable[str]) -> ModelError:
    """The error for a name that does not exist."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    near = near or [n for n in names if name.lower() in n.lower()]
    hint = f"Did you mean {' or '.join(f'«{n}»' for n in near)}?" if near else ""
    return ModelError(
        f"There is no {what} «{name}»",
        remedy=hint or f"There are: {', '.join(names)}.",
    )
