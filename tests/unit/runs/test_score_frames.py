"""Frames of several stages become one, and nulls stay nulls."""

from __future__ import annotations

import numpy as np
import pytest

from influence.runs.writing import checksum, maps
from influence.scores import ScoreFrames, TopicRows, merged, python_values


def rows(pairs: list[tuple[int, int]], **measures: list[object]) -> TopicRows:
    columns = {name: np.array(values) for name, values in measures.items()}
    return TopicRows(np.array([a for a, _ in pairs]), np.array([b for _, b in pairs]), columns)


def test_topics_when_joined_then_every_pair_once_and_missing_is_null() -> None:
    one = ScoreFrames(topics=rows([(0, 1), (2, 0)], affinity=[0.5, 0.25], declared=[True, False]))
    other = ScoreFrames(topics=rows([(2, 0), (2, 1)], count=[3, 0]))
    found = merged([one, other]).topics
    assert found is not None
    assert list(zip(found.customer.tolist(), found.topic.tolist(), strict=True)) == [(0, 1), (2, 0), (2, 1)]
    assert python_values(found.measures["affinity"]) == [0.5, 0.25, None]
    assert python_values(found.measures["declared"]) == [True, False, None]
    assert python_values(found.measures["count"]) == [None, 3, 0]


def test_stages_when_they_name_the_same_measure_then_refused() -> None:
    frame = ScoreFrames(customers={"x": np.zeros(1)})
    with pytest.raises(ValueError, match="two stages compute x"):
        merged([frame, frame])


def test_maps_when_null_then_no_property_but_zero_and_false_stay() -> None:
    columns = {
        "a": np.array([0.0, np.nan]),
        "b": np.array([False, True]),
        "c": np.array([None, 0], object),
        "d": np.array([0, 7]),
    }
    assert maps(columns, 2) == [{"a": 0.0, "b": False, "d": 0}, {"b": True, "c": 0, "d": 7}]


def test_checksum_when_null_becomes_zero_then_differs() -> None:
    assert checksum(np.array([1.0, np.nan])) != checksum(np.array([1.0, 0.0]))
    assert checksum(np.array([True, False])) == checksum(np.array([True, False], object))
    assert checksum(np.array([1.0, 2.0])) != checksum(np.array([2.0, 1.0]))
    assert checksum(np.array(["a", None], object)) != checksum(np.array(["a", "None"], object))


def test_checksum_when_a_value_moves_from_list_to_list_then_differs() -> None:
    def of(*lists: list[object] | None) -> str:
        return checksum(np.array([*lists, None], object)[:-1])  # ragged with the null: a column of lists, no table

    assert of(["a", "b"], ["c"]) == of(["a", "b"], ["c"])
    assert len({of(["a", "b"], ["c"]), of(["a"], ["b", "c"]), of(["a", "b"], ["d"]), of(["a", "b"], None)}) == 4
    assert of([0.5], [0.25, 0.25]) != of([0.5], [0.25, np.nextafter(0.25, 1)])
    assert of([]) != of(None) and maps({"x": np.array([None, []], object)}, 2) == [{}, {"x": []}]
