"""Conserved network value: G7, I2, I3 on random graphs, intervals, matrix, hidden wealth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from influence.errors import ComputeFailed
from influence.value.network import (
    NetworkValue,
    hidden_wealth,
    influence_matrix,
    network_value,
    sale_shares,
    value_matrix,
)


def matrix(n: int, *entries: tuple[int, int, float]) -> csr_array:
    v, u, share = (np.array(column) for column in zip(*entries, strict=True))
    return csr_array((share.astype(np.float64), (v.astype(np.int64), u.astype(np.int64))), shape=(n, n))


def test_g7() -> None:
    value = network_value([100.0, 50.0, 40.0], matrix(3, (0, 1, 0.3), (1, 2, 0.5))).frame
    assert value["gross"].tolist() == pytest.approx([121.0, 70.0, 40.0])
    assert value["net"].tolist() == pytest.approx([121.0, 49.0, 20.0])
    assert value["civ"].tolist() == pytest.approx([21.0, 20.0, 0.0])


def random_credit(generator: np.random.Generator, n: int, density: float, cap: float = 0.9) -> csr_array:
    """Random shares, cycles and reciprocity included, with column sums up to the cap."""
    dense = generator.random((n, n)) * (generator.random((n, n)) < density)
    np.fill_diagonal(dense, 0.0)
    sums = dense.sum(axis=0)
    dense *= np.where(sums > 0, cap * generator.random(n) ** 0.3 / np.where(sums > 0, sums, 1.0), 0.0)
    return csr_array(dense)


@given(seed=st.integers(0, 10**6), n=st.integers(1, 60), density=st.floats(0.0, 1.0), referred=st.floats(0.0, 0.9))
@settings(max_examples=150, deadline=None)
def test_i2_money_is_conserved_and_adds_up(seed: int, n: int, density: float, referred: float) -> None:
    generator = np.random.default_rng(seed)
    both = random_credit(generator, n, density)
    part = csr_array(both * referred)
    own = generator.normal(10.0, 100.0, n) * generator.lognormal(0, 3, n)
    value = network_value(own, csr_array(both - part), part)
    frame = value.frame
    scale = np.abs(own).sum()
    assert abs(frame["net"].sum() - own.sum()) <= 1e-9 * scale
    buckets = frame["own"] - frame["credited_away"] + frame["by_referral"] + frame["by_persuasion"]
    assert np.abs(frame["net"] - buckets).max() <= 1e-9 * scale
    direct = np.linalg.solve(np.eye(n) - both.toarray(), own)
    assert np.abs(frame["gross"] - direct).max() <= 1e-9 * scale


@given(seed=st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_i4_names_do_not_matter_and_a_stranger_changes_nothing(seed: int) -> None:
    generator = np.random.default_rng(seed)
    n = 30
    credit, own = random_credit(generator, n, 0.1).toarray(), generator.gamma(2.0, 50.0, n)
    plain = network_value(own, csr_array(credit)).frame["net"].to_numpy()
    order = generator.permutation(n)
    mixed = network_value(own[order], csr_array(credit[np.ix_(order, order)])).frame["net"].to_numpy()
    assert mixed == pytest.approx(plain[order], rel=1e-9)
    wider = np.zeros((n + 1, n + 1))
    wider[:n, :n] = credit
    assert network_value(np.append(own, 0.0), csr_array(wider)).frame["net"].to_numpy()[:n] == pytest.approx(plain)


def test_without_influence_everybody_keeps_her_own() -> None:
    value = network_value([5.0, -3.0], csr_array((2, 2))).frame
    assert value["net"].tolist() == value["gross"].tolist() == [5.0, -3.0]


def test_unknown_margin_stays_null_and_the_rest_is_conserved() -> None:
    value = network_value([100.0, np.nan, 40.0], matrix(3, (1, 2, 0.5), (0, 1, 0.2)))
    assert np.isnan(value.frame.loc[1, "net"])
    assert value.frame.loc[1, "by_persuasion"] == pytest.approx(0.8 * 20.0)
    assert value.frame.loc[1, "status"] == "insufficient_data"
    assert value.frame.loc[0, "net"] == pytest.approx(100.0 + 0.2 * 20.0)


@pytest.mark.parametrize(
    "entries",
    [
        [(0, 1, 0.6), (2, 1, 0.4)],  # together above 0.9
        [(0, 1, -0.1)],
        [(1, 1, 0.1)],  # her own
        [(0, 1, np.nan)],
    ],
)
def test_invalid_credit_is_refused(entries: list[tuple[int, int, float]]) -> None:
    with pytest.raises(ComputeFailed) as caught:
        network_value([1.0, 1.0, 1.0], matrix(3, *entries))
    assert caught.value.code == "credit-invalid"


def test_i3_a_referral_owns_the_first_purchase() -> None:
    """Sale 0: persuaded by 1 and 2, but referred by 3. Sale 1: persuaded only. Sale 2: nobody."""
    shares = sale_shares([0, 0, 1], [1, 2, 1], [0.5, 0.3, 0.6], [0], [3], [0.5])
    assert sorted(zip(shares.sale.tolist(), shares.influencer.tolist(), strict=True)) == [(0, 3), (1, 1)]
    by_referral, by_persuasion = influence_matrix(5, shares, [4, 4, 4], [100.0, 50.0, 50.0])
    assert by_referral.toarray()[3, 4] == pytest.approx(0.25)
    assert by_persuasion.toarray()[1, 4] == pytest.approx(0.15)
    assert by_persuasion.nnz == by_referral.nnz == 1


def test_i3_more_than_the_cap_is_refused() -> None:
    with pytest.raises(ComputeFailed):
        sale_shares([7, 7], [1, 2], [0.5, 0.5], [], [], [])
    assert sale_shares([7, 7], [1, 2], [0.5, 0.4], [], [], []).share.sum() == pytest.approx(0.9)


def test_losses_and_unknown_margins_carry_no_credit() -> None:
    shares = sale_shares([0, 1, 2, 3], [0, 0, 0, 0], [0.5, 0.5, 0.5, 0.5], [], [], [])
    _, by_persuasion = influence_matrix(3, shares, [1, 1, 1, 2], [80.0, -500.0, np.nan, -5.0])
    assert by_persuasion.toarray()[0].tolist() == [0.0, 0.5, 0.0]


def test_interval_agrees_with_drawing_the_errors() -> None:
    """On a tree the first-order interval is that of Monte Carlo draws; errors of different influencers are independent."""
    generator = np.random.default_rng(7)
    n = 60
    parent = np.array([generator.integers(0, k) for k in range(1, n)])
    share = generator.uniform(0.05, 0.45, n - 1)
    credit = csr_array((share, (parent, np.arange(1, n))), shape=(n, n))
    own, error = generator.gamma(2.0, 50.0, n), np.full(n, 0.15)
    frame = network_value(own, credit, error=error).frame
    nets = []
    for _ in range(3_000):
        drawn = credit.toarray() * (1 + error * generator.normal(size=n))[:, None]
        gross = np.linalg.solve(np.eye(n) - drawn, own)
        nets.append((1 - drawn.sum(axis=0)) * gross)
    sampled = np.std(nets, axis=0)
    claimed = ((frame["net_high"] - frame["net_low"]) / (2 * 1.6448536)).to_numpy()
    big = sampled > 0.5
    assert big.sum() > 20
    assert claimed[big] == pytest.approx(sampled[big], rel=0.12)


def test_value_matrix_quadrants_and_cuts() -> None:
    result = value_matrix([10.0, 10.0, 1.0, 1.0, np.nan], [5.0, 0.0, 5.0, 0.0, 1.0])
    assert result.quadrant.tolist()[:4] == ["Champion", "Affluent", "Advocate", "Miser"]
    assert result.quadrant.isna().tolist()[4]
    assert (result.own_cut, result.others_cut) == (5.5, 2.5)
    assert value_matrix([10.0, 1.0], [5.0, 0.0], own_cut=20.0, others_cut=-1.0).quadrant.tolist() == ["Advocate"] * 2
    # most earn nothing through others: the median is 0 and high means anything at all
    assert value_matrix([1.0, 2.0, 3.0], [0.0, 0.0, 7.0]).quadrant.tolist() == ["Miser", "Miser", "Champion"]


def wealth(error: float | None) -> NetworkValue:
    """Customer 0 spends least and is credited with half of what ten others spend."""
    own = np.array([1.0, *np.linspace(100.0, 120.0, 20)])
    credit = matrix(21, *((0, u, 0.5) for u in range(1, 11)))
    return network_value(own, credit, error=None if error is None else np.full(21, error))


def test_hidden_wealth_finds_the_quiet_giver() -> None:
    own = wealth(None).frame["own"]
    table = hidden_wealth(wealth(None), own)
    assert table.index[table["hidden"]].tolist() == [0]
    assert table.loc[0, "rank_gain"] == pytest.approx(20.0)
    assert table["certain"].isna().all()
    assert bool(hidden_wealth(wealth(0.05), own).loc[0, "certain"])
    assert not bool(hidden_wealth(wealth(2.0), own).loc[0, "certain"])


def test_repeat_purchases_stand_in_the_denominator() -> None:
    shares = sale_shares([0], [0], [0.5], [], [], [])
    _, alone = influence_matrix(2, shares, [1], [80.0])
    _, with_repeats = influence_matrix(2, shares, [1], [80.0], total=[0.0, 320.0])
    assert alone.toarray()[0, 1] == pytest.approx(0.5)
    assert with_repeats.toarray()[0, 1] == pytest.approx(0.125)
    with pytest.raises(ComputeFailed):
        influence_matrix(2, shares, [1], [80.0], total=[0.0, 79.0])
