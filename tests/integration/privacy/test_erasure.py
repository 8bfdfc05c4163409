"""Forgetting a customer: nothing of him is left anywhere, nothing of anybody else is touched."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from influence.cli.main import app
from influence.compute import ComputeOptions, compute_run
from influence.errors import AlreadyRunning, InfluenceError, LeaseLost, UsageProblem
from influence.export_register import ExportRegister
from influence.files import write_atomically
from influence.graph import Graph
from influence.lease import hold_lease
from influence.load import LoadOptions, PseudonymKey, data_version, load_folder
from influence.privacy import Erasure, count_records, erase_customers, prune_records
from influence.progress import Silent
from influence.report.export import export
from influence.report.running import run_report
from influence.runs import prune_runs
from influence.settings import Settings

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GONE = "erase-me"

FILES = {
    "customers": (
        "customer_id,name,email,country\n"
        f"{GONE},Nora Nobody,nora@example.com,DE\n"
        "ann,Ann Archer,ann@example.com,DE\n"
        "ben,Ben Baker,ben@example.com,FR\n"
    ),
    "friendships": f"customer_id,friend_id\n{GONE},ann\nann,ben\n",
    "follows": f"follower_id,followed_id\nben,{GONE}\n",
    "products": "product_id,name\nlamp,Lamp\nrug,Rug\n",
    "product_topics": "product_id,topic_id\nlamp,light\nrug,home\n",
    "purchases": (
        "line_id,customer_id,product_id,at\n"
        f"l1,{GONE},lamp,2026-03-01T10:00:00Z\nl2,ann,lamp,2026-03-05T10:00:00Z\n"
        f"l3,ben,lamp,2026-03-06T10:00:00Z\nl4,{GONE},rug,2026-03-07T10:00:00Z\n"
        "l5,ann,rug,2025-03-07T10:00:00Z\nl6,ann,rug,2026-03-09T10:00:00Z\n"
    ),
    "referrals": f"referrer_id,referred_id,at\n{GONE},ann,2026-01-01T00:00:00Z\n",
    "responses": f"customer_id,kind,score,at\n{GONE},nps,9,2026-02-01T00:00:00Z\nann,nps,3,2026-02-01T00:00:00Z\n",
    "profiles": f"customer_id,network,handle\n{GONE},chirper,@nora\n",
    "contacts": f"customer_id,channel,at,solved_by\nann,forum,2026-02-01T00:00:00Z,{GONE}\n"
    f"{GONE},phone,2026-02-02T00:00:00Z,\n",
    "interests": f"customer_id,topic_id\n{GONE},light\n",
}


def write_files(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def key(home: Path) -> PseudonymKey:
    return PseudonymKey(home / "pseudonym.key")


@pytest.fixture
def shop(empty_graph: Graph, home: Path, key: PseudonymKey, tmp_path: Path) -> Graph:
    """A small shop with every kind of record about the customer, with scores and an export that was handed out."""
    graph = empty_graph
    options = LoadOptions(home=home)
    load_folder(graph, write_files(tmp_path / "data"), options, key, Silent(), NOW)
    graph.execute(
        "MATCH (c:Customer), (t:Topic {id: 'light'}) MERGE (s:_InfluenceState {id: 'current'}) SET s.run = 'r' "
        "MERGE (r:Run {id: 'r'}) ON CREATE SET r.status = 'published', r.published_at = datetime('2026-10-01T00:00Z'), "
        "r.started_at = datetime('2026-10-01T00:00Z'), r.as_of = datetime('2026-10-01T00:00Z'), r.measures = ['friend_count'], r.customers = 3 "
        "CREATE (c)-[:SCORED]->(s2:Score {run: 'r', customer: c.id, friend_count: 1})"
        "-[:IN_TOPIC]->(:TopicScore {run: 'r', customer: c.id, topic: t.id})-[:OF]->(t)",
        name="scores",
    )
    graph.execute(
        "MATCH (c:Customer {id: $id}), (a:Customer {id: 'ann'}) CREATE (e:AudienceExport {id: 'e1', "
        "platform: 'google', segment: 's', status: 'written', created_at: datetime('2026-11-01T00:00Z')})"
        "-[:INCLUDED {arm: 'sent'}]->(c), (e)-[:INCLUDED {arm: 'control'}]->(a), "
        "(c)-[:PERSUADED {run: 'r', credit: 0.5}]->(a)",
        {"id": GONE},
        name="export",
    )
    return graph


@pytest.fixture
def register(settings: Settings) -> Iterator[ExportRegister]:
    """The register of the commands, which other tests share, with nothing in it before and after."""
    found = ExportRegister(settings.home)
    found.path.unlink(missing_ok=True)
    yield found
    found.path.unlink(missing_ok=True)


@pytest.fixture
def same_key(key: PseudonymKey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands use the key with which the shop was loaded."""
    monkeypatch.setenv("INFLUENCE_PSEUDONYM_KEY_FILE", str(key.path))


