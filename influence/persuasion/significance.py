"""How surprising an observed count is: predictive p-values, error control, the timing certificate.

Formulas: metrics.md 4.4 (interval), 4.5 (negative binomial), 4.6 (timing), 4.7 (false discoveries).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from influence.compiled import compiled

__all__ = [
    "CUT",
    "SHAPES",
    "false_discovery",
    "fit_shape",
    "label_shuffle",
    "lift_interval",
    "predictive_p",
    "shape_likelihood",
    "sigma",
    "timing_moments",
    "timing_p",
    "timing_with_cost",
]

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]
Whole = int | np.integer[Any]

SHAPES: Final = np.geomspace(0.2, 400.0, 40)
MOST_SIGMA: Final = 8.0
CUT: Final = 1e-20
"""Mass that may be cut off each end of a distribution in the timing test, of 1."""


def lift_interval(observed: Float64, expected: Float64, kappa: float) -> tuple[Float64, Float64]:
    """Return the 5 % and 95 % quantiles of Gamma(shape O + kappa, rate lambda*E + kappa)."""
    counts, which = np.unique(observed, return_inverse=True)
    low, high = (special.gammaincinv(counts + kappa, q)[which] for q in (0.05, 0.95))
    return low / (expected + kappa), high / (expected + kappa)


def shape_likelihood(counts: NDArray[np.float64], means: Float64, shape: float) -> float:
    """Return the log likelihood of NB(count | mean, shape); rows with mean 0 say nothing."""
    known = means > 0
    o, f = counts[known], means[known]
    values, times = np.unique(o, return_counts=True)
    constant = times @ (special.gammaln(values + shape) - special.gammaln(values + 1)) - len(o) * special.gammaln(shape)
    return float(constant + np.sum(shape * np.log(shape / (shape + f)) + o * np.log(f / (shape + f))))


def fit_shape(counts: Float64, means: Float64, *, least: float, default: float) -> float:
    """Return the shape k of the customers' own similarity, by likelihood on `SHAPES`.

    Args:
        counts: [r] OC, friends' purchases in the distant windows of the family's customers.
        means: [r] FC, what their strata and the calibration expect.
        least: Least sum of means; below it there is too little to fit and `default` is returned.
        default: Shape without a fit.
    """
    if float(means.sum()) < least:
        return default
    return float(SHAPES[int(np.argmax([shape_likelihood(counts, means, k) for k in SHAPES]))])


def predictive_p(
    observed: Float64,
    expected: Float64,
    distant: Float64,
    calibration: Float64,
    shape: float,
    *,
    lower: bool = False,
) -> Float64:
    """Return the upper mid-p of O under a negative binomial that learned v's similarity from distant lags.

    Each tail is taken directly, so that neither loses the digits of a small p to a difference from 1.

    Args:
        observed: [r] O.
        expected: [r] B = lambda*E.
        distant: [r] OC, observed in both distant windows.
        calibration: [r] FC, expected there.
        shape: k.
        lower: The lower mid-p instead.
    """
    size = shape + distant
    chance = expected / (shape + calibration + expected)  # 1 - pi
    exactly = np.exp(
        special.gammaln(observed + size)
        - special.gammaln(size)
        - special.gammaln(observed + 1)
        + special.xlog1py(size, -chance)
        + special.xlogy(observed, chance)
    )
    if lower:
        pi = (shape + calibration) / (shape + calibration + expected)
        return np.asarray(special.betainc(size, observed + 1, pi) - 0.5 * exactly, np.float64)
    return np.asarray(special.betainc(observed + 1, size, chance) + 0.5 * exactly, np.float64)


def sigma(p: Float64) -> Float64:
    """Return p as standard deviations of a normal tail, from -8 to 8 (six = 9.9e-10)."""
    return np.asarray(np.clip(-special.ndtri(np.maximum(p, 1e-300)), -MOST_SIGMA, MOST_SIGMA), np.float64)


def false_discovery(p: Float64, *, dependent: bool = False) -> Float64:
    """Return Benjamini-Hochberg q-values, or Benjamini-Yekutieli when `dependent`.

    `q_(i) = min over j >= i of p_(j)*m/j`, times `sum 1/i` for Yekutieli; at most 1.
    """
    m = len(p)
    if not m:
        return np.empty(0)
    order = np.argsort(p, kind="stable")
    ranks = np.arange(1, m + 1)
    factor = float(np.sum(1 / ranks)) if dependent else 1.0
    q = np.minimum.accumulate((p[order] * m * factor / ranks)[::-1])[::-1]
    out = np.empty(m)
    out[order] = np.minimum(q, 1.0)
    return out


def label_shuffle(times: Int64, window: int, friends: int) -> tuple[float, float]:
    """Return mean and variance of a buyer's follow-ons when all buyers are dealt onto all purchase times.

    A screen without convolution that no score reads. With c_i other purchases in (t_i, t_i + w], M1 and M2 the
    mean and mean square of c_i/(n-1): `E = d*M1`, `Var = (n-1-d)/(n-2)*d*(M1-M2) + d^2*(M2-M1^2)`.

    Args:
        times: [n] purchase times of one product, n >= 3.
        window: w, in the unit of the times.
        friends: d, the buyer's friends among the other n - 1.
    """
    n = len(times)
    ordered = np.sort(times)
    share = (np.searchsorted(ordered, ordered + window, "right") - np.searchsorted(ordered, ordered, "right")) / (n - 1)
    m1, m2, d = float(share.mean()), float((share**2).mean()), friends
    return d * m1, (n - 1 - d) / (n - 2) * d * (m1 - m2) + d**2 * (m2 - m1**2)


@compiled
def _hypergeometric(size: Whole, successes: Whole, draws: Whole, chance: Float64) -> tuple[int, int, float]:
    """Write the probabilities of the counts that matter; return first and last of them, and the mass cut off.

    Relative to the likeliest count, so that nothing under- or overflows and no factorial is needed. The ratio of
    neighbours only falls on the way out: once a geometric series bounds all that is left by `CUT`, it is left.
    About 9 standard deviations to each side remain, of a support as wide as the smaller of successes and draws.
    """
    least, most = max(0, draws + successes - size), min(successes, draws)
    middle = (successes + 1) * (draws + 1) // (size + 2)
    chance[middle] = total = 1.0
    beyond = 0.0
    last = middle
    while last < most:
        ratio = ((successes - last) * (draws - last)) / ((last + 1.0) * (size - successes - draws + last + 1))
        value = chance[last] * ratio
        if value <= CUT * (1.0 - ratio):
            beyond += value / (1.0 - ratio)
            break
        last += 1
        chance[last] = value
        total += value
    first = middle
    while first > least:
        ratio = (first * (size - successes - draws + first)) / ((successes - first + 1.0) * (draws - first + 1))
        value = chance[first] * ratio
        if value <= CUT * (1.0 - ratio):
            beyond += value / (1.0 - ratio)
            break
        first -= 1
        chance[first] = value
        total += value
    for x in range(first, last + 1):
        chance[x] /= total
    return first, last, beyond / total


@compiled
def timing_with_cost(
    offsets: Int64, population: Int32, successes: Int32, draws: Int32, followed: Int32
) -> tuple[Float64, Int64]:
    """Return `timing_p`, and [n] the multiplications it took per customer.

    The counts of a customer's products are added one by one: `total[x]` is the chance that the products so far
    give x, for x up to the observed total; what lies above is one number, as counts only grow. Adding it up
    directly keeps the digits of a small p that `1 - P(T <= O)` loses.

    No product and no total is kept over its whole support, only where it has mass: a width that grows with the
    square root of the number of friends, so that the work of a hub grows with his friends, not with their square.
    All that is cut counts as above. So p errs upwards only, by at most `4*CUT` per product, and is never
    0 because something was cut.
    """
    n = len(offsets) - 1
    out = np.full(n, np.nan)
    cost = np.zeros(n, np.int64)
    chance, total, step = np.empty(16), np.empty(16), np.empty(16)
    for v in range(n):
        observed = 0
        widest = 0
        counted = False
        for i in range(offsets[v], offsets[v + 1]):
            if population[i] >= 2:
                counted = True
                observed += followed[i]
                widest = max(widest, min(successes[i], draws[i]))
        if not counted:
            continue
        if widest >= len(chance):
            chance = np.empty(2 * widest)
        if observed >= len(total):
            total, step = np.empty(2 * observed), np.empty(2 * observed)
        above = 0.0
        low, high = 0, 0
        total[0] = 1.0
        for i in range(offsets[v], offsets[v + 1]):
            if population[i] < 2 or successes[i] == 0 or draws[i] == 0:
                continue
            first, last, cut = _hypergeometric(population[i], successes[i], draws[i], chance)
            # what passes the observed total with this product
            tail = 0.0
            y = last
            for x in range(low, high + 1):
                while y >= first and x + y > observed:
                    tail += chance[y]
                    y -= 1
                above += total[x] * tail
            step[low + first : min(high + last, observed) + 1] = 0.0
            for y in range(first, last + 1):
                for x in range(low, min(high, observed - y) + 1):
                    step[x + y] += chance[y] * total[x]
            cost[v] += (last - first + 1) * (high - low + 1)
            total, step = step, total
            low, high = low + first, min(high + last, observed)
            beneath = over = 0.0
            while low <= high and beneath + total[low] <= CUT:
                beneath += total[low]
                low += 1
            while high >= low and over + total[high] <= CUT:
                over += total[high]
                high -= 1
            above += beneath + over + cut
            if low > high:
                break
        exactly = total[observed] if low <= observed <= high else 0.0
        out[v] = min(above + 0.5 * exactly, 1.0)
    return out, cost


@compiled
def timing_moments(
    offsets: Int64, population: Int32, successes: Int32, draws: Int32, followed: Int32
) -> tuple[Float64, Float64]:
    """Return, per customer, friends in the window minus their mean, and the variance, given his times; as `timing_p`.

    Returns:
        [n] excess and [n] variance of the hypergeometric counts, added over his products.
    """
    excess, variance = np.zeros(len(offsets) - 1), np.zeros(len(offsets) - 1)
    for v in range(len(offsets) - 1):
        for row in range(offsets[v], offsets[v + 1]):
            size, d = np.int64(population[row]), np.int64(draws[row])
            if size < 2:
                continue
            chance = successes[row] / size
            excess[v] += followed[row] - d * chance
            variance[v] += d * chance * (1.0 - chance) * (size - d) / (size - 1)
    return excess, variance


def timing_p(offsets: Int64, population: Int32, successes: Int32, draws: Int32, followed: Int32) -> Float64:
    """Return the exact timing mid-p of each customer (metrics.md 4.6).

    Given v's own time, his friends' times are exchangeable among the product's other buyers, so the number
    of friends in the window is hypergeometric. The counts of his products are added by convolution.

    Args:
        offsets: [n+1] CSR rows of the events per customer.
        population: [p] N_a - 1; products with N_a < 3 are in neither the null nor the count.
        successes: [p] K, other buyers in the window.
        draws: [p] d, v's friends among the other buyers.
        followed: [p] friends in the window.

    Returns:
        [n] mid-p, NaN for a customer with no product of three or more buyers.
    """
    return timing_with_cost(offsets, population, successes, draws, followed)[0]
