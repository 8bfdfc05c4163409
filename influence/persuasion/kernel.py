"""Compiled loops over the arrays of a snapshot.

Every kernel takes and returns arrays, releases the interpreter lock and works on a share of the products,
so that `threads.spread` can run several at once. What a kernel writes for one first purchase depends on
that purchase alone: results do not depend on how many threads ran.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled
from influence.persuasion.prefetch import prefetch
from influence.snapshot.arrays import ALWAYS, NEVER

__all__ = [
    "Found",
    "Group",
    "Log",
    "Scale",
    "activity_timeline",
    "category_entries",
    "count_follow_ons",
    "count_group",
    "deliver",
    "found_nothing",
    "plan",
]


Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt8 = NDArray[np.uint8]
Float64 = NDArray[np.float64]
Whole = int | np.integer[Any]


@compiled
def count_follow_ons(
    products: Int64,
    product_offsets: Int64,
    buyer: Int32,
    bought_at: Int64,
    edge_offsets: Int64,
    edge_targets: Int32,
    edge_since: Int64,
    edge_until: Int64,
    window: int,
    counts: Int32,
) -> int:
    """Count, for each first purchase of some products, the friends who bought within the window after it.

    One bit per customer says who bought the product at all; only then the time is looked up. Work: the
    sum over first purchases of the number of the buyer's ties.

    Args:
        products: [k] products to do.
        product_offsets: [a+1] CSR rows of the next two per product.
        buyer, bought_at: [p] customer and time of the first purchases, by product.
        window: Microseconds; a friend's purchase at exactly `window` after still counts.
        counts: [p] by product, written for every first purchase of `products`.

    Returns:
        Number of (customer, friend, product) with both purchases at the same instant, not counted.
    """
    n = len(edge_offsets) - 1
    bought = np.zeros((n >> 6) + 1, np.uint64)
    when = np.empty(n, np.int64)
    one = np.uint64(1)
    ties = 0
    for a in products:
        begin, end = product_offsets[a], product_offsets[a + 1]
        for j in range(begin, end):
            u = buyer[j]
            bought[u >> 6] |= one << np.uint64(u & 63)
            when[u] = bought_at[j]
        for j in range(begin, end):
            if j + 8 < len(buyer):
                prefetch(edge_offsets, np.int64(buyer[j + 8]))
                ahead = edge_offsets[buyer[j + 4]]
                prefetch(edge_targets, ahead)
                prefetch(edge_targets, ahead + 16)
            v = buyer[j]
            t = bought_at[j]
            count = 0
            for e in range(edge_offsets[v], edge_offsets[v + 1]):
                u = edge_targets[e]
                if (bought[u >> 6] >> np.uint64(u & 63)) & one:
                    lag = when[u] - t
                    if 0 <= lag <= window and edge_since[e] <= t and edge_until[e] > t:
                        if lag == 0:
                            ties += 1
                        else:
                            count += 1
            counts[j] = count
        for j in range(begin, end):
            bought[buyer[j] >> 6] = 0
    return ties


class Log(NamedTuple):
    """A snapshot as the counting kernel reads it; what each field means is said in `exposure.prepare`."""

    edge_offsets: Int64
    ties: Int64
    customer_from: Int64
    customer_to: Int64
    code: Int32
    product_from: Int64
    product_to: Int64
    category: Int32
    activity_offsets: Int64
    activity_time: Int64
    activity_bin: UInt8
    entry_offsets: Int64
    entry_category: Int32
    entry_start: Int64
    entry_time: Int64
    bought_time: Int64
    bought_customer: Int32
    bought_entry: Int32
    bought_category: Int32
    moved_time: Int64
    moved_customer: Int32
    moved_bin: UInt8
    switch_time: Int64
    switch_customer: Int32
    switch_entry: Int32
    switch_set: Int64
    switch_clear: Int64
    shown_offsets: Int64
    shown_topic: Int32
    shown_from: Int64
    shown_to: Int64
    promoted_offsets: Int64
    promoted_customer: Int32
    promoted_from: Int64
    promoted_to: Int64


class Group(NamedTuple):
    """Products that are counted together, and their first purchases product by product, by time in each.

    Attributes:
        products: [k] the products; `offsets` [k+1] their rows.
        buyer, bought: [g] customer and time of each first purchase.
        event: [g] 1 where it is an event of its buyer.
        by_time: [e] positions of the events in time order.
    """

    products: Int64
    offsets: Int64
    buyer: Int32
    bought: Int64
    event: UInt8
    by_time: Int64


class Scale(NamedTuple):
    """The numbers of a run: instants in microseconds, sizes of the strata."""

    as_of: int
    window: int
    prior: float
    codes: int
    flags: int
    layers: int
    before: int
    categories: int
    plain: int
    dense: int


class Found(NamedTuple):
    """What is counted per first purchase and per product; metrics.md 4.2 to 4.6."""

    at_risk: Int32
    near: Int32
    far: Int32
    before: Int32
    far_before: Int32
    followed: Int32
    friends: Int32
    window_adopters: Int32
    near_expected: Float64
    near_variance: Float64
    far_expected: Float64
    before_expected: Float64
    far_before_expected: Float64
    half: Int64
    double: Int64
    half_expected: Float64
    double_expected: Float64


def found_nothing(purchases: int, products: int) -> Found:
    """Return counts of zero."""
    whole = [np.zeros(purchases, np.int32) for _ in range(8)]
    parts = [np.zeros(purchases, np.float64) for _ in range(5)]
    return Found(
        whole[0],
        whole[1],
        whole[2],
        whole[3],
        whole[4],
        whole[5],
        whole[6],
        whole[7],
        parts[0],
        parts[1],
        parts[2],
        parts[3],
        parts[4],
        np.zeros(products, np.int64),
        np.zeros(products, np.int64),
        np.zeros(products, np.float64),
        np.zeros(products, np.float64),
    )


# a customer's state in one integer: activity bin, flags, stratum code, and a sketch of the categories in use
ALIVE, ALIVE_FAR, SHOWN, CODE_SHIFT, SKETCH_SHIFT, SKETCH_BITS = 8, 16, 32, 8, 32, 31
ENTRY_SHOWN = 8
# a visit in one integer: friend, stratum, flags
STRATUM_SHIFT, STRATUM_MASK = 32, (1 << 26) - 1
FIRST, FAR_TOO, UNDATED, ABSENT, REACHED = 1 << 58, 1 << 59, 1 << 60, 1 << 61, 1 << 62
CUSTOMER_MASK = (1 << 32) - 1
ACTIVITIES = 6
EARLY = 12  # changes of state ahead for which memory is asked
MOST_EARLY = 64  # ties of a customer that are asked for before they are needed
# how far ahead of the clock a buyer's purchase lies: past, now, (0, w/2], (w/2, w), w, (w, 2w], (2w, 3w), [3w, 5w]
PHASES, PHASE_SHIFT = 8, 3
NEVER_BUYS = -1


@compiled
def _category_bin(count: Whole) -> Whole:
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
def activity_timeline(customer_offsets: Int64, first_time: Int64, span: int, as_of: int) -> tuple[Int64, Int64, UInt8]:
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
def _sort(keys: Int64, size: int) -> None:
    """Sort keys[:size] in place (Shell's method: short lists, no second array, little to compile)."""
    for gap in (701, 301, 132, 57, 23, 10, 4, 1):
        for i in range(gap, size):
            key = keys[i]
            j = i
            while j >= gap and keys[j - gap] > key:
                keys[j] = keys[j - gap]
                j -= gap
            keys[j] = key


@compiled
def category_entries(
    customer_offsets: Int64,
    first_time: Int64,
    first_category: Int32,
    shown_offsets: Int64,
    shown_topic: Int32,
) -> tuple[Int64, Int32, Int64, Int64, Int32, Int32]:
    """Return the categories each customer bought in or was shown campaigns of.

    Returns:
        CSR offsets and categories (ascending) of entries; per entry the start of its purchase times; those
        times, ascending within an entry; the entry of each first purchase; the entry of each exposure (-1
        for one that covers everything).
    """
    n = len(customer_offsets) - 1
    p, x = len(first_time), len(shown_topic)
    offsets = np.zeros(n + 1, np.int64)
    categories = np.empty(p + x, np.int32)
    starts = np.empty(p + x + 1, np.int64)
    times = np.empty(p, np.int64)
    of_purchase = np.empty(p, np.int32)
    of_exposure = np.full(x, -1, np.int32)
    keys = np.empty(64, np.int64)
    entry = 0
    written = 0
    for u in range(n):
        begin, end = customer_offsets[u], customer_offsets[u + 1]
        shown, shown_end = shown_offsets[u], shown_offsets[u + 1]
        bought = end - begin
        size = bought + shown_end - shown
        if size:
            if size > len(keys):
                keys = np.empty(2 * size, np.int64)
            for i in range(size):
                category = first_category[begin + i] if i < bought else shown_topic[shown + i - bought]
                keys[i] = (np.int64(category) << 32) | i
            _sort(keys, size)
            last = np.int64(-1)
            for k in range(size):
                key, i = keys[k] >> 32, keys[k] & CUSTOMER_MASK
                if key < 0:
                    continue
                if key != last:
                    categories[entry] = key
                    starts[entry] = written
                    entry += 1
                    last = key
                if i < bought:
                    times[written] = first_time[begin + i]
                    of_purchase[begin + i] = entry - 1
                    written += 1
                else:
                    of_exposure[shown + i - bought] = entry - 1
        offsets[u + 1] = entry
    starts[entry] = written
    return offsets, categories[:entry].copy(), starts[: entry + 1].copy(), times, of_purchase, of_exposure


@compiled
def _tally(
    tables: Int32,
    back: Int32,
    layer: Whole,
    slot: Whole,
    state: Whole,
    held: Whole,
    sign: Whole,
    codes: Whole,
    flags: Whole,
) -> None:
    """Add a customer with an entry in a category to that category's deviation from the whole population."""
    activity = state & 7
    code = (state >> CODE_SHIFT) & 0xFFFFFF
    everywhere = 1 if flags == 2 and state & SHOWN else 0
    here = 1 if flags == 2 and (everywhere or held & ENTRY_SHOWN) else 0
    level = _category_bin(held & 7) * ACTIVITIES + activity
    tables[layer, slot, (level * codes + code) * flags + here] += sign
    tables[layer, slot, (activity * codes + code) * flags + everywhere] -= sign
    back[layer, slot, level * flags + here] += sign
    back[layer, slot, activity * flags + everywhere] -= sign


@compiled
def _resettle(
    u: Whole,
    old: Whole,
    new: Whole,
    log: Log,
    scale: Scale,
    held: UInt8,
    slots: Int32,
    dense: Whole,
    sketch: Whole,
    population: Int32,
    population_back: Int32,
    tables: Int32,
    back: Int32,
) -> None:
    """Move customer u from one state to another in every table that counts him."""
    for layer in range(scale.layers):
        flag = ALIVE_FAR if layer else ALIVE
        for side in range(2):
            sign = 2 * side - 1
            state = old if sign < 0 else new
            if not state & flag:
                continue
            shown = 1 if scale.flags == 2 and state & SHOWN else 0
            cell = (state & 7) * scale.codes + ((state >> CODE_SHIFT) & 0xFFFFFF)
            population[layer, cell * scale.flags + shown] += sign
            population_back[layer, (state & 7) * scale.flags + shown] += sign
            if (state >> SKETCH_SHIFT) & sketch:
                if dense:
                    for slot in range(dense):
                        kept = held[slot * len(log.code) + u]
                        if kept:
                            _tally(tables, back, layer, slot, state, np.int64(kept), sign, scale.codes, scale.flags)
                    continue
                for q in range(log.entry_offsets[u], log.entry_offsets[u + 1]):
                    place = slots[log.entry_category[q]]
                    if place >= 0 and held[q]:
                        _tally(tables, back, layer, place, state, held[q], sign, scale.codes, scale.flags)


@compiled
def plan(log: Log, scale: Scale, group: Group) -> tuple[UInt8, Int64, Whole]:
    """Decide which probes to make and where their records go.

    A probe asks about one first purchase of v at t: kind 0 at t itself, kind 1 at t - w, kind 2 at t - 5w.
    Where nobody bought in the window before, nothing is observed or expected there, and no probe is made.

    Returns:
        [g] a bit per kind of probe; [3g] where the records of a probe begin (product by product, the order
        they are read in); room for all of them.
    """
    w = scale.window
    words = 1 + scale.flags * scale.layers
    wanted = np.zeros(len(group.buyer), np.uint8)
    begins = np.zeros(3 * len(group.buyer), np.int64)
    room = np.int64(0)
    for k in range(len(group.products)):
        begin, end = group.offsets[k], group.offsets[k + 1]
        recent = distant = low = begin
        for j in range(begin, end):
            t = group.bought[j]
            while recent < j and group.bought[recent] < t - w:
                recent += 1
            while low < j and group.bought[low] < t - 5 * w:
                low += 1
            distant = max(distant, low)
            while distant < j and group.bought[distant] < t - 2 * w:
                distant += 1
            if not group.event[j]:
                continue
            v = group.buyer[j]
            space = (log.edge_offsets[v + 1] - log.edge_offsets[v]) * words
            wanted[j] = 1
            if scale.before:
                if recent < j and group.bought[recent] < t:
                    wanted[j] |= 2
                if distant > low:
                    wanted[j] |= 4
            for kind in range(3):
                begins[3 * j + kind] = room
                if (wanted[j] >> kind) & 1:
                    room += space
    return wanted, begins, room


@compiled
def _visit(
    log: Log,
    scale: Scale,
    group: Group,
    wanted: UInt8,
    begins: Int64,
    slots: Int32,
    slot_count: Whole,
    records: Int64,
) -> Int64:
    """Sweep the log in time and write down the stratum of every friend at every probe of a group.

    The sweep keeps the present state of every customer and, per category of the group, how many customers
    are in each stratum, as a deviation from the whole population: only those who ever bought in the
    category deviate, so a change of a customer's activity costs his number of categories, not all of them.

    Args:
        wanted, begins: From `plan`.
        slots: [categories] table number of a category, -1 when not in the group.
        records: Written: a word per visit; after the first visit of a stratum in a probe one word per
            campaign flag and layer with the number of customers in the stratum and in it without its code.

    Returns:
        [3g] where the records of each probe end.
    """
    n = len(log.customer_from)
    g = len(group.by_time)
    codes, flags, layers, w = scale.codes, scale.flags, scale.layers, scale.window
    cells = 5 * ACTIVITIES * codes
    population = np.zeros((layers, ACTIVITIES * codes * flags), np.int32)
    population_back = np.zeros((layers, ACTIVITIES * flags), np.int32)
    tables = np.zeros((layers, slot_count, cells * flags), np.int32)
    back = np.zeros((layers, slot_count, 5 * ACTIVITIES * flags), np.int32)
    # purchases in a category so far: a table of the group's categories when it is small, else per entry
    dense = slot_count if n * slot_count <= scale.dense else np.int64(0)
    held = np.zeros(n * dense if dense else len(log.entry_category), np.uint8)
    state = np.empty(n, np.int64)
    sketch = np.int64(0)
    for number in range(len(slots)):
        if slots[number] >= 0:
            sketch |= np.int64(1) << (number % SKETCH_BITS)
    for u in range(n):
        value = np.int64(log.code[u]) << CODE_SHIFT
        if log.customer_from[u] == ALWAYS:
            value |= ALIVE | ALIVE_FAR
            for layer in range(layers):
                population[layer, log.code[u] * flags] += 1
                population_back[layer, 0] += 1
        state[u] = value

    widest = np.int64(0)
    for u in range(n):
        widest = max(widest, log.edge_offsets[u + 1] - log.edge_offsets[u])
    friend = np.empty(widest + 1, np.int64)
    present = np.empty(widest + 1, np.int64)
    buys = np.empty(widest + 1, np.uint8)
    time_of = np.empty(g, np.int64)
    customer_of = np.empty(g, np.int32)
    category_of = np.empty(g, np.int32)
    wanted_of = np.empty(g, np.uint8)
    category_at = np.empty(len(group.buyer), np.int32)
    for k in range(len(group.products)):
        category_at[group.offsets[k] : group.offsets[k + 1]] = log.category[group.products[k]]
    for i in range(g):
        j = group.by_time[i]
        time_of[i] = group.bought[j]
        customer_of[i] = group.buyer[j]
        category_of[i] = category_at[j]
        wanted_of[i] = wanted[j]
    begin_of = begins.copy().reshape(-1, 3)[group.by_time]
    ends = begins.copy()
    seen = np.zeros(cells, np.int64)
    stamp = 0
    more, less = np.int64(1), np.int64(-1)
    bought = moved = switched = 0
    at = np.zeros(3, np.int64)
    shift = np.array([0, w, 5 * w])
    kinds = 3 if scale.before else 1
    while True:
        kind = -1
        clock = NEVER
        for candidate in range(kinds):
            while at[candidate] < g and not (wanted_of[at[candidate]] >> candidate) & 1:
                at[candidate] += 1
            if at[candidate] < g:
                t = time_of[at[candidate]] - shift[candidate]
                if kind < 0 or t < clock:
                    kind, clock = candidate, t
        if kind < 0:
            break
        i = at[kind]
        at[kind] += 1

        # what happened before the clock (purchases) or up to it (joining, leaving, campaigns)
        while switched < len(log.switch_time) and log.switch_time[switched] <= clock:
            u, q = log.switch_customer[switched], log.switch_entry[switched]
            if q < 0:
                old = state[u]
                new = (old | log.switch_set[switched]) & ~log.switch_clear[switched]
                _resettle(
                    u, old, new, log, scale, held, slots, dense, sketch, population, population_back, tables, back
                )
                state[u] = new
            elif slots[log.entry_category[q]] >= 0:
                slot = slots[log.entry_category[q]]
                spot = slot * n + u if dense else np.int64(q)
                before = held[spot]
                after = np.uint8((before | log.switch_set[switched]) & ~log.switch_clear[switched])
                for layer in range(layers):
                    if state[u] & (ALIVE_FAR if layer else ALIVE):
                        if before:
                            _tally(tables, back, layer, slot, state[u], before, less, codes, flags)
                        if after:
                            _tally(tables, back, layer, slot, state[u], after, more, codes, flags)
                held[spot] = after
                state[u] |= np.int64(1) << (SKETCH_SHIFT + log.entry_category[q] % SKETCH_BITS)
            switched += 1
        while bought < len(log.bought_time) and log.bought_time[bought] < clock:
            category = log.bought_category[bought]
            slot = slots[category]
            if slot >= 0:
                u = log.bought_customer[bought]
                spot = slot * n + u if dense else np.int64(log.bought_entry[bought])
                before = held[spot]
                if (before & 7) < 7:
                    after = np.uint8(before + 1)
                    for layer in range(layers):
                        if state[u] & (ALIVE_FAR if layer else ALIVE):
                            if before:
                                _tally(tables, back, layer, slot, state[u], before, less, codes, flags)
                            _tally(tables, back, layer, slot, state[u], after, more, codes, flags)
                    held[spot] = after
                    state[u] |= np.int64(1) << (SKETCH_SHIFT + category % SKETCH_BITS)
            bought += 1
        while moved < len(log.moved_time) and log.moved_time[moved] < clock:
            u = log.moved_customer[moved]
            if moved + EARLY < len(log.moved_customer):
                prefetch(state, np.int64(log.moved_customer[moved + EARLY]))
                for slot in range(dense):
                    prefetch(held, slot * n + log.moved_customer[moved + EARLY])
            old = state[u]
            new = (old & ~np.int64(7)) | log.moved_bin[moved]
            _resettle(u, old, new, log, scale, held, slots, dense, sketch, population, population_back, tables, back)
            state[u] = new
            moved += 1

        t = time_of[i]
        v = customer_of[i]
        category = category_of[i]
        slot = slots[category]
        bit = 1 << (category % SKETCH_BITS)
        stamp += 1
        place = 3 * group.by_time[i] + kind
        written = begin_of[i, kind]
        # ask early for the friends to come: where their lists begin, then the lists, then their states
        if i + 8 < g:
            prefetch(log.edge_offsets, np.int64(customer_of[i + 8]))
        if i + 4 < g:
            e = log.edge_offsets[customer_of[i + 4]]
            last = min(log.edge_offsets[customer_of[i + 4] + 1], e + MOST_EARLY)
            while e < last:
                prefetch(log.ties, 3 * e)
                e += 2
        if i + 1 < g:
            e = log.edge_offsets[customer_of[i + 1]]
            last = min(log.edge_offsets[customer_of[i + 1] + 1], e + MOST_EARLY)
            early = slots[category_of[i + 1]] * n
            while e < last:
                prefetch(state, log.ties[3 * e])
                if dense:
                    prefetch(held, early + log.ties[3 * e])
                e += 1
        # three short loops instead of one: the loads of many friends' states are under way at once
        friends = 0
        for e in range(log.edge_offsets[v], log.edge_offsets[v + 1]):
            since = log.ties[3 * e + 1]
            friend[friends] = log.ties[3 * e] | (UNDATED if since == ALWAYS else 0)
            friends += since <= t and log.ties[3 * e + 2] > t
        for f in range(friends):
            present[f] = state[friend[f] & CUSTOMER_MASK]
        if dense:
            for f in range(friends):
                buys[f] = held[slot * n + (friend[f] & CUSTOMER_MASK)]
        for f in range(friends):
            visit = friend[f]
            u = visit & CUSTOMER_MASK
            now = present[f]
            if not now & ALIVE:
                if kind == 0:
                    records[written] = visit | ABSENT
                    written += 1
                continue
            shown = 1 if now & SHOWN else 0
            kept = buys[f]
            if not dense:
                kept = np.uint8(0)
                if (now >> SKETCH_SHIFT) & bit:
                    for q in range(log.entry_offsets[u], log.entry_offsets[u + 1]):
                        if log.entry_category[q] >= category:
                            if log.entry_category[q] == category:
                                kept = held[q]
                            break
            if kept & ENTRY_SHOWN:
                shown = 1
            level = _category_bin(kept & 7)
            activity = now & 7
            code = (now >> CODE_SHIFT) & 0xFFFFFF
            stratum = (level * ACTIVITIES + activity) * codes + code
            if now & ALIVE_FAR:
                visit |= FAR_TOO
            if flags == 2 and shown:
                visit |= REACHED
            visit |= np.int64(stratum) << STRATUM_SHIFT
            if seen[stratum] == stamp:
                records[written] = visit
                written += 1
                continue
            seen[stratum] = stamp
            records[written] = visit | FIRST
            written += 1
            for flag in range(flags):
                for layer in range(layers):
                    size = np.int64(tables[layer, slot, stratum * flags + flag])
                    wide = np.int64(back[layer, slot, (level * ACTIVITIES + activity) * flags + flag])
                    if level == 0:
                        size += population[layer, (activity * codes + code) * flags + flag]
                        wide += population_back[layer, activity * flags + flag]
                    records[written] = (size << 32) | wide
                    written += 1
        ends[place] = written
    return ends


@compiled
def _below(values: Int64, begin: int, end: int, limit: int) -> int:
    """First index in the ascending values[begin:end] that is at or above `limit`."""
    while begin < end:
        middle = (begin + end) >> 1
        if values[middle] < limit:
            begin = middle + 1
        else:
            end = middle
    return begin


@compiled
def _life_and_campaigns(
    u: int,
    category: int,
    t: int,
    layers: int,
    far: int,
    customer_from: Int64,
    customer_to: Int64,
    shown_offsets: Int64,
    shown_topic: Int32,
    shown_from: Int64,
    shown_to: Int64,
) -> tuple[int, int, int]:
    """Return life flags of customer u at t, whether a campaign reaches him, and until when both surely hold."""
    until = NEVER
    life = ALIVE | ALIVE_FAR
    # what changes from x on holds up to and including x - 1
    if t < customer_from[u]:
        life = 0
        until = customer_from[u] - 1
    elif layers == 2 and customer_to[u] != NEVER:
        if t >= customer_to[u]:
            life = 0
        elif t >= customer_to[u] - far:
            life = ALIVE
            until = customer_to[u] - 1
        else:
            until = customer_to[u] - far - 1
    shown = 0
    for x in range(shown_offsets[u], shown_offsets[u + 1]):
        if shown_topic[x] < 0 or shown_topic[x] == category:
            if t < shown_from[x]:
                until = min(until, shown_from[x] - 1)
            elif t < shown_to[x]:
                shown = 1
                until = min(until, shown_to[x] - 1)
    return life, shown, until


@compiled
def _shift(
    base: Whole,
    own: Whole,
    life: Whole,
    sign: Whole,
    layers: Whole,
    cells: Whole,
    wide_of: Int32,
    table: Int32,
    back: Int32,
) -> None:
    """Note, or take back, that the population counts a customer in `base` whom a campaign moved to `own`."""
    for layer in range(layers):
        if life & (ALIVE_FAR if layer else ALIVE):
            table[layer * cells + own] += sign
            table[layer * cells + base] -= sign
            back[layer * cells + wide_of[own]] += sign
            back[layer * cells + wide_of[base]] -= sign


@compiled
def _hazard(buyers: int, size: int, wide_buyers: int, wide_size: int, prior: float) -> float:
    """Buyers among those at risk, smoothed with `prior` customers at the rate of the wider stratum."""
    if wide_buyers == 0:
        return 0.0
    return (buyers + prior * (wide_buyers / max(wide_size, 1))) / (size + prior)


@compiled
def _judge(
    log: Log, scale: Scale, group: Group, wanted: UInt8, begins: Int64, ends: Int64, records: Int64, found: Found
) -> tuple[int, int]:
    """Count observed and expected follow-ons of a group's products from the visits written down before.

    Per product the probes are done in time order. Its buyers, and the customers a campaign for it reached,
    are members, buyers first, by time of purchase. Seen from the clock each buyer's purchase lies in one of
    eight phases, and `table[stratum, phase]` counts buyers by their stratum at the clock: every window's
    buyers, and the buyers no longer at risk, are sums over phases. As the clock runs a buyer passes from
    phase to phase (one pointer per phase border), and when his stratum changes he is moved: each member
    waits in the list of the first probe after his next change. No pair of members is ever looked at; work
    is members times their changes of stratum within reach, plus visits.

    Returns:
        Friend pairs dropped for the same instant, exposures over ties of unknown start.
    """
    n = len(log.customer_from)
    w, codes, flags, layers, prior = scale.window, scale.codes, scale.flags, scale.layers, scale.prior
    cells = 5 * ACTIVITIES * codes * flags
    wide_of = np.empty(cells, np.int32)
    for s in range(cells):
        wide_of[s] = s // (codes * flags) * flags + s % flags
    table = np.zeros(layers * cells * PHASES, np.int32)
    back = np.zeros(layers * cells * PHASES, np.int32)
    shifted = np.zeros(layers * cells, np.int32)
    shifted_back = np.zeros(layers * cells, np.int32)
    hazard = np.zeros(cells * 4, np.float64)
    borders = np.array([-1, 0, w // 2, w - 1, w, 2 * w, 3 * w - 1, 5 * w])
    pointers = np.zeros(PHASES, np.int64)
    level_steps = np.array([0, 1, 3, 3, 6, 6, 6, 7])  # purchases until the category bin next changes
    shift = np.array([0, w, 5 * w])
    bits = np.zeros((n >> 6) + 1, np.uint64)
    one = np.uint64(1)
    slot_of = np.empty(n, np.int32)
    ties = undated = 0
    less, more = np.int64(-1), np.int64(1)

    largest = 0
    for k in range(len(group.products)):
        a = group.products[k]
        size = group.offsets[k + 1] - group.offsets[k]
        largest = max(largest, size + log.promoted_offsets[a + 1] - log.promoted_offsets[a])
    member = np.empty(largest, np.int32)
    bought = np.empty(largest, np.int64)
    follower = np.empty(largest, np.int32)
    base_of = np.empty(largest, np.int32)
    own_of = np.empty(largest, np.int32)
    life_of = np.empty(largest, np.int8)
    phase_of = np.empty(largest, np.int8)
    next_move = np.empty(largest, np.int64)
    first_buy = np.empty(largest, np.int64)
    next_buy = np.empty(largest, np.int64)
    last_buy = np.empty(largest, np.int64)
    promo_first = np.zeros(largest, np.int64)
    promo_last = np.zeros(largest, np.int64)
    move_end = np.empty(largest, np.int64)
    code_of = np.empty(largest, np.int32)
    clock_of = np.empty(3 * largest, np.int64)
    probe_of = np.empty(3 * largest, np.int64)
    due = np.empty(3 * largest, np.int32)
    grid = np.empty(3 * largest + 2, np.int64)

    for index in range(len(group.products)):
        a = group.products[index]
        category = log.category[a]
        begin = group.offsets[index]
        buyers = group.offsets[index + 1] - begin
        promo, promo_end = log.promoted_offsets[a], log.promoted_offsets[a + 1]
        for j in range(buyers):
            u = group.buyer[begin + j]
            prefetch(log.activity_offsets, np.int64(u))
            prefetch(log.entry_offsets, np.int64(u))
            prefetch(log.code, np.int64(u))
            member[j] = u
            bought[j] = group.bought[begin + j]
            bits[u >> 6] |= one << np.uint64(u & 63)
            slot_of[u] = j
        members = buyers
        for x in range(promo, promo_end):
            u = log.promoted_customer[x]
            if not (bits[u >> 6] >> np.uint64(u & 63)) & one:
                member[members] = u
                bits[u >> 6] |= one << np.uint64(u & 63)
                slot_of[u] = members
                members += 1
            m = slot_of[u]
            if promo_last[m] == 0:
                promo_first[m] = x
            promo_last[m] = x + 1
        for m in range(members):
            own_of[m] = -1
            phase_of[m] = NEVER_BUYS
            next_move[m] = log.activity_offsets[member[m]]
            move_end[m] = log.activity_offsets[member[m] + 1]
            code_of[m] = log.code[member[m]]
            prefetch(log.activity_time, next_move[m])
            prefetch(log.activity_bin, next_move[m])
            prefetch(log.entry_category, log.entry_offsets[member[m]])
            prefetch(log.entry_start, log.entry_offsets[member[m]])

        # the probes of this product in time order
        kinds = 3 if scale.before else 1
        probes = 0
        cursor = np.zeros(3, np.int64)
        while True:
            kind = -1
            clock = NEVER
            for candidate in range(kinds):
                while cursor[candidate] < buyers:
                    if (wanted[begin + cursor[candidate]] >> candidate) & 1:
                        break
                    cursor[candidate] += 1
                if cursor[candidate] < buyers:
                    t = bought[cursor[candidate]] - shift[candidate]
                    if kind < 0 or t < clock:
                        kind, clock = candidate, t
            if kind < 0:
                break
            clock_of[probes] = clock
            probe_of[probes] = cursor[kind] * 3 + kind
            due[probes] = -1
            cursor[kind] += 1
            probes += 1
        # grid[b]: the first probe at or after the begin of the b-th of equal spans, to find probes by time
        origin = clock_of[0] if probes else np.int64(0)
        span = (clock_of[probes - 1] - origin) // probes + 1 if probes else np.int64(1)
        b = 0
        for probe in range(probes):
            while origin + b * span <= clock_of[probe]:
                grid[b] = probe
                b += 1
        while b <= probes:
            grid[b] = probes
            b += 1

        pointers[:] = 0
        half = double = 0
        half_expected = double_expected = 0.0
        for probe in range(probes):
            clock = clock_of[probe]
            # members who come within reach, and at the first probe those a campaign for the product reaches
            m = pointers[PHASES - 1]
            while m < buyers and bought[m] <= clock + borders[PHASES - 1]:
                if own_of[m] < 0:
                    follower[m] = due[probe]
                    due[probe] = m
                m += 1
            if probe == 0 and promo_end > promo:
                for k in range(m, members):
                    if promo_last[k]:
                        follower[k] = due[probe]
                        due[probe] = k
            waiting = due[probe]
            while waiting >= 0:
                m = np.int64(waiting)
                waiting = follower[m]
                u = member[m]
                if own_of[m] < 0:
                    next_move[m] = _below(log.activity_time, next_move[m], move_end[m], clock)
                    low, high = log.entry_offsets[u], log.entry_offsets[u + 1]
                    last = high
                    while low < high:
                        middle = (low + high) >> 1
                        if log.entry_category[middle] < category:
                            low = middle + 1
                        else:
                            high = middle
                    first_buy[m] = next_buy[m] = last_buy[m] = 0
                    if low < last and log.entry_category[low] == category:
                        first_buy[m] = next_buy[m] = log.entry_start[low]
                        last_buy[m] = min(log.entry_start[low] + 7, log.entry_start[low + 1])
                i, last = next_move[m], move_end[m]
                while i < last and log.activity_time[i] < clock:
                    i += 1
                next_move[m] = i
                until = log.activity_time[i] if i < last else NEVER
                activity = np.int64(log.activity_bin[i - 1]) if i > log.activity_offsets[u] else np.int64(0)
                i = next_buy[m]
                while i < last_buy[m] and log.entry_time[i] < clock:
                    i += 1
                next_buy[m] = i
                level = _category_bin(i - first_buy[m])
                i = first_buy[m] + level_steps[i - first_buy[m]]
                if i < last_buy[m]:
                    until = min(until, log.entry_time[i])
                life, shown = ALIVE | ALIVE_FAR, 0
                if not scale.plain:
                    life, shown, last = _life_and_campaigns(
                        u,
                        category,
                        clock,
                        layers,
                        2 * w,
                        log.customer_from,
                        log.customer_to,
                        log.shown_offsets,
                        log.shown_topic,
                        log.shown_from,
                        log.shown_to,
                    )
                    until = min(until, last)
                base = ((level * ACTIVITIES + activity) * codes + code_of[m]) * flags
                own = base
                if flags == 2:
                    base += shown
                    own = base
                    for x in range(promo_first[m], promo_last[m]):
                        if clock < log.promoted_from[x]:
                            until = min(until, log.promoted_from[x] - 1)
                        elif clock < log.promoted_to[x]:
                            own = base | 1
                            until = min(until, log.promoted_to[x] - 1)
                old = own_of[m]
                if old >= 0 and (own != old or life != life_of[m]) and phase_of[m] != NEVER_BUYS:
                    for layer in range(layers):
                        flag = ALIVE_FAR if layer else ALIVE
                        if life_of[m] & flag:
                            table[((layer * cells + old) << PHASE_SHIFT) + phase_of[m]] -= 1
                            back[((layer * cells + wide_of[old]) << PHASE_SHIFT) + phase_of[m]] -= 1
                        if life & flag:
                            table[((layer * cells + own) << PHASE_SHIFT) + phase_of[m]] += 1
                            back[((layer * cells + wide_of[own]) << PHASE_SHIFT) + phase_of[m]] += 1
                if flags == 2:
                    if old >= 0 and old != base_of[m]:
                        _shift(base_of[m], old, life_of[m], less, layers, cells, wide_of, shifted, shifted_back)
                    if own != base:
                        _shift(base, own, life, more, layers, cells, wide_of, shifted, shifted_back)
                base_of[m], own_of[m], life_of[m] = base, own, life
                if until < clock_of[probes - 1]:
                    cut = (until - origin) // span
                    later = _below(clock_of, max(grid[cut], probe + 1), grid[cut + 1], until + 1)
                    follower[m] = due[later]
                    due[later] = m
            for phase in range(PHASES - 1, -1, -1):
                limit = clock + borders[phase]
                m = pointers[phase]
                while m < buyers and bought[m] <= limit:
                    for layer in range(layers):
                        if life_of[m] & (ALIVE_FAR if layer else ALIVE):
                            cell = ((layer * cells + own_of[m]) << PHASE_SHIFT) + phase
                            wide = ((layer * cells + wide_of[own_of[m]]) << PHASE_SHIFT) + phase
                            table[cell] += 1
                            back[wide] += 1
                            if phase < PHASES - 1:
                                table[cell + 1] -= 1
                                back[wide + 1] -= 1
                    phase_of[m] = phase
                    m += 1
                pointers[phase] = m

            j, kind = probe_of[probe] // 3, probe_of[probe] % 3
            row = begin + j
            t = bought[j]
            read, stop_reading = begins[3 * row + kind], ends[3 * row + kind]
            near_sale = log.product_from[a] <= t < log.product_to[a]
            far_start = t + 2 * w
            far_sale = far_start < scale.as_of and log.product_from[a] <= far_start < log.product_to[a]
            at_risk = near = far = followed = friends = 0
            near_expected = near_variance = far_expected = 0.0
            earlier = 0
            earlier_expected = 0.0
            stop = clock + (w if kind == 1 else 3 * w)
            while read < stop_reading:
                visit = records[read]
                read += 1
                u = visit & CUSTOMER_MASK
                own = ((visit >> STRATUM_SHIFT) & STRATUM_MASK) * flags
                if visit & FIRST:
                    for s in range(own, own + flags):
                        c = s << PHASE_SHIFT
                        b = wide_of[s] << PHASE_SHIFT
                        size, wide = records[read] >> 32, records[read] & CUSTOMER_MASK
                        far_size, far_wide = size, wide
                        if layers == 2:
                            far_size, far_wide = records[read + 1] >> 32, records[read + 1] & CUSTOMER_MASK
                        read += layers
                        if flags == 2:
                            size += shifted[s]
                            wide += shifted_back[wide_of[s]]
                            far_size += shifted[(layers - 1) * cells + s]
                            far_wide += shifted_back[(layers - 1) * cells + wide_of[s]]
                        if kind == 0:
                            size -= table[c] + table[c + 1]
                            wide -= back[b] + back[b + 1]
                            some, wide_some = table[c + 2], back[b + 2]
                            hazard[4 * s] = _hazard(some, size, wide_some, wide, prior)
                            some += table[c + 3] + table[c + 4]
                            wide_some += back[b + 3] + back[b + 4]
                            hazard[4 * s + 1] = _hazard(some, size, wide_some, wide, prior)
                            some += table[c + 5]
                            wide_some += back[b + 5]
                            hazard[4 * s + 2] = _hazard(some, size, wide_some, wide, prior)
                            c += ((layers - 1) * cells) << PHASE_SHIFT
                            b += ((layers - 1) * cells) << PHASE_SHIFT
                            for phase in range(6):
                                far_size -= table[c + phase]
                                far_wide -= back[b + phase]
                            hazard[4 * s + 3] = _hazard(
                                table[c + 6] + table[c + 7], far_size, back[b + 6] + back[b + 7], far_wide, prior
                            )
                        else:
                            some = table[c + 1] + table[c + 2] + table[c + 3]
                            wide_some = back[b + 1] + back[b + 2] + back[b + 3]
                            if kind == 2:
                                some += table[c + 4] + table[c + 5] + table[c + 6]
                                wide_some += back[b + 4] + back[b + 5] + back[b + 6]
                            hazard[4 * s] = _hazard(some, size - table[c], wide_some, wide - back[b], prior)
                when = NEVER
                if visit & REACHED:
                    own += 1
                if (bits[u >> 6] >> np.uint64(u & 63)) & one:
                    m = np.int64(slot_of[u])
                    if m < buyers:
                        when = bought[m]
                    if promo_last[m] and not visit & ABSENT:
                        own = np.int64(own_of[m])
                if kind == 0:
                    if when != NEVER:
                        friends += 1
                        if when == t:
                            ties += 1
                        elif t < when <= t + w:
                            followed += 1
                    if visit & ABSENT:
                        continue
                    if near_sale and when > t:
                        at_risk += 1
                        if visit & UNDATED:
                            undated += 1
                        h = hazard[4 * own + 1]
                        near_expected += h
                        near_variance += h * (1.0 - h)
                        half_expected += hazard[4 * own]
                        double_expected += hazard[4 * own + 2]
                        if when <= t + 2 * w:
                            double += 1
                            if when <= t + w:
                                near += 1
                                if when <= t + w // 2:
                                    half += 1
                    if far_sale and visit & FAR_TOO and when > far_start:
                        far_expected += hazard[4 * own + 3]
                        if when <= t + 5 * w:
                            far += 1
                elif when >= clock:
                    earlier_expected += hazard[4 * own]
                    if when < stop:
                        earlier += 1
            if kind == 0:
                found.at_risk[row] = at_risk
                found.near[row] = near
                found.far[row] = far
                found.followed[row] = followed
                found.friends[row] = friends
                found.window_adopters[row] = pointers[4] - pointers[1]
                found.near_expected[row] = near_expected
                found.near_variance[row] = near_variance
                found.far_expected[row] = far_expected
            elif kind == 1:
                found.before[row] = earlier
                found.before_expected[row] = earlier_expected
            else:
                found.far_before[row] = earlier
                found.far_before_expected[row] = earlier_expected

        found.half[index] = half
        found.double[index] = double
        found.half_expected[index] = half_expected
        found.double_expected[index] = double_expected
        for m in range(members):
            bits[member[m] >> 6] = 0
            promo_last[m] = promo_first[m] = 0
            if own_of[m] >= 0:
                for layer in range(layers):
                    cell = layer * cells + own_of[m]
                    wide = layer * cells + wide_of[own_of[m]]
                    shifted[cell] = shifted_back[wide] = 0
                    shifted[layer * cells + base_of[m]] = 0
                    shifted_back[layer * cells + wide_of[base_of[m]]] = 0
                    for phase in range(PHASES):
                        table[(cell << PHASE_SHIFT) + phase] = 0
                        back[(wide << PHASE_SHIFT) + phase] = 0
    return ties, undated


@compiled
def deliver(rows: Int64, products: Int64, local: Found, found: Found) -> None:
    """Put a group's counts where they belong: `rows` and `products` say which purchases and products they are."""
    for i in range(len(rows)):
        row = rows[i]
        found.at_risk[row] = local.at_risk[i]
        found.near[row] = local.near[i]
        found.far[row] = local.far[i]
        found.before[row] = local.before[i]
        found.far_before[row] = local.far_before[i]
        found.followed[row] = local.followed[i]
        found.friends[row] = local.friends[i]
        found.window_adopters[row] = local.window_adopters[i]
        found.near_expected[row] = local.near_expected[i]
        found.near_variance[row] = local.near_variance[i]
        found.far_expected[row] = local.far_expected[i]
        found.before_expected[row] = local.before_expected[i]
        found.far_before_expected[row] = local.far_before_expected[i]
    for i in range(len(products)):
        a = products[i]
        found.half[a] = local.half[i]
        found.double[a] = local.double[i]
        found.half_expected[a] = local.half_expected[i]
        found.double_expected[a] = local.double_expected[i]


@compiled
def count_group(
    log: Log,
    scale: Scale,
    group: Group,
    wanted: UInt8,
    begins: Int64,
    records: Int64,
    found: Found,
) -> tuple[int, int]:
    """Count observed and expected follow-ons for the first purchases of a group of products.

    Args:
        wanted, begins: From `plan`.
        records: Scratch with at least the room that `plan` asked for.
        found: Written for every event and product of the group, in the order of the group.

    Returns:
        Friend pairs dropped for the same instant, exposures over ties of unknown start.
    """
    slots = np.full(scale.categories, -1, np.int32)
    used = np.int64(0)
    for a in group.products:
        if slots[log.category[a]] < 0:
            slots[log.category[a]] = used
            used += 1
    ends = _visit(log, scale, group, wanted, begins, slots, used, records)
    return _judge(log, scale, group, wanted, begins, ends, records, found)
