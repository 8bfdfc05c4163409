"""Purchase lines as arrays, with refunds settled once so that no metric has to think of them again.

Two kinds of refund arrive from shops, and they mean the same: a line flagged `refunded` (the sale was undone
afterwards) and a line of its own with a quantity below 1 (the return was booked). What counts:

* a flagged line is no purchase; its revenue and margin are 0, except for a negative margin, which is a cost that stays;
* a return line is no purchase either; its (negative) revenue and margin count at its own date.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from influence.snapshot.arrays import DAY, Float64, Int32, Int64
from influence.value.measures import total_by

__all__ = ["Purchases", "RepeatSummary", "purchases_of", "summarise_repeats"]


@dataclass(frozen=True)
class Purchases:
    """All purchase lines up to `as_of`, sorted by (customer, time). n customers, p lines.

    Attributes:
        customers: n.
        as_of: Instant; nothing dated after it is in the arrays.
        customer: [p] int32 buyer.
        product: [p] int32 product.
        at: [p] instant.
        revenue, margin: [p] minor units after refunds, NaN if unknown.
        kept: [p] bool, the line is a purchase that stands (neither refunded nor a return).
    """

    customers: int
    as_of: int
    customer: Int32
    product: Int32
    at: Int64
    revenue: Float64
    margin: Float64
    kept: NDArray[np.bool_]

    def total(self, money: Float64, since: int | None = None) -> Float64:
        """Return [n] sums of `money` ([p]), lines without a value left out (`unknown` counts them).

        Args:
            money: `revenue` or `margin` of these lines.
            since: First instant that counts; `None` = all.
        """
        weights = np.nan_to_num(money)
        if since is not None:
            weights = np.where(self.at >= since, weights, 0.0)
        return total_by(self.customer, self.customers, weights)

    def positive_margin(self) -> Float64:
        """Return [n] the sum of the positive margins of each customer's lines, returns and losses left out."""
        return total_by(self.customer, self.customers, np.maximum(np.nan_to_num(self.margin), 0.0))

    def unknown(self, money: Float64) -> Int64:
        """Return [n] how many lines of each customer have no value in `money` ([p])."""
        return np.bincount(self.customer[np.isnan(money)], minlength=self.customers).astype(np.int64)


def purchases_of(
    customers: int,
    as_of: int,
    customer: ArrayLike,
    product: ArrayLike,
    at: ArrayLike,
    revenue: ArrayLike,
    margin: ArrayLike,
    *,
    quantity: ArrayLike = 1,
    refunded: ArrayLike = False,
) -> Purchases:
    """Sort purchase lines, drop those after `as_of` and settle refunds.

    Args:
        customers: Number of customers n.
        as_of: Last instant that counts, microseconds UTC.
        customer: [p] numbers of the buyers.
        product: [p] numbers of the products, or -1 for all when they are of no interest: no value needs them.
        at: [p] instants, microseconds UTC.
        revenue, margin: [p] minor units, NaN if unknown.
        quantity: [p] or one number; below 1 is a return.
        refunded: [p] or one flag; the sale was undone.
    """
    buyer = np.asarray(customer, dtype=np.int32)
    when = np.asarray(at, dtype=np.int64)
    shape = when.shape
    undone = np.broadcast_to(np.asarray(refunded, dtype=np.bool_), shape)
    kept = ~undone & (np.broadcast_to(np.asarray(quantity), shape) > 0)
    # a refunded sale earns nothing, but what it cost to send and take back was spent
    income = np.where(undone, 0.0, np.asarray(revenue, dtype=np.float64))
    earned = np.asarray(margin, dtype=np.float64)
    earned = np.where(undone, np.minimum(np.nan_to_num(earned), 0.0), earned)
    same = buyer[1:] == buyer[:-1]
    in_order = bool(np.all((buyer[1:] > buyer[:-1]) | (same & (when[1:] >= when[:-1]))))
    order: slice | NDArray[np.int64] = slice(None) if in_order else np.lexsort((when, buyer))
    if np.any(when > as_of):
        everything = np.arange(len(when)) if isinstance(order, slice) else order
        order = everything[when[everything] <= as_of]
    return Purchases(
        customers=customers,
        as_of=as_of,
        customer=buyer[order],
        product=np.broadcast_to(np.asarray(product, dtype=np.int32), shape)[order],
        at=when[order],
        revenue=income[order],
        margin=earned[order],
        kept=kept[order],
    )


@dataclass(frozen=True)
class RepeatSummary:
    """What the repeat-purchase models read of each customer (metrics.md 5.3). n customers.

    Attributes:
        bought: [n] bool, at least one purchase that stands; the other arrays mean nothing where it is false.
        repeats: [n] int64 days with a purchase after the first one (x); same-day purchases are one.
        recency: [n] float64 days from the first to the last purchase day (t_x).
        age: [n] float64 days from the first purchase day to `as_of` (T).
        mean_margin: [n] minor units per repeat purchase day net of returns, NaN if there is no repeat or a
            margin is unknown.
    """

    bought: NDArray[np.bool_]
    repeats: Int64
    recency: Float64
    age: Float64
    mean_margin: Float64


def summarise_repeats(purchases: Purchases) -> RepeatSummary:
    """Merge same-day purchases and return repeats, recency, age and margin per repeat of each customer.

    A return counts against the last purchase day at or before it, so a return of the first purchase leaves the
    mean repeat margin alone. Returns without a purchase before them are left to past customer value.
    """
    n = purchases.customers
    who, kept = purchases.customer, purchases.kept
    day = purchases.at // DAY
    fresh = np.empty(len(who), dtype=np.bool_)  # first standing line of a (customer, day)
    rows = np.flatnonzero(kept)
    fresh[:] = False
    fresh[rows] = np.r_[True, (who[rows][1:] != who[rows][:-1]) | (day[rows][1:] != day[rows][:-1])][: len(rows)]
    days = np.bincount(who[fresh], minlength=n)
    bought = days > 0
    first = np.zeros(n, dtype=np.int64)
    last = np.zeros(n, dtype=np.int64)
    opening = np.flatnonzero(fresh)
    first[who[opening[::-1]]] = day[opening[::-1]]  # the last assignment wins: the earliest day
    last[who[opening]] = day[opening]
    # a line belongs to the repeat visits as soon as its customer's second purchase day has begun
    visit = np.cumsum(fresh)
    before = np.concatenate([[0], np.cumsum(days)])[:-1]
    repeat = visit - before[who] >= 2
    money = np.bincount(
        who[repeat], weights=purchases.margin[repeat], minlength=n
    )  # NaN spreads: unknown stays unknown
    repeats = np.where(bought, days - 1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(repeats > 0, money / repeats, np.nan)
    return RepeatSummary(
        bought=bought,
        repeats=repeats.astype(np.int64),
        recency=np.where(bought, last - first, 0).astype(np.float64),
        age=np.where(bought, purchases.as_of // DAY - first, 0).astype(np.float64),
        mean_margin=mean,
    )
