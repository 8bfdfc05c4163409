"""How far persuasion travels: chains of purchases, each credited to the one before.

A chain lives within one product and runs forward in time, so it never closes a circle, although persuaded pairs
over several products may.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled
from influence.persuasion.credit import SaleCredit
from influence.snapshot.arrays import Snapshot

__all__ = ["longest_chains"]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]


def longest_chains(snapshot: Snapshot, sales: SaleCredit, least: float) -> Int64:
    """Return the length of the longest chain that starts with each customer.

    Args:
        snapshot: The graph as arrays.
        sales: Credit per sale.
        least: Share of a sale from which on it is a link. Where nobody persuades there is a little credit almost
            everywhere, and chains of it are long.

    Returns:
        [n] links of the longest chain from one of the customer's purchases: 0 = nobody followed with such a share,
        1 = a friend did, 2 = and a friend of that friend.
    """
    s = snapshot
    links = np.flatnonzero(sales.credit >= least)
    links = links[np.argsort(s.first_time[sales.given[links]], kind="stable")[::-1]]  # the latest first
    depth = np.zeros(len(s.first_time), np.int32)
    _deepen(sales.given[links], sales.received[links], depth)
    longest = np.zeros(s.customers, np.int64)
    np.maximum.at(longest, s.first_customer, depth)
    return longest


@compiled
def _deepen(given: Int64, received: Int64, depth: Int32) -> None:
    """Lengthen the chain of each giver by its receiver's; givers come latest first, so receivers are final."""
    for i in range(len(given)):
        if depth[received[i]] + 1 > depth[given[i]]:
            depth[given[i]] = depth[received[i]] + 1
