"""Affinity to topics and where attention in a topic ends up (metrics.md 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from influence.errors import ComputeFailed
from influence.reach import kernel
from influence.reach.ties import ActiveTies
from influence.snapshot.arrays import Snapshot
from influence.threads import shares, spread

__all__ = ["Interests", "TopicScores", "interests", "keen", "topic_scores"]

SMOOTHING: Final = 0.2
"""What everybody is credited with in every topic (metrics.md 3.2)."""
DAMPING: Final = 0.85
TOLERANCE: Final = 1e-10
MOST_ROUNDS: Final = 1000
"""The change shrinks by the damping in each round: 1e-10 takes about 150."""
FEWEST_INTERESTED: Final = 30
"""Customers interested in a topic below which its reach is not applicable (metrics.md 3.2)."""


@dataclass(frozen=True)
class Interests:
    """What customers did and said about topics; n customers, z topics.

    Attributes:
        actions: [n, z] first purchases in the topic; a product about several topics counts by their weights.
        declared: [n, z] 1 where the customer declared an interest.
    """

    actions: csr_array
    declared: csr_array


@dataclass(frozen=True)
class TopicScores:
    """Scores per customer and topic, for the pairs with a first purchase or a declared interest; k pairs.

    Attributes:
        customer, topic: [k] numbers, sorted by (customer, topic).
        affinity: [k] `(purchases + interest + 0.2) / (total + 0.2 * topics)`, 0 to 1.
        declared: [k] whether the customer declared the interest.
        reach: [k] share of the topic's attention, NaN where the topic has too few interested customers.
        interested: [z] number of customers interested in each topic.
        reached: [z] sum of reach over all customers, 1 up to rounding, NaN where not applicable.
    """

    customer: NDArray[np.int64]
    topic: NDArray[np.int64]
    affinity: NDArray[np.float64]
    declared: NDArray[np.bool_]
    reach: NDArray[np.float64]
    interested: NDArray[np.int64]
    reached: NDArray[np.float64]


def interests(snapshot: Snapshot) -> Interests:
    """Return first purchases and declared interests per customer and topic.

    Observed and declared stay apart. Each first purchase weighs 1 in all: a product about two topics counts as a
    half in each when their weights are equal.
    """
    shape = (snapshot.customers, snapshot.topics)
    several = np.diff(snapshot.product_topic_offsets)[snapshot.first_product]
    row = np.repeat(np.arange(len(several)), several)
    within = np.arange(len(row)) - np.repeat(np.cumsum(several) - several, several)
    entry = snapshot.product_topic_offsets[snapshot.first_product[row]] + within
    actions = csr_array(
        (snapshot.product_topic_weights[entry], (snapshot.first_customer[row], snapshot.product_topics[entry])),
        shape=shape,
    )
    actions.sum_duplicates()
    declarers = np.repeat(np.arange(snapshot.customers), np.diff(snapshot.interest_offsets))
    declared = csr_array((np.ones(len(declarers)), (declarers, snapshot.interest_topics.astype(np.int64))), shape=shape)
    declared.sum_duplicates()
    return Interests(actions, declared)


def keen(
    amount: NDArray[np.float64], declared: NDArray[np.bool_], total: NDArray[np.float64], topics: int
) -> NDArray[np.bool_]:
    """Return who is interested in a topic: declared, or an affinity above 1/topics (metrics.md 3.2).

    Without rounding: the smoothing of the affinity cancels, which leaves evidence * topics > total. A customer without
    data is interested in nothing.

    Args:
        amount: [k] purchases in the topic, and 1 for a declared interest.
        declared: [k] whether the interest is declared.
        total: [k] sum of the customer's amounts over all topics.
        topics: Number of topics.
    """
    return np.asarray(declared | (amount * topics > total * (1 + 1e-12)), np.bool_)


def topic_scores(snapshot: Snapshot, ties: ActiveTies, *, threads: int | None = None) -> TopicScores:
    """Return affinity and topic reach of every customer with evidence in a topic.

    Attention in topic z is a walk over ties from listener u to influencer x with probability in proportion to
    `actions of x in z * (1 - |affinity of u - affinity of x|)`, damping 0.85, teleport in proportion to affinity.
    Customers without evidence in a topic take part in its walk; they only receive what teleports to them, which
    is no score.

    Args:
        threads: Number of threads; all cores when not given. The result does not depend on it.

    Raises:
        ComputeFailed: A walk did not converge.
    """
    known = interests(snapshot)
    z = snapshot.topics
    bought, said = known.actions.tocoo(), known.declared.tocoo()
    width = max(1, z)
    observed = bought.coords[0].astype(np.int64) * width + bought.coords[1]
    stated = said.coords[0].astype(np.int64) * width + said.coords[1]
    keys = np.unique(np.concatenate([observed, stated]))
    declared = np.isin(keys, stated)
    amount = declared.astype(np.float64)
    amount[np.searchsorted(keys, observed)] += bought.data
    customer, topic = keys // width, keys % width
    total = np.bincount(customer, weights=amount, minlength=snapshot.customers)
    affinity = (amount + SMOOTHING) / (total[customer] + SMOOTHING * z)
    interested = ties.present[customer] & keen(amount, declared, total[customer], z)
    crowd = np.bincount(topic[interested], minlength=z).astype(np.int64)

    reach = np.full(len(customer), np.nan)
    reached = np.full(z, np.nan)
    by_topic = np.argsort(topic, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(topic, minlength=z))])
    actions = known.actions.tocsc()

    def do(topics: NDArray[np.int64]) -> None:
        for one in topics:
            pairs = by_topic[starts[one] : starts[one + 1]]
            shares_of_attention = attention(one, pairs)
            reach[pairs] = shares_of_attention[customer[pairs]]
            reached[one] = shares_of_attention.sum()

    def attention(one: int, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
        everyone = np.where(ties.present, SMOOTHING / (total + SMOOTHING * z), 0.0)
        everyone[customer[pairs]] = np.where(ties.present[customer[pairs]], affinity[pairs], 0.0)
        column = slice(actions.indptr[one], actions.indptr[one + 1])
        active = actions.indices[column].astype(np.int64)
        here = ties.present[active]
        result, rounds = kernel.walk(
            ties.offsets,
            ties.targets,
            active[here],
            actions.data[column][here],
            everyone,
            DAMPING,
            TOLERANCE,
            MOST_ROUNDS,
        )
        if rounds > MOST_ROUNDS:
            raise ComputeFailed(
                f"topic reach of topic `{snapshot.topic_ids[one]}` did not converge in {MOST_ROUNDS} rounds",
                code="walk-diverged",
            )
        return np.asarray(result, np.float64)

    large = np.flatnonzero(crowd >= FEWEST_INTERESTED)
    if len(large):
        parts = [large[part] for part in shares(np.diff(starts)[large] + 1, np.inf, 16)]
        spread(do, parts, threads)
    return TopicScores(customer, topic, affinity, declared, reach, crowd, reached)
