"""Numbers that are written as words: «forty» is 40 and «twenty-five» 25.

«one» stays, for it is mostly a pronoun (engine.guard.units reads «one second»).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

_ONES = dict(zip("one two three four five six seven eight nine".split(), range(1, 10), strict=True))
_TEENS = dict(
    zip(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(),
        range(10, 20),
        strict=True,
    )
)
_TENS = dict(
    zip(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(),
        range(20, 100, 10),
        strict=True,
    )
)
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_ORDINALS = dict(
    zip(
        "third fourth fifth sixth seventh eighth ninth tenth".split(),
        "3rd 4th 5th 6th 7th 8th 9th 10th".split(),
        strict=True,
    )
)
_SMALL = {name: value for name, value in (_ONES | _TEENS).items() if name != "one"} | {"zero": 0}


def _either(names: Iterable[str]) -> str:
    return "|".join(f"[{name[0].upper()}{name[0]}]{name[1:]}" for name in names)


_SCALE = "|".join(_SCALES)

# In small letters or with one capital: a word in capitals is a name (engine.guard.names). The
# letters in front only make the search fast.
_WORD = re.compile(
    rf"(?<!\w)(?=[aefnostzAEFNOSTZ\d])"
    rf"(?:(?:(?P<tens>{_either(_TENS)})(?:[- ](?P<ones>{_either(_ONES)}))?"
    rf"|(?P<small>{_either(_SMALL)})|(?P<lone>[Aa]n?|[Oo]ne)(?=[- ](?:{_SCALE})\b)"
    rf"|(?<!\.)(?P<digits>\d{{1,3}}(?:\.\d+)?)(?=[- ]?(?:{_SCALE})\b))"
    rf"(?:[- ]?(?P<scale>{_SCALE}))?|(?P<ordinal>{_either(_ORDINALS)}))(?:\b|(?=fold\b))"
)


def digits(text: str) -> str:
    """`text` with digits for its number words."""
    return _WORD.sub(_number, text)


def _number(match: re.Match[str]) -> str:
    found = {name: word.lower() for name, word in match.groupdict().items() if word}
    if "ordinal" in found:
        return _ORDINALS[found["ordinal"]]
    value = Decimal(found.get("digits", "0")) + ("lone" in found)
    value += _TENS.get(found.get("tens", ""), 0) + _ONES.get(found.get("ones", ""), 0)
    value += _SMALL.get(found.get("small", ""), 0)
    value *= _SCALES.get(found.get("scale", ""), 1)
    return str(int(value) if value == int(value) else value)
