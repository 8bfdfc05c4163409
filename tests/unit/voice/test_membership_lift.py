"""Difference-in-differences: G14, windows, strata, the selection-only community of the shop (K22)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from influence.snapshot.arrays import ALWAYS, DAY, NEVER
from influence.value.purchases import Purchases, purchases_of
from influence.voice.membership import MembershipLift, difference_in_differences, membership_lift
from influence.worlds.shop.arrays import shop_joined, shop_purchases
from influence.worlds.shop.simulation import make_shop


def test_g14() -> None:
    figures, draws, drawn = difference_in_differences([100.0] * 4, [130.0] * 4, [10.0] * 4)
    assert figures.tolist() == pytest.approx([20.0, 20 / 110, 20 / 130])
    assert draws == pytest.approx(np.tile(figures, (500, 1)))
    assert drawn == "members"


def test_bootstrap_draws_communities_when_there_are_twenty() -> None:
    generator = np.random.default_rng(1)
    cluster = np.repeat(np.arange(20), 10)
    shared = generator.normal(0, 10, 20)[cluster]
    _, draws, drawn = difference_in_differences(np.zeros(200), 50 + shared, np.zeros(200), cluster)
    assert drawn == "communities"
    # shocks are shared within a community, so the error is that of 20 draws, not of 200
    assert draws[:, 0].std() == pytest.approx(shared.std() / np.sqrt(20), rel=0.2)
    _, _, few = difference_in_differences(np.zeros(190), np.ones(190), np.zeros(190), cluster[:190])
    assert few == "members"


def test_noise_of_the_controls_widens_the_interval() -> None:
    _, draws, _ = difference_in_differences(np.zeros(50), np.full(50, 9.0), np.zeros(50), control_error=3.0)
    assert draws[:, 0].std() == pytest.approx(3.0, rel=0.1)


def lift(rows: list[tuple[int, float, float]], joined: dict[int, float], n: int, **options: object) -> MembershipLift:
    """Rows are (customer, day, margin); customers exist since their first row; windows of 50 days, data to day 300."""
    who, day, margin = (np.array(column) for column in zip(*rows, strict=True))
    purchases = purchases_of(n, 300 * DAY, who, np.zeros(len(who)), np.rint(day * DAY), margin, margin)
    since = np.full(n, NEVER)
    np.minimum.at(since, who, np.rint(day * DAY).astype(np.int64))
    when = np.full(n, NEVER)
    for c, d in joined.items():
        when[c] = ALWAYS if np.isinf(d) else round(d * DAY)
    stratum = options.pop("stratum", np.zeros(n, dtype=np.int64))
    return membership_lift(purchases, when, np.zeros(n), stratum, since, window_days=50.0, **options)  # type: ignore[arg-type]


def test_a_member_is_compared_with_her_like() -> None:
    """0 joins on day 150 and goes from 100 to 130; 1 and 2 go from 100 to 110; 3 is of another segment."""
    rows = [(c, d, 40.0) for c in range(4) for d in (0.0, 20.0)]
    rows += [(c, 120.0, 100.0) for c in range(4)]
    rows += [(0, 170.0, 130.0), (1, 170.0, 115.0), (2, 170.0, 105.0), (3, 170.0, 900.0)]
    rows += [(c, 290.0, m) for c, m in enumerate((60.0, 30.0, 30.0, 30.0))]
    result = lift(rows, {0: 150.0}, 4, stratum=np.array([0, 0, 0, 1]))
    assert (result.did, result.lift, result.share) == pytest.approx((20.0, 20 / 110, 20 / 130))
    assert result.raw == pytest.approx(1.0)
    assert (result.members, result.matched, result.unmatched, result.status) == (1, 1, 0, "ok")
    # one member gives the bootstrap nothing to vary; the two controls, 5 above and below their mean, do
    assert result.did_high - result.did_low == pytest.approx(2 * 1.96 * np.sqrt(12.5), rel=0.15)
    alone = lift(rows, {0: 150.0}, 4, stratum=np.array([5, 0, 0, 1]))
    assert (alone.matched, alone.unmatched, alone.status) == (0, 1, "insufficient_data")
    assert np.isnan(alone.lift)
    assert alone.raw == pytest.approx(1.0)


def test_windows_outside_the_data_and_unknown_dates_are_not_matched() -> None:
    rows = [(c, d, 10.0) for c in range(3) for d in (0.0, 100.0, 200.0, 290.0)]
    assert lift(rows, {0: 290.0}, 3).status == "not_applicable"
    assert lift(rows, {0: 20.0}, 3).status == "not_applicable"
    unknown = lift(rows, {0: np.inf}, 3)
    assert unknown.status == "not_applicable"
    assert unknown.raw == pytest.approx(0.0)


def planted(uplift: float, cohort_days: float) -> MembershipLift:
    """Members buy at twice the rate of others before and after; after joining their margins grow by `uplift`."""
    generator = np.random.default_rng(11)
    n = 3_000
    rate = generator.gamma(3.0, 4.0, n) + 1.0
    joins = generator.random(n) < np.minimum(rate / 60.0, 0.9)
    joined = np.where(joins, generator.uniform(400, 500, n), np.inf)
    who = np.repeat(np.arange(n), generator.poisson(rate * 2))
    day = generator.uniform(0, 730, len(who))
    margin = generator.gamma(8.0, 100.0, len(who)) * np.where(day > joined[who], 1 + uplift, 1.0)
    purchases: Purchases = purchases_of(n, 730 * DAY, who, np.zeros(len(who)), np.rint(day * DAY), margin, margin)
    when = np.where(joins, np.rint(np.where(joins, joined, 0) * DAY).astype(np.int64), NEVER)
    return membership_lift(
        purchases, when, np.zeros(n), np.zeros(n, dtype=int), np.full(n, ALWAYS), cohort_days=cohort_days
    )


@pytest.mark.parametrize("cohort_days", [1.0, 7.0])
def test_a_planted_uplift_is_found(cohort_days: float) -> None:
    result = planted(0.3, cohort_days)
    assert result.lift_low <= 0.3 <= result.lift_high
    assert result.lift_low > 0.1
    assert result.raw > 0.6  # most of the raw difference was there before


@pytest.mark.slow
def test_k22_selection_alone_shows_raw_and_no_matched_lift() -> None:
    results = []
    for seed in range(1, 6):
        shop = make_shop(seed)
        purchases = shop_purchases(shop)
        joined, group = shop_joined(shop)
        customer = np.full(purchases.customers, NEVER)
        np.minimum.at(customer, purchases.customer[purchases.kept], purchases.at[purchases.kept])
        segment = pd.factorize(shop.tables["customers"]["segment"])[0]
        results.append(membership_lift(purchases, joined, group, segment, customer, cohort_days=7.0, seed=seed))
    assert all(result.raw >= 0.30 for result in results)
    assert all(result.lift_low <= 0.0 <= result.lift_high for result in results)
    assert abs(np.mean([result.lift for result in results])) < 0.06
    assert all(result.matched > 300 for result in results)
