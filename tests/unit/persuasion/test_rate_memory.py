"""The rate's distribution is fitted on at most `most_rows` rows: its memory is bounded, its result is not touched."""

from __future__ import annotations

import tracemalloc

import numpy as np

from influence.persuasion.rate import GRID_SIZE, fit_rates


def many(rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Follow-ons, expectations and exposures without two rows alike."""
    rng = np.random.default_rng(4)
    exposures = rng.integers(10, 200, rows).astype(float)
    expected = exposures * rng.uniform(0.01, 0.02, rows)
    return 1.0 + rng.poisson(expected), expected, exposures


def test_rates_when_thinned_then_fitted_with_the_memory_of_the_sample() -> None:
    columns = many(50_000)
    fit_rates(*(column[:100] for column in columns), steps=1)  # compiles
    peaks = []
    for most in (50_000, 1_000):
        tracemalloc.start()
        fit = fit_rates(*columns, steps=1, most_rows=most, threads=1)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert fit.rows == most
        assert not np.isnan(fit.rate).any()
    matrix = (GRID_SIZE + 1) * 8
    assert peaks[0] > 50_000 * matrix
    assert peaks[0] - peaks[1] > 0.9 * 49_000 * matrix


def test_rates_when_thinned_then_as_if_the_other_rows_had_no_weight() -> None:
    rng = np.random.default_rng(5)
    exposures = rng.integers(1, 40, 3_000).astype(float)
    expected = exposures * 0.01
    observed = rng.poisson(expected + exposures * np.where(rng.random(3_000) < 0.1, 0.05, 0)).astype(float)
    thinned = fit_rates(observed, expected, exposures, most_rows=500, seed=3)
    used = np.sort(np.random.default_rng(3).choice(3_000, 500, replace=False))
    alone = fit_rates(observed[used], expected[used], exposures[used], grid=thinned.grid)
    np.testing.assert_allclose(thinned.weights, alone.weights, atol=1e-12)
    np.testing.assert_allclose(thinned.rate[used], alone.rate, atol=1e-12)
