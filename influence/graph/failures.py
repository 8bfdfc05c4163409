"""Driver exceptions turned into ours: by class, then by code; never by text.

What the server says may hold a value of a row (`date(c.name)` that fails quotes the name), and what the driver says may
hold the whole address. Our errors end in logs, manifests and summaries, so such words are not passed on: neither in a
message nor as the cause that a traceback would show. Messages about the text of a query are: see `about_the_text`.
"""

from __future__ import annotations

import re
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

ABOUT_THE_TEXT = (
    "Neo.ClientError.Procedure.ProcedureNotFound",
    "Neo.ClientError.Statement.ParameterMissing",
    "Neo.ClientError.Database.DatabaseNotFound",
)
"""What is wrong can be seen before any row is read: the server names what the query or the settings say."""
PLACE = re.compile(r"\(line \d+, column \d+ \(offset: \d+\)\)")
"""How the server points into the text of a query. The code is no sign: `date('…')` on a row has that of bad syntax."""
NO_STATUS = "50N42"
"""GQL status of a failure that has none of its own."""


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
            return AlreadyCommitted(
                f"`{name}` met a key that exists already",
                hint="nothing of this transaction was written; run the command again, and if it fails in the same way, "
                "something else writes into this database: let it end first",
                name=name,
            )
        case ServiceUnavailable() | SessionExpired() | DatabaseUnavailable() | IncompleteCommit():
            return ServerUnavailable(
                f"lost or cannot reach the server at `{uri}` during `{name}`",
                hint="run `influence doctor`; with the local server, `influence server logs` shows what it said",
                name=name,
            )
        case ConfigurationError():
            return ConfigError(
                f"`{uri}` is no address that can be connected to",
                hint="check `NEO4J_URI`; it looks like neo4j://host:7687",
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
        case CypherSyntaxError() if about_the_text(error):
            return QueryFailed(
                f"`{name}` is not valid Cypher: {error.message}",
                code="query-syntax",
                hint="correct the statement at this line and column; `influence library lint` checks all saved files",
                name=name,
            )
        case TransientError():
            return ServerUnavailable(
                f"the server asks to try `{name}` again ({code})",
                code="transient",
                hint="run the command again in a moment; `influence doctor` shows how the server is",
                name=name,
            )
        case ClientError() if code == "Neo.ClientError.Statement.AccessMode":
            return QueryFailed(
                f"`{name}` tries to write, which a read-only query may not",
                code="query-writes",
                hint="take `CREATE`, `MERGE`, `SET`, `REMOVE` and `DELETE` out of it; in a saved file, "
                "`influence library lint` names the place",
                name=name,
            )
        case Neo4jError() if about_the_text(error):
            return QueryFailed(
                f"`{name}` failed on the server: {error.message} ({code})",
                hint="correct what the server names in the statement or the settings; `influence doctor` checks the "
                "server, its plugins and `NEO4J_DATABASE`",
                name=name,
                server_code=code,
            )
        case Neo4jError():
            reason = condition(error)
            return QueryFailed(
                f"`{name}` failed on the server{': ' if reason else ''}{reason} ({code})",
                hint="the server's own words may hold values of rows and are not repeated; to read them, run the "
                "statement in Neo4j Browser",
                name=name,
                server_code=code,
            )
        case _:
            return QueryFailed(
                f"`{name}` failed in the driver: {type(error).__name__}",
                hint="run the command again; if it fails the same way, `influence doctor` shows whether versions fit",
                name=name,
            )


def about_the_text(error: Neo4jError) -> bool:
    """Tell whether a message of the server is about the text of the query alone and holds no value of a row."""
    code = error.code or ""
    compiling = code.startswith("Neo.ClientError.Statement.") and PLACE.search(error.message or "") is not None
    return compiling or code in ABOUT_THE_TEXT


def condition(error: Neo4jError) -> str:
    """Return the name that the standard gives to what went wrong, the same for all values; empty when it has none.

    The server appends what it met as a further sentence, as in "data exception - invalid argument. Cannot process …".
    """
    if error.gql_status == NO_STATUS:
        return ""
    return error.gql_status_description.removeprefix("error: ").split(". ")[0]


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
    except (ServiceUnavailable, SessionExpired) as error:
        raise translate(error, name, uri) from error
    except (DriverError, Neo4jError) as error:
        raise translate(error, name, uri) from None  # a traceback would show its words