def erase(graph: Graph, home: Path, key: PseudonymKey, *customers: str, **given: Any) -> Erasure:
    with hold_lease(graph, "erase-test") as lease:
        return erase_customers(graph, lease, customers, home=home, key=key, now=NOW, **given)


def everything(graph: Graph) -> str:
    """Return every property of the graph as one text."""
    nodes = graph.read(
        "MATCH (n) WHERE NOT n:_InfluenceLock RETURN labels(n) AS l, properties(n) AS p", name="n"
    ).dicts()
    ties = graph.read("MATCH ()-[r]->() RETURN type(r) AS l, properties(r) AS p", name="r").dicts()
    return json.dumps([nodes, ties], default=str)


def test_erase_when_everything_is_known_of_a_customer_then_no_trace_is_left(
    shop: Graph, home: Path, key: PseudonymKey
) -> None:
    compute_run(shop, ComputeOptions(), Silent(), now=NOW, home=home)
    before = data_version(shop)
    assert GONE in everything(shop)
    assert list((home / "snapshots").iterdir())
    found = erase(shop, home, key, GONE)
    text = everything(shop)
    assert GONE not in text
    assert "nora" not in text.lower()
    assert found.left == []
    assert found.snapshots == 1
    assert not (home / "snapshots").exists()
    assert data_version(shop) != before
    one = found.customers[0]
    assert one.known
    assert (one.found["purchases"], one.found["ties"], one.found["referrals"]) == (2, 2, 1)
    assert one.deleted["customers"] == 1
    assert one.deleted["scores"] == 2
    assert one.deleted["mentions in support contacts of others"] == 1
    assert [row["export"] for row in one.handed_out] == ["e1"]
    assert GONE not in json.dumps(found.as_record(), default=str)


def test_erase_when_done_then_nobody_else_lost_anything(shop: Graph, home: Path, key: PseudonymKey) -> None:
    erase(shop, home, key, GONE)
    others = shop.read(
        "MATCH (c:Customer) RETURN c.id AS id, COUNT { (c)-[:BOUGHT]->() } AS lines, COUNT { (c)-[:SCORED]->() } "
        "AS scores, COUNT { (c)-[:CONTACTED]->() } AS contacts ORDER BY id",
        name="others",
    ).rows
    assert others == [("ann", 3, 1, 1), ("ben", 1, 1, 0)]
    erased = shop.read("MATCH (r:Run) RETURN r.erased", name="runs").rows
    assert erased == [(1,)]


def test_erase_when_dry_run_then_nothing_changes(shop: Graph, home: Path, key: PseudonymKey) -> None:
    before = everything(shop)
    found = erase(shop, home, key, GONE, dry_run=True)
    after = everything(shop)
    assert sorted(after) == sorted(before)
    assert found.customers[0].found["answers"] == 1
    assert found.customers[0].deleted == {}
    assert {(row["holder"], row["property"]) for row in found.left} >= {("Customer", "id"), ("CONTACTED", "solved_by")}


def test_erase_when_cut_off_then_the_next_call_completes_it(shop: Graph, home: Path, key: PseudonymKey) -> None:
    with hold_lease(shop, "first") as lease:
        renewals = iter(range(4))
        renew = lease.renew_in

        def failing(transaction: Any) -> None:
            if next(renewals, None) is None:
                raise LeaseLost("cut off")
            renew(transaction)

        lease.renew_in = failing  # type: ignore[method-assign]
        with pytest.raises(LeaseLost):
            erase_customers(shop, lease, [GONE], home=home, key=key, now=NOW)
    found = erase(shop, home, key, GONE)
    assert found.customers[0].known
    assert [row["export"] for row in found.customers[0].handed_out] == ["e1"]
    assert GONE not in everything(shop)


