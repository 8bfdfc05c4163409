"""A dataset file as a table of typed columns, with every row accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from influence.errors import DataRejected
from influence.load.contract import Contract
from influence.load.mapping import ColumnSource, FileMapping
from influence.load.pseudonym import PseudonymKey
from influence.load.reader import Block, RowFile, broken, family
from influence.load.values import Context, Mask, mask, parse_cells
from influence.progress import Task
from influence.queries.findings import closest, shown

__all__ = ["Finding", "Layout", "Table", "codes_of", "lay_out", "read_table"]

ROW: Final = "row"
"""What a finding names instead of a column when it concerns the whole row."""

LARGEST: Final = np.iinfo(np.int64).max

TYPES_ADMITTED: Final = {
    "text": ("string", "integer", "bool"),
    "id": ("string", "integer"),
    "enum": ("string",),
    "bool": ("bool", "string"),
    "int": ("integer", "string"),
    "float": ("float", "integer", "decimal", "string"),
    "money": ("integer", "decimal", "float", "string"),
    "datetime": ("instant", "string"),
    "email": ("string",),
    "phone": ("string",),
    "address": ("string",),
    "device": ("string",),
}
"""Parquet types a contract type may be read from; anything else would be a guess."""


@dataclass(frozen=True)
class Finding:
    """Rows that break one rule in one column.

    Attributes:
        rule: Slug of the rule.
        column: Column as the file calls it, or `ROW`.
        text: The rest of the sentence that begins with the column.
        lines: Lines of the rows.
    """

    rule: str
    column: str
    text: str
    lines: NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """Where each column of a contract stands in a file.

    Attributes:
        positions: Position in the header by contract column.
        constants: Text by contract column that the mapping sets for all rows.
        unknown: Columns of the file that nobody asked for.
    """

    positions: dict[str, int]
    constants: dict[str, str]
    unknown: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Contract columns that have values in this file."""
        return (*self.positions, *self.constants)


@dataclass
class Table:
    """The rows of one file.

    Attributes:
        contract: What the columns mean.
        columns: Arrow array [n] per contract column the file has; null is unknown.
        lines: [n] int64 line of each row, ascending.
        state: [n] 0 to load, 1 duplicate, 2 rejected.
        ragged: Rows that could not be cut into columns; rejected, and not among the n.
        findings: Every broken rule.
        names: Header name by contract column, for messages.
        exchanged: [n] rows whose two ends were exchanged, so that a message names the column of the file.
    """

    contract: Contract
    columns: dict[str, pa.Array]
    lines: NDArray[np.int64]
    state: NDArray[np.int8]
    ragged: int = 0
    findings: list[Finding] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    exchanged: Mask | None = None

    GOOD = 0
    DUPLICATE = 1
    REJECTED = 2

    @property
    def read(self) -> int:
        """Rows in the file."""
        return len(self.lines) + self.ragged

    @property
    def good(self) -> Mask:
        """Which rows are to be loaded."""
        good: Mask = self.state == self.GOOD
        return good

    @property
    def rejected(self) -> int:
        """Number of rejected rows."""
        return int((self.state == self.REJECTED).sum()) + self.ragged

    @property
    def duplicates(self) -> int:
        """Number of rows that repeat an earlier one."""
        return int((self.state == self.DUPLICATE).sum())

    def reject(self, rule: str, column: str, text: str, rows: Mask) -> None:
        """Reject rows and say why.

        Args:
            rule: Slug of the rule.
            column: Contract column, or `ROW`.
            text: The rest of the sentence.
            rows: [n] mask.
        """
        self.state[rows] = self.REJECTED
        ends = self.contract.rules.unordered
        if self.exchanged is not None and ends is not None and column in ends:
            self.note(rule, ends[1] if column == ends[0] else ends[0], text, rows & self.exchanged)
            rows = rows & ~self.exchanged
        self.note(rule, column, text, rows)

    def note(self, rule: str, column: str, text: str, rows: Mask) -> None:
        """Remember which rows break a rule."""
        if rows.any():
            self.findings.append(Finding(rule, self.names.get(column, column), text, self.lines[rows]))

    def selected(self, column: str) -> pa.Array:
        """Return the values of a column in the rows to be loaded."""
        good = self.good
        return self.columns[column] if good.all() else self.columns[column].filter(pa.array(good))


