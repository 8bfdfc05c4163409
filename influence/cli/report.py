"""`influence report`: the saved questions and their answers."""

from __future__ import annotations

from typing import Annotated

import typer

from influence.cli import context
from influence.cli.output import (
    Excel,
    Out,
    Output,
    OutputOption,
    Params,
    Raw,
    RunId,
    ShowPii,
    completed,
    deliver,
    given,
    open_catalogue,
    resolved,
)

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)

Name = Annotated[str, typer.Argument(help="Name of the report.", autocompletion=completed("report"))]
Category = Annotated[str | None, typer.Option("--category", help="Only reports of this category.")]
AsJson = Annotated[Output, typer.Option("-o", "--output", help="table or json.")]


@app.callback()
def report() -> None:
    """Saved questions and their answers."""


@app.command("list")
def list_reports(category: Category = None, output: AsJson = Output.table) -> None:
    """List the saved questions by category. Needs no database.

    \b
    Examples:
      influence report list
      influence report list --category reach
    """
    from influence.cli.catalogue import list_saved

    list_saved("report", category, output)


@app.command("show")
def show_report(
    name: Name,
    cypher: Annotated[bool, typer.Option("--cypher", help="Print the statement.")] = False,
    browser: Annotated[bool, typer.Option("--browser", help="Print a link that opens it in Neo4j Browser.")] = False,
) -> None:
    """Explain one report: parameters, columns, what it needs. Needs no database.

    \b
    Examples:
      influence report show brokers
      influence report show brokers --cypher
    """
    from influence.cli.catalogue import show_saved

    show_saved("report", name, cypher=cypher, browser=browser)


@app.command("run")
def run_report(
    name: Name,
    param: Params = None,
    output: OutputOption = None,
    out: Out = None,
    run: RunId = None,
    show_pii: ShowPii = False,
    excel: Excel = False,
    raw: Raw = False,
) -> None:
    """Answer one saved question from the current run.

    \b
    Examples:
      influence report run super-connectors -p limit=10
      influence report run follow-on-evidence -p customer=C017 -o csv
      influence report run communities --out communities.parquet
    """
    from influence.cli.catalogue import warn_if_deprecated
    from influence.report import running

    chosen = resolved(output, out, excel, raw)
    catalogue = open_catalogue()
    query = catalogue.get("report", name)
    values = given(param)
    query.bind(values)
    warn_if_deprecated(query)
    with context.project() as project:
        table = running.run_report(project.graph(), name, values, catalogue=catalogue, run_id=run, show_pii=show_pii)
    deliver(table, chosen, out, excel=excel, raw=raw)
