"""A hard limit on anything: what takes longer fails, and says what was going on."""

from __future__ import annotations

import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["limited"]

LINES = 6
"""Innermost calls of each thread that are told."""


class Overdue(BaseException):
    """Raised in the main thread, whatever it waits for; no ordinary `except` takes it."""


@contextmanager
def limited(seconds: float, tell: Callable[[], str]) -> Iterator[None]:
    """Do the work inside, or stop waiting for it; only in the main thread.

    Args:
        seconds: Limit.
        tell: Asked what was going on when the limit is reached.

    Raises:
        TimeoutError: It took longer; says where each thread was and what `tell` tells.
    """

    def ring(_: int, frame: FrameType | None) -> None:
        raise Overdue(threads(frame))

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except Overdue as overdue:
        raise TimeoutError(f"not done after {seconds:g} s\n{tell()}\n{overdue}") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def threads(main: FrameType | None) -> str:
    """Return the innermost calls of every thread."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    told = []
    for ident, frame in sys._current_frames().items():
        stack = main if ident == threading.get_ident() and main is not None else frame
        told.append(f"thread {names.get(ident, '?')}:\n" + "".join(traceback.format_stack(stack)[-LINES:]))
    return "\n".join(told)
