"""Files and mappings made to fill the memory, to hang, or to end in an error nobody meant: refused, at a bounded cost."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from influence.errors import ConfigError, DataRejected, UsageProblem
from influence.load.mapping import FileFormat, read_mapping
from influence.load.reader import open_rows, rows_at_once
from influence.load.sources import find_sources

MIB = 1 << 20
LONG = 100 * MIB
ROOM = 160 * MIB  # what reading any of the files may take, all libraries loaded; the long ones are of 100 MiB


def filled(head: bytes, fill: bytes, tail: bytes = b"") -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.write(head)
            for _ in range(LONG // MIB):
                file.write(fill * (MIB // len(fill)))
            file.write(tail)

    return write


def packed_rows(path: Path) -> None:
    with gzip.open(path, "wb", compresslevel=6) as file:
        file.write(b"customer_id\n")
        for _ in range(300):
            file.write(b"1,\n" * (MIB // 3))


def one_cell_a_million_times(path: Path) -> None:
    cells = pa.DictionaryArray.from_arrays(pa.array(np.zeros(1_000_000, np.int32)), pa.array(["x" * (4 * MIB)]))
    pq.write_table(pa.table({"customer_id": cells}), path, compression="zstd")


def rows_without_end(path: Path) -> None:
    cells = pa.DictionaryArray.from_arrays(pa.array(np.zeros(25_000_000, np.int32)), pa.array(["a"]))
    pq.write_table(pa.table({"customer_id": cells}), path, compression="zstd")


def beginnings(path: Path) -> None:
    """Values that each repeat the one before, which takes a few bytes whatever their length."""
    cells = pa.array(["x" * (2 * MIB)] * 30)
    table = pa.table({"customer_id": cells})
    coded = {"customer_id": "DELTA_BYTE_ARRAY"}
    pq.write_table(table, path, use_dictionary=False, column_encoding=coded, compression="zstd")


def large_text_a_million_times(path: Path) -> None:
    long = pa.array(["x" * (4 * MIB)], pa.large_string())
    cells = pa.DictionaryArray.from_arrays(pa.array(np.zeros(1_000_000, np.int32)), long)
    pq.write_table(pa.table({"customer_id": cells}), path, compression="zstd")


def bytes_without_end(path: Path) -> None:
    """A few kB that become 120 GB when columns are read that hold no cells."""
    coded = pa.DictionaryArray.from_arrays(pa.array(np.zeros(100_000, np.int32)), pa.array([b"x" * 300_000]))
    large = pa.DictionaryArray.from_arrays(coded.indices, coded.dictionary.cast(pa.large_binary()))
    inside = pa.DictionaryArray.from_arrays(coded.indices, pa.array(["x" * 300_000]))
    columns = {
        "customer_id": pa.repeat("1", 100_000),
        "bytes": coded,
        "large": large,
        "struct": pa.StructArray.from_arrays([inside], ["text"]),
        "list": pa.ListArray.from_arrays(pa.array(np.arange(100_001, dtype=np.int32)), inside),
    }
    pq.write_table(pa.table(columns), path, compression="zstd", store_schema=False)


def nulls_without_end(path: Path) -> None:
    """One row with a list of nothing."""
    nothing = pa.nulls(30_000_000, pa.int64())
    lists = pa.ListArray.from_arrays(pa.array([0, len(nothing)], pa.int32()), nothing)
    pq.write_table(pa.table({"customer_id": ["1"], "notes": lists}), path, compression="zstd")


def a_million_columns(path: Path) -> None:
    path.write_text(",".join(["customer_id", *(f"c{number}" for number in range(10**6))]) + "\n1\n")


ATTACKS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "line.csv": ("unreadable-rows", filled(b"customer_id\n", b"x")),
    "header.csv": ("unreadable-rows", filled(b"", b"x")),
    "header-cells.csv": ("unreadable-rows", filled(b"customer_id", b",abc")),
    "quoted.csv": ("unreadable-rows", filled(b'customer_id\n"', b"x", b'"\n')),
    "row.csv": ("unreadable-rows", filled(b"customer_id\n1", b',"a\nb"', b"\n")),
    "columns.csv": ("too-many-columns", a_million_columns),
    "bomb.csv.gz": ("expands-too-much", packed_rows),
    "cell.parquet": ("cell-too-long", one_cell_a_million_times),
    "large.parquet": ("cell-too-long", large_text_a_million_times),
    "rows.parquet": ("expands-too-much", rows_without_end),
    "bytes.parquet": ("read", bytes_without_end),
    "nulls.parquet": ("read", nulls_without_end),
}

READ = """
import json, resource, sys
from pathlib import Path
from influence.errors import DataRejected
from influence.load.mapping import FileFormat
from influence.load.reader import open_rows
found = {}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name in sys.argv[2:]:
    try:
        for block in open_rows(Path(sys.argv[1]) / name, FileFormat()).blocks():
            pass
        found[name] = "read"
    except DataRejected as error:
        found[name] = error.code
    if name == sys.argv[2]:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # arrow is warm now
