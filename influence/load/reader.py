"""Read CSV and Parquet files as text, block by block, knowing the line of every row.

Nothing is inferred: every cell is text until a contract says what it is. Line numbers are those an editor shows,
also behind quoted line breaks; in a Parquet file the number of the row takes their place.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import os
import re
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from influence.errors import DataRejected, UsageProblem
from influence.files import file_digest
from influence.load.mapping import FileFormat
from influence.queries.findings import shown

__all__ = ["SUFFIXES", "Block", "Ragged", "RowFile", "family", "open_rows"]

SUFFIXES: Final = (".csv", ".csv.gz", ".parquet")
BLOCK_BYTES: Final = 8 << 20
BLOCK_ROWS: Final = 131_072
PIECE: Final = 4 << 20
MOST_COLUMNS: Final = 10_000
MOST_CHARACTERS: Final = 131_072
"""Characters of one cell: more is a missing quote, or an attack on the memory."""
LEAST_ROOM: Final = 256 << 20
MOST_EXPANSION: Final = 200
"""A packed file may become `LEAST_ROOM` bytes, or that many times its own size if that is more: tables compress twenty
times at best, a file that expands more is made to fill the memory."""
DELIMITERS: Final = {";": ";", "\t": "\\t", "|": "|", ",": ","}
LINE_BREAK: Final = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Ragged:
    """A row with more or fewer cells than the header.

    Attributes:
        line: Its line.
        cells: How many it has.
        text: The row as it stands in the file.
    """

    line: int
    cells: int
    text: str


@dataclass(frozen=True)
class Block:
    """Some consecutive rows.

    Attributes:
        lines: [n] int64, line of each row.
        cells: Text per column, in the order of the header, an arrow string array [n] each; empty cells are "".
        ragged: Rows among them that could not be cut into the columns of the header.
        size: Bytes of the file that were read for it, for progress.
    """

    lines: NDArray[np.int64]
    cells: list[pa.Array]
    ragged: tuple[Ragged, ...]
    size: int


@dataclass(frozen=True)
class RowFile:
    """A file of rows that can be read, more than once.

    Attributes:
        path: Where it is.
        header: Trimmed column names in the order of the file.
        types: Arrow types by column name for Parquet, empty for CSV.
        sha256: Digest of its bytes.
        size: Bytes.
        place: What a row's number is called: "line" or "row".
        read: Starts reading; see `blocks`.
        delimiter: Character between the cells of a CSV file.
    """

    path: Path
    header: tuple[str, ...]
    sha256: str
    size: int
    place: str
    read: Callable[[Collection[int] | None], Iterator[Block]] = field(repr=False)
    types: dict[str, pa.DataType] = field(default_factory=dict)
    delimiter: str = ","

    def blocks(self, wanted: Collection[int] | None = None) -> Iterator[Block]:
        """Yield the rows in order, and end with an error when the file was changed meanwhile.

        Args:
            wanted: Positions of the columns that are needed: of a Parquet file no other is read, and the cells of the
                others are "". Default: all; of those whose type is none that a cell can have, the cells are "".

        Raises:
            DataRejected: The file is damaged or was changed, or a wanted column has a type that no cell can have.
        """
        return self.read(wanted)


def open_rows(path: Path, layout: FileFormat) -> RowFile:
    """Open a file of rows: check what concerns the whole file and read its header.

    Args:
        path: A file whose name ends in one of `SUFFIXES`.
        layout: Encoding and delimiter of CSV files.

    Raises:
        UsageProblem: It does not exist or cannot be read.
        DataRejected: It is empty, not in the encoding, badly quoted, not Parquet, or repeats a column.
    """
    try:
        before = state_of(path)
        sha256, size = file_digest(path), path.stat().st_size
    except OSError as error:
        raise unreadable(path, error) from error
    if size == 0:
        raise broken(
            path, "empty-file", "is empty: it has not even a header", "write the header line or remove the file"
        )
    opened = open_parquet(path, sha256, size) if path.suffix == ".parquet" else open_csv(path, layout, sha256, size)
    refuse_repeated(path, opened.header)

    def read(wanted: Collection[int] | None) -> Iterator[Block]:
        yield from opened.read(wanted)
        refuse_changed(path, before)

    return replace(opened, read=read)


def state_of(path: Path) -> tuple[int, int, int]:
    """Return size, time of the last change and inode of a file: when one is another, its bytes may be others."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino


