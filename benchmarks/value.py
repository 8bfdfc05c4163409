"""How fast value is: the lifetime fit against `lifetimes`, and all of value at a million customers.

    python -m benchmarks.value fit                       CDNOW and 100,000 simulated customers, both packages if there
    python -m benchmarks.value scale --customers 1000000 ten purchases and about three credited pairs a customer
    python -m benchmarks.value against --customers 100000 persuasion, then value as a run does it, on one log

`lifetimes` (archived; needs `autograd` and `dill`) is only compared when it can be imported; nothing else needs it.
Seconds are CPU seconds of this process, best of three for the fits: what else the machine does changes them little.
`against` prints the seconds of the clock beside them, because the estimator uses all cores and value mostly one.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from benchmarks.persuasion import make
from influence.persuasion.estimate import estimate_persuasion
from influence.persuasion.parameters import PersuasionParameters
from influence.snapshot.arrays import ALWAYS, DAY, NEVER, Snapshot
from influence.snapshot.money import Money
from influence.value.appraisal import Credit, appraise
from influence.value.network import (
    hidden_wealth,
    influence_matrix,
    network_value,
    sale_shares,
    value_matrix,
)
from influence.value.own import own_value
from influence.value.programme import lines_of, review
from influence.value.purchases import Purchases, purchases_of, summarise_repeats
from influence.value.referral import (
    Referrals,
    credit_split,
    funnel,
    lifetime_referral_value,
    referral_value,
    review_referrals,
    type_two_of_prospects,
)
from influence.value.repeat import fit_repeat_model
from influence.value.spend import fit_spend_model
from influence.value.terms import Terms
from influence.voice.membership import membership_lift

CDNOW = Path(__file__).parents[1] / "tests" / "data" / "cdnow" / "purchases.csv"


def timed(work: Callable[[], Any], times: int = 1) -> tuple[float, Any]:
    """Return the least CPU seconds of several runs and the last result."""
    best, result = float("inf"), None
    for _ in range(times):
        begin = time.process_time()
        result = work()
        best = min(best, time.process_time() - begin)
    return best, result


def cdnow() -> Purchases:
    """Return the 39-week calibration log."""
    table = pd.read_csv(CDNOW)
    names, who = np.unique(table["customer"], return_inverse=True)
    cents = table["cents"].to_numpy(dtype=np.float64)
    return purchases_of(len(names), 272 * DAY, who, np.zeros(len(who)), table["day"].to_numpy() * DAY, cents, cents)


def simulated(customers: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return repeats, recency and age of customers that follow BG/NBD, in days."""
    generator = np.random.default_rng(seed)
    age = generator.integers(100, 800, customers).astype(np.float64)
    rate, drop = generator.gamma(0.8, 1 / 60, customers), generator.beta(0.9, 3.0, customers)
    x, recency, clock = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    alive = np.ones(customers, dtype=bool)
    while alive.any():
        clock[alive] += np.ceil(generator.exponential(1 / rate[alive]))
        alive &= clock <= age
        x[alive] += 1
        recency[alive] = clock[alive]
        alive &= generator.random(customers) > drop
    return x, recency, age


def fit() -> None:
    """Compare the fits."""
    try:
        from lifetimes import BetaGeoFitter, GammaGammaFitter
    except ImportError:
        BetaGeoFitter = GammaGammaFitter = None
    summary = summarise_repeats(cdnow())
    sets = {
        "CDNOW, 2,357 customers": (summary.repeats.astype(float), summary.recency / 7, summary.age / 7),
        "simulated, 100,000 customers": simulated(100_000),
    }
    for name, (x, recency, age) in sets.items():
        ours, model = timed(lambda: fit_repeat_model(x, recency, age, "bg"), 3)  # noqa: B023
        print(f"{name}: BG/NBD {ours:.4f} s, r={model.r:.4f} alpha={model.alpha:.4f} a={model.a:.4f} b={model.b:.4f}")
        if BetaGeoFitter is not None:
            theirs, other = timed(lambda: BetaGeoFitter().fit(x, recency, age), 3)  # noqa: B023
            p = other.params_
            print(
                f"  lifetimes {theirs:.4f} s ({theirs / ours:.0f} times), r={p['r']:.4f} alpha={p['alpha']:.4f}", end=""
            )
            print(f" a={p['a']:.4f} b={p['b']:.4f}")
    again = summary.repeats > 0
    mean = summary.mean_margin[again] / 100
    ours, spend = timed(lambda: fit_spend_model(summary.repeats[again], mean), 3)
    print(f"CDNOW, 946 repeaters: Gamma-Gamma {ours:.4f} s, p={spend.p:.3f} q={spend.q:.3f} v={spend.v:.3f}")
    if GammaGammaFitter is not None:
        theirs, other = timed(lambda: GammaGammaFitter().fit(summary.repeats[again], mean), 3)
        p = other.params_
        print(f"  lifetimes {theirs:.4f} s ({theirs / ours:.0f} times), p={p['p']:.3f} q={p['q']:.3f} v={p['v']:.3f}")


