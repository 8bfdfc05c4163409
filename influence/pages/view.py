"""A `Table` cut into what a template prints: headings, cells with their links, facts, definitions."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Literal

from influence.measures import MEASURES, Measure
from influence.pages.links import Links, anchor, target
from influence.queries import SavedQuery
from influence.report.table import Column, Table
from influence.report.terminal import hides
from influence.report.wording import presented, scope, titled

__all__ = ["Cell", "Head", "Term", "View", "answered", "definitions", "facts", "view"]

RECORD_COLUMNS: Final = 8
"""One row with more columns than this is shown as facts, as on a terminal."""
SHORT: Final = 24
"""Letters up to which texts stay on one line."""
PROSE: Final = 40
"""Letters from which texts with blanks are taken for sentences."""

Kind = Literal["number", "time", "short", "text", "prose", "indent"]
"""How a cell is set: numbers to the right, short texts on one line, sentences in a wide column."""


@dataclass(frozen=True)
class Cell:
    """One value as it is printed.

    Attributes:
        text: The value for people, the same as on a terminal.
        kind: How it is set.
        sort: What it is sorted by, or `None` when it is not known.
        href: Where it points to, or `None`.
        yes: Whether it is a `yes`, which stands out.
    """

    text: str
    kind: Kind
    sort: str | None
    href: str | None = None
    yes: bool = False

    @property
    def unknown(self) -> bool:
        """Whether there is no value."""
        return self.sort is None


@dataclass(frozen=True)
class Head:
    """The heading of a column.

    Attributes:
        title: Words.
        kind: How its cells are set.
        type: `number` when its cells are sorted as numbers, else `text`.
        help: What it means, or empty.
    """

    title: str
    kind: Kind
    type: Literal["number", "text"]
    help: str


@dataclass(frozen=True)
class View:
    """A table ready to be printed.

    Attributes:
        heads: One a column that is shown.
        rows: Cells in the order of the headings.
        record: Title and value of each known column when the table is one wide row, else empty.
        notes: What is not shown, and why.
        total: Whether the last row is the sum of the others.
    """

    heads: Sequence[Head]
    rows: Sequence[Sequence[Cell]]
    record: Sequence[tuple[str, Cell]]
    notes: Sequence[str]
    total: bool = False


@dataclass(frozen=True)
class Term:
    """What a column means.

    Attributes:
        title: Heading of the column.
        unit: Unit, or empty.
        text: Plain words.
        section: Section of the metrics specification with the formula, or empty.
        href: Its place in the glossary, or `None`.
    """

    title: str
    unit: str
    text: str
    section: str = ""
    href: str | None = None


def view(table: Table, links: Links, *, total: bool = False) -> View:
    """Return a table ready to be printed; columns without any value are left out and named in a note.

    Args:
        table: The answer.
        links: Where values point to.
        total: Whether the last row is the sum of the others, which stays at the end.
    """
    known = {
        column.name for place, column in enumerate(table.columns) if any(row[place] is not None for row in table.rows)
    }
    columns = [column for column in table.columns if column.name in known]
    cells = [[cell(column, value, links) for value in table.values(column.name)] for column in columns]
    cells = [as_prose(column, texts) for column, texts in zip(columns, cells, strict=True)]
    empty = [column.title for column in table.columns if column.name not in known]
    notes = [extent(table)] if table.rows else []
    if empty and table.rows:
        notes.append(f"No values in: {', '.join(empty)}.")
    if hides(table):
        notes.append("Personal values are masked.")
    rows = list(zip(*cells, strict=True))
    one = len(table.rows) == 1 and len(table.columns) > RECORD_COLUMNS
    record = list(zip(map(titled, columns), rows[0], strict=True)) if one else []
    heads = [
        Head(titled(column), texts[0].kind, "text" if column.type == "str" else "number", column.help)
        for column, texts in zip(columns, cells, strict=True)
    ]
    return View(heads, [] if one else rows, record, [] if one else notes, total)


def cell(column: Column, value: Any, links: Links) -> Cell:
    """Return one value as it is printed: the words of the terminal, and what it is sorted by."""
    kind: Kind = "number" if column.numeric else "time" if column.type in ("date", "datetime") else "text"
    if kind == "text" and isinstance(value, str) and value.startswith("  "):
        kind = "indent"
    return Cell(presented(column, value), kind, sort_value(value), target(links, column.name, value), value is True)


def sort_value(value: Any) -> str | None:
    """Return what a value is sorted by: numbers and times as numbers, text as text."""
    match value:
        case None:
            return None
        case bool():
            return str(int(value))
        case datetime():
            return repr(value.timestamp())
        case date():
            return str(value.toordinal())
        case float():
            return repr(value) if value == value else None
    return str(value)


def as_prose(column: Column, cells: list[Cell]) -> list[Cell]:
    """Return cells set as sentences when the column holds some, and as a drawn tree when it is indented."""
    if column.type != "str":
        return cells
    if any(one.kind == "indent" for one in cells):
        return [Cell(one.text, "indent", one.sort, one.href) for one in cells]
    if any(" " in one.text and len(one.text) >= PROSE for one in cells):
        return [Cell(one.text, "prose", one.sort, one.href) for one in cells]
    if all(len(one.text) <= SHORT for one in cells):
        return [Cell(one.text, "short", one.sort, one.href) for one in cells]
    return cells


def facts(pairs: Iterable[tuple[Column, Any]], links: Links) -> list[tuple[str, Cell]]:
    """Return values with their titles."""
    return [(titled(column), cell(column, value, links)) for column, value in pairs]


def extent(table: Table) -> str:
    """Return how many rows there are out of how many, and whether a limit cut them."""
    said = scope(replace(table, params={}))
    limit = table.params.get("limit")
    cut = not table.truncated and limit is not None and len(table.rows) == limit and limit > 1
    said = said[:1].upper() + said[1:]
    return f"{said}; the list ends at its limit of {limit:,}." if cut else f"{said}."


def answered(table: Table) -> str:
    """Return the answer in one line, where it has one: which comes first by what the bars show."""
    named = {column.name: column for column in table.columns}
    shown = table.picture.y if table.picture and table.picture.mark == "bar" else ""
    column = named.get(shown)
    if len(table.rows) < 2 or column is None or not column.numeric or not table.key:
        return ""
    highest = max(table.rows, key=lambda row: -math.inf if row[table.place(shown)] is None else row[table.place(shown)])
    record = dict(zip(named, highest, strict=True))
    if record[shown] is None:
        return ""
    first = ", ".join(presented(named[name], record[name]) for name in table.key)
    unit = f" {column.unit}" if column.unit else ""
    what = f"{column.title[:1].lower()}{column.title[1:]}"
    return f"Highest {what}: {presented(column, record[shown])}{unit}, {first}. {extent(table)}"


def definitions(table: Table, links: Links, query: SavedQuery | None = None) -> list[Term]:
    """Return what the columns with values mean: the definition of the measure behind each, else its own help, if any.

    Args:
        table: The answer.
        links: Where the glossary is.
        query: The saved file; its statement says which property each column shows.
    """
    behind = properties(query.text) if query is not None else {}
    terms = []
    for place, column in enumerate(table.columns):
        if table.rows and all(row[place] is None for row in table.rows):
            continue
        measure = measured(column.name, behind.get(column.name, set()))
        if measure is None:
            if column.help:
                terms.append(Term(column.title, column.unit, sentence(column.help)))
            continue
        unit = column.unit or (measure.unit if measure.unit not in ("flag", "id", "role", "score") else "")
        href = links.glossary(anchor(measure.on, measure.name))
        terms.append(Term(column.title, unit, measure.definition, measure.section, href))
    return terms


def properties(statement: str) -> dict[str, set[tuple[str, str]]]:
    """Return for each alias of a statement the (variable, property) pairs that it is a plain copy of."""
    found: dict[str, set[tuple[str, str]]] = {}
    for variable, name, alias in re.findall(r"\b(\w+)\.(\w+) AS (\w+)", statement):
        found.setdefault(alias, set()).add((variable, name))
    return found


def measured(column: str, behind: Iterable[tuple[str, str]]) -> Measure | None:
    """Return the measure that a column shows, or `None`.

    By convention of the saved files, `s` is a `:Score`, `ts` a `:TopicScore` and `g` a `:Community`.
    """
    places = {"s": "customer", "own": "customer", "ts": "topic", "g": "community"}
    for variable, name in sorted(behind):
        for one in MEASURES:
            if one.name == name and places.get(variable) == one.on:
                return one
    if behind:
        return None
    return next((one for one in MEASURES if one.name == column and one.on == "customer"), None)


def sentence(text: str) -> str:
    """Return a text with a full stop at its end."""
    text = text.strip()
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."
