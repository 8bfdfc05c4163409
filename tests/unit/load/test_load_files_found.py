"""Which files are loaded, what a new folder holds, and how rejected rows are written."""

from __future__ import annotations

import csv
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from influence.errors import UsageProblem
from influence.load.contract import DATASETS, contract
from influence.load.mapping import FileFormat, FileMapping, MappingFile, read_mapping
from influence.load.reader import open_rows
from influence.load.rejects import rejects_path, rejects_paths, write_rejects
from influence.load.report import LoadOptions, extract_instant, share
from influence.load.scaffold import MAPPING, init_folder
from influence.load.sources import find_sources, unknown_files
from influence.load.table import Finding

NOTHING = MappingFile()


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("x\n", encoding="utf-8")


def refusal(folder: Path, mapping: MappingFile = NOTHING, only: tuple[str, ...] = ()) -> UsageProblem:
    with pytest.raises(UsageProblem) as caught:
        find_sources(folder, mapping, only)
    assert caught.value.hint
    return caught.value


# ── finding files ─────────────────────────────────────────────────────────


def test_files_come_in_the_order_of_loading(tmp_path: Path) -> None:
    touch(tmp_path, "purchases.csv", "friendships.csv.gz", "products.parquet", "customers.csv", "notes.txt")
    found = [source.contract.dataset for source in find_sources(tmp_path, NOTHING)]
    assert found == ["customers", "products", "friendships", "purchases"]


def test_only_restricts_and_a_wanted_file_must_be_there(tmp_path: Path) -> None:
    touch(tmp_path, "customers.csv", "product.csv")
    assert [source.path.name for source in find_sources(tmp_path, NOTHING, ("customers",))] == ["customers.csv"]
    assert "did you mean the file `product`?" in refusal(tmp_path, only=("products",)).message


def test_two_files_for_one_dataset_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "customers.csv", "customers.parquet")
    assert "`customers.csv` and `customers.parquet` are both there" in refusal(tmp_path).message


def test_mapped_files_may_be_elsewhere_and_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    touch(tmp_path, "orders.csv")
    mapping = MappingFile(datasets={"purchases": (FileMapping(file=tmp_path / "orders.csv"),)})
    assert find_sources(tmp_path / "in", mapping)[0].path == tmp_path / "orders.csv"
    gone = MappingFile(datasets={"purchases": (FileMapping(file=Path("gone.csv")),)})
    assert refusal(tmp_path, gone).code == "file-missing"
    odd = MappingFile(datasets={"purchases": (FileMapping(file=Path("odd.txt")),)})
    touch(tmp_path, "odd.txt")
    assert "ends in none of" in refusal(tmp_path, odd).message


def test_empty_and_missing_folders_are_explained(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nowhere").code == "folder-missing"
    touch(tmp_path, "purchase.csv")
    error = refusal(tmp_path)
    assert error.code == "nothing-to-load"
    assert "`purchase.csv` looks like `purchases`" in error.message


def test_data_files_that_are_not_loaded_are_named(tmp_path: Path) -> None:
    touch(tmp_path, "customers.csv", "freindships.csv", "budget.csv", "customers.csv.rejects.csv")
    assert unknown_files(tmp_path, find_sources(tmp_path, NOTHING)) == [
        "`budget.csv` is not loaded",
        "`freindships.csv` is not loaded; did you mean `friendships.csv`?",
    ]


# ── options ───────────────────────────────────────────────────────────────


def test_shares_and_instants() -> None:
    assert share("0.1%") == pytest.approx(0.001)
    assert share("0.05") == pytest.approx(0.05)
    assert extract_instant("2026-06-30") == datetime(2026, 6, 30, tzinfo=UTC)
    assert extract_instant("2026-06-30T02:00+02:00") == datetime(2026, 6, 30, tzinfo=UTC)
    for bad in (lambda: share("many"), lambda: extract_instant("June")):
        with pytest.raises(UsageProblem):
            bad()


@pytest.mark.parametrize(
    "wrong",
    [
        {"only": ("purchase",)},
        {"batch_size": 0},
        {"max_rejects": 2.0},
        {"sweep_max": -0.1},
        {"max_rejects": float("nan")},
    ],
)
def test_impossible_options_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageProblem):
        LoadOptions(**wrong)  # type: ignore[arg-type]


# ── a new folder ──────────────────────────────────────────────────────────


