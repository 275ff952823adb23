"""Choices on a server: exact where it names tokens by id, by label elsewhere, or an error."""

from __future__ import annotations

import math
from typing import Any

import pytest

from engine.errors import ModelError
from engine.llm.backend import Message
from engine.llm.server.scoring import TOP
from tests.fake_server import CHAT, COMPLETIONS, TOKENIZE, Exchange, FakeServer, failing

pytest_plugins = ("tests.engine.remote_fixture",)

ASKED = [Message("user", "Which one?")]
PROMPT = [900, 901]


def logprob(prefix: list[int], token: int) -> float:
    """Of a made-up model over 128 tokens: every token has its own at every place."""
    return -1.0 - (token * 7 + sum(prefix) * 13) % 128 / 16


def tokenize(exchange: Exchange) -> None:
    """Characters are tokens."""
    if "messages" in exchange.body:
        assert exchange.body["add_generation_prompt"] is True
        ids = PROMPT
    else:
        assert exchange.body.get("add_special_tokens") is False or "content" in exchange.body
        ids = [ord(character) for character in exchange.body["prompt"]]
    exchange.reply(200, {"tokens": ids, "count": len(ids), "max_model_len": 4096})


def completions(exchange: Exchange) -> None:
    """As vLLM: the most probable ones, and the said one, which `allowed_token_ids` decides."""
    body = exchange.body
    assert (body["max_tokens"], body["temperature"]) == (1, 0.0)
    assert body["return_tokens_as_token_ids"] is True
    choices: list[dict[str, Any]] = []
    for index, prompt in enumerate(body["prompt"]):
        assert prompt[: len(PROMPT)] == PROMPT
        values = {token: logprob(prompt, token) for token in range(128)}
        best = sorted(values, key=values.__getitem__, reverse=True)
        (said, *_) = body.get("allowed_token_ids", best)
        logprobs = {
            "tokens": [f"token_id:{said}"],
            "token_logprobs": [values[said]],
            "top_logprobs": [{f"token_id:{t}": values[t] for t in best[: body["logprobs"]]}],
        }
        choices.append({"index": index, "text": "", "logprobs": logprobs})
    exchange.reply(200, {"choices": choices[::-1]})  # the order is the index's


def mean(text: str) -> float:
    ids = [ord(character) for character in text]
    return sum(logprob([*PROMPT, *ids[:at]], token) for at, token in enumerate(ids)) / len(ids)


def test_a_score_is_the_mean_log_probability_of_a_continuations_own_tokens(
    server: FakeServer,
) -> None:
    server.paths |= {TOKENIZE: tokenize, COMPLETIONS: completions}
    backend = server.open()
    texts = ["Near-RT RIC", "Non-RT RIC", "O1", "O"]
    assert backend.info.notices == ()
    assert backend.score(ASKED, texts) == pytest.approx([mean(text) for text in texts])


def test_what_is_probable_is_asked_for_once_and_the_rest_once_for_each_token(
    server: FakeServer,
) -> None:
    server.paths |= {TOKENIZE: tokenize, COMPLETIONS: completions}
    backend = server.open()
    backend.score(ASKED, ["abc", "abd"])
    first, *rest = server.bodies(COMPLETIONS)
    assert first["logprobs"] == TOP
    assert len(first["prompt"]) == 3  # nothing, a, ab: what options share is asked for once
    tokens = [body["allowed_token_ids"] for body in rest]
    assert len(tokens) == len({token for (token,) in tokens}) <= 4


def test_a_server_that_ignores_what_may_be_said_is_not_believed(server: FakeServer) -> None:
    def ignoring(exchange: Exchange) -> None:
        exchange.body.pop("allowed_token_ids", None)
        completions(exchange)

    server.paths |= {TOKENIZE: tokenize, COMPLETIONS: ignoring}
    with pytest.raises(ModelError, match="does not say the probability of a given token"):
        server.open().score(ASKED, ["Near-RT RIC", "Non-RT RIC"])


@pytest.mark.parametrize("body", [{"choices": []}, {}])
def test_a_server_that_leaves_an_option_out_is_an_error(
    server: FakeServer, body: dict[str, Any]
) -> None:
    server.paths |= {TOKENIZE: tokenize, COMPLETIONS: failing(200, body)}
    with pytest.raises(ModelError, match="cannot score the options"):
        server.open().score(ASKED, ["a"])


def top(*tokens: tuple[str, float]) -> Any:
    """A chat completion that says which tokens are probable."""
    entries = [{"token": text, "logprob": value} for text, value in tokens]
    content = [{"token": "x", "logprob": -1.0, "top_logprobs": entries}]
    message = {"message": {"content": "x"}, "logprobs": {"content": content}}
    return failing(200, {"choices": [{**message, "finish_reason": "length"}]})


def test_labels_are_read_from_the_most_probable_tokens(server: FakeServer) -> None:
    server.paths[CHAT] = top(("The", -0.2), ("2", -1.0), (" 1", -2.0), ("1", -3.0), ("!", -9.0))
    backend = server.open()
    assert any("only by their labels" in notice for notice in backend.info.notices)
    assert backend.score(ASKED, ["1", "2", "3"]) == (-2.0, -1.0, -9.0)
    assert server.bodies()[-1]["top_logprobs"] == TOP


def test_no_label_among_the_probable_tokens_is_an_error(server: FakeServer) -> None:
    server.paths[CHAT] = top(("The", -0.2))
    with pytest.raises(ModelError, match="no label is among"):
        server.open().score(ASKED, ["1", "2"])


def test_a_server_without_log_probabilities_says_that_it_cannot_choose(server: FakeServer) -> None:
    server.paths[CHAT] = failing(200, {"choices": [{"message": {"content": "1"}}]})
    backend = server.open()
    assert any("cannot choose between options" in notice for notice in backend.info.notices)
    with pytest.raises(ModelError, match="cannot score the options") as caught:
        backend.score(ASKED, ["1", "2"])
    assert 'choice = "labels"' in caught.value.remedy


def test_texts_are_not_scored_by_their_first_character(server: FakeServer) -> None:
    with pytest.raises(ModelError, match="labels of one character"):
        server.open().score(ASKED, ["Near-RT RIC", "Non-RT RIC"])


def test_an_empty_continuation_is_no_option(server: FakeServer) -> None:
    with pytest.raises(ModelError, match="empty"):
        server.open().score(ASKED, ["a", ""])


def test_the_made_up_model_has_every_probability_once() -> None:
    values = [logprob(PROMPT, token) for token in range(128)]
    assert len(set(values)) == 128
    assert all(math.exp(value) < 1 for value in values)
