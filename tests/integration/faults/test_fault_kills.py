"""`kill -9` of the client at every named step of a load, of writing and publishing a run, and of handing out files."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from influence.graph import Graph
from influence.project import Project
from influence.runs import current_run
from torture.child import Order, start
from torture.invariants import broken, unfinished
from torture.points import Point
from torture.reader import Reader
from torture.shop import datasets, write_plan, write_shop

pytestmark = [pytest.mark.integration, pytest.mark.reference_line]

MOST = 200


def a_lease_later(graph: Graph) -> None:
    """Let the time pass after which the lock of the dead is free; another test waits for it."""
    graph.execute("MATCH (l:_InfluenceLock) SET l.expires_at = datetime({epochMillis: 0})", name="later")


def killed_at_every_step(graph: Graph, out: Path | None = None, **order: Any) -> list[Point]:
    """Run a command again and again, killed each time at the first step where it was not killed before, until it ends."""
    met: list[Point] = []
    while len(met) < MOST:
        child = start(Order(dies=True, spared=tuple(met), **order))
        code = child.end()
        assert code in (0, -signal.SIGKILL), (met[-1:], child.said())
        if code == 0:
            return met
        met.append(child.points()[-1])
        a_lease_later(graph)
        assert broken(graph, out) == [], met[-1]
    raise AssertionError(f"no end in sight: {met}")


def test_load_when_killed_at_every_step_in_turn_then_ledger_and_graph_agree_each_time_and_it_gets_done(
    empty_graph: Graph, shop: Path, place: dict[str, Any]
) -> None:
    met = killed_at_every_step(empty_graph, kind="load", **place)
    names = {point.name for point in met}
    assert len(met) > 40, met
    assert {"customers", "friendships", "purchases", "load-ledger-batch", "load-mark-first-purchases"} <= names
    assert {Point("after", "load-purchases"), Point("inside", "load-ledger-close")} <= set(met)
    assert unfinished(empty_graph, datasets(shop / "extract"), published=False) == []


def test_run_when_killed_at_every_step_of_writing_and_publishing_then_readers_see_complete_runs_only(
    empty_graph: Graph, project: Project, shop: Path, place: dict[str, Any]
) -> None:
    assert start(Order("load", **place)).end() == 0
    assert start(Order("compute", quick=True, run_id="first", **place)).end() == 0
    write_shop(shop / "extract", 1)  # more customers: the next run answers differently
    assert start(Order("load", **place)).end() == 0
    with Reader(lambda: Project(project.settings).graph()) as reader:
        met = killed_at_every_step(empty_graph, kind="compute", quick=True, **place)
    assert reader.findings == [] and reader.answers > len(met) and len(reader.runs) >= 2
    assert {Point("inside", "score-write"), Point("inside", "run-publish"), Point("after", "run-publish")} <= set(met)
    assert {Point("inside", "run-delete-scores"), Point("after", "run-set")} <= set(met), "also those of the sweep"
    assert unfinished(empty_graph, datasets(shop / "extract")) == []
    run = current_run(empty_graph)
    assert run is not None and run.id != "first"


def test_job_when_killed_at_every_step_of_handing_out_then_every_file_is_absent_or_whole(
    empty_graph: Graph, shop: Path, place: dict[str, Any]
) -> None:
    assert start(Order("load", **place)).end() == 0
    assert start(Order("compute", **place)).end() == 0
    write_plan(shop, work=False)
    out = shop / "out"
    met = killed_at_every_step(empty_graph, out, kind="job", **place)
    assert {Point("before", "file communities.csv"), Point("after", "file manifest.json")} <= set(met)
    assert {Point("after", "file persuaders.csv"), Point("before", "file run-summary.json")} <= set(met)
    assert unfinished(empty_graph, datasets(shop / "extract"), out) == []
