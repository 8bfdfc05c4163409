"""The purchases that the evidence report lists are exactly those that the whole-graph count counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations, permutations
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from influence.graph import Graph
from influence.persuasion.follow_on import FollowOn, follow_on_counts
from influence.report.running import run_report
from influence.snapshot.arrays import Snapshot
from influence.snapshot.reader import read_snapshot

pytestmark = pytest.mark.integration

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
AS_OF = BEGIN + timedelta(days=70)
CUSTOMERS = [f"c{number:02}" for number in range(24)]
TOPICS = ["red", "green", "blue"]


def rows(seed: int) -> dict[str, Any]:
    """Return random rows; a day has one instant only, so that many purchases coincide."""
    random = Random(seed)

    def instant(days: int = 100) -> datetime:
        return BEGIN + timedelta(days=random.randrange(days))

    def tie(a: str, b: str) -> dict[str, Any]:
        since = instant(60) if random.random() < 0.5 else None
        until = (since or BEGIN) + timedelta(days=random.randrange(1, 60)) if random.random() < 0.3 else None
        return {"a": a, "b": b, "since": since, "until": until}

    products = [{"id": f"p{number}", "topics": random.sample(TOPICS, random.choice((1, 1, 2)))} for number in range(8)]
    bought = [(customer, product["id"]) for customer in CUSTOMERS for product in products if random.random() < 0.7]
    return {
        "customers": CUSTOMERS,
        "topics": TOPICS,
        "products": products,
        "friends": [tie(a, b) for a, b in combinations(CUSTOMERS, 2) if random.random() < 0.3],
        "follows": [tie(a, b) for a, b in permutations(CUSTOMERS, 2) if random.random() < 0.15],
        "purchases": [
            {"id": f"l{number}", "customer": customer, "product": product, "at": instant()}
            for number, (customer, product) in enumerate(bought)
        ],
        "as_of": AS_OF,
    }


@pytest.fixture(scope="module")
def crowd(graph: Graph) -> tuple[Graph, Snapshot, FollowOn]:
    """A random crowd in the graph, its arrays, and its follow-on counts by the compiled kernel."""
    statement = (Path(__file__).parent / "random_shop.cypher").read_text(encoding="utf-8")
    graph.execute(statement, rows(7), name="random-shop")
    snapshot = read_snapshot(graph, AS_OF)
    return graph, snapshot, follow_on_counts(snapshot, 28.0)


def evidence(graph: Graph, **given: str) -> int:
    """Return how many purchases the evidence report lists."""
    return len(run_report(graph, "follow-on-evidence", {"limit": "10000", **given}).rows)


def test_evidence_when_every_customer_is_asked_then_equal_to_the_count(
    crowd: tuple[Graph, Snapshot, FollowOn],
) -> None:
    graph, snapshot, counted = crowd
    listed = [evidence(graph, customer=str(customer)) for customer in snapshot.customer_ids]
    assert listed == counted.customers.tolist()
    assert sum(listed) > 100
    assert counted.ties_dropped > 5


def test_evidence_when_a_topic_is_given_then_equal_to_the_count_of_the_topic(
    crowd: tuple[Graph, Snapshot, FollowOn],
) -> None:
    graph, snapshot, counted = crowd
    busiest = int(np.argmax(counted.customers))
    expected = {
        str(snapshot.topic_ids[topic]): int(count)
        for customer, topic, count in zip(counted.topic_customer, counted.topic_topic, counted.topic_count, strict=True)
        if customer == busiest
    }
    customer = str(snapshot.customer_ids[busiest])
    assert {topic: evidence(graph, customer=customer, topic=topic) for topic in expected} == expected


def test_product_starters_when_summed_then_equal_to_the_count_of_the_product(
    crowd: tuple[Graph, Snapshot, FollowOn],
) -> None:
    graph, snapshot, counted = crowd
    for product, expected in zip(snapshot.product_ids, counted.products, strict=True):
        starters = run_report(graph, "product-starters", {"product": str(product), "limit": "10000"})
        assert sum(starters.values("friends_after")) == expected
        assert sum(starters.values("friends_before")) == expected
