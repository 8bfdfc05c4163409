"""Text columns become typed columns: strictly, all rows at once, and every bad cell with the rule it breaks.

Each parser takes trimmed cells (null where empty) and returns values that are null where a cell is empty or bad,
with a mask of bad cells per broken rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import ceil, floor
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from influence.load.contract import SECRETS, Column
from influence.load.mapping import OFFSET, ColumnSource, FileFormat
from influence.load.pseudonym import NORMALISERS, PseudonymKey, normal_phone

__all__ = ["INSTANT", "Parsed", "Problem", "parse_cells"]

Mask = NDArray[np.bool_]
INSTANT: Final = pa.timestamp("us", "UTC")
LONGEST_ID: Final = 500
LONGEST_TEXT: Final = 10_000

CONTROL: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
ID_CONTROL: Final = r"[\x00-\x1f\x7f]"
SPREADSHEET: Final = r"^(?:\d+(?:[.,]\d+)?[eE]\+\d+|\d+\.0+)$"
WHOLE: Final = r"^[+-]?[0-9]+$"
REAL: Final = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?$"
AMOUNT: Final = r"^(?P<sign>[+-]?)(?P<whole>[0-9]+)(?:\.(?P<part>[0-9]*))?$"
NOT_FINITE: Final = r"(?i)^[+-]?(?:nan|inf|infinity|#num!|#div/0!|#n/a|#value!)$"
ISO: Final = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?: ?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?))?)?$"
)
ZONED: Final = r"(?:Z|:[0-9]{2}(?:\.[0-9]+)? ?[+-][0-9]{2}(?::?[0-9]{2})?)$"
TRUE: Final = ("true", "yes", "1")
FALSE: Final = ("false", "no", "0")

EXPONENTS: Final = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
"""Digits after the decimal sign of currencies that do not have two (ISO 4217)."""
LARGEST: Final = 2**63 - 1
FIRST: Final = np.datetime64("0001-01-01", "us")
END: Final = np.datetime64("9999-12-31", "us")
"""Instants that Python and Neo4j both have."""


@dataclass(frozen=True)
class Problem:
    """One way in which cells of a column are bad.

    Attributes:
        rule: Slug, such as `not-a-date`.
        text: The rest of the sentence that begins with the name of the column.
        rows: [n] mask of the rows it applies to.
    """

    rule: str
    text: str
    rows: Mask


@dataclass(frozen=True)
class Parsed:
    """A typed column.

    Attributes:
        values: Arrow array [n], null where the cell was empty or bad.
        problems: What is bad, at most one problem a row.
    """

    values: pa.Array
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Context:
    """What the parsers need besides the cells.

    Attributes:
        column: What the contract says.
        source: What the mapping says of the column.
        layout: What the mapping says of the file.
        now: Later instants lie in the future.
        key: Key of the pseudonyms.
        currency: Currency codes of the rows, for amounts in major units.
    """

    column: Column
    source: ColumnSource
    layout: FileFormat
    now: datetime
    key: PseudonymKey
    currency: pa.Array | None = None

    @property
    def unit(self) -> str:
        """Unit of amounts: minor or major."""
        return self.source.unit or self.layout.unit


def parse_cells(cells: pa.Array, context: Context) -> Parsed:
    """Turn the cells of one column into typed values.

    Args:
        cells: Arrow strings [n]; "" is empty.
        context: The contract and the mapping.
    """
    column = context.column
    cells = tidy(cells, context)
    parsed = PARSERS[column.type](cells, context)
    if column.required:
        missing = mask(pc.is_null(cells))
        if missing.any():
            parsed = Parsed(parsed.values, (*parsed.problems, Problem("missing", "is empty", missing)))
    return parsed


def tidy(cells: pa.Array, context: Context) -> pa.Array:
    """Return cells trimmed, replaced as the mapping says, null where empty, and the default filled in."""
    cells = pc.utf8_trim_whitespace(cells)
    if context.source.strip:
        cells = pc.utf8_ltrim(cells, characters=context.source.strip)
    if context.source.values:
        old = pa.array(list(context.source.values), pa.string())
        new = pa.array(list(context.source.values.values()), pa.string())
        found = pc.index_in(cells, value_set=old)
        cells = pc.coalesce(new.take(found), cells)
    empty = pc.equal(cells, "")
    if context.layout.null_values:
        empty = pc.or_(empty, pc.is_in(cells, value_set=pa.array(context.layout.null_values, pa.string())))
    if pc.any(empty).as_py():
        cells = pc.if_else(empty, pa.scalar(None, pa.string()), cells)
    if context.column.default is not None:
        cells = pc.fill_null(cells, context.column.default)
    if context.source.prefix:
        cells = pc.binary_join_element_wise(context.source.prefix, cells, "")
    return cells


def mask(values: Any) -> Mask:
    """Return an arrow boolean array as a mask; null is false."""
    filled: Mask = np.asarray(pc.fill_null(values, False).to_numpy(zero_copy_only=False), bool)
    return filled


def matches(cells: pa.Array, pattern: str) -> Mask:
    """Return which cells match a pattern; empty ones do not."""
    return mask(pc.match_substring_regex(cells, pattern))


def without(values: pa.Array, bad: Mask) -> pa.Array:
    """Return values with null where they are bad."""
    if not bad.any():
        return values
    return pc.if_else(pa.array(bad), pa.scalar(None, values.type), values)


def collected(values: pa.Array, *problems: Problem) -> Parsed:
    """Return a parsed column: each row keeps its first problem, and no value where it has one."""
    seen = np.zeros(len(values), bool)
    kept = []
    for problem in problems:
        rows = problem.rows & ~seen
        if rows.any():
            kept.append(Problem(problem.rule, problem.text, rows))
            seen |= rows
    return Parsed(without(values, seen), tuple(kept))


def too_long(cells: pa.Array, most: int) -> Problem:
    """Return the problem of cells with too many characters."""
    return Problem("too-long", f"has more than {most:,} characters", mask(pc.greater(pc.utf8_length(cells), most)))


# ── text ──────────────────────────────────────────────────────────────────


def parse_text(cells: pa.Array, context: Context) -> Parsed:
    """Text: no control characters, of the form the contract asks for."""
    column = context.column
    problems = [
        Problem("control-character", "holds a control character such as NUL", matches(cells, CONTROL)),
        too_long(cells, LONGEST_TEXT),
    ]
    if column.pattern:
        odd = mask(pc.is_valid(cells)) & ~matches(cells, f"^(?:{column.pattern})$")
        problems.append(Problem("bad-form", f"is not {column.form or column.pattern}", odd))
    return collected(cells, *problems)


def parse_id(cells: pa.Array, context: Context) -> Parsed:
    """Identifier: any text, but not one that a spreadsheet made of another identifier."""
    problems = [
        Problem("control-character", "holds a control character such as NUL", matches(cells, ID_CONTROL)),
        too_long(cells, LONGEST_ID),
    ]
    if context.layout.spreadsheet_check:
        damaged = matches(cells, SPREADSHEET)
        problems.append(
            Problem("damaged-id", "looks like a number a spreadsheet rewrote (such as 1.23E+11 or 12.0)", damaged)
        )
    return collected(cells, *problems)


def parse_enum(cells: pa.Array, context: Context) -> Parsed:
    """One of some words, in any case."""
    lowered = pc.utf8_lower(cells)
    known = mask(pc.is_in(lowered, value_set=pa.array(context.column.values, pa.string())))
    unknown = mask(pc.is_valid(cells)) & ~known
    return collected(lowered, Problem("unknown-value", f"is none of {', '.join(context.column.values)}", unknown))


def parse_bool(cells: pa.Array, context: Context) -> Parsed:
    """Yes or no, and nothing that only resembles it: consent depends on it."""
    lowered = pc.utf8_lower(cells)
    yes = pc.is_in(lowered, value_set=pa.array(TRUE))
    no = pc.is_in(lowered, value_set=pa.array(FALSE))
    unknown = mask(pc.is_valid(cells)) & ~mask(yes) & ~mask(no)
    values = pc.if_else(pc.is_valid(cells), yes, pa.scalar(None, pa.bool_()))
    return collected(values, Problem("not-a-yes-or-no", "is none of true, false, yes, no, 1, 0", unknown))


def parse_secret(cells: pa.Array, context: Context) -> Parsed:
    """Contact value: only its keyed hash remains."""
    kind = context.column.type
    normaliser, text = NORMALISERS[kind]
    texts = cells.to_pylist()
    if kind == "phone":
        normal = [None if cell is None else normal_phone(cell, context.layout.phone_country) for cell in texts]
    else:
        normal = [None if cell is None else normaliser(cell) for cell in texts]
    bad = np.fromiter(
        (cell is not None and value is None for cell, value in zip(texts, normal, strict=True)), bool, len(texts)
    )
    hashed = context.key.pseudonyms(kind, normal) if any(normal) else normal
    return collected(pa.array(hashed, pa.string()), Problem(f"bad-{kind}", text, bad))


# ── numbers ───────────────────────────────────────────────────────────────


def digits(cells: pa.Array, layout: FileFormat) -> pa.Array:
    """Return number cells with a point as decimal sign and nothing between thousands."""
    if layout.thousands:
        cells = pc.replace_substring(cells, layout.thousands, "")
    if layout.decimal == ",":
        # a point is then no decimal sign: make it something that no number holds
        cells = pc.replace_substring(pc.replace_substring(cells, ".", "?"), ",", ".")
    return cells


def whole_numbers(cells: pa.Array, good: Mask) -> tuple[pa.Array, Mask]:
    """Return int64 values of cells that are whole numbers, and which of them do not fit into 64 bits."""
    overflow = np.zeros(len(cells), bool)
    long = good & mask(pc.greater(pc.binary_length(cells), 18))
    if long.any():
        for row in np.flatnonzero(long):
            overflow[row] = not -LARGEST - 1 <= int(cells[int(row)].as_py()) <= LARGEST
    usable = without(cells, ~good | overflow)
    return pc.utf8_ltrim(usable, characters="+").cast(pa.int64()), overflow


def in_range(values: pa.Array, column: Column) -> list[Problem]:
    """Return the problems of numbers outside the contract's range."""

    def limit(number: float, round_to_whole: Callable[[float], int]) -> pa.Scalar:
        # Arrow compares whole numbers with a fraction as fractions, and refuses those beyond 2^53.
        whole = pa.types.is_integer(values.type)
        return pa.scalar(round_to_whole(number), pa.int64()) if whole else pa.scalar(number, pa.float64())

    problems = []
    if column.min is not None:
        low = mask(pc.less(values, limit(column.min, ceil)))
        problems.append(Problem("too-small", f"is less than {column.min:g}", low))
    if column.max is not None:
        high = mask(pc.greater(values, limit(column.max, floor)))
        problems.append(Problem("too-large", f"is more than {column.max:g}", high))
    if column.above is not None:
        low = mask(pc.less_equal(values, limit(column.above, floor)))
        problems.append(Problem("too-small", f"is not more than {column.above:g}", low))
    return problems


