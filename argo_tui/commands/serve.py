"""`argo-tui serve vllm PROFILE`: start vLLM for a profile, say how to use it, end it with us.

Exit codes: 0 ended by Ctrl+C or SIGTERM, 1 it ended by itself or did not start, 2 usage. Not
responsible for finding and running it (engine.llm.server.vllm, engine.llm.server.process).
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import tomli_w
from cyclopts import App, Parameter

from argo_tui.guard import OK, UsageError
from argo_tui.interrupt import signals_interrupt
from engine.config import Profile
from engine.layers import load
from engine.paths import Home

app = App(name="serve", help="Start a server for a profile.")


@app.command(name="vllm")
def serve_vllm(
    profile: Annotated[str, Parameter(help="A profile: its weights, or the model it asks for.")],
    *flags: Annotated[str, Parameter(help="After --: flags for vLLM itself.")],
    host: Annotated[str | None, Parameter(help="Address to listen on (127.0.0.1).")] = None,
    port: Annotated[
        int | None, Parameter(help="Port to listen on (8000, or the profile's).")
    ] = None,
) -> int:
    """Start vLLM for a profile and watch it; Ctrl+C ends it.

    More GPUs and more machines are vLLM's own flags, after --:
    -- --tensor-parallel-size 2 --data-parallel-size 4 --distributed-executor-backend ray
    """
    from engine.llm.server.process import child
    from engine.llm.server.vllm import command, find_vllm, serving, variables

    if port is not None and not 0 < port < 65_536:
        raise UsageError(f"--port takes a number from 1 to 65535, not {port}")
    home = Home.find()
    settings = load(home).settings
    what = serving(profile, settings, home, host=host, port=port, environment=os.environ)
    arguments = command(find_vllm(os.environ), what, flags)
    _say(f"starting: {' '.join(arguments)}")
    with signals_interrupt(once=True), child(arguments, variables(os.environ, what)) as server:
        try:
            place = what.url.partition("//")[2].rpartition(":")[0].strip("[]")
            server.wait_healthy(place, what.port, _Waiting())
            _say(f"serving {what.model} at {what.url}; Ctrl+C ends it")
            sys.stdout.write(usage(profile, settings.profiles[profile], what.url, what.model))
            sys.stdout.flush()
            server.watch()
        except KeyboardInterrupt:
            _say("ending the server")
    return OK


def usage(name: str, profile: Profile, url: str, model: str) -> str:
    """How to use the server: the block for argo.toml, or the profile that is there already."""
    if profile.kind == "openai" and profile.url and profile.url.rstrip("/") == url:
        return f"argo-tui --profile {name}\n"
    served = name if profile.kind == "openai" else f"vllm-{name}"
    title = profile.title if profile.kind == "openai" else f"{profile.title} on vLLM"
    table: dict[str, object] = {"title": title, "kind": "openai", "url": url, "model": model}
    if profile.key:
        table["key"] = profile.key
    table |= {"prompts": profile.prompts, "choice": profile.choice}
    table |= {"own_knowledge": profile.own_knowledge, "top_p": profile.top_p}
    if profile.reason_gain is not None:
        table["reason_gain"] = profile.reason_gain
    caps, heat = profile.caps, profile.temperatures
    table["caps"] = {
        "subquery": caps.subquery,
        "answer": caps.answer,
        "synthesis": caps.synthesis,
    }
    table["temperatures"] = {
        "decompose": heat.decompose,
        "answer": heat.answer,
        "synthesise": heat.synthesise,
    }
    block = tomli_w.dumps({"profiles": {served: table}})
    return f"# Put this into argo.toml, then: argo-tui --profile {served}\n{block}"


class _Waiting:
    """Says every ten seconds that it is still waiting."""

    def __init__(self) -> None:
        self._said = 0

    def __call__(self, seconds: float) -> None:
        if seconds >= self._said + 10:
            self._said = int(seconds)
            _say(f"not healthy yet after {self._said} s")


def _say(text: str) -> None:
    print(f"argo-tui: {text}", file=sys.stderr, flush=True)  # noqa: T201
