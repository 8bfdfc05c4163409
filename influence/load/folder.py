"""A dataset folder into the graph: validate everything, then write it, so that bad data are found before any write."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from influence.errors import DataRejected, UsageProblem
from influence.export_register import ExportRegister
from influence.graph import Graph
from influence.load.bulk import choose_way, import_rows
from influence.load.contract import Contract, contract
from influence.load.erased import ERASED, reject_erased
from influence.load.history import PastFile, PastLoad, keep_history, note, uncovered_files
from influence.load.ledger import FileState, batches_of, contract_checksum, data_version, file_key, file_state
from influence.load.mapping import MappingFile, read_mapping
from influence.load.presets import named
from influence.load.pseudonym import PseudonymKey
from influence.load.reader import RowFile, open_rows
from influence.load.references import Inferred, reject_cycles, resolve_references
from influence.load.rejects import rejects_path, write_rejects
from influence.load.report import BrokenRule, FileReport, LoadOptions, LoadReport
from influence.load.sources import MAPPING_NAME, Source, find_sources, unknown_files
from influence.load.sweep import Extract, count_vanished, sweep
from influence.load.table import Finding, Layout, Table, lay_out, read_table
from influence.load.writer import TieHistory, Writer
from influence.progress import Progress, Task
from influence.queries import saved_text
from influence.queries.findings import closest
from influence.runs import Lease, hold_lease
from influence.schema import apply_schema
from influence.telemetry import under_way

if TYPE_CHECKING:
    from influence.server import LocalServer

__all__ = ["load_folder"]

T = TypeVar("T")
R = TypeVar("R")
READERS: Final = 2
"""Files read at a time; each holds a few blocks of text besides its columns."""
DEFAULT_SOURCE: Final = "main"
LISTED: Final = 20
"""Broken rules that an error lists; all are in its details."""
NODE_DATASETS_NOTE: Final = "{file} has a header and no rows: it counts as not given"


@dataclass
class Loading:
    """One file on its way."""

    source: Source
    file: RowFile
    layout: Layout
    table: Table
    report: FileReport
    inferred: Inferred


def load_folder(
    graph: Graph,
    folder: Path,
    options: LoadOptions,
    key: PseudonymKey,
    progress: Progress,
    now: datetime,
    *,
    run_id: str = "",
    held: Lease | None = None,
    server: LocalServer | None = None,
    files: Sequence[PastFile] | None = None,
) -> LoadReport:
    """Load a dataset folder.

    All files are read and checked first; only then are they written, nodes before relationships, in batches that
    carry their ledger entry. A load that was interrupted is completed by running it again, and a file that is in the
    graph already is not written a second time.

    Args:
        graph: The database.
        folder: The dataset folder.
        options: How to load.
        key: Key of the pseudonyms of contact values.
        progress: Where to report.
        now: Instant of the load; instants in the data may not be later.
        run_id: Id of the load; default: a new one.
        held: A lease that the caller holds already, such as a job.
        server: The local server, if it runs the database: into an empty one, many rows go through its importer.
        files: Exactly these files of an earlier load, wherever they are, instead of those in the folder.

    Returns:
        What was done, row by row accounted for.

    Raises:
        UsageProblem: The folder, a file or an option is wrong.
        ConfigError: The mapping or the pseudonym key is wrong.
        DataRejected: A file breaks its contract, has bad rows or too many of them (nothing was written), or a sweep
            would go too far (the new rows are written).
        AlreadyRunning: Another load or compute is under way.
        LeaseLost: Another run took over; what was written stays, and the load can be resumed.
    """
    began = time.monotonic()
    if options.as_of is not None and options.as_of > now:
        raise UsageProblem(
            "the files cannot have been extracted in the future", code="bad-option", hint="check the date of `--as-of`"
        )
    run_id = run_id or f"load-{now:%Y%m%dT%H%M%S}-{uuid4().hex[:4]}"
    mapping, text = find_mapping(folder, options, progress)
    source = options.source or mapping.source or DEFAULT_SOURCE
    report = LoadReport(run_id, source, options.as_of or now, options.dry_run)
    sources = find_sources(folder, mapping, options.only) if files is None else past_sources(files, mapping)
    loadings = read_all(sources, options, key, progress, now, report)
    if files is None and not options.only:
        tell(report, unknown_files(folder, sources), progress)
    if options.dry_run:
        judge(graph, loadings, options, key, now, report)
        report.data_version = data_version(graph)
    else:
        apply_schema(graph)
        own = hold_lease(graph, run_id, home=options.home, purpose="load", held=held)
        with own as lease, under_way("influence.load", load_id=run_id):
            judge(graph, loadings, options, key, now, report)
            version = data_version(graph)
            writer = Writer(graph, lease, source, now)
            if choose_way(graph, server, loadings, options, progress) and server is not None:
                import_all(writer, server, loadings, options, report, progress)
            else:
                write_all(writer, loadings, options, report, progress)
            report.data_version = data_version(graph)
            past = past_load(report, loadings, options, text, now)
            if report.data_version != version or uncovered_by_history(graph, past):
                lease.write(partial(note, event=past), "load-history-add")
                if options.home is not None:
                    keep_history(graph, key, options.home)
    for loading in loadings:
        loading.report.account()
    report.seconds = time.monotonic() - began
    return report


# ── reading ───────────────────────────────────────────────────────────────


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
    options: LoadOptions,
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

    tables = at_once(body, opened, stop)
    notes: list[str] = []
    loadings = []
    for (source, file, layout), table in zip(opened, tables, strict=True):
        notes += ignored_columns(source, layout)
        if not table.read:
            notes.append(NODE_DATASETS_NOTE.format(file=f"`{source.path.name}`"))
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


def at_once(work: Callable[[T], R], items: Sequence[T], stop: Event | None = None) -> list[R]:
    """Do the same with several files at a time: Arrow lets threads work beside each other.

    Args:
        work: What to do with one.
        items: The files.
        stop: Set when one fails or the user interrupts, so that the others end soon.

    Returns:
        The results, in the order of the files.
    """
    with ThreadPoolExecutor(READERS, thread_name_prefix="read") as pool:
        futures = [pool.submit(copy_context().run, work, item) for item in items]
        try:
            return [future.result() for future in futures]
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


# ── judging ───────────────────────────────────────────────────────────────


def judge(
    graph: Graph,
    loadings: Sequence[Loading],
    options: LoadOptions,
    key: PseudonymKey,
    now: datetime,
    report: LoadReport,
) -> None:
    """Check the files against each other and the graph, count, write rejects, and refuse what is too bad.

    In a dry run the refusal goes into the report instead.

    Raises:
        DataRejected: There are bad rows, or more than the limit.
    """
    tables = [loading.table for loading in loadings]
    sources = [loading.source for loading in loadings]
    reject_erased(graph, key, tables)
    inferred = resolve_references(graph, sources, tables, extracts=options.sweep)
    reject_cycles(graph, tables)
    for loading, own in zip(loadings, inferred, strict=True):
        table, counts = loading.table, loading.report
        loading.inferred = own
        counts.read = table.read
        counts.duplicate = table.duplicates
        counts.rejected = table.rejected
        counts.loaded = int(table.good.sum())
        counts.inferred = {dataset: len(ids) for dataset, ids in own.items()}
        counts.rules = broken_rules(table)
    if options.bad_rows == "reject":
        keep_rejects(loadings, options, now)
    refusal = refusal_of(loadings, options)
    if refusal is not None and not options.dry_run:
        raise refusal
    report.refusal = refusal


def keep_rejects(loadings: Sequence[Loading], options: LoadOptions, now: datetime) -> None:
    """Write the rejected rows of every file; those of a file that holds several datasets go into one."""
    for path in dict.fromkeys(loading.source.path for loading in loadings):
        target = rejects_path(path, options.rejects_dir)
        same = [loading for loading in loadings if loading.source.path == path]
        findings = [finding for loading in same for finding in without_erased(loading.table.findings)]
        written = write_rejects(target, same[0].file, findings)
        if written is not None and options.home is not None:
            ExportRegister(options.home).add("rejects", path.name, [written], now=now)
        for loading in same:
            loading.report.rejects = target if without_erased(loading.table.findings) else None


def without_erased(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings on rows of customers who were not erased: a row of an erased one is kept nowhere."""
    gone = [finding.lines for finding in findings if finding.rule == ERASED]
    if not gone:
        return list(findings)
    lines = np.concatenate(gone)
    kept = (replace(one, lines=one.lines[~np.isin(one.lines, lines)]) for one in findings if one.rule != ERASED)
    return [finding for finding in kept if len(finding.lines)]


