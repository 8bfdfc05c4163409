"""`influence check`: data quality checks."""

from __future__ import annotations

from typing import Annotated

import typer

from influence.cli import context
from influence.cli.format import Format, FormatOption
from influence.cli.output import completed

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def check() -> None:
    """Data quality checks."""


@app.command("list")
def list_checks(output: FormatOption = Format.table) -> None:
    """List the checks; needs no database.

    \b
    Examples:
      influence check list
      influence check list -o json
    """
    import json

    from influence.queries import library

    checks = library(context.settings().cypher_dir).all("check")
    if output is Format.json:
        fields = ("title", "summary", "severity", "category")
        found = [{"name": one.name, **{field: getattr(one.header, field) for field in fields}} for one in checks]
        typer.echo(json.dumps({"schema_version": 1, "checks": found}, indent=2))
        return
    width = max((len(one.name) for one in checks), default=0)
    for one in checks:
        typer.echo(f"{one.name:{width}}  {one.header.severity:5}  {one.header.title}")


@app.command()
def run(
    names: Annotated[
        list[str] | None, typer.Argument(help="Checks to run; default all.", autocompletion=completed("check"))
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Bad rows to fetch per check.")] = 1000,
    output: FormatOption = Format.table,
) -> None:
    """Run checks; ends with exit code 1 when one of severity error finds bad rows.

    With names, the bad rows are listed; without, five of each.

    \b
    Examples:
      influence check run
      influence check run tie-to-oneself purchase-in-the-future
      influence check run -o json
    """
    import json

    from influence.checks import require_sound, run_checks
    from influence.queries import library

    with context.project() as project:
        catalogue = library(project.settings.cypher_dir)
        results = run_checks(project.graph(), names, catalogue=catalogue, limit=limit, progress=context.progress())
    if output is Format.json:
        document = {
            "schema_version": 1,
            "ok": not any(result.failed for result in results),
            "checks": [result.as_dict() for result in results],
        }
        typer.echo(json.dumps(document, indent=2, default=str))
        if not document["ok"]:
            raise typer.Exit(1)
        return
    from influence.checks.page import page

    for line in page(results, rows=limit if names else 5):
        typer.echo(line)
    require_sound(results)