def not_finite(cells: pa.Array) -> Problem:
    """Return the problem of cells that say NaN, infinity or a spreadsheet error."""
    return Problem("not-finite", "is NaN, infinite or a spreadsheet error", matches(cells, NOT_FINITE))


def parse_int(cells: pa.Array, context: Context) -> Parsed:
    """Whole number of 64 bits."""
    cells = digits(cells, context.layout)
    good = matches(cells, WHOLE)
    values, overflow = whole_numbers(cells, good)
    return collected(
        values,
        not_finite(cells),
        Problem("not-a-whole-number", "is not a whole number", mask(pc.is_valid(cells)) & ~good),
        Problem("overflow", "does not fit into 64 bits", overflow),
        *in_range(values, context.column),
    )


def parse_float(cells: pa.Array, context: Context) -> Parsed:
    """Finite real number."""
    cells = digits(cells, context.layout)
    good = matches(cells, REAL)
    texts = without(cells, ~good).to_numpy(zero_copy_only=False)
    numbers = np.full(len(cells), np.nan)
    with np.errstate(over="ignore"):
        numbers[good] = texts[good].astype(np.float64)
    overflow = good & ~np.isfinite(numbers)
    values = pa.array(numbers, mask=~good | overflow)
    return collected(
        values,
        not_finite(cells),
        Problem("not-a-number", "is not a number", mask(pc.is_valid(cells)) & ~good),
        Problem("overflow", "does not fit into 64 bits", overflow),
        *in_range(values, context.column),
    )


