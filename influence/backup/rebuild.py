"""Build the graph anew from the source files, in the order and with the options of the history of loads.

The local database is rebuilt beside the running one, compared with it, and only then put in its place. Without a
database, from a copy of the history: into an empty one, local or not, and interrupted work is taken up again.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from influence.backup.dump import connected
from influence.backup.proof import DATABASE, carry_token, disk_problems, scratch_folder
from influence.errors import DataRejected, QueryFailed, UsageProblem
from influence.files import file_digest
from influence.graph import Graph
from influence.lease import Lease, hold_lease, lock_file
from influence.load.bulk.staging import relationship_of
from influence.load.bulk.way import is_new
from influence.load.contract import contracts
from influence.load.folder import load_folder
from influence.load.history import (
    ErasedKey,
    History,
    PastFile,
    PastLoad,
    PastRetention,
    keep_history,
    read_history,
    uncovered_files,
)
from influence.load.pseudonym import PseudonymKey
from influence.load.reader import SUFFIXES
from influence.load.report import LoadOptions
from influence.load.sources import MAPPING_NAME
from influence.load.sweep import SWEEP_REFUSED
from influence.privacy.retention import prune_records
from influence.progress import Progress
from influence.queries import saved_text
from influence.server import LocalServer
from influence.server.offline import Offline, log_digests
from influence.snapshot.reader import fingerprint, read_tables

__all__ = ["Difference", "Rebuilt", "locate_files", "rebuild_database", "rebuild_into_empty", "require_exchangeable"]

ATTEMPTS: Final = 3
PEOPLE: Final = 20_000
"""Customers of an export that are taken over at a time."""


@dataclass(frozen=True)
class Difference:
    """Something in which the rebuilt graph is not as the present one.

    Attributes:
        what: Label, type, table or file.
        before: What the present graph has.
        after: What the rebuilt one has.
    """

    what: str
    before: str
    after: str

    def __str__(self) -> str:
        """Return it as half a sentence."""
        return f"`{self.what}`: {self.before} before, {self.after} after"


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did.

    Attributes:
        loads: Loads done again.
        files: Source files read.
        retentions: Clean-ups of old records done again.
        erased: Erased customers who were kept out.
        exports: Records of audience exports taken over.
        counts: Nodes by label and relationships by type that files brought.
        differences: In what the rebuilt graph differs; empty when there was nothing to compare with.
        replaced: Whether it is in its place now.
    """

    loads: int
    files: int
    retentions: int
    erased: int
    exports: int
    counts: Mapping[str, int]
    differences: tuple[Difference, ...]
    replaced: bool


def rebuild_database(
    server: LocalServer,
    key: PseudonymKey,
    progress: Progress,
    now: datetime,
    *,
    folders: Sequence[Path] = (),
    check: bool = False,
    accept_differences: bool = False,
) -> Rebuilt:
    """Rebuild the local database from the source files and put the result in its place.

    It is built on a second server while the present one goes on answering; loads and computes wait. Then both are
    compared: counts of everything that files bring, and every row that a computation reads. Records of audience
    exports and keyed hashes of erased customers are taken over. Runs are not: they are computed again.

    Args:
        server: The local server.
        key: Key of the pseudonyms with which the data were loaded.
        progress: Where to report.
        now: Instant of the comparison.
        folders: Where to look for source files that are no longer where they were.
        check: Build and compare only.
        accept_differences: Put it in its place although it differs; with `check` the differences are only returned.

    Raises:
        UsageProblem: The settings name a server of one's own, nothing was loaded, or source files are missing.
        ConfigError: The key is another one, or the home cannot be written.
        AlreadyRunning: A load or compute is under way, or another command that needs the scratch folder.
        DataRejected: A file no longer loads, or the result differs, also when it is only checked; the database is as
            before.
        QueryFailed: Somebody went on writing into the database.
    """
    require_exchangeable(server)
    run_id = f"rebuild-{secrets.token_hex(4)}"
    with connected(server) as graph, hold_lease(graph, run_id, home=server.settings.home, purpose="rebuild") as lease:
        history = read_history(graph, key)
        history.require_key(key)
        require_loads(history)
        gaps = [
            Difference(one.file, f"{one.status} from `{one.source}`", "not in the history")
            for one in uncovered_files(graph)
        ]
        files = locate_files(history, folders, progress)
        with scratch_folder(server, run_id) as scratch:
            second = beside(server, scratch)
            try:
                with connected(second) as fresh:
                    replay(fresh, second, history, files, scratch / "loads", key, progress)
                    lease.check()
                    differences = (*gaps, *compare(graph, fresh, now, progress))
                    rebuilt = summary(history, fresh, differences)
                if differences and not accept_differences:
                    raise differing(differences)
                if check:
                    return rebuilt
                exports = put_in_place(graph, server, second, lease)
            finally:
                second.stop()
        keep_history(graph, key, server.settings.home)
    return Rebuilt(**{**vars(rebuilt), "exports": exports, "replaced": True})


