"""The spread of a set of customers under credit distribution, a known baseline for choosing seeds (metrics.md 4.9).

For library users and for the proof of invariant I1 (monotone, submodular): no run, command or score calls it.
"""

from __future__ import annotations

from math import exp

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled
from influence.persuasion.buyers import EVER, Buyers, buyers_by_product, earlier_friends, room, scratch
from influence.persuasion.credit import influenceability
from influence.persuasion.parameters import PersuasionParameters
from influence.snapshot.arrays import DAY, Snapshot

__all__ = ["credit_spread"]

Int64 = NDArray[np.int64]
UInt8 = NDArray[np.uint8]
Float64 = NDArray[np.float64]


def credit_spread(
    snapshot: Snapshot, members: NDArray[np.bool_], parameters: PersuasionParameters | None = None
) -> float:
    """Return how many customers a set is credited with: `sum_u (1/A_u) sum_a G_Su(a)`, without truncation.

    `G_Su(a)` is 1 for a member who bought product a, and for anybody else the sum over his earlier friends x of
    `G_Sx(a) * g_xu(a)`. Monotone and submodular in the set.

    Args:
        snapshot: The graph as arrays.
        members: [n] who is in the set.
        parameters: tau; the defaults if not given.
    """
    parameters = parameters or PersuasionParameters()
    if not len(snapshot.first_time):
        return 0.0
    susceptible = np.nan_to_num(influenceability(snapshot, parameters))
    actions = np.diff(snapshot.customer_offsets).astype(np.int64)
    tau = parameters.credit_days * DAY
    return float(_spread(buyers_by_product(snapshot), tau, susceptible, actions, members.astype(np.uint8)))


@compiled
def _spread(log: Buyers, tau: float, susceptible: Float64, actions: Int64, members: UInt8) -> float:
    """Go through each product's buyers in time, so the credit of everybody earlier is known."""
    clear, found = scratch(log), room()
    spread = 0.0
    for a in range(len(log.product_offsets) - 1):
        found, size = earlier_friends(a, log, EVER, clear, found)
        begin = log.product_offsets[a]
        buyers = log.product_offsets[a + 1] - begin
        earlier = np.zeros(buyers, np.int64)
        for i in range(size):
            earlier[found[i, 1]] += 1
        order = np.argsort(found[:size, 1], kind="mergesort")
        credit = np.zeros(buyers, np.float64)
        at = 0
        for k in range(buyers):
            u = log.buyer[begin + k]
            total = 0.0
            while at < size and found[order[at], 1] == k:
                x = found[order[at], 0]
                lag = log.bought_at[begin + k] - log.bought_at[begin + x]
                total += credit[x] * susceptible[u] / earlier[k] * exp(-lag / tau)
                at += 1
            credit[k] = 1.0 if members[u] else total
            spread += credit[k] / actions[u]
    return spread
