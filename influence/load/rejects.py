"""Rejected rows, written where a person can mend them."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from influence.files import PERSONAL, Written, unwritable, write_atomically
from influence.load.reader import RowFile
from influence.load.table import Finding

__all__ = ["rejects_path", "rejects_paths", "write_rejects"]

HEADER: Final = ("line", "column", "rule", "row")
BEGIN: Final = ",".join(HEADER).encode()


def rejects_path(path: Path, folder: Path | None) -> Path:
    """Return where the rejected rows of a file go: beside it, or into a folder."""
    return (folder or path.parent) / f"{path.name}.rejects.csv"


def rejects_paths(paths: Iterable[Path], folder: Path | None) -> dict[Path, Path]:
    """Return where the rejected rows of each file of a load go.

    In one folder, files of one name from several folders go into folders of their own: `2025/orders.csv.rejects.csv`.
    """
    files = list(dict.fromkeys(paths))
    targets = {}
    for path in files:
        homes = [other.parent.resolve() for other in files if other.name == path.name]
        if folder is None or len(homes) == 1:
            targets[path] = rejects_path(path, folder)
        else:
            own = path.parent.resolve().relative_to(os.path.commonpath(homes))
            targets[path] = rejects_path(path, folder / own)
    return targets


def write_rejects(target: Path, file: RowFile, findings: Sequence[Finding]) -> Written | None:
    """Write every broken rule of a file with the row it is in, in the order of the lines.

    A row that breaks two rules is there twice. The file is read a second time for the original rows, and only its
    owner may read the result: it holds what the input held. Without findings an older file of rejects is removed.

    Args:
        target: The file to write.
        file: The file that was read.
        findings: What was wrong.

    Returns:
        What was written, `None` without findings.

    Raises:
        UsageProblem: The target cannot be written.
    """
    if not findings:
        if is_ours(target):
            with writing(target):
                target.unlink()
        return None
    broken: dict[int, list[Finding]] = {}
    for finding in findings:
        for line in finding.lines.tolist():
            broken.setdefault(line, []).append(finding)

    def write(output: BinaryIO) -> None:
        text = io.TextIOWrapper(output, encoding="utf-8", newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(HEADER)
        for line, row in original_rows(file, np.array(sorted(broken), np.int64)):
            for finding in sorted(broken[line], key=lambda finding: (finding.column, finding.rule)):
                writer.writerow((line, finding.column, finding.rule, row))
        text.detach()

    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    return write_atomically(target, write, mode=PERSONAL)


def is_ours(target: Path) -> bool:
    """Return whether a file is one of rejected rows; what cannot be read is none."""
    try:
        with target.open("rb") as old:
            return old.readline(len(BEGIN) + 2).strip() == BEGIN
    except OSError:
        return False


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Say of an operation that fails which file could not be written."""
    try:
        yield
    except OSError as error:
        raise unwritable(target, error) from error


def original_rows(file: RowFile, lines: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Iterator[tuple[int, str]]:
    """Yield the rows at some lines, as CSV text, in the order of the lines."""
    for block in file.blocks():
        wanted = np.isin(block.lines, lines)
        rows = [(row.line, row.text.rstrip("\r\n")) for row in block.ragged if row.line in lines]
        if wanted.any():
            positions = np.flatnonzero(wanted)
            cells = [column.take(positions).to_pylist() for column in block.cells]
            texts = (as_csv(row, file.delimiter) for row in zip(*cells, strict=True))
            rows += zip(block.lines[wanted].tolist(), texts, strict=True)
        yield from sorted(rows)


def as_csv(cells: Sequence[str], delimiter: str) -> str:
    """Return cells as a row of CSV."""
    row = io.StringIO()
    csv.writer(row, delimiter=delimiter, lineterminator="\n").writerow(cells)
    return row.getvalue().removesuffix("\n")
