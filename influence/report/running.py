"""From a saved question to a `Table`."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from influence.answers import Answer, run_saved
from influence.graph import Graph
from influence.queries import Kind, Library, library
from influence.report.personal import masked
from influence.report.table import Column, Computed, Picture, Table
from influence.runs import current_run

__all__ = ["run_report", "table"]

logger = logging.getLogger(__name__)


def run_report(
    graph: Graph,
    name: str,
    given: Mapping[str, Any] | None = None,
    *,
    kind: Kind = "report",
    catalogue: Library | None = None,
    run_id: str | None = None,
    show_pii: bool = False,
    max_rows: int | None = None,
) -> Table:
    """Run a saved report and return its answer.

    Args:
        graph: Where.
        name: Name of the saved file.
        given: Parameters by name, as text or typed.
        kind: `report` or `segment`.
        catalogue: Where saved files are looked up; default those that come with `influence`.
        run_id: Run whose scores are read; default the current one.
        show_pii: Leave personal columns readable, and log that it was done.
        max_rows: Row cap; default by kind.

    Raises:
        UsageProblem: There is no such report, a parameter is wrong, or there is no such run.
        ServerUnsuitable: Nothing has been computed yet, or the run lacks a measure.
        QueryFailed: The server refused it or it ran into a limit.
    """
    query = (catalogue or library()).get(kind, name)
    answer = run_saved(graph, query, given or {}, run_id=run_id, max_rows=max_rows)
    return table(answer, show_pii=show_pii, current=run_id is None or is_current(graph, run_id))


def is_current(graph: Graph, run_id: str) -> bool:
    """Return whether a run is the one that readers see."""
    run = current_run(graph)
    return run is not None and run.id == run_id


def table(answer: Answer, *, show_pii: bool = False, current: bool = True) -> Table:
    """Turn a guarded answer into a table, masking what names or reaches a person; amounts are in the run's currency.

    Args:
        answer: The rows with all that is known of them.
        show_pii: Leave personal columns readable, and log that it was done.
        current: Whether the run that was read is the current one.
    """
    header, run = answer.query.header, answer.run
    currency = run.properties.get("value_currency") if run else None
    columns = tuple(
        Column(
            name,
            column.type,
            column.title,
            column.format,
            currency if currency and column.unit == "currency" else column.unit,
            column.help,
            name in header.pii,
        )
        for name, column in answer.columns.items()
    )
    rows = answer.rows
    personal = [place for place, column in enumerate(columns) if column.personal]
    if personal and show_pii:
        read = run.id if run else "none"
        logger.warning(
            "personal columns of `%s` shown, run `%s`",
            answer.query.name,
            read,
            extra={"report": answer.query.name, "run_id": read},
        )
    elif personal:
        rows = [tuple(masked(value) if place in personal else value for place, value in enumerate(row)) for row in rows]
    return Table(
        kind=answer.query.kind,
        name=answer.query.name,
        title=header.title,
        question=header.question,
        summary=header.summary,
        revision=header.revision,
        checksum=answer.query.checksum,
        params=dict(answer.params),
        columns=columns,
        rows=rows,
        key=tuple(header.key),
        truncated=answer.truncated,
        population=answer.population,
        computed=Computed(run.id, run.as_of, run.published_at, current) if run else None,
        picture=Picture(**header.chart.model_dump()) if header.chart else None,
        masked=bool(personal) and not show_pii,
    )
