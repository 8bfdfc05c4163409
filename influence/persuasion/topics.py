"""Persuasion per topic: lift, audience, contextual influence index, specificity (metrics.md 3.2, 3.3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from influence.compiled import compiled
from influence.persuasion.exposure import Exposures
from influence.persuasion.parameters import PersuasionParameters
from influence.persuasion.rate import fit_rates
from influence.persuasion.sums import sum_by
from influence.snapshot.arrays import NEVER, Snapshot

__all__ = ["TopicScores", "active_friends", "audience", "interested", "score_topics"]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class TopicScores:
    """Scores per (customer, topic), sorted, for pairs with a purchase in the topic.

    Attributes:
        table: Columns `customer`, `topic` (numbers) and the measures; one row per pair.
        specificity: [n] 1 = all excess in one topic, 0 = spread evenly, NaN where it does not apply.
        prior_rate: Mean persuasion rate of the fitted prior over pairs.
    """

    table: pd.DataFrame
    specificity: Float64
    prior_rate: float


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
    several = np.diff(s.product_topic_offsets)[s.first_product]
    row = np.repeat(np.arange(len(s.first_time)), several)
    within = np.arange(len(row)) - np.repeat(np.cumsum(several) - several, several)
    place = s.product_topic_offsets[s.first_product[row]] + within
    weight = s.product_topic_weights[place]
    z = max(s.topics, 1)
    key, pair = np.unique(s.first_customer[row].astype(np.int64) * z + s.product_topics[place], return_inverse=True)
    customer, topic = (key // z).astype(np.int32), (key % z).astype(np.int32)

    def per_pair(values: NDArray[np.int32] | Float64) -> Float64:
        return sum_by(pair, values[row] * weight, len(key))

    category = np.where(s.product_topic < 0, s.topics, s.product_topic)[s.first_product]
    purchases = sum_by(pair, weight, len(key))
    actions = purchases if events is None else per_pair(events.astype(np.float64))
    observed, expected = per_pair(exposures.near), per_pair(exposures.near_expected)
    calibrated = per_pair(exposures.near_expected * factor[category])
    at_risk = per_pair(exposures.at_risk)
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
    followers = audience(s, interested(s, customer, topic, purchases), _rows(customer, s.customers), topic)
    per_action = np.divide(excess, actions, out=np.zeros_like(excess), where=actions > 0)
    ok = ranked[customer] & (at_risk > 0)
    index = np.full(len(key), np.nan)
    index[ok] = _percentile(topic[ok], np.asarray(per_action * followers, np.float64)[ok])
    table = pd.DataFrame(
        {
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
    )
    return TopicScores(table, _specificity(customer, excess, s.customers, s.topics), fit.prior_mean)


def interested(s: Snapshot, customer: Int32, topic: Int32, purchases: Float64) -> tuple[Int64, Int32]:
    """Return CSR over customers of the topics they are interested in.

    Declared, or `I_uz = (purchases_uz + interest_uz + .2)/(total_u + .2*Z) > 1/Z`, which is `Z` times the
    count in the topic above the count in all topics; a customer without data is interested in nothing.

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
    keen = told | (z * count > total[key // z] * (1 + 1e-12))
    return _rows((key[keen] // z).astype(np.int32), s.customers), (key[keen] % z).astype(np.int32)


def audience(s: Snapshot, interest: tuple[Int64, Int32], pair_offsets: Int64, topic: Int32) -> Int64:
    """Return, per (customer, topic) pair, the customer's active friends who are interested in the topic."""
    return np.asarray(
        _audience(
            s.edge_offsets,
            s.edge_targets,
            s.edge_until,
            interest[0],
            interest[1],
            pair_offsets,
            topic,
            max(s.topics, 1),
        ),
        np.int64,
    )


def active_friends(s: Snapshot) -> Int64:
    """Return the number of distinct friends each customer can influence at `as_of`."""
    active = np.concatenate([[0], np.cumsum(s.edge_until == NEVER)])
    return np.asarray(active[s.edge_offsets[1:]] - active[s.edge_offsets[:-1]], np.int64)


def _rows(customer: Int32, n: int) -> Int64:
    return np.concatenate([[0], np.cumsum(np.bincount(customer, minlength=n))]).astype(np.int64)


def _percentile(group: Int32, value: Float64) -> Float64:
    """Percentile within each group, average rank for ties: 100*(rank - 0.5)/n."""
    frame = pd.DataFrame({"group": group, "value": value}).groupby("group")["value"]
    rank, size = frame.rank(method="average").to_numpy(), frame.transform("size").to_numpy()
    return np.asarray(100.0 * (rank - 0.5) / size, np.float64)


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
def _audience(
    edge_offsets: Int64,
    edge_targets: Int32,
    edge_until: Int64,
    interest_offsets: Int64,
    interest_topics: Int32,
    pair_offsets: Int64,
    pair_topic: Int32,
    topics: int,
) -> Int64:
    n = len(edge_offsets) - 1
    out = np.zeros(len(pair_topic), np.int64)
    count = np.zeros(topics, np.int64)
    for v in range(n):
        begin, end = pair_offsets[v], pair_offsets[v + 1]
        if begin == end:
            continue
        for e in range(edge_offsets[v], edge_offsets[v + 1]):
            if edge_until[e] == NEVER:
                u = edge_targets[e]
                for i in range(interest_offsets[u], interest_offsets[u + 1]):
                    count[interest_topics[i]] += 1
        for i in range(begin, end):
            out[i] = count[pair_topic[i]]
        for e in range(edge_offsets[v], edge_offsets[v + 1]):
            u = edge_targets[e]
            for i in range(interest_offsets[u], interest_offsets[u + 1]):
                count[interest_topics[i]] = 0
    return out
