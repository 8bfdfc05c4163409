"""What a stage of a compute run is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from influence.errors import UsageProblem
from influence.graph import Graph
from influence.progress import Progress
from influence.queries.values import parse, seconds
from influence.runs.frames import ScoreFrames
from influence.snapshot.arrays import Snapshot

__all__ = ["ComputeOptions", "Stage", "Work", "parse_as_of", "parse_window"]

DAY = 86_400


@dataclass(frozen=True)
class ComputeOptions:
    """What a run computes.

    Attributes:
        as_of: Nothing dated after it is read; default: the instant of the last purchase, so that windows and
            recency count from the end of the data and not from the day of the computation.
        window_days: Follow-on window w in days.
        seed: Seed of everything random; the same data and seed give the same scores.
        concurrency: Threads of GDS, at most 4 on Neo4j Community.
    """

    as_of: datetime | None = None
    window_days: float = 28.0
    seed: int = 42
    concurrency: int = 4


@dataclass(frozen=True)
class Work:
    """A run under way, as its stages see it.

    Attributes:
        graph: The database; only `reach` asks it for more than the snapshot holds.
        snapshot: The data at the as-of instant.
        scored: [n] customers who get a score: there at that instant and not opted out.
        run_id: Id of the run.
        options: What it computes.
        progress: Where to say how far it is.
        check: Call it between long steps; it raises `LeaseLost` when another run has taken over.
    """

    graph: Graph
    snapshot: Snapshot
    scored: NDArray[np.bool_]
    run_id: str
    options: ComputeOptions
    progress: Progress
    check: Callable[[], None]


Stage = Callable[[Work], ScoreFrames]


def parse_as_of(text: str) -> datetime:
    """Return the instant of `--as-of`: a day means all of it, to its last microsecond in UTC.

    Raises:
        UsageProblem: It is neither a day nor an instant.
    """
    try:
        if len(text) == 10:
            day = parse("date", text)
            return datetime.fromisoformat(f"{day}T00:00:00+00:00") + timedelta(days=1) - timedelta(microseconds=1)
        found: datetime = parse("datetime", text)
        return found
    except ValueError as error:
        raise UsageProblem(
            f"`--as-of` {error}", code="bad-option", hint="write it like `--as-of 2026-06-30`, which counts as all day"
        ) from None


def parse_window(text: str) -> float:
    """Return the days of `--window`, such as `28d`.

    Raises:
        UsageProblem: It is no length of time, or not above zero.
    """
    try:
        days = seconds(text) / DAY
    except ValueError as error:
        raise UsageProblem(f"`--window` {error}", code="bad-option", hint="write it like `--window 28d`") from None
    if days <= 0:
        raise UsageProblem("`--window` must be above zero", code="bad-option", hint="write it like `--window 28d`")
    return days
