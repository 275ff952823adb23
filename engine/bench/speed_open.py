"""What the speed benchmark needs opened: the index, the words, the questions, the rows.

Not responsible for models: they are loaded when their row's turn comes (engine.bench.speed_load).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from engine.bench.calls import Reader
from engine.bench.rows import ROWS, Row
from engine.bench.speed_models import Bench
from engine.config import Settings
from engine.errors import ArgoError, ModelError
from engine.llm.hardware import use_physical_cores
from engine.paths import Home
from engine.roles.prompt import load as load_prompts
from engine.session import open_index, wearing

RETRIEVALS = {"simple": 1, "comparison": 3}


@contextmanager
def open_bench(settings: Settings, home: Home, profile: str, kind: str) -> Iterator[Bench]:
    """Everything but the model. Raises ConfigError, ModelError, StoreError."""
    from engine.models.registry import select

    selected = select(settings, home, profile)
    if selected.directory is None:
        raise ModelError(
            f"The profile «{profile}» has no weights here: a server has them",
            remedy="Name a profile with weights, and give the server by --server URL.",
        )
    use_physical_cores()
    worn = wearing(selected.profile, settings)
    store, embedder = open_index(settings, home)
    try:
        yield Bench(
            reader=Reader(load_prompts(worn.prompts), store, embedder, settings),
            home=home,
            profile_name=selected.profile_name,
            profile=worn,
            directory=selected.directory,
            retrievals=RETRIEVALS[kind],
        )
    finally:
        store.close()


def questions(kind: str) -> tuple[str, ...]:
    """The fixed questions of that kind."""
    text = (Path(__file__).parent / "questions.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)[kind])


def selected_rows(parts: Sequence[str]) -> tuple[Row, ...]:
    """Rows whose name holds one of the parts; all for none. Raises ArgoError where none does."""
    wanted = [part.lower() for part in parts]
    rows = tuple(
        row for row in ROWS if not wanted or any(part in row.name.lower() for part in wanted)
    )
    if not rows:
        names = ", ".join(row.name for row in ROWS)
        raise ArgoError(f"No row is called like {', '.join(parts)}", remedy=f"There are: {names}.")
    return rows
