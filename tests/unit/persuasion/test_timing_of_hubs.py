"""The timing certificate of a hub (metrics.md 4.6): as exact as anybody's, and in time that grows with his friends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence.persuasion.reference import timing_mid_p
from influence.persuasion.significance import CUT, timing_p, timing_with_cost

Product = tuple[int, int, int]


def timing_of(products: list[Product], observed: int) -> float:
    population, successes, draws = (np.array([x[i] for x in products], np.int32) for i in range(3))
    followed = np.zeros(len(products), np.int32)
    followed[0] = observed
    return float(timing_p(np.array([0, len(products)]), population, successes, draws, followed)[0])


def agrees(p: float, exact: float, products: int) -> bool:
    """Whether p has the digits of the exact one, but for what was cut, which counts against the customer."""
    return exact * (1 - 1e-11) <= p <= exact * (1 + 1e-11) + 4 * CUT * products


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(2, 200), st.integers(0, 200), st.integers(0, 200)), min_size=1, max_size=4),
    st.floats(0, 1),
)
def test_timing_when_any_count_that_can_be_then_the_digits_of_the_exact_one(
    products: list[Product], part: float
) -> None:
    products = [(n, min(k, n), min(d, n)) for n, k, d in products]
    observed = round(part * sum(min(k, d) for _, k, d in products))
    assert agrees(timing_of(products, observed), timing_mid_p(products, observed), len(products))


# 349 are expected, give or take 14: in the middle, and so far out that 1 - P(T <= O) has no digits left
@pytest.mark.parametrize("observed", [0, 349, 390, 480, 700])
def test_timing_when_a_thousand_friends_bought_then_exact_and_never_nothing(observed: int) -> None:
    products = [(5_000, 1_500, 1_000), (4_000, 100, 1_000), (50, 40, 30)]
    p = timing_of(products, observed)
    assert agrees(p, timing_mid_p(products, observed), len(products))
    assert p > 0


def cost(draws: int, products: int) -> int:
    """Multiplications for a customer with this many friends among the buyers of each of his products."""
    columns = [np.full(products, x, np.int32) for x in (20 * draws, 6 * draws, draws, draws * 3 // 10)]
    return int(timing_with_cost(np.array([0, products]), *columns)[1][0])


def test_timing_when_friends_multiply_then_work_grows_with_them_and_not_with_their_square() -> None:
    assert cost(4_000, 30) < 1.2 * 8 * cost(500, 30)
    assert cost(32_000, 30) < 1.2 * 8 * cost(4_000, 30)


def test_timing_when_products_multiply_then_work_grows_less_than_with_their_square() -> None:
    assert cost(500, 240) < 1.2 * 8**1.5 * cost(500, 30)
