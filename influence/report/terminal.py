"""Tables on a terminal: numbers right-aligned, what does not fit is marked, nothing depends on colour.

Columns stand in the order of their importance, so that a narrow terminal drops the last ones and says which.
One row with many columns becomes a list of facts. A pipe has no width, and gets everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from influence.report.table import Column, Table
from influence.report.wording import UNKNOWN, freshness, parameters, presented, scope

__all__ = ["facts", "grid", "hides", "page"]

GAP = "  "
INDENT = " "
HEADER_LINES = 3
"""Lines a heading may take before its column is made wider."""
TEXT_WIDTH = 8
"""Cells that a text column keeps however narrow the terminal is."""
ID_WIDTH = 40
"""Cells up to which an id is never cut."""
PROSE_WIDTH = 20
"""Cells that a column of sentences keeps; it takes several lines rather than being cut."""
PROSE = 40
"""Cells from which texts with blanks are taken for sentences."""
RECORD_COLUMNS = 8
"""One row with more columns than this is shown as facts."""


def page(table: Table, now: datetime, width: int | None = None, first: int | None = None) -> Text:
    """Return the whole answer: title, question, parameters, freshness, rows, how many of how many.

    Args:
        table: The answer.
        now: Instant to which the age of the scores refers.
        width: Cells of the terminal, or `None` for a pipe: nothing is dropped or shortened.
        first: Rows to draw; default all.
    """
    text = Text()
    add(text, table.title, "bold")
    add_wrapped(text, table.question, width, "italic")
    if said := parameters(table.params):
        add_wrapped(text, said, width, "dim")
    add_wrapped(text, freshness(table.computed, now), width, "dim")
    text.append("\n")
    if not table.rows:
        add(text, "No rows: nothing in the data matches these parameters.")
        add_wrapped(text, table.summary, width, "dim")
        return text
    if len(table.rows) == 1 and len(table.columns) > RECORD_COLUMNS:
        text.append(facts(table, [column.name for column in table.columns], width))
        notes: list[str] = []
    else:
        drawn, notes = grid(replace(table, rows=table.rows[:first]), width)
        text.append(drawn)
    text.append("\n")
    if hides(table):
        notes.append("personal values are masked; --show-pii shows them")
    add_wrapped(text, " · ".join([scope(table, first), *notes]), width, "dim")
    add_wrapped(text, table.summary, width, "dim")
    return text


def hides(table: Table) -> bool:
    """Return whether there is a value that the mask hides."""
    personal = [place for place, column in enumerate(table.columns) if column.personal]
    return table.masked and any(row[place] is not None for row in table.rows for place in personal)


def facts(table: Table, names: Iterable[str], width: int | None = None, row: int = 0) -> Text:
    """Return columns of one row as lines of title and value."""
    columns = [table.columns[table.place(name)] for name in names]
    label = max(cell_len(column.title) for column in columns)
    label = label if width is None else min(label, width // 2)
    text = Text()
    for column in columns:
        value = presented(column, table.rows[row][table.place(column.name)])
        text.append(INDENT + set_cell_size(fitted(column.title, label), label) + GAP, "dim")
        text.append(fitted(value, width - label - len(INDENT + GAP) if width else None) + "\n")
    return text


@dataclass(frozen=True)
class Layout:
    """One column as it will be drawn.

    Attributes:
        column: What it shows.
        cells: Its values as text.
        width: Cells it takes.
    """

    column: Column
    cells: Sequence[str]
    width: int

    @property
    def natural(self) -> int:
        """Cells its values need."""
        return max(map(cell_len, self.cells))

    @property
    def prose(self) -> bool:
        """Whether it holds sentences, which go on several lines."""
        return is_prose(self.column, self.cells)

    def lines(self, row: int) -> list[str]:
        """Return one value as the lines it takes."""
        value = self.cells[row]
        return [fitted(line, self.width) for line in (heading(value, self.width) if self.prose else [value])]

    def widened(self, spare: int, wanted: int) -> Layout:
        """Return it with as much of the spare cells as it wants."""
        return Layout(self.column, self.cells, self.width + max(0, min(spare, wanted - self.width)))


def grid(table: Table, width: int | None = None) -> tuple[Text, list[str]]:
    """Return the rows as a grid, and notes on the columns that are not in it.

    Columns without any value are left out, those at the right that do not fit too; both are named in the notes.
    """
    cells = [[presented(column, row[place]) for row in table.rows] for place, column in enumerate(table.columns)]
    empty = [column.title for column, texts in zip(table.columns, cells, strict=True) if set(texts) == {UNKNOWN}]
    layouts = [
        Layout(column, texts, narrowest(column, texts, column.name in table.key))
        for column, texts in zip(table.columns, cells, strict=True)
        if set(texts) != {UNKNOWN}
    ]
    layouts, dropped = placed(layouts, width)
    notes = []
    if dropped:
        notes.append(f"no room for: {', '.join(dropped)}; -o csv has them")
    if empty:
        notes.append(f"no values in: {', '.join(empty)}")
    return drawn(layouts, len(table.rows)), notes


def is_prose(column: Column, cells: Sequence[str]) -> bool:
    """Return whether a column holds sentences."""
    return column.type == "str" and any(" " in cell and cell_len(cell) >= PROSE for cell in cells)


def narrowest(column: Column, cells: Sequence[str], key: bool) -> int:
    """Return the fewest cells a column can do with.

    Numbers and ids are never cut, for they would be wrong; headings never within a word.
    """
    natural = max(map(cell_len, cells))
    least = PROSE_WIDTH if is_prose(column, cells) else ID_WIDTH if key or column.name.endswith("_id") else TEXT_WIDTH
    width = max(min(natural, least) if column.type == "str" else natural, 1)
    while len(heading(column.title, width)) > HEADER_LINES or any(
        cell_len(line) > width for line in heading(column.title, width)
    ):
        width += 1
    return width


def placed(layouts: list[Layout], width: int | None) -> tuple[list[Layout], list[str]]:
    """Fit columns into the width: drop from the right, then share out what is left.

    Cut values get room first, then headings on several lines, each from left to right.
    """
    if width is None:
        return [one.widened(10**6, max(one.natural, cell_len(one.column.title))) for one in layouts], []
    kept = list(layouts)
    while len(kept) > 1 and taken(kept) > width:
        kept.pop()
    spare = width - taken(kept)
    for wanted in (lambda one: one.natural, lambda one: cell_len(one.column.title)):
        for place, one in enumerate(kept):
            kept[place] = one.widened(spare, wanted(one))
            spare -= kept[place].width - one.width
    return kept, [one.column.title for one in layouts[len(kept) :]]


def taken(layouts: Sequence[Layout]) -> int:
    """Return the cells of a row."""
    return len(INDENT) + sum(one.width for one in layouts) + len(GAP) * (len(layouts) - 1)


def drawn(layouts: Sequence[Layout], rows: int) -> Text:
    """Return headings, a rule and the rows."""
    text = Text()
    headings = [heading(one.column.title, one.width) for one in layouts]
    height = max(map(len, headings))
    for line in stacked([[""] * (height - len(lines)) + lines for lines in headings]):
        add(text, joined(layouts, line), "bold")
    add(text, INDENT + GAP.join("─" * one.width for one in layouts), "dim")
    for row in range(rows):
        for line in stacked([one.lines(row) for one in layouts]):
            add(text, joined(layouts, line))
    return text


def stacked(columns: Sequence[Sequence[str]]) -> Iterable[tuple[str, ...]]:
    """Return the lines of cells that take several lines each."""
    return zip_longest(*columns, fillvalue="")


def joined(layouts: Sequence[Layout], cells: Sequence[str]) -> str:
    """Return one line of the grid, without blanks at its end."""
    aligned = [
        " " * (one.width - cell_len(cell)) + cell if one.column.numeric else set_cell_size(cell, one.width)
        for one, cell in zip(layouts, cells, strict=True)
    ]
    return (INDENT + GAP.join(aligned)).rstrip()


def heading(title: str, width: int) -> list[str]:
    """Break a heading into lines of at most `width` cells where its words allow it."""
    lines = [""]
    for word in title.split():
        if lines[-1] and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        elif lines[-1]:
            lines.append(word)
        else:
            lines[-1] = word
    return lines


def fitted(value: str, width: int | None) -> str:
    """Return the value, cut to the width with a `…` that marks the cut."""
    if width is None or cell_len(value) <= width:
        return value
    return set_cell_size(value, max(width - 1, 0)).rstrip() + "…"


def add(text: Text, line: str, style: str = "") -> None:
    """Append one line."""
    text.append(line, style)
    text.append("\n")


def add_wrapped(text: Text, words: str, width: int | None, style: str) -> None:
    """Append a sentence, broken at blanks where the terminal ends."""
    for line in heading(words, width or 10**6):
        add(text, line, style)
