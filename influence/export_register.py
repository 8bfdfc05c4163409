"""The register of files with personal data: what was written, when, and where to, so that it can be found again.

A file is noted before it is written and once more, with its digest, when it is complete: a process that is killed in
between leaves nothing behind that nobody knows of. A folder of pages is noted once, before it is built, because its own
manifest says how each of its files was written.

Whoever reads answers to write them to files says so (`handing_out`), and so does whoever erases people from what is
there (`erasing`): the two never overlap, so no file appears with somebody who was looked for in files a moment before.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from influence.errors import AlreadyRunning, UsageProblem
from influence.files import PERSONAL, Written, file_digest, private_folder

__all__ = ["ExportRegister", "RegisteredFile"]

FILE: Final = "exports.ndjson"
LOCK: Final = "exports.lock"
MANIFEST: Final = "manifest.json"
BEGIN: Final = re.compile(rb'(?=\{"at": )')
"""Where an entry begins; inside an entry the quotes of such a text are escaped."""
DELETED: Final = "deleted"
"""Kind of an entry that says that an erasure has deleted what stood there."""
WAIT: Final = 60.0
"""Seconds at most that an erasure waits for files that are being written."""


@dataclass(frozen=True)
class RegisteredFile:
    """A file or a folder of pages that left the database.

    Attributes:
        at: When it was written (UTC).
        kind: `report`, `segment`, `audience`, `rejects` or `pages`.
        name: Report, segment or file that it holds.
        path: Where it was written to.
        sha256: Digest of what was written; another digest today means that somebody changed the file. Empty for a
            folder, and for a file of which nobody noted that it was completed.
        run: Run whose scores it holds, or empty.
        export: Id of the audience export in the graph, or empty.
    """

    at: datetime
    kind: str
    name: str
    path: Path
    sha256: str
    run: str = ""
    export: str = ""

    def unchanged(self) -> bool:
        """Return whether the file or folder, which must be there, is still as it was written."""
        try:
            return folder_unchanged(self.path) if self.path.is_dir() else file_digest(self.path) == self.sha256
        except OSError:
            return False  # what this user may not read was not left as it was


def folder_unchanged(folder: Path) -> bool:
    """Return whether every file in a folder of pages is as its manifest says; files that are gone do not count."""
    try:
        described = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        digests = {entry["path"]: entry["sha256"] for entry in described["files"]}
        return described["kind"] == "report-bundle" and all(
            file_digest(file) == digests[file.relative_to(folder).as_posix()]
            for file in folder.rglob("*")
            if not file.is_dir() and file != folder / MANIFEST
        )
    except (ValueError, KeyError, TypeError):
        return False


class ExportRegister:
    """The register of one project: lines of JSON, only ever added to.

    Args:
        home: Folder of the project.
    """

    def __init__(self, home: Path) -> None:
        self.path = home / FILE

    @contextmanager
    def handing_out(self) -> Iterator[None]:
        """Keep erasures waiting from before answers are read until the files with them are complete.

        Raises:
            AlreadyRunning: Customers are being erased; an answer may still hold them.
        """
        with self._locked(fcntl.LOCK_SH, 0.0) as held:
            if not held:
                raise AlreadyRunning(
                    "customers are being erased, and a file written now could still hold them",
                    code="erasure-running",
                    hint="start the command again when the erasure is done; nothing was written",
                )
            yield

    @contextmanager
    def erasing(self, wait: float = WAIT) -> Iterator[None]:
        """Wait for the files that are being written, and let no other one begin while the context lasts.

        Args:
            wait: Seconds at most.

        Raises:
            AlreadyRunning: Files are still being written.
        """
        with self._locked(fcntl.LOCK_EX, wait) as held:
            if not held:
                raise AlreadyRunning(
                    "files with personal data are being written, and nobody could find a customer in them yet",
                    code="export-running",
                    hint="start the command again when they are done; nothing was erased",
                )
            yield

    @contextmanager
    def _locked(self, how: int, wait: float) -> Iterator[bool]:
        """Yield whether the lock could be had; a home that cannot be written has no files to wait for."""
        descriptor: int | None = None
        with suppress(OSError):  # nothing can be registered there either: `add` says why
            private_folder(self.path.parent)
            descriptor = os.open(self.path.with_name(LOCK), os.O_RDWR | os.O_CREAT, PERSONAL)
        try:
            yield descriptor is None or acquired(descriptor, how, wait)
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def begin(
        self, kind: str, name: str, paths: Sequence[Path], *, now: datetime, run: str = "", export: str = ""
    ) -> None:
        """Note what is about to be written; `add` completes it for files.

        Raises:
            UsageProblem: The register cannot be written.
        """
        self.add(kind, name, [Written(path.resolve(), 0, "") for path in paths], now=now, run=run, export=export)

    def add(
        self, kind: str, name: str, files: Sequence[Written], *, now: datetime, run: str = "", export: str = ""
    ) -> None:
        """Note files that were written: all of them, or none when the register cannot be written.

        Raises:
            UsageProblem: The register cannot be written.
        """
        lines = b"".join(
            json.dumps(
                {
                    **asdict(RegisteredFile(now, kind, name, file.path, file.sha256, run, export)),
                    "at": now.isoformat(timespec="seconds"),
                    "path": str(file.path),
                },
                ensure_ascii=False,
            ).encode()
            + b"\n"
            for file in files
        )
        if not lines:
            return
        try:
            private_folder(self.path.parent)
            append(self.path, lines)
        except OSError as error:
            raise UsageProblem(
                f"cannot write the export register `{self.path}`: {(error.strerror or 'unknown reason').lower()}",
                code="register-unwritable",
                hint="make the file writable: without it nobody knows later which files hold a person",
            ) from error

    def deleted(self, entry: RegisteredFile, now: datetime) -> None:
        """Note that an erasure has deleted a file or folder of pages.

        Raises:
            UsageProblem: The register cannot be written.
        """
        self.add(DELETED, entry.name, [Written(entry.path, 0, "")], now=now, run=entry.run, export=entry.export)

    def files(self) -> list[RegisteredFile]:
        """Return the last entry of every path, oldest first; without what an erasure has deleted.

        Where a file was begun anew and nobody noted that it was completed, the entry of the complete one before is
        there as well: either may be what stands there.

        Raises:
            UsageProblem: A line cannot be read.
        """
        found: dict[tuple[Path, bool], RegisteredFile] = {}
        for entry in self._read()[0]:
            found.pop((entry.path, False), None)
            if entry.sha256 or entry.kind == DELETED:
                found.pop((entry.path, True), None)
            if entry.kind != DELETED:
                found[entry.path, bool(entry.sha256)] = entry
        return list(found.values())

    def torn(self) -> list[int]:
        """Return the numbers of the lines that a crash has cut off.

        No file is lost with one: a line is complete before its file is begun, or else the file was noted as begun.

        Raises:
            UsageProblem: A line cannot be read.
        """
        return self._read()[1]

    def _read(self) -> tuple[list[RegisteredFile], list[int]]:
        """Return the entries, and the numbers of the lines that were cut off."""
        entries: list[RegisteredFile] = []
        torn: list[int] = []
        if not self.path.is_file():
            return entries, torn
        for number, line in enumerate(self.path.read_bytes().split(b"\n"), 1):
            for piece in BEGIN.split(line):  # earlier versions wrote on behind a line that was cut off
                if piece.rstrip().endswith(b"}"):
                    entries.append(self._entry(piece, number))
                elif piece.strip():
                    torn.append(number)
        return entries, torn

    def _entry(self, text: bytes, number: int) -> RegisteredFile:
        try:
            entry = json.loads(text)
            return RegisteredFile(
                datetime.fromisoformat(entry["at"]),
                entry["kind"],
                entry["name"],
                Path(entry["path"]),
                entry["sha256"],
                entry["run"],
                entry["export"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise UsageProblem(
                f"`{self.path}` line {number} cannot be read",
                code="register-unreadable",
                hint="put the line right or remove it; each line is one JSON object",
            ) from error


def acquired(descriptor: int, how: int, wait: float) -> bool:
    """Lock an open file; return whether that went within some seconds, or the file system knows no locks."""
    end = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(0.1)
        except OSError:
            return True


def append(path: Path, lines: bytes) -> None:
    """Append whole lines to a file or nothing, one process at a time; a line that a crash has cut off is ended first.

    Raises:
        OSError: Not all of them can be written.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, PERSONAL)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            lines = b"\n" + lines
        try:
            while lines:
                lines = lines[os.write(descriptor, lines) :]
            os.fsync(descriptor)
        except BaseException:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
