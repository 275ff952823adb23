"""Keys: every binding has a name, no two get in each other's way, maps are checked."""

from __future__ import annotations

import pkgutil
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

import argo_tui
from argo_tui.app import ArgoApp
from argo_tui.keyboard.check import Place, Together, key_map_problems
from argo_tui.keyboard.places import key_places, place
from tools.keys_page import PAGE, page

SCREENS = key_places(ArgoApp)
PLACES = tuple(dict.fromkeys(each for screen in SCREENS for each in screen.places))

SHARED = (
    {"row.stop", "settings.leave"},  # escape leaves an open field first
    {"slider.forget", "policy.leave"},  # and forgets a number that is being typed
    # Whichever of them has the focus.
    {"slider.less", "choice.before", "drawing.before"},
    {"slider.more", "choice.after", "drawing.after"},
    {"slider.take", "choice.after"},
)
"""Actions that share a key by intent: only one of them is active at a time."""


def together(**bindings: str) -> Together:
    """One screen with actions `group_name` on keys."""
    made = tuple(
        Binding(key, name, name, id=name.replace("_", ".", 1)) for name, key in bindings.items()
    )
    return Together("Screen", (Place("Screen", made),))


CHAT = together(app_help="f1", app_runs="f2,ctrl+g")
HELP = together(help_close="f1,escape")


@pytest.mark.parametrize("each", PLACES, ids=lambda each: each.title)
def test_every_binding_has_an_id_and_a_description(each: Place) -> None:
    for binding in each.bindings:
        assert binding.id, f"{each.title}: {binding.key} has no id"
        assert binding.description, f"{each.title}: {binding.id} has no description"


def test_an_id_names_one_action() -> None:
    named = {(binding.id, binding.action) for each in PLACES for binding in each.bindings}
    ids = Counter(name for name, _ in named)
    assert [name for name, count in ids.items() if name and count > 1] == []


def test_no_two_actions_of_a_screen_share_a_key_but_by_intent() -> None:
    for screen in SCREENS:
        users: dict[str, set[str]] = {}
        for name, keys in screen.keyed().items():
            for key in keys.split(","):
                users.setdefault(key, set()).add(name)
        for key, names in users.items():
            assert len(names) == 1 or names in SHARED, f"{screen.title}: {key} {names}"


def test_every_class_with_bindings_is_on_a_screen() -> None:
    """What the search by imports would miss: a widget that is imported inside a function."""
    known = {binding.id for each in PLACES for binding in each.bindings}
    for module in pkgutil.walk_packages(argo_tui.__path__, "argo_tui."):
        if module.name.startswith(("argo_tui.screens", "argo_tui.widgets", "argo_tui.app")):
            for kind in vars(import_module(module.name)).values():
                if isinstance(kind, type) and issubclass(kind, DOMNode):
                    missing = {binding.id for binding in place(kind).bindings} - known
                    assert not missing, kind


def test_the_page_of_keys_is_up_to_date() -> None:
    assert Path(PAGE).read_text("utf-8") == page(SCREENS), "run: python -m tools.keys_page"


def test_the_program_s_own_keys_are_no_problem() -> None:
    assert key_map_problems(SCREENS, {}) == []


def test_an_action_that_is_not_known_is_named_with_the_nearest_one() -> None:
    (said,) = key_map_problems(SCREENS, {"settings.svae": "f12"})
    assert said == "[screen.keys] «settings.svae» names no action. Did you mean «settings.save»?"
    (said,) = key_map_problems(SCREENS, {"zzz": "f12"})
    assert "docs/keys.md lists them all" in said


def test_a_clash_on_one_screen_is_said_once() -> None:
    assert key_map_problems([CHAT, CHAT], {"app.runs": "f1"}) == [
        "[screen.keys] f1 is used by app.help and app.runs."
    ]


def test_the_same_key_on_two_screens_is_no_clash() -> None:
    assert key_map_problems([CHAT, HELP], {"help.close": "f2"}) == []


def test_keys_that_change_places_do_not_clash() -> None:
    assert key_map_problems([CHAT], {"app.help": "f2", "app.runs": "f1"}) == []


def test_a_screen_clashes_with_the_program_but_a_dialogue_does_not() -> None:
    (said,) = key_map_problems(SCREENS, {"settings.save": "f5"})
    assert said == "[screen.keys] f5 is used by app.switch and settings.save."
    assert key_map_problems(SCREENS, {"passage.copy": "f5"}) == []


def test_an_action_that_only_the_chat_allows_clashes_only_there() -> None:
    screens = key_places(ArgoApp, at_chat=("runs",))
    assert key_map_problems(screens, {"settings.save": "f3"}) == []
    (said,) = key_map_problems(screens, {"chat.save": "f3"})
    assert said == "[screen.keys] f3 is used by app.runs and chat.save."


def test_a_widget_clashes_with_its_screen() -> None:
    (said,) = key_map_problems(SCREENS, {"row.edit": "ctrl+s"})
    assert said == "[screen.keys] ctrl+s is used by row.edit and settings.save."


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("ctrl+i", "ctrl+i is tab in most terminals"),
        ("ctlr+x", "«ctlr+x» names no key"),
        ("?", "write question_mark for «?»"),
        ("x", "x is text where questions are typed"),
    ],
)
def test_a_key_that_cannot_serve_is_said(key: str, said: str) -> None:
    (problem,) = key_map_problems([CHAT], {"app.help": key})
    assert said in problem


@pytest.mark.parametrize("key", ["f12", "ctrl+g", "alt+x", "shift+tab", "ctrl+shift+up", "space"])
def test_keys_that_can_serve(key: str) -> None:
    assert key_map_problems([HELP], {"help.close": key}) == []
