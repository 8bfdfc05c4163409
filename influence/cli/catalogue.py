"""Listing and explaining saved questions, the same for reports and segments; needs no database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from influence.cli.format import Format
from influence.cli.output import open_catalogue

if TYPE_CHECKING:
    from influence.queries import Kind, SavedQuery

__all__ = ["list_saved", "show_saved", "warn_if_deprecated"]


def list_saved(kind: Kind, category: str | None, output: Format) -> None:
    """Print the questions of a kind, of one category or all.

    Raises:
        UsageProblem: The category is unknown.
    """
    import json

    from influence.errors import UsageProblem
    from influence.report.description import catalogue, described

    queries = open_catalogue().all(kind)
    known = sorted({query.header.category for query in queries})
    if category is not None and category not in known:
        raise UsageProblem(
            f"no category of this name among the {kind}s",
            code="category-not-found",
            hint=f"categories are {', '.join(known)}",
        )
    chosen = [query for query in queries if category in (None, query.header.category)]
    if output is Format.json:
        typer.echo(json.dumps([described(query) for query in chosen], ensure_ascii=False, indent=2))
        return
    typer.echo(catalogue(chosen), nl=False)
    typer.echo(
        f"\n{len(chosen)} {kind}s; `influence {kind} show NAME` explains one, `influence {kind} run NAME` answers it",
        err=True,
    )


def show_saved(kind: Kind, name: str, *, cypher: bool, browser: bool) -> None:
    """Print what a question is, its statement, or a link that opens it.

    Raises:
        UsageProblem: There is none of this name.
    """
    from influence.report.description import browser_link, explained, statement

    query = open_catalogue().get(kind, name)
    if cypher:
        typer.echo(statement(query))
    if browser:
        from influence.answers import visual

        typer.echo(browser_link(query, visual(query)))
    if not cypher and not browser:
        typer.echo(explained(query), nl=False)


def warn_if_deprecated(query: SavedQuery) -> None:
    """Say once on stderr what to use instead of a deprecated question."""
    if query.header.maturity == "deprecated":
        successor = query.header.replaced_by
        typer.echo(
            f"warning: `{query.name}` is deprecated; use `influence {query.kind} run {successor}`",
            err=True,
        )
