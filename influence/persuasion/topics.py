"""Persuasion per topic: lift, audience, contextual influence index, specificity (metrics.md 3.2, 3.3)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence.compiled import compiled
from influence.persuasion.exposure import Exposures
from influence.persuasion.parameters import PersuasionParameters
from influence.persuasion.prefetch import prefetch
from influence.persuasion.rate import fit_rates
from influence.persuasion.sums import sum_by
from influence.reach.ties import holding
from influence.reach.topics import keen
from influence.snapshot.arrays import Snapshot
from influence.threads import spread

__all__ = ["TopicScores", "active_friends", "audience", "interested", "score_topics"]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

WAYS = 32
"""Blocks that customers are cut into."""
EARLY = 16
"""Friends ahead for whom memory is asked."""


@dataclass(frozen=True)
class TopicScores:
    """Scores per (customer, topic), sorted, for pairs with a purchase in the topic.

    Attributes:
        table: Columns `customer`, `topic` (numbers) and the measures; one row per pair.
        specificity: [n] 1 = all excess in one topic, 0 = spread evenly, NaN where it does not apply.
        prior_rate: Mean persuasion rate of the fitted prior over pairs.
        ranked: Pairs that take part in percentiles.
    """

    table: dict[str, NDArray[Any]]
    specificity: Float64
    prior_rate: float
    ranked: int


def score_topics(
    snapshot: Snapshot,
    exposures: Exposures,
    factor: Float64,
    lift: Float64,
    ranked: NDArray[np.bool_],
    parameters: PersuasionParameters,
    events: NDArray[np.bool_] | None = None,
) -> TopicScores:
    """Return the scores of every customer in every topic he buys in.

    A purchase of a product with several topics counts in each by its weight; strata and calibration are
    those of the product's primary topic.

    Args:
        snapshot, exposures: The log and its counts.
        factor: [z+1] lambda per category, the last for products without topic.
        lift: [n] global lift, which stands in where a topic expects less than `topic_floor`.
        ranked: [n] customers who take part in percentiles.
        parameters: kappa, topic floor, rate settings.
        events: [p] first purchases that count as events.
    """
    s = snapshot
    category = np.where(s.product_topic < 0, s.topics, s.product_topic)
    mask = np.ones(len(s.first_time), np.bool_) if events is None else events

    blocks = _blocks(s.customer_offsets)
    number = np.zeros(s.customers + 1, np.int64)

    bought = (
        max(s.topics, 1),
        s.customer_offsets,
        s.first_product,
        s.product_topic_offsets,
        s.product_topics,
        s.product_topic_weights,
    )
    spread(lambda block: _count_topics(block[0], block[1], *bought, number[1:]), blocks, parameters.threads)
    rows = np.cumsum(number)
    customer, topic = np.empty((2, rows[-1]), np.int32)
    sums = np.empty((6, rows[-1]))
    counts = (mask, exposures.near, exposures.near_expected, factor[category], exposures.at_risk)

    def add(block: Int64) -> None:
        _sums_per_topic(block[0], block[1], *bought, *counts, rows, customer, topic, sums)

    spread(add, blocks, parameters.threads)
    purchases, actions, observed, expected, calibrated, at_risk = sums

    def following() -> Int64:
        return audience(s, interested(s, customer, topic, purchases), rows, topic, threads=parameters.threads)

    with ThreadPoolExecutor(max_workers=1) as aside:
        listening = aside.submit(following)
        fit = fit_rates(
            observed,
            calibrated,
            at_risk,
            most_rows=parameters.prior_rows,
            seed=parameters.seed,
            threads=parameters.threads,
        )
        excess = observed - calibrated
        fallback = expected < parameters.topic_floor
        own_lift = (observed + parameters.kappa) / (calibrated + parameters.kappa)
        followers = listening.result()
    per_action = np.divide(excess, actions, out=np.zeros_like(excess), where=actions > 0)
    ok = ranked[customer] & (at_risk > 0)
    index = _percentile(topic, per_action * followers, ok, s.topics, parameters.threads)
    table = {
        "customer": customer,
        "topic": topic,
        "purchases": purchases,
        "exposures": at_risk,
        "follow_on_count": observed,
        "persuasion_expected": calibrated,
        "topic_lift": np.where(fallback, lift[customer], own_lift),
        "fallback_global": fallback,
        "topic_rate": fit.rate,
        "extra_purchases": fit.rate * at_risk,
        "p_none": fit.p_none,
        "topic_excess": excess,
        "audience": followers,
        "contextual_influence_index": index,
    }
    return TopicScores(table, _specificity(customer, excess, s.customers, s.topics), fit.prior_mean, int(ok.sum()))


def interested(s: Snapshot, customer: Int32, topic: Int32, purchases: Float64) -> tuple[Int64, Int32]:
    """Return CSR over customers of the topics they are interested in (`reach.topics.keen`).

    Args:
        s: The snapshot.
        customer, topic, purchases: Purchases per pair, in pairs sorted by (customer, topic).
    """
    z = max(s.topics, 1)
    declared = np.repeat(np.arange(s.customers, dtype=np.int64), np.diff(s.interest_offsets)) * z + s.interest_topics
    bought = customer.astype(np.int64) * z + topic
    key = bought if not len(declared) else np.union1d(bought, declared)
    count = np.zeros(len(key))
    count[np.searchsorted(key, bought)] += purchases
    told = np.zeros(len(key), np.bool_)
    told[np.searchsorted(key, declared)] = True
    count += told
    total = sum_by(key // z, count, s.customers)
    kept = key[keen(count, told, total[key // z], z)]
    return _rows((kept // z).astype(np.int32), s.customers), (kept % z).astype(np.int32)


def audience(
    s: Snapshot, interest: tuple[Int64, Int32], pair_offsets: Int64, topic: Int32, *, threads: int | None = None
) -> Int64:
    """Return, per (customer, topic) pair, the customer's active friends who are interested in the topic."""
    out = np.zeros(len(topic), np.int64)
    active = holding(s)

    def count(block: Int64) -> None:
        _audience(
            block[0],
            block[1],
            s.edge_offsets,
            s.edge_targets,
            active,
            interest[0],
            interest[1],
            pair_offsets,
            topic,
            max(s.topics, 1),
            out,
        )

    spread(count, _blocks(s.edge_offsets), threads)
    return out


