"""What could stop `influence` from serving: each finding says OK or what fixes it."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from influence.errors import InfluenceError
from influence.graph import Graph
from influence.project import Project
from influence.queries import library
from influence.queries.lint import lint
from influence.runs import current_run
from influence.schema import schema_status
from influence.server import LocalServer
from influence.server.doctor import Finding
from influence.settings import Settings

__all__ = ["Finding", "examine"]

CLOCK_TOLERANCE = timedelta(seconds=30)
LOOPBACK = ("localhost", "127.", "[::1]")
PLAIN_SCHEMES = ("bolt://", "neo4j://")
GUARDS = {
    "dbms.security.allow_csv_import_from_file_urls": ("false",),
    "db.transaction.timeout": None,
    "db.memory.transaction.max": None,
}
"""Server settings that keep a read-only query harmless: the values wanted, or `None` for "not unlimited"."""
UNLIMITED = ("0", "0s", "0B", "0 B")


def examine(
    project: Project,
    now: Callable[[], datetime],
    max_age: timedelta | None = None,
    env_file: Path | None = None,
) -> list[Finding]:
    """Look at settings, server, schema, saved files and the current run; nothing is changed.

    Args:
        project: Its database is connected to (and a local server started) on the way.
        now: Tells the client's time, with zone; asked when it is compared, since a server may have to start first.
        max_age: The current run may be this old; `None`: any age.
        env_file: The file the settings came from; default `.env`.
    """
    findings = list(settings_findings(project.settings, env_file))
    findings += saved_files(project.settings)
    try:
        graph = project.graph()
    except InfluenceError as error:
        findings.append(Finding("connection", False, error.message, error.hint))
        if project.uses_local_server:
            findings += local_server(project)
        return findings
    for look in (connection, guards, clock, schema, freshness):
        findings += look(graph, now(), max_age)
    if project.uses_local_server:
        findings += local_server(project)
    return findings


def settings_findings(settings: Settings, env_file: Path | None) -> Iterator[Finding]:
    """Look at who can read secrets and whether the connection is encrypted."""
    path = env_file or Path(".env")
    if path.is_file() and path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        yield Finding("settings", False, f"`{path}` can be read by other users", f"run `chmod 600 {path}`")
    else:
        yield Finding("settings", True, "no secret lies open")
    uri = settings.uri
    if uri is not None and uri.startswith(PLAIN_SCHEMES):
        host = uri.split("://", 1)[1]
        if not host.startswith(LOOPBACK):
            yield Finding(
                "encryption", False, f"`{uri}` is not encrypted", "use `neo4j+s://` or `bolt+s://` for another host"
            )


def saved_files(settings: Settings) -> list[Finding]:
    """Look at the saved Cypher."""
    problems = lint(library(settings.cypher_dir))
    if problems:
        return [Finding("saved files", False, f"{len(problems)} problems", "run `influence library lint`")]
    return [Finding("saved files", True, "all valid")]


def connection(graph: Graph, now: datetime, max_age: timedelta | None) -> list[Finding]:
    """Look at versions, edition and the driver's codec."""
    facts = graph.facts()
    fast = "Rust" in facts.agent
    return [
        Finding("connection", True, f"`{graph.uri}`, database `{graph.database}`"),
        Finding(
            "versions",
            facts.tested,
            f"Neo4j {facts.version} {facts.edition} with Graph Data Science {facts.gds}",
            None if facts.tested else "this pair is not one the tests run on; 5.26 with 2.13 and 2026.01 with 2.26 are",
        ),
        Finding(
            "driver",
            fast,
            "compiled codec" if fast else "slow codec in Python",
            None if fast else "run `pip install neo4j-rust-ext`",
        ),
    ]


def guards(graph: Graph, now: datetime, max_age: timedelta | None) -> list[Finding]:
    """Look at the server settings that keep a read-only query harmless."""
    rows = graph.read(
        "SHOW SETTINGS YIELD name, value WHERE name IN $names RETURN name, value",
        {"names": list(GUARDS)},
        name="doctor-guards",
    )
    values = {row["name"]: row["value"] for row in rows.dicts()}
    findings = []
    for name, wanted in GUARDS.items():
        value = values.get(name)
        ok = value is not None and (value in wanted if wanted else value not in UNLIMITED)
        shown = "unknown" if value is None else value
        fix = f"set `{name}={wanted[0]}` in neo4j.conf" if wanted else f"give `{name}` a limit in neo4j.conf"
        findings.append(Finding("guard", ok, f"`{name}` is {shown}", None if ok else fix))
    return findings


def clock(graph: Graph, now: datetime, max_age: timedelta | None) -> list[Finding]:
    """Compare the clocks of server and client; a load refuses purchases from the future."""
    there = graph.read("RETURN datetime() AS now", name="doctor-clock").rows[0][0]
    apart = abs(there - now)
    ok = apart <= CLOCK_TOLERANCE
    fix = None if ok else "set the clock of this machine or of the server (NTP)"
    return [Finding("clock", ok, f"client and server differ by {apart.total_seconds():.0f} s", fix)]


def schema(graph: Graph, now: datetime, max_age: timedelta | None) -> list[Finding]:
    """Look whether every constraint and index is there."""
    if schema_status(graph).up_to_date:
        return [Finding("schema", True, "up to date")]
    return [Finding("schema", False, "not up to date", "run `influence schema apply`")]


def freshness(graph: Graph, now: datetime, max_age: timedelta | None) -> list[Finding]:
    """Look whether scores are published and how old they are."""
    run = current_run(graph)
    if run is None or run.published_at is None:
        return [Finding("scores", False, "nothing is published yet", "run `influence compute run`")]
    age = now - run.published_at
    hours = age.total_seconds() / 3600
    ok = max_age is None or age <= max_age
    return [Finding("scores", ok, f"run {run.id}, {hours:.0f} h old", None if ok else "run `influence compute run`")]


def local_server(project: Project) -> list[Finding]:
    """Look at the local server's files, Java, port, disk and memory."""
    return [Finding(f.check, f.ok, f.detail, f.fix) for f in LocalServer(project.settings).doctor()]
