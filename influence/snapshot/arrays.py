"""The snapshot: one data version of the graph as arrays, all that a kernel ever sees.

Conventions of every array here:

* customers, products and topics are numbered 0..n-1 in the order of their sorted ids, so that the same
  graph always gives the same numbers;
* instants are int64 microseconds since 1970-01-01 UTC, compared exactly; `ALWAYS` is "since ever or
  unknown", `NEVER` is "not ended";
* money is float64 in minor units, NaN when unknown;
* CSR: row `v` of (`offsets`, `targets`) is `targets[offsets[v]:offsets[v + 1]]`, targets ascending.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["ALWAYS", "DAY", "NEVER", "Snapshot"]

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
Ids = NDArray[np.str_]

ALWAYS: Final = np.iinfo(np.int64).min
NEVER: Final = np.iinfo(np.int64).max
DAY: Final = 86_400_000_000
"""Microseconds in a day."""


@dataclass(frozen=True)
class Snapshot:
    """Customers, who can influence whom, first purchases and topics at `as_of`.

    n customers, m influence edges, p first purchases, a products, z topics, x exposures.

    Attributes:
        as_of: Instant; nothing dated after it is in the arrays.
        customer_ids: [n] ids, ascending.
        customer_from: [n] joined_at, `ALWAYS` if unknown.
        customer_to: [n] closed_at, `NEVER` if not closed.
        customer_stratum: [n] int32 code of (segment, region); unknown is a value of its own.
        customer_opted_out: [n] bool; opted-out customers stay in the data but get no score.
        edge_offsets: [n+1] CSR rows: row v lists whom v can influence (both directions for FRIEND,
            followed -> follower for FOLLOWS). One entry per (v, u) pair and per disjoint validity interval,
            within a row sorted by (target, since).
        edge_targets: [m] int32 customer u.
        edge_since: [m] instant the tie began, `ALWAYS` if unknown: such a tie counts at any time, and its
            share of the exposures is reported.
        edge_until: [m] instant the tie ended (exclusive), `NEVER` if it has not.
        edge_weight: [m] float64 tie weight, 1.0 if unknown.
        product_ids: [a] ids, ascending.
        product_from: [a] on-sale start (launched_at, else the first purchase of the product).
        product_to: [a] on-sale end, `NEVER` if open.
        product_topic: [a] int32 primary topic (largest weight, ties to the smaller id), -1 if none: the
            "category" of metrics.md section 4.
        product_topic_offsets: [a+1] CSR of all topics of a product.
        product_topics: int32 topics, and `product_topic_weights` float64 positive, summing to 1 per product.
        topic_ids: [z] ids, ascending.
        first_customer, first_product, first_time: [p] the first purchase of each (customer, product), not
            counting fully refunded lines, sorted by (customer, time, product).
        first_margin: [p] margin of that purchase in minor units, NaN if unknown.
        product_order: [p] permutation that sorts the first purchases by (product, time, customer).
        product_offsets: [a+1] rows of `product_order` per product.
        customer_offsets: [n+1] rows of the first purchases per customer.
        interest_offsets, interest_topics: declared interests, CSR over customers, int32 topics.
        exposure_customer, exposure_product, exposure_topic: [x] int32 logged campaign exposures; product or
            topic -1 = the campaign covers every product.
        exposure_from, exposure_to: [x] instants the exposure begins and ends (exclusive); sorted by
            (customer, product, topic, begin), intervals of one such triple disjoint.
        data_version: Ledger watermark this was read at.
    """

    as_of: int
    customer_ids: Ids
    customer_from: Int64
    customer_to: Int64
    customer_stratum: Int32
    customer_opted_out: NDArray[np.bool_]
    edge_offsets: Int64
    edge_targets: Int32
    edge_since: Int64
    edge_until: Int64
    edge_weight: Float64
    product_ids: Ids
    product_from: Int64
    product_to: Int64
    product_topic: Int32
    product_topic_offsets: Int64
    product_topics: Int32
    product_topic_weights: Float64
    topic_ids: Ids
    first_customer: Int32
    first_product: Int32
    first_time: Int64
    first_margin: Float64
    product_order: Int64
    product_offsets: Int64
    customer_offsets: Int64
    interest_offsets: Int64
    interest_topics: Int32
    exposure_customer: Int32
    exposure_product: Int32
    exposure_topic: Int32
    exposure_from: Int64
    exposure_to: Int64
    data_version: str

    @property
    def customers(self) -> int:
        """Number of customers."""
        return len(self.customer_ids)

    @property
    def products(self) -> int:
        """Number of products."""
        return len(self.product_ids)

    @property
    def topics(self) -> int:
        """Number of topics."""
        return len(self.topic_ids)
