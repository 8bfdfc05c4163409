"""Follow-on pairs in Cypher beside the compiled kernel, on the same data: `python -m benchmarks.follow_on 10000`.

The Cypher walks from a customer over friends to what they bought, which visits far fewer rows than going through all
buyers of a product; both count the same pairs, which is checked.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.generated import write_generated
from influence.load import LoadOptions, PseudonymKey, load_folder
from influence.persuasion.follow_on import follow_on_counts
from influence.progress import Silent
from influence.project import Project
from influence.server import LocalServer
from influence.settings import load_settings
from influence.snapshot.reader import read_snapshot

AS_OF = datetime(2025, 1, 1, tzinfo=UTC)
PAIRS = """
MATCH (v:Customer)-[:FRIEND]-(u:Customer)
MATCH (u)-[later:BOUGHT {first: true}]->(p:Product)<-[own:BOUGHT {first: true}]-(v)
WHERE later.at > own.at AND later.at <= own.at + duration({days: 28})
RETURN count(*) AS pairs
"""


def main() -> None:
    """Load, count in both ways, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("customers", type=int, nargs="?", default=10_000)
    customers = parser.parse_args().customers
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_generated(folder / "data", customers)
        settings = load_settings(home=folder / "home", server_profile="analysis")
        server = LocalServer(settings)
        try:
            with Project(settings) as project:
                options, key = LoadOptions(home=project.home), PseudonymKey(folder / "key")
                load_folder(project.graph(), folder / "data", options, key, Silent(), datetime.now(UTC), server=server)
                graph = project.graph()
                snapshot = read_snapshot(graph, AS_OF)
                follow_on_counts(snapshot)  # the first call compiles
                begin = time.perf_counter()
                ours = int(follow_on_counts(snapshot).customers.sum())
                compiled = time.perf_counter() - begin
                best, found = float("inf"), 0
                for _ in range(2):  # the server compiles what it runs often
                    begin = time.perf_counter()
                    row = graph.read(PAIRS, name="pairs", timeout=3600).single()
                    best = min(best, time.perf_counter() - begin)
                    found = int(row["pairs"]) if row else 0
        finally:
            server.stop()
    if ours != found:
        raise SystemExit(f"Cypher counts {found} pairs, the kernel {ours}")
    print(f"{customers:,} customers; Python {platform.python_version()}, {os.cpu_count()} cores\n")
    print("| follow-on pairs | s |\n| --- | ---: |")
    print(f"| Cypher | {best:.2f} |\n| compiled | {compiled:.4f} |\n\nCypher / compiled: {best / compiled:,.0f}")


if __name__ == "__main__":
    main()
