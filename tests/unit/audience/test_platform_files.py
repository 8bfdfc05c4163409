"""Headers and rows of each receiver, to the byte; what is missing is empty, never 0 and never hashed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from influence.audience.contacts import COLUMNS, Contact
from influence.audience.export import Request, as_csv, check_options, parts, reason, score
from influence.audience.hashing import sha256
from influence.audience.platforms import PLATFORMS, Cells, Layout, Member
from influence.errors import UsageProblem
from influence.report import Column, Table
from influence.report.table import ValueType


def member(email: str = "", phone: str = "", score: str = "", **details: str) -> Member:
    cells = tuple(details.get(name, "") for name in COLUMNS)
    return Member("007", Contact(True, False, (email,), (phone,), cells), score, "Top: because")


FULL = {
    "first_name": "Ann",
    "last_name": "Archer",
    "country": "GB",
    "postal_code": "SW1A 1AA",
    "city": "London",
    "device": "AECE52E7-03EE-455A-B3C4-E57283966239",
}


def test_headers_when_written_then_exactly_those_of_the_receiver() -> None:
    headers = {name: ",".join(platform.header(Layout())) for name, platform in PLATFORMS.items()}
    assert headers == {
        "google": "Email,Phone,First Name,Last Name,Country,Zip",
        "meta": "email,phone,madid,fn,ln,ct,st,zip,country",
        "salesforce": "External_Id__c,Influence_Score__c,Influence_Reason__c",
        "hubspot": "email,influence_score,influence_reason",
    }
    assert PLATFORMS["google"].header(Layout(2, 2))[:4] == ["Email", "Email", "Phone", "Phone"]
    assert PLATFORMS["meta"].header(Layout(valued=True))[-1] == "value"


def test_google_row_when_complete_then_hashes_and_a_plain_country_and_code() -> None:
    row = PLATFORMS["google"].row(member("A@x.de", "+44 113 496 0987", **FULL), Layout(), Cells())
    digests = [sha256(value) for value in ("a@x.de", "+441134960987", "ann", "archer")]
    assert row == [*digests, "GB", "SW1A 1AA"]


def test_google_row_when_the_address_is_incomplete_then_none_of_it() -> None:
    row = PLATFORMS["google"].row(member("a@x.de", **{**FULL, "postal_code": ""}), Layout(), Cells())
    assert row == [sha256("a@x.de"), "", "", "", "", ""]


def test_meta_row_when_complete_then_hashes_and_a_plain_device() -> None:
    row = PLATFORMS["meta"].row(member("A@x.de", "+44 113 496 0987", "2.5", **FULL), Layout(valued=True), Cells())
    assert row == [
        sha256("a@x.de"),
        sha256("441134960987"),
        "aece52e7-03ee-455a-b3c4-e57283966239",
        *map(sha256, ("ann", "archer", "london")),
        "",
        sha256("sw1a1"),
        sha256("gb"),
        "2.5",
    ]


def test_meta_row_when_the_contact_file_has_birthdays_and_genders_then_two_more_columns() -> None:
    layout = Layout(valued=True, details=frozenset(("birth", "gender", "city")))
    cells = Cells()
    assert PLATFORMS["meta"].header(layout)[-3:] == ["doby", "gen", "value"]
    row = PLATFORMS["meta"].row(member("a@x.de", score="2", birth="1987-04-30", gender="unknown"), layout, cells)
    assert row is not None
    assert len(row) == len(PLATFORMS["meta"].header(layout))
    assert row[-3:] == [sha256("1987"), "", "2"]
    assert cells.rejected == {"gender": 1}
    assert "doby" not in PLATFORMS["google"].header(layout)


@pytest.mark.parametrize("name", ["google", "meta"])
def test_row_when_nothing_in_it_finds_the_person_then_none_and_counted(name: str) -> None:
    cells = Cells()
    person = member("quinn", "0113 496 0987", first_name="Ann", last_name="Archer", country="")
    assert PLATFORMS[name].row(person, Layout(), cells) is None
    assert cells.rejected == {"email": 1, "phone": 1}


def test_row_when_a_value_is_a_hash_then_it_passes_only_when_allowed_and_md5_never() -> None:
    digest = sha256("a@x.de").upper()
    for email, allowed, expected in ((digest, True, digest.lower()), (digest, False, ""), ("0" * 32, True, "")):
        cells = Cells(allowed)
        row = PLATFORMS["google"].row(member(email, "+441134960987"), Layout(), cells)
        assert row is not None
        assert row[0] == expected
        assert cells.rejected["email"] == (expected == "")


def test_row_when_there_are_two_addresses_then_good_ones_come_first() -> None:
    contact = Contact(True, False, ("nonsense", "b@x.de"), (), ("",) * len(COLUMNS))
    row = PLATFORMS["google"].row(Member("x", contact), Layout(2, 0), Cells())
    assert row is not None
    assert row[:2] == [sha256("b@x.de"), ""]


@pytest.mark.parametrize(("null", "cell"), [("keep", ""), ("clear", "#N/A")])
def test_salesforce_row_when_there_is_no_score_then_empty_or_cleared_never_0(null: str, cell: str) -> None:
    row = PLATFORMS["salesforce"].row(member(), Layout(null=null), Cells())  # type: ignore[arg-type]
    assert row == ["007", cell, "Top: because"]


def test_hubspot_row_when_written_then_the_plain_address_and_an_empty_score() -> None:
    assert PLATFORMS["hubspot"].row(member(" A@x.de "), Layout(), Cells()) == ["a@x.de", "", "Top: because"]
    assert PLATFORMS["hubspot"].row(member(""), Layout(), Cells()) is None


def test_hubspot_row_when_found_by_record_id_then_no_address_and_the_import_is_told() -> None:
    layout = Layout(key="id")
    assert PLATFORMS["hubspot"].header(layout)[0] == "hs_object_id"
    assert PLATFORMS["hubspot"].row(member("a@x.de", score="2"), layout, Cells()) == ["007", "2", "Top: because"]
    mapping = PLATFORMS["hubspot"].upload(layout)["fileImportPage"]["columnMappings"][0]
    assert (mapping["propertyName"], mapping["columnType"]) == ("hs_object_id", "HUBSPOT_OBJECT_ID")
    first = PLATFORMS["hubspot"].upload(Layout())["fileImportPage"]["columnMappings"][0]
    assert (first["propertyName"], first["columnType"]) == ("email", "HUBSPOT_ALTERNATE_ID")


def test_csv_when_written_then_lf_quotes_and_no_mark_before_plus() -> None:
    assert as_csv(["+4411", "=1", 'say "x", y', "é"]) == '+4411,=1,"say ""x"", y",é\n'.encode()


def test_parts_when_a_limit_is_reached_then_each_file_has_the_header_and_no_row_is_lost() -> None:
    lines = [["h"], *([str(n)] for n in range(5))]
    assert list(parts(lines, 6, 100)) == [(b"h\n0\n1\n", 2), (b"h\n2\n3\n", 2), (b"h\n4\n", 1)]
    assert [rows for _, rows in parts(lines, 1000, 3)] == [3, 2]
    assert list(parts([["h"]], 1, 1)) == [(b"h\n", 0)]


TABLE = Table(
    "segment",
    "top",
    "Top",
    "Who?",
    "",
    1,
    "",
    {},
    (
        Column("customer_id", "str", "Customer"),
        Column("lift", "float", "Lift", ".2f"),
        Column("name", "str", "Name", personal=True),
        Column("topics", "str", "Topics"),
    ),
    [("a", 1e-7, "Ann Archer", "jazz"), ("b", None, "Ben", None), ("c", 3, "Cai", "x" * 300)],
)


def scored(number: float | None, type: ValueType, format: str) -> str:
    """Return how one number of a segment is written."""
    columns = (Column("customer_id", "str", "Customer"), Column("number", type, "Number", format))
    return score(replace(TABLE, columns=columns, rows=[("a", number)]), 0, columns[1])


@pytest.mark.parametrize(
    ("number", "type", "format", "written"),
    [
        (None, "float", ".2f", ""),
        (2.3456789, "float", ".2f", "2.35"),
        (12345.678, "float", ",.0f", "12346"),
        (0.123456, "float", ".1%", "0.123"),  # 12.3 %
        (1234567, "int", ",d", "1234567"),
        (100.0, "float", "", "100"),
        (0.00001234567, "float", "", "0.0000123457"),
        (-0.001, "float", ".2f", "0"),
    ],
)
def test_score_when_written_then_the_digits_that_people_read_without_separators(
    number: float | None, type: ValueType, format: str, written: str
) -> None:
    assert scored(number, type, format) == written
    assert score(TABLE, 0, None) == ""


def test_reason_when_told_then_columns_in_words_without_personal_ones_and_short_enough() -> None:
    assert [reason(TABLE, row) for row in range(3)] == ["Top: Lift 0.00, Topics jazz", "Top", "Top: Lift 3.00"]


@pytest.mark.parametrize(
    "request_",
    [
        Request("s", "google", "ok", value_column="lift"),
        Request("s", "hubspot", "ok", null="clear"),
        Request("s", "salesforce", "ok", already_hashed=True),
        Request("s", "salesforce", "ok", key="id"),
        Request("s", "google", "ok", min_size=0),
    ],
)
def test_options_when_they_do_not_fit_the_receiver_then_refused(request_: Request) -> None:
    with pytest.raises(UsageProblem):
        check_options(request_)


def test_membership_when_google_then_540_days_as_in_the_design() -> None:
    from datetime import timedelta

    days = PLATFORMS["google"].days
    assert days is not None
    assert (datetime(2026, 11, 22, tzinfo=UTC) + timedelta(days=days)).date().isoformat() == "2028-05-15"
