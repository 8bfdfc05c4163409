"""The checked rows of all files as intermediates: what the load statements of `cypher/loads` would make of them.

Labels, types, ends and properties come from the contracts; nothing is decided here about a single cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from influence.files import unwritable
from influence.load.bulk.firsts import first_purchases
from influence.load.bulk.intermediates import Group, Numbers, write_group
from influence.load.contract import Contract, contracts
from influence.load.ledger import batches_of, contract_checksum, file_key
from influence.load.table import Table
from influence.progress import Progress

if TYPE_CHECKING:
    from influence.load.reading import Loading

__all__ = ["Run", "Staged", "relationship_of", "stage"]

SHAPE: Final = re.compile(r"\(:\w+\)-\[:(?P<type>\w+)\]->?\(:(?P<label>\w+)")
WORKERS: Final = 2
"""Threads that write intermediates; Arrow and hashing let each other run."""


@dataclass(frozen=True)
class Run:
    """What the load knows of itself.

    Attributes:
        id: Its id.
        source: System the files come from.
        as_of: Instant of the extract, when one was given.
        batch_size: Rows a batch of the ledger.
        now: Instant of the load.
        lock: Properties of the lock that it holds.
        key_check: By which the key of the pseudonyms is recognised.
        erased: Keyed hashes of erased customers, and when they were erased.
    """

    id: str
    source: str
    as_of: datetime | None
    batch_size: int
    now: datetime
    lock: Mapping[str, Any]
    key_check: str
    erased: Sequence[Mapping[str, Any]] = ()

    @property
    def stamps(self) -> dict[str, str]:
        """What every row carries."""
        return {"run_id": self.id, "loaded_from": self.source}


@dataclass(frozen=True)
class Staged:
    """All intermediates of a load.

    Attributes:
        groups: The files.
        first_marks: Purchases marked as the first of their product and customer.
    """

    groups: tuple[Group, ...]
    first_marks: int


def relationship_of(contract: Contract) -> tuple[str, str]:
    """Return the type of the relationships that the rows of a dataset become, and the label at their end."""
    match = SHAPE.match(contract.shape)
    assert match is not None, contract.dataset  # noqa: S101  (the contracts are ours)
    return match["type"], match["label"]


def stage(loadings: Sequence[Loading], run: Run, folder: Path, progress: Progress) -> Staged:
    """Write the intermediates of all files.

    Args:
        loadings: The checked files, none of which repeats a key of another.
        run: The load.
        folder: Where to; made here.
        progress: Where to report.

    Raises:
        UsageProblem: The disk is full, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True)
        return written_groups(Staging(loadings, run, folder), progress)
    except OSError as error:
        raise unwritable(folder, error) from error


def written_groups(staging: Staging, progress: Progress) -> Staged:
    """Write the intermediates, several files at a time."""
    loadings, run = staging.loadings, staging.run
    with progress.task("preparing the import", sum(loading.report.loaded for loading in loadings)) as task:
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="stage") as pool:
            written = [pool.submit(work) for work in staging.works()]
            entries = [pool.submit(ledger_entries, loading.table, run.batch_size) for loading in loadings]
            for loading, future in zip(loadings, entries, strict=True):
                staging.enter(loading, future.result())
                task.advance(loading.report.loaded)
            groups = [group for future in written for group in future.result()]
    return Staged((*groups, *staging.books()), staging.first_marks)


def ledger_entries(table: Table, batch_size: int) -> list[dict[str, Any]]:
    """Return what the ledger keeps of the batches of a file."""
    return [batch.entry() for batch in batches_of(table, batch_size)]


Work = Callable[[], list[Group]]


