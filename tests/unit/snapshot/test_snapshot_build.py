"""Tables to arrays: numbering, as-of, ties and first purchases."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from influence.errors import DataRejected
from influence.snapshot.arrays import ALWAYS, NEVER, Snapshot
from influence.snapshot.build import build_snapshot, instants

CUSTOMERS = {"customer_id": ["c", "a", "b"], "segment": ["x", None, "x"], "region": ["n", "n", "s"]}
PRODUCTS = {"product_id": ["q", "p"]}


def build(**tables: object) -> Snapshot:
    given: dict[str, object] = {
        "customers": CUSTOMERS,
        "friendships": None,
        "follows": None,
        "purchases": None,
        "products": PRODUCTS,
        "as_of": 1_000,
        "data_version": "test",
    }
    return build_snapshot(**{**given, **tables})  # type: ignore[arg-type]


def row(snapshot: Snapshot, customer: str) -> list[tuple[str, int, int, float]]:
    v = list(snapshot.customer_ids).index(customer)
    part = slice(snapshot.edge_offsets[v], snapshot.edge_offsets[v + 1])
    return [
        (str(snapshot.customer_ids[u]), int(a), int(b), float(w))
        for u, a, b, w in zip(
            snapshot.edge_targets[part],
            snapshot.edge_since[part],
            snapshot.edge_until[part],
            snapshot.edge_weight[part],
            strict=True,
        )
    ]


def test_ids_when_unsorted_then_numbered_in_sorted_order() -> None:
    snapshot = build()
    assert list(snapshot.customer_ids) == ["a", "b", "c"]
    assert list(snapshot.product_ids) == ["p", "q"]
    # a has no segment: its own stratum, not that of b or c
    assert len(set(snapshot.customer_stratum.tolist())) == 3


def test_instants_when_given_in_any_form_then_the_same_microseconds() -> None:
    stamp = pd.Timestamp("2024-05-01T12:00:00.000001")
    micros = stamp.value // 1000
    zone = pd.Series([stamp.tz_localize("UTC").tz_convert("America/Lima"), pd.NaT])
    for values in (zone, pd.Series([stamp, pd.NaT]), ["2024-05-01T12:00:00.000001", None], [float(micros), np.nan]):
        assert instants(values, NEVER).tolist() == [micros, NEVER]
    assert instants(np.array([5], "datetime64[s]"), 0).tolist() == [5_000_000]
    assert instants(pd.array([7, None], dtype="Int64"), ALWAYS).tolist() == [7, ALWAYS]
    with pytest.raises(DataRejected, match="not an instant"):
        instants(["soon"], 0)


def test_friendship_when_given_once_then_goes_both_ways_and_follow_one_way() -> None:
    snapshot = build(
        friendships={"customer_id": ["a"], "friend_id": ["b"], "since": [10]},
        follows={"follower_id": ["c"], "followed_id": ["a"], "weight": [0.5]},
    )
    assert row(snapshot, "a") == [("b", 10, NEVER, 1.0), ("c", ALWAYS, NEVER, 0.5)]
    assert row(snapshot, "b") == [("a", 10, NEVER, 1.0)]
    assert row(snapshot, "c") == []


def test_ties_when_intervals_overlap_or_touch_then_joined_and_else_kept_apart() -> None:
    snapshot = build(
        friendships={
            "customer_id": ["a", "b", "a", "a", "a"],
            "friend_id": ["b", "a", "b", "b", "a"],
            "since": [10, 15, 30, 40, 1],
            "until": [20, 25, 40, 50, 9],
            "weight": [2.0, 3.0, None, 1.0, 1.0],
        },
    )
    assert row(snapshot, "a") == [("b", 10, 25, 3.0), ("b", 30, 50, 1.0)]
    assert row(snapshot, "b") == [("a", 10, 25, 3.0), ("a", 30, 50, 1.0)]


def test_ties_when_one_interval_lies_inside_another_then_the_longer_end_stays() -> None:
    snapshot = build(
        follows={
            "follower_id": ["b"] * 3 + ["c"] * 2,
            "followed_id": ["a"] * 5,
            "since": [0, 5, 60, 3, 90],
            "until": [100, 10, 110, 8, 95],
        }
    )
    assert [entry[:3] for entry in row(snapshot, "a")] == [("b", 0, 110), ("c", 3, 8), ("c", 90, 95)]


def test_future_when_after_as_of_then_absent() -> None:
    snapshot = build(
        customers={**CUSTOMERS, "joined_at": [None, None, 1_001], "closed_at": [2_000, 900, None]},
        friendships={
            "customer_id": ["a", "a", "c"],
            "friend_id": ["c", "b", "a"],
            "since": [1_001, 1, 5],
            "until": [None, None, 1_500],
        },
        purchases={"customer_id": ["a", "a", "b"], "product_id": ["p", "q", "p"], "at": [1_000, 1_001, 3]},
    )
    assert list(snapshot.customer_ids) == ["a", "c"]
    assert snapshot.customer_to.tolist() == [900, NEVER]
    assert row(snapshot, "a") == [("c", 5, NEVER, 1.0)]
    assert snapshot.first_time.tolist() == [1_000]


def test_first_purchases_when_refunded_or_returned_then_the_next_line_is_first() -> None:
    snapshot = build(
        purchases={
            "customer_id": ["a", "a", "a", "b", "b"],
            "product_id": ["p", "p", "p", "q", "p"],
            "at": [1, 2, 3, 9, 9],
            "margin": [10.0, 20.0, 30.0, None, 5.0],
            "quantity": [1, 0, 2, 1, 1],
            "refunded": [True, False, None, False, False],
        }
    )
    found = list(zip(snapshot.first_customer, snapshot.first_product, snapshot.first_time, strict=True))
    assert found == [(0, 0, 3), (1, 0, 9), (1, 1, 9)]
    assert snapshot.first_margin[:2].tolist() == [30.0, 5.0] and np.isnan(snapshot.first_margin[2])
    assert snapshot.product_order.tolist() == [0, 1, 2]
    assert snapshot.product_offsets.tolist() == [0, 2, 3]
    assert snapshot.customer_offsets.tolist() == [0, 1, 3, 3]
    assert snapshot.product_from.tolist() == [3, 9]


def test_first_purchase_when_lines_share_the_instant_then_smallest_line_id() -> None:
    lines = {
        "customer_id": ["a"] * 4,
        "product_id": ["p"] * 4,
        "at": [5, 5, 5, 6],
        "margin": [1.0, 2.0, 3.0, 4.0],
        "line_id": ["l3", "l1", "l2", "l0"],
    }
    assert build(purchases=lines).first_margin.tolist() == [2.0]


def test_topics_when_several_then_weights_sum_to_one_and_the_heaviest_is_primary() -> None:
    snapshot = build(
        products={"product_id": ["p", "q", "r"], "launched_at": [4, None, None]},
        product_topics={
            "product_id": ["p", "p", "q", "q", "q"],
            "topic_id": ["y", "x", "y", "x", "z"],
            "weight": [1, 1, 1, 3, 0],
        },
        interests={"customer_id": ["b", "b", "a"], "topic_id": ["y", "y", "w"]},
    )
    assert list(snapshot.topic_ids) == ["w", "x", "y", "z"]
    assert snapshot.product_topic.tolist() == [1, 1, -1]
    assert snapshot.product_topic_offsets.tolist() == [0, 2, 4, 4]
    assert snapshot.product_topic_weights.tolist() == [0.5, 0.5, 0.75, 0.25]
    assert snapshot.product_from.tolist() == [4, ALWAYS, ALWAYS]
    assert snapshot.interest_offsets.tolist() == [0, 1, 2, 2]
    assert snapshot.interest_topics.tolist() == [0, 2]


def test_exposures_when_product_or_topic_missing_then_minus_one() -> None:
    snapshot = build(
        topics={"topic_id": ["x"]},
        exposures={
            "customer_id": ["b", "a", "a"],
            "product_id": ["p", None, None],
            "topic_id": [None, "x", None],
            "from": [1, 2, 2_000],
            "until": [5, None, None],
        },
    )
    assert snapshot.exposure_customer.tolist() == [0, 1]
    assert snapshot.exposure_product.tolist() == [-1, 0]
    assert snapshot.exposure_topic.tolist() == [0, -1]
    assert snapshot.exposure_to.tolist() == [NEVER, 5]


def test_bad_tables_when_given_then_refused_with_counts() -> None:
    with pytest.raises(DataRejected, match="2 ids in `customer_id` that no customer has"):
        build(purchases={"customer_id": ["zz", "yy"], "product_id": ["p", "p"], "at": [1, 1]})
    with pytest.raises(DataRejected, match="has no column `friend_id`"):
        build(friendships={"customer_id": ["a"]})
    with pytest.raises(DataRejected, match="more than once"):
        build(customers={"customer_id": ["a", "a"]})


def test_rows_when_shuffled_then_the_same_snapshot() -> None:
    rng = np.random.default_rng(4)
    ids = np.array([f"c{i}" for i in range(20)])
    purchases = pd.DataFrame(
        {
            "customer_id": rng.choice(ids, 300),
            "product_id": rng.choice(["p", "q", "r"], 300),
            "at": rng.integers(0, 40, 300),
        }
    )
    purchases["line_id"] = [f"l{i:03d}" for i in range(300)]
    purchases["margin"] = np.arange(300.0)
    ties = pd.DataFrame(
        {"customer_id": rng.choice(ids, 80), "friend_id": rng.choice(ids, 80), "since": rng.integers(0, 50, 80)}
    )
    ties["until"] = ties["since"] + rng.integers(-3, 20, 80)
    tables = {
        "customers": {"customer_id": ids},
        "products": {"product_id": ["r", "p", "q"]},
        "purchases": purchases,
        "friendships": ties,
    }
    shuffled = {
        **tables,
        "purchases": purchases.sample(frac=1, random_state=1),
        "friendships": ties.sample(frac=1, random_state=2),
    }
    one, two = build(**tables), build(**shuffled)
    for field in dataclasses.fields(Snapshot):
        np.testing.assert_array_equal(getattr(one, field.name), getattr(two, field.name), err_msg=field.name)
