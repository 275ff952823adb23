"""The run's clock and the stop watch of its parts.

All times are nanoseconds of a monotonic clock since the clock was made. Not responsible for
waiting until a device has finished (the back end does that before it reports a time).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from engine.events import Part, Span


class Clock:
    """Nanoseconds since it was made. `source` is injectable, so tests decide what time it is."""

    def __init__(self, source: Callable[[], int] = time.monotonic_ns) -> None:
        self._source = source
        self._start = source()

    def now(self) -> int:
        """Nanoseconds since the start."""
        return self._source() - self._start


class Spans:
    """Collects the timed parts of one step."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._spans: list[Span] = []

    @contextmanager
    def part(self, part: Part) -> Iterator[None]:
        """Time a block. A block that raises is recorded too."""
        start = self._clock.now()
        try:
            yield
        finally:
            self._spans.append(Span(part=part, start_ns=start, ns=self._clock.now() - start))

    def add(self, part: Part, ns: int) -> None:
        """A part that somebody else has timed and that ends now; `ns` nanoseconds."""
        start = max(0, self._clock.now() - ns)
        self._spans.append(Span(part=part, start_ns=start, ns=ns))

    def take(self) -> tuple[Span, ...]:
        """The spans since the last call, in order of their start."""
        taken = tuple(sorted(self._spans, key=lambda span: span.start_ns))
        self._spans.clear()
        return taken
