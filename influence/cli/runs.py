"""`influence runs`: published and earlier runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from influence.cli import context
from influence.cli.changes import Yes, confirm, held
from influence.cli.format import Format, FormatOption

if TYPE_CHECKING:
    from influence.runs import Comparison, RunRecord

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def runs() -> None:
    """Published and earlier runs."""


@app.command("list")
def list_all(output: FormatOption = Format.table) -> None:
    """List the runs that are kept, newest first.

    \b
    Examples:
      influence runs list
      influence runs list -o json
    """
    from influence.runs import list_runs

    with context.project() as project:
        found = list_runs(project.graph())
    if output is Format.json:
        dump({"runs": [described(run) for run in found]})
        return
    if not found:
        typer.echo("no runs yet; `influence compute run` makes the first", err=True)
    for run in found:
        typer.echo(
            f"{'*' if run.current else ' '} {run.id:20}  {run.status:11}  data until {when(run.as_of)}  "
            f"published {when(run.published_at)}  {run.customers:>10,} customers"
        )


@app.command()
def show(
    run_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Run; default: the current one.")] = None,
    output: FormatOption = Format.table,
) -> None:
    """Show what a run was computed from, with what, and what it holds.

    \b
    Examples:
      influence runs show
      influence runs show 20261120-0210-7f3a -o json
    """
    from influence.persuasion.wording import summary
    from influence.runs import resolve_run
    from influence.value.wording import summary as value_summary

    with context.project() as project:
        run = resolve_run(project.graph(), run_id)
    if output is Format.json:
        dump({"run": described(run)})
        return
    typer.echo(f"run {run.id}: {run.status}{', current' if run.current else ''}")
    for line in [*summary(run.properties), *value_summary(run.properties)]:
        typer.echo(f"  {line}")
    hidden = ("id", "status", "measures", "checksums", "persuasion_warnings", "value_notes")
    facts = {name: value for name, value in sorted(run.properties.items()) if name not in hidden}
    width = max(map(len, facts))
    for name, value in facts.items():
        shown = presented(value)
        typer.echo(f"  {name:{width}}  {shown}")
    typer.echo(f"  {'measures':{width}}  {', '.join(run.measures)}")


@app.command()
def verify(
    run_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Run; default: the current one.")] = None,
    output: FormatOption = Format.table,
) -> None:
    """Prove that the scores of a run are those that it computed: all are read and compared with its checksums.

    Ends with exit code 5 when something is missing, doubled or different.

    \b
    Examples:
      influence runs verify
      influence runs verify 20261120-0210-7f3a -o json
    """
    from influence.runs import resolve_run
    from influence.runs.writing import verify_run

    with context.project() as project:
        graph = project.graph()
        run = resolve_run(graph, run_id)
        proven = verify_run(graph, run)
    if output is Format.json:
        kept = ("scores", "topic_scores", "communities", "pairs", "evidence", "referrals")
        counts = {name: getattr(proven, name) for name in kept}
        dump({"ok": True, "run": run.id, "counts": counts, "checksums": len(proven.checksums)})
        return
    typer.echo(
        f"run {run.id} holds what it computed: {proven.scores:,} customers, {proven.topic_scores:,} customers by topic "
        f"and {proven.communities:,} communities counted, {len(proven.checksums):,} checksums agree"
    )


@app.command()
def compare(
    before: Annotated[str, typer.Argument(metavar="ID", help="The earlier run.")],
    after: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="The later run; default: the current one.")
    ] = None,
    measures: Annotated[
        list[str] | None, typer.Option("--measure", "-m", help="Measure to compare; repeat for more; default: all.")
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option("--threshold", min=0, help="Smallest change that counts; default: that of each measure."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, max=10_000, help="Risers and fallers to list each.")] = 5,
    output: FormatOption = Format.table,
) -> None:
    """Compare two runs: who rose, who fell, how many are new.

    \b
    Examples:
      influence runs compare 20261101-0210-7f3a
      influence runs compare 20261101-0210-7f3a 20261120-0210-91bc -m follow_on_count --threshold 10
    """
    from influence.runs import compare_runs, resolve_run

    with context.project() as project:
        graph = project.graph()
        one, other = resolve_run(graph, before), resolve_run(graph, after)
        found = compare_runs(graph, one, other, measures, limit=limit, threshold=threshold)
    if output is Format.json:
        dump({"before": one.id, "after": other.id, "measures": [compared(each) for each in found]})
        return
    typer.echo(f"run {one.id} (data until {when(one.as_of)}) against run {other.id} (data until {when(other.as_of)})")
    for each in found:
        typer.echo(
            f"\n{each.measure.title} ({each.measure.name}): {each.risen:,} rose and {each.fallen:,} fell by "
            f"{each.threshold:g} {each.measure.unit} or more, {each.steady:,} steady, {each.new:,} new, "
            f"{each.gone:,} gone; mean {each.mean_before:.6g} to {each.mean_after:.6g}"
        )
        for sign, changes in (("+", each.risers), ("-", each.fallers)):
            for change in changes:
                typer.echo(
                    f"  {sign} {change.customer}  {change.before:.6g} to {change.after:.6g}  ({change.change:+.6g})"
                )


@app.command()
def rollback(
    run_id: Annotated[str, typer.Argument(metavar="ID", help="Run that was published before.")], yes: Yes = False
) -> None:
    """Make an earlier run the one that readers see; nothing is computed or deleted.

    \b
    Examples:
      influence runs rollback 20261101-0210-7f3a --yes
    """
    from influence.runs import rollback as show_again

    confirm(f"Show the scores of run {run_id} to all readers?", yes)
    with held("rollback") as (project, lease):
        run = show_again(project.graph(), lease, run_id)
    typer.echo(f"run {run.id} is current again: data until {when(run.as_of)}")


@app.command()
def prune(
    keep: Annotated[int, typer.Option("--keep", min=1, help="Published runs to keep, the current one included.")] = 3,
    older_than: Annotated[
        str | None, typer.Option(help="Delete only runs published longer ago than this, such as 90d; default any.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Delete old runs with their scores, and runs that never got published.

    \b
    Examples:
      influence runs prune --keep 3 --yes
      influence runs prune --keep 1 --older-than 90d --yes
    """
    from influence.cli.changes import instant_before
    from influence.runs import prune_runs

    before = instant_before(older_than) if older_than else None
    confirm(f"Delete all runs but the {keep} newest and the current one?", yes)
    with held("prune") as (project, lease):
        gone = prune_runs(project.graph(), lease, keep, project.progress, before=before)
    for run_id in gone:
        typer.echo(run_id)
    typer.echo(f"deleted {len(gone)} {'run' if len(gone) == 1 else 'runs'}", err=True)


