"""Communities: who belongs together, how tightly, and each member's place in it (metrics.md 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from influence.reach.ties import ActiveTies

__all__ = ["Communities", "communities"]

HUB_DISTANCE: Final = 2.0
"""Standard deviations above the mean of the community from which a member is a hub."""
HUB_FRIENDS: Final = 3
"""Friends inside that a hub has at least."""
BRIDGE_SPREAD: Final = 0.5
"""Participation from which a member is a bridge: with two communities, friends split half and half."""


@dataclass(frozen=True)
class Communities:
    """The communities of a snapshot; n customers, c communities.

    Attributes:
        member_of: [n] int64 number of the community, from 1 by size; 0 for customers on their own.
        role: [n] hub, bridge, peripheral, or none.
        size: [c] members.
        modularity: [c] share of the modularity: ties inside minus those expected by chance, over all ties.
        conductance: [c] ties that lead out, over the ties of the smaller side; NaN when nothing is outside.
        hubs, bridges: [c] members with that role.
        total_modularity: Modularity of the whole partition.
    """

    member_of: NDArray[np.int64]
    role: NDArray[np.object_]
    size: NDArray[np.int64]
    modularity: NDArray[np.float64]
    conductance: NDArray[np.float64]
    hubs: NDArray[np.int64]
    bridges: NDArray[np.int64]
    total_modularity: float


def communities(ties: ActiveTies, labels: NDArray[np.int64]) -> Communities:
    """Number the communities and say how tight they are and who is what in them.

    Only mutual ties count. With k_c the friends of a member in community c and k all of them: a **hub** has at
    least 3 friends inside and 2 standard deviations more than the mean member; a **bridge** is no hub and has
    `1 - sum_c (k_c / k)^2 >= 0.5`, friends spread over several communities; everybody else is **peripheral**.

    Args:
        ties: Active ties.
        labels: [n] label of each customer from the community detection; -1 for customers who are not there.
    """
    n = len(labels)
    group = numbered(labels)
    source, target = ties.sources[ties.mutual], ties.targets[ties.mutual].astype(np.int64)
    groups = int(group.max(initial=0)) + 1
    degree = np.bincount(source, minlength=n)
    inside = group[source] == group[target]
    internal = np.bincount(source[inside], minlength=n)

    size = np.bincount(group, minlength=groups)
    volume = np.bincount(group, weights=degree, minlength=groups)
    kept = np.bincount(group, weights=internal, minlength=groups)
    twice = max(1, len(source))
    share = kept / twice - (volume / twice) ** 2
    smaller = np.minimum(volume, len(source) - volume)
    with np.errstate(divide="ignore", invalid="ignore"):
        conductance = np.where(smaller > 0, (volume - kept) / smaller, np.nan)

    mean = kept / np.maximum(size, 1)
    square = np.bincount(group, weights=internal.astype(np.float64) ** 2, minlength=groups) / np.maximum(size, 1)
    deviation = np.sqrt(np.maximum(square - mean**2, 0))
    above = internal - mean[group]
    hub = (internal >= HUB_FRIENDS) & (deviation[group] > 0) & (above >= HUB_DISTANCE * deviation[group] - 1e-9)
    pairs, amounts = np.unique(source * groups + group[target], return_counts=True)
    concentration = np.bincount(pairs // groups, weights=amounts.astype(np.float64) ** 2, minlength=n)
    bridge = ~hub & (degree > 0) & (concentration <= (1 - BRIDGE_SPREAD) * degree.astype(np.float64) ** 2)

    alone = group == 0
    role = np.select([alone, hub, bridge], ["none", "hub", "bridge"], "peripheral").astype(object)
    # the lone ones are communities of one, which have no ties inside
    lone = float((degree[alone].astype(np.float64) ** 2).sum()) / twice**2
    return Communities(
        member_of=group,
        role=role,
        size=size[1:],
        modularity=share[1:],
        conductance=conductance[1:],
        hubs=np.bincount(group[role == "hub"], minlength=groups)[1:],
        bridges=np.bincount(group[role == "bridge"], minlength=groups)[1:],
        total_modularity=float(share[1:].sum()) - lone,
    )


def numbered(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return numbers from 1 by falling size, then by first member; 0 for communities of one and for label -1."""
    group = np.zeros(len(labels), np.int64)
    there = labels >= 0
    if there.any():
        _, first, inverse, size = np.unique(labels[there], return_index=True, return_inverse=True, return_counts=True)
        order = np.lexsort((first, -size))
        number = np.empty(len(order), np.int64)
        number[order] = np.arange(1, len(order) + 1)
        number[size == 1] = 0
        group[there] = number[inverse]
    return group
