"""Friend exposures: what followed each first purchase, and what would have followed anyway.

The stage of metrics.md 4.1 to 4.3 and the counts of 4.6, per first purchase. `count_exposures` lays the
snapshot out for the kernel, cuts the products into groups that fit into memory and spreads the groups over
threads; how the kernel avoids every quadratic step is told in docs/concepts/persuasion.md.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from influence.persuasion.hazards import Expected, expect, nothing_expected
from influence.persuasion.layout import Log, Workspace, prepare
from influence.persuasion.parameters import PersuasionParameters
from influence.persuasion.sums import sum_by
from influence.persuasion.sweep import LANES, Group, sweep
from influence.persuasion.visits import Seen, ask, bounds, nothing_seen, visit
from influence.snapshot.arrays import Snapshot
from influence.threads import spread

__all__ = ["Exposures", "count_exposures"]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt8 = NDArray[np.uint8]
UInt32 = NDArray[np.uint32]
Float64 = NDArray[np.float64]
Mask = NDArray[np.bool_]

WORTH_SHARING = 1_000_000
"""Friend visits from which a second sweep of the log is worth a second thread."""
WAYS = 64
"""Most shares that work is cut into."""


@dataclass(frozen=True)
class Exposures:
    """Counts per first purchase [p] in the order of the snapshot.

    Expectations are before lag calibration. A first purchase that is not an event has zeros.

    Attributes:
        at_risk: Friends at risk at t, the exposures AT.
        near, near_expected, near_variance: O, E and V of the window (t, t+w].
        far, far_expected: O and E of the distant window (t+2w, t+5w].
        before, before_expected: O and E of the mirror window [t-w, t).
        far_before, far_before_expected: O and E of the distant window before, [t-5w, t-2w).
        friends_adopted: d of the timing test, friends among the product's other buyers.
        window_adopters: K of the timing test, buyers within (t, t+w].
        followed: Friends among those K.
        half, half_expected, double, double_expected: O and E of (t, t+w/2] and (t, t+2w].
        ties_dropped: Pairs of friends, times products, with a tie at t and both purchases at the same instant.
        undated: Exposures over a tie whose start is unknown.
    """

    at_risk: Int32
    near: Int32
    near_expected: Float64
    near_variance: Float64
    far: Int32
    far_expected: Float64
    before: Int32
    before_expected: Float64
    far_before: Int32
    far_before_expected: Float64
    friends_adopted: Int32
    window_adopters: Int32
    followed: Int32
    half: Int32
    half_expected: Float64
    double: Int32
    double_expected: Float64
    ties_dropped: int
    undated: int


def count_exposures(
    snapshot: Snapshot | Workspace,
    parameters: PersuasionParameters | None = None,
    *,
    events: Mask | None = None,
    before: bool = True,
    targets: Int32 | None = None,
) -> Exposures:
    """Count observed and expected follow-ons of first purchases.

    Args:
        snapshot: The graph as arrays, or what `prepare` made of it.
        parameters: Settings, the defaults when not given; a workspace has its own.
        events: [p] which first purchases count as events of their buyer; all when not given. All first
            purchases stay in the data that strata, hazards and observed purchases are read from.
        before: Whether to count the windows before the purchase.
        targets: [m] other edge targets to use, for the shuffled-friend diagnostic.
    """
    space = snapshot if isinstance(snapshot, Workspace) else prepare(snapshot, parameters or PersuasionParameters())
    s, settings, log, scale = space.snapshot, space.parameters, space.log, space.scale
    if targets is not None:
        log = log._replace(edge_targets=targets)
    p = len(s.first_time)
    mask = np.ones(p, np.uint8) if events is None else events.astype(np.uint8)
    wanted = np.zeros(p, np.uint8)
    spread(
        lambda products: ask(
            products, s.product_offsets, s.product_order, s.first_time, scale.window, before, mask, wanted
        ),
        np.array_split(np.arange(s.products), min(s.products, WAYS)) if s.products else [],
        settings.threads,
    )
    seen, expected = nothing_seen(p), nothing_expected(p)
    ties = undated = 0
    for part in _rounds(space, wanted):
        chosen = wanted if part is None else np.where(part[s.first_product], wanted, 0).astype(np.uint8)
        store, found = _visit_all(space, log, chosen, seen)
        ties += found[0]
        undated += found[1]
        _expect_all(space, log, chosen, seen, store, expected)
    return Exposures(
        at_risk=seen.at_risk,
        near=seen.near,
        near_expected=expected.near,
        near_variance=expected.near_variance,
        far=seen.far,
        far_expected=expected.far,
        before=seen.before,
        before_expected=expected.before,
        far_before=seen.far_before,
        far_before_expected=expected.far_before,
        friends_adopted=seen.friends,
        window_adopters=expected.window_adopters,
        followed=seen.followed,
        half=seen.half,
        half_expected=expected.half,
        double=seen.double,
        double_expected=expected.double,
        ties_dropped=ties,
        undated=undated,
    )


def _rounds(space: Workspace, wanted: UInt8) -> list[Mask | None]:
    """Cut the products into rounds whose friends fit into the store; one round of all is `None`."""
    s = space.snapshot
    probes = (wanted & 1) + (wanted >> 1 & 1) + (wanted >> 2)
    visits = sum_by(s.first_product, np.diff(s.edge_offsets)[s.first_customer] * probes, s.products)
    number = int(np.ceil(visits.sum() / space.parameters.store_visits))
    if number <= 1:
        return [None]
    round_of = np.minimum((np.cumsum(visits) - visits / 2) / visits.sum() * number, number - 1).astype(np.int64)
    return [round_of == i for i in range(number)]


def _visit_all(space: Workspace, log: Log, wanted: UInt8, seen: Seen) -> tuple[UInt32, tuple[int, int]]:
    """Visit the friends of all customers: the store of entries; ties dropped and exposures of unknown date."""
    s = space.snapshot
    most = bounds(s.customer_offsets, s.edge_offsets, wanted)
    filled = np.concatenate([[0], np.cumsum(most)])
    # room for the most there can be: memory that is not written to is not taken
    store = np.empty(filled[-1], np.uint32)
    ways = max(1, min(WAYS, int(filled[-1] // WORTH_SHARING)))
    cuts = np.unique(np.searchsorted(filled, np.linspace(0, filled[-1], ways + 1)))
    cuts[-1] = s.customers

    def look(block: Int64) -> tuple[int, int]:
        ties, undated = visit(block[0], block[1], log, space.scale, wanted, filled[block[0]], store, seen)
        return int(ties), int(undated)

    blocks = [np.array(pair, np.int64) for pair in pairwise(cuts)]
    found = spread(look, blocks, space.parameters.threads)
    return store, (sum(part[0] for part in found), sum(part[1] for part in found))


def _expect_all(space: Workspace, log: Log, wanted: UInt8, seen: Seen, store: UInt32, expected: Expected) -> None:
    """Write the expectation for all entries of the store."""
    s, words = space.snapshot, 1 + 2 * space.scale.layers
    scratch = threading.local()

    def count(products: Int64) -> None:
        rows = _rows_of(s, products)
        length = seen.length[rows]
        probes = wanted[rows]
        length[probes == 0] = 0
        room = np.cumsum(length.sum(axis=1, dtype=np.int64))
        size = int(room[-1]) * words
        bought = s.first_time[rows]
        by_time = np.flatnonzero(probes)
        group = Group(
            products=products,
            offsets=np.concatenate([[0], np.cumsum(np.diff(s.product_offsets)[products])]).astype(np.int64),
            rows=rows,
            buyer=s.first_customer[rows],
            bought=bought,
            wanted=probes,
            begin=seen.begin[rows],
            length=length,
            place=np.concatenate([[0], room[:-1] * words]).astype(np.int64),
            by_time=by_time[np.argsort(bought[by_time])],
        )
        # one buffer per thread for all its groups: fresh memory would have to be cleared by the system again
        records = getattr(scratch, "records", None)
        if records is None or len(records) < size:
            records = scratch.records = np.empty(size, np.uint32)
        sweep(log, space.scale, group, store, records)
        expect(log, space.scale, group, records, expected)

    cost = sum_by(s.first_product, np.where(wanted, seen.length.sum(axis=1) + 1.0, 0.0), s.products)
    spread(count, _groups(space, log.category, cost), space.parameters.threads)


def _groups(space: Workspace, category: Int32, cost: Float64) -> list[Int64]:
    """Cut the products into groups of at most `group_visits` entries and `table_cells` counts of categories.

    The sweep that a group starts with costs one pass over the log, so groups are as large as memory allows,
    in a number that keeps every thread busy until the end.
    """
    order = np.lexsort((np.arange(space.snapshot.products), category))
    order = order[cost[order] > 0].astype(np.int64)
    if not len(order):
        return []
    filled = np.cumsum(cost[order])
    number = max(1, int(np.ceil(filled[-1] / space.parameters.group_visits)))
    if filled[-1] > WORTH_SHARING:
        threads = space.parameters.threads or os.cpu_count() or 1
        number = -(-number // threads) * threads
    group = np.minimum((filled - cost[order] / 2) / filled[-1] * number, number - 1).astype(np.int64)
    most = max(LANES, space.parameters.table_cells // max(space.snapshot.customers, 1))
    number_of = np.cumsum(np.diff(category[order], prepend=category[order[0]]) != 0)
    cuts = np.flatnonzero(np.diff(group) | np.diff(number_of // most)) + 1
    return list(np.split(order, cuts))


def _rows_of(s: Snapshot, products: Int64) -> Int64:
    """All first purchases of some products, product by product."""
    begin, length = s.product_offsets[products], np.diff(s.product_offsets)[products]
    index = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    return np.asarray(s.product_order[index + np.repeat(begin, length)], np.int64)
