"""`influence demo`: the main job on real data, from nothing to printed answers."""

from __future__ import annotations

import typer

from influence.cli import context

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo() -> None:
    """Load Last.fm (1,892 listeners and their friends), compute, and print five answers.

    The demo has a project of its own inside the home folder, so that it never mixes with your data. A second
    run finds its data and scores and is quick.

    \b
    Examples:
      influence demo
    """
    from datetime import UTC, datetime

    from influence.cli.output import show, width
    from influence.demo.tour import cautions, prepare, shown, tour
    from influence.project import Project
    from influence.report.terminal import page

    settings = context.settings()
    own = settings.model_copy(update={"uri": None, "home": settings.home / "demo"})
    with Project(own, context.progress()) as project:
        now = datetime.now(UTC)
        run = prepare(project, now)
        for number, stop in enumerate(tour(project.graph(), project.progress), start=1):
            typer.echo(f"\n{number}. {stop.says}\n")
            show(page(stop.table, now, width()))
            typer.echo(f"\n   {stop.command}")
        typer.echo("\nHow far to trust answers 4 and 5 (`influence runs show` says more):")
        for caution in cautions(run):
            typer.echo(f"  - {caution}")
        typer.echo(NEXT.format(home=shown(project.home)))


NEXT = """
Look further into the demo:
  export INFLUENCE_HOME={home}
  influence report list                                     every question that has a saved answer
  influence report run persuasion-summary                   how many choices were caused, and how sure that is
  influence report run who-persuaded-whom                   pairs, with the credit for each sale shared out
  influence customer show ID                                one listener on one page
  influence segment run influencers-of-topic -p topic=tag-00073 --out rock.csv
  influence server stop                                     it ends by itself after 30 idle minutes

Then your own data:
  unset INFLUENCE_HOME
  influence load init my-data                               an empty dataset folder with a mapping to fill in
  influence load run my-data && influence compute run

Last.fm HetRec 2011 data are for non-commercial use (second HetRec workshop, 2011; Last.fm)."""
