"""Put a dump in the place of the local database, after it has been proven to hold what its manifest says."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from influence.backup.dump import ATTEMPTS, connected, untouched
from influence.backup.manifest import Content, Manifest, content_of, read_manifest, verify_file
from influence.backup.proof import (
    DATABASE,
    carry_token,
    prove,
    require_local,
    scratch_folder,
    second_server,
    token_of,
)
from influence.errors import QueryFailed, UsageProblem
from influence.graph import Graph
from influence.lease import hold_lease
from influence.load.bulk.way import is_new
from influence.load.history import HISTORY_NAME, keep_history, parse_history
from influence.load.pseudonym import PseudonymKey
from influence.privacy.again import ErasedAgain, erase_again, erasures, require_key
from influence.progress import Progress
from influence.server import LocalServer
from influence.server.offline import Offline

__all__ = ["Restored", "check_dump", "restore_database"]


@dataclass(frozen=True)
class Restored:
    """What a restore has done.

    Attributes:
        manifest: What the dump holds.
        informed: Whether the database that was replaced, or the copy of its history in the home of the project, could
            say who was erased since the dump; otherwise nobody knows.
        again: Customers who were erased since the dump was made, and erased again.
    """

    manifest: Manifest
    informed: bool
    again: ErasedAgain


def restore_database(server: LocalServer, dump: Path, progress: Progress, *, replace: bool) -> Restored:
    """Put a dump in the place of the local database.

    The dump is restored into a scratch home, checked and counted while the old database is still in use. Customers whom
    the old one knows to be erased are erased there as well. Then the two are exchanged in a step that is completed even
    after a crash; the old one is deleted with it.

    Args:
        server: The local server.
        dump: The dump, with its manifest beside it.
        progress: Where to report.
        replace: Whether a database that is not empty may be replaced.

    Raises:
        UsageProblem: The settings name a server of one's own; the dump or its manifest is missing, or of another
            server line; or the database is not empty.
        AlreadyRunning: A load or compute is under way, or another command that needs the scratch folder.
        DataRejected: The dump is damaged, inconsistent or holds something else; the database is as before.
        ConfigError: Customers were erased and the key of the pseudonyms is gone, or the home cannot be written; the
            database is as before.
        QueryFailed: Somebody kept writing into the database; it is as before. Or the database holds something else than
            the dump right after it was put in its place.
    """
    require_local(server.settings.uri, "influence server restore")
    manifest = checked_manifest(server, dump)
    copy = erased_by_history(server)
    with connected(server) as graph:
        empty = is_new(graph)
        require_key(united(erasures(graph), copy or []), PseudonymKey(server.settings.pseudonym_key_path))
    if not (empty or replace):
        raise UsageProblem(
            "the database is not empty, and a restored dump takes its place",
            code="database-not-empty",
            hint=f"keep it first with `influence server dump`, then `influence server restore {dump} --yes`",
        )
    with scratch_folder(server, f"restore-{secrets.token_hex(4)}") as scratch:
        data = proven(server, dump, manifest, scratch, progress)
        again = exchange_without_erased(server, data, scratch, copy or [], progress)
    return Restored(manifest, not empty or copy is not None, again)


def check_dump(server: LocalServer, dump: Path, progress: Progress) -> Manifest:
    """Prove that a dump can be restored and holds what its manifest says; the database is left alone.

    Raises:
        UsageProblem: The dump or its manifest is missing, or of another server line.
        AlreadyRunning: Another command that needs the scratch folder is under way.
        ConfigError: The home cannot be written.
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


