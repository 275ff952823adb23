"""A number on one line: label, bar, value. Moved by keys or the mouse, or typed.

The widget holds no setting: it shows a value, moves it inside its scale and reports it. Not
responsible for bounds of typed text (`accept` says) or for what the number means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from argo_tui.widgets.ink import Ink, Piece, content

Accept = Callable[[str], tuple[float | None, str]]
"""The number a text stands for and "", or None and what is wrong with it."""

VALUE = 7
_TYPED = "0123456789.-+e"
_COARSE = 10


@dataclass(frozen=True, slots=True)
class Scale:
    """The ends of the bar and the step of a key."""

    low: float
    high: float
    step: float

    def moved(self, value: float, by: int) -> float:
        """`by` steps on, inside the ends; a value beyond an end comes back only inwards."""
        target = round(value + by * self.step, 6)
        if by > 0:
            return max(value, min(target, self.high))
        return min(value, max(target, self.low))

    def share(self, value: float) -> float:
        """Where the value lies, 0 to 1."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def at(self, share: float) -> float:
        """The value nearest to a place on the bar, on a step."""
        raw = self.low + min(max(share, 0.0), 1.0) * (self.high - self.low)
        steps = round((raw - self.low) / self.step)
        return min(round(self.low + steps * self.step, 6), self.high)


LABEL = 18
SYMBOL_FROM = 44
"""Columns from which the symbol is shown before the label."""


