"""Every event is one JSON object a line, and back without loss."""

from __future__ import annotations

import json
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.events import Event, Usage, decode, encode

KINDS = get_args(Event)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_round_trip(kind: type, data: st.DataObject) -> None:
    event = data.draw(built(kind))
    line = encode(event)
    assert b"\n" not in line
    assert json.loads(line)["event"] == kind.__struct_config__.tag  # type: ignore[attr-defined]
    assert decode(line) == event


def test_fields_of_a_newer_version_are_ignored() -> None:
    line = b'{"event":"notice","run":"r","at_ns":1,"text":"t","colour":"red"}'
    assert decode(line) == KINDS[1](run="r", at_ns=1, text="t")


@pytest.mark.parametrize(
    "line", [b"", b"{}", b'{"event":"nothing"}', b"[1]", b'{"event":"notice"}']
)
def test_anything_else_is_refused(line: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(line)


def test_usage_adds_up_and_gives_the_decode_rate() -> None:
    total = Usage(decoded_tokens=3, decode_ns=10**9) + Usage(decoded_tokens=1, decode_ns=10**9)
    assert total.decoded_tokens == 4
    assert total.tokens_per_second == pytest.approx(2.0)
    assert Usage().tokens_per_second == 0.0


texts = st.text(st.characters(codec="utf-8"), max_size=20)


def built(kind: type) -> st.SearchStrategy[object]:
    """Any value of a struct, by the types of its fields."""
    fields = {field.name: of(field.type) for field in msgspec.structs.fields(kind)}
    return st.builds(kind, **fields)


def of(annotation: object) -> st.SearchStrategy[object]:
    kinds = msgspec.inspect.type_info(annotation)
    return from_info(kinds)


def from_info(info: msgspec.inspect.Type) -> st.SearchStrategy[object]:
    match info:
        case msgspec.inspect.StrType():
            return texts
        case msgspec.inspect.BoolType():
            return st.booleans()
        case msgspec.inspect.IntType():
            return st.integers(0, 2**40)
        case msgspec.inspect.FloatType():
            return st.floats(allow_nan=False, allow_infinity=False)
        case msgspec.inspect.NoneType():
            return st.none()
        case msgspec.inspect.EnumType(cls=cls):
            return st.sampled_from(list(cls))
        case msgspec.inspect.StructType(cls=cls):
            return built(cls)
        case msgspec.inspect.VarTupleType(item_type=item):
            return st.lists(from_info(item), max_size=2).map(tuple)
        case msgspec.inspect.DictType(key_type=key, value_type=value):
            return st.dictionaries(from_info(key), from_info(value), max_size=2)
        case msgspec.inspect.UnionType(types=types):
            return st.one_of([from_info(t) for t in types])
    raise AssertionError(f"no strategy for {info}")
