"""The published way with a tiny random model, the calls it shares with ours, and the rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.bench.calls import Reader, Said, ask_in_calls, first_line, through
from engine.bench.published import Published
from engine.bench.rows import ROWS, Row
from engine.bench.speed import Plan, measure
from engine.bench.speed_models import Bench, Forgetful, of_events
from engine.bench.speed_record import Setup, Trial, Unable, read
from engine.config import CapsTable, Settings
from engine.errors import ArgoError, ModelError
from engine.events import Usage
from engine.llm.backend import Kind, Message, Sampling
from engine.paths import Home
from engine.roles.prompt import Prompt
from engine.roles.prompt import load as load_prompts
from tests.scripted_run import answered, opening
from tests.scripted_session import ListStore, ScriptedBackend, WordEmbedder
from tests.tiny_models import profile

pytest_plugins = ("tests.models_fixture",)

TEXTS = ("The beacon timer of a Tarvo node runs for 40 ms.", "Bread is baked from flour.")
QUESTION = "How long is the beacon timer of a Tarvo node?"
CAPS = CapsTable(subquery=3, answer=4, synthesis=5)
SAID = [Message("user", "What is E2?")]


@pytest.fixture
def reader() -> Reader:
    return Reader(load_prompts("qwen"), ListStore(TEXTS), WordEmbedder(), Settings())


@pytest.fixture(scope="module")
def published(tiny: Path) -> Published:
    return Published.load(tiny, profile())


def named(name: str) -> Row:
    return next(row for row in ROWS if row.name == name)


@pytest.mark.parametrize("cap", [1, 7, 60])
def test_the_published_way_decodes_every_cap_in_full(published: Published, cap: int) -> None:
    said = published.generate(SAID, cap)
    assert said.usage.decoded_tokens == said.usage.forwards == cap
    assert said.usage.reused_tokens == 0
    assert said.usage.prefill_ns > 0 and said.usage.decode_ns >= 0


def test_the_published_way_looks_past_an_end_token(tiny: Path) -> None:
    """A model that says nothing but the end token still decodes its cap."""
    model = Published.load(tiny, profile())
    inner: Any = model._model
    bias = inner.lm_head.weight.new_zeros(inner.lm_head.weight.shape[0])
    bias[2] = 1e4
    inner.lm_head.register_forward_hook(lambda module, given, logits: logits + bias)
    assert model.generate(SAID, 9).usage.decoded_tokens == 9


def test_a_token_reads_the_head_but_no_table_of_embeddings(published: Published) -> None:
    inner: Any = published._model
    table = inner.get_input_embeddings().weight
    assert published.decode_bytes == published.memory_bytes - table.nbytes


def test_an_attention_that_cannot_be_had_says_why(tiny: Path) -> None:
    with pytest.raises(ModelError, match=r"[Ff]lash"):
        Published.load(tiny, profile(attention="flash_attention_2"))


def recorded(reader: Reader, retrievals: int, reply: str) -> list[tuple[Kind, list[Message]]]:
    asked: list[tuple[Kind, list[Message]]] = []

    def say(kind: Kind, prompt: Prompt, messages: Sequence[Message]) -> Said:
        asked.append((kind, list(messages)))
        return Said(reply, Usage(prompt_tokens=10, decoded_tokens=2), 1)

    ask_in_calls(QUESTION, retrievals, reader, say, streamed=True)
    return asked


def test_one_retrieval_is_three_calls(reader: Reader) -> None:
    asked = recorded(reader, 1, "It runs for 40 ms [1].\nAnd more.")
    assert [kind for kind, _ in asked] == ["decompose", "answer", "synthesise"]
    assert TEXTS[0] in asked[1][1][-1].content
    assert "It runs for 40 ms [1]." in asked[2][1][-1].content
    assert "And more." not in asked[2][1][-1].content


def test_three_retrievals_are_seven_calls(reader: Reader) -> None:
    kinds = [kind for kind, _ in recorded(reader, 3, "Yes.")]
    assert kinds == ["decompose", "answer"] * 3 + ["synthesise"]


def test_the_published_way_and_ours_read_the_same_prompts(reader: Reader) -> None:
    """What a model makes of a sub-query changes no prompt; its answer is a line of the last."""
    backend = ScriptedBackend(
        {"decompose": ["another query"], "answer": ["It runs."], "synthesise": ["It runs."]}
    )
    say = through(backend, lambda kind: Sampling(9), stop=False)
    ask_in_calls(QUESTION, 1, reader, say, streamed=True)
    ours = [list(messages) for _, messages, _ in backend.calls]
    assert ours == [messages for _, messages in recorded(reader, 1, "It runs.\nRambling on")]


def test_calls_add_up(reader: Reader) -> None:
    backend = ScriptedBackend({"decompose": ["a b"], "answer": ["c"], "synthesise": ["d e f"]})
    trial = ask_in_calls(
        QUESTION, 1, reader, through(backend, lambda kind: Sampling(9), stop=True), streamed=True
    )
    assert (trial.usage.decoded_tokens, trial.usage.prompt_tokens) == (6, 30)
    assert trial.text == "d e f"
    assert trial.first_text <= trial.seconds


def test_what_is_not_streamed_can_be_read_at_the_end(reader: Reader, published: Published) -> None:
    trial = ask_in_calls(QUESTION, 1, reader, published.say(lambda kind: 2), streamed=False)
    assert trial.first_text == trial.seconds
    assert trial.usage.decoded_tokens == 6


def test_the_first_line_that_says_something_is_kept() -> None:
    assert first_line("\n  \n It runs. \nMore") == "It runs."
    assert first_line("") == ""


def test_the_events_of_a_run_become_a_trial() -> None:
    trial = of_events("What is E2?", 0.7, list(answered()), 5)
    assert (trial.embed, trial.search, trial.status) == (0.02, 0.01, "answered")
    assert (trial.usage.decoded_tokens, trial.retrievals, trial.decode_bytes) == (40, 1, 5)
    assert 0 < trial.first_text < trial.seconds


def test_a_run_that_failed_is_no_trial() -> None:
    from engine.events import RunFailed

    failed = RunFailed(run="a", at_ns=1, what="no memory", remedy="Buy some.")
    with pytest.raises(ArgoError, match="no memory"):
        of_events("Why?", 1.0, [*opening("a", "Why?"), failed], 0)


class Remembers:
    """Counts what a Forgetful back end asks of its model."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def forget(self) -> None:
        self.said.append("forget")

    def stream(self, *arguments: object, **options: object) -> Any:
        self.said.append("stream")
        return iter(())

    def score(self, *arguments: object) -> tuple[float, ...]:
        self.said.append("score")
        return ()


