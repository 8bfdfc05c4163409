"""Friend exposures: what followed each first purchase, and what would have followed anyway.

The stage of metrics.md 4.1 to 4.3 and the counts of 4.6, per first purchase. `count_exposures` lays the
snapshot out for the kernel, cuts the products into groups that fit into memory and spreads the groups over
threads; how the kernel avoids every quadratic step is told in docs/concepts/persuasion.md.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence.persuasion import kernel
from influence.persuasion.parameters import FAR_START, PersuasionParameters
from influence.persuasion.sums import sum_by
from influence.snapshot.arrays import ALWAYS, NEVER, Snapshot
from influence.threads import spread

__all__ = ["Exposures", "Workspace", "count_exposures", "prepare"]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
Mask = NDArray[np.bool_]

WORTH_SHARING = 1_000_000
"""Friend visits from which a second sweep of the log is worth a second thread."""


@dataclass(frozen=True)
class Exposures:
    """Counts per first purchase [p] in the order of the snapshot, and per product [a].

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
        half, half_expected, double, double_expected: [a] O and E of (t, t+w/2] and (t, t+2w] per product.
        ties_dropped: (v, u, product) with a tie v -> u at t and both purchases at the same instant.
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
    half: Int64
    half_expected: Float64
    double: Int64
    double_expected: Float64
    ties_dropped: int
    undated: int


@dataclass(frozen=True)
class Workspace:
    """A snapshot laid out for the kernel, to be used for several counts."""

    snapshot: Snapshot
    parameters: PersuasionParameters
    log: kernel.Log
    codes: int
    flags: int
    layers: int


def prepare(snapshot: Snapshot, parameters: PersuasionParameters) -> Workspace:
    """Lay a snapshot out for the kernel.

    What is added to the arrays of the snapshot:

    * category of each product, the last one standing for products without topic;
    * when each customer's activity bin changes, per customer and once more sorted by time;
    * entries: the categories a customer bought in or saw campaigns of, with the times of his purchases;
    * switches: instants from which a customer exists, is gone, or a campaign reaches him;
    * exposures per customer (campaigns for a category or for everything) and per product.
    """
    s = snapshot
    category = np.where(s.product_topic < 0, s.topics, s.product_topic).astype(np.int32)
    flags = 2 if len(s.exposure_customer) else 1
    layers = 2 if bool((s.customer_to != NEVER).any()) else 1
    activity = kernel.activity_timeline(s.customer_offsets, s.first_time, parameters.activity_span, s.as_of)

    broad = s.exposure_product < 0
    shown_customer = s.exposure_customer[broad]
    shown_topic, shown_from, shown_to = s.exposure_topic[broad], s.exposure_from[broad], s.exposure_to[broad]
    shown_offsets = _offsets(shown_customer, s.customers)
    narrow = np.flatnonzero(~broad)
    narrow = narrow[np.lexsort((s.exposure_from[narrow], s.exposure_customer[narrow], s.exposure_product[narrow]))]

    entries = kernel.category_entries(
        s.customer_offsets, s.first_time, category[s.first_product], shown_offsets, shown_topic
    )
    entry_of_purchase, entry_of_exposure = entries[4], entries[5]
    by_time = np.argsort(s.first_time, kind="stable")
    moves = np.argsort(activity[1], kind="stable")
    mover = np.repeat(np.arange(s.customers, dtype=np.int32), np.diff(activity[0]))
    switches = _switches(s, parameters.window, shown_customer, entry_of_exposure, shown_from, shown_to)

    log = kernel.Log(
        edge_offsets=s.edge_offsets,
        ties=np.stack([s.edge_targets, s.edge_since, s.edge_until], axis=1).ravel(),
        customer_from=s.customer_from,
        customer_to=s.customer_to,
        code=s.customer_stratum,
        product_from=s.product_from,
        product_to=s.product_to,
        category=category,
        activity_offsets=activity[0],
        activity_time=activity[1],
        activity_bin=activity[2],
        entry_offsets=entries[0],
        entry_category=entries[1],
        entry_start=entries[2],
        entry_time=entries[3],
        bought_time=s.first_time[by_time],
        bought_customer=s.first_customer[by_time],
        bought_entry=entry_of_purchase[by_time],
        bought_category=category[s.first_product[by_time]],
        moved_time=activity[1][moves],
        moved_customer=mover[moves],
        moved_bin=activity[2][moves],
        **switches,
        shown_offsets=shown_offsets,
        shown_topic=shown_topic,
        shown_from=shown_from,
        shown_to=shown_to,
        promoted_offsets=_offsets(s.exposure_product[narrow], s.products),
        promoted_customer=s.exposure_customer[narrow],
        promoted_from=s.exposure_from[narrow],
        promoted_to=s.exposure_to[narrow],
    )
    codes = int(s.customer_stratum.max()) + 1 if s.customers else 1
    return Workspace(snapshot, parameters, log, codes, flags, layers)


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
    s, settings = space.snapshot, space.parameters
    log = space.log
    if targets is not None:
        log = log._replace(ties=np.stack([targets, s.edge_since, s.edge_until], axis=1).ravel())
    p, a = len(s.first_time), s.products
    mask = np.ones(p, np.uint8) if events is None else events.astype(np.uint8)
    scale = kernel.Scale(
        as_of=s.as_of,
        window=settings.window,
        prior=settings.strata_weight,
        codes=space.codes,
        flags=space.flags,
        layers=space.layers,
        before=int(before),
        categories=s.topics + 1,
        plain=int(space.flags == 1 and space.layers == 1 and bool((s.customer_from == ALWAYS).all())),
        dense=settings.table_cells,
    )
    found = kernel.found_nothing(p, a)
    scratch = threading.local()

    def count(products: Int64) -> tuple[int, int]:
        rows = _rows_of(s, products)
        bought, event = s.first_time[rows], mask[rows]
        by_time = np.flatnonzero(event)
        group = kernel.Group(
            products=products,
            offsets=np.concatenate([[0], np.cumsum(np.diff(s.product_offsets)[products])]).astype(np.int64),
            buyer=s.first_customer[rows],
            bought=bought,
            event=event,
            by_time=by_time[np.argsort(bought[by_time], kind="stable")],
        )
        wanted, begins, room = kernel.plan(log, scale, group)
        # one buffer per thread for all its groups: fresh memory would have to be cleared by the system again
        records = getattr(scratch, "records", None)
        if records is None or len(records) < room:
            records = scratch.records = np.empty(room, np.int64)
        local = kernel.found_nothing(len(rows), len(products))
        ties, undated = kernel.count_group(log, scale, group, wanted, begins, records, local)
        kernel.deliver(rows, products, local, found)
        return int(ties), int(undated)

    totals = spread(count, _groups(space, log.category, mask, 3 if before else 1), settings.threads)
    return Exposures(
        at_risk=found.at_risk,
        near=found.near,
        near_expected=found.near_expected,
        near_variance=found.near_variance,
        far=found.far,
        far_expected=found.far_expected,
        before=found.before,
        before_expected=found.before_expected,
        far_before=found.far_before,
        far_before_expected=found.far_before_expected,
        friends_adopted=found.friends,
        window_adopters=found.window_adopters,
        followed=found.followed,
        half=found.half,
        half_expected=found.half_expected,
        double=found.double,
        double_expected=found.double_expected,
        ties_dropped=sum(t for t, _ in totals),
        undated=sum(u for _, u in totals),
    )


