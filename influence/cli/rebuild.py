"""`influence rebuild`: the graph anew, from the source files and the history of loads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from influence.cli import context
from influence.cli.changes import Yes, confirm

if TYPE_CHECKING:
    from influence.backup import Rebuilt

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(rebuild)


def rebuild(
    sources: Annotated[
        list[Path] | None,
        typer.Option(
            "--sources", metavar="DIR", help="Folder with source files that moved, such as an archive; repeatable."
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Build and compare beside the database; replace nothing. Exit code 5 when they differ."
        ),
    ] = False,
    accept_differences: Annotated[
        bool, typer.Option("--accept-differences", help="Take the rebuilt graph although it differs.")
    ] = False,
    history: Annotated[
        Path | None,
        typer.Option("--history", metavar="FILE", help="Into an empty database, from a copy of the history."),
    ] = None,
    yes: Yes = False,
) -> None:
    """Build the graph anew from the source files, in the order and with the options of all loads and clean-ups.

    It is built beside the database and compared with it: counts, and every row that a computation reads. Erased
    customers stay erased, records of exports are taken over; runs are not, compute again.

    \b
    Examples:
      influence rebuild --check
      influence rebuild --sources /archive/extracts --yes
      influence rebuild --history .influence/history.json
    """
    found = (
        from_copy(history, sources or []) if history else from_database(sources or [], check, accept_differences, yes)
    )
    show(found, compared=history is None)


def from_database(sources: list[Path], check: bool, accept_differences: bool, yes: bool) -> Rebuilt:
    """Rebuild the database that is there."""
    from datetime import UTC, datetime

    from influence.backup import rebuild_database, require_exchangeable
    from influence.load import PseudonymKey
    from influence.server import LocalServer

    settings, progress = context.settings(), context.progress()
    server = LocalServer(settings, progress)
    require_exchangeable(server)
    if not check:
        confirm("Replace the database, with all its runs, by one rebuilt from the sources?", yes)
    with context.stopping():
        return rebuild_database(
            server,
            PseudonymKey(settings.pseudonym_key_path),
            progress,
            datetime.now(UTC),
            folders=sources,
            check=check,
            accept_differences=accept_differences,
        )


def from_copy(history: Path, sources: list[Path]) -> Rebuilt:
    """Fill an empty database."""
    from influence.backup import rebuild_into_empty
    from influence.load import PseudonymKey, parse_history
    from influence.server import LocalServer

    past = parse_history(history)  # before anything is loaded: the first load writes a new copy
    with context.project() as project:
        local = LocalServer(project.settings, project.progress) if project.uses_local_server else None
        key = PseudonymKey(project.settings.pseudonym_key_path)
        return rebuild_into_empty(project.graph(), local, past, key, project.home, project.progress, folders=sources)


def show(found: Rebuilt, *, compared: bool) -> None:
    """Say what was built, whether it is the same, and what to do next."""
    from influence.queries.findings import counted

    again = [counted(found.loads, "load") + " of " + counted(found.files, "file")]
    again += [counted(found.retentions, "clean-up")] if found.retentions else []
    typer.echo(f"{' and '.join(again)} done again")
    if found.erased:
        typer.echo(f"{counted(found.erased, 'erased customer')} kept out")
    if found.exports:
        typer.echo(f"{counted(found.exports, 'record')} of audience exports taken over")
    for kind, amount in found.counts.items():
        typer.echo(f"{kind:<16} {amount:>14,}")
    if compared:
        same = "the same as the database: counts, and every row that a computation reads"
        typer.echo("\n".join(f"differs: {one}" for one in found.differences) or same)
    if found.replaced:
        typer.echo("\nruns were not rebuilt; next: influence compute run", err=True)
    else:
        typer.echo("\nnothing was replaced", err=True)
