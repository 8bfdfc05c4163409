"""`influence load history` and `influence rebuild`: what they say, and their errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from influence.cli.main import app
from influence.errors import UsageProblem
from influence.graph import Graph
from tests.conftest import wipe

runner = CliRunner()


def invoke(*arguments: str) -> Result:
    result = runner.invoke(app, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "customers.csv").write_text("customer_id,name\n1,Ann\n2,Bob\n")
    (folder / "friendships.csv").write_text("customer_id,friend_id\n1,2\n")
    return folder


@pytest.mark.integration
def test_rebuild_when_given_a_history_and_an_empty_database_then_it_is_filled_and_says_what_is_next(
    shop: Path, tmp_path: Path, empty_graph: Graph
) -> None:
    assert "nothing was loaded yet" in invoke("load", "history").stderr
    invoke("load", "run", str(shop))
    copy = tmp_path / "history.json"
    copy.write_text(invoke("load", "history", "-o", "json").stdout, encoding="utf-8")
    assert [file["dataset"] for file in json.loads(copy.read_text())["events"][0]["files"]] == [
        "customers",
        "friendships",
    ]
    assert "main" in invoke("load", "history").stdout
    wipe(empty_graph)
    done = invoke("rebuild", "--history", str(copy))
    assert done.stdout.splitlines()[0] == "1 load of 2 files done again"
    assert done.stdout.split()[-4:] == ["Customer", "2", "FRIEND", "1"]
    assert "next: influence compute run" in done.stderr


@pytest.mark.parametrize(
    "text", [None, "no json", '{"schema_version": 2}'], ids=["missing", "no JSON", "of the future"]
)
def test_rebuild_when_the_history_cannot_be_read_then_the_error_says_where_to_find_one(
    text: str | None, tmp_path: Path
) -> None:
    copy = tmp_path / "history.json"
    if text is not None:
        copy.write_text(text)
    with pytest.raises(UsageProblem) as refused:
        invoke("rebuild", "--history", str(copy))
    assert "history.json" in (refused.value.hint or "")


def test_rebuild_when_the_server_is_not_ours_then_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_URI", "bolt://shop.example:7687")
    with pytest.raises(UsageProblem, match="NEO4J_URI") as refused:
        invoke("rebuild", "--check")
    assert "--history" in (refused.value.hint or "")