def test_new_folder_has_all_headers_and_a_mapping_that_changes_nothing(tmp_path: Path) -> None:
    written = init_folder(tmp_path / "data")
    assert {path.name for path in written} == {*(f"{name}.csv" for name in DATASETS), "mapping.toml", "README.md"}
    for name in DATASETS:
        assert open_rows(tmp_path / "data" / f"{name}.csv", FileFormat()).header == tuple(contract(name).columns)
    assert read_mapping(tmp_path / "data" / "mapping.toml").datasets == {}


def test_the_commented_mapping_is_valid_when_it_is_uncommented(tmp_path: Path) -> None:
    lines = [line.removeprefix("# ") for line in MAPPING.splitlines()[2:]]
    path = tmp_path / "mapping.toml"
    path.write_text("\n".join("" if line == "#" else line for line in lines), encoding="utf-8")
    mapping = read_mapping(path)
    assert set(mapping.datasets) == {"purchases", "customers", "follows"}
    assert mapping.source == "shop"


def test_existing_files_stay(tmp_path: Path) -> None:
    touch(tmp_path, "customers.csv")
    init_folder(tmp_path)
    assert (tmp_path / "customers.csv").read_text() == "x\n"
    with pytest.raises(UsageProblem, match="has all files"):
        init_folder(tmp_path)
    with pytest.raises(UsageProblem, match="not a folder"):
        init_folder(tmp_path / "customers.csv")
    with pytest.raises(UsageProblem, match="cannot write") as caught:
        init_folder(tmp_path / "customers.csv" / "below")
    assert caught.value.hint == "give the path of a folder where there is a file now, or move that file away"


# ── rejects ───────────────────────────────────────────────────────────────


def test_rejects_hold_the_original_rows_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text('a;b\n1;"x;\ny"\n2\n3;ok\n4;z\n', encoding="utf-8")
    file = open_rows(path, FileFormat(delimiter=";"))
    findings = [
        Finding("bad-b", "b", "is bad", np.array([2, 6], np.int64)),
        Finding("bad-a", "a", "is bad", np.array([2], np.int64)),
        Finding("ragged", "row", "has 1 cells", np.array([4], np.int64)),
    ]
    target = rejects_path(path, None)
    write_rejects(target, file, findings)
    assert target.name == "orders.csv.rejects.csv"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with target.open(encoding="utf-8", newline="") as opened:
        assert list(csv.reader(opened)) == [
            ["line", "column", "rule", "row"],
            ["2", "a", "bad-a", '1;"x;\ny"'],
            ["2", "b", "bad-b", '1;"x;\ny"'],
            ["4", "row", "ragged", "2"],
            ["6", "b", "bad-b", "4;z"],
        ]


def test_old_rejects_go_when_there_are_none_any_more(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    file = open_rows(path, FileFormat())
    target = rejects_path(path, tmp_path / "other")
    write_rejects(target, file, [Finding("x", "a", "is x", np.array([2], np.int64))])
    write_rejects(target, file, [])
    assert not target.exists()
    for strange in (b"not ours\n", b"\xff\xfe\n"):
        target.write_bytes(strange)
        write_rejects(target, file, [])
        assert target.exists()


def test_rejects_of_files_of_one_name_when_in_one_folder_then_each_has_its_own_place(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", tmp_path / "rejects"
    files = [data / "orders.csv", data / "2025" / "orders.csv", data / ".." / "data" / "a" / "b" / "orders.csv"]
    lone = data / "2025" / "lines.csv"
    for path in (*files, lone):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = rejects_paths([*files, lone, lone], folder)
    assert [str(target.relative_to(folder)) for target in found.values()] == [
        "orders.csv.rejects.csv",
        "2025/orders.csv.rejects.csv",
        "a/b/orders.csv.rejects.csv",
        "lines.csv.rejects.csv",
    ]
    assert next(iter(rejects_paths(files[1:], folder).values())) == folder / "2025" / "orders.csv.rejects.csv"
    assert list(rejects_paths(files[:1], folder).values()) == [folder / "orders.csv.rejects.csv"]
    assert list(rejects_paths(files, None).values()) == [Path(f"{path}.rejects.csv") for path in files]


def test_rejects_when_the_folder_cannot_be_made_then_the_place_is_named(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    for folder in (path, path / "below", Path(os.devnull) / "below"):
        with pytest.raises(UsageProblem, match=r"cannot write .*orders\.csv\.rejects\.csv") as refused:
            write_rejects(
                rejects_path(path, folder),
                open_rows(path, FileFormat()),
                [Finding("x", "a", "is x", np.array([2], np.int64))],
            )
        assert (refused.value.code, refused.value.exit_code) == ("output-unwritable", 2)
        assert "folder" in (refused.value.hint or "")
