"""A dataset folder into the graph: validate everything, then write it, so that bad data are found before any write."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from influence.errors import DataRejected, UsageProblem
from influence.graph import Graph
from influence.lease import Lease, hold_lease
from influence.load.bulk import choose_way
from influence.load.history import PastFile, keep_history, keep_key, note, require_same_key
from influence.load.judging import judge
from influence.load.ledger import data_version
from influence.load.pseudonym import PseudonymKey
from influence.load.reading import find_mapping, past_sources, read_all, tell
from influence.load.report import LoadOptions, LoadReport
from influence.load.sources import find_sources, unknown_files
from influence.load.writer import Writer
from influence.load.writing import import_all, past_load, sweep_vanished, uncovered_by_history, write_all
from influence.progress import Progress
from influence.schema import apply_schema
from influence.telemetry import under_way

if TYPE_CHECKING:
    from influence.server import LocalServer

__all__ = ["load_folder"]

DEFAULT_SOURCE: Final = "main"


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
        ConfigError: The mapping is wrong, or the pseudonym key is not that of the data in the graph.
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
    if options.dry_run:
        key = PseudonymKey(key.path, kept=False)
    require_same_key(graph, key)
    sources = find_sources(folder, mapping, options.only) if files is None else past_sources(files, mapping)
    loadings = read_all(sources, key, progress, now, report)
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
                stamped = import_all(writer, server, key, loadings, options, report, progress)
            else:
                if loadings:
                    keep_key(graph, lease, key)
                stamped = write_all(writer, loadings, options, report, progress)
            refusal: DataRejected | None = None
            try:
                sweep_vanished(writer, stamped, options, report)
            except DataRejected as error:  # the rows are in, and the history must know them
                refusal = error
            report.data_version = data_version(graph)
            past = past_load(report, loadings, options, text, now, refused=refusal is not None)
            if report.data_version != version or uncovered_by_history(graph, past):
                lease.write(partial(note, event=past), "load-history-add")
                if options.home is not None:
                    keep_history(graph, key, options.home)
            if refusal is not None:
                raise refusal
    for loading in loadings:
        loading.report.account()
    report.seconds = time.monotonic() - began
    return report
