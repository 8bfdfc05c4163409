"""Every measure that has a definition in Cypher, on random shops: the fast engine must say the same, exactly."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from random_shop import TODAY, emptied, fill, random_shop

from influence.answers import metric_differences, run_metric
from influence.compute import ComputeOptions, compute_run
from influence.graph import Graph
from influence.project import Project
from influence.queries import library
from influence.reach.projection import Centrality, centrality
from influence.reach.ties import ActiveTies, active_ties
from influence.runs import RunRecord
from influence.runs.writing import read_back, read_scores
from influence.snapshot.arrays import Snapshot
from influence.snapshot.reader import read_snapshot

pytestmark = pytest.mark.integration

KINDS = {
    "both": {"seed": 1, "n": 90, "friends": 250, "follows": 250, "bought": 500},
    "friends": {"seed": 2, "n": 90, "friends": 350, "follows": 0, "bought": 400},
    "follows": {"seed": 3, "n": 120, "friends": 0, "follows": 300, "bought": 600},
}


@pytest.fixture(scope="module", params=sorted(KINDS))
def published(request: pytest.FixtureRequest, project: Project) -> tuple[Graph, RunRecord]:
    """A shop of each kind of tie, computed."""
    graph = emptied(project)
    fill(graph, random_shop(**KINDS[request.param]))
    return graph, compute_run(graph, ComputeOptions(as_of=TODAY, concurrency=1))


def engine(graph: Graph, run: RunRecord, measure: str, key: list[str]) -> dict[Any, Any]:
    """Return what the run wrote, by the key of the definition."""
    if key == ["customer_id"]:
        ids, columns = read_scores(graph, run.id, [measure])
        return dict(zip(ids.tolist(), columns[measure].tolist(), strict=True))
    keys, columns = read_back(graph, "score-read-topics", ("customer", "topic"), run.id, [measure])
    return dict(zip(zip(keys[0].tolist(), keys[1].tolist(), strict=True), columns[measure].tolist(), strict=True))


METRICS = [query.name for query in library().all("metric") if query.path.parent.name in ("reach", "persuasion")]


@pytest.mark.parametrize("name", METRICS)
def test_measure_when_defined_in_cypher_then_the_run_wrote_the_same(
    published: tuple[Graph, RunRecord], name: str
) -> None:
    graph, run = published
    query = library().get("metric", name)
    rows = run_metric(graph, query, {"as_of": TODAY})
    if query.header.key == ["product_id"]:
        assert sum(row["follow_on_count"] for row in rows) == run.properties["follow_ons"] > 0
        return
    written = engine(graph, run, query.header.measure or "", query.header.key)
    scored = {customer for customer, *_ in (key if isinstance(key, tuple) else (key,) for key in written)}
    ours = [row for row in rows if row["customer_id"] in scored]
    assert len(ours) > 20
    # pairs whose value is null are not applicable on both sides
    assert metric_differences(query, ours, {key: value for key, value in written.items() if value is not None}) == []


def test_scores_when_customers_opted_out_or_left_then_they_have_none(published: tuple[Graph, RunRecord]) -> None:
    graph, run = published
    text = (
        "MATCH (c:Customer)-[:SCORED]->(:Score {run: $run}) "
        "WHERE c.opted_out OR c.joined_at > $as_of OR c.closed_at <= $as_of RETURN count(*) AS n"
    )
    assert graph.read(text, {"run": run.id, "as_of": run.as_of}, name="count").rows == [(0,)]
    assert 60 < run.customers < 120


# ── against networkx ──────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def computed(published: tuple[Graph, RunRecord]) -> tuple[Snapshot, ActiveTies, Centrality]:
    """Ties and centralities of the shop, before they become scores."""
    graph, _ = published
    snapshot = read_snapshot(graph, TODAY)
    ties = active_ties(snapshot)
    return snapshot, ties, centrality(graph, snapshot, ties, run_id="test", seed=1, concurrency=1)


def influence_graph(ties: ActiveTies) -> nx.DiGraph:
    """Return who can influence whom, without those who are not there."""
    graph = nx.DiGraph()
    graph.add_nodes_from(np.flatnonzero(ties.present).tolist())
    graph.add_edges_from(zip(ties.sources.tolist(), ties.targets.tolist(), strict=True))
    return graph


def test_page_rank_when_compared_with_a_direct_solution_then_equal(
    computed: tuple[Snapshot, ActiveTies, Centrality],
) -> None:
    """Attention flows from u to those u listens to; who listens to nobody passes nothing on."""
    _, ties, found = computed
    there = np.flatnonzero(ties.present)
    attention = influence_graph(ties).reverse()
    flow = nx.to_numpy_array(attention, nodelist=there.tolist())
    out = flow.sum(axis=1, keepdims=True)
    flow = np.divide(flow, out, out=np.zeros_like(flow), where=out > 0)
    solution = np.linalg.solve(np.eye(len(there)) - 0.85 * flow.T, np.full(len(there), 0.15))
    assert np.allclose(found.page_rank[there], solution, atol=1e-5)
    assert np.isnan(found.page_rank[~ties.present]).all()
    assert found.page_rank_converged


def test_betweenness_when_all_start_then_equals_networkx(computed: tuple[Snapshot, ActiveTies, Centrality]) -> None:
    _, ties, found = computed
    expected = nx.betweenness_centrality(influence_graph(ties).reverse(), normalized=False)
    there = np.flatnonzero(ties.present)
    assert found.betweenness[there].tolist() == pytest.approx([expected[v] for v in there.tolist()], abs=1e-6)


def test_components_when_labelled_then_the_parts_of_networkx(computed: tuple[Snapshot, ActiveTies, Centrality]) -> None:
    _, ties, found = computed
    expected = {frozenset(part) for part in nx.weakly_connected_components(influence_graph(ties))}
    labels = np.unique(found.component[ties.present])
    assert {frozenset(np.flatnonzero(found.component == label).tolist()) for label in labels} == expected


def test_communities_when_found_then_as_good_as_networkx_and_the_same_again(
    published: tuple[Graph, RunRecord], computed: tuple[Snapshot, ActiveTies, Centrality]
) -> None:
    graph, _ = published
    snapshot, ties, found = computed
    mutual = nx.Graph(list(zip(ties.sources[ties.mutual].tolist(), ties.targets[ties.mutual].tolist(), strict=True)))
    mutual.add_nodes_from(np.flatnonzero(ties.present).tolist())
    groups = [
        set(np.flatnonzero(found.community == label).tolist()) for label in np.unique(found.community[ties.present])
    ]
    if mutual.number_of_edges():
        ours = nx.community.modularity(mutual, groups)
        theirs = nx.community.modularity(mutual, nx.community.louvain_communities(mutual, seed=1))
        assert ours > theirs - 0.03
    again = centrality(graph, snapshot, ties, run_id="again", seed=1, concurrency=4)
    assert np.array_equal(again.community, found.community), "Leiden runs on one thread, whatever is asked of the rest"


def test_page_rank_when_everybody_is_connected_then_networkx_agrees(project: Project) -> None:
    """networkx shares out the attention of dead ends, GDS does not: without dead ends they are the same."""
    graph = emptied(project)
    n = 40
    pairs = sorted({(v, (v + 1) % n) for v in range(n)} | {(0, v) for v in range(2, 20)} | {(5, 30), (7, 33)})
    rows = [{"a": f"c{min(a, b):04}", "b": f"c{max(a, b):04}"} for a, b in pairs]
    empty = {name: [] for name in ("topics", "products", "about", "follows", "bought", "interests", "profiles")}
    fill(graph, {**empty, "customers": [{"id": f"c{v:04}"} for v in range(n)], "friends": rows})
    snapshot = read_snapshot(graph, TODAY)
    found = centrality(graph, snapshot, active_ties(snapshot), run_id="ring", seed=1, concurrency=1)
    expected = nx.pagerank(nx.Graph(pairs), alpha=0.85, tol=1e-12, max_iter=500)
    assert (found.page_rank / n).tolist() == pytest.approx([expected[v] for v in range(n)], abs=1e-7)


def test_betweenness_when_starts_are_drawn_then_the_same_seed_draws_the_same(project: Project) -> None:
    graph = emptied(project)
    graph.execute("UNWIND range(1, 2400) AS i CREATE (:Customer {id: toString(10000 + i)})", name="people")
    graph.execute(
        "UNWIND range(1, 7000) AS i WITH toString(10001 + (i * 7919) % 2400) AS a, "
        "toString(10001 + (i * i * 31 + i) % 2400) AS b MATCH (x:Customer {id: a}), (y:Customer {id: b}) "
        "WHERE a < b MERGE (x)-[:FRIEND]->(y)",
        name="ties",
    )
    snapshot = read_snapshot(graph, TODAY)
    ties = active_ties(snapshot)
    runs = [
        centrality(graph, snapshot, ties, run_id=f"draw-{number}", seed=7, concurrency=4).betweenness
        for number in range(4)
    ]
    assert all(np.array_equal(runs[0], other, equal_nan=True) for other in runs[1:])
