"""Dump the local database into a file, which gets its name only when it was restored and checked."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from influence import __version__
from influence.backup.manifest import Content, Manifest, content_of, manifest_path, write_manifest
from influence.backup.proof import DATABASE, check_store, disk_problems, prove, require_local, scratch_folder
from influence.errors import InfluenceError, QueryFailed, UsageProblem
from influence.files import PERSONAL, abandoned, claimed, flush_folder
from influence.graph import Graph
from influence.lease import hold_lease, lock_file
from influence.progress import Progress
from influence.server import LocalServer
from influence.server.offline import Offline, log_digests

__all__ = ["check_database", "connected", "dump_database", "untouched"]

T = TypeVar("T")
ATTEMPTS: Final = 3
COMMAND: Final = "influence server dump"
UNCLEAN: Final = "Active logical log"
"""What the admin tool says of a database whose server was killed."""


def dump_database(server: LocalServer, target: Path, now: datetime, progress: Progress) -> tuple[Path, Manifest]:
    """Dump the local database; the server is stopped for as long as the file is written.

    Args:
        server: The local server.
        target: A file that does not exist, or a folder, in which the dump is named after line and instant.
        now: Instant of the dump.
        progress: Where to report.

    Returns:
        The dump, of mode 0600, and what its manifest says.

    Raises:
        UsageProblem: The settings name a server of one's own, or the file is there.
        AlreadyRunning: A load or compute is under way, or another command that needs the scratch folder.
        DataRejected: The dump cannot be restored or is inconsistent; no file was left.
        QueryFailed: The dump could not be written, or somebody went on writing into the database.
        ConfigError: A folder cannot be written, or the disk is full.
    """
    require_local(server.settings.uri, COMMAND)
    path = named(target, server, now)
    remove_abandoned(path.parent)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    with disk_problems():
        part.mkdir(mode=0o700)
    try:
        # the scratch folder from the beginning: whoever is refused it has not stopped the server for nothing
        with claimed(part), scratch_folder(server, f"dump-{part.name}") as scratch:
            with connected(server) as graph:

                def write(offline: Offline, content: Content, token: int) -> Content:
                    arguments = ("database", "dump", f"--to-path={part}", "--overwrite-destination=true", DATABASE)
                    with progress.task("dumping", None, "steps"):
                        clean(server, lambda: offline.admin.run(arguments))
                    return content

                content = untouched(server, graph, "backup", write)
            raw = part / f"{DATABASE}.dump"
            raw.chmod(PERSONAL)
            prove(server, part, content, scratch, progress)
            manifest = Manifest(
                file=path.name,
                size=raw.stat().st_size,
                sha256=flushed_digest(raw),
                line=server.line.name,
                neo4j=server.line.neo4j,
                made_at=now.astimezone(UTC).isoformat(timespec="seconds"),
                influence=__version__,
                content=content,
            )
            write_manifest(path, manifest)  # first: a dump without a manifest would be worth nothing
            raw.rename(path)
            flush_folder(path.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        if not path.exists():
            manifest_path(path).unlink(missing_ok=True)
    return path, manifest


def remove_abandoned(folder: Path) -> None:
    """Remove what killed dumps left in a folder: nobody could use it, and it holds all the data."""
    for name in {path.name[1:].rsplit(".", 2)[0] for path in folder.glob(".*.part") if path.is_dir()}:
        for left in abandoned(folder / name, "part"):
            if left.is_dir() and {path.name for path in left.iterdir()} <= {f"{DATABASE}.dump"}:
                shutil.rmtree(left, ignore_errors=True)


def check_database(server: LocalServer, progress: Progress) -> Content:
    """Check the consistency of the local database, which is stopped meanwhile.

    Raises:
        UsageProblem: The settings name a server of one's own.
        AlreadyRunning: A load or compute is under way.
        DataRejected: The database is inconsistent.
    """
    require_local(server.settings.uri, "influence server check")

    def look(offline: Offline, content: Content, token: int) -> Content:
        with progress.task("checking the consistency", None, "steps"):
            clean(server, lambda: check_store(offline.admin, "the database"))
        return content

    with connected(server) as graph:
        return untouched(server, graph, "check", look)


@contextmanager
def connected(server: LocalServer) -> Iterator[Graph]:
    """Start the local server when needed and connect to it."""
    place = server.ensure_running()
    with Graph(place.uri, place.username, place.password, place.database) as graph:
        yield graph


def untouched(server: LocalServer, graph: Graph, purpose: str, work: Callable[[Offline, Content, int], T]) -> T:
    """Do something with the stopped database while no load or compute runs, and start the server again.

    The lease is taken, so nobody is writing, and given back before the server stops, so that the data do not hold a
    lock that is taken; the lock file keeps other commands of this project waiting. Should another program write in
    between, the transaction log is another than when the database was counted, and it is counted again.

    Args:
        server: The local server.
        graph: Its database.
        purpose: What others are told the lock is held for.
        work: Called with the stopped server, what its database holds, and the fencing token of its lock.

    Raises:
        AlreadyRunning: A load or compute is under way.
        QueryFailed: Somebody wrote each time.
    """
    with lock_file(graph, server.settings.home):
        for _ in range(ATTEMPTS):
            with hold_lease(graph, f"{purpose}-{secrets.token_hex(4)}", purpose=purpose) as lease:
                pass
            logged = log_digests(server.home)
            content = content_of(graph)
            graph.disconnect()
            with server.offline() as offline:
                if log_digests(offline.home) == logged:
                    return work(offline, content, lease.token)
            graph.move(server.ensure_running().uri)
    raise QueryFailed(
        "somebody keeps writing into the database; nothing was done",
        code="database-busy",
        hint="end the other program and run the command again",
    )


def clean(server: LocalServer, work: Callable[[], T]) -> T:
    """Do something with the stopped database; when it was killed, have it recover and stop in order first.

    A server with a connected client is killed, and then the admin tool refuses to dump or check what it left.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return work()
        except InfluenceError as error:
            if UNCLEAN not in error.message:
                raise
        server.start_alone()
        server.stop()
    return work()


def named(target: Path, server: LocalServer, now: datetime) -> Path:
    """Return the file to write.

    Raises:
        UsageProblem: It is there, or its folder is missing.
    """
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    path = (target / f"influence-{server.line.name}-{stamp}.dump" if target.is_dir() else target).absolute()
    if path.exists():
        raise UsageProblem(
            f"`{path}` is there already", code="output-exists", hint="give another name, or a folder for dated names"
        )
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise UsageProblem(
            f"cannot write into `{path.parent}`", code="output-unwritable", hint="create the folder, or give another"
        )
    return path


def flushed_digest(path: Path) -> str:
    """Bring a file to the disk and return its SHA-256."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()
