"""The one lock of loads and computes: a lease in the graph with a fencing token, and a lock file beside it.

The lease is what makes writing safe: each writing transaction first renews it (`Lease.renew_in`), which takes the
write lock of the lease's node. So a transaction of a run that lost its lease fails, and whoever takes over waits
until the last transaction of the old run has ended. The lock file only stops two commands on one machine early.
"""

from __future__ import annotations

import fcntl
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from influence.errors import AlreadyRunning, ConfigError, InfluenceError, LeaseLost, QueryFailed, ServerUnavailable
from influence.files import private_folder
from influence.graph import Graph, Transaction
from influence.queries import saved_text

__all__ = ["Lease", "hold_lease"]

LOCK = "graph"
"""Name of the lock: one for loads and computes, because a projection over several statements is no snapshot."""
WAIT = 15.0
"""Seconds at most that somebody who wants the lock waits for a transaction that its holder has open."""


class Lease:
    """The right to write, for as long as the heartbeat succeeds.

    Attributes:
        run_id: Run that holds it.
        token: Fencing token: larger than that of every run that held the lock before.
        seconds: Length of the lease; it is renewed every third of it.
    """

    def __init__(self, graph: Graph, run_id: str, token: int, seconds: float) -> None:
        self.run_id = run_id
        self.token = token
        self.seconds = seconds
        self._graph = graph
        self._renewed = time.monotonic()
        self._lost = threading.Event()
        self._done = threading.Event()
        self._beating = threading.Lock()
        self._heart = threading.Thread(target=self._beat, name=f"lease-{run_id}", daemon=True)

    def check(self) -> None:
        """Return when the lease is held, as far as the heartbeat knows; call it between pieces of work.

        Raises:
            LeaseLost: Another run has taken over, or the server has not answered for the length of the lease.
        """
        if self._lost.is_set():
            raise self._loss()

    def renew_in(self, transaction: Transaction) -> None:
        """Renew the lease as the first statement of a writing transaction.

        From here to the end of the transaction no other run can take the lock, so what it writes is written by
        its rightful owner.

        Raises:
            LeaseLost: Another run has taken over; the transaction must not commit.
        """
        self.check()
        if not transaction.run(saved_text("internal", "lease-renew"), "lease-renew", **self._params()).rows:
            self._lost.set()
            raise self._loss()
        self._renewed = time.monotonic()

    def renew(self) -> None:
        """Renew the lease in a transaction of its own, before a long step that writes nothing.

        Raises:
            LeaseLost: Another run has taken over.
        """
        self._graph.write(self.renew_in, name="lease-renew", run_id=self.run_id)

    def write(self, work: Callable[[Transaction], Any], name: str) -> None:
        """Do something in a transaction of its own that commits only while the lease is held.

        Raises:
            LeaseLost: Another run has taken over; nothing was written.
        """

        def fenced(transaction: Transaction) -> None:
            self.renew_in(transaction)
            work(transaction)

        self._graph.write(fenced, name=name, run_id=self.run_id)

    @contextmanager
    def still(self) -> Iterator[None]:
        """Keep the heartbeat silent while the context lasts: for the seconds in which the server is stopped."""
        with self._beating:
            yield

    def end_transactions(self) -> None:
        """End what this run has under way on the server, when it is stopped while another thread waits for that."""
        name = "lease-end-transactions"
        with suppress(InfluenceError):  # a server that is gone has nothing under way
            self._graph.execute(saved_text("internal", name), {"dead": self.run_id}, name=name)

    def _params(self) -> dict[str, Any]:
        return {"name": LOCK, "run_id": self.run_id, "token": self.token, "lease_s": whole_seconds(self.seconds)}

    def _loss(self) -> LeaseLost:
        return LeaseLost(
            f"run `{self.run_id}` lost its lease: another run may have taken over, so it stopped writing",
            hint="run `influence runs list` to see what is current, then start the command again",
            run_id=self.run_id,
        )

    def _beat(self) -> None:
        """Renew until released; give up when another run took over or the server stays silent too long."""
        while not self._done.wait(self.seconds / 3):
            try:
                with self._beating:
                    self.renew()
            except LeaseLost:
                return
            except InfluenceError:
                if time.monotonic() - self._renewed > self.seconds:
                    self._lost.set()
                    return

    def _start(self) -> None:
        self._heart.start()

    def _release(self) -> None:
        """Stop the heartbeat and free the lock; when the server is gone, the lease runs out by itself."""
        self._done.set()
        self._heart.join(timeout=self.seconds)
        params = {"name": LOCK, "run_id": self.run_id, "token": self.token}
        with suppress(InfluenceError):
            self._graph.execute(
                saved_text("internal", "lease-release"), params, name="lease-release", run_id=self.run_id
            )


def whole_seconds(seconds: float) -> int:
    """Return the lease as the whole seconds that the server counts, at least one."""
    return max(1, round(seconds))


