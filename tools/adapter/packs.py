"""All training data of one seed: packs of every role, and the table of what there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random

from engine.roles.prompt import load
from tools.adapter import answer_packs, families, primer_packs, role_packs
from tools.adapter.packing import Line

_PRIMER_SHARE, _ROLE_SHARE, _HELD_SHARE = 0.5, 0.12, 0.06


def training(seed: int, count: int) -> list[Line]:
    """About `count` packs to train on, shuffled."""
    return _made(Random(f"training {seed}"), count, held_out=False)


def held_out(seed: int, count: int) -> list[Line]:
    """Packs of other names, other primer sections and partly other phrasings."""
    return _made(Random(f"held out {seed}"), max(6, round(count * _HELD_SHARE)), held_out=True)


def _made(random: Random, count: int, *, held_out: bool) -> list[Line]:
    prompts, known = load("reader"), families.load()
    primer = primer_packs.primer(held_out=held_out)
    sections = len({(one.file, one.section) for one in primer.written})
    wanted = round(count * _PRIMER_SHARE)
    rounds = -(-wanted // sections) if sections else 0
    from_primer = list(
        primer_packs.packs(random, prompts, primer, rounds=rounds, held_out=held_out)
    )
    random.shuffle(from_primer)
    lines = from_primer[:wanted]
    roles = list(
        role_packs.packs(
            random, prompts, known, primer, round(count * _ROLE_SHARE), held_out=held_out
        )
    )
    rest = count - len(lines) - len(roles)
    lines += roles
    lines += answer_packs.packs(random, prompts, known, rest, held_out=held_out)
    random.shuffle(lines)
    return lines


def table(lines: Sequence[Line]) -> str:
    """Packs and branches by role and by kind of reply, with the share of declines."""
    packs = Counter(one.kind for one in lines)
    branches = Counter((one.kind, b.kind) for one in lines for b in one.branches)
    words = sorted(len(one.shared.split()) for one in lines if one.kind == "answer")
    out = [f"{len(lines)} packs, {sum(branches.values())} branches"]
    out += [f"  {kind:12} {count} packs" for kind, count in packs.most_common()]
    out += [f"  {a:12} {b:16} {n}" for (a, b), n in branches.most_common()]
    answers = [b for one in lines if one.kind == "answer" for b in one.branches]
    declined = sum(b.reply == "Not in the passages." for b in answers)
    out.append(f"  declined: {declined / max(1, len(answers)):.1%} of the answer branches")
    out.append(
        f"  words of the shared part: median {words[len(words) // 2]}, most {words[-1]}"
        if words
        else ""
    )
    return "\n".join(out)
