"""A shop so young that nobody has bought often enough to be judged: credit is shared, and nobody is called uncertified."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from influence.compute import compute_run
from influence.compute.persuasion import persuasion_stage
from influence.graph import Graph
from influence.report import Table
from influence.report.customer import customer_page
from influence.report.running import run_report

pytestmark = pytest.mark.integration

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
SHOP = """
CALL () {
  UNWIND $products AS id
  CREATE (:Product {id: id})
}
CALL () {
  UNWIND $customers AS id
  CREATE (:Customer {id: id})
}
CALL () {
  UNWIND $ties AS tie
  MATCH (a:Customer {id: tie[0]}), (b:Customer {id: tie[1]})
  CREATE (a)-[:FRIEND]->(b)
}
UNWIND $lines AS line
MATCH (c:Customer {id: line[0]}), (p:Product {id: line[1]})
CREATE (c)-[:BOUGHT {line_id: line[0] + line[1], at: line[2], quantity: 1, first: true}]->(p)
"""


@pytest.fixture(scope="module")
def shop(graph: Graph) -> Graph:
    """Twelve leaders whose eight friends, and friends of these, buy after them; four products each at most."""
    rng = np.random.default_rng(3)
    ties: list[list[str]] = []
    bought: dict[tuple[str, int], float] = {}
    for leader in (f"leader-{i:02}" for i in range(12)):
        friends = [f"{leader}-{i}" for i in range(8)]
        ties += [[leader, one] for one in friends] + [[one, f"{one}-friend"] for one in friends]
        for a in rng.choice(20, 4, replace=False).tolist():
            bought[leader, a] = at = float(rng.uniform(30, 150))
            for one in friends:
                if rng.random() < 0.4:
                    bought[one, a] = at + float(rng.uniform(1, 10))
                    if rng.random() < 0.5:
                        bought[f"{one}-friend", a] = bought[one, a] + float(rng.uniform(1, 10))
    for i in range(80):
        for a in rng.choice(20, 3, replace=False).tolist():
            bought[f"other-{i:02}", a] = float(rng.uniform(0, 190))
    lines = [[name, f"p{a:02}", BEGIN + timedelta(days=day)] for (name, a), day in bought.items()]
    given = {
        "products": sorted({product for _, product, _ in lines}),
        "customers": sorted({name for tie in ties for name in tie} | {name for name, _, _ in lines}),
        "ties": ties,
        "lines": lines,
    }
    graph.execute(SHOP, given, name="shop")
    run = compute_run(graph, now=BEGIN + timedelta(days=200), stages=(("persuasion", persuasion_stage),))
    assert run.properties["persuasion_family"] == 0
    return graph


def answer(graph: Graph, name: str, **given: object) -> Table:
    return run_report(graph, name, {key: str(value) for key, value in given.items()})


def cascades(table: Table) -> dict[tuple[Any, Any], int]:
    """Return the people reached, by product and starter."""
    rows = zip(table.values("product_id"), table.values("starter_id"), table.values("reached"), strict=True)
    return {(product, starter): reached for product, starter, reached in rows}


def test_top_cascades_when_nobody_can_be_judged_then_those_that_the_products_show(shop: Graph) -> None:
    of_products: dict[tuple[Any, Any], int] = {}
    for product in (f"p{a:02}" for a in range(20)):
        table = answer(shop, "cascade-of-product", product=product, limit=1000)
        begun = zip(table.values("depth"), table.values("customer_id"), table.values("reached"), strict=True)
        of_products |= {(product, starter): reached for depth, starter, reached in begun if depth == 0}
    assert len(of_products) > 20
    assert max(of_products.values()) > 5
    assert cascades(answer(shop, "top-cascades", limit=1000)) == of_products
    (product, _), _ = max(of_products.items(), key=lambda one: one[1])
    alone = {key: reached for key, reached in of_products.items() if key[0] == product}
    assert cascades(answer(shop, "top-cascades", product=product, limit=1000)) == alone


def test_top_cascades_when_few_products_are_examined_then_those_with_the_most_links(shop: Graph) -> None:
    links: dict[str, int] = {}
    for (product, _), reached in cascades(answer(shop, "top-cascades", limit=1000)).items():
        links[product] = links.get(product, 0) + reached
    most = sorted(links, key=lambda product: (-links[product], product))[:3]
    assert len(most) == 3
    assert set(answer(shop, "top-cascades", examine=3, limit=1000).values("product_id")) == set(most)


@pytest.mark.parametrize("name", ["cascade-leaders", "top-cascades", "who-persuaded-whom"])
def test_list_when_nobody_can_be_judged_then_certified_is_unknown(shop: Graph, name: str) -> None:
    table = answer(shop, name)
    assert len(table.rows) > 5
    assert set(table.values("certified")) == {None}


def test_customer_when_the_friends_cannot_be_judged_then_their_certificate_is_unknown(shop: Graph) -> None:
    pairs = answer(shop, "who-persuaded-whom", limit=1)
    table = answer(shop, "influenced-by", customer=pairs.values("persuaded_id")[0])
    assert table.values("credit")[0] > 0
    assert set(table.values("certified")) == {None}
    page = customer_page(shop, pairs.values("persuader_id")[0])
    assert page.profile.record()["certificate"] == "unknown: too few purchases or friends to judge"
