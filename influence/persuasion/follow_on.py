"""Follow-on purchases, plain: what friends bought of the same product soon after (metrics.md 4.1).

A count, not a proof: friends share tastes, so most follow-ons would have happened anyway. The estimator in
`estimate` says how many were expected; this module is what saved Cypher must agree with exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled
from influence.persuasion.prefetch import prefetch
from influence.persuasion.sums import sum_by
from influence.persuasion.ties import tie_holds
from influence.snapshot.arrays import DAY, Snapshot
from influence.threads import shares, spread

__all__ = ["FollowOn", "follow_on_counts"]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]


@dataclass(frozen=True)
class FollowOn:
    """Follow-on counts of a snapshot; one count is one (customer v, friend u, product).

    v bought first at t, the tie v -> u existed at t (unknown start = always), and u's first purchase of the
    product came after t and at most `window_days` later.

    Attributes:
        window_days: The window in days.
        customers: [n] int64 counts per customer v.
        products: [a] int64 counts per product.
        topic_customer, topic_topic, topic_count: COO of counts per customer and topic where positive,
            sorted; a product with several topics counts once in each.
        ties_dropped: Pairs of friends, times products, with both purchases at the same instant; counted for
            neither side. A pair counts once, whichever way it is tied.
    """

    window_days: float
    customers: Int64
    products: Int64
    topic_customer: Int32
    topic_topic: Int32
    topic_count: Int64
    ties_dropped: int


def follow_on_counts(snapshot: Snapshot, window_days: float = 28.0, *, threads: int | None = None) -> FollowOn:
    """Count follow-on purchases of every customer, topic and product.

    Args:
        snapshot: The graph as arrays.
        window_days: Longest time between the two purchases, in days; exactly that long still counts.
        threads: Number of threads; all cores when not given. The result does not depend on it.
    """
    s = snapshot
    counts = np.zeros(len(s.first_time), np.int32)
    by_product = np.zeros(len(s.first_time), np.int32)
    buyer, bought_at = s.first_customer[s.product_order], s.first_time[s.product_order]
    degree = np.diff(s.edge_offsets)
    cost = sum_by(s.first_product, degree[s.first_customer] + 1.0, s.products)

    def count(products: Int64) -> int:
        return int(
            _count_follow_ons(
                products,
                s.product_offsets,
                buyer,
                bought_at,
                s.edge_offsets,
                s.edge_targets,
                s.edge_since,
                s.edge_until,
                round(window_days * DAY),
                by_product,
            )
        )

    ties = sum(spread(count, shares(cost, np.inf, 16), threads)) if len(counts) else 0
    counts[s.product_order] = by_product

    hit = np.flatnonzero(counts)
    customer, product, count_of = s.first_customer[hit], s.first_product[hit], counts[hit]
    several = np.diff(s.product_topic_offsets)[product]
    row = np.repeat(np.arange(len(hit)), several)
    within = np.arange(len(row)) - np.repeat(np.cumsum(several) - several, several)
    topic = s.product_topics[s.product_topic_offsets[product[row]] + within]
    z = max(s.topics, 1)
    key, inverse = np.unique(customer[row].astype(np.int64) * z + topic, return_inverse=True)
    topic_count = sum_by(inverse, count_of[row], len(key)).astype(np.int64)
    return FollowOn(
        window_days=window_days,
        customers=sum_by(customer, count_of, s.customers).astype(np.int64),
        products=sum_by(product, count_of, s.products).astype(np.int64),
        topic_customer=(key // z).astype(np.int32),
        topic_topic=(key % z).astype(np.int32),
        topic_count=topic_count,
        ties_dropped=ties,
    )


@compiled
def _count_follow_ons(
    products: Int64,
    product_offsets: Int64,
    buyer: Int32,
    bought_at: Int64,
    edge_offsets: Int64,
    edge_targets: Int32,
    edge_since: Int64,
    edge_until: Int64,
    window: int,
    counts: Int32,
) -> int:
    """Count, for each first purchase of some products, the friends who bought within the window after it.

    One bit per customer says who bought the product at all; only then the time is looked up. Work: the
    sum over first purchases of the number of the buyer's ties.

    Args:
        products: [k] products to do.
        product_offsets: [a+1] CSR rows of the next two per product.
        buyer, bought_at: [p] customer and time of the first purchases, by product.
        window: Microseconds; a friend's purchase at exactly `window` after still counts.
        counts: [p] by product, written for every first purchase of `products`.

    Returns:
        Number of pairs of friends, per product, with both purchases at the same instant, not counted.
    """
    n = len(edge_offsets) - 1
    bought = np.zeros((n >> 6) + 1, np.uint64)
    when = np.empty(n, np.int64)
    one = np.uint64(1)
    ties = 0
    for a in products:
        begin, end = product_offsets[a], product_offsets[a + 1]
        for j in range(begin, end):
            u = buyer[j]
            bought[u >> 6] |= one << np.uint64(u & 63)
            when[u] = bought_at[j]
        for j in range(begin, end):
            if j + 8 < len(buyer):
                prefetch(edge_offsets, np.int64(buyer[j + 8]))
                ahead = edge_offsets[buyer[j + 4]]
                prefetch(edge_targets, ahead)
                prefetch(edge_targets, ahead + 16)
            v = buyer[j]
            t = bought_at[j]
            count = 0
            for e in range(edge_offsets[v], edge_offsets[v + 1]):
                u = edge_targets[e]
                if (bought[u >> 6] >> np.uint64(u & 63)) & one:
                    lag = when[u] - t
                    if 0 <= lag <= window and edge_since[e] <= t and edge_until[e] > t:
                        if lag == 0:
                            # tied both ways, the pair is met from both ends and counted from one
                            ties += v < u or not tie_holds(edge_offsets, edge_targets, edge_since, edge_until, u, v, t)
                        else:
                            count += 1
            counts[j] = count
        for j in range(begin, end):
            bought[buyer[j] >> 6] = 0
    return ties
