"""The only file with threads: one engine thread, jobs in, reports out, cancel.

The thread lives as long as the program, so there is never a second model beside the first. It
reports into a deque; whoever draws drains that at its own pace. Every event is recorded before
the screen can see it. Not responsible for drawing or for choosing a profile.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from argo_tui.edges import Engine, OpenEngine, OpenRecorder, Recorder
from argo_tui.reports import Happened, Loaded, LoadFailed, Loading, Report, coalesce
from argo_tui.wishes import Before
from engine.errors import ArgoError
from engine.events import Event, Notice, Restated, RunFailed, RunFinished, Status, Usage
from engine.layers import Configuration
from engine.text import clean


@dataclass(frozen=True, slots=True)
class Load:
    """Job: make a profile ready."""

    configuration: Configuration
    profile: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Job: answer a question."""

    run: str
    question: str
    options: tuple[str, ...]
    before: Before | None = None
    cancel: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Close:
    """Job: stop for good."""


Job = Load | Ask | Close


class Bridge:
    """Hands jobs to the engine thread and its reports back. Called from one other thread."""

    def __init__(
        self,
        open_engine: OpenEngine,
        open_recorder: OpenRecorder,
        report_crash: Callable[[BaseException], Path],
    ) -> None:
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._reports: deque[Report] = deque()
        self._asked: dict[str, Ask] = {}
        worker = _Worker(open_engine, open_recorder, report_crash, self._reports.append)
        self._thread = threading.Thread(
            target=worker.work, args=(self._jobs,), name="engine", daemon=True
        )

    def start(self) -> None:
        """Start the thread. Jobs given before that wait."""
        self._thread.start()

    def load(self, configuration: Configuration, profile: str) -> None:
        """Make a profile ready, after the jobs before it."""
        self._jobs.put(Load(configuration, profile))

    def ask(
        self,
        run: str,
        question: str,
        options: Sequence[str] = (),
        before: Before | None = None,
    ) -> None:
        """Answer a question, after the jobs before it; it may be a follow-up to `before`."""
        job = Ask(run, question, tuple(options), before)
        self._asked[run] = job
        self._jobs.put(job)

    def cancel(self, run: str) -> None:
        """Stop a run within one token, or before it begins."""
        if job := self._asked.get(run):
            job.cancel.set()

    def drain(self) -> list[Report]:
        """What was reported since the last call, deltas joined."""
        taken: list[Report] = []
        with suppress(IndexError):
            while True:
                taken.append(self._reports.popleft())
        for report in taken:
            if isinstance(report, Happened) and isinstance(report.event, RunFinished):
                self._asked.pop(report.event.run, None)
        return coalesce(taken) if taken else taken

    def close(self, limit_s: float = 5.0) -> bool:
        """Cancel everything and wait for the thread; False where it did not end in time."""
        for job in self._asked.values():
            job.cancel.set()
        self._jobs.put(Close())
        if self._thread.is_alive():
            self._thread.join(limit_s)
        return not self._thread.is_alive()


class _Worker:
    """What runs inside the thread; owns the engine and the recorder."""

    def __init__(
        self,
        open_engine: OpenEngine,
        open_recorder: OpenRecorder,
        report_crash: Callable[[BaseException], Path],
        report: Callable[[Report], None],
    ) -> None:
        self._open_engine = open_engine
        self._open_recorder = open_recorder
        self._report_crash = report_crash
        self._report = report
        self._engine: Engine | None = None
        self._recorder: Recorder | None = None
        self._understood: dict[str, str] = {}
        """Follow-ups as they were written out, by run: a queued question may lean on one."""

    def work(self, jobs: queue.SimpleQueue[Job]) -> None:
        """Do jobs until Close."""
        while True:
            match jobs.get():
                case Load() as job:
                    self._load(job)
                case Ask() as job:
                    self._ask(job)
                case Close():
                    self._release()
                    return

    def _load(self, job: Load) -> None:
        try:
            if self._engine is not None and self._engine.adopt(job.configuration):
                engine = self._engine
                self._report(Loaded(engine.profile_name, engine.info, engine.why))
                return
            self._close_engine()
            engine = self._open_engine(
                job.configuration,
                job.profile,
                lambda phase: self._report(Loading(job.profile, phase)),
            )
        except Exception as error:
            what, where, remedy = self._explain(error)
            self._report(LoadFailed(job.profile, what, where, remedy))
            return
        self._engine = engine
        self._report(Loaded(engine.profile_name, engine.info, engine.why))

    def _ask(self, job: Ask) -> None:
        emit = _Emitter(job.run, self._record, self._report)
        if job.cancel.is_set():
            emit.finish(Status.CANCELLED, "stopped before it began")
            return
        if self._engine is None:
            emit.fail("No model is loaded.", "", "Choose a profile in the settings.")
            return
        try:
            for event in self._engine.answer(
                job.question,
                options=job.options,
                earlier=self._earlier(job.before),
                cancel=job.cancel,
                run=job.run,
            ):
                if isinstance(event, Restated):
                    self._understood[job.run] = event.text
                emit.event(event)
        except Exception as error:
            emit.fail(*self._explain(error))

    def _earlier(self, before: Before | None) -> str | None:
        if before is None:
            return None
        return self._understood.get(before.run, before.question)

    def _record(self, event: Event) -> None:
        if self._recorder is None:
            self._recorder = self._open_recorder()
        self._recorder.write(event)

    def _explain(self, error: Exception) -> tuple[str, str, str]:
        """What, where, remedy; a defect gets a report file."""
        if isinstance(error, ArgoError):
            return clean(error.what), clean(error.where), clean(error.remedy)
        what = f"Unexpected {type(error).__name__} in the engine."
        try:
            path = self._report_crash(error)
        except OSError as problem:
            return what, "", f"The report could not be written: {problem}"
        return what, str(path), "The report there says where it happened; please pass it on."

    def _close_engine(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    def _release(self) -> None:
        # At the end nobody is left to be told; the process goes away with its memory and files.
        with suppress(Exception):
            self._close_engine()
        if self._recorder is not None:
            with suppress(Exception):
                self._recorder.close()


class _Emitter:
    """Records an event, then reports it. A run goes on where recording fails, and says so once."""

    def __init__(
        self, run: str, record: Callable[[Event], None], report: Callable[[Report], None]
    ) -> None:
        self._run = run
        self._record = record
        self._report = report
        self._recording = True
        self._at_ns = 0

    def event(self, event: Event) -> None:
        """The next event of the run."""
        self._at_ns = event.at_ns
        trouble = self._keep(event)
        self._report(Happened(event))
        if trouble:
            self._report(Happened(trouble))

    def fail(self, what: str, where: str, remedy: str) -> None:
        """End the run with a failure."""
        self.event(
            RunFailed(run=self._run, at_ns=self._at_ns, what=what, where=where, remedy=remedy)
        )
        self.finish(Status.FAILED, what)

    def finish(self, status: Status, why: str) -> None:
        """End the run."""
        self.event(
            RunFinished(
                run=self._run,
                at_ns=self._at_ns,
                status=status,
                stop_reason=why,
                steps=0,
                ns=self._at_ns,
                usage=Usage(),
            )
        )

    def _keep(self, event: Event) -> Notice | None:
        if not self._recording:
            return None
        try:
            self._record(event)
        except Exception as error:
            self._recording = False
            text = error.what if isinstance(error, ArgoError) else str(error)
            return Notice(
                run=self._run,
                at_ns=event.at_ns,
                text=f"This run is not being recorded: {text}",
                remedy=error.remedy if isinstance(error, ArgoError) else "",
            )
        return None
