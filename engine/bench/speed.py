"""The speed benchmark: rounds in which each row of the table asks one question.

Rows alternate, so that whatever slows the machine down for a while slows all of them. Each
measurement is written the moment it ends; what is in the file is not measured again. Not
responsible for what a row is (engine.bench.rows) or for tables (engine.bench.speed_table).
"""

from __future__ import annotations

import logging
import platform
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from engine.bench.bandwidth import BUFFER, read_bandwidth
from engine.bench.pool import Pool
from engine.bench.published import Published
from engine.bench.records import trim
from engine.bench.rows import FIRST, Row
from engine.bench.speed_load import Servers, key, load_model, needed_bytes, wait_until_warm
from engine.bench.speed_models import Bench, Model, ask
from engine.bench.speed_record import Loaded, Setup, Unable, append, measured, read
from engine.errors import ArgoError
from engine.llm.hardware import choose, use_physical_cores
from engine.models.memory import free_bytes, free_on_gpu
from engine.session import versions
from engine.text import clean

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure."""

    rows: Sequence[Row]
    rounds: int
    baseline_rounds: int
    """Of the first row, which can take minutes."""
    kind: str
    questions: Sequence[str]
    servers: Servers = field(default_factory=Servers)
    buffer: int = BUFFER
    """Bytes that the memory's bandwidth is measured with."""

    def question(self, row: Row, number: int) -> str:
        """Of a round; -1 is the one after loading. Each round has another one."""
        start = len(self.questions) // 2 if row.other_half else 0
        return self.questions[(start + number) % len(self.questions)]

    def wants(self, row: Row, number: int) -> bool:
        """Whether a row takes part in a round."""
        return number < (self.baseline_rounds if row.name == FIRST else self.rounds)


def measure(bench: Bench, plan: Plan, path: Path, tell: Tell) -> None:
    """Measure what the file at `path` does not have yet. Raises ArgoError."""
    trim(path)
    done = measured(read(path))
    rows = [row for row in plan.rows if not row.smaller]
    open_rows = [
        row
        for row in rows
        if any(plan.wants(row, n) and (row.name, n) not in done for n in range(plan.rounds))
    ]
    if not open_rows:
        return
    tell("measuring the memory's bandwidth")
    append(path, setup(bench, plan))
    pool: Pool[Model] = Pool(_free, needed_bytes(bench.directory))
    rounds = _Rounds(bench, plan, path, tell, pool)
    try:
        for number in range(plan.rounds):
            for row in open_rows:
                if plan.wants(row, number) and (row.name, number) not in done:
                    rounds.turn(row, number)
    finally:
        pool.close()


class _Rounds:
    """The turns of the rows. A row that cannot run says why once and is left out."""

    def __init__(self, bench: Bench, plan: Plan, path: Path, tell: Tell, pool: Pool[Model]) -> None:
        self._bench = bench
        self._plan = plan
        self._path = path
        self._tell = tell
        self._pool = pool
        self._unable: set[str] = set()

    def turn(self, row: Row, number: int) -> None:
        """One row in one round."""
        if row.name in self._unable:
            return
        place = f"{self._bench.profile_name}: round {number + 1}, {row.name}"
        where = key(row, self._bench.profile)
        try:
            model = self._model(row, where, place)
            self._tell(place)
            trial = ask(row, model, self._plan.question(row, number), self._bench)
        except ArgoError as error:
            self._leave_out(row, place, error.what)
            return
        except Exception as error:
            # The other rows can still be measured; the table says what happened to this one.
            logging.getLogger(__name__).exception("%s failed", place)
            self._leave_out(row, place, f"{type(error).__name__}: {error}")
            return
        append(self._path, replace(trial, row=row.name, round=number))
        self._tell(f"{place}: {trial.seconds:.2f} s")
        if not self._shared_later(row, where):
            self._pool.settle(where)

    def _leave_out(self, row: Row, place: str, why: str) -> None:
        self._unable.add(row.name)
        append(self._path, Unable(row=row.name, why=clean(why)))
        self._tell(f"{place}: {why}")

    def _model(self, row: Row, where: Hashable, place: str) -> Model:
        start = time.monotonic()
        self._tell(f"{place}: loading")
        model, fresh = self._pool.get(
            where, lambda: load_model(row, self._bench, self._plan.servers)
        )
        if not fresh:
            return model
        loaded_s = time.monotonic() - start
        self._tell(f"{place}: warming up")
        warm_s = wait_until_warm(model)
        first = ask(row, model, self._plan.question(row, -1), self._bench, warm=True)
        append(self._path, _loaded(row, model, loaded_s, warm_s))
        append(self._path, replace(first, row=row.name, round=-1))
        return model

    def _shared_later(self, row: Row, where: Hashable) -> bool:
        """Whether a later row of this round uses the same model."""
        rows = list(self._plan.rows)
        later = rows[rows.index(row) + 1 :]
        return any(key(other, self._bench.profile) == where for other in later)


def setup(bench: Bench, plan: Plan) -> Setup:
    """The machine as it is now; measures its bandwidth."""
    use_physical_cores()
    import torch

    hardware = choose(bench.profile)
    return Setup(
        profile=bench.profile_name,
        title=bench.profile.title,
        kind=plan.kind,
        weight_bytes=sum(file.stat().st_size for file in bench.directory.glob("*.safetensors")),
        device=hardware.device,
        dtype=hardware.dtype,
        machine=machine(hardware.device),
        threads=torch.get_num_threads(),
        bandwidth=read_bandwidth(hardware.device, buffer=plan.buffer),
        versions=dict(versions()),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def machine(device: str) -> str:
    """Name of the processor, or of the GPU."""
    if device == "cuda":
        import torch

        return str(torch.cuda.get_device_name())
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _free() -> int:
    gpu = free_on_gpu()
    return free_bytes() if gpu is None else min(gpu, free_bytes())


def _loaded(row: Row, model: Model, seconds: float, warm_seconds: float) -> Loaded:
    if isinstance(model, Published):
        return Loaded(
            row=row.name,
            seconds=seconds,
            decode_bytes=model.decode_bytes,
            memory_bytes=model.memory_bytes,
        )
    return Loaded(
        row=row.name,
        seconds=seconds,
        warm_seconds=warm_seconds,
        decode_bytes=model.info.decode_bytes,
        memory_bytes=model.info.memory_bytes,
        notices=model.info.notices,
    )
