"""The compiled pass over days behind `churn`: who is a customer each day, who leaves after it, and whose friends.

One day after the other: put every customer who is there into a stratum by what was known before that day, count how
many of each stratum leave within the window, and look up the friends of everybody to whom something happened that day.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled

__all__ = ["ACTIVITY_LEVELS", "TENURE_DAYS", "TERTILES", "Exposed", "Population", "count_days", "nothing_exposed"]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

TENURE_DAYS = (90, 365, 1095)
"""Bands of the days since the first day as a customer: below 90, below 365, below 1,095, and longer."""
TERTILES = 3
ACTIVITY_LEVELS = 64
"""Days with a purchase are told apart up to here when the thirds are cut."""


class Population(NamedTuple):
    """Customers, their ties and what happened, in whole days. n customers, k spells, b days with a purchase, e events.

    Attributes:
        begin, end, stopped: [k] spells by customer and time: first day, last day, whether it ended by leaving.
        spell_offsets: [n+1] spells of each customer.
        bought: [b] days with a purchase, by customer and time; `bought_offsets` [n+1].
        segment: [n] code of the segment.
        since: [n] first day as a customer.
        edge_offsets, edge_targets: CSR, row v lists whom v can influence; `edge_since`, `edge_until` in days.
        event_day, event_customer, event_group: [e] what happened, by day; `event_offsets` [days+1] by day number.
    """

    begin: Int64
    end: Int64
    stopped: NDArray[np.bool_]
    spell_offsets: Int64
    bought: Int64
    bought_offsets: Int64
    segment: Int64
    since: Int64
    edge_offsets: Int64
    edge_targets: Int32
    edge_since: Int64
    edge_until: Int64
    event_customer: Int64
    event_group: Int64
    event_offsets: Int64


class Exposed(NamedTuple):
    """What followed. e events, n customers, g groups of events.

    Attributes:
        at_risk: [e] friends who were customers that day.
        observed, expected: [e] how many of them left within the window, and how many would have anyway.
        friend_observed, friend_expected: [g, n] the same, by friend.
        here, left: [strata] customer-days, and how many of them were followed by leaving, by wide stratum.
    """

    at_risk: Int64
    observed: Int64
    expected: Float64
    friend_observed: Float64
    friend_expected: Float64
    here: Int64
    left: Int64


def nothing_exposed(events: int, customers: int, groups: int) -> Exposed:
    """Return counts of nothing."""
    wide = (len(TENURE_DAYS) + 1) * TERTILES
    return Exposed(
        at_risk=np.zeros(events, np.int64),
        observed=np.zeros(events, np.int64),
        expected=np.zeros(events),
        friend_observed=np.zeros((groups, customers)),
        friend_expected=np.zeros((groups, customers)),
        here=np.zeros(wide, np.int64),
        left=np.zeros(wide, np.int64),
    )


@compiled
def count_days(
    days: Int64,
    population: Population,
    segments: int,
    activity_days: int,
    window: int,
    known_until: int,
    prior: float,
    found: Exposed,
) -> None:
    """Count what followed the events of some days; the result is added to `found`.

    Args:
        days: Day numbers, ascending.
        population: Customers, ties and events.
        segments: Number of segments.
        activity_days: Days before the day in which purchases count as activity.
        window: Days after the day in which leaving counts, cut at `known_until`.
        known_until: Last day on which leaving can be known.
        prior: Weight of the wide stratum (without segment) in the hazard of a stratum.
        found: Written: at the places of these days' events, and added up by friend and stratum.
    """
    n = len(population.since)
    bands = len(TENURE_DAYS) + 1
    wide = bands * TERTILES
    spell = population.spell_offsets[:-1].copy()
    first = population.bought_offsets[:-1].copy()  # first purchase day inside the activity span
    last = population.bought_offsets[:-1].copy()  # first purchase day on or after the day
    active = np.empty(n, np.int64)
    stratum = np.empty(n, np.int64)
    leaves = np.empty(n, np.bool_)
    for day in days:
        horizon = min(day + window, known_until)
        levels = np.zeros(ACTIVITY_LEVELS, np.int64)
        crowd = 0
        for u in range(n):
            stratum[u] = -1
            while spell[u] < population.spell_offsets[u + 1] and population.end[spell[u]] <= day:
                spell[u] += 1
            if spell[u] == population.spell_offsets[u + 1] or population.begin[spell[u]] > day:
                continue
            stop = population.bought_offsets[u + 1]
            while last[u] < stop and population.bought[last[u]] < day:
                last[u] += 1
            while first[u] < last[u] and population.bought[first[u]] < day - activity_days:
                first[u] += 1
            active[u] = min(last[u] - first[u], ACTIVITY_LEVELS - 1)
            levels[active[u]] += 1
            crowd += 1
            stratum[u] = 0
            leaves[u] = population.stopped[spell[u]] and population.end[spell[u]] <= horizon
        third = np.zeros(ACTIVITY_LEVELS, np.int64)
        below = 0
        for level in range(ACTIVITY_LEVELS):
            # a level belongs to the third in which its middle customer stands: equal customers stay together
            third[level] = min(TERTILES * (2 * below + levels[level]) // max(2 * crowd, 1), TERTILES - 1)
            below += levels[level]
        here = np.zeros(segments * wide, np.int64)
        left = np.zeros(segments * wide, np.int64)
        wide_here = np.zeros(wide, np.int64)
        wide_left = np.zeros(wide, np.int64)
        for u in range(n):
            if stratum[u] < 0:
                continue
            band = 0
            for limit in TENURE_DAYS:
                if day - population.since[u] >= limit:
                    band += 1
            back = band * TERTILES + third[active[u]]
            own = population.segment[u] * wide + back
            stratum[u] = own
            here[own] += 1
            wide_here[back] += 1
            if leaves[u]:
                left[own] += 1
                wide_left[back] += 1
        if horizon == day + window:
            for back in range(wide):
                found.here[back] += wide_here[back]
                found.left[back] += wide_left[back]
        for event in range(population.event_offsets[day], population.event_offsets[day + 1]):
            v = population.event_customer[event]
            group = population.event_group[event]
            for edge in range(population.edge_offsets[v], population.edge_offsets[v + 1]):
                u = population.edge_targets[edge]
                if u == v or stratum[u] < 0:
                    continue
                # of several intervals of one tie at most one holds on a day
                if population.edge_since[edge] > day or population.edge_until[edge] <= day:
                    continue
                own = stratum[u]
                back = own % wide
                chance = (left[own] + prior * wide_left[back] / wide_here[back]) / (here[own] + prior)
                found.at_risk[event] += 1
                found.expected[event] += chance
                found.friend_expected[group, u] += chance
                if leaves[u]:
                    found.observed[event] += 1
                    found.friend_observed[group, u] += 1.0