def refuse_changed(path: Path, before: tuple[int, int, int]) -> None:
    """Refuse a file that is no longer as it was before its digest was taken: its rows would be entered under another's.

    Raises:
        DataRejected: It was changed or replaced, or is gone.
    """
    try:
        same = state_of(path) == before
    except OSError:
        same = False
    if not same:
        raise broken(
            path,
            "file-changed",
            "was changed while it was read; nothing was loaded",
            "run the load again when the file is complete; better write it under another name and rename it then",
        )


def unreadable(path: Path, error: OSError) -> UsageProblem:
    """Return the error for a file that the system does not let be read."""
    return UsageProblem(
        f"cannot read `{path}`: {os.strerror(error.errno).lower() if error.errno else 'unknown reason'}",
        code="file-unreadable",
        hint="check the path, the disk, and that this user may read it",
    )


def damaged(path: Path) -> DataRejected:
    """Return the error for a packed file that cannot be unpacked."""
    return broken(path, "gzip-damaged", "is damaged: it cannot be unpacked to its end", "copy or export the file again")


def refuse_repeated(path: Path, header: tuple[str, ...]) -> None:
    """Refuse a header that has one name twice, whatever the case, or names without end.

    Raises:
        DataRejected: Names every such column.
    """
    if len(header) > MOST_COLUMNS:
        raise broken(
            path,
            "too-many-columns",
            f"has {len(header):,} columns; {MOST_COLUMNS:,} are the most",
            "check the delimiter, or export only the columns that are needed",
        )
    names = Counter(name.casefold() for name in header if name)
    twice = sorted(name for name, count in names.items() if count > 1)
    if twice:
        listed = ", ".join(f"`{name}`" for name in twice)
        raise broken(
            path, "duplicate-column", f"has these columns more than once: {listed}", "rename or remove one of each"
        )


def broken(path: Path, code: str, text: str, hint: str, **details: object) -> DataRejected:
    """Return the error for a file that cannot be read as rows."""
    return DataRejected(f"`{path.name}` {text}", code=code, hint=hint, file=path.name, **details)


# ── CSV ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Inspection:
    """What one pass over the text of a CSV file found.

    Attributes:
        header: Trimmed cells of the first line.
        may_have_rows: Whether the first line ends, so that something may follow it.
        has_quotes: Whether there is a quote anywhere, so that cells may hold delimiters and line breaks.
    """

    header: tuple[str, ...]
    may_have_rows: bool
    has_quotes: bool


def open_csv(path: Path, layout: FileFormat, sha256: str, size: int) -> RowFile:
    """Check a CSV file as a whole and prepare reading it."""
    found = inspect(path, layout)

    def read(_: Collection[int] | None) -> Iterator[Block]:
        return csv_blocks(path, layout, found) if found.may_have_rows else iter(())

    return RowFile(path, found.header, sha256, size, "line", read, delimiter=layout.delimiter)


@contextmanager
def content(path: Path) -> Iterator[BinaryIO]:
    """Open the bytes of a file, unpacked when it is compressed.

    Raises:
        DataRejected: It is damaged.
        UsageProblem: It cannot be read.
    """
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            yield file  # type: ignore[misc]
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise damaged(path) from error
    except OSError as error:
        raise unreadable(path, error) from error


def python_encoding(name: str) -> str:
    """Return the encoding that also takes a byte order mark where UTF-8 is meant."""
    return "utf-8-sig" if codecs.lookup(name).name == "utf-8" else name


