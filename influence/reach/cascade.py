"""Who stands at the source of cascades: PageRank over who persuaded whom, by Graph Data Science."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from influence.graph import Graph
from influence.queries import saved_text
from influence.snapshot.arrays import Snapshot

__all__ = ["cascade_rank"]

DAMPING = 0.85
MOST_ROUNDS = 100


def cascade_rank(
    graph: Graph,
    snapshot: Snapshot,
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    credit: NDArray[np.float64],
    *,
    run_id: str,
    concurrency: int = 4,
) -> NDArray[np.float64]:
    """Compute PageRank over persuaded pairs, reversed and weighted by credit.

    Rank flows from the persuaded to the persuader, so that it gathers where cascades begin: whoever persuades
    people who persuade many ranks above whoever persuades as many people who persuade nobody.

    Args:
        graph: The database the snapshot was read from.
        snapshot: Names the customers.
        source, target: [k] persuader and persuaded, numbers in the snapshot.
        credit: [k] positive credit of the pair.
        run_id: Becomes part of the projection's name.
        concurrency: Threads on the server, at most 4 on Community.

    Returns:
        [n] rank, NaN for customers in no pair.
    """
    rank = np.full(snapshot.customers, np.nan)
    if not len(source):
        return rank
    name = f"influence-cascade-{run_id}"
    columns = {
        "persuader": snapshot.customer_ids[source].tolist(),
        "persuaded": snapshot.customer_ids[target].tolist(),
        "credit": credit.tolist(),
    }
    text = graph.prefix() + saved_text("internal", "cascade-project")
    with graph.gds() as gds, gds.graph.project.cypher(text, **columns, projection=name) as projection:
        gds.page_rank.mutate(
            projection,
            "cascade_rank",
            damping_factor=DAMPING,
            max_iterations=MOST_ROUNDS,
            relationship_weight_property="credit",
            concurrency=concurrency,
        )
        read = saved_text("internal", "cascade-read")
        for customers, ranks in graph.read(read, {"projection": name}, name="cascade-read", timeout=600).rows:
            rank[np.searchsorted(snapshot.customer_ids, np.asarray(customers, str))] = ranks
    return rank
