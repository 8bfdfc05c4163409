"""Products that are counted together, and what was seen of their first purchases, product by product."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled
from influence.persuasion.layout import Workspace
from influence.persuasion.prefetch import prefetch
from influence.persuasion.visits import Seen

__all__ = ["LANES", "Group", "Room", "entries", "gather", "groups"]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt8 = NDArray[np.uint8]
Float64 = NDArray[np.float64]
Whole = int | np.integer[Any]

LANES = 8
"""Categories that the sweep keeps in one integer of a customer."""
EARLY = 16  # purchases ahead for which memory is asked


class Timed(NamedTuple):
    """First purchases with a probe in time order, as the sweep runs through them.

    Attributes:
        category, bought, wanted, length, place: [e] of each, as in `Group`.
        begin: [e] where the entries of its probes begin in the store, kind after kind.
    """

    category: Int32
    bought: Int64
    wanted: UInt8
    begin: Int64
    length: Int32
    place: Int64


class Group(NamedTuple):
    """Products that are counted together, and their first purchases product by product, by time in each.

    Attributes:
        products: [k] the products; `offsets` [k+1] their rows.
        categories: Number of their categories.
        event: [g] which event of the count each row is, -1 for none.
        buyer, bought: [g] customer and time.
        wanted: [g] a bit per kind of probe.
        length: [g, 3] how many entries the probes of each kind have.
        place: [g] how many entries the rows before have: where their records begin, kind after kind.
        entries: How many there are in all.
        timed: The rows with a probe in time order.
    """

    products: Int64
    offsets: Int64
    categories: int
    event: Int32
    buyer: Int32
    bought: Int64
    wanted: UInt8
    length: Int32
    place: Int64
    entries: int
    timed: Timed


@compiled
def entries(first_product: Int32, wanted: UInt8, event: Int32, length: Int32, cost: Float64) -> Float64:
    """Add up the entries in the store, and 1 for each event, per product in `cost` [a]; return it.

    Args:
        first_product: [p] the product of each first purchase.
        wanted, event: As for `gather`.
        length: [e, 3] entries of each event.
        cost: Zeros.
    """
    for row in range(len(first_product)):
        if wanted[row]:
            cost[first_product[row]] += 1
            for kind in range(3):
                cost[first_product[row]] += length[event[row], kind]
    return cost


def groups(space: Workspace, cost: Float64) -> list[Int64]:
    """Cut the products into groups of at most `group_visits` entries and `table_cells` counts of categories.

    The sweep that a group starts with costs one pass over the log, so groups are as large as memory allows,
    in a number that keeps every thread busy until the end; there is one where there is less to do than a pass costs.

    Args:
        space: The snapshot.
        cost: [a] entries of each product; those without are in no group.
    """
    category, parameters = space.log.category, space.parameters
    order = np.lexsort((np.arange(space.snapshot.products), category))
    order = order[cost[order] > 0].astype(np.int64)
    if not len(order):
        return []
    filled = np.cumsum(cost[order])
    number = max(1, int(np.ceil(filled[-1] / parameters.group_visits)))
    threads = parameters.threads or os.cpu_count() or 1
    if number > 1 or filled[-1] > len(space.log.moved_time) * threads:
        number = -(-number // threads) * threads
    group = np.minimum((filled - cost[order] / 2) / filled[-1] * number, number - 1).astype(np.int64)
    most = max(LANES, parameters.table_cells // max(space.snapshot.customers, 1))
    number_of = np.cumsum(np.diff(category[order], prepend=category[order[0]]) != 0)
    cuts = np.flatnonzero(np.diff(group) | np.diff(number_of // most)) + 1
    return list(np.split(order, cuts))


class Room:
    """Memory for one group after another: fresh memory would have to be cleared by the system each time."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[str, NDArray[Any]] = {}

    def take(self, name: str, size: int, kind: type[np.generic]) -> NDArray[Any]:
        """Return `size` values of a kind under a name; what was taken under it before is overwritten."""
        kept = self._kept.get(name)
        if kept is None or len(kept) < size:
            kept = self._kept[name] = np.empty(size, kind)
        return kept[:size]


