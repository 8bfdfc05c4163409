"""How much the site does at once: a few questions are asked, a few wait, the rest is told to come back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from threading import Lock
from typing import Any, TypeVar

__all__ = ["Busy", "Gate", "Late"]

T = TypeVar("T")


class Busy(Exception):
    """As many requests wait as may."""


class Late(Exception):
    """A request took longer than it may."""


class Gate:
    """Threads that ask the database, and a short queue before them.

    A thread whose request ran out of time keeps its place until its query has ended: the limit is on what the
    database has to do, not on who still listens.

    Args:
        running: Requests that are worked on at once.
        waiting: Requests that may wait for that.
        seconds: Longest time from arrival to answer, waiting included.
    """

    def __init__(self, running: int, waiting: int, seconds: float) -> None:
        self.places = running + waiting
        self.seconds = seconds
        self.taken = 0
        self.lock = Lock()
        self.pool = ThreadPoolExecutor(running, thread_name_prefix="influence-web")

    async def run(self, work: Callable[[], T]) -> T:
        """Do some work in a thread.

        Raises:
            Busy: There is no place left.
            Late: It took too long; work that had not begun never begins.
        """
        with self.lock:
            if self.taken >= self.places:
                raise Busy
            self.taken += 1
        try:
            future = self.pool.submit(copy_context().run, work)
        except BaseException:
            self.leave(None)
            raise
        future.add_done_callback(self.leave)
        try:
            async with asyncio.timeout(self.seconds) as limit:
                return await asyncio.wrap_future(future)
        except TimeoutError:
            if limit.expired():
                raise Late from None
            raise

    def leave(self, done: Future[Any] | None) -> None:
        """Give a place back."""
        with self.lock:
            self.taken -= 1

    def close(self) -> None:
        """Take no more work, and drop what waits."""
        self.pool.shutdown(wait=False, cancel_futures=True)
