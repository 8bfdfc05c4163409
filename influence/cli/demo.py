"""`influence demo`: the main job, from nothing to printed answers, on real data or on a shop with money in it."""

from __future__ import annotations

from typing import Annotated

import typer

from influence.cli import context

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    shop: Annotated[
        bool, typer.Option("--shop", help="A synthetic shop with money, referrals and surveys instead of Last.fm.")
    ] = False,
) -> None:
    """Load Last.fm (1,892 listeners and their friends), compute, and print five answers.

    With --shop, the data are a synthetic shop of 4,000 people with money in it: what customers are worth, whom they
    bring, what they say, and what to do next.

    Each demo has a project of its own inside the home folder, so that it never mixes with your data. A second run
    finds its data and scores and is quick.

    \b
    Examples:
      influence demo
      influence demo --shop
    """
    from datetime import UTC, datetime

    from influence.cli.output import show, width
    from influence.demo.lastfm_tour import LASTFM
    from influence.demo.shop_tour import SHOP
    from influence.demo.tour import cautions, prepare, shown, tour
    from influence.project import Project
    from influence.report.terminal import page

    chosen = SHOP if shop else LASTFM
    settings = context.settings()
    own = settings.model_copy(update={"uri": None, "home": settings.home / chosen.home})
    with context.stopping(), Project(own, context.progress()) as project:
        now = datetime.now(UTC)
        run = prepare(chosen, project, now)
        for number, stop in enumerate(tour(chosen, project.graph()), start=1):
            typer.echo(f"\n{number}. {stop.says}\n")
            show(page(stop.table, now, width()))
            typer.echo(f"\n   {stop.command}")
        if limits := cautions(chosen, run):
            typer.echo(f"\n{chosen.trust}")
            for caution in limits:
                typer.echo(f"  - {caution}")
        typer.echo(chosen.onward.format(home=shown(project.home)))
