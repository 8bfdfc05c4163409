"""What the voice stage makes of columns: the best topic, customers who are none, figures that are unknown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from influence.compute.voice import at_risk, best_topic, figures_of, lower_tail, unknown
from influence.compute.voice_tables import places
from influence.compute.work import ComputeOptions, Work
from influence.progress import Silent
from influence.scores import ScoreFrames, TopicRows
from influence.snapshot.build import build_snapshot
from influence.snapshot.reader import micros
from influence.voice.churn import Contagion, LapseRule, Ratio
from influence.voice.membership import MembershipLift

NOBODY: dict[str, list[Any]] = {"customer_id": [], "friend_id": []}


def work(*frames: ScoreFrames) -> Work:
    """Four customers, of whom d is not scored, and two topics; no database is asked."""
    snapshot = build_snapshot(
        customers={"customer_id": ["a", "b", "c", "d"]},
        friendships=NOBODY,
        follows=None,
        purchases={"customer_id": [], "product_id": [], "at": np.empty(0, np.int64)},
        products={"product_id": []},
        topics={"topic_id": ["jazz", "rock"]},
        as_of=micros(datetime(2026, 1, 1, tzinfo=UTC)),
        data_version="v",
    )
    scored = np.array([True, True, True, False])
    made = Work(None, snapshot, scored, "run", ComputeOptions(), Silent(), lambda: None)  # type: ignore[arg-type]
    made.frames.extend(frames)
    return made


def test_best_topic_is_that_of_the_highest_percentile_among_the_scored() -> None:
    rows = TopicRows(
        np.array([0, 1, 3, 0, 1, 2]),
        np.array([0, 0, 0, 1, 1, 1]),
        {"topic_reach": np.array([0.2, 0.1, 0.9, 0.1, 0.1, np.nan])},
    )
    reach, topic = best_topic(work(ScoreFrames(topics=rows)))
    # jazz: a before b, d does not count; rock: a and b share the middle
    assert reach[:2].tolist() == [75.0, 50.0]
    assert np.isnan(reach[2:]).all()
    assert topic.tolist() == ["jazz", "rock", None, None]


def test_best_topic_without_topics_is_unknown() -> None:
    reach, topic = best_topic(work())
    assert np.isnan(reach).all()
    assert topic.tolist() == [None] * 4


def test_measures_of_earlier_stages_are_unknown_for_those_not_scored_and_where_no_stage_ran() -> None:
    made = work(ScoreFrames(customers={"rate": np.array([1, 2, 3, 4]), "flag": np.array([None, True, False, True])}))
    assert made.figure("rate")[:3].tolist() == [1.0, 2.0, 3.0]
    assert np.isnan(made.figure("rate")[3]) and np.isnan(made.figure("other")).all()
    assert made.flag("flag").tolist() == [False, True, False, False]


def test_places_of_ids() -> None:
    assert places(np.array(["a", "c"]), np.array(["c", "", "b", "z", "a"])).tolist() == [1, -1, -1, -1, 0]
    assert places(np.empty(0, "<U1"), np.array(["a"])).tolist() == [-1]


@pytest.mark.parametrize(
    ("value", "expected"), [(None, True), (float("nan"), True), (0.0, False), (0, False), ([], False)]
)
def test_unknown_is_not_zero(value: object, expected: bool) -> None:
    assert unknown(value) is expected


def test_few_members_say_nothing_but_the_raw_figure() -> None:
    def lift(matched: int) -> MembershipLift:
        return MembershipLift(0.8, 5.0, 0.1, 0.1, 0.0, 0.2, 1.0, 9.0, 40, matched, 40 - matched, 180.0, "members", "ok")

    few = figures_of(lift(29))
    assert "membership_lift" not in few and "membership_did_low" not in few
    assert (few["membership_raw"], few["membership_status"]) == (0.8, "insufficient_data")
    assert figures_of(lift(30))["membership_lift"] == 0.1


def contagion(hazard: tuple[float, float, float], status: str = "ok") -> Contagion:
    """What was measured, with a hazard ratio and its interval."""
    one = Ratio(200, 900, 60, 40.0, 1.5, 1.2, 1.9, *hazard)
    churn = np.array([0.02, 0.04, np.nan, 0.5])
    return Contagion(LapseRule(180, "given"), one, {"detractors": one}, 1.0, True, 30, churn, 0.03, status)


def test_risk_when_the_data_prove_contagion_then_theirs_is_used_and_said() -> None:
    found = at_risk(work(), np.array([3.0, np.nan, 9.0, np.nan]), contagion((1.4, 1.1, 1.8)))
    assert (found.figures["voice_hazard_ratio"], found.figures["voice_hazard_source"]) == (1.4, "data")
    assert found.figures["voice_churn_source"] == "data"
    assert found.figures["contagion_rule"].startswith("A customer has left on the day of the last purchase before 180")
    assert found.figures["contagion_groups"] == ["everybody", "detractors"]
    # d is not scored: nothing is said of her
    assert np.array_equal(found.columns["usual_churn"], [0.02, 0.04, np.nan, np.nan], equal_nan=True)


@pytest.mark.parametrize(
    ("hazard", "status"),
    [((1.1, 0.9, 1.3), "ok"), ((0.8, 0.7, 0.9), "ok"), ((2.0, 1.2, 3.0), "insufficient_data")],
)
def test_risk_when_the_data_prove_none_then_literature_and_said(hazard: tuple[float, ...], status: str) -> None:
    found = at_risk(work(), np.array([3.0, np.nan, 9.0, np.nan]), contagion(hazard, status))  # type: ignore[arg-type]
    assert (found.figures["voice_hazard_ratio"], found.figures["voice_hazard_source"]) == (1.8, "literature")
    if status != "ok":
        assert found.figures["voice_churn_source"] is None, "neither data nor a purchase model"
        assert np.isnan(found.columns["usual_churn"]).all()


def test_lower_tail_when_nobody_answered_then_nothing_is_said() -> None:
    frame = ScoreFrames(
        customers={"persuasion_observed": np.array([0, 5, 2, 0]), "persuasion_expected": np.array([30.0, 5, 2, 9])}
    )
    assert lower_tail(work(frame), np.full(4, np.nan)).figures == {}
    found = lower_tail(work(frame), np.array([2.0, 8.0, np.nan, 1.0])).figures
    assert found["lower_tail_groups"] == ["detractors", "passives", "promoters"]
    assert found["lower_tail_customers"] == [1.0, 1.0, 0.0], "d is not scored"
    assert found["lower_tail_expected"] == [30.0, 5.0, 0.0]
    assert found["lower_tail_p"][0] < 0.2
    assert np.isnan(found["lower_tail_p"][1:]).all()


def test_words_of_earlier_stages_then_none_for_those_not_scored() -> None:
    frame = ScoreFrames(customers={"value_quadrant": np.array(["Miser", None, "Champion", "Champion"], object)})
    assert work(frame).text("value_quadrant").tolist() == ["Miser", None, "Champion", None]
    assert work().text("value_quadrant").tolist() == [None] * 4
