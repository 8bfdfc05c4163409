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

__all__ = ["Stop", "cautions", "prepare", "shown", "tour"]

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
    """Answer five questions from the current run.

    The last two are about the same customer: the one with the most extra purchases, and why.
    """
    stops: list[tuple[str, dict[str, str], Callable[[list[Row]], str]]] = [
        ("super-connectors", {"limit": "5"}, super_connectors),
        ("top-by-topic", {"limit": "5", "topic": "tag-00073"}, top_by_topic),
        ("people-with-access", {"limit": "5", "max_friends": "5"}, people_with_access),
        ("persuaders", {"limit": "5"}, persuaders),
        ("why-persuader", {"limit": "5"}, why_persuader),
    ]
    leader = ""
    for name, chosen, sentence in stops:
        given = {**chosen, "customer": leader} if name == "why-persuader" else chosen
        table = run_report(graph, name, given)
        parameters = "".join(f" -p {key}={value}" for key, value in given.items())
        rows = [dict(zip((column.name for column in table.columns), row, strict=True)) for row in table.rows]
        says = sentence(rows) if rows else "Nothing in the data matches."
        leader = str(rows[0]["customer_id"]) if rows and name == "persuaders" else leader
        yield Stop(f"influence report run {name}{parameters}", table, says)


def friends(number: int) -> str:
    """Return a number of friends in words."""
    return "1 friend" if number == 1 else f"{number:,} friends"


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
        f"({top['topic_reach']:.1%} of all attention in the topic, with {friends(top['friends'])}): "
        "influence in one topic is not influence in another."
    )


def people_with_access(rows: list[Row]) -> str:
    """Say that position counts."""
    top = rows[0]
    return (
        f"{top['customer_id']} has only {friends(top['friends'])}, "
        f"one of them {top['best_friend']} who knows {top['best_friend_friends']:,} people: "
        "an assistant who talks to the president."
    )


def persuaders(rows: list[Row]) -> str:
    """Say what lift is."""
    top = rows[0]
    return (
        f"After {top['customer_id']} friends chose the same artist {top['observed']:,} times within a month, where "
        f"{top['expected']:,.1f} would have done so anyway: a lift of {top['lift']:.1f} "
        f"({top['lift_low']:.1f} to {top['lift_high']:.1f}), "
        f"{'certified' if top['certified'] else 'not certified'}."
    )


def why_persuader(rows: list[Row]) -> str:
    """Say what the evidence behind a lift is."""
    top = rows[0]
    chance = "" if top["one_in"] is None else f"; by chance that happens to one such artist in {top['one_in']:,.0f}"
    return (
        f"The evidence, artist by artist: {friends(top['follow_ons'])} followed with {top['product_id']}, where "
        f"{top['expected']:,.2f} were expected{chance}."
    )


def cautions(run: RunRecord) -> list[str]:
    """Return what the run says of its own limits."""
    return list(run.properties.get("persuasion_warnings", ()))
