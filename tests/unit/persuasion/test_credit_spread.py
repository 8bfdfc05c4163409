"""The spread of sets under credit distribution: invariant I1 of metrics.md section 11."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import random_log, snapshot_of

from influence.persuasion.credit import distribute_credit
from influence.persuasion.credit_spread import credit_spread
from influence.persuasion.parameters import PersuasionParameters
from influence.worlds.arrays import world_snapshot
from influence.worlds.world import make_world


def only(size: int, *members: int) -> np.ndarray:
    chosen = np.zeros(size, bool)
    chosen[list(members)] = True
    return chosen


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_i1_spread_when_sets_grow_then_monotone_submodular_and_bounded(seed: int) -> None:
    snapshot = snapshot_of(*random_log(seed, customers=12, products=4, purchases=40, friends=30))
    n = snapshot.customers
    generator = np.random.default_rng(seed)
    small = generator.random(n) < 0.2
    large = small | (generator.random(n) < 0.3)
    of_small, of_large = credit_spread(snapshot, small), credit_spread(snapshot, large)
    buyers = int((np.diff(snapshot.customer_offsets) > 0).sum())
    assert 0 <= of_small <= of_large + 1e-12
    assert of_large <= buyers + 1e-9
    assert credit_spread(snapshot, np.ones(n, bool)) == pytest.approx(buyers)
    for v in np.flatnonzero(~large).tolist():
        gain_small = credit_spread(snapshot, small | only(n, v)) - of_small
        gain_large = credit_spread(snapshot, large | only(n, v)) - of_large
        assert gain_small >= gain_large - 1e-12


def test_i1_spread_when_credits_are_truncated_then_less_than_one_percent_is_lost() -> None:
    snapshot = world_snapshot(make_world("A", 5))
    found = distribute_credit(snapshot, PersuasionParameters())
    degree = np.diff(snapshot.edge_offsets)
    for v in np.argsort(-degree)[:3].tolist():
        own = slice(snapshot.customer_offsets[v], snapshot.customer_offsets[v + 1])
        bought = own.stop > own.start
        # kappa leaves out what a customer is credited with for buying himself: 1 in all
        assert found.kappa[own].sum() + bought == pytest.approx(
            credit_spread(snapshot, only(snapshot.customers, v)), rel=0.01
        )
