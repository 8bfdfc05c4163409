"""Intent and action, asks, self-declared influence."""

from __future__ import annotations

import numpy as np
import pytest

from influence.voice.advocacy import asks, intent_action_gap, never_asked, self_declared


def test_gap_counts_promoters_who_did_nothing() -> None:
    nps = [10, 9, 9, 8, np.nan, 10]
    gap = intent_action_gap(nps, [1, 0, 0, 0, 0, 0], [np.nan, 2.0, -1.0, 0.0, 0.0, np.nan], window_days=180)
    assert gap.promoters == 4
    assert np.flatnonzero(gap.silent).tolist() == [2, 5]
    assert gap.share == 0.5
    assert 0.0 < gap.low < 0.5 < gap.high < 1.0
    assert gap.status == "insufficient_data"
    assert intent_action_gap([3.0], [0], [0.0], 30).status == "not_applicable"
    sure = intent_action_gap([10.0] * 40, [0] * 40, [0.0] * 40, 30)
    assert (sure.share, sure.high, sure.status) == (1.0, 1.0, "ok")


def test_never_asked_leaves_out_the_active_the_asked_and_the_opted_out() -> None:
    nps = [9, 9, 9, 9, 8, np.nan]
    flags = never_asked(nps, [0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [False, False, False, True, False, False])
    assert np.flatnonzero(flags).tolist() == [0]


def test_asks_outstanding_and_untapped() -> None:
    by_kind, by_customer = asks(
        4,
        {"reference": [True, True, True, True], "beta": [False, True, False, False]},
        ["reference", "reference", "reference", "review"],
        np.array([0, 0, 1, 1], dtype=np.int32),
        [False, True, False, True],
        [False, False, False, True],
    )
    # customer 0 was asked and has done it, 1 was asked, 2 is willing and was not asked, 3 has opted out
    assert by_kind.loc["reference"].to_dict() == {"willing": 4, "done": 1, "outstanding": 1, "untapped": 1}
    assert by_kind.loc["beta", "untapped"] == 1
    assert by_kind.loc["review"].to_dict() == {"willing": 0, "done": 1, "outstanding": 0, "untapped": 0}
    assert by_customer.loc[1].to_dict() == {"willing": 2, "done": 1, "outstanding": 1}


def test_self_declared_against_measured() -> None:
    declared = [1, 9, *range(10), np.nan]
    measured = [9.0, 1.0, *(float(k) for k in range(10)), 5.0]
    result = self_declared(declared, measured)
    assert result.customers == 12
    assert result.frame["reading"].tolist()[:2] == ["quiet persuader", "overrates"]
    assert set(result.frame["reading"].iloc[2:12]) == {"agrees"}
    assert result.frame["reading"].isna().iloc[12]
    assert result.low < result.correlation < result.high


def test_correlation_is_that_of_ranks_and_needs_ten() -> None:
    result = self_declared(np.arange(20.0), np.exp(np.arange(20.0)))
    assert result.correlation == pytest.approx(1.0)
    assert np.isnan(self_declared(np.arange(9.0), np.arange(9.0)).correlation)
    assert np.isnan(self_declared(np.full(20, 5.0), np.arange(20.0)).correlation)
