"""A snapshot laid out for the counting kernels: per customer, sorted by time, and cut by category.

What is added to the arrays of the snapshot:

* category of each product, the last one standing for products without topic;
* a timeline per customer: every instant at which something changes that decides his stratum;
* first purchases, and changes of activity bins, sorted by time;
* switches: instants from which a customer exists, is gone, or a campaign reaches him;
* whom campaigns for a product reached, per product.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled
from influence.persuasion.parameters import FAR_START, PersuasionParameters
from influence.snapshot.arrays import ALWAYS, NEVER, Snapshot

__all__ = [
    "ACTIVITIES",
    "ALIVE",
    "ALIVE_FAR",
    "CATEGORY_SHOWN",
    "LEVELS",
    "PROMOTED",
    "REACHED",
    "SHOWN",
    "Log",
    "Scale",
    "Workspace",
    "prepare",
]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt8 = NDArray[np.uint8]
Whole = int | np.integer[Any]

# bits of a customer's state beside his activity bin, and of a category of his beside his purchases
ALIVE, ALIVE_FAR, SHOWN = 8, 16, 32
CATEGORY_SHOWN = 8
LEVELS, ACTIVITIES = 5, 6
# a change of a timeline is `place << 4 | what`: below 8 a category (or, last, the activity) takes that bin
REACHED, LEFT, PROMOTED, UNPROMOTED = 8, 9, 10, 11


class Log(NamedTuple):
    """A snapshot as the counting kernels read it.

    Attributes:
        edge_offsets, edge_targets, edge_since, edge_until: Ties, as in the snapshot.
        customer_from, customer_to: As in the snapshot.
        code: [n] stratum code.
        customer_offsets, first_product, first_time: First purchases per customer, as in the snapshot.
        product_from, product_to: As in the snapshot.
        category: [a] category of each product.
        change_offsets, change_time, change: Timelines; a change holds from its time on, `NEVER` ends a list.
        bought_time, bought_customer, bought_category: First purchases sorted by time.
        moved_time, moved_customer, moved_bin: Changes of activity bins sorted by time; one at x holds after x.
        switch_time, switch_customer, switch_category, switch_set, switch_clear: Bits of a customer (category -1)
            or of a category of his set or cleared from an instant on, sorted by time.
        promoted_offsets, promoted_customer: Whom campaigns for a product reached, per product.
    """

    edge_offsets: Int64
    edge_targets: Int32
    edge_since: Int64
    edge_until: Int64
    customer_from: Int64
    customer_to: Int64
    code: Int32
    customer_offsets: Int64
    first_product: Int32
    first_time: Int64
    product_from: Int64
    product_to: Int64
    category: Int32
    change_offsets: Int64
    change_time: Int64
    change: Int32
    bought_time: Int64
    bought_customer: Int32
    bought_category: Int32
    moved_time: Int64
    moved_customer: Int32
    moved_bin: UInt8
    switch_time: Int64
    switch_customer: Int32
    switch_category: Int32
    switch_set: Int64
    switch_clear: Int64
    promoted_offsets: Int64
    promoted_customer: Int32


class Scale(NamedTuple):
    """The numbers of a run: instants in microseconds, sizes of the strata.

    Attributes:
        as_of, window, prior: End of the data, w, weight of the back-off hazard.
        codes: Number of stratum codes.
        flags: 2 when campaigns are logged, else 1.
        layers: 2 when customers leave: those alive, and those still alive when the distant window begins.
        categories: Number of categories.
        plain: 1 when every customer exists at all times and no campaign is logged.
        cells: Number of strata of a category.
    """

    as_of: int
    window: int
    prior: float
    codes: int
    flags: int
    layers: int
    categories: int
    plain: int
    cells: int


@dataclass(frozen=True)
class Workspace:
    """A snapshot laid out for the kernels, to be used for several counts."""

    snapshot: Snapshot
    parameters: PersuasionParameters
    log: Log
    scale: Scale


def prepare(snapshot: Snapshot, parameters: PersuasionParameters) -> Workspace:
    """Lay a snapshot out for the kernels."""
    s = snapshot
    category = np.where(s.product_topic < 0, s.topics, s.product_topic).astype(np.int32)
    flags = 2 if len(s.exposure_customer) else 1
    layers = 2 if bool((s.customer_to != NEVER).any()) else 1

    # two halves that need nothing of each other
    def purchases() -> dict[str, Any]:
        by_time = np.argsort(s.first_time)
        return {
            "bought_time": s.first_time[by_time],
            "bought_customer": s.first_customer[by_time],
            "bought_category": category[s.first_product[by_time]],
        }

    def activity() -> dict[str, Any]:
        offsets, time, bins = _activity_timeline(s.customer_offsets, s.first_time, parameters.activity_span, s.as_of)
        changes = _changes(
            s.customer_offsets, s.first_time, s.first_product, category, s.topics + 1, offsets, time, bins
        )
        moves = np.argsort(time)
        return {
            **dict(
                zip(
                    ("change_offsets", "change_time", "change"),
                    _with_campaigns(s, changes) if flags == 2 else changes,
                    strict=True,
                )
            ),
            "moved_time": time[moves],
            "moved_customer": np.repeat(np.arange(s.customers, dtype=np.int32), np.diff(offsets))[moves],
            "moved_bin": bins[moves],
        }

    with ThreadPoolExecutor(max_workers=2) as pool:
        halves = pool.submit(purchases), pool.submit(activity)
    narrow = np.unique(np.stack([s.exposure_product, s.exposure_customer])[:, s.exposure_product >= 0], axis=1)

    log = Log(
        edge_offsets=s.edge_offsets,
        edge_targets=s.edge_targets,
        edge_since=s.edge_since,
        edge_until=s.edge_until,
        customer_from=s.customer_from,
        customer_to=s.customer_to,
        code=s.customer_stratum,
        customer_offsets=s.customer_offsets,
        first_product=s.first_product,
        first_time=s.first_time,
        product_from=s.product_from,
        product_to=s.product_to,
        category=category,
        **halves[0].result(),
        **halves[1].result(),
        **_switches(s, parameters.window),
        promoted_offsets=_offsets(narrow[0], s.products),
        promoted_customer=narrow[1],
    )
    codes = int(s.customer_stratum.max()) + 1 if s.customers else 1
    scale = Scale(
        as_of=s.as_of,
        window=parameters.window,
        prior=parameters.strata_weight,
        codes=codes,
        flags=flags,
        layers=layers,
        categories=s.topics + 1,
        plain=int(flags == 1 and layers == 1 and bool((s.customer_from == ALWAYS).all())),
        cells=LEVELS * ACTIVITIES * codes * flags,
    )
    return Workspace(snapshot, parameters, log, scale)


def _switches(s: Snapshot, window: int) -> dict[str, Any]:
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
    broad = s.exposure_product < 0
    shown, category = s.exposure_customer[broad], s.exposure_topic[broad]
    bit = np.where(category >= 0, CATEGORY_SHOWN, SHOWN).astype(np.int64)
    ends = s.exposure_to[broad] != NEVER
    both = ALIVE | ALIVE_FAR
    nowhere = np.full(s.customers, -1, np.int32)
    nothing = np.zeros(s.customers, np.int64)
    parts = [
        (s.customer_from, everyone, nowhere, np.where(far_end > s.customer_from, both, ALIVE), nothing, joins),
        (far_end, everyone, nowhere, nothing, nothing + ALIVE_FAR, fades),
        (s.customer_to, everyone, nowhere, nothing, nothing + both, leaves),
        (s.customer_from, everyone, nowhere, nothing, nothing + both, never_there),
        (s.exposure_from[broad], shown, category, bit, 0 * bit, np.ones(len(bit), np.bool_)),
        (s.exposure_to[broad], shown, category, 0 * bit, bit, ends),
    ]
    time, customer, place, put, clear = (np.concatenate([part[i][part[5]] for part in parts]) for i in range(5))
    order = np.argsort(time, kind="stable")
    return {
        "switch_time": time[order],
        "switch_customer": customer[order].astype(np.int32),
        "switch_category": place[order].astype(np.int32),
        "switch_set": put[order].astype(np.int64),
        "switch_clear": clear[order].astype(np.int64),
    }


def _with_campaigns(s: Snapshot, changes: tuple[Int64, Int64, Int32]) -> tuple[Int64, Int64, Int32]:
    """Timelines with the begins and ends of the campaigns that reached each customer."""
    offsets, times, change = changes
    everything = s.exposure_topic < 0
    narrow = s.exposure_product >= 0
    place = np.where(narrow, s.exposure_product, np.where(everything, s.topics + 1, s.exposure_topic))
    begins = (place << 4 | np.where(narrow, PROMOTED, REACHED)).astype(np.int32)
    ends = (place << 4 | np.where(narrow, UNPROMOTED, LEFT)).astype(np.int32)
    over = s.exposure_to != NEVER
    customer = np.concatenate([
        np.repeat(np.arange(s.customers), np.diff(offsets)), s.exposure_customer, s.exposure_customer[over]
    ])  # fmt: skip
    times = np.concatenate([times, s.exposure_from, s.exposure_to[over]])
    change = np.concatenate([change, begins, ends[over]])
    order = np.lexsort((times, customer))
    return _offsets(customer.astype(np.int32), s.customers), times[order], change[order]


def _offsets(rows: Int32, size: int) -> Int64:
    return np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=size))]).astype(np.int64)


@compiled
def _category_bin(count: Whole) -> Whole:
    """Bin of prior purchases in a category: 0, 1, 2-3, 4-6, 7 and more."""
    if count < 2:
        return count
    if count < 4:
        return 2
    return 3 if count < 7 else 4


@compiled
def _activity_bin(count: int) -> int:
    if count < 2:
        return count
    if count < 4:
        return 2
    if count < 8:
        return 3
    return 4 if count < 16 else 5


@compiled
def _activity_timeline(customer_offsets: Int64, first_time: Int64, span: int, as_of: int) -> tuple[Int64, Int64, UInt8]:
    """Return when each customer's activity bin changes: CSR offsets, times, new bins.

    A change at x holds for instants after x: a purchase at x counts in (x, x + span].
    """
    n = len(customer_offsets) - 1
    offsets = np.zeros(n + 1, np.int64)
    times = np.empty(2 * len(first_time), np.int64)
    bins = np.empty(2 * len(first_time), np.uint8)
    k = 0
    for u in range(n):
        i = j = customer_offsets[u]
        end = customer_offsets[u + 1]
        current = 0
        while j < end:
            t = first_time[j] + span
            if i < end and first_time[i] < t:
                t = first_time[i]
            if t >= as_of:
                break
            while i < end and first_time[i] == t:
                i += 1
            while j < i and first_time[j] + span == t:
                j += 1
            new = _activity_bin(i - j)
            if new != current:
                times[k] = t
                bins[k] = new
                current = new
                k += 1
        offsets[u + 1] = k
    return offsets, times[:k].copy(), bins[:k].copy()


@compiled
def _changes(
    customer_offsets: Int64,
    first_time: Int64,
    first_product: Int32,
    category: Int32,
    categories: int,
    activity_offsets: Int64,
    activity_time: Int64,
    activity_bin: UInt8,
) -> tuple[Int64, Int64, Int32]:
    """Merge each customer's activity bins and category bins into one timeline: CSR offsets, times, changes.

    A purchase at x counts for instants after x, that is from x + 1 on.
    """
    n = len(customer_offsets) - 1
    offsets = np.zeros(n + 1, np.int64)
    room = len(first_time) + len(activity_time) + n
    times = np.empty(room, np.int64)
    changes = np.empty(room, np.int32)
    bought = np.zeros(categories, np.int32)
    k = 0
    for u in range(n):
        move, last_move = activity_offsets[u], activity_offsets[u + 1]
        for i in range(customer_offsets[u], customer_offsets[u + 1]):
            t = first_time[i]
            while move < last_move and activity_time[move] <= t:
                times[k] = activity_time[move] + 1
                changes[k] = np.int64(categories) << 4 | activity_bin[move]
                move += 1
                k += 1
            here = np.int64(category[first_product[i]])
            bought[here] += 1
            if bought[here] in (1, 2, 4, 7):
                times[k] = t + 1
                changes[k] = here << 4 | _category_bin(bought[here])
                k += 1
        while move < last_move:
            times[k] = activity_time[move] + 1
            changes[k] = np.int64(categories) << 4 | activity_bin[move]
            move += 1
            k += 1
        times[k] = NEVER
        changes[k] = 0
        k += 1
        for i in range(customer_offsets[u], customer_offsets[u + 1]):
            bought[category[first_product[i]]] = 0
        offsets[u + 1] = k
    return offsets, times[:k].copy(), changes[:k].copy()
