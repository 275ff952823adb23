"""Log-probabilities of continuations, as far as a server gives them.

vLLM takes prompts as token ids and can be held to one token, so a continuation is scored exactly as
a local model scores it. Others give the most probable tokens of the next position: enough for
labels of one character. Not responsible for what is chosen (engine.roles.choose).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from engine.errors import ModelError
from engine.llm.backend import Message
from engine.llm.server.client import Client
from engine.llm.server.request import inert, turns
from engine.llm.server.wire import Choice, Chunk, number, tokens_of

TOP: Final = 20
"""Most probable tokens that the protocol gives of one position."""
_ID: Final = "token_id:"
"""How vLLM writes a token that it is asked to name by its id."""

Ids = tuple[int, ...]
Place = tuple[Ids, int]
"""A prefix of a continuation and the token after it."""


def by_tokens(
    client: Client, messages: Sequence[Message], continuations: Sequence[str]
) -> tuple[float, ...]:
    """Mean log-probability of each continuation's tokens. Needs vLLM. Raises ModelError.

    `prompt_logprobs` would take one request, but vLLM then computes every prompt anew, and the
    head at every position: 8 s instead of 3 s for four options after 700 tokens on two cores.
    """
    prompt = _ids(client, {"messages": turns(messages), "add_generation_prompt": True})
    encoded = [
        _ids(client, {"prompt": inert(text), "add_special_tokens": False}) for text in continuations
    ]
    places = {place for ids in encoded for place in _places(ids)}
    found = _likely_ones(client, prompt, places)
    missing = places - found.keys()
    for token in sorted({token for _, token in missing}):
        found |= _held_to(client, prompt, token, sorted({p for p, t in missing if t == token}))
    return tuple(sum(found[place] for place in _places(ids)) / len(ids) for ids in encoded)


def by_label(
    client: Client, messages: Sequence[Message], labels: Sequence[str]
) -> tuple[float, ...]:
    """Log-probability of each label as the next token. Raises ModelError.

    Labels are single characters. One that is not among the most probable tokens gets the
    log-probability of the last of these, which is the most that it can have.
    """
    if any(len(label) != 1 for label in labels):
        raise _unscored(client, "only labels of one character can be scored there")
    body = {
        "model": client.address.model,
        "messages": turns(messages),
        "max_tokens": 1,
        "temperature": 0.0,
        "logprobs": True,
        "top_logprobs": TOP,
    }
    answer = client.answer("/chat/completions", body, Chunk)
    choice = next(iter(answer.choices or ()), Choice())
    position = next(iter(tokens_of(choice.logprobs)), {})
    likely = _texts(position.get("top_logprobs"))
    found = [likely.get(label) for label in labels]
    if not any(value is not None for value in found):
        raise _unscored(client, "no label is among the tokens that it finds probable")
    lowest = min(likely.values())
    return tuple(lowest if value is None else value for value in found)


def _places(ids: Ids) -> list[Place]:
    return [(ids[:at], token) for at, token in enumerate(ids)]


def _likely_ones(client: Client, prompt: Ids, places: Iterable[Place]) -> dict[Place, float]:
    """One request: the places whose token is among the most probable there."""
    wanted = set(places)
    prefixes = sorted({prefix for prefix, _ in wanted})
    found: dict[Place, float] = {}
    for prefix, likely in zip(prefixes, _next(client, prompt, prefixes, TOP), strict=True):
        found |= {(prefix, token): value for token, value in likely.items()}
    return {place: value for place, value in found.items() if place in wanted}


def _held_to(
    client: Client, prompt: Ids, token: int, prefixes: Sequence[Ids]
) -> dict[Place, float]:
    """One token after several prefixes: it is all that may be said, at its true probability."""
    likely = _next(client, prompt, prefixes, 1, allowed_token_ids=[token])
    if not all(token in values for values in likely):
        raise _unscored(client, "it does not say the probability of a given token")
    return {(prefix, token): values[token] for prefix, values in zip(prefixes, likely, strict=True)}


def _next(
    client: Client, prompt: Ids, prefixes: Sequence[Ids], top: int, **more: Any
) -> list[Mapping[int, float]]:
    """Log-probabilities of the next token after the prompt and each prefix, by id."""
    body = {
        "model": client.address.model,
        "prompt": [prompt + prefix for prefix in prefixes],
        "max_tokens": 1,
        "temperature": 0.0,
        "logprobs": top,
        "return_tokens_as_token_ids": True,
        **more,
    }
    answer = client.answer("/completions", body, Chunk)
    choices = sorted(answer.choices or (), key=lambda choice: choice.index)
    if len(choices) != len(prefixes):
        raise _unscored(client, "it did not answer for every option")
    return [_by_id(choice.logprobs) for choice in choices]


def _by_id(logprobs: Any) -> dict[int, float]:
    """The one position of a completion's `logprobs`: the most probable tokens and the said one."""
    fields = logprobs if isinstance(logprobs, dict) else {}
    top = next(iter(fields.get("top_logprobs") or ()), None) or {}
    said = zip(fields.get("tokens") or (), fields.get("token_logprobs") or (), strict=False)
    found: dict[int, float] = {}
    for text, value in [*top.items(), *said]:
        if text.startswith(_ID) and (known := number(value)) is not None:
            found[int(text.removeprefix(_ID))] = known
    return found


def _texts(top: Any) -> dict[str, float]:
    """The best log-probability of each text, without the spaces around it."""
    likely: dict[str, float] = {}
    for entry in top if isinstance(top, list) else ():
        if not isinstance(entry, dict):
            continue
        text, value = entry.get("token"), number(entry.get("logprob"))
        if isinstance(text, str) and value is not None:
            likely[text.strip()] = max(value, likely.get(text.strip(), value))
    return likely


def _ids(client: Client, body: dict[str, Any]) -> Ids:
    found = client.tokens(body)
    if found is None or not found.tokens:
        raise _unscored(client, "it does not tokenize")
    return tuple(found.tokens)


def _unscored(client: Client, why: str) -> ModelError:
    return ModelError(
        f"This server cannot score the options: {why}",
        where=client.address.base,
        remedy='Use vLLM, or choice = "labels" in the profile where the server gives top_logprobs.',
    )
