"""`influence prune`: records that are older than you want to keep them."""

from __future__ import annotations

from typing import Annotated

import typer

from influence.cli import context
from influence.cli.changes import Yes, confirm, held, instant_before

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(prune)


def prune(
    older_than: Annotated[str, typer.Option(help="Length of time that records are kept, such as 1095d.")],
    only: Annotated[
        str | None,
        typer.Option(
            help="Kinds of record, parted by commas: purchases, contacts, answers, exposures, advocacy, ended-ties, "
            "ended-memberships; default all."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only, change nothing.")] = False,
    yes: Yes = False,
) -> None:
    """Delete records that are older than a length of time; old runs go with `influence runs prune`.

    Ties and memberships count from their end: those that still hold are kept. Compute again afterwards: the scores
    that are shown were computed from what was there before.

    \b
    Examples:
      influence prune --older-than 1095d --dry-run
      influence prune --older-than 365d --only contacts,exposures --yes
    """
    from influence.load import PseudonymKey, keep_history
    from influence.privacy import KINDS, count_records, prune_records

    before = instant_before(older_than)
    kinds = [kind.strip() for kind in only.split(",")] if only else list(KINDS)
    if dry_run:
        with context.project() as project:
            counted = count_records(project.graph(), before, kinds)
    else:
        confirm(f"Delete records from before {before:%Y-%m-%d} for good?", yes)
        with held("retention") as (project, lease):
            counted = prune_records(project.graph(), lease, before, kinds, progress=project.progress)
            keep_history(project.graph(), PseudonymKey(project.settings.pseudonym_key_path), project.home)
    for kind, number in counted.items():
        typer.echo(f"{kind:<18} {number:>12,} {'would be deleted' if dry_run else 'deleted'}")
