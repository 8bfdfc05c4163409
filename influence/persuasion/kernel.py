"""Compiled loops over the arrays of a snapshot.

Every kernel takes and returns arrays, releases the interpreter lock and works on a share of the products,
so that `threads.spread` can run several at once. What a kernel writes for one first purchase depends on
that purchase alone: results do not depend on how many threads ran.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["count_follow_ons"]

_compiled = numba.njit(cache=True, nogil=True)

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]


@_compiled
def count_follow_ons(
    products: Int64,
    product_offsets: Int64,
    product_order: Int64,
    first_customer: Int32,
    first_time: Int64,
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
        window: Microseconds; a friend's purchase at exactly `window` after still counts.
        counts: [p] written for every first purchase of `products`.

    Returns:
        Number of (customer, friend, product) with both purchases at the same instant, not counted.
    """
    n = len(edge_offsets) - 1
    bought = np.zeros((n >> 6) + 1, np.uint64)
    when = np.empty(n, np.int64)
    one = np.uint64(1)
    ties = 0
    for i in range(len(products)):
        begin, end = product_offsets[products[i]], product_offsets[products[i] + 1]
        for j in range(begin, end):
            row = product_order[j]
            u = first_customer[row]
            bought[u >> 6] |= one << np.uint64(u & 63)
            when[u] = first_time[row]
        for j in range(begin, end):
            row = product_order[j]
            v = first_customer[row]
            t = first_time[row]
            count = 0
            for e in range(edge_offsets[v], edge_offsets[v + 1]):
                u = edge_targets[e]
                if (bought[u >> 6] >> np.uint64(u & 63)) & one:
                    lag = when[u] - t
                    if 0 <= lag <= window and edge_since[e] <= t and edge_until[e] > t:
                        if lag == 0:
                            ties += 1
                        else:
                            count += 1
            counts[row] = count
        for j in range(begin, end):
            bought[first_customer[product_order[j]] >> 6] = 0
    return ties
