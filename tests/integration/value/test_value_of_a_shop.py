"""A shop of fourteen people from its files to the reports, with the money of each worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from influence.answers import metric_differences, run_metric, run_saved
from influence.compute import ComputeOptions, compute_run
from influence.compute.persuasion import persuasion_stage
from influence.compute.value import referral_stage, value_stage
from influence.errors import ComputeFailed
from influence.graph import Graph
from influence.load import LoadOptions, PseudonymKey, load_folder
from influence.progress import Silent
from influence.queries import library
from influence.report.running import run_report
from influence.runs import RunRecord, compare_runs, current_run
from influence.runs.writing import read_scores
from influence.snapshot.money import Money
from influence.snapshot.money_reader import read_money
from influence.snapshot.reader import read_snapshot
from influence.value import network
from influence.value.terms import Terms

pytestmark = pytest.mark.integration

NOW = datetime(2026, 1, 2, tzinfo=UTC)
AS_OF = datetime(2025, 12, 31, tzinfo=UTC)
TERMS = Terms(p_two=0.5, acquisition_cost=10.0, programme_cost=9.0)
STAGES = (("referral", referral_stage), ("persuasion", persuasion_stage), ("value", value_stage))

CUSTOMERS = """customer_id,email,phone,opted_out,category_spend,currency
ada,ada@x.org,,false,40000,EUR
ben,ben@x.org,,false,,
cem,cem@x.org,,false,,
dia,dia@x.org,,false,,
eve,eve@x.org,,false,,
eve2,eve@x.org,,false,,
fay,fay@x.org,,false,,
gus,gus@x.org,,false,,
hal,hal@x.org,,true,,
kim,kim@x.org,,false,,
pat,pat@x.org,+441632960001,false,,
pat2,other@x.org,+441632960001,false,,
quin,quin@x.org,,false,,
ulf,ulf@x.org,,false,,
"""
PURCHASES = """line_id,customer_id,product_id,at,quantity,revenue,margin,currency,refunded
1,ada,p1,2025-01-10T10:00:00Z,1,10000,4000,EUR,false
2,ada,p1,2025-06-10T10:00:00Z,1,10000,4000,EUR,false
3,ada,p1,2025-06-20T10:00:00Z,-1,-10000,-4000,EUR,false
4,ben,p1,2025-02-10T10:00:00Z,1,5000,2000,EUR,false
5,ben,p2,2025-09-01T10:00:00Z,1,6000,3000,EUR,false
6,cem,p1,2025-03-05T10:00:00Z,1,2500,1000,EUR,false
7,cem,p2,2025-03-05T10:00:00Z,1,2500,1000,EUR,false
8,cem,p2,2025-04-01T10:00:00Z,1,2500,500,EUR,true
9,gus,p1,2025-05-01T10:00:00Z,1,5000,2000,EUR,true
10,fay,p1,2025-01-05T10:00:00Z,1,1500,700,EUR,false
11,eve,p1,2025-01-02T10:00:00Z,1,500,100,EUR,false
12,eve2,p1,2025-03-20T10:00:00Z,1,900,300,EUR,false
13,kim,p1,2025-12-20T10:00:00Z,1,1000,400,EUR,false
14,pat,p1,2025-01-03T10:00:00Z,1,100,50,EUR,false
15,quin,p1,2025-01-20T10:00:00Z,1,100,60,EUR,false
16,pat2,p1,2025-02-20T10:00:00Z,1,100,70,EUR,false
17,ulf,p1,2025-02-20T10:00:00Z,1,2000,,EUR,false
18,hal,p1,2025-03-20T10:00:00Z,1,2000,900,EUR,false
"""
REFERRALS = """referrer_id,referred_id,at,status,incentive,currency
ada,ben,2025-02-01T00:00:00Z,approved,1000,EUR
ada,dia,2025-10-01T00:00:00Z,lead,0,EUR
ada,fay,2025-04-01T00:00:00Z,customer,500,EUR
ada,gus,2025-04-20T00:00:00Z,customer,500,EUR
ben,cem,2025-03-01T00:00:00Z,customer,500,EUR
ben,kim,2025-12-10T00:00:00Z,customer,,
eve,eve2,2025-03-10T00:00:00Z,customer,500,EUR
pat,quin,2025-01-15T00:00:00Z,customer,500,EUR
quin,pat2,2025-02-10T00:00:00Z,customer,500,EUR
"""
PRODUCTS = "product_id,name\np1,Lamp\np2,Chair\n"


@pytest.fixture(scope="module")
def published(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> tuple[Graph, RunRecord, Path]:
    """The shop, loaded from files and computed."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "data").mkdir()
    for name, text in (
        ("customers", CUSTOMERS),
        ("purchases", PURCHASES),
        ("referrals", REFERRALS),
        ("products", PRODUCTS),
    ):
        (folder / "data" / f"{name}.csv").write_text(text, encoding="utf-8")
    load_folder(graph, folder / "data", LoadOptions(), PseudonymKey(folder / "key"), Silent(), NOW)
    run = compute_run(graph, ComputeOptions(as_of=AS_OF, terms=TERMS), home=folder, stages=STAGES)
    return graph, run, folder


