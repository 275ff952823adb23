"""A profile whose model is on a server: listed, chosen by name only, opened, changed."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as changed

from argo_tui.models.state import first_fetch, next_profile
from engine.argo import Argo
from engine.config import Settings
from engine.errors import ModelError
from engine.events import Notice, RunFailed, RunFinished, RunStarted, Status, SynthesisDone
from engine.layers import Configuration
from engine.models.names import model_named
from engine.models.registry import select, statuses
from engine.paths import Home
from engine.session import adapted, open_backend
from tests.fake_server import CHAT, MODELS, Exchange, FakeServer, failing, profile_of, saying
from tests.scripted_session import PROFILE, scripted
from tests.tiny_models import profile

pytest_plugins = ("tests.engine.remote_fixture",)

FACT = "The SCTP port number of E2AP is 36421."
URL = "http://127.0.0.1:8000/v1"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "config", tmp_path / "data", tmp_path / "cache")


def settings(**changes: object) -> Settings:
    return Settings(profiles={"far": profile_of(URL, order=99, **changes)})


def test_it_is_chosen_by_its_name_and_needs_no_directory(home: Home) -> None:
    selected = select(settings(), home, "far")
    assert selected.profile_name == "far"
    assert selected.directory is None


def test_auto_never_takes_a_server_whatever_its_order(home: Home) -> None:
    with pytest.raises(ModelError, match="No model can run yet"):
        select(settings(), home, "auto")


def test_the_list_says_what_it_is_and_asks_nobody(home: Home) -> None:
    (status,) = statuses(settings(), home)
    assert status.can_run
    assert status.url == URL
    assert URL in status.why


@pytest.mark.parametrize(
    "changes, why",
    [({"url": None}, "It has no url"), ({"url": "somewhere"}, "It has a url that is none"),
     ({"key": "A_KEY_NOT_SET"}, "set the environment variable A_KEY_NOT_SET")],
)  # fmt: skip
def test_what_is_missing_is_said_before_it_is_used(
    home: Home, changes: dict[str, object], why: str
) -> None:
    (status,) = statuses(settings(**changes), home)
    assert not status.can_run
    assert why in status.why
    with pytest.raises(ModelError, match="cannot run now"):
        select(settings(**changes), home, "far")


def test_a_key_that_is_set_is_enough(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "value")
    assert select(settings(key="A_KEY"), home, "far").profile_name == "far"


def test_there_is_nothing_to_fetch(home: Home) -> None:
    found = statuses(settings(), home)
    assert first_fetch(found, "far") is None
    assert next_profile(found, "", "") == "far"
    with pytest.raises(ModelError, match="on a server; there is nothing to fetch"):
        model_named("far", settings())


def test_a_profile_without_a_directory_opens_its_server(server: FakeServer, home: Home) -> None:
    backend = open_backend(None, profile_of(server.url), home)
    assert backend.info.device == "server"
    backend.close()


@pytest.mark.parametrize(
    "field, value",
    [("url", "http://127.0.0.1:9/v1"), ("key", "HOME"), ("model", "other"), ("kind", "local")],
)
def test_another_server_needs_a_fresh_start_and_other_caps_do_not(
    home: Home, field: str, value: str
) -> None:
    before = profile_of(URL)
    session = replace(scripted([], {}, profile=before), directory=None, profile_name="far")

    def under(**changes: object) -> object:
        after = changed(before, **changes)
        found = Settings(profile="far", profiles={"far": after, "near": profile()})
        return adapted(session, Configuration(found, {}), home)

    assert under(top_p=0.5) is not None
    if field == "kind":
        with pytest.raises(ModelError):
            under(kind="local")
    else:
        assert under(**{field: value}) is None


def reading(exchange: Exchange) -> None:
    """Says what the passages say, with their number, if they are in the prompt."""
    said = exchange.body["messages"][-1]["content"]
    saying(*([FACT.removesuffix("."), " [1]."] if FACT in said else ["NOT FOUND"]))(exchange)


def test_the_whole_loop_runs_over_http(server: FakeServer, home: Home) -> None:
    server.paths[CHAT] = reading
    backend = open_backend(None, profile_of(server.url), home)
    session = replace(scripted([FACT], {}, profile=PROFILE), backend=backend)
    events = list(Argo(session, home).answer("Which SCTP port number does E2AP use?"))
    start, *_, end = events
    assert isinstance(start, RunStarted)
    assert start.device == "server"
    assert isinstance(end, RunFinished)
    assert end.status is Status.ANSWERED
    assert end.usage.prompt_tokens > 0
    (done,) = (event for event in events if isinstance(event, SynthesisDone))
    assert "36421" in done.text
    assert [citation.number for citation in done.citations] == [1]


def test_a_server_that_goes_away_fails_the_run_and_says_why(server: FakeServer, home: Home) -> None:
    backend = open_backend(None, profile_of(server.url), home)
    server.paths[CHAT] = failing(401, {"error": "gone"})
    session = replace(scripted([FACT], {}, profile=PROFILE), backend=backend)
    *_, failed, end = Argo(session, home).answer("Which SCTP port number does E2AP use?")
    assert isinstance(failed, RunFailed)
    assert "refuses access (401): gone" in failed.what
    assert failed.where == server.url
    assert isinstance(end, RunFinished)
    assert end.status is Status.FAILED


def test_what_a_server_lacks_is_announced_in_every_run(server: FakeServer, home: Home) -> None:
    server.paths[MODELS] = failing(500, "no")
    backend = open_backend(None, profile_of(server.url), home)
    session = replace(scripted([FACT], {}, profile=PROFILE), backend=backend)
    events = list(Argo(session, home).answer("Which SCTP port number does E2AP use?"))
    said = [event.text for event in events if isinstance(event, Notice)]
    assert any("8,192 tokens are assumed" in text for text in said)


def test_listing_profiles_imports_no_http_client() -> None:
    code = (
        "import sys, engine.models.registry, engine.session; "
        "sys.exit(bool({'httpcore2', 'stamina', 'torch'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