def test_erase_when_files_hold_the_customer_then_rows_and_exports_go(
    shop: Graph, home: Path, key: PseudonymKey, tmp_path: Path
) -> None:
    register = ExportRegister(home)
    table = run_report(shop, "customer-profile", {"customer": GONE})
    for name in ("kept-as-written", "changed-by-hand"):
        written = export(table, tmp_path / f"{name}.csv", "csv", now=NOW)
        register.add("report", name, [written.data], now=NOW)
    with (tmp_path / "changed-by-hand.csv").open("a", encoding="utf-8") as file:
        file.write("a note\n")
    other = write_atomically(tmp_path / "others.csv", f"customer_id\nann\n{GONE}-too\n")
    audience = write_atomically(tmp_path / "hashes.csv", "Email\n0f1e2d\n")
    register.add("report", "others", [other], now=NOW)
    register.add("audience", "s", [audience], now=NOW, export="e1")
    rejects = tmp_path / "data" / "purchases.csv.rejects.csv"
    rejects.write_text(
        f'line,column,rule,row\n2,at,date,"l9,{GONE},lamp,yesterday"\n3,at,date,"l8,ann,lamp,yesterday"\n'
        "4,name,text,x;Nora@Example.com ;y\n",
        encoding="utf-8",
    )
    found = erase(shop, home, key, GONE, folders=[tmp_path / "data"])
    said = {trace.path.name: trace.what for trace in found.files}
    assert said == {
        "kept-as-written.csv": "deleted",
        "changed-by-hand.csv": "changed since",
        "hashes.csv": "deleted",
        "purchases.csv.rejects.csv": "rows removed",
    }
    assert not (tmp_path / "kept-as-written.csv.manifest.json").exists()
    assert other.path.exists()
    assert rejects.read_text(encoding="utf-8") == 'line,column,rule,row\n3,at,date,"l8,ann,lamp,yesterday"\n'


def test_erase_when_a_file_is_just_being_written_then_it_waits_and_finds_it(
    shop: Graph, home: Path, key: PseudonymKey, tmp_path: Path
) -> None:
    register, begun = ExportRegister(home), threading.Event()

    def hand_out() -> None:
        with register.handing_out():
            begun.set()
            time.sleep(1)
            written = write_atomically(tmp_path / "who.csv", f"customer_id\n{GONE}\n")
            register.add("report", "who", [written], now=NOW)

    thread = threading.Thread(target=hand_out)
    thread.start()
    begun.wait()
    found = erase(shop, home, key, GONE)
    thread.join()
    assert [(trace.path.name, trace.what) for trace in found.files] == [("who.csv", "deleted")]
    assert not (tmp_path / "who.csv").exists()


