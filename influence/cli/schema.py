"""`influence schema`: constraints and indexes of the database."""

from __future__ import annotations

import typer

from influence.cli import context
from influence.cli.format import Format, FormatOption

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def schema() -> None:
    """Constraints and indexes of the database."""


@app.command()
def apply() -> None:
    """Create the constraints and indexes that are missing. Every load and compute does this by itself.

    \b
    Examples:
      influence schema apply
    """
    from influence.schema import apply_schema, schema_status

    with context.project() as project:
        before = schema_status(project.graph())
        after = apply_schema(project.graph())
    applied = len(after.with_state("applied")) - len(before.with_state("applied"))
    typer.echo(f"{applied} applied, {len(after.migrations)} in all" if applied else "the schema is up to date")


@app.command()
def status(output: FormatOption = Format.table) -> None:
    """List the schema files and which of them are applied.

    \b
    Examples:
      influence schema status
      influence schema status -o json
    """
    import json

    from influence.schema import schema_status

    with context.project() as project:
        found = schema_status(project.graph())
    if output is Format.json:
        migrations = [
            {
                "version": one.version,
                "description": one.description,
                "state": one.state,
                "checksum": one.checksum,
                "applied_at": one.applied_at.isoformat() if one.applied_at else None,
                "milliseconds": one.milliseconds,
            }
            for one in found.migrations
        ]
        typer.echo(json.dumps({"schema_version": 1, "ok": found.up_to_date, "migrations": migrations}, indent=2))
        return
    for one in found.migrations:
        when = f"{one.applied_at:%Y-%m-%d %H:%M}" if one.applied_at else ""
        typer.echo(f"V{one.version:7}  {one.state:12}  {when:16}  {one.description}".rstrip())
    if found.with_state("pending"):
        typer.echo("\nnext: influence schema apply", err=True)


@app.command()
def verify() -> None:
    """Check that every constraint and index is there, in use and as applied; exit code 4 when not.

    \b
    Examples:
      influence schema verify
    """
    from influence.errors import ServerUnsuitable
    from influence.schema import verify_schema

    with context.project() as project:
        wrong = verify_schema(project.graph())
    if wrong:
        raise ServerUnsuitable(
            f"the schema differs in {len(wrong)} places",
            code="schema-differs",
            hint="run `influence schema apply`; what it cannot mend, it explains",
            findings=wrong,
        )
    typer.echo("every constraint and index is there and in use")