def rebuild_into_empty(
    graph: Graph,
    server: LocalServer | None,
    history: History,
    key: PseudonymKey,
    home: Path,
    progress: Progress,
    *,
    folders: Sequence[Path] = (),
) -> Rebuilt:
    """Load everything that a copy of the history names into an empty database; goes on where it was interrupted.

    Args:
        graph: The database, local or not.
        server: The local server, if it runs the database.
        history: The copy.
        key: Key of the pseudonyms with which the data were loaded.
        home: `INFLUENCE_HOME`.
        progress: Where to report.
        folders: Where to look for source files that are no longer where they were.

    Raises:
        UsageProblem: The database holds something else, the history is empty, or source files are missing.
        ConfigError: The key is another one, or the home cannot be written.
        AlreadyRunning: A load or compute is under way.
        DataRejected: A file no longer loads.
    """
    history.require_key(key)
    require_loads(history)
    known = {file.key for load in loads_of(history) for file in load.files}
    half = {one.key for one in uncovered_files(graph)}
    done = {event.id for event in read_history(graph, key).events}
    begun = bool(half or done) and half <= known and done <= {event.id for event in history.events}
    if not (begun or is_new(graph)):
        raise UsageProblem(
            "the database is not empty, and holds something that is not in this history",
            code="database-not-empty",
            hint="give an empty database; to rebuild the one that is there from its own history leave out `--history`",
        )
    files = locate_files(history, folders, progress)
    with disk_problems(), lock_file(graph, home):
        loads = home / "rebuild"
        try:
            replay(graph, server, history, files, loads, key, progress)
        finally:
            shutil.rmtree(loads, ignore_errors=True)
        keep_history(graph, key, home)
    rebuilt = summary(history, graph, ())
    return Rebuilt(**{**vars(rebuilt), "replaced": True})


def require_exchangeable(server: LocalServer) -> None:
    """Refuse to replace the database of a server that is not ours.

    Raises:
        UsageProblem: The settings name a server of one's own.
    """
    if server.settings.uri is not None:
        raise UsageProblem(
            "a database in use is rebuilt beside it on the local server, and `NEO4J_URI` names another one",
            code="server-remote",
            hint="keep `influence load history -o json > history.json`, name an empty database in `NEO4J_URI`, "
            "and run `influence rebuild --history history.json`",
        )


def require_loads(history: History) -> None:
    """Refuse a history without a load.

    Raises:
        UsageProblem: There is none.
    """
    if not loads_of(history):
        raise UsageProblem(
            "there is no load in the history, so there is nothing to rebuild from",
            code="history-empty",
            hint="load the sources with `influence load run DIR`; loads of earlier versions were not noted",
        )


def loads_of(history: History) -> list[PastLoad]:
    """Return the loads of a history."""
    return [event for event in history.events if isinstance(event, PastLoad)]


def beside(server: LocalServer, scratch: Path) -> LocalServer:
    """Return a second server of the same line and memory with a home in a scratch folder."""
    return LocalServer(server.settings.model_copy(update={"home": scratch}), server.progress)


# ── sources ───────────────────────────────────────────────────────────────


def locate_files(history: History, folders: Sequence[Path], progress: Progress) -> dict[str, Path]:
    """Find every source file by its digest: where it was, or anywhere in the folders.

    Args:
        history: What was loaded.
        folders: Where else to look, with all folders in them.
        progress: Where to report.

    Returns:
        Digest to a path that holds those bytes now.

    Raises:
        UsageProblem: Files are missing or were changed; names every one.
    """
    wanted = {file.sha256: file for load in loads_of(history) for file in load.files}
    places: dict[str, Path] = {}
    with progress.task("finding the sources", len(wanted), "files") as task:
        for digest, file in wanted.items():
            if digest_of(file.path) == digest:
                places[digest] = file.path
                task.advance()
        for path in () if len(places) == len(wanted) else candidates(folders):
            digest = digest_of(path) or ""
            if digest in wanted and digest not in places:
                places[digest] = path
                task.advance()
    missing = [file for digest, file in wanted.items() if digest not in places]
    if missing:
        raise UsageProblem(
            f"{len(missing)} of {len(wanted)} source files are gone or were changed since they were loaded",
            code="sources-missing",
            hint="name the folder that holds them as they were, such as an archive, with `--sources DIR`; names and "
            "places do not matter, only the content",
            findings=[
                f"`{file.path}` {'was changed' if file.path.is_file() else 'is gone'} (SHA-256 {file.sha256[:12]}…)"
                for file in missing
            ],
        )
    return places


