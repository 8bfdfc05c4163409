"""CDNOW golden numbers (G9, G10, K19) and the corners that break other implementations of these models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.special import hyp2f1

from influence.errors import ComputeFailed
from influence.snapshot.arrays import DAY
from influence.value import kernel
from influence.value import repeat as repeat_module
from influence.value.purchases import Purchases, RepeatSummary, purchases_of, summarise_repeats
from influence.value.repeat import RepeatModel, fit_repeat_model
from influence.value.spend import fit_spend_model

CDNOW = Path(__file__).parents[2] / "data" / "cdnow" / "purchases.csv"
START = 9_862 * DAY  # 1997-01-01
CALIBRATION = 272  # 39 weeks end on 1997-09-30


def cdnow(until: int) -> Purchases:
    table = pd.read_csv(CDNOW)
    names, who = np.unique(table["customer"], return_inverse=True)
    cents = table["cents"].to_numpy(dtype=np.float64)
    return purchases_of(
        len(names), START + until * DAY, who, np.zeros(len(who)), START + table["day"].to_numpy() * DAY, cents, cents
    )


@pytest.fixture(scope="module")
def histories() -> RepeatSummary:
    return summarise_repeats(cdnow(CALIBRATION))


@pytest.fixture(scope="module")
def weekly(histories: RepeatSummary) -> RepeatModel:
    return fit_repeat_model(histories.repeats, histories.recency / 7, histories.age / 7)


def test_cdnow_parameters_and_likelihood(histories: RepeatSummary, weekly: RepeatModel) -> None:
    assert len(histories.repeats) == 2_357
    assert int((histories.repeats > 0).sum()) == 946
    assert (weekly.r, weekly.alpha, weekly.a, weekly.b) == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=1e-3)
    assert weekly.log_likelihood == pytest.approx(-9582.4, abs=0.1)
    assert weekly.penalty == 0.0
    assert not weekly.modified


def test_cdnow_expected_purchases_and_p_alive(weekly: RepeatModel) -> None:
    assert weekly.expected_purchases(39.0, 2, 30.43, 38.86)[0] == pytest.approx(1.2259, abs=1e-3)
    assert float(weekly.p_alive(2, 30.43, 38.86)) == pytest.approx(0.7266, abs=1e-4)


def test_cdnow_margins(histories: RepeatSummary) -> None:
    model = fit_spend_model(histories.repeats, histories.mean_margin / 100)
    assert model.customers == 946
    assert (model.p, model.q, model.v) == pytest.approx((6.25, 3.74, 15.44), abs=0.01)
    assert model.correlation == pytest.approx(0.114, abs=1e-3)
    assert model.prior_mean == pytest.approx(35.17, abs=0.05)


def test_cdnow_hold_out_total_and_error(weekly: RepeatModel, histories: RepeatSummary) -> None:
    everything = cdnow(10_000)
    day = (everything.at - START) // DAY
    later = pd.DataFrame({"who": everything.customer, "day": day}).drop_duplicates()
    later = later[(later["day"] > CALIBRATION) & (later["day"] <= CALIBRATION + 273)]
    actual = np.bincount(later["who"], minlength=2_357)
    expected = weekly.expected_purchases(39.0, histories.repeats, histories.recency / 7, histories.age / 7)
    assert actual.sum() == pytest.approx(1_882, abs=5)
    assert abs(expected.sum() / actual.sum() - 1) <= 0.15
    assert np.abs(expected - actual).mean() <= 0.80


def test_the_time_unit_changes_only_alpha(histories: RepeatSummary, weekly: RepeatModel) -> None:
    daily = fit_repeat_model(histories.repeats, histories.recency, histories.age)
    assert daily.alpha / 7 == pytest.approx(weekly.alpha, rel=1e-3)
    assert (daily.r, daily.a, daily.b) == pytest.approx((weekly.r, weekly.a, weekly.b), rel=1e-3)
    repeats = histories.repeats.sum()
    assert daily.log_likelihood == pytest.approx(weekly.log_likelihood - repeats * np.log(7), abs=0.01)


def test_compiled_loops_equal_their_python() -> None:
    generator = np.random.default_rng(8)
    sizes = {"x": 6, "recency": 9, "age": 7}
    power, death = generator.uniform(0.5, 9, 6), np.append(-np.inf, generator.normal(size=5))
    tables = [generator.normal(3, 1, sizes[name]) for name in ("age", "age", "recency", "recency")]
    places = [generator.integers(0, size, 40) for size in sizes.values()]
    given_history = (power, death, *tables, *places, generator.integers(1, 9, 40).astype(float))
    for compiled, arguments in (
        (kernel.history_pass, given_history),
        (
            kernel.expected_pass,
            (
                generator.uniform(0.5, 9, 8),
                generator.uniform(5, 90, 8),
                generator.integers(0, 3, 8),
                generator.random((3, 5)),
                generator.random((3, 5)),
                np.array([1.0, 9.0]),
                np.array([0.5, -2.0]),
            ),
        ),
        (kernel.margin_pass, (2.5, 1.5, 3.0, generator.integers(1, 9, 30).astype(float), generator.gamma(2, 1, 30))),
    ):
        plain = compiled.py_func(*arguments)  # type: ignore[attr-defined]
        fast = compiled(*arguments)
        for one, two in zip(np.atleast_1d(plain) if isinstance(plain, np.ndarray) else plain, fast, strict=True):
            assert two == pytest.approx(one, rel=1e-12)


@pytest.mark.parametrize("modified", [False, True])
def test_gradient_is_the_derivative_of_the_likelihood(histories: RepeatSummary, modified: bool) -> None:
    data = repeat_module._Histories.of(histories.repeats[:300], histories.recency[:300], histories.age[:300])
    point = np.array([-0.4, 0.3, -0.2, 0.5])
    _, gradient = repeat_module._log_likelihood(point, data, modified)
    numeric = approx_fprime(point, lambda theta: repeat_module._log_likelihood(theta, data, modified)[0], 1e-7)
    assert gradient == pytest.approx(numeric, rel=1e-4)


@given(
    a=st.floats(1.1, 8.0),
    b=st.floats(0.2, 10.0),
    r=st.floats(0.1, 5.0),
    alpha=st.floats(1.0, 50.0),
    x=st.integers(0, 40),
    age=st.floats(1.0, 100.0),
    span=st.floats(0.5, 80.0),
)
@settings(max_examples=200, deadline=None)
def test_quadrature_equals_the_closed_form(
    a: float, b: float, r: float, alpha: float, x: int, age: float, span: float
) -> None:
    assume(span <= 15 * (alpha + age))
    model = RepeatModel(r=r, alpha=alpha, a=a, b=b)
    z = span / (alpha + age + span)
    inside = ((alpha + age) / (alpha + age + span)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
    closed = (a + b + x - 1) / (a - 1) * (1 - inside) * float(model.p_alive(x, age * min(x, 1), age))
    # the closed form cancels where 1 - inside is small; that, not the quadrature, sets the tolerance
    assert model.expected_purchases(span, x, age * min(x, 1), age)[0] == pytest.approx(closed, rel=1e-8, abs=1e-11)


@pytest.mark.parametrize("a", [1.0, 1e-4, 0.5])
def test_expectation_exists_where_the_closed_form_does_not(a: float) -> None:
    """At a = 1 the closed form is 0/0; for many purchases it overflows. A heavy buyer keeps buying at her rate."""
    model = RepeatModel(r=0.5, alpha=10.0, a=a, b=3.0)
    expected = model.expected_purchases(10.0, 2_000, 1_000.0, 1_000.0)[0]
    assert np.isfinite(expected)
    assert 0.5 * 19.8 < expected < 19.9


def test_weights_add_up_spans(weekly: RepeatModel) -> None:
    parts = [weekly.expected_purchases(t, 3, 20.0, 30.0)[0] for t in (10.0, 20.0)]
    both = weekly.expected_purchases([10.0, 20.0], 3, 20.0, 30.0, [0.5, 2.0])[0]
    assert both == pytest.approx(0.5 * parts[0] + 2.0 * parts[1])


def test_shops_where_few_return_use_the_modified_model() -> None:
    generator = np.random.default_rng(3)
    n = 4_000
    age = generator.uniform(100, 400, n)
    rate, drop = generator.gamma(0.8, 1 / 60, n), generator.beta(1.5, 1.0, n)
    x, recency = np.zeros(n), np.zeros(n)
    for i in range(n):
        t = 0.0
        while generator.random() > drop[i]:  # may leave after the very first purchase
            t += generator.exponential(1 / rate[i])
            if t > age[i]:
                break
            x[i], recency[i] = x[i] + 1, t
    model = fit_repeat_model(x, recency, age)
    plain = fit_repeat_model(x, recency, age, "bg")
    assert (x == 0).mean() > 0.7
    assert model.modified
    assert model.log_likelihood > plain.log_likelihood
    assert model.p_alive(0, 0, 200.0) < 1.0


def test_no_optimum_falls_back_to_a_penalty() -> None:
    """Clockwork customers without drop-out: the likelihood grows for ever as the parameters do."""
    x = np.full(200, 10.0)
    model = fit_repeat_model(x, np.full(200, 100.0), np.full(200, 101.0))
    assert model.penalty > 0
    assert np.isfinite(model.expected_purchases(30.0, 10, 100.0, 101.0)[0])


@pytest.mark.parametrize(
    ("x", "recency", "age", "code"),
    [
        ([0, 0], [0, 0], [5, 6], "no-repeat-purchases"),
        ([], [], [], "no-repeat-purchases"),
        ([1, 2], [3, 9], [5, 6], "impossible-history"),
        ([1, 0], [3, 2], [5, 6], "impossible-history"),
    ],
)
def test_impossible_input_is_refused(x: list[int], recency: list[int], age: list[int], code: str) -> None:
    with pytest.raises(ComputeFailed) as caught:
        fit_repeat_model(x, recency, age)
    assert caught.value.code == code


def test_margins_without_information_are_left_out_and_get_the_prior() -> None:
    generator = np.random.default_rng(5)
    x = generator.integers(1, 8, 500)
    mean = generator.gamma(6.0, 1.0, 500) * 10 / generator.gamma(4.0, 1.0, 500)
    mean[:3] = [-5.0, 0.0, np.nan]
    model = fit_spend_model(x, mean)
    assert (model.customers, model.excluded) == (497, 3)
    assert model.expected_margin([1, 1, 1, 0], [-5.0, 0.0, np.nan, 99.0]) == pytest.approx(model.prior_mean)
    # shrinkage: one purchase moves the expectation less than many
    one, many = model.expected_margin([1, 50], [100.0, 100.0])
    assert model.prior_mean < one < many < 100.0


def test_margins_without_variation_fall_back_to_a_penalty() -> None:
    model = fit_spend_model([1, 2, 3, 4], [10.0, 10.0, 10.0, 10.0])
    assert np.isnan(model.correlation)
    assert model.expected_margin([5], [10.0])[0] == pytest.approx(10.0, rel=0.05)
    with pytest.raises(ComputeFailed):
        fit_spend_model([0, 3], [10.0, -1.0])
