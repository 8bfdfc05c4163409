"""Answers as DataFrames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd

from influence.report.table import Table

__all__ = ["frame", "series"]


def frame(table: Table) -> pd.DataFrame:
    """Return an answer as a DataFrame; unknown values are missing, never 0.

    `DataFrame.attrs` says what was asked, with which parameters, and which run the scores come from.
    """
    result = pd.DataFrame(
        {column.name: series(table.values(column.name), column.type) for column in table.columns},
        columns=[column.name for column in table.columns],
    )
    computed = table.computed
    result.attrs = {
        "kind": table.kind,
        "name": table.name,
        "title": table.title,
        "question": table.question,
        "summary": table.summary,
        "params": {name: plain(value) for name, value in table.params.items()},
        "columns": {
            column.name: {"title": column.title, "unit": column.unit, "help": column.help} for column in table.columns
        },
        "run": computed.run if computed else None,
        "as_of": plain(computed.as_of) if computed else None,
        "published_at": plain(computed.published_at) if computed else None,
        "current": computed.current if computed else None,
        "truncated": table.truncated,
        "population": table.population,
        "masked": table.masked,
    }
    return result


DTYPES: Mapping[str, str] = {
    "int": "Int64",
    "float": "float64",
    "bool": "boolean",
    "str": "object",
    "date": "object",
}
"""Type in pandas by type of a column; whole numbers and flags keep telling unknown from 0 and no."""


def series(values: Sequence[Any], kind: str = "") -> pd.Series[Any]:
    """Return values as a column.

    Args:
        values: Scalars, `None` where unknown.
        kind: Type of a column of a report; empty: what the values show themselves.
    """
    kind = kind or kind_of(values)
    if kind == "datetime":
        return pd.Series(pd.to_datetime(pd.Series(list(values), dtype="object"), utc=True))
    return pd.Series(list(values), dtype=DTYPES[kind])


def kind_of(values: Sequence[Any]) -> str:
    """Return the type that scores of one measure have."""
    found = {type(value) for value in values if value is not None}
    if found == {bool}:
        return "bool"
    if found == {int}:
        return "int"
    if found <= {int, float}:
        return "float"
    return "datetime" if found == {datetime} else "str"


def plain(value: Any) -> Any:
    """Return a value that JSON can hold: `DataFrame.to_parquet` writes `attrs` as JSON."""
    return value.isoformat() if isinstance(value, date) else value