def scores(graph: Graph, run: RunRecord, customer: str, *names: str) -> list[Any]:
    """Return measures of one customer."""
    ids, columns = read_scores(graph, run.id, names)
    row = ids.tolist().index(customer)
    return [columns[name][row] for name in names]


def rows(graph: Graph, report: str, **given: str) -> list[dict[str, Any]]:
    """Return the rows of a report."""
    table = run_report(graph, report, given, show_pii=True)
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def test_money_when_read_then_is_the_files_and_the_cache_says_the_same(
    published: tuple[Graph, RunRecord, Path],
) -> None:
    graph, _, folder = published
    snapshot = read_snapshot(graph, AS_OF, home=folder)
    kept, fresh = read_money(graph, snapshot, home=folder), read_money(graph, snapshot)
    assert isinstance(kept, Money)
    for name in Money.__dataclass_fields__:
        assert str(getattr(kept, name)) == str(getattr(fresh, name)), name
    assert kept.currencies.tolist() == ["EUR"] and len(kept.line_at) == 18 and len(kept.referrer) == 9
    ids = snapshot.customer_ids.tolist()
    assert kept.email[ids.index("eve")] == kept.email[ids.index("eve2")] != kept.email[ids.index("ada")]
    assert kept.phone[ids.index("ada")] == -1, "no phone is known, which is not a phone in common"


def test_own_value_when_lines_are_refunded_or_returned_then_they_are_settled(
    published: tuple[Graph, RunRecord, Path],
) -> None:
    graph, run, _ = published
    own = ("past_customer_value", "own_revenue", "purchase_days", "value_status")
    assert scores(graph, run, "ada", *own) == [4000, 10000, 2, "ok"], "the return takes the second purchase back"
    assert scores(graph, run, "cem", *own) == [2000, 5000, 1, "ok"], "the refunded line is no purchase"
    assert scores(graph, run, "gus", *own) == [0, 0, None, "insufficient_data"]
    assert scores(graph, run, "dia", *own) == [0, 0, None, "insufficient_data"]
    assert scores(graph, run, "ulf", *own) == [None, 2000, 1, "ok"], "an unknown margin is unknown, not 0"
    # 10 June, when ada last bought, to 31 December; 100 of the 400 euros of the last year
    assert scores(graph, run, "ada", "recency_days", "share_of_wallet") == [204, 0.25]
    assert "hal" not in read_scores(graph, run.id, ["rfm"])[0], "who has opted out gets no score"


def test_network_value_when_worked_by_hand_then_every_sale_is_counted_once(
    published: tuple[Graph, RunRecord, Path],
) -> None:
    graph, run, _ = published
    names = ("past_customer_value", "credited_away", "earned_by_referral", "earned_by_persuasion", "clnv", "civ")
    # A[ada, ben] = 0.5 * 2000 / 5000 = 0.2 and A[ben, cem] = 0.5 (both lines of the first order)
    # gross: cem 2000, ben 5000 + 0.5 * 2000 = 6000, ada 4000 + 0.2 * 6000 = 5200
    assert scores(graph, run, "ada", *names) == pytest.approx([4000, 0, 1200, 0, 5200, 1200])
    assert scores(graph, run, "ben", *names) == pytest.approx([5000, 1000, 800, 0, 4800, 1000])
    assert scores(graph, run, "cem", *names) == pytest.approx([2000, 1000, 0, 0, 1000, 0])
    assert scores(graph, run, "ulf", "clnv", "cev") == [None, pytest.approx(scores(graph, run, "ulf", "clv")[0])]
    # everybody, hal too: 4000 + 5000 + 2000 + 700 + 100 + 300 + 400 + 50 + 60 + 70 + 900
    assert run.properties["value_margin"] == 13580
    assert run.properties["value_net"] == pytest.approx(13580, rel=1e-9)
    assert run.properties["value_conservation"] < 1e-9 and run.properties["value_largest_credit"] == 0.5


