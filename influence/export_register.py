"""The register of files with personal data: what was written, when, and where to, so that it can be found again."""

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


@dataclass(frozen=True)
class RegisteredFile:
    """A file that left the database.

    Attributes:
        at: When it was written (UTC).
        kind: `report`, `segment`, `audience`, `rejects` or `pages`.
        name: Report, segment or file that it holds.
        path: Where it was written to.
        sha256: Digest of what was written; another digest today means that somebody changed the file.
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
        """Return whether the file, which must be there, is still as it was written."""
        return file_digest(self.path) == self.sha256


class ExportRegister:
    """The register of one project: a line of JSON per file, only ever added to.

    Args:
        home: Folder of the project.
    """

    def __init__(self, home: Path) -> None:
        self.path = home / FILE

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

        Raises:
            UsageProblem: A line cannot be read.
        """
        found: dict[Path, RegisteredFile] = {}
        for entry in self._entries():
            found.pop(entry.path, None)
            found[entry.path] = entry
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