def lay_out(contract: Contract, mapping: FileMapping, file: RowFile) -> Layout:
    """Find each column of a contract in the header of a file.

    Raises:
        DataRejected: A required or mapped column is missing, columns are unknown where that is refused, or a
            Parquet column has a type that its contract cannot be read from. Lists every problem.
    """
    by_name = {name.casefold(): position for position, name in enumerate(file.header) if name}
    positions: dict[str, int] = {}
    missing: list[str] = []
    for name in contract.columns:
        if name in mapping.constants:
            continue
        wanted = mapping.columns[name].column if name in mapping.columns else name
        position = by_name.get(wanted.strip().casefold())
        if position is not None and not (name not in mapping.columns and is_ignored(mapping, file.header[position])):
            positions[name] = position
        elif contract.columns[name].required or (name in mapping.columns and not mapping.columns[name].optional):
            missing.append(wanted)
    used = set(positions.values())
    unknown = tuple(
        name
        for position, name in enumerate(file.header)
        if position not in used and name and not is_ignored(mapping, name)
    )
    problems = [*(missing_text(name, unknown) for name in missing)]
    if mapping.format.extra_columns == "error":
        problems += [f"`{name}` is not in the contract" for name in unknown]
    problems += wrong_types(contract, mapping, file, positions)
    money = [name for name in contract.money if name in positions]
    if money and "currency" not in positions and "currency" not in mapping.constants:
        problems.append(f"`{file.header[positions[money[0]]]}` is an amount of money, but there is no `currency`")
    if problems:
        raise header_refused(contract, file, problems, missing, knows_none=not positions)
    defaults = {
        name: column.default
        for name, column in contract.columns.items()
        if column.default is not None and name not in positions
    }
    return Layout(positions, defaults | mapping.constants, unknown)


def is_ignored(mapping: FileMapping, name: str) -> bool:
    """Tell whether the mapping says to leave out a column of the file."""
    return name.casefold() in {ignored.strip().casefold() for ignored in mapping.ignore}


def missing_text(name: str, unknown: tuple[str, ...]) -> str:
    """Return the problem of a missing column, with the closest one that is there."""
    guess = closest(name, unknown)
    return f"there is no column `{name}`" + (f"; did you mean `{guess}`?" if guess else "")


def header_refused(
    contract: Contract,
    file: RowFile,
    problems: list[str],
    missing: list[str],
    *,
    knows_none: bool,
) -> DataRejected:
    """Return the error for a header that does not fit its contract; quotes the header only if it looks like one."""
    if knows_none and missing:
        problems = [
            f"none of the {len(file.header)} cells of its first line is a known column; is the header line missing?"
        ]
    section = contract.dataset
    if missing:
        hint = (
            f'name the file\'s own column in a mapping: `[{section}.columns]` `{missing[0]} = "…"`; '
            f"`influence load contracts {section}` lists what is expected"
        )
    elif any("currency" in problem for problem in problems):
        hint = f'add a column `currency`, or in a mapping `[{section}.constants]` `currency = "EUR"`'
    else:
        hint = f"`influence load contracts {section}` lists what is expected"
    text = f"does not fit its contract: {problems[0]}" if len(problems) == 1 else "does not fit its contract"
    return broken(file.path, "contract-broken", text, hint, findings=problems if len(problems) > 1 else [])


def wrong_types(contract: Contract, mapping: FileMapping, file: RowFile, positions: dict[str, int]) -> Iterator[str]:
    """Yield the problems of Parquet columns whose type their contract cannot be read from."""
    for name, position in positions.items():
        if not file.types:
            return
        actual = file.types[file.header[position]]
        kind = contract.columns[name].type
        admitted = TYPES_ADMITTED[kind]
        source = mapping.columns.get(name)
        if kind == "datetime" and source is not None and source.format is not None:
            admitted = (*admitted, "integer")
        if family(actual) not in admitted:
            yield f"`{file.header[position]}` is of type {shown(str(actual))}, which cannot be read as {kind}"


def read_table(
    contract: Contract,
    mapping: FileMapping,
    file: RowFile,
    layout: Layout,
    *,
    now: datetime,
    key: PseudonymKey,
    task: Task,
) -> Table:
    """Read a file into a table: types, ranges, and the rules that look at one row or at all of them.

    Args:
        contract: What the columns mean.
        mapping: How the file writes them.
        file: The file.
        layout: Where they stand.
        now: Later instants lie in the future.
        key: Key of the pseudonyms.
        task: Told the bytes read.

    Raises:
        DataRejected: The file is damaged.
    """
    reading = Reading(contract, mapping, file, layout, now, key)
    for block in file.blocks(set(layout.positions.values())):
        reading.add(block)
        task.advance(block.size)
    return reading.table()


