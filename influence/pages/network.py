"""Where the people of a network stand: the one whom all others know in the middle, else by attraction and repulsion."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Place", "places"]

STEPS: Final = 300
"""Steps of the simulation; a hundred nodes take some milliseconds."""
RADIUS: Final = 1.0


@dataclass(frozen=True)
class Place:
    """Where a node stands.

    Attributes:
        x: From -1 to 1, rightwards.
        y: From -1 to 1, upwards.
        middle: Whether it is the one in the middle of all others.
    """

    x: float
    y: float
    middle: bool = False

    @property
    def angle(self) -> float:
        """Direction from the middle, in radians, anticlockwise from the right."""
        return math.atan2(self.y, self.x)


def places(edges: Sequence[tuple[str, str]]) -> Mapping[str, Place]:
    """Return a place for each end of the edges; the same edges always give the same places.

    Args:
        edges: Pairs of names.
    """
    names = list(dict.fromkeys(name for edge in edges for name in edge))
    beside: dict[str, set[str]] = {name: set() for name in names}
    for one, other in edges:
        if one != other:
            beside[one].add(other)
            beside[other].add(one)
    middle = next((name for name in names if len(beside[name]) == len(names) - 1), None)
    if middle is not None and len(names) > 2:
        return around(middle, names, beside)
    return floating(names, edges)


def around(middle: str, names: Sequence[str], beside: Mapping[str, set[str]]) -> Mapping[str, Place]:
    """Return a circle round the middle on which those who know each other stand side by side."""
    rest = [name for name in names if name != middle]
    ordered: list[str] = []
    while rest:
        known = Counter({name: len(beside[name] & set(ordered[-3:])) for name in rest})
        following = max(rest, key=lambda name: (known[name], -rest.index(name)))
        ordered.append(following)
        rest.remove(following)
    found = {middle: Place(0.0, 0.0, True)}
    for number, name in enumerate(ordered):
        angle = math.pi / 2 - 2 * math.pi * number / len(ordered)
        found[name] = Place(RADIUS * math.cos(angle), RADIUS * math.sin(angle))
    return found


def floating(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> Mapping[str, Place]:
    """Return places at which edges are short and nodes apart (Fruchterman and Reingold 1991), from a spiral."""
    n = len(names)
    number = {name: place for place, name in enumerate(names)}
    ends = np.array([(number[one], number[other]) for one, other in edges if one != other], np.int64).reshape(-1, 2)
    turn = np.arange(n) * math.pi * (3 - math.sqrt(5))
    at: NDArray[np.float64] = np.sqrt((np.arange(n) + 0.5) / n)[:, None] * np.stack([np.cos(turn), np.sin(turn)], 1)
    ideal = 1.5 / math.sqrt(n)
    for step in range(STEPS):
        apart = at[:, None, :] - at[None, :, :]
        square = np.maximum((apart**2).sum(2), 1e-6)
        move = (apart * (ideal**2 / square)[:, :, None]).sum(1)
        pull = at[ends[:, 0]] - at[ends[:, 1]]
        pull *= 0.15 * (np.sqrt((pull**2).sum(1)) / ideal)[:, None]  # weak, so that edges are longer than names
        np.subtract.at(move, ends[:, 0], pull)
        np.add.at(move, ends[:, 1], pull)
        move -= at * 0.15  # towards the middle, so that parts without a tie do not drift away
        length = np.maximum(np.sqrt((move**2).sum(1)), 1e-9)
        at = at + move / length[:, None] * np.minimum(length, 0.1 * (1 - step / STEPS) + 0.002)[:, None]
    at = at - (at.max(0) + at.min(0)) / 2
    at = at / np.maximum(np.abs(at).max(0), 1e-9)
    return {name: Place(float(at[place, 0]), float(at[place, 1])) for name, place in number.items()}
