"""`argo-tui bench server`: what a server does when many questions are in flight at once.

Not responsible for measuring (engine.bench.throughput) or for the figures
(engine.bench.throughput_table).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from argo_tui.commands.options import Overrides
from argo_tui.guard import ERROR, OK, UsageError
from engine.bench.throughput_table import Figures, figures, table
from engine.config import Profile, Settings
from engine.errors import ModelError
from engine.layers import load
from engine.llm.server.address import Address
from engine.paths import Home


def server(
    url: str | None = None,
    /,
    *questions: Path,
    levels: Annotated[str, Parameter(help="Requests in flight, by comma.")] = "1,2,4,8,16,32",
    requests: Annotated[
        int | None,
        Parameter(help="At each level; else as many as questions. At least twice the level."),
    ] = None,
    served_model: Annotated[
        str | None, Parameter(help="The model's name on the server; else the first it lists.")
    ] = None,
    label: Annotated[str, Parameter(help="Of the first column.")] = "server",
    json: Annotated[bool, Parameter(help="One JSON object.")] = False,
    markdown: Annotated[bool, Parameter(help="A Markdown table.")] = False,
    overrides: Annotated[Overrides | None, Parameter(name="*")] = None,
) -> int:
    """Send the answer calls of many questions to a server, 1 to 32 at once, and time them.

    The prompts are the real ones of the profile, written beforehand: the server alone is measured.

    Parameters
    ----------
    url
        Of an OpenAI-compatible server, like http://127.0.0.1:8000/v1; else the profile's.
    questions
        Files with a question a line, or an object with `q`; else a few of our own.
    """
    from engine.bench.speed_open import questions as own
    from engine.bench.throughput import measure
    from engine.bench.workload import answer_calls, read_questions

    wanted = _levels(levels)
    home = Home.find()
    settings = load(home, flags=(overrides or Overrides()).flags()).settings
    profile = _profile(settings)
    address = _address(profile, url, served_model)
    asked = [question for path in questions for question in read_questions(path)]
    calls = answer_calls(asked or [*own("simple"), *own("comparison")], settings, home, profile)
    found: list[Figures] = []

    def told(level: Figures) -> None:
        found.append(level)
        _tell(f"{level.in_flight} in flight: {level.answers_per_s:.2f} answers/s")

    measure(address, calls, wanted, requests=requests, told=lambda level: told(figures(level)))
    if json:
        _print_json(label, address, profile, found)
    else:
        sys.stdout.write(table(label, found, markdown=markdown))
        mean = found[0]
        sys.stdout.write(
            f"\n{address.model}: {mean.prompt_tokens:.0f} prompt tokens and "
            f"{mean.decoded_tokens:.1f} decoded ones a request\n"
        )
    failed = [level for level in found if level.errors]
    for level in failed:
        _tell(f"{level.in_flight} in flight, {level.errors} errors; the first: {level.first_error}")
    return ERROR if failed else OK


def _levels(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdigit() and 1 <= int(part) <= 1024 for part in parts):
        raise UsageError(f"--levels takes numbers from 1 to 1024 like 1,2,4, not «{text}»")
    return [int(part) for part in parts]


def _profile(settings: Settings) -> Profile:
    """The words and caps to ask with; the weights need not be here."""
    from engine.session import wearing

    name = settings.profile
    if name not in settings.profiles:
        known = ", ".join(settings.profiles)
        raise UsageError("--profile names the profile to ask with", remedy=f"One of: {known}.")
    return wearing(settings.profiles[name], settings)


def _address(profile: Profile, url: str | None, served_model: str | None) -> Address:
    from msgspec.structs import replace

    from engine.llm.server.client import Client

    given = replace(profile, url=url or profile.url, model=served_model or profile.model)
    address = Address.of(given, os.environ)
    if served_model or (url is None and profile.kind == "openai"):
        return address
    client = Client(address)
    try:
        listing = client.served()
    finally:
        client.close()
    if listing is None or not listing.data:
        raise ModelError(
            "The server does not say which models it has",
            where=address.base,
            remedy="Name one with --served-model.",
        )
    return Address(address.base, listing.data[0].id, address.key)


def _print_json(label: str, address: Address, profile: Profile, found: list[Figures]) -> None:
    import msgspec

    measured = {
        "label": label,
        "model": address.model,
        "profile": profile.title,
        "levels": found,
    }
    sys.stdout.write(msgspec.json.encode(measured).decode() + "\n")


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201
