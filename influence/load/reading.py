"""Read and check the files of a folder, each by itself, several at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Final, TypeVar

from influence.errors import DataRejected
from influence.load.contract import contract
from influence.load.history import PastFile
from influence.load.mapping import MappingFile, read_mapping
from influence.load.presets import named
from influence.load.pseudonym import PseudonymKey
from influence.load.reader import RowFile, open_rows
from influence.load.references import Inferred
from influence.load.report import FileReport, LoadOptions, LoadReport
from influence.load.sources import MAPPING_NAME, Source
from influence.load.table import Layout, Table, lay_out, read_table
from influence.progress import Progress, Task
from influence.queries.findings import closest

__all__ = ["Loading", "find_mapping", "past_sources", "read_all", "tell"]

T = TypeVar("T")
R = TypeVar("R")
READERS: Final = 2
"""Files read at a time; each holds a few blocks of text besides its columns."""
NO_ROWS_NOTE: Final = "{file} has a header and no rows: it counts as not given"


@dataclass
class Loading:
    """One file on its way."""

    source: Source
    file: RowFile
    layout: Layout
    table: Table
    report: FileReport
    inferred: Inferred


def find_mapping(folder: Path, options: LoadOptions, progress: Progress) -> tuple[MappingFile, str | None]:
    """Read the mapping that was asked for, or the one in the folder; also returns its text, if there is one."""
    path = None if options.mapping is None else named(options.mapping)
    if path is None and (folder / MAPPING_NAME).is_file():
        path = folder / MAPPING_NAME
    mapping = read_mapping(path, options.encoding)
    if options.mapping is None and path is not None and (mapping.datasets or mapping.source):
        progress.note(f"using `{path}`")
    return mapping, None if path is None else path.read_text(encoding="utf-8")


def past_sources(files: Sequence[PastFile], mapping: MappingFile) -> list[Source]:
    """Return the files of an earlier load as they were read then."""
    return [
        Source(contract(file.dataset), mapping.files(file.dataset)[file.part], file.path, file.part) for file in files
    ]


def read_all(
    sources: Sequence[Source],
    key: PseudonymKey,
    progress: Progress,
    now: datetime,
    report: LoadReport,
) -> list[Loading]:
    """Read and check every file; headers of all first, so that all that is wrong with them is said at once.

    Raises:
        DataRejected: A file cannot be read or does not fit its contract; names every such file.
    """

    def head(source: Source) -> tuple[RowFile, Layout] | DataRejected:
        try:
            file = open_rows(source.path, source.mapping.format)
            return file, lay_out(source.contract, source.mapping, file)
        except DataRejected as error:
            return error

    heads = at_once(head, sources)
    refuse_broken([found for found in heads if isinstance(found, DataRejected)])
    opened = [
        (source, *found) for source, found in zip(sources, heads, strict=True) if not isinstance(found, DataRejected)
    ]
    stop = Event()

    def body(file_of: tuple[Source, RowFile, Layout]) -> Table:
        source, file, layout = file_of
        with progress.task(f"reading {source.path.name}", total=file.size, unit="bytes") as task:
            watched = Stoppable(task, stop)
            return read_table(source.contract, source.mapping, file, layout, now=now, key=key, task=watched)

    # The largest first, so that the last seconds are not spent on one big file.
    tables = at_once(body, opened, stop, size=lambda file_of: file_of[1].size)
    notes: list[str] = []
    loadings = []
    for (source, file, layout), table in zip(opened, tables, strict=True):
        notes += ignored_columns(source, layout)
        if not table.read:
            notes.append(NO_ROWS_NOTE.format(file=f"`{source.path.name}`"))
            continue
        counts = FileReport(source.contract.dataset, source.path.name, place=file.place)
        loadings.append(Loading(source, file, layout, table, counts, {}))
    tell(report, notes, progress)
    report.files = [loading.report for loading in loadings]
    return loadings


class Stoppable:
    """A task that ends the thread that reports to it, once it is told to stop.

    Args:
        task: Told how far the work is.
        stop: Set when the work is no longer wanted.
    """

    def __init__(self, task: Task, stop: Event) -> None:
        self.task = task
        self.stop = stop

    def advance(self, amount: int = 1) -> None:
        """Pass on how far the work is.

        Raises:
            CancelledError: It is no longer wanted.
        """
        if self.stop.is_set():
            raise CancelledError
        self.task.advance(amount)


def at_once(
    work: Callable[[T], R], items: Sequence[T], stop: Event | None = None, size: Callable[[T], int] = lambda _: 0
) -> list[R]:
    """Do the same with several files at a time: Arrow lets threads work beside each other.

    Args:
        work: What to do with one.
        items: The files.
        stop: Set when one fails or the user interrupts, so that the others end soon.
        size: How much work an item is; the largest is begun first.

    Returns:
        The results, in the order of the files.
    """
    with ThreadPoolExecutor(READERS, thread_name_prefix="read") as pool:
        order = sorted(range(len(items)), key=lambda place: -size(items[place]))
        futures = {place: pool.submit(copy_context().run, work, items[place]) for place in order}
        try:
            return [futures[place].result() for place in range(len(items))]
        except BaseException:
            if stop is not None:
                stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def tell(report: LoadReport, notes: Sequence[str], progress: Progress) -> None:
    """Say what the user should know and would not ask."""
    for text in notes:
        progress.note(f"note: {text}")
    report.notes = [*report.notes, *notes]


def refuse_broken(broken: Sequence[DataRejected]) -> None:
    """Raise what is wrong with the files as one error.

    Raises:
        DataRejected: At least one file is broken.
    """
    if len(broken) == 1:
        raise broken[0]
    if broken:
        findings = []
        for error in broken:
            findings += [error.message, *(f"  {finding}" for finding in error.details.get("findings", ()))]
        raise DataRejected(
            f"{len(broken)} files cannot be loaded",
            code="contract-broken",
            hint=broken[0].hint,
            findings=findings,
            files=[error.as_dict() for error in broken],
        )


def ignored_columns(source: Source, layout: Layout) -> list[str]:
    """Return a note on the columns of a file that nobody asked for."""
    if not layout.unknown:
        return []
    missing = [name for name in source.contract.columns if name not in layout.columns]
    listed = []
    for name in layout.unknown:
        guess = closest(name, missing)
        listed.append(f"`{name}`" + (f" (did you mean `{guess}`?)" if guess else ""))
    return [f"`{source.path.name}`: ignoring {', '.join(listed)}"]
