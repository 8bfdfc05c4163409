"""Driver exceptions turned into ours: by class, then by GQL status, then by code; never by text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    ConstraintError,
    CypherSyntaxError,
    DatabaseUnavailable,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from influence.errors import AuthFailed, ConfigError, InfluenceError, QueryFailed, ServerUnavailable

__all__ = ["AlreadyCommitted", "hopeless_at_once", "translated"]

TIMEOUTS = (
    "Neo.ClientError.Transaction.TransactionTimedOut",
    "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration",
    "Neo.TransientError.Transaction.LockAcquisitionTimeout",
)
ENDED = ("Neo.ClientError.Transaction.LockClientStopped", "Neo.ClientError.Transaction.Terminated")
"""Somebody has ended the transaction, or its time limit did while it waited for a lock."""
MEMORY = ("Neo.TransientError.General.MemoryPoolOutOfMemoryError", "Neo.TransientError.General.OutOfMemoryError")
STOPPED = (
    "Neo.DatabaseError.Transaction.TransactionStartFailed",
    "Neo.DatabaseError.Transaction.TransactionCommitFailed",
    "Neo.DatabaseError.Transaction.TransactionLogError",
)
"""The database has stopped itself, as on a full disk: it answers again when the server has been started anew."""


class AlreadyCommitted(QueryFailed):
    """A uniqueness constraint refused a write: the same key is there already."""

    default_code = "already-committed"


def translate(error: Exception, name: str, uri: str) -> InfluenceError:
    """Return our error for an exception of the driver."""
    code = getattr(error, "code", None) or ""
    match error:
        case AuthError():
            return AuthFailed(
                f"`{uri}` refused the user name or password",
                hint="check `NEO4J_USERNAME` and `NEO4J_PASSWORD_FILE`, or unset `NEO4J_URI` to use the local server",
            )
        case ConstraintError():
            return AlreadyCommitted(f"`{name}` met a key that exists already", name=name)
        case ServiceUnavailable() | SessionExpired() | DatabaseUnavailable() | IncompleteCommit():
            return ServerUnavailable(
                f"lost or cannot reach the server at `{uri}` during `{name}`",
                hint="run `influence doctor`; with the local server, `influence server logs` shows what it said",
                name=name,
            )
        case ConfigurationError():
            return ConfigError(
                f"cannot use `{uri}`: {error}", hint="check `NEO4J_URI`; it looks like neo4j://host:7687"
            )
        case Neo4jError() if code in STOPPED:
            return ServerUnavailable(
                f"the database at `{uri}` has stopped itself, noticed during `{name}`",
                code="database-stopped",
                hint="make room on the server's disk and start the server again; the next command does so with the "
                "local one",
                name=name,
            )
        case Neo4jError() if code in TIMEOUTS:
            return QueryFailed(
                f"`{name}` ran into its time limit and was stopped",
                code="query-timeout",
                hint="ask for less (a smaller `-p limit=`) or raise the limit in the header of the saved query",
                name=name,
            )
        case Neo4jError() if code in ENDED:
            return QueryFailed(
                f"`{name}` was ended on the server, by its time limit or by somebody else",
                code="query-ended",
                hint="run the command again; nothing of its last transaction was kept",
                name=name,
            )
        case Neo4jError() if code in MEMORY:
            return QueryFailed(
                f"`{name}` needs more memory than the server allows for one transaction",
                code="query-memory",
                hint="let it collect less: aggregate or `LIMIT` before `collect()`, or narrow it by a parameter; in a "
                "load, `--batch-size`; for a larger local server, `INFLUENCE_SERVER_PROFILE=analysis`",
                name=name,
            )
        case CypherSyntaxError():
            return QueryFailed(f"`{name}` is not valid Cypher: {error.message}", code="query-syntax", name=name)
        case TransientError():
            return ServerUnavailable(f"the server asks to try `{name}` again ({code})", code="transient", name=name)
        case ClientError() if code == "Neo.ClientError.Statement.AccessMode":
            return QueryFailed(
                f"`{name}` tries to write, which a read-only query may not",
                code="query-writes",
                name=name,
            )
        case Neo4jError():
            return QueryFailed(f"`{name}` failed on the server: {error.message} ({code})", name=name)
        case _:
            return QueryFailed(f"`{name}` failed in the driver: {type(error).__name__}", name=name)


@contextmanager
def hopeless_at_once(name: str, uri: str, *, lost: bool = False) -> Iterator[None]:
    """Turn "out of memory" into ours inside a unit of work, so that the driver does not try it again for a minute.

    Args:
        name: Name of the saved query.
        uri: Address of the server.
        lost: Also a server that is lost meanwhile. The server does not count the memory of a list or text that grows
            inside one expression: it ends when there is none left, and the same statement would end the next one.

    Raises:
        QueryFailed: The statement needs more memory than a transaction may have.
        ServerUnavailable: The server was lost during the statement.
    """
    try:
        yield
    except (ServiceUnavailable, SessionExpired) as error:
        if not lost:
            raise
        raise ServerUnavailable(
            f"lost the server at `{uri}` during `{name}`",
            code="server-lost",
            hint=f"`influence server logs` shows why; when it ran out of memory, `{name}` built too large a list or "
            "text inside one expression: use `UNWIND` and `LIMIT` in its place",
            name=name,
        ) from error
    except TransientError as error:
        if error.code in MEMORY:
            raise translate(error, name, uri) from error
        raise


@contextmanager
def translated(name: str, uri: str) -> Iterator[None]:
    """Turn exceptions of the driver into ours for the statements inside.

    Raises:
        InfluenceError: The subclass that belongs to the failure.
    """
    try:
        yield
    except (DriverError, Neo4jError) as error:
        raise translate(error, name, uri) from error
