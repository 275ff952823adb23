"""Packs, the low-rank part and the training loop: packed says what unpacked says."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from torch.nn.functional import cross_entropy

from engine.llm.backend import Message
from engine.llm.chat import Chat
from tools import train_adapter
from tools.adapter import attention
from tools.adapter.curve import svg
from tools.adapter.lora import Form, named
from tools.adapter.network import Trainee, load
from tools.adapter.packing import HEAVY, Branch, Line, Pack, end_token, pack
from tools.adapter.train import Learner, Plan, Progress, order, weighted_loss

pytest_plugins = ("tests.models_fixture", "tests.engine.local_fixture")
pytestmark = pytest.mark.usefixtures("one_thread")

FORM = Form(rank=4, alpha=8)
PASSAGES = (
    "[1] Tarvo node: The guard timer of a Tarvo node runs for 3 s.\n"
    "[2] Melin hub: Port 7710 carries beacons.\n\nQuestion: "
)
LINE = Line(
    id="a",
    kind="answer",
    held_out=False,
    system="Answer from the passages.",
    shared=PASSAGES,
    branches=(
        Branch("How long does the guard timer run?", "The guard timer runs for 3 s [1].", "value"),
        Branch("Which port carries beacons?", "Port 7710 carries beacons [12].", "value"),
        Branch("Who made it?", "Not in the passages.", "decline"),
    ),
)


def trainee(directory: Path) -> Trainee:
    """With a low-rank part that is not zero."""
    made = load(directory, FORM, torch.float32, 1)
    chance = torch.Generator().manual_seed(2)
    for product in made.products():
        for b in product.b:
            b.normal_(0.0, 0.05, generator=chance)
        product.refresh()
    return made


def packed(directory: Path, line: Line = LINE) -> Pack:
    chat = Chat.load(directory)
    return pack(line, chat, end_token(chat))


def reference(directory: Path, made: Trainee, pack_: Pack) -> tuple[float, dict[str, Any]]:
    """Loss and gradients by transformers and autograd: each conversation alone, B A beside W."""
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
    masters = {
        name: tensor.clone().requires_grad_() for name, tensor in named(made.products()).items()
    }
    for name, module in model.named_modules():
        a = masters.get(f"base_model.model.{name}.lora_A.weight")
        if a is None:
            continue
        b = masters[f"base_model.model.{name}.lora_B.weight"]

        def hook(_: Any, x: Any, y: Any, a: Any = a, b: Any = b) -> Any:
            return y + FORM.scale * (x[0] @ a.t()) @ b.t()

        module.register_forward_hook(hook)
    chat = Chat.load(directory)
    total: Any = torch.zeros(())
    weights = iter(pack_.weights)
    for branch in LINE.branches:
        said = [Message("system", LINE.system), Message("user", LINE.shared + branch.rest)]
        prompt = chat.prompt(said)
        reply = [*chat.encode(branch.reply), end_token(chat)]
        logits = model(input_ids=torch.tensor([[*prompt, *reply]])).logits[0, len(prompt) - 1 : -1]
        losses = cross_entropy(logits, torch.tensor(reply), reduction="none")
        total = total + (losses * torch.tensor([next(weights) for _ in reply])).sum()
    total.backward()
    return total.item(), {name: master.grad for name, master in masters.items()}


@pytest.mark.parametrize(("which", "rows"), [("tiny", 160), ("tiny", 8), ("smol", 160)])
def test_a_pack_says_what_its_conversations_say_one_by_one(
    which: str, rows: int, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "_ROWS", rows)  # one span of branches, or one for each
    directory: Path = request.getfixturevalue(which)
    made, row = trainee(directory), packed(directory)
    loss = weighted_loss(made.logits(row), row).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    expected, gradients = reference(directory, made, row)
    assert loss.item() == pytest.approx(expected, rel=1e-4)
    for name, master in named(made.products()).items():
        wanted = gradients[name]
        assert master.grad is not None
        assert (master.grad - wanted).norm() <= 1e-3 * wanted.norm(), name


def test_branches_of_one_prefix_do_not_see_each_other(tiny: Path) -> None:
    made = trainee(tiny)
    whole = packed(tiny)
    alone = packed(tiny, Line("a", "answer", False, LINE.system, PASSAGES, LINE.branches[2:]))
    with torch.no_grad():
        last = made.logits(whole)[whole.ends[1] :]
        torch.testing.assert_close(last, made.logits(alone), rtol=1e-4, atol=1e-4)


def test_only_replies_and_the_end_of_the_turn_are_learnt(tiny: Path) -> None:
    chat, row = Chat.load(tiny), packed(tiny)
    spans = zip((0, *row.ends), row.ends, strict=False)
    replies = [row.labels[begin:end] for begin, end in spans]
    assert [chat.tokenizer.decode(list(ids[:-1])) for ids in replies] == [
        branch.reply for branch in LINE.branches
    ]
    assert {ids[-1] for ids in replies} == {chat.tokenizer.token_to_id("<|im_end|>")}
    assert min(row.predicting) >= row.prefix
    assert row.kinds == ("answer/value", "answer/value", "answer/decline")


def test_the_end_of_a_turn_is_asked_of_the_template(tiny: Path, smol: Path) -> None:
    for directory in (tiny, smol):
        chat = Chat.load(directory)
        assert end_token(chat) == chat.tokenizer.token_to_id("<|im_end|>")


def test_the_first_token_and_the_citation_weigh_more(tiny: Path) -> None:
    chat, row = Chat.load(tiny), packed(tiny)
    second = slice(row.ends[0], row.ends[1])
    heavy = [
        chat.tokenizer.decode([label])
        for label, weight in zip(row.labels[second], row.weights[second], strict=True)
        if weight == HEAVY
    ]
    assert "".join(heavy) == "P12"
    assert row.weights[row.ends[1] - 1] == 1.0


def test_a_training_that_was_stopped_goes_on_as_if_it_had_not_been(
    tiny: Path, tmp_path: Path
) -> None:
    row, plan = packed(tiny), Plan(tokens=5_000, rate=1e-2)
    straight = Learner(load(tiny, FORM, torch.float32, 1), plan, Progress())
    first = Learner(load(tiny, FORM, torch.float32, 1), plan, Progress())
    losses = [straight.step([row, row]) for _ in range(4)]
    for _ in range(2):
        first.step([row, row])
    first.save(tmp_path / "state.safetensors")
    second = Learner(load(tiny, FORM, torch.float32, 7), plan, Progress())
    second.restore(tmp_path / "state.safetensors")
    assert [second.step([row, row]) for _ in range(2)] == pytest.approx(losses[2:], rel=1e-5)
    assert second.progress.steps == 4
    assert second.progress.tokens == straight.progress.tokens
    assert losses[3] < losses[0]


@given(count=some.integers(1, 30), seed=some.integers(0, 5), start=some.integers(0, 60))
def test_every_round_takes_every_pack_once_wherever_it_begins(
    count: int, seed: int, start: int
) -> None:
    endless = order(count, seed, 0)
    whole = [next(endless) for _ in range(start + count)]
    for begin in range(0, start, count):
        if begin + count <= len(whole):
            assert sorted(whole[begin : begin + count]) == list(range(count))
    later = order(count, seed, start)
    assert [next(later) for _ in range(count)] == whole[start:]


@given(tokens=some.integers(0, 2_000_000))
def test_the_rate_rises_for_a_moment_and_then_only_falls(tokens: int) -> None:
    plan = Plan(tokens=1_000_000, rate=1e-3)
    assert 0 < plan.rate_at(tokens) <= 1e-3
    if tokens >= 30_000:
        assert plan.rate_at(tokens + 1) <= plan.rate_at(tokens)
    else:
        assert plan.rate_at(tokens + 1) > plan.rate_at(tokens)


def test_the_command_leaves_an_adapter_and_goes_on_where_it_was(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file

    line = {
        "id": "a",
        "kind": "answer",
        "held_out": False,
        "system": LINE.system,
        "shared": PASSAGES,
        "branches": [{"rest": b.rest, "reply": b.reply, "kind": b.kind} for b in LINE.branches],
    }
    packs, out = tmp_path / "packs.jsonl", tmp_path / "out"
    packs.write_text(json.dumps(line) + "\n", encoding="utf-8")

    def start(tokens: int) -> dict[str, Any]:
        arguments = [str(packs), "--held-out", str(packs), "--model", str(tiny), "--out", str(out)]
        more = ["--tokens", str(tokens), "--threads", "1", "--rank", "4", "--rate", "0.01"]
        monkeypatch.setattr(sys, "argv", ["train_adapter.py", *arguments, *more])
        train_adapter.main()
        found: dict[str, Any] = json.loads((out / "training.json").read_text("utf-8"))
        return found

    first = start(2_000)
    second = start(8_000)
    assert second["progress"]["steps"] > first["progress"]["steps"] > 0
    assert second["progress"]["data"] == first["progress"]["data"]
    assert second["held_out"]["loss"] < first["held_out"]["loss"]
    assert second["base"]["name"] == tiny.name
    tensors = load_file(out / "adapter_model.safetensors")
    name = "base_model.model.model.layers.0.mlp.down_proj.lora_A.weight"
    assert tensors[name].shape == (4, 128)
    assert {tensor.dtype for tensor in tensors.values()} == {torch.bfloat16}
    configuration = json.loads((out / "adapter_config.json").read_text("utf-8"))
    assert configuration["peft_type"] == "LORA"
    assert "lm_head" not in configuration["target_modules"]
    assert (out / "curve.svg").read_text("utf-8").startswith("<svg")


def test_the_curve_shows_both_losses_and_the_share() -> None:
    drawn = svg("A <title>", [(0, 2.0), (1e6, 1.0)], [(0, 2.0)], [(0, 0.0), (1e6, 0.5)])
    assert "A &lt;title&gt;" in drawn
    assert drawn.count("<polyline") == 3
