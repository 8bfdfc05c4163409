"""Sweep the log in time and say how many customers were in each stratum whenever it is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled
from influence.persuasion.bits import trailing_zeros
from influence.persuasion.groups import LANES, Group
from influence.persuasion.layout import (
    ACTIVITIES,
    ALIVE,
    ALIVE_FAR,
    CATEGORY_SHOWN,
    LEVELS,
    SHOWN,
    Log,
    Scale,
)
from influence.persuasion.prefetch import prefetch
from influence.persuasion.visits import SEEN_SHIFT, Store
from influence.snapshot.arrays import ALWAYS, NEVER

__all__ = ["sweep"]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt8 = NDArray[np.uint8]
UInt32 = NDArray[np.uint32]
Whole = int | np.integer[Any]

# a customer's state in one integer: activity bin, flags, stratum code
CODE_SHIFT = 8
# what a customer has in a category in one byte, eight categories to an integer: purchases up to 7, and whether a
# campaign for it reaches him now
LANE_BITS, LANE_MASK = 8, 255
LEVEL_OF = np.array([0, 1, 2, 2, 3, 3, 3, 4])
EARLY = 12  # changes ahead for which memory is asked


@compiled
def _tally(
    sign: Whole,
    layer: Whole,
    slot: Whole,
    kept: Whole,
    state: Whole,
    codes: Whole,
    flags: Whole,
    tables: Int32,
    back: Int32,
) -> None:
    """Add a customer with something in a category to that category's deviation from the whole population."""
    activity, code, everywhere, here = state & 7, state >> CODE_SHIFT, 0, 0
    if flags == 2:
        everywhere = 1 if state & SHOWN else 0
        here = 1 if everywhere or kept & CATEGORY_SHOWN else 0
    level = LEVEL_OF[kept & 7] * ACTIVITIES
    tables[layer, slot, ((level + activity) * codes + code) * flags + here] += sign
    tables[layer, slot, (activity * codes + code) * flags + everywhere] -= sign
    back[layer, slot, (level + activity) * flags + here] += sign
    back[layer, slot, activity * flags + everywhere] -= sign


@compiled
def _count(
    sign: Whole,
    at: Whole,
    state: Whole,
    held: Int64,
    lanes: Whole,
    codes: Whole,
    flags: Whole,
    population: Int32,
    population_back: Int32,
    tables: Int32,
    back: Int32,
) -> None:
    """Add a customer in some state to every table that counts him, or take him out."""
    for layer in range(len(population)):
        if not state & (ALIVE_FAR if layer else ALIVE):
            continue
        shown = 1 if flags == 2 and state & SHOWN else 0
        population[layer, ((state & 7) * codes + (state >> CODE_SHIFT)) * flags + shown] += sign
        population_back[layer, (state & 7) * flags + shown] += sign
        for lane in range(lanes):
            word = held[at + 1 + lane]
            slot = LANES * lane
            while word:
                if word & LANE_MASK:
                    _tally(sign, layer, slot, word & LANE_MASK, state, codes, flags, tables, back)
                word >>= LANE_BITS
                slot += 1


