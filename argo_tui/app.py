"""The App: starts the engine thread, carries wishes between screens and engine, sets the theme.

Thin: what is shown is the screens' business, what is known of models is in model_state, threads
are in the bridge. Imports no torch; the first frame comes before it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from argo_tui.terminal import calm, quiet

os.environ.update(calm(os.environ))  # Textual reads these when it is imported.

from textual import on, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen

from argo_tui.bridge import Bridge
from argo_tui.clipboard import answer_text, save
from argo_tui.model_desk import ModelDesk
from argo_tui.parts import Parts, real_parts
from argo_tui.reports import Happened, Report
from argo_tui.run_view import RunView
from argo_tui.screens.chat import ChatScreen
from argo_tui.theme_watch import ThemeWatch
from argo_tui.themes import load_themes
from argo_tui.trace import mark
from argo_tui.widgets.ink import Ink
from engine.errors import ArgoError
from engine.layers import Configuration, load
from engine.paths import Home, shipped

RELOAD_FREE = ("theme", "screen.", "ask_before_mb", "budget_s")
"""Settings that the engine does not read."""
