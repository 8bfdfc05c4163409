"""Values, parameters and freshness in words: shared by every renderer for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from influence.report.table import Column, Computed, Table

__all__ = ["ago", "count", "freshness", "parameters", "presented", "printable", "scope", "titled"]

UNKNOWN = "\N{EN DASH}"
DATE_TIME = "%Y-%m-%d %H:%M"
USUAL = {"float": ",.6g", "datetime": DATE_TIME, "date": "%Y-%m-%d"}
"""Format by type when the header gives none; whole numbers without one are printed as they are (ids)."""


def presented(column: Column, value: Any) -> str:
    """Return a value for people.

    Unknown values are a dash; control characters are replaced, so that a name from a file cannot steer a
    terminal.
    """
    if value is None:
        return UNKNOWN
    if column.type == "bool":
        return "yes" if value else "no"
    if column.type == "str":
        return printable(str(value))
    return format(value, column.format or USUAL.get(column.type, ""))


def titled(column: Column) -> str:
    """Return the title of a column with its unit: "Lifetime value (GBP)"."""
    return f"{column.title} ({column.unit})" if column.unit else column.title


def printable(text: str) -> str:
    """Return the text on one line without control or other invisible characters."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else " " if letter.isspace() else "�" for letter in text)


def count(number: int, noun: str, nouns: str | None = None) -> str:
    """Return "1 row" or "3,114 rows"."""
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


def ago(then: datetime, now: datetime) -> str:
    """Return how long ago something was: "40 s ago", "35 min ago", "18 h ago", "5 days ago"."""
    seconds = int((now - then).total_seconds())
    if seconds < 90:
        return f"{max(seconds, 0)} s ago"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min ago"
    if seconds < 48 * 3600:
        return f"{round(seconds / 3600)} h ago"
    return f"{round(seconds / 86400)} days ago"


def freshness(computed: Computed | None, now: datetime) -> str:
    """Return the line that says how old the scores are."""
    if computed is None:
        return f"read from the graph {now:%Y-%m-%d %H:%M} UTC"
    words = "scores computed"
    if computed.published_at is not None:
        words += f" {computed.published_at:{DATE_TIME}} UTC"
    words += f" by run {computed.run}"
    if computed.published_at is not None:
        words += f" ({ago(computed.published_at, now)})"
    if computed.as_of is not None:
        words += f", data until {computed.as_of:%Y-%m-%d}"
    return words if computed.current else words + "; not the current run"


def parameters(params: Mapping[str, Any]) -> str:
    """Return the parameters on one line: "limit 25 · country DE"; those that restrict nothing are left out."""
    return " · ".join(f"{name} {parameter(value)}" for name, value in params.items() if value not in (None, ""))


def parameter(value: Any) -> str:
    """Return one parameter value for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return format(value, DATE_TIME)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return ", ".join(map(parameter, value))
    return printable(str(value))


def scope(table: Table, first: int | None = None) -> str:
    """Return how many rows there are, out of how many, and whether a limit cut them: "25 of 3,114".

    Args:
        table: The answer.
        first: Rows that are shown of it; default all.
    """
    rows, noun = len(table.rows), "customer" if table.key == ("customer_id",) else "row"
    if first is not None and rows > first:
        said = f"first {first:,} of {count(rows, noun)}"
        said += f", out of {table.population:,}" if table.population is not None else ""
    else:
        said = count(rows, noun) if table.population is None else f"{rows:,} of {count(table.population, noun)}"
    limit = table.params.get("limit")
    if table.truncated:
        return f"{said}, cut at the most rows an answer may have"
    if limit is not None and rows == limit and limit > 1:
        return f"{said}, cut by -p limit={limit}"
    return said