@pytest.mark.parametrize(
    "command",
    [
        ["report", "run", "customer-profile", "-p", f"customer={GONE}"],
        ["segment", "run", "super-connectors"],
        ["report", "build"],
        ["audience", "export", "super-connectors", "--to", "meta", "--contacts", "none.csv", "--consent-column", "ok"],
        ["audience", "list"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_commands_that_write_files_when_somebody_is_being_erased_then_told_to_come_again(
    shop: Graph, settings: Settings, tmp_path: Path, command: list[str]
) -> None:
    with ExportRegister(settings.home).erasing():
        refused = CliRunner().invoke(app, [*command, "--out", str(tmp_path / "who.csv")])
    assert isinstance(refused.exception, AlreadyRunning)
    assert (refused.exception.code, refused.exception.exit_code) == ("erasure-running", 6)
    assert not (tmp_path / "who.csv").exists()


def test_report_when_somebody_is_being_erased_then_still_shown(shop: Graph, settings: Settings) -> None:
    with ExportRegister(settings.home).erasing():
        shown = CliRunner().invoke(app, ["report", "run", "customer-profile", "-p", "customer=ann"])
    assert shown.exit_code == 0, shown.output


def test_command_when_a_file_cannot_be_cleaned_then_the_rest_is_erased_and_the_proof_says_so(
    shop: Graph, same_key: None, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "rejects"
    folder.mkdir()
    header = "line,column,rule,row\n"
    row = f'"{GONE},""12 High St\nLondon"",x"\n'
    (folder / "a.csv.rejects.csv").write_bytes(f"{header}2,name,text,{GONE} café\n".encode("cp1252"))
    (folder / "b.csv.rejects.csv").write_text(f"{header}2,name,text,{row}3,name,text,ben\n", encoding="utf-8")
    proof = tmp_path / "proof.json"
    said = CliRunner().invoke(app, ["erase", GONE, "--in", str(folder), "--yes", "--proof", str(proof)])
    assert isinstance(said.exception, InfluenceError)
    assert (said.exception.code, said.exception.exit_code) == ("erasure-incomplete", 1)
    assert "a.csv.rejects.csv: cannot be searched or cleaned (saved anew by another program)" in said.stdout
    assert "no trace left" in said.stdout
    assert GONE not in everything(shop)
    assert (folder / "b.csv.rejects.csv").read_text(encoding="utf-8") == f"{header}3,name,text,ben\n"
    found = json.loads(proof.read_text(encoding="utf-8"))
    assert found["complete"] is False
    assert [Path(one["path"]).name for one in found["files"] if one["what"] == "failed"] == ["a.csv.rejects.csv"]


def test_command_when_files_are_gone_and_a_line_is_torn_then_the_proof_names_them(
    shop: Graph, same_key: None, register: ExportRegister, tmp_path: Path
) -> None:
    written = [write_atomically(tmp_path / name, f"customer_id\n{GONE}\n") for name in ("moved.csv", "here.csv")]
    register.add("report", "who", written, now=NOW)
    written[0].path.rename(tmp_path / "elsewhere.csv")
    with register.path.open("ab") as file:
        file.write(b'{"at": "2026-11-22T12:0')
    runner = CliRunner()
    said = runner.invoke(app, ["erase", GONE, "--yes", "--proof", str(tmp_path / "proof.json")])
    assert said.exit_code == 0, said.output
    assert "may have held a customer: 1 file or folder" in said.stdout
    assert "line 3 of the register of exports was cut off" in said.stdout
    proof = json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))
    assert [(Path(one["path"]).name, one["what"]) for one in proof["files"]] == [
        ("moved.csv", "gone unread"),
        ("here.csv", "deleted"),
    ]
    assert proof["complete"] is True
    listed = runner.invoke(app, ["exports", "-o", "json"])
    assert [Path(one["path"]).name for one in json.loads(listed.stdout)["files"]] == ["moved.csv"]
    assert "line 3" in listed.stderr


def test_erase_when_the_customer_is_unknown_then_the_id_is_noted(shop: Graph, home: Path, key: PseudonymKey) -> None:
    found = erase(shop, home, key, "nobody")
    assert not found.customers[0].known
    noted = shop.read("MATCH (e:_InfluenceErased) RETURN e.key", name="noted").rows
    assert noted == [(found.customers[0].key,)]


def test_command_when_run_then_a_proof_without_the_id(
    shop: Graph, same_key: None, settings: Settings, tmp_path: Path
) -> None:
    runner = CliRunner()
    refused = runner.invoke(app, ["erase", GONE])
    assert isinstance(refused.exception, UsageProblem)
    proof = tmp_path / "proof.json"
    said = runner.invoke(app, ["erase", GONE, "--yes", "--proof", str(proof)])
    assert said.exit_code == 0, said.output
    assert "no trace left" in said.stdout
    assert "handed out before: s to google, 2026-11-01 (in the file)" in said.stdout
    assert GONE not in proof.read_text(encoding="utf-8")
    assert proof.stat().st_mode & 0o077 == 0
    again = runner.invoke(app, ["erase", GONE, "--yes", "-o", "json"])
    assert json.loads(again.stdout)["customers"][0]["known"] is False


def test_pages_when_they_hold_the_customer_then_the_folder_is_listed_and_goes(
    shop: Graph, same_key: None, settings: Settings, register: ExportRegister, tmp_path: Path
) -> None:
    compute_run(shop, ComputeOptions(), Silent(), now=NOW, home=settings.home)
    pages = tmp_path / "pages"
    runner = CliRunner()
    built = runner.invoke(app, ["report", "build", "--out", str(pages)])
    assert built.exit_code == 0, built.output
    assert (pages / "customers" / f"{GONE}.html").is_file()
    listed = json.loads(runner.invoke(app, ["exports", "-o", "json"]).stdout)["files"][-1]
    assert (listed["kind"], listed["path"], listed["state"]) == ("pages", str(pages.resolve()), "as written")
    said = runner.invoke(app, ["erase", GONE, "--dry-run"])
    assert f"file {pages.resolve()}: would be deleted" in said.stdout.splitlines()
    assert (pages / "index.html").is_file()
    said = runner.invoke(app, ["erase", GONE, "--yes", "--proof", str(tmp_path / "proof.json")])
    assert f"file {pages.resolve()}: deleted" in said.stdout.splitlines()
    assert "have to be built anew" in said.stdout
    assert not pages.exists()
    proof = json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))
    assert [(one["path"], one["what"]) for one in proof["files"]] == [(str(pages.resolve()), "deleted")]


