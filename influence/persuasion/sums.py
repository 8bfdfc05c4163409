"""Sums per customer, product, topic or pair."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["sum_by"]


def sum_by(group: NDArray[Any], values: NDArray[Any], size: int) -> NDArray[np.float64]:
    """Return, for each group 0..size-1, the sum of the values of its rows, added in the order of the rows."""
    return np.asarray(np.bincount(group, weights=values, minlength=size), np.float64)
