"""`influence segment`: preview on the terminal, all customers in a file, refused when too small."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from influence.cli.main import app
from influence.errors import DataRejected
from influence.graph import Graph
from influence.measures import MEASURES

SHOP = Path(__file__).parent.parent / "integration" / "report"
runner = CliRunner()


@pytest.fixture(scope="module")
def shop(graph: Graph) -> Graph:
    """The hand-worked shop of the report tests, with enough customers for a preview."""
    graph.execute((SHOP / "shop.cypher").read_text(encoding="utf-8"), name="shop")
    measures = sorted(measure.name for measure in MEASURES)
    graph.execute((SHOP / "scores.cypher").read_text(encoding="utf-8"), {"measures": measures}, name="scores")
    graph.execute(
        "UNWIND range(1, 30) AS n CREATE (:Customer {id: 'x' + n})-[:SCORED]->(:Score {run: 'run-2', customer: 'x' + n, "
        "friend_count: 200 + n, two_hop_reach: 1, super_connector: true})",
        name="crowd",
    )
    return graph


def influence(*arguments: str) -> tuple[str, str]:
    """Run a command in this process and return stdout and stderr; errors are raised."""
    result = runner.invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout, result.stderr


def test_list_when_called_then_every_segment() -> None:
    out, _ = influence("segment", "list")
    assert "influencers-of-topic" in out


def test_show_when_called_then_the_reasons_are_named() -> None:
    out, _ = influence("segment", "show", "persuaders-by-follow-on")
    assert "follow_on_count" in out
    assert "not proof" in out


@pytest.mark.integration
def test_run_when_on_the_terminal_then_a_preview_with_the_size(shop: Graph) -> None:
    out, _ = influence("segment", "run", "super-connectors")
    assert "first 20 of 31 customers, out of 38" in out
    assert out.count("\n x") == 20


@pytest.mark.integration
@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_run_when_a_file_is_named_then_all_customers_and_a_manifest(shop: Graph, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"invite.{ending}"
    out, err = influence("segment", "run", "super-connectors", "--out", str(path), "--min-size", "31")
    assert out == ""
    assert "wrote 31 rows" in err
    manifest = json.loads((tmp_path / f"invite.{ending}.manifest.json").read_text())
    assert manifest["kind"] == "segment"
    assert manifest["rows"] == 31
    assert manifest["columns"][0] == "customer_id"
    if ending == "csv":
        with path.open(newline="") as file:
            assert len(list(csv.DictReader(file))) == 31


@pytest.mark.integration
def test_run_when_too_small_then_refused_and_nothing_is_written(shop: Graph, tmp_path: Path) -> None:
    path = tmp_path / "invite.csv"
    with pytest.raises(DataRejected):
        influence("segment", "run", "super-connectors", "--out", str(path), "--min-size", "32")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.integration
def test_run_when_too_small_then_exit_5(shop: Graph) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "influence.cli.main", "segment", "run", "brokers", "-o", "csv", "--min-size", "100"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 5
    assert done.stdout == ""
    assert "--min-size" in done.stderr
