"""Nothing that could move a cursor passes the engine's door."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text import clean


@pytest.mark.parametrize(
    ("hostile", "left"),
    [
        ("\x1b]52;c;ZXZpbA==\x07copy", "copy"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9d52;c;ZXZpbA==\x9ccopy", "copy"),
        ("a\x1b[31mred\x1b[0m", "ared"),
        ("\x9b2Jgone", "gone"),
        ("\x1bPq#0\x1b\\sixel", "sixel"),
        ("\x1bcreset", "reset"),
        ("bell\x07 back\x08 del\x7f", "bell back del"),
        ("user\u202etxt.exe", "usertxt.exe"),
        ("zero\u200bwidth", "zerowidth"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("tab\tand\nnewline", "tab\tand\nnewline"),
        ("lone \ud800 surrogate", "lone ? surrogate"),
        ("7.2x, 3.5 ms, µs, ≥, 日本", "7.2x, 3.5 ms, µs, ≥, 日本"),
    ],
)
def test_known_tricks(hostile: str, left: str) -> None:
    assert clean(hostile) == left


@given(st.text(alphabet=st.characters(codec=None), max_size=300))
def test_no_control_character_survives_and_cleaning_twice_changes_nothing(text: str) -> None:
    done = clean(text)
    assert not [c for c in done if (ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) <= 0x9F]
    assert clean(done) == done
    done.encode("utf-8")
