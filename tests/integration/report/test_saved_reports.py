"""The reports on reach, context and follow-on purchases, on a shop worked out by hand (shop.cypher, scores.cypher)."""

from __future__ import annotations

from typing import Any

import pytest

from influence.errors import ServerUnsuitable, UsageProblem
from influence.graph import Graph
from influence.queries import library
from influence.report import Table
from influence.report.customer import customer_page
from influence.report.running import run_report

pytestmark = pytest.mark.integration

REQUIRED = {"customer": "ann", "product": "lamp", "community": "1", "topic": "light"}
ROWS = {
    "brokers": 7,
    "communities": 2,
    "community-members": 3,
    "countries": 2,
    "customer-friends": 6,
    "customer-profile": 1,
    "customer-topics": 2,
    "data-quality": 27,
    "external-reach": 2,
    "follow-on-evidence": 4,
    "follow-on-leaders": 3,
    "most-followed": 7,
    "people-with-access": 7,
    "product-starters": 7,
    "products-that-travel": 0,
    "purchase-bursts": 0,
    "reach-summary": 6,
    "risers": 1,
    "runs": 2,
    "score-distribution": 12,
    "super-connectors": 1,
    "top-by-topic": 7,
    "topics": 2,
    "topics-overview": 2,
}


def required(name: str) -> dict[str, str]:
    """Return the parameters without which a report does not run."""
    params = library().get("report", name).header.params
    return {key: REQUIRED[key] for key, parameter in params.items() if parameter.required}


def answer(graph: Graph, name: str, **given: Any) -> Table:
    """Run a report with names in full."""
    return run_report(graph, name, required(name) | {key: str(value) for key, value in given.items()}, show_pii=True)


def columns(table: Table, *names: str) -> list[tuple[Any, ...]]:
    """Return some columns as rows."""
    return list(zip(*(table.values(name) for name in names), strict=True))


SURNAMES = ("Archer", "Baker", "Cooper", "Dyer", "Eaton", "Fisher", "Hunter", "Ironmonger")


@pytest.mark.parametrize("name", sorted(ROWS))
def test_report_when_run_with_defaults_then_its_key_tells_rows_apart_and_no_name_is_shown(
    shop: Graph, name: str
) -> None:
    table = run_report(shop, name, required(name))
    assert len(table.rows) == ROWS[name]
    keys = columns(table, *table.key)
    assert len(set(keys)) == len(keys)
    assert not table.truncated
    assert not [surname for surname in SURNAMES if surname in str(table.rows)]


@pytest.mark.parametrize(
    "name", [name for name in sorted(ROWS) if ROWS[name] > 1 and "limit" in library().get("report", name).header.params]
)
def test_report_when_limited_then_the_first_row_of_the_full_answer(shop: Graph, name: str) -> None:
    first, full = answer(shop, name, limit=1), answer(shop, name)
    assert columns(first, *first.key) == columns(full, *full.key)[:1]


def test_super_connectors_when_asked_for_everyone_then_by_friends(shop: Graph) -> None:
    assert columns(answer(shop, "super-connectors"), "customer_id", "friends") == [("ann", 6)]
    everyone = answer(shop, "super-connectors", rule="everyone")
    assert everyone.values("customer_id") == ["ann", "cai", "ben", "dee", "hal", "ian", "joe", "eve"]
    assert answer(shop, "super-connectors", rule="over-100").rows == []
    assert everyone.population == 8


def test_super_connectors_when_a_country_is_given_then_only_its_customers(shop: Graph) -> None:
    assert answer(shop, "super-connectors", rule="everyone", country="FR").values("customer_id") == [
        "cai",
        "dee",
        "eve",
    ]


def test_super_connectors_when_the_country_is_unknown_then_the_choices_are_named(shop: Graph) -> None:
    with pytest.raises(UsageProblem, match="country"):
        answer(shop, "super-connectors", country="XX")


def test_brokers_when_listed_then_communities_among_friends_are_counted(shop: Graph) -> None:
    table = answer(shop, "brokers")
    # ann's active friends are ben, cai (1), dee, hal, ian (2), joe (none); eve's tie has ended
    assert columns(table, "customer_id", "communities")[:2] == [("ann", 2), ("cai", 2)]
    assert "ann" not in answer(shop, "brokers", max_friends=3).values("customer_id")


def test_people_with_access_when_listed_then_the_best_connected_listener_is_named(shop: Graph) -> None:
    table = answer(shop, "people-with-access", max_friends=1)
    # hal follows ann, who does not listen to him; ann follows ian; joe is her friend
    assert columns(table, "customer_id", "best_friend", "best_friend_name") == [
        ("hal", None, None),
        ("ian", "ann", "Ann Archer"),
        ("joe", "ann", "Ann Archer"),
    ]


def test_communities_when_listed_then_with_hub_and_tightness(shop: Graph) -> None:
    table = answer(shop, "communities")
    assert columns(table, "community", "members", "share", "hub", "hub_friends", "leading_out", "follow_ons") == [
        (1, 3, 0.375, "ann", 6, 0.25, 5),
        (2, 3, 0.375, "dee", 2, 0.5, 1),
    ]
    assert answer(shop, "communities", min_members=4).rows == []


