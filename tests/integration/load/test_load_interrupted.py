"""A load that is killed, stopped or cut off: run again, it gives the graph of a load that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from influence.errors import LeaseLost, ServerUnavailable, UsageProblem
from influence.graph import Graph
from influence.graph.connection import OpenTransaction
from influence.load import LoadReport, load_status
from influence.load.writer import Writer
from influence.project import Project

pytestmark = pytest.mark.integration

Loader = Callable[..., LoadReport]
Put = Callable[..., None]
Content = Callable[..., dict[str, list[str]]]

CUSTOMERS = 400


@pytest.fixture
def shop(put: Put) -> None:
    """Files of several batches each; some nodes in no file, some rows repeated."""
    put(
        customers="customer_id,name\n" + "".join(f"c{n:03},Name {n}\n" for n in range(CUSTOMERS)),
        friendships="customer_id,friend_id\n"
        + "".join(f"c{n:03},c{(n * 7 + 1) % CUSTOMERS:03}\n" for n in range(CUSTOMERS)),
        purchases="line_id,customer_id,product_id,at\n"
        + "".join(f"l{n},c{n % CUSTOMERS:03},p{n % 37},2025-01-{n % 28 + 1:02}\n" for n in range(3 * CUSTOMERS)),
    )


@pytest.fixture
def expected(shop: None, load: Loader, content: Content, empty_graph: Graph) -> Iterator[dict[str, list[str]]]:
    """The graph of a load that nothing disturbed; the database is empty again afterwards."""
    load()
    after = content(empty_graph)
    with empty_graph.driver.session(database=empty_graph.database) as session:
        session.run("MATCH (n) WHERE NOT n:_InfluenceMigration DETACH DELETE n").consume()
    yield after


def started(project: Project, folder: Path, *options: str) -> subprocess.Popen[str]:
    """Start `influence load run` against the server of the tests, with the key of the loads in this process."""
    key = str(folder.parent / "home" / "pseudonym.key")
    return subprocess.Popen(
        [sys.executable, "-m", "influence.cli.main", "load", "run", str(folder), "--batch-size", "25", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "INFLUENCE_HOME": str(project.home), "INFLUENCE_PSEUDONYM_KEY_FILE": key},
        # whoever runs the tests in the background has SIGINT ignored, which a child would inherit
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def batches_done(graph: Graph) -> int:
    return int(graph.read("MATCH (b:_InfluenceBatch) RETURN count(b)", name="test-batches").rows[0][0])


def wait_for_batches(graph: Graph, process: subprocess.Popen[str], number: int) -> None:
    deadline = time.monotonic() + 120
    while batches_done(graph) < number:
        assert process.poll() is None, f"the load ended before batch {number}: {process.communicate()}"
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("batches", [1, 20, 40])
def test_a_killed_load_is_completed_by_the_next(
    project: Project, folder: Path, load: Loader, content: Content, empty_graph: Graph, expected: Any, batches: int
) -> None:
    process = started(project, folder)
    wait_for_batches(empty_graph, process, batches)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    done = batches_done(empty_graph)
    assert done >= batches
    half = [row for row in load_status(empty_graph) if row["status"] == "loading"]
    assert len(half) == 1, "status shows what is half done"

    # the dead load's lease is freed as it would be after its sixty seconds
    with empty_graph.driver.session(database=empty_graph.database) as session:
        session.run("MATCH (l:_InfluenceLock) SET l.expires_at = datetime() - duration({seconds: 1})").consume()
    report = load("second", batch_size=25)
    assert sum(file.unchanged for file in report.files) > 0
    assert content(empty_graph) == expected
    assert {row["status"] for row in load_status(empty_graph)} == {"done"}
    assert all(row["batches_done"] == row["batches"] for row in load_status(empty_graph))
    stamps = empty_graph.read("MATCH (:Customer)-[b:BOUGHT]->() RETURN count(DISTINCT b.run_id)", name="test-stamps")
    assert stamps.rows == [(1,)], "rows of a resumed file carry one stamp, or a sweep would take the first half away"
    assert load("third", batch_size=25).written == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_load_finishes_its_batch_and_frees_the_lease(
    project: Project,
    folder: Path,
    load: Loader,
    content: Content,
    empty_graph: Graph,
    expected: Any,
    number: signal.Signals,
    code: int,
) -> None:
    process = started(project, folder)
    wait_for_batches(empty_graph, process, 5)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == code, errors
    assert "Traceback" not in errors
    assert load("second", batch_size=25).written > 0, "at once: the lease is free"
    assert content(empty_graph) == expected


def test_resuming_with_another_batch_size_or_mapping_is_refused(
    shop: None, load: Loader, empty_graph: Graph, monkeypatch: pytest.MonkeyPatch, folder: Path, tmp_path: Path
) -> None:
    commit = Writer.commit
    count = iter(range(3))

    def failing(self: Writer, *args: Any) -> Any:
        if next(count, None) is None:
            raise RuntimeError("cut off")
        return commit(self, *args)

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(Writer, "commit", failing)
        load(batch_size=50)
    with pytest.raises(UsageProblem) as caught:
        load(batch_size=40)
    assert caught.value.code == "resume-refused"
    assert "--batch-size 50" in (caught.value.hint or "")
    mapping = tmp_path / "m.toml"
    mapping.write_text('[customers]\nnull_values = ["-"]\n')
    with pytest.raises(UsageProblem, match="another contract or mapping"):
        load(batch_size=50, mapping=mapping)
    assert load(batch_size=40, restart=True).files[0].loaded == CUSTOMERS


def test_a_batch_whose_outcome_is_unknown_is_written_once(
    shop: None, load: Loader, content: Content, empty_graph: Graph, monkeypatch: pytest.MonkeyPatch, expected: Any
) -> None:
    write = Graph.write
    lost: list[str] = []

    def unlucky(self: Graph, work: Any, **options: Any) -> Any:
        """Commit, and lose the answer: what a connection cut during COMMIT looks like."""
        answer = write(self, work, **options)
        if options["name"] == "load-friendships" and len(lost) < 2:
            lost.append(options["name"])
            raise ServerUnavailable("lost the server during `load-friendships`")
        return answer

    monkeypatch.setattr(Graph, "write", unlucky)
    monkeypatch.setattr("influence.load.writer.PAUSES", (0.0, 0.0))
    report = load(batch_size=100)
    assert len(lost) == 2
    assert content(empty_graph) == expected
    friendships = next(file for file in report.files if file.dataset == "friendships")
    assert friendships.loaded == friendships.read - friendships.duplicate


def test_a_failed_batch_leaves_neither_rows_nor_ledger_entry(
    shop: None, load: Loader, empty_graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = OpenTransaction.run

    def failing(self: OpenTransaction, text: str, name: str, /, **params: Any) -> Any:
        answer = run(self, text, name, **params)
        if name == "customers":
            raise RuntimeError("after the rows, before the commit")
        return answer

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(OpenTransaction, "run", failing)
        load()
    assert batches_done(empty_graph) == 0
    assert empty_graph.read("MATCH (c:Customer) RETURN c", name="test-customers").rows == []


def test_a_load_that_lost_its_lease_writes_no_further_batch(
    shop: None, load: Loader, empty_graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = Writer.commit
    done: list[int] = []

    def overtaken(self: Writer, *args: Any) -> Any:
        if len(done) == 2:
            take = "MATCH (l:_InfluenceLock) SET l.token = l.token + 1, l.run_id = 'another'"
            empty_graph.execute(take, name="test-take-over")
        done.append(1)
        return commit(self, *args)

    monkeypatch.setattr(Writer, "commit", overtaken)
    with pytest.raises(LeaseLost):
        load(batch_size=50)
    assert len(done) == 3
    assert batches_done(empty_graph) == 2
    assert empty_graph.read("MATCH (c:Customer) RETURN count(c)", name="test-customers").rows == [(100,)]
