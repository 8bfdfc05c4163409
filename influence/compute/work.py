"""What a stage of a compute run is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from influence.graph import Graph
from influence.progress import Progress
from influence.runs.frames import ScoreFrames
from influence.snapshot.arrays import Snapshot

__all__ = ["ComputeOptions", "Stage", "Work"]


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
