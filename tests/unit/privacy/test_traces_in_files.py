"""A customer is found in every kind of file that is written, and files go without their place being in doubt."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
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
    return clean_files(register, [], [Person(one) for one in customers], (), key, now=NOW, dry_run=dry_run)


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


def test_files_when_they_were_moved_or_handed_out_then_they_are_named(register: ExportRegister, tmp_path: Path) -> None:
    moved = write_atomically(tmp_path / "who.csv", content(table("nora"), "csv"))
    register.add("report", "who", [moved], now=NOW)
    moved.path.rename(tmp_path / "mine.csv")
    register.begin("report", "who", [moved.path], now=NOW)
    register.add("segment", "given", [Written(Path("download/1/given.csv"), 1, "a" * 64)], now=NOW)
    register.add("audience", "others", [Written(tmp_path / "hashes.csv", 1, "a" * 64)], now=NOW, export="e9")
    register.begin("pages", "pages", [tmp_path / "pages"], now=NOW)
    assert {(trace.path.name, trace.what) for trace in clean(register, "nora")} == {
        ("who.csv", "gone unread"),
        ("given.csv", "gone unread"),
        ("pages", "gone unread"),
    }, "the graph knows who was in an audience"


# ── what cannot be read or deleted ────────────────────────────────────────


def rejects(register: ExportRegister, tmp_path: Path, *originals: str, name: str = "customers.csv") -> Path:
    """Write rejected rows as a load does."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([("line", "column", "rule", "row"), *((2, "name", "text", one) for one in originals)])
    written = write_atomically(tmp_path / f"{name}.rejects.csv", text.getvalue())
    register.add("rejects", name, [written], now=NOW)
    return written.path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n"])
def test_rejected_rows_when_they_have_line_breaks_or_are_long_then_only_hers_go(
    register: ExportRegister, tmp_path: Path, delimiter: str, ending: str
) -> None:
    def row(customer: str, text: str) -> str:
        return delimiter.join([customer, f'"{text}"', "x"])

    others = [row("ben", f"12 High St{ending}London"), row("ann", "long" * 50_000)]
    hers = [row("nora", f"12 High St{ending}London"), row("nora", "long" * 50_000)]
    path = rejects(register, tmp_path, *others, *hers)
    assert clean(register, "nora") == [FileTrace(path, "rows removed", 2, "rejects")]
    with path.open(encoding="utf-8", newline="") as file:
        text = file.read()
    assert "nora" not in text
    assert f"12 High St{ending}London" in text and "long" * 50_000 in text


def encoding_changed(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8"), encoding="cp1252")


def delimiter_changed(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")


@pytest.mark.parametrize("saved_anew", [encoding_changed, delimiter_changed])
def test_rejected_rows_when_another_program_saved_them_then_named_and_the_rest_goes_on(
    register: ExportRegister, tmp_path: Path, saved_anew: Callable[[Path], None]
) -> None:
    path, other = rejects(register, tmp_path, "nora,café"), rejects(register, tmp_path, "nora,x", name="z.csv")
    saved_anew(path)
    before = path.read_bytes()
    assert [(trace.path, trace.what, trace.why) for trace in clean(register, "nora")] == [
        (path, "failed", "saved anew by another program"),
        (other, "rows removed", ""),
    ]
    assert path.read_bytes() == before


def test_files_when_the_system_lets_them_be_neither_read_nor_written_then_named_and_the_rest_goes_on(
    register: ExportRegister, tmp_path: Path
) -> None:
    register.add("report", "long", [Written(tmp_path / ("x" * 300), 1, "a" * 64)], now=NOW)
    stuck = write_atomically(tmp_path / "stuck.csv", content(table("nora"), "csv"))
    (tmp_path / "stuck.csv.manifest.json").mkdir()
    goes = write_atomically(tmp_path / "goes.csv", content(table("nora"), "csv"))
    register.add("report", "two", [stuck, goes], now=NOW)
    kept = rejects(register, tmp_path, "nora,x", "ben,x")
    kept = kept.rename(kept.with_name("y" * 240 + ".rejects.csv"))  # there is no room for a temporary name
    register.add("rejects", "y", [Written(kept, 1, "")], now=NOW)
    found = {trace.path.name: trace for trace in clean(register, "nora")}
    assert {name: trace.what for name, trace in found.items()} == {
        "x" * 300: "failed",
        "stuck.csv": "failed",
        "goes.csv": "deleted",
        kept.name: "failed",
    }
    assert found["x" * 300].why == "file name too long"
    assert found["stuck.csv"].why == "is a directory"
    assert not goes.path.exists()


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
    found = [FileTrace(tmp_path / "hers", "deleted", kind="pages")]
    assert clean(register, "nora", dry_run=True) == found
    assert (tmp_path / "hers" / "index.html").exists()
    assert clean(register, "nora") == found
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "home") == ["others"]


def test_pages_when_nobody_can_read_one_of_them_then_they_are_named(register: ExportRegister, tmp_path: Path) -> None:
    pages = bundle(tmp_path / "pages", "ben")
    (pages / "logo.png").write_bytes(b"\x89PNG")
    register.begin("pages", "pages", [pages], now=NOW)
    assert clean(register, "nora") == [FileTrace(pages, "cannot be read", kind="pages")]


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
