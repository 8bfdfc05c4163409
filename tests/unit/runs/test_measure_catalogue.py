"""The catalogue of measures: complete and findable."""

from __future__ import annotations

import pytest

from influence.errors import UsageProblem
from influence.measures import MEASURES, measure


def test_measures_when_listed_then_each_once_per_place_and_explained() -> None:
    keys = [(one.name, one.on) for one in MEASURES]
    assert len(keys) == len(set(keys))
    assert all(one.definition.endswith(".") and one.title and one.unit and one.section for one in MEASURES)


def test_units_when_a_measure_has_two_places_then_they_agree() -> None:
    """Headers of saved files name a measure without its place."""
    units: dict[str, set[str]] = {}
    for one in MEASURES:
        units.setdefault(one.name, set()).add(one.unit)
    assert [name for name, found in units.items() if len(found) > 1] == []


def test_measure_when_misspelt_then_the_closest_is_named() -> None:
    with pytest.raises(UsageProblem) as caught:
        measure("friends_count")
    assert "`friend_count`" in (caught.value.hint or "")


def test_measure_when_kept_in_two_places_then_both_are_returned() -> None:
    assert [one.on for one in measure("follow-on-count")] == ["customer", "topic"]
