"""Traces of a customer in files: which files hold him, and taking him out of files of rejected rows."""

from __future__ import annotations

import csv
import html
import io
import re
import shutil
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import pyarrow
import pyarrow.parquet as parquet

from influence.errors import UsageProblem
from influence.export_register import MANIFEST as BUNDLE
from influence.export_register import ExportRegister, RegisteredFile
from influence.files import PERSONAL, abandoned, write_atomically
from influence.load.pseudonym import PseudonymKey, normal_email, normal_phone
from influence.load.rejects import HEADER

__all__ = ["FileTrace", "Person", "clean_files"]

REJECTS: Final = ".rejects.csv"
MANIFEST: Final = ".manifest.json"
PICTURE: Final = ".png"
"""Ending of files in which no text can be found."""
CUT: Final = 8
"""Fewest letters that a chart leaves of a label that is too long."""
ESCAPED: Final = re.compile(r'\\u([0-9a-fA-F]{4})|\\(["\\/bfnrt])')
BREAKS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


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
    """A file or folder of pages that held the customer, or of which nobody can tell.

    Attributes:
        path: The file or folder.
        what: What was done: `deleted`, `deleted unread` (no text can be found in it, so it may have held the customer),
            `rows removed`; that it is no longer where it was written to: `gone already` held the customer,
            `gone unread` may have; or what is left to a person: `changed since` it was written (or never noted as
            complete), `cannot be read` when it was changed and no text can be found in it, `failed` when the system
            let it be neither searched nor cleaned.
        rows: Rows that were removed from it.
        kind: Kind of file in the register, or `rejects`.
        why: Why it failed.
    """

    path: Path
    what: Literal[
        "deleted",
        "deleted unread",
        "rows removed",
        "gone already",
        "gone unread",
        "changed since",
        "cannot be read",
        "failed",
    ]
    rows: int = 0
    kind: str = ""
    why: str = ""


def clean_files(
    register: ExportRegister,
    folders: Sequence[Path],
    persons: Sequence[Person],
    exports: Collection[str],
    key: PseudonymKey,
    *,
    now: datetime,
    dry_run: bool,
) -> list[FileTrace]:
    """Remove persons from the files that were written with them.

    A report, segment or audience file that holds one is deleted with its manifest, because without the row it would
    no longer be what its manifest says; write it again. So is a folder of pages as a whole. A picture cannot be
    searched and is deleted whoever is in it. Files of rejected rows lose the rows only. What is no longer as it was
    written is left alone and named, and so is what the system does not let be read or deleted. What a killed process
    left half written beside a file goes, too.

    Args:
        register: The export register.
        folders: Further folders in which files of rejected rows are looked for.
        persons: Who.
        exports: Ids of the audience exports that they are in, according to the graph.
        key: Key of the pseudonyms, to recognise persons by a contact value.
        now: Time of the erasure.
        dry_run: Only say what would be done.

    Raises:
        UsageProblem: The register cannot be read.
    """
    traces: list[FileTrace] = []
    rejects = {path.resolve() for folder in folders for path in folder.rglob(f"*{REJECTS}")}
    known = recogniser(persons, key)
    ids = [person.id for person in persons]
    for entry in register.files():
        if entry.kind == "rejects":
            rejects.add(entry.path)
        elif all(trace.path != entry.path for trace in traces):
            with failing(entry.path, entry.kind, traces):
                if clean(entry, ids, exports, traces, dry_run=dry_run):
                    register.deleted(entry, now)
    for path in sorted(rejects):
        with failing(path, "rejects", traces):
            removed = remove_rows(path, known, dry_run=dry_run) if path.is_file() else 0
            if removed:
                traces.append(FileTrace(path, "rows removed", removed, "rejects"))
    return traces


def clean(
    entry: RegisteredFile, ids: Sequence[str], exports: Collection[str], traces: list[FileTrace], *, dry_run: bool
) -> bool:
    """Delete one entry of the register when it holds one of some ids, with what was left half written beside it.

    Returns:
        Whether the entry itself was deleted.
    """
    exported = bool(entry.export) and entry.export in exports
    for left in [*abandoned(entry.path, "part"), *abandoned(entry.path, "old")]:
        if exported or held_in(left, ids) is not False:
            if not dry_run:
                delete(left)
            traces.append(FileTrace(left, "deleted", kind=entry.kind))
    if not entry.path.exists():
        if exported:
            traces.append(FileTrace(entry.path, "gone already", kind=entry.kind))
        elif entry.kind == "pages" or (entry.sha256 and not entry.export):
            traces.append(FileTrace(entry.path, "gone unread", kind=entry.kind))
        return False
    held = exported or held_in(entry.path, ids)
    if held is False:
        return False
    whole = entry.unchanged()
    if whole and not dry_run:
        delete(entry.path)
    if held:
        traces.append(FileTrace(entry.path, "deleted" if whole else "changed since", kind=entry.kind))
    else:
        traces.append(FileTrace(entry.path, "deleted unread" if whole else "cannot be read", kind=entry.kind))
    return whole and not dry_run


