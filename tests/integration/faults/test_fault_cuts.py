"""The connection is cut at a COMMIT: before it arrives, when it has arrived, when only its answer is lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from influence.compute import compute_run
from influence.errors import InfluenceError
from influence.graph import Graph
from influence.lease import hold_lease
from influence.load import LoadOptions, PseudonymKey, load_folder
from influence.progress import Silent
from influence.project import Project
from influence.runs import list_runs
from torture.child import QUICK
from torture.invariants import broken, unfinished
from torture.proxy import Cut, Proxy
from torture.shop import BATCH, datasets

pytestmark = [pytest.mark.integration, pytest.mark.reference_line]

LOADING = (
    "lease-take", "load-ledger-open", "load-infer-topics", "load-customers", "load-friendships", "load-purchases",
    "load-mark-first-purchases", "load-ledger-close", "lease-release",
)  # fmt: skip
COMPUTING = ("lease-take", "run-start", "score-write", "score-write-communities", "run-set", "run-publish")
LEASE = 1.0


@pytest.fixture
def proxy(project: Project) -> Proxy:
    return Proxy(project.graph().uri)


def through(proxy: Proxy, project: Project) -> Graph:
    """Connect through the proxy."""
    place = project.endpoint()
    return Graph(proxy.uri, place.username, place.password, place.database)


def until_done(work: Callable[[], object], graph: Graph) -> list[str]:
    """Do it again until it succeeds, as a scheduler would; return the codes of the failures."""
    codes: list[str] = []
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        try:
            work()
        except InfluenceError as error:
            assert error.retryable, f"{error.code}: {error.message}"
            codes.append(error.code)
            assert broken(graph) == [], codes
            time.sleep(0.1 if error.code == "already-running" else 0)
        else:
            return codes
    raise AssertionError(codes)


@pytest.mark.parametrize("cut", ["before", "sent", "answered"])
def test_load_and_run_when_cut_at_their_commits_then_the_same_commands_complete_them(
    empty_graph: Graph,
    project: Project,
    proxy: Proxy,
    shop: Path,
    tmp_path: Path,
    cut: Cut,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("influence.load.writer.PAUSES", (0.0, 0.0))
    options = LoadOptions(batch_size=BATCH, via="batches")
    key = PseudonymKey(tmp_path / "pseudonym.key")
    with proxy, through(proxy, project) as graph:

        def load() -> None:
            with hold_lease(graph, f"load-{time.monotonic_ns()}", LEASE) as lease:
                load_folder(graph, shop / "extract", options, key, Silent(), datetime.now(UTC), held=lease)

        for name in LOADING:
            proxy.order(name, cut)
        until_done(load, empty_graph)
        assert {name for name, _ in proxy.cuts} == set(LOADING)
        until_done(lambda: wait_for_the_lock(empty_graph), empty_graph)
        assert unfinished(empty_graph, datasets(shop / "extract"), published=False) == []

        for name in COMPUTING:
            proxy.order(name, cut)
        codes = until_done(lambda: compute_run(graph, stages=QUICK, lease_seconds=LEASE), empty_graph)
        assert len(proxy.cuts) == len(LOADING) + len(COMPUTING)
        assert "server-unavailable" in codes
    assert unfinished(empty_graph, datasets(shop / "extract")) == []
    published = [run for run in list_runs(empty_graph) if run.status == "published"]
    assert 1 <= len(published) <= 2, "when only the answer was lost, the run is published and a second one follows"


def wait_for_the_lock(graph: Graph) -> None:
    """Take the lock and free it."""
    with hold_lease(graph, f"after-{time.monotonic_ns()}", LEASE):
        pass
