"""Formulas in every export format, also for spreadsheets that part cells elsewhere."""

from __future__ import annotations

import csv
import io

import pytest

from influence.report.formats import CsvStyle, csv_bytes, encoded
from influence.report.table import Column, Table

FORMULAS = [
    "=1+1",
    "+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\u00a0=1",
    "\uff1d1+1",
    "\0=1",
]
HIDDEN = ["a;=1+1", "a\t=1+1", "a,=1+1", 'a"\n=1+1', "a\r=1+1"]


def table(*cells: str) -> Table:
    return Table("report", "t", "T", "", "", 1, "", {}, (Column("a", "str", "A"),), [(one,) for one in cells])


@pytest.mark.parametrize("excel", [False, True])
@pytest.mark.parametrize("text", FORMULAS)
def test_csv_when_a_cell_is_a_formula_then_text(text: str, excel: bool) -> None:
    content = csv_bytes(table(text), CsvStyle(excel=excel)).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(content, newline="")))[1] == [f"'{text}"]


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("text", HIDDEN)
def test_csv_when_parted_at_another_sign_then_no_cell_begins_a_formula(text: str, sign: str) -> None:
    content = csv_bytes(table(text), CsvStyle()).decode()
    for row in csv.reader(io.StringIO(content, newline=""), delimiter=sign):
        assert not any(cell.lstrip().startswith("=") for cell in row)


@pytest.mark.parametrize("text", [*FORMULAS, *HIDDEN])
def test_other_formats_when_a_cell_is_a_formula_then_left_as_it_is(text: str) -> None:
    """They are for machines: a changed id would be another customer."""
    for format in ("json", "ndjson", "parquet"):
        assert encoded(table(text), format)