def test_referral_value_when_worked_by_hand_then_only_accepted_referrals_count(
    published: tuple[Graph, RunRecord, Path],
) -> None:
    graph, run, _ = published
    step = 1.15**0.5
    # ben's first order in the first half year after the invitation, his second (212 days) in the second
    gain, saved = (2000 - 1000) / step + 3000 / step**2, 1000 / step
    assert scores(graph, run, "ada", "crv", "crv_type_one", "crv_type_two") == pytest.approx(
        [0.5 * gain + saved, 0.5 * (gain + saved), 0.5 * saved]
    )
    funnel = (
        "referral_invites",
        "referral_leads",
        "referral_customers",
        "referral_profitable",
        "referral_excluded",
    )
    assert scores(graph, run, "ada", *funnel) == [2, 2, 1, 1, 2], "fay bought before, gus sent it back"
    assert scores(graph, run, "ben", *funnel) == [2, 2, 2, 2, 0], "kim is pending and counts as a customer"
    assert scores(graph, run, "eve", *funnel) == [0, 0, 0, 0, 1]
    assert scores(graph, run, "cem", *funnel) == [None] * 5
    assert scores(graph, run, "ada", "extended_customer_revenue", "referral_incentives") == [10000 + 11000, 2000]
    # programme cost of 900 cents over nine referrals: 400 are ada's; (1200 - 2000 - 400) / 2400
    assert scores(graph, run, "ada", "return_on_relationship") == [pytest.approx(-0.5)]
    # dia is a lead: 0.14 of what a customer of known value has earned, 13,580 over eleven buyers
    assert scores(graph, run, "ada", "open_leads", "lead_credit") == [1, pytest.approx(0.14 * 13580 / 11)]
    clv = {one: scores(graph, run, one, "clv")[0] for one in ("ben", "cem")}
    assert scores(graph, run, "ada", "lifetime_referral_value") == [pytest.approx(0.5 * clv["ben"] + 0.5 * clv["cem"])]


def test_lifetime_buckets_when_added_up_then_are_the_engagement_value(published: tuple[Graph, RunRecord, Path]) -> None:
    graph, run, _ = published
    found = rows(graph, "value-buckets")
    assert len(found) == 11, "everybody who bought, hal left out"
    for row in found:
        parts = row["clv"] + row["credited_away"] + row["by_referral"] + row["by_influence"]
        assert parts == pytest.approx(row["cev"]), row["customer_id"]
    assert run.properties["value_cev"] == pytest.approx(run.properties["value_clv"], rel=1e-9)
    quadrants = {row["quadrant"]: row["customers"] for row in rows(graph, "value-matrix")}
    assert sum(quadrants.values()) == 11 and quadrants.get("Champion", 0) + quadrants.get("Advocate", 0) == 2
    champions = rows(graph, "value-matrix-customers", quadrant="Champion")
    assert {row["customer_id"] for row in champions} <= {"ada", "ben"}
    misers = rows(graph, "value-matrix-customers", quadrant="Miser")
    assert misers and {row["certified"] for row in [*champions, *misers]} == {None}, (
        "too little evidence to judge anybody"
    )


def test_exclusions_when_listed_then_each_has_its_reason(published: tuple[Graph, RunRecord, Path]) -> None:
    graph, _, _ = published
    listed = {(row["referrer_id"], row["referred_id"]): row["reason"] for row in rows(graph, "referral-exclusions")}
    assert listed == {
        ("ada", "fay"): "already customer",
        ("ada", "gus"): "reversed order",
        ("eve", "eve2"): "self",
        ("pat", "quin"): "ring",
        ("quin", "pat2"): "ring",
    }
    pending = rows(graph, "referral-exclusions", reason="pending")
    assert [(row["referrer_id"], row["referred_id"]) for row in pending] == [("ben", "kim")]
    stages = [(row["stage"], row["referrals"]) for row in rows(graph, "referral-funnel")]
    assert stages == [
        ("recorded", 9),
        ("excluded", 5),
        ("invitations", 4),
        ("leads", 4),
        ("customers", 3),
        ("profitable", 3),
    ]


