"""The plain follow-on count against its definition, written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence.persuasion.follow_on import follow_on_counts
from influence.snapshot.arrays import DAY, NEVER, Snapshot
from influence.snapshot.build import build_snapshot

NAMES = [f"c{i}" for i in range(6)]
GOODS = ["p", "q", "r"]


@st.composite
def logs(draw: st.DrawFn) -> tuple[Snapshot, dict[str, int], int]:
    """A small log and its follow-on counts per customer by the definition; times collide on purpose."""
    when = st.integers(0, 12)
    friends = draw(
        st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), when, st.none() | when), max_size=8)
    )
    follows = draw(
        st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), when, st.none() | when), max_size=6)
    )
    bought = draw(st.dictionaries(st.tuples(st.sampled_from(NAMES), st.sampled_from(GOODS)), when, max_size=18))
    window = draw(st.integers(1, 8))
    snapshot = build_snapshot(
        {"customer_id": NAMES},
        {
            "customer_id": [f[0] for f in friends],
            "friend_id": [f[1] for f in friends],
            "since": [f[2] * DAY for f in friends],
            "until": [NEVER if f[3] is None else f[3] * DAY for f in friends],
        },
        {
            "follower_id": [f[0] for f in follows],
            "followed_id": [f[1] for f in follows],
            "since": [f[2] * DAY for f in follows],
            "until": [NEVER if f[3] is None else f[3] * DAY for f in follows],
        },
        {
            "customer_id": [k[0] for k in bought],
            "product_id": [k[1] for k in bought],
            "at": [t * DAY for t in bought.values()],
        },
        {"product_id": GOODS},
        {"product_id": ["p", "p", "q"], "topic_id": ["x", "y", "x"]},
        as_of=100 * DAY,
        data_version="test",
    )
    arcs = [(a, b, s, e) for a, b, s, e in friends] + [(b, a, s, e) for a, b, s, e in friends]
    arcs += [(leader, follower, s, e) for follower, leader, s, e in follows]
    counts = dict.fromkeys(NAMES, 0)
    same = set()
    for v in NAMES:
        for u in NAMES:
            for good in GOODS:
                if v == u or (v, good) not in bought or (u, good) not in bought:
                    continue
                t, later = bought[v, good], bought[u, good]
                if any(a == v and b == u and s <= t and (e is None or e > t) for a, b, s, e in arcs):
                    counts[v] += t < later <= t + window
                    if t == later:
                        same.add((frozenset((u, v)), good))
    return snapshot, counts, window, len(same)  # type: ignore[return-value]


@settings(max_examples=60, deadline=None)
@given(logs())
def test_counts_when_compared_with_the_definition_then_equal(case: tuple[Snapshot, dict[str, int], int, int]) -> None:
    snapshot, counts, window, same = case
    found = follow_on_counts(snapshot, window)
    assert dict(zip(snapshot.customer_ids.tolist(), found.customers.tolist(), strict=True)) == counts
    assert found.ties_dropped == same
    assert found.products.sum() == sum(counts.values())
    topic_x = found.topic_count[found.topic_topic == 0].sum()
    assert topic_x == found.products[0] + found.products[1]


@pytest.mark.parametrize("threads", [1, 3])
def test_counts_when_threads_differ_then_equal(threads: int) -> None:
    rng = np.random.default_rng(7)
    names = [f"c{i}" for i in range(50)]
    snapshot = build_snapshot(
        {"customer_id": names},
        {"customer_id": rng.choice(names, 300), "friend_id": rng.choice(names, 300)},
        None,
        {
            "customer_id": rng.choice(names, 600),
            "product_id": rng.choice([f"p{i}" for i in range(40)], 600),
            "at": rng.integers(0, 90, 600) * DAY,
        },
        {"product_id": [f"p{i}" for i in range(40)]},
        as_of=1000 * DAY,
        data_version="test",
    )
    one, other = follow_on_counts(snapshot, 28, threads=1), follow_on_counts(snapshot, 28, threads=threads)
    np.testing.assert_array_equal(one.customers, other.customers)
    assert one.customers.sum() > 0


@pytest.mark.parametrize(
    ("bought", "since", "until", "count"),
    [(4, 4, None, 1), (3, 4, None, 0), (4, None, 5, 1), (5, None, 5, 0), (5, None, None, 1)],
)
def test_counts_when_tie_begins_or_ends_then_only_while_it_exists(
    bought: int, since: int | None, until: int | None, count: int
) -> None:
    snapshot = build_snapshot(
        {"customer_id": ["u", "v"]},
        None,
        {"follower_id": ["u"], "followed_id": ["v"], "since": [since], "until": [until]},
        {"customer_id": ["u", "v"], "product_id": ["p", "p"], "at": [6, bought]},
        {"product_id": ["p"]},
        as_of=100,
        data_version="test",
    )
    assert follow_on_counts(snapshot).customers.tolist() == [0, count]
