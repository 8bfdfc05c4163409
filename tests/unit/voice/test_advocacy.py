"""Intent and action, asks, self-declared influence."""

from __future__ import annotations

import numpy as np
import pytest

from influence.snapshot.arrays import ALWAYS
from influence.voice.advocacy import Steps, asks, intent_action_gap, never_asked, self_declared


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


def steps(*rows: tuple[int, str, str, int]) -> Steps:
    """Rows are (customer, kind, status, instant)."""
    customer, kind, status, at = (np.array(column) for column in zip(*rows, strict=True))
    return Steps(customer.astype(np.int32), kind.astype(str), status.astype(str), at.astype(np.int64))


def test_the_last_step_of_a_kind_counts() -> None:
    found = asks(
        7,
        steps(
            (0, "reference", "asked", 10),  # asked, did it, and was asked again
            (0, "reference", "done", 20),
            (0, "reference", "asked", 30),
            (1, "reference", "asked", 10),  # asked and declined on the same day
            (1, "reference", "declined", 10),
            (2, "reference", "willing", 10),  # offered, and nobody took it up
            (2, "beta", "willing", 10),
            (3, "reference", "willing", 10),  # offered and was asked
            (3, "reference", "asked", 10),
            (4, "reference", "willing", 10),  # offered and thought better of it
            (4, "reference", "declined", 11),
            (5, "reference", "willing", 10),  # has opted out
            (5, "review", "done", 10),
        ),
        np.arange(7) != 5,
    )
    assert found.by_kind.loc["reference"].to_dict() == {"willing": 2, "done": 1, "outstanding": 2, "untapped": 1}
    assert found.by_kind.loc["beta"].to_dict() == {"willing": 1, "done": 0, "outstanding": 0, "untapped": 1}
    assert found.by_kind.loc["review"].sum() == 0
    assert found.willing.tolist() == [None, None, "beta, reference", "reference", None, None, None]
    assert found.untapped.tolist() == [None, None, "beta, reference", None, None, None, None]
    assert found.done.tolist() == ["reference", *[None] * 6]
    assert found.outstanding.tolist() == ["reference", None, None, "reference", None, None, None]
    assert found.asked.tolist() == [2, 1, 0, 1, 0, 0, 0]
    assert found.last_asked[[0, 1, 3]].tolist() == [30, 10, 10]
    assert found.last_asked[6] == ALWAYS


def test_without_steps_nobody_was_asked() -> None:
    nothing = Steps(np.empty(0, np.int32), np.empty(0, str), np.empty(0, str), np.empty(0, np.int64))
    found = asks(2, nothing, [True, True])
    assert found.by_kind.empty
    assert found.outstanding.tolist() == [None, None]
    assert found.last_asked.tolist() == [ALWAYS, ALWAYS]


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
