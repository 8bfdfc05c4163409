"""Sweep the log in time and say how many customers were in each stratum whenever it is asked for."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled
from influence.persuasion.layout import (
    ACTIVITIES,
    ALIVE,
    ALIVE_FAR,
    ENTRY_SHOWN,
    LEVELS,
    SHOWN,
    Log,
    Scale,
    category_bin,
)
from influence.persuasion.prefetch import prefetch
from influence.persuasion.visits import SEEN_SHIFT
from influence.snapshot.arrays import ALWAYS, NEVER

__all__ = ["Group", "sweep"]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt8 = NDArray[np.uint8]
UInt32 = NDArray[np.uint32]
Whole = int | np.integer[Any]

# a customer's state in one integer: activity bin, flags, stratum code, and a sketch of the categories in use
CODE_SHIFT, SKETCH_SHIFT, SKETCH_BITS = 8, 32, 31
EARLY = 12  # changes of state ahead for which memory is asked


class Group(NamedTuple):
    """Products that are counted together, and their first purchases product by product, by time in each.

    Attributes:
        products: [k] the products; `offsets` [k+1] their rows.
        rows: [g] which first purchase of the log each row is.
        buyer, bought: [g] customer and time.
        wanted: [g] a bit per kind of probe.
        begin, length: [3g] where the entries of each probe are in the store.
        place: [3g] where the records of each probe begin, in the order they are read in.
        by_time: [e] rows with a probe in time order.
    """

    products: Int64
    offsets: Int64
    rows: Int64
    buyer: Int32
    bought: Int64
    wanted: UInt8
    begin: Int64
    length: Int32
    place: Int64
    by_time: Int64


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
    level = category_bin(held & 7) * ACTIVITIES + activity
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
def sweep(log: Log, scale: Scale, group: Group, store: UInt32, records: UInt32) -> None:
    """Write down, for every entry of the store that a probe of the group has, the size of its stratum.

    The sweep keeps the present state of every customer and, per category of the group, how many customers
    are in each stratum, as a deviation from the whole population: only those who ever bought in the
    category deviate, so a change of a customer's activity costs his number of categories, not all of them.

    Args:
        log, scale: The snapshot.
        group: The products.
        store: From `visits.visit`.
        records: Written: per entry the entry itself and, per layer, the number of customers in the stratum
            and in it without its code.
    """
    slots = np.full(scale.categories, -1, np.int32)
    slot_count = np.int64(0)
    for a in group.products:
        if slots[log.category[a]] < 0:
            slots[log.category[a]] = slot_count
            slot_count += 1
    n = len(log.customer_from)
    g = len(group.by_time)
    codes, flags, layers, w = scale.codes, scale.flags, scale.layers, scale.window
    cells, wide_cells = scale.cells, LEVELS * ACTIVITIES * flags
    population = np.zeros((layers, ACTIVITIES * codes * flags), np.int32)
    population_back = np.zeros((layers, ACTIVITIES * flags), np.int32)
    tables = np.zeros((layers, slot_count, cells), np.int32)
    back = np.zeros((layers, slot_count, wide_cells), np.int32)
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

    level_one = ACTIVITIES * codes * flags
    wide_of = np.empty(cells, np.int32)
    for s in range(cells):
        wide_of[s] = s // (codes * flags) * flags + s % flags
    time_of = np.empty(g, np.int64)
    category_of = np.empty(g, np.int32)
    wanted_of = np.empty(g, np.uint8)
    category_at = np.empty(len(group.buyer), np.int32)
    for k in range(len(group.products)):
        category_at[group.offsets[k] : group.offsets[k + 1]] = log.category[group.products[k]]
    for i in range(g):
        j = group.by_time[i]
        time_of[i] = group.bought[j]
        category_of[i] = category_at[j]
        wanted_of[i] = group.wanted[j]
    more, less = np.int64(1), np.int64(-1)
    bought = moved = switched = 0
    at = np.zeros(3, np.int64)
    shift = np.array([0, w, 5 * w])
    while True:
        kind = -1
        clock = NEVER
        for candidate in range(3):
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

        if i + EARLY < g:
            prefetch(group.begin, 3 * group.by_time[i + EARLY] + kind)
            prefetch(group.place, 3 * group.by_time[i + EARLY] + kind)
            later = 3 * group.by_time[i + EARLY // 2] + kind
            prefetch(store, group.begin[later])
            prefetch(store, group.begin[later] + 15)
            prefetch(records, group.place[later])
            prefetch(records, group.place[later] + 16)
            prefetch(records, group.place[later] + 32)
        slot = slots[category_of[i]]
        probe = 3 * group.by_time[i] + kind
        written = group.place[probe]
        read = group.begin[probe]
        for q in range(read, read + group.length[probe]):
            stratum = np.int64(store[q] >> SEEN_SHIFT)
            records[written] = store[q]
            written += 1
            wide = np.int64(wide_of[stratum])
            for layer in range(layers):
                size, around = tables[layer, slot, stratum], back[layer, slot, wide]
                if stratum < level_one:
                    size += population[layer, stratum]
                    around += population_back[layer, wide]
                records[written] = size
                records[written + 1] = around
                written += 2