found["peak"] = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
print(json.dumps(found))
"""


def test_files_when_made_to_fill_the_memory_then_refused_with_little(tmp_path: Path) -> None:
    (tmp_path / "warm.csv").write_text("customer_id\n1\n")
    for name, (_, write) in ATTACKS.items():
        write(tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path), "warm.csv", *ATTACKS], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    peak = found.pop("peak")
    assert found == {"warm.csv": "read"} | {name: code for name, (code, _) in ATTACKS.items()}
    assert peak < ROOM, f"{peak / MIB:.0f} MiB"


def test_parquet_when_values_repeat_their_beginning_then_few_are_taken_at_once(tmp_path: Path) -> None:
    path = tmp_path / "beginnings.parquet"
    beginnings(path)
    assert path.stat().st_size < MIB
    blocks = [len(block.lines) for block in open_rows(path, FileFormat()).blocks()]
    assert sum(blocks) == 30
    assert max(blocks) * 2 * MIB <= 256 * MIB


def test_parquet_when_many_columns_repeat_long_texts_then_few_rows_are_taken_at_once(tmp_path: Path) -> None:
    path = tmp_path / "texts.parquet"
    cells = pa.DictionaryArray.from_arrays(pa.array(np.zeros(2_000, np.int32)), pa.array(["x" * 500_000]))
    pq.write_table(pa.table({f"c{number}": cells for number in range(16)}), path, compression="zstd")
    with pq.ParquetFile(path) as file:
        assert rows_at_once(path, file, 0, range(16)) * 16 * 500_000 <= 256 * MIB
        assert rows_at_once(path, file, 0, [3]) * 500_000 > 200 * MIB, "of columns that are not read nothing counts"


def test_packed_file_when_an_honest_one_then_read(tmp_path: Path) -> None:
    """Countries and round numbers pack well, too: the limit must not refuse them."""
    rows = 200_000
    ids = [f"C{number:07}" for number in range(rows)]
    table = pa.table({"customer_id": ids, "country": ["DE"] * rows, "note": ["none" * 50] * rows})
    pq.write_table(table, tmp_path / "a.parquet", compression="zstd")
    with gzip.open(tmp_path / "a.csv.gz", "wt") as file:
        file.write("customer_id,country\n" + "".join(f"{one},DE\n" for one in ids))
    for name in ("a.parquet", "a.csv.gz"):
        assert sum(len(block.lines) for block in open_rows(tmp_path / name, FileFormat()).blocks()) == rows


@pytest.mark.parametrize("content", [b"\xff\xfeid\n", b"id\0,name\n1,2\n", b'"id\n', b"\n\n", b"a,A\n1,2\n", b"\x00"])
def test_header_when_broken_then_refused_as_data(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(DataRejected):
        open_rows(tmp_path / "a.csv", FileFormat())


@pytest.mark.parametrize(
    "name", ["zlib", "bz2", "hex", "base64", "rot13", "uu", "unicode_escape", "raw_unicode_escape", "punycode", "idna",
             "undefined", "utf-7", "\0", "x" * 10_000],
)  # fmt: skip
def test_encoding_when_it_is_none_of_files_then_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "m.toml").write_text(f"[defaults]\nencoding = {json.dumps(name)}\n")
    with pytest.raises(ConfigError):
        read_mapping(tmp_path / "m.toml")


@pytest.mark.parametrize("name", ["utf-16", "utf-32", "utf-16-be", "utf-8", "cp1252", "cp037", "shift_jis", "gb18030"])
def test_encoding_when_the_wrong_one_then_refused_as_data(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.csv").write_bytes(b"customer_id,name\n1,\x81\xfe\xff\n\x80")
    layout = FileFormat(encoding=name)
    try:
        rows = sum(len(block.lines) for block in open_rows(tmp_path / "a.csv", layout).blocks())
    except DataRejected as error:
        assert error.hint
    else:
        assert rows <= 2


HOSTILE_MAPPINGS = [
    '[defaults]\ndelimiter = "\\n"',
    "[defaults]\ndelimiter = '\"'",
    '[defaults]\ndelimiter = "\\u0000"',
    '[defaults]\nthousands = "1"',
    '[defaults]\nthousands = "-"',
    '[defaults]\ntimezone = "../../etc/passwd"',
    "x = " + "[" * 5_000 + "]" * 5_000,
    'source = "x\') DETACH DELETE n //"',
    'source = "x`y"',
    'source = "' + "a" * 61 + '"',
    'source = {a = "b"}',
    '[customers.columns]\n"id`}) DETACH DELETE n //" = "a"',
    '[customers]\nconstants = {"x` = 1 //" = "a"}',
    '["Customer`) DETACH DELETE n //"]\nfile = "a.csv"',
    "[customers.columns]\njoined_at = {column = 'a', format = '%Q'}",
]


@pytest.mark.parametrize("text", HOSTILE_MAPPINGS)
def test_mapping_when_hostile_then_refused_as_configuration(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.toml").write_text(text)
    with pytest.raises(ConfigError):
        read_mapping(tmp_path / "m.toml")


@pytest.mark.parametrize("file", ["/etc/passwd", "../../../../etc/passwd", "/proc/self/environ", "a\\u0000.csv", "."])
def test_mapping_when_it_names_a_file_of_the_system_then_not_read(tmp_path: Path, file: str) -> None:
    (tmp_path / "mapping.toml").write_text(f'[customers]\nfile = "{file}"\n')
    with pytest.raises(UsageProblem):
        find_sources(tmp_path, read_mapping(tmp_path / "mapping.toml"))
