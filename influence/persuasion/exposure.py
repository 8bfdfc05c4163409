"""Friend exposures: what followed each first purchase, and what would have followed anyway.

The stage of metrics.md 4.1 to 4.3 and the counts of 4.6, per first purchase. `count_exposures` lays the
snapshot out for the kernel, cuts the products into groups that fit into memory and spreads the groups over
threads; how the kernel avoids every quadratic step is told in docs/concepts/persuasion.md.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from influence.persuasion.groups import LANES, Room, entries, gather, groups
from influence.persuasion.hazards import Expected, expect, nothing_expected
from influence.persuasion.layout import Log, Workspace, prepare
from influence.persuasion.parameters import PersuasionParameters
from influence.persuasion.sums import sum_by
from influence.persuasion.sweep import sweep
from influence.persuasion.visits import SEEN_SHIFT, Seen, Store, ask, bounds, nothing_seen, visit
from influence.snapshot.arrays import Snapshot
from influence.threads import spread

__all__ = ["Exposures", "count_exposures", "count_follow_ons"]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt8 = NDArray[np.uint8]
Float64 = NDArray[np.float64]
Mask = NDArray[np.bool_]

WORTH_SHARING = 1_000_000
"""Friend visits from which a second sweep of the log is worth a second thread."""
WAYS = 64
"""Most shares that work is cut into."""


@dataclass(frozen=True)
class Exposures:
    """Counts per first purchase [p] in the order of the snapshot.

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
        half, half_expected, double, double_expected: O and E of (t, t+w/2] and (t, t+2w].
        ties_dropped: Pairs of friends, times products, with a tie at t and both purchases at the same instant.
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
    half: Int32
    half_expected: Float64
    double: Int32
    double_expected: Float64
    ties_dropped: int
    undated: int


def count_exposures(
    snapshot: Snapshot | Workspace,
    parameters: PersuasionParameters | None = None,
    *,
    events: Mask | None = None,
    before: bool = True,
) -> Exposures:
    """Count observed and expected follow-ons of first purchases.

    Args:
        snapshot: The graph as arrays, or what `prepare` made of it.
        parameters: Settings, the defaults when not given; a workspace has its own.
        events: [p] which first purchases count as events of their buyer; all when not given. All first
            purchases stay in the data that strata, hazards and observed purchases are read from.
        before: Whether to count the windows before the purchase.
    """
    space = snapshot if isinstance(snapshot, Workspace) else prepare(snapshot, parameters or PersuasionParameters())
    found = _count(space, space.log, events, before)

    def everywhere(values: NDArray[Any]) -> NDArray[Any]:
        if events is None:
            return values
        out = np.zeros(len(events), values.dtype)
        out[events] = values
        return out

    seen, expected = found.seen, found.expected
    return Exposures(
        at_risk=everywhere(seen.at_risk),
        near=everywhere(seen.near),
        near_expected=everywhere(expected.near),
        near_variance=everywhere(expected.near_variance),
        far=everywhere(seen.far),
        far_expected=everywhere(expected.far),
        before=everywhere(seen.before),
        before_expected=everywhere(expected.before),
        far_before=everywhere(seen.far_before),
        far_before_expected=everywhere(expected.far_before),
        friends_adopted=everywhere(seen.friends),
        window_adopters=everywhere(expected.window_adopters),
        followed=everywhere(seen.followed),
        half=everywhere(seen.half),
        half_expected=everywhere(expected.half),
        double=everywhere(seen.double),
        double_expected=everywhere(expected.double),
        ties_dropped=found.ties,
        undated=found.undated,
    )


def count_follow_ons(space: Workspace, events: Mask, targets: Int32) -> tuple[int, float]:
    """Return the observed and the expected follow-ons of some events, in all, with other friends.

    Args:
        space: The snapshot.
        events: [p] which first purchases.
        targets: [m] whom each tie leads to in place of the snapshot's friend.
    """
    found = _count(space, space.log._replace(edge_targets=targets), events, before=False)
    return int(found.seen.near.sum()), float(found.expected.near.sum())


