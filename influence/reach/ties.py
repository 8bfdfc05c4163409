"""The ties that are active at the as-of instant, and the counts that follow from them (metrics.md 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from influence.reach import kernel
from influence.snapshot.arrays import Snapshot
from influence.threads import shares, spread

__all__ = ["ActiveTies", "TwoHop", "active_ties", "holding", "present", "super_connectors", "two_hop_reach"]

EXACT_TIES: Final = 1_000_000
"""Up to this many ties two-hop reach is always exact (metrics.md 3.1)."""
EXACT_WORK: Final = 5_000_000_000
"""Steps up to which it is exact on larger graphs too: about a minute on two cores."""
SKETCH_BITS: Final = 10
"""Beyond, a sketch of 2^10 registers per customer: 1 GB for a million customers."""
SMALLEST_CROWD: Final = 100
"""Customers below which there is no super-connector, only a ranking (metrics.md 3.1)."""


@dataclass(frozen=True)
class ActiveTies:
    """Who can influence whom at the as-of instant; n customers, m ties.

    Attributes:
        offsets, targets: CSR; row v lists whom v can influence, ascending.
        weights: [m] weight of the tie, 1 if unknown.
        mutual: [m] whether the other direction exists too.
        present: [n] who has joined and has not closed the account; only they have ties.
        friends_in: [n] int64 how many v can influence: followers, or friends where ties have no direction.
        friends_out: [n] int64 how many can influence v: those v follows, or friends.
        friends_mutual: [n] int64 how many are tied to v both ways.
    """

    offsets: NDArray[np.int64]
    targets: NDArray[np.int32]
    weights: NDArray[np.float64]
    mutual: NDArray[np.bool_]
    present: NDArray[np.bool_]
    friends_in: NDArray[np.int64]
    friends_out: NDArray[np.int64]
    friends_mutual: NDArray[np.int64]

    @property
    def friend_count(self) -> NDArray[np.int64]:
        """[n] distinct people tied to v in either direction."""
        return self.friends_in + self.friends_out - self.friends_mutual

    @property
    def sources(self) -> NDArray[np.int64]:
        """[m] the v of each tie v -> u."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))


def present(snapshot: Snapshot) -> NDArray[np.bool_]:
    """Return [n] who is a customer at the as-of instant: joined, and the account is not closed."""
    return (snapshot.customer_from <= snapshot.as_of) & (snapshot.customer_to > snapshot.as_of)


def holding(snapshot: Snapshot) -> NDArray[np.bool_]:
    """Return [m] which ties of the snapshot hold at the as-of instant between customers who are there."""
    here = present(snapshot)
    return (
        (snapshot.edge_since <= snapshot.as_of)
        & (snapshot.edge_until > snapshot.as_of)
        & np.repeat(here, np.diff(snapshot.edge_offsets))
        & here[snapshot.edge_targets]
    )


def active_ties(snapshot: Snapshot) -> ActiveTies:
    """Return the ties that hold at the as-of instant between customers who are there."""
    here, keep = present(snapshot), holding(snapshot)
    n = snapshot.customers
    source = np.repeat(np.arange(n), np.diff(snapshot.edge_offsets))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(source[keep], minlength=n))]).astype(np.int64)
    targets = np.ascontiguousarray(snapshot.edge_targets[keep])
    back_offsets, back_targets = kernel.transpose(offsets, targets)
    mutual = kernel.mutual_ties(offsets, targets, back_offsets, back_targets)
    return ActiveTies(
        offsets=offsets,
        targets=targets,
        weights=snapshot.edge_weight[keep],
        mutual=mutual,
        present=here,
        friends_in=np.diff(offsets),
        friends_out=np.diff(back_offsets),
        friends_mutual=np.bincount(source[keep][mutual], minlength=n).astype(np.int64),
    )


@dataclass(frozen=True)
class TwoHop:
    """Two-hop reach of every customer.

    Attributes:
        reach: [n] int64 people whom v reaches in one or two steps of influence, v left out.
        error: Standard error of a value relative to it; 0 when exact.
    """

    reach: NDArray[np.int64]
    error: float


def two_hop_reach(
    ties: ActiveTies,
    *,
    threads: int | None = None,
    exact_ties: int = EXACT_TIES,
    exact_work: int = EXACT_WORK,
    bits: int = SKETCH_BITS,
) -> TwoHop:
    """Return |N1 ∪ N2 minus v| for every customer v (metrics.md 3.1), along the direction of influence.

    Exact for up to `exact_ties` ties and whenever `exact_work` steps suffice, a HyperLogLog sketch of 2^`bits`
    registers beyond.

    Args:
        threads: Number of threads; all cores when not given. The result does not depend on it.
    """
    n = len(ties.offsets) - 1
    reach = np.zeros(n, np.int64)
    steps = np.concatenate([[0], np.cumsum(ties.friends_in[ties.targets])])
    work = steps[ties.offsets[1:]] - steps[ties.offsets[:-1]] + ties.friends_in + 1
    parts = shares(work, np.inf, 16)
    if len(ties.targets) <= exact_ties or int(work.sum()) <= exact_work:
        spread(lambda rows: kernel.two_hop(rows, ties.offsets, ties.targets, reach), parts, threads)
        return TwoHop(reach, 0.0)
    sketches = np.zeros((n, 1 << bits), np.uint8)
    parts = shares(ties.friends_in + 1, np.inf, 16)
    spread(lambda rows: kernel.sketch_neighbours(rows, ties.offsets, ties.targets, bits, sketches), parts, threads)
    spread(
        lambda rows: kernel.merge_sketches(rows, ties.offsets, ties.targets, ties.mutual, sketches, reach),
        parts,
        threads,
    )
    return TwoHop(reach, 1.04 / float(np.sqrt(1 << bits)))


def super_connectors(friends: NDArray[np.int64]) -> float | None:
    """Return the number of friends from which a customer is a super-connector (metrics.md 3.1).

    `max(P99, median * exp(3 * MAD of ln(1 + friends)))`; `None` for fewer than 100 customers.

    Args:
        friends: [n] friend counts of the scored customers.
    """
    if len(friends) < SMALLEST_CROWD:
        return None
    logs = np.log1p(friends)
    spread_of_logs = np.median(np.abs(logs - np.median(logs)))
    return float(max(np.percentile(friends, 99), np.median(friends) * np.exp(3 * spread_of_logs)))