def faulty(loading: Loading) -> int:
    """Return the number of rejected rows that are a fault of the file: those of erased customers are none."""
    erased = {line for one in loading.table.findings if one.rule == ERASED for line in one.lines.tolist()}
    return loading.report.rejected - len(erased)


def broken_rules(table: Table) -> tuple[BrokenRule, ...]:
    """Return the broken rules of a file, in the order of the lines."""
    rules = [
        BrokenRule(
            finding.rule, finding.column, finding.text, len(finding.lines), tuple(np.sort(finding.lines)[:5].tolist())
        )
        for finding in table.findings
    ]
    return tuple(sorted(rules, key=lambda rule: (rule.lines, rule.column)))


def refusal_of(loadings: Sequence[Loading], options: LoadOptions) -> DataRejected | None:
    """Return the error for the bad rows of all files, or `None` when the load may go on."""
    if options.bad_rows == "error":
        bad = [loading.report for loading in loadings if faulty(loading)]
        if not bad:
            return None
        rows = sum(report.rejected for report in bad)
        sentences = [sentence(report, rule) for report in bad for rule in report.rules if rule.rule != ERASED]
        names = ", ".join(f"`{rejects_path(Path(report.file), None)}`" for report in bad)
        return DataRejected(
            f"{sentences[0]}; nothing was loaded"
            if len(sentences) == 1
            else f"{rows:,} bad rows in {len(bad)} of {len(loadings)} files; nothing was loaded",
            code="bad-rows",
            hint=f"`--bad-rows reject` writes such rows to {names} and carries on",
            findings=[] if len(sentences) == 1 else shortened(sentences),
            files=[{"file": report.file, "rejected": report.rejected, "read": report.read} for report in bad],
        )
    over = [loading.report for loading in loadings if faulty(loading) > options.max_rejects * loading.report.read]
    if not over:
        return None
    worst = max(report.rejected / report.read for report in over)
    listed = "; ".join(
        f"`{report.file}`: {report.rejected:,} of {report.read:,} rows ({report.rejected / report.read:.2%})"
        for report in over
    )
    return DataRejected(
        f"more than {options.max_rejects:.2%} of the rows are bad in {listed}; nothing was loaded",
        code="too-many-rejects",
        hint=f"see {', '.join(f'`{report.rejects}`' for report in over)}; `--max-rejects {worst * 100 + 0.005:.2f}%` "
        "would let them pass",
        findings=shortened([sentence(report, rule) for report in over for rule in report.rules]),
        files=[{"file": report.file, "rejected": report.rejected, "read": report.read} for report in over],
    )