def test_community_members_when_listed_then_friends_inside_are_counted(shop: Graph) -> None:
    table = answer(shop, "community-members")
    assert columns(table, "customer_id", "role", "friends_inside") == [
        ("ann", "hub", 2),
        ("cai", "bridge", 2),
        ("ben", "peripheral", 2),
    ]
    assert answer(shop, "community-members", role="bridge").values("customer_id") == ["cai"]


def test_follow_on_leaders_when_listed_then_per_own_first_purchase(shop: Graph) -> None:
    table = answer(shop, "follow-on-leaders")
    assert columns(table, "customer_id", "follow_on_count", "first_purchases", "per_purchase") == [
        ("ann", 4, 2, 2.0),
        ("ben", 1, 2, 0.5),
        ("dee", 1, 1, 1.0),
    ]


def test_evidence_when_ties_begin_end_or_point_away_then_only_active_influence_counts(shop: Graph) -> None:
    # dee became a friend after ann bought, eve had stopped being one, ian is followed by ann and not her follower,
    # ben's rug came at the same instant; cai came exactly on the last day of the window
    table = answer(shop, "follow-on-evidence")
    assert columns(table, "friend_id", "product_id", "days_later") == [
        ("(opted out)", "lamp", 2.0),
        ("hal", "lamp", 3.0),
        ("ben", "lamp", 4.0),
        ("cai", "lamp", 28.0),
    ]


def test_evidence_when_the_window_is_shorter_then_the_last_one_is_out(shop: Graph) -> None:
    assert answer(shop, "follow-on-evidence", window=27).values("friend_id") == ["(opted out)", "hal", "ben"]


def test_evidence_when_a_purchase_is_after_the_date_of_the_run_then_it_does_not_exist(shop: Graph) -> None:
    # joe bought on 2 April, inside a window of 60 days, but the run knows nothing after 31 March
    assert "joe" not in answer(shop, "follow-on-evidence", window=60).values("friend_id")


def test_evidence_when_an_older_run_is_read_then_as_of_its_date(shop: Graph) -> None:
    table = run_report(shop, "follow-on-evidence", {"customer": "ann"}, run_id="run-1")
    assert table.values("friend_id") == ["(opted out)", "hal", "ben"]
    assert table.computed is not None and not table.computed.current


def test_evidence_when_a_topic_is_given_then_only_its_products(shop: Graph) -> None:
    assert len(answer(shop, "follow-on-evidence", topic="home").rows) == 4
    assert answer(shop, "follow-on-evidence", product="rug").rows == []


def test_evidence_when_a_friend_opted_out_then_nobody_is_named(shop: Graph) -> None:
    names = dict(columns(answer(shop, "follow-on-evidence"), "friend_id", "friend_name"))
    assert names["(opted out)"] is None
    assert names["hal"] == "Hal Hunter"


def test_bursts_when_measured_then_against_the_rate_of_the_product(shop: Graph) -> None:
    table = answer(shop, "purchase-bursts", min_friends=2, min_sigma=0)
    # 9 customers had no lamp when ann bought hers; 7 of them bought within 28 days; 5 active friends had none
    rate = 7 / 9
    expected = 5 * rate
    (row,) = columns(table, "customer_id", "product_id", "friends_at_risk", "friends_bought", "expected", "sigma")
    assert row[:4] == ("ann", "lamp", 5, 4)
    assert row[4] == pytest.approx(expected)
    assert row[5] == pytest.approx((4 - expected) / (expected * (1 - rate)) ** 0.5)
    assert answer(shop, "purchase-bursts", min_friends=2, min_sigma=1).rows == []


def test_product_starters_when_listed_then_friends_after_and_before(shop: Graph) -> None:
    table = answer(shop, "product-starters")
    assert columns(table, "customer_id", "friends_after", "friends_before") == [
        ("ann", 4, 0),
        ("dee", 1, 0),
        ("ben", 1, 1),
        ("eve", 0, 0),
        ("ian", 0, 0),
        ("hal", 0, 1),
        ("cai", 0, 3),
    ]


def test_products_that_travel_when_listed_then_buyers_after_a_friend(shop: Graph) -> None:
    table = answer(shop, "products-that-travel", min_buyers=2)
    # ben, cai, fay and hal bought after a friend: 4, 14 (dee), 2 and 3 days; cai's latest friend before was dee
    assert columns(table, "product_id", "buyers", "after_friend", "share", "median_days", "starters") == [
        ("lamp", 8, 4, 0.5, 3.5, 2),
        ("rug", 2, 0, 0.0, None, 0),
    ]
    assert answer(shop, "products-that-travel", min_buyers=2, topic="light").values("product_id") == ["lamp"]


def test_top_by_topic_when_no_topic_is_given_then_the_biggest_first(shop: Graph) -> None:
    table = answer(shop, "top-by-topic", per_topic=2)
    assert columns(table, "topic_id", "customer_id", "topic_reach") == [
        ("home", "ben", 0.6),
        ("home", "ann", 0.3),
        ("light", "ann", 0.5),
        ("light", "ben", 0.2),
    ]
    assert len(answer(shop, "top-by-topic", topic="light").rows) == 8


