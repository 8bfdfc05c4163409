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
    "CHANGE",
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
Changes = NDArray[np.void]
Whole = int | np.integer[Any]

# bits of a customer's state beside his activity bin, and of a category of his beside his purchases
ALIVE, ALIVE_FAR, SHOWN = 8, 16, 32
CATEGORY_SHOWN = 8
LEVELS, ACTIVITIES = 5, 6
# a change of a timeline is `place << 4 | what`: below 8 a category (or, last, the activity) takes that bin
REACHED, LEFT, PROMOTED, UNPROMOTED = 8, 9, 10, 11
CHANGE = np.dtype([("at", np.int64), ("what", np.int32)])
"""A change and its time side by side: both are asked for at once, from all over the memory."""


class Log(NamedTuple):
    """A snapshot as the counting kernels read it.

    Attributes:
        edge_offsets, edge_targets, edge_since, edge_until: Ties, as in the snapshot.
        customer_from, customer_to: As in the snapshot.
        code: [n] stratum code.
        customer_offsets, first_product, first_time: First purchases per customer, as in the snapshot.
        product_from, product_to: As in the snapshot.
        category: [a] category of each product.
        friend: [n+1, 4] what is asked of every friend, side by side in memory: where his first purchases and his
            changes begin, his stratum code, and nothing.
        change_offsets, changes: Timelines of `CHANGE`; a change holds from its time on, `NEVER` ends a list.
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
    friend: Int64
    change_offsets: Int64
    changes: NDArray[np.void]
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

    # two halves that need nothing of each other; all that is large is allocated here and not in compiled code, for
    # NumPy asks the system for large pages: what lies scattered is found much faster on them
    def by_time() -> dict[str, Any]:
        order = np.argsort(s.first_time)
        time, customer = s.first_time[order], s.first_customer[order]
        moves = np.empty(2 * len(time), np.int64), np.empty(2 * len(time), np.int32), np.empty(2 * len(time), np.uint8)
        moved = _moves(time, customer, s.customers, parameters.activity_span, s.as_of, *moves)
        return {
            "bought_time": time,
            "bought_customer": customer,
            "bought_category": category[s.first_product[order]],
            "moved_time": moves[0][:moved],
            "moved_customer": moves[1][:moved],
            "moved_bin": moves[2][:moved],
        }

    def by_customer() -> tuple[Int64, Changes]:
        activity_offsets, offsets = np.zeros((2, s.customers + 1), np.int64)
        times, bins = np.empty(2 * len(s.first_time), np.int64), np.empty(2 * len(s.first_time), np.uint8)
        span = parameters.activity_span
        moved = _activity_timeline(s.customer_offsets, s.first_time, span, s.as_of, activity_offsets, times, bins)
        changes = np.empty(len(s.first_time) + moved + s.customers, CHANGE)
        written = _changes(
            s.customer_offsets,
            s.first_time,
            s.first_product,
            category,
            s.topics + 1,
            activity_offsets,
            times,
            bins,
            offsets,
            changes,
        )
        changes = changes[:written]
        return _with_campaigns(s, offsets, changes) if flags == 2 else (offsets, changes)

    with ThreadPoolExecutor(max_workers=2) as pool:
        timed, listed = pool.submit(by_time), pool.submit(by_customer)
    narrow = np.unique(np.stack([s.exposure_product, s.exposure_customer])[:, s.exposure_product >= 0], axis=1)

    change_offsets, changes = listed.result()
    friend = np.zeros((s.customers + 1, 4), np.int64)
    friend[:, 0], friend[:, 1], friend[:-1, 2] = s.customer_offsets, change_offsets, s.customer_stratum

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
        friend=friend,
        change_offsets=change_offsets,
        changes=changes,
        **timed.result(),
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


def _with_campaigns(s: Snapshot, offsets: Int64, changes: Changes) -> tuple[Int64, Changes]:
    """Timelines with the begins and ends of the campaigns that reached each customer."""
    everything = s.exposure_topic < 0
    narrow = s.exposure_product >= 0
    place = np.where(narrow, s.exposure_product, np.where(everything, s.topics + 1, s.exposure_topic))
    begins = (place << 4 | np.where(narrow, PROMOTED, REACHED)).astype(np.int32)
    ends = (place << 4 | np.where(narrow, UNPROMOTED, LEFT)).astype(np.int32)
    over = s.exposure_to != NEVER
    customer = np.concatenate([
        np.repeat(np.arange(s.customers), np.diff(offsets)), s.exposure_customer, s.exposure_customer[over]
    ])  # fmt: skip
    both = np.empty(len(customer), CHANGE)
    both["at"] = np.concatenate([changes["at"], s.exposure_from, s.exposure_to[over]])
    both["what"] = np.concatenate([changes["what"], begins, ends[over]])
    return _offsets(customer.astype(np.int32), s.customers), both[np.lexsort((both["at"], customer))]


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
def _activity_timeline(
    customer_offsets: Int64, first_time: Int64, span: int, as_of: int, offsets: Int64, times: Int64, bins: UInt8
) -> int:
    """Write when each customer's activity bin changes: CSR offsets, times, new bins; return how many there are.

    A change at x holds for instants after x: a purchase at x counts in (x, x + span].
    """
    n = len(customer_offsets) - 1
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
    return k


@compiled
def _moves(
    time: Int64,
    customer: Int32,
    customers: int,
    span: int,
    as_of: int,
    times: Int64,
    customer_of: Int32,
    bins: UInt8,
) -> int:
    """Write the changes of all customers' activity bins in the order of time, and return how many there are.

    Args:
        time, customer: First purchases sorted by time.
        customers: How many customers there are.
        span, as_of: As for `_activity_timeline`, whose changes these are; where a purchase leaves the span at the
            instant of another, the bin may go to and fro.
        times, customer_of, bins: Written.
    """
    count = np.zeros(customers, np.int32)
    i = j = k = 0
    while j < len(time):
        t, u, step = time[j] + span, customer[j], -1
        if i < len(time) and time[i] < t:
            t, u, step = time[i], customer[i], 1
        if t >= as_of:
            break
        if step > 0:
            i += 1
        else:
            j += 1
        old = _activity_bin(count[u])
        count[u] += step
        new = _activity_bin(count[u])
        if new != old:
            times[k], customer_of[k], bins[k] = t, u, new
            k += 1
    return k


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
    offsets: Int64,
    changes: Changes,
) -> int:
    """Merge each customer's activity bins and category bins into one timeline, and return how long they are in all.

    A purchase at x counts for instants after x, that is from x + 1 on.

    Args:
        customer_offsets, first_time, first_product, category, categories: The snapshot.
        activity_offsets, activity_time, activity_bin: From `_activity_timeline`.
        offsets, changes: Written: CSR offsets, changes.
    """
    n = len(customer_offsets) - 1
    bought = np.zeros(categories, np.int32)
    k = 0
    for u in range(n):
        move, last_move = activity_offsets[u], activity_offsets[u + 1]
        for i in range(customer_offsets[u], customer_offsets[u + 1]):
            t = first_time[i]
            while move < last_move and activity_time[move] <= t:
                changes[k].at = activity_time[move] + 1
                changes[k].what = np.int64(categories) << 4 | activity_bin[move]
                move += 1
                k += 1
            here = np.int64(category[first_product[i]])
            bought[here] += 1
            if bought[here] in (1, 2, 4, 7):
                changes[k].at = t + 1
                changes[k].what = here << 4 | _category_bin(bought[here])
                k += 1
        while move < last_move:
            changes[k].at = activity_time[move] + 1
            changes[k].what = np.int64(categories) << 4 | activity_bin[move]
            move += 1
            k += 1
        changes[k].at = NEVER
        changes[k].what = 0
        k += 1
        for i in range(customer_offsets[u], customer_offsets[u + 1]):
            bought[category[first_product[i]]] = 0
        offsets[u + 1] = k
    return k
