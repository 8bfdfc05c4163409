"""`influence doctor`: can it serve, and if not, what fixes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from influence.cli import context

if TYPE_CHECKING:
    from datetime import timedelta

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(
    max_age: Annotated[
        str | None, typer.Option(help="The current run may be this old, such as 26h or 2d; default any age.")
    ] = None,
) -> None:
    """Check settings, server, schema, saved files and the age of the scores.

    Each line says OK or FIX with what to do; the exit code is 1 when there is something to fix.

    \b
    Examples:
      influence doctor
      influence doctor --max-age 26h
    """
    from datetime import UTC, datetime

    from influence.doctor import examine
    from influence.settings import setting_origins

    limit = age(max_age) if max_age else None
    with context.project() as project:
        findings = examine(project, lambda: datetime.now(UTC), limit, context.options.env_file)
        wide = max(len(finding.check) for finding in findings)
        for finding in findings:
            typer.echo(f"{'OK ' if finding.ok else 'FIX'}  {finding.check:<{wide}}  {finding.detail}")
            if finding.fix and not finding.ok:
                typer.echo(f"     {'':<{wide}}  → {finding.fix}")
        typer.echo("\nsettings:")
        for origin in setting_origins(project.settings, context.options.env_file):
            typer.echo(f"  {origin.variable:<30} {origin.value or '-':<24} {origin.source}")
    if any(not finding.ok for finding in findings):
        raise typer.Exit(1)


def age(text: str) -> timedelta:
    """Return a length of time such as 26h or 2d.

    Raises:
        UsageProblem: It is none.
    """
    from datetime import timedelta

    from influence.errors import UsageProblem
    from influence.queries.values import seconds

    try:
        return timedelta(seconds=seconds(text))
    except ValueError as error:
        raise UsageProblem(f"`--max-age` {error}", code="bad-option", hint="write 90m, 26h or 2d") from None
