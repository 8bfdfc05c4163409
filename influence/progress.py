"""How long work tells how far it is, without knowing who listens.

The library reports to a `Progress`; the command line draws it, tests and notebooks pass `Silent()`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

__all__ = ["Progress", "Silent", "Task"]


class Task(Protocol):
    """One piece of work under way."""

    def advance(self, amount: int = 1) -> None:
        """Report that `amount` more units are done."""


class Progress(Protocol):
    """Where work reports what it does."""

    def task(self, label: str, total: int | None = None, unit: str = "rows") -> AbstractContextManager[Task]:
        """Open a task; leaving the context closes it.

        Args:
            label: What is being done, in the present participle, such as "loading purchases".
            total: Number of units, or `None` when it is not known.
            unit: What is counted: rows, customers, bytes, files.
        """

    def note(self, text: str) -> None:
        """Say one line that a person should read, such as "started the local server"."""


class SilentTask:
    """A task nobody watches."""

    def advance(self, amount: int = 1) -> None:
        """Do nothing."""


class Silent:
    """The progress of tests, notebooks and pipes: nothing is shown."""

    @contextmanager
    def task(self, label: str, total: int | None = None, unit: str = "rows") -> Iterator[SilentTask]:
        """Yield a task that shows nothing."""
        yield SilentTask()

    def note(self, text: str) -> None:
        """Drop the line."""
