"""Readers: titles, sections, lines, and files that are not what they claim to be."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import DocumentError
from engine.retrieval.block import Parsed
from engine.retrieval.readers.decode import decode
from engine.retrieval.readers.markdown import read_markdown
from engine.retrieval.readers.read import load, parse
from engine.retrieval.readers.rst import read_rst
from engine.retrieval.readers.yang import read_yang

MARKDOWN = """---
title: "The E2 guide"
---
<!-- SPDX-License-Identifier: Apache-2.0 -->

# E2 `interface`

Joins 7.2x.

## Ports

| name | port |
|------|------|
| e2   | 36422 |

- one
- two

```c
rmr_wh_open();
```
"""

RST = """.. This work is licensed.
.. SPDX-License-Identifier: CC-BY-4.0

Overview
========

.. contents::
   :depth: 3

The mediator listens.

Ports
-----

RMR uses these::

    4560

    4561

.. note::

   Unknown directives are :kept:`text`.

#. first

#. second
   goes on

=====  =====
name   port
=====  =====
rmr    4560
=====  =====
Next
~~~~

End.
"""

YANG = """module o-ran-supervision {
  namespace "urn:o-ran:supervision:1.0";  // not a } brace
  prefix "sup";
  description "Braces { in ; strings.";
  container supervision {
    description "%s";
    leaf interval {
      type uint16;
      default 60;
      description
        "Seconds. See 3.5 ms; e.g. {x}.";
    }
  }
}
""" % ("Long text about supervision. " * 60)


def visible(text: str) -> str:
    return "".join(text.split())


def texts(parsed: Parsed) -> list[str]:
    return [block.text for block in parsed.blocks]


def test_markdown_keeps_sections_lines_and_text() -> None:
    parsed = read_markdown(MARKDOWN, "file")
    assert parsed.title == "The E2 guide"
    lines = MARKDOWN.split("\n")
    for block in parsed.blocks:
        assert block.line is not None
        assert lines[block.line - 1] == block.text.split("\n")[0]
    assert [b.kind for b in parsed.blocks] == ["paragraph", "table", "list", "code"]
    assert parsed.blocks[0].section == ("E2 interface",)
    assert parsed.blocks[1].section == ("E2 interface", "Ports")
    assert parsed.blocks[1].header == "| name | port |\n|------|------|"
    assert not any("SPDX" in text for text in texts(parsed))


def test_without_front_matter_the_first_heading_is_the_title_and_else_the_file_name() -> None:
    assert read_markdown("text\n\n# Head\n", "file").title == "Head"
    assert read_markdown("text", "file").title == "file"


def test_a_heading_of_a_higher_level_closes_the_lower_ones() -> None:
    parsed = read_markdown("# A\n\n## B\n\nb\n\n# C\n\nc\n", "file")
    assert [b.section for b in parsed.blocks] == [("A", "B"), ("C",)]


def test_rst_keeps_directives_and_drops_comments_and_contents() -> None:
    parsed = read_rst(RST, "file")
    assert parsed.title == "Overview"
    whole = "\n".join(texts(parsed))
    assert "SPDX" not in whole
    assert "depth" not in whole
    assert ".. note::\n\n   Unknown directives are :kept:`text`." in whole
    assert "RMR uses these::\n\n    4560\n\n    4561" in whole
    assert "#. first\n\n#. second\n   goes on" in whole
    table = next(b for b in parsed.blocks if b.kind == "table")
    assert table.header == "=====  =====\nname   port\n=====  ====="


def test_rst_sections_follow_the_order_in_which_adornments_are_met() -> None:
    text = "===\nTop\n===\n\nA\n-\n\nB\n==\n\nb\n\nLow\n~~~\n\nlow\n\nBack\n====\n\nback\n"
    parsed = read_rst(text, "file")
    assert [b.section for b in parsed.blocks if b.text in {"low", "back"}] == [
        ("Top", "B", "Low"),
        ("Top", "Back"),
    ]


def test_a_number_at_the_start_of_a_line_is_no_heading() -> None:
    parsed = read_rst("10 ms is the limit.\n\n----\n\nMore.\n", "file")
    assert [b.section for b in parsed.blocks] == [(), ()]


def test_yang_keeps_the_path_and_every_character() -> None:
    parsed = read_yang(YANG, "file")
    assert parsed.title == "o-ran-supervision"
    assert visible("".join(texts(parsed))) == visible(YANG)
    leaf = next(b for b in parsed.blocks if "leaf interval" in b.text)
    assert leaf.section == ("module o-ran-supervision", "container supervision")
    assert leaf.line == YANG[: YANG.index("leaf interval")].count("\n") + 1


@given(st.text(alphabet="ab {};\"'/*+\n\\", max_size=200))
def test_broken_yang_loses_nothing(text: str) -> None:
    assert visible("".join(texts(read_yang(text, "file")))) == visible(text)


@given(st.text(alphabet="ab =-~\n.:*|+#`<!>[]()", max_size=300))
def test_no_markup_makes_a_reader_fail_or_invent(text: str) -> None:
    for parsed in (read_rst(text, "file"), read_markdown(text, "file")):
        for block in parsed.blocks:
            assert block.text.strip()
            assert visible(block.text) in visible(text)


@pytest.mark.parametrize("opening", ["[", "> ", "- ", "*", "<", "`", "| "])
def test_deep_nesting_and_huge_lines_are_survived(opening: str) -> None:
    text = opening * 3_000 + "end"
    assert "end" in "".join(texts(read_markdown(text, "file")))


@pytest.mark.parametrize(
    ("data", "text", "noted"),
    [
        (b"\xef\xbb\xbfabc", "abc", False),
        ("µONOS".encode("utf-16"), "µONOS", False),
        ("5 µs – ok".encode("cp1252"), "5 µs – ok", True),
        (b"caf\xe9 \x81 x", "café  x", True),
        (b"a\r\nb\x1b[31mred\x1b[0m\x07", "a\nbred", False),
        (b"", "", False),
    ],
)
def test_encodings_are_found_and_guesses_announced(data: bytes, text: str, noted: bool) -> None:
    decoded, notes = decode(data, "file")
    assert decoded == text
    assert bool(notes) == noted


@pytest.mark.parametrize(
    "data", [b"\x7fELF\x02\x01\x01\x00\x00", b"PK\x03\x04\x14\x00\x06\x00", b"\xff\xfea"]
)
def test_binary_files_are_refused(data: bytes) -> None:
    with pytest.raises(DocumentError):
        decode(data, "file")


def _pdf(pages: list[str], *, outline: Sequence[tuple[int, str]] = (), password: str = "") -> bytes:
    """A PDF that draws each line of its pages."""
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = PdfWriter()
    for text in pages:
        page = writer.add_blank_page(300, 300)
        font = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
            }
        )
        fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        stream = DecodedStreamObject()
        shown = "".join(f"({line}) Tj 0 -14 Td " for line in text.split("\n"))
        stream.set_data(f"BT /F1 12 Tf 10 280 Td {shown} ET".encode())
        page[NameObject("/Contents")] = writer._add_object(stream)
    for page_number, title in outline:
        writer.add_outline_item(title, page_number)
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_pdf_has_pages_sections_and_no_running_footers() -> None:
    letters = "abcdef"
    pages = [
        f"Draft\nIntro {letter}\n"
        + "\n".join(f"{letter} line {n}" for n in range(9))
        + "\nPage {n}"
        for letter in letters
    ]
    parsed = parse(_pdf(pages, outline=[(1, "Intro b")]), Path("spec.pdf"))
    assert [b.page for b in parsed.blocks] == [1, 2, 3, 4, 5, 6]
    assert parsed.blocks[0].section == ()
    assert parsed.blocks[1].section == ("Intro b",)
    assert "c line 4" in parsed.blocks[2].text
    assert not any("Page" in text or "Draft" in text for text in texts(parsed))


@pytest.mark.parametrize(
    "data", [_pdf([""]), _pdf(["secret"], password="x"), b"%PDF-1.7 rubbish", b""]
)
def test_a_pdf_without_text_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        parse(data, Path("spec.pdf"))
    assert caught.value.remedy


def test_a_missing_file_is_a_document_error(tmp_path: Path) -> None:
    with pytest.raises(DocumentError):
        load(tmp_path / "absent.md")
