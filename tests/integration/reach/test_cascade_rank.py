"""The cascade rank of the server against a dense solve of its definition, and no trace left in the graph."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from influence.graph import Graph
from influence.reach.cascade import cascade_rank
from influence.snapshot.arrays import DAY, Snapshot
from influence.snapshot.build import build_snapshot

pytestmark = pytest.mark.integration


def snapshot_of(purchases: list[int]) -> Snapshot:
    """Return customers with so many first purchases each, and nothing else."""
    names = [f"c{i:03d}" for i in range(len(purchases))]
    buyer = np.repeat(names, purchases)
    return build_snapshot(
        customers={"customer_id": names},
        friendships={"customer_id": [], "friend_id": []},
        follows=None,
        purchases={
            "customer_id": buyer,
            "product_id": [f"p{i}" for i in range(len(buyer))],
            "at": np.arange(len(buyer), dtype=np.int64) * DAY,
        },
        products={"product_id": [f"p{i}" for i in range(len(buyer))]},
        as_of=len(buyer) * DAY,
        data_version="hand",
    )


def by_definition(
    snapshot: Snapshot, source: NDArray[np.int64], target: NDArray[np.int64], credit: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Solve rank = 0.15 + 0.85 * sum over the persuaded of their rank times the credited share of their purchases."""
    n = snapshot.customers
    passed = np.zeros((n, n))
    np.add.at(passed, (source, target), credit / np.diff(snapshot.customer_offsets)[target])
    return np.linalg.solve(np.eye(n) - 0.85 * passed, np.full(n, 0.15))


def test_rank_when_credit_runs_in_chains_and_circles_then_that_of_the_definition(graph: Graph) -> None:
    random = np.random.default_rng(5)
    s = snapshot_of(random.integers(1, 6, 40).tolist())
    key = np.unique(random.integers(0, 30 * 30, 150))  # the last ten customers are in no pair
    source, target = key // 30, key % 30
    source, target = source[source != target], target[source != target]
    own = np.diff(s.customer_offsets)[target]
    credit = random.random(len(source)) * own / np.bincount(target, minlength=30)[target]
    nodes = graph.read("MATCH (n) RETURN count(n)", name="nodes").rows
    rank = cascade_rank(graph, s, source, target, credit, run_id="dense")
    within = np.unique(np.concatenate([source, target]))
    assert np.isnan(rank).tolist() == [i not in within for i in range(40)]
    assert rank[within] == pytest.approx(by_definition(s, source, target, credit)[within], rel=1e-4)
    assert graph.read("MATCH (n) RETURN count(n)", name="nodes").rows == nodes
    left = graph.read("CALL gds.graph.list() YIELD graphName RETURN graphName", name="projections").rows
    assert not left


def test_rank_when_credit_is_next_to_nothing_then_close_to_that_of_nobody_however_many_follow(graph: Graph) -> None:
    # customer 0 is followed by forty at a credit of 0.01, customer 1 persuades five of the others at 0.9
    s = snapshot_of([1] * 50)
    source = np.array([0] * 40 + [1] * 5, np.int64)
    target = np.array([*range(2, 42), *range(42, 47)], np.int64)
    credit = np.array([0.01] * 40 + [0.9] * 5)
    rank = cascade_rank(graph, s, source, target, credit, run_id="little")
    assert rank[0] == pytest.approx(0.15 + 40 * 0.85 * 0.01 * 0.15)
    assert rank[1] == pytest.approx(0.15 + 5 * 0.85 * 0.9 * 0.15)
    alone = cascade_rank(graph, s, source[:40], target[:40], credit[:40], run_id="alone")
    assert np.nanmax(np.abs(alone - 0.15)) < 0.06
    assert np.isnan(cascade_rank(graph, s, source[:0], target[:0], credit[:0], run_id="none")).all()
