"""Referrals: which count, the funnel they form, and what the referrer is worth for them (metrics.md 5.1; 22-25, 28).

A referral that does not count is never dropped silently: `review_referrals` gives every row a verdict, and the rest of
this module reads the accepted rows only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from influence.errors import ComputeFailed, ConfigError
from influence.snapshot.arrays import ALWAYS, DAY, NEVER, Float64, Int32, Int64
from influence.toml import InvalidToml, read_toml
from influence.value.measures import customers_index, status, total_by, whole
from influence.value.network import SHARE_CAP
from influence.value.purchases import Purchases

__all__ = [
    "VERDICTS",
    "Referrals",
    "TypeTwo",
    "expected_referral_value",
    "extended_customer_revenue",
    "funnel",
    "lead_credit",
    "lead_weights",
    "lifetime_referral_value",
    "referral_credit",
    "referral_value",
    "return_on_relationship",
    "review_referrals",
    "type_two",
    "type_two_of_prospects",
]

VERDICTS: Final = (
    "accepted",
    "pending",
    "refused",
    "undated",
    "self",
    "ring",
    "duplicate",
    "already_customer",
    "reversed_order",
)
"""What a referral can be; everything after `pending` is an exclusion and its reason."""

_HALF_YEAR: Final = 365.25 * DAY / 2
_UNKNOWN_TYPE_TWO: Final = 0.5


@dataclass(frozen=True)
class Referrals:
    """Recorded referrals. k rows, in no particular order.

    Attributes:
        referrer, referred: [k] int32 customers; a person who was only invited is a customer without purchases.
        at: [k] instant of the invitation, `ALWAYS` if unknown.
        stage: [k] text, how far it is known to have come: invited, lead, customer, approved, refused.
        incentive: [k] minor units paid for it, 0 if none.
        same_household: [k] bool, both live together as far as is known; empty = not recorded.
        keys: Identifier → [k] code of the identifier that was invited or that accepted, in the codes of the customers'
            identifiers of the same name, below 0 = unknown.
    """

    referrer: Int32
    referred: Int32
    at: Int64
    stage: NDArray[np.str_]
    incentive: Float64
    same_household: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    keys: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.at)

    def only(self, rows: NDArray[np.bool_]) -> Referrals:
        """Return the rows that are true."""
        return Referrals(
            self.referrer[rows],
            self.referred[rows],
            self.at[rows],
            self.stage[rows],
            self.incentive[rows],
            self.same_household[rows] if len(self.same_household) else self.same_household,
            {name: codes[rows] for name, codes in self.keys.items()},
        )


@dataclass(frozen=True)
class TypeTwo:
    """p_two: how probable it is that a referred customer would have come without the referral.

    Attributes:
        probability: [n] per customer.
        source: Where the figure comes from, in words; printed with every value that uses it.
        note: A warning in words, empty if there is none.
    """

    probability: Float64
    source: str
    note: str = ""


def review_referrals(
    referrals: Referrals,
    purchases: Purchases,
    keys: Mapping[str, ArrayLike] | None = None,
    return_days: float = 30.0,
) -> NDArray[np.str_]:
    """Give every referral one verdict: accepted, pending or the reason why it is excluded.

    In this order, the first that holds:

    * `refused`: the programme itself refused it;
    * `undated`: nobody knows when it was made, so nothing can be said to follow from it;
    * `self`: referrer and referred are the same customer, share an identifier (e-mail, phone, device, address,
      household) or live together, or the identifier that was invited is the referrer's own;
    * `ring`: the persons behind the referrals form a cycle, A refers B refers … refers A (under another account, say);
      every row inside it goes, whatever the dates;
    * `duplicate`: the same referrer has referred the same person before, under the same id or a shared e-mail or phone
      key, or another account of that person had bought before the invitation;
    * `already_customer`: the referred had bought before the invitation;
    * `reversed_order`: everything the referred bought was refunded or returned;
    * `pending`: the first purchase is younger than the return window and nobody has approved it.

    Args:
        referrals: Rows to judge.
        purchases: All purchase lines.
        keys: Identifier → [n] codes, below 0 = unknown. `email_key` and `phone_key` identify a person; the others
            (device, address, household) people who are not to refer each other.
        return_days: Days after the first purchase until it is final.

    Returns:
        [k] verdicts, out of `VERDICTS`.
    """
    n = purchases.customers
    given = {name: np.asarray(codes, dtype=np.int64) for name, codes in (keys or {}).items()}
    a, b = referrals.referrer, referrals.referred
    itself = a == b
    if len(referrals.same_household):
        itself |= referrals.same_household
    for name, codes in given.items():
        itself |= (codes[a] >= 0) & (codes[a] == codes[b])
        if name in referrals.keys:
            itself |= (codes[a] >= 0) & (codes[a] == referrals.keys[name])
    first = _first_purchase(purchases, purchases.kept)
    tried = _first_purchase(purchases, np.ones(len(purchases.at), dtype=np.bool_))
    person, older = _persons(n, given, tried)
    verdict = np.full(len(referrals), "accepted", dtype="U16")
    open_ = np.ones(len(referrals), dtype=np.bool_)

    def judge(rows: NDArray[np.bool_], name: str) -> None:
        verdict[open_ & rows] = name
        open_[rows] = False

    judge(referrals.stage == "refused", "refused")
    judge(referrals.at == ALWAYS, "undated")
    judge(itself, "self")
    tree = csr_array((np.ones(int(open_.sum())), (person[a[open_]], person[b[open_]])), shape=(n, n))
    _, part = connected_components(tree, directed=True, connection="strong")
    judge(part[person[a]] == part[person[b]], "ring")
    again = _repeated(a, person[b], referrals.at, open_)
    judge(again | ((older[b] < referrals.at) & (older[b] < tried[b])), "duplicate")
    judge(tried[b] < referrals.at, "already_customer")
    judge((tried[b] != NEVER) & (first[b] == NEVER), "reversed_order")
    fresh = (first[b] != NEVER) & (first[b] > purchases.as_of - round(return_days * DAY))
    judge(fresh & (referrals.stage != "approved"), "pending")
    return verdict


def funnel(referrals: Referrals, verdict: NDArray[np.str_], purchases: Purchases) -> pd.DataFrame:
    """Return the referral funnel of each referrer: invites, leads, customers, profitable, with rates (row 22).

    Accepted and pending rows count; a lead is any referral past `invited`; a customer has a purchase that stands; a
    profitable customer has earned more margin than the incentives paid for her.

    Returns:
        Indexed by customer: invites, leads, customers, profitable, lead_rate, customer_rate (of invites),
        profitable_rate (of customers), status (`not_applicable` without an invitation).
    """
    n = purchases.customers
    rows = referrals.only(np.isin(verdict, ("accepted", "pending")))
    joined = _first_purchase(purchases, purchases.kept)[rows.referred] != NEVER
    paid = total_by(rows.referred, n, rows.incentive)
    gain = purchases.total(purchases.margin)[rows.referred] > paid[rows.referred]
    invites, leads, customers, profitable = (
        total_by(rows.referrer, n, np.asarray(flag, dtype=np.float64))
        for flag in (np.ones(len(rows)), joined | (rows.stage != "invited"), joined, joined & gain)
    )
    with np.errstate(invalid="ignore"):
        rates = {
            "lead_rate": leads / invites,
            "customer_rate": customers / invites,
            "profitable_rate": profitable / customers,
        }
    return pd.DataFrame(
        {
            **{
                name: whole(np.where(invites > 0, counts, np.nan))
                for name, counts in (
                    ("invites", invites),
                    ("leads", leads),
                    ("customers", customers),
                    ("profitable", profitable),
                )
            },
            **rates,
            "status": status(invites > 0, "not_applicable"),
        },
        index=customers_index(n),
    )


def type_two(
    customers: int,
    *,
    known: ArrayLike | None = None,
    rate: float | None = None,
    source: str = "given rate",
) -> TypeTwo:
    """Return p_two from what is known: answers of customers, a rate (holdout, prospects), else 0.5 with a warning.

    Args:
        customers: n.
        known: [n] probability per customer, for example from a survey, NaN where unknown; wins where known.
        rate: One figure for everybody else: a holdout's, or that of `type_two_of_prospects`.
        source: Where `rate` comes from, in words.

    Raises:
        ComputeFailed: A probability lies outside 0 and 1.
    """
    told = np.full(customers, np.nan) if known is None else np.asarray(known, dtype=np.float64)
    answered = ~np.isnan(told)
    general = _UNKNOWN_TYPE_TWO if rate is None else rate
    if not 0.0 <= general <= 1.0 or np.any((told[answered] < 0.0) | (told[answered] > 1.0)):
        raise ComputeFailed(
            "p_two is a probability and lies between 0 and 1",
            code="p-two-out-of-range",
            hint="give a number such as `p_two = 0.4`",
        )
    words = "assumed 0.5" if rate is None else source
    if answered.any():
        words = f"{int(answered.sum())} customers by their own answer, others: {words}"
    note = (
        ""
        if rate is not None or answered.all()
        else "nobody knows who would have come without a referral; 0.5 is assumed"
    )
    return TypeTwo(np.where(answered, told, general), words, note)


def type_two_of_prospects(
    referrals: Referrals,
    verdict: NDArray[np.str_],
    purchases: Purchases,
    known_since: Int64,
    stratum: ArrayLike,
    horizon_days: float = 365.0,
    minimum: int = 30,
) -> TypeTwo | None:
    """Estimate p_two from prospects whom nobody invited: how many of the invited would have bought anyway.

    Prospects are customers whose account exists before their first purchase. Their hazard of a first purchase while
    not invited, by stratum and 30-day stretch of the calendar, gives each invited person a probability to buy within
    the horizon without the invitation; `p_two = sum of these probabilities / invited who did buy`. Both sides end at
    `as_of`. It is a comparison of like with like in stratum and season only: a referrer who picks friends that were
    about to buy makes p_two too small.

    Args:
        referrals, verdict: All rows and their verdicts; excluded rows count as invitations, not as joiners.
        purchases: All lines.
        known_since: [n] instant since when the person could have bought, `ALWAYS` = unknown (left out).
        stratum: [n] codes of people who are alike, from 0.
        horizon_days: Days within which a purchase counts as a consequence of the invitation.
        minimum: Fewest buyers on each side.

    Returns:
        p_two, one figure for everybody, or `None` when there are fewer buyers than `minimum` on one side.
    """
    n, end = purchases.customers, purchases.as_of
    bought = _first_purchase(purchases, purchases.kept)
    invited = np.full(n, NEVER)
    np.minimum.at(invited, referrals.referred, referrals.at)
    group = np.asarray(stratum, dtype=np.int64)
    enter = np.where((known_since == ALWAYS) | (known_since >= bought), NEVER, known_since)
    leave = np.minimum(np.minimum(bought, invited), end)
    at_risk = enter < leave
    if not at_risk.any():
        return None
    origin, width = int(enter[at_risk].min()), 30 * DAY
    stretches = int((end - origin) // width) + 1
    groups = int(group.max()) + 1
    time = np.zeros((groups, stretches))
    for k in range(stretches):  # days at risk of each stratum in each stretch of the calendar
        begin = origin + k * width
        days = np.minimum(leave[at_risk], begin + width) - np.maximum(enter[at_risk], begin)
        time[:, k] = total_by(group[at_risk], groups, np.maximum(days, 0) / DAY)
    own = at_risk & (bought < end) & (bought < invited)
    joins = total_by(group[own] * stretches + (bought[own] - origin) // width, groups * stretches)
    with np.errstate(invalid="ignore", divide="ignore"):
        hazard = np.where(time > 0, joins.reshape(time.shape) / time, 0.0)
    edges = np.concatenate([np.zeros((groups, 1)), np.cumsum(hazard * (width / DAY), axis=1)], axis=1)

    def cumulative(who: Int32, at: Int64) -> Float64:
        place = np.clip((at - origin) / width, 0.0, stretches)
        whole_stretches = np.minimum(place.astype(np.int64), stretches - 1)
        rest = (place - whole_stretches) * (width / DAY)
        return np.asarray(
            edges[group[who], whole_stretches] + rest * hazard[group[who], whole_stretches], dtype=np.float64
        )

    who = np.unique(referrals.referred[np.isin(verdict, ("accepted", "pending", "reversed_order"))])
    who = who[(enter[who] < invited[who])]
    until = np.minimum(invited[who] + round(horizon_days * DAY), end)
    before, after = cumulative(who, invited[who]), cumulative(who, until)
    expected = float(np.sum(-np.expm1(np.subtract(before, after))))
    came = int((bought[who] <= until).sum())
    if came < minimum or int(own.sum()) < minimum:
        return None
    words = (
        f"prospects nobody invited ({int(own.sum())} bought): of {len(who)} invited {came} bought, "
        f"{expected:.0f} would have anyway"
    )
    return TypeTwo(np.full(n, min(1.0, expected / came)), words)


def expected_referral_value(
    margin: ArrayLike,
    incentive: ArrayLike,
    marketing: ArrayLike,
    saved: ArrayLike,
    p_two: ArrayLike,
    rate: float,
) -> Float64:
    """Return [k] what each referred customer is worth to her referrer (Kumar, Petersen, Leone; metrics.md 5.1).

    `(1 - p_two) * sum_t (A_t - a_t - M_t + ACQ_t)/(1+rate)^t + p_two * sum_t ACQ_t/(1+rate)^t`, t = 1, 2, …

    Args:
        margin: [k, T] gross margin of the referred customer in each period.
        incentive, marketing, saved: [k, T] or broadcastable: incentive paid, marketing to keep her, acquisition cost
            saved.
        p_two: [k] or one probability.
        rate: Discount per period; half a year at 15 % a year is `1.15**0.5 - 1`.
    """
    earned = np.atleast_2d(np.asarray(margin, dtype=np.float64))
    periods = (1.0 + rate) ** -np.arange(1.0, earned.shape[1] + 1.0)
    economy = np.broadcast_to(np.asarray(saved, dtype=np.float64), earned.shape) @ periods
    gain = (earned - np.asarray(incentive) - np.asarray(marketing)) @ periods
    return np.asarray((1.0 - np.asarray(p_two)) * gain + economy, dtype=np.float64)


def referral_value(
    referrals: Referrals,
    verdict: NDArray[np.str_],
    purchases: Purchases,
    p_two: TypeTwo,
    *,
    discount: float = 0.15,
    marketing: float = 0.0,
    acquisition_cost: float = 0.0,
    periods: int = 2,
) -> pd.DataFrame:
    """Return the referral value (CRV) of every referrer from the margins that were earned.

    Half-year periods count from the invitation; the default two make one year. Several accepted referrers of one
    person share her equally, so that her margin counts once.

    Args:
        referrals, verdict: All rows and their verdicts; accepted rows count.
        purchases: All lines.
        p_two: Who would have come anyway.
        discount: Yearly discount rate.
        marketing: Spent to keep a referred customer, per half year, minor units.
        acquisition_cost: What a new customer costs by other means, saved in the first half year, minor units.
        periods: Half years.

    Returns:
        Indexed by customer: crv = crv_type_one (of those who would not have come) + crv_type_two (of those who would
        have: the saved cost), crv_all_type_one (what it would be if nobody had come anyway: the naive figure),
        referred_customers, referred_revenue and referred_margin of the horizon (split between referrers), status.
    """
    n = purchases.customers
    rows = referrals.only((verdict == "accepted") & _joined(purchases)[referrals.referred])
    share = credit_split(rows, n)
    margin, revenue = (_by_period(rows, purchases, money, periods) for money in (purchases.margin, purchases.revenue))
    incentive, saved = np.zeros((2, len(rows), periods))
    incentive[:, 0], saved[:, 0] = rows.incentive, acquisition_cost
    rate = (1.0 + discount) ** 0.5 - 1.0
    # the split divides the customer, her margin, upkeep and saved cost; an incentive was paid to each referrer in full
    value, naive = (
        expected_referral_value(
            share[:, None] * margin, incentive, share[:, None] * marketing, share[:, None] * saved, p, rate
        )
        for p in (p_two.probability[rows.referred], 0.0)
    )
    p = p_two.probability[rows.referred]
    anyway = p * share * (saved @ (1.0 + rate) ** -np.arange(1.0, periods + 1.0))
    some = total_by(rows.referrer, n) > 0
    columns = {
        "crv": value,
        "crv_type_one": value - anyway,
        "crv_type_two": anyway,
        "crv_all_type_one": naive,
        "referred_customers": share,
        "referred_revenue": share * revenue.sum(axis=1),
        "referred_margin": share * margin.sum(axis=1),
    }
    frame = pd.DataFrame(
        {name: np.where(some, total_by(rows.referrer, n, values), np.nan) for name, values in columns.items()},
        index=customers_index(n),
    )
    frame["status"] = status(some, "not_applicable")
    return frame


def extended_customer_revenue(
    referrals: Referrals, verdict: NDArray[np.str_], purchases: Purchases, since: int | None = None
) -> Float64:
    """Return [n] one-hop revenue: own + that of directly referred customers from `since` on (row 24).

    A compatibility metric: it counts every referred sale in full and once more for the referred customer herself.
    """
    own = purchases.total(purchases.revenue, since)
    rows = referrals.only(verdict == "accepted")
    return own + total_by(rows.referrer, purchases.customers, credit_split(rows, len(own)) * own[rows.referred])


def lifetime_referral_value(
    referrals: Referrals,
    verdict: NDArray[np.str_],
    value: ArrayLike,
    p_two: TypeTwo,
    rho: float = 1.0,
) -> Float64:
    """Return [n] `sum over generations g, customers y at g, of value_y * (1 - p_two_y) * rho^(g-1)` (row 25).

    Several referrers share a person equally at every generation, so each customer's value counts at most once per
    generation; the accepted rows have no cycle.

    Args:
        referrals, verdict: All rows and their verdicts; accepted rows count.
        value: [n] lifetime value; NaN counts for nobody.
        p_two: Who would have come anyway.
        rho: Weight of each further generation.

    Raises:
        ComputeFailed: The rows given as accepted contain a cycle.
    """
    worth = np.nan_to_num(np.asarray(value, dtype=np.float64))
    n = len(worth)
    rows = referrals.only(verdict == "accepted")
    tree = csr_array((credit_split(rows, n), (rows.referrer, rows.referred)), shape=(n, n))
    if connected_components(tree, directed=True, connection="strong")[0] < n:
        raise ComputeFailed(
            "the accepted referrals contain a cycle, so their value has no end",
            code="referral-cycle",
            hint="take the verdicts of `review_referrals`, which excludes rings",
        )
    wave, reach = worth * (1.0 - p_two.probability), np.ones(n)
    total, weight = np.zeros(n), 1.0
    while reach.any():  # as many rounds as there are generations
        wave, reach = np.asarray(tree @ wave), np.asarray(tree @ reach)
        total += weight * wave
        weight *= rho
    return total


def lead_weights(path: Path | None = None) -> dict[str, float]:
    """Return stage → share of a customer that a referral at that stage is worth, from TOML (default: packaged file).

    Raises:
        ConfigError: The file cannot be read, or a weight is not a number between 0 and 1.
    """
    try:
        file = path or files("influence.value").joinpath("lead_weights.toml")
        weights = read_toml(file.read_bytes()).get("weights", {})
    except (OSError, InvalidToml) as error:
        why = error.strerror or "unknown reason" if isinstance(error, OSError) else str(error)
        raise ConfigError(
            f"the lead weights cannot be read: {why.lower()}",
            code="lead-weights",
            hint=f"check that `{path}` exists and is TOML with a part `[weights]`",
        ) from error
    if not isinstance(weights, dict):
        weights = {}
    wrong = [k for k, v in weights.items() if isinstance(v, bool) or not isinstance(v, int | float) or not 0 <= v <= 1]
    if wrong or not weights:
        raise ConfigError(
            f"the lead weights {', '.join(f'`{name}`' for name in wrong)} are not numbers between 0 and 1"
            if wrong
            else "the lead weights file has no `[weights]`",
            code="lead-weights",
            hint="write stages below `[weights]`, such as `lead = 0.14`",
        )
    return {name: float(weight) for name, weight in weights.items()}


def lead_credit(
    referrals: Referrals,
    verdict: NDArray[np.str_],
    purchases: Purchases,
    weights: Mapping[str, float],
    margin_per_customer: float,
) -> pd.DataFrame:
    """Return partial credit for referrals that are no customers yet: `stage weight * margin of a typical customer`.

    Kept apart from `crv`, which counts earned money only. A stage without a weight earns nothing.

    Returns:
        Indexed by customer: open_leads, expected_customers, lead_credit (minor units, before p_two).
    """
    n = purchases.customers
    rows = referrals.only((verdict == "accepted") & ~_joined(purchases)[referrals.referred])
    stages, stage_of = np.unique(rows.stage, return_inverse=True)
    weight = np.array([weights.get(str(stage), 0.0) for stage in stages])[stage_of] * credit_split(rows, n)
    expected = total_by(rows.referrer, n, weight)
    return pd.DataFrame(
        {
            "open_leads": total_by(rows.referrer, n).astype(np.int64),
            "expected_customers": expected,
            "lead_credit": expected * margin_per_customer,
        },
        index=customers_index(n),
    )


def return_on_relationship(credited: ArrayLike, incentives: ArrayLike, programme_cost: ArrayLike) -> Float64:
    """Return `(credited margin - incentives - programme cost) / (incentives + programme cost)`, NaN at zero cost."""
    spent = np.asarray(incentives, dtype=np.float64) + np.asarray(programme_cost, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(spent > 0, (np.asarray(credited, dtype=np.float64) - spent) / spent, np.nan)


def referral_credit(
    referrals: Referrals, verdict: NDArray[np.str_], p_two: TypeTwo, first_customer: Int32, first_time: Int64
) -> tuple[Int64, Int32, Float64]:
    """Return which sales referrers own: sale, referrer, share (metrics.md 5.4, step 1).

    A recorded referral owns the referred customer's first order: every first purchase at that instant. The referrer is
    credited with `min(0.9, 1 - p_two)` of it; several referrers share that equally.

    Args:
        referrals, verdict: All rows and their verdicts; accepted rows count.
        p_two: Who would have come anyway.
        first_customer, first_time: [p] first purchases of a snapshot, sorted by (customer, time).

    Returns:
        [k] rows of the first purchases, [k] referrers, [k] shares: the last three arguments of `sale_shares`.
    """
    n = len(p_two.probability)
    start = np.searchsorted(first_customer, np.arange(n))
    opening = first_time == first_time[start[first_customer]]
    lines = np.bincount(first_customer[opening], minlength=n)
    rows = referrals.only(verdict == "accepted")
    split = credit_split(rows, n) * np.minimum(SHARE_CAP, 1.0 - p_two.probability[rows.referred])
    count = lines[rows.referred]
    row = np.repeat(np.arange(len(rows)), count)
    within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return (start[rows.referred[row]] + within).astype(np.int64), rows.referrer[row], split[row]


def credit_split(rows: Referrals, customers: int) -> Float64:
    """Return [k] equal shares of the rows of one referred customer; they sum to 1 per referred customer."""
    return 1.0 / total_by(rows.referred, customers)[rows.referred] if len(rows) else np.empty(0)


def _joined(purchases: Purchases) -> NDArray[np.bool_]:
    return np.asarray(_first_purchase(purchases, purchases.kept) != NEVER, dtype=np.bool_)


def _first_purchase(purchases: Purchases, lines: NDArray[np.bool_]) -> Int64:
    """Return [n] instant of the first of the given lines, `NEVER` without one."""
    first = np.full(purchases.customers, NEVER)
    rows = np.flatnonzero(lines)[::-1]  # lines are sorted by time within a customer: the last write is the earliest
    first[purchases.customer[rows]] = purchases.at[rows]
    return first


def _by_period(rows: Referrals, purchases: Purchases, money: Float64, periods: int) -> Float64:
    """Return [k, periods] money of each referred customer by half year since her invitation, NaN if unknown."""
    starts = np.searchsorted(purchases.customer, rows.referred)
    counts = np.searchsorted(purchases.customer, rows.referred, side="right") - starts
    row = np.repeat(np.arange(len(rows)), counts)
    line = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts) + starts[row]
    period = np.floor((purchases.at[line] - rows.at[row]) / _HALF_YEAR).astype(np.int64)
    inside = (period >= 0) & (period < periods)
    cell = row[inside] * periods + period[inside]
    sums = total_by(cell, len(rows) * periods, money[line[inside]])
    return sums.reshape(len(rows), periods)


def _persons(n: int, keys: Mapping[str, Int64], since: Int64) -> tuple[Int64, Int64]:
    """Return [n] the person behind each account, and when another account of that person first bought (`NEVER`: none).

    Accounts are one person when they share an e-mail or phone key, directly or through a third account.
    """
    links = [(name, codes) for name, codes in keys.items() if name in ("email_key", "phone_key")]
    ends = [(np.flatnonzero(codes >= 0), n + i + codes[codes >= 0] * len(links)) for i, (_, codes) in enumerate(links)]
    if not ends:
        return np.arange(n, dtype=np.int64), np.full(n, NEVER)
    account, key = (np.concatenate(side) for side in zip(*ends, strict=True))
    names, compact = np.unique(key, return_inverse=True)
    size = n + len(names)
    shared = csr_array((np.ones(len(account)), (account, n + compact)), shape=(size, size))
    person = np.asarray(connected_components(shared, directed=False)[1][:n], dtype=np.int64)
    order = np.lexsort((since, person))
    head = np.flatnonzero(np.r_[True, person[order][1:] != person[order][:-1]])
    size_of = np.diff(np.append(head, n))
    earliest, second = np.full(n, NEVER), np.full(n, NEVER)
    earliest[person[order][head]] = since[order][head]
    several = size_of > 1
    second[person[order][head[several]]] = since[order][head[several] + 1]
    # of the earliest account the other account is the second one; of every later account it is the earliest
    is_first = np.zeros(n, dtype=np.bool_)
    is_first[order[head]] = True
    return person, np.where(is_first, second[person], earliest[person])


def _repeated(referrer: Int32, person: Int64, at: Int64, open_: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return [k] rows whose (referrer, person) occurs earlier among the open rows."""
    rows = np.flatnonzero(open_)
    order = rows[np.lexsort((rows, at[rows], person[rows], referrer[rows]))]
    again = np.zeros(len(at), dtype=np.bool_)
    again[order[1:]] = (referrer[order][1:] == referrer[order][:-1]) & (person[order][1:] == person[order][:-1])
    return again
