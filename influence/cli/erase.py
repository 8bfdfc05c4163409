"""`influence erase`: one customer, everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from influence.cli.changes import Yes, confirm, held
from influence.cli.format import Format, FormatOption

if TYPE_CHECKING:
    from influence.privacy import Erasure

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(erase)


def erase(
    customers: Annotated[list[str], typer.Argument(metavar="CUSTOMER_ID...", help="Ids of the customers.")],
    folder: Annotated[
        list[Path] | None,
        typer.Option("--in", help="Further folder with rejected rows (*.rejects.csv); repeat it for more."),
    ] = None,
    proof: Annotated[Path | None, typer.Option("--proof", help="Write the proof to this file as JSON.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be erased, change nothing.")] = False,
    output: FormatOption = Format.table,
    yes: Yes = False,
) -> None:
    """Erase customers everywhere: graph, scores of every run, caches, rejected rows and exported files.

    Then everything is read again for traces, and the exports that were handed out before are listed: those receivers
    must be told. A keyed hash of the id stays behind, so that an old extract does not bring the customer back. Files
    that cannot be searched or cleaned are named, everything else is erased, and the exit code is 1.

    \b
    Examples:
      influence erase c-00042 --dry-run
      influence erase c-00042 --in my-data --proof erased.json --yes
    """
    import json
    from datetime import UTC, datetime

    from influence.files import PERSONAL, write_atomically
    from influence.load import PseudonymKey
    from influence.privacy import erase_customers, require_complete

    if not dry_run:
        number = len(set(customers))
        confirm(f"Erase {number} {'customer' if number == 1 else 'customers'} everywhere, for good?", yes)
    with held("erase") as (project, lease):
        key = PseudonymKey(project.settings.pseudonym_key_path)
        found = erase_customers(
            project.graph(),
            lease,
            customers,
            home=project.home,
            key=key,
            now=datetime.now(UTC),
            folders=folder or [],
            dry_run=dry_run,
            progress=project.progress,
        )
    text = json.dumps(found.as_record(), indent=2, default=str) + "\n"
    if proof is not None:
        write_atomically(proof, text, mode=PERSONAL)
    typer.echo(text if output is Format.json else in_words(found, customers), nl=output is not Format.json)
    require_complete(found)


def in_words(found: Erasure, ids: list[str]) -> str:
    """Return the proof for people."""
    lines = []
    for customer, one in zip(dict.fromkeys(ids), found.customers, strict=True):
        records = one.found if found.dry_run else one.deleted
        said = ", ".join(f"{number:,} {what.replace('_', ' ')}" for what, number in records.items() if number)
        if found.dry_run:
            lines.append(f"{customer}: {said or 'no records' if one.known else 'not in the graph'}")
        elif one.known or one.deleted:
            lines.append(f"{customer}: erased {said}")
        else:
            lines.append(f"{customer}: was not in the graph; the id is noted, so no load brings it in")
        lines += [
            f"  handed out before: {row['segment']} to {row['platform']}, {str(row['created_at'])[:10]}"
            f" ({'control group, not in the file' if row['arm'] != 'sent' else 'in the file'}); export {row['export']}"
            for row in one.handed_out
        ]
    would = "would be deleted" if found.dry_run else "deleted"
    words = {
        "deleted": would,
        "deleted unread": f"{would}: no text can be found in it, so nobody can tell who is in it",
        "rows removed": "rows would be removed" if found.dry_run else "rows removed",
        "changed since": "holds a customer and was changed since it was written: left to you",
        "cannot be read": "cannot be searched and is not as it was written: left to you",
        "failed": "cannot be searched or cleaned",
    }
    lines += [
        f"file {trace.path}: {words.get(trace.what, trace.what)}"
        f"{f' ({trace.why or trace.rows})' if trace.why or trace.rows else ''}"
        for trace in found.files
        if trace.what != "gone unread"
    ]
    if gone := sum(trace.what == "gone unread" for trace in found.files):
        lines.append(
            f"gone from where they were written, and may have held a customer: {gone:,} "
            f"{'file or folder' if gone == 1 else 'files and folders'}; `influence exports` and the proof list them"
        )
    if found.dry_run:
        return "\n".join(lines)
    if found.left:
        lines.append("the same text still stands in, perhaps by coincidence:")
        lines += [f"  {row['holder']}.{row['property']}: {row['places']:,} places" for row in found.left]
    else:
        lines.append("read the whole graph again: no trace left in it")
    return "\n".join([*lines, *(f"note: {note}" for note in found.notes)])
