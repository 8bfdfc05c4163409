"""What GDS computes for us: one projection of the active ties, every algorithm in mutate mode, one columnar read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from influence.errors import ComputeFailed, ServerUnsuitable
from influence.graph import Graph
from influence.progress import Progress, Silent
from influence.queries import saved_text
from influence.reach.ties import ActiveTies
from influence.snapshot.arrays import Snapshot
from influence.snapshot.reader import moment

if TYPE_CHECKING:
    from graphdatascience import GraphDataScience

__all__ = ["Centrality", "centrality"]

DAMPING: Final = 0.85
TOLERANCE: Final = 1e-7
MOST_ROUNDS: Final = 100
EXACT_BETWEENNESS: Final = 2_000
"""Customers up to which betweenness starts from all of them; beyond, from a seeded sample."""
TIES_WALKED: Final = 250_000_000
"""Ties that the sampled starts walk together: half a minute of processor time."""
FEWEST_STARTS, MOST_STARTS = 64, 512
LISTENS, MUTUAL = ["LISTENS_TO"], ["MUTUAL"]


@dataclass(frozen=True)
class Centrality:
    """Positions in the whole graph; n customers. NaN or -1 for customers who are not there.

    Attributes:
        page_rank: [n] attention that flows from listener to influencer; 1 is the mean when nobody is a dead end.
        page_rank_converged: Whether it settled within 100 rounds.
        betweenness: [n] shortest paths through the customer, from the sampled starts.
        betweenness_starts: Number of customers the paths started from.
        component: [n] int64 label of the connected component, direction ignored.
        community: [n] int64 label of the Leiden community over mutual ties.
    """

    page_rank: NDArray[np.float64]
    page_rank_converged: bool
    betweenness: NDArray[np.float64]
    betweenness_starts: int
    component: NDArray[np.int64]
    community: NDArray[np.int64]


def centrality(
    graph: Graph,
    snapshot: Snapshot,
    ties: ActiveTies,
    *,
    run_id: str,
    seed: int,
    concurrency: int = 4,
    progress: Progress | None = None,
    check: Callable[[], None] = lambda: None,
) -> Centrality:
    """Compute PageRank, betweenness, components and communities over the active ties.

    PageRank follows `LISTENS_TO`, from the follower to the followed and both ways between friends, so that rank
    gathers at those who are listened to. Leiden and sampled betweenness run on one thread: with more, the same seed
    gives other communities and draws other starts.

    Args:
        graph: The database the snapshot was read from.
        snapshot: Customers and instant.
        ties: Active ties of the snapshot; the projection must agree with them.
        run_id: Becomes part of the projection's name.
        seed: Seed of the betweenness sample and of Leiden.
        concurrency: Threads on the server, at most 4 on Community.
        progress: Where to say what is being computed.
        check: Called between the algorithms; raises when the lease is lost.

    Raises:
        ComputeFailed: The projection does not agree with the snapshot.
        ServerUnsuitable: The projection does not fit into the server's memory.
    """
    n = snapshot.customers
    if not len(ties.targets):
        nobody = np.full(n, np.nan)
        each = np.where(ties.present, np.arange(n), -1)
        return Centrality(nobody, True, nobody.copy(), 0, each, each.copy())

    progress = progress or Silent()
    name = f"influence-reach-{run_id}"
    as_of = moment(snapshot.as_of)
    present = int(ties.present.sum())
    starts = betweenness_starts(present, len(ties.targets))
    threads = {"concurrency": concurrency}
    with graph.gds() as gds:
        require_memory(gds, graph)
        progress.note("projecting the active ties")
        text = graph.prefix() + saved_text("internal", "reach-project")
        projected = gds.graph.project.cypher(text, projection=name, as_of=as_of)
        with projected as projection:
            steps: list[tuple[str, Callable[[], Any]]] = [
                (
                    "friends",
                    lambda: [
                        gds.degree.mutate(
                            projection, "listeners", orientation="REVERSE", relationship_types=LISTENS, **threads
                        ),
                        gds.degree.mutate(projection, "listens_to", relationship_types=LISTENS, **threads),
                    ],
                ),
                (
                    "PageRank",
                    lambda: gds.page_rank.mutate(
                        projection,
                        "page_rank",
                        damping_factor=DAMPING,
                        tolerance=TOLERANCE,
                        max_iterations=MOST_ROUNDS,
                        relationship_types=LISTENS,
                        **threads,
                    ),
                ),
                (
                    "betweenness",
                    lambda: gds.betweenness.mutate(
                        projection,
                        "betweenness",
                        sampling_size=starts,
                        sampling_seed=seed,
                        relationship_types=LISTENS,
                        concurrency=1 if starts < present else concurrency,
                    ),
                ),
                ("components", lambda: gds.wcc.mutate(projection, "component", **threads)),
            ]
            if ties.mutual.any():
                steps.append(
                    (
                        "communities",
                        lambda: gds.leiden.mutate(
                            projection, "community", random_seed=seed, concurrency=1, relationship_types=MUTUAL
                        ),
                    )
                )
            results = {}
            with progress.task("computing on the graph", len(steps), "algorithms") as task:
                for label, step in steps:
                    check()
                    results[label] = step()
                    task.advance()
            columns = read_back(graph, name, as_of, with_communities=bool(ties.mutual.any()))
    place = places(snapshot, columns["customer_id"])
    return aligned(n, place, columns, ties, bool(results["PageRank"].did_converge), starts)


def betweenness_starts(customers: int, ties: int) -> int:
    """Return from how many customers shortest paths start: all of a small graph, as many as time allows of a large."""
    if customers <= EXACT_BETWEENNESS:
        return customers
    return min(MOST_STARTS, max(FEWEST_STARTS, TIES_WALKED // max(1, ties)))


def require_memory(gds: GraphDataScience, graph: Graph) -> None:
    """Refuse a projection that the server's heap cannot hold, before it tries.

    Raises:
        ServerUnsuitable: The estimate is above the heap.
    """
    kinds = [row[0] for row in graph.read("CALL db.relationshipTypes()", name="relationship-types").rows]
    ties = {kind: {"orientation": "UNDIRECTED"} for kind in ("FRIEND", "FOLLOWS") if kind in kinds}
    estimate = gds.graph.project.estimate("Customer", ties)
    # two relationship types stand for each tie
    if 2 * float(estimate.heap_percentage_max) > 1:
        raise ServerUnsuitable(
            f"the ties need up to {2 * int(estimate.bytes_max) >> 20} MiB of the server's heap, more than it has",
            code="heap-too-small",
            hint="start the local server with `INFLUENCE_SERVER_PROFILE=analysis`, or give your server more heap",
        )


def read_back(graph: Graph, name: str, as_of: Any, *, with_communities: bool) -> Mapping[str, NDArray[Any]]:
    """Read what the algorithms left in the projection, a chunk of customers to a record."""
    text = saved_text("internal", "reach-read")
    dtypes = {
        "customer_id": str,
        "listeners": np.int64,
        "listens_to": np.int64,
        "page_rank": np.float64,
        "betweenness": np.float64,
        "component": np.int64,
        "community": np.int64,
    }
    community = "community" if with_communities else "component"
    params = {"projection": name, "as_of": as_of, "community": community}
    return graph.read_columns(text, params, name="reach-read", dtypes=dtypes)


def places(snapshot: Snapshot, ids: NDArray[Any]) -> NDArray[np.int64]:
    """Return the number of each id in the snapshot.

    Raises:
        ComputeFailed: An id is not in it.
    """
    place = np.searchsorted(snapshot.customer_ids, ids)
    if len(ids) and not (snapshot.customer_ids[np.minimum(place, snapshot.customers - 1)] == ids).all():
        raise disagreement("customers")
    return np.asarray(place, np.int64)


def aligned(
    n: int,
    place: NDArray[np.int64],
    columns: Mapping[str, NDArray[Any]],
    ties: ActiveTies,
    converged: bool,
    starts: int,
) -> Centrality:
    """Return the columns in the order of the snapshot, after checking that both counted the same friends.

    Raises:
        ComputeFailed: They did not: the definition of an active tie differs, or the data changed in between.
    """
    there = np.zeros(n, np.bool_)
    there[place] = True
    for column, counted in (("listeners", ties.friends_in), ("listens_to", ties.friends_out)):
        seen = np.zeros(n, np.int64)
        seen[place] = columns[column]
        if not np.array_equal(seen, counted):
            raise disagreement(column)
    if not np.array_equal(there, ties.present):
        raise disagreement("customers")

    def numbers(column: str) -> NDArray[np.float64]:
        out = np.full(n, np.nan)
        out[place] = columns[column]
        return out

    def labels(column: str) -> NDArray[np.int64]:
        out = np.full(n, -1, np.int64)
        out[place] = columns[column]
        return out

    alone = np.where(there, np.arange(n), -1)
    return Centrality(
        page_rank=numbers("page_rank"),
        page_rank_converged=converged,
        betweenness=numbers("betweenness"),
        betweenness_starts=starts,
        component=labels("component"),
        community=labels("community") if ties.mutual.any() else alone,
    )


def disagreement(what: str) -> ComputeFailed:
    """Return the error for a projection that is not the graph of the snapshot."""
    return ComputeFailed(
        f"the projection and the snapshot disagree about `{what}`",
        code="projection-differs",
        hint="run `influence snapshot clear`, then `influence compute run` again",
    )
