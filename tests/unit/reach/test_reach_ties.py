"""Friend counts, two-hop reach and super-connectors against networkx and by hand."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from influence.reach.ties import active_ties, super_connectors, two_hop_reach
from influence.snapshot.arrays import DAY, Snapshot
from influence.snapshot.build import build_snapshot

TODAY = 1000 * DAY


def snapshot_of(
    n: int,
    friends: list[tuple[int, int]] = [],  # noqa: B006
    follows: list[tuple[int, int]] = [],  # noqa: B006
    **customers: list[object],
) -> Snapshot:
    """Customers c00, c01, …; ties by number; follows as (follower, followed)."""

    def ids(numbers: list[int]) -> list[str]:
        return [f"c{number:04}" for number in numbers]

    return build_snapshot(
        customers={"customer_id": ids(list(range(n))), **customers},
        friendships={"customer_id": ids([a for a, _ in friends]), "friend_id": ids([b for _, b in friends])},
        follows={"follower_id": ids([a for a, _ in follows]), "followed_id": ids([b for _, b in follows])},
        purchases=None,
        products=None,
        as_of=TODAY,
        data_version="test",
    )


def random_ties(n: int, friends: int, follows: int, seed: int) -> tuple[Snapshot, nx.DiGraph]:
    """A random snapshot and its influence graph: v -> u when v can influence u."""
    rng = np.random.default_rng(seed)
    pairs = [(int(a), int(b)) for a, b in rng.integers(0, n, (friends, 2)) if a != b]
    arrows = [(int(a), int(b)) for a, b in rng.integers(0, n, (follows, 2)) if a != b]
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from([*pairs, *((b, a) for a, b in pairs), *((b, a) for a, b in arrows)])
    return snapshot_of(n, pairs, arrows), graph


@pytest.mark.parametrize(("friends", "follows"), [(80, 0), (0, 80), (50, 50)])
def test_counts_when_ties_are_random_then_equal_networkx(friends: int, follows: int) -> None:
    snapshot, graph = random_ties(40, friends, follows, seed=3)
    ties = active_ties(snapshot)
    assert ties.friends_in.tolist() == [graph.out_degree(v) for v in range(40)]
    assert ties.friends_out.tolist() == [graph.in_degree(v) for v in range(40)]
    both = [sum(graph.has_edge(u, v) for u in graph.successors(v)) for v in range(40)]
    assert ties.friends_mutual.tolist() == both
    assert ties.friend_count.tolist() == [len({*graph.successors(v), *graph.predecessors(v)}) for v in range(40)]


@pytest.mark.parametrize(("friends", "follows"), [(60, 0), (0, 90), (40, 40)])
def test_two_hop_reach_when_exact_then_equals_networkx(friends: int, follows: int) -> None:
    snapshot, graph = random_ties(50, friends, follows, seed=5)
    found = two_hop_reach(active_ties(snapshot))
    expected = [len(nx.single_source_shortest_path_length(graph, v, cutoff=2)) - 1 for v in range(50)]
    assert found.error == 0
    assert found.reach.tolist() == expected


def test_two_hop_reach_when_sketched_then_within_four_standard_errors() -> None:
    snapshot, _ = random_ties(3000, 9000, 3000, seed=7)
    ties = active_ties(snapshot)
    exact = two_hop_reach(ties).reach
    found = two_hop_reach(ties, exact_ties=0, exact_work=0)
    assert found.error == pytest.approx(0.0325)
    assert (found.reach[exact == 0] == 0).all()
    large = exact > 50
    assert large.sum() > 500
    relative = found.reach[large] / exact[large] - 1
    assert np.abs(relative).max() < 4 * found.error
    assert abs(relative.mean()) < found.error / 4, "a sketch that leaves the customer in would be too large on average"


def test_two_hop_reach_when_threads_differ_then_same() -> None:
    ties = active_ties(random_ties(200, 500, 100, seed=9)[0])
    assert np.array_equal(two_hop_reach(ties, threads=1).reach, two_hop_reach(ties, threads=4).reach)


def test_ties_when_ended_or_someone_left_then_do_not_count() -> None:
    snapshot = build_snapshot(
        customers={"customer_id": ["a", "b", "c", "d"], "closed_at": [TODAY - 1, None, TODAY + 1, None]},
        friendships={
            "customer_id": ["a", "b", "b"],
            "friend_id": ["b", "c", "d"],
            "until": [None, None, TODAY],
        },
        follows=None,
        purchases=None,
        products=None,
        as_of=TODAY,
        data_version="test",
    )
    ties = active_ties(snapshot)
    # a has left, the tie b-d ended at this very instant, c leaves only later
    assert ties.present.tolist() == [False, True, True, True]
    assert ties.friend_count.tolist() == [0, 1, 1, 0]


def test_tie_when_it_ends_exactly_at_the_instant_then_it_is_over() -> None:
    for until, friends in ((TODAY, 0), (TODAY + 1, 1)):
        snapshot = build_snapshot(
            customers={"customer_id": ["a", "b"]},
            friendships={"customer_id": ["a"], "friend_id": ["b"], "until": [until]},
            follows=None,
            purchases=None,
            products=None,
            as_of=TODAY,
            data_version="test",
        )
        assert active_ties(snapshot).friend_count.tolist() == [friends, friends]


def test_super_connectors_when_worked_by_hand_then_the_larger_of_both_rules() -> None:
    # median 3, ln(1+degree): |ln(2)-ln(4)|, 0, |ln(8)-ln(4)|; MAD = ln 2 because more than half are off by it
    friends = np.array([1] * 40 + [3] * 30 + [7] * 40)
    assert np.median(friends) == 3
    assert super_connectors(friends) == pytest.approx(3 * np.exp(3 * np.log(2)))
    assert super_connectors(friends) == pytest.approx(24)
    flat = np.array([10] * 150)
    assert super_connectors(flat) == 10, "without spread the median is the rule and everybody reaches it"
    assert super_connectors(friends[:99]) is None


def test_super_connectors_when_the_tail_is_long_then_p99_decides() -> None:
    friends = np.concatenate([np.full(190, 10), np.arange(100, 110)])
    assert super_connectors(friends) == pytest.approx(np.percentile(friends, 99))
