"""A stopped server whose database can be exchanged, so that a crash leaves the old one or the new one."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from influence.errors import QueryFailed, ServerUnsuitable
from influence.files import PERSONAL, flush_folder, write_atomically
from influence.server.admin import AdminTool
from influence.server.home import Home

__all__ = ["Offline", "finish_exchange", "log_digests", "order_path"]

PARTS = ("databases", "transactions")
"""Folders of a data folder that hold a part of each database: its store and its log."""


@dataclass(frozen=True)
class Offline:
    """A server while it is stopped and nobody can start it.

    Attributes:
        home: Its folder.
        admin: The admin tool, working on its data.
    """

    home: Home
    admin: AdminTool

    @property
    def data(self) -> Path:
        """Folder with `databases` and `transactions`."""
        return self.home.folder / "data"

    def exchange(self, data: Path, databases: Sequence[str] = ("neo4j",)) -> None:
        """Put databases of another data folder in the place of those of the same name, which are deleted.

        From the moment on in which this is written down, it will be completed: now, or before the next start.

        Args:
            data: Data folder on the same file system; the databases leave it.
            databases: Names of the databases.

        Raises:
            QueryFailed: One of them is not in that folder; nothing was changed.
            ServerUnsuitable: It vanished while it was being moved.
        """
        for name in databases:
            for part in PARTS:
                if not (data / part / name).is_dir():
                    raise QueryFailed(
                        f"`{data / part / name}` is gone, and it was to take the place of the database; nothing was "
                        "replaced",
                        code="exchange-source-missing",
                        hint="leave the folder of the server alone and run the command again",
                    )
        # relative, so that it can be followed in a home that was moved after a crash
        order = {"data": os.path.relpath(data.absolute(), self.home.folder), "databases": list(databases)}
        write_atomically(order_path(self.home), json.dumps(order) + "\n", mode=PERSONAL)
        finish_exchange(self.home)


def order_path(home: Home) -> Path:
    """Return the file that says which databases are being exchanged."""
    return home.folder / "run" / "exchange.json"


@dataclass(frozen=True)
class Move:
    """One folder that takes the place of another one.

    Attributes:
        source: The new folder, until it is moved.
        target: Its place.
        replaced: Where the old folder waits for the end of the exchange; an empty one when there was none. That it is
            there is the note that the place was cleared, so what is in the place now is the new folder.
    """

    source: Path
    target: Path
    replaced: Path

    def possible(self) -> bool:
        """Return whether it can be made, or has been made."""
        return self.source.is_dir() or (self.replaced.is_dir() and self.target.is_dir())

    def make(self) -> None:
        """Make it, or what is left of it."""
        if not self.source.exists():
            return
        self.target.parent.mkdir(parents=True, exist_ok=True)
        if not self.replaced.exists():
            if self.target.exists():
                self.target.rename(self.replaced)
                flush_folder(self.target.parent)
            else:
                self.replaced.mkdir(mode=0o700)
            flush_folder(self.replaced.parent)
        self.source.rename(self.target)
        flush_folder(self.target.parent)


def finish_exchange(home: Home) -> None:
    """Complete an exchange of databases that was written down; the server must not run.

    The old databases are deleted after everything has been moved.

    Raises:
        ServerUnsuitable: A new database is gone before it was moved; nothing was moved by this call.
    """
    path = order_path(home)
    try:
        order = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    data = home.folder / order["data"]
    moves = [
        Move(data / part / name, home.folder / "data" / part / name, data / f"replaced-{part}-{name}")
        for name in order["databases"]
        for part in PARTS
    ]
    gone = [f"`{move.source}`" for move in moves if not move.possible()]
    if gone:
        raise ServerUnsuitable(
            f"an exchange of databases was begun, and {' and '.join(gone)} is gone before it could take its place",
            code="exchange-incomplete",
            hint=f"put it back; to use what is in the place of the database instead, delete `{path}` and look at it "
            "with `influence server check`",
        )
    for move in moves:
        move.make()
    path.unlink()
    for move in moves:
        shutil.rmtree(move.replaced, ignore_errors=True)


def log_digests(home: Home, database: str = "neo4j") -> dict[str, str]:
    """Return a digest of every transaction log file of a database: each commit changes one, or makes a new one.

    Neither size nor time will do: a server may allocate a log file ahead of what it writes, and cut it when it stops.
    So zeros at the end do not count.
    """
    folder = home.folder / "data" / "transactions" / database
    return {path.name: digest(path) for path in sorted(folder.glob("neostore.transaction.db.*"))}


def digest(path: Path) -> str:
    """Return the SHA-256 of a file up to its last byte that is not zero."""
    content, zeros = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            written = piece.rstrip(b"\0")
            if written:
                content.update(b"%d zeros;" % zeros + written)
                zeros = 0
            zeros += len(piece) - len(written)
    return content.hexdigest()
