"""The folder of one server, the record of its process, and the lock that keeps two starters apart."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from influence.errors import ConfigError
from influence.files import PERSONAL, private_folder, write_atomically

__all__ = ["Home", "Record", "locked", "make_folder"]

PANIC: Final = b"Database panic"
"""What the server's own log says when its database stops itself."""


@dataclass(frozen=True)
class Record:
    """What is known about a started server.

    Attributes:
        mark: Start time of the process as the system reports it; tells a reused process id apart.
        port: Bolt port on loopback.
        profile: `small` or `analysis`.
        layout: `fast` or `plain`.
        archive: Class-data archive it was told to use.
        since: When it was started, seconds since 1970.
        idle_seconds: It ends after that long without use; 0 means never.
        ready: Whether it has answered once.
    """

    pid: int
    mark: str
    port: int
    line: str
    profile: str
    layout: str
    archive: str | None
    since: float
    idle_seconds: float
    ready: bool


@dataclass(frozen=True)
class Home:
    """The folder of one server: its data, configuration, logs and password."""

    folder: Path

    @property
    def record_path(self) -> Path:
        """The record of the process started last."""
        return self.folder / "run" / "server.json"

    @property
    def activity(self) -> Path:
        """A file whose modification time is the last time somebody asked for the server."""
        return self.folder / "run" / "activity"

    @property
    def lock(self) -> Path:
        """Held while a server starts or ends by itself."""
        return self.folder / "run" / "start.lock"

    @property
    def stopped(self) -> Path:
        """There when the database said that it has stopped itself, until it has been started again."""
        return self.folder / "run" / "stopped-itself"

    @property
    def log(self) -> Path:
        """What the server prints."""
        return self.folder / "logs" / "server.log"

    @property
    def password(self) -> Path:
        """The password of the user `neo4j`, readable by this user only."""
        return self.folder / "password"

    def read_record(self) -> Record | None:
        """Return the record, or `None` when there is none that can be read."""
        try:
            return Record(**json.loads(self.record_path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write_record(self, record: Record) -> None:
        """Replace the record in one step."""
        write_atomically(self.record_path, json.dumps(asdict(record), indent=1) + "\n", mode=PERSONAL)

    def panicked(self, last: Record | None) -> bool:
        """Return whether the database of the last server stopped itself, as far as its log could still say so."""
        if self.stopped.exists():
            return True
        try:
            lines = (self.folder / "logs" / "debug.log").read_bytes().splitlines()
        except OSError:
            return False
        since = time.time() if last is None else last.since
        for line in reversed(lines):
            if PANIC in line:
                with suppress(ValueError):
                    return datetime.fromisoformat(line[:28].decode(errors="replace")).timestamp() >= since
        return False

    def tail(self, lines: int) -> str:
        """Return the last lines of the log, or nothing when there is none yet."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])


def make_folder(folder: Path, variable: str) -> None:
    """Make a folder and its parents.

    Args:
        folder: The folder; it may be there already.
        variable: Environment variable that moves it, for the hint.

    Raises:
        ConfigError: It cannot be made.
    """
    try:
        private_folder(folder)
    except OSError as error:
        raise ConfigError(
            f"cannot make the folder `{folder}`: {(error.strerror or 'unknown reason').lower()}",
            code="folder-unwritable",
            hint=f"set `{variable}` to a folder that this user may write",
        ) from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock between processes; the system frees it when its holder dies."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
