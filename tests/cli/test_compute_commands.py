"""`influence compute` as a user types it: streams, exit codes, JSON, and no database where none is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from influence.graph import Graph
from influence.settings import Settings

CIRCLE = (Path(__file__).parents[1] / "integration" / "runs" / "circle.cypher").read_text(encoding="utf-8")


def influence(*arguments: str, cwd: Path, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would; without a home of the tests it must not need a database."""
    environment = {**os.environ, "INFLUENCE_HOME": str(home or cwd / "home"), "INFLUENCE_CACHE": os.devnull}
    if home is not None:
        environment.pop("INFLUENCE_CACHE")
    return subprocess.run(
        [sys.executable, "-m", "influence.cli.main", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
        check=False,
    )


def test_measures_when_listed_then_each_has_its_place_and_unit(tmp_path: Path) -> None:
    done = influence("compute", "list", cwd=tmp_path)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert any(line.split()[:3] == ["friend_count", "customer", "people"] for line in lines)
    assert any(line.split()[:3] == ["topic_reach", "topic", "share"] for line in lines)
    assert "compute show" in done.stderr and "compute show" not in done.stdout


def test_measure_when_shown_then_explained_in_words_and_in_cypher(tmp_path: Path) -> None:
    words = influence("compute", "show", "follow_on_count", cwd=tmp_path)
    assert "friends share tastes" in words.stdout.replace("\n ", "") and "4.1" in words.stdout
    cypher = influence("compute", "show", "follow_on_count", "--cypher", cwd=tmp_path)
    assert cypher.stdout.count("RETURN") == 3, "per customer, per product, per topic"
    found = json.loads(influence("compute", "show", "access", "-o", "json", cwd=tmp_path).stdout)
    assert [one["name"] for one in found["measures"]] == ["access"]


def test_measure_when_unknown_or_without_cypher_then_exit_2_with_a_hint(tmp_path: Path) -> None:
    unknown = influence("compute", "show", "frend_count", cwd=tmp_path)
    assert (unknown.returncode, unknown.stdout) == (2, "") and "`friend_count`" in unknown.stderr
    none = influence("compute", "show", "access", "--cypher", cwd=tmp_path)
    assert none.returncode == 2 and "influence compute show access" in none.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--as-of", "June"], "`--as-of` is not a time"),
        (["--as-of", "2026-02-30"], "`--as-of`"),
        (["--window", "a month"], "`--window`"),
        (["--window", "0d"], "above zero"),
        (["--next-steps", "none.toml"], "cannot read `none.toml`"),
        (["--ambassador-weights", "none.toml"], "cannot read `none.toml`"),
    ],
)
def test_run_when_an_option_is_wrong_then_refused_before_anything_starts(
    tmp_path: Path, arguments: list[str], says: str
) -> None:
    done = influence("compute", "run", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr and "hint:" in done.stderr
    assert not (tmp_path / "home").exists(), "no server was started for it"


@pytest.mark.integration
def test_run_when_done_then_one_line_for_people_one_object_for_machines(
    graph: Graph, settings: Settings, tmp_path: Path
) -> None:
    graph.execute(CIRCLE, name="circle")
    done = influence("compute", "run", cwd=tmp_path, home=settings.home)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("run ") and "6 customers" in done.stdout and "2024-04-09 00:00 UTC" in done.stdout
    assert "nobody is called a super-connector" in done.stderr
    again = influence("compute", "run", "--as-of", "2024-03-10", "-o", "json", cwd=tmp_path, home=settings.home)
    run = json.loads(again.stdout)["run"]
    assert run["current"] and run["follow_ons"] == 3 and run["as_of"].startswith("2024-03-10")

    status = influence("snapshot", "status", cwd=tmp_path, home=settings.home)
    assert status.stdout.count("fresh") == 2 and "7 Customer" in status.stdout
    cleared = influence("snapshot", "clear", cwd=tmp_path, home=settings.home)
    assert cleared.stdout == "removed 2 snapshots\n"


@pytest.mark.integration
def test_run_when_another_holds_the_lock_then_exit_6_and_json_says_retryable(
    graph: Graph, settings: Settings, tmp_path: Path
) -> None:
    from influence.lease import hold_lease

    with hold_lease(graph, "other-run"):
        done = influence("compute", "run", "-o", "json", cwd=tmp_path, home=settings.home)
    assert done.returncode == 6
    error = json.loads(done.stdout)["error"]
    assert error["retryable"] and error["details"]["holder"] == "other-run"
