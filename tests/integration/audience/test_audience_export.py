"""Audiences from the graph: who is in the file, who is not and why, what is recorded, and what a refresh keeps."""

from __future__ import annotations

import csv
import getpass
import hashlib
import json
import stat
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scipy import stats
from typer.testing import CliRunner

from influence.audience.export import Exported, Request, export_audience, refresh_audience
from influence.audience.hashing import sha256
from influence.cli.audience import app
from influence.errors import DataRejected, UsageProblem
from influence.export_register import ExportRegister
from influence.graph import Graph
from influence.measures import MEASURES
from influence.queries import Library, library
from influence.report.running import run_report
from influence.settings import Settings

pytestmark = [pytest.mark.integration, pytest.mark.reference_line]

SHOP = Path(__file__).parent.parent / "report"
NOW = datetime(2026, 11, 22, 2, 14, 9, tzinfo=UTC)
CROWD = [f"x{n}" for n in range(1, 41)]
"""Super-connectors; ann is the forty-first."""


@pytest.fixture
def shop(empty_graph: Graph) -> Graph:
    """The hand-worked shop of the report tests, with forty more super-connectors in two countries."""
    graph = empty_graph
    graph.execute((SHOP / "shop.cypher").read_text(encoding="utf-8"), name="shop")
    measures = sorted(measure.name for measure in MEASURES)
    graph.execute((SHOP / "scores.cypher").read_text(encoding="utf-8"), {"measures": measures}, name="scores")
    graph.execute(
        "UNWIND range(1, 40) AS n CREATE (:Customer {id: 'x' + n, country: ['DE', 'FR'][n % 2]})-[:SCORED]->"
        "(:Score {run: 'run-2', customer: 'x' + n, friend_count: 200 + n, two_hop_reach: 1, super_connector: true})",
        name="crowd",
    )
    return graph


def people(folder: Path, without: Iterable[str] = (), **consent: str) -> Path:
    """Write a contact file; everybody agreed unless said otherwise."""
    path = folder / "people.csv"
    rows = [f"{c},{c}@Example.com,{consent.get(c, 'yes')}" for c in ["ann", *CROWD] if c not in set(without)]
    path.write_text("\n".join(["customer_id,email,consent", *rows, ""]), encoding="utf-8")
    return path


def export(graph: Graph, folder: Path, request: Request, contacts: Path, id: str = "e1", **given: Any) -> Exported:
    given.setdefault("now", NOW)
    return export_audience(graph, request, contacts, folder, export_id=id, **given)


def request(platform: str = "google", **given: Any) -> Request:
    return Request("super-connectors", platform, "consent", **{"min_size": 5} | given)


def rows(folder: Path, platform: str = "google") -> list[list[str]]:
    path = folder / f"super-connectors-{platform}-granted.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def arms(graph: Graph, id: str) -> dict[str, set[str]]:
    text = "MATCH (:AudienceExport {id: $id})-[i:INCLUDED]->(c:Customer) RETURN i.arm AS arm, c.id AS id"
    found: dict[str, set[str]] = {"sent": set(), "control": set()}
    for row in graph.read(text, {"id": id}, name="arms").dicts():
        found[row["arm"]].add(row["id"])
    return found


def test_export_when_made_then_every_drop_is_counted_and_the_file_holds_the_rest(shop: Graph, tmp_path: Path) -> None:
    contacts = people(tmp_path, without=["x1"], x2="no", x3="", x5="quite", x6="YES")
    text = contacts.read_text(encoding="utf-8").replace("x7@Example.com", "nonsense")
    contacts.write_text(text, encoding="utf-8")
    suppress = tmp_path / "suppress.txt"
    suppress.write_text(f"x8\n{sha256('x9@example.com')}\n", encoding="utf-8")
    out = tmp_path / "deep" / "ads"
    done = export(shop, out, request(), contacts, suppress=suppress)
    counts = done.manifest["counts"]
    assert counts == {
        "selected": 41,
        "not_in_graph": 0,
        "opted_out": 0,
        "closed": 0,
        "no_contact": 1,
        "no_consent": 3,
        "suppressed": 2,
        "no_usable_identifier": 1,
        "held_out": 0,
        "written": 34,
    }
    assert counts["selected"] == sum(counts.values()) - counts["selected"]
    header, *lines = rows(out)
    assert header == ["Email", "First Name", "Last Name", "Country", "Zip"]
    kept = {"ann", *CROWD} - {"x1", "x2", "x3", "x5", "x7", "x8", "x9"}
    assert {line[0] for line in lines} == {sha256(f"{customer}@example.com") for customer in kept}
    assert lines == sorted(lines), "the order tells nothing of the rank"
    assert arms(shop, "e1") == {"sent": kept, "control": set()}


