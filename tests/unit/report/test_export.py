"""Exports: the manifest describes the file and holds no value of it."""

from __future__ import annotations

import hashlib
import json
import stat
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from influence.queries.catalogue import library
from influence.report import Column, Table
from influence.report.export import export, format_of
from influence.report.table import CUSTOMER_COLUMNS

NOT_CUSTOMERS = {"entry_id", "group_id", "line_id", "product_id", "response_id", "run_id", "topic_id"}


def test_export_when_personal_then_both_files_are_private_and_the_manifest_fits(
    answer: Table, now: datetime, tmp_path: Path
) -> None:
    path = tmp_path / "sample.csv"
    export(answer, path, "csv", now=now)
    manifest = json.loads((tmp_path / "sample.csv.manifest.json").read_text())
    assert manifest["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert manifest["rows"] == 3
    assert manifest["revision"] == 2
    assert manifest["run"] == "20261120-0210-7f3a"
    assert manifest["masked"] == ["name"]
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_export_when_written_then_the_manifest_holds_no_values(answer: Table, now: datetime, tmp_path: Path) -> None:
    table = replace(answer, params={"customer": "C-secret-7"})
    export(table, tmp_path / "x.json", "json", now=now)
    text = (tmp_path / "x.json.manifest.json").read_text()
    assert "C-secret-7" not in text
    assert "東京" not in text
    assert json.loads(text)["params"] == ["customer"]


def test_export_when_nobody_is_named_then_others_may_read(answer: Table, now: datetime, tmp_path: Path) -> None:
    table = replace(answer, columns=(Column("country", "str", "Country"),), rows=[("DE",)])
    export(table, tmp_path / "x.csv", "csv", now=now)
    assert stat.S_IMODE((tmp_path / "x.csv").stat().st_mode) & 0o400
    assert not table.personal


def test_table_when_customers_are_listed_under_another_name_then_personal(answer: Table) -> None:
    for name in CUSTOMER_COLUMNS:
        assert replace(answer, columns=(Column(name, "str", "Who"),), rows=[("c-1",)]).personal, name
    files = library()
    ids = {
        name
        for kind in ("report", "segment", "check")
        for query in map(partial(files.get, kind), files.names(kind))
        for name in query.header.columns
        if name.endswith("_id")
    }
    assert ids - NOT_CUSTOMERS <= CUSTOMER_COLUMNS, "a column of ids is of customers or is named as of something else"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.csv", "csv"), ("a.CSV", "csv"), ("a.jsonl", "ndjson"), ("a.parquet", "parquet"), ("a.txt", None), ("a", None)],
)
def test_format_of_when_ending_is_known_then_its_format(name: str, expected: str | None) -> None:
    assert format_of(Path(name)) == expected
