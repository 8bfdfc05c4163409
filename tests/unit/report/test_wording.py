"""Words for people: ages, masks, counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from influence.report.personal import masked
from influence.report.wording import ago, count, freshness, parameters

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Doris Example", "D***"),
        (" Doris", "D***"),
        ("doris@example.com", "d***@e***"),
        ("", "***"),
        (None, None),
        ("@", "***@***"),
    ],
)
def test_masked_when_personal_then_only_first_letters_are_left(value: str | None, expected: str | None) -> None:
    assert masked(value) == expected


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(seconds=40), "40 s ago"),
        (timedelta(seconds=-5), "0 s ago"),
        (timedelta(minutes=35), "35 min ago"),
        (timedelta(hours=18), "18 h ago"),
        (timedelta(hours=47, minutes=59), "48 h ago"),
        (timedelta(days=5), "5 days ago"),
    ],
)
def test_ago_when_some_time_passed_then_in_the_unit_people_use(age: timedelta, expected: str) -> None:
    assert ago(NOW - age, NOW) == expected


def test_freshness_when_no_scores_were_read_then_the_time_of_reading() -> None:
    assert freshness(None, NOW) == "read from the graph 2026-11-20 12:00 UTC"


def test_parameters_when_they_restrict_nothing_then_left_out() -> None:
    given = {"limit": 5, "country": "", "window": None, "strict": True, "floor": 0, "topics": ["a", "b"]}
    assert parameters(given) == "limit 5 · strict yes · floor 0 · topics a, b"


def test_count_when_one_then_singular() -> None:
    assert (count(1, "row"), count(0, "row"), count(3114, "row")) == ("1 row", "0 rows", "3,114 rows")