def test_export_when_made_then_the_manifest_describes_it_and_only_the_owner_may_read(
    shop: Graph, tmp_path: Path
) -> None:
    out = tmp_path / "ads"
    export(shop, out, request(params={"country": "DE"}), people(tmp_path))
    found = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    content = (out / "super-connectors-google-granted.csv").read_bytes()
    assert found["files"] == [
        {"name": "super-connectors-google-granted.csv", "rows": 21, "sha256": hashlib.sha256(content).hexdigest()}
    ]
    expected = {
        "schema_version": 1,
        "platform": "google",
        "rule_set": "google-2026-11",
        "segment": "super-connectors",
        "params": {"limit": 10000, "country": "DE"},
        "run_id": "run-2",
        "created_at": "2026-11-22T02:14:09Z",
        "refresh_by": "2028-05-15",
        "consent_state": "granted",
        "rejected_values": {},
        "previous": None,
    }
    assert expected.items() <= found.items()
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    assert b"example.com" not in content + (out / "manifest.json").read_bytes()
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    record = shop.read("MATCH (e:AudienceExport) RETURN properties(e) AS e", name="record").single()
    assert record is not None
    assert record["e"] | {"id": "e1", "status": "written", "run": "run-2", "written": 21, "seed": 1} == record["e"]
    assert json.loads(record["e"]["params"]) == found["params"]


def own_segment(tmp_path: Path) -> Library:
    """Return saved files with a segment of everybody, as a shop may write one that asks for nothing."""
    own = tmp_path / "own" / "segments"
    own.mkdir(parents=True)
    (own / "everybody.cypher").write_text(
        "\n".join(
            [
                "// /// segment",
                '// title    = "Everybody"',
                '// question = "Who is there?"',
                '// summary  = "All customers, also those who opted out or left"',
                '// category = "test"',
                '// key      = ["customer_id"]',
                "// [columns]",
                '// customer_id = { type = "str", title = "Customer" }',
                "// ///",
                "MATCH (c:Customer)",
                "RETURN c.id AS customer_id",
                "ORDER BY customer_id",
                "LIMIT 1000",
                "",
            ]
        ),
        encoding="utf-8",
    )
    return library(own.parent)


def test_export_when_somebody_opted_out_in_the_graph_or_the_file_then_in_no_file(shop: Graph, tmp_path: Path) -> None:
    contacts = tmp_path / "people.csv"
    body = [f"{c},{c}@example.com,yes,{'yes' if c == 'x1' else ''}" for c in [*CROWD, "fay"]]
    contacts.write_text("\n".join(["customer_id,email,consent,opted_out", *body, ""]), encoding="utf-8")
    asked = Request("everybody", "meta", "consent", min_size=5)
    done = export(shop, tmp_path / "ads", asked, contacts, catalogue=own_segment(tmp_path))
    assert done.manifest["counts"]["opted_out"] == 2
    assert done.manifest["run_id"] is None
    assert "fay" not in arms(shop, "e1")["sent"]
    assert "x1" not in arms(shop, "e1")["sent"]


def test_export_when_accounts_are_closed_then_they_are_in_no_file_for_an_ad_platform(
    shop: Graph, tmp_path: Path
) -> None:
    shop.execute(
        "UNWIND $days AS day MATCH (c:Customer {id: day[0]}) SET c.closed_at = datetime(day[1])",
        {"days": [["x1", "2026-11-22T02:14:09Z"], ["x2", "2025-01-01T00:00Z"], ["x3", "2026-11-22T02:14:10Z"]]},
        name="closed",
    )
    catalogue, contacts = own_segment(tmp_path), people(tmp_path)
    for number, (platform, closed) in enumerate([("meta", 2), ("google", 2), ("salesforce", 0), ("hubspot", 0)]):
        asked = Request("everybody", platform, "consent", min_size=5)
        done = export(shop, tmp_path / platform, asked, contacts, f"e{number}", catalogue=catalogue)
        counts = done.manifest["counts"]
        assert counts["closed"] == closed
        assert counts["selected"] == sum(counts.values()) - counts["selected"]
        assert {"x1", "x2", "x3"} - arms(shop, f"e{number}")["sent"] == ({"x1", "x2"} if closed else set())


