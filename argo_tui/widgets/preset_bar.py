"""The presets in one row: a number, a title, a click or a key away.

Not responsible for what a preset sets (settings_draft).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from engine.config import Preset
from engine.text import clean


class PresetChip(Static):
    """One preset. `-worn`: profile and caps are its."""

    ALLOW_SELECT = False

    def __init__(self, number: int, preset: Preset) -> None:
        super().__init__(Content.assemble((f"{number} ", "$accent"), clean(preset.title)))
        self.number = number


class PresetBar(Widget):
    """The presets, worn ones marked."""

    DEFAULT_CSS = """
    PresetBar { layout: horizontal; height: 1; width: 1fr; padding: 0 2; }
    PresetChip { width: auto; height: 1; padding: 0 1; margin-right: 2; color: $text-muted; }
    PresetChip:hover { background: $block-hover-background; }
    PresetChip.-worn { background: $block-cursor-background; color: $foreground; }
    PresetBar #presets-title { width: auto; margin-right: 2; color: $text-muted; }
    PresetBar.-narrow #presets-title { display: none; }
    PresetBar.-narrow PresetChip { margin-right: 1; }
    PresetBar.-narrow { padding: 0 1; }
    PresetBar.-slim PresetChip { padding: 0; margin-right: 2; }
    """

    @dataclass
    class Chosen(Message):
        """A preset was clicked, by number from 1."""

        number: int

    def __init__(self, presets: Mapping[str, Preset]) -> None:
        super().__init__()
        self._presets = tuple(presets.values())[:9]

    def compose(self) -> ComposeResult:
        """A title and a chip each."""
        yield Static("Presets", id="presets-title", markup=False)
        for number, preset in enumerate(self._presets, 1):
            yield PresetChip(number, preset)

    def preset(self, number: int) -> Preset | None:
        """The preset of a number from 1."""
        return self._presets[number - 1] if 1 <= number <= len(self._presets) else None

    def mark(self, worn: Callable[[Preset], bool]) -> None:
        """Mark the first preset that is worn."""
        first = next((preset for preset in self._presets if worn(preset)), None)
        for chip, preset in zip(self.query(PresetChip), self._presets, strict=True):
            chip.set_class(preset is first, "-worn")

    def on_resize(self) -> None:
        """Without the title where there is no room."""
        self.set_class(self.size.width < 80, "-narrow")
        self.set_class(self.size.width < 66, "-slim")

    def on_click(self, event: Click) -> None:
        """A click on a chip chooses it."""
        if isinstance(event.widget, PresetChip):
            event.stop()
            self.post_message(self.Chosen(event.widget.number))
