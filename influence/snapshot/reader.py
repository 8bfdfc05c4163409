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
READERS: Final = 4
"""Parts of tables read at a time: enough that the server is at work while this side unpacks."""
HALVED: Final = frozenset({"friendships", "follows", "purchases"})
"""Tables that are read in two halves when they are large."""

Columns = dict[str, np.ndarray[Any, Any]]


@dataclass(frozen=True)
class Fingerprint:
    """What tells two states of the data apart.

    Attributes:
        version: Changes with every load; when the counts change for another reason; when anybody opts out or in again;
            when ends of accounts or ties or the weights of topics change their number or their sum.
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
    """Return the version of the data: the loader's watermark, the counts, what was set by hand, and which database."""
    name = "snapshot-counts"
    counts = {row["kind"]: row["amount"] for row in graph.read(saved_text("internal", name), name=name).dicts()}
    state = graph.read(saved_text("internal", "snapshot-state"), name="snapshot-state", timeout=600).dicts()[0]
    # every id, not their number: whoever opts out must not be scored because somebody else came back
    opted_out = sorted(state.pop("opted_out"))
    database = graph.read("CALL db.info() YIELD id RETURN id", name="database-id").rows
    parts = [data_version(graph), *(f"{kind}={counts[kind]}" for kind in sorted(counts)), str(database)]
    parts += [repr(sorted(state.items())), *opted_out]
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


@dataclass(frozen=True)
class Part:
    """Rows of a table that are read by one reader.

    Attributes:
        table: The table.
        rows: How many there are, about.
        after: Id of the node after which they begin.
        until: Id of the last node; only of tables that are halved.
    """

    table: str
    rows: int
    after: str = ""
    until: str | None = None


def parts_of(graph: Graph, counts: Mapping[str, int]) -> list[Part]:
    """Cut the tables into parts, the largest first: halves end together where a whole table would end alone."""
    customers = counts["Customer"]
    bounds = graph.read(saved_text("internal", "snapshot-bounds"), {"before": customers // 2}, name="snapshot-bounds")
    bound = bounds.single()
    parts = []
    for table, (_, counted, _) in TABLES.items():
        rows = counts[counted]
        if table not in HALVED or bound is None:
            parts.append(Part(table, rows))
        elif rows < 2 * RECORD_ROWS:
            parts.append(Part(table, rows, until=bound["last"]))
        else:
            parts.append(Part(table, rows - rows // 2, until=bound["middle"]))
            parts.append(Part(table, rows // 2, after=bound["middle"], until=bound["last"]))
    return sorted(parts, key=lambda part: -part.rows)


def read_tables(
    graph: Graph, as_of: datetime, counts: Mapping[str, int], progress: Progress, *, readers: int = READERS
) -> dict[str, Columns]:
    """Read all tables, the largest parts first, `readers` at a time: the server answers each on one processor."""
    parts = parts_of(graph, counts)
    stop = Event()
    found: dict[Part, Columns] = {}
    with progress.task("reading the graph", len(parts), "parts") as task, ThreadPoolExecutor(readers) as pool:
        reading = {
            # in the caller's context, so that spans of the tables belong to his
            pool.submit(copy_context().run, read_part, graph, part, as_of, counts, progress, stop): part
            for part in parts
        }
        try:
            for columns in as_completed(reading):
                found[reading[columns]] = columns.result()
                task.advance()
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return {
        table: joined([found.pop(part) for part in sorted(parts, key=lambda one: one.after) if part.table == table])
        for table in TABLES
    }


def read_part(
    graph: Graph,
    part: Part,
    as_of: datetime,
    counts: Mapping[str, int],
    progress: Progress,
    stop: Event | None = None,
) -> Columns:
    """Read a part of a table of the snapshot as columns; nothing is asked when the graph holds none of it.

    `stop`, once set, ends the reading after the chunk under way, with `CancelledError`.
    """
    walked, counted, dtypes = TABLES[part.table]
    if not counts[counted]:
        return {column: np.empty(0, dtype) for column, dtype in dtypes.items()}
    per_node = max(1.0, counts[counted] / max(1, counts[walked]))
    name = f"snapshot-{part.table}"
    with progress.task(f"reading {part.table.replace('-', ' of ')}", part.rows) as task:

        def advance(rows: int) -> None:
            if stop is not None and stop.is_set():
                raise CancelledError
            task.advance(rows)

        return graph.read_columns(
            saved_text("internal", name),
            {"as_of": as_of, "until": part.until},
            name=name,
            dtypes=dtypes,
            after=part.after,
            chunk=max(SMALLEST_CHUNK, int(RECORD_ROWS / per_node)),
            on_chunk=advance,
        )


def joined(parts: list[Columns]) -> Columns:
    """Return the parts of a table, one below the other; they are released on the way."""
    if len(parts) == 1:
        return parts[0]
    return {column: np.concatenate([part.pop(column) for part in parts]) for column in list(parts[0])}


def optional_ids(ids: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return ids as objects with `None` where the text is empty."""
    return np.array([one or None for one in ids.tolist()], object)
