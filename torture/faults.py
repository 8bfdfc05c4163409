"""What happens to real jobs, done on purpose: each function does one fault to one job and says what it did.

A fault returns only when the processes that it started have ended; whatever state they left is looked at before
anybody cleans up, and again after the same command has been run to its end.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from influence.graph import Graph
from influence.server import LocalServer
from influence.settings import load_settings
from torture.child import Order, Running, start
from torture.invariants import broken, unfinished
from torture.proxy import Cut, Proxy
from torture.shop import datasets, write_plan, write_shop

__all__ = ["FAULTS", "Bench", "Fault"]

LEASE: Final = 2.0
"""Seconds of the leases: others wait that long after a crash."""
PATIENCE: Final = 600.0
CLEAN: Final = (0, 1, 2, 3, 5, 6, -signal.SIGKILL)
"""Exit codes of a job to which something happened: done, refused, stopped or killed, but never a bug (70)."""
TRANSACTIONS: Final = (
    "lease-take", "load-ledger-open", "load-customers", "load-friendships", "load-purchases", "load-infer-topics",
    "load-mark-first-purchases", "load-ledger-close", "run-start", "score-write", "score-write-communities",
    "score-write-evidence", "run-set", "run-publish", "run-delete-scores", "lease-release",
)  # fmt: skip


class Bench:
    """A project with a server of its own, a shop that grows, and a job over it.

    Args:
        folder: Empty folder for all of it.
        line: Server line.
        pages: Whether the job also writes the folder of pages.
    """

    def __init__(self, folder: Path, line: str = "5.26", *, pages: bool = False) -> None:
        self.folder = folder / "shop"
        self.out = self.folder / "out"
        self.settings = load_settings(home=folder / "home", server_profile="small", server_line=line)
        self.server = LocalServer(self.settings)
        self.state = -1
        self.pages = pages
        self.grow()

    def __enter__(self) -> Bench:
        """Start the server."""
        self.server.ensure_running()
        return self

    def __exit__(self, *_: object) -> None:
        """End the server."""
        self.server.stop()

    def grow(self) -> None:
        """Let the shop have new customers and purchases, so that a job has something to do."""
        self.state += 1
        write_shop(self.folder / "extract", self.state)
        write_plan(self.folder, pages=self.pages)

    def connect(self) -> Graph:
        """Open a connection; starts the server when it was killed, as every command does."""
        place = self.server.ensure_running()
        return Graph(place.uri, place.username, place.password, place.database)

    def order(self, kind: Any = "job", **more: Any) -> Order:
        """Return an order for this shop."""
        known: dict[str, Any] = {
            "folder": self.folder,
            "home": self.settings.home,
            "settings": {"server_profile": "small", "server_line": self.settings.server_line},
            "lease": LEASE,
        }
        return Order(kind, **(known | more))

    def elsewhere(self, uri: str, **more: Any) -> Order:
        """Return an order for the same shop from another machine: another home, the same database by its address."""
        place = self.server.ensure_running()
        known = {"uri": uri, "username": place.username, "database": place.database}
        home = self.folder.parent / "elsewhere"
        return self.order(settings=known, password=place.password.get_secret_value(), home=home, **more)

    def broken(self) -> list[str]:
        """Return what must never be."""
        with self.connect() as graph:
            return broken(graph, self.out)

    def settle(self) -> list[str]:
        """Run the same job again until it is done, and return what is not as it should be then."""
        deadline = time.monotonic() + PATIENCE
        refused = 0
        while True:
            child = start(self.order())
            code = child.end(PATIENCE)
            if code == 0:
                break
            if code != 6 or time.monotonic() > deadline:
                return [f"the same job again: exit {code} after {refused} refusals: {child.said()}"]
            refused += 1
            time.sleep(0.2)
        with self.connect() as graph:
            return unfinished(graph, datasets(self.folder / "extract"), self.out)

    def pid(self) -> int:
        """Return the process id of the server."""
        record = self.server.running()
        if record is None:
            raise RuntimeError("the server does not run")
        return record.pid


Fault = Callable[[Bench, np.random.Generator], list[str]]


def ended(child: Running, allowed: tuple[int, ...] = CLEAN) -> list[str]:
    """Wait for a process and return what is wrong with the way it ended."""
    try:
        code = child.end(PATIENCE)
    except TimeoutError as error:
        return [str(error)]
    return [] if code in allowed else [f"exit {code}: {child.said()}"]


def after_some_points(child: Running, number: int) -> None:
    """Wait until a process has gone some way, or has ended."""
    deadline = time.monotonic() + PATIENCE
    while child.alive() and len(child.points()) < number and time.monotonic() < deadline:
        time.sleep(0.005)


# ── the faults ────────────────────────────────────────────────────────────


def kill_client(bench: Bench, random: np.random.Generator) -> list[str]:
    """Kill the job at a step drawn by lot: inside a transaction, after a commit, before or after a file appears."""
    child = start(bench.order(chance=float(random.choice([0.02, 0.005, 0.1])), seed=int(random.integers(2**31))))
    return ended(child)


def kill_server(bench: Bench, random: np.random.Generator) -> list[str]:
    """Kill the server while the job loads or computes; somebody else starts it again, and the job goes on or ends."""
    child = start(bench.order())
    after_some_points(child, int(random.integers(1, 150)))
    os.kill(bench.pid(), signal.SIGKILL)
    bench.server.ensure_running()
    return ended(child)


def kill_both(bench: Bench, random: np.random.Generator) -> list[str]:
    """Kill server and job at once, as a power cut does."""
    child = start(bench.order())
    after_some_points(child, int(random.integers(1, 150)))
    child.signal(signal.SIGKILL)
    os.kill(bench.pid(), signal.SIGKILL)
    return ended(child)


def cut_commit(bench: Bench, random: np.random.Generator) -> list[str]:
    """Cut the connection at the COMMIT of some transactions: before it arrives, when it has, or when it is answered."""
    cuts: tuple[Cut, ...] = ("before", "sent", "answered")
    with Proxy(bench.server.ensure_running().uri) as proxy:
        for name in random.choice(TRANSACTIONS, 2, replace=False):
            proxy.order(str(name), cuts[int(random.integers(3))])
        return ended(start(bench.elsewhere(proxy.uri)))


def pause_client(bench: Bench, random: np.random.Generator) -> list[str]:
    """Stop a job for longer than its lease, let another one do the work, and wake the first one up."""
    sleeper = start(bench.order())
    after_some_points(sleeper, int(random.integers(1, 150)))
    sleeper.signal(signal.SIGSTOP)
    time.sleep(LEASE + 0.5)
    heir = start(bench.elsewhere(bench.server.ensure_running().uri, kind="job"))
    found = ended(heir, (0, 6))
    sleeper.signal(signal.SIGCONT)
    return found + ended(sleeper)


def two_jobs(bench: Bench, random: np.random.Generator) -> list[str]:
    """Start the job on two machines at once: one works, the other is refused or finds everything done."""
    uri = bench.server.ensure_running().uri
    children = [start(bench.order(force=True)), start(bench.elsewhere(uri, force=True))]
    codes = []
    for child in children:
        codes.append(child.end(PATIENCE))
    return [] if set(codes) <= {0, 6} and 0 in codes else [f"two jobs ended with {codes}"]


def wrong_clock(bench: Bench, random: np.random.Generator) -> list[str]:
    """Run the job with a clock that is days or hours off and jumps at every look; leases are of the server's."""
    shift = float(random.choice([-86_400 * 20, -3600, 3600, 86_400 * 20]))
    return ended(start(bench.order(shift=shift, jump=float(random.choice([0, -60, 60])))))


