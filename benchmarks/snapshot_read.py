"""Columnar against row-by-row read of the ties of a graph: `python -m benchmarks.snapshot_read`.

Uses the database that the settings name (the local server by default) and whatever has been loaded into it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from influence.graph import Graph
from influence.progress import Silent
from influence.project import Project
from influence.snapshot.reader import TABLES, fingerprint, read_table

MOST_ROWS = 1_000_000
BY_ROW = (
    "MATCH (a:Customer)-[r:FRIEND]->(b:Customer) "
    "RETURN a.id, b.id, r.since.epochSeconds, r.until.epochSeconds, r.weight LIMIT $most"
)


def timed(label: str, read: Callable[[], int]) -> None:
    """Print rows, seconds of wall clock and of this process, and rows per second of wall clock."""
    wall, own = time.perf_counter(), time.process_time()
    rows = read()
    wall, own = time.perf_counter() - wall, time.process_time() - own
    print(f"| {label} | {rows:,} | {wall:.1f} | {own:.1f} | {rows / wall:,.0f} |")


def main() -> None:
    """Read the same ties both ways, then every table by columns."""
    from datetime import UTC, datetime

    with Project() as project:
        graph: Graph = project.graph()
        counts = fingerprint(graph).counts
        print(f"Neo4j {graph.facts().version}, {graph.facts().agent}\n")
        print("| read | rows | seconds | of them in this process | rows/s |\n| --- | ---: | ---: | ---: | ---: |")

        def by_row() -> int:
            with graph.driver.session(database=graph.database) as session:
                return sum(1 for _ in session.run(BY_ROW, most=MOST_ROWS))

        def by_column(table: str) -> int:
            columns = read_table(graph, table, datetime.now(UTC), counts, Silent())
            return len(next(iter(columns.values())))

        timed("friendships, one record a row", by_row)
        for table in TABLES:
            timed(f"{table}, columns", lambda table=table: by_column(table))  # type: ignore[misc]


if __name__ == "__main__":
    main()
