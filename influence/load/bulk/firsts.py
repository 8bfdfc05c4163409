"""First purchases, found over arrays by the rule of `cypher/internal/load-mark-first-purchases.cypher`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["first_purchases"]

Mask = NDArray[np.bool_]


def first_purchases(
    customers: NDArray[np.int64],
    products: NDArray[np.int64],
    at: NDArray[np.int64],
    countable: Mask,
    line_ids: pa.Array,
) -> Mask:
    """Find the earliest countable line of every customer and product; of several in one instant the smallest line id.

    Args:
        customers: [n] number of the customer.
        products: [n] number of the product.
        at: [n] instant.
        countable: [n] neither refunded nor a return.
        line_ids: [n] texts, compared by code points.

    Returns:
        [n] mask of the first purchases.
    """
    first = np.zeros(len(customers), bool)
    rows = np.flatnonzero(countable)
    if not len(rows):
        return first
    pairs = customers[rows] * (int(products.max()) + 1) + products[rows]
    order = np.lexsort((at[rows], pairs))
    rows, pairs = rows[order], pairs[order]
    begins = np.concatenate([[True], pairs[1:] != pairs[:-1]])
    begin = np.maximum.accumulate(np.where(begins, np.arange(len(rows)), 0))
    earliest = at[rows] == at[rows[begin]]
    rows, pairs = rows[earliest], pairs[earliest]
    alone = np.concatenate([[True], pairs[1:] != pairs[:-1]])
    alone &= np.concatenate([alone[1:], [True]])
    first[rows[alone]] = True
    tied = rows[~alone]
    if len(tied):
        lines = pa.table({"pair": pairs[~alone], "line": line_ids.take(pa.array(tied))})
        order = lines.append_column("row", pa.array(tied)).sort_by([("pair", "ascending"), ("line", "ascending")])
        pair = order["pair"].to_numpy()
        smallest = np.concatenate([[True], pair[1:] != pair[:-1]])
        first[order["row"].to_numpy()[smallest]] = True
    return first
