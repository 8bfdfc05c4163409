"""Golden numbers of metrics.md section 11: G1-G5, G12, G16-G18."""

from __future__ import annotations

import numpy as np
import pytest
from logs import snapshot_of
from scipy import stats

from influence.persuasion import credit, significance
from influence.persuasion.buyers import buyers_by_product
from influence.persuasion.estimate import estimate_persuasion
from influence.persuasion.exposure import count_exposures
from influence.persuasion.parameters import PersuasionParameters
from influence.persuasion.rate import fit_rates, rate_grid
from influence.persuasion.reference import timing_mid_p
from influence.snapshot.arrays import DAY


def floats(*values: float) -> np.ndarray:
    return np.array(values, np.float64)


def test_g1_credit_triangle_when_distributed_then_direct_and_total_credit() -> None:
    s = snapshot_of(
        {"customer_id": ["u", "v", "x"]},
        [("v", "x"), ("v", "u"), ("x", "u")],
        [("v", "a", 0), ("x", "a", 2), ("u", "a", 5)],
        {},
    )
    susceptible, actions = floats(0.8, 0.0, 0.5), np.array([4, 1, 1])
    total, kappa = np.zeros(3), np.zeros(3)
    credit._distribute(np.array([0]), buyers_by_product(s), 10.0 * DAY, susceptible, actions, total, kappa)
    v, x, u = 0, 1, 2  # in the order of purchase
    g_vx, g_vu, g_xu = 0.409365, 0.242612, 0.296327
    assert total[x] == pytest.approx(g_xu, abs=1e-6)
    assert total[v] == pytest.approx(g_vx + 0.363918, abs=1e-6)
    assert kappa[v] - g_vx == pytest.approx(0.090980, abs=1e-6)
    assert g_vu + g_vx * g_xu == pytest.approx(0.363918, abs=1e-6)
    assert total[u] == 0


def test_g2_timing_when_two_products_then_exact_mid_p() -> None:
    ints = [np.array(column, np.int32) for column in ((9, 19), (3, 5), (4, 3), (3, 2))]
    assert significance.timing_p(np.array([0, 2]), *ints)[0] == pytest.approx(0.005774, abs=1e-6)
    assert timing_mid_p([(9, 3, 4), (19, 5, 3)], 5) == pytest.approx(0.005774, abs=1e-6)


def test_g3_label_shuffle_when_times_given_then_moments() -> None:
    mean, variance = significance.label_shuffle(np.array([0, 1, 2, 5, 9]), 3, 2)
    assert mean == pytest.approx(0.4)
    assert variance == pytest.approx(0.306667, abs=1e-6)


def test_g4_toy_log_when_estimated_then_every_figure() -> None:
    days = {"c01": 0, "c02": 10, "c05": 20, "c03": 28, "c06": 30, "c04": 100, "c07": 110}
    s = snapshot_of(
        {"customer_id": [f"c{i:02d}" for i in range(1, 11)]},
        [("c01", "c02"), ("c01", "c03"), ("c01", "c04"), ("c01", "c08"), ("c02", "c05")],
        [(c, "a", t) for c, t in days.items()],
        {"a": "x"},
    )
    found = count_exposures(s)
    assert found.near.sum() == 3
    assert found.near_expected.sum() == pytest.approx(1.708333, abs=1e-6)
    assert found.far.sum() == 1
    assert found.far_expected.sum() == pytest.approx(0.8)
    result = estimate_persuasion(s, PersuasionParameters(min_purchases=1, min_friends=1))
    assert result.diagnostics["lag"] == pytest.approx(1.25)
    one = result.customers.loc["c01"]
    assert one["follow_on_count"] == 2
    assert one["persuasion_expected"] == pytest.approx(1.25 * 1.333333, abs=1e-6)
    assert one["persuasion_lift"] == pytest.approx(1.090909, abs=1e-6)
    assert one["persuasion_excess"] == pytest.approx(0.333333, abs=1e-6)
    assert one["exposures"] == 4
    assert one["excess_rate"] == pytest.approx(0.083333, abs=1e-6)
    assert one["attributable_fraction"] == pytest.approx(0.083333, abs=1e-6)
    assert one["attributable_share"] == pytest.approx(one["extra_purchases"] / (5 / 3 + one["extra_purchases"]))
    assert one["persuasion_lift_low"] == pytest.approx(0.3726, abs=1e-4)
    assert one["persuasion_lift_high"] == pytest.approx(2.1146, abs=1e-4)
    assert one["timing_p"] == pytest.approx(0.275)
    assert result.totals["naive"] == 3
    assert result.totals["n3"] == pytest.approx(3 - (3 * 3 + 2 * 3 + 2 + 1 + 1) / 6)


def test_g5_lift_when_eight_of_two_then_lift_interval_and_sigma() -> None:
    low, high = significance.lift_interval(floats(8), floats(2), 2.0)
    assert low[0] == pytest.approx(1.3564, abs=1e-4)
    assert high[0] == pytest.approx(3.9263, abs=1e-4)
    # a shape without limit is the Poisson tail; the mid-p leaves out half of P(=8)
    middle = significance.predictive_p(floats(8), floats(2), floats(0), floats(0), 1e9)[0]
    poisson = middle + 0.5 * np.exp(-2) * 2**8 / 40320
    assert poisson == pytest.approx(0.00109672, abs=1e-8)
    assert significance.sigma(floats(poisson))[0] == pytest.approx(3.0627, abs=1e-4)
    assert significance.sigma(floats(9.9e-10, 0.0))[:2] == pytest.approx([6.0, 8.0], abs=1e-2)


