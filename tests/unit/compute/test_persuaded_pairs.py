"""Pairs of who persuaded whom: where nobody persuades there are many with hardly any credit, and no cascade."""

from __future__ import annotations

import numpy as np
import pytest

from influence.compute.persuasion import LEADING_SHARE, persuaded
from influence.persuasion.chains import longest_chains
from influence.persuasion.estimate import estimate_persuasion
from influence.persuasion.parameters import PersuasionParameters
from influence.worlds.arrays import world_snapshot
from influence.worlds.world import make_world


@pytest.mark.parametrize("name", ["A", "H"])
def test_pairs_when_shares_are_small_then_kept_but_no_cascade_is_drawn_along_them(name: str) -> None:
    snapshot = world_snapshot(make_world(name, 1))
    result = estimate_persuasion(snapshot, PersuasionParameters(bootstrap=20, lag_floor=5.0))
    pairs, sales = persuaded(snapshot, result).measures, result.sales
    best = np.zeros(len(snapshot.first_time))
    np.maximum.at(best, sales.received, sales.credit)
    assert sum(map(len, pairs["products"])) == len(sales.credit) > 1_000
    assert sum(map(sum, pairs["credits"])) == pytest.approx(sales.credit.sum())
    assert 0 < np.sum((best > 0) & (best < LEADING_SHARE)), "there are some that are small"
    assert sum(map(len, pairs["leading"])) == np.sum(best >= LEADING_SHARE)
    longest = longest_chains(snapshot, sales, LEADING_SHARE).max()
    if name == "H":  # nobody persuades
        assert sum(map(len, pairs["leading"])) < 0.1 * np.sum(best > 0)
        assert longest <= 2 < longest_chains(snapshot, sales, 0.0).max()
    else:
        assert longest >= 4
