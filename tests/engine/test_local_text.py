"""Text as it is streamed: characters whole, stop strings never seen, nothing unclean."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models

from engine.llm.detokenise import Detokeniser
from engine.llm.holdback import Cleaner, StopStrings
from engine.text import clean

TEXTS = st.text(alphabet="ab\n\r\t\x1b[]m0;\x07\\\x9b\x9déé€😀\u200b", max_size=40)


def byte_tokenizer() -> Tokenizer:
    """One token a byte: the hardest case for characters of several bytes."""
    from tokenizers.pre_tokenizers import ByteLevel

    # GPT-2's table: printable bytes stand for themselves, the others follow from 256.
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in plain]
    letters = {b: chr(b) for b in plain} | {b: chr(256 + n) for n, b in enumerate(others)}
    assert set(letters.values()) == set(ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letters[b]: b for b in range(256)}, merges=[]))
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


TOKENIZER = byte_tokenizer()


def cut(text: str, sizes: list[int]) -> list[str]:
    pieces, at = [], 0
    for size in sizes:
        pieces.append(text[at : at + size])
        at += size
    return [*pieces, text[at:]]


def streamed(ids: list[int]) -> list[str]:
    detokeniser = Detokeniser(TOKENIZER)
    return [*(detokeniser.push(i) for i in ids), detokeniser.flush()]


@given(st.text(max_size=30))
def test_a_character_is_never_split(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    pieces = streamed(list(text.encode()))
    assert "".join(pieces) == text
    if "\ufffd" not in text:
        assert not any("\ufffd" in piece for piece in pieces)


@given(st.lists(st.integers(0, 255), max_size=30))
def test_any_ids_give_the_text_that_decoding_them_at_once_gives(ids: list[int]) -> None:
    assert "".join(streamed(ids)) == TOKENIZER.decode(ids)


@given(TEXTS, st.lists(st.integers(0, 7), max_size=12))
def test_cleaning_in_pieces_is_cleaning_at_once(text: str, sizes: list[int]) -> None:
    cleaner = Cleaner()
    pieces = [cleaner.push(piece) for piece in cut(text, sizes)] + [cleaner.flush()]
    assert "".join(pieces) == clean(text)
    assert all("\x1b" not in piece for piece in pieces)


def test_an_escape_sequence_may_span_pieces() -> None:
    cleaner = Cleaner()
    pieces = [cleaner.push(piece) for piece in ("a\x1b", "[3", "1mred\n", "b")]
    assert pieces == ["a", "", "red\n", "b"]


@given(
    st.text(alphabet="abc", max_size=20),
    st.lists(st.text(alphabet="abc", min_size=1, max_size=4), max_size=3),
    st.lists(st.integers(0, 5), max_size=12),
)
def test_a_stop_string_is_found_whatever_the_pieces(
    text: str, stops: list[str], sizes: list[int]
) -> None:
    ends = sorted((at + len(s), at) for s in stops if (at := text.find(s)) >= 0)
    expected = text[: ends[0][1]] if ends else text
    filter_ = StopStrings(stops)
    pieces = [filter_.push(piece) for piece in cut(text, sizes)] + [filter_.flush()]
    assert "".join(pieces) == expected
    assert filter_.found == bool(ends)


def test_what_might_begin_a_stop_string_waits_and_is_given_back() -> None:
    filter_ = StopStrings(["\n\nQ:"])
    assert [filter_.push("yes\n"), filter_.push("\nA"), filter_.flush()] == ["yes", "\n\nA", ""]
