"""What happens to real jobs, done on purpose: each function does one fault to one job and says what it did.

A fault returns only when the processes that it started have ended; whatever state they left is looked at before
anybody cleans up, and again after the same command has been run to its end. Nothing here counts seconds: whoever calls
sets one limit on all of it (`torture.limits`).
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, Self

import numpy as np

from influence.errors import ServerUnavailable
from influence.graph import Graph
from influence.server import Endpoint, LocalServer
from influence.server.launch import endpoint
from influence.settings import load_settings
from torture.child import Order, Running, start
from torture.invariants import broken, unfinished
from torture.points import Point
from torture.proxy import Cut, Proxy
from torture.room import Room, rooms_possible
from torture.shop import datasets, write_plan, write_shop

__all__ = ["FAULTS", "Bench", "Fault"]

LEASE: Final = 2.0
"""Seconds of the leases: others wait that long after a crash."""
FOREVER: Final = 3600.0
"""Seconds; the limit of the caller is shorter."""
CLEAN: Final = (0, 1, 2, 3, 5, 6, -signal.SIGKILL)
"""Exit codes of a job to which something happened: done, refused, stopped or killed, but never a bug (70)."""
UNWRITABLE: Final = 2
"""Exit code of a job that cannot write."""
UNAVAILABLE: Final = 3
"""Exit code of a job whose server is away, as when its disk is full."""
NO_SPACE: Final = {True: "no space left on device", False: "file too large"}
TRANSACTIONS: Final = (
    "lease-take", "load-ledger-open", "load-customers", "load-friendships", "load-purchases", "load-infer-topics",
    "load-mark-first-purchases", "load-ledger-close", "run-start", "score-write", "score-write-communities",
    "score-write-evidence", "run-set", "run-publish", "run-delete-scores", "lease-release",
)  # fmt: skip
DATA_SIZE: Final = 512 << 20
SMALL_SIZE: Final = 8 << 20


class Missed(Exception):
    """The fault did not happen: the job never came to the step that was chosen."""


class Bench(AbstractContextManager["Bench"]):
    """A project with a server of its own, a shop that grows, and a job over it.

    Where the machine allows it, the data of the server, what is handed out and the second home are small file systems
    that can really be full; only the processes started here see them.

    Args:
        folder: Empty folder for all of it.
        line: Server line.
    """

    def __init__(self, folder: Path, line: str = "5.26") -> None:
        self.folder = folder / "shop"
        self.settings = load_settings(home=folder / "home", server_profile="small", server_line=line)
        self.server = LocalServer(self.settings)
        self.data = self.server.home.folder / "data"
        self.other_home = folder / "elsewhere"
        self.job_out = self.folder / "out"
        self.room = (
            Room({self.data: DATA_SIZE, self.job_out: SMALL_SIZE, self.other_home: SMALL_SIZE})
            if rooms_possible()
            else None
        )
        self.out = self.seen(self.job_out)
        self.state = -1
        self.children: list[Running] = []
        self.path: Sequence[Point] = ()

    def __enter__(self) -> Self:
        """Start the server and let the job run once."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End everything."""
        self.close()

    def start(self) -> None:
        """Start the server and let the job run twice; the second time shows the steps that it takes every time."""
        for _ in range(2):
            self.grow()
            child = self.begin(self.order())
            if child.end(FOREVER):
                raise RuntimeError(f"the first job: {child.said()}")
        self.path = child.points()

    def close(self) -> None:
        """End everything."""
        self.end_all()
        if self.room is not None:
            self.room.close()

    def end_all(self) -> None:
        """Kill all processes that still run: also those that hang."""
        for child in self.children:
            child.signal(signal.SIGKILL)
        self.children.clear()
        record = self.server.running()
        if record is not None:
            os.kill(record.pid, signal.SIGKILL)
            self.bury(record.pid)

    def going_on(self) -> str:
        """Return what is going on: what each process printed, its last steps, the end of the server's log."""
        told = []
        for child in self.children:
            steps = ", ".join(map(str, child.points()[-3:]))
            told.append(f"{child.order.kind} {child.order.name} (runs: {child.alive()}; {steps}):\n{child.said()}")
        return "\n".join([*told, f"server (runs: {self.server.running() is not None}):\n{self.server.logs(10)}"])

    def seen(self, path: Path) -> Path:
        """Return where we see what the processes see as `path`."""
        return path if self.room is None else self.room.seen(path)

    def grow(self) -> None:
        """Let the shop have new customers and purchases, so that a job has something to do."""
        self.state += 1
        write_shop(self.folder / "extract", self.state)
        write_plan(self.folder)

    def begin(self, order: Order) -> Running:
        """Start a process."""
        self.children = [child for child in self.children if child.alive()]
        self.children.append(start(order))
        return self.children[-1]

    def place(self) -> Endpoint:
        """Return where the server is; starts it when it was killed or has stopped itself, as every command does."""
        child = self.begin(self.order("start", name="start"))
        if child.end(FOREVER):
            raise RuntimeError(f"the server does not start: {child.said()}")
        return self.look()

    def look(self) -> Endpoint:
        """Return where the server is, and start nothing.

        Raises:
            ServerUnavailable: It does not run.
        """
        record = self.server.running()
        if record is None or not record.ready:
            raise ServerUnavailable("the server does not run")
        return endpoint(self.server.home, record)

    def connect(self) -> Graph:
        """Open a connection, to a server that is started when needed."""
        return connected(self.place())

    def visit(self) -> Graph:
        """Open a connection, to a server that runs."""
        return connected(self.look())

    def order(self, kind: Any = "job", **more: Any) -> Order:
        """Return an order for this shop."""
        known: dict[str, Any] = {
            "folder": self.folder,
            "home": self.settings.home,
            "settings": {"server_profile": "small", "server_line": self.settings.server_line},
            "lease": LEASE,
            "inside": None if self.room is None else self.room.pid,
        }
        return Order(kind, **(known | more))

    def elsewhere(self, uri: str | None = None, **more: Any) -> Order:
        """Return an order for the same shop from another machine: another home, the same database and key."""
        place = self.place()
        known = {"uri": uri or place.uri, "username": place.username, "database": place.database}
        known["pseudonym_key_file"] = str(self.settings.pseudonym_key_path)
        password = place.password.get_secret_value()
        return self.order(settings=known, password=password, home=self.other_home, name="elsewhere", **more)

    def broken(self) -> list[str]:
        """Return what must never be."""
        with self.connect() as graph:
            return broken(graph, self.out)

    def settle(self) -> list[str]:
        """Run the same job again until it is done, as a scheduler does; return what is not as it should be then."""
        again = 0
        while True:
            child = self.begin(self.order())
            code = child.end(FOREVER)
            if code == 0:
                break
            if not child.error().get("retryable"):
                return [f"the same job again: exit {code} after {again} times: {child.said()}"]
            again += 1
            time.sleep(0.2)
        with self.connect() as graph:
            return unfinished(graph, datasets(self.folder / "extract"), self.out)

    def pid(self) -> int:
        """Return the process id of the server."""
        self.place()
        record = self.server.running()
        if record is None:
            raise RuntimeError("the server does not run")
        return record.pid

    def bury(self, pid: int) -> None:
        """Wait until a server that was killed is gone: until then it may still answer."""
        while (record := self.server.running()) is not None and record.pid == pid:
            time.sleep(0.01)

    def steps(self, phase: Literal["all", "loading", "computing"] = "all") -> Sequence[Point]:
        """Return the steps of a job, or of a part of it, in their order."""
        names = [step.name for step in self.path]
        if phase == "all":
            return self.path
        first, last = ("load-ledger-open", "load-ledger-close") if phase == "loading" else ("run-start", "run-publish")
        return self.path[names.index(first) : len(names) - names[::-1].index(last)]

    def step(self, random: np.random.Generator, phase: Literal["all", "loading", "computing"] = "all") -> Point:
        """Draw a step by lot."""
        steps = self.steps(phase)
        return steps[int(random.integers(len(steps)))]


