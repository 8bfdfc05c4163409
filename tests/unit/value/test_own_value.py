"""Own value on purchases worked by hand: refunds, returns, one-time buyers, ties, unknown margins."""

from __future__ import annotations

import numpy as np
import pytest

from influence.snapshot.arrays import DAY
from influence.value.measures import percentile
from influence.value.own import lifetime_value, own_value, past_value, recency_frequency_money, share_of_wallet
from influence.value.purchases import Purchases, purchases_of, summarise_repeats
from influence.value.repeat import RepeatModel
from influence.value.spend import SpendModel


def lines(customers: int, rows: list[tuple[int, float, float, int, bool]], as_of: float = 100.0) -> Purchases:
    """Rows are (customer, day, margin, quantity, refunded); revenue is twice the margin."""
    who, day, margin, quantity, refunded = (np.array(column) for column in zip(*rows, strict=True))
    return purchases_of(
        customers,
        round(as_of * DAY),
        who,
        np.zeros(len(who)),
        np.rint(day * DAY),
        2 * margin,
        margin,
        quantity=quantity,
        refunded=refunded,
    )


def test_refunds_and_returns() -> None:
    purchases = lines(
        2,
        [
            (0, 1.0, 100.0, 1, False),
            (0, 5.0, 50.0, 1, True),  # undone: no purchase, no margin
            (0, 6.0, -7.0, 1, True),  # undone, but its cost stays
            (0, 9.0, -40.0, -1, False),  # a return: counts at its date, is no purchase
            (1, 3.0, 20.0, 1, False),
            (1, 200.0, 1000.0, 1, False),  # after as_of
        ],
    )
    assert past_value(purchases).tolist() == [53.0, 20.0]
    assert purchases.total(purchases.revenue).tolist() == [120.0, 40.0]
    summary = summarise_repeats(purchases)
    assert summary.repeats.tolist() == [0, 0]
    assert summary.age.tolist() == [99.0, 97.0]


def test_a_return_counts_against_the_purchase_before_it() -> None:
    purchases = lines(
        2,
        [
            (0, 1.0, 100.0, 1, False),
            (0, 2.0, -100.0, -1, False),  # the first purchase comes back: not the repeats' loss
            (0, 10.0, 60.0, 1, False),
            (0, 10.5, 20.0, 1, False),  # same day: one purchase
            (0, 20.0, 40.0, 1, False),
            (0, 22.0, -20.0, -1, False),  # a repeat comes back
        ],
    )
    summary = summarise_repeats(purchases)
    assert summary.repeats[0] == 2
    assert summary.recency[0] == 19.0
    assert summary.mean_margin[0] == pytest.approx((80 + 40 - 20) / 2)
    assert not summary.bought[1]
    assert np.isnan(summary.mean_margin[1])


def test_a_leading_return_does_not_shift_the_repeats() -> None:
    purchases = lines(2, [(0, 1.0, -5.0, -1, False), (0, 4.0, 9.0, 1, False), (1, 1.0, 9.0, 1, False)])
    summary = summarise_repeats(purchases)
    assert summary.repeats.tolist() == [0, 0]
    assert past_value(purchases).tolist() == [4.0, 9.0]


def test_order_of_the_rows_does_not_matter() -> None:
    rows = [(c, float(d), 10.0 * c + d, 1, False) for c in range(5) for d in (3, 1, 2, 9)]
    one, two = lines(5, rows), lines(5, rows[::-1])
    assert np.array_equal(one.at, two.at)
    for a, b in zip(vars(summarise_repeats(one)).values(), vars(summarise_repeats(two)).values(), strict=True):
        assert np.array_equal(a, b, equal_nan=True)


def test_past_value_grows_with_the_rate() -> None:
    purchases = lines(1, [(0, 0.0, 100.0, 1, False)], as_of=365.25 * 2)
    assert past_value(purchases, rate=0.15)[0] == pytest.approx(132.25)


def test_unknown_margin_is_null_and_never_zero() -> None:
    purchases = lines(2, [(0, 1.0, np.nan, 1, False), (0, 2.0, 5.0, 1, False), (1, 1.0, 5.0, 1, False)])
    assert np.isnan(past_value(purchases)[0])
    assert purchases.unknown(purchases.margin).tolist() == [1, 0]
    assert np.isnan(recency_frequency_money(purchases)["money_quintile"].astype("Float64").to_numpy(na_value=np.nan)[0])


def test_percentiles_average_ties() -> None:
    assert percentile(np.array([1.0, 2.0, 2.0, 3.0])).tolist() == [12.5, 50.0, 50.0, 87.5]
    assert percentile(np.array([np.nan, 7.0])).tolist()[1] == 50.0


