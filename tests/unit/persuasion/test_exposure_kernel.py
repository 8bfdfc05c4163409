"""The compiled counts against the definitions, on small logs with every awkward feature (I9)."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence.persuasion.exposure import count_exposures
from influence.persuasion.layout import prepare
from influence.persuasion.parameters import PersuasionParameters
from influence.persuasion.reference import Reference
from influence.persuasion.visits import SEEN_SHIFT
from influence.snapshot.arrays import DAY, NEVER, Snapshot
from influence.snapshot.build import build_snapshot

NAMES = [f"c{i}" for i in range(8)]
GOODS = [f"p{i}" for i in range(7)]
END = 60
SMALL = PersuasionParameters(window_days=4, activity_days=9, strata_weight=3.0)


def instant(limit: int = END) -> st.SearchStrategy[int]:
    return st.integers(0, limit)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """A log of few customers and coarse times, so that instants, bins and windows collide."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    n = draw(st.integers(2, len(NAMES)))
    names = NAMES[:n]
    goods = GOODS[: draw(st.integers(1, len(GOODS)))]
    ties, follows = draw(st.integers(0, 14)), draw(st.integers(0, 6))
    lines = draw(st.integers(0, 60))
    grain = draw(st.sampled_from([1, 4]))
    dated, living, campaigns = draw(st.booleans()), draw(st.booleans()), draw(st.sampled_from([0, 0, 4, 12]))

    def times(size: int) -> np.ndarray:
        return rng.integers(0, END // grain, size) * grain * DAY

    def ends(begins: np.ndarray) -> np.ndarray:
        return np.where(rng.random(len(begins)) < 0.5, NEVER, begins + rng.integers(1, 30, len(begins)) * DAY)

    since, followed_since = times(ties), times(follows)
    joined, launched = times(n), times(len(goods))
    begins = times(campaigns)
    return build_snapshot(
        {
            "customer_id": names,
            "segment": rng.choice(["s", "t"], n),
            "joined_at": np.where(rng.random(n) < 0.3, joined, -(2**40)) if living else np.full(n, -(2**40)),
            "closed_at": ends(joined) if living else np.full(n, NEVER),
        },
        {
            "customer_id": rng.choice(names, ties),
            "friend_id": rng.choice(names, ties),
            "since": [None if not dated or rng.random() < 0.2 else int(t) for t in since],
            "until": ends(since) if dated else np.full(ties, NEVER),
        },
        {
            "follower_id": rng.choice(names, follows),
            "followed_id": rng.choice(names, follows),
            "since": followed_since,
            "until": ends(followed_since),
        },
        {
            "customer_id": rng.choice(names, lines),
            "product_id": rng.choice(goods, lines),
            "at": times(lines),
        },
        {
            "product_id": goods,
            "launched_at": [int(t) if rng.random() < 0.3 else None for t in launched],
            "withdrawn_at": ends(launched + 20 * DAY),
        },
        {
            "product_id": [g for g in goods if g != "p6"],
            "topic_id": rng.choice(["x", "y"], len([g for g in goods if g != "p6"])),
        },
        None,
        None,
        {
            "customer_id": rng.choice(names, campaigns),
            "product_id": [str(g) if rng.random() < 0.5 else None for g in rng.choice(goods, campaigns)],
            "topic_id": [str(g) if rng.random() < 0.5 else None for g in rng.choice(["x", "y", "z"], campaigns)],
            "from": begins,
            "until": ends(begins),
        },
        as_of=END * DAY,
        data_version="test",
    )


def compare(snapshot: Snapshot, parameters: PersuasionParameters) -> None:
    found = count_exposures(snapshot, parameters)
    listed = count_exposures(snapshot, dataclasses.replace(parameters, table_cells=0))
    for field in dataclasses.fields(found):
        np.testing.assert_array_equal(getattr(found, field.name), getattr(listed, field.name), err_msg=field.name)
    reference = Reference(snapshot, parameters)
    undated = 0
    same: set[tuple[int, int, int]] = set()
    for row in range(len(snapshot.first_time)):
        v, a = int(snapshot.first_customer[row]), int(snapshot.first_product[row])
        event = reference.event(v, a)
        undated += event.undated
        same |= event.same
        seen = {
            "near": found.near[row],
            "far": found.far[row],
            "before": found.before[row],
            "far_before": found.far_before[row],
            "half": found.half[row],
            "double": found.double[row],
        }
        assert seen == {name: event.observed[name] for name in seen}, (row, v, a)
        expected = {
            "near": found.near_expected[row],
            "far": found.far_expected[row],
            "before": found.before_expected[row],
            "far_before": found.far_before_expected[row],
            "half": found.half_expected[row],
            "double": found.double_expected[row],
        }
        for name, value in expected.items():
            assert value == pytest.approx(event.expected[name], abs=1e-9), (name, row, v, a)
        assert found.near_variance[row] == pytest.approx(event.variance, abs=1e-9)
        assert found.at_risk[row] == event.at_risk
        assert found.friends_adopted[row] == event.friends_adopted
        assert found.window_adopters[row] == event.adopters_in_window
        assert found.followed[row] == event.followed
    assert (found.ties_dropped, found.undated) == (len(same), undated)


@settings(max_examples=120, deadline=None)
@given(snapshots())
def test_counts_when_compared_with_the_definitions_then_equal(snapshot: Snapshot) -> None:
    compare(snapshot, SMALL)


def test_counts_when_cut_into_many_groups_and_threads_then_equal() -> None:
    rng = np.random.default_rng(5)
    names, goods = [f"c{i:02d}" for i in range(40)], [f"p{i:02d}" for i in range(30)]
    snapshot = build_snapshot(
        {"customer_id": names, "region": rng.choice(["n", "s"], 40)},
        {"customer_id": rng.choice(names, 200), "friend_id": rng.choice(names, 200)},
        None,
        {
            "customer_id": rng.choice(names, 900),
            "product_id": rng.choice(goods, 900),
            "at": rng.integers(0, 60, 900) * DAY,
        },
        {"product_id": goods},
        {"product_id": goods, "topic_id": rng.choice(["x", "y", "z"], 30)},
        as_of=70 * DAY,
        data_version="test",
    )
    whole = count_exposures(snapshot, dataclasses.replace(SMALL, threads=1))
    pieces = count_exposures(snapshot, dataclasses.replace(SMALL, threads=3, group_visits=500))
    for field in dataclasses.fields(whole):
        np.testing.assert_array_equal(getattr(whole, field.name), getattr(pieces, field.name), err_msg=field.name)
    assert whole.near.sum() > 20 and whole.far_before.sum() > 20
    rounds = count_exposures(snapshot, dataclasses.replace(SMALL, store_visits=5_000))
    for field in dataclasses.fields(whole):
        np.testing.assert_array_equal(getattr(whole, field.name), getattr(rounds, field.name), err_msg=field.name)
    mask = rng.random(len(snapshot.first_time)) < 0.5
    part = count_exposures(snapshot, SMALL, events=mask)
    np.testing.assert_array_equal(part.near_expected, np.where(mask, whole.near_expected, 0))
    np.testing.assert_array_equal(part.far_before, np.where(mask, whole.far_before, 0))


def test_counts_when_there_are_more_strata_than_short_entries_hold_then_equal_the_definitions() -> None:
    rng = np.random.default_rng(11)
    names, goods = [f"c{i:03d}" for i in range(150)], [f"p{i}" for i in range(6)]
    snapshot = build_snapshot(
        {"customer_id": names, "region": [f"r{i:03d}" for i in range(150)]},
        {"customer_id": rng.choice(names, 300), "friend_id": rng.choice(names, 300)},
        None,
        {
            "customer_id": rng.choice(names, 500),
            "product_id": rng.choice(goods, 500),
            "at": rng.integers(0, 60, 500) * DAY,
        },
        {"product_id": goods},
        {"product_id": goods, "topic_id": ["x", "y"] * 3},
        as_of=70 * DAY,
        data_version="test",
    )
    assert prepare(snapshot, SMALL).scale.cells << SEEN_SHIFT > 1 << 16
    compare(snapshot, SMALL)
