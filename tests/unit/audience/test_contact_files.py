"""The contact file: only an explicit yes is consent, contradictions are refused, suppression lists cannot be no-ops."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from influence.audience.contacts import Contact, Suppression, read_contacts, read_suppression
from influence.audience.hashing import sha256
from influence.errors import DataRejected, UsageProblem

WANTED = frozenset(("a", "b", "c", "007"))


def contacts(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    return path


def person(*, emails: tuple[str, ...] = (), phones: tuple[str, ...] = (), country: str = "") -> Contact:
    return Contact(True, False, emails, phones, ("", "", country, "", "", "", ""))


@pytest.mark.parametrize(
    ("word", "expected"),
    [("true", True), ("YES", True), (" 1 ", True), ("", False), ("no", False), ("maybe", False), ("y", False)],
)
def test_consent_when_read_then_only_an_explicit_yes(tmp_path: Path, word: str, expected: bool) -> None:
    path = contacts(tmp_path, f'customer_id,email,ok\na,a@x.de,"{word}"\n')
    assert read_contacts(path, "OK", WANTED).people["a"].consented is expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [(word, False) for word in ("", " ", "false", "No", "0", "'0", "0.0", "n", "F")]
    + [(word, True) for word in ("true", "yes", "1", "1.0", "y", "x", "ja", "unsubscribed", "2026-03-01", "?")],
)
def test_opted_out_when_read_then_everything_but_an_explicit_no(tmp_path: Path, word: str, expected: bool) -> None:
    path = contacts(tmp_path, f'customer_id,email,ok,opted_out\na,a@x.de,yes,"{word}"\n')
    assert read_contacts(path, "ok", WANTED).people["a"].opted_out is expected


def test_contacts_when_read_then_all_columns_of_those_who_are_wanted(tmp_path: Path) -> None:
    path = contacts(
        tmp_path,
        "Customer_ID,Email,email_2,phone,FirstName,last_name,country,ZIP,madid,ok,opted_out\n"
        "007,a@x.de,b@x.de,+491,Ann,Archer,DE,10115,dev,yes,\n"
        "stranger,z@x.de,,,,,,,,yes,\n"
        "b,,,,,,,,,yes,yes\n",
    )
    found = read_contacts(path, "ok", WANTED)
    assert sorted(found.people) == ["007", "b"]
    assert (found.emails, found.phones) == (2, 1)
    ann = found.people["007"]
    assert (ann.emails, ann.phones) == (("a@x.de", "b@x.de"), ("+491",))
    assert [ann.detail(name) for name in ("first_name", "last_name", "country", "postal_code", "device")] == [
        "Ann",
        "Archer",
        "DE",
        "10115",
        "dev",
    ]
    assert found.people["b"].opted_out


def test_contacts_when_columns_are_named_then_read_by_them(tmp_path: Path) -> None:
    path = contacts(tmp_path, "Customer ID,Mail,email,Phone,Zip,OK\n'007,a@x.de,b@x.de,'+491,'01067,yes\n")
    found = read_contacts(path, "ok", WANTED, {"customer_id": "customer id", "email": "Mail"})
    assert found.people["007"].emails == ("a@x.de",), "the column that was named, not the one with the name"
    assert found.people["007"].phones == ("+491",), "without the sign for spreadsheets"
    assert found.people["007"].detail("postal_code") == "01067"
    assert found.details == {"postal_code"}
    with pytest.raises(UsageProblem, match="no column `E-Mail`"):
        read_contacts(path, "ok", WANTED, {"customer_id": "customer id", "email": "E-Mail"})
    with pytest.raises(UsageProblem, match="`mail` is no column of a contact file"):
        read_contacts(path, "ok", WANTED, {"mail": "Mail"})


def test_contacts_when_a_name_begins_with_the_sign_of_spreadsheets_then_it_stays(tmp_path: Path) -> None:
    path = contacts(tmp_path, "customer_id,last_name,ok\na,'t Hooft,yes\n")
    assert read_contacts(path, "ok", WANTED).people["a"].detail("last_name") == "'t Hooft"


@pytest.mark.parametrize(("text", "missing"), [("id,ok\na,yes\n", "customer_id"), ("customer_id,x\na,yes\n", "ok")])
def test_contacts_when_a_column_is_missing_then_it_is_named(tmp_path: Path, text: str, missing: str) -> None:
    with pytest.raises(UsageProblem, match=f"no column `{missing}`"):
        read_contacts(contacts(tmp_path, text), "ok", WANTED)


def test_contacts_when_a_needed_column_holds_no_cells_then_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    pq.write_table(pa.table({"customer_id": ["a"], "ok": ["yes"], "email": [b"a@b.c"], "logo": [b"\xff"]}), path)
    with pytest.raises(DataRejected, match=r"a type that no cell can have: `email` \(binary\)"):
        read_contacts(path, "ok", WANTED)
    assert read_contacts(path, "ok", WANTED, {"email": "ok"}).people["a"].consented


def test_contacts_when_rows_of_one_customer_differ_then_refused_without_a_value(tmp_path: Path) -> None:
    text = "customer_id,email,ok\na,secret@x.de,yes\na,secret@x.de,yes\na,secret@x.de,no\n"
    with pytest.raises(DataRejected) as caught:
        read_contacts(contacts(tmp_path, text), "ok", WANTED)
    assert caught.value.code == "contacts-contradict"
    assert "line 4" in caught.value.message
    assert "secret" not in str(caught.value.as_dict())


def test_suppression_when_read_then_ids_and_hashes_keep_people_out(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    address, number = sha256("cloudy@gmail.com").upper(), sha256("441134960987")
    path.write_text(f"customer_id\n007\n\n{address}\n{number}\n", encoding="utf-8")
    listed = read_suppression(path)
    assert listed.names("007", person())
    assert not listed.names("7", person(emails=("other@x.de",)))
    assert listed.names("a", person(emails=("C.loudy+tag@Gmail.com",))), "hashed by Google's rule"
    assert listed.names("a", person(phones=("0113 496 0987",), country="GB")), "hashed by Meta's rule"
    assert listed.names("a", person(emails=(address.lower(),))), "hashed already"
    assert not Suppression().names("007", person())


def test_suppression_when_it_holds_plain_addresses_then_refused_without_them(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("007\nsecret@x.de\n", encoding="utf-8")
    with pytest.raises(DataRejected) as caught:
        read_suppression(path)
    assert caught.value.details["lines"] == [2]
    assert "secret" not in str(caught.value.as_dict())


def test_suppression_when_empty_or_missing_then_refused(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    with pytest.raises(UsageProblem, match="cannot read"):
        read_suppression(path)
    path.write_text("id\n", encoding="utf-8")
    with pytest.raises(DataRejected, match="lists nobody"):
        read_suppression(path)
