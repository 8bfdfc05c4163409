"""Parameters: strictly typed, every problem told at once, never a value."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from saved_files import REPORT, saved

from influence.errors import UsageProblem
from influence.queries import Parameter, SavedQuery
from influence.queries.values import parse

MORE = """\
// id      = { type = "str", help = "Customer to show" }
// flag    = { type = "bool", default = false }
// share   = { type = "float", default = 0.5, min = 0, max = 1 }
// since   = { type = "date", optional = true }
// window  = { type = "duration", default = "28d", min = "1d" }
// role    = { type = "str", default = "hub", choices = ["hub", "bridge"] }
// topics  = { type = "list[str]", default = [] }
// [columns]
"""


@pytest.fixture
def query(tmp_path: Path) -> SavedQuery:
    return saved(tmp_path, REPORT.replace("// [columns]\n", MORE))


def test_bind_when_texts_are_given_then_typed_and_defaults_filled(query: SavedQuery) -> None:
    given_texts = {"id": "007", "limit": "25", "flag": "true", "share": ".25", "since": "2026-02-28", "topics": "a,b"}
    assert query.bind(given_texts) == {
        "id": "007",
        "limit": 25,
        "country": "",
        "flag": True,
        "share": 0.25,
        "since": date(2026, 2, 28),
        "window": timedelta(days=28),
        "role": "hub",
        "topics": ["a", "b"],
    }


def test_bind_when_optional_is_not_given_then_null(query: SavedQuery) -> None:
    assert query.bind({"id": "a"})["since"] is None


def test_bind_when_much_is_wrong_then_every_parameter_is_named_and_no_value(query: SavedQuery) -> None:
    secret = "maria@example.com"
    with pytest.raises(UsageProblem) as caught:
        query.bind({"limti": secret, "limit": secret, "flag": secret, "share": "2", "since": secret, "role": secret})
    problems = caught.value.details["problems"]
    assert problems == [
        "`limti` is no parameter; did you mean `limit`?",
        "`limit` is not a whole number (expected digits, such as 25)",
        "`id` must be given: Customer to show",
        "`flag` is not `true` or `false`",
        "`share` must be at most 1",
        "`since` is not a date (expected YYYY-MM-DD)",
        "`role` must be one of `hub`, `bridge`",
    ]
    assert secret not in str(caught.value) + str(caught.value.hint)
    assert "influence report run friends -p id=" in str(caught.value.hint)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", "-3", -3),
        ("int", "+3", 3),
        ("int", "007", 7),
        ("int", str(2**63 - 1), 2**63 - 1),
        ("float", "1e3", 1000.0),
        ("float", "-.5", -0.5),
        ("bool", "FALSE", False),
        ("str", "' OR 1=1 //", "' OR 1=1 //"),
        ("str", "", ""),
        ("datetime", "2026-03-29T02:30:00+02:00", datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
        ("datetime", "2026-03-29", datetime(2026, 3, 29, tzinfo=UTC)),
        ("duration", "2w", timedelta(days=14)),
        ("duration", "0s", timedelta(0)),
        ("list[str]", '["a,b", "007"]', ["a,b", "007"]),
        ("list[int]", "1,2", [1, 2]),
        ("list[int]", "[1, 2]", [1, 2]),
        ("list[float]", "", []),
    ],
)
def test_parse_when_of_the_type_then_its_value(kind: Any, text: str, value: Any) -> None:
    parsed = parse(kind, text)
    assert parsed == value and type(parsed) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("int", ""),
        ("int", "1.0"),
        ("int", "1_000"),
        ("int", " 1"),
        ("int", "1e3"),
        ("int", "٣"),
        ("int", str(2**63)),
        ("int", "9" * 10_000),
        ("float", "nan"),
        ("float", "inf"),
        ("float", "1e999"),
        ("float", "1,5"),
        ("float", "1_0"),
        ("bool", "yes"),
        ("bool", "1"),
        ("date", "2026-2-3"),
        ("date", "20260203"),
        ("date", "2026-02-30"),
        ("date", "2026-W01-1"),
        ("datetime", "now"),
        ("datetime", "0001-01-01T00:00:00+23:00"),
        ("duration", "28"),
        ("duration", "-1d"),
        ("duration", "1.5d"),
        ("duration", "P28D"),
        ("duration", "999999999w"),
        ("str", "a\x00b"),
        ("str", "\udcff"),
        ("list[int]", "1,,2"),
        ("list[int]", "[1, [2]]"),
        ("list[str]", "["),
        ("list[str]", "[" * 100_000),
        ("map", "{}"),
        ("list[map]", "[]"),
    ],
)
def test_parse_when_not_of_the_type_then_refused_without_the_value(kind: Any, text: str) -> None:
    with pytest.raises(ValueError, match=r"^(is not|cannot be)") as caught:
        parse(kind, text)
    assert len(text) < 3 or text not in str(caught.value)


@given(
    st.sampled_from(["str", "int", "float", "bool", "date", "datetime", "duration", "list[str]", "list[int]"]),
    st.text(),
)
@settings(deadline=None, max_examples=500)
def test_bind_when_given_any_text_then_a_value_or_a_reason(kind: Any, text: str) -> None:
    parameter = Parameter(type=kind)
    try:
        value = parameter.bind(text)
    except ValueError:
        return
    assert not isinstance(value, str) or value == text


@given(st.one_of(st.none(), st.integers(), st.floats(), st.booleans(), st.binary(), st.lists(st.integers())))
def test_bind_when_code_passes_another_type_then_refused(value: Any) -> None:
    parameter = Parameter(type="str")
    with pytest.raises(ValueError, match="is not of type `str`"):
        parameter.bind(value)


def test_bind_when_code_passes_typed_values_then_taken(query: SavedQuery) -> None:
    bound = query.bind({"id": "a", "limit": 7, "topics": ["x"], "window": timedelta(days=2)})
    assert (bound["limit"], bound["topics"], bound["window"]) == (7, ["x"], timedelta(days=2))
    with pytest.raises(UsageProblem, match="`limit` is not of type `int`"):
        query.bind({"id": "a", "limit": True})