def candidates(folders: Sequence[Path]) -> list[Path]:
    """Return all data files in some folders and those in them.

    Raises:
        UsageProblem: A folder does not exist.
    """
    for folder in folders:
        if not folder.is_dir():
            raise UsageProblem(f"no such folder: `{folder}`", code="folder-missing", hint="check `--sources`")
    found = (path for folder in folders for path in folder.rglob("*"))
    return sorted({path for path in found if path.name.endswith(SUFFIXES) and path.is_file()})


def digest_of(path: Path) -> str | None:
    """Return the SHA-256 of a file, or `None` when it cannot be read."""
    try:
        return file_digest(path)
    except OSError:
        return None


# ── doing it again ────────────────────────────────────────────────────────


def replay(
    graph: Graph,
    server: LocalServer | None,
    history: History,
    files: Mapping[str, Path],
    folder: Path,
    key: PseudonymKey,
    progress: Progress,
) -> None:
    """Do everything in a history again that is not done yet.

    Erased customers come first, so that none of them is brought back even for a moment.
    """
    take_over_erased(graph, history.erased)
    done = {event.id for event in read_history(graph, key).events}
    with progress.task("doing the loads again", len(history.events), "loads") as task:
        for number, event in enumerate(history.events):
            if event.id not in done:
                own = folder / f"{number:05}"
                own.mkdir(parents=True, exist_ok=True, mode=0o700)
                if isinstance(event, PastRetention):
                    with hold_lease(graph, event.id) as lease:
                        prune_records(graph, lease, event.before, event.records, past=event, progress=progress)
                else:
                    load_again(graph, server, event, files, own, key, progress)
                shutil.rmtree(own)
            task.advance()


def load_again(
    graph: Graph,
    server: LocalServer | None,
    past: PastLoad,
    files: Mapping[str, Path],
    folder: Path,
    key: PseudonymKey,
    progress: Progress,
) -> None:
    """Do one load again, at the instant at which it was done."""
    if past.mapping is not None:
        (folder / MAPPING_NAME).write_text(past.mapping, encoding="utf-8")
    rejects = folder / "rejects"
    rejects.mkdir(exist_ok=True)
    options = LoadOptions(
        source=past.source,
        sweep=past.sweep,
        sweep_max=past.sweep_max,
        as_of=past.as_of,
        bad_rows=past.bad_rows,
        max_rejects=past.max_rejects,
        batch_size=past.batch_size,
        encoding=past.encoding,
        rejects_dir=rejects,
    )
    here: list[PastFile] = [file.model_copy(update={"path": files[file.sha256]}) for file in past.files]
    try:
        load_folder(graph, folder, options, key, progress, past.at, run_id=past.id, server=server, files=here)
    except DataRejected as error:  # its sweep was refused then, too, and its rows are in
        if past.sweep_max or error.code != SWEEP_REFUSED:
            raise


def take_over_erased(graph: Graph, erased: Sequence[ErasedKey]) -> None:
    """Note who was erased, so that no file brings them back."""
    rows = [{"key": one.key, "erased_at": one.erased_at} for one in erased]
    graph.write_batches(saved_text("internal", "rebuild-erased-add"), rows, name="rebuild-erased-add")


def take_over_exports(present: Graph, fresh: Graph) -> int:
    """Copy the records of audience exports: no file holds them; returns how many there are."""
    exports = present.read(saved_text("internal", "rebuild-exports"), name="rebuild-exports").dicts()
    people, add = (saved_text("internal", name) for name in ("rebuild-export-people", "rebuild-export-people-add"))
    for export in exports:
        name = "rebuild-export-add"
        fresh.execute(saved_text("internal", name), export, name=name)
        after = ""
        while True:
            asked = {"id": export["id"], "after": after, "limit": PEOPLE}
            rows = present.read(people, asked, name="rebuild-export-people", timeout=3600).dicts()
            if not rows:
                break
            fresh.write_batches(add, rows, {"id": export["id"]}, name="rebuild-export-people-add")
            after = rows[-1]["customer"]
    return len(exports)


