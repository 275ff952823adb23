"""The words of the settings screen: a draft to rows and explanations. Pure.

Not responsible for widgets or keys (screens.settings).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.content import Content

from argo_tui.numbers import plural
from argo_tui.settings.draft import STRONGER, Draft
from argo_tui.settings.listed import OTHER
from argo_tui.settings.listed import setting as described
from argo_tui.settings.schema import EFFECTS, Choice, Number, Setting
from argo_tui.widgets.setting_row import RowView
from engine.layers import Origin
from engine.text import clean

if TYPE_CHECKING:
    from engine.models.registry import ModelStatus

Fact = tuple[str, str | Content]
"""What is told of a setting: a word for it, and the words."""

_NAME, _VALUE = 10, 6
"""Widths that names of profiles and values are padded to, so that notes align."""

_FROM: dict[Origin, str] = {
    "flag": "this session",
    "environment": "environment",
    "./argo.toml": "./argo.toml",
    "user file": "your file",
    "shipped": "shipped",
}


def shown(value: object) -> str:
    """A value as it is typed."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, float) else clean(str(value))


def row_view(draft: Draft, key: str, option: str, error: str = "") -> RowView:
    """The row of a setting, or of one option of the profile."""
    if key != "profile":
        return view(draft, described(key), error)
    if option == "auto":
        return auto_view(draft)
    if option == OTHER:
        return other_view(draft, error)
    return profile_view(draft, next(item for item in draft.statuses if item.profile == option))


def status(draft: Draft, *, answering: bool) -> Content:
    """How many changes there are, and whether an answer is being written."""
    count = len([key for key in draft.changes if key not in ("caps", "temperatures")])
    words = [f"{plural(count, 'change')}, not saved"] if count else []
    words += ["an answer is running: it keeps its settings"] if answering else []
    return Content.styled(" · ".join(words), "$accent" if count else "")


def no_reset(draft: Draft, key: str) -> str:
    """Why there is nothing to reset here."""
    origin = draft.configuration.origin(key)
    if origin in STRONGER:
        return f"{key} is set by {origin}: take it out there to reset it."
    return f"{key} has its shipped value already."


def page(draft: Draft, key: str, option: str, *, brief: bool) -> Content:
    """The explanation beside the list; `brief` for a strip of few lines."""
    if key == "profile":
        return profile_detail(draft, option, brief=brief)
    return detail(draft, described(key), brief=brief)


def view(draft: Draft, setting: Setting, error: str = "") -> RowView:
    """The row of a setting."""
    value, force = draft.value(setting.key), draft.effective(setting.key)
    note = setting.unit
    if value is None and force is not None:
        note = f"from the profile {clean(draft.profile_name)}"
    elif value is None:
        note = ""
    return RowView(
        label=setting.label,
        value=f"{'none' if force is None else shown(force):<{_VALUE if note else 0}}",
        style="$text-muted" if value is None else "",
        note=note,
        tail=_tail(draft, setting.key),
        arrows=isinstance(setting.kind, Number | Choice) or setting.key == "theme",
        changed=draft.changed(setting.key),
        error=error,
    )


def profile_view(draft: Draft, status: ModelStatus) -> RowView:
    """The row of one profile: chosen or not, and whether it can run."""
    chosen = draft.value("profile") == status.profile
    return RowView(
        label=f"{'●' if chosen else '○'} {clean(status.title)}",
        value=f"{clean(status.profile):<{_NAME}}",
        style="" if chosen else "$text-muted",
        note=_able(status),
        note_style="$success" if status.can_run else "$text-muted",
        tail=_tail(draft, "profile") if chosen else "",
        changed=chosen and draft.changed("profile"),
    )


def _able(status: ModelStatus) -> str:
    if not status.can_run:
        return f"✗ {clean(status.why)}"
    return "✓ can run" if status.url is None else "✓ on a server"


def auto_view(draft: Draft) -> RowView:
    """The row of the profile `auto`."""
    chosen = draft.value("profile") == "auto"
    now = f"now {draft.profile_name}" if draft.profile_name else "none can run now"
    return RowView(
        label=f"{'●' if chosen else '○'} Best that can run",
        value=f"{'auto':<{_NAME}}",
        style="" if chosen else "$text-muted",
        note=now if chosen else "",
        tail=_tail(draft, "profile") if chosen else "",
        changed=chosen and draft.changed("profile"),
    )


def other_view(draft: Draft, error: str = "") -> RowView:
    """The row for a directory of weights or a .gguf file."""
    name = str(draft.value("profile"))
    chosen = name != "auto" and name not in draft.configuration.settings.profiles
    return RowView(
        label=f"{'●' if chosen else '○'} Other weights",
        value=clean(name) if chosen else "a directory or a .gguf file",
        style="" if chosen else "$text-muted",
        tail=_tail(draft, "profile") if chosen else "",
        changed=chosen and draft.changed("profile"),
        error=error,
    )


