"""`influence report` and `influence customer`: stdout is data only, everything else stderr, exit codes as agreed."""

from __future__ import annotations

import csv
import io
import json
import stat
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from influence.cli.main import app
from influence.errors import InfluenceError, UsageProblem
from influence.graph import Graph
from influence.measures import MEASURES

SHOP = Path(__file__).parent.parent / "integration" / "report"
runner = CliRunner()


@pytest.fixture(scope="module")
def shop(graph: Graph) -> Graph:
    """The hand-worked shop of the report tests."""
    graph.execute((SHOP / "shop.cypher").read_text(encoding="utf-8"), name="shop")
    measures = sorted(measure.name for measure in MEASURES)
    graph.execute((SHOP / "scores.cypher").read_text(encoding="utf-8"), {"measures": measures}, name="scores")
    return graph


def influence(*arguments: str) -> tuple[str, str]:
    """Run a command in this process and return stdout and stderr; errors are raised."""
    result = runner.invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout, result.stderr


def process(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "influence.cli.main", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# ── without a database ────────────────────────────────────────────────────


def test_list_when_called_then_every_report_with_its_question() -> None:
    out, err = influence("report", "list")
    assert "follow-on-evidence" in out
    assert "Who knows by far the most people?" in out
    assert "influence report show" in err
    assert "influence report show" not in out


def test_list_when_a_category_is_given_then_only_its_reports() -> None:
    out, _ = influence("report", "list", "--category", "products")
    assert "products-that-travel" in out
    assert "brokers" not in out


def test_list_when_the_category_is_unknown_then_the_known_ones_are_named() -> None:
    with pytest.raises(UsageProblem) as caught:
        influence("report", "list", "--category", "sports")
    assert "reach" in (caught.value.hint or "")


def test_list_when_json_then_one_array() -> None:
    out, _ = influence("report", "list", "-o", "json")
    names = {entry["name"] for entry in json.loads(out)}
    assert {"brokers", "risers"} <= names


def test_show_when_called_then_parameters_columns_and_how_to_run_it() -> None:
    out, _ = influence("report", "show", "follow-on-evidence")
    assert "must be given" in out
    assert "influence report run follow-on-evidence -p customer=…" in out
    assert "masked unless --show-pii" in out


def test_show_when_cypher_is_asked_for_then_only_the_statement() -> None:
    out, _ = influence("report", "show", "brokers", "--cypher")
    assert out.startswith("MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})")
    assert "///" not in out


def test_show_when_the_statement_of_a_file_holds_escapes_then_they_do_not_reach_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged = Path(__file__).parents[2] / "cypher" / "reports" / "brokers.cypher"
    (tmp_path / "reports").mkdir()
    own = packaged.read_text(encoding="utf-8") + "// \x1b]0;owned\x07 \x9b2J\ttab\n"
    (tmp_path / "reports" / "brokers.cypher").write_text(own, encoding="utf-8")
    monkeypatch.setenv("INFLUENCE_CYPHER_DIR", str(tmp_path))
    out, _ = influence("report", "show", "brokers", "--cypher")
    assert out.endswith("// \ufffd]0;owned\ufffd \ufffd2J\ttab\n")


def test_show_when_a_link_is_asked_for_then_it_holds_the_statement_and_its_parameters() -> None:
    from urllib.parse import parse_qs, urlsplit

    out, _ = influence("report", "show", "brokers", "--browser")
    (argument,) = parse_qs(urlsplit(out.strip()).query)["arg"]
    assert ":param limit => 25;" in argument
    assert ":param [run] =>" in argument
    assert "MATCH (c:Customer)" in argument


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["report", "show", "broker"], "report-not-found"),
        (["report", "run", "follow-on-leader"], "report-not-found"),
        (["report", "run", "brokers", "-p", "limit"], "bad-parameter"),
        (["report", "run", "brokers", "-p", "limit=many"], "bad-parameter"),
        (["report", "run", "brokers", "-p", "limit=1", "-p", "limit=2"], "bad-parameter"),
        (["report", "run", "brokers", "-p", "sort=name"], "bad-parameter"),
        (["report", "run", "follow-on-evidence"], "bad-parameter"),
        (["report", "run", "brokers", "--out", "brokers.docx"], "format-unknown"),
        (["report", "run", "brokers", "-o", "table", "--out", "brokers.csv"], "format-unknown"),
        (["report", "run", "brokers", "--excel"], "bad-option"),
    ],
)
def test_command_when_misused_then_refused_before_a_database_is_needed(arguments: list[str], code: str) -> None:
    with pytest.raises(InfluenceError) as caught:
        influence(*arguments)
    assert caught.value.code == code
    assert caught.value.hint


