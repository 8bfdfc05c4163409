"""Lag calibration: how much more alike friends are than their strata say (metrics.md 4.3).

Purchases of friends two to five windows away are too late to be persuasion and too early to be it: what is
observed there beyond expectation is shared taste, and the ratio lambda divides it out of the near window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from influence.persuasion.parameters import PersuasionParameters
from influence.persuasion.sums import sum_by

__all__ = ["LITTLE_EXPECTED", "Calibration", "calibrate"]

Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]

LITTLE_EXPECTED: Final = 20.0
"""Distant purchases expected below which the replicates say nothing: drawn from hardly any, they are all alike."""


@dataclass(frozen=True)
class Calibration:
    """Lambda per category.

    Attributes:
        observed, expected: [z] sums of the distant window per category.
        own: [z] whether the category has enough to have a factor of its own.
        factor: [z] lambda used.
        pooled: Lambda of all categories together.
        replicates: [b, z] lambda used, recomputed on products drawn with replacement.
    """

    observed: Float64
    expected: Float64
    own: NDArray[np.bool_]
    factor: Float64
    pooled: float
    replicates: Float64

    @property
    def measured(self) -> bool:
        """Whether anything was expected in the distant window; otherwise lambda is 1 because it is unknown."""
        return bool(self.expected.any())

    def mean(self, weights: Float64) -> float | None:
        """Return lambda weighted by the near expectation [z] per category; `None` where it was not measured."""
        if not self.measured:
            return None
        total = float(weights.sum())
        return float(self.factor @ weights) / total if total else self.pooled

    def interval(self, weights: Float64) -> tuple[float, float] | None:
        """Return the 2.5 and 97.5 percentiles of lambda times the weights [z]; `None` when too little was measured."""
        if not len(self.replicates) or self.expected.sum() < LITTLE_EXPECTED:
            return None
        low, high = np.percentile(self.replicates @ weights, [2.5, 97.5])
        return float(low), float(high)


def calibrate(
    observed: Float64,
    expected: Float64,
    category: Int32,
    categories: int,
    parameters: PersuasionParameters,
    *,
    replicates: int = 0,
) -> Calibration:
    """Return lambda per category from the distant window.

    Args:
        observed, expected: [a] sums of the distant window per product.
        category: [a] category of each product.
        categories: Number of categories z.
        parameters: Floor for a category of its own, clip, seed, and the switch.
        replicates: Bootstrap replicates over products.
    """
    o = sum_by(category, observed, categories)
    e = sum_by(category, expected, categories)
    own, factor, pooled = _factors(o[None], e[None], parameters)
    draws = np.empty((0, categories))
    if replicates and len(category):
        random = np.random.default_rng(parameters.seed)
        draws = np.empty((replicates, categories))
        for i in range(replicates):
            # one replicate at a time: all of them at once would be replicates x products numbers
            times = np.bincount(random.integers(0, len(category), len(category)), minlength=len(category))
            again = (
                sum_by(category, observed * times, categories),
                sum_by(category, expected * times, categories),
            )
            draws[i] = _factors(again[0][None], again[1][None], parameters)[1][0]
    return Calibration(o, e, own[0], factor[0], float(pooled[0]), draws)


def _factors(o: Float64, e: Float64, parameters: PersuasionParameters) -> tuple[NDArray[np.bool_], Float64, Float64]:
    low, high = parameters.lag_clip
    sums = e.sum(axis=1)
    pooled = np.clip(np.divide(o.sum(axis=1), sums, out=np.ones_like(sums), where=sums > 0), low, high)
    own = e >= parameters.lag_floor
    ratio = np.clip(np.divide(o, e, out=np.ones_like(e), where=own), low, high)
    factor = np.where(own, ratio, pooled[:, None])
    if not parameters.lag_calibration:
        return np.zeros_like(own), np.ones_like(factor), np.ones_like(pooled)
    return own, factor, pooled