class Staging:
    """The intermediates of one load while they are written."""

    def __init__(self, loadings: Sequence[Loading], run: Run, folder: Path) -> None:
        self.loadings = loadings
        self.run = run
        self.folder = folder
        self.numbers = Numbers()
        self.files: list[dict[str, Any]] = []
        self.batches: list[dict[str, Any]] = []
        self.first_marks = 0

    def works(self) -> list[Work]:
        """Number all nodes and return the pieces of work that write them and their relationships."""
        works: list[Work] = []
        for place, loading in enumerate(self.loadings):
            contract, table = loading.source.contract, loading.table
            stem = f"{place:03}-{contract.dataset}"
            if contract.is_node:
                works.append(self.nodes(f"{stem}", contract.name, table, contract.key[0]))
            for dataset, ids in loading.inferred.items():
                works.append(self.inferred(f"{stem}-{dataset}", dataset, ids))
        for place, loading in enumerate(self.loadings):
            contract, table = loading.source.contract, loading.table
            if contract.is_node:
                continue
            stem = f"{place:03}-{contract.dataset}"
            kind, label = relationship_of(contract)
            if contract.name != kind:  # the row is a node of its own, tied to a customer
                assert contract.identity is not None  # noqa: S101  (so says its contract)
                works.append(self.nodes(f"{stem}-nodes", label, table, contract.identity))
            elif label == "Channel":
                works.append(self.channels(f"{stem}-nodes", label, table))
        return [*works, *self.relationships()]

    def nodes(self, stem: str, label: str, table: Table, key: str) -> Work:
        """Return the work of writing the rows of a table as nodes."""
        ids = table.selected(key)
        numbers = self.numbers.add(label, ids)

        def work() -> list[Group]:
            columns = {":ID": pa.array(numbers), "id": ids, **properties_of(table)}
            return [write_group(self.folder, stem, label, columns, self.run.stamps, nodes=True)]

        return work

    def inferred(self, stem: str, dataset: str, ids: pa.Array) -> Work:
        """Return the work of writing nodes that files refer to and none describes."""
        label = contracts()[dataset].name
        numbers = self.numbers.add(label, ids)

        def work() -> list[Group]:
            columns = {":ID": pa.array(numbers), "id": ids, "inferred": pa.repeat(True, len(ids))}
            return [write_group(self.folder, stem, label, columns, self.run.stamps, nodes=True)]

        return work

    def channels(self, stem: str, label: str, table: Table) -> Work:
        """Return the work of writing the channels of contacts, which carry nothing but their id."""
        ids = pc.unique(table.selected(table.contract.ends[1]))
        ids = self.numbers.unknown(label, ids)
        numbers = self.numbers.add(label, ids)

        def work() -> list[Group]:
            columns = {":ID": pa.array(numbers), "id": ids}
            return [write_group(self.folder, stem, label, columns, {}, nodes=True)]

        return work

    def relationships(self) -> list[Work]:
        """Return the work of writing relationships, the largest first."""
        ties = [(place, one) for place, one in enumerate(self.loadings) if not one.source.contract.is_node]
        ties.sort(key=lambda pair: -pair[1].report.loaded)
        purchases = [pair for pair in ties if pair[1].source.contract.dataset == "purchases"]
        works = [self.relate(*pair) for pair in ties if pair not in purchases]
        return [self.buy(purchases), *works] if purchases else works

    def relate(self, place: int, loading: Loading) -> Work:
        """Return the work of writing the relationships of a file."""

        def work() -> list[Group]:
            table = loading.table
            kind, _ = relationship_of(table.contract)
            start, end = self.ends(table)
            return [self.group(place, kind, table, start, end)]

        return work

    def buy(self, purchases: Sequence[tuple[int, Loading]]) -> Work:
        """Return the work of writing purchases, of which the first of all files are marked."""

        def work() -> list[Group]:
            tables = [loading.table for _, loading in purchases]
            ends = [self.ends(table) for table in tables]
            first = first_purchases(
                np.concatenate([start.to_numpy() for start, _ in ends]),
                np.concatenate([end.to_numpy() for _, end in ends]),
                np.concatenate([table.selected("at").cast(pa.int64()).to_numpy() for table in tables]),
                np.concatenate([countable(table) for table in tables]),
                pa.concat_arrays([table.selected("line_id") for table in tables]),
            )
            self.first_marks = int(first.sum())
            groups, begin = [], 0
            for (place, loading), (start, end) in zip(purchases, ends, strict=True):
                own = first[begin : begin + len(start)]
                begin += len(start)
                marks = {"first": pa.array(np.ones(len(own), bool), mask=~own)}
                groups.append(self.group(place, "BOUGHT", loading.table, start, end, marks))
            return groups

        return work

    def group(
        self,
        place: int,
        kind: str,
        table: Table,
        start: pa.Array,
        end: pa.Array,
        more: Mapping[str, pa.Array] | None = None,
    ) -> Group:
        """Write the relationships of a file."""
        contract = table.contract
        columns: dict[str, pa.Array] = {":START_ID": start, ":END_ID": end}
        if contract.name == kind:  # otherwise the row's node has its identity and properties
            if contract.identity is not None:
                columns[contract.identity] = table.selected(contract.identity)
            columns |= properties_of(table)
        columns |= more or {}
        stem = f"{place:03}-{contract.dataset}"
        return write_group(self.folder, stem, kind, columns, self.run.stamps, nodes=False)

    def ends(self, table: Table) -> tuple[pa.Array, pa.Array]:
        """Return the node numbers that the rows of a file connect."""
        contract = table.contract
        _, label = relationship_of(contract)
        first, *others = contract.ends
        start = self.numbers.of(label_of(contract, first, label), table.selected(first))
        if not others:  # the row's own node
            others = [contract.identity or first]
        ends = [
            self.numbers.of(label_of(contract, name, label), table.selected(name))
            for name in others
            if name in table.columns
        ]
        return start, ends[0] if len(ends) == 1 else pc.coalesce(*ends)

    # ── book-keeping ──────────────────────────────────────────────────────

    def enter(self, loading: Loading, entries: Sequence[dict[str, Any]]) -> None:
        """Enter a file and its batches into the ledger, as half loaded: it is closed when the schema stands."""
        source, counts = loading.source, loading.report
        key = file_key(source, loading.file.sha256, self.run.source)
        version = len(self.files) + 1 if entries else None
        self.files.append(
            {
                "key": key,
                "dataset": counts.dataset,
                "name": counts.file,
                "sha256": loading.file.sha256,
                "part": source.part,
                "batch_size": self.run.batch_size,
                "batches": len(entries),
                "contract": contract_checksum(source),
                "stamp": self.run.id,
                "as_of": self.run.as_of,
                "read": counts.read,
                "first_version": version,
                "last_version": version,
                "status": "loading",
                "started_at": self.run.now,
                **self.run.stamps,
            }
        )
        self.batches += [
            {"key": f"{key}/{entry['batch_no']}", **entry, "file": key, "committed_at": self.run.now, **self.run.stamps}
            for entry in entries
        ]

    def books(self) -> list[Group]:
        """Write the ledger, the version of the data, the lock, and who was erased."""
        state = {"id": "data", "epoch": str(uuid4()), "version": len(self.files), "key_check": self.run.key_check}
        return [
            self.book("_InfluenceFile", self.files),
            *([self.book("_InfluenceBatch", self.batches)] if self.batches else []),
            self.book("_InfluenceState", [state]),
            self.book("_InfluenceLock", [dict(self.run.lock)]),
            *([self.book("_InfluenceErased", self.run.erased)] if self.run.erased else []),
        ]

    def book(self, label: str, rows: Sequence[Mapping[str, Any]]) -> Group:
        """Write nodes of book-keeping."""
        numbers = self.numbers.add(label, pa.array([str(number) for number in range(len(rows))]))
        columns = {":ID": pa.array(numbers)}
        columns |= {name: pa.array([row[name] for row in rows]) for name in rows[0]}
        return write_group(self.folder, f"book-{label}", label, columns, {}, nodes=True)


def label_of(contract: Contract, column: str, label: str) -> str:
    """Return the label of the nodes that an end column names."""
    dataset = contract.references.get(column)
    return contracts()[dataset].name if dataset else label


def properties_of(table: Table) -> dict[str, pa.Array]:
    """Return the rows to be loaded as columns by property name."""
    names = table.contract.properties
    return {names[column]: table.selected(column) for column in table.columns if column in names}


def countable(table: Table) -> NDArray[np.bool_]:
    """Return which purchases can be first ones: not refunded, and no return."""
    counts = np.ones(int(table.good.sum()), bool)
    if "refunded" in table.columns:
        counts &= ~pc.fill_null(table.selected("refunded"), False).to_numpy(zero_copy_only=False)
    if "quantity" in table.columns:
        counts &= pc.fill_null(table.selected("quantity"), 1).to_numpy() > 0
    return counts
