"""NPS (G8) and CES with standard errors, by group; the last answer counts per customer."""

from __future__ import annotations

import numpy as np
import pytest

from influence.voice.survey import Answers, effort, latest, promoter_score


def test_g8() -> None:
    score = np.repeat([10, 7, 3], [100, 60, 40])
    row = promoter_score(score).loc["all"]
    assert row["nps"] == pytest.approx(30.0)
    assert row["se"] == pytest.approx(5.5227, abs=5e-5)
    assert row[["promoters", "passives", "detractors"]].tolist() == [100, 60, 40]
    assert row["low"] < 30 < row["high"]


def test_borders_of_promoters_and_detractors() -> None:
    row = promoter_score([9, 8, 7, 6]).loc["all"]
    assert row[["promoters", "passives", "detractors"]].tolist() == [1, 2, 1]


def test_few_answers_show_an_interval_only() -> None:
    table = promoter_score([10] * 29 + [10] * 30, ["few"] * 29 + ["many"] * 30)
    assert table.loc["few", ["nps", "se"]].isna().all()
    assert table.loc["few", "status"] == "insufficient_data"
    assert table.loc["many", "nps"] == 100.0
    # 29 equal answers are no certainty
    assert table.loc["few", "low"] < 95.0
    assert table.loc["few", "high"] <= 100.0


def test_answers_without_a_label_or_a_score_are_left_out() -> None:
    table = promoter_score([10, 0, np.nan, 5], ["a", None, "a", "b"])
    assert table["answers"].tolist() == [1, 1]
    assert table.index.tolist() == ["a", "b"]


def test_effort() -> None:
    score = np.tile([3.0, 5.0, 7.0], 20)
    row = effort(score).loc["all"]
    assert row["ces"] == 5.0
    assert row["share_easy"] == pytest.approx(2 / 3)
    assert row["se"] == pytest.approx(score.std(ddof=1) / np.sqrt(60))
    few = effort([3.0, 7.0, 6.0], ["x", "x", "y"])
    assert few["ces"].isna().all()
    assert few.loc["x", "low"] >= 1.0
    assert np.isnan(few.loc["y", "low"])


def test_the_last_answer_counts() -> None:
    answers = Answers(np.array([0, 0, 1], dtype=np.int32), np.array([3.0, 9.0, 5.0]), np.array([20, 10, 5]))
    assert latest(answers, 3)[:2].tolist() == [3.0, 5.0]
    assert np.isnan(latest(answers, 3)[2])
    assert np.isnan(latest(answers, 3, since=10)[1])
