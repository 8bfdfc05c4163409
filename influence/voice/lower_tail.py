"""Do friends buy less than expected after unhappy customers buy (metrics.md 4.7, 6)? Groups first, for they add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

__all__ = ["LEAST_EXPECTED", "FollowOns", "follow_ons_of"]

LEAST_EXPECTED: Final = 10.0
"""Expected follow-ons below which a group, or a customer, is not judged."""
_Z95: Final = 1.959963984540054


@dataclass(frozen=True)
class FollowOns:
    """Follow-ons of a group of customers against what was expected. Unknown figures are NaN.

    Attributes:
        customers: How many of the group have an expectation.
        observed, expected: Sums over them.
        ratio, low, high: observed / expected with its 95 % interval.
        p: Probability of so few or fewer by chance, one-sided.
    """

    customers: int
    observed: float
    expected: float
    ratio: float
    low: float
    high: float
    p: float


def follow_ons_of(observed: ArrayLike, expected: ArrayLike, group: NDArray[np.bool_]) -> FollowOns:
    """Add up a group and test its lower tail.

    Customers are drawn, not purchases: `z = (O - E) / sqrt(sum_v (O_v - E_v)^2)`, so that a few customers with many
    followers widen the interval instead of deciding the test. Below 10 expected nothing is judged.

    Args:
        observed: [n] follow-ons.
        expected: [n] calibrated expectation, NaN without an exposure.
        group: [n] bool.
    """
    o, e = np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    chosen = group & ~np.isnan(o) & ~np.isnan(e)
    o, e = o[chosen], e[chosen]
    total, usual, nothing = float(o.sum()), float(e.sum()), float("nan")
    if usual < LEAST_EXPECTED:
        ratio = total / usual if usual > 0 else nothing
        return FollowOns(len(o), total, usual, ratio, nothing, nothing, nothing)
    ratio = total / usual
    # never less spread than chance alone gives
    p = float(norm.cdf((total - usual) / np.sqrt(max(float(((o - e) ** 2).sum()), usual))))
    if total == 0:
        return FollowOns(len(o), total, usual, 0.0, 0.0, 3.0 / usual, p)  # none of many: the rule of three
    half = _Z95 * float(np.sqrt(max(float(((o - ratio * e) ** 2).sum()), total))) / total
    return FollowOns(len(o), total, usual, ratio, ratio * float(np.exp(-half)), ratio * float(np.exp(half)), p)