def test_prune_when_records_are_old_then_they_go_and_first_purchases_move(shop: Graph, home: Path) -> None:
    before = datetime(2026, 2, 15, tzinfo=UTC)
    shop.execute(
        "MATCH (a:Customer {id: 'ann'})-[f:FRIEND]-(b:Customer {id: 'ben'}) SET f.until = datetime('2025-01-01T00:00Z')",
        name="end",
    )
    first = "MATCH (:Customer {id: 'ann'})-[b:BOUGHT {first: true}]->(:Product {id: 'rug'}) RETURN b.line_id"
    assert shop.read(first, name="first").rows == [("l5",)]
    counted = count_records(shop, before)
    with hold_lease(shop, "retention") as lease:
        pruned = prune_records(shop, lease, before)
    assert pruned == counted
    assert pruned["purchases"] == 1
    assert pruned["ended-ties"] == 1
    assert pruned["answers"] == 2
    assert pruned["contacts"] == 2
    assert shop.read(first, name="first").rows == [("l6",)]
    assert set(count_records(shop, before).values()) == {0}
    with hold_lease(shop, "retention") as lease, pytest.raises(UsageProblem, match="`letters`"):
        prune_records(shop, lease, before, ["letters"])


def test_prune_runs_when_an_age_is_given_then_younger_runs_stay(shop: Graph, home: Path) -> None:
    shop.execute(
        "UNWIND [['old', '2025-01-01T00:00Z'], ['young', '2026-02-01T00:00Z']] AS one CREATE (r:Run {id: one[0], "
        "status: 'published', published_at: datetime(one[1]), started_at: datetime(one[1])})",
        name="runs",
    )
    with hold_lease(shop, "prune") as lease:
        gone = prune_runs(shop, lease, 1, before=datetime(2026, 1, 1, tzinfo=UTC))
    assert gone == ["old"]
    assert shop.read("MATCH (r:Run) RETURN count(*)", name="left").rows == [(2,)]


def test_load_when_a_file_brings_an_erased_customer_then_the_rows_are_left_out(
    shop: Graph, home: Path, key: PseudonymKey, tmp_path: Path
) -> None:
    erase(shop, home, key, GONE)
    text = FILES["purchases"] + f"l7,{GONE},lamp,never\nl8,ann,lamp,never\n"
    (tmp_path / "data" / "purchases.csv").write_text(text, encoding="utf-8")
    report = load_folder(
        shop,
        tmp_path / "data",
        LoadOptions(home=home, bad_rows="reject", max_rejects=0.2, restart=True),
        key,
        Silent(),
        NOW,
    )
    assert GONE not in everything(shop)
    found = {file.dataset: (file.read, file.rejected) for file in report.files}
    assert found["customers"] == (3, 1)
    assert found["purchases"] == (8, 4)
    rejects = (tmp_path / "data" / "purchases.csv.rejects.csv").read_text(encoding="utf-8")
    assert GONE not in rejects
    assert "l8,ann,lamp,never" in rejects
    assert [file.name for file in ExportRegister(home).files()] == ["purchases.csv"]
    assert not (tmp_path / "data" / "customers.csv.rejects.csv").exists()
