"""Every miss of a column, to be read: what was wanted, what came, and from which passages.

Markdown. Pure. Not responsible for what a miss is (engine.bench.answers_judge).
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.bench.answers_judge import Verdict
from engine.bench.answers_record import Source, Step
from engine.bench.answers_report import Board, Measured


def misses(board: Board, one: Measured) -> str:
    """The misses of a column, in the order of the questions."""
    found = [(n, v) for n, v in enumerate(one.verdicts, 1) if v.misses]
    head = f"# Misses: {board.questions.name}, {one.column.name}\n\n"
    head += f"{len(found)} of {len(one.verdicts)} questions.\n"
    return head + "".join(f"\n{''.join(_miss(n, v))}" for n, v in found)


def _miss(number: int, verdict: Verdict) -> Iterator[str]:
    question, asked = verdict.question, verdict.asked
    yield f"## {number}. {'; '.join(verdict.misses)}\n\n**{_line(question.q)}**"
    yield f" ({_line(question.kind)})\n\n" if question.kind else "\n\n"
    if question.earlier:
        yield f"- after «{_line(question.earlier)}», understood as «{_line(asked.restated)}»\n"
    yield f"- wanted: {_wanted(verdict)}\n"
    if question.canary:
        yield f"- may not say: {_line(question.canary)}\n"
    yield f"- got ({asked.status}, {asked.seconds:.1f} s, {asked.count} steps): {_got(verdict)}\n"
    yield f"- ended: {_line(asked.why)}\n"
    for said in asked.sentences:
        if not said.supported:
            yield f"- marked: {_line(said.text)}{f' ({said.why})' if said.why else ''}\n"
    for found in verdict.unheld:
        values = ", ".join(found.values)
        yield f"- held by no cited passage: {values} in «{_line(found.sentence)}»\n"
    cited = [source for source in asked.sources if source.number in asked.cited]
    yield "".join(f"- cited {_place(source)}: {_line(source.text)}\n" for source in cited)
    yield "".join(map(_step, asked.steps))
    if rest := [source for source in asked.sources if source.number not in asked.cited]:
        yield f"- retrieved: {'; '.join(map(_place, rest))}\n"


def _wanted(verdict: Verdict) -> str:
    question = verdict.question
    if question.is_choice:
        options = enumerate(question.options)
        marked = (f"**{_line(o)}**" if n == question.correct else _line(o) for n, o in options)
        return "; ".join(marked) or "-"
    if question.unanswerable:
        return "a decline"
    groups = "; ".join(" | ".join(map(_line, group)) for group in question.answers)
    return f"{groups} ({question.file})" if question.file else groups


def _got(verdict: Verdict) -> str:
    asked, options = verdict.asked, verdict.question.options
    if 0 <= asked.choice < len(options):
        return f"{_line(options[asked.choice])} (from: {_line(asked.text) or 'nothing'})"
    return _line(asked.text) or "nothing"


def _step(step: Step) -> str:
    query = f"- searched «{_line(step.query)}»{' (written by the model)' if step.generated else ''}"
    if not step.read:
        return f"{query}: nothing relevant\n"
    check = f"let through: {_line(step.passed)}" if step.answered else "let nothing through"
    return f"{query}; the model said: {_line(step.raw)}; the check {check}\n"


def _place(source: Source) -> str:
    return f"[{source.number}] {_line(' > '.join((source.source, *source.section)))}"


def _line(text: str) -> str:
    return " ".join(text.split())
