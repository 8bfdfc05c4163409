"""A world as a dataset folder that `influence load run` takes, with its truth beside the data.

    OUT/customers.csv products.csv topics.csv product_topics.csv friendships.csv purchases.csv
    OUT/truth/persuaders.csv   who was made a persuader, how strong, in which topic
    OUT/truth/causes.csv       the cause of every purchase
    OUT/truth/parameters.json  world, seed, knobs, counts

The truth is for judging only: no loader reads it.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from influence.snapshot.arrays import NEVER, Int64
from influence.worlds.dataset import write_dataset
from influence.worlds.world import MARGIN_RATE, START, World

__all__ = ["world_tables", "write_world"]

_CURRENCY: Final = "EUR"


def write_world(world: World, out: Path) -> Path:
    """Write a world as a dataset folder with `truth/`; the folder appears whole or not at all.

    Instants are ISO 8601 UTC with microseconds, money is in integer minor units.

    Returns:
        The folder.

    Raises:
        UsageProblem: `out` exists and is not an empty folder, or it cannot be written.
    """
    return write_dataset(
        out,
        {**world_tables(world), **_truth(world)},
        {"truth/parameters": _parameters(world)},
        hint=f"name another folder, such as `--out {out.name}-{world.letter}-{world.seed}`",
    )


def world_tables(world: World) -> dict[str, pd.DataFrame]:
    """Return what a shop would know, as the tables of the input contract; nothing of the truth is in them."""
    customers, products = world.customer_ids, world.product_ids
    begin = _iso(np.full(1, START))[0]
    return {
        "customers": pd.DataFrame(
            {"customer_id": customers, "region": [f"region {r + 1}" for r in world.region], "joined_at": begin}
        ),
        "topics": pd.DataFrame(
            {"topic_id": world.topic_ids, "name": [f"Topic {i + 1}" for i in range(len(world.topic_ids))]}
        ),
        "products": pd.DataFrame(
            {
                "product_id": products,
                "name": [f"Product {i + 1}" for i in range(len(products))],
                "price": world.price,
                "currency": _CURRENCY,
                "margin_rate": MARGIN_RATE,
                "launched_at": _iso(world.launched_at),
            }
        ),
        "product_topics": pd.DataFrame(
            {"product_id": products, "topic_id": world.topic_ids[world.product_topic], "weight": 1.0}
        ),
        "friendships": pd.DataFrame(
            {"customer_id": customers[world.friend_a], "friend_id": customers[world.friend_b], "since": begin}
        ),
        "purchases": pd.DataFrame(
            {
                "line_id": _lines(world),
                "customer_id": customers[world.buyer],
                "product_id": products[world.product],
                "at": _iso(world.at),
                "quantity": 1,
                "revenue": world.revenue,
                "margin": world.margin,
                "currency": _CURRENCY,
            }
        ),
    }


def _truth(world: World) -> dict[str, pd.DataFrame]:
    """Return what only the simulation knows."""
    who = np.flatnonzero(world.planted)
    topic = world.persuasive_topic[who]
    left = np.flatnonzero(world.left_at != NEVER)
    frames = {
        "truth/persuaders": pd.DataFrame(
            {
                "customer_id": world.customer_ids[who],
                "strength": world.strength[who],
                "topic_id": np.where(topic >= 0, world.topic_ids[topic], ""),
            }
        ),
        "truth/causes": pd.DataFrame(
            {
                "line_id": _lines(world),
                "cause": np.where(world.caused, "friend", "spontaneous"),
                "persuader_id": np.where(world.caused, world.customer_ids[world.cause], ""),
                "accelerated": world.accelerated,
                # when the customer would have bought with nobody persuading; empty = not at all
                "own_at": _iso(world.own_at),
            }
        ),
    }
    if len(left):
        frames["truth/exits"] = pd.DataFrame(
            {"customer_id": world.customer_ids[left], "left_at": _iso(world.left_at[left])}
        )
    return frames


def _parameters(world: World) -> dict[str, object]:
    return {
        "world": world.letter,
        "seed": world.seed,
        "starts_at": _iso(np.full(1, START))[0],
        "ends_at": _iso(np.full(1, world.ends_at))[0],
        "rules": asdict(world.rules),
        "counts": {
            "friendships": len(world.friend_a),
            "purchases": len(world.at),
            "caused": int(world.caused.sum()),
            "accelerated": int(world.accelerated.sum()),
            "persuaders": int(world.planted.sum()),
        },
    }


def _lines(world: World) -> list[str]:
    width = len(str(len(world.at)))
    return [f"l{number:0{width}d}" for number in range(1, len(world.at) + 1)]


def _iso(instants: Int64) -> list[str]:
    """Return instants as ISO 8601 in UTC, `NEVER` as an empty cell."""
    known = instants != NEVER
    text = np.datetime_as_string(np.where(known, instants, 0).astype("datetime64[us]"), unit="us")
    return [f"{t}Z" if k else "" for t, k in zip(text.tolist(), known.tolist(), strict=True)]