@contextmanager
def failing(path: Path, kind: str, traces: list[FileTrace]) -> Iterator[None]:
    """Name a file that the system does not let be searched or cleaned, so that the others still are."""
    try:
        yield
    except OSError as error:
        traces.append(FileTrace(path, "failed", kind=kind, why=(error.strerror or "unknown reason").lower()))
    except UsageProblem as error:
        traces.append(FileTrace(path, "failed", kind=kind, why=error.message))
    except (UnicodeDecodeError, csv.Error):
        traces.append(FileTrace(path, "failed", kind=kind, why="saved anew by another program"))


def delete(path: Path) -> None:
    """Delete a file with its manifest, or a folder of pages: its manifest last, so that a cut off call can go on."""
    if not path.is_dir():
        path.unlink()
        path.with_name(path.name + MANIFEST).unlink(missing_ok=True)
        return
    for file in path.rglob("*"):
        if not file.is_dir() and file != path / BUNDLE:
            file.unlink()
    shutil.rmtree(path)


def held_in(path: Path, ids: Sequence[str]) -> bool | None:
    """Tell whether one of some ids stands in a file, or anywhere in a folder; `None` if nobody can tell by reading.

    An id counts as a whole word, in every spelling that the formats of files give it, and also where a chart has cut
    it short.
    """
    if path.is_dir():
        found = {held_in(file, ids) for file in path.rglob("*") if file.is_file()}
        return True if True in found else None if None in found else False
    if path.suffix.lower() == PICTURE:
        return None
    try:
        text = cells_of(path) if path.suffix.lower() == ".parquet" else path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pyarrow.ArrowInvalid):
        return None
    words = [rf"{re.escape(one)}(?![\w-])" for one in ids]
    words += [rf"{re.escape(one[:length].rstrip())}…" for one in ids for length in range(CUT, len(one))]
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(words)})")
    return any(pattern.search(reading) for reading in readings(text))


def cells_of(path: Path) -> str:
    """Return what a Parquet file says as one text: its description and every value that is no number or time."""
    table = parquet.read_table(path)
    described = [value.decode(errors="replace") for value in (table.schema.metadata or {}).values()]
    columns = [column for column in table.columns if not pyarrow.types.is_primitive(column.type)]
    return "\n".join([*described, *(str(value) for column in columns for value in column.to_pylist())])


def readings(text: str) -> set[str]:
    """Return a text as it stands and as CSV, HTML and JSON mean it, also one within the other."""
    found = {text}
    for read in (undoubled, html.unescape, unescaped):
        found |= {read(one) for one in found}
    return found


def undoubled(text: str) -> str:
    """Return the text of CSV with the quotes in its cells single."""
    return text.replace('""', '"')


def unescaped(text: str) -> str:
    """Return the text of JSON with its escapes resolved."""
    plain = ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else BREAKS.get(found[2], found[2]), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


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
    """Take the rows of persons out of a file of rejected rows; returns how many there were.

    Raises:
        OSError: The file cannot be read or deleted.
        UnicodeDecodeError, csv.Error: It is not as it was written: somebody saved it anew.
        UsageProblem: It cannot be written.
    """
    lines = parted(path.read_bytes().decode("utf-8-sig"), ",")
    header, rows = lines[:1], lines[1:]
    if header not in ([], [list(HEADER)]):
        raise csv.Error  # saved anew by a program with other delimiters
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
    return [cell.strip().strip('"') for delimiter in ",;\t|" for line in parted(original, delimiter) for cell in line]


def parted(text: str, delimiter: str) -> list[list[str]]:
    """Return the lines of CSV text, each as its cells, however long and with line breaks in them."""
    longest = csv.field_size_limit(sys.maxsize)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    finally:
        csv.field_size_limit(longest)