def sentence(report: FileReport, rule: BrokenRule) -> str:
    """Return what is wrong as a sentence with file, line and column."""
    subject = "" if rule.column == "row" else f"`{rule.column}` "
    more = f" (and {rule.rows - 1:,} more)" if rule.rows > 1 else ""
    return f"`{report.file}` {report.place} {rule.lines[0]:,}{more}: {subject}{rule.text}"


def shortened(sentences: list[str]) -> list[str]:
    """Return the first sentences and how many there are more."""
    if len(sentences) <= LISTED:
        return sentences
    return [*sentences[:LISTED], f"and {len(sentences) - LISTED} more"]


# ── writing ───────────────────────────────────────────────────────────────


def write_all(
    writer: Writer, loadings: Sequence[Loading], options: LoadOptions, report: LoadReport, progress: Progress
) -> None:
    """Write every file, sweep what vanished if asked, mark first purchases."""
    keys = [file_key(loading.source, loading.file.sha256, report.source) for loading in loadings]
    stamped: list[tuple[Loading, str]] = []
    unfinished: list[tuple[Loading, FileState]] = []
    for loading in loadings:
        state = file_state(
            writer.graph,
            loading.source,
            loading.file.sha256,
            name=report.source,
            keys=keys,
            run_id=report.run_id,
            batch_size=options.batch_size,
            restart=options.restart,
        )
        state = write_file(writer, loading, state, options, report, progress)
        stamped.append((loading, state.stamp))
        if not state.complete:
            if loading.report.dataset == "purchases":
                unfinished.append((loading, state))
            else:
                close_file(writer, loading, state.key)
    sweep_vanished(writer, stamped, keys, options, report)
    if unfinished:
        report.first_marks = mark_buyers(writer, [loading for loading, _ in unfinished], progress)
        for loading, state in unfinished:
            close_file(writer, loading, state.key)


