"""What is said of the results of checks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from influence.answers import Answer
from influence.checks import CheckResult, require_sound
from influence.checks.page import page
from influence.errors import CheckFailed, QueryFailed
from influence.queries import library


def result(name: str, rows: list[tuple[Any, ...]], limit: int = 100, problem: QueryFailed | None = None) -> CheckResult:
    check = library().get("check", name)
    answer = None if problem else Answer(check, {}, check.header.columns, rows, False, None, None, 3)
    return CheckResult(check, answer, problem, limit)


def test_require_sound_when_only_warnings_then_nothing_is_raised() -> None:
    require_sound([result("customer-without-ties", [("a", 3)]), result("tie-to-oneself", [])])


def test_require_sound_when_errors_then_all_of_them_are_named() -> None:
    aborted = result("id-missing", [], problem=QueryFailed("`id-missing` ran into its time limit"))
    many = result("tie-to-oneself", [("a", "FRIEND", 1)] * 100)
    with pytest.raises(CheckFailed, match="2 data checks failed") as caught:
        require_sound([aborted, many, result("friendship-stored-backwards", [])])
    assert caught.value.exit_code == 1
    assert caught.value.details["findings"] == [
        "id-missing: `id-missing` ran into its time limit",
        "tie-to-oneself: 100 rows or more (ties to oneself)",
    ]
    assert caught.value.hint == "run `influence check run id-missing` to see the rows"


def test_page_when_rows_are_many_then_some_and_the_command_for_all() -> None:
    lines = list(page([result("tie-to-oneself", [("a\x1b[2J\n", "FRIEND", n) for n in range(3)])], rows=2))
    assert lines == [
        "error    tie-to-oneself  3 rows",
        "         No customer is their own friend, follower or referrer",
        "           customer_id=a?[2J?  kind=FRIEND  found=0",
        "           customer_id=a?[2J?  kind=FRIEND  found=1",
        "           … run `influence check run tie-to-oneself` for all",
    ]


def test_page_when_nothing_is_found_then_one_line() -> None:
    assert list(page([result("tie-to-oneself", [])], rows=5)) == ["ok       tie-to-oneself"]


def test_as_dict_when_dumped_then_json() -> None:
    document = json.loads(json.dumps(result("customer-without-ties", [("a", None)]).as_dict()))
    assert document["status"] == "warn"
    assert document["rows"] == [{"customer_id": "a", "purchases": None}]
