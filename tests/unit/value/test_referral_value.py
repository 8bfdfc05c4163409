"""Referrals worked by hand: verdicts, funnel, CRV (G6), trees with splits, p_two and lead credit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from influence.errors import ComputeFailed, ConfigError
from influence.snapshot.arrays import ALWAYS, DAY
from influence.value.purchases import Purchases, purchases_of
from influence.value.referral import (
    Referrals,
    expected_referral_value,
    extended_customer_revenue,
    funnel,
    lead_credit,
    lead_weights,
    lifetime_referral_value,
    referral_credit,
    referral_value,
    return_on_relationship,
    review_referrals,
    type_two,
    type_two_of_prospects,
)

HALF_YEAR_RATE = 1.15**0.5 - 1


def shop(customers: int, rows: list[tuple[int, float, float]], *, refunded: tuple[int, ...] = ()) -> Purchases:
    """Rows are (customer, day, margin); revenue is twice the margin; as_of is day 400."""
    who, day, margin = (np.array(column) for column in zip(*rows, strict=True))
    return purchases_of(
        customers,
        400 * DAY,
        who,
        np.zeros(len(who)),
        np.rint(day * DAY),
        2 * margin,
        margin,
        refunded=np.isin(np.arange(len(who)), refunded),
    )


def referrals(
    rows: list[tuple[int, int, float]], stage: str | list[str] = "customer", incentive: float = 0.0
) -> Referrals:
    referrer, referred, day = (np.array(column) for column in zip(*rows, strict=True))
    stages = [stage] * len(rows) if isinstance(stage, str) else stage
    return Referrals(
        referrer.astype(np.int32),
        referred.astype(np.int32),
        np.rint(day * DAY).astype(np.int64),
        np.array(stages),
        np.full(len(rows), incentive),
    )


def test_g6_one_type_one_and_one_type_two() -> None:
    value = expected_referral_value(
        margin=[[100, 80], [0, 0]],
        incentive=[[20, 0], [0, 0]],
        marketing=[[10, 10], [0, 0]],
        saved=[[50, 0], [50, 0]],
        p_two=[0.0, 1.0],
        rate=HALF_YEAR_RATE,
    )
    assert value.sum() == pytest.approx(219.395, abs=5e-4)


def test_every_exclusion_has_its_reason() -> None:
    purchases = shop(
        14,
        [
            *((c, 10.0, 5.0) for c in (0, 1, 2, 8, 9)),
            (3, 60.0, 50.0),  # joined after the invitation: fine
            (4, 20.0, 50.0),  # was a customer already
            (5, 70.0, 50.0),  # sent back
            (6, 390.0, 50.0),  # inside the return window
            (7, 65.0, 50.0),
            (12, 60.0, 50.0),
        ],
        refunded=(7,),
    )
    email = np.arange(14)
    email[10] = email[8]  # the second account of 8
    device = np.arange(14)
    device[11] = device[0]
    rows = referrals(
        [
            (0, 3, 50.0),
            (0, 3, 55.0),  # again
            (0, 4, 50.0),
            (0, 5, 50.0),
            (0, 6, 380.0),
            (1, 1, 50.0),  # herself
            (0, 11, 50.0),  # own device
            (8, 9, 5.0),
            (9, 10, 50.0),  # back to 8 under another account: a ring of persons
            (2, 7, 50.0),
            (2, 12, 50.0),
            (2, 13, 50.0),
        ],
        stage=["customer"] * 10 + ["refused", "invited"],
    )
    verdict = review_referrals(rows, purchases, {"email_key": email, "device_key": device})
    assert verdict.tolist() == [
        "accepted",
        "duplicate",
        "already_customer",
        "reversed_order",
        "pending",
        "self",
        "self",
        "ring",
        "ring",
        "accepted",
        "refused",
        "accepted",
    ]


def test_second_account_of_a_customer_is_a_duplicate() -> None:
    purchases = shop(3, [(0, 1.0, 5.0), (1, 5.0, 5.0), (2, 80.0, 5.0)])
    keys = {"phone_key": np.array([-1, 7, 7])}
    assert review_referrals(referrals([(0, 2, 60.0)]), purchases, keys).tolist() == ["duplicate"]
    # unknown identifiers match nobody
    assert review_referrals(referrals([(0, 2, 60.0)]), purchases, {"phone_key": np.full(3, -1)}).tolist() == [
        "accepted"
    ]


def test_identifiers_of_the_invitation_and_shared_households_are_self_referrals() -> None:
    purchases = shop(3, [(0, 1.0, 5.0), (1, 80.0, 5.0), (2, 80.0, 5.0)])
    rows = referrals([(0, 1, 60.0), (0, 2, 60.0)])
    marked = Referrals(
        rows.referrer,
        rows.referred,
        rows.at,
        rows.stage,
        rows.incentive,
        same_household=np.array([False, True]),
        keys={"email_key": np.array([4, 9])},
    )
    assert review_referrals(marked, purchases, {"email_key": np.array([4, 5, 6])}).tolist() == ["self", "self"]


def test_approval_ends_the_return_window() -> None:
    purchases = shop(2, [(0, 1.0, 5.0), (1, 395.0, 5.0)])
    assert review_referrals(referrals([(0, 1, 390.0)]), purchases).tolist() == ["pending"]
    assert review_referrals(referrals([(0, 1, 390.0)], "approved"), purchases).tolist() == ["accepted"]
    assert review_referrals(referrals([(0, 1, 390.0)]), purchases, return_days=3.0).tolist() == ["accepted"]


def test_funnel_counts_and_rates() -> None:
    purchases = shop(6, [(0, 1.0, 5.0), (1, 60.0, 500.0), (2, 60.0, 20.0)])
    rows = referrals([(0, c, 50.0) for c in (1, 2, 3, 4)], ["customer", "customer", "lead", "invited"], incentive=100.0)
    verdict = review_referrals(rows, purchases)
    table = funnel(rows, verdict, purchases)
    assert table.loc[0, ["invites", "leads", "customers", "profitable"]].tolist() == [4, 3, 2, 1]
    assert table.loc[0, ["lead_rate", "customer_rate", "profitable_rate"]].tolist() == [0.75, 0.5, 0.5]
    assert table.loc[1, "status"] == "not_applicable"
    assert table.loc[1, ["invites", "lead_rate"]].isna().all()


def test_crv_from_purchases_counts_two_half_years_from_the_invitation() -> None:
    half = 365.25 / 2
    # day 188 lies in the first half-year after the invitation, not in the first half of the log's year
    days = (11.0, 10.0 + half - 5, 10.0 + half + 1, 10.0 + 2 * half + 1)
    purchases = shop(2, [(0, 1.0, 5.0), *((1, d, m) for d, m in zip(days, (60.0, 40.0, 80.0, 999.0), strict=True))])
    rows = referrals([(0, 1, 10.0)], incentive=20.0)
    verdict = review_referrals(rows, purchases)
    table = referral_value(
        rows, verdict, purchases, type_two(2, rate=0.25, source="asked"), marketing=10.0, acquisition_cost=50.0
    )
    discount = 1 / (1 + HALF_YEAR_RATE)
    one = (100 - 20 - 10 + 50) * discount + (80 - 10) * discount**2
    assert table.loc[0, "crv"] == pytest.approx(0.75 * one + 0.25 * 50 * discount)
    assert table.loc[0, "crv_all_type_one"] == pytest.approx(one)
    assert table.loc[0, "referred_margin"] == pytest.approx(180.0)
    assert table.loc[0, "referred_revenue"] == pytest.approx(360.0)
    assert np.isnan(table.loc[1, "crv"])


def test_referrers_of_one_person_share_her() -> None:
    purchases = shop(3, [(0, 1.0, 5.0), (1, 1.0, 5.0), (2, 60.0, 100.0)])
    rows = referrals([(0, 2, 50.0), (1, 2, 52.0)])
    verdict = review_referrals(rows, purchases)
    table = referral_value(rows, verdict, purchases, type_two(3, rate=0.0), discount=0.0)
    assert table["referred_margin"].tolist()[:2] == [50.0, 50.0]
    assert table["crv"].sum() == pytest.approx(100.0)
    assert table["referred_customers"].sum() == 1.0


def test_extended_revenue_is_one_hop() -> None:
    purchases = shop(3, [(0, 1.0, 5.0), (1, 60.0, 50.0), (2, 90.0, 70.0)])
    rows = referrals([(0, 1, 50.0), (1, 2, 80.0)])
    verdict = review_referrals(rows, purchases)
    assert extended_customer_revenue(rows, verdict, purchases).tolist() == [110.0, 240.0, 140.0]
    assert extended_customer_revenue(rows, verdict, purchases, since=80 * DAY).tolist() == [0.0, 140.0, 140.0]


def test_lifetime_referral_value_follows_the_tree() -> None:
    """0 refers 1 and 2; 1 refers 3; 2 and 1 both refer 4."""
    rows = referrals([(0, 1, 1.0), (0, 2, 1.0), (1, 3, 2.0), (2, 4, 2.0), (1, 4, 3.0)])
    verdict = np.full(5, "accepted")
    value = [10.0, 20.0, 30.0, 40.0, 50.0]
    none = type_two(5, rate=0.0)
    assert lifetime_referral_value(rows, verdict, value, none).tolist() == [140.0, 65.0, 25.0, 0.0, 0.0]
    half = lifetime_referral_value(rows, verdict, value, type_two(5, known=[0.0, 0.5, 0.0, 0.0, 0.0]), rho=0.5)
    assert half[0] == pytest.approx(0.5 * 20 + 30 + 0.5 * (40 + 50))


def test_a_cycle_has_no_value() -> None:
    rows = referrals([(0, 1, 1.0), (1, 2, 2.0), (2, 0, 3.0)])
    with pytest.raises(ComputeFailed) as caught:
        lifetime_referral_value(rows, np.full(3, "accepted"), [1.0, 1.0, 1.0], type_two(3, rate=0.0))
    assert caught.value.code == "referral-cycle"
    purchases = shop(3, [(0, 10.0, 1.0), (1, 11.0, 1.0), (2, 12.0, 1.0)])
    assert review_referrals(rows, purchases).tolist() == ["ring"] * 3


def test_p_two_says_where_it_comes_from() -> None:
    assumed = type_two(3)
    assert assumed.probability.tolist() == [0.5] * 3
    assert "assumed" in assumed.source
    assert assumed.note
    asked = type_two(3, known=[0.2, np.nan, 1.0], rate=0.4, source="holdout of spring")
    assert asked.probability.tolist() == [0.2, 0.4, 1.0]
    assert asked.source == "2 customers by their own answer, others: holdout of spring"
    assert not asked.note
    with pytest.raises(ComputeFailed):
        type_two(3, rate=1.2)


def test_p_two_of_prospects_compares_like_with_like() -> None:
    """Hazards differ tenfold between strata and only the eager are invited; a pooled rate would be far too low."""
    generator = np.random.default_rng(4)
    n = 40_000
    stratum = generator.integers(2, size=n)
    hazard = np.where(stratum == 1, 0.6, 0.06) / 365
    alone = 20 + generator.exponential(1 / hazard)
    invited = (generator.random(n) < np.where(stratum == 1, 0.3, 0.03)) & (alone > 60)
    yearly = 1 - np.exp(-hazard * 340)
    anyway = alone < 400
    wins = generator.random(n) < 0.5 * yearly / (1 - yearly)  # half as many as would have come anyway
    day = np.where(invited, np.where(anyway | wins, 60 + generator.exponential(5, n), np.inf), alone)
    buys = day < 400
    purchases = shop(n + 1, [(n, 1.0, 1.0), *((int(c), float(day[c]), 1.0) for c in np.flatnonzero(buys))])
    rows = referrals([(n, int(c), 60.0) for c in np.flatnonzero(invited)])
    verdict = review_referrals(rows, purchases, return_days=0)
    since = np.append(np.full(n, 20 * DAY), ALWAYS)
    estimate = type_two_of_prospects(rows, verdict, purchases, since, np.append(stratum, 0), horizon_days=340)
    assert estimate is not None
    assert estimate.probability[0] == pytest.approx(2 / 3, abs=0.04)
    assert "nobody invited" in estimate.source
    pooled = type_two_of_prospects(rows, verdict, purchases, since, np.zeros(n + 1, dtype=int), horizon_days=340)
    assert pooled is not None
    assert pooled.probability[0] < 0.55


def test_p_two_of_too_few_prospects_is_not_given() -> None:
    purchases = shop(3, [(0, 1.0, 1.0), (1, 80.0, 1.0)])
    rows = referrals([(0, 1, 60.0)])
    since = np.array([ALWAYS, 10 * DAY, 10 * DAY])
    assert type_two_of_prospects(rows, np.array(["accepted"]), purchases, since, np.zeros(3, int)) is None


def test_leads_earn_partial_credit_apart_from_earned_money() -> None:
    weights = lead_weights()
    assert weights["lead"] == 0.14
    purchases = shop(5, [(0, 1.0, 5.0), (1, 60.0, 100.0)])
    rows = referrals(
        [(0, 1, 50.0), (0, 2, 50.0), (0, 3, 50.0), (0, 4, 50.0)], ["customer", "lead", "invited", "quoted"]
    )
    verdict = review_referrals(rows, purchases)
    table = lead_credit(rows, verdict, purchases, weights, margin_per_customer=1_000.0)
    assert table.loc[0].tolist() == pytest.approx([3, 0.14, 140.0])


@pytest.mark.parametrize("text", ["", "[weights]\nlead = 2", "[weights]\nlead = 'much'", "[weights]\nlead = true"])
def test_lead_weights_are_checked(tmp_path: Path, text: str) -> None:
    path = tmp_path / "weights.toml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        lead_weights(path)


def test_a_referral_owns_the_whole_first_order_and_nothing_else() -> None:
    """2 first bought two products at once; 0 and 1 both referred her; 3 was referred and never bought."""
    first_customer = np.array([0, 2, 2, 2], dtype=np.int32)
    first_time = np.array([5, 60, 60, 90], dtype=np.int64)
    rows = referrals([(0, 2, 50.0), (1, 2, 51.0), (1, 3, 51.0)])
    verdict = np.array(["accepted"] * 3)
    sale, referrer, share = referral_credit(rows, verdict, type_two(4, rate=0.4), first_customer, first_time)
    assert sale.tolist() == [1, 2, 1, 2]
    assert referrer.tolist() == [0, 0, 1, 1]
    assert share.tolist() == pytest.approx([0.3] * 4)
    capped = referral_credit(rows, verdict, type_two(4, rate=0.0), first_customer, first_time)[2]
    assert capped.tolist() == pytest.approx([0.45] * 4)


def test_return_on_relationship() -> None:
    ratio = return_on_relationship([300.0, 50.0, 10.0], [50.0, 100.0, 0.0], [50.0, 0.0, 0.0])
    assert ratio[:2].tolist() == [2.0, -0.5]
    assert np.isnan(ratio[2])