def test_export_when_too_few_are_left_then_refused_and_nothing_is_written_or_recorded(
    shop: Graph, tmp_path: Path
) -> None:
    contacts = people(tmp_path, **dict.fromkeys(CROWD[:5], "no"))
    out = tmp_path / "ads"
    export(shop, out, request(min_size=36), contacts)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(DataRejected) as caught:
        export(shop, out, request(min_size=36, holdout=0.1), contacts, id="e2")
    assert caught.value.exit_code == 5
    assert caught.value.code == "audience-too-small"
    with pytest.raises(DataRejected):
        export(shop, tmp_path / "new", request(min_size=37), contacts, id="e3")
    assert not (tmp_path / "new").exists()
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert shop.read("MATCH (e:AudienceExport) RETURN count(e) AS n", name="count").single() == {"n": 1}


def test_export_when_a_share_is_held_out_then_both_arms_are_recorded_and_one_is_written(
    shop: Graph, tmp_path: Path
) -> None:
    contacts = people(tmp_path)
    done = export(shop, tmp_path / "ads", request(holdout=0.25, seed=3), contacts)
    found = arms(shop, "e1")
    assert found["sent"] | found["control"] == {"ann", *CROWD}
    assert len(found["control"]) == done.manifest["counts"]["held_out"]
    assert len(found["control"]) in (10, 11)
    assert {line[0] for line in rows(tmp_path / "ads")[1:]} == {sha256(f"{c}@example.com") for c in found["sent"]}
    german = {"ann", *(c for c in CROWD if int(c[1:]) % 2 == 0)}
    assert len(found["control"] & german) in (5, 6)


def test_export_when_two_share_an_address_then_they_are_in_one_arm(shop: Graph, tmp_path: Path) -> None:
    contacts = people(tmp_path)
    text = contacts.read_text(encoding="utf-8")
    for n in range(1, 21):  # x1 shares with x21, x2 with x22, …: one German, one French each time
        text = text.replace(f"x{n}@Example.com", f" X{n + 20}@example.com")
    contacts.write_text(text, encoding="utf-8")
    export(shop, tmp_path / "ads", request("meta", holdout=0.4, seed=5), contacts)
    control = arms(shop, "e1")["control"] - {"ann"}
    assert len(control) >= 14
    assert all((f"x{n}" in control) == (f"x{n + 20}" in control) for n in range(1, 21))


def test_export_when_repeated_elsewhere_or_later_then_nobody_changes_sides(shop: Graph, tmp_path: Path) -> None:
    asked = request(holdout=0.25, seed=3)
    export(shop, tmp_path / "ads", asked, people(tmp_path, without=["x1", "x2", "x3", "x4"]))
    export(shop, tmp_path / "crm", request("hubspot", holdout=0.25, seed=3), people(tmp_path), id="e2")
    first, second = arms(shop, "e1"), arms(shop, "e2")
    assert first["control"] <= second["control"]
    assert first["sent"] <= second["sent"]
    assert len(second["control"] - first["control"]) <= 2


def test_refresh_when_people_come_and_go_then_the_difference_and_the_same_options(shop: Graph, tmp_path: Path) -> None:
    out = tmp_path / "ads"
    export(shop, out, request("meta", value_column="friends"), people(tmp_path, without=["x1", "x2"]))
    again = people(tmp_path, x4="no")
    later = NOW + timedelta(days=30)
    done = refresh_audience(shop, out, again, now=later, export_id="e2")
    assert done.manifest["previous"] == {"id": "e1", "created_at": "2026-11-22T02:14:09Z", "added": 2, "removed": 1}
    assert done.manifest["options"]["value_column"] == "friends"
    assert done.manifest["created_at"] == "2026-12-22T02:14:09Z"
    header, *lines = rows(out, "meta")
    assert header[-1] == "value"
    assert len(lines) == 40
    assert {line[0]: line[-1] for line in lines}[sha256("x40@example.com")] == "240"