def test_risers_when_compared_then_changes_since_the_run_before(shop: Graph) -> None:
    assert columns(answer(shop, "risers"), "customer_id", "change", "compared_to") == [("ann", 2.0, "run-1")]
    assert columns(answer(shop, "risers", direction="down"), "customer_id", "change") == [("dee", -2.0)]
    friends = answer(shop, "risers", measure="friend_count")
    assert columns(friends, "customer_id", "before", "after") == [("ann", 4.0, 6.0), ("dee", 1.0, 2.0)]


def test_risers_when_there_is_no_earlier_run_then_no_rows(shop: Graph) -> None:
    assert run_report(shop, "risers", run_id="run-1").rows == []


def test_reach_summary_when_read_then_the_threshold_of_the_run(shop: Graph) -> None:
    table = answer(shop, "reach-summary")
    friends = table.record(table.values("measure").index("friends"))
    assert friends["customers"] == 8
    assert friends["mean"] == 2.0
    assert friends["p50"] == 1.5
    assert friends["threshold"] == 5.5
    assert friends["flagged"] == 1


def test_score_distribution_when_read_then_nearest_rank(shop: Graph) -> None:
    table = answer(shop, "score-distribution")
    assert dict(columns(table, "percentile", "value"))[75.0] == 2.0
    assert columns(table, "percentile", "value", "customers")[-1] == (100.0, 6.0, 1)


def test_data_quality_when_something_is_odd_then_it_is_counted(shop: Graph) -> None:
    table = answer(shop, "data-quality")
    found = {finding: (number, status) for finding, number, status in columns(table, "finding", "found", "status")}
    assert found["customers without any tie"] == (1, "ok")
    assert found["friendships without start date"] == (5, "look")
    assert found["purchases before joining"] == (3, "look")
    assert found["first purchases"] == (11, "")
    assert found["pairs at the same instant"] == (2, "look")


def test_topics_overview_when_read_then_with_leader(shop: Graph) -> None:
    table = answer(shop, "topics-overview")
    assert columns(table, "topic_id", "products", "purchases", "leader") == [
        ("home", 2, 12, "ben"),
        ("light", 1, 10, "ann"),
    ]


def test_customer_friends_when_read_then_the_kind_of_tie_and_what_they_bought_after(shop: Graph) -> None:
    table = answer(shop, "customer-friends")
    assert columns(table, "friend_id", "tie", "bought_after") == [
        ("cai", "both ways", 1),
        ("ben", "both ways", 1),
        ("dee", "both ways", 0),
        ("ian", "followed", 0),
        ("joe", "both ways", 0),
        ("hal", "follower", 1),
    ]


def test_personal_columns_when_not_asked_for_then_masked(shop: Graph) -> None:
    table = run_report(shop, "super-connectors")
    assert table.values("name") == ["A***"]
    assert table.masked
    assert "Archer" not in str(table.rows)


def test_personal_columns_when_asked_for_then_it_is_logged(shop: Graph, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING", logger="influence"):
        run_report(shop, "super-connectors", show_pii=True)
    (record,) = [one for one in caplog.records if "personal" in one.getMessage()]
    assert record.__dict__["report"] == "super-connectors"
    assert record.__dict__["run_id"] == "run-2"
    assert "Archer" not in record.getMessage()


def test_customer_page_when_read_then_every_section_is_of_one_run(shop: Graph) -> None:
    page = customer_page(shop, "ann", rows=2)
    assert page.profile.record()["friends"] == 6
    assert page.profile.record()["community_members"] == 3
    rows = {section.table.name: len(section.table.rows) for section in page.sections if section.lists}
    assert [rows[name] for name in ("customer-topics", "follow-on-evidence", "customer-friends")] == [2, 2, 2]
    assert {section.table.computed.run for section in page.sections if section.table.computed} == {"run-2"}
    assert page.sections[0].name == "who"
    assert all(value is not None for section in page.sections for _, value in section.pairs())


def test_customer_page_when_the_customer_opted_out_then_no_scores(shop: Graph) -> None:
    page = customer_page(shop, "fay")
    assert page.opted_out
    assert page.profile.record()["friends"] is None
    assert {section.name for section in page.sections} <= {"who", "purchases", "memberships", "support"}


def test_customer_page_when_there_is_no_such_customer_then_an_error_without_the_id(shop: Graph) -> None:
    with pytest.raises(UsageProblem) as caught:
        customer_page(shop, "nobody")
    assert caught.value.code == "customer-not-found"
    assert "nobody" not in caught.value.message


def test_report_when_nothing_was_computed_then_says_what_to_run(empty_graph: Graph) -> None:
    with pytest.raises(ServerUnsuitable) as caught:
        run_report(empty_graph, "brokers")
    assert "compute run" in (caught.value.hint or "")
    assert run_report(empty_graph, "data-quality").values("found")[0] == 0
