"""Tables on a terminal: aligned, marked where cut, harmless, the same without colour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from rich.cells import cell_len

from influence.report import Column, Table
from influence.report.terminal import page

Golden = Callable[[str | bytes], None]


@pytest.mark.parametrize("width", [40, 80, 120, None])
def test_page_when_terminal_has_width_then_columns_fit(
    answer: Table, now: datetime, golden: Golden, width: int | None
) -> None:
    text = page(answer, now, width).plain
    if width is not None:
        assert max(map(cell_len, text.splitlines())) <= width
    golden(text)


def test_page_when_there_are_no_rows_then_it_says_so(answer: Table, now: datetime, golden: Golden) -> None:
    golden(page(replace(answer, rows=[]), now, 80).plain)


def test_page_when_one_row_has_many_columns_then_facts(answer: Table, now: datetime, golden: Golden) -> None:
    golden(page(replace(answer, rows=answer.rows[:1], population=None), now, 60).plain)


def test_page_when_only_the_first_rows_are_shown_then_the_size_is_told(answer: Table, now: datetime) -> None:
    text = page(answer, now, 120, first=2).plain
    assert "first 2 of 3 customers, out of 3,114" in text
    assert "東京" not in text


def test_page_when_numbers_then_right_aligned_and_never_cut(answer: Table, now: datetime) -> None:
    lines = page(answer, now, 40).plain.splitlines()
    long = next(line for line in lines if line.startswith(" C1"))
    short = next(line for line in lines if line.startswith(" =cmd()"))
    assert long.index("1,234,567") + len("1,234,567") == short.index("-3") + len("-3")


def test_page_when_text_is_cut_then_the_cut_is_marked(answer: Table, now: datetime) -> None:
    columns = (Column("customer_id", "str", "Customer"), Column("note", "str", "Note"))
    table = replace(answer, columns=columns, rows=[("C1", "a long remark that cannot fit")])
    text = page(table, now, 30).plain
    assert "a long remark that…" in text
    assert "cannot" not in text


def test_page_when_values_hold_control_characters_then_they_cannot_steer_the_terminal(
    answer: Table, now: datetime
) -> None:
    text = page(answer, now, None).plain
    assert "\x1b" not in text
    assert "red" in text


def test_page_when_the_limit_cut_the_answer_then_it_says_so(answer: Table, now: datetime) -> None:
    assert "cut by -p limit=3" in page(replace(answer, params={"limit": 3}), now, 120).plain
    assert "cut" not in page(replace(answer, params={"limit": 4}), now, 120).plain
    assert "cut at the most rows" in page(replace(answer, truncated=True), now, 120).plain


def test_page_when_an_older_run_is_read_then_it_says_so(answer: Table, now: datetime) -> None:
    assert answer.computed is not None
    older = replace(answer, computed=replace(answer.computed, current=False))
    assert "not the current run" in page(older, now, 120).plain
