"""Prove that a dump can be restored: load it into a scratch home, check it, start a server on it and count."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from influence.backup.manifest import Content, content_of
from influence.errors import AlreadyRunning, ConfigError, DataRejected, QueryFailed, UsageProblem
from influence.files import REMEDIES
from influence.graph import Graph
from influence.lease import LOCK
from influence.progress import Progress
from influence.queries import saved_text
from influence.server import LocalServer
from influence.server.admin import AdminTool, end_left_behind
from influence.server.home import make_folder
from influence.server.offline import order_path

__all__ = [
    "DATABASE",
    "carry_token",
    "check_store",
    "disk_problems",
    "prove",
    "require_local",
    "scratch_folder",
    "second_server",
    "token_of",
]

DATABASE: Final = "neo4j"
FOLDER: Final = "backup"
"""Folder in the home of a server for what is built or proven; on the same file system as its data."""


def require_local(uri: str | None, command: str) -> None:
    """Refuse to work on a server that is not ours.

    Raises:
        UsageProblem: The settings name a server of one's own.
    """
    if uri is not None:
        raise UsageProblem(
            f"`{command}` is for the local server, and `NEO4J_URI` names another one",
            code="server-remote",
            hint="on its machine, with the database stopped: `neo4j-admin database dump neo4j --to-path=DIR`, and "
            "`neo4j-admin database load neo4j --from-path=DIR --overwrite-destination`; a hosted database has "
            "snapshots of its own. For the local server unset `NEO4J_URI`",
        )


@contextmanager
def disk_problems() -> Iterator[None]:
    """Turn what the system says of files and folders into an error with a way out.

    Raises:
        ConfigError: A file or folder cannot be made, written, moved or removed, or the disk is full.
    """
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno not in REMEDIES:
            raise  # not about a file
        place = f"work on `{error.filename}`" if error.filename else "write on this disk"
        raise ConfigError(
            f"cannot {place}: {(error.strerror or 'unknown reason').lower()}",
            code="folder-unwritable",
            hint=REMEDIES.get(error.errno or 0, "look at the folder; `INFLUENCE_HOME` moves what is in the home"),
        ) from error


@contextmanager
def scratch_folder(server: LocalServer, name: str) -> Iterator[Path]:
    """Yield an empty folder in the home of the server, without what killed commands left; gone at the end.

    One command at a time has it: whoever clears it ends every server and admin tool that works in it.

    Raises:
        AlreadyRunning: Another command has it.
        ConfigError: A file or folder cannot be written, here or in what is done in it.
        ServerUnavailable: A killed command left an exchange of databases half done, and the server, which completes it,
            does not start.
    """
    with disk_problems(), alone(server):
        if order_path(server.home).exists():
            server.start()  # the order names what is in the folder; the start completes it
        folder = server.home.folder / FOLDER
        clear(server, folder)
        scratch = folder / name
        scratch.mkdir(parents=True, mode=0o700)
        folder.chmod(0o700)
        try:
            yield scratch
        finally:
            clear(server, folder)


@contextmanager
def alone(server: LocalServer) -> Iterator[None]:
    """Hold the lock of the scratch folder; the system frees it when its holder dies.

    Raises:
        AlreadyRunning: Another command holds it.
        ConfigError: The home cannot be written.
    """
    runs = server.home.lock.parent
    make_folder(runs, "INFLUENCE_HOME")
    with (runs / "backup.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                "another dump, restore, rebuild or check of a dump is at work on this server",
                hint="wait until it has finished",
            ) from None
        yield


def clear(server: LocalServer, folder: Path) -> None:
    """Remove scratch folders, and end the processes that a killed command left working in them.

    While an exchange of databases is not completed they stay: the only copy of the new database may be there.
    """
    if not folder.exists() or order_path(server.home).exists():
        return
    for old in folder.iterdir():
        left = second_server(server, old)
        left.stop()
        end_left_behind(left.home.folder)
    shutil.rmtree(folder)


def second_server(server: LocalServer, scratch: Path) -> LocalServer:
    """Return a server of the same line with a home in a scratch folder; it ends soon when nobody uses it."""
    changes = {"home": scratch, "server_profile": "small", "server_idle_minutes": 5.0}
    return LocalServer(server.settings.model_copy(update=changes), server.progress)


def token_of(graph: Graph) -> int:
    """Return the fencing token of the lock of loads and computes, 0 when nobody ever took it."""
    row = graph.read(saved_text("internal", "backup-token"), {"name": LOCK}, name="backup-token").single()
    return 0 if row is None else int(row["token"])


def carry_token(copy: Graph, token: int) -> None:
    """Raise the fencing token of a copy to that of the database whose place it takes, before it does.

    Otherwise a run that slept through the exchange could find its own number handed out again, and write.
    """
    name = "backup-token-carry"
    copy.execute(saved_text("internal", name), {"name": LOCK, "token": token}, name=name)


def check_store(admin: AdminTool, what: str) -> None:
    """Check the consistency of the store of a home whose server does not run.

    Raises:
        DataRejected: It is inconsistent.
    """
    reports = admin.home / "logs"
    try:
        admin.run(("database", "check", f"--report-path={reports.relative_to(admin.home)}", DATABASE))
    except QueryFailed as error:
        raise DataRejected(
            f"{what} is inconsistent:\n{error.message}",
            code="database-inconsistent",
            hint="restore an earlier dump, or load the sources anew; nothing was changed",
        ) from error


def prove(server: LocalServer, dumps: Path, expected: Content, scratch: Path, progress: Progress) -> Path:
    """Restore a dump into a scratch home, check its consistency, start a server on it and compare what it holds.

    Args:
        server: The local server, whose line the dump must be of; it may run.
        dumps: Folder that holds the dump under the name `neo4j.dump`.
        expected: What it must hold.
        scratch: Empty folder.
        progress: Where to report.

    Returns:
        The data folder with the restored database; its server is stopped.

    Raises:
        DataRejected: The dump cannot be restored, is inconsistent, or holds something else.
    """
    second = second_server(server, scratch)
    home = second.home.folder
    home.mkdir(parents=True, mode=0o700)
    admin = second.admin(home)
    try:
        with progress.task("restoring into a scratch folder", None, "steps"):
            admin.run(("database", "load", f"--from-path={dumps}", DATABASE))
    except QueryFailed as error:
        raise DataRejected(
            f"the dump cannot be restored:\n{error.message}", code="dump-damaged", hint="take another dump"
        ) from error
    with progress.task("checking the consistency", None, "steps"):
        check_store(admin, "the dump")
    try:
        place = second.start()
        with Graph(place.uri, place.username, place.password, place.database) as graph:
            found = content_of(graph)
    finally:
        second.stop()
    if found != expected:
        raise DataRejected(
            f"the dump holds {found.nodes:,} nodes and {found.relationships:,} relationships of data version "
            f"`{found.data_version}` with run `{found.run}`; it should hold {expected.nodes:,} and "
            f"{expected.relationships:,} of `{expected.data_version}` with `{expected.run}`",
            code="dump-differs",
            hint="take another dump; nothing was changed",
        )
    return home / "data"
