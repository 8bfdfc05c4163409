"""Columnar against row-by-row read of a graph: `python -m benchmarks.snapshot_read`.

Uses the database that the settings name (the local server by default) and whatever has been loaded into it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from influence.graph import Graph
from influence.progress import Silent
from influence.project import Project
from influence.snapshot.reader import READERS, fingerprint, read_tables

BY_ROW = {
    "customers": "MATCH (c:Customer) RETURN c.id, coalesce(c.segment, ''), coalesce(c.region, c.country, ''), "
    "c.joined_at.epochSeconds, c.closed_at.epochSeconds, coalesce(c.opted_out, false)",
    "friendships": "MATCH (a:Customer)-[r:FRIEND]->(b:Customer) "
    "RETURN a.id, b.id, r.since.epochSeconds, r.until.epochSeconds, r.weight",
    "follows": "MATCH (a:Customer)-[r:FOLLOWS]->(b:Customer) "
    "RETURN a.id, b.id, r.since.epochSeconds, r.until.epochSeconds, r.weight",
    "purchases": "MATCH (c:Customer)-[b:BOUGHT {first: true}]->(p:Product) "
    "RETURN c.id, p.id, b.at.epochSeconds, b.margin",
    "products": "MATCH (p:Product) RETURN p.id, p.launched_at.epochSeconds, p.withdrawn_at.epochSeconds",
    "product-topics": "MATCH (p:Product)-[a:ABOUT]->(t:Topic) RETURN p.id, t.id, a.weight",
    "topics": "MATCH (t:Topic) RETURN t.id",
    "interests": "MATCH (c:Customer)-[i:INTERESTED_IN]->(t:Topic) RETURN c.id, t.id",
    "exposures": "MATCH (c:Customer)-[x:EXPOSED_TO]->(m:Campaign) "
    "RETURN c.id, m.product_id, m.topic_id, x.at.epochSeconds, x.until.epochSeconds",
}
"""What the statements of the snapshot read, one record a row."""


def timed(label: str, read: Callable[[], int]) -> float:
    """Print rows, seconds of wall clock and of this process, and rows per second; return the wall clock."""
    wall, own = time.perf_counter(), time.process_time()
    rows = read()
    wall, own = time.perf_counter() - wall, time.process_time() - own
    print(f"| {label} | {rows:,} | {wall:.1f} | {own:.1f} | {rows / wall:,.0f} |")
    return wall


def main() -> None:
    """Read every table one record a row, then by columns, with one reader and with more."""
    with Project() as project:
        graph: Graph = project.graph()
        counts = fingerprint(graph).counts
        print(f"Neo4j {graph.facts().version}, {graph.facts().agent}\n")
        print("| read | rows | seconds | of them in this process | rows/s |\n| --- | ---: | ---: | ---: | ---: |")

        def by_row() -> int:
            with graph.driver.session(database=graph.database) as session:
                return sum(1 for text in BY_ROW.values() for _ in session.run(text))

        def by_column(readers: int) -> int:
            tables = read_tables(graph, datetime.now(UTC), counts, Silent(), readers=readers)
            return sum(len(next(iter(columns.values()))) for columns in tables.values())

        rows = columns = 0.0
        for warm in (True, False):  # the server compiles what it runs often: the second round counts
            note = " (warming up)" if warm else ""
            rows = timed(f"one record a row{note}", by_row)
            for readers in (1, READERS):
                columns = timed(f"columns, {readers} at a time{note}", partial(by_column, readers))
        print(f"\nrows / columns, {READERS} at a time: {rows / columns:.1f}")


if __name__ == "__main__":
    main()
