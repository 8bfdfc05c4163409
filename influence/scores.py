"""What a stage of a compute run hands over to be written: columns, not rows.

A column is an array. Null, which means that the measure does not apply or lacks evidence, is NaN in a float column
and `None` in an object column; integer and boolean columns have no nulls. An object column may also hold lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pairs", "ProductRows", "ScoreFrames", "TopicRows", "merged", "python_values"]

Column = NDArray[Any]
Columns = Mapping[str, Column]


@dataclass(frozen=True)
class TopicRows:
    """Scores per customer and topic.

    Attributes:
        customer, topic: [k] int64 numbers in the snapshot; each pair once.
        measures: Name to [k] column.
    """

    customer: NDArray[np.int64]
    topic: NDArray[np.int64]
    measures: Columns


@dataclass(frozen=True)
class Pairs:
    """Who persuaded or referred whom.

    Attributes:
        source, target: [k] int64 numbers in the snapshot; each pair once.
        measures: Name to [k] column.
    """

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    measures: Columns


@dataclass(frozen=True)
class ProductRows:
    """What speaks for a customer's score, product by product.

    Attributes:
        customer, product: [k] int64 numbers in the snapshot; each pair once.
        measures: Name to [k] column.
    """

    customer: NDArray[np.int64]
    product: NDArray[np.int64]
    measures: Columns


@dataclass(frozen=True)
class ScoreFrames:
    """The results of one stage.

    Attributes:
        customers: Measure to [n] column over the customers of the snapshot; those who are not scored are dropped.
        topics: Scores per customer and topic.
        communities: Property to [c] column, among them `id`.
        pairs: Who persuaded whom.
        evidence: What speaks for the scores, product by product.
        referrals: Whom the customer referred, with what became of it.
        totals: Figures about the whole, kept on the `:Run`: numbers, texts, flags or lists of one of these.
    """

    customers: Columns = field(default_factory=dict)
    topics: TopicRows | None = None
    communities: Columns = field(default_factory=dict)
    pairs: Pairs | None = None
    evidence: ProductRows | None = None
    referrals: Pairs | None = None
    totals: Mapping[str, Any] = field(default_factory=dict)


def merged(frames: Iterable[ScoreFrames]) -> ScoreFrames:
    """Return the results of all stages as one.

    Topic rows are joined by (customer, topic); a measure that has no row of a pair is null there.

    Raises:
        ValueError: Two stages name the same measure.
    """
    customers: dict[str, Column] = {}
    communities: dict[str, Column] = {}
    totals: dict[str, Any] = {}
    topics: list[TopicRows] = []
    pairs: list[Pairs] = []
    evidence: list[ProductRows] = []
    referrals: list[Pairs] = []
    for frame in frames:
        for whole, part in ((customers, frame.customers), (communities, frame.communities), (totals, frame.totals)):
            if twice := set(whole) & set(part):
                raise ValueError(f"two stages compute {', '.join(sorted(twice))}")
            whole.update(part)
        topics += [frame.topics] if frame.topics is not None else []
        pairs += [frame.pairs] if frame.pairs is not None else []
        evidence += [frame.evidence] if frame.evidence is not None else []
        referrals += [frame.referrals] if frame.referrals is not None else []
    if len(pairs) > 1:
        raise ValueError("two stages say who persuaded whom")
    if len(evidence) > 1:
        raise ValueError("two stages give evidence by product")
    if len(referrals) > 1:
        raise ValueError("two stages judge referrals")
    return ScoreFrames(
        customers,
        joined(topics) if topics else None,
        communities,
        pairs[0] if pairs else None,
        evidence[0] if evidence else None,
        referrals[0] if referrals else None,
        totals,
    )


def joined(parts: list[TopicRows]) -> TopicRows:
    """Return an outer join of topic rows, sorted by (customer, topic)."""
    width = 1 + max((int(part.topic.max(initial=0)) for part in parts), default=0)
    keys = np.unique(np.concatenate([part.customer * width + part.topic for part in parts]))
    measures: dict[str, Column] = {}
    for part in parts:
        place = np.searchsorted(keys, part.customer * width + part.topic)
        for name, column in part.measures.items():
            if name in measures:
                raise ValueError(f"two stages compute {name} by topic")
            measures[name] = spread_out(column, place, len(keys))
    return TopicRows(keys // width, keys % width, measures)


def spread_out(column: Column, place: NDArray[np.int64], size: int) -> Column:
    """Return a longer column with the values at their places and null elsewhere."""
    if len(column) == size:
        out: Column = np.empty(size, column.dtype)
    elif column.dtype.kind == "f":
        out = np.full(size, np.nan)
    else:
        out = np.full(size, None, object)
        column = np.array(column.tolist(), object)
    out[place] = column
    return out


def python_values(column: Column) -> list[Any]:
    """Return the values as Python's own, null as `None`."""
    if column.dtype.kind == "f":
        values = column.astype(object)
        values[np.isnan(column)] = None
        return list(values)
    return list(column.tolist())
