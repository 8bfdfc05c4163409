"""`influence snapshot`: the arrays that the computations read."""

from __future__ import annotations

import typer

from influence.cli import context
from influence.cli.format import Format, FormatOption

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def snapshot() -> None:
    """The arrays that the computations read."""


@app.command()
def status(
    output: FormatOption = Format.table,
) -> None:
    """List the snapshots on disk and say which ones match the graph as it is now.

    \b
    Examples:
      influence snapshot status
    """
    import json

    from influence.snapshot import cache
    from influence.snapshot.reader import fingerprint, moment

    with context.project() as project:
        now = fingerprint(project.graph())
        found = cache.kept(project.home)
    if output is Format.json:
        rows = [
            {
                "version": one.version,
                "as_of": moment(one.as_of).isoformat(),
                "customers": one.customers,
                "bytes": one.size,
                "written": one.written.isoformat(),
                "fresh": one.version == now.version,
                "path": str(one.path),
            }
            for one in found
        ]
        typer.echo(
            json.dumps({"schema_version": 1, "version": now.version, "counts": now.counts, "snapshots": rows}, indent=2)
        )
        return
    typer.echo(f"data version {now.version}: " + ", ".join(f"{n:,} {kind}" for kind, n in now.counts.items() if n))
    for one in found:
        state = "fresh" if one.version == now.version else "stale"
        typer.echo(
            f"{state}  {one.version}  as of {moment(one.as_of):%Y-%m-%d %H:%M} UTC  {one.customers:>10,} customers  "
            f"{one.size / 1e6:>8,.1f} MB"
        )
    if not found:
        typer.echo("no snapshot on disk; `influence compute run` writes one", err=True)


@app.command()
def clear() -> None:
    """Remove the snapshots on disk; the next run reads the graph again.

    \b
    Examples:
      influence snapshot clear
    """
    from influence.snapshot import cache

    number = cache.clear(context.settings().home)
    typer.echo(f"removed {number} {'snapshot' if number == 1 else 'snapshots'}")
