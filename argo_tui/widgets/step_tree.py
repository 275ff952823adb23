"""The steps of a run as a tree: decisions, passages with their scores, findings.

Labels are Text, never markup, and as wide as the pane. Not responsible for what is said
(argo_tui.widgets.step_rows) or for showing a passage (the screen does on `PassageChosen`).
"""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.message import Message
from textual.widgets import Tree
from textual.widgets._tree import TreeNode

from argo_tui.run_view import RunView
from argo_tui.widgets.ink import Ink, justify, rich_text
from argo_tui.widgets.step_rows import Group, Row, groups


class StepTree(Tree[Row]):
    """Shows one run at a time."""

    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    INDENT: ClassVar[int] = 2

    class PassageChosen(Message):
        """Enter on a passage."""

        def __init__(self, number: int) -> None:
            self.number = number
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(Text("steps"), id=id)
        self.show_root = False
        self.show_guides = False
        self.guide_depth = self.INDENT
        self.auto_expand = False
        self._shown: dict[str, Group] = {}
        self._by_key: dict[str, TreeNode[Row]] = {}
        self._run = ""

    def show(self, view: RunView | None) -> None:
        """Bring the tree up to date; only what changed is built again."""
        run = view.run if view else ""
        if run != self._run:
            self._run = run
            self._shown.clear()
            self._by_key.clear()
            self.clear()
            self.root.expand()
        for group in groups(view) if view else ():
            if self._shown.get(group.key) != group:
                self._put(group)

    def go_to_step(self, number: int) -> bool:
        """Focus the tree with a step unfolded and highlighted; whether there is such a step."""
        node = self._by_key.get(f"step-{number}")
        if node is None:
            return False
        node.expand()
        self.focus()
        self.call_after_refresh(self._show_whole, node)  # lines are laid out anew before that
        return True

    def _show_whole(self, node: TreeNode[Row]) -> None:
        """Highlight a node, at the top where there are more lines than room."""
        self.move_cursor(node)
        self.scroll_to(y=self.cursor_line, animate=False)

    def _put(self, group: Group) -> None:
        old = self._shown.get(group.key)
        node = self._by_key.get(group.key)
        if node is None:
            folded = group.key == "question"
            node = self.root.add(Text(), group.row, expand=not folded, allow_expand=True)
            self._by_key[group.key] = node
        elif old is None or old.row != group.row:
            node.data = group.row
            node.refresh()
        kept = 0
        rows = old.rows if old else ()
        while kept < min(len(rows), len(group.rows)) and rows[kept] == group.rows[kept]:
            kept += 1
        for child in list(node.children)[kept:]:
            child.remove()
        for row in group.rows[kept:]:
            node.add_leaf(Text(), row)
        self._shown[group.key] = group

    def render_label(self, node: TreeNode[Row], base_style: Style, style: Style) -> Text:
        """The row at the width of the pane."""
        row = node.data
        if row is None:
            return Text()
        inside = node.parent is not self.root
        indent = self.INDENT if inside else 0
        cells = max(self.scrollable_content_region.width - indent - 1, 1)
        pieces = justify(row.left, row.right, cells - (0 if inside else len(self.ICON_NODE)))
        if not inside:
            icon = self.ICON_NODE_EXPANDED if node.is_expanded else self.ICON_NODE
            pieces.insert(0, (icon if node.children else "  ", Ink.FAINT))
        text = rich_text(pieces, self.app.theme_variables)
        text.stylize_before(style)
        return text

    def on_resize(self, _: events.Resize) -> None:
        """Labels follow the width."""
        self._invalidate()

    def on_tree_node_selected(self, event: Tree.NodeSelected[Row]) -> None:
        """Enter: open a passage, fold a step."""
        event.stop()
        row = event.node.data
        if row is not None and row.passage is not None:
            self.post_message(self.PassageChosen(row.passage))
        elif event.node.children:
            event.node.toggle()
