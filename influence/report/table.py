"""The answer to a saved question, apart from how it is shown.

A `Table` knows nothing of terminals, files or pages: every renderer takes one and adds nothing to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

__all__ = ["CUSTOMER_COLUMNS", "Column", "Computed", "Picture", "Table", "Value", "ValueType"]

CUSTOMER_COLUMNS: Final = frozenset(
    {
        "best_friend", "customer_id", "first_id", "friend_id", "from_id", "hub", "last_id", "leader", "other_id",
        "parent_id", "persuaded_id", "persuader_id", "referred_id", "referrer_id", "source_id", "starter_id",
        "target_id", "to_id",
    }
)  # fmt: skip
"""Names of the columns that hold ids of customers, whatever their part in the answer is."""

ValueType = Literal["str", "int", "float", "bool", "date", "datetime"]
Value = Any
"""A scalar of a column's type, or `None` for unknown or not applicable."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: Name in files, `snake_case`.
        type: What the values are; any of them may be `None`.
        title: Heading for people.
        format: Python format for people (`,d`, `.1%`, `%d %b %Y`), or empty for the type's usual one.
        unit: Unit of measurement, or empty.
        help: One line that explains it, or empty.
        personal: Whether the values name or reach a person, and are masked unless asked for.
    """

    name: str
    type: ValueType
    title: str
    format: str = ""
    unit: str = ""
    help: str = ""
    personal: bool = False

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers, which stand right-aligned."""
        return self.type in ("int", "float")


@dataclass(frozen=True)
class Computed:
    """The run that the scores of a table come from.

    Attributes:
        run: Its id.
        as_of: Instant after which it read nothing.
        published_at: When its scores became current.
        current: Whether it is the current run, not an older one that was asked for.
    """

    run: str
    as_of: datetime | None = None
    published_at: datetime | None = None
    current: bool = True


@dataclass(frozen=True)
class Picture:
    """How a chart would show the table: names of columns.

    Attributes:
        mark: Kind of picture; `influence.queries.Chart` explains each, and what the columns mean for it.
        x: Column on the horizontal axis, or of the first end.
        y: Column on the vertical axis, or of the second end.
        color: Column that colours the marks, or `None`.
        title: Heading of the chart, or empty for the table's.
        size: Column with the size of dots, or `None`.
        weight: Column with the width of edges, or `None`.
        low: Column with the lower end of an interval, or `None`.
        high: Column with the upper end of an interval, or `None`.
        parent: Column with the node above, or `None`.
    """

    mark: str
    x: str
    y: str
    color: str | None = None
    title: str = ""
    size: str | None = None
    weight: str | None = None
    low: str | None = None
    high: str | None = None
    parent: str | None = None


@dataclass(frozen=True)
class Table:
    """A saved question, its parameters and its answer.

    Attributes:
        kind: `report`, `segment` or `check`.
        name: Name of the saved file.
        title: Name for people.
        question: The plain-language question.
        summary: What the answer says and does not say.
        revision: Version of the columns and their meaning.
        checksum: SHA-256 of the statement that was run.
        params: Every parameter with its typed value, defaults included.
        columns: The columns in order.
        rows: One tuple a row, in the order of the columns.
        key: Columns that identify a row.
        truncated: Whether the row cap cut the answer.
        population: Out of how many the rows were chosen, or `None` when it is not known.
        computed: The run whose scores were read, or `None` when the answer reads no scores.
        picture: How a chart would show it, or `None`.
        masked: Whether personal columns were masked.
    """

    kind: str
    name: str
    title: str
    question: str
    summary: str
    revision: int
    checksum: str
    params: Mapping[str, Value]
    columns: tuple[Column, ...]
    rows: list[tuple[Value, ...]]
    key: tuple[str, ...] = ()
    truncated: bool = False
    population: int | None = None
    computed: Computed | None = None
    picture: Picture | None = None
    masked: bool = False

    @property
    def personal(self) -> bool:
        """Whether a file with this table is personal data: it names people or lists them by id."""
        return any(column.personal or column.name in CUSTOMER_COLUMNS for column in self.columns)

    def place(self, name: str) -> int:
        """Return the index of a column.

        Raises:
            KeyError: There is no column of this name.
        """
        for index, column in enumerate(self.columns):
            if column.name == name:
                return index
        raise KeyError(name)

    def values(self, name: str) -> list[Value]:
        """Return the values of one column, row by row."""
        place = self.place(name)
        return [row[place] for row in self.rows]

    def record(self, index: int = 0) -> dict[str, Value]:
        """Return one row as a dictionary."""
        return {column.name: value for column, value in zip(self.columns, self.rows[index], strict=True)}
