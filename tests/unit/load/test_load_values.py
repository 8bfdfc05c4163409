"""Text to typed values: what is right comes out exactly, what is not is named and never guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence.load.contract import Column
from influence.load.mapping import ColumnSource, FileFormat
from influence.load.pseudonym import PseudonymKey
from influence.load.values import EXPONENTS, Context, parse_cells

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def parsed(
    cells: list[str],
    kind: str,
    *,
    source: dict[str, Any] | None = None,
    layout: dict[str, Any] | None = None,
    currency: list[str] | None = None,
    key: Path | None = None,
    **column: Any,
) -> tuple[list[Any], dict[int, str]]:
    """Return the values, and the rule broken by row."""
    context = Context(
        Column(type=kind, about="a test", **column),
        ColumnSource(column="x", **(source or {})),
        FileFormat(**(layout or {})),
        NOW,
        PseudonymKey(key or Path("never-made")),
        None if currency is None else pa.array(currency),
    )
    result = parse_cells(pa.array(cells, pa.string()), context)
    broken: dict[int, str] = {}
    for problem in result.problems:
        assert problem.text
        for row in problem.rows.nonzero()[0]:
            assert int(row) not in broken, "a row has at most one problem a column"
            broken[int(row)] = problem.rule
    values = result.values.to_pylist()
    assert all(values[row] is None for row in broken), "a bad cell has no value"
    return values, broken


def one(cell: str, kind: str, **rest: Any) -> Any:
    """Return the value of one cell, or the rule it breaks."""
    values, broken = parsed([cell], kind, **rest)
    return broken.get(0, values[0])


# ── what every column shares ──────────────────────────────────────────────


def test_cells_are_trimmed_and_empty_ones_are_unknown() -> None:
    assert parsed([" a ", "", "   ", "\tb"], "text") == (["a", None, None, "b"], {})


def test_na_is_a_text_like_any_other_until_the_mapping_says_otherwise() -> None:
    assert parsed(["NA", "NULL"], "id") == (["NA", "NULL"], {})
    assert parsed(["NA", "NULL"], "id", layout={"null_values": ["NULL"]}) == (["NA", None], {})


def test_required_cells_may_not_be_empty() -> None:
    assert parsed(["a", " "], "text", required=True)[1] == {1: "missing"}


def test_default_prefix_and_replacements() -> None:
    assert one("", "enum", values=("declared", "observed"), default="declared") == "declared"
    assert parsed(["7", ""], "id", source={"prefix": "shop-"}) == (["shop-7", None], {})
    assert one("Ja", "bool", source={"values": {"Ja": "true"}}) is True
    assert one("Yes", "bool", source={"values": {"Ja": "true"}}) is True


# ── text, ids, words ──────────────────────────────────────────────────────


@pytest.mark.parametrize("cell", ["1.23E+11", "1,23E+11", "5E+3", "12.0", "12.000"])
def test_ids_a_spreadsheet_rewrote_are_rejected(cell: str) -> None:
    assert one(cell, "id") == "damaged-id"
    assert one(cell, "id", layout={"spreadsheet_check": False}) == cell


@pytest.mark.parametrize("cell", ["007", "12E5", "E+5", "1.2.0", "v1.0", "12.05", "123456789012345678901234567890"])
def test_ids_that_only_look_odd_stay_as_they_are(cell: str) -> None:
    assert one(cell, "id") == cell


@pytest.mark.parametrize("kind", ["id", "text"])
def test_nul_bytes_are_rejected(kind: str) -> None:
    assert one("a\0b", kind) == "control-character"


def test_line_breaks_are_text_but_no_part_of_an_id() -> None:
    assert one("a\nb", "text") == "a\nb"
    assert one("a\nb", "id") == "control-character"


def test_overlong_cells_are_rejected() -> None:
    assert one("x" * 501, "id") == "too-long"
    assert one("x" * 10_001, "text") == "too-long"
    assert one("x" * 500, "id") == "x" * 500


def test_pattern_must_match_the_whole_cell() -> None:
    assert parsed(["EUR", "EURO", "eur", "E"], "text", pattern="[A-Z]{3}", form="a currency") == (
        ["EUR", None, None, None],
        {1: "bad-form", 2: "bad-form", 3: "bad-form"},
    )


def test_enum_ignores_case_and_refuses_the_rest() -> None:
    assert parsed(["NPS", "ces", "csat", ""], "enum", values=("nps", "ces")) == (
        ["nps", "ces", None, None],
        {2: "unknown-value"},
    )


@pytest.mark.parametrize(
    ("cell", "value"),
    [("true", True), ("TRUE", True), ("Yes", True), ("1", True), ("false", False), ("No", False), ("0", False)],
)
def test_yes_and_no(cell: str, value: bool) -> None:
    assert one(cell, "bool") is value


@pytest.mark.parametrize("cell", ["t", "y", "on", "2", "1.0", "granted", "opt-out", "x", "-1", "ja", "tru e"])
def test_consent_is_never_guessed(cell: str) -> None:
    assert one(cell, "bool") == "not-a-yes-or-no"


def test_unknown_consent_stays_unknown() -> None:
    assert one("", "bool") is None


# ── numbers ───────────────────────────────────────────────────────────────


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_whole_number_of_64_bits_is_exact(number: int) -> None:
    assert one(str(number), "int") == number
    assert one(str(number), "money") == number


@given(st.one_of(st.integers(max_value=-(2**63) - 1), st.integers(min_value=2**63)))
def test_larger_whole_numbers_overflow(number: int) -> None:
    assert one(str(number), "int") == "overflow"
    assert one(str(number), "money") == "overflow"


def test_whole_numbers_with_sign_and_zeros() -> None:
    assert parsed(["+5", "-0", "0000000000000000000000000012"], "int")[0] == [5, 0, 12]


@pytest.mark.parametrize("cell", ["1.0", "1e3", "a", "1 000", "--1", "١٢", "0x10", "1_000", "+", "-"])
def test_what_is_no_whole_number(cell: str) -> None:
    assert one(cell, "int") == "not-a-whole-number"


@pytest.mark.parametrize("kind", ["int", "float", "money"])
@pytest.mark.parametrize("cell", ["NaN", "nan", "inf", "-Infinity", "#NUM!", "#DIV/0!"])
def test_nan_and_infinity_are_named(kind: str, cell: str) -> None:
    assert one(cell, kind) == "not-finite"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_float_is_exact(number: float) -> None:
    assert one(repr(number), "float") == number


@pytest.mark.parametrize("cell", ["1e999", "-1e400"])
def test_floats_that_round_to_infinity_overflow(cell: str) -> None:
    assert one(cell, "float") == "overflow"


@pytest.mark.parametrize("cell", ["1,5", "a", "1.2.3", "1e", ".", "1e99999999999", "0x1p3"])
def test_what_is_no_number(cell: str) -> None:
    assert one(cell, "float") == "not-a-number"


def test_ranges() -> None:
    assert parsed(["-0.1", "0", "1", "1.1"], "float", min=0, max=1)[1] == {0: "too-small", 3: "too-large"}
    assert parsed(["0", "0.1"], "float", above=0)[1] == {0: "too-small"}
    assert parsed(["-1", "0"], "money", min=0)[1] == {0: "too-small"}


@given(st.integers(0, 2**63 - 1))
def test_amounts_beyond_the_exact_fractions_keep_their_range(number: int) -> None:
    assert one(str(number), "money", min=0) == number
    assert one(str(-number - 1), "int", min=-0.5) == "too-small"
    assert one(str(number), "int", above=-0.5) == number


def test_decimal_comma_makes_the_point_wrong() -> None:
    comma = {"decimal": ",", "thousands": "."}
    assert parsed(["1,5", "1.234,5", "12"], "float", layout=comma)[0] == [1.5, 1234.5, 12.0]
    assert one("1.5", "float", layout={"decimal": ","}) == "not-a-number"
    assert one("1.234", "int", layout=comma) == 1234


def test_amounts_with_decimals_are_not_taken_for_cents() -> None:
    assert one("12.34", "money") == "not-minor-units"
    assert one("1200.00", "money") == "not-minor-units"
    assert one("1200", "money") == 1200


@settings(max_examples=60)
@given(st.decimals(-(10**12), 10**12, places=2, allow_nan=False), st.sampled_from(["EUR", "JPY", "KWD", "CLF", "USD"]))
def test_major_amounts_are_exact_in_the_unit_of_their_currency(amount: Decimal, currency: str) -> None:
    exponent = EXPONENTS.get(currency, 2)
    exact = amount * 10**exponent
    found = one(str(amount), "money", layout={"unit": "major"}, currency=[currency])
    assert found == (int(exact) if exact == int(exact) else "too-many-decimals")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("0.29", 29),
        ("1.1", 110),
        ("-0.05", -5),
        ("+3", 300),
        ("5.", 500),
        ("1.10000", 110),
        ("1.001", "too-many-decimals"),
        (".5", "not-an-amount"),
        ("1e2", "not-an-amount"),
        ("€5", "not-an-amount"),
        ("92233720368547758.07", 2**63 - 1),
        ("92233720368547758.08", "overflow"),
    ],
)
def test_major_amounts(cell: str, value: Any) -> None:
    assert one(cell, "money", source={"unit": "major"}) == value


def test_amounts_of_several_currencies_in_one_column() -> None:
    values, broken = parsed(
        ["12.34", "12.34", "12", "1.234"], "money", layout={"unit": "major"}, currency=["EUR", "JPY", "JPY", "KWD"]
    )
    assert values == [1234, None, 12, 1234]
    assert broken == {1: "too-many-decimals"}


# ── instants ──────────────────────────────────────────────────────────────


@settings(max_examples=200)
@given(
    st.datetimes(datetime(1800, 1, 1), datetime(2026, 1, 1)),  # noqa: DTZ001  (the zone is drawn apart)
    st.sampled_from(["Z", "+00:00", "+05:30", "-0800", "+02", ""]),
    st.sampled_from(["T", " "]),
)
def test_iso_instants_are_exact_in_any_zone(instant: datetime, zone: str, between: str) -> None:
    text = instant.isoformat(between) + zone
    offsets = {"+05:30": timedelta(hours=5, minutes=30), "-0800": timedelta(hours=-8), "+02": timedelta(hours=2)}
    assert one(text, "datetime") == (instant - offsets.get(zone, timedelta())).replace(tzinfo=UTC)


@given(st.dates(date(1, 1, 2), date(2026, 1, 1)))
def test_days_are_their_first_instant(day: date) -> None:
    assert one(day.isoformat(), "datetime") == datetime(day.year, day.month, day.day, tzinfo=UTC)


@pytest.mark.parametrize(
    "cell",
    ["2026", "2026-01", "20260101", "01.02.2026", "2026-02-30", "2026-13-01", "2026-01-01T25:00", "yesterday", "1/2/26",
     "2026-01-01T10", "2026-1-1", "0000-01-01", "2026-01-01T10:00:00+99:00"],
)  # fmt: skip
def test_what_is_no_date(cell: str) -> None:
    assert one(cell, "datetime") == "not-a-date"


def test_the_future_begins_now() -> None:
    assert one("2026-11-22T12:00:00Z", "datetime") == NOW
    assert one("2026-11-22T12:00:00.000001Z", "datetime") == "future"
    assert one("2027-01-01", "datetime", future=True) == datetime(2027, 1, 1, tzinfo=UTC)


def test_zone_of_instants_without_one() -> None:
    berlin = {"timezone": "Europe/Berlin"}
    assert one("2026-07-01 12:00", "datetime", layout=berlin) == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert one("2026-07-01 12:00Z", "datetime", layout=berlin) == datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert one("2026-03-29 02:30", "datetime", source=berlin) == "unclear-time"
    assert one("2026-10-25 02:30", "datetime", source=berlin) == "unclear-time"


def test_patterns() -> None:
    style = {"format": "%d.%m.%Y"}
    assert one("31.01.2026", "datetime", source=style) == datetime(2026, 1, 31, tzinfo=UTC)
    assert one("2026-01-31", "datetime", source=style) == "not-a-date"
    zoned = {"format": "%Y-%m-%d %H:%M %z"}
    assert one("2026-01-31 10:00 +0200", "datetime", source=zoned) == datetime(2026, 1, 31, 8, tzinfo=UTC)


def test_years_and_counted_units() -> None:
    assert one("1919", "datetime", source={"format": "year"}) == datetime(1919, 1, 1, tzinfo=UTC)
    assert one("12345", "datetime", source={"format": "year"}) == "not-a-date"
    assert one("19.5", "datetime", source={"format": "year"}) == "not-a-date"
    months = {"format": "months since 1953-10-01"}
    values, broken = parsed(["1", "3", "15", "-10", "x", "999999"], "datetime", source=months)
    assert values[:4] == [datetime(1953, 11, 1, tzinfo=UTC), datetime(1954, 1, 1, tzinfo=UTC),
                          datetime(1955, 1, 1, tzinfo=UTC), datetime(1952, 12, 1, tzinfo=UTC)]  # fmt: skip
    assert broken == {4: "not-a-date", 5: "not-a-date"}
    unix = {"format": "seconds since 1970-01-01"}
    assert one("1700000000", "datetime", source=unix) == datetime.fromtimestamp(1_700_000_000, UTC)
    assert one("99999999999999", "datetime", source=unix) == "not-a-date"
    assert one("30", "datetime", source={"format": "days since 2026-01-15"}) == datetime(2026, 2, 14, tzinfo=UTC)


# ── contact values ────────────────────────────────────────────────────────


def test_contact_values_become_pseudonyms(tmp_path: Path) -> None:
    values, broken = parsed([" Ann@Example.COM", "ann@example.com", "no address", ""], "email", key=tmp_path / "k")
    assert values[0] == values[1]
    assert len(values[0]) == 64
    assert values[2:] == [None, None]
    assert broken == {2: "bad-email"}


def test_no_key_is_made_for_a_column_without_values(tmp_path: Path) -> None:
    assert parsed(["", ""], "phone", key=tmp_path / "k") == ([None, None], {})
    assert not (tmp_path / "k").exists()


# ── whatever comes ────────────────────────────────────────────────────────


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=25), min_size=1, max_size=5),
    st.sampled_from(["text", "id", "int", "float", "money", "datetime", "bool"]),
    st.sampled_from([{}, {"unit": "major"}, {"decimal": ","}, {"timezone": "Europe/Berlin"}]),
)
def test_no_text_raises(cells: list[str], kind: str, layout: dict[str, str]) -> None:
    values, broken = parsed(cells, kind, layout=layout)
    for row, cell in enumerate(cells):
        if row not in broken:
            assert (values[row] is None) == (not cell.strip() or cell.strip(" \t\n\r\x0b\x0c") == ""), cell


@settings(max_examples=200, deadline=None)
@given(st.text("0123456789+-.:TZ eE,", max_size=28), st.sampled_from(["int", "float", "money", "datetime", "id"]))
def test_nothing_that_resembles_a_number_or_date_raises(cell: str, kind: str) -> None:
    parsed([cell, "1", cell], kind)
