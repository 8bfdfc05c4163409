"""`influence audience`: files that ad platforms and CRM systems accept."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from influence.cli import context
from influence.cli.format import Format
from influence.cli.output import (
    Excel,
    Out,
    Output,
    OutputOption,
    Params,
    Raw,
    RunId,
    answering,
    completed,
    deliver,
    given,
    open_catalogue,
    resolved,
)

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


class Key(StrEnum):
    """By what HubSpot finds a contact."""

    email = "email"
    id = "id"


Contacts = Annotated[
    Path, typer.Option("--contacts", help="Contact file of the day with customer_id; the customers file will do.")
]
Suppress = Annotated[
    Path | None, typer.Option("--suppress", help="Customer ids or SHA-256 hashes to leave out, one a line.")
]
ExportId = Annotated[str, typer.Argument(metavar="ID", help="Id of the export; `influence audience list` shows them.")]
OutputStyle = Annotated[Format, typer.Option("-o", "--output", help="table or json (the manifest).")]


@app.callback()
def audience() -> None:
    """Files for ad platforms and CRM systems, and what became of them. Nothing is sent anywhere."""


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
    column: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="NAME=HEADER", help="What a column is called in the contact file; repeat."),
    ] = None,
    changes: Annotated[
        bool, typer.Option("--changes", help="Also write who is new and who is gone since the last export.")
    ] = False,
    key: Annotated[
        Key,
        typer.Option("--key", help="HubSpot: find contacts by e-mail, or by Record ID if that is your customer id."),
    ] = Key.email,
    run: RunId = None,
    output: OutputStyle = Format.table,
) -> None:
    """Write the people of a segment who agreed to it, for a platform or CRM.

    \b
    Examples:
      influence audience export super-connectors --to google --contacts customers.csv --consent-column consent --out ads
      influence audience export brokers --to salesforce --contacts customers.csv --consent-column consent --out crm
      influence audience export brokers --to meta --contacts crm.csv --column customer_id=Id --column email="E-mail" \\
        --consent-column Newsletter --out ads
    """
    from influence.audience.control import share
    from influence.audience.export import Request, export_audience
    from influence.export_register import ExportRegister

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
        columns=given(column),
        changes=changes,
        key=key.value,
    )
    now, export_id = moment()
    with answering(out) as project:
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
            made_by=user(),
            register=ExportRegister(project.home),
        )
    tell(done, output)


@app.command("refresh")
def refresh(
    folder: Annotated[Path, typer.Argument(help="Folder of an earlier export, with its manifest.json.")],
    contacts: Contacts,
    suppress: Suppress = None,
    run: RunId = None,
    output: OutputStyle = Format.table,
) -> None:
    """Export an audience again as its manifest says, with the scores and contacts of today.

    People stay in the arm (reached or held out) that they had before.

    \b
    Examples:
      influence audience refresh ads --contacts customers.csv
    """
    from influence.audience.export import refresh_audience
    from influence.export_register import ExportRegister

    now, export_id = moment()
    with answering(folder) as project:
        done = refresh_audience(
            project.graph(),
            folder,
            contacts,
            now=now,
            export_id=export_id,
            suppress=suppress,
            run_id=run,
            catalogue=open_catalogue(),
            made_by=user(),
            register=ExportRegister(project.home),
        )
    tell(done, output)


@app.command("list")
def list_exports(
    param: Params = None, output: OutputOption = None, out: Out = None, excel: Excel = False, raw: Raw = False
) -> None:
    """List the exports on record: what, when, by whom, for whom, how many people.

    \b
    Examples:
      influence audience list
      influence audience list -p limit=100 -o csv
    """
    saved("audience-exports", given(param), output, out, excel, raw)


@app.command("show")
def show(export: ExportId, output: OutputStyle = Format.table) -> None:
    """Show everything on record about one export: how it was made, its counts, its files and their digests.

    \b
    Examples:
      influence audience show 20261122-0214-7f3a9c
    """
    import json

    from influence.audience.record import recorded
    from influence.audience.register import described, told
    from influence.cli.output import write

    with context.project() as project:
        found = recorded(project.graph(), export)
    if output is Format.json:
        write((json.dumps(described(found), ensure_ascii=False, indent=2) + "\n").encode())
    else:
        write(told(found).encode())


@app.command("readout")
def readout(
    export: ExportId,
    days: Annotated[
        int, typer.Option("--days", min=0, max=3650, help="Days after the export that count; 0: all until now.")
    ] = 0,
    output: OutputOption = None,
    out: Out = None,
    excel: Excel = False,
    raw: Raw = False,
) -> None:
    """Compare who was in the file with who was held out: purchases, revenue and margin per person since then.

    Needs an export with `--holdout`, and the purchases made since loaded.

    \b
    Examples:
      influence audience readout 20261122-0214-7f3a9c --days 28
      influence audience readout 20261122-0214-7f3a9c -o csv
    """
    saved("audience-readout", {"export": export, "days": str(days)}, output, out, excel, raw)


def saved(name: str, values: dict[str, str], output: Output | None, out: Path | None, excel: bool, raw: bool) -> None:
    """Answer one of the saved reports on audiences."""
    from influence.report.running import run_report

    chosen = resolved(output, out, excel, raw)
    catalogue = open_catalogue()
    with answering(out) as project:
        table = run_report(project.graph(), name, values, catalogue=catalogue)
        deliver(table, chosen, out, excel=excel, raw=raw)


def user() -> str:
    """Return the name of the user of this machine, or nothing where there is none."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no variable says it and no entry of the system does
        return ""


def moment() -> tuple[datetime, str]:
    """Return the instant of an export and an id for it."""
    import secrets
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    return now, f"{now:%Y%m%d-%H%M}-{secrets.token_hex(3)}"


def tell(done: Exported, output: Format) -> None:
    """Print what was written, and what became of the people who are not in it."""
    import json

    from influence.cli.output import write

    if output is Format.json:
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
