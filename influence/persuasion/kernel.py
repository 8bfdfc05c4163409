"""Compiled loops over the arrays of a snapshot.

Every kernel takes and returns arrays, releases the interpreter lock and works on a share of the products,
so that `threads.spread` can run several at once. What a kernel writes for one first purchase depends on
that purchase alone: results do not depend on how many threads ran.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from influence.snapshot.arrays import ALWAYS, NEVER

__all__ = ["Found", "Log", "Scale", "activity_timeline", "category_entries", "count_follow_ons", "count_group"]

_compiled = numba.njit(cache=True, nogil=True)

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt8 = NDArray[np.uint8]
Float64 = NDArray[np.float64]


@_compiled
def count_follow_ons(
    products: Int64,
    product_offsets: Int64,
    product_order: Int64,
    first_customer: Int32,
    first_time: Int64,
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
        window: Microseconds; a friend's purchase at exactly `window` after still counts.
        counts: [p] written for every first purchase of `products`.

    Returns:
        Number of (customer, friend, product) with both purchases at the same instant, not counted.
    """
    n = len(edge_offsets) - 1
    bought = np.zeros((n >> 6) + 1, np.uint64)
    when = np.empty(n, np.int64)
    one = np.uint64(1)
    ties = 0
    for i in range(len(products)):
        begin, end = product_offsets[products[i]], product_offsets[products[i] + 1]
        for j in range(begin, end):
            row = product_order[j]
            u = first_customer[row]
            bought[u >> 6] |= one << np.uint64(u & 63)
            when[u] = first_time[row]
        for j in range(begin, end):
            row = product_order[j]
            v = first_customer[row]
            t = first_time[row]
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
            counts[row] = count
        for j in range(begin, end):
            bought[first_customer[product_order[j]] >> 6] = 0
    return ties


class Log(NamedTuple):
    """A snapshot as the counting kernel reads it; what each field means is said in `exposure.prepare`."""

    edge_offsets: Int64
    edge_targets: Int32
    edge_since: Int64
    edge_until: Int64
    customer_from: Int64
    customer_to: Int64
    code: Int32
    first_customer: Int32
    first_product: Int32
    first_time: Int64
    customer_offsets: Int64
    product_order: Int64
    product_offsets: Int64
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


class Found(NamedTuple):
    """What is counted per first purchase [p] and per product [a]; `metrics.md` 4.2 to 4.6."""

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


# a customer's state in one integer: activity bin, flags, stratum code, and a sketch of the categories in use
ALIVE, ALIVE_FAR, SHOWN, CODE_SHIFT, SKETCH_SHIFT, SKETCH_BITS = 8, 16, 32, 8, 32, 31
ENTRY_SHOWN = 8
# a visit in one integer: friend, stratum, flags
STRATUM_SHIFT, STRATUM_MASK, FIRST, FAR_TOO, UNDATED, ABSENT = 32, (1 << 26) - 1, 1 << 58, 1 << 59, 1 << 60, 1 << 61
CUSTOMER_MASK = (1 << 32) - 1
ACTIVITIES = 6
# prefix counts of a product's adopters, see `_judge`
COLUMNS = 11
NOW, HALF, NEAR, DOUBLE, PAST, BEFORE, FAR_BEFORE, FAR_NOW, FAR, MOVED, FAR_MOVED = range(COLUMNS)


@_compiled
def _category_bin(count: int) -> int:
    if count < 2:
        return count
    if count < 4:
        return 2
    return 3 if count < 7 else 4


@_compiled
def _activity_bin(count: int) -> int:
    if count < 2:
        return count
    if count < 4:
        return 2
    if count < 8:
        return 3
    return 4 if count < 16 else 5


@_compiled
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


@_compiled
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


@_compiled
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


