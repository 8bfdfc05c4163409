"""By batches or through the offline importer: which way a load takes, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from influence.errors import UsageProblem
from influence.graph import Graph
from influence.load.bulk.scratch import clear_scratch
from influence.progress import Progress
from influence.queries import saved_text
from influence.schema.migrate import NAMED, schema_files

if TYPE_CHECKING:
    from influence.load.reading import Loading
    from influence.load.report import LoadOptions
    from influence.server import LocalServer

__all__ = ["WORTHWHILE", "choose_way", "is_new"]

WORTHWHILE: Final = 100_000
"""Rows from which on the importer is faster although the server has to be stopped and started for it."""


def choose_way(
    graph: Graph,
    server: LocalServer | None,
    loadings: Sequence[Loading],
    options: LoadOptions,
    progress: Progress,
) -> bool:
    """Say and return whether a load goes through the importer; what killed imports left is removed in any case.

    Args:
        graph: The database.
        server: The local server that runs it, if it does; the lock is held.
        loadings: The checked files.
        options: How to load.
        progress: Told the way and the reason, in one line.

    Raises:
        UsageProblem: `--via import` was asked for and is impossible.
    """
    if server is not None:
        clear_scratch(server)
    if options.via == "batches":
        return False
    obstacle = obstacle_to_import(graph, server, loadings)
    if options.via == "import":
        if obstacle:
            raise UsageProblem(
                f"`--via import` is impossible: {obstacle}",
                code="import-impossible",
                hint="leave out `--via`, or use `--via batches`",
            )
        return True
    rows = sum(loading.report.loaded for loading in loadings)
    if obstacle is None and rows < WORTHWHILE:
        obstacle = f"{rows:,} rows are few"
    progress.note(
        f"loading in batches: {obstacle}" if obstacle else "loading through the importer: the database is new"
    )
    return obstacle is None


def obstacle_to_import(graph: Graph, server: LocalServer | None, loadings: Sequence[Loading]) -> str | None:
    """Return what speaks against the importer, or `None`."""
    if server is None:
        return "the database is not the local server of this project"
    if not is_new(graph):
        return "the database is not empty"
    repeated = repeated_dataset(loadings)
    return f"two files of `{repeated}` hold the same row" if repeated else None


def is_new(graph: Graph) -> bool:
    """Return whether a database holds nothing but what this program made in it before the first load."""
    row = graph.read(saved_text("internal", "load-first-possible"), name="load-first-possible").single()
    if row is None or not row["empty"]:
        return False
    ours = {rule["name"] for file in schema_files(None).values() for rule in NAMED.finditer(file.text)}
    rules = graph.read(saved_text("internal", "load-rules"), name="load-rules").single()
    return rules is not None and set(rules["names"]) <= ours


def repeated_dataset(loadings: Sequence[Loading]) -> str | None:
    """Return a dataset of which two files have rows of one identity, so that their order matters."""
    for dataset in {loading.report.dataset for loading in loadings}:
        tables = [loading.table for loading in loadings if loading.report.dataset == dataset]
        if len(tables) < 2:
            continue
        contract = tables[0].contract
        names = (contract.identity,) if contract.identity else contract.key
        codes = np.zeros(sum(int(table.good.sum()) for table in tables), np.int64)
        for name in names:
            ids = pa.concat_arrays([table.selected(name) for table in tables]).dictionary_encode().indices.to_numpy()
            codes = np.unique(codes * (int(ids.max(initial=0)) + 1) + ids, return_inverse=True)[1]
        if len(codes) and codes.max() + 1 < len(codes):
            return dataset
    return None
