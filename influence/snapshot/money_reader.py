"""The money of the graph, read in columns and kept on disk beside the snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from influence.errors import ComputeFailed
from influence.graph import Graph
from influence.progress import Progress, Silent
from influence.queries import saved_text
from influence.snapshot import cache
from influence.snapshot.arrays import Snapshot
from influence.snapshot.money import Money, build_money
from influence.snapshot.reader import RECORD_ROWS, SMALLEST_CHUNK, fingerprint

__all__ = ["TABLES", "read_money"]

TABLES: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "purchases": (
        "BOUGHT",
        {
            "customer_id": str,
            "at": np.int64,
            "revenue": np.float64,
            "margin": np.float64,
            "returned": np.bool_,
            "refunded": np.bool_,
            "currency": str,
        },
    ),
    "referrals": (
        "REFERRED",
        {
            "referrer_id": str,
            "referred_id": str,
            **dict.fromkeys(("at", "lead_at", "customer_at", "approved_at"), np.int64),
            "status": str,
            "incentive": np.float64,
            "currency": str,
            "email_key": str,
            "device_key": str,
            "same_household": np.bool_,
        },
    ),
    "customers": (
        "Customer",
        {
            "customer_id": str,
            **dict.fromkeys(("share_of_wallet", "category_spend", "acquisition_cost", "marketing_cost"), np.float64),
            "currency": str,
            **dict.fromkeys(("email_key", "phone_key", "address_key", "device_key", "household_id"), str),
        },
    ),
}
"""Per table: what the graph must hold for it, and its columns."""


def read_money(
    graph: Graph, snapshot: Snapshot, progress: Progress | None = None, *, home: Path | None = None
) -> Money:
    """Return the money that belongs to a snapshot.

    Args:
        graph: The database, unchanged since the snapshot was read.
        snapshot: Names and numbers the customers, and says the instant.
        progress: Where to say how far the reading is.
        home: `INFLUENCE_HOME`; with it unchanged money is memory-mapped from disk instead of read again.

    Raises:
        ComputeFailed: The data are not those of the snapshot any more.
    """
    if home is not None:
        kept = cache.find(home, snapshot.data_version, snapshot.as_of, Money)
        if kept is not None:
            return kept
    before = fingerprint(graph)
    tables = {name: read_table(graph, name, before.counts, progress or Silent()) for name in TABLES}
    if not before.version == fingerprint(graph).version == snapshot.data_version:
        raise ComputeFailed(
            "the data changed while they were read",
            code="data-changed",
            hint="wait until the load has finished, then start the command again",
        )
    money = build_money(snapshot, tables)
    return cache.keep(home, money) if home is not None else money


def read_table(graph: Graph, table: str, counts: Mapping[str, int], progress: Progress) -> dict[str, NDArray[Any]]:
    """Read one table as columns; nothing is asked when the graph holds none of it."""
    counted, dtypes = TABLES[table]
    if not counts[counted]:
        return {column: np.empty(0, dtype) for column, dtype in dtypes.items()}
    per_node = max(1.0, counts[counted] / max(1, counts["Customer"]))
    name = f"money-{table}"
    with progress.task(f"reading the money of {table}", counts[counted]) as task:
        return graph.read_columns(
            saved_text("internal", name),
            name=name,
            dtypes=dtypes,
            chunk=max(SMALLEST_CHUNK, int(RECORD_ROWS / per_node)),
            on_chunk=task.advance,
        )
