"""The whole estimator: from a snapshot to scores, persuaded pairs, totals and how far to trust them.

`estimate_persuasion` is the one entry. It counts friend exposures (`exposure`), calibrates the expectation
(`calibration`), and fits and tests every customer (`rate`, `significance`), then topics (`topics`), credit
per sale (`credit`) and the checks (`diagnostics`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from influence.compiled import compiled
from influence.persuasion.buyers import buyers_by_product
from influence.persuasion.calibration import Calibration, calibrate
from influence.persuasion.credit import SaleCredit, credit_sales, distribute_credit, persuaded_pairs
from influence.persuasion.diagnostics import deal_out, shuffled_friends, warnings_of
from influence.persuasion.exposure import Exposures, count_exposures
from influence.persuasion.layout import prepare
from influence.persuasion.parameters import PersuasionParameters
from influence.persuasion.rate import RateFit, fit_rates
from influence.persuasion.significance import (
    false_discovery,
    fit_shape,
    lift_interval,
    predictive_p,
    sigma,
    timing_moments,
    timing_p,
)
from influence.persuasion.sums import sum_by
from influence.persuasion.topics import active_friends, score_topics
from influence.reach.ties import present
from influence.snapshot.arrays import Snapshot
from influence.threads import spread

__all__ = ["PersuasionResult", "estimate_persuasion"]

Float64 = NDArray[np.float64]
Mask = NDArray[np.bool_]

NEGATIVE_FLOOR = 10.0


@dataclass(frozen=True)
class PersuasionResult:
    """Everything one run says. A missing value means unknown or not applicable, never 0.

    Attributes:
        customers: One row per customer who is there at `as_of` and not opted out, index `customer_id`. Counts
            that are always there: `purchases`, `friends` (active), `exposures` (friends at risk, summed over
            purchases), `follow_on_count` O, `persuasion_expected` lambda*E. Null below the evidence floor:
            `persuasion_rate` s_v, `extra_purchases` s_v*AT, `p_none`, `persuasion_lift` with
            `persuasion_lift_low` and `_high`, the same lift within w/2 and 2w (`persuasion_lift_half_window` and
            `_double_window`), `persuasion_excess` X, `excess_rate` r, `attributable_fraction`
            1 - 1/lift, `attributable_share` (see `attributable`), `persuasion_z`, `persuasion_p`, `persuasion_q`,
            `persuasion_sigma`, `timing_p`, `timing_z` (the shuffle z), `negative_p` and `negative_q` (lower tail, only
            where 10 or more are expected: a family of its own). `certified_persuader`, `persuasion_status` (ok,
            insufficient_data). `influenceability` infl, `influenced_share` (credit received per own purchase),
            `specificity`; baselines `cd_credit` (per own action), `cd_kappa`, `goyal_bernoulli`.
        topics: One row per (customer, topic) with exposures, columns `customer_id`, `topic_id` and the
            measures of `topics.score_topics` with `status`.
        pairs: `persuader`, `persuaded`, `purchases`, `credit`, `margin`; opted-out customers are in none, those who
            have closed the account are.
        evidence: `customer_id`, `product_id`, `follow_on_count`, `persuasion_expected`, `exposures` for every
            first purchase that was followed by a friend's.
        calibration: Lambda per category: `topic_id` (missing = products without topic), `observed`,
            `expected` of the distant window, `own`, `lag`.
        totals: Purchases caused under each assumption and other sums, see `estimate_persuasion`.
        diagnostics: Checks and sensitivity.
        warnings: What a reader must know first, in sentences.
        rates: [n] persuasion rate of every customer of the snapshot, the prior mean without exposures; for
            forecasts, not for showing.
        attributable: [n] attributable share of every customer, s*AT / (lambda*E + s*AT), 0 for opted-out ones:
            what decides how much of a sale is credited.
        attributable_error: [n] relative standard error of it, of the rate's posterior; NaN where it is 0.
        sales: Credit per sale, rows of the snapshot's first purchases.
    """

    customers: pd.DataFrame
    topics: pd.DataFrame
    pairs: pd.DataFrame
    evidence: pd.DataFrame
    calibration: pd.DataFrame
    totals: dict[str, float]
    diagnostics: dict[str, float | int | None]
    warnings: list[str]
    rates: Float64
    attributable: Float64
    attributable_error: Float64
    sales: SaleCredit


def estimate_persuasion(
    snapshot: Snapshot,
    parameters: PersuasionParameters | None = None,
    *,
    events: Mask | None = None,
    owned: Mask | None = None,
) -> PersuasionResult:
    """Estimate who persuades whom.

    Args:
        snapshot: The graph as arrays.
        parameters: Settings; the published defaults when not given.
        events: [p] which first purchases count as events of their buyer, all when not given; the others
            stay in the data.
        owned: [p] first purchases owned by a recorded referral, which no persuader shares.

    Returns:
        Scores and figures. `totals`: `naive` sum O, `n1` sum(O - E), `n2` sum(O - lambda*E) with `n2_low` and
        `n2_high` (NaN where lambda was hardly measured), `n3` within-adopter timing, `caused` sum s*AT (the point
        estimate), `half_*` and `double_*` for w/2 and 2w, `credit` and `exposures`.
    """
    with ThreadPoolExecutor(max_workers=3) as aside:
        return _estimate(snapshot, parameters or PersuasionParameters(), events, owned, aside)


def _estimate(
    snapshot: Snapshot,
    settings: PersuasionParameters,
    events: Mask | None,
    owned: Mask | None,
    aside: ThreadPoolExecutor,
) -> PersuasionResult:
    """Estimate as `estimate_persuasion` says; what the next steps do not wait for runs `aside`."""
    s = snapshot
    dealt = aside.submit(deal_out, s, settings.seed)
    space = prepare(s, settings)
    found = count_exposures(space, events=events)
    mask = np.ones(len(s.first_time), np.bool_) if events is None else events
    linked = found.friends_adopted > 0 if events is None else None
    shuffling = aside.submit(shuffled_friends, space, dealt.result())
    del space, dealt  # gigabytes on a large log, not needed below
    by_time = aside.submit(_timing, s, found, mask)

    def per_customer(values: NDArray[Any], scale: Float64 | None = None) -> Float64:
        return sum_by(s.first_customer, values, s.customers, scale)

    category_of = np.where(s.product_topic < 0, s.topics, s.product_topic).astype(np.int32)
    category = category_of[s.first_product]
    after, before = _calibrations(s, found, category_of, settings)
    after_factor, before_factor = after.factor[category], before.factor[category]

    observed, exposures = per_customer(found.near), per_customer(found.at_risk)
    calibrated = per_customer(found.near_expected, after_factor)
    purchases, friends = np.diff(s.customer_offsets), active_friends(s)
    consenting = ~s.customer_opted_out
    shown = consenting & present(s)
    known = shown & (exposures > 0)
    family = known & (purchases >= settings.min_purchases) & (friends >= settings.min_friends)

    def lift_of(counts: Float64, expectation: Float64) -> Float64:
        return (counts + settings.kappa) / (expectation + settings.kappa)

    lift = lift_of(observed, calibrated)
    # the longest way to the end begins here
    by_topic = aside.submit(score_topics, s, found, after.factor, lift, family, settings, events)
    topic_table = aside.submit(lambda: _topic_table(s, by_topic.result().table, shown, family, settings.threads))
    buyers = buyers_by_product(s, linked)
    distributed = aside.submit(distribute_credit, s, settings, log=buyers)
    expected = per_customer(found.near_expected)
    variance = per_customer(found.near_variance, after_factor)
    actions = per_customer(mask)
    half_lift = lift_of(per_customer(found.half), per_customer(found.half_expected, after_factor))
    double_lift = lift_of(per_customer(found.double), per_customer(found.double_expected, after_factor))
    low, high = lift_interval(observed, calibrated, settings.kappa)
    excess = observed - calibrated
    fraction = np.where(exposures > 0, np.maximum(0.0, 1.0 - 1.0 / lift), 0.0)
    fit = fit_rates(
        observed,
        calibrated,
        exposures,
        most_rows=settings.prior_rows,
        seed=settings.seed,
        threads=settings.threads,
    )

    distant = per_customer(found.far) + per_customer(found.far_before)
    distant_expected = per_customer(found.far_expected, after_factor)
    distant_expected += per_customer(found.far_before_expected, before_factor)
    shape = fit_shape(
        distant[family], distant_expected[family], least=settings.lag_floor, default=settings.default_shape
    )

    def judge(
        counts: Float64, expectation: Float64, among: Mask = family, *, lower: bool = False
    ) -> tuple[Float64, Float64]:
        p = np.full(s.customers, np.nan)
        q = np.full(s.customers, np.nan)
        p[among] = predictive_p(
            counts[among], expectation[among], distant[among], distant_expected[among], shape, lower=lower
        )
        q[among] = false_discovery(p[among], dependent=settings.dependent_tests)
        return p, q

    p, q = judge(observed, calibrated)
    mirror_expected = per_customer(found.before_expected, before_factor)
    _, mirror_q = judge(per_customer(found.before), mirror_expected)
    much_expected = family & (calibrated >= NEGATIVE_FLOOR)
    negative_p, negative_q = judge(observed, calibrated, much_expected, lower=True)
    discoveries = int(np.sum(q[family] <= settings.q_limit))
    mirrored = int(np.sum(mirror_q[family] <= settings.q_limit))

    timing, timing_mean, timing_z = by_time.result()
    certified = family & (q <= settings.q_limit) & (lift >= settings.lift_limit) & (timing <= settings.timing_limit)

    attributable, attributable_error = _attributable(np.where(consenting, exposures, 0.0), calibrated, fit)
    sales = credit_sales(s, attributable, settings, owned=owned, log=buyers)
    keep = consenting[s.first_customer[sales.received]]
    sales = SaleCredit(sales.given[keep], sales.received[keep], sales.credit[keep])
    distribution = distributed.result()
    received = sum_by(s.first_customer[sales.received], sales.credit, s.customers)

    def floor(values: NDArray[Any]) -> Float64:
        return np.where(family, values, np.nan).astype(np.float64)

    def ratio(part: Float64, whole: Float64) -> Float64:
        return np.asarray(np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0), np.float64)

    pairs = persuaded_pairs(s, sales)
    evidence = _evidence(s, found, after_factor, shown)
    bought = actions.astype(np.float64)
    topic = by_topic.result()
    customers = pd.DataFrame(
        {
            "purchases": purchases,
            "friends": friends,
            "exposures": exposures.astype(np.int64),
            "follow_on_count": observed.astype(np.int64),
            "persuasion_expected": np.where(exposures > 0, calibrated, np.nan),
            "persuasion_rate": floor(fit.rate),
            "extra_purchases": floor(fit.rate * exposures),
            "p_none": floor(fit.p_none),
            "persuasion_lift": floor(lift),
            "persuasion_lift_low": floor(low),
            "persuasion_lift_high": floor(high),
            "persuasion_lift_half_window": floor(half_lift),
            "persuasion_lift_double_window": floor(double_lift),
            "persuasion_excess": floor(excess),
            "excess_rate": floor(ratio(excess, exposures)),
            "attributable_fraction": floor(fraction),
            "attributable_share": floor(attributable),
            "persuasion_z": floor(excess / np.sqrt(variance + 0.5)),
            "persuasion_p": p,
            "persuasion_q": q,
            "persuasion_sigma": sigma(p),
            "timing_p": floor(timing),
            "timing_z": floor(timing_z),
            "negative_p": negative_p,
            "negative_q": negative_q,
            "certified_persuader": certified,
            "persuasion_status": np.where(family, "ok", "insufficient_data"),
            "influenceability": distribution.influenceability,
            "influenced_share": ratio(received, purchases.astype(np.float64)),
            "specificity": floor(topic.specificity),
            "cd_credit": ratio(per_customer(distribution.total), bought),
            "cd_kappa": per_customer(distribution.kappa),
            "goyal_bernoulli": ratio(observed, bought),
        },
        index=pd.Index(s.customer_ids.astype(object), name="customer_id"),
    )

    by_category = sum_by(category, found.near_expected, s.topics + 1)
    naive, near = float(observed.sum()), float(by_category.sum())
    taken_off = after.interval(by_category) if near else None
    sums: dict[str, float] = {
        "naive": naive,
        "n1": float((observed - expected).sum()),
        "n2": float(excess.sum()),
        "n2_low": naive - taken_off[1] if taken_off else np.nan,
        "n2_high": naive - taken_off[0] if taken_off else np.nan,
        "n3": float(timing_mean),
        "caused": float(np.nansum(fit.rate * exposures)),
        "exposures": float(exposures.sum()),
        "credit": float(sales.credit.sum()),
    }
    for name, count, expectation in (
        ("half", found.half, found.half_expected),
        ("double", found.double, found.double_expected),
    ):
        sums[f"{name}_naive"] = float(count.sum())
        sums[f"{name}_n1"] = float(count.sum() - expectation.sum())
        sums[f"{name}_n2"] = float(count.sum() - per_customer(expectation, after_factor).sum())
    shuffled = shuffling.result()
    diagnostics: dict[str, float | int | None] = {
        "lag": after.mean(by_category),
        "lag_low": taken_off[0] / near if taken_off else None,
        "lag_high": taken_off[1] / near if taken_off else None,
        "lag_pooled": after.pooled if after.measured else None,
        "lag_observed": float(after.observed.sum()),
        "lag_expected": float(after.expected.sum()),
        "lag_before": before.pooled if before.measured else None,
        "shape": shape,
        "shuffled_ratio": shuffled.ratio,
        "shuffled_error": shuffled.error,
        "shuffled_products": shuffled.products,
        "shuffled_share": shuffled.share,
        "discoveries": discoveries,
        "mirror_discoveries": mirrored,
        "mirror_ratio": mirrored / max(discoveries, 1) if family.any() else None,
        "family": int(family.sum()),
        "certified": int(certified.sum()),
        "ties_dropped": found.ties_dropped,
        "undated_share": found.undated / float(exposures.sum()) if exposures.sum() else None,
        "prior_mean_rate": fit.prior_mean,
        "topic_prior_mean_rate": topic.prior_rate,
        "topic_family": topic.ranked,
        "window_days": settings.window_days,
    }
    return PersuasionResult(
        customers=customers[shown],
        topics=topic_table.result(),
        pairs=pairs,
        evidence=evidence,
        calibration=pd.DataFrame(
            {
                "topic_id": [*s.topic_ids.tolist(), None],
                "observed": after.observed,
                "expected": after.expected,
                "own": after.own,
                "lag": after.factor,
            }
        ),
        totals=sums,
        diagnostics=diagnostics,
        warnings=warnings_of({**sums, **diagnostics}),
        rates=np.where(exposures > 0, fit.rate, fit.prior_mean),
        attributable=attributable,
        attributable_error=attributable_error,
        sales=sales,
    )


def _calibrations(
    s: Snapshot, found: Exposures, category: NDArray[np.int32], settings: PersuasionParameters
) -> tuple[Calibration, Calibration]:
    """Lambda from the distant window after, with its replicates, and from the one before."""

    def per_product(values: NDArray[Any]) -> Float64:
        return sum_by(s.first_product, values, s.products)

    return (
        calibrate(
            per_product(found.far),
            per_product(found.far_expected),
            category,
            s.topics + 1,
            settings,
            replicates=settings.bootstrap,
        ),
        calibrate(
            per_product(found.far_before), per_product(found.far_before_expected), category, s.topics + 1, settings
        ),
    )


def _timing(s: Snapshot, found: Exposures, mask: Mask) -> tuple[Float64, float, Float64]:
    """Timing mid-p per customer, the N3 total, and shuffle z `(O - E)/sqrt(Var + .5)` given t_v."""
    others = (np.diff(s.product_offsets) - 1).astype(np.int32)[s.first_product]
    others[~mask] = 0
    counts = (s.customer_offsets, others, found.window_adopters, found.friends_adopted, found.followed)
    excess, variance = timing_moments(*counts)
    return timing_p(*counts), float(excess.sum()), excess / np.sqrt(variance + 0.5)


def _attributable(exposures: Float64, expected: Float64, fit: RateFit) -> tuple[Float64, Float64]:
    """Share of each customer's follow-ons that the persuasion rate accounts for, and its relative standard error.

    `s*AT / (lambda*E + s*AT)`, 0 without exposures; the error carries the posterior deviation of s over, to first
    order. metrics.md 5.4 has `max(0, 1 - 1/L)` in its place: of lifts that are noise that keeps the positive half,
    which adds up to a fifth of all follow-ons where nobody persuades anybody.
    """
    some = exposures > 0
    caused = np.where(some, np.nan_to_num(fit.rate) * exposures, 0.0)
    share, error = np.zeros(len(caused)), np.full(len(caused), np.nan)
    some &= caused > 0
    share[some] = caused[some] / (expected[some] + caused[some])
    error[some] = fit.deviation[some] / fit.rate[some] * (1.0 - share[some])
    return share, error


def _topic_table(
    s: Snapshot, table: dict[str, NDArray[Any]], shown: Mask, family: Mask, threads: int | None
) -> pd.DataFrame:
    """Ids instead of numbers, only customers who may be shown, nothing but counts below the floor.

    The columns of `table` are used up: on a large log copies of them would be a gigabyte.
    """
    rows = np.flatnonzero(shown[table["customer"]] & (table["exposures"] > 0))
    customer = table["customer"][rows]
    ok = family[customer]
    columns: dict[str, Any] = {
        "customer_id": _named(s.customer_ids, customer),
        "topic_id": _named(s.topic_ids, table["topic"][rows]),
    }
    names = [name for name in table if name not in ("customer", "topic")]
    found = spread(lambda part: _keep(table[names[part[0]]], rows), [np.array([i]) for i in range(len(names))], threads)
    columns.update(zip(names, found, strict=True))
    for judged in ("topic_lift", "topic_rate", "extra_purchases", "p_none", "topic_excess"):
        columns[judged][~ok] = np.nan
    columns["status"] = _named(np.array(["insufficient_data", "ok"]), ok.astype(np.int64))
    return pd.DataFrame(columns, copy=False)


@compiled
def _keep(values: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[Any]:
    """Move the values of some rows, ascending, to the front; return these."""
    for k in range(len(rows)):
        values[k] = values[rows[k]]
    return values[: len(rows)]


def _named(ids: NDArray[np.str_], numbers: NDArray[Any]) -> Any:
    """Ids of numbers as a column of text, made once per id instead of once per row."""
    return pd.array(ids.astype(object), dtype="str").take(numbers)


def _evidence(s: Snapshot, found: Exposures, factor: Float64, shown: Mask) -> pd.DataFrame:
    rows = np.flatnonzero((found.near > 0) & shown[s.first_customer])
    return pd.DataFrame(
        {
            "customer_id": _named(s.customer_ids, s.first_customer[rows]),
            "product_id": _named(s.product_ids, s.first_product[rows]),
            "follow_on_count": found.near[rows],
            "persuasion_expected": found.near_expected[rows] * factor[rows],
            "exposures": found.at_risk[rows],
        }
    )
