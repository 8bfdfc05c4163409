"""Community facts against networkx, roles by hand, percentiles by definition."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from test_reach_ties import random_ties, snapshot_of

from influence.reach.communities import communities
from influence.reach.ranking import percentiles
from influence.reach.ties import active_ties


def test_communities_when_partition_is_random_then_modularity_and_conductance_equal_networkx() -> None:
    snapshot, influence = random_ties(60, 150, 0, seed=11)
    graph = influence.to_undirected()
    labels = np.random.default_rng(1).integers(0, 4, 60)
    found = communities(active_ties(snapshot), labels)
    groups = [set(np.flatnonzero(found.member_of == number).tolist()) for number in range(1, len(found.size) + 1)]
    assert found.size.tolist() == [len(group) for group in groups] == sorted(found.size, reverse=True)
    assert found.total_modularity == pytest.approx(nx.community.modularity(graph, groups))
    assert found.modularity.sum() == pytest.approx(found.total_modularity)
    assert found.conductance.tolist() == pytest.approx([nx.conductance(graph, group) for group in groups])


def test_communities_when_someone_is_alone_then_none_and_modularity_still_adds_up() -> None:
    # two triangles and a loner tied to one of them
    snapshot = snapshot_of(8, [(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5), (5, 6)])
    labels = np.array([7, 7, 7, 2, 2, 2, 9, 5])
    found = communities(active_ties(snapshot), labels)
    assert found.member_of.tolist() == [1, 1, 1, 2, 2, 2, 0, 0]
    assert found.role[6:].tolist() == ["none", "none"]
    groups = [{0, 1, 2}, {3, 4, 5}, {6}, {7}]
    graph = active_graph(8, [(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5), (5, 6)])
    assert found.total_modularity == pytest.approx(nx.community.modularity(graph, groups))


def active_graph(n: int, edges: list[tuple[int, int]]) -> nx.Graph:
    graph = nx.Graph(edges)
    graph.add_nodes_from(range(n))
    return graph


def test_roles_when_star_meets_ring_then_centre_is_hub_and_link_is_bridge() -> None:
    # community 1: a star of eight around 0; community 2: a ring of five; 14 stands between them with two ties in each
    star = [(0, v) for v in range(1, 9)]
    ring = [(9, 10), (10, 11), (11, 12), (12, 13), (9, 13)]
    link = [(14, 1), (14, 2), (14, 9), (14, 11)]
    snapshot = snapshot_of(15, [*star, *ring, *link])
    labels = np.array([0] * 9 + [1] * 5 + [0])
    found = communities(active_ties(snapshot), labels)
    assert found.role[0] == "hub"
    assert found.role[14] == "bridge", "half of its friends are in the other community"
    assert set(found.role[3:9]) == {"peripheral"}
    assert set(found.role[9:14]) == {"peripheral"}, "nobody in a ring stands out"
    assert found.hubs.tolist() == [1, 0] and found.bridges.tolist() == [1, 0]


def test_roles_when_follows_are_one_way_then_they_are_no_community_ties() -> None:
    snapshot = snapshot_of(4, [(0, 1)], [(2, 0), (3, 0), (2, 1)])
    found = communities(active_ties(snapshot), np.array([0, 0, 0, 0]))
    assert found.conductance.tolist() == [pytest.approx(np.nan, nan_ok=True)]
    assert found.role.tolist() == ["peripheral"] * 4


def test_percentiles_when_ties_then_average_rank_among_the_ranked() -> None:
    values = np.array([5.0, 1.0, 5.0, np.nan, 9.0, 2.0])
    ranked = np.array([True, True, True, True, True, False])
    found = percentiles(values, ranked)
    assert found[[0, 1, 2, 4]].tolist() == [50.0, 12.5, 50.0, 87.5]
    assert np.isnan(found[[3, 5]]).all()


def test_percentiles_when_values_differ_in_the_last_bits_then_they_tie() -> None:
    found = percentiles(np.array([0.1 + 0.2, 0.3, 0.4]), np.ones(3, bool))
    assert found[0] == found[1] < found[2]


def test_percentiles_when_nobody_is_ranked_then_all_unknown() -> None:
    assert np.isnan(percentiles(np.array([1.0]), np.array([False]))).all()
