"""Sums by group equal NumPy's, and refuse what would be written elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence.persuasion.sums import sum_by

ROWS = st.lists(st.tuples(st.integers(0, 4), st.floats(-1e6, 1e6), st.floats(0, 2)), max_size=40)


@given(ROWS, st.sampled_from([np.int32, np.int64]))
def test_sums_are_those_of_numpy_in_the_same_order(rows: list[tuple[int, float, float]], kind: Any) -> None:
    group = np.array([row[0] for row in rows], kind)
    values, scale = (np.array([row[i] for row in rows], np.float64) for i in (1, 2))
    np.testing.assert_array_equal(sum_by(group, values, 5), np.bincount(group, values, 5))
    np.testing.assert_array_equal(sum_by(group, values, 5, scale), np.bincount(group, values * scale, 5))
    np.testing.assert_array_equal(sum_by(group, values > 0, 5), np.bincount(group, values > 0, 5))


@pytest.mark.parametrize("group", [[0, 2], [0, -1]])
@pytest.mark.parametrize("scale", [None, np.ones(2)])
def test_a_group_that_does_not_exist_is_refused(group: list[int], scale: np.ndarray[Any, Any] | None) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        sum_by(np.array(group), np.ones(2), 2, scale)


def test_arrays_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        sum_by(np.zeros(2, np.int32), np.ones(3), 1)
    with pytest.raises(ValueError, match="one length"):
        sum_by(np.zeros(2, np.int32), np.ones(2), 1, np.ones(1))
