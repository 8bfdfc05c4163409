"""A demo: data of its own, loaded and computed, and a tour of answers, each with a sentence on what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from influence.compute import ComputeOptions, compute_run
from influence.graph import Graph
from influence.load import LoadOptions, PseudonymKey, load_folder
from influence.project import Project
from influence.report import Table
from influence.report.running import run_report
from influence.runs import current_run
from influence.runs.records import RunRecord
from influence.snapshot.reader import fingerprint

__all__ = ["Demo", "Question", "Row", "Stop", "cautions", "prepare", "shown", "tour"]

Row = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """One stop before it is asked.

    Attributes:
        report: Saved report.
        says: What the first rows say, and do not say, in one sentence.
        given: Parameters besides `limit`.
        about: Report of an earlier stop whose first customer this one is about, or empty.
        rows: How many rows to ask for; 0 = all, for reports that have no limit.
    """

    report: str
    says: Callable[[list[Row]], str]
    given: Mapping[str, str] = field(default_factory=dict)
    about: str = ""
    rows: int = 5


@dataclass(frozen=True)
class Demo:
    """Data to look at, and what to ask of it.

    Attributes:
        home: Folder of the project of its own, inside the home folder.
        source: Name of the dataset folder in it, and of the source in the load's books.
        title: What the data are called.
        write: Writes the dataset folder.
        options: What to compute.
        questions: The tour.
        trust: Heading of the cautions.
        cautions: Properties of the run that hold cautions in words.
        onward: Where to go from here; `{home}` stands for the folder.
    """

    home: str
    source: str
    title: str
    write: Callable[[Path], None]
    options: ComputeOptions
    questions: tuple[Question, ...]
    trust: str
    cautions: tuple[str, ...]
    onward: str


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


def prepare(demo: Demo, project: Project, now: datetime) -> RunRecord:
    """Write the data, load them and compute; whatever is there already is kept.

    Args:
        demo: Which data.
        project: A project of the demo's own, so that nothing mixes with other data.
        now: The time of the load and the run.

    Returns:
        The run that the answers come from.
    """
    graph = project.graph()
    folder = project.home / demo.source
    if not (folder / "purchases.csv").is_file():
        project.progress.note(f"writing {demo.title} as a dataset folder to {shown(folder)}")
        demo.write(folder)
    key = PseudonymKey(project.settings.pseudonym_key_path)
    load_folder(
        graph, folder, LoadOptions(source=demo.source, home=project.home, via="batches"), key, project.progress, now
    )
    run = current_run(graph)
    if run is not None and up_to_date(graph, run, demo.options):
        project.progress.note(f"nothing has changed since run {run.id}: its scores are used")
        return run
    return compute_run(graph, demo.options, project.progress, now=now, home=project.home)


def up_to_date(graph: Graph, run: RunRecord, options: ComputeOptions) -> bool:
    """Tell whether a run was computed from what is in the graph now, with the same options."""
    before = run.properties.get("data_version"), run.properties.get("window_days")
    return before == (fingerprint(graph).version, options.window_days)


def shown(path: Path) -> str:
    """Return a path from here when that is shorter."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def tour(demo: Demo, graph: Graph) -> Iterator[Stop]:
    """Answer the questions of a demo from the current run, in order."""
    leaders: dict[str, str] = {}
    for question in demo.questions:
        given = {**({"limit": str(question.rows)} if question.rows else {}), **question.given}
        if question.about:
            given["customer"] = leaders.get(question.about, "")
        table = run_report(graph, question.report, given)
        rows = [dict(zip((column.name for column in table.columns), row, strict=True)) for row in table.rows]
        if rows and "customer_id" in rows[0]:
            leaders[question.report] = str(rows[0]["customer_id"])
        parameters = "".join(f" -p {key}={value}" for key, value in given.items())
        says = question.says(rows) if rows else "Nothing in the data matches."
        yield Stop(f"influence report run {question.report}{parameters}", table, says)


def cautions(demo: Demo, run: RunRecord) -> list[str]:
    """Return what the run says of its own limits."""
    return [caution for name in demo.cautions for caution in run.properties.get(name) or ()]
