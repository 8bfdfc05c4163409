"""Reading files as text: every cell as it is written, every row with the line an editor shows."""

from __future__ import annotations

import csv
import errno
import gzip
import io
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence.errors import DataRejected, UsageProblem
from influence.load import reader
from influence.load.mapping import FileFormat
from influence.load.reader import open_rows

PLAIN = FileFormat()


def rows_of(path: Path, layout: FileFormat = PLAIN) -> tuple[list[tuple[int, tuple[str, ...]]], list[tuple[int, int]]]:
    """Return rows with their lines, and ragged rows with their line and number of cells."""
    rows: list[tuple[int, tuple[str, ...]]] = []
    ragged: list[tuple[int, int]] = []
    for block in open_rows(path, layout).blocks():
        cells = zip(*(column.to_pylist() for column in block.cells), strict=True)
        rows += zip(block.lines.tolist(), cells, strict=True)
        ragged += [(row.line, row.cells) for row in block.ragged]
    return rows, ragged


def refusal(path: Path, layout: FileFormat = PLAIN) -> DataRejected:
    with pytest.raises(DataRejected) as caught:
        open_rows(path, layout)
    assert caught.value.hint
    return caught.value


def written(folder: Path, content: bytes | str, name: str = "purchases.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs",)), max_size=8)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(
        st.one_of(
            st.lists(CELLS, min_size=3, max_size=3),
            # one cell of blanks alone is a blank line to people, which has a test of its own
            st.lists(CELLS, min_size=1, max_size=5).filter(
                lambda cells: len(cells) > 1 or cells[0].strip() == cells[0]
            ),
            st.just([]),
        ),
        max_size=12,
    ),
    terminator=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    last=st.booleans(),
    small=st.booleans(),
)
def test_cells_and_lines_are_those_python_reads(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    terminator: str,
    quoting: int,
    last: bool,
    small: bool,
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=terminator, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(["a", "b", "c"])
    for row in rows:
        writer.writerow(row)
    content = text.getvalue()
    if not last:
        content = content.removesuffix(terminator)
    path = written(tmp_path_factory.mktemp("reader"), content)

    expected: list[tuple[int, tuple[str, ...]]] = []
    expected_ragged: list[tuple[int, int]] = []
    reference = csv.reader(io.StringIO(content, newline=""))
    begins = 1
    for number, cells in enumerate(reference):
        if number and len(cells) == 3 and any(cells):
            expected.append((begins, tuple(cells)))
        elif number and len(cells) not in (0, 3):
            expected_ragged.append((begins, len(cells)))
        begins = reference.line_num + 1
    before = reader.BLOCK_BYTES
    try:
        reader.BLOCK_BYTES = 512 if small else before  # type: ignore[misc]
        found, ragged = rows_of(path)
    finally:
        reader.BLOCK_BYTES = before  # type: ignore[misc]
    assert found == expected
    assert ragged == expected_ragged


def test_blank_lines_are_no_rows_but_count_as_lines(tmp_path: Path) -> None:
    found, ragged = rows_of(written(tmp_path, "a,b\n1,2\n\n\n3,4\n\n"))
    assert found == [(2, ("1", "2")), (5, ("3", "4"))]
    assert ragged == []


def test_line_of_blanks_is_a_blank_line(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, "a,b\n1,2\n  \t\n3,4\n")) == ([(2, ("1", "2")), (4, ("3", "4"))], [])


def test_ragged_rows_behind_a_line_break_in_a_cell_have_their_own_line(tmp_path: Path) -> None:
    found, ragged = rows_of(written(tmp_path, 'a,b\n"x\ny",2\n3\n4,5\n6,7,8\n"p\r\nq",9\n10\n'))
    assert found == [(2, ("x\ny", "2")), (5, ("4", "5")), (7, ("p\r\nq", "9"))]
    assert ragged == [(4, 1), (6, 3), (9, 1)]


def test_lines_hold_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "BLOCK_BYTES", 64)
    lines = ["a,b", *(f"{n},{'only one' if n % 7 == 0 else 1}" if n % 5 else f"{n}" for n in range(2, 200))]
    found, ragged = rows_of(written(tmp_path, "\n".join(lines)))
    assert [line for line, _ in found] == [n for n in range(2, 200) if n % 5]
    assert all(cells[0] == str(line) for line, cells in found)
    assert [line for line, _ in ragged] == [n for n in range(2, 200) if n % 5 == 0]


def test_line_breaks_in_cells_hold_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "BLOCK_BYTES", 48)
    found, _ = rows_of(written(tmp_path, "a,b\n" + "".join(f'{n},"x\ny\nz"\n' for n in range(40))))
    assert found == [(2 + 3 * n, (str(n), "x\ny\nz")) for n in range(40)]


def test_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    path = written(tmp_path, b"\xef\xbb\xbfcustomer_id,name\n1,Ann\n")
    assert open_rows(path, PLAIN).header == ("customer_id", "name")
    assert rows_of(path)[0] == [(2, ("1", "Ann"))]