def test_nothing_is_reused_between_calls_of_a_forgetful_back_end() -> None:
    model: Any = Remembers()
    backend = Forgetful(model)
    list(backend.stream(SAID, Sampling(1), kind="answer"))
    backend.score(SAID, ["a"])
    assert model.said == ["forget", "stream", "forget", "score"]


def bench(reader: Reader, tiny: Path) -> Bench:
    home = Home(Path("config"), Path("data"), Path("cache"))
    return Bench(reader, home, "tiny", profile(), tiny, 1)


def test_a_stopped_benchmark_goes_on_where_it_was(
    reader: Reader, tiny: Path, tmp_path: Path
) -> None:
    rows = [
        replace(named("Params 50/200"), caps=CAPS),
        named("+ FlashAttention 2"),
        named("+ vLLM"),
    ]
    path, told = tmp_path / "speed.jsonl", list[str]()

    def go(rounds: int) -> list[tuple[str, int]]:
        plan = Plan(rows, rounds, rounds, "simple", ("Q1?", "Q2?", "Q3?"), buffer=1 << 16)
        measure(bench(reader, tiny), plan, path, told.append)
        return [(r.row, r.round) for r in read(path) if isinstance(r, Trial)]

    name = rows[0].name
    assert go(1) == [(name, -1), (name, 0)]
    assert go(2) == [(name, -1), (name, 0), (name, -1), (name, 1)]
    records = read(path)
    trials = [record for record in records if isinstance(record, Trial)]
    assert [trial.question for trial in trials] == ["Q3?", "Q1?", "Q3?", "Q2?"]
    assert trials[1].usage.decoded_tokens == 3 + 4 + 5
    assert trials[1].decode_bytes > 0
    reasons = {record.row: record.why for record in records if isinstance(record, Unable)}
    assert set(reasons) == {"+ FlashAttention 2", "+ vLLM"}
    assert "no server" in reasons["+ vLLM"]
    assert sum(isinstance(record, Setup) for record in records) == 2
    assert any("round 2" in text for text in told)


def test_what_is_complete_is_left_alone(reader: Reader, tiny: Path, tmp_path: Path) -> None:
    plan = Plan(
        [replace(named("Params 50/200"), caps=CAPS)], 1, 1, "simple", ("a", "b"), buffer=4096
    )
    path = tmp_path / "speed.jsonl"
    measure(bench(reader, tiny), plan, path, lambda text: None)
    before = path.read_bytes()
    measure(bench(reader, tiny), plan, path, lambda text: None)
    assert path.read_bytes() == before
