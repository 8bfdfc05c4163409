"""Progress bars and notes on stderr; stdout stays free for data."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from influence.progress import SilentTask, Task

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

__all__ = ["TerminalProgress"]


class BarTask:
    """A bar on the terminal."""

    def __init__(self, bars: Bars, task: TaskID) -> None:
        self.bars = bars
        self.task = task

    def advance(self, amount: int = 1) -> None:
        """Move the bar."""
        self.bars.advance(self.task, amount)


class TerminalProgress:
    """Draws bars when stderr is a terminal; notes always appear on stderr."""

    def __init__(self) -> None:
        self.bars: Bars | None = None

    @contextmanager
    def task(self, label: str, total: int | None = None, unit: str = "rows") -> Iterator[Task]:
        """Draw one bar; bars opened inside one another share the screen."""
        if not sys.stderr.isatty():
            yield SilentTask()
            return
        if self.bars is not None:
            yield BarTask(self.bars, self.bars.add_task(label, total=total))
            return
        bars = make_bars(unit)
        with bars:
            self.bars = bars
            try:
                yield BarTask(bars, bars.add_task(label, total=total))
            finally:
                self.bars = None

    def note(self, text: str) -> None:
        """Print one line on stderr, above the bars when there are any."""
        if self.bars is not None:
            self.bars.console.print(text, markup=False, highlight=False)
        else:
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()


def make_bars(unit: str) -> Bars:
    """Return the bars: label, bar, share done or count, time left; gone when finished."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    count: ProgressColumn = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        count,
        TimeRemainingColumn(elapsed_when_finished=True),
        console=Console(stderr=True),
        transient=True,
    )
