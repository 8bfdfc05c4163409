"""Tables as text and bytes for other programs: CSV, JSON, NDJSON, Parquet."""

from __future__ import annotations

import codecs
import io
import json
import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from influence.report.table import Column, Table

__all__ = [
    "CsvStyle",
    "Format",
    "csv_bytes",
    "described",
    "encoded",
    "json_bytes",
    "ndjson_bytes",
    "parquet_bytes",
    "records",
]

Format = Literal["csv", "json", "ndjson", "parquet"]
SCHEMA_VERSION: Final = 1
"""Version of the JSON answer; rises when a key changes its meaning or goes away."""

FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the wide forms count in some languages
CONTROL = ("\t", "\r", "\0")


@dataclass(frozen=True)
class CsvStyle:
    """For whom a CSV is.

    Attributes:
        excel: Byte-order mark and CRLF, which spreadsheets expect.
        raw: Leave text alone that a spreadsheet would run as a formula: for machines only.
    """

    excel: bool = False
    raw: bool = False


def encoded(table: Table, format: Format, style: CsvStyle | None = None) -> bytes:
    """Return the table in a format.

    Args:
        table: The answer.
        format: Which one.
        style: For CSV: for whom.
    """
    match format:
        case "csv":
            return csv_bytes(table, style or CsvStyle())
        case "json":
            return json_bytes(table)
        case "ndjson":
            return ndjson_bytes(table)
        case "parquet":
            return parquet_bytes(table)


# ── CSV ───────────────────────────────────────────────────────────────────


def csv_bytes(table: Table, style: CsvStyle) -> bytes:
    """Return the table as CSV: UTF-8, header, quoted by RFC 4180, values at full precision.

    Numbers and times are typed, so `-3` stays `-3`; only text can be taken for a formula.
    """
    end = "\r\n" if style.excel else "\n"
    lines = [[column.name for column in table.columns], *([cell(value, style) for value in row] for row in table.rows)]
    text = "".join(",".join(map(quoted, line)) + end for line in lines)
    return (codecs.BOM_UTF8 if style.excel else b"") + text.encode()


def quoted(text: str) -> str:
    """Quote a cell when it holds what separates cells or lines, here or in a spreadsheet of another country.

    Unquoted, `a;=1+1` would be two cells to a spreadsheet that parts them at `;`, and the second one a formula.
    """
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',;\t"\r\n') else text


def cell(value: Any, style: CsvStyle) -> str:
    """Return one value as the text of a cell."""
    if isinstance(value, str):
        return value if style.raw else harmless(value)
    value = plain(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def harmless(text: str) -> str:
    """Put a `'` before text that a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(CONTROL) or text.lstrip().startswith(FORMULA) else text


# ── JSON ──────────────────────────────────────────────────────────────────


def json_bytes(table: Table) -> bytes:
    """Return the whole answer as one JSON object, rows as objects."""
    return (json.dumps(described(table) | {"rows": records(table)}, ensure_ascii=False, indent=2) + "\n").encode()


def ndjson_bytes(table: Table) -> bytes:
    """Return one JSON object a row and nothing else, for streams."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records(table)).encode()


def records(table: Table) -> list[dict[str, Any]]:
    """Return the rows as dictionaries of JSON values."""
    names = [column.name for column in table.columns]
    return [dict(zip(names, map(plain, row), strict=True)) for row in table.rows]


def described(table: Table) -> dict[str, Any]:
    """Return everything about a table but its rows, as JSON values."""
    computed = table.computed
    return {
        "schema_version": SCHEMA_VERSION,
        "report": {
            "kind": table.kind,
            "name": table.name,
            "title": table.title,
            "question": table.question,
            "summary": table.summary,
            "revision": table.revision,
            "checksum": table.checksum,
        },
        "params": {name: plain(value) for name, value in table.params.items()},
        "computed": computed
        and {
            "run": computed.run,
            "as_of": plain(computed.as_of),
            "published_at": plain(computed.published_at),
            "current": computed.current,
        },
        "columns": [described_column(column) for column in table.columns],
        "key": list(table.key),
        "row_count": len(table.rows),
        "population": table.population,
        "truncated": table.truncated,
        "masked": table.masked,
    }


def described_column(column: Column) -> dict[str, Any]:
    """Return a column as JSON values."""
    return {
        "name": column.name,
        "type": column.type,
        "title": column.title,
        "format": column.format,
        "unit": column.unit,
        "help": column.help,
        "personal": column.personal,
    }


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: times as ISO 8601 with their zone, what is not a number as null."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


# ── Parquet ───────────────────────────────────────────────────────────────


def parquet_bytes(table: Table) -> bytes:
    """Return the table as Parquet, typed by its columns, described under the key `influence`."""
    types = {
        "str": pa.string(),
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "date": pa.date32(),
        "datetime": pa.timestamp("us", tz="UTC"),
    }
    schema = pa.schema(
        [
            pa.field(column.name, types[column.type], metadata={"title": column.title, "unit": column.unit})
            for column in table.columns
        ],
        metadata={"influence": json.dumps(described(table), ensure_ascii=False)},
    )
    arrays = [pa.array([row[place] for row in table.rows], type=field.type) for place, field in enumerate(schema)]
    file = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), file)
    return file.getvalue()
