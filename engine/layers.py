"""Read, merge and save configuration: flag > environment > ./argo.toml > user file > shipped.

`load` returns the validated settings and, for every dotted key, the layer that set it. `save`
writes the user's file atomically and keeps its comments.
Not responsible for the schema (engine.config).
"""

from __future__ import annotations

import difflib
import os
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from engine.config import Settings
from engine.errors import ConfigError
from engine.paths import Home, shipped

Origin = Literal["flag", "environment", "./argo.toml", "user file", "shipped"]
Tree = dict[str, Any]

_PREFIX = "ARGO_"
_NOT_SETTINGS = {
    "ARGO_HOME",
    "ARGO_TRACE",
    "ARGO_BACKGROUND_FETCH",
    "ARGO_TEST_MODELS",
    "ARGO_TEST_SERVER",
    "ARGO_VLLM",
    "ARGO_VLLM_ENV",
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings in force, and which layer each value came from."""

    settings: Settings
    origins: Mapping[str, Origin]

    def origin(self, key: str) -> Origin:
        """The layer that set `key` (dotted), or its nearest parent; shipped where none did."""
        parts = _path(key)
        for size in range(len(parts), 0, -1):
            if found := self.origins.get(".".join(parts[:size])):
                return found
        return "shipped"


def load(
    home: Home,
    *,
    flags: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> Configuration:
    """Settings from every layer.

    `flags` maps dotted keys to values. Raises ConfigError with the file (and line and column, or
    key) that is wrong.
    """
    local = (directory or Path.cwd()) / "argo.toml"
    base = shipped("argo.toml")
    layers: list[tuple[Origin, str, Tree]] = [("shipped", str(base), read(base))]
    layers.append(("user file", str(home.settings), read(home.settings)))
    if not _same(local, base):
        layers.append(("./argo.toml", str(local), read(local)))
    variables = os.environ if environment is None else environment
    layers.append(("environment", "environment", _from_environment(variables)))
    layers.append(("flag", "command line", _nest(flags or {})))

    merged: Tree = {}
    origins: dict[str, Origin] = {}
    for origin, where, tree in layers:
        merged = merge(merged, tree)
        origins |= dict.fromkeys(_leaves(tree), origin)
        if tree:
            _validate(merged, where)
    return Configuration(_validate(merged, "argo.toml"), origins)


def read(path: Path) -> Tree:
    """The table in a TOML file; empty where there is no file. Raises ConfigError."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"argo.toml is not valid TOML: {error}",
            where=str(path),
            remedy="Correct that line, or move the file away to start from the shipped values.",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"Cannot read the configuration: {error}",
            where=str(path),
            remedy="Check that the file is readable UTF-8 text.",
        ) from None


def save(home: Home, changes: Mapping[str, Any]) -> Path:
    """Write dotted keys to the user's file; a value of None removes the key. Returns the path.

    Atomic: a reader sees the old file or the new one. Comments and order of the user's file are
    kept; a file without comments is written plainly. Raises ConfigError, and nothing is lost.
    """
    path = home.settings
    tree = merge(read(path), {})
    for key, value in changes.items():
        _assign(tree, _path(key), value)
    _validate(merge(read(shipped("argo.toml")), tree), "the change")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = _render(path, tree, changes)
        write_atomically(path, text)
    except OSError as error:
        raise ConfigError(
            f"Cannot save the settings: {error.strerror or error}",
            where=str(path),
            remedy="Check permission and free space there; your changes are still in force.",
        ) from None
    return path


def write_atomically(path: Path, text: str) -> None:
    """Write beside the target, flush to the disk, rename over it. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def merge(below: Tree, above: Mapping[str, Any]) -> Tree:
    """`above` over `below`, table by table. Neither is changed."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        if isinstance(value, Mapping):
            result[key] = merge(old if isinstance(old, dict) else {}, value)
        else:
            result[key] = value
    return result


def _render(path: Path, tree: Tree, changes: Mapping[str, Any]) -> str:
    old = path.read_text("utf-8") if path.exists() else ""
    if "#" not in old:
        import tomli_w

        return tomli_w.dumps(tree)
    # tomli-w cannot keep comments; tomlkit edits in place where the user wrote some.
    import tomlkit

    document = tomlkit.parse(old)
    for key, value in changes.items():
        _assign(document, _path(key), value)
    return tomlkit.dumps(document)


def _assign(tree: Any, path: list[str], value: Any) -> None:
    *parents, last = path
    for name in parents:
        if name not in tree:
            if value is None:
                return
            tree[name] = {}
        tree = tree[name]
    if value is None:
        tree.pop(last, None)
    else:
        tree[last] = value


def _from_environment(variables: Mapping[str, str]) -> Tree:
    flat: dict[str, Any] = {}
    for name, text in variables.items():
        if name.startswith(_PREFIX) and name not in _NOT_SETTINGS:
            flat[name.removeprefix(_PREFIX).lower().replace("__", ".")] = _value(text)
    return _nest(flat)


def _path(key: str) -> list[str]:
    """`profiles."1.5b".order` is three names."""
    return [quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|([^."]+)', key)]


def _value(text: str) -> Any:
    """A TOML value where it parses as one, else the text itself."""
    try:
        return tomllib.loads(f"v = {text}")["v"]
    except tomllib.TOMLDecodeError:
        return text


def _nest(flat: Mapping[str, Any]) -> Tree:
    tree: Tree = {}
    for key, value in flat.items():
        if value is not None:
            _assign(tree, _path(key), value)
    return tree


def _leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _validate(tree: Tree, where: str) -> Settings:
    try:
        return msgspec.convert(tree, Settings)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at ")
        key = place.strip("`").removeprefix("$").removeprefix(".")
        raise ConfigError(
            f"{message}{f' in «{key}»' if key else ''}",
            where=where,
            remedy=_hint(message) or "Correct the value there.",
        ) from None


def _hint(message: str) -> str:
    """For an unknown key: the nearest one that exists."""
    if not (found := re.search(r"unknown field `([^`]+)`", message)):
        return ""
    known = {name for table in _tables() for name in table.__struct_fields__}
    near = difflib.get_close_matches(found[1], sorted(known), n=1)
    return f"Did you mean «{near[0]}»?" if near else "Remove it, or see the shipped argo.toml."


def _tables() -> Iterator[type[msgspec.Struct]]:
    import engine.config as schema

    for item in vars(schema).values():
        if isinstance(item, type) and issubclass(item, schema.Table):
            yield item
