"""The scale curve: every step of the whole job at several sizes, each size in a process of its own.

    python -m benchmarks.scale 10000 100000 1000000

A generated shop (10 friendships and 10 purchases a customer) goes from files to answers on a local server of its own:
load, snapshot, reach, persuasion, value, voice, write, reports. Printed are wall seconds, their growth with size, and
the largest memory of the client and of the server.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.generated import write_generated
from influence.compute import ComputeOptions, compute_run
from influence.compute.stages import STAGES
from influence.compute.work import Stage, Work
from influence.load import LoadOptions, PseudonymKey, load_folder
from influence.progress import Silent
from influence.project import Project
from influence.report.running import run_report
from influence.scores import ScoreFrames
from influence.server import LocalServer
from influence.settings import load_settings
from influence.snapshot.reader import read_snapshot

REPORTS = ("super-connectors", "persuaders", "value-buckets")
AS_OF = datetime(2025, 1, 1, tzinfo=UTC)


def measured(customers: int) -> dict[str, float]:
    """Run the whole job at one size; returns seconds by step, and the peaks of memory in GB."""
    seconds: dict[str, float] = {}

    def note(name: str, begin: float) -> None:
        seconds[name] = time.perf_counter() - begin
        print(f"{customers:,} customers: {name} {seconds[name]:.2f} s", file=sys.stderr, flush=True)

    def timed(name: str, work: Callable[[], object]) -> None:
        begin = time.perf_counter()
        work()
        note(name, begin)

    def stage_of(name: str, stage: Stage) -> Stage:
        def run(work: Work) -> ScoreFrames:
            begin = time.perf_counter()
            frames = stage(work)
            note(name, begin)
            return frames

        return run

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        rows = write_generated(folder / "data", customers)
        settings = load_settings(home=folder / "home", server_profile="analysis")
        server = LocalServer(settings)
        try:
            with Project(settings) as project:
                graph = project.graph()
                key, options = PseudonymKey(folder / "key"), LoadOptions(home=project.home)
                now = datetime.now(UTC)
                timed("load", lambda: load_folder(graph, folder / "data", options, key, Silent(), now, server=server))
                graph = project.graph()
                timed("snapshot from the graph", lambda: read_snapshot(graph, AS_OF, home=project.home))
                timed("snapshot from disk", lambda: read_snapshot(graph, AS_OF, home=project.home))
                stages = [(name, stage_of(name, stage)) for name, stage in STAGES]
                chosen = ComputeOptions(as_of=AS_OF)
                timed("run", lambda: compute_run(graph, chosen, home=project.home, stages=stages))
                computed = sum(seconds[name] for name, _ in STAGES)
                seconds["write, verify, publish"] = seconds["run"] - computed
                for name in REPORTS:
                    run_report(graph, name)  # the first one plans
                    timed(f"report {name}", lambda name=name: run_report(graph, name))  # type: ignore[misc]
                record = json.loads(next((project.home / "server").rglob("server.json")).read_text())
                seconds["server GB"] = peak_of(int(record["pid"]))
        finally:
            server.stop()
    seconds["client GB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    seconds["rows"] = float(sum(rows.values()))
    return seconds


def peak_of(process: int) -> float:
    """Return the largest resident memory that a process ever had, in GB."""
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1e6


def main() -> None:
    """Measure every size in a process of its own and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("customers", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.alone:
        print(json.dumps(measured(given.customers[0])))
        return
    sizes = sorted(given.customers)
    found: dict[int, dict[str, float]] = {}
    for size in sizes:
        command = [sys.executable, "-m", "benchmarks.scale", str(size), "--alone"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        found[size] = json.loads(done.stdout.splitlines()[-1])
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}\n")
    print(f"| step, seconds | {' | '.join(f'{size:,}' for size in sizes)} | growth |")
    print(f"| --- |{' ---: |' * (len(sizes) + 1)}")
    for name in found[sizes[0]]:
        values = [found[size][name] for size in sizes]
        cells = " | ".join(f"{value:,.0f}" if name == "rows" else f"{value:,.2f}" for value in values)
        growth = ""
        if len(sizes) > 1 and values[-2] > 0 and values[-1] > 0 and name != "rows":
            growth = f"{math.log(values[-1] / values[-2]) / math.log(sizes[-1] / sizes[-2]):.2f}"
        print(f"| {name} | {cells} | {growth} |")
    print("\nGrowth is the exponent between the two largest sizes: 1 is proportional to the number of customers.")


if __name__ == "__main__":
    main()
