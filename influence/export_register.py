"""The register of files with personal data: what was written, when, and where to, so that it can be found again.

A file is noted before it is written and once more, with its digest, when it is complete: a process that is killed in
between leaves nothing behind that nobody knows of. A folder of pages is noted once, before it is built, because its own
manifest says how each of its files was written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from influence.errors import UsageProblem
from influence.files import PERSONAL, Written, file_digest, private_folder

__all__ = ["ExportRegister", "RegisteredFile"]

FILE: Final = "exports.ndjson"
MANIFEST: Final = "manifest.json"


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
        """Note files that were written.

        Each line is appended in one system call, so commands that write at the same time do not mix their lines.

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
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PERSONAL)
            try:
                os.write(descriptor, lines)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise UsageProblem(
                f"cannot write the export register `{self.path}`: {(error.strerror or 'unknown reason').lower()}",
                code="register-unwritable",
                hint="make the file writable: without it nobody knows later which files hold a person",
            ) from error

    def files(self) -> list[RegisteredFile]:
        """Return the last entry of every path, oldest first.

        Where a file was begun anew and nobody noted that it was completed, the entry of the complete one before is
        there as well: either may be what stands there.

        Raises:
            UsageProblem: A line cannot be read.
        """
        found: dict[tuple[Path, bool], RegisteredFile] = {}
        for entry in self._entries():
            found.pop((entry.path, False), None)
            if entry.sha256:
                found.pop((entry.path, True), None)
            found[entry.path, bool(entry.sha256)] = entry
        return list(found.values())

    def _entries(self) -> Iterator[RegisteredFile]:
        if not self.path.is_file():
            return
        with self.path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    entry = json.loads(line)
                    yield RegisteredFile(
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
