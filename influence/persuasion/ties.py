"""Whether a tie holds, looked up in compiled loops over the edges of a snapshot."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled

__all__ = ["tie_holds"]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]


@compiled
def tie_holds(
    edge_offsets: Int64, edge_targets: Int32, edge_since: Int64, edge_until: Int64, v: int, u: int, t: int
) -> bool:
    """Tell whether the tie v -> u exists at t; work: the ties of v."""
    for e in range(edge_offsets[v], edge_offsets[v + 1]):
        if edge_targets[e] == u and edge_since[e] <= t and edge_until[e] > t:
            return True
    return False
