"""The graph at one instant as arrays: read in columns, a chunk of nodes to a record, and kept on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, Final

import numpy as np

from influence.errors import ComputeFailed
from influence.graph import Graph
from influence.load import data_version
from influence.progress import Progress, Silent
from influence.queries import saved_text
from influence.snapshot import cache
from influence.snapshot.arrays import Snapshot
from influence.snapshot.build import build_snapshot

__all__ = ["Fingerprint", "fingerprint", "micros", "moment", "read_snapshot"]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
TIES: Final = {"since": np.int64, "until": np.int64, "weight": np.float64}

TABLES: Final[Mapping[str, tuple[str, str, Mapping[str, Any]]]] = {
    "customers": (
        "Customer",
        "Customer",
        {
            "customer_id": str,
            "segment": str,
            "region": str,
            "joined_at": np.int64,
            "closed_at": np.int64,
            "opted_out": np.bool_,
        },
    ),
    "friendships": ("Customer", "FRIEND", {"customer_id": str, "friend_id": str, **TIES}),
    "follows": ("Customer", "FOLLOWS", {"follower_id": str, "followed_id": str, **TIES}),
    "purchases": ("Customer", "BOUGHT", {"customer_id": str, "product_id": str, "at": np.int64, "margin": np.float64}),
    "products": ("Product", "Product", {"product_id": str, "launched_at": np.int64, "withdrawn_at": np.int64}),
    "product-topics": ("Product", "ABOUT", {"product_id": str, "topic_id": str, "weight": np.float64}),
    "topics": ("Topic", "Topic", {"topic_id": str}),
    "interests": ("Customer", "INTERESTED_IN", {"customer_id": str, "topic_id": str}),
    "exposures": (
        "Customer",
        "EXPOSED_TO",
        {"customer_id": str, "product_id": str, "topic_id": str, "begins": np.int64, "ends": np.int64},
    ),
}
"""Per table: the nodes its statement walks, what it counts per node, and its columns."""

RECORD_ROWS: Final = 200_000
"""Rows to aim at per record: large enough to hide the round trip, small enough for one transaction's memory."""
SMALLEST_CHUNK: Final = 100
"""Nodes per record at least."""
READERS: Final = 2
"""Tables read at a time."""


@dataclass(frozen=True)
class Fingerprint:
    """What tells two states of the data apart.

    Attributes:
        version: Changes with every load, and when the counts change for another reason.
        counts: Nodes by label and relationships by type that a snapshot reads.
    """

    version: str
    counts: Mapping[str, int]


def micros(instant: datetime) -> int:
    """Return microseconds since 1970-01-01 UTC, exactly."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def moment(microseconds: int) -> datetime:
    """Return the instant of microseconds since 1970-01-01 UTC."""
    return EPOCH + timedelta(microseconds=int(microseconds))


def fingerprint(graph: Graph) -> Fingerprint:
    """Return the version of the data: the loader's watermark, the counts and the identity of the database."""
    name = "snapshot-counts"
    counts = {row["kind"]: row["amount"] for row in graph.read(saved_text("internal", name), name=name).dicts()}
    database = graph.read("CALL db.info() YIELD id RETURN id", name="database-id").rows
    parts = [data_version(graph), *(f"{kind}={counts[kind]}" for kind in sorted(counts)), str(database)]
    return Fingerprint(hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16], counts)


def read_snapshot(
    graph: Graph, as_of: datetime, progress: Progress | None = None, *, home: Path | None = None
) -> Snapshot:
    """Return the graph at an instant as arrays.

    Hold the lease while reading, or know that nothing loads: several statements see one state of the data only
    when no load runs between them.

    Args:
        graph: The database.
        as_of: Instant with a zone; nothing dated after it is read.
        progress: Where to say how far the reading is.
        home: `INFLUENCE_HOME`; with it an unchanged snapshot is memory-mapped from disk instead of read again.

    Raises:
        ComputeFailed: The data changed while they were read.
        DataRejected: The graph holds something that is no snapshot, such as two customers of one id.
    """
    before = fingerprint(graph)
    if home is not None:
        kept = cache.find(home, before.version, micros(as_of))
        if kept is not None:
            return kept
    tables = read_tables(graph, as_of, before.counts, progress or Silent())
    if fingerprint(graph) != before:
        raise ComputeFailed(
            "the data changed while they were read",
            code="data-changed",
            hint="wait until the load has finished, then start the command again",
        )
    exposures = dict(tables["exposures"])
    snapshot = build_snapshot(
        customers=tables["customers"],
        friendships=tables["friendships"],
        follows=tables["follows"],
        purchases=tables["purchases"],
        products=tables["products"],
        product_topics=tables["product-topics"],
        topics=tables["topics"],
        interests=tables["interests"],
        exposures={
            "customer_id": exposures["customer_id"],
            "product_id": optional_ids(exposures["product_id"]),
            "topic_id": optional_ids(exposures["topic_id"]),
            "from": exposures["begins"],
            "until": exposures["ends"],
        },
        as_of=micros(as_of),
        data_version=before.version,
    )
    if home is not None:
        return cache.keep(home, snapshot)
    return snapshot


def read_tables(
    graph: Graph, as_of: datetime, counts: Mapping[str, int], progress: Progress, *, readers: int = READERS
) -> dict[str, dict[str, np.ndarray[Any, Any]]]:
    """Read all tables, the largest first, `readers` at a time: the server answers each on one processor."""
    order = sorted(TABLES, key=lambda table: -counts[TABLES[table][1]])
    stop = Event()
    with progress.task("reading the graph", len(order), "tables") as task, ThreadPoolExecutor(readers) as pool:
        reading = {
            # in the caller's context, so that spans of the tables belong to his
            pool.submit(copy_context().run, read_table, graph, table, as_of, counts, progress, stop): table
            for table in order
        }
        found = {}
        try:
            for columns in as_completed(reading):
                found[reading[columns]] = columns.result()
                task.advance()
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return found


def read_table(
    graph: Graph,
    table: str,
    as_of: datetime,
    counts: Mapping[str, int],
    progress: Progress,
    stop: Event | None = None,
) -> dict[str, np.ndarray[Any, Any]]:
    """Read one table of the snapshot as columns; nothing is asked when the graph holds none of it.

    `stop`, once set, ends the reading after the chunk under way, with `CancelledError`.
    """
    walked, counted, dtypes = TABLES[table]
    if not counts[counted]:
        return {column: np.empty(0, dtype) for column, dtype in dtypes.items()}
    per_node = max(1.0, counts[counted] / max(1, counts[walked]))
    name = f"snapshot-{table}"
    with progress.task(f"reading {table.replace('-', ' of ')}", counts[counted]) as task:

        def advance(rows: int) -> None:
            if stop is not None and stop.is_set():
                raise CancelledError
            task.advance(rows)

        return graph.read_columns(
            saved_text("internal", name),
            {"as_of": as_of},
            name=name,
            dtypes=dtypes,
            chunk=max(SMALLEST_CHUNK, int(RECORD_ROWS / per_node)),
            on_chunk=advance,
        )


def optional_ids(ids: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return ids as objects with `None` where the text is empty."""
    return np.array([one or None for one in ids.tolist()], object)