# ── comparing ─────────────────────────────────────────────────────────────


def compare(present: Graph, fresh: Graph, now: datetime, progress: Progress) -> list[Difference]:
    """Compare what files bring: counts by label and type, then every row that a computation reads."""
    one, other = data_counts(present), data_counts(fresh)
    found = [
        Difference(kind, f"{one.get(kind, 0):,}", f"{other.get(kind, 0):,}")
        for kind in sorted({*one, *other})
        if one.get(kind, 0) != other.get(kind, 0)
    ]
    if found:
        return found
    before, after = (table_digests(graph, now, progress) for graph in (present, fresh))
    return [
        Difference(table, before[table][:12], after[table][:12]) for table in before if before[table] != after[table]
    ]


def data_counts(graph: Graph) -> dict[str, int]:
    """Return the number of nodes by label and of relationships by type, of those that files bring."""
    name = "rebuild-counts"
    rows = graph.read(saved_text("internal", name), name=name, timeout=3600).dicts()
    ours = {"Channel"}
    for contract in contracts().values():
        ours |= {contract.name} if contract.is_node else {contract.name, relationship_of(contract)[0]}
    return {row["kind"]: row["amount"] for row in rows if row["kind"] in ours}


def table_digests(graph: Graph, now: datetime, progress: Progress) -> dict[str, str]:
    """Return a digest of every table that a computation reads, whatever the order of its rows."""
    tables = read_tables(graph, now, fingerprint(graph).counts, progress)
    return {name: digest_of_rows(columns) for name, columns in sorted(tables.items())}


def digest_of_rows(columns: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the sorted rows of a table.

    Args:
        columns: [n] values by name.
    """
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    ordered = table.sort_by([(name, "ascending") for name in table.column_names])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, ordered.schema) as stream:
        stream.write_table(ordered.combine_chunks())
    return hashlib.sha256(sink.getvalue()).hexdigest()


def differing(differences: Sequence[Difference]) -> DataRejected:
    """Return the error for a rebuilt graph that is not as the present one."""
    return DataRejected(
        f"the rebuilt graph differs from the present one in {len(differences)} "
        f"{'thing' if len(differences) == 1 else 'things'}; nothing was replaced",
        code="rebuild-differs",
        hint="what was written by other programs, or loaded before loads were noted, is in no file of the history; "
        "when the rebuilt graph is the right one, `influence rebuild --accept-differences`",
        findings=[str(difference) for difference in differences],
    )


def summary(history: History, fresh: Graph, differences: Sequence[Difference]) -> Rebuilt:
    """Return what was rebuilt, before it is put in its place."""
    loads = loads_of(history)
    return Rebuilt(
        loads=len(loads),
        files=len({file.sha256 for load in loads for file in load.files}),
        retentions=len(history.events) - len(loads),
        erased=len(history.erased),
        exports=0,
        counts=data_counts(fresh),
        differences=tuple(differences),
        replaced=False,
    )


# ── taking its place ──────────────────────────────────────────────────────


def put_in_place(graph: Graph, server: LocalServer, second: LocalServer, lease: Lease) -> int:
    """Take over records of exports and the fencing token, and exchange the databases; returns the number of exports.

    An export may be written without the lease, so the transaction log is compared: what was committed after the
    records were taken over is never lost, they are taken over once more.

    Raises:
        QueryFailed: Somebody wrote each time.
    """
    for _ in range(ATTEMPTS):
        with lease.still():
            logged = log_digests(server.home)
            with connected(second) as fresh:
                exports = take_over_exports(graph, fresh)
                carry_token(fresh, lease.token)
            second.stop()
            graph.disconnect()
            with server.offline() as offline:
                untouched = log_digests(offline.home) == logged
                if untouched:
                    exchange(offline, second, server)
            graph.move(server.ensure_running().uri)
        if untouched:
            return exports
        lease.renew()
    raise QueryFailed(
        "somebody keeps writing into the database; nothing was replaced",
        code="database-busy",
        hint="end the other program and run the command again",
    )


def exchange(offline: Offline, second: LocalServer, server: LocalServer) -> None:
    """Put the rebuilt database in its place and forget what was cached of the old one."""
    offline.exchange(second.home.folder / "data", (DATABASE,))
    shutil.rmtree(server.settings.home / "snapshots", ignore_errors=True)