def test_g12_false_discovery_when_benjamini_hochberg_then_q() -> None:
    p = floats(0.001, 0.008, 0.039, 0.041, 0.042, 0.060, 0.074, 0.205, 0.212, 0.216)
    q = floats(0.010, 0.040, 0.084, 0.084, 0.084, 0.100, 0.1057, 0.216, 0.216, 0.216)
    np.testing.assert_allclose(significance.false_discovery(p), q, atol=5e-5)
    order = np.random.default_rng(0).permutation(10)
    np.testing.assert_allclose(significance.false_discovery(p[order]), q[order], atol=5e-5)
    yekutieli = significance.false_discovery(p, dependent=True)
    np.testing.assert_allclose(yekutieli, np.minimum(q * 2.9289683, 1), atol=2e-4)


def test_g16_predictive_tail_when_k_small_or_large_then_mid_p() -> None:
    def tail(shape: float) -> float:
        return float(significance.predictive_p(floats(8), floats(2), floats(3), floats(2), shape)[0])

    assert tail(5.0) == pytest.approx(0.005777994, abs=1e-9)
    assert tail(1e6) == pytest.approx(0.000667099, abs=1e-9)


def test_lower_tail_when_far_fewer_follow_than_expected_then_a_number_and_sigma_is_finite() -> None:
    shape, expected, distant, calibration = 20.0, floats(60, 60, 2), floats(100, 100, 3), floats(100, 100, 2)
    counts = floats(0, 30, 8)
    low = significance.predictive_p(counts, expected, distant, calibration, shape, lower=True)
    chance = (shape + calibration) / (shape + calibration + expected)
    exact = stats.nbinom(shape + distant, chance)
    assert low == pytest.approx(exact.cdf(counts) - 0.5 * exact.pmf(counts), rel=1e-9)
    assert low[0] == pytest.approx(0.5 * (2 / 3) ** 120, rel=1e-9)  # 1 minus the upper tail would be 0
    high = significance.predictive_p(counts, expected, distant, calibration, shape)
    assert low + high == pytest.approx(1.0)
    assert significance.sigma(high)[0] == -8.0
    assert np.isfinite(significance.sigma(floats(0.0, 0.5, 1.0))).all()


def test_g17_shape_when_likelihood_then_grid_maximum() -> None:
    counts, means = floats(0, 0, 1, 2, 5, 9), floats(1, 2, 1, 2, 3, 3)
    values = [significance.shape_likelihood(counts, means, k) for k in (1, 2, 5, 20)]
    np.testing.assert_allclose(values, [-11.887734, -11.809973, -12.190817, -12.962927], atol=1e-6)
    assert significance.fit_shape(counts, means, least=1, default=20) == pytest.approx(1.706435, abs=1e-6)
    assert significance.fit_shape(counts, means, least=100, default=20) == 20


@pytest.mark.parametrize(("steps", "weights"), [(1, (0.332861, 0.293252, 0.373887)), (200, (0.583379, 0.0, 0.416621))])
def test_g18_rates_when_fitted_then_weights_and_posteriors(steps: int, weights: tuple[float, ...]) -> None:
    fit = fit_rates(
        floats(0, 2, 9, 1), floats(1, 1.5, 2, 0.5), floats(50, 80, 100, 10), grid=floats(0, 0.01, 0.05), steps=steps
    )
    np.testing.assert_allclose(fit.weights, weights, atol=1e-6)
    if steps == 200:
        np.testing.assert_allclose(fit.rate, (0.002769, 0.007478, 0.049869, 0.023209), atol=1e-6)
        np.testing.assert_allclose(fit.p_none, (0.944625, 0.850445, 0.002630, 0.535817), atol=1e-6)
        # all that is left of the grid is 0 and .05: a rate is .05 with probability 1 - p_none
        none = np.array((0.944625, 0.850445, 0.002630, 0.535817))
        np.testing.assert_allclose(fit.deviation, 0.05 * np.sqrt(none * (1 - none)), atol=1e-6)


def test_rates_when_thinned_or_without_exposures_then_known_for_all_others() -> None:
    rng = np.random.default_rng(1)
    exposures = rng.integers(0, 200, 500).astype(float)
    expected = exposures * 0.01
    observed = rng.poisson(expected + exposures * np.where(rng.random(500) < 0.1, 0.05, 0)).astype(float)
    whole, part = (fit_rates(observed, expected, exposures, most_rows=m) for m in (1_000, 400))
    assert np.isnan(whole.rate).tolist() == (exposures == 0).tolist()
    assert part.rows == 400
    assert whole.rows == (exposures > 0).sum()
    np.testing.assert_allclose(np.nansum(part.rate * exposures), np.nansum(whole.rate * exposures), rtol=0.2)
    grid = rate_grid(observed, expected, exposures)
    base = (observed - expected).sum() / exposures.sum()
    assert (len(grid), grid[0]) == (41, 0)
    assert grid[1] == pytest.approx(0.1 * base)
    assert grid[-1] == pytest.approx(min(0.5, 300 * base))


def test_timing_moments_when_summed_then_those_of_the_hypergeometric_and_small_products_left_out() -> None:
    population, successes, draws, followed = (
        np.array(column, np.int32) for column in ([9, 1, 40, 0, 6], [3, 1, 12, 0, 4], [4, 1, 7, 0, 2], [2, 1, 0, 0, 2])
    )
    excess, variance = significance.timing_moments(np.array([0, 3, 5]), population, successes, draws, followed)
    first, third, fifth = (stats.hypergeom(population[i], successes[i], draws[i]) for i in (0, 2, 4))
    assert excess == pytest.approx([2 - first.mean() - third.mean(), 2 - fifth.mean()])
    assert variance == pytest.approx([first.var() + third.var(), fifth.var()])