@_compiled
def _tally(
    tables: Int32, back: Int32, layer: int, slot: int, state: int, held: int, sign: int, codes: int, flags: int
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


@_compiled
def _resettle(
    u: int,
    old: int,
    new: int,
    log: Log,
    scale: Scale,
    held: UInt8,
    slots: Int32,
    sketch: int,
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
                for q in range(log.entry_offsets[u], log.entry_offsets[u + 1]):
                    slot = slots[log.entry_category[q]]
                    if slot >= 0 and held[q]:
                        _tally(tables, back, layer, slot, state, held[q], sign, scale.codes, scale.flags)


@_compiled
def _visit(
    log: Log, scale: Scale, rows: Int64, wanted: UInt8, slots: Int32, slot_count: int, room: int
) -> tuple[Int64, Int32, Int64, Int64]:
    """Sweep the log in time and write down the stratum of every friend at every probe of a group.

    A probe asks about one first purchase of v at t: kind 0 at t itself, kind 1 at t - w, kind 2 at t - 5w.
    The sweep keeps the present state of every customer and, per category of the group, how many customers
    are in each stratum, as a deviation from the whole population: only those who ever bought in the
    category deviate, so a change of a customer's activity costs his number of categories, not all of them.

    Args:
        rows: [g] first purchases of the group, by time.
        wanted: [g] bit per kind of probe to do.
        slots: [categories] table number of a category, -1 when not in the group.
        room: Upper bound of the number of visits.

    Returns:
        Visits (packed); sizes: for the first visit of a stratum in a probe, per campaign flag and layer, how
        many customers exist in the stratum and in it without its code; start of each probe's visits
        [3, g + 1 column unused] and of its sizes.
    """
    n = len(log.customer_from)
    g = len(rows)
    codes, flags, layers, w = scale.codes, scale.flags, scale.layers, scale.window
    cells = 5 * ACTIVITIES * codes
    population = np.zeros((layers, ACTIVITIES * codes * flags), np.int32)
    population_back = np.zeros((layers, ACTIVITIES * flags), np.int32)
    tables = np.zeros((layers, slot_count, cells * flags), np.int32)
    back = np.zeros((layers, slot_count, 5 * ACTIVITIES * flags), np.int32)
    held = np.zeros(len(log.entry_category), np.uint8)
    state = np.empty(n, np.int64)
    sketch = np.int64(0)
    for category in range(len(slots)):
        if slots[category] >= 0:
            sketch |= np.int64(1) << (category % SKETCH_BITS)
    for u in range(n):
        value = np.int64(log.code[u]) << CODE_SHIFT
        if log.customer_from[u] == ALWAYS:
            value |= ALIVE | ALIVE_FAR
            for layer in range(layers):
                population[layer, log.code[u] * flags] += 1
                population_back[layer, 0] += 1
        state[u] = value

    visits = np.empty(room, np.int64)
    sizes = np.empty(max(room // 2, 64), np.int32)
    visit_at = np.zeros((3, g, 2), np.int64)
    size_at = np.zeros((3, g), np.int64)
    seen = np.zeros(cells, np.int64)
    written = sized = stamp = 0
    more, less = np.int64(1), np.int64(-1)
    bought = moved = switched = 0
    at = np.zeros(3, np.int64)
    shift = np.array([0, w, 5 * w])
    kinds = 3 if scale.before else 1
    while True:
        kind = -1
        clock = NEVER
        for candidate in range(kinds):
            while at[candidate] < g and not (wanted[at[candidate]] >> candidate) & 1:
                at[candidate] += 1
            if at[candidate] < g:
                t = log.first_time[rows[at[candidate]]] - shift[candidate]
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
                _resettle(u, old, new, log, scale, held, slots, sketch, population, population_back, tables, back)
                state[u] = new
            elif slots[log.entry_category[q]] >= 0:
                before = held[q]
                after = np.uint8((before | log.switch_set[switched]) & ~log.switch_clear[switched])
                slot = slots[log.entry_category[q]]
                for layer in range(layers):
                    if state[u] & (ALIVE_FAR if layer else ALIVE):
                        if before:
                            _tally(tables, back, layer, slot, state[u], before, less, codes, flags)
                        if after:
                            _tally(tables, back, layer, slot, state[u], after, more, codes, flags)
                held[q] = after
                state[u] |= np.int64(1) << (SKETCH_SHIFT + log.entry_category[q] % SKETCH_BITS)
            switched += 1
        while bought < len(log.bought_time) and log.bought_time[bought] < clock:
            q = log.bought_entry[bought]
            slot = slots[log.entry_category[q]]
            if slot >= 0 and (held[q] & 7) < 7:
                u = log.bought_customer[bought]
                before = held[q]
                after = np.uint8(before + 1)
                for layer in range(layers):
                    if state[u] & (ALIVE_FAR if layer else ALIVE):
                        if before:
                            _tally(tables, back, layer, slot, state[u], before, less, codes, flags)
                        _tally(tables, back, layer, slot, state[u], after, more, codes, flags)
                held[q] = after
                state[u] |= np.int64(1) << (SKETCH_SHIFT + log.entry_category[q] % SKETCH_BITS)
            bought += 1
        while moved < len(log.moved_time) and log.moved_time[moved] < clock:
            u = log.moved_customer[moved]
            old = state[u]
            new = (old & ~np.int64(7)) | log.moved_bin[moved]
            _resettle(u, old, new, log, scale, held, slots, sketch, population, population_back, tables, back)
            state[u] = new
            moved += 1

        row = rows[i]
        t = log.first_time[row]
        v = log.first_customer[row]
        category = log.category[log.first_product[row]]
        slot = slots[category]
        bit = 1 << (category % SKETCH_BITS)
        stamp += 1
        visit_at[kind, i, 0] = written
        size_at[kind, i] = sized
        for e in range(log.edge_offsets[v], log.edge_offsets[v + 1]):
            if log.edge_since[e] > t or log.edge_until[e] <= t:
                continue
            u = log.edge_targets[e]
            now = state[u]
            visit = np.int64(u)
            if not now & ALIVE:
                if kind == 0:
                    visits[written] = visit | ABSENT
                    written += 1
                continue
            level = 0
            shown = 1 if now & SHOWN else 0
            if (now >> SKETCH_SHIFT) & bit:
                for q in range(log.entry_offsets[u], log.entry_offsets[u + 1]):
                    if log.entry_category[q] >= category:
                        if log.entry_category[q] == category:
                            level = _category_bin(held[q] & 7)
                            if held[q] & ENTRY_SHOWN:
                                shown = 1
                        break
            activity = now & 7
            code = (now >> CODE_SHIFT) & 0xFFFFFF
            stratum = (level * ACTIVITIES + activity) * codes + code
            if seen[stratum] != stamp:
                seen[stratum] = stamp
                visit |= FIRST
                if sized + 4 * flags > len(sizes):
                    larger = np.empty(2 * len(sizes), np.int32)
                    larger[:sized] = sizes[:sized]
                    sizes = larger
                for flag in range(flags):
                    for layer in range(layers):
                        size = tables[layer, slot, stratum * flags + flag]
                        wide = back[layer, slot, (level * ACTIVITIES + activity) * flags + flag]
                        if level == 0:
                            size += population[layer, (activity * codes + code) * flags + flag]
                            wide += population_back[layer, activity * flags + flag]
                        sizes[sized] = size
                        sizes[sized + 1] = wide
                        sized += 2
            if now & ALIVE_FAR:
                visit |= FAR_TOO
            if log.edge_since[e] == ALWAYS:
                visit |= UNDATED
            own = stratum * flags + (shown if flags == 2 else 0)
            visits[written] = visit | (np.int64(own) << STRATUM_SHIFT)
            written += 1
        visit_at[kind, i, 1] = written
    return visits, sizes, visit_at, size_at


@_compiled
def _below(values: Int64, begin: int, end: int, limit: int) -> int:
    """First index in the ascending values[begin:end] that is at or above `limit`."""
    while begin < end:
        middle = (begin + end) >> 1
        if values[middle] < limit:
            begin = middle + 1
        else:
            end = middle
    return begin


@_compiled
def _stratum_at(log: Log, scale: Scale, u: int, category: int, t: int) -> tuple[int, int, int]:
    """Return stratum and life flags of customer u at t, and the last instant for which they surely hold."""
    until = NEVER
    i = _below(log.activity_time, log.activity_offsets[u], log.activity_offsets[u + 1], t)
    activity = np.int64(0)
    if i > log.activity_offsets[u]:
        activity = np.int64(log.activity_bin[i - 1])
    if i < log.activity_offsets[u + 1]:
        until = log.activity_time[i]
    level = 0
    begin, end = log.entry_offsets[u], log.entry_offsets[u + 1]
    while begin < end:
        middle = (begin + end) >> 1
        if log.entry_category[middle] < category:
            begin = middle + 1
        else:
            end = middle
    if begin < log.entry_offsets[u + 1] and log.entry_category[begin] == category:
        start, stop = log.entry_start[begin], log.entry_start[begin + 1]
        i = _below(log.entry_time, start, min(start + 7, stop), t)
        level = _category_bin(i - start)
        if i < min(start + 7, stop):
            until = min(until, log.entry_time[i])
    life = ALIVE | ALIVE_FAR
    # a change that holds from x on is one that ends at x - 1
    if t < log.customer_from[u]:
        life = 0
        until = min(until, log.customer_from[u] - 1)
    elif scale.layers == 2 and log.customer_to[u] != NEVER:
        if t >= log.customer_to[u]:
            life = 0
        elif t >= log.customer_to[u] - 2 * scale.window:
            life = ALIVE
            until = min(until, log.customer_to[u] - 1)
        else:
            until = min(until, log.customer_to[u] - 2 * scale.window - 1)
    shown = 0
    if scale.flags == 2:
        for x in range(log.shown_offsets[u], log.shown_offsets[u + 1]):
            if log.shown_topic[x] < 0 or log.shown_topic[x] == category:
                if t < log.shown_from[x]:
                    until = min(until, log.shown_from[x] - 1)
                elif t < log.shown_to[x]:
                    shown = 1
                    until = min(until, log.shown_to[x] - 1)
    stratum = ((level * ACTIVITIES + activity) * scale.codes + log.code[u]) * scale.flags + shown
    return stratum, life, until


@_compiled
def _promoted(log: Log, first: int, last: int, t: int) -> tuple[int, int]:
    """Whether one of the exposures first..last-1 covers t, and the last instant for which that holds."""
    until = NEVER
    shown = 0
    for x in range(first, last):
        if t < log.promoted_from[x]:
            until = min(until, log.promoted_from[x] - 1)
        elif t < log.promoted_to[x]:
            shown = 1
            until = min(until, log.promoted_to[x] - 1)
    return shown, until


@_compiled
def _enrol(
    i: int,
    base: int,
    own: int,
    life: int,
    sign: int,
    pointers: Int64,
    table: Int32,
    back: Int32,
    codes: int,
    flags: int,
) -> None:
    """Add member i of a product to every prefix count he is in (sign 1), or take him out (sign -1)."""
    wide = own // (codes * flags) * flags + own % flags
    if life & ALIVE:
        for column in range(FAR_NOW):
            if i < pointers[column]:
                table[own, column] += sign
                back[wide, column] += sign
    if life & ALIVE_FAR:
        for column in range(FAR_NOW, MOVED):
            if i < pointers[column]:
                table[own, column] += sign
                back[wide, column] += sign
    if own != base:
        other = base // (codes * flags) * flags + base % flags
        for column in range(MOVED, COLUMNS):
            if life & (ALIVE if column == MOVED else ALIVE_FAR):
                table[own, column] += sign
                table[base, column] -= sign
                back[wide, column] += sign
                back[other, column] -= sign


@_compiled
def _hazard(buyers: int, size: int, wide_buyers: int, wide_size: int, prior: float) -> float:
    return (buyers + prior * (wide_buyers / max(wide_size, 1))) / (size + prior)


@_compiled
def _judge(
    log: Log,
    scale: Scale,
    products: Int64,
    events: UInt8,
    place: Int32,
    wanted: UInt8,
    visits: Int64,
    sizes: Int32,
    visit_at: Int64,
    size_at: Int64,
    found: Found,
) -> tuple[int, int]:
    """Count observed and expected follow-ons of a group's products from the visits written down before.

    Per product the probes are done in time order. Adopters are members 0..N-1 by time of purchase, so every
    set of adopters that a window needs is a difference of two prefixes: those who bought by the clock plus
    an offset. `table[stratum, column]` counts the members of prefix `column` whose stratum at the clock it
    is. A prefix grows as the clock runs; a member whose stratum changes is moved when the next probe comes
    (each member waits in the list of the probe before which his state next changes). Nothing is counted
    twice: work is members times their changes of stratum, plus visits.

    Returns:
        Friend pairs dropped for the same instant, exposures over ties of unknown start.
    """
    n = len(log.customer_from)
    w, codes, flags, layers, prior = scale.window, scale.codes, scale.flags, scale.layers, scale.prior
    cells = 5 * ACTIVITIES * codes * flags
    table = np.zeros((cells, COLUMNS), np.int32)
    back = np.zeros((5 * ACTIVITIES * flags, COLUMNS), np.int32)
    hazard = np.zeros((cells, 4), np.float64)
    offsets = np.array([0, w // 2, w, 2 * w, -1, w - 1, 3 * w - 1, 2 * w, 5 * w])
    pointers = np.zeros(MOVED, np.int64)
    bits = np.zeros((n >> 6) + 1, np.uint64)
    one = np.uint64(1)
    slot_of = np.empty(n, np.int32)
    ties = undated = 0
    more, less = np.int64(1), np.int64(-1)

    for index in range(len(products)):
        a = products[index]
        begin, end = log.product_offsets[a], log.product_offsets[a + 1]
        adopters = end - begin
        promo, promo_end = log.promoted_offsets[a], log.promoted_offsets[a + 1]
        most = adopters + promo_end - promo
        member = np.empty(most, np.int32)
        bought = np.empty(adopters, np.int64)
        for j in range(adopters):
            row = log.product_order[begin + j]
            u = log.first_customer[row]
            member[j] = u
            bought[j] = log.first_time[row]
            bits[u >> 6] |= one << np.uint64(u & 63)
            slot_of[u] = j
        # customers whom a campaign for this very product reached are members too
        promo_first = np.zeros(most, np.int64)
        promo_last = np.zeros(most, np.int64)
        members = adopters
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

        # the probes of this product in time order
        kinds = 3 if scale.before else 1
        clock_of = np.empty(kinds * adopters, np.int64)
        probe_of = np.empty(kinds * adopters, np.int64)
        probes = 0
        cursor = np.zeros(3, np.int64)
        shift = np.array([0, w, 5 * w])
        while True:
            kind = -1
            clock = NEVER
            for candidate in range(kinds):
                while cursor[candidate] < adopters:
                    row = log.product_order[begin + cursor[candidate]]
                    if events[row] and (wanted[place[row]] >> candidate) & 1:
                        break
                    cursor[candidate] += 1
                if cursor[candidate] < adopters:
                    t = bought[cursor[candidate]] - shift[candidate]
                    if kind < 0 or t < clock:
                        kind, clock = candidate, t
            if kind < 0:
                break
            clock_of[probes] = clock
            probe_of[probes] = cursor[kind] * 3 + kind
            cursor[kind] += 1
            probes += 1

        due = np.full(probes, -1, np.int32)
        follower = np.empty(members, np.int32)
        base_of = np.zeros(members, np.int64)
        own_of = np.full(members, -1, np.int64)
        life_of = np.zeros(members, np.int64)
        pointers[:] = 0
        half = double = 0
        half_expected = double_expected = 0.0
        category = log.category[a]

        for probe in range(probes):
            clock = clock_of[probe]
            # members who wait for this probe, and, at the first one, those a campaign reached
            newcomer = pointers[FAR]
            while newcomer < adopters and bought[newcomer] <= clock + 5 * w:
                if own_of[newcomer] < 0:
                    follower[newcomer] = due[probe]
                    due[probe] = newcomer
                newcomer += 1
            if probe == 0 and promo_end > promo:
                for m in range(members):
                    if promo_last[m] and (m >= newcomer):
                        follower[m] = due[probe]
                        due[probe] = m
            waiting = due[probe]
            while waiting >= 0:
                m = waiting
                waiting = follower[m]
                stratum, life, until = _stratum_at(log, scale, member[m], category, clock)
                own = stratum
                if promo_last[m]:
                    shown, last = _promoted(log, promo_first[m], promo_last[m], clock)
                    until = min(until, last)
                    if shown:
                        own = stratum | 1
                if own != own_of[m] or stratum != base_of[m] or life != life_of[m]:
                    if own_of[m] >= 0:
                        _enrol(m, base_of[m], own_of[m], life_of[m], less, pointers, table, back, codes, flags)
                    _enrol(m, stratum, own, life, more, pointers, table, back, codes, flags)
                    base_of[m], own_of[m], life_of[m] = stratum, own, life
                if until != NEVER:
                    later = _below(clock_of, np.int64(probe + 1), probes, until + 1)
                    if later < probes:
                        follower[m] = due[later]
                        due[later] = m
            for column in range(MOVED):
                limit = clock + offsets[column]
                flag = ALIVE if column < FAR_NOW else ALIVE_FAR
                m = pointers[column]
                while m < adopters and bought[m] <= limit:
                    if life_of[m] & flag:
                        own = own_of[m]
                        table[own, column] += 1
                        back[own // (codes * flags) * flags + own % flags, column] += 1
                    m += 1
                pointers[column] = m

            j, kind = probe_of[probe] // 3, probe_of[probe] % 3
            row = log.product_order[begin + j]
            position = place[row]
            t = bought[j]
            read = size_at[kind, position]
            first, last_visit = visit_at[kind, position, 0], visit_at[kind, position, 1]
            near_sale = log.product_from[a] <= t < log.product_to[a]
            far_start = t + 2 * w
            far_sale = far_start < scale.as_of and log.product_from[a] <= far_start < log.product_to[a]
            at_risk = near = far = followed = friends = 0
            near_expected = near_variance = far_expected = 0.0
            earlier = 0
            earlier_expected = 0.0
            stop = clock + (w if kind == 1 else 3 * w)
            for k in range(first, last_visit):
                visit = visits[k]
                u = visit & CUSTOMER_MASK
                own = (visit >> STRATUM_SHIFT) & STRATUM_MASK
                if visit & FIRST:
                    for flag in range(flags):
                        s = own // flags * flags + flag
                        b = s // (codes * flags) * flags + flag
                        size, wide = sizes[read] + table[s, MOVED], sizes[read + 1] + back[b, MOVED]
                        read += 2
                        far_size, far_wide = size, wide
                        if layers == 2:
                            far_size = sizes[read] + table[s, FAR_MOVED]
                            far_wide = sizes[read + 1] + back[b, FAR_MOVED]
                            read += 2
                        if kind == 0:
                            gone, wide_gone = table[s, NOW], back[b, NOW]
                            for column in range(HALF, DOUBLE + 1):
                                hazard[s, column - HALF] = _hazard(
                                    table[s, column] - gone,
                                    size - gone,
                                    back[b, column] - wide_gone,
                                    wide - wide_gone,
                                    prior,
                                )
                            hazard[s, 3] = _hazard(
                                table[s, FAR] - table[s, FAR_NOW],
                                far_size - table[s, FAR_NOW],
                                back[b, FAR] - back[b, FAR_NOW],
                                far_wide - back[b, FAR_NOW],
                                prior,
                            )
                        else:
                            column = BEFORE if kind == 1 else FAR_BEFORE
                            hazard[s, 0] = _hazard(
                                table[s, column] - table[s, PAST],
                                size - table[s, PAST],
                                back[b, column] - back[b, PAST],
                                wide - back[b, PAST],
                                prior,
                            )
                when = NEVER
                if (bits[u >> 6] >> np.uint64(u & 63)) & one:
                    m = slot_of[u]
                    if m < adopters:
                        when = bought[m]
                    if not visit & ABSENT:
                        own = own_of[m] if promo_last[m] else own
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
                        h = hazard[own, 1]
                        near_expected += h
                        near_variance += h * (1.0 - h)
                        half_expected += hazard[own, 0]
                        double_expected += hazard[own, 2]
                        if when <= t + 2 * w:
                            double += 1
                            if when <= t + w:
                                near += 1
                                if when <= t + w // 2:
                                    half += 1
                    if far_sale and visit & FAR_TOO and when > far_start:
                        far_expected += hazard[own, 3]
                        if when <= t + 5 * w:
                            far += 1
                elif when >= clock:
                    earlier_expected += hazard[own, 0]
                    if when < stop:
                        earlier += 1
            if kind == 0:
                found.at_risk[row] = at_risk
                found.near[row] = near
                found.far[row] = far
                found.followed[row] = followed
                found.friends[row] = friends
                found.window_adopters[row] = pointers[NEAR] - pointers[NOW]
                found.near_expected[row] = near_expected
                found.near_variance[row] = near_variance
                found.far_expected[row] = far_expected
            elif kind == 1:
                found.before[row] = earlier
                found.before_expected[row] = earlier_expected
            else:
                found.far_before[row] = earlier
                found.far_before_expected[row] = earlier_expected

        found.half[a] = half
        found.double[a] = double
        found.half_expected[a] = half_expected
        found.double_expected[a] = double_expected
        for m in range(members):
            bits[member[m] >> 6] = 0
            if own_of[m] >= 0:
                for s in (own_of[m], base_of[m]):
                    table[s, :] = 0
                    back[s // (codes * flags) * flags + s % flags, :] = 0
    return ties, undated


@_compiled
def count_group(
    log: Log, scale: Scale, products: Int64, rows: Int64, events: UInt8, place: Int32, slot_count: int, found: Found
) -> tuple[int, int]:
    """Count observed and expected follow-ons for the first purchases of a group of products.

    Args:
        products: [k] products of the group.
        rows: [g] their first purchases that are events, by time.
        events: [p] 1 where a first purchase is an event.
        place: [p] scratch, written for `rows`.
        slot_count: Number of different categories among `products`.
        found: Written for every event and product of the group.

    Returns:
        Friend pairs dropped for the same instant, exposures over ties of unknown start.
    """
    g = len(rows)
    w = scale.window
    slots = np.full(scale.categories, -1, np.int32)
    used = np.int64(0)
    for a in products:
        if slots[log.category[a]] < 0:
            slots[log.category[a]] = used
            used += 1
    room = np.int64(0)
    wanted = np.zeros(g, np.uint8)
    for i in range(g):
        place[rows[i]] = i
    for a in products:
        begin, end = log.product_offsets[a], log.product_offsets[a + 1]
        low = recent = distant = begin
        for j in range(begin, end):
            row = log.product_order[j]
            t = log.first_time[row]
            # nobody bought in the window before: nothing observed, nothing expected, no probe
            while recent < j and log.first_time[log.product_order[recent]] < t - w:
                recent += 1
            while low < j and log.first_time[log.product_order[low]] < t - 5 * w:
                low += 1
            distant = max(distant, low)
            while distant < j and log.first_time[log.product_order[distant]] < t - 2 * w:
                distant += 1
            if events[row]:
                ties = log.edge_offsets[log.first_customer[row] + 1] - log.edge_offsets[log.first_customer[row]]
                probes = 1
                wanted[place[row]] = 1
                if scale.before:
                    if recent < j and log.first_time[log.product_order[recent]] < t:
                        wanted[place[row]] |= 2
                        probes += 1
                    if distant > low:
                        wanted[place[row]] |= 4
                        probes += 1
                room += probes * ties
    visits, sizes, visit_at, size_at = _visit(log, scale, rows, wanted, slots, used, room)
    return _judge(log, scale, products, events, place, wanted, visits, sizes, visit_at, size_at, found)