def scale(customers: int) -> None:
    """Time all of value on generated arrays, with ten purchases a customer."""
    generator = np.random.default_rng(1)
    n, lines, end = customers, 10 * customers, 730 * DAY
    rate = generator.gamma(1.2, 1.0, n)
    buyer = generator.choice(n, lines, p=rate / rate.sum()).astype(np.int32)
    at = generator.integers(0, end, lines)
    revenue = generator.integers(200, 20_000, lines).astype(np.float64)
    product = generator.integers(0, 50_000, lines).astype(np.int32)
    refunded = generator.random(lines) < 0.03
    total = 0.0

    def step(name: str, work: Callable[[], Any]) -> Any:
        nonlocal total
        seconds, result = timed(work)
        total += seconds
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        print(f"{name:38} {seconds:7.2f} s   peak {peak:5.2f} GB")
        return result

    purchases = step(
        "sort and settle purchases",
        lambda: purchases_of(n, end, buyer, product, at, revenue, 0.3 * revenue, refunded=refunded),
    )
    own = step("own value (RFM, BG/NBD, margins, CLV)", lambda: own_value(purchases))
    k = n // 10
    referred = generator.permutation(n)[:k].astype(np.int32)
    referrals = Referrals(
        generator.integers(0, n, k).astype(np.int32),
        referred,
        generator.integers(0, end // 2, k),
        np.full(k, "customer"),
        np.full(k, 1_000.0),
    )
    email = {"email_key": np.arange(n), "device_key": generator.integers(0, n, n)}
    verdict = step("judge referrals", lambda: review_referrals(referrals, purchases, email))
    step("referral funnel", lambda: funnel(referrals, verdict, purchases))
    since = np.where(generator.random(n) < 0.3, generator.integers(0, end // 4, n), ALWAYS)
    region = generator.integers(0, 20, n)
    p_two = step(
        "p_two from prospects", lambda: type_two_of_prospects(referrals, verdict, purchases, since, region, minimum=1)
    )
    step("referral value", lambda: referral_value(referrals, verdict, purchases, p_two))
    step(
        "lifetime referral value",
        lambda: lifetime_referral_value(referrals, verdict, own.frame["clv"], p_two),
    )
    pairs = 3 * n
    sale = generator.permutation(lines)[:pairs]
    accepted = referrals.only(verdict == "accepted")
    first = np.searchsorted(purchases.customer, accepted.referred)
    came = purchases.customer[np.minimum(first, lines - 1)] == accepted.referred
    first, accepted = first[came], accepted.only(came)
    shares = step(
        "join persuasion and referral credit",
        lambda: sale_shares(
            sale,
            generator.integers(0, n, pairs),
            generator.uniform(0, 0.6, pairs),
            first,
            accepted.referrer,
            0.5 * credit_split(accepted, n),
        ),
    )
    self_made = shares.influencer == purchases.customer[shares.sale]
    shares = type(shares)(*(getattr(shares, f)[~self_made] for f in ("sale", "influencer", "share", "referral")))
    by_referral, by_persuasion = step(
        "influence matrix", lambda: influence_matrix(n, shares, purchases.customer, purchases.margin)
    )
    error = generator.uniform(0.1, 0.5, n)
    margin = purchases.total(purchases.margin)
    past: Any = step(
        "network value of the past, intervals",
        lambda: network_value(margin, capped(by_persuasion, by_referral), None, error),
    )
    step("value matrix", lambda: value_matrix(own.frame["clv"], past.frame["civ"]))
    step("hidden wealth", lambda: hidden_wealth(past, purchases.total(purchases.revenue)))
    print(f"{'all of value':38} {total:7.2f} s   {past.rounds} rounds, not conserved: {past.conservation:.1e}")
    joins = generator.random(n) < 0.02
    joined = np.where(joins, generator.integers(end // 3, 2 * end // 3, n), NEVER)
    step(
        "membership lift, weekly cohorts",
        lambda: membership_lift(purchases, joined, np.zeros(n), region, np.full(n, ALWAYS), cohort_days=7.0),
    )


def log_with_money(customers: int, seed: int = 1) -> tuple[Snapshot, Money]:
    """Return the log of the persuasion benchmark with margins, repeats, refunds, prospects and referrals.

    Ten lines a customer: the first purchases of the snapshot, and repeats. A tenth of the customers were referred.
    """
    generator = np.random.default_rng(seed)
    snapshot = make(customers)
    n, p = snapshot.customers, len(snapshot.first_time)
    margin = generator.integers(100, 6_000, p).astype(np.float64)
    opening = np.minimum(snapshot.customer_offsets[:-1], p - 1)
    bought = np.diff(snapshot.customer_offsets) > 0
    first = np.where(bought, snapshot.first_time[opening], snapshot.as_of)
    prospect = generator.random(n) < 0.3
    joined = np.where(prospect, (first * generator.random(n)).astype(np.int64), ALWAYS)
    snapshot = replace(snapshot, first_margin=margin, customer_from=joined)
    again = max(10 * n - p, 0)
    source = generator.integers(0, p, again)
    later = snapshot.first_time[source] + (generator.gamma(2, 60, again) * DAY).astype(np.int64)
    late = later <= snapshot.as_of
    who = np.concatenate([snapshot.first_customer, snapshot.first_customer[source][late]])
    at = np.concatenate([snapshot.first_time, later[late]])
    earned = np.concatenate([margin, margin[source][late]])
    order = np.argsort(who, kind="stable")
    lines, k = len(order), n // 10
    refunded = np.concatenate([np.zeros(p, np.bool_), generator.random(lines - p) < 0.1])
    unknown, nobody = np.full(n, np.nan), np.full(n, -1, np.int64)
    return snapshot, Money(
        as_of=snapshot.as_of,
        currencies=np.array(["EUR"]),
        line_customer=who[order],
        line_at=at[order],
        line_revenue=3.0 * earned[order],
        line_margin=earned[order],
        line_returned=np.zeros(lines, np.bool_),
        line_refunded=refunded[order],
        referrer=generator.integers(0, n, k).astype(np.int32),
        referred=generator.permutation(n)[:k].astype(np.int32),
        referral_at=generator.integers(0, snapshot.as_of // 2, k),
        referral_stage=np.full(k, "customer"),
        referral_incentive=np.full(k, 1_000.0),
        referral_same_household=np.zeros(k, np.bool_),
        referral_email=np.full(k, -1, np.int64),
        referral_device=np.full(k, -1, np.int64),
        share_of_wallet=unknown,
        category_spend=unknown,
        acquisition_cost=np.full(n, 1_500.0),
        marketing_cost=unknown,
        email=np.arange(n),
        phone=nobody,
        address=nobody,
        device=generator.integers(0, n, n),
        household=nobody,
        data_version="benchmark",
    )


def against(customers: int) -> None:
    """Time the persuasion estimator and all of value on the same snapshot, in the order of a run."""
    parameters, terms = PersuasionParameters(), Terms()
    estimate_persuasion(make(500), parameters)  # compile or load what is compiled
    snapshot, money = log_with_money(customers)
    print(f"{customers:,} customers, {len(money.line_at):,} lines, {len(money.referrer):,} referrals")

    def step(name: str, work: Callable[[], Any]) -> tuple[float, float, Any]:
        begin, clock = time.process_time(), time.perf_counter()
        result = work()
        cpu, wall = time.process_time() - begin, time.perf_counter() - clock
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        print(f"{name:38} {wall:7.2f} s   {cpu:7.2f} s CPU   peak so far {peak:5.2f} GB")
        return wall, cpu, result

    _, _, purchases = settled = step("value: settle purchases", lambda: lines_of(money))
    _, _, programme = judged = step("value: judge referrals, p_two", lambda: review(snapshot, money, purchases, terms))
    owned = programme.owned(len(snapshot.first_time))
    estimated = step("persuasion estimator", lambda: estimate_persuasion(snapshot, parameters, owned=owned))
    found = estimated[2]
    credit = Credit(
        found.sales.received,
        snapshot.first_customer[found.sales.given],
        found.sales.credit,
        found.attributable_error,
    )
    appraised = step("value: everything else", lambda: appraise(snapshot, money, purchases, programme, credit, terms))
    parts = (settled, judged, appraised)
    wall, cpu = sum(part[0] for part in parts), sum(part[1] for part in parts)
    print(f"{'all of value':38} {wall:7.2f} s   {cpu:7.2f} s CPU")
    print(f"value / persuasion: {wall / estimated[0]:.2f} by the clock, {cpu / estimated[1]:.2f} by CPU")
    totals = appraised[2].totals
    print(f"{totals['sales_credited']:,} sales credited, not conserved {totals['conservation']:.1e}")


def capped(by_persuasion: csr_array, by_referral: csr_array) -> csr_array:
    """Return both kinds of credit with columns of at most 0.9 (random shares know no cap)."""
    both = csr_array(by_persuasion + by_referral)
    sums = np.asarray(both.sum(axis=0)).ravel()
    both.data *= np.where(sums > 0.9, 0.9 / np.maximum(sums, 1e-9), 1.0)[both.indices]
    return both


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["fit", "scale", "against"])
    parser.add_argument("--customers", type=int, default=1_000_000)
    given = parser.parse_args()
    if given.what == "fit":
        fit()
    else:
        {"scale": scale, "against": against}[given.what](given.customers)
