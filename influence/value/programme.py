"""The referral programme of a data set: which referrals count, who would have come anyway, which sales they own.

This comes before persuasion is credited, because a sale that a recorded referral owns is nobody's persuasion
(metrics.md 5.4, step 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from influence.snapshot.arrays import Float64, Int32, Int64, Snapshot
from influence.snapshot.money import IDENTIFIERS, Money
from influence.value.purchases import Purchases, purchases_of
from influence.value.referral import (
    VERDICTS,
    Referrals,
    TypeTwo,
    referral_credit,
    review_referrals,
    type_two,
    type_two_of_prospects,
)
from influence.value.terms import Terms

__all__ = ["Programme", "lines_of", "review"]


@dataclass(frozen=True)
class Programme:
    """Referrals with their verdicts. k referrals, p first purchases of the snapshot.

    Attributes:
        referrals: All recorded referrals.
        verdict: [k] out of `VERDICTS`.
        p_two: Who would have come anyway, with its source.
        sale, referrer, share: [j] which first purchases referrers own, and how much of each they are credited with.
        unpriced: Referrals that do not say what was paid for them; they count as paid nothing.
    """

    referrals: Referrals
    verdict: NDArray[np.str_]
    p_two: TypeTwo
    sale: Int64
    referrer: Int32
    share: Float64
    unpriced: int

    def owned(self, first_purchases: int) -> NDArray[np.bool_]:
        """Return [p] which first purchases a recorded referral owns."""
        mask = np.zeros(first_purchases, np.bool_)
        mask[self.sale] = True
        return mask

    def counts(self) -> dict[str, int]:
        """Return how many referrals got each verdict."""
        return {name: int(np.count_nonzero(self.verdict == name)) for name in VERDICTS}


def lines_of(money: Money) -> Purchases:
    """Return the purchase lines with refunds settled; without a common currency no line has a value."""
    mixed = len(money.currencies) > 1
    nothing = np.full(len(money.line_at), np.nan)
    return purchases_of(
        money.customers,
        money.as_of,
        money.line_customer,
        -1,
        money.line_at,
        nothing if mixed else money.line_revenue,
        nothing if mixed else money.line_margin,
        quantity=np.where(money.line_returned, -1, 1),
        refunded=money.line_refunded,
    )


def review(snapshot: Snapshot, money: Money, purchases: Purchases, terms: Terms) -> Programme:
    """Judge the referrals, find out who would have come anyway, and which sales the others own.

    Args:
        snapshot: First purchases, strata and when people became customers.
        money: The referrals and the identifiers of customers.
        purchases: `lines_of(money)`.
        terms: The return window, and the share that would have come anyway where the firm knows it.
    """
    referrals = Referrals(
        referrer=money.referrer,
        referred=money.referred,
        at=money.referral_at,
        stage=money.referral_stage,
        incentive=np.nan_to_num(money.referral_incentive),
        same_household=money.referral_same_household,
        keys={"email_key": money.referral_email, "device_key": money.referral_device},
    )
    keys = {f"{name}_key": getattr(money, name) for name in IDENTIFIERS}
    verdict = review_referrals(referrals, purchases, keys, terms.return_days)
    n = money.customers
    found = None
    if terms.p_two is not None:
        found = type_two(n, rate=terms.p_two, source="given with `--p-two`")
    elif len(referrals):
        found = type_two_of_prospects(
            referrals, verdict, purchases, snapshot.customer_from, snapshot.customer_stratum.astype(np.int64)
        )
    p_two = found or type_two(n)
    sale, referrer, share = referral_credit(referrals, verdict, p_two, snapshot.first_customer, snapshot.first_time)
    return Programme(referrals, verdict, p_two, sale, referrer, share, int(np.isnan(money.referral_incentive).sum()))