def parse_money(cells: pa.Array, context: Context) -> Parsed:
    """Amount as an integer of the smallest unit of its currency; never through a binary fraction."""
    cells = digits(cells, context.layout)
    amount = matches(cells, AMOUNT)
    given = mask(pc.is_valid(cells))
    if context.unit == "minor":
        good = matches(cells, WHOLE)
        whole = cells
        fraction = Problem(
            "not-minor-units",
            'is not a whole number of cents; for amounts such as 12.34 set `unit = "major"` in the mapping',
            amount & ~good,
        )
    else:
        whole, good = major_amounts(cells, amount, context.currency)
        fraction = Problem("too-many-decimals", "has more decimals than its currency", amount & ~good)
    values, overflow = whole_numbers(whole, good)
    return collected(
        values,
        not_finite(cells),
        Problem("not-an-amount", "is not an amount of money", given & ~amount),
        fraction,
        Problem("overflow", "does not fit into 64 bits", overflow),
        *in_range(values, context.column),
    )


def major_amounts(cells: pa.Array, amount: Mask, currency: pa.Array | None) -> tuple[pa.Array, Mask]:
    """Return amounts such as 12.34 as whole minor units in text, and which are whole in the minor unit."""
    parts = pc.extract_regex(without(cells, ~amount), AMOUNT)
    sign, whole, part = (pc.struct_field(parts, name) for name in ("sign", "whole", "part"))
    part = pc.utf8_rtrim(part, characters="0")
    exponents = np.full(len(cells), 2, np.int64)
    if currency is not None:
        for code, exponent in EXPONENTS.items():
            exponents[mask(pc.equal(currency, code))] = exponent
    good = amount & mask(pc.less_equal(pc.utf8_length(part), pa.array(exponents)))
    result = pa.nulls(len(cells), pa.string())
    for exponent in np.unique(exponents[amount]):
        padded = pc.utf8_rpad(part, width=int(exponent), padding="0")
        joined = pc.binary_join_element_wise(sign, whole, padded, "")
        result = pc.if_else(pa.array(exponents == exponent), joined, result)
    return result, good


