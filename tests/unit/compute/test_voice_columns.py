"""What the voice stage makes of columns: the best topic, customers who are none, figures that are unknown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from influence.compute.voice import best_topic, figures_of, unknown
from influence.compute.voice_tables import places
from influence.compute.work import ComputeOptions, Work
from influence.progress import Silent
from influence.runs.frames import ScoreFrames, TopicRows
from influence.snapshot.build import build_snapshot
from influence.snapshot.reader import micros
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
