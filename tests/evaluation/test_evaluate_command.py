"""`influence world make` and `influence evaluate`: files, exit codes, and the way from a world to a loaded shop."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from influence.cli.main import app
from influence.errors import CheckFailed, UsageProblem
from influence.graph import Graph
from influence.snapshot.arrays import Snapshot
from influence.snapshot.reader import moment, read_snapshot
from influence.worlds.arrays import world_snapshot
from influence.worlds.evaluation import Evaluation, evaluate, publish, write_evaluation
from influence.worlds.targets import TARGETS
from influence.worlds.world import make_world

runner = CliRunner()


def influence(*arguments: str) -> str:
    """Run a command in this process and return stdout; errors are raised."""
    result = runner.invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def found() -> Evaluation:
    return evaluate(("A", "B"), (1,))


def test_make_when_the_folder_is_in_use_then_refused(tmp_path: Path) -> None:
    influence("world", "make", "--world", "B", "--seed", "3", "--out", str(tmp_path / "b"))
    assert (tmp_path / "b" / "truth" / "causes.csv").is_file()
    with pytest.raises(UsageProblem, match="not an empty folder"):
        influence("world", "make", "--world", "B", "--out", str(tmp_path / "b"))
    with pytest.raises(UsageProblem, match="no world named `Q`"):
        influence("world", "make", "--world", "Q", "--out", str(tmp_path / "q"))
    assert not (tmp_path / "q").exists()


def test_make_when_the_parent_is_a_file_then_the_reason_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageProblem, match="cannot write"):
        influence("world", "make", "--world", "B", "--out", str(tmp_path / "file" / "b"))


def test_evaluate_when_every_target_is_met_then_tables_and_files(tmp_path: Path) -> None:
    out = influence("evaluate", "--worlds", "B", "--seeds", "1", "--out", str(tmp_path / "figures"))
    assert "discoveries per run without persuasion" in out and "missed" not in out
    targets = pd.read_parquet(tmp_path / "figures" / "targets.parquet")
    assert set(targets["id"]) == {"K6", "K7", "K9"} and (targets["result"] == "met").all()
    assert "</table>" in (tmp_path / "figures" / "evaluation.html").read_text()


def test_evaluate_when_a_target_is_missed_then_exit_1_names_it(found: Evaluation) -> None:
    strict = Evaluation(found.measures, found.targets.assign(result="missed"), found.tables, found.seeds)
    with pytest.raises(CheckFailed, match=r"\d+ of \d+ targets missed") as caught:
        strict.require()
    assert caught.value.exit_code == 1
    assert any(line.startswith("K1 A: recovery") for line in caught.value.details["findings"])


def test_evaluate_when_a_world_is_unknown_then_refused_before_any_work() -> None:
    with pytest.raises(UsageProblem, match="no world named `X9`"):
        influence("evaluate", "--worlds", "A,X9")


def test_publish_replaces_the_figures_and_nothing_else(found: Evaluation, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "before\n<!-- figures: written by influence evaluate -->\nold\n<!-- end of figures -->\nafter\n",
        encoding="utf-8",
    )
    publish(found, page)
    once = page.read_text(encoding="utf-8")
    publish(found, page)
    assert page.read_text(encoding="utf-8") == once
    assert once.startswith("before\n") and once.endswith("\nafter\n") and "old" not in once
    assert "| K1 | recovery, AUC of the persuasion rate | A |" in once
    (tmp_path / "bare.md").write_text("no markers")
    with pytest.raises(UsageProblem, match="no place for the figures"):
        publish(found, tmp_path / "bare.md")


def test_figures_written_to_a_file_s_place_are_refused(found: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageProblem, match="cannot write"):
        write_evaluation(found, tmp_path / "file")


def test_the_published_page_shows_every_target_met() -> None:
    page = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")
    assert page.count("| met |") == len(TARGETS)
    assert "| missed |" not in page


def test_a_window_without_a_date_to_hold_out_is_refused() -> None:
    with pytest.raises(UsageProblem, match="`--window` needs `--holdout`"):
        influence("evaluate", "--worlds", "B", "--window", "31d")


def follow_ons(graph: Graph, days: float, after: str) -> int:
    """Count in Cypher what a hold-out calls follow-ons: of tested first purchases, by friends, within the window."""
    return graph.read(
        """
        MATCH (last:Customer)-[b:BOUGHT]->()
        WITH max(b.at) AS end
        MATCH (v:Customer)-[own:BOUGHT {first: true}]->(a:Product)
        WHERE own.at > datetime($after) AND own.at <= end - duration({days: $days})
        MATCH (v)-[:FRIEND]-(u:Customer)-[later:BOUGHT {first: true}]->(a)
        WHERE later.at > own.at AND later.at <= own.at + duration({days: $days})
        RETURN count(*) AS number
        """,
        {"days": days, "after": f"{after}T00:00:00Z"},
        name="follow-ons",
    ).rows[0][0]


@pytest.mark.integration
def test_a_world_loads_and_its_future_is_foreseen(graph: Graph, tmp_path: Path) -> None:
    influence("world", "make", "--world", "I", "--seed", "1", "--out", str(tmp_path / "shop"))
    influence("load", "run", str(tmp_path / "shop"))
    world = make_world("I", 1)
    read, made = read_snapshot(graph, moment(world.ends_at)), world_snapshot(world)
    for field in dataclasses.fields(Snapshot):
        if field.name != "data_version":
            np.testing.assert_array_equal(getattr(read, field.name), getattr(made, field.name), err_msg=field.name)
    out = influence("evaluate", "--holdout", "2025-07-20", "--out", str(tmp_path / "foreseen"))
    assert "persuasion rate" in out and "PageRank" in out
    customers = pd.read_parquet(tmp_path / "foreseen" / "holdout.parquet")
    assert len(customers) == 3_000
    top = customers.nlargest(150, "rate")
    lift = top["observed"].sum() / top["exposures"].sum() / (customers["observed"].sum() / customers["exposures"].sum())
    assert lift > 2.5

    # the window is that of the current run, unless another is given; both times it is said with the figures
    assert int(customers["observed"].sum()) == follow_ons(graph, 28, "2025-07-20")
    assert f"{follow_ons(graph, 28, '2025-07-20'):,} follow-ons within 28 days, activity over 90 days" in out
    graph.execute(
        "CREATE (:Run {id: 'r', status: 'published', started_at: datetime(), window_days: 10.0, "
        "activity_days: 30.0}), "
        "(:_InfluenceState {id: 'current', run: 'r'})",
        name="run",
    )
    out = influence("evaluate", "--holdout", "2025-07-20")
    assert f"{follow_ons(graph, 10, '2025-07-20'):,} follow-ons within 10 days, activity over 30 days" in out
    out = influence("evaluate", "--holdout", "2025-07-20", "--window", "45d", "--out", str(tmp_path / "longer"))
    words = f"{follow_ons(graph, 45, '2025-07-20'):,} follow-ons within 45 days"
    assert words in out and words in (tmp_path / "longer" / "holdout.html").read_text(encoding="utf-8")
