"""Circles of referrals: the row that closes one is found, whatever the order."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from influence.load.references import closing_edges

EDGES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda edge: edge[0] != edge[1]), min_size=1)


def closing(edges: list[tuple[int, int]], fixed: int = 0, order: list[int] | None = None) -> list[bool]:
    start, end = (np.array(side, np.int64) for side in zip(*edges, strict=True))
    return closing_edges(start, end, fixed, np.array(order or range(len(edges) - fixed), np.int64)).tolist()


def test_a_chain_and_two_referrers_are_no_circle() -> None:
    assert closing([(1, 2), (2, 3), (4, 3), (1, 3)]) == [False] * 4


def test_the_last_row_of_a_circle_closes_it() -> None:
    assert closing([(1, 2), (2, 3), (3, 1), (3, 4)]) == [False, False, True, False]
    assert closing([(1, 2), (2, 3), (3, 1)], order=[2, 0, 1]) == [False, True, False]


def test_a_row_may_close_a_circle_with_what_is_in_the_graph() -> None:
    assert closing([(1, 2), (2, 3), (3, 1)], fixed=2) == [True]


@settings(max_examples=200, deadline=None)
@given(EDGES, st.randoms(use_true_random=False))
def test_what_is_left_has_no_circle_and_nothing_too_much_is_taken(edges: list[tuple[int, int]], random: object) -> None:
    edges = list(dict.fromkeys(edges))
    order = list(range(len(edges)))
    random.shuffle(order)  # type: ignore[attr-defined]
    marked = closing(edges, order=order)
    graph: nx.DiGraph[int] = nx.DiGraph()
    for row in order:
        one, other = edges[row]
        closes = graph.has_node(one) and graph.has_node(other) and nx.has_path(graph, other, one)
        assert marked[row] == closes
        if not closes:
            graph.add_edge(one, other)
    assert nx.is_directed_acyclic_graph(graph)
