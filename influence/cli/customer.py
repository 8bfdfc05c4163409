"""`influence customer`: one customer on one page."""

from __future__ import annotations

from typing import Annotated

import typer

from influence.cli import context
from influence.cli.format import Format, FormatOption
from influence.cli.output import RunId, ShowPii, open_catalogue, show, width, write

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def customer() -> None:
    """One customer on one page."""


@app.command("show")
def show_customer(
    customer_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the customer.")],
    rows: Annotated[int, typer.Option("--rows", min=1, max=1000, help="Rows of each list on the page.")] = 5,
    output: FormatOption = Format.table,
    run: RunId = None,
    show_pii: ShowPii = False,
) -> None:
    """Show who a customer is: value, evidence of persuasion, network, referrals, voice, support and the next step.

    What is not known is left out. Of a customer who opted out only the shop's own books are shown.

    \b
    Examples:
      influence customer show C017
      influence customer show C017 --rows 20 --show-pii
      influence customer show C017 -o json
    """
    import json
    from datetime import UTC, datetime

    from influence.report.customer import customer_page, customer_record, customer_text

    with context.project() as project:
        page = customer_page(
            project.graph(), customer_id, catalogue=open_catalogue(), run_id=run, rows=rows, show_pii=show_pii
        )
    if output is Format.json:
        write((json.dumps(customer_record(page), ensure_ascii=False, indent=2) + "\n").encode())
    else:
        show(customer_text(page, datetime.now(UTC), width()))
