"""`influence server`: the local Neo4j with Graph Data Science that influence brings along."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from influence.cli import context
from influence.cli.changes import Yes, confirm

if TYPE_CHECKING:
    from influence.backup import Content, Restored
    from influence.server import LocalServer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)

Line = Annotated[
    str | None, typer.Option("--line", help="Server line, 5.26 or 2026.01; default INFLUENCE_SERVER_LINE, else 5.26.")
]


@app.callback()
def server() -> None:
    """The local Neo4j server that influence brings along."""


def local(line: str | None) -> LocalServer:
    """Return the local server of this project."""
    from influence.server import LocalServer

    return LocalServer(context.settings(server_line=line), context.progress())


def say(fields: dict[str, object]) -> None:
    """Print names and values, aligned; what is not known is left out."""
    width = max(map(len, fields))
    for name, value in fields.items():
        if value is not None:
            typer.echo(f"{name:<{width}}  {value}")


@app.command()
def install(line: Line = None) -> None:
    """Download, verify and assemble the server, or repair it.

    \b
    Examples:
      influence server install
      influence server install --line 2026.01
    """
    made = local(line).install()
    say(
        {
            "neo4j": made.line.neo4j,
            "graph data science": made.line.gds,
            "layout": f"{made.layout} ({made.reason})" if made.reason else made.layout,
            "folder": made.folder,
        }
    )


@app.command()
def start(line: Line = None) -> None:
    """Start the server, or say where the running one is.

    \b
    Examples:
      influence server start
    """
    chosen = local(line)
    endpoint = chosen.start()
    say(
        {
            "uri": endpoint.uri,
            "username": endpoint.username,
            "password file": chosen.home.password,
            "database": endpoint.database,
        }
    )


@app.command()
def stop(line: Line = None) -> None:
    """End the server; commits are kept, an open transaction is rolled back.

    \b
    Examples:
      influence server stop
    """
    typer.echo("stopped" if local(line).stop() else "not running")


@app.command()
def status(line: Line = None) -> None:
    """Say whether the server runs, where, and in which layout.

    \b
    Examples:
      influence server status
    """
    import time

    found = local(line).status()
    idle = "never" if not found.idle_seconds else f"after {found.idle_seconds / 60:g} idle minutes"
    archive = {True: "in use", False: "not in use", None: "unknown on this system"}[found.archive_used]
    say(
        {
            "state": ("running" if found.ready else "starting") if found.running else "stopped",
            "line": f"{found.line} (Neo4j {found.neo4j}, Graph Data Science {found.gds})",
            "home": found.home,
            "layout": found.layout or "not installed",
            "reason": found.layout_reason,
            **(
                {
                    "class-data archive": archive,
                    "uri": found.uri,
                    "process": found.pid,
                    "profile": found.profile,
                    "up": f"{(time.time() - (found.since or 0)) / 60:.0f} min",
                    "ends": idle,
                }
                if found.running
                else {}
            ),
        }
    )


@app.command()
def logs(
    lines: Annotated[int, typer.Option("--lines", min=1, help="How many lines from the end.")] = 50, line: Line = None
) -> None:
    """Print the end of the server's log.

    \b
    Examples:
      influence server logs --lines 200
    """
    typer.echo(local(line).logs(lines))


@app.command()
def doctor(line: Line = None) -> None:
    """Check files, Java, memory, disk and the running server; exit 1 when something is to be fixed.

    \b
    Examples:
      influence server doctor
    """
    from influence.errors import CheckFailed

    findings = local(line).doctor()
    for finding in findings:
        typer.echo(f"{'OK ' if finding.ok else 'FIX'}  {finding.check}: {finding.detail}")
        if not finding.ok and finding.fix:
            typer.echo(f"     {finding.fix}")
    bad = sum(not finding.ok for finding in findings)
    if bad:
        raise CheckFailed(
            f"{bad} of {len(findings)} checks of the local server need a fix",
            code="server-doctor",
            hint="do what stands below each FIX",
        )


@app.command()
def dump(
    target: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="File to write, or folder for a dated name.")],
    line: Line = None,
) -> None:
    """Write the database into a file, which is restored into a scratch folder and checked before it gets its name.

    The server is stopped while the file is written, then started again. Key of pseudonyms and passwords are not in it.

    \b
    Examples:
      influence server dump backups/
    """
    from datetime import UTC, datetime

    from influence.backup import dump_database

    with context.stopping():
        path, manifest = dump_database(local(line), target, datetime.now(UTC), context.progress())
    say({"dump": path, "bytes": f"{manifest.size:,}", **content(manifest.content)})


@app.command()
def restore(
    dump: Annotated[Path, typer.Argument(metavar="FILE", help="A dump, with its manifest beside it.")],
    line: Line = None,
    yes: Yes = False,
) -> None:
    """Put a dump in the place of the database, after it has been proven in a scratch folder.

    Customers who were erased after the dump was made are erased in it before it takes the place; who they are is known
    from the database that is replaced and from the history in the home of the project.

    \b
    Examples:
      influence server restore backups/influence-5.26-20261122T020000Z.dump
    """
    from influence.backup import connected, require_local, restore_database
    from influence.load.bulk.way import is_new

    chosen = local(line)
    require_local(chosen.settings.uri, "influence server restore")
    with connected(chosen) as graph:
        empty = is_new(graph)
    if not (empty or yes):
        confirm("The database is not empty. Replace it by the dump?", yes)
    with context.stopping():
        done = restore_database(chosen, dump, context.progress(), replace=not empty)
    say({"restored": dump, "made": done.manifest.made_at, **content(done.manifest.content)})
    for text in cautions(done):
        typer.echo(f"\n{text}", err=True)


def cautions(done: Restored) -> list[str]:
    """Return what a restore did about customers who were erased, and what it could not do."""
    again = done.again
    if again.known:
        said = [
            f"erased customers: {again.known:,} are on record; {again.erased:,} of them were in the dump and have been "
            "erased again, so there is less in the database than in the dump; compute again"
            if again.erased
            else f"erased customers: {again.known:,} are on record; none of them is in the dump"
        ]
        if again.left:
            said.append(f"their ids still stand at {again.left:,} places, perhaps by coincidence: `influence erase ID`")
    elif done.informed:
        said = ["erased customers: none is on record"]
    else:
        said = [
            "the database that was replaced was empty and there is no history of it, so nobody knows who was erased "
            "after the dump was made: they are back. Erase them again (`docs/privacy.md`)"
        ]
    return [*said, "records that `influence prune` deleted after the dump was made are back: prune again"]


@app.command()
def check(
    dump: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A dump; default: the database itself.")] = None,
    line: Line = None,
) -> None:
    """Check the consistency of the database, or prove that a dump can be restored and holds what its manifest says.

    \b
    Examples:
      influence server check
      influence server check backups/influence-5.26-20261122T020000Z.dump
    """
    from influence.backup import check_database, check_dump

    chosen = local(line)
    with context.stopping():
        if dump is None:
            found = check_database(chosen, context.progress())
        else:
            found = check_dump(chosen, dump, context.progress()).content
    say({"consistent": dump or chosen.home.folder, **content(found)})


def content(held: Content) -> dict[str, object]:
    """Return what a database holds, to be printed."""
    return {
        "nodes": f"{held.nodes:,}",
        "relationships": f"{held.relationships:,}",
        "data version": held.data_version,
        "current run": held.run,
    }
