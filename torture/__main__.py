"""`python -m torture --minutes N`: faults at random, each followed by the proof, for as long as asked."""

from __future__ import annotations

import argparse
import logging
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from influence import __version__
from influence.errors import InfluenceError
from influence.files import write_atomically
from torture.faults import FAULTS, Bench, Missed
from torture.limits import limited
from torture.reader import Reader
from torture.room import MEANS

BEGIN: Final = "<!-- torture: begin -->"
END: Final = "<!-- torture: end -->"
LIMIT: Final = 900.0
"""Seconds for one fault and its proof, some fifty times what it takes: a job may wait for its server for minutes."""


def main() -> int:
    """Torture, tell, and return 1 when anything was broken."""
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long; the fault under way is finished")
    parser.add_argument("--seed", type=int, default=None, help="of the order of the faults; default: the time")
    parser.add_argument("--only", choices=[*FAULTS], default=None, help="one kind of fault")
    parser.add_argument("--line", default="5.26", help="server line")
    parser.add_argument("--publish", type=Path, default=None, help="document whose log is replaced")
    given = parser.parse_args()
    logging.getLogger("neo4j").setLevel(logging.CRITICAL)  # the server is away by intention
    seed = int(time.time()) if given.seed is None else given.seed
    with tempfile.TemporaryDirectory(prefix="torture-", ignore_cleanup_errors=True) as name:
        log = torture(Path(name), given.minutes, seed, [given.only] if given.only else [*FAULTS], given.line)
    if given.publish is not None:
        publish(given.publish, log)
    return 1 if log["findings"] else 0


def torture(folder: Path, minutes: float, seed: int, names: list[str], line: str) -> dict[str, Any]:
    """Do faults in rounds, every kind once a round in an order drawn by lot; return what happened."""
    random = np.random.default_rng(seed)
    done: Counter[str] = Counter()
    findings: list[str] = []
    began = time.monotonic()
    started = datetime.now(UTC)
    missed = 0
    with Bench(folder, line) as bench:
        findings += [f"before the first fault: {one}" for one in bench.settle()]
        with bench.connect() as graph:
            facts = graph.facts()
        with Reader(bench.visit, away=True) as reader:
            pending: list[str] = []
            while time.monotonic() - began < 60 * minutes:
                pending = pending or [names[place] for place in random.permutation(len(names))]
                name = pending.pop()
                at = time.monotonic()
                try:
                    found = survived(bench, name, random)
                except Missed as step:
                    missed += 1
                    say(f"     {name}: the job did not come to `{step}`")
                    continue
                found += [f"reader: {one}" for one in reader.findings]
                reader.findings.clear()
                done[name] += 1
                findings += [f"{name}: {one}" for one in found]
                outcome = "BROKEN" if found else "survived"
                say(f"{sum(done.values()):4} {name}: {outcome} in {time.monotonic() - at:.1f} s")
                for one in found:
                    say(f"     {one}")
        means = MEANS[bench.room is not None]
    return {
        "started": started,
        "seconds": time.monotonic() - began,
        "seed": seed,
        "done": done,
        "findings": findings,
        "answers": reader.answers,
        "runs": len(reader.runs),
        "away": reader.away_times,
        "neo4j": facts.version,
        "gds": facts.gds,
        "minutes": minutes,
        "missed": missed,
        "means": means,
    }


def survived(bench: Bench, name: str, random: np.random.Generator) -> list[str]:
    """Do one fault and return what it broke; one that takes too long is ended and counts as broken.

    Raises:
        Missed: The fault did not happen; the job that should have met it is done.
    """
    bench.grow()
    try:
        with limited(LIMIT, bench.going_on):
            found = FAULTS[name](bench, random)
            found += bench.broken()
            return found + bench.settle()
    except (TimeoutError, RuntimeError, InfluenceError) as error:
        bench.end_all()
        return [str(error)]


def say(text: str) -> None:
    """Print one line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def publish(path: Path, log: dict[str, Any]) -> None:
    """Replace the log in a document."""
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    write_atomically(path, f"{before}{BEGIN}\n{told(log)}{END}{after}")


def told(log: dict[str, Any]) -> str:
    """Return the log as Markdown."""
    broken = Counter(one.split(":", 1)[0] for one in log["findings"])
    rows = [f"| {name} | {number} | {broken.get(name, 0)} |" for name, number in sorted(log["done"].items())]
    total = sum(log["done"].values())
    lines = [
        f"`python -m torture --minutes {log['minutes']:g} --seed {log['seed']}` on {log['started']:%Y-%m-%d}: "
        f"**{total} faults in {log['seconds'] / 60:.0f} minutes, {len(log['findings'])} findings.** A reader got "
        f"{log['answers']:,} answers from {log['runs']} runs meanwhile, each from one complete run; "
        f"{log['away']} times the server was away. Disks were made full by {log['means']}; "
        f"{log['missed']} times the job "
        "did not come to the step that was drawn, which does not count. "
        f"influence {__version__}, Neo4j {log['neo4j']}, Graph Data Science "
        f"{log['gds']}, Python {platform.python_version()}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores.",
        "",
        "| Fault | Times | Findings |",
        "| --- | --- | --- |",
        *rows,
        "",
    ]
    lines += [f"- {one.splitlines()[0]}" for one in log["findings"]]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
