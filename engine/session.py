"""Everything a run needs, opened once: settings, model, prompts, store, embedder.

The order is chosen for the person who waits: configuration errors first, then the model, then the
index. Not responsible for the loop (engine.argo).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from engine.config import Profile, Settings
from engine.events import Action
from engine.glossary import load as load_glossary
from engine.guard.check import Guard
from engine.layers import Configuration
from engine.llm.backend import Backend
from engine.paths import Home
from engine.retrieval.store import Embedder, Store
from engine.roles.prompt import PromptSet
from engine.roles.prompt import load as load_prompts

Phase = Callable[[str], None]
"""Told what is being done now, in a few words."""


@dataclass(frozen=True, slots=True)
class Session:
    """The parts of the engine, open. One session runs one question at a time."""

    settings: Settings
    profile_name: str
    profile: Profile
    why: str
    """Why this profile, in a sentence."""
    prompts: PromptSet
    guard: Guard
    backend: Backend
    store: Store
    embedder: Embedder
    seconds: Callable[[], Mapping[Action, float]]
    """Mean seconds of each action in the recorded runs of this profile."""
    versions: Mapping[str, str]
    directory: Path | None
    """Where the weights came from; None where a server has them."""

    def close(self) -> None:
        """Give memory and files back."""
        self.backend.close()
        self.store.close()


def open_session(
    configuration: Configuration, home: Home, *, phase: Phase = lambda _: None
) -> Session:
    """Load the profile in force. Raises ConfigError, ModelError, StoreError."""
    from engine.models.registry import select

    settings = configuration.settings
    selected = select(settings, home, settings.profile)
    profile = wearing(selected.profile, settings)
    prompts = load_prompts(profile.prompts)
    phase(_loading_words(profile, selected.directory, home))
    backend = open_backend(selected.directory, profile, home)
    try:
        backend.keep(prompts.constant(judges=profile.judges))
        phase("opening the index")
        store, embedder = open_index(settings, home, phase=phase)
    except BaseException:
        backend.close()
        raise
    return Session(
        settings=settings,
        profile_name=selected.profile_name,
        profile=profile,
        why=selected.why,
        prompts=prompts,
        guard=guard(settings, embedder),
        backend=backend,
        store=store,
        embedder=embedder,
        seconds=lambda: recorded_seconds(home, selected.profile_name),
        versions=versions(),
        directory=selected.directory,
    )


def adapted(session: Session, configuration: Configuration, home: Home) -> Session | None:
    """The same model and index under other settings; None where either must be opened anew.

    Raises ConfigError, ModelError.
    """
    from engine.models.registry import select

    settings = configuration.settings
    selected = select(settings, home, settings.profile)
    profile = wearing(selected.profile, settings)
    if selected.directory != session.directory or _loading(profile) != _loading(session.profile):
        return None
    if settings.retrieval.passage_tokens != session.settings.retrieval.passage_tokens:
        return None  # the primer is cut anew when the index is opened
    prompts = load_prompts(profile.prompts)
    if (prompts, profile.judges) != (session.prompts, session.profile.judges):
        session.backend.keep(prompts.constant(judges=profile.judges))
    return replace(
        session,
        settings=settings,
        profile_name=selected.profile_name,
        profile=profile,
        why=selected.why,
        prompts=prompts,
        guard=guard(settings, session.embedder),
    )


def guard(settings: Settings, embedder: Embedder) -> Guard:
    """The check of every answer, with the thresholds in force."""
    limits = settings.answer
    return Guard(limits.min_support, limits.min_relevance, load_glossary(), embedder, limits.check)


def open_backend(directory: Path | None, profile: Profile, home: Home) -> Backend:
    """The weights in a directory, or the server of a profile without one. Raises ModelError."""
    if directory is None:
        from engine.llm.remote import RemoteBackend

        return RemoteBackend.open(profile)
    from engine.llm.local import LocalBackend

    return LocalBackend.load(directory, profile, cache=home.cache / "prepared")


def _loading_words(profile: Profile, directory: Path | None, home: Home) -> str:
    """What is said while weights are loaded; the first time takes longer, and it is said why."""
    from engine.llm.fused.prepared import is_prepared

    text = f"loading {profile.title}"
    packed = profile.quantisation != "none" or profile.prefill != "full"
    if directory is None or not packed or is_prepared(home.cache / "prepared", directory):
        return text
    return f"{text}: its weights are packed once, up to a minute"


def _loading(profile: Profile) -> tuple[str | int | None, ...]:
    """What of a profile decides how its weights are loaded, or which server is asked."""
    return (
        profile.kind,
        profile.model,
        profile.adapter,
        profile.url,
        profile.key,
        profile.device,
        profile.dtype,
        profile.attention,
        profile.decoder,
        profile.quantisation,
        profile.prefill,
        profile.lookup,
        profile.compile,
    )


def open_index(
    settings: Settings, home: Home, *, phase: Phase = lambda _: None
) -> tuple[Store, Embedder]:
    """The store with the bundled primer in it, and its embedder. Raises StoreError."""
    from engine.retrieval.ingest import ensure_primer
    from engine.retrieval.lance import LanceStore
    from engine.retrieval.minilm import MiniLM

    embedder = MiniLM.load()
    store = LanceStore.open(home.store, embedder.name, embedder.dimensions)
    phase("checking the knowledge base")
    ensure_primer(store, embedder, settings.retrieval)
    return store, embedder


def wearing(profile: Profile, settings: Settings) -> Profile:
    """The profile with the caps and temperatures in force."""
    import msgspec

    if settings.caps:
        profile = msgspec.structs.replace(profile, caps=settings.caps)
    if settings.temperatures:
        profile = msgspec.structs.replace(profile, temperatures=settings.temperatures)
    return profile


def recorded_seconds(home: Home, profile: str) -> Mapping[Action, float]:
    """Mean seconds of each action; empty before the first recorded run. Raises StoreError."""
    from engine.runs import RunStore

    if not home.runs.exists():
        return {}
    store = RunStore.open(home.runs)
    try:
        return store.seconds_per_action(profile)
    finally:
        store.close()


def versions() -> Mapping[str, str]:
    """What a run is reproduced with."""
    found: dict[str, str] = {}
    for name in ("argo-tui", "torch", "transformers", "lancedb"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
