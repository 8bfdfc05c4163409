"""The main job on real data: files, graph, scores, five answers, each with a sentence on what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from influence.compute import ComputeOptions, compute_run
from influence.demo.lastfm import WINDOW_DAYS, write_lastfm
from influence.graph import Graph
from influence.load import LoadOptions, PseudonymKey, load_folder
from influence.progress import Progress
from influence.project import Project
from influence.report import Table
from influence.report.running import run_report
from influence.runs import current_run
from influence.runs.records import RunRecord
from influence.snapshot.reader import fingerprint

__all__ = ["Stop", "prepare", "tour"]

SOURCE = "last.fm"
Row = dict[str, Any]


@dataclass(frozen=True)
class Stop:
    """One answer of the tour.

    Attributes:
        command: What to type to see it again.
        table: The answer.
        says: One sentence on what it says.
    """

    command: str
    table: Table
    says: str


def prepare(project: Project, now: datetime) -> RunRecord:
    """Write the data set, load it and compute; whatever is there already is kept.

    Args:
        project: A project of the demo's own, so that nothing mixes with other data.
        now: The time of the load and the run.

    Returns:
        The run that the answers come from.
    """
    graph = project.graph()
    folder = project.home / SOURCE
    if not (folder / "purchases.csv").is_file():
        project.progress.note(f"writing Last.fm as a dataset folder to {shown(folder)}")
        write_lastfm(folder)
    key = PseudonymKey(project.home / "pseudonym.key")
    load_folder(graph, folder, LoadOptions(source=SOURCE, home=project.home), key, project.progress, now)
    options = ComputeOptions(window_days=WINDOW_DAYS)
    run = current_run(graph)
    if run is not None and up_to_date(graph, run, options):
        project.progress.note(f"nothing has changed since run {run.id}: its scores are used")
        return run
    return compute_run(graph, options, project.progress, now=now, home=project.home)


def up_to_date(graph: Graph, run: RunRecord, options: ComputeOptions) -> bool:
    """Tell whether a run was computed from what is in the graph now, with the same options."""
    before = run.properties.get("data_version"), run.properties.get("window_days")
    return before == (fingerprint(graph).version, options.window_days)


def shown(path: Path) -> str:
    """Return a path from here when that is shorter."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def tour(graph: Graph, progress: Progress) -> Iterator[Stop]:
    """Answer five questions from the current run."""
    stops: list[tuple[str, dict[str, str], Callable[[list[Row]], str]]] = [
        ("super-connectors", {"limit": "5"}, super_connectors),
        ("top-by-topic", {"limit": "5", "topic": "tag-00073"}, top_by_topic),
        ("people-with-access", {"limit": "5", "max_friends": "5"}, people_with_access),
        ("follow-on-leaders", {"limit": "5"}, follow_on_leaders),
        ("communities", {"limit": "5"}, communities),
    ]
    for name, given, sentence in stops:
        table = run_report(graph, name, given)
        parameters = "".join(f" -p {key}={value}" for key, value in given.items())
        rows = [dict(zip((column.name for column in table.columns), row, strict=True)) for row in table.rows]
        says = sentence(rows) if rows else "Nothing in the data matches."
        yield Stop(f"influence report run {name}{parameters}", table, says)


def super_connectors(rows: list[Row]) -> str:
    """Say how far the best-connected customer reaches."""
    top = rows[0]
    return (
        f"{top['customer_id']} knows {top['friends']:,} people and reaches {top['two_hop_reach']:,} through them: "
        "good for spreading news, but knowing many people is not the same as persuading them."
    )


def top_by_topic(rows: list[Row]) -> str:
    """Say that influence has a context."""
    top = rows[0]
    return (
        f"In {top['topic_id']} the attention goes to {top['customer_id']} first "
        f"({top['topic_reach']:.1%} of all attention in the topic, with {top['friends']:,} friends): "
        "influence in one topic is not influence in another."
    )


def people_with_access(rows: list[Row]) -> str:
    """Say that position counts."""
    top = rows[0]
    return (
        f"{top['customer_id']} has only {top['friends']:,} {'friend' if top['friends'] == 1 else 'friends'}, "
        f"one of them {top['best_friend']} who knows {top['best_friend_friends']:,} people: "
        "an assistant who talks to the president."
    )


def follow_on_leaders(rows: list[Row]) -> str:
    """Say what the count is and what it is not."""
    top = rows[0]
    return (
        f"{top['follow_on_count']:,} times did a friend choose an artist in the month after {top['customer_id']} did: "
        "a count, not yet a proof, since friends share tastes."
    )


def communities(rows: list[Row]) -> str:
    """Say where to start with a circle of customers."""
    top = rows[0]
    return (
        f"The largest circle has {top['members']:,} members ({top['share']:.0%} of all customers); "
        f"its hub is {top['hub']}."
    )
