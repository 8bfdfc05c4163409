"""`influence load` and `influence schema`: options, output, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from influence.cli.main import app
from influence.errors import ConfigError, DataRejected, UsageProblem
from influence.graph import Graph
from influence.load.writer import Writer

runner = CliRunner()


def invoke(*arguments: str) -> Result:
    result = runner.invoke(app, ["load", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "customers.csv").write_text("customer_id,name\n1,Ann\n2,Bob\n2,Bob\n")
    (folder / "products.csv").write_text("product_id\nA\n")
    (folder / "friendships.csv").write_text("customer_id,friend_id\n1,2\n")
    (folder / "purchases.csv").write_text("line_id,customer_id,product_id,at\nx,1,A,2025-01-01\ny,2,A,2025-01-02\n")
    return folder


# ── without a database ────────────────────────────────────────────────────


def test_contracts_lists_all_and_shows_one() -> None:
    assert len(invoke("contracts").stdout.splitlines()) == 18
    shown = invoke("contracts", "purchases").stdout
    assert "customer_id  id" in shown and "needed" in shown and "Order line" not in shown
    document = json.loads(invoke("contracts", "responses", "-o", "json").stdout)
    assert document["contracts"][0]["columns"]["kind"]["values"] == ["nps", "ces", "influence"]
    with pytest.raises(UsageProblem, match="no dataset named `purchase`"):
        invoke("contracts", "purchase")


def test_init_writes_a_folder_and_says_what_next(tmp_path: Path) -> None:
    result = invoke("init", str(tmp_path / "new"))
    assert len(result.stdout.splitlines()) == 19
    assert "--dry-run" in result.stderr
    assert (tmp_path / "new" / "customers.csv").is_file()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--only", "purchase"), "did you mean `purchases`"),
        (("--max-rejects", "many"), "write it like `0.1%`"),
        (("--sweep-max", "200%"), "--sweep-max"),
        (("--as-of", "june"), "write it like `2026-06-30`"),
    ],
)
def test_bad_options_are_explained(shop: Path, options: tuple[str, str], says: str, project: Any) -> None:
    with pytest.raises(UsageProblem) as caught:
        invoke("run", str(shop), *options)
    assert says in (caught.value.hint or "") + caught.value.message


# ── with the database ─────────────────────────────────────────────────────


@pytest.mark.integration
def test_load_prints_counts_and_the_next_step(shop: Path, empty_graph: Graph) -> None:
    result = invoke("run", str(shop), "--dry-run")
    assert "nothing was written" in result.stderr
    result = invoke("run", str(shop))
    table = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines()}
    assert table["dataset"] == ["file", "read", "loaded", "created", "updated", "unchanged", "duplicate", "rejected"]
    assert table["customers"] == ["customers.csv", "3", "2", "2", "0", "0", "1", "0"]
    assert "next: influence compute run" in result.stderr
    assert "nothing has changed" in invoke("run", str(shop)).stderr
    status = invoke("status").stdout
    assert "customers.csv" in status and "done" in status
    document = json.loads(invoke("status", "-o", "json").stdout)
    assert {file["dataset"] for file in document["files"]} == {"customers", "products", "friendships", "purchases"}


@pytest.mark.integration
def test_json_holds_the_whole_report(shop: Path, empty_graph: Graph) -> None:
    document = json.loads(invoke("run", str(shop), "--only", "customers,products", "--output", "json").stdout)
    assert document["ok"] is True
    assert [file["dataset"] for file in document["load"]["files"]] == ["customers", "products"]
    assert document["load"]["files"][0]["duplicate"] == 1
    assert document["load"]["data_version"] not in ("", "empty")


@pytest.mark.integration
def test_bad_rows_end_with_their_lines_and_a_dry_run_shows_counts_first(shop: Path, empty_graph: Graph) -> None:
    (shop / "friendships.csv").write_text("customer_id,friend_id\n1,2\n1,1\n")
    with pytest.raises(DataRejected) as caught:
        invoke("run", str(shop))
    assert "`friendships.csv` line 3" in caught.value.message
    result = runner.invoke(app, ["load", "run", str(shop), "--dry-run"])
    assert isinstance(result.exception, DataRejected)
    assert "friendships.csv" in result.stdout
    loaded = invoke(
        "run", str(shop), "--bad-rows", "reject", "--max-rejects", "50%", "--rejects-dir", str(shop / "bad")
    )
    assert "self-tie" in loaded.stdout
    assert (shop / "bad" / "friendships.csv.rejects.csv").is_file()


@pytest.mark.integration
def test_notes_go_to_stderr_once(shop: Path, empty_graph: Graph) -> None:
    (shop / "customers.csv").write_text("customer_id,nme,colour\n1,Ann,red\n2,Bob,blue\n")
    (shop / "freindships.csv").write_text("a\n")
    result = invoke("run", str(shop))
    assert result.stderr.count("ignoring `nme` (did you mean `name`?), `colour`") == 1
    assert "`freindships.csv` is not loaded; did you mean `friendships.csv`?" in result.stderr
    assert "colour" not in result.stdout


@pytest.mark.integration
def test_mapping_in_the_folder_is_used_and_said(shop: Path, empty_graph: Graph) -> None:
    (shop / "customers.csv").write_text("customer_id;name\n1;Ann\n2;Bob\n")
    (shop / "mapping.toml").write_text('[customers]\ndelimiter = ";"\n')
    result = invoke("run", str(shop), "--only", "customers")
    assert "mapping.toml" in result.stderr
    assert "customers.csv" in result.stdout
    (shop / "mapping.toml").write_text("[customer]\n")
    with pytest.raises(ConfigError):
        invoke("run", str(shop))


@pytest.mark.integration
def test_sweep_is_reported(shop: Path, empty_graph: Graph) -> None:
    invoke("run", str(shop), "--as-of", "2026-05-01")
    (shop / "friendships.csv").write_text("customer_id,friend_id\n2,3\n")
    (shop / "customers.csv").write_text("customer_id,name\n1,Ann\n2,Bob\n3,Cem\n")
    result = invoke(
        "run", str(shop), "--as-of", "2026-06-01", "--sweep", "--sweep-max", "50%", "--only", "customers,friendships"
    )
    assert "swept friendships: 1 of 2 had vanished" in result.stdout


@pytest.mark.integration
def test_schema_commands(empty_graph: Graph) -> None:
    applied = runner.invoke(app, ["schema", "apply"])
    assert applied.stdout == "the schema is up to date\n"
    status = runner.invoke(app, ["schema", "status"])
    assert "V010" in status.stdout and "customer id unique" in status.stdout
    document = json.loads(runner.invoke(app, ["schema", "status", "-o", "json"]).stdout)
    assert document["ok"] is True
    assert runner.invoke(app, ["schema", "verify"]).exit_code == 0


class PowerCut(BaseException):
    """What no code expects."""


def load_half(shop: Path, monkeypatch: pytest.MonkeyPatch, batches: int = 1) -> None:
    """Load a folder a row to a transaction, and end after some of them."""
    commit, count = Writer.commit, iter(range(batches))

    def cut(self: Writer, *given: Any, **named: Any) -> Any:
        if next(count, None) is None:
            raise PowerCut
        return commit(self, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "commit", cut)
        with pytest.raises(PowerCut):
            invoke("run", str(shop), "--only", "customers", "--batch-size", "1")


@pytest.mark.integration
def test_status_when_a_newer_extract_replaced_a_half_loaded_file_then_superseded_and_nothing_is_advised(
    shop: Path, empty_graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_half(shop, monkeypatch)
    half = invoke("status")
    assert "HALF LOADED" in half.stdout and "run the same load again" in half.stderr
    (shop / "customers.csv").write_text("customer_id,name\n1,Ann\n2,Bob\n3,Cem\n")
    invoke("run", str(shop), "--only", "customers")
    done = invoke("status")
    assert [line.split("customers.csv")[1].split("  ")[1] for line in done.stdout.splitlines()[1:]] == [
        "half loaded, superseded", "done",
    ]  # fmt: skip
    assert done.stderr == ""
    files = json.loads(invoke("status", "-o", "json").stdout)["files"]
    assert [(file["status"], file["followed_by"]) for file in files] == [
        ("superseded", "customers.csv"),
        ("done", None),
    ]


@pytest.mark.integration
def test_status_when_a_later_file_has_another_name_then_asks_what_it_is_and_does_not_guess(
    shop: Path, empty_graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_half(shop, monkeypatch)
    (shop / "customers.csv").rename(shop / "old.txt")
    (shop / "mapping.toml").write_text('[customers]\nfile = "june.csv"\n')
    (shop / "june.csv").write_text("customer_id,name\n1,Ann\n3,Cem\n")
    invoke("run", str(shop), "--only", "customers")
    done = invoke("status")
    assert "HALF LOADED" in done.stdout, "the rows of a delta are in no later file"
    assert "`customers.csv` is half loaded, and `june.csv` was loaded after it" in done.stderr
    assert "run the same load again" not in done.stderr
