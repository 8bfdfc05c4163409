"""Whether a tie holds, looked up in compiled loops over the edges of a snapshot."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled

__all__ = ["tie_holds"]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]


@compiled
def tie_holds(
    edge_offsets: Int64, edge_targets: Int32, edge_since: Int64, edge_until: Int64, v: int, u: int, t: int
) -> bool:
    """Tell whether the tie v -> u exists at t.

    Work: the logarithm of the number of ties of v, for a celebrity is asked about every friend who buys on the
    same day. Edges are those of a snapshot: within a customer sorted by target and since, intervals of a pair
    disjoint. Of edges in another order (friends dealt out at random) the answer means nothing.
    """
    low, high = edge_offsets[v], edge_offsets[v + 1]
    while low < high:  # ends behind the last edge with (target, since) <= (u, t)
        middle = (low + high) >> 1
        target = edge_targets[middle]
        if target < u or (target == u and edge_since[middle] <= t):
            low = middle + 1
        else:
            high = middle
    last = low - 1
    return bool(last >= edge_offsets[v] and edge_targets[last] == u and edge_until[last] > t)
