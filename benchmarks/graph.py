"""The graph side at one size: load rate, columnar against row-by-row reading, reach, writing, report latency.

    python -m benchmarks.graph --customers 100000

Generates a shop (10 friendships and 10 purchases a customer), loads it into a local server of its own and prints a
Markdown table. Ratios are of steps of the same run.
"""

from __future__ import annotations

import argparse
import platform
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.generated import write_generated
from influence.compute import ComputeOptions, compute_run
from influence.compute.stages import follow_on_stage, persuasion_stage, reach_stage
from influence.compute.work import Work
from influence.graph import Graph
from influence.load import LoadOptions, PseudonymKey, load_folder
from influence.progress import Silent
from influence.project import Project
from influence.reach.ties import present
from influence.report.running import run_report
from influence.schema import apply_schema
from influence.server import LocalServer
from influence.settings import load_settings
from influence.snapshot.reader import read_snapshot

BY_COLUMNS = """
MATCH (c:Customer) WHERE c.id > $after
WITH c ORDER BY c.id LIMIT $chunk
MATCH (c)-[b:BOUGHT]->(p:Product)
RETURN max(c.id) AS last, collect(c.id) AS customer, collect(p.id) AS product,
       collect(b.at.epochMillis) AS at
"""
BY_ROWS = "MATCH (c:Customer)-[b:BOUGHT]->(p:Product) RETURN c.id AS customer, p.id AS product, b.at.epochMillis AS at"


class Clock:
    """Wall seconds of named steps."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step."""
        begin = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - begin


def main() -> None:
    """Run all steps and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    customers = parser.parse_args().customers
    with tempfile.TemporaryDirectory() as scratch:
        measure(Path(scratch), customers)


def measure(scratch: Path, customers: int) -> None:
    """Load, read, compute and answer at one size."""
    clock = Clock()
    rows = write_generated(scratch / "data", customers)
    settings = load_settings(home=scratch / "home", server_profile="analysis")
    now = datetime.now(UTC)
    try:
        with Project(settings) as project:
            graph = project.graph()
            with clock.step("schema"):
                apply_schema(graph)
            with clock.step("load"):
                load_folder(graph, scratch / "data", LoadOptions(), PseudonymKey(scratch / "key"), Silent(), now)
            read(graph, clock)
            as_of = datetime(2025, 1, 1, tzinfo=UTC)
            with clock.step("snapshot from the graph"):
                snapshot = read_snapshot(graph, as_of, home=project.home)
            with clock.step("snapshot from disk"):
                read_snapshot(graph, as_of, home=project.home)
            scored = present(snapshot)
            work = Work(graph, snapshot, scored, "benchmark", ComputeOptions(), Silent(), lambda: None)
            for name, stage in (
                ("reach", reach_stage),
                ("follow-on", follow_on_stage),
                ("persuasion", persuasion_stage),
            ):
                with clock.step(name):
                    stage(work)
            with clock.step("whole compute run"):
                compute_run(graph, ComputeOptions(as_of=as_of), home=project.home)
            for name in ("super-connectors", "follow-on-leaders"):
                run_report(graph, name)
                with clock.step(f"report {name}"):
                    run_report(graph, name)
            versions = graph.facts()
    finally:
        LocalServer(settings).stop()
    show(clock.seconds, rows, versions.version, versions.gds or "")


def read(graph: Graph, clock: Clock) -> None:
    """Read all purchases in both ways."""
    with clock.step("purchases by columns"):
        columns = graph.read_columns(
            BY_COLUMNS, name="columns", dtypes={"customer": str, "product": str, "at": np.int64}
        )
    with clock.step("purchases by rows"):
        found = graph.read(BY_ROWS, name="rows", timeout=3600)
    assert len(columns["at"]) == len(found.rows)


def show(seconds: dict[str, float], rows: dict[str, int], version: str, gds: str) -> None:
    """Print the table."""
    loaded, lines = sum(rows.values()), rows["purchases"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    comment: dict[str, Callable[[float], str]] = {
        "load": lambda s: f"{loaded:,} rows, {loaded / s:,.0f} rows/s",
        "purchases by columns": lambda s: f"{lines / s:,.0f} rows/s",
        "purchases by rows": lambda s: (
            f"{lines / s:,.0f} rows/s; {s / seconds['purchases by columns']:.1f} times the columns' time"
        ),
    }
    print(f"Python {platform.python_version()}, Neo4j {version}, GDS {gds}; client peak {peak:,.0f} MiB")
    print(f"\n{rows['customers']:,} customers, {rows['friendships']:,} friendships, {lines:,} purchases\n")
    print("| step | s | |\n| --- | ---: | --- |")
    for name, value in seconds.items():
        print(f"| {name} | {value:.2f} | {comment.get(name, lambda _: '')(value)} |")


if __name__ == "__main__":
    main()