def import_all(
    writer: Writer,
    server: LocalServer,
    loadings: Sequence[Loading],
    options: LoadOptions,
    report: LoadReport,
    progress: Progress,
) -> None:
    """Bring every file into an empty graph at once; what remains to be done is what batches end with, too."""
    keys = [file_key(loading.source, loading.file.sha256, report.source) for loading in loadings]
    report.first_marks = import_rows(
        writer.graph, server, writer.lease, loadings, options, report.run_id, report.source, writer.now, progress
    )
    for loading in loadings:
        loading.report.created = loading.report.loaded
    sweep_vanished(writer, [(loading, report.run_id) for loading in loadings], keys, options, report)
    for loading, key in zip(loadings, keys, strict=True):
        close_file(writer, loading, key)


def sweep_vanished(
    writer: Writer,
    stamped: Sequence[tuple[Loading, str]],
    keys: list[str],
    options: LoadOptions,
    report: LoadReport,
) -> None:
    """Sweep what the files no longer hold, if asked.

    Args:
        writer: Where to write.
        stamped: The files, each with the run id that its rows carry.
        keys: Keys of the files in the ledger.
        options: Whether and how far.
        report: Told what was swept.
    """
    if not options.sweep:
        return
    stamps: dict[str, list[str]] = {}
    for loading, stamp in stamped:
        stamps.setdefault(loading.report.dataset, []).append(stamp)
    contracts = {loading.report.dataset: loading.source.contract for loading, _ in stamped}
    extracts = [Extract(contracts[dataset], tuple(own)) for dataset, own in stamps.items()]
    report.sweeps = count_vanished(
        writer.graph, extracts, source=report.source, as_of=report.as_of, limit=options.sweep_max
    )
    sweep(writer, extracts, report.sweeps, keys=keys, as_of=report.as_of, batch_size=options.batch_size)