@contextmanager
def hold_lease(
    graph: Graph,
    run_id: str,
    seconds: float = 60,
    *,
    home: Path | None = None,
    purpose: str = "",
    held: Lease | None = None,
) -> Iterator[Lease]:
    """Hold the lock of loads and computes while the context lasts.

    A lock that ran out is taken over: the transactions of the run that held it are ended and its projections are
    dropped first, so that it can no longer write or compute.

    Args:
        graph: The database to write to.
        run_id: Id of the load or compute; must be unique.
        seconds: Length of the lease, renewed every third of it; also how long others wait after a crash.
        home: `INFLUENCE_HOME`, whose lock file stops a second command on this machine at once.
        purpose: What it is held for, such as "job `nightly`", for those who are refused.
        held: A lease that the caller holds already, such as a job for all its steps: it is passed on as it is, and
            outlives this context.

    Yields:
        The lease.

    Raises:
        AlreadyRunning: Another load or compute holds the lock; says who, since when and until when.
        LeaseLost: The lease passed on is lost.
    """
    if held is not None:
        held.check()
        yield held
        return
    with lock_file(graph, home):
        token, dead = take(graph, run_id, seconds, purpose)
        lease = Lease(graph, run_id, token, seconds)
        lease._start()
        try:
            if dead is not None:
                clear_up(graph, run_id, dead)
            yield lease
        finally:
            lease._release()


def take(graph: Graph, run_id: str, seconds: float, purpose: str = "") -> tuple[int, str | None]:
    """Take the lock in the graph; return the fencing token and the run whose lease ran out, if any.

    A transaction of the holder keeps others waiting. When it does not end, because its program sleeps or its machine
    has been cut off, and the lease has run out, the transaction is ended.

    Raises:
        AlreadyRunning: Another run holds it.
    """

    def work(transaction: Transaction) -> dict[str, Any] | None:
        params = {"name": LOCK, "run_id": run_id, "lease_s": whole_seconds(seconds), "who": who(purpose)}
        return transaction.run(saved_text("internal", "lease-take"), "lease-take", **params).single()

    name = "lease-take"
    try:
        taken = graph.write(work, name=name, run_id=run_id, timeout=min(max(1.0, seconds), WAIT))
    except QueryFailed as error:
        if error.code not in ("query-timeout", "query-ended"):  # the second, while it waited
            raise
        overdue = graph.read(saved_text("internal", "lease-overdue"), {"name": LOCK}, name="lease-overdue").single()
        if overdue is not None:
            clear_up(graph, run_id, overdue["dead"])
        elif graph.read(saved_text("internal", "lease-show"), {"name": LOCK}, name="lease-show").single() is not None:
            raise held_by_another(graph) from None
        # nobody has it, or no longer; the first statement on a cold server may take longer than a short lease
        taken = graph.write(work, name=name, run_id=run_id)
    if taken is None:
        raise held_by_another(graph)
    return int(taken["token"]), taken["previous"]


def who(purpose: str = "") -> str:
    """Return what others are told of the holder of the lock: what for, which process, which machine."""
    place = f"process {os.getpid()} on `{socket.gethostname()}`"
    return f"{purpose}, {place}" if purpose else place


def clear_up(graph: Graph, run_id: str, dead: str) -> None:
    """End what the dead run left on the server: its transactions first, then its projections."""
    name = "lease-end-transactions"
    graph.execute(saved_text("internal", name), {"dead": dead}, name=name, run_id=run_id)
    drop_orphan_projections(graph, run_id)


def drop_orphan_projections(graph: Graph, run_id: str) -> None:
    """Drop the projections of other runs; only the holder of the lock may do so."""
    if graph.facts().gds is None:
        return
    name = "lease-drop-projections"
    graph.execute(saved_text("internal", name), {"run_id": run_id}, name=name, run_id=run_id)


def held_by_another(graph: Graph) -> AlreadyRunning:
    """Return the error that names the holder of the lock, as far as it can still be seen."""
    shown = graph.read(saved_text("internal", "lease-show"), {"name": LOCK}, name="lease-show").single()
    if shown is None:
        return AlreadyRunning("another load or compute held the lock a moment ago", hint="start the command again")
    since, until = instant(shown["since"]), instant(shown["until"])
    told = f" ({shown['who']})" if shown["who"] else ""
    return AlreadyRunning(
        f"run `{shown['holder']}`{told} has held the lock"
        + (f" since {since:%Y-%m-%d %H:%M:%S} UTC" if since else "")
        + (f"; its lease runs until {until:%H:%M:%S} UTC and is renewed while it works" if until else ""),
        hint="wait until it has finished; after a crash its lease runs out by itself in at most "
        f"{shown['seconds_left']} s",
        holder=shown["holder"],
        who=shown["who"],
        since=since,
        until=until,
        seconds_left=shown["seconds_left"],
    )


def instant(value: datetime | None) -> datetime | None:
    """Return an instant of the server in UTC."""
    return None if value is None else value.astimezone(UTC)


@contextmanager
def lock_file(graph: Graph, home: Path | None) -> Iterator[None]:
    """Hold the lock file of a project; the operating system frees it when the process ends, however it ends.

    Whoever is refused is told what the graph knows of the holder.

    Raises:
        AlreadyRunning: Another process holds it.
        ConfigError: The home cannot be written.
    """
    if home is None:
        yield
        return
    try:
        private_folder(home)
        descriptor = os.open(home / "writer.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(
            f"cannot write in `{home}`: {(error.strerror or 'unknown reason').lower()}",
            code="folder-unwritable",
            hint="set `INFLUENCE_HOME` to a folder that this user may write",
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with suppress(ServerUnavailable):
                raise held_by_another(graph) from None
            raise AlreadyRunning(
                "another load or compute of this project is running on this machine",
                hint="wait until it has finished",
            ) from None
        yield
    finally:
        os.close(descriptor)
