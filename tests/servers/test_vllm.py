"""The client and the whole loop against a real vLLM: `make test-vllm`.

ARGO_TEST_SERVER is its URL with /v1; the first model that it serves is used.
"""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace

import pytest

from engine.argo import Argo
from engine.errors import ModelError
from engine.events import Event, RunFinished, Status, SynthesisDone
from engine.llm.backend import Message, Piece, Sampling
from engine.llm.remote import RemoteBackend
from engine.paths import Home
from tests.fake_server import profile_of
from tests.scripted_session import PROFILE, scripted

URL = os.environ["ARGO_TEST_SERVER"]
ASKED = [
    Message("system", "You are a helpful assistant."),
    Message("user", "Explain in two sentences what a radio access network does."),
]
TEXTS = (
    "The E2 Application Protocol (E2AP) uses SCTP as its transport. The SCTP port number of E2AP "
    "is 36421.",
    "The Near-RT RIC hosts xApps. Its control loops run between 10 ms and 1 s.",
    "The Non-RT RIC hosts rApps. Its control loop runs in more than 1 s.",
)


def get(path: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(URL.removesuffix("/v1") + path, timeout=30) as response:
        body: bytes = response.read()
        return body


MODEL = json.loads(get("/v1/models"))["data"][0]["id"]


@pytest.fixture(scope="module")
def backend() -> Iterator[RemoteBackend]:
    opened = RemoteBackend.open(profile_of(URL, model=MODEL))
    yield opened
    opened.close()


def read(backend: RemoteBackend, cap: int, *, stop: tuple[str, ...] = (), **more: float) -> Piece:
    """All pieces in one, with what the last one says."""
    sampling = Sampling(max_tokens=cap, **more)  # type: ignore[arg-type]
    pieces = list(backend.stream(ASKED, sampling, kind="answer", stop=stop))
    return replace(pieces[-1], text="".join(each.text for each in pieces))


def running() -> float:
    """Requests that the server is working on."""
    lines = get("/metrics").decode().splitlines()
    return sum(
        float(line.rpartition(" ")[2])
        for line in lines
        if line.startswith(("vllm:num_requests_running", "vllm:num_requests_waiting"))
    )


def settles() -> bool:
    """Whether the server has nothing to do within two seconds."""
    end = time.monotonic() + 2
    while running() and time.monotonic() < end:
        time.sleep(0.05)
    return running() == 0


def test_nothing_is_refused_and_everything_is_known(backend: RemoteBackend) -> None:
    assert backend.info.notices == ()
    assert backend.info.context > 0


def test_text_streams_in_pieces(backend: RemoteBackend) -> None:
    times = []
    for piece in backend.stream(ASKED, Sampling(max_tokens=24), kind="answer"):
        times += [time.monotonic()] if piece.text else []
    assert len(times) > 10
    assert times[-1] - times[0] > 0.02


def test_counts_and_times_are_there(backend: RemoteBackend) -> None:
    read(backend, 8)
    last = read(backend, 8)
    assert last.finish == "cap"
    assert last.usage is not None
    assert last.usage.decoded_tokens == 8
    assert last.usage.prompt_tokens > 20
    assert 0 <= last.usage.reused_tokens < last.usage.prompt_tokens
    assert last.usage.prefill_ns > 0
    assert last.usage.decode_ns > 0
    assert last.mean_logprob is not None
    assert last.mean_logprob < 0


def test_a_stop_string_ends_the_text_before_it(backend: RemoteBackend) -> None:
    whole = read(backend, 40).text
    word = whole.split()[5]
    cut = read(backend, 40, stop=(word,))
    assert cut.finish == "stop"
    assert cut.text == whole[: whole.index(word)]
    assert cut.usage is not None
    assert 0 < cut.usage.decoded_tokens < 40


def test_the_same_seed_says_the_same_and_another_something_else(backend: RemoteBackend) -> None:
    said = [read(backend, 24, temperature=1.0, top_p=0.95, seed=seed).text for seed in (1, 1, 2)]
    assert said[0] == said[1] != said[2]


def test_a_cancel_ends_the_work_on_the_server_which_goes_on_serving(backend: RemoteBackend) -> None:
    cancel = threading.Event()
    sampling = Sampling(max_tokens=1500, temperature=1.3, seed=3)
    pieces = backend.stream(ASKED, sampling, kind="answer", cancel=cancel)
    for _ in range(4):
        next(pieces)
    assert running() == 1
    cancel.set()
    asked = time.monotonic()
    (*_, last) = pieces
    assert time.monotonic() - asked < 0.3
    assert last.finish == "cancelled"
    assert settles()
    assert read(backend, 4).text


def test_a_cancel_before_the_first_token_ends_the_work_too(backend: RemoteBackend) -> None:
    cancel = threading.Event()
    threading.Timer(0.05, cancel.set).start()
    # Never seen before, so that no prefix is cached: the prompt takes its time.
    text = " ".join(f"{time.time_ns() % 9973 + n}" for n in range(300))
    start = time.monotonic()
    (only,) = backend.stream(
        [Message("user", text)], Sampling(max_tokens=200), kind="answer", cancel=cancel
    )
    assert time.monotonic() - start < 0.5
    assert (only.text, only.finish) == ("", "cancelled")
    assert settles()


def test_a_scored_continuation_has_the_log_probability_that_it_was_said_with(
    backend: RemoteBackend,
) -> None:
    said = read(backend, 8)
    assert said.mean_logprob is not None
    same, other = backend.score(ASKED, [said.text, "zebra piano zebra"])
    assert same == pytest.approx(said.mean_logprob, abs=0.1)
    assert other < same


def test_labels_are_scored(backend: RemoteBackend) -> None:
    scores = backend.score(ASKED, ["1", "2", "3"])
    assert len(set(scores)) == 3
    assert all(score < 0 for score in scores)


def test_tokens_are_counted_by_the_model_itself(backend: RemoteBackend) -> None:
    one, many = backend.count("radio"), backend.count("radio " * 50)
    assert 1 <= one <= 2
    assert many >= 50


def test_a_model_that_is_not_served_lists_the_one_that_is() -> None:
    with pytest.raises(ModelError, match="no model «nothing»") as caught:
        RemoteBackend.open(profile_of(URL, model="nothing"))
    assert MODEL in caught.value.remedy


def test_a_prompt_that_is_too_long_is_refused_and_the_next_one_answered(
    backend: RemoteBackend,
) -> None:
    long = [Message("user", "radio " * (backend.info.context + 100))]
    with pytest.raises(ModelError, match=r"refuses the request \(400\)"):
        list(backend.stream(long, Sampling(max_tokens=4), kind="answer"))
    assert read(backend, 4).text
    assert backend.info.notices == ()


def ask(backend: RemoteBackend, question: str, *options: str) -> list[Event]:
    session = replace(scripted(TEXTS, {}, profile=PROFILE), backend=backend)
    return list(Argo(session, Home.find()).answer(question, options=options))


def test_the_whole_loop_answers_from_passages(backend: RemoteBackend) -> None:
    events = ask(backend, "Which SCTP port number does E2AP use?")
    end = events[-1]
    assert isinstance(end, RunFinished)
    assert end.status in (Status.ANSWERED, Status.NOT_FOUND)
    assert end.usage.prompt_tokens > 0
    assert end.usage.decoded_tokens > 0


def test_the_whole_loop_chooses_between_options(backend: RemoteBackend) -> None:
    events = ask(backend, "Which SCTP port number does E2AP use?", "36421", "80", "8080", "443")
    (done,) = (event for event in events if isinstance(event, SynthesisDone))
    assert done.choice is not None
    assert sum(done.choice.probabilities) == pytest.approx(1.0)
    assert len(done.choice.probabilities) == 4