class Slider(Widget, can_focus=True):
    """One line. `note` takes the place of the bar where the value is not the user's to set."""

    ALLOW_SELECT = False
    BINDING_GROUP_TITLE = "A slider"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Less", id="slider.less", show=False),
        Binding("right", "move(1)", "More or less", id="slider.more", key_display="←→"),
        Binding(
            "shift+left", f"move(-{_COARSE})", "Ten steps less", id="slider.much_less", show=False
        ),
        Binding(
            "shift+right",
            f"move({_COARSE})",
            "Ten steps",
            id="slider.much_more",
            key_display="shift+←→",
            show=False,
        ),
        Binding("home", "end(0)", "Least", id="slider.least", show=False),
        Binding("end", "end(1)", "Most", id="slider.most", show=False),
        Binding("enter", "take", "Take the number", id="slider.take", show=False),
        Binding("escape", "forget", "Forget what was typed", id="slider.forget"),
        Binding("backspace", "rub", "Rub out", id="slider.rub", show=False),
    ]
    DEFAULT_CSS = """
    Slider { height: 1; width: 1fr; }
    Slider:focus { background: $block-cursor-background; }
    Slider:hover { background: $block-hover-background; }
    """

    value: reactive[float] = reactive(0.0)
    before: reactive[float] = reactive(0.0)
    """The value in force, which the bar marks."""
    note: reactive[str] = reactive("")
    typed: reactive[str] = reactive("")

    @dataclass
    class Moved(Message):
        """The user set another value."""

        slider: Slider
        value: float

    @dataclass
    class Refused(Message):
        """What was typed cannot be set, or the slider is locked; `why` in words."""

        slider: Slider
        why: str

    def __init__(
        self, name: str, label: str, scale: Scale, accept: Accept, *, symbol: str = ""
    ) -> None:
        super().__init__(name=name)
        self._label = label
        self._symbol = symbol
        self._scale = scale
        self._accept = accept
        self._dragging = False

    @property
    def locked(self) -> bool:
        """Whether something else decides the value."""
        return bool(self.note)

    def show(self, value: float, before: float, note: str = "") -> None:
        """Bring the line up to date; `note` locks it and says who decides."""
        self.value, self.before, self.note = value, before, note
        if self.locked:
            self.typed = ""

    def render(self) -> RenderResult:
        """Label, bar, value; aligned with other sliders of the same width."""
        room = self._room
        number = f"{self.typed}▏" if self.typed else written(self.value)
        changed = abs(self.value - self.before) > 1e-9 and not self.locked
        pieces: list[Piece] = [
            ("▎", Ink.ACCENT) if self.has_focus else (" ", Ink.PLAIN),
            ("• ", Ink.ACCENT) if changed else ("  ", Ink.PLAIN),
        ]
        if self._has_symbol:
            pieces.append((f"{self._symbol:<4}", Ink.ACCENT if self.has_focus else Ink.MUTED))
        pieces.append((set_cell_size(self._label, LABEL), Ink.PLAIN))
        if self.locked:
            pieces.append((set_cell_size(fitting(self.note, room), room), Ink.MUTED))
        else:
            pieces += bar(self._scale, self.value, self.before, room, focused=self.has_focus)
        ink = Ink.MUTED if self.locked else "bold" if changed or self.typed else Ink.PLAIN
        return content([*pieces, (f"{number[-VALUE + 1 :]:>{VALUE}}", ink)])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is typed is taken, forgotten or rubbed out only while something is typed."""
        return bool(self.typed) if action in ("take", "forget", "rub") else True

    def on_focus(self) -> None:
        """The line shows it."""
        self.refresh()

    def on_blur(self) -> None:
        """A number that was not taken is forgotten."""
        self.typed = ""
        self.refresh()

    def watch_typed(self) -> None:
        """Other keys work while a number is typed."""
        if self.is_attached:
            self.refresh_bindings()

    def on_key(self, event: events.Key) -> None:
        """A digit begins a number."""
        character = event.character or ""
        starts = character.isdigit() or character in ".-"
        if character and character in _TYPED and (self.typed or starts):
            event.stop()
            event.prevent_default()
            if not self._refuses():
                self.typed = (self.typed + character)[:12]

    def action_move(self, by: int) -> None:
        """Some steps on."""
        self._set(self._scale.moved(self.value, by))

    def action_end(self, side: int) -> None:
        """To an end of the bar."""
        self._set(self._scale.high if side else self._scale.low)

    def action_take(self) -> None:
        """The typed number, where it may be set."""
        value, problem = self._accept(self.typed)
        if value is None:
            self.post_message(self.Refused(self, problem))
            return
        self.typed = ""
        self._set(value)

    def action_forget(self) -> None:
        """Back to the value."""
        self.typed = ""

    def action_rub(self) -> None:
        """The last character."""
        self.typed = self.typed[:-1]

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Set by a click on the bar; a drag follows."""
        self.focus()
        if event.x >= self._bar_start and not self._refuses():
            self._dragging = True
            self.capture_mouse()
            self._drag(event.x)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the drag."""
        if self._dragging:
            self._drag(event.x)

    def on_mouse_up(self) -> None:
        """The drag ends."""
        self._dragging = False
        self.release_mouse()

    def _drag(self, x: int) -> None:
        self._set(self._scale.at((x - self._bar_start) / max(self._room - 1, 1)))

    def _set(self, value: float) -> None:
        self.typed = ""
        if not self._refuses() and value != self.value:
            self.value = value
            self.post_message(self.Moved(self, value))

    def _refuses(self) -> bool:
        if self.locked:
            self.post_message(self.Refused(self, f"{self._label} cannot be set: {self.note}."))
        return self.locked

    @property
    def _has_symbol(self) -> bool:
        return self.size.width >= SYMBOL_FROM

    @property
    def _bar_start(self) -> int:
        return 3 + LABEL + (4 if self._has_symbol else 0)

    @property
    def _room(self) -> int:
        return max(self.size.width - self._bar_start - VALUE - 1, 4)


def bar(
    scale: Scale, value: float, before: float, cells: int, *, focused: bool = False
) -> list[Piece]:
    """`━━━━●───╵──`: filled up to the value, the value in force marked where it is another."""
    at, was = (min(int(scale.share(x) * cells), cells - 1) for x in (value, before))
    rest = ["─"] * (cells - at - 1)
    done = ["━"] * at
    if was != at:
        (rest if was > at else done)[was - at - 1 if was > at else was] = "┿"
    ink = Ink.ACCENT if focused else Ink.MUTED
    return [("".join(done), ink), ("●", f"bold {ink}"), ("".join(rest), Ink.FAINT)]


def fitting(words: str, cells: int) -> str:
    """As many whole words as fit; a first one that does not is cut."""
    taken = words
    while cell_len(taken) > cells and " " in taken:
        taken = taken.rpartition(" ")[0]
    return taken if cell_len(taken) <= cells else set_cell_size(taken, cells - 1) + "…"


def written(value: float) -> str:
    """`0.60`, `0.985`, `5.00`; never longer than the column."""
    short = f"{value:.2f}"
    return short if abs(float(short) - value) < 1e-9 else f"{value:.4g}"
