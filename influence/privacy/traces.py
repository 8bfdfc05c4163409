"""Traces of a customer in files: which files hold him, and taking him out of files of rejected rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pyarrow.parquet as parquet

from influence.export_register import RegisteredFile
from influence.files import PERSONAL, write_atomically
from influence.load.pseudonym import PseudonymKey, normal_email, normal_phone

__all__ = ["FileTrace", "Person", "clean_files"]

REJECTS: Final = ".rejects.csv"
MANIFEST: Final = ".manifest.json"


@dataclass(frozen=True)
class Person:
    """How a customer can be recognised in a file.

    Attributes:
        id: Id of the customer.
        email_key, phone_key: Keyed hashes of the contact values, when known.
    """

    id: str
    email_key: str | None = None
    phone_key: str | None = None


@dataclass(frozen=True)
class FileTrace:
    """A file that held the customer.

    Attributes:
        path: The file.
        what: What was done: `deleted`, `rows removed`, `gone already`, or `changed since`, which is left to a person.
        rows: Rows that were removed from it.
    """

    path: Path
    what: Literal["deleted", "rows removed", "gone already", "changed since"]
    rows: int = 0


def clean_files(
    registered: Iterable[RegisteredFile],
    folders: Sequence[Path],
    persons: Sequence[Person],
    exports: Collection[str],
    key: PseudonymKey,
    *,
    dry_run: bool,
) -> list[FileTrace]:
    """Remove persons from the files that were written with them.

    A report, segment or audience file that holds one is deleted with its manifest, because without the row it would
    no longer be what its manifest says; write it again. Files of rejected rows lose the rows only. A file that is no
    longer as it was written is left alone and named.

    Args:
        registered: Entries of the export register.
        folders: Further folders in which files of rejected rows are looked for.
        persons: Who.
        exports: Ids of the audience exports that they are in, according to the graph.
        key: Key of the pseudonyms, to recognise persons by a contact value.
        dry_run: Only say what would be done.
    """
    traces: list[FileTrace] = []
    rejects = {path.resolve() for folder in folders for path in folder.rglob(f"*{REJECTS}")}
    known = recogniser(persons, key)
    for entry in registered:
        if entry.kind == "rejects":
            rejects.add(entry.path)
        elif not entry.path.is_file():
            if entry.export in exports and entry.export:
                traces.append(FileTrace(entry.path, "gone already"))
        elif (entry.export and entry.export in exports) or holds(entry.path, {person.id for person in persons}):
            whole = entry.unchanged()
            if whole and not dry_run:
                entry.path.unlink()
                entry.path.with_name(entry.path.name + MANIFEST).unlink(missing_ok=True)
            traces.append(FileTrace(entry.path, "deleted" if whole else "changed since"))
    for path in sorted(rejects):
        removed = remove_rows(path, known, dry_run=dry_run) if path.is_file() else 0
        if removed:
            traces.append(FileTrace(path, "rows removed", removed))
    return traces


def holds(path: Path, ids: set[str]) -> bool:
    """Tell whether one of some ids stands in a file as a whole word."""
    if path.suffix == ".parquet":
        table = parquet.read_table(path)
        return any(
            not ids.isdisjoint(map(str, column.unique().to_pylist()))
            for column in table.columns
            if str(column.type) in ("string", "large_string")
        )
    words = "|".join(re.escape(one) for one in sorted(ids))
    return re.search(rf"(?<![\w-])(?:{words})(?![\w-])", path.read_text(encoding="utf-8", errors="replace")) is not None


def recogniser(persons: Sequence[Person], key: PseudonymKey) -> Callable[[str], bool]:
    """Return a test of one cell: whether it is the id or a contact value of one of the persons."""
    ids = {person.id for person in persons}
    emails = {person.email_key for person in persons} - {None}
    phones = {person.phone_key for person in persons} - {None}

    def known(cell: str) -> bool:
        text = cell.strip()
        if text in ids:
            return True
        if emails and (email := normal_email(text)) and key.pseudonyms("email", [email])[0] in emails:
            return True
        phone = normal_phone(text) if phones else None
        return phone is not None and key.pseudonyms("phone", [phone])[0] in phones

    return known


def remove_rows(path: Path, known: Callable[[str], bool], *, dry_run: bool) -> int:
    """Take the rows of persons out of a file of rejected rows; returns how many there were."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    header, rows = lines[:1], lines[1:]
    kept = [row for row in rows if not any(known(cell) for cell in cells(row))]
    if len(kept) < len(rows) and not dry_run:
        if kept:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows([*header, *kept])
            write_atomically(path, text.getvalue(), mode=PERSONAL)
        else:
            path.unlink()
    return len(rows) - len(kept)


def cells(row: Sequence[str]) -> list[str]:
    """Return the cells of the rejected row, which stands as CSV text in the last cell, whatever its delimiter."""
    original = row[-1] if row else ""
    parted = (next(csv.reader([original], delimiter=delimiter), []) for delimiter in ",;\t|")
    return [cell.strip().strip('"') for part in parted for cell in part]