class _Found(NamedTuple):
    """Counts per event [e]; ties dropped and exposures over ties of unknown start, in all."""

    seen: Seen
    expected: Expected
    ties: int
    undated: int


def _count(space: Workspace, log: Log, events: Mask | None, before: bool) -> _Found:
    """Count for the events alone: of a few first purchases of a large log, memory for those few."""
    s, settings = space.snapshot, space.parameters
    p = len(s.first_time)
    mask = np.ones(p, np.uint8) if events is None else events.astype(np.uint8)
    event = np.where(mask, np.cumsum(mask, dtype=np.int32) - 1, -1).astype(np.int32)
    wanted = np.zeros(p, np.uint8)
    spread(
        lambda products: ask(
            products, s.product_offsets, s.product_order, s.first_time, space.scale.window, before, mask, wanted
        ),
        np.array_split(np.arange(s.products), min(s.products, WAYS)) if s.products else [],
        settings.threads,
    )
    number = int(np.count_nonzero(mask))
    seen, expected = nothing_seen(number), nothing_expected(number)
    ties = undated = 0
    for part in _rounds(space, wanted):
        chosen = wanted if part is None else np.where(part[s.first_product], wanted, 0).astype(np.uint8)
        store, found = _visit_all(space, log, chosen, event, seen)
        ties += found[0]
        undated += found[1]
        _expect_all(space, log, chosen, event, seen, store, expected)
    return _Found(seen, expected, ties, undated)


def _rounds(space: Workspace, wanted: UInt8) -> list[Mask | None]:
    """Cut the products into rounds whose friends fit into the store; one round of all is `None`."""
    s = space.snapshot
    probes = (wanted & 1) + (wanted >> 1 & 1) + (wanted >> 2)
    visits = sum_by(s.first_product, np.diff(s.edge_offsets)[s.first_customer] * probes, s.products)
    number = int(np.ceil(visits.sum() / space.parameters.store_visits))
    if number <= 1:
        return [None]
    round_of = np.minimum((np.cumsum(visits) - visits / 2) / visits.sum() * number, number - 1).astype(np.int64)
    return [round_of == i for i in range(number)]


def _visit_all(space: Workspace, log: Log, wanted: UInt8, event: Int32, seen: Seen) -> tuple[Store, tuple[int, int]]:
    """Visit the friends of all customers: the store of entries; ties dropped and exposures of unknown date."""
    s = space.snapshot
    most = bounds(s.customer_offsets, s.edge_offsets, wanted)
    filled = np.concatenate([[0], np.cumsum(most)])
    # room for the most there can be: memory that is not written to is not taken
    store = np.empty(filled[-1], np.uint16 if space.scale.cells << SEEN_SHIFT <= 1 << 16 else np.uint32)
    ways = max(1, min(WAYS, int(filled[-1] // WORTH_SHARING)))
    cuts = np.unique(np.searchsorted(filled, np.linspace(0, filled[-1], ways + 1)))
    cuts[-1] = s.customers

    def look(block: Int64) -> tuple[int, int]:
        ties, undated = visit(block[0], block[1], log, space.scale, wanted, event, filled[block[0]], store, seen)
        return int(ties), int(undated)

    blocks = [np.array(pair, np.int64) for pair in pairwise(cuts)]
    found = spread(look, blocks, space.parameters.threads)
    return store, (sum(part[0] for part in found), sum(part[1] for part in found))


def _expect_all(
    space: Workspace, log: Log, wanted: UInt8, event: Int32, seen: Seen, store: Store, expected: Expected
) -> None:
    """Write the expectation for all entries of the store."""
    s, words = space.snapshot, 1 + 2 * space.scale.layers
    own = threading.local()

    def count(products: Int64) -> None:
        room = own.room = getattr(own, "room", None) or Room()
        group = gather(space, products, wanted, event, seen, room)
        records = room.take("records", group.entries * words, np.uint32)
        held = room.take("held", s.customers * (1 + -(-group.categories // LANES)), np.int64)
        sweep(log, space.scale, group, store, held, records)
        expect(log, space.scale, group, records, expected)

    cost = entries(s.first_product, wanted, event, seen.length, np.zeros(s.products))
    spread(count, groups(space, cost), space.parameters.threads)
