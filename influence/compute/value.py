"""The stages of a run that are about money: the referral programme, and what every customer is worth."""

from __future__ import annotations

import numpy as np

from influence.compute.persuasion import PersuasionCredit
from influence.compute.work import Work
from influence.load.values import EXPONENTS
from influence.scores import Pairs, ScoreFrames
from influence.snapshot.arrays import Ids
from influence.snapshot.money import Money
from influence.snapshot.money_reader import read_money
from influence.value.appraisal import Credit, appraise
from influence.value.programme import Programme, lines_of, review
from influence.value.purchases import Purchases

__all__ = ["referral_stage", "value_stage"]


def referral_stage(work: Work) -> ScoreFrames:
    """Read the money and judge the referrals (metrics.md 5.1), before persuasion shares what they do not own."""
    money = read_money(work.graph, work.snapshot, work.progress, home=work.home)
    work.check()
    work.progress.note("judging referrals")
    purchases = lines_of(money)
    programme = review(work.snapshot, money, purchases, work.options.terms)
    for result in (money, purchases, programme):
        work.results.put(result)
    return ScoreFrames(referrals=reviewed(programme))


def value_stage(work: Work) -> ScoreFrames:
    """Say what every customer is worth (metrics.md 5): by own purchases, by referrals, by influence.

    Raises:
        ComputeFailed: Money got lost or a sale was credited more than once; nothing is published.
    """
    work.progress.note("valuing customers")
    money, purchases = work.results.need(Money), work.results.need(Purchases)
    programme, credit = work.results.need(Programme), work.results.need(PersuasionCredit)
    snapshot = work.snapshot
    appraisal = appraise(
        snapshot,
        money,
        purchases,
        programme,
        Credit(
            sale=credit.sales.received,
            influencer=snapshot.first_customer[credit.sales.given],
            share=credit.sales.credit,
            error=credit.error,
        ),
        work.options.terms,
        shown=work.scored,
        unit=minor_units(money.currencies),
    )
    work.results.put(appraisal.own)
    totals = {f"value_{name}": figure for name, figure in appraisal.totals.items()}
    return ScoreFrames(customers=appraisal.customers, totals={**totals, "value_notes": list(appraisal.notes)})


def minor_units(currencies: Ids) -> int:
    """Return how many minor units make a main unit, such as 100 cents a euro; 100 when no single currency is named."""
    return int(10 ** EXPONENTS.get(str(currencies[0]), 2)) if len(currencies) == 1 else 100


def reviewed(programme: Programme) -> Pairs | None:
    """Return every referral with its verdict; of several between the same two people the first, there is one fact."""
    rows = programme.referrals
    if not len(rows):
        return None
    order = np.lexsort((rows.at, rows.referred, rows.referrer))
    a, b = rows.referrer[order].astype(np.int64), rows.referred[order].astype(np.int64)
    first = np.concatenate([[True], (a[1:] != a[:-1]) | (b[1:] != b[:-1])])
    chosen = order[first]
    return Pairs(
        rows.referrer[chosen].astype(np.int64),
        rows.referred[chosen].astype(np.int64),
        {
            "verdict": programme.verdict[chosen].astype(object),
            "stage": rows.stage[chosen].astype(object),
            "incentive": rows.incentive[chosen],
        },
    )
