"""`influence runs`: list, show, compare, roll back, prune, as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_compute_commands import CIRCLE, influence
from typer.testing import CliRunner

from influence.cli.main import app
from influence.compute import ComputeOptions, compute_run
from influence.compute.stages import follow_on_stage
from influence.errors import UsageProblem
from influence.graph import Graph
from influence.runs import find_run
from influence.settings import Settings

pytestmark = pytest.mark.integration

QUICK = [("follow-on", follow_on_stage)]


@pytest.fixture(scope="module")
def published(graph: Graph) -> Graph:
    """Two runs, between which a follow-on purchase came in."""
    graph.execute(CIRCLE, name="circle")
    compute_run(graph, run_id="first", stages=QUICK)
    graph.execute(
        "MATCH (d:Customer {id: 'd'}), (p:Product {id: 'p2'}) "
        "CREATE (d)-[:BOUGHT {line_id: '8', at: datetime('2024-04-11T00:00:00Z'), first: true}]->(p)",
        name="more",
    )
    compute_run(graph, ComputeOptions(activity_days=30, dependent_tests=True), run_id="second", stages=QUICK)
    return graph


def test_runs_when_listed_then_newest_first_and_the_current_one_is_marked(
    published: Graph, settings: Settings, tmp_path: Path
) -> None:
    done = influence("runs", "list", cwd=tmp_path, home=settings.home)
    lines = done.stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [["*", "second"], ["first", "published"]]
    rows = json.loads(influence("runs", "list", "-o", "json", cwd=tmp_path, home=settings.home).stdout)["runs"]
    assert [(row["id"], row["current"]) for row in rows] == [("second", True), ("first", False)]


def test_run_when_shown_then_its_parameters_and_measures(published: Graph, settings: Settings, tmp_path: Path) -> None:
    shown = influence("runs", "show", cwd=tmp_path, home=settings.home).stdout
    assert shown.startswith("run second: published, current\n")
    assert "window_days" in shown and "follow_on_count" in shown
    facts = {line.split()[0]: line.split()[1:] for line in shown.splitlines()}
    assert (facts["activity_days"], facts["dependent_tests"]) == (["30"], ["True"])
    unknown = influence("runs", "show", "nobody", cwd=tmp_path, home=settings.home)
    assert (unknown.returncode, unknown.stdout) == (2, "") and "influence runs list" in unknown.stderr


def test_run_when_verified_then_counts_and_checksums_agree(
    published: Graph, settings: Settings, tmp_path: Path
) -> None:
    done = influence("runs", "verify", cwd=tmp_path, home=settings.home)
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        done.stdout.startswith("run second holds what it computed: 6 customers, ") and "checksums agree" in done.stdout
    )
    earlier = json.loads(influence("runs", "verify", "first", "-o", "json", cwd=tmp_path, home=settings.home).stdout)
    assert (earlier["ok"], earlier["run"], earlier["counts"]["scores"]) == (True, "first", 6)
    assert earlier["checksums"] == len(find_run(published, "first").properties["checksums"])


@pytest.mark.parametrize(
    ("damage", "repair", "says"),
    [
        ("SET s.follow_on_count = s.follow_on_count + 1", "SET s.follow_on_count = s.follow_on_count - 1", "differs"),
        ("SET s.run = 'lost'", "SET s.run = 'second'", "differs"),
    ],
)
def test_run_when_its_scores_were_changed_then_not_verified_and_exit_5(
    published: Graph, settings: Settings, tmp_path: Path, damage: str, repair: str, says: str
) -> None:
    one = "MATCH (s:Score {customer: 'a'}) WHERE s.run IN ['second', 'lost'] "
    published.execute(one + damage, name="damage")
    try:
        done = influence("runs", "verify", cwd=tmp_path, home=settings.home)
    finally:
        published.execute(one + repair, name="repair")
    assert (done.returncode, done.stdout) == (5, "")
    assert "error: what run `second` wrote is not what it computed" in done.stderr and says in done.stderr
    assert "hint:" in done.stderr and "`influence compute run`" in done.stderr
    assert influence("runs", "verify", cwd=tmp_path, home=settings.home).returncode == 0


def test_run_when_it_was_never_published_then_not_verified_and_exit_2(
    published: Graph, settings: Settings, tmp_path: Path
) -> None:
    published.execute(
        "CREATE (:Run {id: 'broken', status: 'failed', started_at: datetime('2024-01-01')})", name="broken"
    )
    try:
        done = influence("runs", "verify", "broken", cwd=tmp_path, home=settings.home)
    finally:
        published.execute("MATCH (r:Run {id: 'broken'}) DELETE r", name="mended")
    assert (done.returncode, done.stdout) == (2, "") and "its status is `failed`" in done.stderr


def test_runs_when_compared_then_risers_with_before_and_after(
    published: Graph, settings: Settings, tmp_path: Path
) -> None:
    # c bought p2 before d did
    text = influence("runs", "compare", "first", "--threshold", "1", cwd=tmp_path, home=settings.home).stdout
    assert "1 rose and 0 fell by 1 purchases or more, 5 steady" in text and "+ c  0 to 1  (+1)" in text
    document = json.loads(
        influence("runs", "compare", "first", "second", "-o", "json", cwd=tmp_path, home=settings.home).stdout
    )
    (one,) = document["measures"]
    assert (document["before"], document["after"], one["measure"], one["risers"]) == (
        "first", "second", "follow_on_count", [],
    ), "a change of one is below what is worth telling"  # fmt: skip


def test_changes_when_nobody_can_be_asked_then_refused(published: Graph, settings: Settings, tmp_path: Path) -> None:
    for command in (["rollback", "first"], ["prune"]):
        done = influence("runs", *command, cwd=tmp_path, home=settings.home)
        assert done.returncode == 2 and "add `--yes`" in done.stderr


def test_rollback_when_prune_was_cut_off_in_the_run_then_says_that_it_was_removed_and_what_to_do(
    published: Graph, settings: Settings
) -> None:
    status = "MATCH (r:Run {id: 'first'}) SET r.status = $status"
    published.execute(status, {"status": "removed"}, name="retired")
    try:
        done = CliRunner().invoke(app, ["runs", "rollback", "first", "--yes"])
    finally:
        published.execute(status, {"status": "published"}, name="back")
    error = done.exception
    assert isinstance(error, UsageProblem) and (error.code, error.exit_code) == ("run-removed", 2)
    assert "was removed by `influence runs prune`" in error.message
    assert "`influence compute run --as-of 2024-04-09T00:00:00+00:00`" in (error.hint or "")


def test_rollback_and_prune_when_confirmed_then_done(published: Graph, settings: Settings, tmp_path: Path) -> None:
    back = influence("runs", "rollback", "first", "--yes", cwd=tmp_path, home=settings.home)
    assert back.stdout == "run first is current again: data until 2024-04-09 00:00 UTC\n"
    gone = influence("runs", "prune", "--keep", "1", "--yes", cwd=tmp_path, home=settings.home)
    assert gone.stdout == "second\n" and "deleted 1 run\n" in gone.stderr
    left = influence("runs", "list", cwd=tmp_path, home=settings.home).stdout
    assert left.splitlines()[0].split()[:2] == ["*", "first"] and len(left.splitlines()) == 1
