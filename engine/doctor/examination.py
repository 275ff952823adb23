"""Everything that the engine can be asked about its health, in the order of reading.

Lazy: each line comes as soon as it is known. Not responsible for the terminal, which only the
program on it can see (argo_tui.terminal_report).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.doctor import configuration, machine, models, records, servers
from engine.doctor.finding import Check, Finding, State, isolated
from engine.paths import Home

UNREAD = "not looked at: the configuration cannot be read"


def examine(home: Home, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Every finding. Never raises; `environment` holds the keys of servers."""
    found, error = configuration.read(home)
    settings = found.settings if found is not None else None
    checks: list[Check] = [*machine.checks(settings), *configuration.checks(found, error)]
    for check in checks:
        yield from isolated(check)
    if settings is None:
        yield Finding(models.SUBJECT, "profiles", State.NOTE, UNREAD, "Correct it first.")
    else:
        for check in (*models.checks(settings, home), *servers.checks(settings, environment)):
            yield from isolated(check)
    for check in records.checks(home):
        yield from isolated(check)
