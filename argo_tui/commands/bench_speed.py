"""`argo-tui bench speed`: the report's table, measured here, and ours after it.

Not responsible for measuring (engine.bench.speed) or for the figures (engine.bench.summary).
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from argo_tui.commands.options import Overrides
from argo_tui.guard import ERROR, OK, UsageError
from engine.layers import load
from engine.paths import Home

Kind = Literal["simple", "comparison"]


def speed(
    *,
    profiles: Annotated[
        str | None, Parameter(help="Profiles by comma, the largest first; else the one in force.")
    ] = None,
    runs: Annotated[int, Parameter(name=["--runs", "-n"], help="Rounds; the medians count.")] = 5,
    baseline_runs: Annotated[
        int | None, Parameter(help="Rounds of the first row, which can take minutes.")
    ] = None,
    kind: Annotated[Kind, Parameter(help="What is asked.")] = "simple",
    rows: Annotated[
        tuple[str, ...],
        Parameter(n_tokens=1, help="Only rows with this in their name; repeatable."),
    ] = (),
    server: Annotated[
        str | None, Parameter(help="An OpenAI-compatible server that serves the first profile.")
    ] = None,
    flash_server: Annotated[
        str | None, Parameter(help="The same, started with FlashAttention.")
    ] = None,
    served_model: Annotated[str | None, Parameter(help="The model's name on the server.")] = None,
    out: Annotated[Path, Parameter(help="Where records, tables and charts go.")] = Path(),
    report: Annotated[bool, Parameter(help="Only make the tables from the records.")] = False,
    markdown: Annotated[bool, Parameter(help="Print Markdown.")] = False,
    csv: Annotated[bool, Parameter(help="Print CSV.")] = False,
    overrides: Annotated[Overrides | None, Parameter(name="*")] = None,
) -> int:
    """Measure every row of the report and every step of this program, on one question at a time.

    Each measurement is appended to OUT/speed-PROFILE.jsonl as it ends; started again, the command
    goes on. Tables and a chart are written beside it.
    """
    from engine.bench.speed_files import record_path, write_tables

    home = Home.find()
    settings = load(home, flags=(overrides or Overrides()).flags()).settings
    names = [n.strip() for n in (profiles or settings.profile).split(",") if n.strip()]
    if not names:
        raise UsageError("--profiles takes names like 1.5b-coder,0.5b,135m")
    if not report:
        from engine.bench.speed import Plan, measure
        from engine.bench.speed_load import Servers
        from engine.bench.speed_open import open_bench, questions, selected_rows

        plan = Plan(
            rows=selected_rows(rows),
            rounds=max(1, runs),
            baseline_rounds=max(1, min(runs, baseline_runs or runs)),
            kind=kind,
            questions=questions(kind),
            servers=Servers(server, flash_server, served_model),
        )
        for place, name in enumerate(names):
            with open_bench(settings, home, name, kind) as bench:
                names[place] = bench.profile_name
                measure(bench, plan, record_path(out, bench.profile_name, kind), _tell)
            plan = replace(plan, servers=Servers())
    made = write_tables(out, names, kind)
    for tables in made:
        sys.stdout.write(
            (tables.csv if csv else tables.markdown if markdown else tables.text) + "\n"
        )
    return OK if made else ERROR


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201
