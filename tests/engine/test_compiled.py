"""The compiled step: it may change how long an answer takes, and nothing else."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.config import Profile
from engine.llm.backend import Message, ModelInfo, Sampling
from engine.llm.fused import background as background_module
from engine.llm.fused import compiled
from engine.llm.fused.background import Background, begin
from engine.llm.fused.compiled import Function, StaticStep, judge
from engine.llm.fused.decoder import Decoder
from engine.llm.fused.weights import Recipe
from engine.llm.local import LocalBackend
from tests.engine.local_kit import FAMILIES, VOCABULARY, Family, NumberChat, numbers
from tests.tiny_models import CONTEXT, profile

pytest_plugins = ("tests.engine.local_fixture", "tests.models_fixture")
pytestmark = pytest.mark.usefixtures("one_thread")

INFO = ModelInfo("Tiny", "cpu", "float32", "sdpa", 1, 1, CONTEXT)
COMPILER = shutil.which(os.environ.get("CXX", "g++")) or shutil.which("clang++")


def traced(step: Function) -> Function:
    """torch.compile without its slow part: traced and taken apart, but not made into C++."""
    return torch.compile(step, backend="aot_eager", fullgraph=True, dynamic=False)


def plain(step: Function) -> Function:
    return step


def load(directory: Path, recipe: Recipe | None = None) -> Decoder:
    return Decoder.load(directory, recipe or Recipe("float32"))


class Counted:
    """A step that counts its calls."""

    def __init__(self, step: StaticStep) -> None:
        self.step, self.cache, self.calls = step, step.cache, 0

    def __call__(self, token: int, position: int) -> torch.Tensor:
        self.calls += 1
        return self.step(token, position)


class Ended:
    """A child that has done its work, or failed at it."""

    def __init__(self, problem: str = "") -> None:
        self.running, self.problem, self.ended = False, problem, 0

    def end(self) -> None:
        self.ended += 1


def local(model: Decoder, background: Background | None = None, lookup: int = 0) -> LocalBackend:
    chat: Any = NumberChat(VOCABULARY)
    return LocalBackend(model, chat, INFO, lookup=lookup, background=background)


def said(backend: LocalBackend, prompt: Sequence[int], temperature: float = 0.0) -> str:
    sampling = Sampling(12, temperature, seed=5)
    messages = [Message("user", numbers(prompt))]
    return "".join(piece.text for piece in backend.stream(messages, sampling, kind="answer"))


def prompts(count: int, longest: int = 60) -> Iterator[list[int]]:
    chance = random.Random(4)
    for _ in range(count):
        yield [chance.randrange(VOCABULARY) for _ in range(chance.randrange(2, longest))]


@pytest.fixture
def faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock by which the compiled step takes half the time."""
    monkeypatch.setattr(
        compiled, "_seconds", lambda model: 0.01 if isinstance(model, compiled._OneByOne) else 0.02
    )


