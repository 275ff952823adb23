"""Writes docs/keys.md from the bindings: `python -m tools.keys_page`.

Not responsible for finding the bindings (argo_tui.keyboard.places).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from textual.binding import Binding

from argo_tui.keyboard.check import Place, Together

PAGE = Path(__file__).resolve().parents[1] / "docs" / "keys.md"
HEAD = """\
# Keys

Written by `python -m tools.keys_page` from the bindings; a test holds it against them. `f1` shows
the keys that work where you are, `ctrl+p` finds every action by its name.

Another key for an action goes by its id, in `argo.toml` of your configuration directory or of the
directory you start in. Several keys are joined by commas:

```toml
[screen.keys]
"chat.jump" = "ctrl+o"
"app.runs" = "f3,ctrl+l"
```

An id that is not in these tables, a key that names none, and a key that two actions have which can
be active at the same time are said when the program starts.
"""


def page(screens: Sequence[Together]) -> str:
    """The page in Markdown: the program first, then each screen with its parts, each part once."""
    parts = [HEAD]
    places: dict[str, Place] = {}
    for screen in screens:
        for place in screen.places:
            places.setdefault(f"{place.title} {place.bindings[0].id}", place)
    parts += ["\n".join(_table(place)) for place in places.values()]
    return "\n".join(parts)


def _table(place: Place) -> Iterator[str]:
    yield f"## {place.title}\n"
    yield "| Keys | What | Id |"
    yield "| --- | --- | --- |"
    for binding in place.bindings:
        yield f"| {_keys(binding)} | {binding.description} | `{binding.id}` |"
    yield ""


def _keys(binding: Binding) -> str:
    return " ".join(f"`{key.strip()}`" for key in binding.key.split(","))


if __name__ == "__main__":
    from argo_tui.app import ArgoApp
    from argo_tui.keyboard.places import key_places

    PAGE.write_text(page(key_places(ArgoApp)), "utf-8")
