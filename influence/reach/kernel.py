"""Compiled loops over the active ties: two-hop reach, exact and sketched, and the walk of attention per topic.

Kernels take and return arrays, release the interpreter lock and write only the rows they are given, so that
several can run at once and the result does not depend on how many.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled

__all__ = ["merge_sketches", "mutual_ties", "sketch_neighbours", "transpose", "two_hop", "walk"]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]


@compiled
def transpose(offsets: Int64, targets: Int32) -> tuple[Int64, Int32]:
    """Return the CSR of the reversed ties; rows stay ascending."""
    n = len(offsets) - 1
    counts = np.zeros(n + 1, np.int64)
    for i in range(len(targets)):
        counts[targets[i] + 1] += 1
    back = np.cumsum(counts)
    place = back[:-1].copy()
    sources = np.empty(len(targets), np.int32)
    for v in range(n):
        for i in range(offsets[v], offsets[v + 1]):
            u = targets[i]
            sources[place[u]] = v
            place[u] += 1
    return back, sources


@compiled
def mutual_ties(offsets: Int64, targets: Int32, back_offsets: Int64, back_targets: Int32) -> NDArray[np.bool_]:
    """Return for each tie v -> u whether u -> v exists too, by merging the two ascending rows of v."""
    n = len(offsets) - 1
    mutual = np.zeros(len(targets), np.bool_)
    for v in range(n):
        j = back_offsets[v]
        end = back_offsets[v + 1]
        for i in range(offsets[v], offsets[v + 1]):
            while j < end and back_targets[j] < targets[i]:
                j += 1
            mutual[i] = j < end and back_targets[j] == targets[i]
    return mutual


@compiled
def two_hop(rows: Int64, offsets: Int64, targets: Int32, reach: Int64) -> None:
    """Write |N1 ∪ N2 minus v| for the given customers (metrics.md 3.1).

    Work: the sum over v of the degrees of its neighbours.

    Args:
        rows: [k] customers to do.
        reach: [n] written at `rows`.
    """
    n = len(offsets) - 1
    seen = np.full(n, -1, np.int64)
    for v in rows:
        seen[v] = v
        count = 0
        for i in range(offsets[v], offsets[v + 1]):
            u = targets[i]
            if seen[u] != v:
                seen[u] = v
                count += 1
            for j in range(offsets[u], offsets[u + 1]):
                x = targets[j]
                if seen[x] != v:
                    seen[x] = v
                    count += 1
        reach[v] = count


@compiled
def hashed(value: int) -> np.uint64:
    """Return 64 well-mixed bits of a number (the finaliser of splitmix64)."""
    x = np.uint64(value) + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@compiled
def note(registers: NDArray[np.uint8], value: int, bits: int) -> None:
    """Add a number to a HyperLogLog sketch of 2^bits registers."""
    code = hashed(value)
    place = code >> np.uint64(64 - bits)
    rest = code << np.uint64(bits)
    rank = 1
    while rank <= 64 - bits and rest < np.uint64(1 << 63):
        rest = rest << np.uint64(1)
        rank += 1
    if registers[place] < rank:
        registers[place] = rank


@compiled
def sketch_neighbours(rows: Int64, offsets: Int64, targets: Int32, bits: int, sketches: NDArray[np.uint8]) -> None:
    """Write the sketch of u and its neighbours for the given customers.

    Args:
        sketches: [n, 2^bits] written at `rows`.
    """
    for u in rows:
        note(sketches[u], u, bits)
        for i in range(offsets[u], offsets[u + 1]):
            note(sketches[u], targets[i], bits)


@compiled
def merge_sketches(
    rows: Int64, offsets: Int64, targets: Int32, mutual: NDArray[np.bool_], sketches: NDArray[np.uint8], reach: Int64
) -> None:
    """Write the estimated two-hop reach of the given customers from the sketches of their neighbours.

    A customer with a mutual tie is inside its own second circle and is taken out again.
    """
    size = sketches.shape[1]
    alpha = 0.7213 / (1 + 1.079 / size)
    for v in rows:
        if offsets[v] == offsets[v + 1]:
            reach[v] = 0
            continue
        union = np.zeros(size, np.uint8)
        own = 0
        for i in range(offsets[v], offsets[v + 1]):
            other = sketches[targets[i]]
            for k in range(size):
                union[k] = max(union[k], other[k])
            if mutual[i]:
                own = 1
        total = 0.0
        empty = 0
        for k in range(size):
            total += 2.0 ** -float(union[k])
            empty += union[k] == 0
        estimate = alpha * size * size / total
        if estimate <= 2.5 * size and empty > 0:
            estimate = size * math.log(size / empty)
        reach[v] = max(round(estimate) - own, offsets[v + 1] - offsets[v])


@compiled
def walk(
    offsets: Int64,
    targets: Int32,
    active: Int64,
    actions: Float64,
    affinity: Float64,
    damping: float,
    tolerance: float,
    most: int,
) -> tuple[Float64, int]:
    """Return where attention in one topic ends up (metrics.md 3.2).

    Row x of the ties lists whom x can influence, so attention flows from those u to x, in proportion to
    `actions of x * (1 - |affinity of u - affinity of x|)`. Only customers who are active in the topic receive any,
    the attention of whoever listens to none of them goes to the teleport vector.

    Args:
        active: [k] customers with actions in the topic.
        actions: [k] how many.
        affinity: [n] affinity to the topic; 0 for customers who are not there.
        damping: Share of attention that follows ties (0.85).
        tolerance: Stop when the sum of absolute changes is below it.
        most: Give up after this many rounds.

    Returns:
        [n] shares that sum to 1, and the rounds taken; `most` + 1 when it did not converge.
    """
    n = len(affinity)
    teleport = affinity / affinity.sum()
    size = 0
    for k in range(len(active)):
        size += offsets[active[k] + 1] - offsets[active[k]]
    weight = np.empty(size, np.float64)
    total = np.zeros(n, np.float64)
    place = 0
    for k in range(len(active)):
        x = active[k]
        for i in range(offsets[x], offsets[x + 1]):
            u = targets[i]
            weight[place] = actions[k] * (1.0 - abs(affinity[u] - affinity[x]))
            total[u] += weight[place]
            place += 1
    place = 0
    for k in range(len(active)):
        for i in range(offsets[active[k]], offsets[active[k] + 1]):
            if total[targets[i]] > 0:
                weight[place] /= total[targets[i]]
            place += 1

    reach = teleport.copy()
    for iteration in range(1, most + 1):
        lost = 0.0
        for u in range(n):
            if total[u] == 0:
                lost += reach[u]
        following = (damping * lost + 1.0 - damping) * teleport
        place = 0
        for k in range(len(active)):
            x = active[k]
            flow = 0.0
            for i in range(offsets[x], offsets[x + 1]):
                flow += weight[place] * reach[targets[i]]
                place += 1
            following[x] += damping * flow
        change = 0.0
        for v in range(n):
            change += abs(following[v] - reach[v])
        reach = following
        if change < tolerance:
            return reach, iteration
    return reach, most + 1
