"""Ranking, discovery and calibration figures against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from influence.worlds.accuracy import auc, decile_slope, discoveries, precision_at_k, top_lift

NAN = float("nan")


def test_auc_counts_pairs_and_ties_half() -> None:
    truth = np.array([True, True, False, False, False])
    assert auc(np.array([5.0, 4, 3, 2, 1]), truth) == 1.0
    assert auc(np.array([1.0, 2, 3, 4, 5]), truth) == 0.0
    # pairs: 3>2, 3>1, 3=3, 2=2, 2>1, 2<3: 3 wins, 2 halves of 6
    assert auc(np.array([3.0, 2, 3, 2, 1]), truth) == pytest.approx(4 / 6)


def test_unknown_scores_are_left_out_and_an_empty_class_has_no_auc() -> None:
    truth = np.array([True, False, True, False])
    assert auc(np.array([2.0, 1.0, NAN, NAN]), truth) == 1.0
    assert math.isnan(auc(np.array([2.0, NAN, 1.0, NAN]), truth))
    assert precision_at_k(np.array([2.0, 3.0, NAN, 1.0]), truth) == 0.0


def test_precision_at_k_shares_ties_at_the_cut() -> None:
    truth = np.array([True, True, False, False])
    assert precision_at_k(np.array([4.0, 3, 2, 1]), truth) == 1.0
    assert precision_at_k(np.array([4.0, 1, 3, 2]), truth) == 0.5
    # one slot is sure, the other is shared by one true and two false ones
    assert precision_at_k(np.array([4.0, 3, 3, 3]), truth) == pytest.approx((1 + 1 / 3) / 2)
    assert math.isnan(precision_at_k(np.ones(3), np.zeros(3, dtype=bool)))


def test_discoveries_without_finds_are_not_false() -> None:
    truth = np.array([True, True, False, False])
    none = discoveries(np.zeros(4, dtype=bool), truth)
    assert (none.count, none.false_share, none.power) == (0, 0.0, 0.0)
    some = discoveries(np.array([True, False, True, True]), truth)
    assert (some.count, some.power) == (3, 0.5)
    assert some.false_share == pytest.approx(2 / 3)
    assert math.isnan(discoveries(np.ones(2, dtype=bool), np.zeros(2, dtype=bool)).power)


def test_top_lift_divides_by_exposure() -> None:
    score = np.array([9.0, 8, 7, 6, NAN])
    outcome = np.array([6.0, 2, 1, 1, 50])
    exposure = np.array([3.0, 2, 2, 3, 1])
    # base 10/10; top quarter 6/3; top half 8/5
    assert top_lift(score, outcome, exposure, 0.25) == pytest.approx(2.0)
    assert top_lift(score, outcome, exposure, 0.5) == pytest.approx(1.6)
    # all tied: the top is like everybody
    assert top_lift(np.ones(5), outcome, exposure, 0.25) == pytest.approx(1.0)
    assert math.isnan(top_lift(score, np.zeros(5), exposure, 0.5))


def test_decile_slope_is_one_for_a_calibrated_forecast() -> None:
    random = np.random.default_rng(1)
    mean = random.gamma(2.0, 1.0, 20_000)
    happened = random.poisson(mean).astype(float)
    assert decile_slope(mean, happened) == pytest.approx(1.0, abs=0.05)
    assert decile_slope(2 * mean, happened) == pytest.approx(0.5, abs=0.03)
    assert math.isnan(decile_slope(np.ones(50), happened[:50]))
