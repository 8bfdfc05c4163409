"""The spread of a set of customers under credit distribution, a known baseline for choosing seeds (metrics.md 4.9)."""

from __future__ import annotations

from math import exp

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled
from influence.persuasion.credit import Float64, Int32, Int64, UInt8, _by_product, _pairs, distribute_credit
from influence.persuasion.parameters import PersuasionParameters
from influence.snapshot.arrays import DAY, Snapshot

__all__ = ["credit_spread"]


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
    susceptible = np.nan_to_num(distribute_credit(snapshot, parameters).influenceability(snapshot))
    actions = np.diff(snapshot.customer_offsets).astype(np.int64)
    tau = parameters.credit_days * DAY
    return float(_spread(*_by_product(snapshot), tau, susceptible, actions, members.astype(np.uint8)))


@compiled
def _spread(
    product_offsets: Int64,
    buyer: Int32,
    bought_at: Int64,
    linked: UInt8,
    edge_offsets: Int64,
    edge_targets: Int32,
    edge_since: Int64,
    edge_until: Int64,
    tau: float,
    susceptible: Float64,
    actions: Int64,
    members: UInt8,
) -> float:
    """Go through each product's buyers in time, so the credit of everybody earlier is known."""
    slot = np.empty(len(edge_offsets) - 1, np.int32)
    bits = np.zeros((len(slot) >> 6) + 1, np.uint64)
    found = np.empty((1024, 2), np.int32)
    spread = 0.0
    for a in range(len(product_offsets) - 1):
        found, size = _pairs(
            a,
            product_offsets,
            buyer,
            bought_at,
            linked,
            edge_offsets,
            edge_targets,
            edge_since,
            edge_until,
            2**62,
            bits,
            slot,
            found,
        )
        begin = product_offsets[a]
        buyers = product_offsets[a + 1] - begin
        earlier = np.zeros(buyers, np.int64)
        for i in range(size):
            earlier[found[i, 1]] += 1
        order = np.argsort(found[:size, 1], kind="mergesort")
        credit = np.zeros(buyers, np.float64)
        at = 0
        for k in range(buyers):
            u = buyer[begin + k]
            total = 0.0
            while at < size and found[order[at], 1] == k:
                x = found[order[at], 0]
                lag = bought_at[begin + k] - bought_at[begin + x]
                total += credit[x] * susceptible[u] / earlier[k] * exp(-lag / tau)
                at += 1
            credit[k] = 1.0 if members[u] else total
            spread += credit[k] / actions[u]
    return spread
