"""Affinity and topic reach against a direct, dense reading of metrics.md 3.2."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from influence.reach.ties import ActiveTies, active_ties
from influence.reach.topics import interests, topic_scores
from influence.snapshot.arrays import DAY, Snapshot
from influence.snapshot.build import build_snapshot


def shop(n: int, *, seed: int, topics: int = 3, follows: bool = False, declared: int = 10) -> Snapshot:
    """A random shop in which every product is about one or two topics."""
    rng = np.random.default_rng(seed)
    names = [f"c{v:03}" for v in range(n)]
    ties = [(names[a], names[b]) for a, b in rng.integers(0, n, (3 * n, 2)) if a != b]
    bought = {(names[v], f"p{p}") for v, p in zip(rng.integers(0, n, 4 * n), rng.integers(0, 12, 4 * n), strict=True)}
    about = {(f"p{p}", f"t{p % topics}", 2.0) for p in range(12)} | {
        (f"p{p}", f"t{(p + 1) % topics}", 1.0) for p in range(0, 12, 2)
    }
    liked = sorted({(names[v], f"t{z}") for v, z in rng.integers(0, (n, topics), (declared, 2))})
    left, right = ("follower_id", "followed_id") if follows else ("customer_id", "friend_id")
    table = {left: [a for a, _ in ties], right: [b for _, b in ties]}
    return build_snapshot(
        customers={"customer_id": names, "closed_at": [DAY if v == 5 else None for v in range(n)]},
        friendships=None if follows else table,
        follows=table if follows else None,
        purchases={
            "customer_id": [c for c, _ in sorted(bought)],
            "product_id": [p for _, p in sorted(bought)],
            "at": (DAY * np.arange(1, len(bought) + 1)).astype(np.int64),
        },
        products={"product_id": [f"p{p}" for p in range(12)]},
        product_topics={
            "product_id": [p for p, _, _ in sorted(about)],
            "topic_id": [z for _, z, _ in sorted(about)],
            "weight": [w for _, _, w in sorted(about)],
        },
        interests={"customer_id": [c for c, _ in liked], "topic_id": [z for _, z in liked]},
        as_of=10_000 * DAY,
        data_version="test",
    )


def by_definition(snapshot: Snapshot, ties: ActiveTies) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return affinity [n, z] and topic reach [n, z] by loops and dense matrices."""
    n, z = snapshot.customers, snapshot.topics
    actions, declared = np.zeros((n, z)), np.zeros((n, z))
    for row in range(len(snapshot.first_time)):
        product = snapshot.first_product[row]
        for i in range(snapshot.product_topic_offsets[product], snapshot.product_topic_offsets[product + 1]):
            actions[snapshot.first_customer[row], snapshot.product_topics[i]] += snapshot.product_topic_weights[i]
    for v in range(n):
        for i in range(snapshot.interest_offsets[v], snapshot.interest_offsets[v + 1]):
            declared[v, snapshot.interest_topics[i]] = 1
    total = (actions + declared).sum(axis=1, keepdims=True)
    affinity = (actions + declared + 0.2) / (total + 0.2 * z)
    reach = np.zeros((n, z))
    for topic in range(z):
        own = affinity[:, topic] * ties.present
        teleport = own / own.sum()
        walk = np.zeros((n, n))
        for x in range(n):
            for i in range(ties.offsets[x], ties.offsets[x + 1]):
                u = ties.targets[i]
                walk[u, x] = actions[x, topic] * (1 - abs(affinity[u, topic] - affinity[x, topic]))
        outgoing = walk.sum(axis=1)
        for u in range(n):
            walk[u] = walk[u] / outgoing[u] if outgoing[u] > 0 else teleport
        # the stationary distribution of the walk with teleport, solved instead of iterated
        matrix = 0.85 * walk.T + 0.15 * np.outer(teleport, np.ones(n))
        values, vectors = np.linalg.eig(matrix)
        stationary = np.real(vectors[:, np.argmax(np.real(values))])
        reach[:, topic] = stationary / stationary.sum()
    return affinity, reach


@pytest.mark.parametrize("follows", [False, True])
def test_topic_scores_when_shop_is_random_then_equal_the_definition(follows: bool) -> None:
    snapshot = shop(120, seed=2, follows=follows)
    ties = active_ties(snapshot)
    found = topic_scores(snapshot, ties)
    affinity, reach = by_definition(snapshot, ties)
    assert np.allclose(found.affinity, affinity[found.customer, found.topic], atol=1e-12)
    assert found.interested.min() >= 30
    assert np.allclose(found.reach, reach[found.customer, found.topic], atol=1e-9)
    assert np.allclose(found.reached, 1, atol=1e-9)
    assert not ties.present[5] and np.allclose(found.reach[found.customer == 5], 0), "who has left gets no attention"


def test_topic_scores_when_threads_differ_then_same() -> None:
    snapshot = shop(200, seed=4, topics=5)
    ties = active_ties(snapshot)
    one, four = topic_scores(snapshot, ties, threads=1), topic_scores(snapshot, ties, threads=4)
    assert (one.interested >= 30).all()
    assert np.array_equal(one.reach, four.reach)


def test_topic_reach_when_few_are_interested_then_not_applicable() -> None:
    snapshot = shop(25, seed=1)
    found = topic_scores(snapshot, active_ties(snapshot))
    assert found.interested.max() < 30
    assert np.isnan(found.reach).all() and np.isnan(found.reached).all()
    assert not np.isnan(found.affinity).any()


def test_interest_when_evidence_is_spread_evenly_then_nobody_is_interested() -> None:
    """`I > 1/Z` is strict: three purchases, one in each of three topics, are no interest in any."""
    snapshot = build_snapshot(
        customers={"customer_id": ["a"]},
        friendships=None,
        follows=None,
        purchases={"customer_id": ["a"] * 3, "product_id": ["p", "q", "r"], "at": [DAY, 2 * DAY, 3 * DAY]},
        products={"product_id": ["p", "q", "r"]},
        product_topics={"product_id": ["p", "q", "r"], "topic_id": ["x", "y", "z"]},
        as_of=9 * DAY,
        data_version="test",
    )
    assert topic_scores(snapshot, active_ties(snapshot)).interested.tolist() == [0, 0, 0]


def test_interests_when_product_has_two_topics_then_split_by_weight_and_declared_apart() -> None:
    snapshot = build_snapshot(
        customers={"customer_id": ["a", "b"]},
        friendships=None,
        follows=None,
        purchases={"customer_id": ["a"], "product_id": ["p"], "at": [DAY]},
        products={"product_id": ["p"]},
        product_topics={"product_id": ["p", "p"], "topic_id": ["x", "y"], "weight": [3.0, 1.0]},
        interests={"customer_id": ["a", "b", "b"], "topic_id": ["y", "y", "y"]},
        as_of=9 * DAY,
        data_version="test",
    )
    found = interests(snapshot)
    assert found.actions.toarray().tolist() == [[0.75, 0.25], [0, 0]]
    assert found.declared.toarray().tolist() == [[0, 1], [0, 1]]
