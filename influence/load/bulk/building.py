"""A new store beside the running server, and its exchange for the empty one.

The server runs while rows are staged and imported, so the lease is renewed as always. It is stopped for seconds only:
to put the finished store in the place of the empty one. A crash before that leaves the empty database, a crash after
it the complete one, which the next load finishes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from influence.errors import QueryFailed
from influence.graph import Graph
from influence.lease import LOCK, Lease
from influence.load.bulk.intermediates import Group
from influence.load.bulk.scratch import scratch_home
from influence.load.bulk.staging import Run, Staged, stage
from influence.load.bulk.way import is_new
from influence.load.history import key_check
from influence.load.pseudonym import PseudonymKey
from influence.progress import Progress
from influence.queries import saved_text
from influence.schema import apply_schema
from influence.server.admin import AdminTool
from influence.server.offline import log_digests

if TYPE_CHECKING:
    from influence.load.reading import Loading
    from influence.load.report import LoadOptions
    from influence.server import LocalServer

__all__ = ["import_rows"]

ATTEMPTS: Final = 3
OFF_HEAP: Final = "2G"
"""Memory of the importer outside its heap; node numbers need none for looking up ids."""


def import_rows(
    graph: Graph,
    server: LocalServer,
    lease: Lease,
    key: PseudonymKey,
    loadings: Sequence[Loading],
    options: LoadOptions,
    run_id: str,
    source: str,
    now: datetime,
    progress: Progress,
) -> int:
    """Bring the checked rows of a first load into the graph, with their ledger entries as half loaded.

    The columns of the tables are released on the way: the importer needs the memory.

    Args:
        graph: The database, which is as good as new.
        server: The local server that runs it.
        lease: The right to write; it survives the exchange.
        key: Key of the pseudonyms in the rows.
        loadings: The files.
        options: How to load.
        run_id: Id of the load, which the rows carry; that of the lease is another one when a job holds it.
        source: System the files come from.
        now: Instant of the load.
        progress: Where to report.

    Returns:
        The number of purchases marked as first.

    Raises:
        QueryFailed: The importer failed, or somebody else wrote into the database; nothing was loaded.
        LeaseLost: Another run has taken over.
        ServerUnavailable: The server does not start again; the database is empty or complete.
    """
    erased = graph.read(saved_text("internal", "load-erased"), name="load-erased").dicts()
    run = Run(run_id, source, options.as_of, options.batch_size, now, lock_of(graph, lease), key_check(key), erased)
    with scratch_home(server, lease.run_id) as scratch:
        staged = stage(loadings, run, scratch / "rows", progress)
        for loading in loadings:
            loading.table.columns.clear()
        lease.check()
        build(server.admin(scratch), staged, progress)
        lease.check()
        with lease.still():
            put_in_place(graph, server, scratch / "data")
            lease.renew()
    with progress.task("making constraints and indexes", None, "steps"):
        apply_schema(graph)
    return staged.first_marks


def lock_of(graph: Graph, lease: Lease) -> dict[str, Any]:
    """Return the lock as the new store holds it: taken by this run, to be renewed at once."""
    shown = graph.read(saved_text("internal", "lease-show"), {"name": LOCK}, name="lease-show").single() or {}
    return {
        "name": LOCK,
        "token": lease.token,
        "run_id": lease.run_id,
        "touched_by": lease.run_id,
        "who": shown.get("who"),
        "taken_at": shown.get("since"),
        "expires_at": datetime(1970, 1, 1, tzinfo=UTC),
    }


def build(admin: AdminTool, staged: Staged, progress: Progress) -> None:
    """Import the intermediates into a store of its own."""
    multiline = any(group.multiline for group in staged.groups)
    arguments = [
        "database",
        "import",
        "full",
        "neo4j",
        "--id-type=actual",
        f"--threads={os.cpu_count() or 1}",
        f"--max-off-heap-memory={OFF_HEAP}",
        "--bad-tolerance=0",
        f"--multiline-fields={'true' if multiline else 'false'}",
        *(option(group, admin.home) for group in staged.groups if group.count),
    ]
    with progress.task("importing", None, "steps"):
        admin.run(arguments)


def option(group: Group, home: Path) -> str:
    """Return the option that names a group of entities and its files."""
    kind = "nodes" if group.nodes else "relationships"
    files = ",".join(str(path.relative_to(home)) for path in (group.header, group.rows))
    return f"--{kind}={group.name}={files}"


def put_in_place(graph: Graph, server: LocalServer, data: Path) -> None:
    """Exchange the empty database for the imported one.

    What is compared is the transaction log: before the database is looked at for the last time, and after the server
    has stopped. Every commit is in it, so nothing that somebody wrote is ever deleted.
    """
    for _ in range(ATTEMPTS):
        log = log_digests(server.home)
        if not is_new(graph):
            break
        graph.disconnect()
        with server.offline() as offline:
            untouched = log_digests(offline.home) == log
            if untouched:
                offline.exchange(data)
        place = server.ensure_running().uri
        if place != graph.uri:
            graph.move(place)
        if untouched:
            return
        # somebody asked for the lock in between, which is no data: look again
    raise QueryFailed(
        "somebody wrote into the database during the import; nothing was loaded",
        code="import-disturbed",
        hint="run the load again: it goes by batches when the database is not empty",
    )
