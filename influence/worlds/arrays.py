"""A world as the arrays that kernels see, without a detour through files and the database."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from influence.snapshot.arrays import NEVER, Int32, Int64, Snapshot
from influence.worlds.world import START, World

__all__ = ["world_snapshot"]


def world_snapshot(world: World) -> Snapshot:
    """Return what the graph of a world would give as a snapshot at the end of its log.

    Nothing of the truth is in it: neither traits nor exits nor causes.
    """
    n, products = len(world.customer_ids), len(world.product_ids)
    source = np.concatenate([world.friend_a, world.friend_b])
    target = np.concatenate([world.friend_b, world.friend_a])
    edges = np.lexsort((target, source))
    bought = np.lexsort((world.product, world.at, world.buyer))
    customer, product, at = world.buyer[bought], world.product[bought], world.at[bought]
    nothing = np.empty(0, dtype=np.int32)
    return Snapshot(
        as_of=world.ends_at,
        customer_ids=world.customer_ids,
        customer_from=np.full(n, START),
        customer_to=np.full(n, NEVER),
        customer_stratum=world.region,
        customer_opted_out=np.zeros(n, dtype=np.bool_),
        edge_offsets=_offsets(source, n),
        edge_targets=target[edges],
        edge_since=np.full(len(edges), START),
        edge_until=np.full(len(edges), NEVER),
        edge_weight=np.ones(len(edges)),
        product_ids=world.product_ids,
        product_from=world.launched_at,
        product_to=np.full(products, NEVER),
        product_topic=world.product_topic,
        product_topic_offsets=np.arange(products + 1, dtype=np.int64),
        product_topics=world.product_topic,
        product_topic_weights=np.ones(products),
        topic_ids=world.topic_ids,
        first_customer=customer,
        first_product=product,
        first_time=at,
        first_margin=world.margin[bought].astype(np.float64),
        product_order=np.lexsort((customer, at, product)),
        product_offsets=_offsets(product, products),
        customer_offsets=_offsets(customer, n),
        interest_offsets=np.zeros(n + 1, dtype=np.int64),
        interest_topics=nothing,
        exposure_customer=nothing,
        exposure_product=nothing,
        exposure_topic=nothing,
        exposure_from=np.empty(0, dtype=np.int64),
        exposure_to=np.empty(0, dtype=np.int64),
        data_version=f"world {world.letter}, seed {world.seed}",
    )


def _offsets(rows: Int32 | NDArray[np.int64], count: int) -> Int64:
    """Return CSR offsets of sorted row numbers."""
    return np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=count))]).astype(np.int64)
