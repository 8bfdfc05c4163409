"""`kill -9` of a dump, a restore and a first load through the importer: the old database or the new one, and no rest."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from influence.backup import check_dump, connected, dump_database
from influence.errors import AlreadyRunning
from influence.graph import Graph
from influence.progress import Silent
from influence.server import LocalServer
from influence.settings import load_settings
from tests.conftest import wipe
from torture.child import Order, Running, start
from torture.invariants import broken, unfinished
from torture.limits import limited
from torture.points import Point
from torture.shop import datasets, write_shop

pytestmark = [pytest.mark.integration, pytest.mark.reference_line]

LIMIT = 240
"""Seconds for one command, some ten times what it takes: whatever takes longer hangs."""
DUMPING = (
    Point("during", "admin dump"),
    Point("after", "start of the second server"),
    Point("before", "file shop.dump"),
)
RESTORING = (Point("during", "admin check"), Point("before", "file exchange.json"))
IMPORTING = (Point("during", "admin import"),)
EXCHANGING = (
    Point("after", "file exchange.json"),
    Point("after", "file replaced-databases-neo4j"),
    Point("after", "file neo4j"),
    Point("after", "file replaced-transactions-neo4j"),
)
"""From the first on, the new database is promised; the second and the last leave a part of it without any."""
LATER = "MERGE (:Customer {id: 'later'})"


class Place:
    """A server of one's own, a shop beside it, and commands that die."""

    def __init__(self, folder: Path, line: str) -> None:
        self.folder = folder / "shop"
        self.settings: dict[str, Any] = {"server_profile": "small", "server_line": line, "server_idle_minutes": 0.0}
        self.home = folder / "home"
        self.server = LocalServer(load_settings(home=self.home, **self.settings))
        self.dump = self.folder / "dumps" / "shop.dump"
        self.dump.parent.mkdir(parents=True)
        write_shop(self.folder / "extract")

    def order(self, kind: Any, **more: Any) -> Order:
        """Return an order."""
        return Order(kind, self.folder, self.home, self.settings, dump=self.dump, lease=1.0, **more)

    def ended(self, order: Order) -> tuple[Running, int]:
        """Start a command and wait for its end."""
        child = start(order)
        with limited(LIMIT, lambda: f"{child.points()[-3:]}\n{child.said()}\n{self.server.logs(20)}"):
            return child, child.end(2 * LIMIT)

    def done(self, kind: Any) -> None:
        """Run a command to its end; a lock that a dead one holds runs out meanwhile."""
        while True:
            child, code = self.ended(self.order(kind))
            if code == 0:
                return
            assert child.error().get("code") == "already-running", (code, child.said())

    def dies(self, kind: Any, at: Point) -> None:
        """Run a command that is killed at a step."""
        while True:
            child, code = self.ended(self.order(kind, at=at))
            if code == -signal.SIGKILL:
                return
            assert child.error().get("code") == "already-running", (at, code, child.said())

    def content(self) -> list[str]:
        """Return all that is in the database but its lock; starts the server, as the next command does."""
        with connected(self.server) as graph:
            return everything(graph)

    def rest(self) -> list[str]:
        """Return what commands left behind: processes and files."""
        record = self.server.running()
        found = [str(path) for folder in (self.folder, self.home) for path in folder.rglob("*.part")]
        found += [name for name in ("backup", "bulk") if (self.server.home.folder / name).exists()]
        return found + [f"process {pid}" for pid in processes(self.home) if record is None or pid != record.pid]


def everything(graph: Graph) -> list[str]:
    """Return all nodes and relationships but the lock."""
    text = "MATCH (n) OPTIONAL MATCH (n)-[r]->(m) RETURN labels(n), properties(n), type(r), properties(r), m.id"
    return sorted(repr(row) for row in graph.read(text, name="everything").rows if "_InfluenceLock" not in row[0])


def processes(home: Path) -> list[int]:
    """Return the Java processes that were started on a home, its scratch folders included."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if command[0].endswith("java") and any(str(home) in argument for argument in command):
            found.append(int(folder.name))
    return found


@pytest.fixture
def place(tmp_path: Path, server_line: str) -> Iterator[Place]:
    made = Place(tmp_path, server_line)
    try:
        yield made
    finally:
        made.server.stop()


def test_dump_when_killed_at_each_step_then_the_database_is_as_before_and_the_next_dump_leaves_nothing_else(
    place: Place,
) -> None:
    place.done("load")
    before = place.content()
    for at in DUMPING:
        place.dies("dump", at)
        assert not place.dump.exists(), at
        assert place.content() == before, at
    place.done("dump")
    assert place.content() == before
    assert place.rest() == []
    assert sorted(path.name for path in place.dump.parent.iterdir()) == ["shop.dump", "shop.dump.manifest.json"]


def test_restore_when_killed_at_each_step_then_the_old_database_or_the_whole_dump_is_there(place: Place) -> None:
    place.done("load")
    dumped = place.content()
    place.done("dump")
    with connected(place.server) as graph:
        graph.execute(LATER, name="later")
        later = everything(graph)
    for at in RESTORING:
        place.dies("restore", at)
        check_dump(place.server, place.dump, Silent())  # clears what the killed one left
        assert place.content() == later, at
    for at in EXCHANGING:
        with connected(place.server) as graph:
            graph.execute(LATER, name="later")
        place.dies("restore", at)
        check_dump(place.server, place.dump, Silent())  # before anything has started the server
        assert place.content() == dumped, at
    place.done("restore")
    assert place.content() == dumped
    assert place.rest() == []


def test_restore_when_a_check_or_a_dump_comes_beside_it_then_they_are_refused_and_it_goes_on(place: Place) -> None:
    place.done("load")
    dumped = place.content()
    place.done("dump")
    with connected(place.server) as graph:
        graph.execute(LATER, name="later")
        later = everything(graph)
    at = Point("during", "admin check")
    child = start(place.order("restore", at=at, act="sleep"))
    with limited(LIMIT, child.said):
        child.wait_for(lambda point: point == at)
        with pytest.raises(AlreadyRunning, match="is at work"):
            check_dump(place.server, place.dump, Silent())
        with pytest.raises(AlreadyRunning, match="is at work"):
            dump_database(place.server, place.dump.with_name("other.dump"), datetime.now(UTC), Silent())
        assert place.content() == later
        child.signal(signal.SIGCONT)
        assert child.end(2 * LIMIT) == 0, child.said()
    assert place.content() == dumped
    assert place.rest() == []
    assert sorted(path.name for path in place.dump.parent.iterdir()) == ["shop.dump", "shop.dump.manifest.json"]


def test_import_when_killed_at_each_step_then_nothing_or_everything_is_there_and_the_next_load_completes_it(
    place: Place,
) -> None:
    rows = datasets(place.folder / "extract")
    for at in IMPORTING:
        place.dies("import", at)
        with connected(place.server) as graph:
            assert graph.read("MATCH (c:Customer) RETURN c", name="none").rows == [], at
    for at in EXCHANGING:
        with connected(place.server) as graph:
            wipe(graph)
        place.dies("import", at)
        with connected(place.server) as graph:
            assert broken(graph) == [], at
            assert len(graph.read("MATCH (c:Customer) RETURN c", name="all").rows) == rows["customers"], at
    place.done("load")
    with connected(place.server) as graph:
        assert unfinished(graph, rows, published=False) == []
    assert place.rest() == []