def test_rfm_codes() -> None:
    purchases = lines(7, [(c, 10.0 + 10 * c, 100.0 * (c + 1), 1, False) for c in range(5)] + [(5, 50.0, 1.0, 1, False)])
    codes = recency_frequency_money(purchases)
    # customers 4 and 5 bought last, on the same day: the same recency; everybody bought once: the same frequency
    assert codes["recency_quintile"].tolist()[:6] == [1, 2, 3, 3, 5, 5]
    assert set(codes["frequency_quintile"].dropna()) == {3}
    assert codes["money_quintile"].tolist()[:6] == [2, 3, 3, 4, 5, 1]
    assert codes["rfm"].tolist()[4] == 535
    assert codes.loc[6].isna().all()


def test_share_of_wallet_is_unknown_unless_surveyed() -> None:
    share = share_of_wallet([30.0, 30.0, 30.0, 30.0], [60.0, np.nan, 0.0, 20.0])
    assert share[0] == 0.5
    assert np.isnan(share[1:3]).all()
    assert share[3] == 1.0


def test_lifetime_value_discounts_month_by_month() -> None:
    repeat, spend = RepeatModel(1.0, 100.0, 1.5, 5.0), SpendModel(6.0, 4.0, 1500.0)
    purchases = lines(2, [(0, 0.0, 10.0, 1, False), (0, 50.0, 2000.0, 1, False), (1, 60.0, 10.0, 1, False)])
    summary = summarise_repeats(purchases)
    frame = lifetime_value(repeat, spend, summary, months=3, discount=0.2, marketing=7.0)
    month = 365.25 / 12
    until = [repeat.expected_purchases(month * j, 1, 50.0, 100.0)[0] for j in range(4)]
    margin = 6.0 * (1500.0 + 2000.0) / (6.0 + 3.0)
    worth = sum((until[j] - until[j - 1]) * margin / 1.2 ** (j / 12) for j in (1, 2, 3)) - 7.0
    assert frame.loc[0, "clv"] == pytest.approx(worth)
    assert frame.loc[0, "expected_purchases"] == pytest.approx(until[3])
    assert frame["margin_source"].tolist() == ["own", "prior"]
    assert frame.loc[1, "expected_margin"] == pytest.approx(spend.prior_mean)
    free = lifetime_value(repeat, spend, summary, months=3, discount=0.0)
    assert free.loc[0, "clv"] == pytest.approx(until[3] * margin)


def test_own_value_of_a_whole_shop() -> None:
    generator = np.random.default_rng(1)
    who = np.repeat(np.arange(300), generator.geometric(0.3, 300))
    margin = generator.gamma(4.0, 100.0, 300)[who] * generator.gamma(5.0, 0.2, len(who))
    purchases = purchases_of(
        301, 400 * DAY, who, np.zeros(len(who)), generator.uniform(0, 300 * DAY, len(who)), margin, margin
    )
    result = own_value(purchases)
    frame = result.frame
    assert frame.index.name == "customer"
    assert frame["status"].tolist()[:300] == ["ok"] * 300
    assert frame.loc[300, "status"] == "insufficient_data"
    assert frame.loc[300, ["past_customer_value", "clv", "p_alive"]].isna().tolist() == [False, True, True]
    assert frame["clv"].iloc[:300].notna().all()
    single = frame.loc[frame["repeats"] == 0, "margin_source"].dropna()
    assert set(single) == {"prior"}
    assert any("one day only" in note for note in result.notes)
    longer = own_value(purchases, months=24).frame
    assert (longer["clv"].iloc[:300] >= frame["clv"].iloc[:300] - 1e-9).all()


def test_correlated_margins_are_warned_about() -> None:
    generator = np.random.default_rng(2)
    times = generator.integers(2, 20, 400)
    who = np.repeat(np.arange(400), times)
    margin = 50.0 * times[who] * generator.gamma(20.0, 0.05, len(who))
    purchases = purchases_of(
        400, 400 * DAY, who, np.zeros(len(who)), generator.uniform(0, 300 * DAY, len(who)), margin, margin
    )
    assert any("correlated" in note for note in own_value(purchases).notes)


def test_without_margins_there_is_no_lifetime_value() -> None:
    rows = [(c, float(d), np.nan, 1, False) for c in range(20) for d in (1, 20 + c)]
    found = own_value(lines(20, rows))
    assert found.frame[["clv", "expected_margin", "past_customer_value", "rfm"]].isna().all().all()
    assert found.frame["p_alive"].notna().all(), "who is still there needs no money"
    assert found.spend is None and "positive margin" in found.notes[0]


def test_without_repeats_there_is_past_value_only() -> None:
    found = own_value(lines(3, [(c, float(c), 100.0, 1, False) for c in range(3)]))
    assert found.frame["past_customer_value"].tolist() == [100.0] * 3
    assert found.frame[["p_alive", "expected_purchases", "clv"]].isna().all().all()
    assert found.repeat is None and "nobody has" in found.notes[0]