def _groups(space: Workspace, category: Int32, mask: NDArray[np.uint8], kinds: int) -> list[Int64]:
    """Cut the products into groups of at most `group_visits` friend visits, few categories in each.

    The sweep that a group starts with costs one pass over the log, so groups are as large as memory allows,
    in a number that keeps every thread busy until the end.
    """
    s = space.snapshot
    degree = np.diff(s.edge_offsets)
    cost = sum_by(s.first_product, (degree[s.first_customer] + 1.0) * mask, s.products) * kinds
    order = np.lexsort((np.arange(s.products), category))
    order = order[cost[order] > 0].astype(np.int64)
    if not len(order):
        return []
    filled = np.cumsum(cost[order])
    number = max(1, int(np.ceil(filled[-1] / space.parameters.group_visits)))
    if filled[-1] > WORTH_SHARING:
        threads = space.parameters.threads or os.cpu_count() or 1
        number = -(-number // threads) * threads
    group = np.minimum((filled - cost[order] / 2) / filled[-1] * number, number - 1).astype(np.int64)
    cuts = np.flatnonzero(np.diff(group)) + 1
    return list(np.split(order, cuts))


def _rows_of(s: Snapshot, products: Int64) -> Int64:
    """All first purchases of some products, product by product."""
    begin, length = s.product_offsets[products], np.diff(s.product_offsets)[products]
    index = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    return np.asarray(s.product_order[index + np.repeat(begin, length)], np.int64)


def _switches(
    s: Snapshot, window: int, shown_customer: Int32, shown_entry: Int32, shown_from: Int64, shown_to: Int64
) -> dict[str, Any]:
    """Instants from which on a bit of a customer's state, or of one of his categories, is set or cleared."""
    far = FAR_START * window
    everyone = np.arange(s.customers, dtype=np.int32)
    lasts = s.customer_from < s.customer_to
    # a customer counts in distant windows only until 2w before the end
    far_end = np.where(s.customer_to == NEVER, NEVER, s.customer_to - far)
    joins = (s.customer_from != ALWAYS) & lasts
    leaves = (s.customer_to != NEVER) & lasts
    fades = leaves & (far_end > s.customer_from)
    never_there = (s.customer_from == ALWAYS) & ~lasts
    in_category = shown_entry >= 0
    bit = np.where(in_category, kernel.ENTRY_SHOWN, kernel.SHOWN).astype(np.int64)
    ends = shown_to != NEVER
    both = kernel.ALIVE | kernel.ALIVE_FAR
    no_entry = np.full(s.customers, -1, np.int32)
    nothing = np.zeros(s.customers, np.int64)
    parts = [
        (s.customer_from, everyone, no_entry, np.where(far_end > s.customer_from, both, kernel.ALIVE), nothing, joins),
        (far_end, everyone, no_entry, nothing, nothing + kernel.ALIVE_FAR, fades),
        (s.customer_to, everyone, no_entry, nothing, nothing + both, leaves),
        (s.customer_from, everyone, no_entry, nothing, nothing + both, never_there),
        (shown_from, shown_customer, shown_entry, bit, 0 * bit, np.ones(len(bit), np.bool_)),
        (shown_to, shown_customer, shown_entry, 0 * bit, bit, ends),
    ]
    time, customer, entry, put, clear = (np.concatenate([part[i][part[5]] for part in parts]) for i in range(5))
    order = np.argsort(time, kind="stable")
    return {
        "switch_time": time[order],
        "switch_customer": customer[order].astype(np.int32),
        "switch_entry": entry[order].astype(np.int32),
        "switch_set": put[order].astype(np.int64),
        "switch_clear": clear[order].astype(np.int64),
    }


def _offsets(rows: Int32, size: int) -> Int64:
    return np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=size))]).astype(np.int64)