def test_refresh_when_the_suppression_list_is_forgotten_then_refused(shop: Graph, tmp_path: Path) -> None:
    suppress = tmp_path / "suppress.txt"
    suppress.write_text("x8\n", encoding="utf-8")
    out, contacts = tmp_path / "ads", people(tmp_path)
    export(shop, out, request(), contacts, suppress=suppress)
    with pytest.raises(UsageProblem) as caught:
        refresh_audience(shop, out, contacts, now=NOW, export_id="e2")
    assert caught.value.code == "suppression-missing"
    done = refresh_audience(shop, out, contacts, now=NOW, export_id="e3", suppress=suppress)
    assert done.manifest["counts"]["suppressed"] == 1
    with pytest.raises(UsageProblem, match=r"manifest\.json"):
        refresh_audience(shop, tmp_path, contacts, now=NOW, export_id="e4")


def test_export_when_the_folder_holds_another_audience_then_refused(shop: Graph, tmp_path: Path) -> None:
    out, contacts = tmp_path / "ads", people(tmp_path)
    export(shop, out, request(), contacts)
    before = sorted(path.name for path in out.iterdir())
    with pytest.raises(UsageProblem) as caught:
        export(shop, out, request("meta"), contacts, id="e2")
    assert caught.value.code == "output-taken"
    assert sorted(path.name for path in out.iterdir()) == before


def test_export_when_the_file_cannot_be_written_then_nothing_stays_and_the_record_says_failed(
    shop: Graph, tmp_path: Path
) -> None:
    out = tmp_path / "ads"
    (out / "super-connectors-google-granted.csv").mkdir(parents=True)
    with pytest.raises(UsageProblem):
        export(shop, out, request(), people(tmp_path))
    assert not (out / "manifest.json").exists()
    row = shop.read("MATCH (e:AudienceExport) RETURN e.status AS status", name="status").single()
    assert row == {"status": "failed"}
    (out / "super-connectors-google-granted.csv").rmdir()
    done = export(shop, out, request(), people(tmp_path), id="e2")
    assert done.manifest["previous"] is None


