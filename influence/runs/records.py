"""The `:Run` nodes: which runs there are, and which one readers see."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from influence.errors import UsageProblem
from influence.graph import Graph
from influence.queries import saved_text

__all__ = ["RunRecord", "current_run", "find_run", "list_runs", "new_run_id", "resolve_run"]


@dataclass(frozen=True)
class RunRecord:
    """One compute run.

    Attributes:
        id: Its id; sorts by the time it started.
        status: running, verified, published (now or earlier), failed, interrupted, or removed (its scores are being
            deleted).
        current: Whether it is the one that readers see.
        as_of: Instant of the data; nothing dated after it was read.
        started_at: When it started.
        published_at: When readers first saw it, or `None`.
        customers: Customers that have a score.
        measures: Names of the measures that it holds, sorted.
        properties: Everything on the node: parameters, versions, totals, checksums.
    """

    id: str
    status: str
    current: bool
    as_of: datetime | None
    started_at: datetime
    published_at: datetime | None
    customers: int
    measures: tuple[str, ...]
    properties: Mapping[str, Any] = field(default_factory=dict, repr=False)


def new_run_id(now: datetime) -> str:
    """Return an unused id, such as `20261120-0210-7f3a`: the minute it started and four random digits."""
    return f"{now.astimezone(UTC):%Y%m%d-%H%M}-{secrets.token_hex(2)}"


def list_runs(graph: Graph) -> list[RunRecord]:
    """Return all runs that are kept, newest first."""
    return [record(row) for row in graph.read(saved_text("internal", "run-list"), name="run-list").dicts()]


def current_run(graph: Graph) -> RunRecord | None:
    """Return the run that readers see, or `None` before the first one."""
    return next((run for run in list_runs(graph) if run.current), None)


def find_run(graph: Graph, run_id: str) -> RunRecord:
    """Return a run.

    Raises:
        UsageProblem: There is none of this id.
    """
    runs = list_runs(graph)
    for run in runs:
        if run.id == run_id:
            return run
    raise UsageProblem(
        "no run of this id",
        code="run-not-found",
        hint=f"run `influence runs list` to see all {len(runs)}",
    )


def resolve_run(graph: Graph, run_id: str | None) -> RunRecord:
    """Return a run by its id, or the current one.

    Raises:
        UsageProblem: There is none of this id, or nothing has been published yet.
    """
    if run_id is not None:
        return find_run(graph, run_id)
    run = current_run(graph)
    if run is None:
        raise UsageProblem(
            "no run has been published yet", code="no-run", hint="run `influence compute run`, it computes all scores"
        )
    return run


def record(row: Mapping[str, Any]) -> RunRecord:
    """Return the record of a row of `run-list`."""
    properties = {name: native(value) for name, value in row["properties"].items()}
    return RunRecord(
        id=properties["id"],
        status=properties["status"],
        current=row["current"],
        as_of=properties.get("as_of"),
        started_at=properties["started_at"],
        published_at=properties.get("published_at"),
        customers=properties.get("customers") or 0,
        measures=tuple(properties.get("measures") or ()),
        properties=properties,
    )


def native(value: Any) -> Any:
    """Return a property as Python's own: instants converted, and unknown numbers (NaN in a list) as `None`."""
    if isinstance(value, list):
        return [native(one) for one in value]
    if isinstance(value, float) and math.isnan(value):
        return None
    convert = getattr(value, "to_native", None)
    return value if convert is None else convert()
