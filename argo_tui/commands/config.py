"""`argo-tui config`: every value in force with the layer that set it; change the user's file.

Not responsible for layers and validation (engine.layers).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from argo_tui.commands.options import value as toml_value
from argo_tui.guard import OK, UsageError
from engine.layers import Configuration, load, save
from engine.paths import Home

app = App(name="config", help="Every setting in force, and where it is from.")


@app.default
def show(
    *,
    search: Annotated[str, Parameter(help="Only keys that contain this.")] = "",
    json: Annotated[bool, Parameter(help="One JSON object a line.")] = False,
) -> int:
    """Print every value in force with its origin."""
    configuration = load(Home.find())
    rows = [row for row in values(configuration) if search in row[0]]
    if json:
        for key, value, origin in rows:
            line = msgspec.json.encode({"key": key, "value": value, "origin": origin})
            sys.stdout.write(line.decode() + "\n")
        return OK
    keys = max((len(key) for key, _, _ in rows), default=0)
    texts = [written(value) for _, value, _ in rows]
    width = min(40, max(map(len, texts), default=0))
    for (key, _, origin), text in zip(rows, texts, strict=True):
        sys.stdout.write(f"{key:<{keys}}  {text:<{width}}  {origin}\n")
    return OK


@app.command
def path() -> int:
    """Print where your own settings lie."""
    sys.stdout.write(f"{Home.find().settings}\n")
    return OK


@app.command(name="set")
def set_value(key: str, value: Annotated[str, Parameter(allow_leading_hyphen=True)]) -> int:
    """Set a value in your own settings, for example: policy.mu 0.4."""
    where = save(Home.find(), {_key(key): toml_value(value)})
    sys.stdout.write(f"{key} = {written(toml_value(value))}  ({where})\n")
    return OK


@app.command
def reset(key: str) -> int:
    """Remove a value from your own settings, so that the shipped one is in force again."""
    where = save(Home.find(), {_key(key): None})
    sys.stdout.write(f"{key} is as shipped  ({where})\n")
    return OK


def values(configuration: Configuration) -> Iterator[tuple[str, Any, str]]:
    """Dotted key, value and origin of everything in force."""
    tree = msgspec.to_builtins(configuration.settings)
    for key, value in _leaves(tree, ""):
        yield key, value, configuration.origin(key)


def written(value: Any) -> str:
    """A value as argo.toml writes it; nothing where it is unset."""
    if value is None:
        return "(unset)"
    if isinstance(value, bool | int | float | str):
        return msgspec.toml.encode({"v": value}).decode().strip().removeprefix("v = ")
    return msgspec.json.encode(value).decode()


def _leaves(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _key(text: str) -> str:
    key = text.strip()
    if not key or not all(key.split(".")):
        raise UsageError(f"«{text}» is not a key like policy.mu")
    return key
