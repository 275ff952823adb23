"""A model on a server that speaks the OpenAI protocol: vLLM, SGLang, llama.cpp, Ollama and others.

The server has the weights, the cache and the batch; this asks, reads and stops. Not responsible for
HTTP, retries and the shape of what comes (engine.llm.server).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.config import Profile
from engine.errors import ModelError
from engine.llm.backend import Cancel, Finish, Kind, Message, ModelInfo, Piece, Sampling
from engine.llm.holdback import Cleaner, StopStrings
from engine.llm.server.address import Address
from engine.llm.server.client import Client
from engine.llm.server.connection import Patience
from engine.llm.server.meter import ServerMeter
from engine.llm.server.request import chat_body, inert
from engine.llm.server.scoring import by_label, by_tokens
from engine.llm.server.watch import CancelledError

ASSUMED_CONTEXT: Final = 8_192
"""Tokens, where a server does not say."""
BYTES_PER_TOKEN: Final = 1.5
"""Fewer than a token has in 998 of 1,000 passages of O-RAN documents (the median is 3.8)."""
_REMEMBERED: Final = 256
"""Texts whose length is kept: the constant ones are counted once."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a server can do beside answering."""

    tokenizes: bool
    scores_texts: bool


class RemoteBackend:
    """Satisfies engine.llm.backend.Backend. One thread, one call at a time."""

    def __init__(self, client: Client, info: ModelInfo, abilities: Abilities) -> None:
        self._client = client
        self._info = info
        self._abilities = abilities
        self._lengths: dict[str, int] = {}

    @classmethod
    def open(
        cls,
        profile: Profile,
        *,
        environment: Mapping[str, str] | None = None,
        patience: Patience | None = None,
    ) -> RemoteBackend:
        """Look at the server, and let it say one token: what it refuses shows now.

        `environment` holds the key; unset: the process's. Raises ModelError.
        """
        address = Address.of(profile, os.environ if environment is None else environment)
        client = Client(address, patience)
        try:
            listing = client.served()
            probe = client.tokens({"prompt": "O-RAN", "content": "O-RAN"})
            abilities = Abilities(
                tokenizes=probe is not None and bool(probe.tokens),
                scores_texts=probe is not None and probe.max_model_len is not None,
            )
            context = listing.context(address.model) if listing else None
            if context is None and probe is not None:
                context = probe.max_model_len
            backend = cls(client, _info(profile, address, context), abilities)
            backend._announce(backend._say_one_token())
        except BaseException:
            client.close()
            raise
        return backend

    @property
    def info(self) -> ModelInfo:
        """What is served. Its notices grow when the server refuses something."""
        notices = (*self._info.notices, *self._client.dialect.notices)
        return replace(self._info, notices=notices)

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        kind: Kind,
        stop: Sequence[str] = (),
        cancel: Cancel | None = None,
    ) -> Iterator[Piece]:
        """Read until a stop string, the end, the cap or a cancel. See Backend.stream.

        A cancel closes the connection, and the server ends what it was computing.
        """
        body = chat_body(self._client.address.model, messages, sampling, stop)
        meter, cleaner, stops = ServerMeter(), Cleaner(), StopStrings(stop)
        finish: Finish | None = None
        chunks = self._client.chat(body, cancel)
        try:
            for chunk in meter.timed(chunks):
                if stops.found and chunk.text:
                    break  # a server that does not stop at the string is left
                if text := stops.push(cleaner.push(chunk.text)):
                    yield Piece(text)
                finish = _finish(chunk.finish) or finish
        except CancelledError:
            finish = "cancelled"
        finally:
            chunks.close()
        rest = stops.push(cleaner.flush()) + stops.flush()
        if stops.found:
            finish = "stop"
        elif finish is None:
            finish = "cap" if meter.decoded >= sampling.max_tokens else "stop"
        yield Piece(rest, finish, meter.usage(), meter.mean_logprob())

    def score(self, messages: Sequence[Message], continuations: Sequence[str]) -> tuple[float, ...]:
        """Mean log-probability of each continuation's tokens. Raises ModelError.

        Exact on vLLM; elsewhere of labels of one character only, which `info` announces.
        """
        if not all(continuations):
            raise ModelError("An empty continuation cannot be scored", remedy="Remove it.")
        score = by_tokens if self._abilities.scores_texts else by_label
        return score(self._client, messages, continuations)

    def count(self, text: str) -> int:
        """Number of tokens; where the server does not tokenize, more than there are.

        Only for fitting passages into the context.
        """
        if not self._abilities.tokenizes:
            return upper_estimate(text)
        if text not in self._lengths:
            if len(self._lengths) >= _REMEMBERED:
                self._lengths.clear()
            said = inert(text)
            request = {"prompt": said, "content": said, "add_special_tokens": False}
            found = self._client.tokens(request)
            self._lengths[text] = len(found.tokens) if found else upper_estimate(text)
        return self._lengths[text]

    def keep(self, calls: Sequence[Sequence[Message]]) -> None:
        """Nothing: a server keeps its own prefixes."""

    def begin_run(self) -> None:
        """Nothing: a server swaps what it likes when it likes."""

    def close(self) -> None:
        """Close the connections. May be called twice; nothing else may follow."""
        self._client.close()

    def _say_one_token(self) -> Piece:
        """The end of an answer of one token."""
        asked = [Message("user", "O-RAN")]
        *_, last = self.stream(asked, Sampling(max_tokens=1), kind="answer")
        return last

    def _announce(self, last: Piece) -> None:
        """What the server cannot do, from its first answer."""
        if self._abilities.scores_texts:
            return
        text = "This server can score options only by their labels"
        if last.mean_logprob is None:
            text = "This server gives no log-probabilities; it cannot choose between options"
        self._info = replace(self._info, notices=(*self._info.notices, text))


def upper_estimate(text: str) -> int:
    """More tokens than a tokenizer makes of a passage; some make one of every digit."""
    digits = sum(letter.isdigit() for letter in text)
    return int((len(text.encode("utf-8", "replace")) - digits) / BYTES_PER_TOKEN) + digits + 1


def _finish(reason: str | None) -> Finish | None:
    if reason is None:
        return None
    return "cap" if reason == "length" else "stop"


def _info(profile: Profile, address: Address, context: int | None) -> ModelInfo:
    notices: list[str] = []
    if address.key is not None and address.in_the_clear:
        notices.append(f"The key goes to {address.host} unencrypted: use https")
    if context is None:
        notices.append(
            f"The server does not say how much it can read; {ASSUMED_CONTEXT:,} tokens are assumed"
        )
    return ModelInfo(
        name=profile.title,
        device="server",
        dtype="",
        attention="",
        parameters=0,
        memory_bytes=0,
        context=context or ASSUMED_CONTEXT,
        notices=tuple(notices),
    )