@compiled
def _hold(
    at: Whole,
    slot: Whole,
    kept: Whole,
    after: Whole,
    held: Int64,
    codes: Whole,
    flags: Whole,
    tables: Int32,
    back: Int32,
) -> None:
    """Change what a customer has in one category."""
    state = held[at]
    for layer in range(len(tables)):
        if state & (ALIVE_FAR if layer else ALIVE):
            if kept:
                _tally(np.int64(-1), layer, slot, kept, state, codes, flags, tables, back)
            if after:
                _tally(np.int64(1), layer, slot, after, state, codes, flags, tables, back)
    held[at + 1 + slot // LANES] ^= (kept ^ after) << (slot % LANES * LANE_BITS)


@compiled
def sweep(log: Log, scale: Scale, group: Group, store: Store, held: Int64, records: UInt32) -> None:
    """Write down, for every entry of the store that a probe of the group has, the size of its stratum.

    The sweep keeps the present state of every customer and, per category of the group, how many customers
    are in each stratum, as a deviation from the whole population: only those who ever bought in the
    category deviate, so a change of a customer's activity costs his number of categories, not all of them.

    Args:
        log, scale: The snapshot.
        group: The products.
        store: From `visits.visit`.
        held: Scratch: an integer per customer and one more per `LANES` categories of the group.
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
    category_of, time_of, wanted_of, begin_of, length_of, place_of = group.timed
    g = len(time_of)
    codes, flags, layers, w = scale.codes, scale.flags, scale.layers, scale.window
    words = np.int64(1 + 2 * layers)
    cells, level_one = scale.cells, ACTIVITIES * scale.codes * scale.flags
    population = np.zeros((layers, level_one), np.int32)
    population_back = np.zeros((layers, ACTIVITIES * flags), np.int32)
    tables = np.zeros((layers, slot_count, cells), np.int32)
    back = np.zeros((layers, slot_count, LEVELS * ACTIVITIES * flags), np.int32)
    wide_of = np.empty(cells, np.int32)
    for s in range(cells):
        wide_of[s] = s // (codes * flags) * flags + s % flags
    # a customer's state, then his purchases in each category of the group, one line of memory
    lanes = (slot_count + LANES - 1) // LANES
    stride = 1 + lanes
    held[: n * stride] = 0
    for u in range(n):
        state = np.int64(log.code[u]) << CODE_SHIFT
        if log.customer_from[u] == ALWAYS:
            state |= ALIVE | ALIVE_FAR
            for layer in range(layers):
                population[layer, log.code[u] * flags] += 1
                population_back[layer, 0] += 1
        held[u * stride] = state

    more, less = np.int64(1), np.int64(-1)
    bought = moved = switched = 0
    cursor = np.zeros(3, np.int64)
    shift = np.array([0, w, 5 * w])
    while True:
        kind = -1
        clock = NEVER
        for candidate in range(3):
            while cursor[candidate] < g and not (wanted_of[cursor[candidate]] >> candidate) & 1:
                cursor[candidate] += 1
            if cursor[candidate] < g:
                t = time_of[cursor[candidate]] - shift[candidate]
                if kind < 0 or t < clock:
                    kind, clock = candidate, t
        if kind < 0:
            break
        i = cursor[kind]
        cursor[kind] += 1

        # what happened before the clock (purchases, activity) or up to it (joining, leaving, campaigns)
        while switched < len(log.switch_time) and log.switch_time[switched] <= clock:
            at, place = stride * log.switch_customer[switched], log.switch_category[switched]
            put, clear = log.switch_set[switched], log.switch_clear[switched]
            switched += 1
            if place < 0:
                old = held[at]
                new = (old | put) & ~clear
                _count(less, at, old, held, lanes, codes, flags, population, population_back, tables, back)
                _count(more, at, new, held, lanes, codes, flags, population, population_back, tables, back)
                held[at] = new
            elif slots[place] >= 0:
                slot = slots[place]
                kept = (held[at + 1 + slot // LANES] >> (slot % LANES * LANE_BITS)) & LANE_MASK
                _hold(at, slot, kept, (kept | put) & ~clear, held, codes, flags, tables, back)
        while bought < len(log.bought_time) and log.bought_time[bought] < clock:
            if bought + EARLY < len(log.bought_time) and slots[log.bought_category[bought + EARLY]] >= 0:
                prefetch(held, stride * log.bought_customer[bought + EARLY])
            slot = slots[log.bought_category[bought]]
            if slot >= 0:
                at = stride * log.bought_customer[bought]
                kept = (held[at + 1 + slot // LANES] >> (slot % LANES * LANE_BITS)) & LANE_MASK
                if kept & 7 < 7:
                    _hold(at, slot, kept, kept + 1, held, codes, flags, tables, back)
            bought += 1
        while moved < len(log.moved_time) and log.moved_time[moved] < clock:
            if moved + EARLY < len(log.moved_customer):
                prefetch(held, stride * log.moved_customer[moved + EARLY])
            at = stride * log.moved_customer[moved]
            old = held[at]
            new = (old & ~np.int64(7)) | log.moved_bin[moved]
            held[at] = new
            # as _count would do, out of the old state and into the new; written out, it is most of the sweep
            code, shown = old >> CODE_SHIFT, 1 if flags == 2 and old & SHOWN else 0
            gone, come = ((old & 7) * codes + code) * flags, ((new & 7) * codes + code) * flags
            gone_wide, come_wide = (old & 7) * flags, (new & 7) * flags
            for layer in range(layers):
                if not old & (ALIVE_FAR if layer else ALIVE):
                    continue
                population[layer, gone + shown] -= 1
                population[layer, come + shown] += 1
                population_back[layer, gone_wide + shown] -= 1
                population_back[layer, come_wide + shown] += 1
                for lane in range(lanes):
                    word = held[at + 1 + lane]
                    while word:
                        # on to the next category he has something in: most have nothing in most
                        place = trailing_zeros(word) // LANE_BITS
                        kept = (word >> place * LANE_BITS) & LANE_MASK
                        word &= ~(LANE_MASK << place * LANE_BITS)
                        slot = LANES * lane + place
                        here = 1 if shown or kept & CATEGORY_SHOWN else 0
                        level = LEVEL_OF[kept & 7] * ACTIVITIES * flags
                        row, wide = tables[layer, slot], back[layer, slot]
                        row[gone + shown] += 1
                        row[come + shown] -= 1
                        row[level * codes + gone + here] -= 1
                        row[level * codes + come + here] += 1
                        wide[gone_wide + shown] += 1
                        wide[come_wide + shown] -= 1
                        wide[level + gone_wide + here] -= 1
                        wide[level + come_wide + here] += 1
            moved += 1

        # ask early for the entries to come
        if i + EARLY < g:
            ahead = i + EARLY
            before = (length_of[ahead, 0] if kind else 0) + (length_of[ahead, 1] if kind == 2 else 0)
            prefetch(store, begin_of[ahead] + before)
            prefetch(store, begin_of[ahead] + before + max(length_of[ahead, kind] - 1, 0))
            written = words * (place_of[ahead] + before)
            prefetch(records, written)
            prefetch(records, written + 16)
            prefetch(records, written + 32)
        slot = slots[category_of[i]]
        before = (length_of[i, 0] if kind else 0) + (length_of[i, 1] if kind == 2 else 0)
        read, written = begin_of[i] + before, words * (place_of[i] + before)
        for q in range(read, read + length_of[i, kind]):
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
