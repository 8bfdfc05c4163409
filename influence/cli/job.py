"""`influence job`: the scheduled entry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from influence.cli import context

if TYPE_CHECKING:
    from influence.job import Summary

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="The plan, a TOML file.")]


@app.callback()
def job() -> None:
    """Everything that a scheduler runs, as one command with one lock and one summary."""


@app.command()
def init(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="File to write; one that is there stays.")],
) -> None:
    """Write a commented plan. Needs no database.

    \b
    Examples:
      influence job init nightly.toml
    """
    from influence.job import init_plan

    init_plan(plan)
    typer.echo(plan)
    typer.echo(f"\nsay what you want in it; then\n  influence job check {plan}", err=True)


@app.command()
def check(plan: PlanFile) -> None:
    """Check a plan without running anything: keys, values, files, names and parameters. Needs no database.

    \b
    Examples:
      influence job check nightly.toml
    """
    from influence.cli.output import open_catalogue
    from influence.job import check_plan, read_plan
    from influence.job.steps import steps_of

    read = read_plan(plan)
    check_plan(read, open_catalogue())
    steps = steps_of(read.content)
    typer.echo(f"{plan} is sound: {', '.join(step.name for step in steps)}")
    typer.echo(f"\n`influence job run {plan} --dry-run` also checks the data", err=True)


@app.command()
def run(
    plan: PlanFile,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check plan, files and data; take no lock, write nothing.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Compute also when nothing has changed.")] = False,
    summary: Annotated[
        Path | None,
        typer.Option("--summary", metavar="FILE", help="Where the summary goes; default: as planned."),
    ] = None,
) -> None:
    """Run a plan: load, compute, check, build, export, prune. One line on stdout, all of it in run-summary.json.

    Safe at any time and as often as you like: one lock keeps two jobs apart (exit code 6), what is done already is
    not done again, and readers see the earlier run until the new one is complete.

    \b
    Exit codes:
      0    done, or done already
      1    a check failed, a computation was refused, the lock was lost
      2    the plan, a setting or a path is wrong
      3    the server cannot be reached; try again
      4    the server lacks something: Graph Data Science, schema, a measure
      5    the data broke a contract, or an export was refused
      6    another job is at work; skip
      70   a bug in influence
      124  the time limit of the plan was reached; try again
      130  stopped by SIGINT; try again
      143  stopped by SIGTERM; try again

    \b
    Examples:
      influence job run nightly.toml
      influence job run nightly.toml --dry-run
      influence --log-format json job run nightly.toml
    """
    from influence.job import read_plan, run_job

    read = read_plan(plan)
    with context.project() as project:
        done = run_job(project, read, dry_run=dry_run, force=force, summary_path=summary)
    tell(done)
    if done.exit_code:
        raise typer.Exit(done.exit_code)


def tell(done: Summary) -> None:
    """Print the one line; the way out and where the rest stands go to stderr, after what the job has logged."""
    from influence.cli.logs import say

    if done.error is not None and done.error["hint"]:
        say(f"\nhint: {done.error['hint']}\n")
    if done.path is not None:
        say(f"summary: {done.path}")
    typer.echo(done.line())