def full_disk_of_client(bench: Bench, random: np.random.Generator) -> list[str]:
    """Let no file of the job grow beyond some bytes, as on a full disk."""
    return ended(start(bench.order(largest_file=int(random.choice([0, 50, 400, 2000])))))


def full_disk_of_server(bench: Bench, random: np.random.Generator) -> list[str]:
    """Let no file of the server grow any more while the job works; then make room and start it again."""
    with no_room(bench.pid(), bench.server.home.folder / "data", int(random.choice([0, 1 << 12, 1 << 15]))):
        found = ended(start(bench.order()))
    bench.server.stop()
    return found


@contextmanager
def no_room(pid: int, data: Path, more: int) -> Iterator[None]:
    """Forbid a process to make a file larger than the largest one in a folder plus some bytes."""
    largest = max(path.stat().st_size for path in data.rglob("*.db.*") if path.is_file())
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest + more, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        try:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        except ProcessLookupError:
            pass


def read_only_folder(bench: Bench, random: np.random.Generator) -> list[str]:
    """Forbid the job to write into one of its folders."""
    folders = [bench.out, bench.out / "ads", bench.out / "reports", bench.settings.home]
    folder = folders[int(random.integers(len(folders)))]
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o500)
    try:
        return ended(start(bench.order(obedient=True)))
    finally:
        folder.chmod(0o700)


FAULTS: Final[Mapping[str, Fault]] = {
    "client killed at a step": kill_client,
    "server killed": kill_server,
    "client and server killed": kill_both,
    "connection cut at a COMMIT": cut_commit,
    "client asleep for longer than its lease": pause_client,
    "two jobs at once": two_jobs,
    "wrong and jumping clock": wrong_clock,
    "no room for the client's files": full_disk_of_client,
    **({"no room for the server's files": full_disk_of_server} if sys.platform.startswith("linux") else {}),
    "read-only folder": read_only_folder,
}
"""All faults by their names in the log."""
