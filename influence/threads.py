"""Run a compiled kernel on shares of the products, one thread per share."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["shares", "spread"]

T = TypeVar("T")


def shares(costs: NDArray[np.float64] | NDArray[np.int64], limit: float, least: int) -> list[NDArray[np.int64]]:
    """Cut items into shares of about equal cost, none above `limit` unless it is one item.

    Args:
        costs: [k] cost of each item.
        limit: Largest cost of a share.
        least: Number of shares to make at least, if there are that many items.

    Returns:
        Item numbers per share; heavy and light items are dealt like cards, so that shares end together.
    """
    total = float(costs.sum())
    number = max(least, int(np.ceil(total / limit)) if total else 1)
    number = max(1, min(number, len(costs)))
    order = np.argsort(-costs, kind="stable").astype(np.int64)
    return [np.sort(order[i::number]) for i in range(number)]


def spread(
    kernel: Callable[[NDArray[np.int64]], T], parts: list[NDArray[np.int64]], threads: int | None = None
) -> list[T]:
    """Call `kernel` once per share, on `threads` threads (all cores when not given), answers in order."""
    workers = threads or os.cpu_count() or 1
    if workers == 1 or len(parts) <= 1:
        return [kernel(part) for part in parts]
    with ThreadPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(kernel, parts))
