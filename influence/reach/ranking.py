"""Percentiles of positions in the graph (metrics.md 1.1), whose last digits depend on the number of threads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

__all__ = ["percentiles"]

SIGNIFICANT = 10
"""Digits that count in a ranking: sums over threads differ in the last bits, which must not order customers."""


def percentiles(values: NDArray[np.float64], ranked: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return `100 * (rank - 0.5) / n` among the ranked, average rank for ties (metrics.md 1.1).

    Args:
        values: [n] figures; NaN is not ranked.
        ranked: [n] who takes part.

    Returns:
        [n] percentiles from 0 to 100, NaN for those who do not take part.
    """
    result = np.full(len(values), np.nan)
    chosen = ranked & ~np.isnan(values)
    if chosen.any():
        ranks = rankdata(rounded(values[chosen]))
        result[chosen] = 100 * (ranks - 0.5) / len(ranks)
    return result


def rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values with as many digits as count in a ranking."""
    size = np.where(values == 0, 1.0, np.abs(values))
    scale = 10.0 ** (SIGNIFICANT - 1 - np.floor(np.log10(size)))
    return np.asarray(np.round(values * scale) / scale, np.float64)
