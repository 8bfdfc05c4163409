"""A customer is found in every kind of file that is written, and files go without their place being in doubt."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from influence.export_register import ExportRegister
from influence.files import Written, write_atomically
from influence.load import PseudonymKey
from influence.pages.single import DrawnFormat, drawn
from influence.privacy.traces import FileTrace, Person, clean_files
from influence.report import Column, Computed, Picture, Table
from influence.report.formats import CsvStyle, Format, encoded

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
COLUMNS = (Column("customer_id", "str", "Customer"), Column("size", "int", "Size", ",d"))
STRANGE = (
    "plain-1",
    "a&b",
    'x"y',
    "it's",
    "<one>",
    "back\\slash",
    "café",
    "two, three",
    "=sum",
    "123e4567-e89b-12d3-a456-426614174000",
)
FORMATS = ("csv", "json", "ndjson", "parquet", "html", "svg", "spreadsheet", "ascii")


def table(*customers: str) -> Table:
    return Table(
        kind="report",
        name="example",
        title="Example",
        question="Who is it?",
        summary="An example",
        revision=1,
        checksum="0" * 64,
        params={"limit": 25},
        columns=COLUMNS,
        rows=[(customer, place + 1) for place, customer in enumerate(customers)],
        key=("customer_id",),
        computed=Computed("r1", NOW, NOW, True),
        picture=Picture("bar", "customer_id", "size"),
    )


def content(answer: Table, format: str) -> bytes:
    if format == "spreadsheet":
        return encoded(answer, "csv", CsvStyle(excel=True))
    if format == "ascii":  # as other programs write JSON
        return json.dumps(answer.rows).encode("ascii")
    if format in ("html", "svg", "png"):
        kind: DrawnFormat = "html" if format == "html" else "svg" if format == "svg" else "png"
        return drawn(answer, kind, now=NOW)
    plain: Format = "csv" if format == "csv" else "json" if format == "json" else "ndjson"
    return encoded(answer, "parquet" if format == "parquet" else plain)


@pytest.fixture
def register(tmp_path: Path) -> ExportRegister:
    return ExportRegister(tmp_path / "home")


def clean(register: ExportRegister, *customers: str, dry_run: bool = False) -> list[FileTrace]:
    key = PseudonymKey(register.path.with_name("pseudonym.key"))
    return clean_files(register.files(), [], [Person(one) for one in customers], (), key, dry_run=dry_run)


@pytest.mark.parametrize("format", FORMATS)
def test_files_when_an_id_must_be_written_differently_then_it_is_found(
    register: ExportRegister, tmp_path: Path, format: str
) -> None:
    ending = {"spreadsheet": "csv", "ascii": "json"}.get(format, format)
    for place, customer in enumerate(STRANGE):
        file = write_atomically(tmp_path / f"{place}.{ending}", content(table("ann", customer), format))
        register.add("report", "example", [file], now=NOW)
    for place, customer in enumerate(STRANGE):
        assert [trace.path.name for trace in clean(register, customer)] == [f"{place}.{ending}"], customer
        assert not (tmp_path / f"{place}.{ending}").exists()


@pytest.mark.parametrize("format", FORMATS)
def test_files_when_an_id_is_only_part_of_another_then_they_stay(
    register: ExportRegister, tmp_path: Path, format: str
) -> None:
    ending = {"spreadsheet": "csv", "ascii": "json"}.get(format, format)
    file = write_atomically(tmp_path / f"others.{ending}", content(table("nora-2", "my-nora", "noras"), format))
    register.add("report", "example", [file], now=NOW)
    assert clean(register, "nora") == []


def test_chart_when_a_long_id_is_cut_short_then_it_is_found(register: ExportRegister, tmp_path: Path) -> None:
    customer = "shop-of-the-north/customer/00000042"
    picture = content(table("ann", customer), "svg")
    assert customer.encode() not in picture and b"shop-of-the-north" in picture, "the label is cut"
    register.add("report", "example", [write_atomically(tmp_path / "one.svg", picture)], now=NOW)
    assert [trace.what for trace in clean(register, customer)] == ["deleted"]


def test_picture_when_nobody_can_tell_who_is_in_it_then_it_goes_unless_it_was_changed(
    register: ExportRegister, tmp_path: Path
) -> None:
    picture = content(table("ann"), "png")
    written = [write_atomically(tmp_path / name, picture) for name in ("as-written.png", "changed.png")]
    register.add("report", "example", written, now=NOW)
    (tmp_path / "changed.png").write_bytes(picture + b" ")
    expected = {"as-written.png": "deleted unread", "changed.png": "cannot be read"}
    assert {trace.path.name: trace.what for trace in clean(register, "nora", dry_run=True)} == expected
    assert (tmp_path / "as-written.png").exists()
    assert {trace.path.name: trace.what for trace in clean(register, "nora")} == expected
    assert [(tmp_path / name).exists() for name in expected] == [False, True]


# ── what was begun ────────────────────────────────────────────────────────


def test_register_when_a_file_was_begun_and_completed_then_it_is_there_once(
    register: ExportRegister, tmp_path: Path
) -> None:
    path = tmp_path / "who.csv"
    register.begin("report", "who", [path], now=NOW)
    register.add("report", "who", [Written(path, 1, "a" * 64)], now=NOW)
    assert [file.sha256 for file in register.files()] == ["a" * 64]
    register.begin("report", "who", [path], now=NOW)
    register.begin("report", "who", [path], now=NOW)
    assert [file.sha256 for file in register.files()] == ["a" * 64, ""]
    register.add("report", "who", [Written(path, 1, "b" * 64)], now=NOW)
    assert [file.sha256 for file in register.files()] == ["b" * 64]


def test_files_when_nobody_noted_that_they_were_completed_then_they_are_named(
    register: ExportRegister, tmp_path: Path
) -> None:
    path = tmp_path / "who.csv"
    register.begin("report", "who", [path], now=NOW)
    assert clean(register, "nora") == [], "killed before it was written"
    write_atomically(path, content(table("nora"), "csv"))
    assert clean(register, "nora") == [FileTrace(path, "changed since", kind="report")]
    assert path.exists()


def test_files_when_a_new_one_was_begun_but_not_written_then_the_earlier_one_goes(
    register: ExportRegister, tmp_path: Path
) -> None:
    earlier = write_atomically(tmp_path / "who.csv", content(table("nora"), "csv"))
    register.add("report", "who", [earlier], now=NOW)
    register.begin("report", "who", [earlier.path], now=NOW)
    half = tmp_path / ".who.csv.0123abcd.part"
    half.write_text("customer_id\nnora\n", encoding="utf-8")
    assert [(trace.path, trace.what) for trace in clean(register, "nora")] == [
        (half, "deleted"),
        (earlier.path, "deleted"),
    ]
    assert not half.exists() and not earlier.path.exists()


# ── folders of pages ──────────────────────────────────────────────────────


def bundle(folder: Path, customer: str) -> Path:
    """Write a folder as `influence report build` does: files, and a manifest with their digests."""
    folder.mkdir()
    (folder / "customers").mkdir()
    files = [
        write_atomically(folder / "index.html", "<p>ann</p>"),
        write_atomically(folder / "customers" / "one.html", f"<p>{customer}</p>"),
    ]
    listed = [{"path": file.path.relative_to(folder).as_posix(), "sha256": file.sha256} for file in files]
    (folder / "manifest.json").write_text(json.dumps({"kind": "report-bundle", "files": listed}), encoding="utf-8")
    return folder


def test_pages_when_one_holds_the_customer_then_the_whole_folder_goes(register: ExportRegister, tmp_path: Path) -> None:
    for name, customer in (("hers", "nora"), ("others", "ben")):
        register.begin("pages", name, [bundle(tmp_path / name, customer)], now=NOW)
    register.begin("pages", "gone", [tmp_path / "gone"], now=NOW)
    found = [FileTrace(tmp_path / "hers", "deleted", kind="pages")]
    assert clean(register, "nora", dry_run=True) == found
    assert (tmp_path / "hers" / "index.html").exists()
    assert clean(register, "nora") == found
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "home") == ["others"]


@pytest.mark.parametrize("change", ["a file was added", "a page was changed", "no manifest", "another manifest"])
def test_pages_when_they_are_not_as_they_were_built_then_they_are_named_and_stay(
    register: ExportRegister, tmp_path: Path, change: str
) -> None:
    pages = bundle(tmp_path / "pages", "nora")
    register.begin("pages", "pages", [pages], now=NOW)
    match change:
        case "a file was added":
            (pages / "customers" / "notes.txt").write_text("mine", encoding="utf-8")
        case "a page was changed":
            (pages / "index.html").write_text("mine", encoding="utf-8")
        case "no manifest":
            (pages / "manifest.json").unlink()
        case _:
            (pages / "manifest.json").write_text('{"files": [{"name": "x"}]}', encoding="utf-8")
    assert clean(register, "nora") == [FileTrace(pages, "changed since", kind="pages")]
    assert (pages / "customers" / "one.html").exists()


def test_pages_when_erasing_was_cut_off_or_a_build_killed_then_the_rest_goes(
    register: ExportRegister, tmp_path: Path
) -> None:
    pages = bundle(tmp_path / "pages", "nora")
    (pages / "index.html").unlink()
    half = bundle(tmp_path / ".pages.0123abcd.part", "nora")
    other = bundle(tmp_path / ".pages.4567cdef.part", "ben")
    register.begin("pages", "pages", [pages], now=NOW)
    assert {trace.path for trace in clean(register, "nora")} == {half, pages}
    assert [path.exists() for path in (pages, half, other)] == [False, False, True]


def test_traces_when_a_parameter_names_the_customer_then_the_file_is_found(
    register: ExportRegister, tmp_path: Path
) -> None:
    asked = replace(table("ann"), params={"customer": "nora"})
    for ending in ("json", "parquet", "html"):
        file = write_atomically(tmp_path / f"one.{ending}", content(asked, ending))
        register.add("report", "example", [file], now=NOW)
    assert len(clean(register, "nora")) == 3
