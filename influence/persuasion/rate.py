"""The persuasion rate s_v: extra purchases per at-risk friend exposure (metrics.md 4.4).

`O_v ~ Poisson(B_v + s_v*AT_v)` with the distribution of s over customers fitted by nonparametric maximum
likelihood on a fixed grid. A customer's rate is the posterior mean: few exposures stay near what customers
in general do, many speak for themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled
from influence.threads import spread

__all__ = ["GRID_SIZE", "STEPS", "RateFit", "fit_rates", "rate_grid"]

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

GRID_SIZE: Final = 40
STEPS: Final = 200
BLOCK: Final = 131_072
"""Rows per sum: sums are made block by block, in order, whatever the number of threads."""


@dataclass(frozen=True)
class RateFit:
    """Rates of rows (customers, or customer-topic pairs).

    Attributes:
        grid: [g] possible rates, the first 0.
        weights: [g] the fitted distribution of rates.
        rate: [r] posterior mean per row, NaN without exposures.
        p_none: [r] posterior probability of a rate of exactly 0, NaN without exposures.
        deviation: [r] posterior standard deviation of the rate, NaN without exposures.
        rows: Number of rows the distribution was fitted on.
    """

    grid: Float64
    weights: Float64
    rate: Float64
    p_none: Float64
    deviation: Float64
    rows: int

    @property
    def prior_mean(self) -> float:
        """The rate of a customer of whom nothing is known."""
        return float(self.weights @ self.grid)


def rate_grid(observed: Float64, expected: Float64, exposures: Float64) -> Float64:
    """Return 0 and 40 log-spaced rates from a tenth of the mean rate r0 to min(.5, 300*r0)."""
    base = max(float((observed - expected).sum()), 1.0) / float(exposures.sum())
    top = max(min(0.5, 300 * base), 0.2 * base)
    return np.concatenate([[0.0], np.geomspace(0.1 * base, top, GRID_SIZE)])


def fit_rates(
    observed: Float64,
    expected: Float64,
    exposures: Float64,
    *,
    grid: Float64 | None = None,
    steps: int = STEPS,
    most_rows: int = 1_000_000,
    seed: int = 0,
    threads: int | None = None,
) -> RateFit:
    """Fit the distribution of rates and return every row's posterior.

    Args:
        observed: [r] O, may be fractional for weighted topics.
        expected: [r] B = lambda * E.
        exposures: [r] AT; rows with none get NaN.
        grid: Possible rates, `rate_grid` when not given.
        steps: EM steps.
        most_rows: Above this many rows the distribution is fitted on an even sample of them, which bounds its
            memory and time; posteriors are computed for all, row by row.
        seed: Seed of that sample.
        threads: Number of threads; the result does not depend on it.
    """
    rate, p_none, deviation = np.full((3, len(observed)), np.nan)
    rows = np.flatnonzero(exposures > 0)
    if not len(rows):
        empty = np.zeros(1) if grid is None else grid
        return RateFit(empty, np.full(len(empty), 1 / len(empty)), rate, p_none, deviation, 0)
    o, b, at = (np.ascontiguousarray(x[rows], np.float64) for x in (observed, expected, exposures))
    rates = rate_grid(o, b, at) if grid is None else np.asarray(grid, np.float64)
    used = np.arange(len(rows))
    if len(rows) > most_rows:
        used = np.sort(np.random.default_rng(seed).choice(len(rows), most_rows, replace=False))
    # of a row without follow-ons only the exposures matter, exp(-B) is the same for every rate: one row each
    nothing = o == 0
    spans, which = _distinct(at[nothing])
    some = np.flatnonzero(~nothing)
    place = np.empty(len(rows), np.int64)
    place[nothing], place[some] = which, len(spans) + np.arange(len(some))
    o, b, at = (
        np.concatenate([np.zeros(len(spans)), o[some]]),
        np.concatenate([np.zeros(len(spans)), b[some]]),
        np.concatenate([spans, at[some]]),
    )
    times = np.bincount(place[used], minlength=len(o)).astype(np.float64)
    drawn = np.flatnonzero(times)  # the likelihoods of other rows are not even made: they are most of the memory
    weights = _fit_weights(o[drawn], b[drawn], at[drawn], times[drawn], rates, steps, threads)
    mean, none, wide = np.empty((3, len(o)))

    def posterior(part: Int64) -> None:
        _posterior(part[0], part[-1] + 1, o, b, at, rates, weights, mean, none, wide)

    spread(posterior, _blocks(len(o)), threads)
    rate[rows], p_none[rows], deviation[rows] = mean[place], none[place], wide[place]
    return RateFit(rates, weights, rate, p_none, deviation, len(used))


def _distinct(values: Float64) -> tuple[Float64, Int64]:
    """Distinct values, ascending, and which of them each value is; whole numbers are counted, not sorted."""
    whole = values.astype(np.int64)
    if not len(values) or whole.max() > 100 * len(values) or not np.array_equal(whole, values):
        distinct, which = np.unique(values, return_inverse=True)
        return distinct, which
    there = np.bincount(whole) > 0
    return np.flatnonzero(there).astype(np.float64), (np.cumsum(there) - 1)[whole]


def _blocks(size: int) -> list[Int64]:
    return [np.arange(i, min(i + BLOCK, size), dtype=np.int64) for i in range(0, size, BLOCK)]


def _fit_weights(
    o: Float64, b: Float64, at: Float64, times: Float64, rates: Float64, steps: int, threads: int | None
) -> Float64:
    """Return the distribution over `rates` after some EM steps from the uniform one; rows count `times` > 0."""
    chance = np.empty((len(o), len(rates)))
    weights = np.full(len(rates), 1 / len(rates))

    def likelihood(part: Int64) -> None:
        _likelihood(part[0], part[-1] + 1, o, b, at, rates, chance)

    def expect(part: Int64) -> Float64:
        return _expect(part[0], part[-1] + 1, chance, times, weights)

    blocks = _blocks(len(o))
    spread(likelihood, blocks, threads)
    for _ in range(steps):
        weights *= np.sum(spread(expect, blocks, threads), axis=0) / times.sum()
    return weights


@compiled
def _row(o: float, b: float, at: float, rates: Float64, out: Float64) -> None:
    """Poisson likelihoods of one row over the grid, the largest set to 1."""
    best = -np.inf
    for g in range(len(rates)):
        mean = b + rates[g] * at
        value = -mean
        if o > 0:
            value = o * np.log(mean) - mean if mean > 0 else -np.inf
        out[g] = value
        best = max(best, value)
    for g in range(len(rates)):
        out[g] = np.exp(out[g] - best)


@compiled
def _likelihood(
    begin: int,
    end: int,
    observed: Float64,
    expected: Float64,
    exposures: Float64,
    rates: Float64,
    chance: Float64,
) -> None:
    for i in range(begin, end):
        _row(observed[i], expected[i], exposures[i], rates, chance[i])


@compiled
def _expect(begin: int, end: int, chance: Float64, times: Float64, weights: Float64) -> Float64:
    """Sum over rows of likelihood / mixture likelihood, the E step without the weight in front."""
    total = np.zeros(len(weights))
    last = len(weights) - 1
    for i in range(begin, end):
        # four sums side by side: one alone would wait for each addition
        a, b, c, d = 0.0, 0.0, 0.0, 0.0
        for g in range(0, last - 2, 4):
            a += chance[i, g] * weights[g]
            b += chance[i, g + 1] * weights[g + 1]
            c += chance[i, g + 2] * weights[g + 2]
            d += chance[i, g + 3] * weights[g + 3]
        for g in range((last + 1) // 4 * 4, last + 1):
            a += chance[i, g] * weights[g]
        inverse = times[i] / (a + b + c + d)
        for g in range(len(weights)):
            total[g] += chance[i, g] * inverse
    return total


@compiled
def _posterior(
    begin: int,
    end: int,
    observed: Float64,
    expected: Float64,
    exposures: Float64,
    rates: Float64,
    weights: Float64,
    mean: Float64,
    none: Float64,
    deviation: Float64,
) -> None:
    out = np.empty(len(rates))
    for i in range(begin, end):
        _row(observed[i], expected[i], exposures[i], rates, out)
        total = 0.0
        rate = 0.0
        square = 0.0
        for g in range(len(rates)):
            part = out[g] * weights[g]
            total += part
            rate += part * rates[g]
            square += part * rates[g] ** 2
        mean[i] = rate / total
        deviation[i] = np.sqrt(max(square / total - mean[i] ** 2, 0.0))
        none[i] = out[0] * weights[0] / total
