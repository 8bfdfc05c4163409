"""Everything `value` knows about the customers of one snapshot, as columns: own value, referrals, influence.

The order matters and is fixed here: referrals own their sales first (`programme`), persuasion shares what is left, and
only then does money flow along both, so that each sale ends in one bucket. Past margin and lifetime value run through
the same shares in two separate calls and are never added up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from influence.snapshot.arrays import DAY, Float64, Int32, Int64, Snapshot
from influence.snapshot.money import Money
from influence.value.measures import total_by
from influence.value.network import (
    NetworkValue,
    SaleShares,
    hidden_wealth,
    influence_matrix,
    network_value,
    sale_shares,
    value_matrix,
)
from influence.value.own import OwnValue, own_value, share_of_wallet
from influence.value.programme import Programme
from influence.value.purchases import Purchases
from influence.value.referral import (
    extended_customer_revenue,
    funnel,
    lead_credit,
    lead_weights,
    lifetime_referral_value,
    referral_value,
    return_on_relationship,
)
from influence.value.terms import Terms

__all__ = ["Appraisal", "Credit", "appraise"]

Column = NDArray[Any]

_YEAR: Final = round(365.25 * DAY)


@dataclass(frozen=True)
class Credit:
    """Credit of persuaders, as the persuasion estimate left it. c shares of sales, n customers.

    Attributes:
        sale: [c] row of the first purchases of the snapshot.
        influencer: [c] int32 customer.
        share: [c] of that sale.
        error: [n] relative standard error of each customer's credit, NaN = unknown.
    """

    sale: Int64
    influencer: Int32
    share: Float64
    error: Float64


@dataclass(frozen=True)
class Appraisal:
    """What customers are worth.

    Attributes:
        customers: Measure to [n] column; null is NaN or `None`. A measure that nobody has is not there at all.
        totals: Figures about the whole, without null ones.
        notes: What a reader must know, in sentences.
        own: Own value with its models.
        past, plan: Network value of margins and of lifetime values; `None` without money.
    """

    customers: Mapping[str, Column]
    totals: Mapping[str, Any]
    notes: tuple[str, ...]
    own: OwnValue
    past: NetworkValue | None
    plan: NetworkValue | None


def appraise(
    snapshot: Snapshot,
    money: Money,
    purchases: Purchases,
    programme: Programme,
    credit: Credit,
    terms: Terms | None = None,
    *,
    shown: NDArray[np.bool_] | None = None,
    unit: int = 100,
) -> Appraisal:
    """Compute own value, referral value and influence value of every customer.

    Args:
        snapshot: First purchases, to which the shares belong.
        money: What customers cost and said.
        purchases: All lines, refunds settled.
        programme: Referrals with verdicts and the sales they own.
        credit: Shares of sales that persuaders earned; sales that a referral owns are dropped from them.
        terms: Horizon, discount and costs.
        unit: Minor units of a main unit of the currency, in which `terms` are.
        shown: [n] customers who are ranked; the others (opted out) keep their place in the money and get no rank.

    Raises:
        ComputeFailed: Money got lost or a sale was credited more than once.
    """
    terms = terms or Terms()
    n = snapshot.customers
    ranked = np.ones(n, np.bool_) if shown is None else shown
    notes, priced, earned = _about_money(money, purchases)
    marketing, upkeep = _marketing(money, terms)
    own = own_value(purchases, months=terms.months, discount=terms.discount, marketing=marketing)
    frame = own.frame
    columns: dict[str, Column] = {
        name: _figures(frame[name]) for name in ("recency_days", "p_alive", "expected_purchases")
    }
    for name in ("purchase_days", "recency_quintile", "frequency_quintile"):
        columns[name] = _whole(_figures(frame[name]))
    columns["value_status"] = frame["status"].to_numpy(dtype=object)
    totals: dict[str, Any] = {
        "currency": str(money.currencies[0]) if len(money.currencies) == 1 else None,
        "unit": unit,
        "lines": len(purchases.at),
        "buyers": int((frame["status"] == "ok").sum()),
        **_models(own),
    }
    if priced:
        revenue = np.where(purchases.unknown(purchases.revenue) > 0, np.nan, purchases.total(purchases.revenue))
        recent = purchases.total(purchases.revenue, purchases.as_of - _YEAR)
        answered = share_of_wallet(np.where(np.isnan(revenue), np.nan, recent), money.category_spend)
        columns["own_revenue"] = revenue
        columns["share_of_wallet"] = np.where(np.isnan(money.share_of_wallet), answered, money.share_of_wallet)
        totals["revenue"] = float(np.nansum(revenue))
    past = plan = None
    if earned:
        for name in ("past_customer_value", "expected_margin", "clv"):
            columns[name] = frame[name].to_numpy(dtype=np.float64)
        for name in ("money_quintile", "rfm"):
            columns[name] = _whole(_figures(frame[name]))
        columns["margin_source"] = _objects(frame["margin_source"])
        shares = sale_shares(
            credit.sale, credit.influencer, credit.share, programme.sale, programme.referrer, programme.share
        )
        past, plan = _network(snapshot, purchases, shares, frame, credit.error)
        influence, found = _influence(past, plan, columns, ranked)
        columns |= influence
        totals |= found | _conserved(shares, past)
    referral, found, told = _referrals(money, purchases, programme, terms, columns, past, upkeep, unit, earned)
    columns |= referral
    totals |= found
    if len(programme.referrals):
        notes += told
    if credit.sale.size == 0 and earned:
        notes.append("no sale is credited to a persuader, so influence value is that of referrals alone")
    # notes about margins are of no use where there is no money to speak of
    notes += [note for note in own.notes if earned or "margin" not in note]
    kept = {name: column for name, column in columns.items() if not _empty(column)}
    clean = {name: value for name, value in totals.items() if value is not None and value == value}
    return Appraisal(kept, clean, tuple(notes), own, past, plan)


def _about_money(money: Money, purchases: Purchases) -> tuple[list[str], bool, bool]:
    """Return notes, whether revenue is known at all, and whether margin is."""
    if len(money.currencies) > 1:
        names = " and ".join([", ".join(money.currencies[:-1].tolist()), str(money.currencies[-1])])
        sentence = (
            f"amounts are in {names}; money is never added up across currencies, so there is no value in money: "
            "convert the amounts to one currency and load them again"
        )
        return [sentence], False, False
    known = [bool((~np.isnan(column) & purchases.kept).any()) for column in (purchases.revenue, purchases.margin)]
    notes = []
    if not any(known):
        notes.append("the purchases have no revenue and no margin, so there is no value in money; it is not 0")
    elif not known[1]:
        notes.append("the purchases have no margin, so there is no value in money beyond revenue; it is not 0")
    return notes, known[0], known[1]


def _marketing(money: Money, terms: Terms) -> tuple[Float64, float | None]:
    """Return [n] present value of marketing over the horizon, and what half a year costs on average (`None` unknown).

    Customers whose cost is unknown cost the mean of the others.
    """
    yearly = money.marketing_cost
    known = ~np.isnan(yearly)
    if len(money.currencies) > 1 or not known.any():
        return np.zeros(len(yearly)), None
    mean = float(yearly[known].mean())
    months = (1.0 + terms.discount) ** (-np.arange(1, terms.months + 1) / 12.0)
    return np.where(known, yearly, mean) / 12.0 * float(months.sum()), mean / 2.0


def _network(
    snapshot: Snapshot, purchases: Purchases, shares: SaleShares, frame: pd.DataFrame, error: Float64
) -> tuple[NetworkValue, NetworkValue | None]:
    """Return the network value of the past and of the plan, through the same shares."""
    by_referral, by_persuasion = influence_matrix(
        snapshot.customers,
        shares,
        snapshot.first_customer,
        snapshot.first_margin,
        total=purchases.positive_margin(),
    )
    past = network_value(frame["past_customer_value"], by_persuasion, by_referral, error)
    plan = None
    if frame["clv"].notna().any():
        plan = network_value(frame["clv"], by_persuasion, by_referral, error)
    return past, plan


def _influence(
    past: NetworkValue, plan: NetworkValue | None, columns: Mapping[str, Column], ranked: NDArray[np.bool_]
) -> tuple[dict[str, Column], dict[str, Any]]:
    """Return the columns of influence value, and its totals and cuts."""
    table = past.frame
    found: dict[str, Column] = {
        name: table[source].to_numpy(dtype=np.float64)
        for name, source in (
            ("credited_away", "credited_away"),
            ("earned_by_referral", "by_referral"),
            ("earned_by_persuasion", "by_persuasion"),
            ("clnv", "net"),
            ("clnv_low", "net_low"),
            ("clnv_high", "net_high"),
            ("gross_value", "gross"),
            ("civ", "civ"),
        )
    }
    spend = columns.get("own_revenue", columns["past_customer_value"])
    # prospects who neither bought nor brought anything are no low spenders: ranks are among those with any value
    taken = ranked & ((np.nan_to_num(columns["recency_days"], nan=-1.0) >= 0) | (table["gross"].to_numpy() != 0))
    visible = NetworkValue(table.where(pd.Series(taken, table.index)), past.conservation, past.rounds)
    wealth = hidden_wealth(visible, np.where(taken, spend, np.nan))
    found |= {
        "spend_percentile": wealth["spend_percentile"].to_numpy(dtype=np.float64),
        "clnv_percentile": wealth["net_percentile"].to_numpy(dtype=np.float64),
        "rank_gain": wealth["rank_gain"].to_numpy(dtype=np.float64),
        "hidden_wealth": wealth["hidden"].to_numpy(dtype=np.bool_),
        "hidden_wealth_certain": _objects(wealth["certain"]),
    }
    totals: dict[str, Any] = {
        "earned_by_referral": float(np.nansum(found["earned_by_referral"])),
        "earned_by_persuasion": float(np.nansum(found["earned_by_persuasion"])),
        "credited_away": float(np.nansum(found["credited_away"])),
        "hidden_wealth": int(found["hidden_wealth"].sum()),
    }
    if plan is not None:
        table = plan.frame
        found |= {
            name: table[source].to_numpy(dtype=np.float64)
            for name, source in (
                ("cev", "net"),
                ("cev_low", "net_low"),
                ("cev_high", "net_high"),
                ("cev_credited_away", "credited_away"),
                ("cev_referral", "by_referral"),
                ("cev_influence", "by_persuasion"),
            )
        }
        others = found["cev_referral"] + found["cev_influence"]
        matrix = value_matrix(np.where(ranked, columns["clv"], np.nan), others)
        found["value_quadrant"] = _objects(matrix.quadrant)
        totals |= {
            "own_cut": matrix.own_cut,
            "others_cut": matrix.others_cut,
            "clv": float(np.nansum(columns["clv"])),
            "cev": float(np.nansum(found["cev"])),
        }
    return found, totals


def _conserved(shares: SaleShares, past: NetworkValue) -> dict[str, Any]:
    """Return what proves that every sale was counted once."""
    most = 0.0
    if len(shares.sale):
        sale = np.unique(shares.sale, return_inverse=True)[1]
        most = float(total_by(sale, int(sale.max()) + 1, shares.share).max())
    margin, net = (float(np.nansum(_figures(past.frame[name]))) for name in ("own", "net"))
    return {
        "margin": margin,
        "net": net,
        "conservation": past.conservation,
        "rounds": past.rounds,
        "sales_credited": len(np.unique(shares.sale)),
        "largest_credit": most,
    }


def _referrals(
    money: Money,
    purchases: Purchases,
    programme: Programme,
    terms: Terms,
    columns: Mapping[str, Column],
    past: NetworkValue | None,
    upkeep: float | None,
    unit: int,
    earned: bool,
) -> tuple[dict[str, Column], dict[str, Any], list[str]]:
    """Return the columns of referral value, its totals, and what to know about it."""
    rows, verdict, p_two = programme.referrals, programme.verdict, programme.p_two
    n = money.customers
    counts = programme.counts()
    totals: dict[str, Any] = {"referrals": len(rows)} | {
        f"referrals_{name}": count for name, count in counts.items() if count
    }
    if not len(rows):
        return {}, totals, []
    notes: list[str] = [p_two.note] if p_two.note else []
    recorded = total_by(rows.referrer, n)
    valid = np.isin(verdict, ("accepted", "pending"))
    stages = funnel(rows, verdict, purchases)
    steps = {
        f"referral_{name}": np.where(recorded > 0, np.nan_to_num(_figures(stages[name])), np.nan)
        for name in ("invites", "leads", "customers", *(["profitable"] if earned else []))
    }
    steps["referral_excluded"] = np.where(recorded > 0, total_by(rows.referrer[~valid], n), np.nan)
    found: dict[str, Column] = {name: _whole(figures) for name, figures in steps.items()}
    totals |= {name: int(np.nansum(figures)) for name, figures in steps.items()}
    totals |= {"p_two": float(np.mean(p_two.probability)), "p_two_source": p_two.source}
    if "own_revenue" in columns:
        reach = extended_customer_revenue(rows, verdict, purchases)
        found["extended_customer_revenue"] = np.where(np.isnan(columns["own_revenue"]), np.nan, reach)
    if len(money.currencies) > 1 or not earned:
        return found, totals, notes
    saved, source = _acquisition(money, programme, terms, unit)
    totals |= {"acquisition_cost": saved, "acquisition_cost_source": source}
    if saved is None:
        notes.append(
            "nobody knows what a new customer costs by other means, so the cost that referrals save is left out of "
            "referral value: set `--acquisition-cost` or load `acquisition_cost`"
        )
    if upkeep is None:
        notes.append("what marketing to customers costs is unknown and left out of lifetime and referral value")
    value = referral_value(
        rows,
        verdict,
        purchases,
        p_two,
        discount=terms.discount,
        marketing=upkeep or 0.0,
        acquisition_cost=saved or 0.0,
    )
    for name in (
        "crv",
        "crv_type_one",
        "crv_type_two",
        "crv_all_type_one",
        "referred_customers",
        "referred_revenue",
        "referred_margin",
    ):
        found[name] = value[name].to_numpy(dtype=np.float64)
    if "clv" in columns:
        tree = lifetime_referral_value(rows, verdict, columns["clv"], p_two)
        found["lifetime_referral_value"] = np.where(recorded > 0, tree, np.nan)
    typical = _typical_margin(columns["past_customer_value"], columns["recency_days"])
    leads = lead_credit(rows, verdict, purchases, terms.lead_weights or lead_weights(), typical)
    for name in ("open_leads", "expected_customers", "lead_credit"):
        found[name] = np.where(recorded > 0, leads[name].to_numpy(dtype=np.float64), np.nan)
    paid = total_by(rows.referrer, n, np.where(verdict == "refused", 0.0, rows.incentive))
    found["referral_incentives"] = np.where(recorded > 0, paid, np.nan)
    programme_cost = (terms.programme_cost or 0.0) * unit
    cost = programme_cost * recorded / recorded.sum()
    if terms.programme_cost is None:
        notes.append(
            "what running the referral programme costs is unknown and left out of return on relationship: set "
            "`--programme-cost`"
        )
    if programme.unpriced:
        notes.append(f"{programme.unpriced} referrals do not say what was paid for them and count as paid nothing")
    totals |= {
        "typical_margin": typical,
        "incentives": float(paid.sum()),
        "incentives_excluded": float(rows.incentive[~valid & (verdict != "refused")].sum()),
        "programme_cost": programme_cost if terms.programme_cost is not None else None,
        **{name: float(np.nansum(found[name])) for name in ("crv", "crv_type_one", "crv_type_two", "crv_all_type_one")},
        **{name: float(np.nansum(found[name])) for name in ("referred_revenue", "referred_margin", "lead_credit")},
    }
    worth = (1.0 - totals["p_two"]) * totals["referred_margin"] - totals["incentives"] - programme_cost
    if totals["incentives"] + programme_cost > 0:
        totals["return_first_year"] = worth / (totals["incentives"] + programme_cost)
    if past is not None:
        credited = np.nan_to_num((past.frame["by_referral"] + past.frame["by_persuasion"]).to_numpy(dtype=np.float64))
        found["return_on_relationship"] = np.where(recorded > 0, return_on_relationship(credited, paid, cost), np.nan)
        took_part = recorded > 0
        whole = return_on_relationship([credited[took_part].sum()], [paid.sum()], [programme_cost])
        totals |= {"return_on_relationship": float(whole[0]), "credited_to_referrers": float(credited[took_part].sum())}
    return found, totals, notes


def _acquisition(money: Money, programme: Programme, terms: Terms, unit: int) -> tuple[float | None, str | None]:
    """Return what a new customer costs by other means in minor units, and where the figure is from."""
    if terms.acquisition_cost is not None:
        return terms.acquisition_cost * unit, "given with `--acquisition-cost`"
    known = ~np.isnan(money.acquisition_cost)
    known[programme.referrals.referred] = False
    if not known.any():
        return None, None
    return float(money.acquisition_cost[known].mean()), f"mean of {int(known.sum())} customers who were not referred"


def _typical_margin(value: Float64, recency: Float64) -> float:
    """Return the mean past value of customers who have bought, 0 when it is known of nobody."""
    known = ~np.isnan(value) & ~np.isnan(recency)
    return float(value[known].mean()) if known.any() else 0.0


def _models(own: OwnValue) -> dict[str, Any]:
    """Return the parameters of the fitted models."""
    found: dict[str, Any] = {}
    if own.repeat is not None:
        model = own.repeat
        found |= {
            "model": "MBG/NBD" if model.modified else "BG/NBD",
            "model_r": model.r,
            "model_alpha": model.alpha,
            "model_a": model.a,
            "model_b": model.b,
        }
    if own.spend is not None:
        found |= {"margin_p": own.spend.p, "margin_q": own.spend.q, "margin_v": own.spend.v}
    return found


def _figures(column: pd.Series[Any]) -> Float64:
    """Return numbers with NaN for null."""
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _whole(figures: Float64) -> Column:
    """Return whole numbers with `None` for NaN."""
    result = np.full(len(figures), None, dtype=object)
    known = ~np.isnan(figures)
    result[known] = figures[known].astype(np.int64).tolist()
    return result


def _objects(column: pd.Series[Any]) -> Column:
    """Return texts or flags with `None` for null."""
    result = column.astype(object).to_numpy(copy=True)
    result[column.isna().to_numpy()] = None
    return np.asarray(result, dtype=object)


def _empty(column: Column) -> bool:
    """Tell whether nobody has a value."""
    if column.dtype.kind == "f":
        return bool(np.isnan(column).all())
    return bool(column.dtype.kind == "O" and all(one is None for one in column))