def write_file(
    writer: Writer, loading: Loading, state: FileState, options: LoadOptions, report: LoadReport, progress: Progress
) -> FileState:
    """Write the batches of one file that the graph does not have; returns what its rows are stamped with."""
    table, counts = loading.table, loading.report
    counts.loaded = 0
    if state.complete:
        if state.done == {batch.number: batch.digest for batch in batches_of(table, state.batch_size)}:
            counts.unchanged = counts.loaded = int(table.good.sum())
            counts.inferred = {}
            return state
        state = replace(state, stamp=report.run_id, fresh=True, done={}, complete=False)
    if state.fresh:
        writer.record("load-ledger-forget", {"key": state.key})
    batches = -(-int(table.good.sum()) // options.batch_size)
    entry = {
        "dataset": counts.dataset,
        "name": counts.file,
        "sha256": loading.file.sha256,
        "part": loading.source.part,
        "batch_size": options.batch_size,
        "batches": batches,
        "contract": contract_checksum(loading.source),
        "stamp": state.stamp,
        "as_of": options.as_of,
        "read": counts.read,
        **({"first_version": None, "last_version": None} if state.fresh else {}),
    }
    writer.record("load-ledger-open", {"key": state.key, "entry": entry})
    for dataset, ids in loading.inferred.items():
        writer.infer(dataset, ids, options.batch_size)
    history = tie_history(writer.graph, loading, state, options, report)
    with progress.task(f"loading {counts.file}", total=int(table.good.sum())) as task:
        for batch, written in writer.batches(table, batches_of(table, options.batch_size), state, history):
            counts.loaded += len(batch)
            if written is None:
                counts.unchanged += len(batch)
            else:
                counts.created += written.created
                counts.updated += written.updated
            task.advance(len(batch))
    return state


def tie_history(
    graph: Graph, loading: Loading, state: FileState, options: LoadOptions, report: LoadReport
) -> TieHistory | None:
    """Return what the load of ties must know of the past; `None` for other datasets."""
    contract: Contract = loading.source.contract
    if not contract.tie:
        return None
    opened = None
    if options.as_of is not None and state.previous_as_of is not None and state.previous_as_of < options.as_of:
        opened = options.as_of
    version = graph.read(saved_text("internal", "load-data-version"), name="load-data-version").single() or {}
    pairs: frozenset[tuple[str, str]] = frozenset()
    if version.get(f"swept_{contract.dataset}"):
        name = f"load-swept-{contract.dataset}"
        rows = graph.read(saved_text("internal", name), name=name, timeout=3600).rows
        pairs = frozenset((one, other) for one, other in rows)
    return TieHistory(opened, report.as_of, pairs)


def past_load(
    report: LoadReport, loadings: Sequence[Loading], options: LoadOptions, mapping: str | None, now: datetime
) -> PastLoad:
    """Return what is needed to do a load again."""
    files = tuple(
        PastFile(
            dataset=source.contract.dataset,
            part=source.part,
            path=source.path.absolute(),
            sha256=loading.file.sha256,
            key=file_key(source, loading.file.sha256, report.source),
        )
        for loading in loadings
        for source in [loading.source]
    )
    return PastLoad(
        id=report.run_id,
        at=now,
        source=report.source,
        mapping=mapping,
        encoding=options.encoding,
        sweep=options.sweep,
        sweep_max=options.sweep_max,
        as_of=options.as_of,
        bad_rows=options.bad_rows,
        max_rejects=options.max_rejects,
        batch_size=options.batch_size,
        files=files,
    )


def uncovered_by_history(graph: Graph, past: PastLoad) -> bool:
    """Return whether the history lacks a file of a load, because a crash came between writing it and noting it."""
    return not {file.key for file in past.files}.isdisjoint(one.key for one in uncovered_files(graph))


def close_file(writer: Writer, loading: Loading, key: str) -> None:
    """Enter into the ledger that a file is loaded to its end."""
    counts = loading.report
    entry = {"loaded": counts.loaded, "duplicate": counts.duplicate, "rejected": counts.rejected}
    writer.record("load-ledger-close", {"key": key, "entry": entry})


def mark_buyers(writer: Writer, loadings: Sequence[Loading], progress: Progress) -> int:
    """Mark the first purchases of all customers in the purchase files; returns the number of changed marks."""
    buyers = pc.unique(pa.concat_arrays([loading.table.selected("customer_id") for loading in loadings]))
    customers = sorted(buyers.to_pylist())
    changed = 0
    with progress.task("marking first purchases", total=len(customers), unit="customers") as task:
        for done, marks in writer.mark_first_purchases(customers):
            changed += marks
            task.advance(done)
    return changed
