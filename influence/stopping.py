"""How work is stopped from outside: a signal or the time limit of a job becomes one exception that unwinds everything.

The statement under way is ended on the server at once and rolled back, the lease is freed, projections are dropped.
Jobs and every command with a database go this one way.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, Literal

__all__ = ["TIME_LIMIT", "Stop", "Stopped", "stoppable"]

TIME_LIMIT: Final = 124
"""Exit code of a job that ran into its time limit, as of `timeout`(1)."""
REASONS: Final[dict[signal.Signals, tuple[Literal["interrupted", "time-limit"], str, str, int]]] = {
    signal.SIGTERM: ("interrupted", "sigterm", "stopped by SIGTERM", 128 + signal.SIGTERM),
    signal.SIGINT: ("interrupted", "sigint", "stopped by SIGINT", 128 + signal.SIGINT),
    signal.SIGALRM: ("time-limit", "time-limit", "the time limit is reached", TIME_LIMIT),
}
"""By signal: status of the job, code and text of its error, exit code."""


class Stopped(asyncio.CancelledError):
    """The work is to end now; like an interrupt it passes every handler of errors, and contexts clean up.

    It is a cancellation because the driver then closes its connection at once, which ends the statement on the
    server; with any other exception it would first wait for a statement that may run for minutes.

    Attributes:
        status: Status of the job.
        code: Code of its error.
        text: What happened.
        exit_code: How the process ends.
    """

    def __init__(self, number: int) -> None:
        self.status, self.code, self.text, self.exit_code = REASONS[signal.Signals(number)]
        super().__init__(self.text)


class Stop:
    """Whether the work is to end.

    Args:
        limit: Seconds it may take, or `None`.
    """

    def __init__(self, limit: float | None) -> None:
        self._deadline = None if limit is None else time.monotonic() + limit
        self._number: int | None = None
        self._closed = False

    def check(self) -> None:
        """Return when the work may go on; call it between steps.

        Raises:
            Stopped: A signal arrived, also one whose exception got lost in a destructor, or the time is up.
        """
        if self._number is None and self._deadline is not None and time.monotonic() >= self._deadline:
            self._number = signal.SIGALRM
        if self._number is not None:
            raise Stopped(self._number)

    def close(self) -> None:
        """Let nothing interrupt what follows: freeing the lock and writing the summary."""
        self._closed = True

    def arrive(self, number: int, frame: FrameType | None) -> None:
        """Take a signal: the first one stops the work in an orderly way, a second one ends the process at once."""
        if self._closed:
            return
        if self._number is None:
            self._number = number
            raise Stopped(number)
        if number != signal.SIGALRM:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)


@contextmanager
def stoppable(limit: float | None) -> Iterator[Stop]:
    """Turn SIGTERM, SIGINT and the time limit into `Stopped` while the context lasts.

    Signals reach the main thread only; elsewhere the limit is noticed between steps. A SIGINT that the caller
    ignores (a background job of a shell) stays ignored.

    Args:
        limit: Seconds the work may take, or `None`.

    Yields:
        The stop, to ask and to close.
    """
    stop = Stop(limit)
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before: dict[signal.Signals, Any] = {}
    try:
        for number in REASONS:
            handler = signal.getsignal(number)
            if number == signal.SIGINT and handler is signal.SIG_IGN:
                continue
            if number == signal.SIGALRM and limit is None:
                continue
            before[number] = handler
            signal.signal(number, stop.arrive)
        if limit is not None:
            signal.setitimer(signal.ITIMER_REAL, max(limit, 1e-6))
        yield stop
    finally:
        stop.close()
        if limit is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
