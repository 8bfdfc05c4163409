"""What referrals and the customer community brought in the synthetic shop, against what was planted (K20, K22).

The shop has money in it, so it judges other things than the worlds of `rules.RULES`: half of the referred customers
would have come anyway, second accounts must not count, and the community changes nothing for its members.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from influence.snapshot.arrays import NEVER
from influence.value.referral import referral_value, review_referrals, type_two, type_two_of_prospects
from influence.voice.membership import membership_lift
from influence.worlds.shop.arrays import shop_instants, shop_joined, shop_keys, shop_purchases, shop_referrals
from influence.worlds.shop.simulation import Shop, make_shop

__all__ = ["FRAUD", "measure_shop"]

FRAUD: Final = ("ring", "self", "duplicate")
"""What was planted among the referrals and must not count."""


def measure_shop(seed: int) -> dict[str, float]:
    """Estimate the value of referrals and of membership in one shop, and compare it with the truth.

    Returns:
        Measure name to value. `shop.lines`, `shop.referrals`: counts. `referral.type_two_share`: planted is a half.
        `referral.incremental_to_truth`, `referral.naive_to_truth`: margin of the referred without and with those who
        would have come anyway. `referral.fraud_counted`: planted fraud that counts. `membership.raw`,
        `membership.lift`, `membership.at_nothing`: 1 when the interval of the lift covers 0, the planted effect.
    """
    shop = make_shop(seed)
    return {
        "shop.lines": float(len(shop.tables["purchases"])),
        "shop.referrals": float(len(shop.tables["referrals"])),
        **_referrals(shop),
        **_membership(shop, seed),
    }


def _referrals(shop: Shop) -> dict[str, float]:
    """Judge the referrals, estimate who would have come anyway, and compare the margin with that of the type ones."""
    purchases, referrals = shop_purchases(shop), shop_referrals(shop)
    verdict = review_referrals(referrals, purchases, shop_keys(shop))
    customers = shop.tables["customers"]
    joined, region = shop_instants(customers["joined_at"]), pd.factorize(customers["region"])[0]
    p_two = type_two_of_prospects(referrals, verdict, purchases, joined, region) or type_two(purchases.customers)
    truth = shop.truth["referrals"]["truth"].to_numpy(dtype=str)
    one = np.where(truth == "type_one", verdict, "nothing")
    won = referral_value(referrals, one, purchases, type_two(purchases.customers, rate=0.0), discount=0.0)
    claimed = referral_value(referrals, verdict, purchases, p_two, discount=0.0)
    share, planted = float(p_two.probability[0]), float(won["referred_margin"].sum())
    naive = float(claimed["referred_margin"].sum())
    return {
        "referral.type_two_share": share,
        "referral.incremental_to_truth": naive * (1.0 - share) / planted,
        "referral.naive_to_truth": naive / planted,
        "referral.fraud_counted": float((np.isin(truth, FRAUD) & np.isin(verdict, ("accepted", "pending"))).sum()),
    }


def _membership(shop: Shop, seed: int) -> dict[str, float]:
    """Compare members with others, raw and matched."""
    purchases = shop_purchases(shop)
    joined, group = shop_joined(shop)
    customer = np.full(purchases.customers, NEVER)
    np.minimum.at(customer, purchases.customer[purchases.kept], purchases.at[purchases.kept])
    segment = pd.factorize(shop.tables["customers"]["segment"])[0]
    found = membership_lift(purchases, joined, group, segment, customer, cohort_days=7.0, seed=seed)
    return {
        "membership.raw": found.raw,
        "membership.lift": found.lift,
        "membership.at_nothing": float(found.lift_low <= 0.0 <= found.lift_high),
    }
