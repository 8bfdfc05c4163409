"""How fast value is: the lifetime fit against `lifetimes`, and all of value at a million customers.

    python -m benchmarks.value fit                       CDNOW and 100,000 simulated customers, both packages if there
    python -m benchmarks.value scale --customers 1000000 ten purchases and about three credited pairs a customer

`lifetimes` (archived; needs `autograd` and `dill`) is only compared when it can be imported; nothing else needs it.
Seconds are CPU seconds of this process, best of three for the fits: what else the machine does changes them little.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from influence.snapshot.arrays import ALWAYS, DAY, NEVER
from influence.value.network import hidden_wealth, influence_matrix, network_value, sale_shares, value_matrix
from influence.value.own import own_value
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


def capped(by_persuasion: csr_array, by_referral: csr_array) -> csr_array:
    """Return both kinds of credit with columns of at most 0.9 (random shares know no cap)."""
    both = csr_array(by_persuasion + by_referral)
    sums = np.asarray(both.sum(axis=0)).ravel()
    both.data *= np.where(sums > 0.9, 0.9 / np.maximum(sums, 1e-9), 1.0)[both.indices]
    return both


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["fit", "scale"])
    parser.add_argument("--customers", type=int, default=1_000_000)
    given = parser.parse_args()
    fit() if given.what == "fit" else scale(given.customers)
