"""Measurements as tables: aligned text for a terminal, or Markdown.

Pure: numbers in, text out.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.bench.question import Measured, median_seconds, typical
from engine.bench.start import Start, middle

Row = Sequence[str]


def starts(measured: Sequence[Start], *, markdown: bool = False) -> str:
    """One row a start, the medians last."""
    rows = [_start(str(number), start) for number, start in enumerate(measured, 1)]
    rows.append(_start("median", middle(measured)))
    head = (
        "start",
        "first frame s",
        "of it processor s",
        "ready s",
        "memory at rest MB",
        "torch before frame",
    )
    return grid(head, rows, markdown=markdown)


def question(measured: Sequence[Measured], *, markdown: bool = False) -> str:
    """The steps of the typical run by part, in milliseconds, and its totals."""
    run = typical(measured)
    parts = list(dict.fromkeys(part for step in run.steps for part in step.parts))
    head = ["step", "action", *(f"{part} ms" for part in parts)]
    head += ["total ms", "prompt", "reused", "decoded", "tokens/s"]
    rows = [
        [
            str(step.step) if step.step else "synthesis",
            step.action,
            *(f"{step.parts.get(part, 0.0) * 1e3:.1f}" for part in parts),
            f"{step.seconds * 1e3:.1f}",
            str(step.prompt_tokens),
            str(step.reused_tokens),
            str(step.decoded_tokens),
            f"{step.tokens_per_second:.1f}",
        ]
        for step in run.steps
    ]
    total = ["total", run.status, *[""] * len(parts), f"{run.seconds * 1e3:.1f}", "", ""]
    rows.append([*total, str(run.decoded_tokens), f"{run.tokens_per_second:.1f}"])
    return grid(head, rows, markdown=markdown)


def comparison(
    headless: Sequence[Measured], in_app: Sequence[Measured], *, markdown: bool = False
) -> str:
    """What the screen costs: the same question with and without it."""
    head = ("where", "median s", "tokens/s", "decoded", "runs", "ratio")
    base = median_seconds(headless)
    rows = []
    for where, runs in (("headless", headless), ("in the app", in_app)):
        run, seconds = typical(runs), median_seconds(runs)
        ratio = f"{seconds / base:.3f}" if base else ""
        cells = (f"{seconds:.3f}", f"{run.tokens_per_second:.1f}", str(run.decoded_tokens))
        rows.append((where, *cells, str(len(runs)), ratio))
    return grid(head, rows, markdown=markdown)


def grid(head: Row, rows: Sequence[Row], *, markdown: bool, words: int = 2) -> str:
    """A table; the first columns are words, the rest numbers."""
    if markdown:
        lines = [head, ["---" if n < words else "--:" for n in range(len(head))], *rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
    widths = [max(len(row[n]) for row in (head, *rows)) for n in range(len(head))]
    return "".join(_aligned(row, widths, words) + "\n" for row in (head, *rows))


def _aligned(row: Row, widths: Sequence[int], words: int) -> str:
    cells = [
        cell.ljust(width) if number < words else cell.rjust(width)
        for number, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def _start(name: str, start: Start) -> tuple[str, ...]:
    rest = f"{start.rest_bytes / 1e6:.0f}" if start.rest_bytes is not None else "-"
    torch = {True: "yes", False: "no", None: "-"}[start.torch_before_frame]
    times = (start.first_frame_s, start.frame_cpu_s, start.ready_s)
    return (name, *map(_seconds, times), rest, torch)


def _seconds(value: float | None) -> str:
    return f"{value:.3f}" if value is not None else "-"
