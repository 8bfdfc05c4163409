"""The segments on reach, topics and follow-on purchases on the hand-worked shop: who, why, and who never."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from influence.errors import DataRejected
from influence.graph import Graph
from influence.queries import library
from influence.segment import require_size, run_segment

pytestmark = pytest.mark.integration

MEMBERS: dict[str, tuple[dict[str, str], list[str]]] = {
    "brokers": ({"min_score": "50"}, ["ann", "cai", "ben"]),
    "community-hubs": ({}, ["ann", "dee"]),
    "influencers-of-topic": ({"topic": "light"}, ["ann", "ben", "cai", "dee", "eve", "ian", "joe"]),
    "people-with-access": ({"min_access": "85", "max_friends": "2"}, ["ian", "joe", "ben", "dee"]),
    "persuaders-by-follow-on": ({"min_follow_ons": "1"}, ["ann", "ben", "dee"]),
    "super-connectors": ({}, ["ann"]),
}


@pytest.mark.parametrize("name", sorted(MEMBERS))
def test_segment_when_run_then_its_customers_in_order_and_nobody_who_opted_out(shop: Graph, name: str) -> None:
    given, expected = MEMBERS[name]
    table = run_segment(shop, name, given)
    assert table.values("customer_id") == expected
    assert "hal" not in table.values("customer_id")
    assert table.population == 8
    assert len(table.columns) > 1, "a segment says why"
    assert table.personal


@pytest.mark.parametrize("name", sorted(MEMBERS))
def test_segment_when_a_country_is_given_then_only_its_customers(shop: Graph, name: str) -> None:
    given, _ = MEMBERS[name]
    german = run_segment(shop, name, given | {"country": "DE"}).values("customer_id")
    assert set(german) <= {"ann", "ben"}


def test_segment_when_hubs_are_limited_then_per_community(shop: Graph) -> None:
    assert run_segment(shop, "community-hubs", {"min_members": "4"}).rows == []


def test_segment_when_affinity_is_asked_for_then_only_those_who_like_the_topic(shop: Graph) -> None:
    table = run_segment(shop, "influencers-of-topic", {"topic": "home", "min_affinity": "0.5"})
    assert table.rows == [("ben", 0.6, 0.7, False, 1, 2)]


def test_segment_when_smaller_than_asked_for_then_refused(shop: Graph) -> None:
    table = run_segment(shop, "super-connectors")
    require_size(table, 1)
    with pytest.raises(DataRejected) as caught:
        require_size(table, 2)
    assert caught.value.code == "segment-too-small"
    assert caught.value.exit_code == 5


def test_segment_when_it_lists_somebody_twice_then_refused(shop: Graph, tmp_path: Path) -> None:
    own = tmp_path / "segments"
    own.mkdir()
    (own / "twice.cypher").write_text(
        "\n".join(
            [
                "// /// segment",
                '// title    = "Twice"',
                '// question = "Who is here twice?"',
                '// summary  = "Two rows a customer"',
                '// category = "test"',
                '// key      = ["customer_id"]',
                "// [columns]",
                '// customer_id = { type = "str", title = "Customer" }',
                '// reason      = { type = "int", title = "Reason" }',
                "// ///",
                "MATCH (c:Customer)",
                "UNWIND [1, 2] AS reason",
                "RETURN c.id AS customer_id, reason",
                "ORDER BY customer_id",
                "LIMIT 100",
                "",
            ]
        ),
        encoding="utf-8",
    )
    with pytest.raises(DataRejected) as caught:
        run_segment(shop, "twice", catalogue=library(tmp_path))
    details: dict[str, Any] = caught.value.details
    assert (details["rows"], details["customers"]) == (20, 10)
