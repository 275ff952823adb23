"""Servers: whether each one that a profile names answers, and has the profile's model.

Nobody else on the network is asked, and nothing is computed there. Not responsible for what a
server can do beside (engine.llm.remote finds out when it is used).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Final

from engine.config import Profile, Settings
from engine.doctor.finding import Check, Finding, State
from engine.llm.server.address import Address
from engine.llm.server.client import Client
from engine.llm.server.connection import Patience

SUBJECT: Final = "servers"
QUICK: Final = Patience(first=2.0, between=2.0, after=0.5)
_SHOWN: Final = 3


def checks(settings: Settings, environment: Mapping[str, str]) -> Iterator[Check]:
    """One for each profile of a server; one line where there is none."""
    remote = {name: p for name, p in settings.profiles.items() if p.kind == "openai"}
    if not remote:
        yield Check(SUBJECT, "servers", none)
    for name, profile in remote.items():
        yield Check(SUBJECT, name, partial(server, name, profile, environment))


def none() -> Iterator[Finding]:
    """That no profile names one."""
    yield Finding(SUBJECT, "servers", State.OK, "no profile names one (docs/servers.md)")


def server(
    name: str, profile: Profile, environment: Mapping[str, str], patience: Patience = QUICK
) -> Iterator[Finding]:
    """Ask for the list of its models. Raises ModelError: a bad URL, no key, no answer."""
    address = Address.of(profile, environment)
    with closing(Client(address, patience)) as client:
        listing = client.served()
    if listing is None:
        text = f"{address.base} answers, and does not say which models it has"
        yield Finding(SUBJECT, name, State.NOTE, text, "Ask something: that shows the rest.")
        return
    served = [model.id for model in listing.data]
    if profile.model in served:
        yield Finding(SUBJECT, name, State.OK, f"{address.base} serves {profile.model}")
    elif len(served) == 1:
        text = f"{address.base} serves {served[0]}, and the profile asks for {profile.model}"
        remedy = f'If it refuses that: set profiles.{name}.model = "{served[0]}".'
        yield Finding(SUBJECT, name, State.NOTE, text, remedy)
    else:
        shown = ", ".join(served[:_SHOWN]) + (", …" if len(served) > _SHOWN else "")
        text = f"{address.base} has no {profile.model}; it has {shown or 'no model'}"
        remedy = f"Set profiles.{name}.model to one of them, or start the server with it."
        yield Finding(SUBJECT, name, State.PROBLEM, text, remedy)
    if address.in_the_clear:
        text = f"questions and passages travel to {address.host} unencrypted"
        remedy = "Use https, or a tunnel: ssh -L 8000:127.0.0.1:8000 HOST."
        yield Finding(SUBJECT, name, State.NOTE, text, remedy)
