"""A tie is found by bisection, as a look through all of them would find it."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from influence.persuasion.ties import tie_holds
from influence.snapshot.arrays import ALWAYS, NEVER
from influence.snapshot.build import build_snapshot

IDS = ["a", "b", "c", "d"]
moments = st.integers(0, 12)
tie = st.tuples(st.sampled_from(IDS), st.sampled_from(IDS), st.none() | moments, st.none() | moments)


@given(st.lists(tie, max_size=30))
def test_it_is_found_among_intervals_that_begin_and_end(ties: list[tuple[str, str, int | None, int | None]]) -> None:
    held = [(v, u, ALWAYS if b is None else b, NEVER if e is None else e) for v, u, b, e in ties if v != u]
    snapshot = build_snapshot(
        customers={"customer_id": IDS},
        friendships=None,
        follows={
            "followed_id": [v for v, _, _, _ in held],
            "follower_id": [u for _, u, _, _ in held],
            "since": np.array([b for _, _, b, _ in held], np.int64),
            "until": np.array([e for _, _, _, e in held], np.int64),
        },
        purchases=None,
        products=None,
        as_of=20,
        data_version="test",
    )
    for (i, v), (j, u), t in itertools.product(enumerate(IDS), enumerate(IDS), range(-1, 15)):
        expected = any(one == v and other == u and b <= t < e for one, other, b, e in held)
        edges = (snapshot.edge_offsets, snapshot.edge_targets, snapshot.edge_since, snapshot.edge_until)
        assert tie_holds(*edges, i, j, t) == expected, (v, u, t)
