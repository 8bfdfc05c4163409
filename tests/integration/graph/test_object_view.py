"""The py2neo object view (extra `ogm`) on a real server: reads, and cannot write."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

from influence.errors import UsageProblem
from influence.graph import Graph
from influence.project import Project

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # py2neo is end-of-life and imports deprecated modules
    from influence.ogm import Customers, open_customers

pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore")]

WORLD = """
CREATE (ann:Customer {id: 'ann', country: 'GB'})-[:FRIEND]->(bob:Customer {id: 'bob'}),
       (cy:Customer {id: 'cy'})-[:FRIEND]->(ann), (cy)-[:FOLLOWS]->(ann),
       (ann)-[:BOUGHT {line_id: 'l2', at: datetime('2025-01-02')}]->(book:Product {id: 'book'}),
       (ann)-[:BOUGHT {line_id: 'l1', at: datetime('2025-01-01')}]->(book),
       (book)-[:ABOUT]->(topic:Topic {id: 'crime'}),
       (ann)-[:SCORED]->(:Score {run: 'old', page_rank: 0.1}),
       (ann)-[:SCORED]->(:Score {run: 'new', page_rank: 0.5})-[:IN_TOPIC]->(t:TopicScore {run: 'new', topic_reach: 0.2}),
       (t)-[:OF]->(topic), (:_InfluenceState {id: 'current', run: 'new'})
"""


@pytest.fixture
def customers(project: Project, empty_graph: Graph) -> Iterator[Customers]:
    empty_graph.execute("MATCH (s:_InfluenceState) DELETE s", name="fixture")
    empty_graph.execute(WORLD, name="fixture")
    with open_customers(project) as opened:
        yield opened


def test_customer_when_read_then_friends_purchases_topics_and_scores_are_objects(customers: Customers) -> None:
    ann = customers.get("ann")
    assert sorted(friend.id for friend in ann.friends) == ["bob", "cy"]
    assert [follower.id for follower in ann.followers] == ["cy"]
    assert [(product.id, line["line_id"]) for product, line in ann.purchases()] == [("book", "l1"), ("book", "l2")]
    assert [topic.id for topic in next(iter(ann.bought)).topics] == ["crime"]
    assert ann.score is not None
    assert ann.score.measures() == {"page_rank": 0.5}
    assert [(next(iter(t.about)).id, t["topic_reach"]) for t in ann.score.topics] == [("crime", 0.2)]


def test_customer_when_not_scored_then_score_is_none(customers: Customers) -> None:
    assert customers.get("bob").score is None


def test_customers_when_filtered_then_ordered_by_id(customers: Customers) -> None:
    assert [customer.id for customer in customers.where()] == ["ann", "bob", "cy"]
    assert [customer.id for customer in customers.where(country="GB")] == ["ann"]


def test_customer_when_unknown_then_usage_problem(customers: Customers) -> None:
    with pytest.raises(UsageProblem):
        customers.get("nobody")


def test_object_view_when_it_writes_then_the_server_refuses(customers: Customers, empty_graph: Graph) -> None:
    import py2neo

    graph = customers.repository.graph
    ann = customers.get("ann")
    ann.country = "FR"
    for attempt in (
        lambda: graph.push(ann),
        lambda: graph.run("CREATE (:X)"),
        lambda: customers.repository.delete(ann),
    ):
        with pytest.raises(py2neo.ClientError, match="read access mode"):
            attempt()
    assert empty_graph.read("MATCH (c:Customer {id: 'ann'}) RETURN c.country AS c", name="count").rows == [("GB",)]