class Reading:
    """A table while its blocks come in."""

    def __init__(
        self, contract: Contract, mapping: FileMapping, file: RowFile, layout: Layout, now: datetime, key: PseudonymKey
    ) -> None:
        self.contract = contract
        self.mapping = mapping
        self.file = file
        self.layout = layout
        self.now = now
        self.key = key
        self.pieces: dict[str, list[pa.Array]] = {name: [] for name in layout.columns}
        self.lines: list[NDArray[np.int64]] = []
        self.bad: list[Mask] = []
        self.ragged: list[tuple[int, int]] = []
        self.found: dict[tuple[str, str, str], list[NDArray[np.int64]]] = {}
        self.names = {name: file.header[position] for name, position in layout.positions.items()}

    def add(self, block: Block) -> None:
        """Parse the cells of one block."""
        rows = len(block.lines)
        self.ragged += [(row.line, row.cells) for row in block.ragged]
        bad = np.zeros(rows, bool)
        self.lines.append(block.lines)
        self.bad.append(bad)
        if not rows:
            return
        cells = {name: block.cells[position] for name, position in self.layout.positions.items()}
        for name, text in self.layout.constants.items():
            cells[name] = pa.repeat(text, rows)
        currency: pa.Array | None = None
        for name in sorted(cells, key=lambda name: name != "currency"):
            context = Context(
                self.contract.columns[name],
                self.mapping.columns.get(name) or ColumnSource(column=name),
                self.mapping.format,
                self.now,
                self.key,
                currency,
            )
            parsed = parse_cells(cells[name], context)
            if name == "currency":
                currency = parsed.values
            self.pieces[name].append(parsed.values)
            for problem in parsed.problems:
                bad |= problem.rows
                where = (problem.rule, self.names.get(name, name), problem.text)
                self.found.setdefault(where, []).append(block.lines[problem.rows])

    def table(self) -> Table:
        """Return the finished table."""
        contract = self.contract
        columns = {name: joined(pieces, self.file.path, name, contract.dataset) for name, pieces in self.pieces.items()}
        lines = np.concatenate(self.lines) if self.lines else np.empty(0, np.int64)
        bad = np.concatenate(self.bad) if self.bad else np.empty(0, bool)
        table = Table(
            contract,
            columns,
            lines,
            np.where(bad, Table.REJECTED, Table.GOOD).astype(np.int8),
            ragged=len(self.ragged),
            names=self.names,
            findings=[Finding(*where, np.concatenate(found)) for where, found in self.found.items()],
        )
        width = len(self.file.header)
        for cells in sorted({cells for _, cells in self.ragged}):
            where = np.array([line for line, count in self.ragged if count == cells], np.int64)
            text = f"has {cells} cells instead of {width}"
            table.findings.append(Finding("ragged", ROW, text, where))
        check_rows(table)
        check_identity(table)
        return table


def joined(pieces: list[pa.Array], path: Path, name: str, dataset: str) -> pa.Array:
    """Return one array of all pieces."""
    if not pieces:
        return pa.array([], pa.string())
    try:
        return pa.concat_arrays(pieces)
    except pa.ArrowInvalid as error:  # offsets of 32 bits: a column holds at most 2 GB of text
        raise broken(
            path,
            "file-too-large",
            f"has more than 2 GB of text in the column `{name}`",
            f"split it and list the parts in a mapping, each under `[[{dataset}]]`",
        ) from error


# ── rules on several columns of a row ─────────────────────────────────────


def check_rows(table: Table) -> None:
    """Apply the contract's rules on several columns to every row that is good so far."""
    rules, columns = table.contract.rules, table.columns
    if rules.distinct and set(rules.distinct) <= set(columns):
        one, other = rules.distinct
        same = mask(pc.equal(columns[one], columns[other]))
        text = f"names the same customer in `{table.names[one]}` and `{table.names[other]}`"
        table.reject("self-tie", ROW, text, same & table.good)
    for first, second in rules.ordered:
        if first in columns and second in columns:
            early = mask(pc.less(columns[second], columns[first]))
            text = f"is earlier than `{table.names.get(first, first)}`"
            table.reject("dates-reversed", second, text, early & table.good)
    if rules.one_of:
        filled = sum(
            (mask(pc.is_valid(columns[name])).astype(np.int64) for name in rules.one_of if name in columns),
            np.zeros(len(table.lines), np.int64),
        )
        text = f"must fill in exactly one of {', '.join(f'`{name}`' for name in rules.one_of)}"
        table.reject("one-of", ROW, text, (filled != 1) & table.good)
    if rules.scale and {rules.scale.column, rules.scale.by} <= set(columns):
        score, kind = columns[rules.scale.column], columns[rules.scale.by]
        for name, (low, high) in rules.scale.ranges().items():
            outside = mask(pc.or_(pc.less(score, low), pc.greater(score, high))) & mask(pc.equal(kind, name))
            text = f"is outside {low:g} to {high:g}, the scale of {name}"
            table.reject("off-scale", rules.scale.column, text, outside & table.good)
    money = [name for name in table.contract.money if name in columns]
    if money:
        unknown = mask(pc.is_null(columns["currency"]))
        for name in money:
            table.reject(
                "no-currency",
                name,
                "is an amount without a currency",
                mask(pc.is_valid(columns[name])) & unknown & table.good,
            )
    if rules.unordered:
        put_smaller_first(table, *rules.unordered)