def test_wrong_encoding_names_byte_and_line(tmp_path: Path) -> None:
    content = "customer_id,name\n1,Ann\n2,José\n".encode("latin-1")
    error = refusal(written(tmp_path, content))
    assert error.code == "wrong-encoding"
    assert error.details["offset"] == content.index(b"\xe9")
    assert error.details["line"] == 3
    assert "--encoding cp1252" in (error.hint or "")
    assert rows_of(written(tmp_path, content), FileFormat(encoding="cp1252"))[0][1] == (3, ("2", "José"))


@pytest.mark.parametrize("piece", [1, 2, 3, 5])
@pytest.mark.parametrize("bad", [b"\xff", b"\xc3,", b"\xe2\x82,"])
def test_wrong_encoding_is_found_across_read_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int, bad: bytes
) -> None:
    content = b"a,b\n" + "é,ü\n".encode() * 20 + b"x," + bad + b"\n"
    monkeypatch.setattr(reader, "PIECE", piece)
    error = refusal(written(tmp_path, content))
    assert error.details["offset"] == content.index(b"x,") + 2
    assert error.details["line"] == 22


def test_cut_off_character_at_the_end_is_wrong_encoding(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, b"a,b\n1,\xc3")).code == "wrong-encoding"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_utf_16_is_recognised_and_can_be_read(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "a,b\n1,ü\n".encode(encoding))
    error = refusal(path)
    assert error.code == "wrong-encoding"
    assert "utf-16" in (error.hint or "")
    assert rows_of(path, FileFormat(encoding=encoding))[0] == [(2, ("1", "ü"))]


def test_empty_file_and_blank_header(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, b"")).code == "empty-file"
    assert refusal(written(tmp_path, "\n1,2\n")).code == "no-header"
    assert refusal(written(tmp_path, '"a\nb",c\n1,2\n')).code == "no-header"


@pytest.mark.parametrize("content", ["a,b", "a,b\n", "a,b\r\n", "\ufeffa,b\n"])
def test_header_alone_has_no_rows(tmp_path: Path, content: str) -> None:
    path = written(tmp_path, content)
    assert open_rows(path, PLAIN).header == ("a", "b")
    assert rows_of(path) == ([], [])


def test_repeated_columns_are_refused_whatever_their_case(tmp_path: Path) -> None:
    error = refusal(written(tmp_path, "Customer_ID, name ,customer_id,NAME\n1,2,3,4\n"))
    assert error.code == "duplicate-column"
    assert "`customer_id`, `name`" in error.message


def test_header_cells_are_trimmed(tmp_path: Path) -> None:
    assert open_rows(written(tmp_path, " a , b\n1,2\n"), PLAIN).header == ("a", "b")


@pytest.mark.parametrize(("sign", "shown"), [(";", ";"), ("\t", "\\t"), ("|", "|")])
def test_another_delimiter_is_suggested_not_used(tmp_path: Path, sign: str, shown: str) -> None:
    path = written(tmp_path, f"a{sign}b\n1{sign}2\n")
    error = refusal(path)
    assert error.code == "wrong-delimiter"
    assert f'delimiter = "{shown}"' in (error.hint or "")
    assert rows_of(path, FileFormat(delimiter=sign))[0] == [(2, ("1", "2"))]


def test_one_column_is_no_wrong_delimiter(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, "topic_id\nrock\n\npop\n"))[0] == [(2, ("rock",)), (4, ("pop",))]


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ('a,b\n1,2\n3,"4\n5,6\n', 3, "never closed"),
        ('a,b\n1,"x\ny"\n3,"4\n5,6\n', 4, "never closed"),
        ('a,b\n1,"two"three\n', 2, "behind a closing quote"),
        ('a,b\n1,"' + "x" * 140_000 + "\n2,3\n", 2, "131,072"),
    ],
)
def test_bad_quotes_name_the_line_where_the_row_begins(tmp_path: Path, content: str, line: int, says: str) -> None:
    error = refusal(written(tmp_path, content))
    assert error.code == "bad-quotes"
    assert error.details["line"] == line
    assert says in error.message


def test_quote_inside_a_plain_cell_is_text(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, 'a,b\n1,5" pipe\n2,ok\n'))[0] == [(2, ("1", '5" pipe')), (3, ("2", "ok"))]


def test_line_longer_than_a_block_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "BLOCK_BYTES", 64)
    path = written(tmp_path, "a,b\n" + "x" * 500 + ",1\n")
    with pytest.raises(DataRejected, match="line of more than"):
        rows_of(path)


def test_gzip_reads_like_the_plain_file(tmp_path: Path) -> None:
    content = b'a,b\n1,"x\ny"\n2,3\n'
    plain = rows_of(written(tmp_path, content))
    assert rows_of(written(tmp_path, gzip.compress(content), "purchases.csv.gz")) == plain


