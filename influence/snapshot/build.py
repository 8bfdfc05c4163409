"""Tables to a snapshot: numbering, first purchases, ties in the direction of influence, everything sorted.

`build_snapshot` takes tables with string ids; `assemble_snapshot` takes the same facts with row numbers
instead of ids, for callers that already count customers, products and topics 0..n-1. Neither knows where
the tables come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from influence.errors import DataRejected
from influence.snapshot.arrays import ALWAYS, NEVER, Snapshot

__all__ = ["ExposureRows", "PurchaseRows", "TieRows", "assemble_snapshot", "build_snapshot", "instants"]

Table = pd.DataFrame | Mapping[str, Any] | None
Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

UNSET: Final = -1


@dataclass(frozen=True)
class TieRows:
    """Directed ties: `source` can influence `target` from `since` until just before `until`.

    Attributes:
        source, target: [r] customer numbers.
        since, until: [r] int64 microseconds, `ALWAYS` and `NEVER` when unknown.
        weight: [r] float64, NaN when unknown.
    """

    source: Int64
    target: Int64
    since: Int64
    until: Int64
    weight: Float64


@dataclass(frozen=True)
class PurchaseRows:
    """Purchase lines that count (not refunded, quantity above 0).

    Attributes:
        customer, product: [r] numbers.
        at: [r] int64 microseconds.
        margin: [r] float64 minor units, NaN when unknown.
        line: [r] anything sortable that decides between lines of the same instant (smallest wins), or
            `None` for the order given.
    """

    customer: Int64
    product: Int64
    at: Int64
    margin: Float64
    line: NDArray[Any] | None = None


@dataclass(frozen=True)
class ExposureRows:
    """Logged campaign exposures; product and topic -1 = the campaign covers every product."""

    customer: Int64
    product: Int64
    topic: Int64
    begins: Int64
    ends: Int64


def _no_pairs() -> tuple[Int64, Int64]:
    return np.empty(0, np.int64), np.empty(0, np.int64)


@dataclass(frozen=True)
class CustomerRows:
    """One row per customer, in the order of their sorted ids: see `Snapshot` for the meaning."""

    ids: NDArray[np.str_]
    joined: Int64
    closed: Int64
    stratum: NDArray[np.int32]
    opted_out: NDArray[np.bool_]


@dataclass(frozen=True)
class ProductRows:
    """One row per product in the order of their sorted ids, and (product, topic, weight) triples."""

    ids: NDArray[np.str_]
    launched: Int64
    withdrawn: Int64
    topic_ids: NDArray[np.str_]
    topic_pairs: tuple[Int64, Int64] = field(default_factory=_no_pairs)
    topic_weights: Float64 = field(default_factory=lambda: np.empty(0))


def instants(values: ArrayLike | pd.Series[Any] | pd.Timestamp, missing: int) -> Int64:
    """Return instants as int64 microseconds since 1970-01-01 UTC.

    Args:
        values: Integers (already microseconds), datetimes with or without a zone (without = UTC), ISO
            strings, or anything of these with missing entries.
        missing: What a missing entry becomes.

    Raises:
        DataRejected: A value is not an instant.
    """
    column = pd.Series(values)
    if column.dtype == np.int64:
        return np.array(column.to_numpy(), np.int64)
    if pd.api.types.is_integer_dtype(column.dtype):
        return np.asarray(column.fillna(missing).to_numpy(np.int64), np.int64)
    if pd.api.types.is_float_dtype(column.dtype):  # microseconds of this millennium are exact in a float64
        known = column.notna().to_numpy()
        out = np.full(len(column), missing, np.int64)
        out[known] = column.to_numpy(np.float64)[known].astype(np.int64)
        return out
    try:
        moments = pd.DatetimeIndex(pd.to_datetime(column, utc=True)).as_unit("us")
    except (ValueError, TypeError) as error:
        raise DataRejected(
            "a time column holds something that is not an instant",
            code="instant-invalid",
            hint="give UTC datetimes or integer microseconds since 1970-01-01",
        ) from error
    return np.where(moments.isna(), missing, moments.asi8.astype(np.int64))


def build_snapshot(
    customers: Table,
    friendships: Table,
    follows: Table,
    purchases: Table,
    products: Table,
    product_topics: Table = None,
    topics: Table = None,
    interests: Table = None,
    exposures: Table = None,
    *,
    as_of: int | pd.Timestamp,
    data_version: str,
) -> Snapshot:
    """Return the snapshot of the given tables at `as_of`.

    Every table is a DataFrame or a mapping of columns; `None` is an empty table. Ids are strings, instants
    as `instants` takes them; optional columns are marked with ?. Columns that are not named are ignored.

    Args:
        customers: `customer_id`, `segment`?, `region`?, `joined_at`?, `closed_at`?, `opted_out`?.
        friendships: `customer_id`, `friend_id`, `since`?, `until`?, `weight`?.
        follows: `follower_id`, `followed_id`, `since`?, `until`?, `weight`?; influence runs from followed
            to follower.
        purchases: `customer_id`, `product_id`, `at`, `margin`?, `quantity`?, `refunded`?, `line_id`?. A line
            that is refunded or has a quantity of 0 or less is no first purchase.
        products: `product_id`, `launched_at`?, `withdrawn_at`?.
        product_topics: `product_id`, `topic_id`, `weight`?.
        topics: `topic_id`; topics named only in other tables are added.
        interests: `customer_id`, `topic_id`.
        exposures: `customer_id`, `product_id`?, `topic_id`?, `from`?, `until`?; neither product nor topic =
            every product.
        as_of: Instant; rows dated after it are left out, ends after it count as not ended. A customer who
            joined after it is left out with all rows that name him.
        data_version: Kept in the snapshot.

    Raises:
        DataRejected: A column is missing, an id is not in its own table, or an id occurs twice in it.
    """
    moment = as_of if isinstance(as_of, int) else int(instants(as_of, 0)[0])
    customer_table, product_table = _Columns("customers", customers), _Columns("products", products)
    joined = customer_table.instants("joined_at", ALWAYS)
    every_customer = customer_table.ids("customer_id")
    _refuse_twins("customers", every_customer)
    here = joined <= moment
    order = np.argsort(every_customer[here], kind="stable")
    customer_ids = every_customer[here][order]
    numbers = _Numbers("customer", customer_ids, future=every_customer[~here])

    def of_customer(column: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(column[here][order])

    customer_rows = CustomerRows(
        ids=customer_ids,
        joined=of_customer(joined),
        closed=of_customer(customer_table.instants("closed_at", NEVER)),
        stratum=_stratum_codes(of_customer(customer_table.text("segment")), of_customer(customer_table.text("region"))),
        opted_out=of_customer(customer_table.flags("opted_out")),
    )

    every_product = product_table.ids("product_id")
    _refuse_twins("products", every_product)
    order_p = np.argsort(every_product, kind="stable")
    product_numbers = _Numbers("product", every_product[order_p])

    about, liked, shown = (
        _Columns("product_topics", product_topics),
        _Columns("interests", interests),
        _Columns("exposures", exposures),
    )
    topic_table = _Columns("topics", topics)
    named = [topic_table.ids("topic_id"), about.ids("topic_id"), liked.ids("topic_id"), shown.text("topic_id")]
    topic_ids = np.unique(np.concatenate(named))
    topic_ids = topic_ids[topic_ids != ""]
    topic_numbers = _Numbers("topic", topic_ids)

    product_rows = ProductRows(
        ids=every_product[order_p],
        launched=product_table.instants("launched_at", ALWAYS)[order_p],
        withdrawn=product_table.instants("withdrawn_at", NEVER)[order_p],
        topic_ids=topic_ids,
        topic_pairs=(product_numbers.of(about, "product_id"), topic_numbers.of(about, "topic_id")),
        topic_weights=about.numbers("weight", 1.0),
    )

    friends, followed = _Columns("friendships", friendships), _Columns("follows", follows)
    a, b = numbers.of(friends, "customer_id"), numbers.of(friends, "friend_id")
    leader, follower = numbers.of(followed, "followed_id"), numbers.of(followed, "follower_id")
    since, until, weight = (
        [friends.instants("since", ALWAYS), followed.instants("since", ALWAYS)],
        [friends.instants("until", NEVER), followed.instants("until", NEVER)],
        [friends.numbers("weight", np.nan), followed.numbers("weight", np.nan)],
    )
    ties = TieRows(
        source=np.concatenate([a, b, leader]),
        target=np.concatenate([b, a, follower]),
        since=np.concatenate([since[0], since[0], since[1]]),
        until=np.concatenate([until[0], until[0], until[1]]),
        weight=np.concatenate([weight[0], weight[0], weight[1]]),
    )

    bought = _Columns("purchases", purchases)
    counts = ~bought.flags("refunded") & ~(bought.numbers("quantity", 1.0) <= 0)
    purchase_rows = PurchaseRows(
        customer=numbers.of(bought, "customer_id")[counts],
        product=product_numbers.of(bought, "product_id")[counts],
        at=bought.instants("at", NEVER)[counts],
        margin=bought.numbers("margin", np.nan)[counts],
        line=bought.ids("line_id")[counts] if bought.has("line_id") else None,
    )

    return assemble_snapshot(
        customer_rows,
        product_rows,
        ties,
        purchase_rows,
        interests=(numbers.of(liked, "customer_id"), topic_numbers.of(liked, "topic_id")),
        exposures=ExposureRows(
            customer=numbers.of(shown, "customer_id"),
            product=product_numbers.of(shown, "product_id", optional=True),
            topic=topic_numbers.of(shown, "topic_id", optional=True),
            begins=shown.instants("from", ALWAYS),
            ends=shown.instants("until", NEVER),
        ),
        as_of=moment,
        data_version=data_version,
    )


def assemble_snapshot(
    customers: CustomerRows,
    products: ProductRows,
    ties: TieRows,
    purchases: PurchaseRows,
    *,
    interests: tuple[Int64, Int64] | None = None,
    exposures: ExposureRows | None = None,
    as_of: int,
    data_version: str,
) -> Snapshot:
    """Return the snapshot of facts that name customers, products and topics by row number.

    Rows whose customer is -1 (left out) are dropped. Sorting is by integer keys: about ten seconds for
    ten million purchases and twenty million directed ties.
    """
    n, a = len(customers.ids), len(products.ids)
    edges = _edges(ties, n, as_of)
    first = _first_purchases(purchases, a, as_of)
    customer, product, at = first["customer"], first["product"], first["at"]
    by_product = np.lexsort((customer, at, product)) if len(at) else np.empty(0, np.int64)
    launched = products.launched.copy()
    earliest = np.full(a, NEVER, np.int64)
    np.minimum.at(earliest, product, at)
    launched = np.where(launched == ALWAYS, np.where(earliest == NEVER, ALWAYS, earliest), launched)
    topic_offsets, topic_of, topic_weight, primary = _topics_of_products(products, a)

    liked_by, liked = interests if interests is not None else _no_pairs()
    known = liked_by >= 0
    pairs = np.unique(np.stack([liked_by[known], liked[known]], axis=1), axis=0)

    shown = exposures or ExposureRows(*_no_pairs(), *_no_pairs(), _no_pairs()[0])
    ends = _not_yet(shown.ends, as_of)
    kept = np.flatnonzero((shown.customer >= 0) & (shown.begins <= as_of) & (shown.begins < ends))
    wide = len(products.topic_ids) + 1
    key = (shown.customer[kept] * (a + 1) + shown.product[kept] + 1) * wide + shown.topic[kept] + 1
    key, begins, ends, _ = _joined(key, shown.begins[kept], ends[kept], np.zeros(len(kept)))

    return Snapshot(
        as_of=as_of,
        customer_ids=customers.ids,
        customer_from=customers.joined.astype(np.int64),
        customer_to=_not_yet(customers.closed, as_of),
        customer_stratum=customers.stratum.astype(np.int32),
        customer_opted_out=customers.opted_out.astype(np.bool_),
        edge_offsets=edges["offsets"],
        edge_targets=edges["target"].astype(np.int32),
        edge_since=edges["since"],
        edge_until=edges["until"],
        edge_weight=edges["weight"],
        product_ids=products.ids,
        product_from=launched.astype(np.int64),
        product_to=_not_yet(products.withdrawn, as_of),
        product_topic=primary,
        product_topic_offsets=topic_offsets,
        product_topics=topic_of,
        product_topic_weights=topic_weight,
        topic_ids=products.topic_ids,
        first_customer=customer.astype(np.int32),
        first_product=product.astype(np.int32),
        first_time=at,
        first_margin=first["margin"],
        product_order=by_product.astype(np.int64),
        product_offsets=_offsets(product, a),
        customer_offsets=_offsets(customer, n),
        interest_offsets=_offsets(pairs[:, 0], n),
        interest_topics=pairs[:, 1].astype(np.int32),
        exposure_customer=(key // wide // (a + 1)).astype(np.int32),
        exposure_product=(key // wide % (a + 1) - 1).astype(np.int32),
        exposure_topic=(key % wide - 1).astype(np.int32),
        exposure_from=begins,
        exposure_to=ends,
        data_version=data_version,
    )


def _not_yet(ends: Int64, as_of: int) -> Int64:
    """Ends after `as_of` are not known at `as_of`."""
    return np.where(ends > as_of, NEVER, ends).astype(np.int64)


def _offsets(rows: NDArray[Any], size: int) -> Int64:
    return np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=size))]).astype(np.int64)


def _edges(ties: TieRows, n: int, as_of: int) -> dict[str, NDArray[Any]]:
    """Sort ties by (source, target, since), one entry per pair and disjoint validity interval.

    Disjoint intervals let every count say "once per friend" without looking twice. A joined tie has the
    largest of the weights.
    """
    until = _not_yet(ties.until, as_of)
    keep = np.flatnonzero(
        (ties.source >= 0)
        & (ties.target >= 0)
        & (ties.source != ties.target)
        & (ties.since <= as_of)
        & (ties.since < until)
    )
    key = ties.source[keep] * n + ties.target[keep]
    key, since, until, weight = _joined(key, ties.since[keep], until[keep], ties.weight[keep])
    return {
        "offsets": _offsets(key // max(n, 1), n),
        "target": key % max(n, 1),
        "since": since,
        "until": until,
        "weight": np.where(np.isnan(weight), 1.0, weight),
    }


def _joined(key: Int64, since: Int64, until: Int64, weight: Float64) -> tuple[Int64, Int64, Int64, Float64]:
    """Sort by (key, since) and join the intervals of a key that overlap or touch; weights: the largest."""
    order = np.argsort(key, kind="stable")
    key, since, until, weight = key[order], since[order], until[order], weight[order]
    again = np.concatenate([[False], key[1:] == key[:-1]]) if len(key) else np.empty(0, np.bool_)
    several = again | np.concatenate([again[1:], [False]]) if len(key) else again
    if not several.any():
        return key, since, until, weight
    part = np.flatnonzero(several)
    part_order = part[np.lexsort((until[part], since[part], key[part]))]
    since[part], until[part], weight[part] = since[part_order], until[part_order], weight[part_order]
    group = np.cumsum(~again[part]) - 1
    ends, rank = np.unique(until[part], return_inverse=True)
    # the running maximum of `until` inside each key, as one accumulate over (key, rank)
    latest = ends[np.maximum.accumulate(group * len(ends) + rank) % len(ends)]
    joins = again[part] & np.concatenate([[False], since[part][1:] <= latest[:-1]])
    heads = np.flatnonzero(~joins)
    until[part[heads]] = np.maximum.reduceat(latest, heads)
    weight[part[heads]] = np.fmax.reduceat(weight[part], heads)
    alive = np.ones(len(key), np.bool_)
    alive[part[joins]] = False
    return key[alive], since[alive], until[alive], weight[alive]


def _first_purchases(rows: PurchaseRows, a: int, as_of: int) -> dict[str, NDArray[Any]]:
    """Return the earliest line of each (customer, product), sorted by (customer, time, product)."""
    keep = np.flatnonzero((rows.customer >= 0) & (rows.product >= 0) & (rows.at <= as_of))
    customer, product, at = rows.customer[keep], rows.product[keep], rows.at[keep]
    order = np.argsort(at, kind="stable")
    pair = customer[order] * a + product[order]
    by_pair = np.argsort(pair, kind="stable")
    order, pair = order[by_pair], pair[by_pair]
    head = np.concatenate([[True], pair[1:] != pair[:-1]]) if len(pair) else np.empty(0, np.bool_)
    chosen = order[head]
    if rows.line is not None and not head.all():
        # several lines at the earliest instant: the smallest line id is the first purchase
        group = np.cumsum(head) - 1
        rival = at[order] == at[chosen][group]
        crowded = rival & (np.bincount(group[rival], minlength=len(chosen))[group] > 1)
        part = np.flatnonzero(crowded)
        part = part[np.lexsort((rows.line[keep[order[part]]], group[part]))]
        lead = np.concatenate([[True], group[part][1:] != group[part][:-1]]) if len(part) else np.empty(0, np.bool_)
        chosen[group[part[lead]]] = order[part[lead]]
    final = np.lexsort((product[chosen], at[chosen], customer[chosen]))
    chosen = chosen[final]
    return {
        "customer": customer[chosen],
        "product": product[chosen],
        "at": at[chosen],
        "margin": rows.margin[keep[chosen]].astype(np.float64),
    }


def _topics_of_products(products: ProductRows, a: int) -> tuple[Int64, NDArray[np.int32], Float64, NDArray[np.int32]]:
    """Return CSR of topics with weights summing to 1 per product, and the primary topic."""
    product, topic = products.topic_pairs
    keep = products.topic_weights > 0
    product, topic, weight = product[keep], topic[keep], products.topic_weights[keep]
    z = max(len(products.topic_ids), 1)
    pairs, inverse = np.unique(product * z + topic, return_inverse=True)
    weight = np.bincount(inverse, weights=weight, minlength=len(pairs)).astype(np.float64)
    product, topic = pairs // z, pairs % z
    weight = weight / np.bincount(product, weights=weight, minlength=a)[product]
    primary = np.full(a, UNSET, np.int32)
    # the last write wins: ascending weight, ties descending topic, so the largest weight and smallest id stay
    order = np.lexsort((-topic, weight, product))
    primary[product[order]] = topic[order]
    return _offsets(product, a), topic.astype(np.int32), weight.astype(np.float64), primary


def _stratum_codes(segment: NDArray[Any], region: NDArray[Any]) -> NDArray[np.int32]:
    """Number the (segment, region) pairs that occur, in their sorted order; unknown is the empty text."""
    if not len(segment):
        return np.empty(0, np.int32)
    _, left = np.unique(segment, return_inverse=True)
    regions, right = np.unique(region, return_inverse=True)
    _, code = np.unique(left * len(regions) + right, return_inverse=True)
    return np.asarray(code, np.int32)


def _refuse_twins(table: str, ids: NDArray[np.str_]) -> None:
    twins = len(ids) - len(np.unique(ids))
    if twins:
        raise DataRejected(
            f"`{table}` names {twins} ids more than once",
            code="duplicate-id",
            hint=f"keep one row per id in `{table}`",
            table=table,
            duplicates=twins,
        )


class _Columns:
    """The columns of one table, missing ones filled with their default."""

    def __init__(self, name: str, table: Table) -> None:
        self.name = name
        self._given = table is not None
        self._table = pd.DataFrame(table if table is not None else {})

    def __len__(self) -> int:
        return len(self._table)

    def has(self, column: str) -> bool:
        return column in self._table

    def ids(self, column: str) -> NDArray[np.str_]:
        if not self.has(column):
            if self._given and len(self):
                raise DataRejected(
                    f"`{self.name}` has no column `{column}`",
                    code="column-missing",
                    hint=f"give `{self.name}` a column `{column}`",
                    table=self.name,
                    column=column,
                )
            return np.empty(0, np.str_)
        return self._table[column].to_numpy(dtype=np.str_)

    def text(self, column: str) -> NDArray[np.str_]:
        """Text with missing values as the empty text."""
        if not self.has(column):
            return np.full(len(self), "", np.str_)
        values = self._table[column].astype("object")
        return values.where(values.notna(), "").to_numpy(dtype=np.str_)

    def series(self, column: str) -> pd.Series[Any] | None:
        return self._table[column] if self.has(column) else None

    def instants(self, column: str, missing: int) -> Int64:
        if not self.has(column):
            return np.full(len(self), missing, np.int64)
        return instants(self._table[column], missing)

    def numbers(self, column: str, missing: float) -> Float64:
        if not self.has(column):
            return np.full(len(self), missing)
        values = pd.to_numeric(self._table[column]).to_numpy(np.float64, na_value=np.nan)
        return np.where(np.isnan(values), missing, values)

    def flags(self, column: str) -> NDArray[np.bool_]:
        if not self.has(column):
            return np.zeros(len(self), np.bool_)
        return self._table[column].astype("boolean").fillna(False).to_numpy(np.bool_)


class _Numbers:
    """Sorted ids to their row numbers."""

    def __init__(self, kind: str, ids: NDArray[np.str_], future: NDArray[np.str_] | None = None) -> None:
        self._kind = kind
        self._index = pd.Index(ids.astype("object"))
        self._future = pd.Index((future if future is not None else np.empty(0, np.str_)).astype("object"))

    def of(self, table: _Columns, column: str, *, optional: bool = False) -> Int64:
        """Return the number of each id of a column; -1 for customers who are not there yet.

        Raises:
            DataRejected: An id is in no table of its kind.
        """
        values = table.series(column)
        if values is None:
            return np.full(len(table), UNSET, np.int64) if optional else np.asarray(table.ids(column), np.int64)
        codes, names = pd.factorize(values)
        found = self._index.get_indexer(pd.Index(names.astype("object")))
        unknown = pd.Index(names.astype("object"))[found < 0].difference(self._future)
        empty = bool((codes < 0).any()) and not optional
        if len(unknown) or empty:
            raise DataRejected(
                f"`{table.name}` names {len(unknown) + empty} ids in `{column}` that no {self._kind} has",
                code="unknown-id",
                hint=f"add a {self._kind} for every `{column}` of `{table.name}`",
                table=table.name,
                column=column,
                unknown=len(unknown) + empty,
            )
        return np.where(codes < 0, UNSET, np.append(found, UNSET)[codes]).astype(np.int64)
