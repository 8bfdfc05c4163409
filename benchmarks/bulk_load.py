"""First load through the importer, beside the bare importer on clean files and beside batches.

    python -m benchmarks.bulk_load 100000 --batches
    python -m benchmarks.bulk_load 1000000

Generates a shop (10 friendships and 10 purchases a customer) and loads it into a local server of its own, from files to
a graph with all constraints. The bare importer gets the same rows as files that need no checking, with the shop's own
ids and without the columns that say where a row came from. CPU seconds are those of this process and its children
(validation, staging, importer), without the server's; read ratios of one run.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from benchmarks.generated import write_generated
from influence.load import LoadOptions, PseudonymKey, load_folder
from influence.progress import Silent
from influence.project import Project
from influence.server import LocalServer
from influence.settings import load_settings

GROUPS: Final = {
    "customers": ("nodes", "Customer", "customer_id:ID(Customer),region"),
    "topics": ("nodes", "Topic", "topic_id:ID(Topic)"),
    "products": ("nodes", "Product", "product_id:ID(Product)"),
    "product_topics": ("relationships", "ABOUT", ":START_ID(Product),:END_ID(Topic)"),
    "friendships": ("relationships", "FRIEND", ":START_ID(Customer),:END_ID(Customer)"),
    "purchases": (
        "relationships",
        "BOUGHT",
        "line_id,:START_ID(Customer),:END_ID(Product),at:datetime,quantity:long,revenue:long,margin:long,currency",
    ),
}
"""What the bare importer is told about each generated file."""


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


class Steps(Silent):
    """Wall and CPU seconds of the steps that a load reports."""

    def __init__(self) -> None:
        self.begun: dict[str, tuple[float, float]] = {}
        self.seconds: dict[str, tuple[float, float]] = {}

    @contextmanager
    def task(self, label: str, total: int | None = None, unit: str = "rows") -> Iterator[Steps]:  # type: ignore[override]
        """Time one step; files are read several at a time, as one step from the first to the last."""
        name = label.split(" ")[0] if label.startswith("reading") else label
        wall, own = self.begun.setdefault(name, (time.perf_counter(), cpu_seconds()))
        yield self
        self.seconds[name] = (time.perf_counter() - wall, cpu_seconds() - own)

    def advance(self, amount: int = 1) -> None:
        """Do nothing."""


class Memory:
    """Largest resident memory of this process, its children and the server together, looked at every half second."""

    def __init__(self) -> None:
        self.peak = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(0.5):
            self.peak = max(self.peak, sum(map(resident, family(os.getpid()))))


def family(root: int) -> set[int]:
    """Return a process and all that descend from it; the server counts, for it was started from here."""
    parents = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
    found = {root}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def resident(process: int) -> int:
    """Return the bytes of memory that a process alone holds."""
    try:
        fields = Path(f"/proc/{process}/statm").read_text().split()
    except OSError:
        return 0
    return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE")


def load(scratch: Path, via: Literal["import", "batches"], line: str) -> tuple[Steps, float, float, float]:
    """Load the generated folder; returns the steps, wall and CPU seconds, and the peak of memory in GB."""
    steps = Steps()
    settings = load_settings(home=scratch / via, server_profile="analysis", server_line=line)
    server = LocalServer(settings, steps)
    try:
        with Project(settings) as project:
            graph = project.graph()
            options = LoadOptions(home=project.home, via=via)
            key = PseudonymKey(project.home / "pseudonym.key")
            begin, own = time.perf_counter(), cpu_seconds()
            with Memory() as memory:
                report = load_folder(graph, scratch / "data", options, key, steps, datetime.now(UTC), server=server)
            wall, cpu = time.perf_counter() - begin, cpu_seconds() - own
            count = graph.read("MATCH ()-[b:BOUGHT]->() RETURN count(b) AS n", name="count").single()
            assert count is not None
            assert count["n"] == next(file.loaded for file in report.files if file.dataset == "purchases")
    finally:
        server.stop()
    return steps, wall, cpu, memory.peak / 1e9


def bare_import(scratch: Path, line: str) -> tuple[float, float]:
    """Run the importer alone on clean files; returns wall and CPU seconds."""
    home = scratch / "bare"
    (home / "rows").mkdir(parents=True)
    arguments = ["database", "import", "full", "neo4j", "--id-type=string", "--bad-tolerance=0"]
    for name, (kind, group, header) in GROUPS.items():
        (home / "rows" / f"{name}.header.csv").write_text(header + "\n")
        with (
            (scratch / "data" / f"{name}.csv").open("rb") as source,
            (home / "rows" / f"{name}.csv").open("wb") as rows,
        ):
            source.readline()
            while piece := source.read(1 << 24):
                rows.write(piece)
        arguments.append(f"--{kind}={group}=rows/{name}.header.csv,rows/{name}.csv")
    admin = LocalServer(load_settings(home=scratch / "none", server_line=line)).admin(home)
    begin, own = time.perf_counter(), cpu_seconds()
    admin.run([*arguments, f"--threads={os.cpu_count()}", "--max-off-heap-memory=2G"])
    return time.perf_counter() - begin, cpu_seconds() - own


def main() -> None:
    """Measure at one size and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("customers", type=int, nargs="?", default=100_000)
    parser.add_argument("--batches", action="store_true", help="load in batches, too")
    parser.add_argument("--line", default="5.26", help="server line")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        rows = write_generated(scratch / "data", given.customers)
        print(f"Python {platform.python_version()}, Neo4j {given.line}, {os.cpu_count()} cores")
        print(f"{sum(rows.values()):,} rows")
        steps, wall, cpu, peak = load(scratch, "import", given.line)
        alone, own = bare_import(scratch, given.line)
        print("\n| step | s | CPU s |\n| --- | ---: | ---: |")
        for name, (seconds, used) in steps.seconds.items():
            print(f"| {name} | {seconds:.1f} | {used:.1f} |")
        print(f"| **files to queryable graph** | {wall:.1f} | {cpu:.1f} |")
        print(f"| the bare importer on clean files | {alone:.1f} | {own:.1f} |")
        print(f"\nfiles to graph / bare importer: {wall / alone:.2f} (CPU {cpu / own:.2f}); peak memory {peak:.1f} GB")
        if given.batches:
            _, slow, _, _ = load(scratch, "batches", given.line)
            print(f"batches: {slow:.1f} s, {sum(rows.values()) / slow:,.0f} rows/s; {slow / wall:.1f} times the import")


if __name__ == "__main__":
    main()
