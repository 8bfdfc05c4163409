"""The front door of notebooks: one object that answers questions with DataFrames."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pandas as pd

from influence.errors import ServerUnsuitable, UsageProblem
from influence.graph import Graph
from influence.measures import MEASURES, measure
from influence.notebook.customer import CustomerView
from influence.notebook.frames import frame, series
from influence.project import Project
from influence.queries import Kind, Library, library
from influence.report.customer import customer_page
from influence.report.running import run_report
from influence.runs import RunRecord, list_runs, resolve_run
from influence.runs.writing import read_back
from influence.segment import run_segment
from influence.settings import load_settings

__all__ = ["Results", "open_results"]


def open_results(env_file: Path | str | None = None, **options: Any) -> Results:
    """Open the results of a project; `influence.open` is this function.

    ```python
    import influence

    with influence.open() as results:
        best = results.report("persuaders", limit=10)
    ```

    Args:
        env_file: File with `NAME=value` lines; default `.env` in the working directory.
        options: Settings by name, such as `home` or `uri`; they win over the environment.

    Raises:
        ConfigError: A setting is missing or wrong.
    """
    return Results(Project(load_settings(Path(env_file) if env_file is not None else None, **options)))


class Results:
    """Reports, segments, scores and customers of one project, read-only.

    Use it as a context manager, or call `close` at the end. The connection is made on first use; without `NEO4J_URI`
    the local server is started and left running for the next command.

    Args:
        project: The project.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._catalogue: Library | None = None

    def __enter__(self) -> Self:
        """Return the results."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection; the next question opens it again."""
        self.project.__exit__(None, None, None)

    @property
    def graph(self) -> Graph:
        """The connection."""
        return self.project.graph()

    @property
    def catalogue(self) -> Library:
        """The saved files: your own first, then those that come with influence."""
        if self._catalogue is None:
            self._catalogue = library(self.project.settings.cypher_dir)
        return self._catalogue

    # ── questions ─────────────────────────────────────────────────────────

    def reports(self) -> pd.DataFrame:
        """Return the saved reports: name, category and the question each answers. Needs no database."""
        return self.saved("report")

    def segments(self) -> pd.DataFrame:
        """Return the saved segments: name, category and the question each answers. Needs no database."""
        return self.saved("segment")

    def saved(self, kind: Kind) -> pd.DataFrame:
        """Return the saved files of a kind."""
        rows = [(one.name, one.header.category, one.header.question) for one in self.catalogue.all(kind)]
        return pd.DataFrame(rows, columns=["name", "category", "question"]).set_index("name")

    def report(self, name: str, *, run: str | None = None, show_pii: bool = False, **params: Any) -> pd.DataFrame:
        """Answer a saved report.

        Args:
            name: Name of the report.
            run: Run whose scores are read; default the current one.
            show_pii: Leave personal columns readable, and log that it was done.
            params: Parameters of the report; `influence report show NAME` explains them.

        Returns:
            The rows; `attrs` says what was asked and of which run.

        Raises:
            InfluenceError: As `influence.report.running.run_report`.
        """
        return frame(run_report(self.graph, name, params, catalogue=self.catalogue, run_id=run, show_pii=show_pii))

    def segment(self, name: str, *, run: str | None = None, show_pii: bool = False, **params: Any) -> pd.DataFrame:
        """Answer a saved segment: who, indexed by `customer_id`, each with the reasons why.

        Customers who opted out are never in it. Arguments and errors as for `report`.
        """
        table = run_segment(self.graph, name, params, catalogue=self.catalogue, run_id=run, show_pii=show_pii)
        return frame(table).set_index("customer_id")

    # ── scores ────────────────────────────────────────────────────────────

    def runs(self) -> pd.DataFrame:
        """Return the runs that are kept, newest first, indexed by id."""
        kept = ("id", "status", "current", "as_of", "published_at", "customers")
        rows = [tuple(getattr(run, name) for name in kept) for run in list_runs(self.graph)]
        result = pd.DataFrame(rows, columns=list(kept)).set_index("id")
        for name in ("as_of", "published_at"):
            result[name] = pd.to_datetime(result[name], utc=True)
        return result

    def scores(self, measures: Sequence[str] | None = None, *, run: str | None = None) -> pd.DataFrame:
        """Return the scores of all scored customers, one column a measure.

        Args:
            measures: Names of measures; default all that the run holds. `influence compute list` explains them.
            run: Run whose scores are read; default the current one.

        Returns:
            One row a customer, indexed by `customer_id`; a measure that does not apply is missing, never 0.

        Raises:
            UsageProblem: There is no such measure or run.
            ServerUnsuitable: Nothing has been computed yet, or the run does not hold a measure.
        """
        return self.table("score-read", "customer", ("customer",), measures, run)

    def topic_scores(self, measures: Sequence[str] | None = None, *, run: str | None = None) -> pd.DataFrame:
        """Return the scores by customer and topic, indexed by `customer_id` and `topic_id`.

        Arguments and errors as for `scores`.
        """
        return self.table("score-read-topics", "topic", ("customer", "topic"), measures, run)

    def table(
        self, statement: str, on: str, keys: tuple[str, ...], measures: Sequence[str] | None, run: str | None
    ) -> pd.DataFrame:
        """Return the scores that are kept on one kind of node."""
        record = resolve_run(self.graph, run)
        held = [one.name for one in MEASURES if one.on == on and one.name in record.measures]
        wanted = held if measures is None else list(measures)
        require(wanted, on, record)
        ids, columns = read_back(self.graph, statement, keys, record.id, wanted)
        labels = {f"{key}_id": series(list(one), "str") for key, one in zip(keys, ids, strict=True)}
        result = pd.DataFrame({**labels, **{name: series(list(columns[name])) for name in wanted}})
        result = result.set_index(list(labels))
        result.attrs = {
            "run": record.id,
            "as_of": record.as_of.isoformat() if record.as_of else None,
            "published_at": record.published_at.isoformat() if record.published_at else None,
            "current": record.current,
            "columns": {one.name: describe(one) for one in MEASURES if one.on == on and one.name in wanted},
        }
        return result

    # ── people ────────────────────────────────────────────────────────────

    def customer(
        self, customer_id: str, *, run: str | None = None, rows: int = 5, show_pii: bool = False
    ) -> CustomerView:
        """Return one customer: a cell that ends in it shows the page.

        Args:
            customer_id: Id of the customer, as in your customers file.
            run: Run whose scores are read; default the current one.
            rows: Rows of each list.
            show_pii: Leave personal values readable, and log that it was done.

        Raises:
            UsageProblem: There is no such customer or run.
            ServerUnsuitable: Nothing has been computed yet.
        """
        page = customer_page(
            self.graph, customer_id, catalogue=self.catalogue, run_id=run, rows=rows, show_pii=show_pii
        )
        return CustomerView(page)


def describe(one: Any) -> dict[str, str]:
    """Return what a measure means."""
    return {"title": one.title, "unit": one.unit, "help": one.definition}


def require(wanted: Sequence[str], on: str, run: RunRecord) -> None:
    """Refuse measures that do not exist, are kept elsewhere, or were not computed.

    Raises:
        UsageProblem: There is no such measure, or it is kept by another thing than asked for.
        ServerUnsuitable: The run does not hold it.
    """
    for name in wanted:
        places = [one.on for one in measure(name)]
        if on not in places:
            raise UsageProblem(
                f"`{name}` is no measure by {on}",
                code="measure-unknown",
                hint=f"it is kept by {places[0]}; `influence compute list` shows all",
            )
        if name not in run.measures:
            raise ServerUnsuitable(
                f"run `{run.id}` holds no `{name}`", code="measure-missing", hint="run `influence compute run`"
            )
