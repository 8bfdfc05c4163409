"""`influence audience`: files that ad platforms and CRM systems accept."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from influence.cli import context
from influence.cli.output import Params, RunId, completed, given, open_catalogue

if TYPE_CHECKING:
    from datetime import datetime

    from influence.audience.export import Exported

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


class Receiver(StrEnum):
    """Who gets the file."""

    google = "google"
    meta = "meta"
    salesforce = "salesforce"
    hubspot = "hubspot"


class Missing(StrEnum):
    """What a missing value does at the receiver."""

    keep = "keep"
    clear = "clear"


class Style(StrEnum):
    """How the result is told."""

    table = "table"
    json = "json"


Contacts = Annotated[
    Path, typer.Option("--contacts", help="Contact file of the day with customer_id; the customers file will do.")
]
Suppress = Annotated[
    Path | None, typer.Option("--suppress", help="Customer ids or SHA-256 hashes to leave out, one a line.")
]
OutputStyle = Annotated[Style, typer.Option("-o", "--output", help="table or json (the manifest).")]


@app.callback()
def audience() -> None:
    """Files for ad platforms and CRM systems. Nothing is sent anywhere."""


@app.command("export")
def export(
    segment: Annotated[str, typer.Argument(help="Name of the segment.", autocompletion=completed("segment"))],
    to: Annotated[Receiver, typer.Option("--to", help="Who gets the file.")],
    contacts: Contacts,
    consent_column: Annotated[
        str, typer.Option("--consent-column", help="Column that says who agreed: true, yes or 1; all else is no.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of this audience; made when missing.", file_okay=False)],
    param: Params = None,
    suppress: Suppress = None,
    min_size: Annotated[
        int, typer.Option("--min-size", min=1, help="Refuse a file with fewer people (exit code 5).")
    ] = 100,
    holdout: Annotated[str, typer.Option("--holdout", help="Share held out as a control group, such as 10%.")] = "0%",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Start of the random numbers of the control group.")] = 1,
    value_column: Annotated[
        str | None, typer.Option("--value-column", help="Numeric column of the segment to write as value or score.")
    ] = None,
    already_hashed: Annotated[
        bool, typer.Option("--already-hashed", help="Let contact values pass that are SHA-256 already.")
    ] = False,
    null: Annotated[
        Missing, typer.Option("--null", help="Salesforce: whether a missing value clears the field or keeps it.")
    ] = Missing.keep,
    run: RunId = None,
    output: OutputStyle = Style.table,
) -> None:
    """Write the people of a segment who agreed to it, for a platform or CRM.

    \b
    Examples:
      influence audience export super-connectors --to google --contacts customers.csv --consent-column consent --out ads
      influence audience export brokers --to salesforce --contacts customers.csv --consent-column consent --out crm
    """
    from influence.audience.control import share
    from influence.audience.export import Request, export_audience

    catalogue = open_catalogue()
    values = given(param)
    catalogue.get("segment", segment).bind(values)
    request = Request(
        segment,
        to.value,
        consent_column,
        params=values,
        min_size=min_size,
        holdout=share(holdout),
        seed=seed,
        value_column=value_column,
        already_hashed=already_hashed,
        null=null.value,
    )
    now, export_id = moment()
    with context.project() as project:
        done = export_audience(
            project.graph(),
            request,
            contacts,
            out,
            now=now,
            export_id=export_id,
            suppress=suppress,
            run_id=run,
            catalogue=catalogue,
        )
    tell(done, output)


@app.command("refresh")
def refresh(
    folder: Annotated[Path, typer.Argument(help="Folder of an earlier export, with its manifest.json.")],
    contacts: Contacts,
    suppress: Suppress = None,
    run: RunId = None,
    output: OutputStyle = Style.table,
) -> None:
    """Export an audience again as its manifest says, with the scores and contacts of today.

    People stay in the arm (reached or held out) that they had before.

    \b
    Examples:
      influence audience refresh ads --contacts customers.csv
    """
    from influence.audience.export import refresh_audience

    now, export_id = moment()
    with context.project() as project:
        done = refresh_audience(
            project.graph(),
            folder,
            contacts,
            now=now,
            export_id=export_id,
            suppress=suppress,
            run_id=run,
            catalogue=open_catalogue(),
        )
    tell(done, output)


def moment() -> tuple[datetime, str]:
    """Return the instant of an export and an id for it."""
    import secrets
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    return now, f"{now:%Y%m%d-%H%M}-{secrets.token_hex(3)}"


def tell(done: Exported, output: Style) -> None:
    """Print what was written, and what became of the people who are not in it."""
    import json

    from influence.cli.output import write

    if output is Style.json:
        write((json.dumps(done.manifest, ensure_ascii=False, indent=2, default=str) + "\n").encode())
    else:
        counts = {name: number for name, number in done.manifest["counts"].items() if number}
        wide = max(len(f"{number:,}") for number in counts.values())
        lines = [f"{number:>{wide},}  {name.replace('_', ' ')}" for name, number in counts.items()]
        write(("\n".join(lines) + "\n").encode())
    names = ", ".join(file["name"] for file in done.manifest["files"])
    said = [f"wrote {names} and manifest.json to {done.folder}, readable by you only"]
    if before := done.manifest["previous"]:
        said.append(f"since the last export: {before['added']:,} added, {before['removed']:,} removed")
    if due := done.manifest["refresh_by"]:
        said.append(f"refresh by {due}: `influence audience refresh {done.folder} --contacts FILE`")
    rejected = done.manifest["rejected_values"]
    if rejected:
        listed = ", ".join(f"{number:,} {name}" for name, number in rejected.items())
        said.append(f"values that could not be used: {listed}")
    if done.advice:
        said.append(f"hint: phone numbers without country code can be read: {done.advice}")
    for line in said:
        typer.echo(line, err=True)
