"""One connection to one database: reads for people, columns for kernels, transactions for writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

import neo4j
import numpy as np
from neo4j import GraphDatabase, NotificationMinimumSeverity, Query, unit_of_work
from pydantic import SecretStr

from influence import __version__
from influence.errors import ConfigError, QueryFailed
from influence.graph.facts import ServerFacts, require_gds
from influence.graph.failures import hopeless_at_once, translated
from influence.settings import is_address
from influence.telemetry import statement

if TYPE_CHECKING:
    from graphdatascience import GraphDataScience

__all__ = ["Columns", "Counters", "Graph", "Plan", "Rows", "Transaction"]

T = TypeVar("T")
Columns = dict[str, "np.ndarray[Any, Any]"]

READ_TIMEOUT = 60.0
"""Seconds a read for a person may take unless its header says otherwise."""
BULK_TIMEOUT = 3600.0
"""Seconds one chunk of a bulk read or one write may take."""
COUNTING = 60
"""Seconds to wait for the server to count what its indexes hold."""
CHUNK = 20_000
"""Customers per chunk of a bulk read: some 10^5 to 10^6 collected values in a record."""


@dataclass(frozen=True)
class Rows:
    """The answer to a read.

    Attributes:
        columns: Column names in the order of the `RETURN`.
        rows: One tuple a row, values as Python objects (temporal values as Python datetimes).
        truncated: Whether the row cap cut the answer.
        milliseconds: Time until the server had consumed the answer.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    truncated: bool = False
    milliseconds: int = 0

    def dicts(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def single(self) -> dict[str, Any] | None:
        """Return the first row as a dictionary, or `None` when there is none."""
        return dict(zip(self.columns, self.rows[0], strict=True)) if self.rows else None


@dataclass(frozen=True)
class Counters:
    """What a write changed on the server."""

    nodes_created: int = 0
    nodes_deleted: int = 0
    relationships_created: int = 0
    relationships_deleted: int = 0
    properties_set: int = 0

    def __add__(self, other: Counters) -> Counters:
        """Add two counts."""
        return Counters(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Plan:
    """What `EXPLAIN` says of a statement.

    Attributes:
        query_type: "r" reads, "w" writes, "rw" both, "s" schema.
        operators: Names of all operators in the plan, without the runtime suffix.
        procedures: Signatures of the procedures it calls, as the planner prints them.
        notices: GQL status codes of the notifications.
    """

    query_type: str
    operators: frozenset[str]
    procedures: tuple[str, ...] = ()
    notices: tuple[str, ...] = field(default=())


class Transaction(Protocol):
    """What a unit of work passed to `Graph.write` may do."""

    @property
    def counters(self) -> Counters:
        """What the statements of this transaction have changed so far."""

    def run(self, text: str, name: str, /, **params: Any) -> Rows:
        """Run one statement and return all its rows."""


class OpenTransaction:
    """A `Transaction` over the driver's own."""

    def __init__(self, transaction: neo4j.ManagedTransaction, graph: Graph) -> None:
        self.transaction = transaction
        self.graph = graph
        self.prefix = graph.prefix()
        self._counters = Counters()

    @property
    def counters(self) -> Counters:
        """What the statements of this transaction have changed so far."""
        return self._counters

    def run(self, text: str, name: str, /, **params: Any) -> Rows:
        """Run one statement and return all its rows."""
        with self.graph.traced(name, "WRITE"):
            result = self.transaction.run(self.prefix + text, params)
            columns = tuple(result.keys())
            rows = [tuple(map(plain, record.values())) for record in result]
            summary = result.consume()
        self._counters = self._counters + counters(summary)
        return Rows(columns, rows, milliseconds=summary.result_consumed_after or 0)


def plain(value: Any) -> Any:
    """Return temporal values of the driver as Python's own."""
    native = getattr(value, "to_native", None)
    return native() if native is not None else value


def counters(summary: neo4j.ResultSummary) -> Counters:
    """Return the counters of a result."""
    source = summary.counters
    return Counters(
        source.nodes_created,
        source.nodes_deleted,
        source.relationships_created,
        source.relationships_deleted,
        source.properties_set,
    )


class Graph:
    """One database of one server.

    Use it as a context manager. It is safe to share between threads: each call opens its own session.
    """

    def __init__(
        self,
        uri: str,
        username: str,
        password: SecretStr,
        database: str = "neo4j",
        *,
        cypher_version: str | None = None,
        connect_timeout: float = 15.0,
    ) -> None:
        if not is_address(uri):
            raise ConfigError(
                "the address of the database holds more than an address",
                hint="write it as neo4j://host:7687; user name and password are arguments of their own",
            )
        self.uri = uri
        self.database = database
        self._cypher_version = cypher_version
        self._facts: ServerFacts | None = None
        self._connect: Callable[[str], neo4j.Driver] = partial(
            GraphDatabase.driver,
            auth=(username, password.get_secret_value()),
            user_agent=f"influence/{__version__}",
            connection_timeout=connect_timeout,
            max_connection_lifetime=3000,
            liveness_check_timeout=300,
            keep_alive=True,
            max_transaction_retry_time=30,
            notifications_min_severity=NotificationMinimumSeverity.WARNING,
            notifications_disabled_classifications=["UNRECOGNIZED"],
            warn_notification_severity=NotificationMinimumSeverity.OFF,
        )
        with translated("connect", uri):
            try:
                self.driver = self._connect(uri)
            except ValueError as error:
                raise neo4j.exceptions.ConfigurationError(str(error)) from error

    def __enter__(self) -> Self:
        """Return the graph."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self.driver.close()

    def disconnect(self) -> None:
        """Close all connections; the next use opens new ones. For a server that is about to be stopped and started."""
        self.move(self.uri)

    def move(self, uri: str) -> None:
        """Follow the server to another address, such as another port after a restart."""
        self.driver.close()
        self.uri = uri
        self.driver = self._connect(uri)

    # ── what the server is ────────────────────────────────────────────────

    def facts(self) -> ServerFacts:
        """Ask the server for its versions once, and remember them.

        Raises:
            ServerUnavailable: It does not answer.
            AuthFailed: It refuses the credentials.
        """
        if self._facts is None:
            with translated("connect", self.uri), self.driver.session(database=self.database) as session:
                self.driver.verify_connectivity()
                component = session.run("CALL dbms.components() YIELD name, versions, edition").data()
                kernel = next(row for row in component if row["name"] == "Neo4j Kernel")
                try:
                    record = session.run("RETURN gds.version() AS version").single()
                    gds = record["version"] if record else None
                except neo4j.exceptions.ClientError:
                    gds = None
            self._facts = ServerFacts(
                version=kernel["versions"][0],
                edition=kernel["edition"],
                gds=gds,
                agent=neo4j.get_user_agent(),  # type: ignore[no-untyped-call]
            )
        return self._facts

    def require_suitable(self) -> ServerFacts:
        """Return the facts when the server can serve `influence`.

        Raises:
            ServerUnsuitable: It is too old or has no Graph Data Science.
        """
        return require_gds(self.facts())

    def prefix(self) -> str:
        """Return the language selector put before every statement, or nothing."""
        if self._cypher_version and self.facts().speaks_cypher_25:
            return f"CYPHER {self._cypher_version} "
        return ""

    def traced(self, name: str, operation: str) -> AbstractContextManager[None]:
        """Return the span of one statement."""
        return statement(name, operation, self.uri, self.database)

    # ── reads for people ──────────────────────────────────────────────────

    def read(
        self,
        text: str,
        params: Mapping[str, Any] | None = None,
        *,
        name: str,
        timeout: float = READ_TIMEOUT,
        max_rows: int | None = None,
        once: bool = False,
    ) -> Rows:
        """Run one statement in READ access mode.

        Args:
            text: One Cypher statement.
            params: Its parameters.
            name: Name of the saved query; tags the transaction and names it in errors.
            timeout: Seconds after which the server ends it.
            max_rows: Stop after this many rows and say so in `truncated`.
            once: Do not ask again when the server is lost during the statement: for statements of others, which may
                be the reason.

        Raises:
            QueryFailed: It is refused (writes, syntax) or ran into a limit.
            ServerUnavailable: The server was lost.
        """

        @unit_of_work(metadata={"app": "influence", "name": name}, timeout=timeout)
        def work(transaction: neo4j.ManagedTransaction) -> Rows:
            with hopeless_at_once(name, self.uri, lost=once), self.traced(name, "READ"):
                result = transaction.run(self.prefix() + text, dict(params or {}))
                columns = tuple(result.keys())
                rows: list[tuple[Any, ...]] = []
                truncated = False
                for record in result:
                    if max_rows is not None and len(rows) >= max_rows:
                        truncated = True
                        break
                    rows.append(tuple(map(plain, record.values())))
                summary = result.consume()
            return Rows(columns, rows, truncated, summary.result_consumed_after or 0)

        with translated(name, self.uri), self.driver.session(database=self.database, default_access_mode="READ") as s:
            return s.execute_read(work)

    def explain(self, text: str, params: Mapping[str, Any] | None = None, *, name: str) -> Plan:
        """Ask the planner what a statement would do, without running it.

        Args:
            text: One Cypher statement.
            params: Its parameters; without them the plan is the same, but the server warns that they are missing.
            name: Name of the saved query.

        Raises:
            QueryFailed: It is not valid Cypher.
        """
        session = self.driver.session(database=self.database, default_access_mode="READ")
        with translated(name, self.uri), session as s, self.traced(name, "EXPLAIN"):
            summary = s.run(Query(f"{self.prefix()}EXPLAIN {text}"), dict(params or {})).consume()
        operators: set[str] = set()
        procedures: list[str] = []
        pending = [summary.plan] if summary.plan else []
        while pending:
            step = pending.pop()
            operator = step["operatorType"].split("@")[0]
            operators.add(operator)
            if operator == "ProcedureCall":
                procedures.append(step.get("args", {}).get("Details", ""))
            pending.extend(step.get("children", []))
        return Plan(
            query_type=summary.query_type or "",
            operators=frozenset(operators),
            procedures=tuple(procedures),
            notices=tuple(status.gql_status for status in summary.gql_status_objects),
        )

    # ── columns for kernels ───────────────────────────────────────────────

    def read_columns(
        self,
        text: str,
        params: Mapping[str, Any] | None = None,
        *,
        name: str,
        dtypes: Mapping[str, Any],
        after: str = "",
        chunk: int = CHUNK,
        on_chunk: Callable[[int], None] | None = None,
    ) -> Columns:
        """Read many rows as arrays, a chunk of rows to a record.

        The statement takes `$after` (string, exclusive) and `$chunk`, walks the next `$chunk` nodes in the
        order of an indexed key, and returns one record: `last`, the key of the last node of the chunk (null
        when there is none), and one list per column, all of the same length.

        Args:
            text: The statement.
            params: Further parameters.
            name: Name of the saved query.
            dtypes: Column name to NumPy dtype; `str` gives a fixed-width unicode array.
            after: Key after which the walk begins.
            chunk: Nodes per chunk.
            on_chunk: Told the number of rows of each chunk, for progress.

        Returns:
            One array per column, in the order of the chunks.

        Raises:
            QueryFailed: The lists of a chunk differ in length.
        """
        pieces: dict[str, list[np.ndarray[Any, Any]]] = {column: [] for column in dtypes}
        for part in self.read_column_chunks(text, params, name=name, dtypes=dtypes, after=after, chunk=chunk):
            for column in dtypes:
                pieces[column].append(part[column])
            if on_chunk is not None:
                on_chunk(len(next(iter(part.values()), ())))
        return {
            column: np.concatenate(pieces[column]) if pieces[column] else np.empty(0, dtype=dtype)
            for column, dtype in dtypes.items()
        }

    def read_column_chunks(
        self,
        text: str,
        params: Mapping[str, Any] | None = None,
        *,
        name: str,
        dtypes: Mapping[str, Any],
        after: str = "",
        chunk: int = CHUNK,
    ) -> Iterator[Columns]:
        """Yield what `read_columns` returns, chunk by chunk, for readers who keep less of it than there is.

        Raises:
            QueryFailed: The lists of a chunk differ in length.
        """
        for record in self._chunks(text, params, name, after, chunk):
            lengths = {column: len(record[column]) for column in dtypes}
            if len(set(lengths.values())) > 1:
                raise QueryFailed(
                    f"`{name}` returned lists of different lengths", code="ragged-columns", lengths=lengths
                )
            yield {column: np.asarray(record[column], dtype=dtype) for column, dtype in dtypes.items()}

    def _chunks(
        self, text: str, params: Mapping[str, Any] | None, name: str, after: str, chunk: int
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the records of a chunked statement until its walk ends."""
        with self.driver.session(database=self.database, default_access_mode="READ") as session:
            while True:

                @unit_of_work(metadata={"app": "influence", "name": name}, timeout=BULK_TIMEOUT)
                def work(transaction: neo4j.ManagedTransaction, after: str = after) -> Mapping[str, Any] | None:
                    given = {**(params or {}), "after": after, "chunk": chunk}
                    with self.traced(name, "READ"):
                        return transaction.run(self.prefix() + text, given).single()

                with translated(name, self.uri):
                    record = session.execute_read(work)
                if record is None or record["last"] is None:
                    return
                yield record
                after = record["last"]

    # ── writes ────────────────────────────────────────────────────────────

    def write(
        self, work: Callable[[Transaction], T], *, name: str, run_id: str = "", timeout: float = BULK_TIMEOUT
    ) -> T:
        """Run a unit of work in one write transaction; it may run twice after a transient failure.

        Raises:
            AlreadyCommitted: A uniqueness constraint refused it.
            QueryFailed: The server refused it.
            ServerUnavailable: The server was lost; whether it was committed is unknown.
        """

        @unit_of_work(metadata={"app": "influence", "name": name, "run_id": run_id}, timeout=timeout)
        def unit(transaction: neo4j.ManagedTransaction) -> T:
            with hopeless_at_once(name, self.uri):
                return work(OpenTransaction(transaction, self))

        with translated(name, self.uri), self.driver.session(database=self.database) as session:
            return session.execute_write(unit)

    def execute(self, text: str, params: Mapping[str, Any] | None = None, *, name: str, run_id: str = "") -> Counters:
        """Run one writing statement in its own transaction and return what it changed."""

        def work(transaction: Transaction) -> Counters:
            transaction.run(text, name, **dict(params or {}))
            return transaction.counters

        return self.write(work, name=name, run_id=run_id)

    def write_batches(
        self,
        text: str,
        rows: Sequence[Mapping[str, Any]],
        params: Mapping[str, Any] | None = None,
        *,
        name: str,
        run_id: str = "",
        batch_size: int = 10_000,
        before_batch: Callable[[Transaction], None] | None = None,
        on_batch: Callable[[int], None] | None = None,
    ) -> Counters:
        """Write rows through a statement that begins `UNWIND $rows AS row`, a transaction per batch.

        Args:
            text: The statement; it must be safe to run twice.
            rows: Parameter maps.
            params: Further parameters.
            name: Name of the saved query.
            run_id: Run this belongs to; tags the transactions.
            batch_size: Rows per transaction.
            before_batch: Runs first in each transaction, for a ledger entry or a fencing check.
            on_batch: Told the rows of each committed batch.
        """
        total = Counters()
        for first in range(0, len(rows), batch_size):
            batch = list(rows[first : first + batch_size])

            def work(transaction: Transaction, batch: list[Mapping[str, Any]] = batch) -> Counters:
                if before_batch is not None:
                    before_batch(transaction)
                transaction.run(text, name, rows=batch, **dict(params or {}))
                return transaction.counters

            total = total + self.write(work, name=name, run_id=run_id)
            if on_batch is not None:
                on_batch(len(batch))
        return total

    def execute_schema(self, text: str, *, name: str) -> None:
        """Run one schema statement (constraint, index) in its own implicit transaction."""
        with (
            translated(name, self.uri),
            self.driver.session(database=self.database) as session,
            self.traced(name, "SCHEMA"),
        ):
            session.run(Query(self.prefix() + text)).consume()

    def refresh_statistics(self) -> None:
        """Let the server count what its indexes hold, before it plans anything that follows.

        By itself it counts a while after a large write. A plan made meanwhile takes a full index for an empty one and
        goes through all of it once per customer.
        """
        try:
            self.read(f"CALL db.prepareForReplanning({COUNTING})", name="prepare-for-replanning", timeout=2 * COUNTING)
        except QueryFailed:  # this one waits, and needs a right that the user of a shared server may lack
            self.read("CALL db.resampleOutdatedIndexes()", name="resample-indexes")

    # ── Graph Data Science ────────────────────────────────────────────────

    @contextmanager
    def gds(self) -> Iterator[GraphDataScience]:
        """Open the typed Graph Data Science client on this connection.

        Raises:
            ServerUnsuitable: The server has no Graph Data Science or is too old.
        """
        from graphdatascience import GraphDataScience

        self.require_suitable()
        with translated("gds", self.uri):
            yield GraphDataScience(self.driver, database=self.database, arrow=False, show_progress=False)
