"""The last answer counts per customer."""

from __future__ import annotations

import numpy as np

from influence.voice.survey import Answers, latest


def test_the_last_answer_counts_and_of_two_at_one_instant_the_higher() -> None:
    answers = Answers(
        np.array([0, 0, 1, 1], dtype=np.int32), np.array([3.0, 9.0, 8.0, 5.0]), np.array([20, 10, 5, 5], dtype=np.int64)
    )
    found = latest(answers, 3)
    assert found[:2].tolist() == [3.0, 8.0]
    assert np.isnan(found[2])