# ── instants ──────────────────────────────────────────────────────────────


def parse_datetime(cells: pa.Array, context: Context) -> Parsed:
    """Instant in UTC."""
    style = context.source.format
    zone = context.source.timezone or context.layout.timezone
    given = mask(pc.is_valid(cells))
    if style is None:
        instants, unclear = iso_instants(cells, zone)
        expected = "YYYY-MM-DD, or with a time as in 2026-01-31T14:05:00Z"
    elif "%" in style:
        texts = pd.Series(cells.to_pandas(), dtype="str")
        parsed = pd.to_datetime(texts, format=style, errors="coerce", utc="%z" in style)
        instants, unclear = localised(parsed, zone)
        expected = f"as in {datetime(2026, 1, 31, 14, 5).strftime(style)}"  # noqa: DTZ001  (an example for people)
    else:
        instants, unclear = counted_instants(cells, style)
        expected = f"a number: {style}" if style != "year" else "a year such as 1987"
    known = (instants >= FIRST) & (instants < END)  # false for what is no instant at all
    problems = [
        Problem("unclear-time", f"does not exist or exists twice in {zone} (clocks were changed)", unclear),
        Problem("not-a-date", f"is not a date (expected {expected})", given & ~known & ~unclear),
    ]
    if not context.column.future:
        limit = np.datetime64(context.now.replace(tzinfo=None), "us")
        problems.append(Problem("future", "lies in the future", known & (instants > limit)))
    return collected(pa.array(instants, pa.timestamp("us"), mask=~known).cast(INSTANT), *problems)