def inspect(path: Path, layout: FileFormat) -> Inspection:
    """Read a CSV file once: is it in its encoding, are its quotes closed, what is its header."""
    encoding = python_encoding(layout.encoding)
    decoder = codecs.getincrementaldecoder(encoding)()
    offset, line, quotes, breaks = 0, 1, False, False
    with content(path) as file:
        start = file.read(4)
        wide = wide_encoding(start)
        if wide is not None and not codecs.lookup(layout.encoding).name.startswith(("utf-16", "utf-32")):
            text = f"is not {layout.encoding}: it starts like {wide.upper()}"
            raise broken(path, "wrong-encoding", text, f"`--encoding {wide}` reads it")
        file.seek(0)
        while piece := file.read(PIECE):
            pending = decoder.getstate()[0]
            try:
                text = decoder.decode(piece)
            except UnicodeDecodeError as error:
                before = (pending + piece)[: error.start]
                raise undecodable(
                    path, layout, offset - len(pending) + error.start, line + before.count(b"\n")
                ) from None
            except UnicodeError:  # UTF-16 and UTF-32 without the mark that says in which order their bytes stand
                raise undecodable(path, layout, offset, line) from None
            offset += len(piece)
            refuse_bomb(path, offset)
            line += piece.count(b"\n")
            quotes = quotes or '"' in text
            breaks = breaks or "\n" in text or "\r" in text
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise undecodable(path, layout, offset, line) from None
    with content(path) as file, io.TextIOWrapper(file, encoding=encoding, newline="") as text_file:
        header = read_header(path, layout, text_file)
        if quotes:
            check_quotes(path, layout, text_file)
    return Inspection(header, breaks, quotes)


class Lines:
    """The lines of a text file, for a CSV reader that would take a line or a row of any length into memory."""

    def __init__(self, path: Path, file: io.TextIOWrapper) -> None:
        self.path = path
        self.file = file
        self.characters = 0

    def __iter__(self) -> Iterator[str]:
        """Yield the lines.

        Raises:
            DataRejected: A line or row is longer than a block.
        """
        while line := self.file.readline(BLOCK_BYTES + 1):
            self.characters += len(line)
            if self.characters > BLOCK_BYTES:
                raise too_long(self.path)
            yield line

    def next_row(self) -> None:
        """Begin to count anew: a row has ended."""
        self.characters = 0


def too_long(path: Path) -> DataRejected:
    """Return the error for a row without end."""
    return broken(
        path,
        "unreadable-rows",
        f"has a line of more than {BLOCK_BYTES >> 20} MB",
        "check for a missing line break or quote; rows are lines of text",
    )


def refuse_bomb(path: Path, size: int) -> None:
    """Refuse a packed file that becomes far larger than tables do.

    Args:
        path: The file.
        size: Bytes that it has become, or will.

    Raises:
        DataRejected: It is one.
    """
    packed = path.stat().st_size
    if size > max(LEAST_ROOM, MOST_EXPANSION * packed) and not path.suffix == ".csv":
        raise broken(
            path,
            "expands-too-much",
            f"becomes more than {size >> 20:,} MB from {packed:,} bytes, which no table does",
            "if it is yours, write it as plain CSV",
        )


