"""What customers are worth by their own purchases: past value, RFM, share of wallet, lifetime value.

Money is margin in minor units; history (`past_customer_value`) and plan (`clv`) are never mixed in one figure
(metrics.md 1.1, 5.3; catalogue 18-21).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from influence.errors import ComputeFailed
from influence.snapshot.arrays import DAY, Float64
from influence.value.measures import customers_index, percentile, status, total_by, whole
from influence.value.purchases import Purchases, RepeatSummary, summarise_repeats
from influence.value.repeat import RepeatModel, fit_repeat_model
from influence.value.spend import SpendModel, fit_spend_model, usable

__all__ = [
    "OwnValue",
    "lifetime_value",
    "own_value",
    "past_value",
    "recency_frequency_money",
    "share_of_wallet",
]

_YEAR: Final = 365.25 * DAY
_MONTH_DAYS: Final = 365.25 / 12.0


def past_value(purchases: Purchases, rate: float = 0.0) -> Float64:
    """Return [n] past customer value: `sum margin * (1 + rate)^age`, age in years at `as_of`; returns are negative.

    NaN for customers with a line of unknown margin (null is never 0), 0 for customers without lines.

    Args:
        purchases: Lines of the customers.
        rate: Yearly interest at which earlier margin is carried forward; 0 adds up what was earned.
    """
    age = (purchases.as_of - purchases.at) / _YEAR
    worth = purchases.margin * (1.0 + rate) ** age if rate else purchases.margin
    return total_by(purchases.customer, purchases.customers, worth)


def recency_frequency_money(purchases: Purchases, summary: RepeatSummary | None = None) -> pd.DataFrame:
    """Return quintiles 1 (worst) to 5 (best) of recency, frequency and margin, and their code 111-555.

    Quintiles are of average ranks, so that equal customers get equal codes. Customers without a purchase have none.

    Returns:
        Indexed by customer: recency_days, purchase_days, margin, recency_quintile, frequency_quintile,
        money_quintile, rfm (all nullable).
    """
    history = summary or summarise_repeats(purchases)
    days_since = np.where(history.bought, history.age - history.recency, np.nan)
    times = np.where(history.bought, history.repeats + 1.0, np.nan)
    margin = np.where(history.bought, past_value(purchases), np.nan)
    r, f, m = (_quintile(v) for v in (-days_since, times, margin))
    return pd.DataFrame(
        {
            "recency_days": days_since,
            "purchase_days": whole(times),
            "margin": margin,
            "recency_quintile": whole(r),
            "frequency_quintile": whole(f),
            "money_quintile": whole(m),
            "rfm": whole(100.0 * r + 10.0 * f + m),
        },
        index=customers_index(purchases.customers),
    )


def share_of_wallet(own_spend: ArrayLike, category_spend: ArrayLike) -> Float64:
    """Return [n] own / category spend of the same period, at most 1; NaN unless the category spend is known.

    A customer who reports less for the whole category than the shop sold her has answered for another period or
    another household; her share is 1, not more.
    """
    own, category = np.asarray(own_spend, dtype=np.float64), np.asarray(category_spend, dtype=np.float64)
    known = np.nan_to_num(category) > 0
    return np.asarray(
        np.where(known, np.clip(own / np.where(known, category, 1.0), 0.0, 1.0), np.nan), dtype=np.float64
    )


@dataclass(frozen=True)
class OwnValue:
    """Own value of every customer with the models behind it.

    Attributes:
        frame: Indexed by customer: past_customer_value, recency_quintile, frequency_quintile, money_quintile, rfm,
            recency_days, purchase_days, repeats, age_days, p_alive, expected_purchases, expected_margin,
            margin_source (own, prior), clv, status.
        repeat: The repeat-purchase model, times in days; `None` when nobody came back.
        spend: The margin model; `None` when no repeat has a known positive margin.
        notes: Warnings in words; empty when there is nothing to warn about.
    """

    frame: pd.DataFrame
    repeat: RepeatModel | None
    spend: SpendModel | None
    notes: tuple[str, ...]


def lifetime_value(
    repeat: RepeatModel | None,
    spend: SpendModel | None,
    summary: RepeatSummary,
    *,
    months: int = 12,
    discount: float = 0.15,
    marketing: ArrayLike = 0.0,
) -> pd.DataFrame:
    """Return expected purchases and customer lifetime value over the coming months (metrics.md 5.3).

    `clv = sum_{j=1..months} (E[Y(t_j)] - E[Y(t_{j-1})]) * E[M] / (1 + r_month)^j - marketing`

    Args:
        repeat, spend: Fitted models, times in days; what needs a model that is `None` is null.
        summary: Histories.
        months: Horizon, each of 365.25/12 days.
        discount: Yearly discount rate; `(1 + discount)^(1/12) - 1` a month.
        marketing: [n] or one number: present value of the marketing spent on a customer over the horizon, minor units.

    Returns:
        Indexed by customer: p_alive, expected_purchases (undiscounted), expected_margin, margin_source (`own`, or
        `prior` for customers without a repeat or with a mean margin that is unknown or not positive), clv; null
        for customers without a purchase.
    """
    n = len(summary.bought)
    who = np.flatnonzero(summary.bought)
    x, recency, age = summary.repeats[who], summary.recency[who], summary.age[who]
    unknown = np.full(len(who), np.nan)
    alive, ahead, present, margin = unknown, unknown, unknown, unknown
    source = np.full(n, None, dtype=object)
    if repeat is not None:
        ends = _MONTH_DAYS * np.arange(1, months + 1)
        factors = (1.0 + discount) ** (-np.arange(1, months + 1) / 12.0)
        alive = repeat.p_alive(x, recency, age)
        ahead = repeat.expected_purchases(ends[-1], x, recency, age)
        # sum_j (E_j - E_{j-1}) f_j rearranged so that each E_j is taken once
        present = repeat.expected_purchases(ends, x, recency, age, factors - np.append(factors[1:], 0.0))
    if spend is not None:
        margin = spend.expected_margin(x, summary.mean_margin[who])
        source[who] = np.where(usable(x.astype(np.float64), summary.mean_margin[who]), "own", "prior")
    upkeep = np.broadcast_to(np.asarray(marketing, dtype=np.float64), (n,))[who]

    def everyone(values: Float64) -> Float64:
        result = np.full(n, np.nan)
        result[who] = values
        return result

    return pd.DataFrame(
        {
            "p_alive": everyone(alive),
            "expected_purchases": everyone(ahead),
            "expected_margin": everyone(margin),
            "margin_source": pd.Categorical(source, categories=["own", "prior"]),
            "clv": everyone(present * margin - upkeep),
        },
        index=customers_index(n),
    )


def own_value(
    purchases: Purchases,
    *,
    months: int = 12,
    discount: float = 0.15,
    marketing: ArrayLike = 0.0,
    model: Literal["auto", "bg", "mbg"] = "auto",
) -> OwnValue:
    """Compute everything a customer is worth by her own purchases.

    A model that the data cannot carry leaves its columns null and says so in a note: past value and RFM need none.

    Args:
        purchases: All lines up to `as_of`.
        months, discount, marketing, model: See `lifetime_value` and `fit_repeat_model`.
    """
    summary = summarise_repeats(purchases)
    bought = summary.bought
    repeat, spend, missing = None, None, []
    try:
        repeat = fit_repeat_model(summary.repeats[bought], summary.recency[bought], summary.age[bought], model)
        spend = fit_spend_model(summary.repeats[bought], summary.mean_margin[bought])
    except ComputeFailed as problem:
        if problem.code not in ("no-repeat-purchases", "no-repeat-margins"):
            raise
        missing = [str(problem)]
    life = lifetime_value(repeat, spend, summary, months=months, discount=discount, marketing=marketing)
    codes = recency_frequency_money(purchases, summary)
    frame = pd.concat(
        [
            pd.DataFrame({"past_customer_value": past_value(purchases)}, index=life.index),
            codes[["recency_quintile", "frequency_quintile", "money_quintile", "rfm"]],
            pd.DataFrame(
                {
                    "recency_days": codes["recency_days"],
                    "purchase_days": codes["purchase_days"],
                    "repeats": whole(np.where(bought, summary.repeats, np.nan)),
                    "age_days": np.where(bought, summary.age, np.nan),
                },
                index=life.index,
            ),
            life,
        ],
        axis=1,
    )
    frame["status"] = status(bought)
    return OwnValue(frame, repeat, spend, (*missing, *_notes(purchases, summary, repeat, spend)))


def _notes(
    purchases: Purchases, summary: RepeatSummary, repeat: RepeatModel | None, spend: SpendModel | None
) -> list[str]:
    notes = []
    if repeat is not None and repeat.penalty:
        notes.append(
            f"the repeat-purchase model needed a penalty of {repeat.penalty:g}; its parameters are not well determined"
        )
    if spend is not None:
        if abs(spend.correlation) > 0.3:
            notes.append(
                f"purchase frequency and margin are correlated ({spend.correlation:.2f}); the margin model assumes not"
            )
        if spend.penalty:
            notes.append(
                f"the margin model needed a penalty of {spend.penalty:g}; margins hardly differ between customers"
            )
        if spend.excluded:
            notes.append(f"{spend.excluded} customers with repeats have no positive mean margin and get the prior mean")
        single = int((summary.bought & (summary.repeats == 0)).sum())
        if single:
            notes.append(
                f"{single} of {int(summary.bought.sum())} customers bought on one day only and get the prior mean "
                "margin"
            )
    lost = int(np.isnan(purchases.margin).sum())
    if lost:
        notes.append(f"{lost} purchase lines have no margin; their customers have no past value")
    return notes


def _quintile(values: Float64) -> Float64:
    """Return quintiles 1..5 of average ranks, NaN where unknown."""
    return np.minimum(np.floor(percentile(values) / 20.0) + 1.0, 5.0)