def test_report_with_amounts_when_run_then_their_unit_is_the_currency_of_the_run(
    published: tuple[Graph, RunRecord, Path],
) -> None:
    graph, run, _ = published
    columns = {column.name: column.unit for column in run_report(graph, "network-value").columns}
    assert columns["net"] == run.properties["value_currency"] == "EUR"


VALUE = [
    query
    for kind in ("report", "segment")
    for query in library().all(kind)
    if query.header.category == "value" and not any(one.required for one in query.header.params.values())
]


@pytest.mark.parametrize("name", [query.name for query in VALUE if query.kind == "report"])
def test_report_on_value_when_run_then_names_nobody_who_opted_out(
    published: tuple[Graph, RunRecord, Path], name: str
) -> None:
    graph, _, _ = published
    table = run_report(graph, name, {}, show_pii=True)
    assert not any("hal" in row for row in table.rows)
    key = [[column.name for column in table.columns].index(one) for one in library().get("report", name).header.key]
    keys = [tuple(row[place] for place in key) for row in table.rows]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", [query.name for query in VALUE if query.kind == "segment"])
def test_segment_of_value_when_run_then_is_scored_customers(
    published: tuple[Graph, RunRecord, Path], name: str
) -> None:
    graph, run, _ = published
    answer = run_saved(graph, library().get("segment", name), {})
    scored = set(read_scores(graph, run.id, ["rfm"])[0].tolist())
    assert {row[0] for row in answer.rows} <= scored


METRICS = [query.name for query in library().all("metric") if query.path.parent.name == "value"]


@pytest.mark.parametrize("name", METRICS)
def test_measure_when_defined_in_cypher_then_the_run_wrote_the_same(
    published: tuple[Graph, RunRecord, Path], name: str
) -> None:
    graph, run, _ = published
    query = library().get("metric", name)
    ids, columns = read_scores(graph, run.id, [query.header.measure or ""])
    written = dict(zip(ids.tolist(), columns[query.header.measure or ""].tolist(), strict=True))
    found = [row for row in run_metric(graph, query, {"as_of": AS_OF}) if row["customer_id"] in written]
    assert len(found) >= 11
    assert metric_differences(query, found, {one: value for one, value in written.items() if value is not None}) == []


def test_runs_when_compared_then_words_such_as_quadrants_are_left_out(published: tuple[Graph, RunRecord, Path]) -> None:
    graph, run, _ = published
    found = {one.measure.name: one for one in compare_runs(graph, run, run)}
    assert {"clnv", "crv", "p_alive"} <= set(found) and found["clnv"].risen == found["clnv"].fallen == 0
    assert not {"value_quadrant", "value_status", "margin_source", "rfm"} & set(found)


def test_run_when_money_gets_lost_then_stops_and_the_earlier_one_stays(
    published: tuple[Graph, RunRecord, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    graph, run, folder = published
    solve = network._solve
    monkeypatch.setattr(network, "_solve", lambda a, m: (solve(a, m)[0] * 1.000001, 1))
    with pytest.raises(ComputeFailed) as caught:
        compute_run(graph, ComputeOptions(as_of=AS_OF, terms=TERMS), home=folder, stages=STAGES)
    assert caught.value.code == "not-conserved" and caught.value.exit_code == 1
    current = current_run(graph)
    assert current is not None and current.id == run.id


def test_run_when_data_have_no_money_then_value_is_absent_and_the_run_says_so(
    published: tuple[Graph, RunRecord, Path],
) -> None:
    graph, _, _ = published
    graph.execute("MATCH ()-[b:BOUGHT]->() REMOVE b.revenue, b.margin, b.currency", name="no-money")
    graph.execute("MATCH (c:Customer) REMOVE c.category_spend, c.currency", name="no-money")
    run = compute_run(graph, ComputeOptions(as_of=AS_OF), stages=STAGES)
    assert not {"own_revenue", "past_customer_value", "clv", "clnv", "crv", "value_quadrant"} & set(run.measures)
    assert {"p_alive", "purchase_days", "referral_invites"} <= set(run.measures)
    assert any("no value in money" in note for note in run.properties["value_notes"])
    assert scores(graph, run, "ben", "referral_customers") == [2]
