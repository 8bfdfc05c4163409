"""The buyers of each product and the ties among them, as the compiled loops of credit take them."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled
from influence.snapshot.arrays import Snapshot
from influence.threads import shares

__all__ = ["EVER", "Buyers", "Scratch", "buyers_by_product", "earlier_friends", "portions", "room", "scratch"]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt8 = NDArray[np.uint8]

EVER: Final = 2**62
"""A window that no purchase lies outside of."""


class Buyers(NamedTuple):
    """First purchases in the order of products and, in it, of time, with the ties of the snapshot.

    Attributes:
        product_offsets: [a + 1] where the buyers of each product begin.
        buyer, bought_at: [p] who bought, and when.
        linked: [p] whose ties to walk.
        edge_offsets, edge_targets, edge_since, edge_until: Whom each customer can influence, and from when to when.
    """

    product_offsets: Int64
    buyer: Int32
    bought_at: Int64
    linked: UInt8
    edge_offsets: Int64
    edge_targets: Int32
    edge_since: Int64
    edge_until: Int64


class Scratch(NamedTuple):
    """Room for `earlier_friends`, of each thread its own.

    Attributes:
        bits: A bit per customer, clear before and after.
        slot: [n] place among the buyers of a product.
    """

    bits: NDArray[np.uint64]
    slot: Int32


def buyers_by_product(snapshot: Snapshot, linked: NDArray[np.bool_] | None = None) -> Buyers:
    """Return the buyers of a snapshot.

    Args:
        snapshot: The graph as arrays.
        linked: [p] first purchases whose buyers' ties are walked; default all.
    """
    s = snapshot
    buyer, bought_at = s.first_customer[s.product_order], s.first_time[s.product_order]
    walked = np.ones(len(buyer), np.uint8) if linked is None else linked[s.product_order].astype(np.uint8)
    return Buyers(
        s.product_offsets, buyer, bought_at, walked, s.edge_offsets, s.edge_targets, s.edge_since, s.edge_until
    )


def portions(log: Buyers) -> list[Int64]:
    """Return the products in portions of about the same work, for threads."""
    return shares(_cost(log), np.inf, 16) if len(log.product_offsets) > 1 else []


@compiled
def _cost(log: Buyers) -> Int64:
    """Return, per product, the friends of its buyers and the buyers themselves, counted."""
    cost = np.zeros(len(log.product_offsets) - 1, np.int64)
    for a in range(len(cost)):
        for j in range(log.product_offsets[a], log.product_offsets[a + 1]):
            cost[a] += log.edge_offsets[log.buyer[j] + 1] - log.edge_offsets[log.buyer[j]] + 1
    return cost


@compiled
def scratch(log: Buyers) -> Scratch:
    """Return clear room."""
    customers = len(log.edge_offsets) - 1
    return Scratch(np.zeros((customers >> 6) + 1, np.uint64), np.empty(customers, np.int32))


@compiled
def room() -> Int32:
    """Return room for pairs, which grows as it fills."""
    return np.empty((1024, 2), np.int32)


@compiled
def earlier_friends(a: int, log: Buyers, window: int, clear: Scratch, found: Int32) -> tuple[Int32, int]:
    """Write (earlier, later) positions among the buyers of a, for ties that existed at the earlier purchase.

    Args:
        a: The product.
        log: Buyers and ties.
        window: Longest time between the two purchases.
        clear: Room of the thread.
        found: [k, 2] where the pairs go.

    Returns:
        `found`, replaced by a larger array when it was full, and how many pairs it holds.
    """
    bits, slot = clear.bits, clear.slot
    begin, end = log.product_offsets[a], log.product_offsets[a + 1]
    one = np.uint64(1)
    for j in range(begin, end):
        u = log.buyer[j]
        bits[u >> 6] |= one << np.uint64(u & 63)
        slot[u] = j - begin
    size = 0
    for j in range(begin, end):
        if not log.linked[j]:
            continue
        v = log.buyer[j]
        t = log.bought_at[j]
        for e in range(log.edge_offsets[v], log.edge_offsets[v + 1]):
            u = log.edge_targets[e]
            if (bits[u >> 6] >> np.uint64(u & 63)) & one:
                k = slot[u]
                lag = log.bought_at[begin + k] - t
                if 0 < lag <= window and log.edge_since[e] <= t and log.edge_until[e] > t:
                    if size == len(found):
                        larger = np.empty((2 * size, 2), np.int32)
                        larger[:size] = found
                        found = larger
                    found[size, 0] = j - begin
                    found[size, 1] = k
                    size += 1
    for j in range(begin, end):
        bits[log.buyer[j] >> 6] = 0
    return found, size
