"""`influence exports`: which files with personal data were written, and where to."""

from __future__ import annotations

import typer

from influence.cli import context
from influence.cli.format import Format, FormatOption

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(exports)


def exports(
    output: FormatOption = Format.table,
) -> None:
    """List the files and folders of pages with personal data that were written from here, newest last.

    Each is as it was written, changed since, or gone from where it was written to; begun is a file of which nobody
    noted that it was completed, as after a power cut. No database is needed.

    \b
    Examples:
      influence exports
      influence exports -o json
    """
    import json

    from influence.export_register import ExportRegister

    register = ExportRegister(context.settings().home)
    rows = []
    for entry in register.files():
        if not entry.path.exists():
            state = "gone"
        elif entry.path.is_file() and not entry.sha256:
            state = "begun"
        else:
            state = "as written" if entry.unchanged() else "changed"
        rows.append((entry, state))
    for line in register.torn():
        typer.echo(f"line {line} of `{register.path}` was cut off by a crash; the others are read", err=True)
    if output is Format.json:
        document = [
            {
                "at": entry.at.isoformat(timespec="seconds"),
                "kind": entry.kind,
                "name": entry.name,
                "path": str(entry.path),
                "sha256": entry.sha256 or None,
                "run": entry.run or None,
                "export": entry.export or None,
                "state": state,
            }
            for entry, state in rows
        ]
        typer.echo(json.dumps({"schema_version": 1, "files": document}, indent=2))
        return
    if not rows:
        typer.echo("no file with personal data was written from here", err=True)
    for entry, state in rows:
        typer.echo(f"{entry.at:%Y-%m-%d %H:%M}  {entry.kind:9} {entry.name:28} {state:11} {entry.path}")
