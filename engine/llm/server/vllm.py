"""How vLLM is started for a profile: where it is, which weights, which flags.

vLLM lives in an environment of its own: it pins other versions of torch and transformers. Not
responsible for running it (engine.llm.server.process).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from engine.config import HubSource, Profile, Settings
from engine.errors import ModelError
from engine.llm.server.address import Address, is_loopback
from engine.models.adapter import Adapter, open_adapter
from engine.models.locate import is_weights, located
from engine.models.names import unknown
from engine.paths import Home

VARIABLE: Final = "ARGO_VLLM"
PORT: Final = 8000
_RANKS: Final = (8, 16, 32, 64, 128, 256, 320, 512)
"""Limits that vLLM takes for the rank of an adapter."""
_INSTALL: Final = (
    "Install it in an environment of its own: python3 -m venv ~/vllm && ~/vllm/bin/pip install "
    f"vllm; then set {VARIABLE}=~/vllm (that directory, its python, or its vllm command). "
    "Without a GPU: tools/vllm_cpu.sh."
)


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served, where."""

    weights: str
    """A directory, or a name on the model hub."""
    model: str
    """Its name in requests."""
    host: str
    port: int
    key: str
    """Wanted of clients; empty: none. Travels in the environment, never on a command line."""
    adapter: Adapter | None = None
    """What answers under `model`; the weights alone are then «`model`-base»."""

    @property
    def url(self) -> str:
        """As it stands in a profile."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/v1"


def serving(
    name: str,
    settings: Settings,
    home: Home,
    *,
    host: str | None = None,
    port: int | None = None,
    environment: Mapping[str, str],
) -> Serving:
    """What the profile `name` serves. Raises ModelError: no such profile, no weights, no key."""
    profile = settings.profiles.get(name)
    if profile is None:
        raise unknown("profile", name, settings.profiles)
    if profile.kind == "local":
        weights = _weights(name, profile, settings, home)
        adapter = _adapter(name, profile.adapter, Path(weights)) if profile.adapter else None
        return Serving(weights, name, host or "127.0.0.1", port or PORT, "", adapter)
    address = Address.of(profile, environment)
    if host is None and not is_loopback(address.host):
        raise ModelError(
            f"The profile «{name}» is on another machine, {address.host}",
            where=f"profiles.{name}.url",
            remedy="Start the server there, or give --host to serve the model from this machine.",
        )
    key = environment.get(profile.key, "").strip() if profile.key else ""
    at = port or urlsplit(address.base).port or PORT
    return Serving(profile.model, profile.model, host or address.host, at, key)


def find_vllm(environment: Mapping[str, str]) -> list[str]:
    """The beginning of a command line that starts the server. Raises ModelError with the remedy."""
    named = environment.get(VARIABLE, "").strip()
    if not named:
        if command := shutil.which("vllm", path=environment.get("PATH")):
            return [command, "serve"]
        raise ModelError("vLLM is not here", remedy=_INSTALL)
    path = Path(named).expanduser()
    if path.is_dir():
        path = path / "bin" / "python"
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise ModelError(f"There is no program at {path}", where=VARIABLE, remedy=_INSTALL)
    if not path.name.startswith("python"):
        return [str(path), "serve"]
    probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec('vllm') is None)"
    if subprocess.run([path, "-c", probe], check=False, capture_output=True).returncode != 0:
        raise ModelError(f"{path} has no vLLM", where=VARIABLE, remedy=_INSTALL)
    # A build under another name (vllm-cpu) has no working `vllm` command; its module works.
    return [str(path), "-m", "vllm.entrypoints.openai.api_server"]


def command(vllm: Sequence[str], what: Serving, more: Sequence[str]) -> list[str]:
    """The whole command line. vLLM takes the last of two equal flags, so `more` has the last word.

    `--generation-config vllm`: sampling is what a request says, not what lies beside the weights.
    """
    model = [what.weights] if vllm[-1] == "serve" else ["--model", what.weights]
    return [
        *vllm,
        *model,
        *("--served-model-name", what.model if what.adapter is None else f"{what.model}-base"),
        *("--host", what.host),
        *("--port", str(what.port)),
        *("--generation-config", "vllm"),
        "--enable-prefix-caching",
        "--enable-prompt-tokens-details",
        *_lora(what),
        *more,
    ]


def _lora(what: Serving) -> list[str]:
    """vLLM computes the low-rank part beside the weights; it wants to know the rank's limit."""
    if (adapter := what.adapter) is None:
        return []
    limit = next((rank for rank in _RANKS if rank >= adapter.rank), _RANKS[-1])
    named = f"{what.model}={adapter.directory}"
    return ["--enable-lora", "--max-lora-rank", str(limit), "--lora-modules", named]


def variables(environment: Mapping[str, str], what: Serving) -> dict[str, str]:
    """The server's environment: no reports home, no hub where the weights are here, the key."""
    ours = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    if Path(what.weights).is_dir():
        ours["HF_HUB_OFFLINE"] = "1"
    key = {"VLLM_API_KEY": what.key} if what.key else {}
    return ours | dict(environment) | key


def _adapter(name: str, named: str, weights: Path) -> Adapter:
    """Checked against the weights, so they have to be here."""
    if not weights.is_dir():
        raise ModelError(
            f"«{name}» has an adapter, and whether it fits is seen from weights that are here",
            where=f"profiles.{name}.adapter",
            remedy=f"Run: argo-tui models fetch {name}",
        )
    return open_adapter(named, weights)


def _weights(name: str, profile: Profile, settings: Settings, home: Home) -> str:
    """A directory of safetensors, or a repository of them that vLLM fetches itself."""
    path = Path(profile.model).expanduser()
    if is_weights(path):
        return str(path)
    model = settings.models.get(profile.model)
    if model is not None:
        if directory := located(profile.model, model, home):
            return str(directory)
        for source in model.sources:
            if isinstance(source, HubSource) and source.file is None:
                return source.repo
    raise ModelError(
        f"The weights of «{name}» are not here",
        where=profile.model,
        remedy=f"Run: argo-tui models fetch {name}",
    )
