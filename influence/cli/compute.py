"""`influence compute`: compute all scores and publish them as one run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from influence.cli import context
from influence.cli.format import Format, FormatOption
from influence.cli.runs import described

if TYPE_CHECKING:
    from influence.measures import Measure

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


def names_of_measures(incomplete: str) -> list[str]:
    """Complete the name of a measure."""
    from influence.measures import MEASURES

    return sorted({one.name for one in MEASURES if one.name.startswith(incomplete)})


@app.callback()
def compute() -> None:
    """Compute all scores and publish them as one run."""


@app.command()
def run(
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="DATE", help="Read nothing dated after this day; default: the time of the last purchase."
        ),
    ] = None,
    window: Annotated[
        str, typer.Option("--window", metavar="TIME", help="How long after a purchase a friend's counts, such as 28d.")
    ] = "28d",
    activity: Annotated[
        str,
        typer.Option(
            "--activity",
            metavar="TIME",
            help="Friends are compared with customers who bought as often in this time before, such as 90d.",
        ),
    ] = "90d",
    dependent_tests: Annotated[
        bool,
        typer.Option(
            "--dependent-tests",
            help="Certify more strictly (Benjamini-Yekutieli), for customers who share most of their friends.",
        ),
    ] = False,
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=2**31 - 1, help="Same data and same seed give the same scores.")
    ] = 42,
    concurrency: Annotated[
        int, typer.Option("--concurrency", min=1, max=64, help="Threads of Graph Data Science; Community allows 4.")
    ] = 4,
    ambassador_weights: Annotated[
        Path | None,
        typer.Option("--ambassador-weights", metavar="FILE", help="Your weights of the ambassador shortlist (TOML)."),
    ] = None,
    next_steps: Annotated[
        Path | None, typer.Option("--next-steps", metavar="FILE", help="Your rules for the next step (TOML).")
    ] = None,
    lapse: Annotated[
        str | None,
        typer.Option(
            "--lapse",
            metavar="TIME",
            help="No purchase for longer means that a customer has left, such as 180d; 0d: only a closed account does; "
            "default: longer than 99 of 100 pauses.",
        ),
    ] = None,
    horizon: Annotated[
        str, typer.Option("--horizon", metavar="TIME", help="How far lifetime value looks ahead, in whole months.")
    ] = "365d",
    discount: Annotated[
        float, typer.Option("--discount", min=0, max=10, help="Yearly discount of future margin, 0.15 = 15 %.")
    ] = 0.15,
    p_two: Annotated[
        float | None,
        typer.Option(
            "--p-two",
            min=0,
            max=1,
            help="Share of the referred who would have come anyway; default: estimated from people nobody invited.",
        ),
    ] = None,
    acquisition_cost: Annotated[
        float | None,
        typer.Option(
            "--acquisition-cost",
            min=0,
            metavar="AMOUNT",
            help="What a new customer costs by other means, such as 25.50; default: the mean in the data.",
        ),
    ] = None,
    programme_cost: Annotated[
        float | None,
        typer.Option(
            "--programme-cost",
            min=0,
            metavar="AMOUNT",
            help="What running the referral programme has cost, incentives not included.",
        ),
    ] = None,
    return_window: Annotated[
        str, typer.Option("--return-window", metavar="TIME", help="How long an order can be sent back, such as 30d.")
    ] = "30d",
    lead_weights: Annotated[
        Path | None,
        typer.Option("--lead-weights", metavar="FILE", help="What a referral at each stage is worth (TOML)."),
    ] = None,
    output: FormatOption = Format.table,
) -> None:
    """Compute every score and publish the result as the current run.

    Readers see the earlier run until everything is written and checked. A run that fails or is stopped changes
    nothing for them.

    \b
    Examples:
      influence compute run
      influence compute run --as-of 2026-06-30 --window 14d
      influence compute run --window 365d --activity 730d --dependent-tests
      influence compute run --horizon 730d --discount 0.10 --programme-cost 1200
    """
    import json

    from influence.compute import ComputeOptions, compute_run
    from influence.compute.wording import warnings
    from influence.compute.work import parse_activity, parse_as_of, parse_days, parse_months, parse_window
    from influence.value.referral import lead_weights as stage_weights
    from influence.value.terms import Terms
    from influence.voice.ambassadors import load_rules, load_weights

    options = ComputeOptions(
        as_of=parse_as_of(as_of) if as_of is not None else None,
        window_days=parse_window(window),
        activity_days=parse_activity(activity),
        dependent_tests=dependent_tests,
        seed=seed,
        concurrency=concurrency,
        terms=Terms(
            months=parse_months(horizon),
            discount=discount,
            p_two=p_two,
            acquisition_cost=acquisition_cost,
            programme_cost=programme_cost,
            return_days=parse_days("--return-window", return_window),
            lead_weights=stage_weights(lead_weights) if lead_weights is not None else None,
        ),
        weights=load_weights(ambassador_weights) if ambassador_weights is not None else None,
        rules=load_rules(next_steps) if next_steps is not None else None,
        lapse_days=parse_days("--lapse", lapse) if lapse is not None else None,
    )
    with context.project() as project:
        done = compute_run(project.graph(), options, project.progress, home=project.home)
    if output is Format.json:
        typer.echo(json.dumps({"schema_version": 1, "run": described(done)}, indent=2, default=str))
        return
    typer.echo(
        f"run {done.id} is current: {done.customers:,} customers and {done.properties['topic_scores']:,} customers by "
        f"topic scored on data until {done.as_of:%Y-%m-%d %H:%M} UTC"
    )
    from influence.persuasion.wording import summary
    from influence.value.wording import summary as value_summary

    for line in [*summary(done.properties), *value_summary(done.properties)]:
        typer.echo(f"  {line}")
    for line in warnings(done):
        typer.echo(f"note: {line}", err=True)
    typer.echo("`influence report list` shows what can be asked now", err=True)


@app.command("list")
def list_measures(output: FormatOption = Format.table) -> None:
    """List the measures that a run holds; needs no database.

    \b
    Examples:
      influence compute list
      influence compute list -o json
    """
    import json

    from influence.measures import MEASURES

    if output is Format.json:
        typer.echo(json.dumps({"schema_version": 1, "measures": [fields(one) for one in MEASURES]}, indent=2))
        return
    width = max(len(one.name) for one in MEASURES)
    unit = max(len(one.unit) for one in MEASURES)
    for one in MEASURES:
        typer.echo(f"{one.name:{width}}  {one.on:9}  {one.unit:{unit}}  {one.title}")
    typer.echo("\n`influence compute show NAME` says what one means", err=True)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Measure, such as friend_count.", autocompletion=names_of_measures)],
    cypher: Annotated[
        bool, typer.Option("--cypher", help="Print the definition as Cypher, where there is one.")
    ] = False,
    output: FormatOption = Format.table,
) -> None:
    """Say what a measure means, in words; needs no database.

    \b
    Examples:
      influence compute show access
      influence compute show follow_on_count --cypher
    """
    import json
    import textwrap

    from influence.errors import UsageProblem
    from influence.measures import measure
    from influence.queries import library

    found = measure(name)
    queries = [query for query in library().all("metric") if query.header.measure == found[0].name]
    if output is Format.json:
        shown = [{**fields(one), "cypher": [query.name for query in queries]} for one in found]
        typer.echo(json.dumps({"schema_version": 1, "measures": shown}, indent=2))
        return
    if cypher:
        if not queries:
            raise UsageProblem(
                f"`{found[0].name}` has no definition in Cypher",
                code="no-definition",
                hint=f"run `influence compute show {found[0].name}` for the words",
            )
        typer.echo("\n".join(f"// {query.name}: {query.header.summary}\n{query.text.strip()}\n" for query in queries))
        return
    for one in found:
        typer.echo(f"{one.title} ({one.name}), per {'customer and topic' if one.on == 'topic' else one.on}")
        typer.echo(textwrap.fill(one.definition, 100, initial_indent="  ", subsequent_indent="  "))
        typer.echo(f"  unit: {one.unit}; formula: metrics.md {one.section}")
    if queries:
        typer.echo(f"\n`influence compute show {found[0].name} --cypher` prints the definition", err=True)


def fields(one: Measure) -> dict[str, Any]:
    """Return a measure as an object of a JSON answer."""
    return {
        "name": one.name,
        "title": one.title,
        "on": one.on,
        "unit": one.unit,
        "definition": one.definition,
        "section": one.section,
        "group": one.group,
    }
