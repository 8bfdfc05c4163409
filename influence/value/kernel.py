"""The inner loops of the value models, compiled.

One pass over the data in one thread: a matrix library would split these short sums over threads that wait for each
other. `py_func` of each is the same function uncompiled.
"""

from __future__ import annotations

from math import exp, expm1, log, log1p

import numpy as np

from influence.compiled import compiled
from influence.snapshot.arrays import Float64, Int64

__all__ = ["expected_pass", "history_pass", "margin_pass"]


@compiled
def history_pass(
    power: Float64,
    log_death: Float64,
    log_age: Float64,
    inverse_age: Float64,
    log_recency: Float64,
    inverse_recency: Float64,
    x_of: Int64,
    recency_of: Int64,
    age_of: Int64,
    weight: Float64,
) -> tuple[float, float, float, Float64]:
    """Sum the alive and the dropped-out part of the likelihood over g histories (metrics.md 5.3).

    Args:
        power, log_death: Per distinct x: r + x, and log(a / (b+y-1)), -inf where nobody can have dropped out.
        log_age, inverse_age: Per distinct age: log(alpha+T), 1/(alpha+T).
        log_recency, inverse_recency: Per distinct recency: log(alpha+t_x), 1/(alpha+t_x).
        x_of, recency_of, age_of: [g] positions in the distinct values.
        weight: [g] customers with that history.

    Returns:
        Sum of log(alive + dropped out); of its derivative by r; of minus that by alpha; and per distinct x the expected
        number of customers who have dropped out.
    """
    value, by_r, by_alpha = 0.0, 0.0, 0.0
    gone = np.zeros(len(power))
    for i in range(len(weight)):
        x, t, w = x_of[i], age_of[i], weight[i]
        alive = -power[x] * log_age[t]
        if log_death[x] == -np.inf:
            value += w * alive
            by_r -= w * log_age[t]
            by_alpha += w * power[x] * inverse_age[t]
            continue
        s = recency_of[i]
        dead = log_death[x] - power[x] * log_recency[s]
        if dead > alive:
            ratio = exp(alive - dead)
            both = dead + log1p(ratio)
            share = 1.0 / (1.0 + ratio)
        else:
            ratio = exp(dead - alive)
            both = alive + log1p(ratio)
            share = ratio / (1.0 + ratio)
        value += w * both
        by_r -= w * (share * log_recency[s] + (1.0 - share) * log_age[t])
        by_alpha += w * power[x] * (share * inverse_recency[s] + (1.0 - share) * inverse_age[t])
        gone[x] += w * share
    return value, by_r, by_alpha, gone


@compiled
def expected_pass(
    power: Float64, age: Float64, row: Int64, nodes: Float64, mass: Float64, spans: Float64, factor: Float64
) -> Float64:
    """Return [s] expected purchases while alive, summed over spans with their factors.

    Args:
        power: [s] r + x.
        age: [s] alpha + T.
        row: [s] row of the quadrature that belongs to x.
        nodes, mass: [k, q] points and masses of the drop-out probability.
        spans, factor: [h] time ahead and its weight.
    """
    result = np.zeros(len(power))
    for i in range(len(power)):
        total = 0.0
        for j in range(nodes.shape[1]):
            p = nodes[row[i], j]
            part = 0.0
            for k in range(len(spans)):
                part -= factor[k] * expm1(-power[i] * log1p(spans[k] * p / age[i]))
            total += mass[row[i], j] * part / p
        result[i] = total
    return result


@compiled
def margin_pass(v: float, p: float, q: float, x: Float64, mean: Float64) -> tuple[float, float, float]:
    """Return the sums of log(v + x*m), of x*log(v + x*m) and of (p*x + q)/(v + x*m)."""
    plain, weighted, slope = 0.0, 0.0, 0.0
    for i in range(len(x)):
        inside = v + x[i] * mean[i]
        spread = log(inside)
        plain += spread
        weighted += x[i] * spread
        slope += (p * x[i] + q) / inside
    return plain, weighted, slope
