"""Random shops with every trap in them: ties that end or return, one instant for many purchases, unknown dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from influence.graph import Graph
from influence.schema import apply_schema

START = datetime(2024, 1, 1, tzinfo=UTC)
TODAY = START + timedelta(days=300)
SHOP = (Path(__file__).parent / "random-shop.cypher").read_text(encoding="utf-8")


def random_shop(seed: int, *, n: int, friends: int, follows: int, bought: int) -> dict[str, list[Any]]:
    """Rows of a shop; days are coarse, so that many events share an instant."""
    rng = np.random.default_rng(seed)

    def day(low: int, high: int, unknown: float) -> datetime | None:
        return None if rng.random() < unknown else START + timedelta(days=int(rng.integers(low, high)))

    def ties(number: int, *, both_orders: bool) -> list[dict[str, Any]]:
        rows = []
        for _ in range(number):
            a, b = (int(x) for x in rng.choice(n, 2, replace=False))
            a, b = (a, b) if both_orders else (min(a, b), max(a, b))
            since = day(-100, 320, 0.4)
            until = day(0, 400, 0.7)
            if since is None or until is None or since < until:
                weight = None if rng.random() < 0.5 else float(rng.integers(1, 5))
                rows.append({"a": f"c{a:04}", "b": f"c{b:04}", "since": since, "until": until, "weight": weight})
        return rows

    pairs = sorted(
        {(int(c), int(p)) for c, p in zip(rng.integers(0, n, bought), rng.integers(0, 9, bought), strict=True)}
    )
    liked = sorted({(int(c), int(z)) for c, z in rng.integers(0, (n, 4), (n // 3, 2))})
    return {
        "customers": [
            {
                "id": f"c{v:04}",
                "joined_at": day(-200, 330, 0.8),
                "closed_at": day(0, 400, 0.9),
                "opted_out": True if v % 17 == 3 else None,
            }
            for v in range(n)
        ],
        "topics": ["t0", "t1", "t2", "t3"],
        "products": [{"id": f"p{p}"} for p in range(9)],
        "about": [{"product": f"p{p}", "topic": f"t{p % 3}", "weight": 2.0} for p in range(9)]
        + [{"product": f"p{p}", "topic": f"t{(p + 1) % 3}", "weight": None} for p in range(0, 9, 2)],
        "friends": ties(friends, both_orders=False),
        "follows": ties(follows, both_orders=True),
        "bought": [
            {
                "customer": f"c{c:04}",
                "product": f"p{p}",
                "line": f"{c}-{p}",
                "at": START + timedelta(days=int(rng.integers(0, 310)), microseconds=int(rng.integers(0, 2))),
            }
            for c, p in pairs
        ],
        "interests": [{"customer": f"c{c:04}", "topic": f"t{z}", "at": day(0, 330, 0.5)} for c, z in liked],
        "profiles": [
            {
                "id": f"f{i}",
                "customer": f"c{int(rng.integers(0, n)):04}",
                "network": ["mastodon", "Mastodon", "weibo"][i % 3],
                "followers": None if i % 5 == 0 else int(rng.integers(0, 1000)),
            }
            for i in range(n // 2)
        ],
    }


def fill(graph: Graph, rows: dict[str, list[Any]]) -> None:
    """Write a shop; an empty list stands for none of it."""
    graph.execute(SHOP, rows, name="random-shop")


def emptied(project: Any) -> Graph:
    """Return the connection on an empty database with the schema."""
    graph: Graph = project.graph()
    with graph.driver.session(database=graph.database) as session:
        session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()
    apply_schema(graph)
    return graph