@pytest.mark.parametrize("command", [["report", "list"], ["customer", "show", "ann"], ["exports"]])
def test_command_when_asked_for_a_format_that_it_lacks_then_exit_2_and_the_choices(command: list[str]) -> None:
    result = runner.invoke(app, [*command, "-o", "csv"])
    assert result.exit_code == 2
    assert "'table', 'json'" in result.stderr


def test_run_when_the_name_is_misspelt_then_exit_2_and_the_closest_name() -> None:
    done = process("report", "run", "super-connector")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "did you mean `super-connectors`?" in done.stderr


def test_completion_when_names_begin_alike_then_only_those() -> None:
    from influence.cli.output import completed

    assert completed("report")("follow-on") == ["follow-on-evidence", "follow-on-leaders"]


# ── with a database ───────────────────────────────────────────────────────


@pytest.mark.integration
def test_run_when_piped_then_stdout_is_the_table_and_nothing_else(shop: Graph) -> None:
    done = process("report", "run", "super-connectors", "-p", "rule=everyone", "-p", "limit=3")
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith("Super-connectors\nWho knows by far the most people?\n")
    assert "by run run-2" in done.stdout
    assert "3 of 8 customers, cut by -p limit=3" in done.stdout
    assert "\x1b" not in done.stdout
    assert "A***" in done.stdout
    assert "Archer" not in done.stdout


@pytest.mark.integration
def test_run_when_csv_then_only_csv(shop: Graph) -> None:
    out, err = influence("report", "run", "community-members", "-p", "community=1", "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["customer_id"] for row in rows] == ["ann", "cai", "ben"]
    assert err == ""


@pytest.mark.integration
def test_run_when_json_then_the_whole_answer_with_its_run(shop: Graph) -> None:
    out, _ = influence("report", "run", "follow-on-evidence", "-p", "customer=ann", "-o", "json")
    answer = json.loads(out)
    assert answer["schema_version"] == 1
    assert answer["computed"]["run"] == "run-2"
    assert [row["friend_id"] for row in answer["rows"]] == ["(opted out)", "hal", "ben", "cai"]


@pytest.mark.integration
def test_run_when_an_earlier_run_is_named_then_its_scores(shop: Graph) -> None:
    out, _ = influence("report", "run", "follow-on-leaders", "--run", "run-1", "-o", "ndjson")
    assert [json.loads(line)["follow_on_count"] for line in out.splitlines()] == [3, 2, 1]


@pytest.mark.integration
def test_run_when_a_file_is_named_then_private_with_a_manifest_and_stdout_stays_empty(
    shop: Graph, tmp_path: Path
) -> None:
    path = tmp_path / "brokers.parquet"
    out, err = influence("report", "run", "brokers", "--out", str(path))
    assert out == ""
    assert "wrote 7 rows" in err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    manifest = json.loads((tmp_path / "brokers.parquet.manifest.json").read_text())
    assert manifest["rows"] == pq.read_table(path).num_rows == 7
    assert manifest["run"] == "run-2"


@pytest.mark.integration
def test_run_when_personal_values_are_asked_for_then_shown_and_logged_on_stderr(shop: Graph) -> None:
    done = process("report", "run", "super-connectors", "--show-pii", "-o", "csv")
    assert "Ann Archer" in done.stdout
    assert "personal columns of `super-connectors` shown" in done.stderr
    assert "Archer" not in done.stderr


@pytest.mark.integration
def test_customer_when_shown_then_one_page_with_sections(shop: Graph) -> None:
    out, _ = influence("customer", "show", "ann")
    for heading in ("Who", "Purchases", "Reach", "Community", "Persuasion", "Topics", "Follow-on evidence", "Friends"):
        assert f"\n{heading}" in out
    assert "first 5 rows; more with `influence report run customer-friends" in out


@pytest.mark.integration
def test_customer_when_json_then_profile_and_sections(shop: Graph) -> None:
    out, _ = influence("customer", "show", "ann", "-o", "json", "--rows", "2")
    page = json.loads(out)
    assert page["profile"]["rows"][0]["follow_on_count"] == 4
    friends = next(section for section in page["sections"] if section["name"] == "friends")
    assert len(friends["rows"]) == 2


@pytest.mark.integration
def test_customer_when_unknown_then_exit_2_and_the_id_is_not_repeated(shop: Graph) -> None:
    done = process("customer", "show", "nobody-of-this-name")
    assert done.returncode == 2
    assert "nobody-of-this-name" not in done.stderr
    assert done.stdout == ""
