"""The policy, visible: Q of each action over U, the path of a run, and values to play with.

The drawing follows every key; nothing is kept unless it is applied. Not responsible for solving
(engine.policy), for what another policy would have done (engine.whatif) or for carrying the
applied values out (the App).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, get_args

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus, Resize
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from argo_tui.policy import text as policy_text
from argo_tui.policy.picture import decisions_of, picture, record_of
from argo_tui.policy.values import LINES, Values, note
from argo_tui.run_view import RunView
from argo_tui.widgets.belief_plot import BeliefPlot
from argo_tui.widgets.chooser import Chooser
from argo_tui.widgets.ink import Ink, content, crop, one_line
from argo_tui.widgets.key_line import KeyLine
from argo_tui.widgets.policy_plot import PolicyPlot
from argo_tui.widgets.slider import Slider
from engine.config import Settings, StrategyName
from engine.errors import ArgoError
from engine.events import Action
from engine.strategies import SAYS
from engine.whatif import suppose

_NARROW, _SLIM = 100, 76
_FOLLOW_S = 0.5
STRATEGY, COSTS = "policy.strategy", "policy.costs"


class PolicyScreen(Screen[Mapping[str, Any] | None]):
    """Dismisses with the changed settings by dotted key, or None."""

    CSS_PATH = "../styles/policy.tcss"
    AUTO_FOCUS = "Slider"
    BINDING_GROUP_TITLE = "Policy"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a,ctrl+s", "apply", "Apply", key_display="a", id="policy.apply"),
        Binding("r", "reset", "Reset", id="policy.reset"),
        Binding("n", "step(1)", "Next decision", id="policy.next"),
        Binding("p", "step(-1)", "Decision before", id="policy.previous"),
        Binding("down", "line(1)", "Next line", show=False, id="policy.down"),
        Binding("up", "line(-1)", "Line before", show=False, id="policy.up"),
        Binding("escape", "leave", "Leave", id="policy.leave"),
    ]

    def __init__(
        self,
        settings: Settings,
        view: RunView | None = None,
        *,
        profile: str = "",
        seconds: Callable[[], Mapping[Action, float]] = dict,
    ) -> None:
        """`profile` answers where there is no run; `seconds` are its recorded ones per action."""
        super().__init__()
        self._values = Values(settings)
        self._view = view
        started = view.started if view is not None else None
        self._profile = started.profile if started is not None else profile
        self._recorded_seconds = seconds
        self._seconds: Mapping[Action, float] = {}
        self._at = max(len(decisions_of(view)) - 1, 0)
        self._written: dict[str, Content] = {}
        self._rows = 0
        self._changed = False
        self._following: Timer | None = None

    def compose(self) -> ComposeResult:
        """Values left, drawing right, the what-if below."""
        with Horizontal(id="policy-head"):
            yield Static("Policy", id="policy-title", markup=False)
            yield Static("", id="policy-status", markup=False)
        with Horizontal(id="policy-body"):
            with VerticalScroll(id="policy-values", can_focus=False):
                for line in LINES:
                    yield Slider(line.key, line.label, line.scale, line.accept, symbol=line.symbol)
                yield Chooser(COSTS, "Costs", ("fixed", "measured"))
                yield Static("", classes="rule", markup=False)
                yield Chooser(STRATEGY, "Strategy", get_args(StrategyName))
                yield Static("", id="policy-says", markup=False)
                yield BeliefPlot(id="policy-belief")
            with Vertical(id="policy-shown"):
                yield PolicyPlot(id="policy-plot")
                yield Static("", id="policy-situation", markup=False)
        yield Static("", id="policy-whatif", markup=False)
        yield Static("", id="policy-message", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Read the recorded seconds, draw; follow a run that goes on."""
        try:
            self._seconds = self._recorded_seconds()
        except ArgoError as error:
            self._say(str(error))
        self._draw()
        if self._view is not None and self._view.finished is None:
            self._following = self.set_interval(_FOLLOW_S, self._follow)

    def on_resize(self, event: Resize) -> None:
        """Sliders first where it is narrow, the curves where there is room."""
        self.set_class(event.size.width < _NARROW or event.size.height < 28, "-narrow")
        self.set_class(event.size.width < _SLIM, "-slim")
        self._written.clear()
        self._rows = 0
        self.call_after_refresh(self._draw)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a change nothing is applied or reset; without a run there is no walk."""
        if action in ("apply", "reset"):
            return bool(self._values.changes)
        return action != "step" or len(decisions_of(self._view)) > 1

    # ------------------------------------------------------------------ drawing

    def _draw(self) -> None:
        """Everything, from the values and the run: a few milliseconds."""
        values, view = self._values, self._view
        decisions = decisions_of(view)
        record = record_of(view, values.settings, self._profile)
        self._at = min(self._at, max(len(decisions) - 1, 0))
        shown = picture(record, decisions, values.settings, self._seconds, self._at)
        for slider, line in zip(self.query(Slider), LINES, strict=True):
            value, why = note(line, values, self._profile, self._seconds, record.budget_s)
            slider.show(value, float(values.before(line.key)), why)
        for chooser in self.query(Chooser):
            key = chooser.name or ""
            chooser.show(str(values.value(key)), str(values.before(key)))
        strategy = values.policy.strategy
        self._write("#policy-says", Content(f"{strategy} {SAYS[strategy]}"), layout=True)
        self.query_one(PolicyPlot).show(shown)
        self.query_one(BeliefPlot).show(shown.beliefs, shown.now)
        decided = decisions[self._at] if decisions else None
        said = (
            policy_text.situation(shown),
            policy_text.forbidden(decided, record.deadline_s),
            policy_text.reason(decided),
        )
        lines = [content(line) for line in said if line]
        self._write("#policy-situation", Content("\n").join(lines))
        result = suppose(record, values.settings, self._seconds)
        width = max(self.size.width - 4, 20)
        if record.run:
            ended = view is not None and view.finished is not None
            rows = policy_text.comparison(result, width, ended=ended)
            rows.append(crop([(result.difference, Ink.MUTED)], width))
        else:
            rows = [crop(policy_text.unasked(result), width)]
        text = Content("\n").join(content(row) for row in rows)
        self._write("#policy-whatif", text, layout=len(rows) != self._rows)
        self._rows = len(rows)
        self._status(record.u_max)
        if bool(values.changes) != self._changed:
            self._changed = bool(values.changes)
            self.refresh_bindings()

    def _status(self, u_max: float) -> None:
        if self._view is None or self._view.classified is None:
            words = f"no run yet: drawn for a medium question, U up to {u_max:.2f}"
        else:
            words = f"{self._view.classified.label} · {one_line(self._view.understood)}"
        text = content(crop([(words, Ink.MUTED)], max(self.size.width - 14, 10)))
        self._write("#policy-status", text)

    def _write(self, where: str, text: Content, *, layout: bool = False) -> None:
        """Only what is new, and without a layout where the lines stay: sliders move quickly."""
        if self._written.get(where) != text:
            self._written[where] = text
            self.query_one(where, Static).update(text, layout=layout)

    def _follow(self) -> None:
        """Stay at the newest decision of a running run, unless the user has walked back."""
        view = self._view
        last = len(decisions_of(view)) - 1
        if self._at >= last - 1:
            self._at = max(last, 0)
        self._draw()
        if self._following is not None and view is not None and view.finished is not None:
            self._following.stop()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """What a strategy does is read together with its name."""
        if event.widget.name == STRATEGY:
            self.query_one("#policy-says").scroll_visible(animate=False)

    # ------------------------------------------------------------------ changing

    @on(Slider.Moved)
    def _moved(self, event: Slider.Moved) -> None:
        self._set(event.slider.name or "", event.value)

    @on(Chooser.Chosen)
    def _chosen(self, event: Chooser.Chosen) -> None:
        self._set(event.chooser.name or "", event.value)

    @on(Slider.Refused)
    def _refused(self, event: Slider.Refused) -> None:
        self._say(event.why)

    @on(PolicyPlot.Walked)
    def _walked(self, event: PolicyPlot.Walked) -> None:
        self.action_step(event.by)

    def action_step(self, by: int) -> None:
        """To another decision of the run."""
        last = max(len(decisions_of(self._view)) - 1, 0)
        self._at = min(max(self._at + by, 0), last)
        self._draw()

    def action_line(self, by: int) -> None:
        """To the next line."""
        if by > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_reset(self) -> None:
        """Back to what is in force."""
        self._values = Values(self._values.beneath)
        self._say("")
        self._draw()

    def action_apply(self) -> None:
        """Leave with what was changed."""
        self.dismiss(dict(self._values.changes))

    def action_leave(self) -> None:
        """Leave; what was changed is forgotten."""
        self.dismiss(None)

    def _set(self, key: str, value: float | str) -> None:
        self._values = self._values.set(key, value)
        self._say("")
        self._draw()

    def _say(self, words: str) -> None:
        message = self.query_one("#policy-message", Static)
        message.update(Content(words))
        message.display = bool(words)
