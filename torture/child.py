"""One load, compute or job in a process of its own, to which something happens.

The processes are forked from one that has imported everything already, so that a fault costs no start of Python.
"""

from __future__ import annotations

import ctypes
import json
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from influence.backup import dump_database, restore_database
from influence.compute import Work, compute_run
from influence.compute.stages import STAGES
from influence.errors import InfluenceError
from influence.graph import Graph
from influence.job import read_plan, run_job
from influence.lease import hold_lease
from influence.load import LoadOptions, PseudonymKey, load_folder
from influence.project import Project
from influence.reach.ties import active_ties
from influence.reach.topics import topic_scores
from influence.scores import Pairs, ScoreFrames, TopicRows
from influence.server import LocalServer
from influence.settings import Settings, load_settings
from torture.points import Point, watched
from torture.room import join
from torture.shop import BATCH

__all__ = ["QUICK", "Order", "Running", "start"]

UNEXPECTED: Final = 70
Kind = Literal["load", "import", "compute", "job", "dump", "restore", "start"]
OFFLINE: Final = ("import", "dump", "restore")
"""Kinds that stop the server: there the files of its home are points, too."""
Act = Literal["die", "sleep", "kill server", "kill server and die"]


def friends(work: Work) -> ScoreFrames:
    """Return scores of every kind without Graph Data Science: a run that is all writing and publishing."""
    ties = active_ties(work.snapshot)
    topics = topic_scores(work.snapshot, ties)
    some = np.arange(0, work.snapshot.customers - 1, 2)
    return ScoreFrames(
        customers={
            "friend_count": ties.friend_count,
            "two_hop_reach": ties.friend_count * 2,
            "super_connector": ties.friend_count > 5,
            "page_rank": np.where(ties.friend_count > 0, 1.0, np.nan),
        },
        topics=TopicRows(topics.customer, topics.topic, {"topic_affinity": topics.affinity}),
        communities={"id": np.array([1, 2]), "size": np.array([5, 2])},
        pairs=Pairs(some, some + 1, {"purchases": np.ones(len(some), np.int64)}),
    )


QUICK: Final = (("friends", friends),)
"""Stages of a run that computes next to nothing."""


@dataclass(frozen=True)
class Order:
    """What a process is to do, and what happens to it.

    Attributes:
        kind: load, import (a load through the importer), compute, dump and restore are the library's functions, job is
            the whole plan, start only starts the server.
        folder: Folder with `extract`, `nightly.toml` and what the job writes.
        home: `INFLUENCE_HOME`.
        settings: Further settings: profile, line, or address of a server.
        password: Password of that server.
        lease: Length of its lease in seconds.
        run_id: Id of its run; default: a new one.
        force: Compute although nothing has changed.
        quick: Compute next to nothing.
        spared: Points at which it does not die.
        dies: Whether it dies at the first point that is not spared.
        at: Point at which it does something once.
        act: What it does there; it sleeps until it gets SIGCONT.
        server: Process id of the server that it kills.
        delay: Seconds from that point until it kills the server.
        inside: Process whose file systems it sees (see `Room`).
        dump: The file that is dumped into or restored.
        name: Tells its trail and its log from those of another one in the same folder.
        chance: Probability to die at any point.
        seed: Of chance.
        shift: Seconds by which its clock is wrong.
        jump: Seconds by which its clock jumps further at every look.
        largest_file: Bytes after which no file of it can grow, as on a full disk.
        obedient: Obey the modes of files even as root.
    """

    kind: Kind
    folder: Path
    home: Path
    settings: dict[str, Any] = field(default_factory=dict)
    password: str | None = None
    lease: float = 2.0
    run_id: str | None = None
    force: bool = False
    quick: bool = False
    spared: tuple[Point, ...] = ()
    dies: bool = False
    at: Point | None = None
    act: Act = "die"
    server: int = 0
    delay: float = 0.0
    inside: int | None = None
    dump: Path | None = None
    name: str = "child"
    chance: float = 0.0
    seed: int = 0
    shift: float = 0.0
    jump: float = 0.0
    largest_file: int | None = None
    obedient: bool = False

    @property
    def trail(self) -> Path:
        """File with the points that were reached."""
        return self.folder / f"{self.name}.trail"

    @property
    def log(self) -> Path:
        """File with what the process printed."""
        return self.folder / f"{self.name}.log"


class Running:
    """A process under way."""

    def __init__(self, order: Order) -> None:
        self.order = order
        order.trail.unlink(missing_ok=True)
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        self.process = context.Process(target=obey, args=(order,), daemon=True)
        self.process.start()
        self.code: int | None = None

    @property
    def pid(self) -> int:
        """Its process id."""
        return (self.process.pid or 0) if self.code is None else 0

    def signal(self, number: int) -> None:
        """Send it a signal."""
        if self.alive():
            os.kill(self.pid, number)

    def alive(self) -> bool:
        """Return whether it still runs."""
        return self.code is None and self.process.is_alive()

    def end(self, patience: float = 300.0) -> int:
        """Wait for its end and return its exit code, negative for a signal.

        Raises:
            TimeoutError: It still runs after `patience` seconds; it is ended.
        """
        if self.code is not None:
            return self.code
        self.process.join(patience)
        overdue = self.process.is_alive()
        if overdue:
            self.process.kill()
            self.process.join()
        self.code = self.process.exitcode or 0
        self.process.close()
        if overdue:
            raise TimeoutError(f"{self.order.kind} still ran after {patience:.0f} s: {self.said()}")
        return self.code

    def points(self) -> list[Point]:
        """Return the points that it has reached so far."""
        try:
            lines = self.order.trail.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [Point(*line.split(" ", 1)) for line in lines if " " in line]

    def wait_for(self, wanted: Callable[[Point], bool], patience: float = 300.0) -> None:
        """Wait until it has reached a point, or has ended."""
        deadline = time.monotonic() + patience
        while not any(map(wanted, self.points())) and self.alive():
            if time.monotonic() > deadline:
                raise TimeoutError(self.said())
            time.sleep(0.01)

    def error(self) -> dict[str, Any]:
        """Return the error that it ended with, as in a JSON answer; empty when it named none."""
        told = [line for line in self.said().splitlines() if line.startswith('{"code"')]
        return dict(json.loads(told[-1])) if told else {}

    def said(self) -> str:
        """Return what it printed."""
        return self.order.log.read_text(encoding="utf-8", errors="replace") if self.order.log.exists() else ""


