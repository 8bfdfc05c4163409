"""The ledger: which file, and which of its batches, is in the graph; and the version of all loaded data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from influence.errors import UsageProblem
from influence.graph import Graph, Transaction
from influence.load.sources import Source
from influence.load.table import Table
from influence.queries import saved_text

__all__ = ["Batch", "FileState", "batches_of", "data_changed", "data_version", "file_key", "file_state", "load_status"]


def data_version(graph: Graph) -> str:
    """Return the version of the loaded data: it changes with every load, sweep or erasure that changed something.

    Returns:
        A text to compare, different for different databases; "empty" before the first load.
    """
    row = graph.read(saved_text("internal", "load-data-version"), name="load-data-version").single()
    return "empty" if row is None or row["epoch"] is None else f"{row['epoch']}-{row['version']}"


def data_changed(transaction: Transaction) -> None:
    """Count a change of the loaded data, in the transaction that makes it."""
    transaction.run(saved_text("internal", "load-data-changed"), "load-data-changed")


def load_status(graph: Graph) -> list[dict[str, Any]]:
    """Return what was loaded and what is half done, a dictionary per file.

    `loading` means not finished; `superseded` means not finished, and a later file of the same name, dataset and system
    is whole. `followed_by` names the last whole file that came after one that is not finished.
    """
    return graph.read(saved_text("internal", "load-ledger-files"), name="load-ledger-files").dicts()


def file_key(source: Source, sha256: str, name: str) -> str:
    """Return the key of a file in the ledger: the same bytes are another file for another dataset or source."""
    return f"{source.contract.dataset}/{name}/{sha256}/{source.part}"


@dataclass(frozen=True)
class Batch:
    """Rows that are written in one transaction.

    Attributes:
        number: Its number in the file, from 0.
        columns: Typed columns of its rows.
        first_line: Line of its first row.
        last_line: Line of its last row.
        digest: SHA-256 of its content under its contract: the same digest means the same rows.
    """

    number: int
    columns: pa.Table
    first_line: int
    last_line: int
    digest: str

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.columns.num_rows)

    def entry(self) -> dict[str, Any]:
        """Return what the ledger keeps of it."""
        return {
            "batch_no": self.number,
            "first_line": self.first_line,
            "last_line": self.last_line,
            "rows": len(self),
            "digest": self.digest,
        }

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """Return the rows as the load statements take them, sorted by their ends.

        Sorting makes concurrent writers lock nodes in one order.
        """
        contract = table.contract
        fields = [name for name in contract.row_fields if name in self.columns.column_names]
        properties = {
            name: property for name, property in contract.properties.items() if name in self.columns.column_names
        }
        named = zip(*(plain(self.columns[name]) for name in fields), strict=True)
        inner = zip(*(plain(self.columns[name]) for name in properties), strict=True)
        names = tuple(properties.values())
        if names:
            rows = [
                {**dict(zip(fields, ends, strict=True)), "properties": dict(zip(names, values, strict=True))}
                for ends, values in zip(named, inner, strict=True)
            ]
        else:
            rows = [{**dict(zip(fields, ends, strict=True)), "properties": {}} for ends in named]
        sort = contract.ends or contract.key
        rows.sort(key=lambda row: tuple(row[name] or "" for name in sort if name in row))
        return rows


def plain(column: pa.ChunkedArray) -> list[Any]:
    """Return a column as Python values; instants with the fixed offset of UTC, which Neo4j stores as `Z`."""
    if not pa.types.is_timestamp(column.type):
        values: list[Any] = column.to_pylist()
        return values
    naive: list[datetime | None] = column.cast(pa.timestamp("us")).to_pylist()
    return [None if value is None else value.replace(tzinfo=UTC) for value in naive]


def batches_of(table: Table, size: int) -> Iterator[Batch]:
    """Cut the rows to be loaded into batches, in the order of the file."""
    names = list(table.columns)
    rows = pa.table([table.selected(name) for name in names], names=names)
    lines = table.lines[table.good]
    for number, first in enumerate(range(0, len(lines), size)):
        part = rows.slice(first, size)
        yield Batch(
            number,
            part,
            int(lines[first]),
            int(lines[min(first + size, len(lines)) - 1]),
            digest(part, table.contract.checksum),
        )


def digest(rows: pa.Table, contract: str) -> str:
    """Return the SHA-256 of typed rows under a contract."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows.combine_chunks())
    return hashlib.sha256(contract.encode() + sink.getvalue()).hexdigest()


@dataclass(frozen=True)
class FileState:
    """What is to be done with a file, after a look into the ledger.

    Attributes:
        key: Its key.
        stamp: Run id that its rows carry; a resumed load keeps that of the load it completes.
        fresh: Whether nothing of it counts as loaded.
        done: Digest by number of the batches that are in the graph.
        complete: Whether a load of it has ended.
        batch_size: Rows per batch of that load.
        previous_as_of: Latest instant of an earlier extract of the same dataset and source.
    """

    key: str
    stamp: str
    fresh: bool
    done: dict[int, str]
    complete: bool
    batch_size: int
    previous_as_of: datetime | None


def file_state(
    graph: Graph,
    source: Source,
    sha256: str,
    *,
    name: str,
    keys: list[str],
    run_id: str,
    batch_size: int,
    restart: bool,
) -> FileState:
    """Look a file up in the ledger.

    What another file of the same dataset and source wrote after it counts as newer: then this file is loaded anew,
    so that the last load wins.

    Args:
        graph: The database.
        source: The file.
        sha256: Digest of its bytes.
        name: Name of the system it comes from.
        keys: Keys of all files of this load.
        run_id: This load.
        batch_size: Rows per batch asked for.
        restart: Whether the ledger is to be ignored.

    Raises:
        UsageProblem: An unfinished load of the file had another batch size or another contract.
    """
    key = file_key(source, sha256, name)
    params = {"key": key, "dataset": source.contract.dataset, "source": name, "keys": keys}
    row = graph.read(saved_text("internal", "load-ledger-file"), params, name="load-ledger-file").single() or {}
    status, previous = row.get("status"), row.get("as_of_other")
    newest = row.get("newest_other")
    stale = newest is not None and newest > (row.get("first_version") or 0)
    if status not in ("loading", "done") or restart or stale:
        return FileState(key, run_id, True, {}, False, batch_size, previous)
    contract = contract_checksum(source)
    if status == "loading" and (row["batch_size"] != batch_size or row["contract"] != contract):
        what = "another batch size" if row["batch_size"] != batch_size else "another contract or mapping"
        raise UsageProblem(
            f"`{source.path.name}` is half loaded with {what}, so its batches do not match",
            code="resume-refused",
            hint=f"repeat the load with `--batch-size {row['batch_size']}` and the same mapping, or load the file anew "
            "with `--restart`",
        )
    batches = graph.read(saved_text("internal", "load-ledger-batches"), {"key": key}, name="load-ledger-batches")
    done = {number: digest for number, digest in batches.rows}
    return FileState(key, row["stamp"], False, done, status == "done", row["batch_size"], previous)


def contract_checksum(source: Source) -> str:
    """Return the checksum of what decides how a file is read."""
    return hashlib.sha256((source.contract.checksum + source.mapping.checksum).encode()).hexdigest()