def exchange_without_erased(
    server: LocalServer,
    data: Path,
    scratch: Path,
    further: Sequence[Mapping[str, Any]],
    progress: Progress,
) -> ErasedAgain:
    """Erase in the proven copy whom the database that it replaces knows to be erased, then exchange the two.

    Customers who are erased meanwhile are not missed: the database must be as it was when it was asked who was. The
    copy goes on from its fencing token, too.

    Args:
        server: The local server.
        data: Data folder with the copy.
        scratch: Home that it is in.
        further: Erasures that are known from elsewhere.
        progress: Where to report.

    Raises:
        QueryFailed: Somebody kept writing into the database; it is as before.
    """
    again = ErasedAgain()
    for _ in range(ATTEMPTS):
        with connected(server) as graph:
            before, erased = content_of(graph), united(erasures(graph), further)
            token = token_of(graph) + 1  # the lock is taken once more for the exchange
        more, content = made_ready(server, scratch, erased, token, progress)
        again = replace(more, erased=again.erased + more.erased)
        if put_in_place(server, data, content, before, token):
            key = PseudonymKey(server.settings.pseudonym_key_path)
            if key.path.exists():  # otherwise a new one would be made, which knows nobody
                with connected(server) as graph:
                    keep_history(graph, key, server.settings.home)
            return again
    raise QueryFailed(
        "somebody keeps writing into the database; it was not replaced",
        code="database-busy",
        hint="end the other program and run the command again",
    )


def erased_by_history(server: LocalServer) -> list[dict[str, Any]] | None:
    """Return who was erased according to the copy of the history in the home of the project; `None` without a copy.

    Raises:
        UsageProblem: The copy cannot be read.
        ConfigError: The key of the pseudonyms is another one than that of the history.
    """
    path = server.settings.home / HISTORY_NAME
    if not path.exists():
        return None
    history = parse_history(path)
    key = PseudonymKey(server.settings.pseudonym_key_path)
    if history.erased and key.path.exists():
        history.require_key(key)
    return [{"key": one.key, "erased_at": one.erased_at} for one in history.erased]


def united(*sources: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return erasures without repetition, in the order of their keys."""
    found = {str(one["key"]): dict(one) for source in reversed(sources) for one in source}
    return [found[key] for key in sorted(found)]


def made_ready(
    server: LocalServer, scratch: Path, erased: list[dict[str, Any]], token: int, progress: Progress
) -> tuple[ErasedAgain, Content]:
    """Erase customers in the copy in a scratch home and raise its fencing token.

    Returns:
        What was erased, and what the copy holds now.
    """
    second, again = second_server(server, scratch), ErasedAgain()
    try:
        place = second.start()
        with Graph(place.uri, place.username, place.password, place.database) as graph:
            if erased:
                with hold_lease(graph, f"restore-{secrets.token_hex(4)}", purpose="restore") as lease:
                    key = PseudonymKey(server.settings.pseudonym_key_path)
                    again = erase_again(graph, lease, erased, key, progress)
            carry_token(graph, token)
            return again, content_of(graph)
    finally:
        second.stop()


def put_in_place(server: LocalServer, data: Path, content: Content, before: Content, token: int) -> bool:
    """Exchange the local database for another one and forget what was kept of the old one.

    Cached snapshots go, because a data version of the old database may come up again with other data.

    Args:
        server: The local server.
        data: Data folder with the other one.
        content: What the other one holds.
        before: What the database must hold; when it holds something else, nothing is done.
        token: Fencing token that the other one has at least; when that of the database is larger, nothing is done.

    Returns:
        Whether they were exchanged.

    Raises:
        QueryFailed: They were exchanged, and the database holds something else than it must.
    """

    def exchange(offline: Offline, found: Content, last: int) -> bool:
        if found != before or last > token:
            return False
        offline.exchange(data, (DATABASE,))
        shutil.rmtree(server.settings.home / "snapshots", ignore_errors=True)
        return True

    with connected(server) as graph:
        done = untouched(server, graph, "restore", exchange)
    if done:
        with connected(server) as graph:
            found = content_of(graph)
        if found != content:  # it was proven
            raise QueryFailed(
                f"right after the exchange the database holds {found.nodes:,} nodes and {found.relationships:,} "
                f"relationships with run `{found.run}`; it was proven to hold {content.nodes:,} and "
                f"{content.relationships:,} with `{content.run}`: another program wrote, or the exchange failed",
                code="restored-differs",
                hint="end the other program and restore the dump again",
            )
    return done
