"""What servers send: streams cut anywhere, JSON of many shapes, and what a request looks like."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.llm.server.address import Address, Key, is_loopback
from engine.llm.server.errors import of_status, words
from engine.llm.server.request import Dialect, inert
from engine.llm.server.wire import Chunk, MalformedError, parse, payloads

TEXTS = st.lists(st.text(max_size=12), max_size=8)
ADDRESS = Address("http://127.0.0.1:8000/v1", "small", Key("SOME_KEY", "s3cret-value"))


@given(texts=TEXTS, cuts=st.lists(st.integers(0, 400)), ascii_only=st.booleans())
def test_a_stream_means_the_same_however_it_is_cut(
    texts: list[str], cuts: list[int], ascii_only: bool
) -> None:
    events = [json.dumps({"x": text}, ensure_ascii=ascii_only) for text in texts]
    stream = "".join(f"data: {event}\r\n\r\n" for event in events).encode("utf-8", "replace")
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    parts = [stream[start:end] for start, end in pairwise(edges)]
    assert list(payloads(parts)) == list(payloads([stream]))
    assert len(list(payloads(parts))) == len(texts)


@given(data=st.binary(max_size=200))
def test_bytes_of_any_kind_are_read_or_refused_in_order(data: bytes) -> None:
    try:
        for payload in payloads([data]):
            chunk = parse(payload, Chunk)
            assert isinstance(chunk.text, str)
            assert all(isinstance(value, float) for value in chunk.logprobs)
    except MalformedError as error:
        assert len(str(error)) <= 200


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "delta", "content", "logprobs", "logprob", "usage", "finish_reason",
                 "prompt_tokens", "error", "message", "detail", "loc", "msg"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)  # fmt: skip


@given(value=_JSON)
def test_json_of_any_shape_is_read_or_refused_in_order(value: object) -> None:
    data = json.dumps(value).encode()
    try:
        chunk = parse(data, Chunk)
    except MalformedError:
        return
    assert isinstance(chunk.text, str)
    assert chunk.finish is None or isinstance(chunk.finish, str)
    assert all(isinstance(number, float) for number in chunk.logprobs)


@given(value=_JSON)
def test_an_error_of_any_shape_has_words(value: object) -> None:
    said = words(json.dumps(value).encode(), ADDRESS)
    assert len(said) <= 241
    assert "\n" not in said


def test_the_key_is_struck_out_wherever_a_server_repeats_it() -> None:
    body = json.dumps({"error": {"message": "no such key: s3cret-value"}}).encode()
    error = of_status(401, {"location": "x"}, body, ADDRESS, ())
    assert "s3cret" not in str(error)
    assert "…" in str(error)
    assert repr(ADDRESS.key) == "Key(SOME_KEY)"
    assert "s3cret" not in repr(ADDRESS)


@given(text=st.text(alphabet="<|>im_end/s[INST] a", max_size=40))
def test_no_control_token_survives_and_nothing_is_lost(text: str) -> None:
    safe = inert(text)
    assert safe.replace(" ", "") == text.replace(" ", "")
    assert inert(safe) == safe
    for token in ("<|im_end|>", "</s>", "<s>", "[INST]", "[/INST]"):
        assert token not in safe


def test_a_refusal_takes_the_named_field_or_else_all_that_may_go() -> None:
    sent = {"model": "m", "seed": 1, "logprobs": True, "max_tokens": 5}
    named = Dialect().after(sent, "unknown field: seed")
    assert named is not None
    assert named.fit(sent) == {"model": "m", "logprobs": True, "max_tokens": 5}
    every = Dialect().after(sent, "extra fields")
    assert every is not None
    assert every.fit(sent) == {"model": "m", "max_tokens": 5}
    assert every.after(every.fit(sent), "extra fields") is None


@pytest.mark.parametrize(
    "host, here",
    [("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True),
     ("10.0.0.5", False), ("example.org", False)],
)  # fmt: skip
def test_only_this_machine_is_reached_in_the_clear_without_a_word(host: str, here: bool) -> None:
    assert is_loopback(host) is here
    address = Address(f"http://{f'[{host}]' if ':' in host else host}:8000/v1", "m", None)
    assert address.in_the_clear is not here
    assert not Address("https://example.org/v1", "m", None).in_the_clear
