"""Make the training data of the reader adapter from a seed.

    python tools/make_training.py --seed 1 --packs 1500 --out DIR

Writes DIR/packs.jsonl and DIR/held_out.jsonl (tools/adapter/packing.py says what a line is) and
prints how many there are of each kind. The same seed gives the same files.
"""
# ruff: noqa: T201

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tools.adapter import packs
from tools.adapter.packing import Line


def main() -> None:
    """Make both files."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--packs", type=int, default=1500)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name, lines in (
        ("packs.jsonl", packs.training(options.seed, options.packs)),
        ("held_out.jsonl", packs.held_out(options.seed, options.packs)),
    ):
        write(options.out / name, lines)
        print(f"{name}: {packs.table(lines)}")


def write(path: Path, lines: Sequence[Line]) -> None:
    """One line of JSON a pack."""
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))


if __name__ == "__main__":
    main()
