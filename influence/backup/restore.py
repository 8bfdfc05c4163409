"""Put a dump in the place of the local database, after it has been proven to hold what its manifest says."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from influence.backup.dump import connected, untouched
from influence.backup.manifest import Content, Manifest, content_of, read_manifest, verify_file
from influence.backup.proof import DATABASE, prove, require_local, scratch_folder
from influence.errors import UsageProblem
from influence.load.bulk.way import is_new
from influence.progress import Progress
from influence.server import LocalServer
from influence.server.offline import Offline

__all__ = ["check_dump", "put_in_place", "restore_database"]


def restore_database(server: LocalServer, dump: Path, progress: Progress, *, replace: bool) -> Manifest:
    """Put a dump in the place of the local database.

    The dump is restored into a scratch home, checked and counted while the old database is still in use. Then the two
    are exchanged in a step that is completed even after a crash; the old one is deleted with it.

    Args:
        server: The local server.
        dump: The dump, with its manifest beside it.
        progress: Where to report.
        replace: Whether a database that is not empty may be replaced.

    Raises:
        UsageProblem: The settings name a server of one's own; the dump or its manifest is missing, or of another
            server line; or the database is not empty.
        AlreadyRunning: A load or compute is under way.
        DataRejected: The dump is damaged, inconsistent or holds something else; the database is as before.
    """
    require_local(server.settings.uri, "influence server restore")
    manifest = checked_manifest(server, dump)
    with connected(server) as graph:
        empty = is_new(graph)
    if not (empty or replace):
        raise UsageProblem(
            "the database is not empty, and a restored dump takes its place",
            code="database-not-empty",
            hint=f"keep it first with `influence server dump`, then `influence server restore {dump} --yes`",
        )
    with scratch_folder(server, f"restore-{secrets.token_hex(4)}") as scratch:
        put_in_place(server, proven(server, dump, manifest, scratch, progress), manifest.content)
    return manifest


def check_dump(server: LocalServer, dump: Path, progress: Progress) -> Manifest:
    """Prove that a dump can be restored and holds what its manifest says; the database is left alone.

    Raises:
        UsageProblem: The dump or its manifest is missing, or of another server line.
        DataRejected: The dump is damaged, inconsistent or holds something else.
    """
    manifest = checked_manifest(server, dump)
    with scratch_folder(server, f"check-{secrets.token_hex(4)}") as scratch:
        proven(server, dump, manifest, scratch, progress)
    return manifest


def checked_manifest(server: LocalServer, dump: Path) -> Manifest:
    """Return the manifest of a dump whose bytes and server line fit."""
    manifest = read_manifest(dump)
    if manifest.line != server.line.name:
        raise UsageProblem(
            f"`{dump.name}` is a dump of server line {manifest.line}; a server of line {server.line.name} would "
            "convert it, and there is no way back",
            code="dump-of-another-line",
            hint=f"add `--line {manifest.line}`",
        )
    verify_file(dump, manifest)
    return manifest


def proven(server: LocalServer, dump: Path, manifest: Manifest, scratch: Path, progress: Progress) -> Path:
    """Restore a dump into a scratch home and return its data folder when it holds what it must."""
    folder = scratch / "dump"
    folder.mkdir(mode=0o700)
    (folder / f"{DATABASE}.dump").symlink_to(dump.absolute())
    return prove(server, folder, manifest.content, scratch, progress)


def put_in_place(server: LocalServer, data: Path, content: Content) -> None:
    """Exchange the local database for another one and forget what was kept of the old one.

    Cached snapshots go, because a data version of the old database may come up again with other data.
    """

    def exchange(offline: Offline, _: Content) -> None:
        offline.exchange(data, (DATABASE,))
        shutil.rmtree(server.settings.home / "snapshots", ignore_errors=True)

    with connected(server) as graph:
        untouched(server, graph, "restore", exchange)
    with connected(server) as graph:
        if content_of(graph) != content:  # it was proven: only another writer can be the reason
            server.progress.note("somebody wrote into the restored database at once")
