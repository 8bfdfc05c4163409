"""Every command with a database ends at once on SIGTERM: its statement is ended on the server, its lease is free."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from test_compute_commands import CIRCLE

from influence.graph import Graph
from influence.runs import list_runs
from influence.settings import Settings

pytestmark = pytest.mark.integration

UNDER_WAY = """
SHOW TRANSACTIONS YIELD metaData, status, currentQuery
WHERE metaData.app = 'influence' AND metaData.name <> 'looking'
RETURN metaData.name AS name, status
"""
ENDLESS = """// /// report
// format   = 1
// title    = "Endless"
// question = "How long is for ever?"
// summary  = "Counts for ever"
// category = "test"
// key      = ["number"]
// timeout  = "300s"
// [columns]
// number = { type = "int", title = "Number" }
// ///
UNWIND range(1, 1000000000000) AS number
WITH number
WHERE number < 0
RETURN number
ORDER BY number
LIMIT 10
"""


@pytest.fixture(scope="module")
def circle(graph: Graph) -> Graph:
    graph.execute(CIRCLE, name="circle")
    graph.execute("MERGE (:_InfluenceState {id: 'current'})", name="state")
    return graph


@contextmanager
def started(settings: Settings, folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command as a user gives it; killed when the test is over."""
    environment = {**os.environ, "INFLUENCE_HOME": str(settings.home), "INFLUENCE_CYPHER_DIR": str(folder / "cypher")}
    with subprocess.Popen(
        [sys.executable, "-m", "influence.cli.main", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # background jobs ignore it
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def under_way(graph: Graph) -> dict[str, str]:
    return {row["name"]: row["status"] for row in graph.read(UNDER_WAY, name="looking").dicts()}


def wait_for(graph: Graph, process: subprocess.Popen[str], name: str, status: str) -> None:
    """Return when the server is at work on a statement of the command."""
    deadline = time.monotonic() + 120
    while not any(known.startswith(name) and said.startswith(status) for known, said in under_way(graph).items()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, under_way(graph)
        time.sleep(0.05)


@contextmanager
def locked(graph: Graph, node: str) -> Iterator[None]:
    """Hold the lock of a node: a statement that writes to it waits on the server, for an hour if need be."""
    with graph.driver.session(database=graph.database) as session, session.begin_transaction() as transaction:
        transaction.run(f"MATCH (n{node}) SET n.held = true").consume()
        yield
        transaction.rollback()


def assert_stopped(graph: Graph, process: subprocess.Popen[str], number: signal.Signals, code: int) -> None:
    """Stop the command: it ends by itself although its statement would not, and nothing of it is left."""
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, (out, err)
    assert f"stopped by {number.name}" in err and "Traceback" not in err
    deadline = time.monotonic() + 60
    while under_way(graph):  # the server notices the closed connection a moment later
        assert time.monotonic() < deadline, under_way(graph)
        time.sleep(0.05)
    held = graph.read("MATCH (l:_InfluenceLock) WHERE l.expires_at > datetime() RETURN count(l)", name="held").rows
    assert held == [(0,)], "the lease is free"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_compute_when_stopped_while_the_server_waits_then_ends_and_the_run_is_interrupted(
    circle: Graph, settings: Settings, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with locked(circle, ":_InfluenceState {id: 'current'}"), started(settings, tmp_path, "compute", "run") as process:
        wait_for(circle, process, "run-publish", "Blocked")
        assert_stopped(circle, process, number, code)
    assert list_runs(circle)[0].status == "interrupted"


def test_load_when_stopped_while_the_server_waits_then_ends_and_the_next_one_completes_it(
    circle: Graph, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "customers.csv").write_text("customer_id,name\na,Ann\nz,Zoe\n", encoding="utf-8")
    with locked(circle, ":Customer {id: 'a'}"), started(settings, tmp_path, "load", "run", "shop") as process:
        wait_for(circle, process, "load", "Blocked")
        assert_stopped(circle, process, signal.SIGTERM, 143)
    names = "MATCH (c:Customer) WHERE c.name IN ['Ann', 'Zoe'] RETURN c.id ORDER BY c.id"
    assert circle.read(names, name="names").rows == []
    with started(settings, tmp_path, "load", "run", "shop") as process:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, (out, err)
    assert circle.read(names, name="names").rows == [("a",), ("z",)]


def test_report_when_stopped_while_the_server_works_then_the_statement_ends_with_it(
    circle: Graph, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "cypher" / "reports").mkdir(parents=True)
    (tmp_path / "cypher" / "reports" / "endless.cypher").write_text(ENDLESS, encoding="utf-8")
    with started(settings, tmp_path, "report", "run", "endless") as process:
        wait_for(circle, process, "endless", "Running")
        assert_stopped(circle, process, signal.SIGTERM, 143)
