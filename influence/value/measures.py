"""What every score column shares: a status, percentiles with ties, whole numbers with nulls (metrics.md 1.1)."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from influence.snapshot.arrays import Float64

__all__ = ["INSUFFICIENT", "NOT_APPLICABLE", "OK", "customers_index", "percentile", "status", "total_by", "whole"]

OK: Final = "ok"
INSUFFICIENT: Final = "insufficient_data"
NOT_APPLICABLE: Final = "not_applicable"


def percentile(values: ArrayLike) -> Float64:
    """Return [n] percentiles 0-100, `100*(rank - 0.5)/n` with the average rank for ties, NaN where the value is NaN."""
    given = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(given)
    result = np.full(len(given), np.nan)
    if known.any():
        result[known] = 100.0 * (rankdata(given[known]) - 0.5) / known.sum()
    return result


def status(ok: NDArray[np.bool_], otherwise: str = INSUFFICIENT) -> pd.Categorical[str]:
    """Return [n] `ok` where true, the other status where not."""
    return pd.Categorical(np.where(ok, OK, otherwise), categories=[OK, INSUFFICIENT, NOT_APPLICABLE])


def whole(values: Float64) -> pd.Series[int]:
    """Return [n] whole numbers with nulls from floats with NaN, indexed by customer."""
    return pd.Series(values, index=customers_index(len(values))).astype("Int64")


def total_by(group: ArrayLike, groups: int, weights: ArrayLike | None = None) -> Float64:
    """Return [groups] sums of `weights` (default: counts) by group number."""
    return np.bincount(np.asarray(group), weights=weights, minlength=groups).astype(np.float64)


def customers_index(customers: int) -> pd.RangeIndex:
    """Return the index of every frame in this package: customer numbers of the snapshot."""
    return pd.RangeIndex(customers, name="customer")
