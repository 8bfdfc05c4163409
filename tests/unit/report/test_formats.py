"""CSV, JSON, NDJSON and Parquet: every value survives, nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from influence.report import Column, Table
from influence.report.formats import CsvStyle, csv_bytes, encoded, harmless, json_bytes, ndjson_bytes, parquet_bytes

Golden = Callable[[str | bytes], None]


@pytest.mark.parametrize("style", ["safe", "excel", "raw"])
def test_csv_when_written_then_as_agreed(answer: Table, golden: Golden, style: str) -> None:
    golden(csv_bytes(answer, CsvStyle(excel=style == "excel", raw=style == "raw")))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\u00a0=1", "\tx", "\rx", "\0x"])
def test_harmless_when_a_spreadsheet_would_run_it_then_prefixed(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=b", "'", "3", "a-b", " x"])
def test_harmless_when_plain_then_unchanged(text: str) -> None:
    assert harmless(text) == text


@given(
    st.lists(
        st.tuples(st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.none() | st.integers()), min_size=1
    )
)
@example([('a\rb, "c"\n', None)])
@example([("lone\rreturn", 1)])
def test_csv_when_read_back_then_the_same_text(rows: list[tuple[str, int | None]]) -> None:
    columns = (Column("text", "str", "Text"), Column("number", "int", "Number"))
    table = Table("report", "t", "T", "", "", 1, "", {}, columns, list(rows))
    for style in (CsvStyle(raw=True), CsvStyle(raw=True, excel=True)):
        text = csv_bytes(table, style).decode("utf-8-sig")
        read = list(csv.reader(io.StringIO(text, newline="")))
        assert read == [["text", "number"], *([one, "" if two is None else str(two)] for one, two in rows)]


def test_csv_when_numbers_are_negative_then_no_prefix(answer: Table) -> None:
    rows = list(csv.reader(io.StringIO(csv_bytes(answer, CsvStyle()).decode(), newline="")))
    assert rows[2][2] == "-3"
    assert rows[2][3] == "-0.25"
    assert rows[2][0] == "'=cmd()"


def test_json_when_written_then_as_agreed(answer: Table, golden: Golden) -> None:
    golden(json_bytes(answer))


def test_json_when_a_number_is_not_finite_then_null(answer: Table) -> None:
    column = Column("x", "float", "X")
    table = replace(answer, columns=(column,), rows=[(float("nan"),), (float("inf"),), (1.5,)])
    assert [row["x"] for row in json.loads(json_bytes(table))["rows"]] == [None, None, 1.5]


def test_ndjson_when_written_then_one_object_a_row(answer: Table, golden: Golden) -> None:
    data = ndjson_bytes(answer)
    assert [json.loads(line)["friends"] for line in data.decode().splitlines()] == [1234567, -3, 7]
    golden(data)


def test_parquet_when_read_back_then_types_values_and_description(answer: Table) -> None:
    table = pq.read_table(io.BytesIO(parquet_bytes(answer)))
    assert table.schema.field("friends").type == pa.int64()
    assert table.schema.field("joined_on").type == pa.date32()
    assert table.schema.field("bought_at").type == pa.timestamp("us", tz="UTC")
    assert table.column("joined_on").to_pylist() == [date(2020, 2, 29), None, None]
    assert table.column("bought_at").to_pylist()[0] == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
    assert [tuple(row.values()) for row in table.to_pylist()] == answer.rows
    described = json.loads(table.schema.metadata[b"influence"])
    assert described["report"]["revision"] == 2
    assert described["computed"]["run"] == "20261120-0210-7f3a"
    assert "rows" not in described


def test_parquet_when_there_are_no_rows_then_the_types_stay(answer: Table) -> None:
    table = pq.read_table(io.BytesIO(parquet_bytes(replace(answer, rows=[]))))
    assert table.num_rows == 0
    assert table.schema.field("share").type == pa.float64()


@pytest.mark.parametrize("format", ["csv", "json", "ndjson", "parquet"])
def test_encoded_when_any_format_then_the_same_twice(answer: Table, format: str) -> None:
    assert encoded(answer, format) == encoded(answer, format)  # type: ignore[arg-type]