def put_smaller_first(table: Table, one: str, other: str) -> None:
    """Exchange two id columns where the first is larger: an undirected tie has one form."""
    left, right = table.columns[one], table.columns[other]
    exchange = pc.fill_null(pc.greater(left, right), False)
    table.exchanged = mask(exchange)
    table.columns[one] = pc.if_else(exchange, right, left)
    table.columns[other] = pc.if_else(exchange, left, right)


# ── rules on several rows ─────────────────────────────────────────────────


def check_identity(table: Table) -> None:
    """Reject ids that lost their leading zeros, derive what identifies a row, and find repeated rows."""
    for name, column in table.contract.columns.items():
        if column.type == "id" and name in table.columns:
            reject_lost_zeros(table, name)
    if table.contract.derive:
        derive_identity(table)
    mark_repeated(table)


def reject_lost_zeros(table: Table, name: str) -> None:
    """Reject ids that are shorter than all ids with leading zeros, of which every one has the same length."""
    values = table.columns[name]
    padded = pc.match_substring_regex(values, "^0[0-9]+$")
    if not pc.any(padded).as_py():
        return
    lengths = pc.utf8_length(values)
    widths = pc.unique(lengths.filter(pc.fill_null(padded, False)))
    if len(widths) != 1:
        return
    shorter = mask(pc.less(lengths, widths[0])) & mask(pc.match_substring_regex(values, "^[0-9]+$"))
    text = f"seems to have lost leading zeros: others have {widths[0].as_py()} digits"
    table.reject("lost-leading-zeros", name, text, shorter & table.good)


def derive_identity(table: Table) -> None:
    """Fill in what identifies a row where the file does not say: its identifying cells, joined.

    `%` and `|` inside a cell are escaped, so that two different rows never get one identity.
    """
    contract = table.contract
    assert contract.derive is not None  # noqa: S101  (asked by the caller)
    given = table.columns.get(contract.derive)
    if given is not None and given.null_count == 0:
        return
    parts = []
    for name in contract.derive_from or contract.key:
        values = table.columns.get(name)
        if values is None:
            parts.append(pa.repeat("", len(table.lines)))
            continue
        if pa.types.is_timestamp(values.type):
            values = pc.strftime(values, format="%Y-%m-%dT%H:%M:%SZ")
        values = pc.fill_null(pc.cast(values, pa.string()), "")
        parts.append(pc.replace_substring(pc.replace_substring(values, "%", "%25"), "|", "%7C"))
    derived = pc.binary_join_element_wise(*parts, "|")
    table.columns[contract.derive] = derived if given is None else pc.coalesce(given, derived)


def codes_of(values: pa.Array) -> NDArray[np.int64]:
    """Return a number per value, equal for equal values; null is -1."""
    encoded = values.dictionary_encode()
    codes: NDArray[np.int64] = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def joint_codes(columns: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return a number per row, equal where all columns are.

    Args:
        columns: [n] numbers from 0 each.
    """
    code, size = columns[0], int(columns[0].max(initial=0)) + 1
    for more in columns[1:]:
        width = int(more.max(initial=0)) + 1
        if size * width > LARGEST:
            code = np.unique(code, return_inverse=True)[1]
            size = int(code.max(initial=0)) + 1
        code, size = code * width + more, size * width
    return code


def mark_repeated(table: Table) -> None:
    """Mark rows that repeat an earlier one, and reject those that repeat its key with other values."""
    identity = table.contract.identity
    keys = (identity,) if identity else table.contract.key
    good = np.flatnonzero(table.good)
    if len(good) < 2:
        return
    code = joint_codes([codes_of(table.selected(name)) + 1 for name in keys])
    ordered = np.sort(code)  # far cheaper than the order, and most files repeat nothing
    if (ordered[1:] != ordered[:-1]).all():
        return
    order = np.argsort(code, kind="stable")
    repeats = np.concatenate([[False], code[order][1:] == code[order][:-1]])
    starts = np.maximum.accumulate(np.where(repeats, 0, np.arange(len(order))))
    later, first = good[order[repeats]], good[order[starts[repeats]]]
    same = np.ones(len(later), bool)
    for values in table.columns.values():
        one, two = values.take(pa.array(first)), values.take(pa.array(later))
        equal = pc.or_kleene(pc.equal(one, two), pc.and_(pc.is_null(one), pc.is_null(two)))
        same &= mask(equal)
    table.state[later[same]] = Table.DUPLICATE
    differ = np.zeros(len(table.lines), bool)
    differ[later[~same]] = True
    table.reject("conflicting-duplicate", ROW, "repeats the key of an earlier row with other values", differ)
