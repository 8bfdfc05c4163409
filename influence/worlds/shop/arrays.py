"""The synthetic shop as the arrays that `value` and `voice` see, without a detour through files and the database.

Customers and products are numbered in the order of their ids, as in a snapshot.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from influence.snapshot.arrays import NEVER, Int32, Int64
from influence.value.purchases import Purchases, purchases_of
from influence.value.referral import Referrals
from influence.worlds.shop.simulation import Shop

__all__ = ["numbers", "shop_instants", "shop_joined", "shop_keys", "shop_purchases", "shop_referrals"]


def numbers(ids: pd.Series[str], table: pd.DataFrame, column: str) -> Int32:
    """Return [k] the position in `ids` (ascending) of each id in a column, -1 for an empty cell."""
    place = pd.Index(ids).get_indexer(pd.Index(table[column]))
    return np.asarray(place, dtype=np.int32)


def shop_instants(texts: pd.Series[str]) -> Int64:
    """Return [k] instants of ISO 8601 texts, `NEVER` for empty cells."""
    given = texts.to_numpy(dtype=str)
    known = given != ""
    bare = np.where(known, np.char.rstrip(given, "Z"), "1970-01-01")
    return np.where(known, bare.astype("datetime64[us]").astype(np.int64), NEVER)


def shop_purchases(shop: Shop) -> Purchases:
    """Return all purchase lines."""
    lines, who = shop.tables["purchases"], shop.tables["customers"]["customer_id"]
    return purchases_of(
        len(who),
        shop.ends_at,
        numbers(who, lines, "customer_id"),
        numbers(shop.tables["products"]["product_id"], lines, "product_id"),
        shop_instants(lines["at"]),
        lines["revenue"].to_numpy(),
        lines["margin"].to_numpy(),
        quantity=lines["quantity"].to_numpy(),
        refunded=lines["refunded"].to_numpy(),
    )


def shop_referrals(shop: Shop) -> Referrals:
    """Return all recorded referrals."""
    rows, who = shop.tables["referrals"], shop.tables["customers"]["customer_id"]
    return Referrals(
        referrer=numbers(who, rows, "referrer_id"),
        referred=numbers(who, rows, "referred_id"),
        at=shop_instants(rows["at"]),
        stage=rows["status"].to_numpy(dtype=str),
        incentive=rows["incentive"].to_numpy(dtype=np.float64),
    )


def shop_keys(shop: Shop) -> dict[str, NDArray[np.int64]]:
    """Return identifier → [n] codes, equal where two accounts share it."""
    table = shop.tables["customers"]
    return {f"{name}_key": pd.factorize(table[name])[0].astype(np.int64) for name in ("email", "device")}


def shop_joined(shop: Shop) -> tuple[Int64, NDArray[np.int64]]:
    """Return [n] when each customer joined the community (`NEVER`: not) and [n] its group (-1: none)."""
    who, rows = shop.tables["customers"]["customer_id"], shop.tables["memberships"]
    joined, group = np.full(len(who), NEVER), np.full(len(who), -1, dtype=np.int64)
    place = numbers(who, rows, "customer_id")
    joined[place] = shop_instants(rows["joined_at"])
    group[place] = numbers(shop.tables["groups"]["group_id"], rows, "group_id")
    return joined, group