def presented(value: Any) -> str:
    """Return a property of a run for people."""
    if hasattr(value, "isoformat"):
        return when(value)
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.4g}" if isinstance(value, float) else str(value)


def when(instant: Any) -> str:
    """Return an instant for people."""
    return "-" if instant is None else f"{instant:%Y-%m-%d %H:%M} UTC"


def described(run: RunRecord) -> dict[str, Any]:
    """Return a run as an object of a JSON answer."""
    return {**dict(sorted(run.properties.items())), "current": run.current}


def compared(one: Comparison) -> dict[str, Any]:
    """Return the comparison of a measure as an object of a JSON answer."""
    import math

    return {
        "measure": one.measure.name,
        "unit": one.measure.unit,
        "threshold": one.threshold,
        "risen": one.risen,
        "fallen": one.fallen,
        "steady": one.steady,
        "new": one.new,
        "gone": one.gone,
        "mean_before": None if math.isnan(one.mean_before) else one.mean_before,
        "mean_after": None if math.isnan(one.mean_after) else one.mean_after,
        "risers": [{"customer_id": c.customer, "before": c.before, "after": c.after} for c in one.risers],
        "fallers": [{"customer_id": c.customer, "before": c.before, "after": c.after} for c in one.fallers],
    }


def dump(document: dict[str, Any]) -> None:
    """Print a JSON answer."""
    import json

    typer.echo(json.dumps({"schema_version": 1, **document}, indent=2, default=str))