Fault = Callable[[Bench, np.random.Generator], list[str]]


def connected(place: Endpoint) -> Graph:
    """Open a connection."""
    return Graph(place.uri, place.username, place.password, place.database)


def ended(child: Running, allowed: tuple[int, ...] = CLEAN) -> list[str]:
    """Wait for a process and return what is wrong with the way it ended: a failure that is worth retrying is right."""
    code = child.end(FOREVER)
    fine = code in allowed or bool(child.error().get("retryable"))
    return [] if fine else [f"exit {code}: {child.said()}"]


def refused(child: Running, code: int, *words: str) -> list[str]:
    """Wait for a process and return what is wrong unless it ended with this exit code, and words in what it said."""
    found = child.end(FOREVER)
    missing = [word for word in words if word not in child.said()]
    if found == code and not missing:
        return []
    return [f"exit {found} instead of {code}, or it did not say {missing}: {child.said()}"]


def require_step(child: Running) -> None:
    """Return when the process came to the step that was chosen.

    Raises:
        Missed: It did not.
    """
    if child.order.at is not None and child.order.at not in child.points():
        raise Missed(str(child.order.at))


# ── the faults ────────────────────────────────────────────────────────────


def kill_client(bench: Bench, random: np.random.Generator) -> list[str]:
    """Kill the job at a step drawn by lot: inside a transaction, after a commit, before or after a file appears."""
    child = bench.begin(bench.order(at=bench.step(random)))
    found = ended(child)
    require_step(child)
    return found


