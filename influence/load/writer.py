"""Batches into the graph: each with its ledger entry, its lease check and its data version in one transaction."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from influence.errors import QueryFailed, ServerUnavailable
from influence.graph import Graph, Transaction
from influence.graph.failures import AlreadyCommitted
from influence.lease import Lease
from influence.load.contract import Contract
from influence.load.ledger import Batch, FileState, data_changed
from influence.load.table import Table
from influence.queries import saved_text

__all__ = ["TieHistory", "Writer"]

PAUSES: Final = (0.5, 2.0, 5.0)
"""Seconds before a batch is tried again when its outcome is unknown; the ledger makes trying again safe."""
PATIENCE: Final = 5.0
"""Seconds that a load which is stopped waits for the batch under way."""
MARKED: Final = 2_000
"""Customers whose first purchases are marked in one transaction."""


@dataclass(frozen=True)
class TieHistory:
    """What the load of ties must know of the past.

    Attributes:
        opened: Begin of ties that are new since the snapshot before, or `None` when there was none.
        as_of: Instant of this extract.
        swept: Pairs with a period that a sweep closed.
    """

    opened: datetime | None
    as_of: datetime
    swept: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Written:
    """What a batch changed.

    Attributes:
        created: Rows that were new.
        updated: Rows that were there.
    """

    created: int
    updated: int


class Writer:
    """Writes the rows of one load.

    Args:
        graph: The database.
        lease: The right to write.
        source: Name of the system the rows come from.
        now: Instant of the load.
    """

    def __init__(self, graph: Graph, lease: Lease, source: str, now: datetime) -> None:
        self.graph = graph
        self.lease = lease
        self.source = source
        self.now = now

    def change(self, name: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        """Run one internal statement that changes data, in a transaction of its own."""

        def work(transaction: Transaction) -> list[dict[str, Any]]:
            self.lease.renew_in(transaction)
            data_changed(transaction)
            return transaction.run(saved_text("internal", name), name, **params).dicts()

        return self.graph.write(work, name=name, run_id=self.lease.run_id)

    def record(self, name: str, params: dict[str, Any]) -> None:
        """Run one internal statement of the ledger, in a transaction of its own."""

        def work(transaction: Transaction) -> None:
            self.lease.renew_in(transaction)
            given = {**params, "source": self.source, "run_id": self.lease.run_id}
            transaction.run(saved_text("internal", name), name, **given)

        self.graph.write(work, name=name, run_id=self.lease.run_id)

    def infer(self, dataset: str, ids: pa.Array, batch_size: int) -> None:
        """Create the nodes that files refer to and no file describes."""
        for first in range(0, len(ids), batch_size):
            rows = sorted(ids.slice(first, batch_size).to_pylist())
            params = {"rows": rows, "source": self.source, "run_id": self.lease.run_id}
            self.change(f"load-infer-{dataset}", params)

    def batches(
        self, table: Table, batches: Iterable[Batch], state: FileState, history: TieHistory | None
    ) -> Iterator[tuple[Batch, Written | None]]:
        """Write batches one after the other, preparing the next while the server works on one.

        Leaving the iteration, also by an interrupt, lets the batch under way finish; one that takes longer than
        `PATIENCE` is rolled back.

        Yields:
            Every batch with what it changed, or `None` when the ledger says that it is in the graph already.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="load") as worker:
            pending: tuple[Batch, Future[Written | None]] | None = None
            try:
                for batch in batches:
                    if state.done.get(batch.number) == batch.digest:
                        yield batch, None
                        continue
                    rows = batch.rows(table)
                    if pending is not None:
                        yield pending[0], pending[1].result()
                    pending = batch, worker.submit(self.commit, table.contract, batch, rows, state, history)
                if pending is not None:
                    yield pending[0], pending[1].result()
            except BaseException:
                if pending is not None and wait([pending[1]], PATIENCE).not_done:
                    self.lease.end_transactions()
                raise

    def commit(
        self,
        contract: Contract,
        batch: Batch,
        rows: list[dict[str, Any]],
        state: FileState,
        history: TieHistory | None,
    ) -> Written | None:
        """Write one batch, again after a failure whose outcome is unknown.

        Returns:
            What it changed; `None` when it turns out to be in the graph already.

        Raises:
            QueryFailed: The server refuses it.
            ServerUnavailable: The server stays away.
            LeaseLost: Another run has taken over.
        """
        make_room = False

        def work(transaction: Transaction) -> Written | None:
            return self.transact(transaction, contract, batch, rows, state, history, make_room)

        for pause in (*PAUSES, None):
            try:
                return self.graph.write(work, name=f"load-{contract.dataset}", run_id=self.lease.run_id)
            except AlreadyCommitted:
                # an order line that belongs to somebody else now: only then is looking for the old one worth its price
                if make_room or contract.dataset != "purchases":
                    raise
                make_room = True
            except ServerUnavailable:
                if pause is None:
                    raise
                time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def transact(
        self,
        transaction: Transaction,
        contract: Contract,
        batch: Batch,
        rows: list[dict[str, Any]],
        state: FileState,
        history: TieHistory | None,
        make_room: bool,
    ) -> Written | None:
        """Do everything that belongs to one batch in one transaction."""
        self.lease.renew_in(transaction)
        data_changed(transaction)
        entry = {
            "batch": f"{state.key}/{batch.number}",
            "key": state.key,
            "entry": batch.entry(),
            "source": self.source,
            "run_id": self.lease.run_id,
        }
        ledger = transaction.run(saved_text("internal", "load-ledger-batch"), "load-ledger-batch", **entry).single()
        if ledger is None:
            raise QueryFailed(
                f"the ledger has lost `{state.key.split('/')[0]}` while it was being loaded",
                code="ledger-lost",
                hint="run the load again",
            )
        if ledger["committed"]:
            return None
        owners: list[str] = []
        if make_room:
            name = "load-moved-purchases"
            owners = transaction.run(saved_text("internal", name), name, rows=rows).rows[0][0]
        before = transaction.counters
        stamps = {"run_id": state.stamp, "source": self.source}
        written = self.write_rows(transaction, contract, rows, stamps, history)
        after = transaction.counters
        if written != len(rows):
            raise QueryFailed(
                f"{len(rows) - written} rows of `{contract.dataset}` lost the nodes they connect during the load",
                code="ends-vanished",
                hint="run the load again",
            )
        if owners:
            mark_first(transaction, owners)
        if contract.is_node:
            created = after.nodes_created - before.nodes_created
        else:
            created = after.relationships_created - before.relationships_created
        return Written(created, len(rows) - created)

    def write_rows(
        self,
        transaction: Transaction,
        contract: Contract,
        rows: list[dict[str, Any]],
        stamps: dict[str, str],
        history: TieHistory | None,
    ) -> int:
        """Run the load statement of a dataset; returns the number of rows it has dealt with."""
        name = contract.dataset.replace("_", "-")
        text = saved_text("load", name)
        if history is None:
            return int(transaction.run(text, name, rows=rows, **stamps).rows[0][0])
        one, other = contract.ends
        again = [row for row in rows if (row[one], row[other]) in history.swept] if history.swept else []
        plain = [row for row in rows if (row[one], row[other]) not in history.swept] if again else rows
        done = int(transaction.run(text, name, rows=plain, opened=history.opened, **stamps).rows[0][0])
        if again:
            name = f"load-again-{contract.dataset}"
            text = saved_text("internal", name)
            done += int(transaction.run(text, name, rows=again, as_of=history.as_of, **stamps).rows[0][0])
        return done

    def mark_first_purchases(self, customers: list[str]) -> Iterator[tuple[int, int]]:
        """Mark the first purchase of every product by these customers.

        Yields:
            Customers done, and marks changed, per transaction.
        """
        name = "load-mark-first-purchases"
        for first in range(0, len(customers), MARKED):
            rows = customers[first : first + MARKED]
            yield len(rows), int(self.change(name, {"rows": rows})[0]["changed"])


def mark_first(transaction: Transaction, customers: list[str]) -> None:
    """Mark the first purchases of a few customers inside a transaction."""
    name = "load-mark-first-purchases"
    for first in range(0, len(customers), MARKED):
        transaction.run(saved_text("internal", name), name, rows=customers[first : first + MARKED])
