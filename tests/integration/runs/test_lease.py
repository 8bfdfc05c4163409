"""One writer at a time, whatever happens to the others."""

from __future__ import annotations

import os
import socket
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from influence.errors import AlreadyRunning, ConfigError, InfluenceError, LeaseLost, QueryFailed
from influence.graph import Graph, Transaction
from influence.lease import Lease, hold_lease
from influence.queries import saved_text
from influence.runs.records import list_runs

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def nobody_holds_the_lock(graph: Graph) -> None:
    """Free the lock that an earlier test left to run out."""
    graph.execute("MATCH (l:_InfluenceLock) DELETE l", name="free")


CRASHED: list[object] = []
"""Contexts that are never left: Python would leave them when it collects them."""


def abandoned(graph: Graph, run_id: str) -> Lease:
    """Return the lease of a run that crashed: taken, never renewed, run out."""
    holder = hold_lease(graph, run_id, 1)
    CRASHED.append(holder)
    lease = holder.__enter__()
    lease._done.set()
    graph.execute("MATCH (l:_InfluenceLock) SET l.expires_at = datetime({epochMillis: 0})", name="expire")
    return lease


def test_lease_when_held_then_others_are_refused_and_told_who_has_it(graph: Graph) -> None:
    with hold_lease(graph, "one"):
        with pytest.raises(AlreadyRunning) as caught, hold_lease(graph, "two"):
            pass
        assert caught.value.details["holder"] == "one"
        assert 50 < caught.value.details["seconds_left"] <= 60
        assert f"process {os.getpid()} on `{socket.gethostname()}`" in caught.value.message
        since, until = caught.value.details["since"], caught.value.details["until"]
        assert timedelta(seconds=50) < until - since <= timedelta(seconds=61)
        assert f"since {since:%Y-%m-%d %H:%M:%S} UTC" in caught.value.message


def test_lease_when_passed_on_then_it_is_the_same_one_and_outlives_the_step(graph: Graph) -> None:
    with hold_lease(graph, "job", purpose="job `nightly`") as lease:
        with hold_lease(graph, "step", held=lease) as passed:
            assert passed is lease
        lease.renew()
        with pytest.raises(AlreadyRunning, match="job `nightly`"), hold_lease(graph, "two"):
            pass


def test_lease_when_released_then_free_at_once_and_the_token_grows(graph: Graph) -> None:
    tokens = []
    for run_id in ("one", "two", "three"):
        with hold_lease(graph, run_id) as lease:
            tokens.append(lease.token)
    assert tokens == [1, 2, 3]


def test_lease_when_the_work_fails_then_released(graph: Graph) -> None:
    with pytest.raises(RuntimeError), hold_lease(graph, "one"):
        raise RuntimeError
    with hold_lease(graph, "two"):
        pass


def test_lease_when_work_outlasts_it_then_the_heartbeat_keeps_it(graph: Graph) -> None:
    with hold_lease(graph, "one", 1) as lease:
        time.sleep(2.5)
        lease.check()
        with pytest.raises(AlreadyRunning), hold_lease(graph, "two"):
            pass


def test_lease_when_taken_over_then_the_old_run_can_neither_check_nor_write(graph: Graph) -> None:
    old = abandoned(graph, "old")
    with hold_lease(graph, "new") as new:
        assert new.token == old.token + 1

        def work(transaction: Transaction) -> None:
            old.renew_in(transaction)
            transaction.run("CREATE (:Zombie)", "zombie")

        with pytest.raises(LeaseLost):
            graph.write(work, name="zombie")
        with pytest.raises(LeaseLost):
            old.check()
        assert graph.read("MATCH (z:Zombie) RETURN count(z)", name="zombies").rows == [(0,)]
        old._release()
        new.renew()


def test_lease_when_a_new_database_hands_out_its_token_again_then_the_old_run_can_neither_write_nor_release(
    graph: Graph,
) -> None:
    old = abandoned(graph, "old")
    graph.execute("MATCH (l:_InfluenceLock) DELETE l", name="reset")
    with hold_lease(graph, "new") as new:
        assert new.token == old.token
        with pytest.raises(LeaseLost):
            old.renew()
        old._release()
        with pytest.raises(AlreadyRunning, match="`new`"), hold_lease(graph, "third"):
            pass
        new.renew()


def test_lease_when_it_ran_out_but_nobody_took_it_then_still_good(graph: Graph) -> None:
    lease = abandoned(graph, "one")
    lease.renew()
    with pytest.raises(AlreadyRunning), hold_lease(graph, "two"):
        pass


def test_heartbeat_when_another_took_over_then_the_loss_is_seen_without_writing(graph: Graph) -> None:
    with hold_lease(graph, "one", 1) as lease:
        graph.execute("MATCH (l:_InfluenceLock) SET l.token = l.token + 1, l.run_id = 'two'", name="steal")
        deadline = time.monotonic() + 20
        with pytest.raises(LeaseLost):
            while time.monotonic() < deadline:
                lease.check()
                time.sleep(0.05)