def kill_server(phase: Literal["loading", "computing"], bench: Bench, random: np.random.Generator) -> list[str]:
    """Kill the server while the job loads or computes; somebody else starts it again, and the job goes on or ends."""
    delay = float(random.choice([0.0, 0.02, 0.2]))
    server = bench.pid()
    child = bench.begin(bench.order(at=bench.step(random, phase), act="kill server", server=server, delay=delay))
    while child.alive() and bench.server.running() is not None:
        time.sleep(0.005)
    if delay == 0 and child.order.at in child.points():
        bench.bury(server)
    bench.place()
    found = ended(child)
    require_step(child)
    return found


def kill_both(bench: Bench, random: np.random.Generator) -> list[str]:
    """Kill server and job at once, as a power cut does."""
    server = bench.pid()
    child = bench.begin(bench.order(at=bench.step(random), act="kill server and die", server=server))
    found = ended(child)
    require_step(child)
    bench.bury(server)
    return found


def cut_commit(bench: Bench, random: np.random.Generator) -> list[str]:
    """Cut the connection at the COMMIT of some transactions: before it arrives, when it has, or when it is answered."""
    cuts: tuple[Cut, ...] = ("before", "sent", "answered")
    with Proxy(bench.place().uri) as proxy:
        for name in random.choice(TRANSACTIONS, 2, replace=False):
            proxy.order(str(name), cuts[int(random.integers(3))])
        return ended(bench.begin(bench.elsewhere(proxy.uri)))


def pause_client(inside: bool, bench: Bench, random: np.random.Generator) -> list[str]:
    """Stop a job for longer than its lease, let another one do the work, and wake the first one up.

    Inside a transaction it keeps the lock of the lease in the database; between two it keeps nothing.
    """
    steps = [step for step in bench.steps() if (step.moment == "inside") == inside]
    sleeper = bench.begin(bench.order(at=steps[int(random.integers(len(steps)))], act="sleep"))
    while sleeper.alive() and sleeper.order.at not in sleeper.points():
        time.sleep(0.005)
    time.sleep(LEASE + 0.5)
    heir = bench.begin(bench.elsewhere())
    found = ended(heir, (0,))
    sleeper.signal(signal.SIGCONT)
    found += ended(sleeper)
    require_step(sleeper)
    return found


