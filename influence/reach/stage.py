"""Reach and context as the first stage of a compute run: metrics 1-6 and 35 of metrics.md section 13."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from influence.graph import Graph
from influence.progress import Progress
from influence.queries import saved_text
from influence.reach.communities import communities
from influence.reach.projection import centrality, places
from influence.reach.ranking import percentiles
from influence.reach.ties import ActiveTies, active_ties, super_connectors, two_hop_reach
from influence.reach.topics import topic_scores
from influence.scores import ScoreFrames, TopicRows
from influence.snapshot.arrays import Snapshot
from influence.snapshot.reader import moment

__all__ = ["access", "external_reach", "reach"]

PRIOR_CONTACTS = 3.0
"""Contacts of mean PageRank that everybody is credited with in `access` (metrics.md 3.1)."""


def reach(
    graph: Graph,
    snapshot: Snapshot,
    scored: NDArray[np.bool_],
    *,
    run_id: str,
    seed: int,
    concurrency: int,
    progress: Progress,
    check: Callable[[], None],
) -> ScoreFrames:
    """Compute all measures of reach and context.

    Customers who are not scored (opted out) stay in the graph that the others see; rankings leave them out.

    Args:
        graph: The database the snapshot was read from.
        snapshot: The graph as arrays.
        scored: [n] customers who get a score.
        run_id: Names the projection.
        seed: Seed of everything random.
        concurrency: Threads on the server.
        progress: Where to say what is being computed.
        check: Called between long steps; raises when the lease is lost.

    Raises:
        ComputeFailed: Something did not converge, or graph and snapshot disagree.
        ServerUnsuitable: The server has too little memory.
    """
    ties = active_ties(snapshot)
    position = centrality(
        graph, snapshot, ties, run_id=run_id, seed=seed, concurrency=concurrency, progress=progress, check=check
    )
    check()
    progress.note("counting friends of friends")
    far = two_hop_reach(ties)
    friends = ties.friend_count
    threshold = super_connectors(friends[scored])
    tied = scored & (friends > 0)
    group = communities(ties, position.community)
    there = position.component >= 0
    size = np.bincount(position.component[there], minlength=1)
    check()
    progress.note("following attention in each topic")
    topics = topic_scores(snapshot, ties)

    unknown = np.full(snapshot.customers, None, object)
    customers: dict[str, NDArray[np.generic]] = {
        "friend_count": friends,
        "friends_in": ties.friends_in,
        "friends_out": ties.friends_out,
        "friends_mutual": ties.friends_mutual,
        "two_hop_reach": far.reach,
        "super_connector": unknown if threshold is None else friends >= threshold,
        "friends_over_100": friends > 100,
        "friends_over_1000": friends > 1000,
        "page_rank": position.page_rank,
        "page_rank_percentile": percentiles(position.page_rank, scored),
        "broker_score": percentiles(position.betweenness, tied),
        "component_size": np.where(there, size[np.maximum(position.component, 0)], 0),
        "external_reach": external_reach(graph, snapshot),
        "access": percentiles(access(ties, position.page_rank), scored & (ties.friends_in > 0)),
        "community": np.array([number or None for number in group.member_of.tolist()], object),
        "community_role": group.role,
    }
    number = np.arange(1, len(group.size) + 1)
    return ScoreFrames(
        customers=customers,
        topics=TopicRows(
            topics.customer,
            topics.topic,
            {
                "topic_affinity": topics.affinity,
                "interest_declared": topics.declared,
                "topic_reach": topics.reach,
            },
        ),
        communities={
            "id": number,
            "size": group.size,
            "modularity_share": group.modularity,
            "conductance": group.conductance,
            "hubs": group.hubs,
            "bridges": group.bridges,
        }
        if len(number)
        else {},
        totals={
            "active_ties": len(ties.targets),
            "super_connector_threshold": threshold,
            "two_hop_error": far.error,
            "page_rank_converged": position.page_rank_converged,
            "betweenness_starts": position.betweenness_starts,
            "modularity": group.total_modularity,
            "topics_with_reach": int((~np.isnan(topics.reached)).sum()),
        },
    )


def access(ties: ActiveTies, page_rank: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the shrunk mean PageRank of the people who listen to each customer (metrics.md 3.1).

    `(sum_u w_vu * pr_u + 3 * mean_pr) / (sum_u w_vu + 3)`; the mean is over the customers who are there.
    """
    n = len(page_rank)
    rank = np.nan_to_num(page_rank)
    weighted = np.bincount(ties.sources, weights=ties.weights * rank[ties.targets], minlength=n)
    weight = np.bincount(ties.sources, weights=ties.weights, minlength=n)
    mean = float(rank[ties.present].mean()) if ties.present.any() else 0.0
    return np.asarray((weighted + PRIOR_CONTACTS * mean) / (weight + PRIOR_CONTACTS), np.float64)


def external_reach(graph: Graph, snapshot: Snapshot) -> NDArray[np.object_]:
    """Return [n] followers on other networks, the largest profile per network; `None` where nothing is known."""
    name = "reach-external"
    dtypes = {"customer_id": str, "followers": np.int64}
    params = {"as_of": moment(snapshot.as_of)}
    columns = graph.read_columns(saved_text("internal", name), params, name=name, dtypes=dtypes)
    known = np.isin(columns["customer_id"], snapshot.customer_ids)
    out = np.full(snapshot.customers, None, object)
    out[places(snapshot, columns["customer_id"][known])] = columns["followers"][known].tolist()
    return out