def test_export_when_killed_while_it_writes_then_the_register_knows_the_file(
    shop: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    register = ExportRegister(tmp_path / "home")
    monkeypatch.setattr("influence.audience.export.write_atomically", killed)
    with pytest.raises(Killed):
        export(shop, tmp_path / "ads", request(), people(tmp_path), register=register)
    entry = register.files()[0]
    assert entry.path == (tmp_path / "ads" / "super-connectors-google-granted.csv").resolve()
    assert (entry.kind, entry.sha256, entry.export) == ("audience", "", "e1")


@pytest.mark.parametrize(
    ("platform", "first"),
    [
        ("salesforce", ["x40", "240", "Super-connectors: Friends 240, Friends and their friends 1"]),
        ("hubspot", ["x40@example.com", "240", "Super-connectors: Friends 240, Friends and their friends 1"]),
    ],
)
def test_crm_file_when_made_then_score_and_reason_in_the_order_of_the_segment(
    shop: Graph, tmp_path: Path, platform: str, first: list[str]
) -> None:
    out = tmp_path / "crm"
    done = export(shop, out, request(platform), people(tmp_path))
    assert rows(out, platform)[1] == first
    assert done.manifest["options"]["value_column"] == "friends"
    assert done.manifest["refresh_by"] is None
    with pytest.raises(UsageProblem, match="no numeric column"):
        export(shop, out, request(platform, value_column="nothing"), people(tmp_path), id="e2")


def test_commands_when_called_then_file_counts_and_refresh(shop: Graph, tmp_path: Path) -> None:
    contacts, out = people(tmp_path, x1="no"), tmp_path / "ads"
    arguments = ["--to", "google", "--contacts", str(contacts), "--consent-column", "consent", "--out", str(out)]
    runner = CliRunner()
    refused = runner.invoke(app, ["export", "super-connectors", *arguments])
    assert isinstance(refused.exception, DataRejected), "the default minimum is 100"
    assert not out.exists()
    done = runner.invoke(app, ["export", "super-connectors", *arguments, "--min-size", "30", "--holdout", "10%"])
    assert done.exit_code == 0, done.output
    assert "1  no consent" in done.stdout
    assert "wrote super-connectors-google-granted.csv" in done.stderr
    again = runner.invoke(app, ["refresh", str(out), "--contacts", str(contacts), "-o", "json"])
    assert again.exit_code == 0, again.output
    manifest = json.loads(again.stdout)
    assert manifest["options"]["holdout"] == 0.1
    assert (manifest["previous"]["added"], manifest["previous"]["removed"]) == (0, 0)
    assert "example.com" not in done.output + again.output


def test_export_when_columns_have_other_names_then_read_by_them_and_remembered_for_a_refresh(
    shop: Graph, tmp_path: Path
) -> None:
    contacts = tmp_path / "crm.csv"
    body = [f"'{c},{c}@Example.com,yes" for c in CROWD]  # no number follows the sign: it belongs to the id
    body += ["ann,ann@example.com,yes"]
    contacts.write_text("\n".join(["Id,E-Mail,Newsletter", *body, ""]), encoding="utf-8")
    columns = {"customer_id": "id", "email": "E-Mail"}
    asked = Request("super-connectors", "google", "Newsletter", min_size=1, columns=columns)
    done = export(shop, tmp_path / "ads", asked, contacts)
    assert (done.manifest["counts"]["written"], done.manifest["counts"]["no_contact"]) == (1, 40)
    again = refresh_audience(shop, tmp_path / "ads", contacts, now=NOW, export_id="e2")
    assert again.manifest["options"]["columns"] == columns
    assert again.manifest["counts"]["written"] == 1


def test_export_when_changes_are_asked_for_then_files_of_who_is_new_and_who_is_gone(
    shop: Graph, tmp_path: Path
) -> None:
    out = tmp_path / "ads"
    first = export(shop, out, request(changes=True), people(tmp_path, without=["x1", "x2"]))
    assert [file.get("holds", "") for file in first.manifest["files"]] == [""], "nothing to compare with"
    text = people(tmp_path, without=["x5"], x4="no", x6="no").read_text(encoding="utf-8")
    contacts = tmp_path / "people.csv"
    contacts.write_text(
        text.replace("x7@Example.com", "x6@example.com"), encoding="utf-8"
    )  # x7 stays with that address
    register = ExportRegister(tmp_path / "home")
    done = export(shop, out, request(changes=True), contacts, id="e2", register=register)
    noted = {entry.path.name: entry for entry in register.files()}
    assert {file["name"]: file["sha256"] for file in done.manifest["files"]} == {n: e.sha256 for n, e in noted.items()}
    assert {e.export for n, e in noted.items() if "removed" in n} == {"e1"}, "who was removed stands in the one before"
    assert {e.export for n, e in noted.items() if "removed" not in n} == {"e2"}
    assert (done.manifest["previous"]["added"], done.manifest["previous"]["removed"]) == (2, 3)
    files = {file.get("holds", ""): file for file in done.manifest["files"]}
    assert {holds: file["rows"] for holds, file in files.items()} == {"": 38, "added": 2, "removed": 1}
    held = {holds: (out / file["name"]).read_text(encoding="utf-8").splitlines() for holds, file in files.items()}
    assert held["added"][0] == held["removed"][0] == held[""][0]
    assert {line.split(",")[0] for line in held["added"][1:]} == {sha256("x1@example.com"), sha256("x2@example.com")}
    assert [line.split(",")[0] for line in held["removed"][1:]] == [sha256("x4@example.com")], "the rest cannot be told"
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    assert export(shop, out, request(), contacts, id="e3").manifest["previous"]["added"] == 0
    assert sorted(path.name for path in out.iterdir()) == ["manifest.json", "super-connectors-google-granted.csv"]


def test_salesforce_file_of_who_is_gone_when_written_then_clears_the_score(shop: Graph, tmp_path: Path) -> None:
    out = tmp_path / "crm"
    export(shop, out, request("salesforce", changes=True), people(tmp_path))
    export(shop, out, request("salesforce", changes=True), people(tmp_path, x4="no"), id="e2")
    gone = (out / "super-connectors-salesforce-granted-removed.csv").read_text(encoding="utf-8").splitlines()
    assert gone[1:] == ["x4,#N/A,#N/A"]


def bought(graph: Graph, lines: list[dict[str, Any]]) -> None:
    """Add order lines after the export."""
    graph.execute(
        "MERGE (p:Product {id: 'pen'}) WITH p UNWIND $lines AS line MATCH (c:Customer {id: line.customer}) "
        "CREATE (c)-[b:BOUGHT]->(p) SET b += line {.line_id, .quantity, .revenue, .margin, .currency, .refunded}, "
        "b.at = datetime(line.at)",
        {"lines": lines},
        name="bought",
    )


def line(number: int, customer: str, at: str = "2026-11-22T05:00:00Z", **given: Any) -> dict[str, Any]:
    common = {"line_id": f"n{number}", "customer": customer, "at": at, "quantity": 1, "currency": "EUR"}
    return common | {"revenue": 1000 + number, "margin": 100, "refunded": None} | given


def readout(graph: Graph, **given: Any) -> dict[str, dict[str, Any]]:
    table = run_report(graph, "audience-readout", {"export": "e1", **given})
    return {row["measure"]: row for row in (table.record(n) for n in range(len(table.rows)))}


def test_readout_when_the_arms_differ_then_means_difference_and_interval_as_by_hand(
    shop: Graph, tmp_path: Path
) -> None:
    export(shop, tmp_path / "ads", request(holdout=0.4, seed=3), people(tmp_path))
    found = arms(shop, "e1")
    sent, control = sorted(found["sent"]), sorted(found["control"])
    lines = [line(n, customer) for n, customer in enumerate(sent[:20])]
    lines += [line(30 + n, customer) for n, customer in enumerate(sent[:4])]
    lines += [line(50, control[0])]
    lines += [line(60, control[1], at="2026-11-22T02:00:00Z"), line(61, control[2], refunded=True)]  # neither counts
    bought(shop, lines)
    shop.execute("MATCH (c:Customer {id: $id}) SET c.opted_out = true", {"id": sent[-1]}, name="opt-out")
    rows = readout(shop)
    assert list(rows) == ["bought at all", "purchases", "revenue", "margin"]
    revenue = dict.fromkeys(sent[:-1] + control, 0.0)
    for one in lines[:-2]:
        revenue[one["customer"]] += one["revenue"] / 100
    treated, untreated = [revenue[c] for c in sent[:-1]], [revenue[c] for c in control]
    welch = stats.ttest_ind(treated, untreated, equal_var=False).confidence_interval(0.95)
    row = rows["revenue"]
    assert (row["unit"], row["sent_people"], row["held_out_people"]) == ("EUR", len(sent) - 1, len(control))
    assert row["sent"] == pytest.approx(sum(treated) / len(treated))
    assert row["held_out"] == pytest.approx(sum(untreated) / len(untreated))
    assert row["difference"] == pytest.approx(row["sent"] - row["held_out"])
    assert (row["low"], row["high"]) == (pytest.approx(welch.low, rel=1e-3), pytest.approx(welch.high, rel=1e-3))
    assert row["says"] == "more among those in the file than chance explains"
    assert rows["bought at all"]["held_out"] == pytest.approx(1 / len(control))
    assert rows["purchases"]["sent"] == pytest.approx(24 / (len(sent) - 1))
    assert rows["revenue"]["days_read"] > 0


def test_readout_when_it_cannot_compare_then_says_why_and_gives_no_number(shop: Graph, tmp_path: Path) -> None:
    export(shop, tmp_path / "ads", request(holdout=0.4, seed=3), people(tmp_path))
    found = arms(shop, "e1")
    one, other = min(found["sent"]), min(found["control"])
    shop.execute(
        "MATCH (a:Customer {id: $a}), (b:Customer {id: $b}) CREATE (a)-[:FRIEND]->(b)",
        {"a": one, "b": other},
        name="tie",
    )
    assert readout(shop)["revenue"]["says"] == "no amounts are known"
    assert readout(shop)["purchases"]["says"] == "everybody did the same: no interval"
    near = readout(shop)["purchases"]["near"]
    assert near == 1
    bought(shop, [line(1, one), line(2, other, margin=None)])
    rows = readout(shop)
    assert rows["margin"]["says"] == "not compared: some lines do not say this amount"
    assert (rows["margin"]["sent"], rows["margin"]["low"], rows["margin"]["lines_unknown"]) == (None, None, 1)
    assert rows["revenue"]["says"] == "no difference that could not be chance"
    assert rows["revenue"]["low"] < 0 < rows["revenue"]["high"]
    bought(shop, [line(3, other, currency="USD")])
    assert readout(shop)["revenue"]["says"] == "not compared: amounts in several currencies"
    assert readout(shop)["revenue"]["difference"] is None
    export(shop, tmp_path / "all", request("meta"), people(tmp_path), id="e2")
    alone = run_report(shop, "audience-readout", {"export": "e2"})
    assert set(alone.values("says")) >= {"nobody was held out: nothing to compare with"}
    assert set(alone.values("difference")) == {None}


def test_readout_when_a_window_is_given_then_later_purchases_do_not_count(shop: Graph, tmp_path: Path) -> None:
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    export(shop, tmp_path / "ads", request(holdout=0.4, seed=3), people(tmp_path), now=long_ago)
    shop.execute("MATCH (:Customer {id: 'ann'})-[b:BOUGHT]->() DELETE b", name="ann-bought-nothing")
    customer = min(arms(shop, "e1")["sent"])
    bought(shop, [line(1, customer, at="2026-01-05T00:00:00Z"), line(2, customer, at="2026-01-09T00:00:00Z")])
    people_sent = readout(shop)["purchases"]["sent_people"]
    assert readout(shop, days=7)["purchases"]["sent"] == pytest.approx(1 / people_sent)
    assert readout(shop, days=7)["purchases"]["days_read"] == 7
    assert readout(shop)["purchases"]["sent"] == pytest.approx(2 / people_sent)


def test_register_when_asked_then_who_exported_what_when_and_the_digests(
    shop: Graph, tmp_path: Path, settings: Settings
) -> None:
    contacts, out = people(tmp_path), tmp_path / "ads"
    runner = CliRunner()
    arguments = ["--to", "meta", "--contacts", str(contacts), "--consent-column", "consent", "--out", str(out)]
    done = runner.invoke(app, ["export", "super-connectors", *arguments, "--min-size", "5", "--holdout", "2.5%"])
    assert done.exit_code == 0, done.output
    listed = json.loads(runner.invoke(app, ["list", "-o", "json"]).stdout)["rows"]
    assert [(row["segment"], row["platform"], row["written"] + row["held_out"]) for row in listed] == [
        ("super-connectors", "meta", 41)
    ]
    id = listed[0]["export"]
    shown = json.loads(runner.invoke(app, ["show", id, "-o", "json"]).stdout)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert shown["files"] == [{key: file[key] for key in ("name", "sha256")} for file in manifest["files"]]
    assert shown["made_by"] == listed[0]["made_by"] == getpass.getuser()
    assert shown["still_known"] == {"written": listed[0]["written"], "held_out": listed[0]["held_out"]}
    noted = [file for file in ExportRegister(settings.home).files() if file.path.parent == out.resolve()]
    assert [(file.export, file.sha256) for file in noted] == [(id, manifest["files"][0]["sha256"])]
    contacts = people(tmp_path, x9="no")
    runner.invoke(app, ["export", "super-connectors", *arguments, "--min-size", "5", "--holdout", "2.5%", "--changes"])
    noted = [file for file in ExportRegister(settings.home).files() if file.path.name.endswith("-removed.csv")]
    assert [file.export for file in noted] == [id], "who is gone is in the export before, not in this one"
    shop.execute("MATCH (c:Customer {id: 'x7'}) DETACH DELETE c", name="erase")
    told = runner.invoke(app, ["show", id]).stdout
    assert "holdout               2.5 %" in told
    assert "Still known: " in told
    assert manifest["files"][0]["sha256"] in told
    compared = runner.invoke(app, ["readout", id, "--days", "28"])
    assert compared.exit_code == 0, compared.output
    assert "What an audience did since it was exported" in compared.stdout
    with pytest.raises(UsageProblem, match="no export with the id"):
        raise runner.invoke(app, ["show", "nothing"]).exception or AssertionError
    refused = runner.invoke(app, ["readout", "nothing"])
    assert isinstance(refused.exception, UsageProblem)
