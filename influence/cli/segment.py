"""`influence segment`: who to talk to, as a list of customers with reasons."""

from __future__ import annotations

from typing import Annotated

import typer

from influence.cli.format import Format, FormatOption
from influence.cli.output import (
    Excel,
    Out,
    Output,
    OutputOption,
    Params,
    Raw,
    RunId,
    ShowPii,
    answering,
    completed,
    deliver,
    given,
    open_catalogue,
    resolved,
)

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)

Name = Annotated[str, typer.Argument(help="Name of the segment.", autocompletion=completed("segment"))]
Category = Annotated[str | None, typer.Option("--category", help="Only segments of this category.")]

PREVIEW = 20
"""Customers that a table on the terminal shows."""


@app.callback()
def segment() -> None:
    """Lists of customers, each with the reasons why."""


@app.command("list")
def list_segments(category: Category = None, output: FormatOption = Format.table) -> None:
    """List the saved segments by category. Needs no database.

    \b
    Examples:
      influence segment list
    """
    from influence.cli.catalogue import list_saved

    list_saved("segment", category, output)


@app.command("show")
def show_segment(
    name: Name,
    cypher: Annotated[bool, typer.Option("--cypher", help="Print the statement.")] = False,
    browser: Annotated[bool, typer.Option("--browser", help="Print a link that opens it in Neo4j Browser.")] = False,
) -> None:
    """Explain one segment: parameters, reasons, what it needs. Needs no database.

    \b
    Examples:
      influence segment show influencers-of-topic
    """
    from influence.cli.catalogue import show_saved

    show_saved("segment", name, cypher=cypher, browser=browser)


@app.command("run")
def run_segment(
    name: Name,
    param: Params = None,
    output: OutputOption = None,
    out: Out = None,
    min_size: Annotated[
        int, typer.Option("--min-size", min=0, help="Refuse to export a segment with fewer customers (exit code 5).")
    ] = 1,
    run: RunId = None,
    show_pii: ShowPii = False,
    excel: Excel = False,
    raw: Raw = False,
) -> None:
    """List the customers of a segment: the first on the terminal, all of them as data or in a file.

    Customers who opted out are never in it.

    \b
    Examples:
      influence segment run influencers-of-topic -p topic=jazz
      influence segment run super-connectors --out invite.csv --min-size 100
    """
    from influence import segment as segments
    from influence.cli.catalogue import warn_if_deprecated

    chosen = resolved(output, out, excel, raw)
    catalogue = open_catalogue()
    query = catalogue.get("segment", name)
    values = given(param)
    query.bind(values)
    warn_if_deprecated(query)
    with answering(out) as project:
        table = segments.run_segment(project.graph(), name, values, catalogue=catalogue, run_id=run, show_pii=show_pii)
        if chosen is not Output.table:
            segments.require_size(table, min_size)
        deliver(table, chosen, out, excel=excel, raw=raw, first=PREVIEW)