def active_friends(s: Snapshot) -> Int64:
    """Return the number of distinct friends each customer can influence at `as_of`, as in reach."""
    active = np.concatenate([[0], np.cumsum(holding(s))])
    return np.asarray(active[s.edge_offsets[1:]] - active[s.edge_offsets[:-1]], np.int64)


def _rows(customer: Int32, n: int) -> Int64:
    return np.concatenate([[0], np.cumsum(np.bincount(customer, minlength=n))]).astype(np.int64)


def _blocks(offsets: Int64) -> list[Int64]:
    """Cut customers into blocks [first, last) of about equal numbers of rows."""
    between = np.searchsorted(offsets, np.linspace(0, offsets[-1], WAYS + 1)[1:-1])
    cuts = np.unique(np.concatenate([[0], between, [len(offsets) - 1]]))
    return [np.array(pair, np.int64) for pair in pairwise(cuts)] or [np.zeros(2, np.int64)]


def _percentile(group: Int32, value: Float64, ranked: NDArray[np.bool_], groups: int, threads: int | None) -> Float64:
    """Percentile within each group, average rank for ties: 100*(rank - 0.5)/n; NaN for rows that are not ranked."""
    rows = np.flatnonzero(ranked)
    # short integers are counted, not compared
    rows = rows[np.argsort(group[rows].astype(np.min_scalar_type(max(groups, 1))), kind="stable")]
    offsets = np.searchsorted(group[rows], np.arange(groups + 1))
    out = np.full(len(value), np.nan)

    def rank(part: Int64) -> None:
        here = rows[offsets[part[0]] : offsets[part[0] + 1]]
        values = value[here]
        order = np.argsort(values)
        ordered = values[order]
        begins = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        ends = np.append(begins[1:], len(here))
        out[here[order]] = np.repeat(50.0 * (begins + ends) / len(here), ends - begins)

    spread(rank, [np.array([g]) for g in np.flatnonzero(np.diff(offsets))], threads)
    return out


