"""Two runs side by side: who rose, who fell, who is new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from influence.errors import UsageProblem
from influence.graph import Graph
from influence.measures import MEASURES, Measure, measure
from influence.runs.records import RunRecord
from influence.runs.writing import read_scores

__all__ = ["Change", "Comparison", "comparable", "compare_runs"]


@dataclass(frozen=True)
class Change:
    """One customer's score in two runs."""

    customer: str
    before: float
    after: float

    @property
    def change(self) -> float:
        """How much it rose; negative when it fell."""
        return self.after - self.before


@dataclass(frozen=True)
class Comparison:
    """One measure in two runs.

    Attributes:
        measure: What was compared.
        threshold: Smallest change that counts as a rise or fall.
        risers, fallers: The customers whose score changed most, strongest first, ties by id; at most as many as
            asked for.
        risen, fallen, steady: How many customers rose, fell, or changed by less than the threshold.
        new, gone: How many have a score only in the later run, only in the earlier.
        mean_before, mean_after: Means over the customers with a score in both; NaN when there are none.
    """

    measure: Measure
    threshold: float
    risers: tuple[Change, ...]
    fallers: tuple[Change, ...]
    risen: int
    fallen: int
    steady: int
    new: int
    gone: int
    mean_before: float
    mean_after: float


NO_AMOUNTS: Final = frozenset(
    (
        "id",
        "role",
        "flag",
        "status",
        "source",
        "quadrant",
        "code 111-555",
        "group",
        "reading",
        "kinds",
        "topic",
        "step",
        "reason",
    )
)
"""Units of measures that are words or codes: more or less of them means nothing."""


def comparable() -> list[str]:
    """Return the names of the measures of customers that are amounts."""
    return [one.name for one in MEASURES if one.on == "customer" and one.unit not in NO_AMOUNTS]


def compare_runs(
    graph: Graph,
    before: RunRecord,
    after: RunRecord,
    names: list[str] | None = None,
    *,
    limit: int = 10,
    threshold: float | None = None,
) -> list[Comparison]:
    """Compare measures of customers between two runs.

    Args:
        graph: The database.
        before: The earlier run.
        after: The later run.
        names: Measures to compare; default: all numbers that both runs hold.
        limit: How many risers and fallers to list per measure.
        threshold: Smallest change that counts, in the unit of the measure; default: that of each measure.

    Raises:
        UsageProblem: A measure is not a number or one of the runs does not hold it.
    """
    both = set(before.measures) & set(after.measures)
    chosen = names if names is not None else [name for name in comparable() if name in both]
    for name in chosen:
        measure(name)
        if name not in comparable() or name not in both:
            raise UsageProblem(
                f"`{name}` cannot be compared between run `{before.id}` and run `{after.id}`",
                code="measure-not-comparable",
                hint="these can: " + ", ".join(f"`{one}`" for one in comparable() if one in both),
            )
    ids_before, old = read_scores(graph, before.id, chosen)
    ids_after, new = read_scores(graph, after.id, chosen)
    ids = np.union1d(ids_before, ids_after)
    return [
        compared(
            next(one for one in measure(name) if one.on == "customer"),
            ids,
            on(ids, ids_before, old[name]),
            on(ids, ids_after, new[name]),
            limit,
            threshold,
        )
        for name in chosen
    ]


def on(ids: NDArray[np.str_], of: NDArray[np.str_], column: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return a column over more customers, NaN where it has no value."""
    out = np.full(len(ids), np.nan)
    out[np.searchsorted(ids, of)] = np.array([np.nan if value is None else value for value in column], np.float64)
    return out


def compared(
    what: Measure,
    ids: NDArray[np.str_],
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    limit: int,
    threshold: float | None,
) -> Comparison:
    """Compare one measure."""
    least = what.telling if threshold is None else threshold
    here, there = ~np.isnan(before), ~np.isnan(after)
    both = here & there
    change = np.where(both, after - before, 0.0)
    risen = both & (change > 0) & (change >= least)
    fallen = both & (change < 0) & (change <= -least)

    def strongest(moved: NDArray[np.bool_], sign: int) -> tuple[Change, ...]:
        rows = np.flatnonzero(moved)
        rows = rows[np.argsort(-sign * change[rows], kind="stable")][:limit]
        return tuple(Change(str(ids[row]), float(before[row]), float(after[row])) for row in rows)

    return Comparison(
        measure=what,
        threshold=least,
        risers=strongest(risen, 1),
        fallers=strongest(fallen, -1),
        risen=int(risen.sum()),
        fallen=int(fallen.sum()),
        steady=int((both & ~risen & ~fallen).sum()),
        new=int((there & ~here).sum()),
        gone=int((here & ~there).sum()),
        mean_before=float(before[both].mean()) if both.any() else float("nan"),
        mean_after=float(after[both].mean()) if both.any() else float("nan"),
    )
