"""Write judged files into the graph, each by its ledger: by batches or through the importer; then sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from influence.graph import Graph
from influence.load.bulk import import_rows
from influence.load.contract import Contract
from influence.load.history import PastFile, PastLoad, uncovered_files
from influence.load.ledger import FileState, batches_of, contract_checksum, file_key, file_state
from influence.load.pseudonym import PseudonymKey
from influence.load.reading import Loading
from influence.load.report import LoadOptions, LoadReport
from influence.load.sweep import Extract, count_vanished, sweep
from influence.load.writer import TieHistory, Writer
from influence.progress import Progress
from influence.queries import saved_text

if TYPE_CHECKING:
    from influence.server import LocalServer

__all__ = ["import_all", "past_load", "sweep_vanished", "uncovered_by_history", "write_all"]

Stamped = tuple[Loading, str]
"""A file in the graph, with the run id that its rows carry."""


def write_all(
    writer: Writer, loadings: Sequence[Loading], options: LoadOptions, report: LoadReport, progress: Progress
) -> list[Stamped]:
    """Write every file and mark first purchases."""
    keys = [file_key(loading.source, loading.file.sha256, report.source) for loading in loadings]
    stamped: list[Stamped] = []
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
    if unfinished:
        report.first_marks = mark_buyers(writer, [loading for loading, _ in unfinished], progress)
        for loading, state in unfinished:
            close_file(writer, loading, state.key)
    return stamped


def import_all(
    writer: Writer,
    server: LocalServer,
    key: PseudonymKey,
    loadings: Sequence[Loading],
    options: LoadOptions,
    report: LoadReport,
    progress: Progress,
) -> list[Stamped]:
    """Bring every file into an empty graph at once."""
    report.first_marks = import_rows(
        writer.graph, server, writer.lease, key, loadings, options, report.run_id, report.source, writer.now, progress
    )
    for loading in loadings:
        loading.report.created = loading.report.loaded
        close_file(writer, loading, file_key(loading.source, loading.file.sha256, report.source))
    return [(loading, report.run_id) for loading in loadings]


def sweep_vanished(writer: Writer, stamped: Sequence[Stamped], options: LoadOptions, report: LoadReport) -> None:
    """Sweep what the files no longer hold, if asked; they are whole in the graph, so a refusal leaves nothing undone.

    Args:
        writer: Where to write.
        stamped: The files.
        options: Whether and how far.
        report: Told what was swept.

    Raises:
        DataRejected: It would go too far; nothing was swept.
    """
    if not options.sweep:
        return
    keys = [file_key(loading.source, loading.file.sha256, report.source) for loading, _ in stamped]
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
    report: LoadReport,
    loadings: Sequence[Loading],
    options: LoadOptions,
    mapping: str | None,
    now: datetime,
    *,
    refused: bool,
) -> PastLoad:
    """Return what is needed to do a load again; where its sweep was refused, nothing may be swept again."""
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
        sweep_max=0.0 if refused else options.sweep_max,
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