def start(order: Order) -> Running:
    """Start a process."""
    return Running(order)


# ── inside the process ────────────────────────────────────────────────────


def obey(order: Order) -> None:
    """Do what is ordered and end with the exit code of the command line."""
    if order.inside is not None:
        join(order.inside)
    output = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    spared, random = frozenset(order.spared), np.random.default_rng(order.seed)

    acts = [order.at]

    def dies(point: Point) -> bool:
        if point in acts:
            acts.clear()
            return act(order)
        return (order.dies and point not in spared) or random.random() < order.chance

    watch = watched(dies, order.trail, order.folder.parent if order.kind in OFFLINE else order.folder)
    if order.shift or order.jump:
        shift_clock(order.shift, order.jump)
    if order.largest_file is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.largest_file, resource.RLIM_INFINITY))
    if order.obedient and os.geteuid() == 0:
        obey_modes()
    code = UNEXPECTED
    try:
        with Project(settings_of(order), watch) as project:
            try:
                code = work(order, project)
            finally:
                make_room()
    except InfluenceError as error:
        tell(error.as_dict())
        code = error.exit_code
    except BaseException:
        import traceback

        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def act(order: Order) -> bool:
    """Do what was ordered for a point; return whether the process dies there."""
    if order.act == "sleep":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif order.act != "die" and order.delay:
        threading.Timer(order.delay, os.kill, (order.server, signal.SIGKILL)).start()
    elif order.act != "die":
        os.kill(order.server, signal.SIGKILL)
    return order.act in ("die", "kill server and die")


def tell(error: dict[str, Any]) -> None:
    """Print an error as one line."""
    sys.stderr.write(json.dumps(error, default=str) + "\n")


def make_room() -> None:
    """Let files grow again: what follows is said by the harness."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def settings_of(order: Order) -> Settings:
    """Return the settings of a process."""
    return load_settings(None, home=order.home, password=order.password, **order.settings)


def work(order: Order, project: Project) -> int:
    """Do what is ordered; return the exit code."""
    if order.kind == "start":
        project.endpoint()
        return 0
    if order.kind in ("dump", "restore") and order.dump is not None:
        server = LocalServer(project.settings, project.progress)
        if order.kind == "dump":
            dump_database(server, order.dump, datetime.now(UTC), project.progress)
        else:
            restore_database(server, order.dump, project.progress, replace=True)
        return 0
    now = datetime.now(UTC)
    if order.kind == "job":
        plan = read_plan(order.folder / "nightly.toml")
        done = run_job(project, plan, force=order.force, lease_seconds=order.lease, job_id=order.run_id)
        make_room()
        sys.stdout.write(done.line() + "\n")
        if done.error:
            tell(done.error)
        return done.exit_code
    graph = project.graph()
    if order.kind == "compute":
        compute_run(
            graph,
            progress=project.progress,
            home=order.home,
            lease_seconds=order.lease,
            run_id=order.run_id,
            stages=QUICK if order.quick else STAGES,
        )
        return 0
    run_id = order.run_id or f"load-{os.getpid()}"
    with hold_lease(graph, run_id, order.lease, home=order.home, purpose="load") as lease:
        load(graph, order, project, now, run_id, lease)
    return 0


def load(graph: Graph, order: Order, project: Project, now: datetime, run_id: str, lease: Any) -> None:
    """Load the shop."""
    load_folder(
        graph,
        order.folder / "extract",
        LoadOptions(home=order.home, batch_size=BATCH, via="import" if order.kind == "import" else "batches"),
        PseudonymKey(project.settings.pseudonym_key_path),
        project.progress,
        now,
        run_id=run_id,
        held=lease,
        server=LocalServer(project.settings, project.progress) if project.uses_local_server else None,
    )


def shift_clock(seconds: float, jump: float) -> None:
    """Make the wall clock of this process wrong, in every module of `influence` that looks at it."""
    true, true_time, true_now = datetime, time.time, datetime.now
    looks = [0]

    def wrong() -> float:
        looks[0] += 1
        return seconds + jump * looks[0]

    class Kind(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, true)

    class Clock(datetime, metaclass=Kind):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return true_now(tz) + timedelta(seconds=wrong())

    time.time = lambda: true_time() + wrong()
    for name, module in list(sys.modules.items()):
        if (name.startswith("influence") or name == __name__) and getattr(module, "datetime", None) is true:
            module.datetime = Clock  # type: ignore[attr-defined]


def obey_modes() -> None:
    """Give up root's right to write what modes forbid, for this process only (Linux)."""
    if not sys.platform.startswith("linux"):
        return
    version_3 = 0x20080522
    header = (ctypes.c_uint32 * 2)(version_3, 0)
    data = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; low and high words
    library = ctypes.CDLL(None, use_errno=True)
    if library.capget(header, data) == 0:
        for place in (0, 1):
            data[place] &= ~0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        library.capset(header, data)
