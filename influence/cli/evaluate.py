"""`influence evaluate`: the estimator against planted truth and against simpler scores."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(evaluate)


def evaluate(
    worlds: Annotated[
        str, typer.Option("--worlds", help="Comma-separated worlds; A/300 is world A with 300 products, held out.")
    ] = "",
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Seeds per world, 1 to N.")] = 5,
    out: Annotated[
        Path | None, typer.Option("--out", file_okay=False, help="Folder for targets, measures and an HTML page.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--publish", dir_okay=False, help="Markdown page whose figures are replaced.")
    ] = None,
    holdout: Annotated[
        datetime | None,
        typer.Option(
            "--holdout",
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="Instead of worlds: learn from the loaded data before this day (UTC), and test on this day and later.",
        ),
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(
            "--window",
            metavar="TIME",
            help="With --holdout: how long after a purchase a friend's counts, such as 28d; default: that of the "
            "current run, 28d without one.",
        ),
    ] = None,
) -> None:
    """Measure the estimator on synthetic worlds with planted truth, against targets and simpler scores.

    Exit code 1 when a target is missed. With --holdout it foresees the loaded data instead, which has no targets.

    \b
    Examples:
      influence evaluate --worlds A,B --seeds 2
      influence evaluate --out evaluation
      influence evaluate --holdout 2026-06-30 --out holdout
      influence evaluate --holdout 2026-06-30 --window 31d
    """
    from influence.cli import context
    from influence.errors import UsageProblem

    if holdout is not None:
        foresee(holdout, out, window)
        return
    if window is not None:
        raise UsageProblem(
            "`--window` needs `--holdout`",
            code="bad-option",
            hint="leave it out, the worlds have a window of their own, or say where to split the loaded data: "
            "`--holdout DATE`",
        )

    from influence.worlds.evaluation import DEFAULT_WORLDS, evaluate, publish, write_evaluation

    chosen = [label.strip() for label in worlds.split(",") if label.strip()] or list(DEFAULT_WORLDS)
    progress = context.progress()
    result = evaluate(chosen, range(1, seeds + 1), progress=progress)
    for heading, frame in result.tables.items():
        draw(heading, frame)
    draw(f"Targets, mean of {seeds} seeds", result.targets)
    if out is not None:
        for path in write_evaluation(result, out):
            progress.note(f"wrote {path}")
    if page is not None:
        progress.note(f"wrote {publish(result, page)}")
    result.require()


def foresee(date: datetime, out: Path | None, window: str | None) -> None:
    """Learn from the database before a day, test on the purchases after it, and print the figures."""
    import pandas as pd

    from influence.cli import context
    from influence.compute.run import last_purchase
    from influence.compute.work import parse_window
    from influence.persuasion.parameters import PersuasionParameters
    from influence.runs import current_run
    from influence.snapshot.reader import read_snapshot
    from influence.worlds.holdout import holdout_from_snapshot, write_holdout

    days = parse_window(window) if window is not None else None
    with context.project() as project:
        graph = project.graph()
        run = current_run(graph)
        of_run = {} if run is None else run.properties
        snapshot = read_snapshot(graph, last_purchase(graph), project.progress, home=project.home)
    usual = PersuasionParameters()
    parameters = PersuasionParameters(
        window_days=days or of_run.get("window_days") or usual.window_days,
        activity_days=of_run.get("activity_days") or usual.activity_days,
    )
    found = holdout_from_snapshot(snapshot, pd.Timestamp(date), parameters)
    typer.echo(found.summary())
    lifts = found.lifts.rename(columns=lambda share: f"top {share:.0%}").rename_axis("score")
    draw("Follow-ons per friend at risk, the best customers of a score over all", lifts.reset_index())
    draw("Error of the forecast", found.errors.rename_axis("forecast").reset_index())
    draw(f"Calibration by tenth of the forecast, slope {found.slope:.2f}", found.deciles)
    if out is not None:
        for path in write_holdout(found, out):
            context.progress().note(f"wrote {path}")


def draw(heading: str, frame: pd.DataFrame) -> None:
    """Print one table; plain columns, so that a pipe gets the same text as a terminal."""
    from influence.worlds.page import cell_text

    cells = [[str(name) for name in frame.columns]]
    cells += [[cell_text(value) for value in row] for row in frame.itertuples(index=False)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(frame.columns))]
    typer.echo(f"\n{heading}")
    for row in cells:
        typer.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
