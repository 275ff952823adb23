"""Train the reader adapter on packs of conversations, on this machine's processor.

    python tools/train_adapter.py PACKS.jsonl --held-out HELD.jsonl --model DIR --out DIR --tokens N

DIR of --out receives the adapter in PEFT's format (again at every save, so it may be tried before
the end), training.json, log.csv, held_out.jsonl, curve.svg and state.safetensors. A second start
goes on from the state; SIGTERM and Ctrl-C save and stop; SIGSTOP and SIGCONT do no harm. The rate
falls towards --tokens, which may be another number at a second start.
"""
# ruff: noqa: T201

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import msgspec

# Threads that wait must not spin: beside another busy process that costs two thirds of the speed.
# Read when torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.llm.chat import Chat
from engine.models.adapter import Base, base_of
from tools.adapter.curve import svg
from tools.adapter.lora import Form, save_adapter
from tools.adapter.network import load
from tools.adapter.packing import Line, Pack, end_token, pack, read_lines
from tools.adapter.train import Judged, Learner, Plan, Progress, judge, order

_LOG = ("step", "tokens", "seconds", "loss", "rate", "tokens_per_second")


def main() -> None:
    """Train to the planned end or to a signal."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("packs", type=Path)
    parser.add_argument("--held-out", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="directory of the base")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tokens", type=int, required=True, help="planned, of packs as packed")
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--alpha", type=int, default=32)
    parser.add_argument("--packs-per-step", type=int, default=2)
    parser.add_argument("--longest", type=int, default=2600, help="longer packs are left out")
    parser.add_argument("--judged", type=int, default=30, help="held-out packs of an evaluation")
    parser.add_argument("--judge-every", type=float, default=900, help="seconds of training")
    parser.add_argument("--save-every", type=float, default=180, help="seconds of training")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    stop = Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    options.out.mkdir(parents=True, exist_ok=True)
    form = Form(options.rank, options.alpha)
    plan = Plan(options.tokens, options.rate, options.packs_per_step, options.seed)
    trainee = load(options.model, form, torch.bfloat16, options.seed)
    learner = Learner(trainee, plan, Progress())
    if (options.out / "state.safetensors").exists():
        learner.restore(options.out / "state.safetensors")
    data = _sha256(options.packs)
    done = learner.progress
    if data not in done.data[-1:]:  # other packs: their order begins anew
        learner.progress = msgspec.structs.replace(done, data=(*done.data, data), taken=0)
    chat = Chat.load(options.model)
    feed = Feed(read_lines(options.packs), chat, end_token(chat), options.longest)
    held_out = feed.sample(read_lines(options.held_out), options.judged)
    print(f"{len(feed.lines)} packs; {learner.progress.tokens} of {plan.tokens} tokens", flush=True)
    course = Course(options.out, learner, form, base_of(options.model), held_out, feed, stop)
    course.run(options.judge_every, options.save_every)


@dataclass(slots=True)
class Stop:
    """Set by a signal; the step that runs is finished first."""

    called: bool = False

    def __call__(self, number: int, frame: object) -> None:
        """A signal came."""
        self.called = True


@dataclass(slots=True)
class Feed:
    """Lines as packs; what is too long is left out and counted."""

    lines: Sequence[Line]
    chat: Chat
    end: int
    longest: int
    left_out: int = 0

    def packs(self, seed: int, taken: int) -> Iterator[Pack]:
        """From the place on where a training stopped, without end."""
        misses = 0
        for place in order(len(self.lines), seed, taken):
            found = pack(self.lines[place], self.chat, self.end)
            if len(found.ids) <= self.longest:
                misses = 0
                yield found
                continue
            self.left_out += 1
            misses += 1
            if misses >= len(self.lines):
                raise SystemExit(f"All packs are longer than {self.longest}: raise --longest.")

    def sample(self, lines: Sequence[Line], count: int) -> list[Pack]:
        """The same few packs every time, from all of the file."""
        step = max(len(lines) / max(count, 1), 1.0)
        chosen = [lines[int(step * n)] for n in range(min(count, len(lines)))]
        packs = [pack(line, self.chat, self.end) for line in chosen]
        return [found for found in packs if len(found.ids) <= self.longest]


@dataclass(slots=True)
class Course:
    """One training as it runs, and the files that tell of it."""

    out: Path
    learner: Learner
    form: Form
    base: Base
    held_out: Sequence[Pack]
    feed: Feed
    stop: Stop
    losses: list[float] = field(default_factory=list)

    def run(self, judge_every: float, save_every: float) -> None:
        """Until the plan is fulfilled or a signal comes; then everything is saved."""
        learner = self.learner
        plan = learner.plan
        if learner.progress.tokens == 0:
            self._judge()
        judged = saved = learner.progress.seconds
        logged = learner.progress
        feed = self.feed.packs(plan.seed, learner.progress.taken)
        while learner.progress.tokens < plan.tokens and not self.stop.called:
            self.losses.append(learner.step([next(feed) for _ in range(plan.packs)]))
            now = learner.progress
            if len(self.losses) * plan.packs >= 20:
                logged = self._log(logged)
            if now.seconds - judged >= judge_every:
                self._judge()
                judged = now.seconds
            if now.seconds - saved >= save_every:
                self._save()
                saved = now.seconds
        if not self.stop.called:
            self._judge()
        self._save()
        print("stopped" if self.stop.called else "finished", flush=True)

    def _log(self, before: Progress) -> Progress:
        now = self.learner.progress
        seconds = max(now.seconds - before.seconds, 1e-9)
        row = (
            now.steps,
            now.tokens,
            f"{now.seconds:.0f}",
            f"{sum(self.losses) / len(self.losses):.4f}",
            f"{self.learner.plan.rate_at(now.tokens):.2e}",
            f"{(now.tokens - before.tokens) / seconds:.0f}",
        )
        self.losses.clear()
        path = self.out / "log.csv"
        new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerows([_LOG, row] if new else [row])
        print(*row, flush=True)
        return now

    def _judge(self) -> None:
        found = judge(self.learner.trainee, self.held_out, lambda: self.stop.called)
        if found is None:
            return
        row = {"tokens": self.learner.progress.tokens, "share": found.share, **asdict(found)}
        with (self.out / "held_out.jsonl").open("ab") as file:
            file.write(msgspec.json.encode(row) + b"\n")
        print(_told(found), flush=True)

    def _save(self) -> None:
        learner = self.learner
        learner.save(self.out / "state.safetensors")
        products = learner.trainee.products()
        save_adapter(products, self.form, self.base.name, self.out)
        held_out = _held_out(self.out)
        about = {
            "base": msgspec.to_builtins(self.base),
            "plan": asdict(learner.plan),
            "progress": msgspec.to_builtins(learner.progress),
            "left_out": self.feed.left_out,
            "held_out": held_out[-1] if held_out else None,
        }
        text = msgspec.json.format(msgspec.json.encode(about), indent=2)
        (self.out / "training.json").write_bytes(text + b"\n")
        title = f"Adapter of {self.base.name}"
        losses = [(float(row["tokens"]), float(row["loss"])) for row in _rows(self.out / "log.csv")]
        held = [(float(row["tokens"]), float(row["loss"])) for row in held_out]
        right = [(float(row["tokens"]), float(row["share"])) for row in held_out]
        (self.out / "curve.svg").write_text(svg(title, losses, held, right), encoding="utf-8")


def _told(found: Judged) -> str:
    kinds = ", ".join(f"{k} {found.right[k]}/{n}" for k, n in sorted(found.asked.items()))
    return f"held out: loss {found.loss:.4f}, right {found.share:.0%} ({kinds})"


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _held_out(out: Path) -> list[dict[str, float]]:
    path = out / "held_out.jsonl"
    lines = path.read_bytes().splitlines() if path.exists() else []
    return [msgspec.json.decode(line) for line in lines]


def _sha256(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


if __name__ == "__main__":
    main()
