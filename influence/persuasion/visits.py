"""Look at every friend of every buyer: who was at risk, in which stratum, and who bought when.

Customer by customer, not purchase by purchase: a customer's friends are fetched from memory once for all his
purchases, and each friend's timeline is run through once beside them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled
from influence.persuasion.layout import ACTIVITIES, PROMOTED, REACHED, Log, Scale
from influence.persuasion.prefetch import prefetch
from influence.persuasion.ties import tie_holds
from influence.snapshot.arrays import ALWAYS, NEVER

__all__ = [
    "COUNT_BITS",
    "FAR",
    "MOST_COUNT",
    "NEAR",
    "SEEN_SHIFT",
    "Seen",
    "Store",
    "ask",
    "bounds",
    "nothing_seen",
    "visit",
]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt8 = NDArray[np.uint8]
UInt32 = NDArray[np.uint32]
Store = NDArray[np.uint16] | NDArray[np.uint32]
Whole = int | np.integer[Any]

# friends in one integer of the store: stratum, at risk in the near and in the distant window, how many (1 to 15)
COUNT_BITS, MOST_COUNT = 4, 15
NEAR, FAR = 1, 2
SEEN_SHIFT = COUNT_BITS + 2


class Seen(NamedTuple):
    """What is observed per event [e], a first purchase that is asked about; metrics.md 4.1, 4.2, 4.6.

    Attributes:
        at_risk, near, far, before, far_before, friends, followed, half, double: As in `exposure.Exposures`.
        begin: Where the friends of the buyer begin in the store.
        length: [e, 3] how many entries there are of each kind of probe.
    """

    at_risk: Int32
    near: Int32
    far: Int32
    before: Int32
    far_before: Int32
    friends: Int32
    followed: Int32
    half: Int32
    double: Int32
    begin: Int64
    length: Int32


def nothing_seen(events: int) -> Seen:
    """Return counts of zero."""
    whole = [np.zeros(events, np.int32) for _ in range(9)]
    return Seen(
        at_risk=whole[0],
        near=whole[1],
        far=whole[2],
        before=whole[3],
        far_before=whole[4],
        friends=whole[5],
        followed=whole[6],
        half=whole[7],
        double=whole[8],
        begin=np.zeros(events, np.int64),
        length=np.zeros((events, 3), np.int32),
    )


@compiled
def ask(
    products: Int64,
    product_offsets: Int64,
    product_order: Int64,
    first_time: Int64,
    window: int,
    before: bool,
    events: UInt8,
    wanted: UInt8,
) -> None:
    """Decide which probes to make for the events of some products: a bit per kind in `wanted` [p].

    A probe asks about one first purchase of v at t: kind 0 at t itself, kind 1 at t - w, kind 2 at t - 5w.
    Where nobody bought in the window before, nothing is observed or expected there, and no probe is made.
    """
    w = window
    for a in products:
        begin, end = product_offsets[a], product_offsets[a + 1]
        recent = distant = low = begin
        for j in range(begin, end):
            if j + 16 < end:
                prefetch(first_time, product_order[j + 16])
            row = product_order[j]
            t = first_time[row]
            while recent < j and first_time[product_order[recent]] < t - w:
                recent += 1
            while low < j and first_time[product_order[low]] < t - 5 * w:
                low += 1
            distant = max(distant, low)
            while distant < j and first_time[product_order[distant]] < t - 2 * w:
                distant += 1
            bits = 0
            if events[row]:
                bits = 1
                if before and recent < j and first_time[product_order[recent]] < t:
                    bits |= 2
                if before and distant > low:
                    bits |= 4
            wanted[row] = bits


@compiled
def bounds(customer_offsets: Int64, edge_offsets: Int64, wanted: UInt8) -> Int64:
    """Return, per customer, the number of his friends times the number of his probes."""
    n = len(customer_offsets) - 1
    out = np.zeros(n, np.int64)
    for v in range(n):
        probes = 0
        for row in range(customer_offsets[v], customer_offsets[v + 1]):
            probes += (wanted[row] & 1) + ((wanted[row] >> 1) & 1) + (wanted[row] >> 2)
        out[v] = probes * (edge_offsets[v + 1] - edge_offsets[v])
    return out


@compiled
def visit(
    first: int,
    last: int,
    log: Log,
    scale: Scale,
    wanted: UInt8,
    event: Int32,
    start: int,
    store: Store,
    seen: Seen,
) -> tuple[int, int]:
    """Look at the friends of the customers first..last-1 at all their probes.

    Args:
        log, scale: The snapshot.
        wanted: From `ask`.
        event: [p] the number of each first purchase among the events.
        start: Where these customers may write in `store`.
        store: Written: per probe the friends at risk, those in the same stratum counted together.
        seen: Written for the events of these customers.

    Returns:
        Pairs of friends dropped for the same instant, exposures over ties of unknown start.
    """
    w, codes, flags, plain, layers = scale.window, scale.codes, scale.flags, scale.plain, scale.layers
    categories = scale.categories
    shift = np.array([0, w, 5 * w])
    most = widest = np.int64(1)
    for v in range(first, last):
        most = max(most, log.customer_offsets[v + 1] - log.customer_offsets[v])
        widest = max(widest, log.edge_offsets[v + 1] - log.edge_offsets[v])
    row_of = np.empty(most, np.int64)
    seen_at = np.empty(most, np.int64)
    time_of = np.empty(most, np.int64)
    far_sale = np.empty(most, np.bool_)
    when = np.full(most, NEVER)
    matched = np.empty(most, np.int32)
    promoted = np.zeros(most, np.int32)
    clock_of = np.empty(3 * most, np.int64)
    event_at = np.empty(3 * most, np.int32)
    kind_at = np.empty(3 * most, np.int8)
    category_at = np.empty(3 * most, np.int32)
    flags_at = np.empty(3 * most, np.uint8)
    size_at = np.empty(3 * most, np.int64)
    probe_of = np.empty((most, 3), np.int32)
    event_of = np.full(len(log.category), -1, np.int32)
    level = np.zeros(categories + 1, np.uint8)
    reached = np.zeros(categories + 1, np.int32)
    strata = np.empty(1024, np.uint32)
    times = np.zeros(4 * scale.cells, np.int32)
    several = np.empty(widest, np.uint32)
    written = start
    ties = 0
    undated: Whole = 0
    ahead_limit = len(log.edge_targets)
    friend = log.friend.ravel()
    for v in range(first, last):
        edges, edges_end = log.edge_offsets[v], log.edge_offsets[v + 1]
        events = 0
        for row in range(log.customer_offsets[v], log.customer_offsets[v + 1]):
            if wanted[row]:
                row_of[events] = row
                seen_at[events] = event[row]
                time_of[events] = log.first_time[row]
                events += 1
        if not events:
            continue
        # the probes of this customer in time order
        probes = 0
        for e in range(events):
            probe_of[e] = -1
        cursor = np.zeros(3, np.int64)
        while True:
            kind = -1
            clock = NEVER
            for candidate in range(3):
                while cursor[candidate] < events and not (wanted[row_of[cursor[candidate]]] >> candidate) & 1:
                    cursor[candidate] += 1
                if cursor[candidate] < events:
                    t = time_of[cursor[candidate]] - shift[candidate]
                    if kind < 0 or t < clock:
                        kind, clock = candidate, t
            if kind < 0:
                break
            e = cursor[kind]
            cursor[kind] += 1
            a = log.first_product[row_of[e]]
            what: Whole = NEAR
            if kind == 0:
                event_of[a] = e
                far_start = clock + 2 * w
                far_sale[e] = far_start < scale.as_of and log.product_from[a] <= far_start < log.product_to[a]
                what = NEAR if log.product_from[a] <= clock < log.product_to[a] else 0
                what |= FAR if far_sale[e] else 0
            clock_of[probes] = clock
            event_at[probes] = e
            kind_at[probes] = kind
            category_at[probes] = log.category[a]
            flags_at[probes] = what
            size_at[probes] = 0
            probe_of[e, kind] = probes
            probes += 1
        width = edges_end - edges
        if probes * width > len(strata):
            strata = np.empty(2 * probes * width, np.uint32)

        for edge in range(edges, edges_end):
            if edge + 8 < ahead_limit:
                prefetch(friend, 4 * np.int64(log.edge_targets[edge + 8]))
                ahead = log.edge_targets[edge + 4]
                changes, purchases = log.friend[ahead, 1], log.friend[ahead, 0]
                for line in range(0, 25, 5):  # 64 bytes are five changes
                    prefetch(log.changes, changes + line)
                prefetch(log.first_product, purchases)
                prefetch(log.first_product, purchases + 16)
            since, until = log.edge_since[edge], log.edge_until[edge]
            if since > time_of[events - 1] or until <= time_of[0]:
                continue
            always = since <= time_of[0] and until > time_of[events - 1]
            u = log.edge_targets[edge]
            unknown = np.int64(since == ALWAYS)
            code = log.friend[u, 2]
            # which of these products the friend bought, too
            matches = 0
            for i in range(log.friend[u, 0], log.friend[u + 1, 0]):
                e = event_of[log.first_product[i]]
                if e >= 0:
                    bought = log.first_time[i]
                    when[e] = bought
                    matched[matches] = e
                    matches += 1
                    t = time_of[e]
                    if since <= t and until > t:
                        seen.friends[seen_at[e]] += 1
                        if bought == t:  # a pair that is tied both ways is met from both ends and counted from one
                            ties += (
                                v < u
                                or not wanted[i] & 1
                                or not tie_holds(
                                    log.edge_offsets, log.edge_targets, log.edge_since, log.edge_until, u, v, t
                                )
                            )
                        seen.followed[seen_at[e]] += t < bought <= t + w
            start_of = log.friend[u, 1]
            i = start_of
            next_change = log.changes[i].at
            for k in range(probes):
                clock = clock_of[k]
                while next_change <= clock:
                    place, what = log.changes[i].what >> 4, log.changes[i].what & 15
                    if what < REACHED:
                        level[place] = what
                    elif what < PROMOTED:
                        reached[place] += 1 if what == REACHED else -1
                    elif event_of[place] >= 0:
                        promoted[event_of[place]] += 1 if what == PROMOTED else -1
                    i += 1
                    next_change = log.changes[i].at
                e = event_at[k]
                if not always and (since > time_of[e] or until <= time_of[e]):
                    continue
                what = np.int64(flags_at[k])
                bought = when[e]
                if bought != NEVER or not plain:
                    kind = kind_at[k]
                    if not log.customer_from[u] <= clock < log.customer_to[u]:
                        continue
                    if kind:
                        if bought < clock:
                            continue
                        if bought < clock + (w if kind == 1 else 3 * w):
                            if kind == 1:
                                seen.before[seen_at[e]] += 1
                            else:
                                seen.far_before[seen_at[e]] += 1
                    else:
                        if layers == 2 and log.customer_to[u] != NEVER and clock >= log.customer_to[u] - 2 * w:
                            what &= NEAR
                        if what & NEAR:
                            if bought <= clock:
                                what &= FAR
                            elif bought <= clock + 2 * w:
                                seen.double[seen_at[e]] += 1
                                seen.near[seen_at[e]] += bought <= clock + w
                                seen.half[seen_at[e]] += bought <= clock + w // 2
                        if what & FAR:
                            if bought <= clock + 2 * w:
                                what &= NEAR
                            else:
                                seen.far[seen_at[e]] += bought <= clock + 5 * w
                if what:
                    category = category_at[k]
                    stratum = (np.int64(level[category]) * ACTIVITIES + level[categories]) * codes + code
                    if flags == 2:
                        stratum *= 2
                        if reached[category] + reached[categories] + promoted[e] > 0:
                            stratum += 1
                    strata[k * width + size_at[k]] = np.uint32(stratum << 2 | what)
                    size_at[k] += 1
                    undated += unknown & what & np.int64(kind_at[k] == 0)
            for m in range(matches):
                when[matched[m]] = NEVER
            if categories < 64:
                level[:] = 0
            else:
                for c in range(start_of, i):
                    if log.changes[c].what & 15 < REACHED:
                        level[log.changes[c].what >> 4] = 0
            if flags == 2:
                for c in range(start_of, i):
                    place, what = log.changes[c].what >> 4, log.changes[c].what & 15
                    if what >= PROMOTED:
                        if event_of[place] >= 0:
                            promoted[event_of[place]] = 0
                    elif what >= REACHED:
                        reached[place] = 0

        for e in range(events):
            seen.begin[seen_at[e]] = written
            event_of[log.first_product[row_of[e]]] = -1
            for kind in range(3):
                k = probe_of[e, kind]
                if k < 0:
                    continue
                before = written
                number = 0
                for x in strata[k * width : k * width + size_at[k]]:
                    several[number] = x
                    number += times[x] == 0
                    times[x] += 1
                at_risk = 0
                for d in range(number):
                    x = several[d]
                    count = times[x]
                    times[x] = 0
                    if x & NEAR:
                        at_risk += count
                    while count > 0:
                        store[written] = np.int64(x) << COUNT_BITS | min(count, MOST_COUNT)
                        written += 1
                        count -= MOST_COUNT
                seen.length[seen_at[e], kind] = written - before
                if kind == 0:
                    seen.at_risk[seen_at[e]] = at_risk
    return ties, int(undated)
