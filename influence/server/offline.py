"""A stopped server whose database can be exchanged, so that a crash leaves the old one or the new one."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from influence.files import PERSONAL, flush_folder, write_atomically
from influence.server.admin import AdminTool
from influence.server.home import Home

__all__ = ["Offline", "finish_exchange", "log_digests"]

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
        """
        order = {"data": str(data.absolute()), "databases": list(databases)}
        write_atomically(order_path(self.home), json.dumps(order) + "\n", mode=PERSONAL)
        finish_exchange(self.home)


def order_path(home: Home) -> Path:
    """Return the file that says which databases are being exchanged."""
    return home.folder / "run" / "exchange.json"


def finish_exchange(home: Home) -> None:
    """Complete an exchange of databases that was written down; the server must not run."""
    path = order_path(home)
    try:
        order = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    for name in order["databases"]:
        for part in PARTS:
            source, target = Path(order["data"]) / part / name, home.folder / "data" / part / name
            if source.exists():  # otherwise it has been moved already
                target.parent.mkdir(parents=True, exist_ok=True)
                if target.exists():
                    shutil.rmtree(target)
                source.rename(target)
                flush_folder(target.parent)
    path.unlink()


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