def wide_encoding(start: bytes) -> str | None:
    """Return the encoding of two bytes a character that a file starts like, or `None`."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(start) > 1 and 0 in start[:2]:
        return "utf-16-le" if start[1] == 0 else "utf-16-be"
    return None


def undecodable(path: Path, layout: FileFormat, offset: int, line: int) -> DataRejected:
    """Return the error for a byte that is not in the encoding."""
    other = "cp1252" if codecs.lookup(layout.encoding).name == "utf-8" else "utf-8"
    return broken(
        path,
        "wrong-encoding",
        f"is not {layout.encoding}: byte {offset:,} in line {line:,} does not belong to it",
        f"`--encoding {other}` reads the file as {other}; check a name with an accent afterwards",
        offset=offset,
        line=line,
    )


def read_header(path: Path, layout: FileFormat, file: io.TextIOWrapper) -> tuple[str, ...]:
    """Return the trimmed cells of the first line.

    Raises:
        DataRejected: It is blank, not text, goes over several lines, or was cut at the wrong sign.
    """
    reader = csv.reader(Lines(path, file), delimiter=layout.delimiter, strict=True)
    try:
        header = tuple(cell.strip() for cell in next(reader, []))
    except csv.Error:
        raise broken(path, "bad-quotes", "has a quote in its header that is not closed", "close or remove it") from None
    if any("\0" in cell for cell in header):
        raise broken(path, "wrong-encoding", "has NUL characters in its header", "`--encoding utf-16` may read it")
    if not any(header):
        raise broken(path, "no-header", "has a blank first line where the header should be", "remove the blank line")
    if reader.line_num > 1:
        raise broken(path, "no-header", "has a header that goes over several lines", "write it in one line")
    if len(header) == 1:
        for sign, shown in DELIMITERS.items():
            if sign != layout.delimiter and sign in header[0]:
                raise broken(
                    path,
                    "wrong-delimiter",
                    f"has a header of one cell; its columns seem to be separated by `{shown}`",
                    f'put `delimiter = "{shown}"` under `[defaults]` of a mapping and pass it with `--mapping`',
                )
    file.seek(0)
    return header


def check_quotes(path: Path, layout: FileFormat, file: io.TextIOWrapper) -> None:
    """Refuse a file whose quotes do not pair up: everything after such a quote would be read wrongly.

    Raises:
        DataRejected: Names the line at which the row begins.
    """
    lines = Lines(path, file)
    reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
    begins = 1
    try:
        for _ in reader:
            begins = reader.line_num + 1
            lines.next_row()
    except csv.Error as error:
        text = str(error)
        if "field larger" in text:
            what = f"a cell of more than {MOST_CHARACTERS:,} characters; a closing quote may be missing"
        elif "end of data" in text:
            what = "a quote that is never closed"
        else:
            what = "text behind a closing quote"
        raise broken(
            path,
            "bad-quotes",
            f"line {begins:,}: {what}",
            'write a quote inside a quoted cell twice: `"5"" pipe"`',
            line=begins,
        ) from None


def csv_blocks(path: Path, layout: FileFormat, found: Inspection) -> Iterator[Block]:
    """Yield the rows of a CSV file."""
    invalid: list[tuple[int, int, str]] = []

    def on_invalid(row: arrow_csv.InvalidRow) -> str:
        invalid.append((row.number, row.actual_columns, row.text))
        return "skip"

    names = [str(number) for number in range(len(found.header))]
    clock = LineClock(found.has_quotes)
    try:
        with pa.input_stream(str(path), compression="gzip" if path.suffix == ".gz" else None) as stream:
            reader = arrow_csv.open_csv(
                stream,
                arrow_csv.ReadOptions(
                    use_threads=False,
                    column_names=names,
                    skip_rows=1,
                    block_size=BLOCK_BYTES,
                    encoding=layout.encoding if codecs.lookup(layout.encoding).name != "utf-8" else "utf8",
                ),
                arrow_csv.ParseOptions(
                    delimiter=layout.delimiter,
                    newlines_in_values=found.has_quotes,
                    ignore_empty_lines=False,
                    invalid_row_handler=on_invalid,
                ),
                arrow_csv.ConvertOptions(
                    column_types={name: pa.string() for name in names}, strings_can_be_null=False, check_utf8=False
                ),
            )
            for batch in reader:
                columns = batch.columns
                lines, ragged = clock.tick(len(batch), columns, invalid)
                yield without_blank_rows(lines, columns, ragged, batch.nbytes)
            if left := clock.tick(0, [], invalid, last=True)[1]:
                yield Block(np.empty(0, np.int64), [pa.array([], pa.string()) for _ in names], left, 0)
    except pa.ArrowInvalid as error:
        raise too_long(path) from error
    except OSError as error:  # without a number it is not the system's: Arrow unpacks less than Python's gzip does
        raise unreadable(path, error) if error.errno else damaged(path) from error


class LineClock:
    """Tells the line of every row: records counted from the header on, plus the line breaks inside cells before it."""

    def __init__(self, has_quotes: bool) -> None:
        self.record = 2
        self.breaks = 0
        self.has_quotes = has_quotes

    def tick(
        self, rows: int, columns: list[pa.Array], invalid: list[tuple[int, int, str]], *, last: bool = False
    ) -> tuple[NDArray[np.int64], tuple[Ragged, ...]]:
        """Return the lines of the next rows and the ragged rows up to them, which leave the list."""
        numbers = np.fromiter((number for number, _, _ in invalid), np.int64, len(invalid))
        candidates = np.arange(self.record, self.record + rows + len(invalid), dtype=np.int64)
        records = candidates[~np.isin(candidates, numbers)][:rows]
        end = int(records[-1]) + 1 if rows else self.record
        taken = [row for row in invalid if last or row[0] < end]
        invalid[:] = [row for row in invalid if not (last or row[0] < end)]
        self.record = end
        if not self.has_quotes:
            return records, tuple(Ragged(number, cells, text) for number, cells, text in taken)
        inside = np.zeros(rows, np.int64)
        for column in columns:
            inside += (
                pc.count_substring_regex(column, LINE_BREAK.pattern).to_numpy(zero_copy_only=False).astype(np.int64)
            )
        everything = np.concatenate([records, np.array([number for number, _, _ in taken], np.int64)])
        more = np.concatenate([inside, np.array([len(LINE_BREAK.findall(text)) for _, _, text in taken], np.int64)])
        order = np.argsort(everything, kind="stable")
        before = np.empty(len(order), np.int64)
        before[order] = np.cumsum(more[order]) - more[order] + self.breaks
        self.breaks += int(more.sum())
        lines = everything + before
        ragged = (Ragged(int(line), cells, text) for line, (_, cells, text) in zip(lines[rows:], taken, strict=True))
        return lines[:rows], tuple(ragged)


def without_blank_rows(
    lines: NDArray[np.int64], columns: list[pa.Array], ragged: tuple[Ragged, ...], size: int
) -> Block:
    """Return a block without the rows that hold nothing: blank lines, and lines of delimiters alone."""
    blank = np.ones(len(lines), bool)
    for column in columns:
        blank &= pc.equal(column, "").to_numpy(zero_copy_only=False)
        if not blank.any():
            break
    kept = tuple(row for row in ragged if row.text.strip())
    if blank.any():
        keep = pa.array(~blank)
        return Block(lines[~blank], [column.filter(keep) for column in columns], kept, size)
    return Block(lines, list(columns), kept, size)


# ── Parquet ───────────────────────────────────────────────────────────────


def open_parquet(path: Path, sha256: str, size: int) -> RowFile:
    """Check a Parquet file and prepare reading it.

    Raises:
        DataRejected: It is no Parquet file.
    """
    try:
        with pq.ParquetFile(path) as file:
            schema, metadata = file.schema_arrow, file.metadata
    except (pa.ArrowInvalid, OSError) as error:
        raise broken(path, "not-parquet", "is no Parquet file", "export it again, or write CSV") from error
    names = tuple(name.strip() for name in schema.names)
    refuse_repeated(path, names)  # first: what follows looks at every column
    chunks = [
        metadata.row_group(group).column(column)
        for group in range(metadata.num_row_groups)
        for column in range(metadata.num_columns)
    ]
    refuse_bomb(path, sum(chunk.total_uncompressed_size for chunk in chunks))
    refuse_bomb(path, 8 * metadata.num_rows * (metadata.num_columns + 1))
    types = dict(zip(names, schema.types, strict=True))
    return RowFile(path, names, sha256, size, "row", lambda wanted: parquet_blocks(path, size, wanted), types)


def parquet_blocks(path: Path, size: int, wanted: Collection[int] | None) -> Iterator[Block]:
    """Yield the rows of a Parquet file, all cells as text; those of columns that are not read are empty."""
    try:
        with pq.ParquetFile(path) as file:
            places = readable_places(file)
            refuse_unreadable(path, file, sorted(set(wanted or ()) - set(places)))
            read = [position for position in places if wanted is None or position in wanted]
            leaves = [places[position] for position in read]
            total = max(1, file.metadata.num_rows)
            first, become = 1, 0
            for group in range(file.num_row_groups):
                rows = rows_at_once(path, file, group, leaves)
                for batch in file.reader.iter_batches(rows, row_groups=[group], column_indices=leaves):
                    become += batch.nbytes
                    refuse_bomb(path, become)
                    lines = np.arange(first, first + len(batch), dtype=np.int64)
                    first += len(batch)
                    cells = [pa.repeat("", len(batch))] * len(file.schema_arrow)
                    for position, column in zip(read, batch.columns, strict=True):
                        cells[position] = as_text(column)
                    yield Block(lines, cells, (), size * len(batch) // total)
    except (pa.ArrowException, OSError, MemoryError) as error:
        raise broken(path, "not-parquet", "is damaged: its rows cannot be read", "export it again") from error


def readable_places(file: pq.ParquetFile) -> dict[int, int]:
    """Return the number of the leaf of every column that has one cell a row, by the position of the column.

    The leaves of lists and structs have their place in the file, too, and by a name such as `a.b` the reading library
    would also read the leaf `b` of a struct `a`.
    """
    paths = [file.metadata.schema.column(leaf).path for leaf in range(file.metadata.num_columns)]
    times = Counter(paths)
    leaves = {path: leaf for leaf, path in enumerate(paths) if times[path] == 1}
    return {
        position: leaves[field.name]
        for position, field in enumerate(file.schema_arrow)
        if family(field.type) != "other" and field.name in leaves
    }


def refuse_unreadable(path: Path, file: pq.ParquetFile, positions: Sequence[int]) -> None:
    """Refuse a file in which needed columns hold no cells.

    Raises:
        DataRejected: Names every such column with its type.
    """
    if positions:
        fields = [file.schema_arrow.field(position) for position in positions]
        listed = ", ".join(f"`{field.name}` ({shown(str(field.type))})" for field in fields)
        raise broken(
            path,
            "column-unreadable",
            f"has needed columns of a type that no cell can have: {listed}",
            "export them as text",
        )


def rows_at_once(path: Path, file: pq.ParquetFile, group: int, leaves: Sequence[int]) -> int:
    """Return how many rows of a row group fit into memory whatever they hold.

    A dictionary, or a value that repeats the beginning of the one before it, says a long text again in a few bits.
    The dictionaries are looked at alone; of the other the most that can be is assumed.

    Args:
        path: The file.
        file: The same, open.
        group: Number of the row group.
        leaves: Columns that will be read.

    Raises:
        DataRejected: A cell is longer than any cell may be.
    """
    metadata = file.metadata.row_group(group)
    chunks = {leaf: metadata.column(leaf) for leaf in leaves}
    longest: int = sum(
        chunk.total_uncompressed_size for chunk in chunks.values() if "DELTA_BYTE_ARRAY" in chunk.encodings
    )
    packed = {
        leaf: chunk.path_in_schema
        for leaf, chunk in chunks.items()
        if chunk.has_dictionary_page and chunk.physical_type == "BYTE_ARRAY"
    }
    if packed:
        with pq.ParquetFile(path, read_dictionary=list(packed.values())) as dictionaries:
            reading = dictionaries.reader.iter_batches(1, row_groups=[group], column_indices=list(packed))
            batch = next(reading, None)
        for column in () if batch is None else batch.columns:
            if pa.types.is_dictionary(column.type) and len(column.dictionary):
                length = pc.max(pc.binary_length(column.dictionary)).as_py() or 0
                if length > 4 * MOST_CHARACTERS:
                    raise broken(
                        path,
                        "cell-too-long",
                        f"has a cell of more than {MOST_CHARACTERS:,} characters",
                        "export only the columns that are needed",
                    )
                longest += length
    return max(1, min(BLOCK_ROWS, LEAST_ROOM // max(1, longest)))


def family(kind: pa.DataType) -> str:
    """Return the family of an arrow type: string, integer, float, decimal, bool, instant or other.

    Others, such as bytes, lists and structs, are no cells and are never read.
    """
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    tests = {
        "string": (pa.types.is_string, pa.types.is_large_string, pa.types.is_null),
        "integer": (pa.types.is_integer,),
        "float": (pa.types.is_floating,),
        "decimal": (pa.types.is_decimal,),
        "bool": (pa.types.is_boolean,),
        "instant": (pa.types.is_timestamp, pa.types.is_date),
    }
    return next((name for name, fits in tests.items() if any(test(kind) for test in fits)), "other")


def as_text(column: pa.Array) -> pa.Array:
    """Return a Parquet column as the text a CSV file would have."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_null(column.type):
        return pa.repeat("", len(column))
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        column = column.cast(pa.timestamp(column.type.unit, "UTC"))
    return pc.fill_null(column.cast(pa.string()), "")