CHANGES: dict[str, Callable[[Path], object]] = {
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"9,9\n"),
    "touched": lambda path: os.utime(path, ns=(0, path.stat().st_mtime_ns + 1)),
    "replaced": lambda path: exchange(path),
    "gone": lambda path: path.unlink(),
}


def exchange(path: Path) -> None:
    """Put another file of the same size and time in the place."""
    other, times = path.with_name("other"), path.stat()
    other.write_bytes(path.read_bytes().replace(b"1", b"7"))
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ["purchases.csv", "purchases.csv.gz", "purchases.parquet"])
def test_a_file_that_changes_after_its_digest_was_taken_is_refused(tmp_path: Path, change: str, name: str) -> None:
    content = b"a,b\n1,2\n"
    path = tmp_path / name
    if path.suffix == ".parquet":
        pd.DataFrame({"a": ["1"], "b": ["2"]}).to_parquet(path)
    else:
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    file = open_rows(path, PLAIN)
    assert sum(len(block.lines) for block in file.blocks()) == sum(len(block.lines) for block in file.blocks()) == 1
    blocks = file.blocks()
    next(blocks)
    CHANGES[change](path)
    with pytest.raises(DataRejected, match=f"`{name}` was changed") as refused:
        list(blocks)
    assert refused.value.code == "file-changed"


def test_a_file_that_grows_while_its_digest_is_taken_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "a,b\n1,2\n")
    digest = reader.file_digest

    def growing(path: Path) -> str:
        found = digest(path)
        CHANGES["longer"](path)
        return found

    monkeypatch.setattr(reader, "file_digest", growing)
    with pytest.raises(DataRejected, match="was changed"):
        list(open_rows(path, PLAIN).blocks())


def test_gzip_that_only_python_unpacks_is_refused(tmp_path: Path) -> None:
    padded = written(tmp_path, gzip.compress(b"a,b\n1,2\n") + b"\0" * 512, "purchases.csv.gz")
    with pytest.raises(DataRejected) as refused:
        rows_of(padded)
    assert refused.value.code == "gzip-damaged"


@pytest.mark.parametrize("opener", ["gzip", "arrow"])
def test_a_disk_that_cannot_be_read_is_no_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opener: str) -> None:
    path = written(tmp_path, gzip.compress(b"a,b\n1,2\n"), "purchases.csv.gz")

    class Sick(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise OSError(errno.EIO, "sick")

    if opener == "gzip":
        monkeypatch.setattr(reader.gzip, "open", lambda *_: Sick())
    else:
        monkeypatch.setattr(reader.pa, "input_stream", lambda *_, **__: pa.PythonFile(Sick(), mode="r"))
    with pytest.raises(UsageProblem, match="input/output error") as refused:
        rows_of(path)
    assert refused.value.code == "file-unreadable"


@pytest.mark.parametrize("damage", ["cut", "no-gzip"])
def test_damaged_gzip_is_refused(tmp_path: Path, damage: str) -> None:
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 1000)
    content = packed[: len(packed) // 2] if damage == "cut" else b"a,b\n1,2\n"
    assert refusal(written(tmp_path, content, "purchases.csv.gz")).code == "gzip-damaged"


def test_missing_file_is_a_usage_problem(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem) as caught:
        open_rows(tmp_path / "nowhere.csv", PLAIN)
    assert caught.value.code == "file-unreadable"


def test_parquet_cells_are_the_text_a_csv_would_have(tmp_path: Path) -> None:
    path = tmp_path / "purchases.parquet"
    pd.DataFrame(
        {
            "id": [1, 2],
            "at": pd.to_datetime(["2026-01-31T10:00:00+02:00", None], utc=True),
            "ok": [True, None],
            "x": [0.5, float("nan")],
            "kind": pd.Categorical(["a", None]),
        }
    ).to_parquet(path)
    opened = open_rows(path, PLAIN)
    assert opened.place == "row"
    assert rows_of(path)[0] == [
        (1, ("1", "2026-01-31 08:00:00.000000Z", "true", "0.5", "a")),
        (2, ("2", "", "", "", "")),
    ]


def test_parquet_columns_with_dots_are_not_taken_for_parts_of_others(tmp_path: Path) -> None:
    path = tmp_path / "customers.parquet"
    columns = {"at": ["1"], "at.city": ["Ulm"], "of": [{"part": "x"}], "of.part": ["y"], "of.rest": ["z"]}
    pq.write_table(pa.table(columns), path)
    cells = [[column.to_pylist() for column in block.cells] for block in open_rows(path, PLAIN).blocks()]
    assert cells == [[["1"], ["Ulm"], [""], [""], ["z"]]], "two that have one path are both left out"
    cells = [[column.to_pylist() for column in block.cells] for block in open_rows(path, PLAIN).blocks({0})]
    assert cells == [[["1"], [""], [""], [""], [""]]]


def test_file_that_only_claims_to_be_parquet_is_refused(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, b"a,b\n1,2\n", "purchases.parquet")).code == "not-parquet"
