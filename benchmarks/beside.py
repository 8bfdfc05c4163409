"""What a user would pick instead, in the same run on the same data.

    python -m benchmarks.beside --customers 10000

Loading: a py2neo loop and LOAD CSV beside our batches and our importer. PageRank and communities: networkx and igraph,
reading the ties from the same server, beside the same two in Graph Data Science and beside the whole reach stage, which
computes betweenness, second circles and topics as well. Follow-on pairs: DuckDB beside the kernel, in
`benchmarks.persuasion`. LOAD CSV needs what our own servers forbid (files read by the server); the benchmark allows it
for its own server only.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import logging
import os
import platform
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import igraph
import networkx

from benchmarks.generated import write_generated
from influence.compute import ComputeOptions
from influence.compute.stages import reach_stage
from influence.compute.work import Work
from influence.graph import Graph
from influence.load import LoadOptions, PseudonymKey, load_folder
from influence.progress import Silent
from influence.project import Project
from influence.reach.ties import present
from influence.schema import apply_schema
from influence.server import LocalServer, config
from influence.settings import Settings, load_settings
from influence.snapshot.reader import read_snapshot

AS_OF = datetime(2025, 1, 1, tzinfo=UTC)
LOOPED = 3_000
"""Rows of each kind that the py2neo loop loads: its rate does not rise with more."""

STATEMENTS = {
    "customers": "MERGE (c:Customer {id: row.customer_id}) SET c.region = row.region",
    "products": "MERGE (p:Product {id: row.product_id})",
    "friendships": "MATCH (a:Customer {id: row.customer_id}), (b:Customer {id: row.friend_id}) "
    "MERGE (a)-[:FRIEND]->(b)",
    "purchases": "MATCH (c:Customer {id: row.customer_id}), (p:Product {id: row.product_id}) "
    "MERGE (c)-[b:BOUGHT {line_id: row.line_id}]->(p) SET b.at = datetime(row.at), b.revenue = toInteger(row.revenue)",
}
TIES = "MATCH (a:Customer)-[:FRIEND]->(b:Customer) RETURN a.id AS a, b.id AS b"
PROJECT = (
    "MATCH (a:Customer)-[:FRIEND]->(b:Customer) "
    "RETURN gds.graph.project('beside', a, b, {}, {undirectedRelationshipTypes: ['*']})"
)
PAGE_RANK = "CALL gds.pageRank.stream('beside') YIELD nodeId, score RETURN gds.util.asNode(nodeId).id AS id, score"
COMMUNITIES = (
    "CALL gds.leiden.stream('beside') YIELD nodeId, communityId RETURN gds.util.asNode(nodeId).id AS id, communityId"
)
DROP = "CALL gds.graph.drop('beside', false) YIELD graphName RETURN graphName"


def clock(work: Callable[[], int]) -> tuple[int, float]:
    """Return what the work returns, and its seconds."""
    begin = time.perf_counter()
    return work(), time.perf_counter() - begin


def on_server(scratch: Path, name: str, work: Callable[[Project, Settings], tuple[int, float]]) -> tuple[int, float]:
    """Run some work on a server of its own with all constraints."""
    settings = load_settings(home=scratch / name, server_profile="analysis")
    try:
        with Project(settings) as project:
            apply_schema(project.graph())
            return work(project, settings)
    finally:
        LocalServer(settings).stop()


def ours(via: str, data: Path) -> Callable[[Project, Settings], tuple[int, float]]:
    """Return our own load, in batches or by the importer."""

    def work(project: Project, settings: Settings) -> tuple[int, float]:
        options = LoadOptions(home=project.home, via=via)  # type: ignore[arg-type]
        key, server = PseudonymKey(project.home / "key"), LocalServer(settings)

        def load() -> int:
            report = load_folder(project.graph(), data, options, key, Silent(), datetime.now(UTC), server=server)
            return sum(file.read for file in report.files)

        return clock(load)

    return work


def load_csv(data: Path) -> Callable[[Project, Settings], tuple[int, float]]:
    """Return a load by LOAD CSV in transactions of 10,000 rows, with MERGE on the constrained keys."""

    def work(project: Project, _: Settings) -> tuple[int, float]:
        def load() -> int:
            rows = 0
            graph = project.graph()
            with graph.driver.session(database=graph.database) as session:
                for name, statement in STATEMENTS.items():
                    text = (
                        f"LOAD CSV WITH HEADERS FROM 'file:///{name}.csv' AS row "
                        f"CALL (row) {{ {statement} }} IN TRANSACTIONS OF 10000 ROWS"
                    )
                    session.run(text).consume()
                    with (data / f"{name}.csv").open() as file:
                        rows += sum(1 for _ in file) - 1
            return rows

        return clock(load)

    return work


def py2neo_loop(data: Path) -> Callable[[Project, Settings], tuple[int, float]]:
    """Return the loop that most scripts have: one statement a row, each in a transaction of its own."""

    def work(project: Project, _: Settings) -> tuple[int, float]:
        import py2neo

        endpoint = project.endpoint()
        graph = py2neo.Graph(endpoint.uri, auth=(endpoint.username, endpoint.password.get_secret_value()))

        def load() -> int:
            rows = 0
            for name, statement in STATEMENTS.items():
                with (data / f"{name}.csv").open() as file:
                    for row in itertools.islice(csv.DictReader(file), LOOPED):
                        graph.run(f"WITH $row AS row {statement}", row=row)
                        rows += 1
            return rows

        return clock(load)

    return work


def ranking(graph: Graph) -> dict[str, float]:
    """Return the seconds of PageRank and communities by each library, reading the ties included."""
    seconds = {}

    def by_networkx() -> int:
        found = networkx.Graph(graph.read(TIES, name="ties", timeout=3600).rows)
        networkx.pagerank(found)
        networkx.community.louvain_communities(found, seed=1)
        return len(found)

    def by_igraph() -> int:
        found = igraph.Graph.TupleList(graph.read(TIES, name="ties", timeout=3600).rows)
        found.pagerank()
        found.community_leiden("modularity", n_iterations=-1)
        return found.vcount()

    def by_graph_data_science() -> int:
        with graph.driver.session(database=graph.database) as session:
            session.run(PROJECT).consume()
            try:
                ranks = session.run(PAGE_RANK).values()
                session.run(COMMUNITIES).values()
            finally:
                session.run(DROP).consume()
        return len(ranks)

    def by_us() -> int:
        snapshot = read_snapshot(graph, AS_OF)
        work = Work(graph, snapshot, present(snapshot), "benchmark", ComputeOptions(), Silent(), lambda: None)
        reach_stage(work)
        return snapshot.customers

    for name, work in (
        ("networkx", by_networkx),
        ("igraph", by_igraph),
        ("Graph Data Science: these two only, read back", by_graph_data_science),
        ("influence, the whole reach stage", by_us),
    ):
        seconds[name] = clock(work)[1]
    return seconds


def main() -> None:
    """Measure everything at one size and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=10_000)
    customers = parser.parse_args().customers
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as scratch_name:
        scratch = Path(scratch_name)
        data = scratch / "data"
        write_generated(data, customers)
        print(f"{customers:,} customers; Python {platform.python_version()}, {os.cpu_count()} cores\n")
        print("| loading | rows | s | rows/s |\n| --- | ---: | ---: | ---: |")
        ways = {
            "py2neo, a statement a row": py2neo_loop(data),
            "LOAD CSV, 10,000 rows a transaction": load_csv(data),
            "influence, batches": ours("batches", data),
            "influence, importer": ours("import", data),
        }
        for number, (name, work) in enumerate(ways.items()):
            allowed = {"dbms.security.allow_csv_import_from_file_urls": "true", "server.directories.import": str(data)}
            kept = dict(config.REQUIRED_SETTINGS)
            if name.startswith("LOAD CSV"):
                config.REQUIRED_SETTINGS.update(allowed)
            try:
                rows, seconds = on_server(scratch, f"home-{number}", work)
            finally:
                config.REQUIRED_SETTINGS.clear()
                config.REQUIRED_SETTINGS.update(kept)
            print(f"| {name} | {rows:,} | {seconds:.1f} | {rows / seconds:,.0f} |", flush=True)
        settings = load_settings(home=scratch / f"home-{len(ways) - 1}", server_profile="analysis")
        try:
            with Project(settings) as project:
                print("\n| PageRank and communities | s |\n| --- | ---: |")
                for name, seconds in ranking(project.graph()).items():
                    print(f"| {name} | {seconds:.1f} |")
        finally:
            LocalServer(settings).stop()


if __name__ == "__main__":
    main()
