"""Sums per customer, product, topic or pair."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled

__all__ = ["sum_by"]

Float64 = NDArray[np.float64]


def sum_by(group: NDArray[Any], values: NDArray[Any], size: int, scale: Float64 | None = None) -> Float64:
    """Return, for each group, the sum of the values of its rows, added in the order of the rows.

    Compiled, because NumPy's count makes wider copies of both arrays first: on a large log most of its time.

    Args:
        group: [k] integers 0..size-1.
        values: [k] numbers or flags.
        size: Number of groups.
        scale: [k] what each value is multiplied by, 1 when not given.

    Returns:
        [size] sums, 0 for a group without rows.

    Raises:
        ValueError: The arrays are of different lengths, or a group is not one of `size`.
    """
    if len(group) != len(values) or (scale is not None and len(scale) != len(group)):
        raise ValueError("groups, values and scale must be of one length")
    out = np.zeros(size)
    inside = _add(group, values, out) if scale is None else _add_scaled(group, values, scale, out)
    if not inside:
        raise ValueError(f"a group is not between 0 and {size - 1}")
    return out


@compiled
def _add(group: NDArray[Any], values: NDArray[Any], out: Float64) -> bool:
    for i in range(len(group)):
        if not 0 <= group[i] < len(out):
            return False
        out[group[i]] += values[i]
    return True


@compiled
def _add_scaled(group: NDArray[Any], values: NDArray[Any], scale: Float64, out: Float64) -> bool:
    for i in range(len(group)):
        if not 0 <= group[i] < len(out):
            return False
        out[group[i]] += values[i] * scale[i]
    return True
