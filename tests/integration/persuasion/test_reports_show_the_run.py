"""Reports tell what the run computed, for sales owned by a referral, persuaders who left and friends who joined late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from influence.compute import Work, compute_run
from influence.compute.persuasion import PersuasionCredit, persuasion_stage
from influence.compute.value import referral_stage
from influence.graph import Graph
from influence.persuasion.credit import SaleCredit
from influence.report.running import run_report
from influence.runs import RunRecord
from influence.runs.writing import verify_run
from influence.scores import ScoreFrames
from influence.snapshot.arrays import Snapshot
from influence.value.programme import Programme

pytestmark = pytest.mark.integration

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TOWN = """
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
CALL () {
  UNWIND $lines AS line
  MATCH (c:Customer {id: line[0]}), (p:Product {id: line[1]})
  CREATE (c)-[:BOUGHT {line_id: line[0] + line[1], at: line[2], quantity: 1, first: true}]->(p)
}
MATCH (left:Customer {id: 'cleo'}), (late:Customer {id: 'late'}), (ada:Customer {id: 'ada'}), (new:Customer {id: 'new'})
SET left.closed_at = $closed, late.joined_at = $joined
CREATE (ada)-[:REFERRED {at: $referred, status: 'customer'}]->(new)
"""


@dataclass(frozen=True)
class Town:
    """A town in which three people persuade, with what the run had in its hands.

    Attributes:
        graph: Where it is.
        run: The run.
        snapshot, sales, owned: What the estimator read, how it shared the sales, and [p] those that a referral owns.
    """

    graph: Graph
    run: RunRecord
    snapshot: Snapshot
    sales: SaleCredit
    owned: np.ndarray

    def shared(self) -> dict[tuple[str, str], dict[str, float]]:
        """Return the shares of every sale: product and buyer to persuader to credit."""
        s, found = self.snapshot, {}
        for given, received, credit in zip(self.sales.given, self.sales.received, self.sales.credit, strict=True):
            sale = str(s.product_ids[s.first_product[received]]), str(s.customer_ids[s.first_customer[received]])
            found.setdefault(sale, {})[str(s.customer_ids[s.first_customer[given]])] = float(credit)
        return found


def lines() -> tuple[list[list[str]], list[list[object]]]:
    """Return friendships and purchases: ada, bea and cleo buy, and friends follow within days, in chains, too.

    Of p00 ada buys on day 100. `late` buys it on day 105 and joined on day 102. `new` buys it on day 103, a day after
    bea and as ada's referral. `torn` buys it on day 115, a day after cleo, who has left since.
    """
    rng = np.random.default_rng(7)
    leaders, ties, bought = ("ada", "bea", "cleo"), [], {}
    for leader in leaders:
        ties += [[leader, f"{leader}-{i}"] for i in range(10)]
        ties += [[f"{leader}-{i}", f"{leader}-{i}-friend"] for i in range(10)]
    for leader in leaders:
        for a in range(20):
            at = 100.0 if (leader, a) == ("ada", 0) else float(rng.uniform(130, 600))
            bought[leader, a] = at
            for i in range(10):
                if rng.random() < 0.35:
                    bought[f"{leader}-{i}", a] = at + float(rng.uniform(1, 10))
                    if rng.random() < 0.5:
                        bought[f"{leader}-{i}-friend", a] = bought[f"{leader}-{i}", a] + float(rng.uniform(1, 10))
    for i in range(80):
        for a in rng.choice(20, 4, replace=False):
            bought[f"other-{i:02}", int(a)] = float(rng.uniform(0, 690))
    bought["bea", 0], bought["cleo", 0] = 102.0, 114.0
    ties += [["ada", "late"], ["ada", "new"], ["bea", "new"], ["ada", "torn"], ["cleo", "torn"]]
    bought |= {("late", 0): 105.0, ("new", 0): 103.0, ("torn", 0): 115.0}
    for name in ("late", "new", "torn"):
        bought |= {(name, a): bought["ada", a] + 2 for a in (1, 2)} | {("new", a): bought["bea", a] + 1 for a in (3, 4)}
    return ties, [[name, f"p{a:02}", BEGIN + timedelta(days=day)] for (name, a), day in bought.items()]


@pytest.fixture(scope="module")
def town(graph: Graph) -> Town:
    """The town, computed once."""
    ties, purchases = lines()
    given = {
        "products": sorted({str(product) for _, product, _ in purchases}),
        "customers": sorted({name for tie in ties for name in tie} | {str(name) for name, _, _ in purchases}),
        "ties": ties,
        "lines": purchases,
        "closed": BEGIN + timedelta(days=650),
        "joined": BEGIN + timedelta(days=102),
        "referred": BEGIN + timedelta(days=102.5),
    }
    graph.execute(TOWN, given, name="town")
    seen: list[tuple[Snapshot, SaleCredit, np.ndarray]] = []

    def look(work: Work) -> ScoreFrames:
        credit, programme = work.results.get(PersuasionCredit), work.results.get(Programme)
        assert credit is not None and programme is not None
        seen.append((work.snapshot, credit.sales, programme.owned(len(work.snapshot.first_time))))
        return ScoreFrames()

    stages = (("referral", referral_stage), ("persuasion", persuasion_stage), ("look", look))
    run = compute_run(graph, now=NOW, stages=stages)
    return Town(graph, run, *seen[0])


def test_town_when_computed_then_holds_what_is_asked_about(town: Town) -> None:
    s = town.snapshot
    owned = {(str(s.customer_ids[s.first_customer[i]]), str(s.product_ids[s.first_product[i]]))
             for i in np.flatnonzero(town.owned)}  # fmt: skip
    shared = town.shared()
    assert owned == {("new", "p00")}
    assert ("p00", "new") not in shared and ("p03", "new") in shared
    assert set(shared["p00", "torn"]) == {"ada", "cleo"}
    assert shared["p00", "torn"]["cleo"] > shared["p00", "torn"]["ada"] > 0


def test_cascades_when_shown_then_each_sale_with_the_largest_share_that_the_run_gave(town: Town) -> None:
    scored = set(town.snapshot.customer_ids.tolist()) - {"cleo"}
    best = {sale: min(shares, key=lambda one: (-shares[one], one)) for sale, shares in town.shared().items()}
    computed = {sale: (who, town.shared()[sale][who]) for sale, who in best.items() if who in scored}
    told: dict[tuple[str, str], tuple[str, float]] = {}
    reached: dict[tuple[str, str], int] = {}
    for product in town.snapshot.product_ids.tolist():
        table = run_report(town.graph, "cascade-of-product", {"product": product, "limit": "10000"})
        names = [column.name for column in table.columns]
        rows = [dict(zip(names, row, strict=True)) for row in table.rows]
        told |= {(product, row["customer_id"]): (row["parent_id"], row["credit"]) for row in rows if row["depth"]}
        reached |= {(product, row["customer_id"]): row["reached"] for row in rows if not row["depth"]}
    assert told == computed
    top = run_report(town.graph, "top-cascades", {"limit": "1000"})
    keys = zip(top.values("product_id"), top.values("starter_id"), strict=True)
    assert dict(zip(keys, top.values("reached"), strict=True)) == reached
    assert max(top.values("depth")) >= 2


def test_pairs_when_written_then_their_shares_add_up_and_are_part_of_the_proof(town: Town) -> None:
    text = (
        "MATCH (a)-[p:PERSUADED]->(b) "
        "RETURN a.id, b.id, p.purchases, p.credit, p.products, p.credits, p.leading ORDER BY a.id, b.id"
    )
    written = town.graph.read(text, name="pairs").rows
    assert len(written) > 20
    shared = town.shared()
    for source, target, purchases, credit, products, credits, leading in written:
        assert len(set(products)) == purchases
        assert sum(credits) == pytest.approx(credit, rel=1e-12)
        assert credits == [shared[product, target][source] for product in products]
        assert set(leading) <= set(products)
    verify_run(town.graph, town.run)
    named = [one.split("=")[0] for one in town.run.properties["checksums"]]
    assert {"pair:products", "pair:credits", "pair:leading"} <= set(named)


def test_why_when_a_friend_joined_later_then_lists_as_many_as_the_run_counted(town: Town) -> None:
    text = (
        "MATCH (s:Score {run: $run})-[f:FOLLOWED_IN]->(p:Product) "
        "RETURN s.customer, p.id, f.follow_ons ORDER BY s.customer, p.id"
    )
    counted: dict[str, dict[str, int]] = {}
    for customer, product, number in town.graph.read(text, {"run": town.run.id}, name="counted").rows:
        counted.setdefault(customer, {})[product] = number
    assert "p00" in counted["ada"]
    for customer, products in counted.items():
        table = run_report(town.graph, "why-persuader", {"customer": customer, "limit": "10000"})
        listed = table.values("product_id")
        assert {product: listed.count(product) for product in listed} == products
        assert len(listed) == sum(products.values())
        if customer == "ada":
            friends = zip(listed, table.values("friend_id"), strict=True)
            assert ("p00", "late") not in friends