def _specificity(customer: Int32, excess: Float64, n: int, topics: int) -> Float64:
    positive = np.maximum(excess, 0.0)
    total = sum_by(customer, positive, n)
    out = np.full(n, np.nan)
    if topics < 2:
        return out
    held = positive > 0
    share = positive[held] / total[customer[held]]
    entropy = sum_by(customer[held], -share * np.log(share), n)
    some = total > 0
    out[some] = np.clip(1.0 - entropy[some] / np.log(topics), 0.0, 1.0)
    return out


@compiled
def _count_topics(
    first: int,
    last: int,
    topics: int,
    customer_offsets: Int64,
    first_product: Int32,
    topic_offsets: Int64,
    product_topics: Int32,
    topic_weights: Float64,
    number: Int64,
) -> None:
    """Write how many topics each of the customers first..last-1 has bought in."""
    seen_by = np.full(topics, -1, np.int64)
    for v in range(first, last):
        for i in range(customer_offsets[v], customer_offsets[v + 1]):
            a = first_product[i]
            for place in range(topic_offsets[a], topic_offsets[a + 1]):
                if topic_weights[place] != 0.0 and seen_by[product_topics[place]] != v:
                    seen_by[product_topics[place]] = v
                    number[v] += 1


@compiled
def _sums_per_topic(
    first: int,
    last: int,
    topics: int,
    customer_offsets: Int64,
    first_product: Int32,
    topic_offsets: Int64,
    product_topics: Int32,
    topic_weights: Float64,
    events: NDArray[np.bool_],
    near: Int32,
    near_expected: Float64,
    factor: Float64,
    at_risk: Int32,
    rows: Int64,
    customer: Int32,
    topic: Int32,
    sums: Float64,
) -> None:
    """Add up the purchases of the customers first..last-1 per topic, in their order.

    Args:
        rows: [n+1] where the pairs of each customer begin.
        customer, topic: Written: customer and topic of each pair, sorted.
        sums: [6, pairs] written: weighted sums of purchases, of those that are events, and over events of
            follow-ons, of expected ones, of these times `factor` of the product, and of friends at risk.
    """
    here = np.zeros((topics, 6))
    touched = np.empty(topics, np.int32)
    for v in range(first, last):
        number = 0
        for i in range(customer_offsets[v], customer_offsets[v + 1]):
            a = first_product[i]
            for place in range(topic_offsets[a], topic_offsets[a + 1]):
                z, weight = product_topics[place], topic_weights[place]
                if weight == 0.0:
                    continue
                if here[z, 0] == 0.0:
                    touched[number] = z
                    number += 1
                here[z, 0] += weight
                if events[i]:
                    here[z, 1] += weight
                here[z, 2] += near[i] * weight
                here[z, 3] += near_expected[i] * weight
                here[z, 4] += near_expected[i] * factor[a] * weight
                here[z, 5] += at_risk[i] * weight
        touched[:number].sort()
        k = rows[v]
        for z in touched[:number]:
            customer[k], topic[k] = v, z
            for c in range(6):
                sums[c, k] = here[z, c]
                here[z, c] = 0.0
            k += 1


@compiled
def _audience(
    first: int,
    last: int,
    edge_offsets: Int64,
    edge_targets: Int32,
    active: NDArray[np.bool_],
    interest_offsets: Int64,
    interest_topics: Int32,
    pair_offsets: Int64,
    pair_topic: Int32,
    topics: int,
    out: Int64,
) -> None:
    count = np.zeros(topics, np.int64)
    for v in range(first, last):
        begin, end = pair_offsets[v], pair_offsets[v + 1]
        if begin == end:
            continue
        added = 0
        for e in range(edge_offsets[v], edge_offsets[v + 1]):
            if e + EARLY < len(edge_targets):
                prefetch(interest_offsets, np.int64(edge_targets[e + EARLY]))
                prefetch(interest_topics, interest_offsets[edge_targets[e + EARLY // 2]])
            if active[e]:
                u = edge_targets[e]
                for i in range(interest_offsets[u], interest_offsets[u + 1]):
                    count[interest_topics[i]] += 1
                added += interest_offsets[u + 1] - interest_offsets[u]
        for i in range(begin, end):
            out[i] = count[pair_topic[i]]
        if topics <= added:
            count[:] = 0
            continue
        for e in range(edge_offsets[v], edge_offsets[v + 1]):
            if active[e]:
                u = edge_targets[e]
                for i in range(interest_offsets[u], interest_offsets[u + 1]):
                    count[interest_topics[i]] = 0
