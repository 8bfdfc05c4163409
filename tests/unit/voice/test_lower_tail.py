"""Follow-ons after unhappy customers: sums, interval and one-sided test of a group."""

from __future__ import annotations

import numpy as np
import pytest

from influence.voice.lower_tail import follow_ons_of


def test_group_when_unexposed_or_elsewhere_then_left_out() -> None:
    found = follow_ons_of([1.0, 5.0, 2.0, 9.0], [8.0, 6.0, np.nan, 9.0], np.array([True, True, True, False]))
    assert (found.customers, found.observed, found.expected) == (2, 6.0, 14.0)
    assert found.ratio == pytest.approx(6 / 14)
    # z = -8 / sqrt(7^2 + 1^2)
    assert found.p == pytest.approx(0.128950, abs=1e-6)


def test_group_when_little_is_expected_then_not_judged() -> None:
    found = follow_ons_of([0.0], [9.0], np.array([True]))
    assert found.ratio == 0.0
    assert np.isnan([found.low, found.high, found.p]).all()


def test_group_when_nobody_followed_then_an_interval_all_the_same() -> None:
    found = follow_ons_of(np.zeros(50), np.full(50, 1.0), np.ones(50, bool))
    assert (found.low, found.high) == (0.0, 0.06)
    assert found.p < 1e-6


def test_planted_lower_tail_then_found_and_nothing_found_in_nothing() -> None:
    """1,000 shops: chance alone is called few at 5 % in about 5 %, a fifth fewer in most."""
    draw = np.random.default_rng(7)
    expected = draw.gamma(0.5, 1.0, (1000, 600))
    everybody = np.ones(600, bool)
    null = [follow_ons_of(row, e, everybody) for row, e in zip(draw.poisson(expected), expected, strict=True)]
    fewer = [follow_ons_of(row, e, everybody) for row, e in zip(draw.poisson(0.8 * expected), expected, strict=True)]
    assert 0.03 <= np.mean([one.p < 0.05 for one in null]) <= 0.07
    assert np.mean([one.p < 0.05 for one in fewer]) > 0.9
    assert 0.92 <= np.mean([one.low <= 0.8 <= one.high for one in fewer]) <= 0.98
