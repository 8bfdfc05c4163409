"""Who to talk to: a saved segment answered, and refused when it is too small to hand out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from influence.errors import DataRejected
from influence.graph import Graph
from influence.queries import Library
from influence.report import Table
from influence.report.running import run_report

__all__ = ["require_size", "run_segment"]


def run_segment(
    graph: Graph,
    name: str,
    given: Mapping[str, Any] | None = None,
    *,
    catalogue: Library | None = None,
    run_id: str | None = None,
    show_pii: bool = False,
    max_rows: int | None = None,
) -> Table:
    """Run a saved segment: the customers it means, each with the reasons why.

    Args:
        graph: Where.
        name: Name of the saved file.
        given: Parameters by name, as text or typed.
        catalogue: Where saved files are looked up; default those that come with `influence`.
        run_id: Run whose scores are read; default the current one.
        show_pii: Leave personal columns readable, and log that it was done.
        max_rows: Row cap; default that of segments.

    Returns:
        A table whose key is `customer_id`, one row a customer.

    Raises:
        InfluenceError: As `influence.report.running.run_report`.
        DataRejected: A customer appears twice: the saved file does not answer "who".
    """
    table = run_report(
        graph,
        name,
        given,
        kind="segment",
        catalogue=catalogue,
        run_id=run_id,
        show_pii=show_pii,
        max_rows=max_rows,
    )
    customers = table.values("customer_id")
    if len(set(customers)) != len(customers):
        raise DataRejected(
            f"segment `{name}` lists customers more than once",
            code="segment-not-unique",
            hint=f"correct the statement: `influence segment show {name} --cypher`",
            rows=len(customers),
            customers=len(set(customers)),
        )
    return table


def require_size(table: Table, least: int) -> None:
    """Refuse to hand out a segment that is so small that its members can be told apart.

    Args:
        table: The segment.
        least: Fewest customers a file may hold.

    Raises:
        DataRejected: It is smaller.
    """
    if len(table.rows) < least:
        raise DataRejected(
            f"segment `{table.name}` has {len(table.rows):,} of the {least:,} customers that an export needs",
            code="segment-too-small",
            hint=f"widen its parameters (`influence segment show {table.name}`) or lower `--min-size`",
            rows=len(table.rows),
            least=least,
        )
