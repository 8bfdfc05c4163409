"""The voice stage of a run: what customers say and do for the shop, and whom to approach how (metrics.md 6, 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from influence.compute.voice_tables import VoiceTables, read_voice
from influence.compute.work import Work
from influence.reach.ties import active_ties
from influence.scores import ScoreFrames
from influence.snapshot.arrays import DAY, NEVER, Float64, Snapshot
from influence.value.measures import INSUFFICIENT, OK, percentile, total_by
from influence.value.own import OwnValue
from influence.value.purchases import Purchases
from influence.voice.advocacy import asks, intent_action_gap, never_asked, self_declared
from influence.voice.ambassadors import FACTORS, load_rules, load_weights, next_steps, shortlist
from influence.voice.churn import Contagion, churn_contagion
from influence.voice.detractors import detractor_risk, usual_churn
from influence.voice.lower_tail import follow_ons_of
from influence.voice.membership import MembershipLift, membership_lift
from influence.voice.support import support_load
from influence.voice.survey import DETRACTOR, PROMOTER, latest

__all__ = ["voice_stage"]

Column = NDArray[Any]
Flags = NDArray[np.bool_]

_COHORT_DAYS: Final = 7.0
"""Members who joined in the same week are compared at once: exact enough, and seven times as fast."""
_FEWEST_MEMBERS: Final = 30
"""Fewer matched members say nothing: the draws would only repeat them."""
_CHURN_DAYS: Final = 30.0
_MONTH_DAYS: Final = 365.25 / 12.0


@dataclass(frozen=True)
class Found:
    """What one part of the stage found: columns of `:Score` and figures of `:Run`."""

    columns: Mapping[str, Column]
    figures: Mapping[str, Any]


def voice_stage(work: Work) -> ScoreFrames:
    """Compute surveys, advocacy, detractors, support, membership, the shortlist and the next steps.

    Reads what earlier stages found where they ran; without value or persuasion the factors they give are unknown.
    Customers who are not scored count nowhere, except as friends who hear of a detractor.
    """
    work.progress.note("reading what customers say")
    tables = read_voice(work.graph, work.snapshot)
    work.check()
    # an answer of somebody who has opted out counts nowhere
    nps, ease, declared = (
        np.where(work.scored, latest(tables.answers[kind], work.snapshot.customers), np.nan)
        for kind in ("nps", "ces", "influence")
    )
    asked = advocacy(work, tables, nps)
    support = load_of(work, tables)
    parts = [
        answers(nps, ease),
        asked,
        declared_influence(work, declared),
        at_risk(work, nps, spreads(work, nps)),
        lower_tail(work, nps),
        support,
        members(work, tables),
        ambassadors(work, nps, asked, support),
    ]
    return ScoreFrames(
        customers={name: column for part in parts for name, column in part.columns.items()},
        totals={name: value for part in parts for name, value in part.figures.items() if not unknown(value)},
    )


def unknown(value: Any) -> bool:
    """Tell whether a figure is unknown; such a figure is left out, for it is not zero."""
    return value is None or (isinstance(value, float) and value != value)


def answers(nps: Float64, ease: Float64) -> Found:
    """Return the last answers. The scores of groups of customers are the reports `nps` and `effort`."""
    group = np.full(len(nps), None, dtype=object)
    group[nps >= PROMOTER], group[nps <= DETRACTOR] = "promoter", "detractor"
    group[(nps < PROMOTER) & (nps > DETRACTOR)] = "passive"
    return Found({"nps_answer": nps, "nps_group": group, "effort_answer": ease}, {})


def advocacy(work: Work, tables: VoiceTables, nps: Float64) -> Found:
    """Return willingness, asks and advocacy, promoters never asked, and the intent-action gap (rows 32)."""
    snapshot = work.snapshot
    found = asks(snapshot.customers, tables.steps, work.scored)
    begin = int(snapshot.first_time.min()) if len(snapshot.first_time) else snapshot.as_of
    gap = intent_action_gap(nps, tables.referrals, work.figure("persuasion_excess"), (snapshot.as_of - begin) / DAY)
    promoter = nps >= PROMOTER
    kinds = found.by_kind
    return Found(
        {
            "willingness": np.where(work.scored, tables.willingness, np.nan),
            "willing_to": found.willing,
            "advocacy_done": found.done,
            "asks_outstanding": found.outstanding,
            "untapped_asks": found.untapped,
            "asked_days": np.where(found.asked > 0, (snapshot.as_of - found.last_asked) / DAY, np.nan),
            "never_asked": only(promoter, never_asked(nps, found.asked, tables.referrals, ~work.scored)),
            "promoter_without_action": only(promoter, gap.silent),
        },
        {
            "voice_promoters": gap.promoters,
            "voice_gap_share": gap.share,
            "voice_gap_low": gap.low,
            "voice_gap_high": gap.high,
            "voice_gap_window_days": gap.window_days,
            "voice_gap_status": gap.status,
            "advocacy_kinds": kinds.index.tolist(),
            **{f"advocacy_{state}": kinds[state].tolist() for state in kinds},
        },
    )


def only(whom: Flags, values: Column) -> Column:
    """Return a column that says nothing of the others."""
    result = np.full(len(whom), None, dtype=object)
    result[whom] = values[whom].tolist()
    return result


def declared_influence(work: Work, declared: Float64) -> Found:
    """Return how influential people say they are beside how influential they are."""
    found = self_declared(declared, work.figure("persuasion_rate"))
    frame = found.frame
    reading = np.array([None if pd.isna(one) else one for one in frame["reading"]], dtype=object)
    return Found(
        {
            "self_declared": declared,
            "self_declared_percentile": frame["declared_percentile"].to_numpy(),
            "self_declared_measured": frame["measured_percentile"].to_numpy(),
            "self_declared_reading": reading,
        },
        {
            "voice_self_correlation": found.correlation,
            "voice_self_correlation_low": found.low,
            "voice_self_correlation_high": found.high,
            "voice_self_customers": found.customers,
        },
    )


def spreads(work: Work, nps: Float64) -> Contagion | None:
    """Return whether leaving spreads among friends (row 34); `None` without purchases to tell from."""
    purchases = work.results.get(Purchases)
    if purchases is None:
        return None
    work.progress.note("looking at who leaves after whom")
    return churn_contagion(work.snapshot, purchases, nps, work.options.lapse_days)


def contagion_figures(found: Contagion) -> dict[str, Any]:
    """Return it as figures of the run: lists by group, NaN where a group says nothing."""
    groups = {"everybody": found.everybody, **found.groups}
    names = "lapses at_risk observed expected ratio low high hazard hazard_low hazard_high".split()
    return {
        "contagion_status": found.status,
        "contagion_rule": found.rule.words(),
        "contagion_silence_days": found.rule.silence_days,
        "contagion_window_days": found.window_days,
        "contagion_alike": found.alike if found.alike_known else None,
        "contagion_churn": found.mean_churn,
        "contagion_groups": list(groups),
        **{f"contagion_{name}": [float(getattr(one, name)) for one in groups.values()] for name in names},
    }


def lower_tail(work: Work, nps: Float64) -> Found:
    """Return whether friends buy less than expected after customers who would not recommend the shop (4.7, 6)."""
    observed, expected = work.figure("persuasion_observed"), work.figure("persuasion_expected")
    if np.isnan(nps).all() or np.isnan(expected).all():
        return Found({}, {})
    groups = {
        "detractors": nps <= DETRACTOR,
        "passives": (nps > DETRACTOR) & (nps < PROMOTER),
        "promoters": nps >= PROMOTER,
    }
    found = {name: follow_ons_of(observed, expected, group) for name, group in groups.items()}
    names = "customers observed expected ratio low high p".split()
    return Found(
        {},
        {
            "lower_tail_groups": list(groups),
            **{f"lower_tail_{name}": [float(getattr(one, name)) for one in found.values()] for name in names},
        },
    )


def at_risk(work: Work, nps: Float64, contagion: Contagion | None) -> Found:
    """Return who hears detractors, and the margin that puts at risk (row 33).

    The hazard ratio is that of the data where they prove one above 1, else the published one; usual churn is that of
    customers who left where enough did, else what the purchase model says. The run says which.
    """
    n = work.snapshot.customers
    ties = active_ties(work.snapshot)
    own = work.results.get(OwnValue)
    nothing = np.full(n, np.nan)
    clv = alive = churn = nothing
    if own is not None and own.repeat is not None:
        clv, alive, expected = (
            own.frame[name].to_numpy(dtype=np.float64) for name in ("clv", "p_alive", "expected_purchases")
        )
        drop_out = own.repeat.a / (own.repeat.a + own.repeat.b)
        churn = usual_churn(expected, alive, drop_out, _CHURN_DAYS / (_MONTH_DAYS * work.options.terms.months))
    source, ratio = "model", None
    if contagion is not None:
        ratio = contagion.hazard_ratio
        if contagion.churn_known:
            churn, source = contagion.usual_churn, "data"
    influencer = work.flag("certified_persuader") | work.flag("super_connector")
    risk = detractor_risk(nps, ties.offsets, ties.targets, ties.weights, clv, alive, churn, influencer, ratio)
    frame, who = risk.frame, risk.frame.index.to_numpy()
    valued = bool(np.isfinite(clv * churn).any())
    leaving = np.where(work.scored, churn, np.nan)
    columns = {name: np.full(n, np.nan) for name in ("friends", "exposure", "margin_at_risk")}
    for name, column in columns.items():
        if valued or name != "margin_at_risk":
            column[who] = frame[name]
    flags = np.full(n, None, dtype=object)
    flags[who] = frame["influencer"].tolist()
    return Found(
        {
            **{f"detractor_{name}": column for name, column in columns.items()},
            "detractor_influencer": flags,
            "usual_churn": leaving,
        },
        {
            "voice_detractors": len(frame),
            "voice_detractor_influencers": int(frame["influencer"].sum()),
            "voice_detractor_friends": risk.friends,
            "voice_margin_at_risk": risk.margin_at_risk if valued else None,
            "voice_hazard_ratio": risk.hazard_ratio,
            "voice_hazard_source": risk.source,
            "voice_usual_churn": float(np.nanmean(churn)) if np.isfinite(churn).any() else None,
            "voice_churn_source": source if np.isfinite(churn).any() else None,
            "voice_churn_days": _CHURN_DAYS,
            "voice_friends_unvalued": risk.unvalued if valued else None,
            **(contagion_figures(contagion) if contagion is not None else {}),
        },
    )


def load_of(work: Work, tables: VoiceTables) -> Found:
    """Return what support cost and what customers saved one another; nothing where no contact is known at all."""
    n = work.snapshot.customers
    if not len(tables.contacts.customer):
        nothing = np.full(n, np.nan)
        names = ("contacts", "contact_cost", "contact_open", "peer_answers", "peer_saved")
        return Found(dict.fromkeys(names, nothing), {})
    frame = support_load(tables.contacts, n)
    waiting = total_by(tables.contacts.customer[tables.contact_open], n) > 0
    return Found(
        {
            "contacts": frame["contacts"].to_numpy(),
            "contact_cost": frame["cost"].to_numpy(),
            "contact_open": only(np.full(n, tables.solving_known), waiting),
            "peer_answers": frame["peer_answers"].to_numpy(),
            "peer_saved": frame["saved"].to_numpy(),
        },
        {},
    )


def members(work: Work, tables: VoiceTables) -> Found:
    """Return who belongs to the customer community now, and members against non-members (row 36).

    Whoever ever joined counts as a member in the comparison from the day of joining, also after leaving: those who
    leave are part of what joining brings.
    """
    n, rows = work.snapshot.customers, tables.memberships
    belongs = np.full(n, None, dtype=object)
    if not len(rows.customer):
        return Found({"group_member": belongs}, {})
    belongs[:] = False
    belongs[rows.customer[rows.left > work.snapshot.as_of]] = True
    purchases = work.results.get(Purchases)
    if purchases is None:
        return Found({"group_member": belongs}, {})
    # the earliest membership counts; an unknown date is ALWAYS and therefore the earliest
    order = np.lexsort((rows.group, rows.joined))[::-1]
    joined, group = np.full(n, NEVER), np.full(n, -1, dtype=np.int64)
    joined[rows.customer[order]], group[rows.customer[order]] = rows.joined[order], rows.group[order]
    since = np.full(n, NEVER)
    np.minimum.at(since, purchases.customer[purchases.kept], purchases.at[purchases.kept])
    out = work.snapshot.customer_opted_out
    joined[out] = since[out] = NEVER
    lift = membership_lift(
        purchases, joined, group, tables.segment, since, cohort_days=_COHORT_DAYS, seed=work.options.seed
    )
    return Found({"group_member": belongs}, figures_of(lift))


def figures_of(lift: MembershipLift) -> dict[str, Any]:
    """Return the comparison as figures of the run; of few members the raw figure only."""
    matched = "lift lift_low lift_high did did_low did_high share resampled"
    told = "raw members matched unmatched window_days"
    few = lift.status == OK and lift.matched < _FEWEST_MEMBERS
    names = told.split() + ([] if few else matched.split())
    figures = {f"membership_{name}": getattr(lift, name) for name in names}
    return {**figures, "membership_status": INSUFFICIENT if few else lift.status}


def ambassadors(work: Work, nps: Float64, asked: Found, support: Found) -> Found:
    """Return the shortlist with its factors, and a next step for everybody to whom a rule applies."""
    scored = work.scored
    weights = work.options.weights or load_weights()
    rules = work.options.rules or load_rules()
    reach, topic = best_topic(work)
    others = work.figure("earned_by_referral") + work.figure("earned_by_persuasion")
    people = pd.DataFrame(
        {
            "nps": nps,
            "willingness": asked.columns["willingness"],
            "topic_reach": reach,
            "persuasion": percentile(work.figure("persuasion_rate")),
            "certified": work.flag("certified_persuader"),
            "referral": percentile(work.figure("lifetime_referral_value")),
            "network_value": percentile(others),
            "opted_out": ~scored,
        }
    )
    ranked = shortlist(people, weights)
    facts = people.assign(
        contact_open=pd.Series(support.columns["contact_open"], dtype="boolean"),
        quadrant=work.text("value_quadrant"),
        referred_customers=work.figure("referral_customers"),
        asked_days=asked.columns["asked_days"],
        ask_outstanding=[one is not None for one in asked.columns["asks_outstanding"]],
        reference_done=["reference" in (done or "").split(", ") for done in asked.columns["advocacy_done"]],
        review_done=["review" in (done or "").split(", ") for done in asked.columns["advocacy_done"]],
        peer_answers=support.columns["peer_answers"],
        score=ranked["score"],
    )
    steps = next_steps(facts, rules)
    has_step = scored & steps["next_step"].notna().to_numpy()
    factors = {f"ambassador_{name}": ranked[name].to_numpy() for name in FACTORS if name in ranked}
    return Found(
        {
            **factors,
            "ambassador_topic": topic,
            "ambassador_known": ranked["known_weight"].to_numpy(),
            "ambassador_score": ranked["score"].to_numpy(),
            "ambassador_rank": ranked["rank"].to_numpy(dtype=np.float64, na_value=np.nan),
            "ambassador_shortlisted": ranked["shortlisted"].to_numpy(),
            "next_step": only(has_step, steps["next_step"].to_numpy()),
            "next_step_why": only(has_step, steps["why"].to_numpy()),
            "next_step_incentive": only(has_step, steps["incentive"].to_numpy()),
        },
        {"ambassador_weights": [f"{name} {weight:g}" for name, weight in weights.weights.items()]},
    )


def best_topic(work: Work) -> tuple[Float64, Column]:
    """Return [n] the best percentile of topic reach within a topic, NaN if unknown, and [n] the topic's id."""
    snapshot: Snapshot = work.snapshot
    best, topic = np.full(snapshot.customers, np.nan), np.full(snapshot.customers, None, dtype=object)
    for rows in work.topic_rows("topic_reach"):
        value = rows.measures["topic_reach"]
        known = np.flatnonzero(~np.isnan(value) & work.scored[rows.customer])
        known = known[np.argsort(rows.topic[known], kind="stable")]
        starts = np.flatnonzero(np.diff(rows.topic[known], prepend=-1))
        rank = np.concatenate([percentile(part) for part in np.split(value[known], starts[1:])])
        order = np.lexsort((-rows.topic[known], rank))  # the last one written is the best, ties to the smaller id
        best[rows.customer[known][order]] = rank[order]
        topic[rows.customer[known][order]] = snapshot.topic_ids[rows.topic[known]][order]
    return best, topic