@pytest.fixture
def slower(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        compiled, "_seconds", lambda model: 0.03 if isinstance(model, compiled._OneByOne) else 0.02
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_a_compiled_step_never_changes_the_text(
    tiny_families: dict[Family, Path], family: Family
) -> None:
    eager, fast = load(tiny_families[family]), load(tiny_families[family])
    step = Counted(StaticStep(fast.network, traced))
    fast.use(step)
    for lookup in (0, 4):
        ours, theirs = local(fast, lookup=lookup), local(eager, lookup=lookup)
        for number, prompt in enumerate(prompts(40)):
            heat = (0.0, 0.9)[number % 2]
            assert said(ours, prompt, heat) == said(theirs, prompt, heat)
    assert step.calls > 500


def test_behind_its_room_the_eager_step_goes_on_and_in_front_of_it_the_compiled_one(
    tiny_families: dict[Family, Path],
) -> None:
    eager, fast = load(tiny_families["llama"]), load(tiny_families["llama"])
    step = Counted(StaticStep(fast.network, plain, room=32))
    fast.use(step)
    ours, theirs = local(fast), local(eager)
    for length, calls in ((10, 11), (26, 6), (40, 0), (8, 11), (31, 1), (32, 0)):
        step.calls = 0
        assert said(ours, range(length)) == said(theirs, range(length))
        assert step.calls == calls


def test_what_was_computed_before_is_still_there_after_the_swap(
    tiny_families: dict[Family, Path], faster: None
) -> None:
    """And the swap comes between two calls, not before the child has ended."""
    model, child = load(tiny_families["qwen2"]), Ended()
    child.running = True
    ours = local(model, Background(model, traced, Path("unused"), child))  # type: ignore[arg-type]
    theirs = local(load(tiny_families["qwen2"]))
    constant = [[Message("system", numbers(range(40))), Message("user", "")]]
    ours.keep(constant)
    theirs.keep(constant)

    def ask(backend: LocalBackend) -> tuple[str, int]:
        messages = [constant[0][0], Message("user", "3 1 4 1 5")]
        pieces = list(backend.stream(messages, Sampling(12), kind="answer"))
        usage = pieces[-1].usage
        assert usage is not None
        return "".join(piece.text for piece in pieces), usage.reused_tokens

    assert ask(ours) == ask(theirs)
    assert ours.warming and "being prepared" in ours.info.notices[-1]
    child.running = False
    assert ask(ours) == ask(theirs)
    assert "being prepared" in ours.info.notices[-1], "nothing is swapped within a run"
    ours.begin_run()
    assert ask(ours) == ask(theirs)
    assert not ours.warming
    assert ours.info.notices == ("The compiled step is used: 10.0 ms a token against 20.0.",)


def test_a_step_that_lies_is_not_used(tiny_families: dict[Family, Path], faster: None) -> None:
    def lying(step: Function) -> Function:
        return lambda token, position: step(token, position).roll(1, -1)

    notice = swapped(tiny_families["llama"], lying)
    assert notice.startswith("The compiled step is not used: its self-check failed at token 2")


def test_a_step_that_forgets_is_not_used(tiny_families: dict[Family, Path], faster: None) -> None:
    """Every key is written into the first place: right for one token and wrong for two."""

    def forgetful(step: Function) -> Function:
        return lambda token, position: step(token, torch.zeros_like(position))

    notice = swapped(tiny_families["llama"], forgetful)
    assert notice.startswith("The compiled step is not used: its self-check failed at token 2")


def test_a_step_that_raises_is_not_used(tiny_families: dict[Family, Path], faster: None) -> None:
    def broken(step: Function) -> Function:
        def fails(token: torch.Tensor, position: torch.Tensor) -> torch.Tensor:
            raise RuntimeError("No working C++ compiler found.\n\nA page of advice.")

        return fails

    notice = swapped(tiny_families["llama"], broken)
    assert notice == ("The compiled step is not used: RuntimeError: No working C++ compiler found.")


def test_a_step_that_is_slower_is_not_used(tiny_families: dict[Family, Path], slower: None) -> None:
    notice = swapped(tiny_families["llama"], traced)
    assert notice == (
        "The compiled step is not used: it is no faster here (30.0 ms a token against 20.0)."
    )


def swapped(directory: Path, compile: compiled.Compile) -> str:
    """What is said of a step that must not be used. The text must be the eager one's."""
    model = load(directory)
    ours = local(model, Background(model, compile, Path("unused")))
    theirs = local(load(directory))
    ours.begin_run()
    for prompt in prompts(5):
        assert said(ours, prompt) == said(theirs, prompt)
    (notice,) = ours.info.notices
    return notice


def test_a_child_that_failed_says_why(tiny_families: dict[Family, Path]) -> None:
    model, child = load(tiny_families["llama"]), Ended("No space left on device")
    ours = local(model, Background(model, traced, Path("unused"), child))  # type: ignore[arg-type]
    ours.begin_run()
    assert said(ours, [1, 2, 3]) == said(local(load(tiny_families["llama"])), [1, 2, 3])
    assert ours.info.notices == ("The compiled step is not used: No space left on device.",)


def test_two_models_share_no_compiled_code(tiny_families: dict[Family, Path]) -> None:
    """Nothing is checked when a compiled step is called, so it must not be found by another."""

    def unguarded(step: Function) -> Function:
        return torch.compile(
            step,
            backend="aot_eager",
            fullgraph=True,
            dynamic=False,
            options={"guard_filter_fn": lambda entries: [False] * len(entries)},
        )

    for family in FAMILIES:
        network = load(tiny_families[family]).network
        verdict = judge(network, StaticStep(network, unguarded))
        assert "ms a token" in verdict.problem or not verdict.problem


def test_products_that_the_compiler_cannot_take_are_called_as_they_are(
    tiny_families: dict[Family, Path],
) -> None:
    """The int8 product of a prompt; the logits are those of the same step, not compiled."""
    try:
        network = load(tiny_families["qwen2"], Recipe("bfloat16", "int8", "int8")).network
    except (RuntimeError, NotImplementedError) as error:
        pytest.skip(f"this processor lacks the product: {error}")
    one, other = StaticStep(network, traced), StaticStep(network, plain)
    for position, token in enumerate([5, 9, 1]):
        assert torch.equal(one(token, position), other(token, position))


def test_a_closed_model_gives_its_memory_back(tiny_families: dict[Family, Path]) -> None:
    import gc
    import weakref

    model = load(tiny_families["llama"])
    model.use(StaticStep(model.network, traced))
    backend = local(model)
    said(backend, [1, 2, 3])
    weight = weakref.ref(model.network.weights.norm)
    backend.close()
    del model, backend
    gc.collect()
    assert weight() is None


def asked(**changes: Any) -> Profile:
    return profile(compile="default", **changes)


def test_where_it_cannot_be_prepared_a_notice_says_why(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def notice(given: Profile, cache: Path | None) -> str:
        backend = LocalBackend.load(tiny, given, cache=cache)
        assert not backend.warming
        (text,) = backend.info.notices
        return text

    assert "only the fused step" in notice(asked(decoder="transformers"), tmp_path)
    assert "no directory" in notice(asked(), None)
    monkeypatch.setattr(background_module, "free_bytes", lambda: 1_000_000_000)
    assert "1.0 GB are free" in notice(asked(), tmp_path)


def test_nothing_is_begun_where_nothing_is_asked_for(tiny: Path, tmp_path: Path) -> None:
    assert begin(load(tiny), profile(), tmp_path) == (None, ())
    assert list(tmp_path.iterdir()) == []


def wait_for(condition: Any, limit_s: float) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "it does not end"
        time.sleep(0.05)


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in "ZX"


@pytest.mark.skipif(COMPILER is None, reason="there is no C++ compiler")
def test_a_child_compiles_and_the_next_run_has_the_verdict(tiny: Path, tmp_path: Path) -> None:
    """For real. Which of the two steps is faster here is not asked."""
    messages = [Message("user", "What does the near-RT RIC do?")]

    def ask(backend: LocalBackend) -> str:
        return "".join(p.text for p in backend.stream(messages, Sampling(16), kind="answer"))

    expected = ask(LocalBackend.load(tiny, profile()))
    backend = LocalBackend.load(tiny, asked(), cache=tmp_path)
    assert backend.warming
    assert ask(backend) == expected
    wait_for(lambda: not backend.warming, 120)
    backend.begin_run()
    assert ask(backend) == expected
    (notice,) = backend.info.notices
    assert "ms a token against" in notice
    backend.close()

    again = LocalBackend.load(tiny, asked(), cache=tmp_path)
    assert not again.warming
    assert "ms a token against" in again.info.notices[-1]
    assert ask(again) == expected
    again.close()
    again.close()


def test_closing_ends_the_child(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []
    popen = subprocess.Popen

    def noted(*arguments: Any, **options: Any) -> Any:
        process = popen(*arguments, **options)
        started.append(process.pid)
        return process

    monkeypatch.setattr(subprocess, "Popen", noted)
    backend = LocalBackend.load(tiny, asked(), cache=tmp_path)
    assert backend.warming
    backend.close()
    assert not backend.warming
    assert len(started) == 1 and gone(started[0])


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_the_child_ends_with_its_parent(tiny: Path, tmp_path: Path) -> None:
    """Also when the parent is killed; the child would wait for ever for the lock it is given."""
    from filelock import FileLock

    program = """
import os, sys, pathlib
from engine.llm.fused.decoder import Source
from engine.llm.fused.warm import Child, Task
from engine.llm.fused.weights import Recipe
source = Source(pathlib.Path(sys.argv[1]), Recipe("float32"), "cpu", None)
child = Child(Task(source, "default", pathlib.Path(sys.argv[2]), os.getpid()))
print(child._process.pid, flush=True)
os._exit(0)
"""
    with FileLock(tmp_path / "lock"):
        command = [sys.executable, "-c", program, str(tiny), str(tmp_path)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        wait_for(lambda: gone(int(output)), 30)
