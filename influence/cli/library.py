"""`influence library`: the saved Cypher files themselves."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from influence.cli import context

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


class Format(StrEnum):
    """How the findings are written."""

    text = "text"
    json = "json"


@app.callback()
def library() -> None:
    """The saved Cypher files."""


@app.command()
def lint(
    cypher_dir: Annotated[
        Path | None,
        typer.Option("--cypher-dir", help="Folder with your own saved files; default INFLUENCE_CYPHER_DIR."),
    ] = None,
    output: Annotated[Format, typer.Option("--output", "-o", help="text for people, json for machines.")] = Format.text,
) -> None:
    """Check every saved file, ours and your own; needs no database.

    Each finding is `file:line  id  text`, with lines to paste under it. Ends with exit code 2 when there is one;
    docs/saved-queries.md explains the rules IC001 to IC007.

    \b
    Examples:
      influence library lint
      influence library lint --cypher-dir our-cypher
    """
    import json
    from dataclasses import asdict

    from influence.queries import library as open_library
    from influence.queries.findings import library_error
    from influence.queries.lint import lint as findings_of

    catalogue = open_library(cypher_dir or context.settings().cypher_dir)
    findings = findings_of(catalogue)
    if output is Format.json:
        document = {"schema_version": 1, "ok": not findings, "findings": [asdict(finding) for finding in findings]}
        typer.echo(json.dumps(document, indent=2))
    else:
        for finding in findings:
            typer.echo(str(finding))
            for line in finding.hint.splitlines():
                typer.echo(f"    {line}")
    if findings:
        typer.echo(f"error: {library_error(findings).message}", err=True)
        raise typer.Exit(2)
    typer.echo(f"{len(catalogue.files())} saved files, nothing to find fault with", err=True)