def test_take_over_when_the_dead_run_has_open_transactions_then_they_are_ended(graph: Graph) -> None:
    """By the tag of our own transactions, and by the run id in a parameter where the GDS client started them."""
    abandoned(graph, "dead")
    ended: list[str] = []
    endless = "UNWIND range(1, 1000000000) AS i WITH i WHERE i < 0 RETURN count(i)"

    def tagged() -> None:
        try:
            graph.write(lambda transaction: transaction.run(endless, "endless"), name="endless", run_id="dead")
        except InfluenceError:
            ended.append("tagged")

    def untagged() -> None:
        try:
            with graph.driver.session(database=graph.database) as session:
                session.run(endless.replace("i < 0", "$graph_name = ''"), graph_name="influence-reach-dead").consume()
        except Exception:
            ended.append("untagged")

    threads = [threading.Thread(target=one) for one in (tagged, untagged)]
    for thread in threads:
        thread.start()
    seen = "SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery STARTS WITH 'UNWIND range(1, 1000' RETURN count(*)"
    deadline = time.monotonic() + 30
    while graph.read(seen, name="seen").rows != [(2,)] and time.monotonic() < deadline:
        time.sleep(0.1)
    with hold_lease(graph, "heir"):
        for thread in threads:
            thread.join(timeout=60)
    assert sorted(ended) == ["tagged", "untagged"]


def test_take_over_when_the_holder_fell_asleep_inside_a_transaction_then_it_is_ended_after_the_lease(
    graph: Graph,
) -> None:
    asleep = abandoned(graph, "asleep")
    tags = {"app": "influence", "name": "load-purchases", "run_id": "asleep"}
    with graph.driver.session(database=graph.database) as session:
        transaction = session.begin_transaction(metadata=tags)
        transaction.run(saved_text("internal", "lease-renew"), asleep._params() | {"lease_s": 0}).consume()
        transaction.run("CREATE (:Left {by: 'a sleeper'})").consume()  # and now nothing is heard of it
        with hold_lease(graph, "awake", 1) as lease:
            lease.check()
        with pytest.raises(Exception, match=r"terminated|closed|stopped"):
            transaction.commit()
    assert graph.read("MATCH (n:Left) RETURN n", name="left").rows == []


def test_take_over_when_a_long_transaction_of_a_living_holder_is_open_then_refused_without_waiting_for_it(
    graph: Graph,
) -> None:
    with hold_lease(graph, "alive", 60) as lease, graph.driver.session(database=graph.database) as session:
        with session.begin_transaction(metadata={"app": "influence", "run_id": "alive"}) as transaction:
            transaction.run(saved_text("internal", "lease-renew"), lease._params()).consume()
            with pytest.raises(AlreadyRunning, match="alive"), hold_lease(graph, "other", 1):
                pass
            transaction.commit()


def test_take_over_when_the_dead_run_left_a_projection_then_it_is_dropped(graph: Graph) -> None:
    abandoned(graph, "dead")
    graph.execute("CREATE (:Customer {id: 'x'})", name="customer")
    with graph.gds() as gds:
        gds.graph.project.native("influence-reach-dead", "Customer", "*")
        gds.graph.project.native("mine", "Customer", "*")
    with hold_lease(graph, "heir"):
        left = graph.read("CALL gds.graph.list() YIELD graphName RETURN graphName", name="projections").rows
    assert left == [("mine",)], "what is not ours stays"


def test_lock_file_when_another_command_of_the_project_runs_then_refused_at_once(graph: Graph, tmp_path: Path) -> None:
    with hold_lease(graph, "one", home=tmp_path):
        with pytest.raises(AlreadyRunning) as caught, hold_lease(graph, "two", home=tmp_path):
            pass
        assert caught.value.details["holder"] == "one", "not only that somebody is there, but who"
    with hold_lease(graph, "two", home=tmp_path):
        pass


def test_lease_when_the_server_is_slow_and_nobody_has_it_then_taken_all_the_same(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine, asked = graph.write, []

    def slow(work: Any, **given: Any) -> Any:
        asked.append(given["name"])
        if asked == ["lease-take"]:
            raise QueryFailed("the query `lease-take` took too long", code="query-timeout")
        return genuine(work, **given)

    monkeypatch.setattr(graph, "write", slow)
    with hold_lease(graph, "run-slow", 2) as lease:
        lease.check()
    assert asked[:2] == ["lease-take", "lease-take"]


def test_lock_file_when_it_cannot_be_written_then_says_so(graph: Graph, tmp_path: Path) -> None:
    (tmp_path / "writer.lock").mkdir()
    with pytest.raises(ConfigError) as caught, hold_lease(graph, "one", home=tmp_path):
        pass
    assert caught.value.code == "folder-unwritable"


def test_lease_when_many_want_it_at_once_then_exactly_one_gets_it(graph: Graph) -> None:
    gate = threading.Barrier(8)
    won: list[str] = []
    refused: list[str] = []
    release = threading.Event()

    def want(run_id: str) -> None:
        gate.wait()
        try:
            with hold_lease(graph, run_id):
                won.append(run_id)
                release.wait(30)
        except AlreadyRunning:
            refused.append(run_id)

    threads = [threading.Thread(target=want, args=(f"run-{i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 30
    while len(won) + len(refused) < 8 and time.monotonic() < deadline:
        time.sleep(0.05)
    release.set()
    for thread in threads:
        thread.join()
    assert (len(won), len(refused)) == (1, 7)


def test_runs_when_one_is_begun_or_forgotten_while_they_are_listed_then_it_is_left_out(empty_graph: Graph) -> None:
    empty_graph.execute(
        "CREATE (:Run), (:Run {id: 'half'}), (:Run {id: 'kept', status: 'published', started_at: datetime()})",
        name="fixture",
    )
    assert [run.id for run in list_runs(empty_graph)] == ["kept"]
