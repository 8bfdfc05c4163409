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
    """Compute PageRank over persuaded pairs, reversed and weighted by the share of purchases credited.

    Rank flows from the persuaded to the persuader, so that it gathers where cascades begin: whoever persuades
    people who persuade many ranks above whoever persuades as many people who persuade nobody. A customer passes on
    the credited share of his own purchases and no more: PageRank deals out all of a node's rank by weight, so the
    purchases credited to nobody go to a node that stands for nobody.

    Args:
        graph: The database the snapshot was read from.
        snapshot: Numbers the customers and knows their purchases.
        source, target: [k] persuader and persuaded, numbers in the snapshot.
        credit: [k] positive credit of the pair, in purchases of the persuaded; his add up to fewer than he made.
        run_id: Becomes part of the projection's name.
        concurrency: Threads on the server, at most 4 on Community.

    Returns:
        [n] rank, 0.15 for who persuades nobody, NaN for customers in no pair.
    """
    n = snapshot.customers
    rank = np.full(n + 1, np.nan)
    nobody = n
    if not len(source):
        return rank[:n]
    persuaded = np.unique(target)
    uncredited = np.diff(snapshot.customer_offsets) - np.bincount(target, weights=credit, minlength=n)
    name = f"influence-cascade-{run_id}"
    columns = {
        "persuaded": np.concatenate([target, persuaded]).tolist(),
        "credited": np.concatenate([source, np.full(len(persuaded), nobody)]).tolist(),
        "purchases": np.concatenate([credit, uncredited[persuaded]]).tolist(),
    }
    text = graph.prefix() + saved_text("internal", "cascade-project")
    with graph.gds() as gds, gds.graph.project.cypher(text, **columns, projection=name) as projection:
        gds.page_rank.mutate(
            projection,
            "cascade_rank",
            damping_factor=DAMPING,
            max_iterations=MOST_ROUNDS,
            relationship_weight_property="purchases",
            concurrency=concurrency,
        )
        read = saved_text("internal", "cascade-read")
        for customers, ranks in graph.read(read, {"projection": name}, name="cascade-read", timeout=600).rows:
            rank[customers] = ranks
    return rank[:n]
