"""Every report and segment about persuasion on a village whose scores and credit are worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from math import exp, factorial
from typing import Any

import pytest

from influence.graph import Graph
from influence.queries import library
from influence.report import Table
from influence.report.customer import customer_page, customer_text
from influence.report.running import run_report
from influence.segment import run_segment

pytestmark = pytest.mark.integration

REQUIRED = {"customer": "ann", "product": "lamp", "topic": "light"}
ROWS = {
    "customer-network": 10,
    "lift-distribution": 5,
    "cascade-leaders": 3,
    "cascade-of-product": 5,
    "easily-persuaded": 5,
    "influenced-by": 1,
    "negative-persuaders": 4,
    "persuaders": 5,
    "persuaders-by-topic": 3,
    "persuaders-to-watch": 2,
    "persuasion-summary": 14,
    "top-cascades": 3,
    "who-persuaded-whom": 7,
    "why-persuader": 5,
}
SEGMENTS = {"certified-persuaders": ["ann", "cat"], "contextual-influencers": ["ann", "cat"]}


def given(kind: Any, name: str, **params: Any) -> dict[str, str]:
    """Return the parameters without which a saved question does not run, and those named."""
    wanted = library().get(kind, name).header.params
    needed = {key: REQUIRED[key] for key, parameter in wanted.items() if parameter.required}
    return needed | {key: str(value) for key, value in params.items()}


def answer(graph: Graph, name: str, **params: Any) -> Table:
    """Run a report with names in full."""
    return run_report(graph, name, given("report", name, **params), show_pii=True)


def columns(table: Table, *names: str) -> list[tuple[Any, ...]]:
    """Return some columns as rows."""
    return list(zip(*(table.values(name) for name in names), strict=True))


def of_estimator(kind: Any) -> list[str]:
    """Return the saved questions that need what the estimator wrote."""
    return [query.name for query in library().all(kind) if "persuasion_status" in query.header.needs]


def test_persuasion_questions_when_listed_then_each_has_an_expectation_here() -> None:
    assert sorted(of_estimator("report")) == sorted(ROWS)
    assert sorted(of_estimator("segment")) == sorted(SEGMENTS)


@pytest.mark.parametrize("name", sorted(ROWS))
def test_persuasion_report_when_run_with_defaults_then_keys_differ_and_no_name_or_old_run_shows(
    village: Graph, name: str
) -> None:
    table = run_report(village, name, given("report", name))
    assert len(table.rows) == ROWS[name]
    keys = columns(table, *table.key)
    assert len(set(keys)) == len(keys)
    shown = str(table.rows)
    assert not [one for one in ("Archer", "Baker", "Cooper", "Dyer", "Eaton", "Nailor", "Zimmer") if one in shown]
    assert "gil" not in shown


@pytest.mark.parametrize("name", [name for name in sorted(ROWS) if name not in ("persuasion-summary", "influenced-by")])
def test_persuasion_report_when_limited_then_the_first_row_of_the_full_answer(village: Graph, name: str) -> None:
    assert answer(village, name, limit=1).rows == answer(village, name).rows[:1]


def test_persuaders_when_listed_then_by_rate_and_nobody_without_evidence(village: Graph) -> None:
    table = answer(village, "persuaders")
    assert columns(table, "customer_id", "persuasion_rate", "lift", "certified") == [
        ("ann", 0.05, 2.5, True),
        ("cat", 0.04, 2.0, True),
        ("dan", 0.02, 1.25, False),
        ("bob", 0.01, 1.0, False),
        ("eve", 0.0, pytest.approx(2 / 14), False),
    ]
    assert answer(village, "persuaders", certified=True).values("customer_id") == ["ann", "cat"]
    assert answer(village, "persuaders", country="DE").values("customer_id") == ["ann", "bob"]
    old = run_report(village, "persuaders", run_id="old")
    assert old.values("customer_id") == ["gil"]


def test_why_when_asked_then_each_follow_on_with_the_chance_of_its_product(village: Graph) -> None:
    table = answer(village, "why-persuader")
    # lamp: 4 followed where 1 was expected; ivy's tie had ended, eve and gil are no friends of ann, and zoe joined later
    tail = 1 - exp(-1) * (1 + 1 + 1 / 2 + 1 / 6)
    assert columns(table, "product_id", "friend_id", "days_later", "follow_ons", "expected") == [
        ("lamp", "bob", 4.0, 4, 1.0),
        ("lamp", "(opted out)", 7.0, 4, 1.0),
        ("lamp", "cat", 10.0, 4, 1.0),
        ("lamp", "dan", 15.0, 4, 1.0),
        ("rug", "dan", 1.0, 1, 0.5),
    ]
    assert table.values("one_in")[0] == pytest.approx(1 / tail)
    assert table.values("one_in")[4] == pytest.approx(1 / (1 - exp(-0.5)))
    names = dict(columns(table, "friend_id", "friend_name"))
    assert names["(opted out)"] is None
    assert names["bob"] == "Bob Baker"


def test_why_when_the_evidence_is_overwhelming_then_the_chance_is_still_a_number(village: Graph) -> None:
    found = "MATCH (:Score {run: 'now', customer: 'ann'})-[f:FOLLOWED_IN]->(:Product {id: 'rug'})"
    village.execute(f"{found} SET f.follow_ons = 40", name="more")
    try:
        one_in = dict(columns(answer(village, "why-persuader"), "product_id", "one_in"))["rug"]
    finally:
        village.execute(f"{found} SET f.follow_ons = 1", name="as-before")
    # P(Poisson(0.5) >= 40) = e^-0.5 * 0.5^40/40! * (1 + 0.5/41 + ...): far below what 1 - P(fewer) can hold
    assert one_in == pytest.approx(factorial(40) / 0.5**40 * exp(0.5) / (1 + 0.5 / 41 + 0.25 / 41 / 42), rel=1e-4)


def test_pairs_when_listed_then_by_credit_of_this_run(village: Graph) -> None:
    table = answer(village, "who-persuaded-whom")
    assert columns(table, "persuader_id", "persuaded_id", "purchases", "credit", "margin") == [
        ("cat", "dan", 2, 0.85, None),
        ("ann", "dan", 2, 0.75, 9.0),
        ("ann", "bob", 1, 0.6, 6.0),
        ("ann", "cat", 1, 0.6, 3.0),
        ("ann", "ivy", 1, 0.6, 1.0),
        ("cat", "ann", 1, 0.5, 0.5),
        ("dan", "eve", 1, 0.2, 0.2),
    ]
    assert len(answer(village, "who-persuaded-whom", customer="ann").rows) == 4
    assert set(answer(village, "who-persuaded-whom", certified=True).values("persuader_id")) == {"ann", "cat"}


def test_influenced_by_when_asked_then_the_share_of_own_purchases(village: Graph) -> None:
    table = answer(village, "influenced-by", customer="dan")
    assert columns(table, "persuader_id", "credit", "share", "lift", "certified") == [
        ("cat", 0.85, pytest.approx(0.17), 2.0, True),
        ("ann", 0.75, pytest.approx(0.15), 2.5, True),
    ]


def test_cascade_when_a_sale_has_two_candidates_then_below_the_one_with_more_credit(village: Graph) -> None:
    table = answer(village, "cascade-of-product")
    # dan bought 15 days after ann and 5 days after cat, who leads that sale; ivy's tie had ended
    assert columns(table, "tree", "depth", "parent_id", "customer_id", "days_later", "credit") == [
        ("ann", 0, None, "ann", None, None),
        ("  bob", 1, "ann", "bob", 4.0, 0.6),
        ("  cat", 1, "ann", "cat", 10.0, 0.6),
        ("    dan", 2, "cat", "dan", 5.0, 0.5),
        ("      eve", 3, "dan", "eve", 4.0, 0.2),
    ]
    assert set(table.values("reached")) == {4}


def test_cascade_when_pairs_persuade_each_other_then_each_product_has_its_own_direction(village: Graph) -> None:
    # of the rug cat was first, and dan follows ann, who bought a day before, rather than cat two days before
    table = answer(village, "cascade-of-product", product="rug")
    assert table.values("tree") == ["cat", "  ann", "    dan"]
    assert answer(village, "cascade-of-product", product="rug", starter="ann").rows == []


def test_top_cascades_when_listed_then_by_people_reached(village: Graph) -> None:
    table = answer(village, "top-cascades")
    assert columns(table, "product_id", "starter_id", "reached", "depth", "friends", "days", "certified") == [
        ("lamp", "ann", 4, 3, 2, 19.0, True),
        ("rug", "cat", 2, 2, 1, 2.0, True),
        ("vase", "ann", 1, 1, 1, 4.0, True),
    ]
    assert answer(village, "top-cascades", product="rug").values("starter_id") == ["cat"]
    assert answer(village, "top-cascades", product="nothing").rows == []


def test_persuaders_by_topic_when_listed_then_index_with_both_factors(village: Graph) -> None:
    table = answer(village, "persuaders-by-topic")
    # the topic with more purchases first; dan's index is the highest, but fewer follow him than expected
    assert columns(table, "topic_id", "customer_id", "index", "extra_per_purchase", "audience", "from_all_topics") == [
        ("light", "ann", 87.5, 3.0, 3, False),
        ("light", "cat", 62.5, 0.75, 2, True),
        ("home", "cat", 75.0, 1.5, 2, False),
    ]
    assert columns(table, "first_purchases", "p_none")[0] == (1.0, 0.25)
    assert table.population == 4
    assert answer(village, "persuaders-by-topic", per_topic=1).values("customer_id") == ["ann", "cat"]
    assert answer(village, "persuaders-by-topic", topic="home").values("customer_id") == ["cat"]


def test_easily_persuaded_when_listed_then_by_credited_share(village: Graph) -> None:
    table = answer(village, "easily-persuaded")
    assert columns(table, "customer_id", "influenced_share", "persuaders") == [
        ("dan", 0.32, 2),
        ("cat", 0.3, 1),
        ("bob", 0.12, 1),
        ("ann", 0.1, 1),
        ("eve", 0.04, 1),
    ]
    assert answer(village, "easily-persuaded", min_purchases=6).rows == []


def test_persuaders_to_watch_when_not_certified_then_every_missing_condition_is_told(village: Graph) -> None:
    table = answer(village, "persuaders-to-watch")
    assert table.values("customer_id") == ["dan", "bob"]
    of_dan, of_bob = table.values("missing")
    assert of_dan == "effect too small (lift below 1.5)"
    assert [part.split(" (")[0] for part in of_bob.split("; ")] == [
        "could still be chance",
        "effect too small",
        "friends do not buy soon after rather than at other times",
    ]
    timing = "MATCH (s:Score {run: 'now', customer: 'dan'}) SET s.persuasion_lift = $lift, s.timing_p = $timing"
    village.execute(timing, {"lift": 4.0, "timing": None}, name="unknown-timing")
    try:
        missing = dict(columns(answer(village, "persuaders-to-watch"), "customer_id", "missing"))
        profile = customer_page(village, "dan").profile.record()
    finally:
        village.execute(timing, {"lift": 1.25, "timing": 0.1}, name="as-before")
    assert missing["dan"] == "timing cannot be judged: no product with three buyers"
    assert profile["certificate"] == "not certified: timing cannot be judged: no product with three buyers"
    assert answer(village, "persuaders-to-watch", max_q=0.1).values("customer_id") == ["dan"]


def test_negative_persuaders_when_people_answered_then_groups_by_their_last_answer_come_first(village: Graph) -> None:
    table = answer(village, "negative-persuaders")
    # dan changed his mind to 5; bob's 0 came after the date of the run
    assert columns(
        table, "level", "who", "customer_id", "customers", "observed", "expected", "ratio", "sigma", "p", "q"
    ) == [
        (
            "group",
            "would not recommend us (0-6)",
            None,
            2,
            3,
            14.0,
            pytest.approx(3 / 14),
            pytest.approx(-11 / 14**0.5),
            None,
            None,
        ),
        ("group", "would recommend us (9-10)", None, 1, 2, 2.0, 1.0, 0.0, None, None),
        ("tested", "single customers, 10 or more expected of each", None, 1, 0, 12.0, 0.0, None, None, None),
        ("customer", "single customer", "eve", 1, 0, 12.0, 0.0, None, 0.01, 0.02),
    ]
    # the limit is one on q: a p of 0.01 alone lists nobody
    assert answer(village, "negative-persuaders", max_q=0.015).values("level") == ["group", "group", "tested"]


def test_cascade_leaders_when_listed_then_by_rank_or_chain(village: Graph) -> None:
    table = answer(village, "cascade-leaders")
    assert columns(table, "customer_id", "cascade_rank", "longest_chain", "persuaded", "credit") == [
        ("ann", 2.5, 3, 4, pytest.approx(2.55)),
        ("cat", 1.5, 2, 2, pytest.approx(1.35)),
        ("dan", 0.8, 1, 1, pytest.approx(0.2)),
    ]
    assert answer(village, "cascade-leaders", by="chain").values("longest_chain") == [3, 2, 1]


def test_persuasion_summary_when_read_then_warnings_first_and_unknown_figures_left_out(village: Graph) -> None:
    table = answer(village, "persuasion-summary")
    assert columns(table, "figure", "meaning")[:2] == [
        ("warning 1", "Friendships have no dates."),
        ("warning 2", "The log is short."),
    ]
    told = {figure: (value, low, high) for figure, value, low, high in columns(table, "figure", "value", "low", "high")}
    assert told["follow-on purchases counted"] == (17.0, None, None)
    assert told["beyond shared taste"] == (6.0, 2.0, 8.0)
    assert told["from timing alone"] == (3.0, None, None)
    assert told["estimated extra purchases"] == (5.1, None, None)
    assert told["extra purchases per follow-on"][0] == pytest.approx(0.3)
    assert told["shared taste factor"] == (1.2, 1.0, 1.4)
    assert told["friends dealt out at random"] == pytest.approx((1.01, 0.81, 1.21))
    assert told["certified persuaders"][0] == 2.0
    assert "same test backwards" not in told


def test_persuasion_summary_when_shared_taste_was_hardly_measured_then_no_interval_and_it_says_so(
    village: Graph,
) -> None:
    run = "MATCH (run:Run {id: 'now'}) SET run.persuasion_lag_low = $low, run.persuasion_n2_low = $n2"
    village.execute(run, {"low": None, "n2": None}, name="hardly-measured")
    try:
        table = answer(village, "persuasion-summary")
    finally:
        village.execute(run, {"low": 1.0, "n2": 2.0}, name="as-before")
    told = {figure: meaning for figure, meaning in columns(table, "figure", "meaning")}
    for figure in ("shared taste factor", "beyond shared taste"):
        assert "without an interval" in told[figure]


@pytest.mark.parametrize("name", sorted(SEGMENTS))
def test_persuasion_segment_when_run_then_its_customers_with_reasons(village: Graph, name: str) -> None:
    params = given("segment", name, **({"min_index": 60} if name == "contextual-influencers" else {}))
    table = run_segment(village, name, params)
    assert table.values("customer_id") == SEGMENTS[name]
    assert len(table.columns) > 3
    assert run_segment(village, name, params | {"country": "FR"}).values("customer_id") == ["cat"]


def test_contextual_influencers_when_the_excess_is_negative_then_left_out_whatever_the_index(village: Graph) -> None:
    table = run_segment(village, "contextual-influencers", {"topic": "light", "min_index": "80"})
    assert columns(table, "customer_id", "index", "extra_per_purchase", "audience") == [("ann", 87.5, 3.0, 3)]
    assert columns(table, "first_purchases", "p_none") == [(1.0, 0.25)]


def test_customer_page_when_persuasion_was_computed_then_the_verdict_and_its_evidence(village: Graph) -> None:
    page = customer_page(village, "ann")
    assert page.profile.record()["certificate"] == "certified persuader"
    lists = [section.name for section in page.sections if section.lists]
    assert lists == ["evidence", "influenced-by", "topics", "friends"]
    text = customer_text(page, datetime(2026, 4, 2, tzinfo=UTC)).plain
    assert "certified persuader" in text
    assert "By chance, one in" in text


@pytest.mark.parametrize(
    ("customer", "certificate"),
    [
        ("bob", "not certified: could still be chance, effect too small, timing does not agree"),
        ("dan", "not certified: effect too small"),
        ("gil", "unknown: too few purchases or friends to judge"),
        ("ned", None),
    ],
)
def test_customer_page_when_not_certified_then_says_why(village: Graph, customer: str, certificate: str | None) -> None:
    page = customer_page(village, customer)
    assert page.profile.record()["certificate"] == certificate
    shown = {section.name for section in page.sections} & {"evidence", "follow-ons"}
    assert shown == {"bob": {"follow-ons"}, "dan": {"evidence"}}.get(customer, set())


# ── who opted out after the run ───────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    [
        *(
            "report:" + name
            for name in ROWS
            if name not in ("cascade-of-product", "persuasion-summary", "influenced-by")
        ),
        *("segment:" + name for name in SEGMENTS),
    ],
)
def test_question_when_a_customer_opts_out_after_the_run_then_in_no_list(village: Graph, name: str) -> None:
    kind, name = name.split(":")
    village.execute("MATCH (c:Customer {id: 'cat'}) SET c.opted_out = true", name="opt-out")
    try:
        run = run_report if kind == "report" else run_segment
        table = run(village, name, given(kind, name))
        names = [place for place, column in enumerate(table.columns) if column.personal]
        people = {"customer_id", "persuader_id", "persuaded_id", "who"} & {column.name for column in table.columns}
        assert all("cat" not in table.values(column) for column in people)
        assert not [row for row in table.rows for place in names if row[place] == "C***"]
    finally:
        village.execute("MATCH (c:Customer {id: 'cat'}) REMOVE c.opted_out", name="opt-in")