Instants = NDArray[np.datetime64]


def localised(series: pd.Series[Any], zone: str) -> tuple[Instants, Mask]:
    """Return parsed instants in UTC, those without a zone read in `zone`; and which that zone makes unclear."""
    unclear = np.zeros(len(series), bool)
    if series.dt.tz is None:
        before = series.notna().to_numpy()
        series = series.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
        unclear = before & series.isna().to_numpy()
    plain = series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    return plain, unclear


def iso_instants(cells: pa.Array, zone: str) -> tuple[Instants, Mask]:
    """Return the instants of ISO 8601 cells, and which are unclear."""
    good = matches(cells, ISO)
    zoned = good & matches(cells, ZONED)
    instants = np.full(len(cells), np.datetime64("NaT"), "datetime64[us]")
    unclear = np.zeros(len(cells), bool)
    for rows, utc in ((zoned, True), (good & ~zoned, False)):
        if rows.any():
            texts = pd.Series(cells.filter(pa.array(rows)).to_pandas(), dtype="str")
            parsed = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=utc)
            instants[rows], unclear[rows] = localised(parsed, zone)
    return instants, unclear


def counted_instants(cells: pa.Array, style: str) -> tuple[Instants, Mask]:
    """Return the instants of cells that count years, months or shorter units from a date."""
    numbers = np.zeros(len(cells), np.int64)
    good = matches(cells, r"^[+-]?[0-9]{1,15}$")
    values = pc.utf8_ltrim(without(cells, ~good), characters="+").cast(pa.int64())
    numbers[good] = values.drop_null().to_numpy()
    instants = np.full(len(cells), np.datetime64("NaT"), "datetime64[us]")
    if style == "year":
        good &= (numbers >= 1) & (numbers <= 9999)
        instants[good] = (numbers[good] - 1970).astype("datetime64[Y]").astype("datetime64[us]")
        return instants, np.zeros(len(cells), bool)
    counted = OFFSET.fullmatch(style)
    assert counted is not None, style  # noqa: S101  (the mapping admits no other format)
    unit, base = counted["unit"], np.datetime64(counted["base"], "us")
    if unit in ("years", "months"):
        months = numbers * (12 if unit == "years" else 1)
        good &= np.abs(months) < 120_000
        start = base.astype("datetime64[M]")
        within = base - start.astype("datetime64[us]")
        instants[good] = (start + months[good]).astype("datetime64[us]") + within
    else:
        size = MICROSECONDS[unit]
        good &= np.abs(numbers) < 250_000_000_000_000_000 // size
        instants[good] = base + (numbers[good] * size).astype("timedelta64[us]")
    return instants, np.zeros(len(cells), bool)


MICROSECONDS: Final = {
    "weeks": 604_800_000_000,
    "days": 86_400_000_000,
    "hours": 3_600_000_000,
    "minutes": 60_000_000,
    "seconds": 1_000_000,
    "milliseconds": 1_000,
    "microseconds": 1,
}

PARSERS: Final[dict[str, Callable[[pa.Array, Context], Parsed]]] = {
    "text": parse_text,
    "id": parse_id,
    "enum": parse_enum,
    "bool": parse_bool,
    "int": parse_int,
    "float": parse_float,
    "money": parse_money,
    "datetime": parse_datetime,
    **dict.fromkeys(SECRETS, parse_secret),
}
