"""The verbs of a server: list the models, tokenize, answer, stream an answer.

Tries again where that may help and nothing has been shown yet; leaves out what a server refuses,
and remembers it. Not responsible for what is asked (engine.llm.remote, engine.llm.server.scoring).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack
from itertools import chain
from typing import Any, Final, TypeVar

import httpcore2
import msgspec
import stamina

from engine.errors import ModelError
from engine.llm.backend import Cancel
from engine.llm.server.address import Address
from engine.llm.server.connection import Connection, Patience, Response
from engine.llm.server.errors import ServerError, broken_off, malformed, of_connection, of_status
from engine.llm.server.request import Dialect
from engine.llm.server.wire import DONE, Chunk, Listing, MalformedError, Tokens, parse, payloads

ATTEMPTS: Final = 3
SOON_S: Final = 15.0
"""Longest silence where a server has nothing to compute."""

_Result = TypeVar("_Result")
_Struct = TypeVar("_Struct", bound=msgspec.Struct)


class Client:
    """One server. One call at a time."""

    def __init__(self, address: Address, patience: Patience | None = None) -> None:
        self.address = address
        self.dialect = Dialect()
        self._patience = patience or Patience()
        self._connection = Connection(address, self._patience)

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def served(self) -> Listing | None:
        """The models there; None where the server does not say. Raises ModelError."""
        try:
            return self._whole(f"{self.address.base}/models", None, Listing, soon=True)
        except ServerError as error:
            if error.status in (401, 403) or not error.status:
                raise
            return None  # some servers answer questions and fail at this one

    def tokens(self, body: Mapping[str, Any]) -> Tokens | None:
        """A prompt or messages as token ids; None where the server has no tokenizer to ask."""
        request = {"model": self.address.model, **body}
        try:
            return self._whole(f"{self.address.root}/tokenize", request, Tokens, soon=True)
        except ServerError as error:
            if error.passing:
                raise
            return None

    def answer(self, path: str, body: Mapping[str, Any], kind: type[_Struct]) -> _Struct:
        """A whole answer. Raises ModelError."""
        return self._again(lambda: self._whole(f"{self.address.base}{path}", body, kind))

    def chat(
        self, body: Mapping[str, Any], cancel: Cancel | None = None
    ) -> Generator[Chunk, None, None]:
        """An answer piece by piece. Raises CancelledError and ModelError.

        It is tried again only as long as no text has come.
        """
        with ExitStack() as open_response:
            yield from self._again(lambda: self._fitting(open_response, body, cancel))

    def _again(self, call: Callable[[], _Result]) -> _Result:
        """Call, and call again after a passing trouble."""
        wait_s, tried = 0.0, 0
        try:
            # Short waits: stamina's sleep does not look at the cancel.
            for attempt in stamina.retry_context(
                on=_passing,
                attempts=ATTEMPTS,
                timeout=None,
                wait_initial=0.2,
                wait_max=0.5,
                wait_jitter=0.1,
            ):
                with attempt:
                    tried += 1
                    self._connection.watch.pause(wait_s)
                    try:
                        return call()
                    except ServerError as error:
                        wait_s = error.wait_s
                        raise
        except ServerError as error:
            if tried > 1:
                error.what += f"; {tried} attempts"
            raise
        raise AssertionError("stamina raises after the last attempt")

    def _fitting(
        self, stack: ExitStack, body: Mapping[str, Any], cancel: Cancel | None
    ) -> Iterator[Chunk]:
        """Begin an answer, leaving out what the server refuses."""
        dialect = self.dialect
        while True:
            sent = dialect.fit(body)
            try:
                chunks = self._begin(stack, sent, cancel)
            except ServerError as error:
                plainer = dialect.after(sent, error.said) if error.status in (400, 422) else None
                if plainer is None:
                    raise
                dialect = plainer
            else:
                self.dialect = dialect
                return chunks

    def _begin(
        self, stack: ExitStack, body: Mapping[str, Any], cancel: Cancel | None
    ) -> Iterator[Chunk]:
        """Ask, and wait for the first text. On an error the connection is closed."""
        url = f"{self.address.base}/chat/completions"
        try:
            response = stack.enter_context(self._connection.send(url, body, cancel=cancel))
            if response.status != 200:
                raise self._refusal(response)
            chunks = self._chunks(response)
            first: list[Chunk] = []
            for chunk in chunks:
                first.append(chunk)
                if chunk.text:
                    break
            return chain(first, chunks)
        except (
            httpcore2.TimeoutException,
            httpcore2.NetworkError,
            httpcore2.ProtocolError,
        ) as error:
            stack.close()
            raise of_connection(error, self.address) from error
        except BaseException:
            stack.close()
            raise

    def _chunks(self, response: Response) -> Iterator[Chunk]:
        """The pieces of an answer. Raises ServerError where it breaks off."""
        tokens, ended = 0, False
        watch = self._connection.watch
        try:
            for payload in payloads(response.body()):
                if payload == DONE:
                    ended = True
                else:
                    chunk = parse(payload, Chunk)
                    if chunk.error:
                        raise self._failure(payload, chunk, tokens)
                    tokens += len(chunk.logprobs) or bool(chunk.text)
                    ended = ended or chunk.finish is not None
                    yield chunk
                if ended:
                    watch.quiet_s = self._patience.after
                elif tokens:
                    watch.quiet_s = self._patience.between
        except MalformedError as error:
            raise malformed(str(error), tokens, self.address) from None
        except httpcore2.TimeoutException:
            if not ended:
                why = f"The server fell silent for {watch.quiet_s:g} s"
                raise broken_off(tokens, self.address, why) from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError):
            if not ended:
                why = "The server closed the connection within the answer"
                raise broken_off(tokens, self.address, why) from None
        if not ended and not response.has_an_end:
            why = "The server closed the connection within the answer"
            raise broken_off(tokens, self.address, why)

    def _whole(
        self, url: str, body: Mapping[str, Any] | None, kind: type[_Struct], *, soon: bool = False
    ) -> _Struct:
        """One request, one JSON text. `soon`: nothing is computed for it. Raises ServerError."""
        patience_s = min(self._patience.first, SOON_S) if soon else self._patience.first
        try:
            with self._connection.send(url, body, patience_s=patience_s) as response:
                if response.status != 200:
                    raise self._refusal(response, listing=kind is Listing)
                return parse(response.read(), kind)
        except MalformedError as error:
            raise malformed(str(error), 0, self.address) from None
        except (
            httpcore2.TimeoutException,
            httpcore2.NetworkError,
            httpcore2.ProtocolError,
        ) as error:
            raise of_connection(error, self.address) from error

    def _refusal(self, response: Response, *, listing: bool = False) -> ServerError:
        body = response.read()
        served = self._names() if response.status == 404 and not listing else ()
        return of_status(response.status, response.headers, body, self.address, served)

    def _names(self) -> tuple[str, ...]:
        """Of the models there, for an error; none where the server does not say."""
        try:
            listing = self.served()
        except ModelError:
            return ()
        return tuple(model.id for model in listing.data) if listing else ()

    def _failure(self, payload: bytes, chunk: Chunk, tokens: int) -> ServerError:
        """An error that a server sends within a stream that had begun well."""
        code = chunk.error.get("code") if isinstance(chunk.error, dict) else None
        status = code if isinstance(code, int) and 400 <= code < 600 else 500
        error = of_status(status, {}, payload, self.address, ())
        if tokens:
            return broken_off(tokens, self.address, error.what)
        return error


def _passing(error: Exception) -> bool | float:
    """Whether to try again; a number is the seconds to wait before."""
    if not isinstance(error, ServerError) or not error.passing:
        return False
    # A connection that was kept open may just have been closed by the server: a new one will do.
    return 0.0 if error.status == 0 else True
