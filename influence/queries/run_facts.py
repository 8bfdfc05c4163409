"""What a reader needs to know of a run: its id, its date, the measures it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from influence.graph import Graph
from influence.queries.catalogue import saved_text

__all__ = ["RunRecord", "current_run", "run_record"]


@dataclass(frozen=True)
class RunRecord:
    """A finished run.

    Attributes:
        id: Its id.
        published_at: When readers began to see it, or `None` when they never did.
        as_of: The date of the data.
        measures: Names of the measures that it holds.
    """

    id: str
    published_at: datetime | None
    as_of: datetime | None
    measures: frozenset[str]


def current_run(graph: Graph) -> RunRecord | None:
    """Return the run that readers see, or `None` when none has been published."""
    return run_record(graph, "")


def run_record(graph: Graph, run_id: str) -> RunRecord | None:
    """Return a run by its id, or `None`; the empty id is the current run."""
    row = graph.read(saved_text("internal", "run-facts"), {"id": run_id}, name="run-facts").single()
    if row is None:
        return None
    return RunRecord(row["id"], row["published_at"], row["as_of"], frozenset(row["measures"]))
