"""Small purchase logs for the persuasion tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from influence.snapshot.arrays import DAY, Snapshot
from influence.snapshot.build import build_snapshot


def snapshot_of(
    customers: Mapping[str, Any],
    friends: list[tuple[str, str]],
    bought: list[tuple[str, str, float]],
    topics: Mapping[str, str],
    *,
    as_of: float = 365,
    shift: int = 0,
) -> Snapshot:
    """A snapshot of (customer, product, day) purchases and undated friendships."""
    goods = sorted({product for _, product, _ in bought} | set(topics))
    return build_snapshot(
        customers,
        {"customer_id": [a for a, _ in friends], "friend_id": [b for _, b in friends]},
        None,
        {
            "customer_id": [c for c, _, _ in bought],
            "product_id": [p for _, p, _ in bought],
            "at": [round(t * DAY) + shift for _, _, t in bought],
            "margin": [100.0 + i % 7 for i in range(len(bought))],
        },
        {"product_id": goods},
        {"product_id": [g for g in goods if g in topics], "topic_id": [topics[g] for g in goods if g in topics]},
        as_of=round(as_of * DAY) + shift,
        data_version="test",
    )


def random_log(
    seed: int, customers: int = 60, products: int = 25, purchases: int = 900, friends: int = 240
) -> tuple[dict[str, Any], list[tuple[str, str]], list[tuple[str, str, float]], dict[str, str]]:
    """Customers with regions, friendships, purchases over 300 days and topics of products."""
    rng = np.random.default_rng(seed)
    names, goods = [f"c{i:03d}" for i in range(customers)], [f"p{i:02d}" for i in range(products)]
    table = {"customer_id": names, "region": rng.choice(["n", "s"], customers).tolist()}
    ties = list(zip(rng.choice(names, friends).tolist(), rng.choice(names, friends).tolist(), strict=True))
    bought = list(
        zip(
            rng.choice(names, purchases).tolist(),
            rng.choice(goods, purchases).tolist(),
            rng.integers(0, 300 * 24, purchases) / 24,
            strict=True,
        )
    )
    topics = dict(zip(goods, rng.choice(["x", "y", "z"], products).tolist(), strict=True))
    return table, ties, [(c, g, float(t)) for c, g, t in bought], topics
