"""`influence report`: the saved questions and their answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from influence.cli.format import Format, FormatOption
from influence.cli.output import (
    Excel,
    Out,
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

Name = Annotated[str, typer.Argument(help="Name of the report.", autocompletion=completed("report"))]
Category = Annotated[str | None, typer.Option("--category", help="Only reports of this category.")]


@app.callback()
def report() -> None:
    """Saved questions and their answers."""


@app.command("list")
def list_reports(category: Category = None, output: FormatOption = Format.table) -> None:
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
      influence report run persuaders --out persuaders.html
    """
    from influence.cli.catalogue import warn_if_deprecated
    from influence.report import running

    chosen = resolved(output, out, excel, raw)
    catalogue = open_catalogue()
    query = catalogue.get("report", name)
    values = given(param)
    query.bind(values)
    warn_if_deprecated(query)
    with answering(out) as project:
        table = running.run_report(project.graph(), name, values, catalogue=catalogue, run_id=run, show_pii=show_pii)
        deliver(table, chosen, out, excel=excel, raw=raw)


@app.command("build")
def build(
    out: Annotated[Path, typer.Option("--out", help="Folder to write; an earlier one of these pages is replaced.")],
    customers: Annotated[int, typer.Option("--customers", min=0, help="Most customers who get a page.")] = 40,
    run: RunId = None,
    show_pii: ShowPii = False,
) -> None:
    """Write a folder of pages: every question that the current run can answer, and the customers who lead a list.

    The folder opens in any browser without a server or a network; start with its index.html. It lists customers, so
    only you can read it. A question that fails is named and the others are written: the exit code is then 1.

    \b
    Examples:
      influence report build --out pages
      influence report build --out pages --customers 100 --run 20261120-0210-7f3a
    """
    from datetime import UTC, datetime

    from influence.export_register import ExportRegister
    from influence.pages.bundle import BundleOptions, build_bundle, require_complete

    options = BundleOptions(customers=customers, show_pii=show_pii)
    catalogue = open_catalogue()
    with answering(out) as project:
        bundle = build_bundle(
            project.graph(),
            out,
            now=datetime.now(UTC),
            progress=project.progress,
            catalogue=catalogue,
            run_id=run,
            options=options,
            register=ExportRegister(project.home),
        )
    unanswered = f", {len(bundle.missing)} questions without an answer" if bundle.missing else ""
    typer.echo(f"wrote {bundle.pages} pages ({bundle.files} files) to {out}{unanswered}", err=True)
    typer.echo(str(out / "index.html"))
    require_complete(bundle)