def two_jobs(bench: Bench, random: np.random.Generator) -> list[str]:
    """Start the job on two machines at once: one works, the other is refused or finds everything done."""
    children = [bench.begin(order) for order in (bench.order(force=True), bench.elsewhere(force=True))]
    return [one for child in children for one in ended(child, (0,))]


def wrong_clock(bench: Bench, random: np.random.Generator) -> list[str]:
    """Run the job with a clock that is days or hours off and jumps at every look; leases are of the server's."""
    shift = float(random.choice([-86_400 * 20, -3600, 3600, 86_400 * 20]))
    return ended(bench.begin(bench.order(shift=shift, jump=float(random.choice([0, -60, 60])))), (0,))


def full_disk_of_client(where: Literal["out", "home"], bench: Bench, random: np.random.Generator) -> list[str]:
    """Leave no room where the job hands out, or in its home, but for some bytes; then make room and go on."""
    left = int(random.choice([0, 0, 4096, 16384]))
    folder = bench.job_out if where == "out" else bench.other_home
    order = bench.order() if where == "out" else bench.elsewhere()
    if bench.room is None:
        child = bench.begin(bench.order(largest_file=left))
    else:
        with bench.room.full(folder, left):
            child = bench.begin(order)
            child.end(FOREVER)
    if left:
        found = ended(child)
    else:
        place = [str(folder)] if bench.room else []
        found = refused(child, UNWRITABLE, NO_SPACE[bench.room is not None], *place)
    found += [f"half a file is left: {path.name}" for path in bench.seen(folder).rglob("*.part")]
    return found + ended(bench.begin(order), (0,))


def full_disk_of_server(killed: bool, bench: Bench, random: np.random.Generator) -> list[str]:
    """Leave no room for the data of the server while a job works, and let another command meet it; then make room.

    Nobody starts the server again by hand: the next command does, also when it was killed in between, as by somebody
    who starts the machine again.
    """
    left = int(random.choice([0, 1 << 12, 1 << 15]))
    if bench.room is None:
        with no_room(bench.pid(), bench.data, left):
            return ended(bench.begin(bench.order()))
    server = bench.pid()
    with bench.room.full(bench.data, left):
        found = ended(bench.begin(bench.order()), (UNAVAILABLE,))
        if killed:
            os.kill(server, signal.SIGKILL)
            bench.bury(server)
        found += refused(bench.begin(bench.order()), UNAVAILABLE, "make room", str(bench.data))
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


def read_only_folder(name: str, bench: Bench, random: np.random.Generator) -> list[str]:
    """Forbid the job to write into one of its folders."""
    folder = bench.settings.home / name if name == "snapshots" else bench.job_out / name
    seen = bench.seen(folder)
    seen.mkdir(parents=True, exist_ok=True)
    seen.chmod(0o500)
    try:
        return refused(bench.begin(bench.order(obedient=True)), UNWRITABLE, "permission denied", str(folder))
    finally:
        seen.chmod(0o700)


FAULTS: Final[Mapping[str, Fault]] = {
    "client killed at a step": kill_client,
    "server killed while it loads": partial(kill_server, "loading"),
    "server killed while it computes": partial(kill_server, "computing"),
    "client and server killed": kill_both,
    "connection cut at a COMMIT": cut_commit,
    "client asleep inside a transaction": partial(pause_client, True),
    "client asleep between transactions": partial(pause_client, False),
    "two jobs at once": two_jobs,
    "wrong and jumping clock": wrong_clock,
    "no room for what is handed out": partial(full_disk_of_client, "out"),
    "no room in the client's home": partial(full_disk_of_client, "home"),
    **(
        {
            "no room for the server's data": partial(full_disk_of_server, False),
            "no room for the server's data, then killed": partial(full_disk_of_server, True),
        }
        if sys.platform.startswith("linux")
        else {}
    ),
    "read-only folder of reports": partial(read_only_folder, "reports"),
    "read-only folder of audiences": partial(read_only_folder, "ads"),
    "read-only folder of snapshots": partial(read_only_folder, "snapshots"),
}
"""All faults by their names in the log."""
