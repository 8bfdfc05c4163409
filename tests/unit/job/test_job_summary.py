"""The summary of a job: which file it goes to when another job has written there."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import influence.errors
from influence.job.plan import parse_plan
from influence.job.run import described, stop_error
from influence.job.summary import Summary, stamp
from influence.stopping import REASONS, Stopped

START = datetime(2026, 6, 1, 2, 10, tzinfo=UTC)


def summary(token: int | None) -> Summary:
    made = Summary("nightly", "j2", Path("plan.toml"), "0" * 64, False, START, token=token)
    made.finished_at = START + timedelta(minutes=3)
    return made


@pytest.mark.parametrize(
    ("token", "other_token", "other_finished", "beside"),
    [
        (2, 40, START - timedelta(days=150), False),  # from before the database was restored or made anew
        (41, 40, START - timedelta(days=1), False),  # of the night before
        (40, 41, START + timedelta(minutes=2), True),  # the successor of a job that slept through its lease
        (40, 41, START, True),
        (41, 40, START + timedelta(minutes=2), False),  # of one that slept until this one had the lock
        (None, 40, START + timedelta(minutes=2), True),  # refused while the other one ran
        (None, 40, START - timedelta(days=1), False),
        (2, None, START + timedelta(minutes=2), False),  # refused while this one ran
    ],
)
def test_summary_when_another_is_there_then_only_that_of_a_later_job_stays(
    tmp_path: Path, token: int | None, other_token: int | None, other_finished: datetime, beside: bool
) -> None:
    path = tmp_path / "run-summary.json"
    path.write_text(json.dumps({"token": other_token, "finished_at": stamp(other_finished), "job_id": "j1"}))
    written = summary(token).write(path)
    assert written.name == ("run-summary.j2.json" if beside else "run-summary.json")
    assert json.loads(written.read_text())["job_id"] == "j2"
    assert (json.loads(path.read_text())["job_id"] == "j1") is beside


@pytest.mark.parametrize("content", ["", "[]", "{", '{"token": "x"}', '{"token": 9, "finished_at": 7}', "[" * 100_000])
def test_summary_when_the_file_holds_something_else_then_it_is_replaced(tmp_path: Path, content: str) -> None:
    path = tmp_path / "run-summary.json"
    path.write_text(content)
    assert summary(1).write(path) == path


def test_retryable_when_the_document_lists_it_by_exit_code_then_every_error_agrees() -> None:
    page = (Path(__file__).parents[3] / "docs" / "job.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| ([\d, ]+) \|.*\| ([^|]*) \|$", page.split("## Exit codes")[1].split("\n## ")[0], re.MULTILINE
    )
    told = {int(code): cell for codes, cell in rows for code in codes.split(",")}
    named = set()
    for error in (getattr(influence.errors, name) for name in influence.errors.__all__):
        usual, exceptions = (
            told[error.exit_code].split(";")[0],
            dict(re.findall(r"`(\S+)`: (\w+)", told[error.exit_code])),
        )
        named |= exceptions.keys() & {error.default_code}
        assert exceptions.get(error.default_code, usual) == ("yes" if error.retryable else "no"), error.__name__
    assert named == {"lease-lost", "auth-failed"}, "every exception is that of an error"
    assert told[70] == "no" and not described(ValueError())["retryable"]
    plan = parse_plan(b'name = "nightly"\n[prune]\n', Path("plan.toml"))
    for stopped in map(Stopped, REASONS):
        assert told[stopped.exit_code] == "yes" and stop_error(stopped, plan)["retryable"]
