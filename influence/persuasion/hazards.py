"""Expected follow-ons: the hazard of each stratum for each product, at every instant asked for."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled
from influence.persuasion.groups import Group
from influence.persuasion.layout import ACTIVITIES, ALIVE, ALIVE_FAR, PROMOTED, REACHED, Log, Scale
from influence.persuasion.prefetch import prefetch
from influence.persuasion.visits import COUNT_BITS, FAR, MOST_COUNT, NEAR, SEEN_SHIFT
from influence.snapshot.arrays import NEVER

__all__ = ["Expected", "expect", "nothing_expected"]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt32 = NDArray[np.uint32]
Float64 = NDArray[np.float64]
Whole = int | np.integer[Any]

# how far ahead of the clock a buyer's purchase lies: past, now, (0, w/2], (w/2, w), w, (w, 2w], (2w, 3w), [3w, 5w]
PHASES, PHASE_SHIFT = 8, 3
NEVER_BUYS = -1
EARLY = 3  # probes ahead for which memory is asked
NEAR_ENTRY, FAR_ENTRY = NEAR << COUNT_BITS, FAR << COUNT_BITS


class Expected(NamedTuple):
    """What is expected per event [e]; metrics.md 4.2 to 4.6."""

    window_adopters: Int32
    near: Float64
    near_variance: Float64
    far: Float64
    before: Float64
    far_before: Float64
    half: Float64
    double: Float64


def nothing_expected(events: int) -> Expected:
    """Return expectations of zero."""
    parts = [np.zeros(events) for _ in range(7)]
    return Expected(
        window_adopters=np.zeros(events, np.int32),
        near=parts[0],
        near_variance=parts[1],
        far=parts[2],
        before=parts[3],
        far_before=parts[4],
        half=parts[5],
        double=parts[6],
    )


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
def _life(t: int, begins: int, ends: int, far: int) -> tuple[int, int]:
    """Return life flags at t of a customer who exists from `begins` until `ends`, and when they change next."""
    if t < begins:
        return 0, begins
    if ends == NEVER:
        return ALIVE | ALIVE_FAR, NEVER
    if t >= ends:
        return 0, NEVER
    return (ALIVE, ends) if t >= ends - far else (ALIVE | ALIVE_FAR, ends - far)


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
def _hazard(buyers: Whole, size: Whole, wide_buyers: Whole, wide_size: Whole, prior: float) -> float:
    """Buyers among those at risk, smoothed with `prior` customers at the rate of the wider stratum."""
    if wide_buyers == 0:
        return 0.0
    return (buyers + prior * (wide_buyers / max(wide_size, 1))) / (size + prior)


@compiled
def _steps(
    a: Whole,
    members: int,
    log: Log,
    scale: Scale,
    member: Int32,
    bought: Int64,
    by_campaign: NDArray[np.bool_],
    code_of: Int32,
    begin_of: Int64,
    clock_of: Int64,
    grid: Int64,
    origin: Whole,
    per_span: float,
    due: Int32,
    steps: Int32,
) -> Int32:
    """Say at which probes of product a the strata of its members change, from when they come within reach.

    Args:
        due: [probes] -1; written: the first step of each probe.
        steps: Scratch.

    Returns:
        [steps, 3] per step the next of the same probe, `member << 2 | life`, `stratum << 1 | by a campaign for a`;
        `steps` or a larger one.
    """
    category, categories, codes, flags = log.category[a], scale.categories, scale.codes, scale.flags
    probes = len(clock_of)
    written = 0
    for m in range(members if probes else 0):
        probe: Whole = np.int64(0)
        if not by_campaign[m]:
            within = bought[m] - 5 * scale.window
            if within > clock_of[probes - 1]:
                continue
            if within > origin:
                cut = np.int64((within - origin) * per_span)
                probe = _below(clock_of, grid[cut], grid[cut + 1], within)
        i = begin_of[m]
        level = activity = np.int64(0)
        reached = promoted = 0
        before = np.int64(-1)
        life = ALIVE | ALIVE_FAR
        life_before = 0
        while True:
            clock = clock_of[probe]
            # run through the changes up to the clock, and on to the next that matters here
            while log.changes[i].at != NEVER:
                place, what = log.changes[i].what >> 4, log.changes[i].what & 15
                if what < PROMOTED:
                    matters = place == category or place == categories
                else:
                    matters = place == a
                if matters:
                    if log.changes[i].at > clock:
                        break
                    if what >= PROMOTED:
                        promoted += 1 if what == PROMOTED else -1
                    elif what >= REACHED:
                        reached += 1 if what == REACHED else -1
                    elif place == categories:
                        activity = np.int64(what)
                    else:
                        level = np.int64(what)
                i += 1
            awake = log.changes[i].at
            if not scale.plain:
                life, changes = _life(clock, log.customer_from[member[m]], log.customer_to[member[m]], 2 * scale.window)
                awake = min(awake, changes)
            stratum = ((level * ACTIVITIES + activity) * codes + code_of[m]) * flags
            if flags == 2:
                stratum = (stratum + (reached > 0)) << 1 | (promoted > 0)
            else:
                stratum <<= 1
            if stratum != before or life != life_before:
                if written == len(steps):
                    longer = np.empty((2 * written, 3), np.int32)
                    longer[:written] = steps
                    steps = longer
                steps[written, 0] = due[probe]
                steps[written, 1] = m << 2 | life >> 3
                steps[written, 2] = stratum
                due[probe] = written
                written += 1
                before, life_before = stratum, life
            if awake > clock_of[probes - 1]:
                break
            cut = np.int64((awake - origin) * per_span)
            probe = _below(clock_of, max(grid[cut], probe + 1), grid[cut + 1], awake)
    return steps


@compiled
def expect(log: Log, scale: Scale, group: Group, records: UInt32, expected: Expected) -> None:
    """Add up what is expected of the friends of a group's buyers.

    Per product the probes are done in time order. Its buyers, and the customers a campaign for it reached,
    are members, buyers first, by time of purchase. Seen from the clock each buyer's purchase lies in one of
    eight phases, and `table[stratum, phase]` counts buyers by their stratum at the clock: every window's
    buyers, and the buyers no longer at risk, are sums over phases. As the clock runs a buyer passes from
    phase to phase (one pointer per phase border), and when his stratum changes he is moved: each member
    waits in the list of the first probe after his next change. No pair of members is ever looked at; work
    is members times their changes of stratum within reach, plus visits.

    Args:
        log, scale: The snapshot.
        group: The products and what was asked about them.
        records: From `sweep`: the friends at risk of each probe, with the size of their strata then.
        expected: Written for the events of the group.
    """
    n = len(log.customer_from)
    friend = log.friend.ravel()
    w, codes, flags, layers, prior = scale.window, scale.codes, scale.flags, scale.layers, scale.prior
    cells, words = scale.cells, np.int64(1 + 2 * scale.layers)
    wide_of = np.empty(cells, np.int32)
    for s in range(cells):
        wide_of[s] = s // (codes * flags) * flags + s % flags
    table = np.zeros(layers * cells * PHASES, np.int32)
    back = np.zeros(layers * cells * PHASES, np.int32)
    shifted = np.zeros(layers * cells, np.int32)
    shifted_back = np.zeros(layers * cells, np.int32)
    borders = np.array([-1, 0, w // 2, w - 1, w, 2 * w, 3 * w - 1, 5 * w])
    pointers = np.zeros(PHASES, np.int64)
    shift = np.array([0, w, 5 * w])
    bits = np.zeros((n >> 6) + 1, np.uint64)
    one = np.uint64(1)
    slot_of = np.empty(n, np.int32)
    less, more = np.int64(-1), np.int64(1)

    largest = 0
    for k in range(len(group.products)):
        a = group.products[k]
        here = group.offsets[k + 1] - group.offsets[k]
        largest = max(largest, here + log.promoted_offsets[a + 1] - log.promoted_offsets[a])
    member = np.empty(largest, np.int32)
    bought = np.empty(largest, np.int64)
    base_of = np.empty(largest, np.int32)
    own_of = np.empty(largest, np.int32)
    life_of = np.empty(largest, np.int8)
    phase_of = np.empty(largest, np.int8)
    next_change = np.empty(largest, np.int64)
    steps = np.empty((1024, 3), np.int32)
    # what is expected of the product's buyers, written away together: the log has them far apart
    adopters_of = np.empty(largest, np.int32)
    answers = np.empty((largest, 7))
    by_campaign = np.zeros(largest, np.bool_)
    code_of = np.empty(largest, np.int32)
    clock_of = np.empty(3 * largest, np.int64)
    probe_of = np.empty(3 * largest, np.int64)
    place_of = np.empty(3 * largest, np.int64)
    length_of = np.empty(3 * largest, np.int32)
    due = np.empty(3 * largest, np.int32)
    grid = np.empty(3 * largest + 2, np.int64)

    for index in range(len(group.products)):
        a = group.products[index]
        begin = group.offsets[index]
        buyers = group.offsets[index + 1] - begin
        promo, promo_end = log.promoted_offsets[a], log.promoted_offsets[a + 1]
        for j in range(buyers):
            u = group.buyer[begin + j]
            prefetch(friend, 4 * np.int64(u))
            member[j] = u
            bought[j] = group.bought[begin + j]
            if promo_end > promo:
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
            by_campaign[slot_of[u]] = True
        adopters_of[:buyers] = 0
        answers[:buyers] = 0.0
        for k in range(members):
            own_of[k] = -1
            phase_of[k] = NEVER_BUYS
            next_change[k] = log.friend[member[k], 1]
            code_of[k] = log.friend[member[k], 2]
            for line in range(0, 25, 5):  # 64 bytes are five changes
                prefetch(log.changes, next_change[k] + line)

        # the probes of this product in time order
        probes = 0
        cursor = np.zeros(3, np.int64)
        while True:
            kind = -1
            clock = NEVER
            for candidate in range(3):
                while cursor[candidate] < buyers:
                    if (group.wanted[begin + cursor[candidate]] >> candidate) & 1:
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
            row = begin + cursor[kind]
            before = (group.length[row, 0] if kind else 0) + (group.length[row, 1] if kind == 2 else 0)
            place_of[probes] = words * (group.place[row] + before)
            length_of[probes] = group.length[row, kind]
            due[probes] = -1
            cursor[kind] += 1
            probes += 1
        # grid[b]: the first probe at or after the begin of the b-th of equal spans, to find probes by time
        origin = clock_of[0] if probes else np.int64(0)
        per_span = (probes - 1) / max(clock_of[probes - 1] - origin, 1) if probes else 0.0
        b = 0
        for probe in range(probes):
            while b <= np.int64((clock_of[probe] - origin) * per_span):
                grid[b] = probe
                b += 1
        while b <= probes:
            grid[b] = probes
            b += 1

        steps = _steps(
            a,
            members,
            log,
            scale,
            member,
            bought,
            by_campaign,
            code_of,
            next_change,
            clock_of[:probes],
            grid,
            origin,
            per_span,
            due,
            steps,
        )
        pointers[:] = 0
        for probe in range(probes):
            clock = clock_of[probe]
            waiting = due[probe]
            while waiting >= 0:
                m, life = np.int64(steps[waiting, 1] >> 2), np.int64(steps[waiting, 1] & 3) << 3
                base = np.int64(steps[waiting, 2] >> 1)
                own = base | (steps[waiting, 2] & 1)
                waiting = steps[waiting, 0]
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
            if probe + EARLY < probes:
                for line in range(3):
                    prefetch(records, place_of[probe + EARLY] + 16 * line)
            read = place_of[probe]
            near_expected = near_variance = far_expected = half = double = 0.0
            for _ in range(length_of[probe]):
                entry = np.int64(records[read])
                size, wide = np.int64(records[read + 1]), np.int64(records[read + 2])
                read += 3
                stratum = entry >> SEEN_SHIFT
                count = entry & MOST_COUNT
                far_size, far_wide = size, wide
                if layers == 2:
                    far_size, far_wide = np.int64(records[read]), np.int64(records[read + 1])
                    read += 2
                if flags == 2:
                    size += shifted[stratum]
                    wide += shifted_back[wide_of[stratum]]
                    far_size += shifted[(layers - 1) * cells + stratum]
                    far_wide += shifted_back[(layers - 1) * cells + wide_of[stratum]]
                c = stratum << PHASE_SHIFT
                d = np.int64(wide_of[stratum]) << PHASE_SHIFT
                if kind:
                    some = table[c + 1] + table[c + 2] + table[c + 3]
                    wide_some = back[d + 1] + back[d + 2] + back[d + 3]
                    if kind == 2:
                        some += table[c + 4] + table[c + 5] + table[c + 6]
                        wide_some += back[d + 4] + back[d + 5] + back[d + 6]
                    near_expected += count * _hazard(some, size - table[c], wide_some, wide - back[d], prior)
                    continue
                if entry & NEAR_ENTRY:
                    size -= table[c] + table[c + 1]
                    wide -= back[d] + back[d + 1]
                    some, wide_some = table[c + 2], back[d + 2]
                    half += count * _hazard(some, size, wide_some, wide, prior)
                    some += table[c + 3] + table[c + 4]
                    wide_some += back[d + 3] + back[d + 4]
                    h = _hazard(some, size, wide_some, wide, prior)
                    near_expected += count * h
                    near_variance += count * h * (1.0 - h)
                    some += table[c + 5]
                    wide_some += back[d + 5]
                    double += count * _hazard(some, size, wide_some, wide, prior)
                if entry & FAR_ENTRY:
                    c += ((layers - 1) * cells) << PHASE_SHIFT
                    d += ((layers - 1) * cells) << PHASE_SHIFT
                    for phase in range(6):
                        far_size -= table[c + phase]
                        far_wide -= back[d + phase]
                    some, wide_some = table[c + 6] + table[c + 7], back[d + 6] + back[d + 7]
                    far_expected += count * _hazard(some, far_size, wide_some, far_wide, prior)
            if kind == 0:
                adopters_of[j] = pointers[4] - pointers[1]
                answers[j, 0] = near_expected
                answers[j, 1] = near_variance
                answers[j, 2] = far_expected
                answers[j, 3] = half
                answers[j, 4] = double
            else:
                answers[j, 4 + kind] = near_expected

        for j in range(buyers):
            event = group.event[begin + j]
            if event < 0:
                continue
            expected.window_adopters[event] = adopters_of[j]
            expected.near[event] = answers[j, 0]
            expected.near_variance[event] = answers[j, 1]
            expected.far[event] = answers[j, 2]
            expected.half[event] = answers[j, 3]
            expected.double[event] = answers[j, 4]
            expected.before[event] = answers[j, 5]
            expected.far_before[event] = answers[j, 6]

        for k in range(members):
            if promo_end > promo:
                bits[member[k] >> 6] = 0
            by_campaign[k] = False
            if own_of[k] >= 0:
                for layer in range(layers):
                    cell = layer * cells + own_of[k]
                    wide = layer * cells + wide_of[own_of[k]]
                    shifted[cell] = shifted_back[wide] = 0
                    shifted[layer * cells + base_of[k]] = 0
                    shifted_back[layer * cells + wide_of[base_of[k]]] = 0
                    for phase in range(PHASES):
                        table[(cell << PHASE_SHIFT) + phase] = 0
                        back[(wide << PHASE_SHIFT) + phase] = 0