def detail(draft: Draft, setting: Setting, *, brief: bool) -> Content:
    """What a setting is, takes and has; `brief` for a strip of few lines."""
    key = setting.key
    origin = draft.configuration.origin(key)
    facts: list[Fact] = [("In force", _in_force(draft, setting, origin))]
    chosen = shown(draft.effective(key))
    if draft.changed(key):
        facts.append(("Changed to", f"{chosen}, not saved"))
    if setting.says:
        facts += [] if brief else [("Choices", choices(setting, chosen))]
    elif key != "theme" and not (brief and isinstance(setting.kind, Choice)):
        facts.insert(0, ("Takes", setting.kind.words()))
    facts.append(("Takes effect", EFFECTS[setting.effect]))
    line = setting.says.get(chosen)
    words = f"{chosen} {line}." if line else setting.help
    return _page(setting.label, key, words, facts, _warning(draft, key), brief=brief)


def choices(setting: Setting, chosen: str) -> Content:
    """What each choice does, the chosen one marked."""
    return Content("\n").join(
        Content.assemble(f"{'●' if name == chosen else '○'} {name} ", (line, "$text-muted"))
        for name, line in setting.says.items()
    )


def profile_detail(draft: Draft, option: str, *, brief: bool) -> Content:
    """What a profile is, and why it can or cannot run."""
    status = next((item for item in draft.statuses if item.profile == option), None)
    warning = _warning(draft, "profile")
    if status is None:
        text = (
            "Takes the best profile that can run now: weights there, memory enough."
            if option == "auto"
            else "A directory of safetensors weights, or a .gguf file. Enter to type the path."
        )
        title = "Best that can run" if option == "auto" else "Other weights"
        facts = [("Takes effect", EFFECTS["reload"])]
        return _page(title, "profile", text, facts, warning, brief=brief)
    profile = draft.configuration.settings.profiles.get(option)
    facts = [("Model", status.model)]
    if status.url is None:
        size = f"{amount(status.parameters, 'B')} parameters, {amount(status.bytes)}B to fetch"
        facts += [("Size", size), ("Licence", status.licence)]
    else:
        facts += [("Server", status.url)]
    if profile is not None:
        caps, heat = profile.caps, profile.temperatures
        facts += [
            ("Caps", f"{caps.subquery} / {caps.answer} / {caps.synthesis}"),
            ("Temperatures", f"{heat.decompose:g} / {heat.answer:g} / {heat.synthesise:g}"),
        ]
    facts.append(("Takes effect", EFFECTS["reload"]))
    state = f"{'Can run' if status.can_run else 'Cannot run now'}. {status.why}"
    facts = [(name, clean(value)) for name, value in facts]
    title = clean(status.title)
    return _page(title, f"profile = {option}", clean(state), facts, warning, brief=brief)


def amount(number: int, billions: str = "G") -> str:
    """A size in thousands, millions or billions: `3.1 G`, `494 M`."""
    for unit, size in ((billions, 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= size:
            scaled = number / size
            return f"{scaled:.1f} {unit}" if scaled < 10 else f"{scaled:.0f} {unit}"
    return f"{number} "


def _page(
    title: str,
    key: str,
    text: str,
    facts: Sequence[Fact],
    warning: str,
    *,
    brief: bool,
) -> Content:
    if brief:
        words = " · ".join(f"{name} {value}" for name, value in facts)
        if warning:
            return Content.assemble((warning, "$warning"), "\n", text)
        return Content.assemble(text, "\n", (words, "$text-muted"))
    parts: list[tuple[str, str] | str | Content] = [
        (title, "bold"),
        "\n",
        (key, "$text-muted"),
        "\n\n",
        text,
        "\n",
    ]
    for name, value in facts:
        parts += ["\n", (f"{name}\n", "$text-muted"), value, "\n"]
    if warning:
        parts += ["\n", (warning, "$warning")]
    return Content.assemble(*parts)


def _in_force(draft: Draft, setting: Setting, origin: Origin) -> str:
    value = draft.before(setting.key)
    if value is None:
        force = replace(draft, changes={}).effective(setting.key)
        return "none" if force is None else f"from the profile: {shown(force)}"
    unit = f" {setting.unit}" if setting.unit else ""
    return f"{shown(value)}{unit}, {_FROM[origin]}"


def _tail(draft: Draft, key: str) -> str:
    if draft.changed(key) and draft.changes[key] is not None:
        return "not saved"
    if draft.value(key) is None and draft.effective(key) is not None:
        return "profile"
    return _FROM[draft.origin(key)]


def _warning(draft: Draft, key: str) -> str:
    origin = draft.configuration.origin(key)
    if origin not in STRONGER:
        return ""
    name = f"ARGO_{key.upper().replace('.', '__')}"
    where = {"flag": "A flag", "environment": name}.get(origin, origin)
    return f"{where} sets this: a value saved to your file will not win."
