"""Numbers: under every spelling the same, and held by a passage with sign, unit and range."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.guard.literals import canonical, is_number, literals, occurs, unit_of
from engine.guard.numerals import digits
from engine.guard.quantities import compared, contradicts, quantities
from engine.guard.spelling import normalise
from engine.guard.units import UNITS, WRITTEN, measured, short
from tests.engine.guard.kit import holds


def test_spelling_does_not_decide() -> None:
    assert normalise("3.5 GHz and 1,024 PRBs") == "3.5GHz and 1024 PRBs"
    assert normalise("**40** `ms` on E2-AP") == "40ms on E2-AP"
    assert literals("It sends 20010 over RMR_CTL_PORT in 10 ms") == [
        "20010",
        "rmr_ctl_port",
        "10ms",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("forty milliseconds", "40 milliseconds"),
        ("Twenty-five ports", "25 ports"),
        ("two hundred and a thousand", "200 and 1000"),
        ("the fourth of seven", "the 4th of 7"),
        ("10 thousand", "10000"),
        ("1.5 million, tenfold", "1500000, 10fold"),
        ("one of them is often a network", "one of them is often a network"),
    ],
)
def test_number_words_become_digits(text: str, expected: str) -> None:
    assert digits(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("４０ ms", "40ms"),
        ("٤٠ ms", "40ms"),
        ("4\u200b0 ms", "40ms"),
        ("10²", "10^2"),
        ("4½", "4^1/2"),
        ("−10 dB", "-10db"),
        ("1\u202f024", "1024"),
        ("5 µs, 5 μs, 5 microseconds", "5us, 5us, 5us"),
        ("a 40-ms timer of 64-bit", "a 40ms timer of 64bit"),
        ("10 %", "10percent"),
        ("one second", "1s"),
        ("10 to 20 ms", "10ms~20ms"),
        ("10-20 ms", "10ms~20ms"),
        ("between 10 ms and 20 ms", "10ms~20ms"),
        ("split 7-2x of 2019-11-05", "split 7-2x of 2019-11-05"),
        ("5, 10 and 20 MHz", "5mhz, 10mhz and 20mhz"),
        ("the E2 bits and 5G", "the e2 bits and 5g"),
    ],
)
def test_a_number_has_one_spelling(text: str, expected: str) -> None:
    assert canonical(text) == expected


@given(st.sampled_from(sorted(UNITS)), st.sampled_from(["", " "]), st.integers(0, 99_999))
def test_every_unit_has_one_spelling_that_no_other_has(name: str, gap: str, number: int) -> None:
    written = measured(f"{number}{gap}{name}").lower()
    assert written == f"{number}{short(name).lower()}"
    assert short(name) in WRITTEN
    assert [UNITS[name]] == list({UNITS[other] for other in UNITS if short(other) == short(name)})
    assert unit_of(written) == short(name)
    assert is_number(written)


@given(st.integers(0, 9_999), st.integers(0, 9_999), st.sampled_from("0123456789.-^"))
def test_a_number_is_not_a_part_of_another(number: int, other: int, glue: str) -> None:
    assert occurs(str(number), f"it is {number}.")
    for longer in (f"{number}{glue}{other}", f"{other}{glue}{number}"):
        assert not occurs(str(number), longer) or str(number) == str(other)


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("The beacon timer runs for forty milliseconds.", "The beacon timer runs for 30 ms."),
        ("The node has seven ports.", "The node has 5 ports."),
        ("The node has twenty-five ports.", "The node has twenty ports and five lamps."),
        ("The node has a hundred ports.", "The node has two ports."),
        ("The timer waits for ４５ ms.", "The timer waits for 40 ms."),
        ("The timer waits for ٤٥ ms.", "The timer waits for 40 ms."),
        ("The timer waits for 四十 ms.", "The timer waits for 30 ms."),
        ("The counter is 10².", "The counter is 102."),
        ("The counter is 10².", "The counter is 10."),
        ("The counter is 4½.", "The counter is 4."),
        ("It is in phase Ⅳ.", "It is in phase Ⅱ."),
        ("It is in phase IV.", "It is in phase II."),
        ("The timer waits for 3\u200b5 ms.", "The timer waits for 3 tries of 5 ms."),
        ("The timer waits for 3 5 ms.", "The timer waits for 3 tries of 5 ms."),
        ("The timer waits for 3\u20095 ms.", "The timer waits for 3 tries of 5 ms."),
        ("The counter is 1 0 0.", "The counter is 1 or 0."),
        ("The timer waits for \u202e04\u202c ms.", "The timer waits for 04 ms."),
        ("The timer waits for 10 ms.", "The timer waits for 100 ms."),
        ("The timer waits for 10 ms.", "The timer waits for 10 s."),
        ("The timer waits for 10 seconds.", "The timer waits for 10 milliseconds."),
        ("The timer waits for 10 ms.", "The timer waits for 10 slots."),
        ("The timer waits for one second.", "The timer waits for one millisecond."),
        ("The timer waits for **40** ms.", "The timer waits for 40 nodes."),
        ("The timer waits for 40 (ms).", "The timer waits for 40 nodes."),
        ("The timer waits for 4[1]5 ms.", "The timer waits for 4 nodes or 5 ms."),
        ("The power is 10 dB.", "The power is -10 dB."),
        ("The power is −10 dB.", "The power is 10 dB."),
        ("The power is 10 mW.", "The power is 10 MW."),
        ("The size is 10 MB.", "The size is 10 Mb."),
        ("The load is 10 %.", "The load is 10 ms."),
        ("The load is 10 %.", "The load is 10 nodes."),
        ("The port is 10.", "The timer waits 10 milliseconds on that port."),
        ("It is 10-20 ms.", "It is 10 ms. It is 20 ms elsewhere."),
        ("It is 10 to 20 ms.", "It is 10 ms. It is 20 ms elsewhere."),
        ("It is between 10 ms and 20 ms.", "It is 10 ms. It is 20 ms elsewhere."),
        ("There are 7 nodes.", "Its nodes use split 7-2x."),
        ("There are 11 nodes.", "Its nodes appeared on 2019-11-05."),
        ("It is the 4th version.", "It is the 3rd version."),
        ("It is the fourth version.", "It is the third version."),
        ("It drops half the packets.", "It drops a third of the packets."),
        ("It is sent twice.", "It is sent once."),
        ("It needs v2.", "It needs v2.1."),
        ("It needs v2.1.", "It needs v2."),
        ("The address is 10.0.0.1.", "The address is 10.0.0.10."),
        ("The address is 10.0.0.1:8080.", "The address is 10.0.0.1:80, not port 8080."),
        ("The address is fe80::2.", "The address is fe80::1 with 2 hosts."),
        ("The ratio is 1:4.", "The ratio is 1:2 and 4 are used."),
        ("The code is 0x1F.", "The code is 0x1E."),
        ("The code is 0x1.", "The code is 0x1F."),
        ("The size is 1e3.", "The size is 1."),
        ("The size is 1.5 million.", "The size is 1.5 billion or 1.5."),
        ("The size grows tenfold.", "The size grows twofold."),
        ("The size is 10^{-3}.", "The size is 10^{3}."),
        ("The size is .5 m.", "The size is 5 m."),
        ("The size is &#52;1 m.", "The size is 1 m or 52."),
        ("The size is **4**1 m.", "The size is 4 or 1 m."),
        ("The size is 4\u03360 m.", "The size is 4 or 0 m."),
        ("The cost is $5.", "The cost is 5 nodes."),
        ("The size is 10k.", "The size is 10."),
        ("The size is 10 thousand.", "The size is 10."),
        ("The size is 1,5 m.", "The size is 1.5 m and 15 or 5 m and 1."),
    ],
)
def test_no_way_of_writing_turns_one_number_into_another(claim: str, text: str) -> None:
    assert not holds(claim, text)


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("The beacon timer runs for 40 milliseconds.", "The beacon timer runs for 40 ms."),
        ("The beacon timer runs for forty ms.", "The beacon timer runs for 40 ms."),
        ("The **beacon timer** runs for **40 ms**.", "The beacon timer runs for 40 ms."),
        ("The node has 3 ports.", "The node has three ports."),
        ("It is a 40 ms timer.", "It is a 40-ms timer."),
        ("The delay is 5 us.", "The delay is 5 microseconds."),
        ("The load is 10 percent.", "The load is 10%."),
        ("The power is −10 dB.", "The power is -10 dB."),
        ("It is 10 to 20 ms.", "It is 10-20 ms."),
        ("It is at least 10 ms.", "It is 10-20 ms."),
        ("It is between 10 and 20 ms.", "It is between 10 ms and 20 ms."),
        ("A bandwidth is 10 MHz.", "Its bandwidth is 5, 10 or 20 MHz."),
        ("The slot field has 8 bits.", "The frame field (4 bits) is before the slot field (8)."),
        ("The call timer is 60 seconds.", "The call timer is set in seconds (default 60)."),
    ],
)
def test_another_spelling_of_the_same_number_is_held(claim: str, text: str) -> None:
    assert holds(claim, text)


def test_the_cells_of_a_table_have_the_unit_of_its_header() -> None:
    table = "| Timer | Length (ms) |\n|---|---|\n| Beacon | 40 |\n| Guard | 50 |\n"
    assert holds("The beacon timer runs for 40 ms.", table)
    assert not holds("The beacon timer runs for 40 s.", table)


def test_quantities_are_compared_in_their_base_unit() -> None:
    assert [q.value for q in quantities("3 s, 40 ms and again 3 s")] == [3.0, 0.04]
    assert contradicts("40 ms is longer than 3 s.")
    assert not contradicts("3 s is longer than 40 ms.")
    assert not contradicts("40 ms is not longer than 3 s.")
    assert not contradicts("40 ms is longer than 3 km.")


def test_two_values_are_set_against_each_other_only_where_that_was_asked() -> None:
    said = ["The beacon timer runs for 40 ms.", "The guard timer runs for 2 s."]
    assert compared("Which timer is longer?", said) == "2 s is 50 times 40 ms."
    assert compared("Which timers are there?", said) == ""
    assert compared("Is it longer than 2 s?", said) == ""
    assert compared("Which is higher?", ["It is 3 dB.", "It is 6 dB."]) == (
        "6 dB is more than 3 dB."
    )
