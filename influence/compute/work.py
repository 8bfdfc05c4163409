"""What a stage of a compute run is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from influence.errors import ComputeFailed, UsageProblem
from influence.graph import Graph
from influence.progress import Progress
from influence.queries.values import parse, seconds
from influence.scores import ScoreFrames, TopicRows
from influence.snapshot.arrays import Float64, Snapshot
from influence.value.terms import Terms
from influence.voice.ambassadors import Rule, Weights

__all__ = [
    "ComputeOptions",
    "Results",
    "Stage",
    "Work",
    "parse_activity",
    "parse_as_of",
    "parse_days",
    "parse_months",
    "parse_window",
]

DAY = 86_400

T = TypeVar("T")


@dataclass(frozen=True)
class ComputeOptions:
    """What a run computes.

    Attributes:
        as_of: Nothing dated after it is read; default: the instant of the last purchase, so that windows and
            recency count from the end of the data and not from the day of the computation.
        window_days: Follow-on window w in days.
        activity_days: Span before a purchase in which a customer's own purchases count as activity, in days.
        dependent_tests: Benjamini-Yekutieli instead of Benjamini-Hochberg, for strongly overlapping friends.
        seed: Seed of everything random; the same data and seed give the same scores.
        concurrency: Threads of GDS, at most 4 on Neo4j Community.
        terms: What value is reckoned with: horizon, discount, costs of the referral programme.
        weights: Of the ambassador shortlist; default: the packaged file.
        rules: That suggest next steps; default: the packaged file.
        lapse_days: Days without a purchase after which a customer has left, 0 = only a closed account counts; `None` =
            by the data.
    """

    as_of: datetime | None = None
    window_days: float = 28.0
    activity_days: float = 90.0
    dependent_tests: bool = False
    seed: int = 42
    concurrency: int = 4
    terms: Terms = field(default_factory=Terms)
    weights: Weights | None = None
    rules: tuple[Rule, ...] | None = None
    lapse_days: float | None = None


class Results:
    """What stages leave for later ones: one object of each type, so that nothing is read or estimated twice."""

    def __init__(self) -> None:
        self._kept: dict[type, object] = {}

    def put(self, result: object) -> None:
        """Leave a result; a later one of the same type takes its place."""
        self._kept[type(result)] = result

    def get(self, kind: type[T]) -> T | None:
        """Return the result of a type, or `None` when no earlier stage left one."""
        found = self._kept.get(kind)
        return found if isinstance(found, kind) else None

    def need(self, kind: type[T]) -> T:
        """Return the result of a type.

        Raises:
            ComputeFailed: No earlier stage left one.
        """
        found = self.get(kind)
        if found is None:
            raise ComputeFailed(
                f"a stage needs the `{kind.__name__}` of an earlier one",
                code="stage-missing",
                hint="run the stages in the order of `influence.compute.STAGES`",
            )
        return found


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
        home: `INFLUENCE_HOME`, for what is kept on disk beside the snapshot; `None` keeps nothing.
        results: What earlier stages left.
        frames: The scores of earlier stages.
    """

    graph: Graph
    snapshot: Snapshot
    scored: NDArray[np.bool_]
    run_id: str
    options: ComputeOptions
    progress: Progress
    check: Callable[[], None]
    home: Path | None = None
    results: Results = field(default_factory=Results)
    frames: list[ScoreFrames] = field(default_factory=list)

    def figure(self, measure: str) -> Float64:
        """Return [n] a measure of customers that an earlier stage computed; NaN where unknown or never computed."""
        for frame in self.frames:
            if measure in frame.customers:
                return np.where(self.scored, frame.customers[measure].astype(np.float64), np.nan)
        return np.full(self.snapshot.customers, np.nan)

    def flag(self, measure: str) -> NDArray[np.bool_]:
        """Return [n] a flag of customers that an earlier stage computed; false where unknown or never computed."""
        return np.nan_to_num(self.figure(measure)) > 0

    def text(self, measure: str) -> NDArray[np.object_]:
        """Return [n] a measure of customers in words that an earlier stage computed; `None` where unknown."""
        for frame in self.frames:
            if measure in frame.customers:
                words = frame.customers[measure].astype(object)
                words[~self.scored] = None
                return words
        return np.full(self.snapshot.customers, None, dtype=object)

    def topic_rows(self, measure: str) -> list[TopicRows]:
        """Return the scores by customer and topic among which an earlier stage computed a measure; at most one."""
        parts = (frame.topics for frame in self.frames)
        return [rows for rows in parts if rows is not None and measure in rows.measures]


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
    return _above_zero("--window", text, "28d")


def parse_activity(text: str) -> float:
    """Return the days of `--activity`, such as `90d`.

    Raises:
        UsageProblem: It is no length of time, or not above zero.
    """
    return _above_zero("--activity", text, "90d")


def _above_zero(option: str, text: str, example: str) -> float:
    """Return the days of an option that allows no zero."""
    hint = f"write it like `{option} {example}`"
    try:
        days = seconds(text) / DAY
    except ValueError as error:
        raise UsageProblem(f"`{option}` {error}", code="bad-option", hint=hint) from None
    if days <= 0:
        raise UsageProblem(f"`{option}` must be above zero", code="bad-option", hint=hint)
    return days


def parse_days(option: str, text: str) -> float:
    """Return the days of an option such as `--return-window 30d`, 0 or more.

    Raises:
        UsageProblem: It is no length of time.
    """
    try:
        return seconds(text) / DAY
    except ValueError as error:
        hint = f"write it like `{option} 30d`"
        raise UsageProblem(f"`{option}` {error}", code="bad-option", hint=hint) from None


def parse_months(text: str) -> int:
    """Return the whole months nearest to `--horizon`, such as 12 for `365d`.

    Raises:
        UsageProblem: It is no length of time, or rounds to no month.
    """
    months = round(parse_days("--horizon", text) / (365.25 / 12.0))
    if months < 1:
        raise UsageProblem(
            "`--horizon` is shorter than a month", code="bad-option", hint="write it like `--horizon 365d`"
        )
    return months