def gather(space: Workspace, products: Int64, wanted: UInt8, event: Int32, seen: Seen, room: Room) -> Group:
    """Fetch what was seen of the first purchases of some products.

    Args:
        space: The snapshot.
        products: [k] the products.
        wanted: [p] from `visits.ask`.
        event: [p] the number of each first purchase among the events, -1 for the others.
        seen: Per event.
        room: Of the thread; the group lasts until the next one is gathered in it.
    """
    s = space.snapshot
    offsets = np.concatenate([[0], np.cumsum(np.diff(s.product_offsets)[products])]).astype(np.int64)
    g = int(offsets[-1])
    rows, events, buyer = _columns(room, "rows", g), room.take("event", g, np.int32), room.take("buyer", g, np.int32)
    asked = room.take("asked", g, np.int64)
    log = (s.product_offsets, s.product_order, s.first_customer, s.first_time, space.log.category)
    number, size = _gather(products, offsets, *log, wanted, event, seen.begin, seen.length, rows, events, buyer, asked)
    asked = asked[:number]
    timed = _columns(room, "timed", number)
    _sort(asked[np.argsort(rows.bought[asked])], rows, timed)
    return Group(
        products=products,
        offsets=offsets,
        categories=len(np.unique(space.log.category[products])),
        event=events,
        buyer=buyer,
        bought=rows.bought,
        wanted=rows.wanted,
        length=rows.length,
        place=rows.place,
        entries=int(size),
        timed=timed,
    )


def _columns(room: Room, name: str, size: int) -> Timed:
    """Return room for rows; allocated here and not in compiled code, see `layout.prepare`."""
    return Timed(
        category=room.take(f"{name} category", size, np.int32),
        bought=room.take(f"{name} bought", size, np.int64),
        wanted=room.take(f"{name} wanted", size, np.uint8),
        begin=room.take(f"{name} begin", size, np.int64),
        length=room.take(f"{name} length", 3 * size, np.int32).reshape(size, 3),
        place=room.take(f"{name} place", size, np.int64),
    )


@compiled
def _sort(order: Int64, rows: Timed, into: Timed) -> None:
    """Copy rows in some order."""
    for i in range(len(order)):
        if i + EARLY < len(order):
            ahead = order[i + EARLY]
            prefetch(rows.category, ahead)
            prefetch(rows.bought, ahead)
            prefetch(rows.wanted, ahead)
            prefetch(rows.begin, ahead)
            prefetch(rows.place, ahead)
        j = order[i]
        into.category[i], into.bought[i], into.wanted[i] = rows.category[j], rows.bought[j], rows.wanted[j]
        into.begin[i], into.place[i] = rows.begin[j], rows.place[j]
        for kind in range(3):
            into.length[i, kind] = rows.length[j, kind]


@compiled
def _gather(
    products: Int64,
    offsets: Int64,
    product_offsets: Int64,
    product_order: Int64,
    first_customer: Int32,
    first_time: Int64,
    category: Int32,
    wanted: UInt8,
    event: Int32,
    seen_begin: Int64,
    seen_length: Int32,
    rows: Timed,
    events: Int32,
    buyer: Int32,
    asked: Int64,
) -> tuple[int, Whole]:
    """Write all rows of some products, and which of them have a probe; return how many, and how many entries."""
    number = 0
    size = np.int64(0)
    for k in range(len(products)):
        first = product_offsets[products[k]]
        last = product_offsets[products[k] + 1]
        for i in range(first, last):
            if i + EARLY < last:
                ahead = product_order[i + EARLY]
                prefetch(first_customer, ahead)
                prefetch(first_time, ahead)
                prefetch(wanted, ahead)
                prefetch(event, ahead)
            row, j = product_order[i], offsets[k] + i - first
            events[j], buyer[j] = event[row], first_customer[row]
            rows.category[j], rows.bought[j] = category[products[k]], first_time[row]
            rows.wanted[j], rows.begin[j] = wanted[row], 0
            rows.place[j] = size
            for kind in range(3):
                rows.length[j, kind] = 0
            if wanted[row]:
                rows.begin[j] = seen_begin[event[row]]
                for kind in range(3):
                    rows.length[j, kind] = seen_length[event[row], kind]
                    size += rows.length[j, kind]
                asked[number] = j
                number += 1
    return number, size
