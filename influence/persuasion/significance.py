"""How surprising an observed count is: predictive p-values, error control, the timing certificate.

Formulas: metrics.md 4.4 (interval), 4.5 (negative binomial), 4.6 (timing), 4.7 (false discoveries).
"""

from __future__ import annotations

from math import exp, lgamma
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from influence.compiled import compiled

__all__ = [
    "SHAPES",
    "false_discovery",
    "fit_shape",
    "label_shuffle",
    "lift_interval",
    "predictive_p",
    "shape_likelihood",
    "sigma",
    "timing_p",
]

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]

SHAPES: Final = np.geomspace(0.2, 400.0, 40)
MOST_SIGMA: Final = 8.0


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


def predictive_p(observed: Float64, expected: Float64, distant: Float64, calibration: Float64, shape: float) -> Float64:
    """Return the upper mid-p of O under a negative binomial that learned v's similarity from distant lags.

    Args:
        observed: [r] O.
        expected: [r] B = lambda*E.
        distant: [r] OC, observed in both distant windows.
        calibration: [r] FC, expected there.
        shape: k.
    """
    size = shape + distant
    chance = expected / (shape + calibration + expected)  # 1 - pi
    above = special.betainc(observed + 1, size, chance)
    exactly = np.exp(
        special.gammaln(observed + size)
        - special.gammaln(size)
        - special.gammaln(observed + 1)
        + special.xlog1py(size, -chance)
        + special.xlogy(observed, chance)
    )
    return np.asarray(above + 0.5 * exactly, np.float64)


def sigma(p: Float64) -> Float64:
    """Return p as standard deviations of a normal tail, at most 8 (six = 9.9e-10)."""
    return np.asarray(np.minimum(-special.ndtri(np.maximum(p, 1e-300)), MOST_SIGMA), np.float64)


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

    A screen without convolution: with c_i other purchases in (t_i, t_i + w], M1 and M2 the mean and mean
    square of c_i/(n-1), `E = d*M1` and `Var = (n-1-d)/(n-2)*d*(M1-M2) + d^2*(M2-M1^2)`.

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
def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0)


@compiled
def timing_p(offsets: Int64, population: Int32, successes: Int32, draws: Int32, followed: Int32) -> Float64:
    """Return the exact timing mid-p of each customer (metrics.md 4.6).

    Given v's own time, his friends' times are exchangeable among the product's other buyers, so the number
    of friends in the window is hypergeometric. The counts of his products are added by convolution, kept
    only up to the observed total T: `P(T > O) = 1 - P(T <= O)`.

    Args:
        offsets: [n+1] CSR rows of the events per customer.
        population: [p] N_a - 1; products with N_a < 3 are in neither the null nor the count.
        successes: [p] K, other buyers in the window.
        draws: [p] d, v's friends among the other buyers.
        followed: [p] friends in the window.

    Returns:
        [n] mid-p, NaN for a customer with no product of three or more buyers.
    """
    n = len(offsets) - 1
    out = np.full(n, np.nan)
    chance = np.zeros(16)
    step = np.zeros(16)
    total = np.zeros(16)
    for v in range(n):
        observed = 0
        counted = False
        for i in range(offsets[v], offsets[v + 1]):
            if population[i] >= 2:
                counted = True
                observed += followed[i]
        if not counted:
            continue
        if observed + 1 > len(total):
            chance = np.zeros(2 * (observed + 1))
            step = np.zeros(2 * (observed + 1))
            total = np.zeros(2 * (observed + 1))
        total[: observed + 1] = 0.0
        total[0] = 1.0
        reach = 0
        for i in range(offsets[v], offsets[v + 1]):
            size, k, d = population[i], successes[i], draws[i]
            if size < 2 or k == 0 or d == 0:
                continue
            least = max(0, d + k - size)
            most = min(k, d, observed)
            if least > observed:
                total[: observed + 1] = 0.0
                break
            # start at the most likely count, so that nothing underflows, and step to both sides
            middle = min(max((k + 1) * (d + 1) // (size + 2), least), most)
            chance[middle] = exp(_log_choose(k, middle) + _log_choose(size - k, d - middle) - _log_choose(size, d))
            for x in range(middle + 1, most + 1):
                chance[x] = chance[x - 1] * ((k - x + 1.0) * (d - x + 1.0)) / (x * (size - k - d + x + 0.0))
            for x in range(middle - 1, least - 1, -1):
                chance[x] = chance[x + 1] * ((x + 1.0) * (size - k - d + x + 1.0)) / ((k - x + 0.0) * (d - x + 0.0))
            far = min(reach + most, observed)
            for x in range(far + 1):
                value = 0.0
                for y in range(max(least, x - reach), min(most, x) + 1):
                    value += chance[y] * total[x - y]
                step[x] = value
            reach = far
            total[: reach + 1] = step[: reach + 1]
        below = 0.0
        for x in range(observed):
            below += total[x]
        out[v] = min(max(1.0 - below - 0.5 * total[observed], 0.0), 1.0)
    return out
