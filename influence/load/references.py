"""Ids that point from one file to another: known, to be created, or wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from influence.graph import Graph
from influence.load.contract import NODES
from influence.load.sources import Source
from influence.load.table import ROW, Table
from influence.load.values import Mask, mask
from influence.queries import saved_text

__all__ = ["Inferred", "reject_cycles", "resolve_references"]

ASKED = 20_000
"""Ids a question to the graph."""

Inferred = dict[str, pa.Array]
"""Ids to be created, by dataset of the nodes."""


def resolve_references(
    graph: Graph, sources: Sequence[Source], tables: Sequence[Table], *, extracts: bool = False
) -> list[Inferred]:
    """Look up every id that a file refers to.

    An id is known when it is in the file of its nodes or in the graph. An unknown id is wrong when that file is part
    of this load and complete: its rows are rejected. Otherwise its node will be created and flagged.

    Args:
        graph: The database.
        sources: The files.
        tables: Their rows; rows with unknown ids become rejected.
        extracts: Whether the files are full extracts: then what a file does not hold is not known any more, whatever
            the graph still has.

    Returns:
        Per file, the ids to be created for it: each id once over all files.
    """
    given = {
        dataset: [
            table
            for source, table in zip(sources, tables, strict=True)
            if source.contract.dataset == dataset and table.read
        ]
        for dataset in NODES
    }
    complete = {
        dataset: bool(given[dataset])
        and all(source.mapping.format.complete for source in sources if source.contract.dataset == dataset)
        for dataset in NODES
    }
    unknown = {
        dataset: unknown_ids(None if extracts and complete[dataset] else graph, dataset, given[dataset], tables)
        for dataset in NODES
    }
    for table in tables:
        for column, dataset in table.contract.references.items():
            if complete[dataset] and column in table.columns and len(unknown[dataset]):
                reject_unknown(table, column, dataset, unknown[dataset], given[dataset])
    claimed: Inferred = {dataset: pa.array([], pa.string()) for dataset in NODES}
    found = []
    for table in tables:
        own: Inferred = {}
        for column, dataset in table.contract.references.items():
            if complete[dataset] or column not in table.columns or not len(unknown[dataset]):
                continue
            ids = pc.unique(table.selected(column))
            ids = ids.filter(pc.is_in(ids, value_set=unknown[dataset]))
            ids = ids.filter(pc.invert(pc.is_in(ids, value_set=claimed[dataset])))
            if len(ids):
                claimed[dataset] = pa.concat_arrays([claimed[dataset], ids])
                own[dataset] = pa.concat_arrays([own[dataset], ids]) if dataset in own else ids
        found.append(own)
    return found


def unknown_ids(graph: Graph | None, dataset: str, given: Sequence[Table], tables: Sequence[Table]) -> pa.Array:
    """Return the ids of a kind of nodes that files refer to and that neither file nor graph (if asked) has."""
    referred = [
        pc.unique(table.selected(column))
        for table in tables
        for column, target in table.contract.references.items()
        if target == dataset and column in table.columns
    ]
    if not referred:
        return pa.array([], pa.string())
    ids = pc.drop_null(pc.unique(pa.concat_arrays(referred)))
    for table in given:
        ids = ids.filter(pc.invert(pc.is_in(ids, value_set=pc.unique(table.selected(table.contract.key[0])))))
    if graph is None:
        return ids
    name = f"load-known-{dataset}"
    text = saved_text("internal", name)
    missing = [pa.array([], pa.string())]
    for first in range(0, len(ids), ASKED):
        asked = ids.slice(first, ASKED)
        row = graph.read(text, {"rows": asked.to_pylist()}, name=name, timeout=600).single()
        known = pa.array(row["known"] if row else [], pa.string())
        missing.append(asked.filter(pc.invert(pc.is_in(asked, value_set=known))))
    return pa.concat_arrays(missing)


def reject_unknown(table: Table, column: str, dataset: str, unknown: pa.Array, given: Sequence[Table]) -> None:
    """Reject rows whose id is not known, telling apart those that only lack leading zeros."""
    values = table.columns[column]
    rows = mask(pc.is_in(values, value_set=unknown)) & mask(pc.is_valid(values)) & table.good
    if not rows.any():
        return
    key = given[0].contract.key[0]
    padded = pa.concat_arrays([pc.unique(one.selected(key)) for one in given])
    padded = padded.filter(pc.fill_null(pc.match_substring_regex(padded, "^0[0-9]+$"), False))
    shorn = mask(pc.is_in(values, value_set=pc.utf8_ltrim(padded, characters="0"))) & rows
    file = f"{dataset}"
    table.reject("lost-leading-zeros", column, f"lacks the leading zeros it has in `{file}`", shorn)
    table.reject("unknown-id", column, f"is not in `{file}`", rows & ~shorn)


# ── cycles ────────────────────────────────────────────────────────────────


def reject_cycles(graph: Graph, tables: Sequence[Table]) -> None:
    """Reject rows that would close a circle of referrals: nobody can have been invited by somebody they brought.

    Rows are taken in the order of their instant (unknown last), then of their line; a row that would close a circle
    with rows before it, or with what is in the graph, is rejected.
    """
    for table in tables:
        rules = table.contract.rules
        if rules.acyclic is None or not table.good.any():
            continue
        one, other = rules.acyclic
        name = "load-referral-pairs"
        pairs = graph.read_columns(
            saved_text("internal", name), name=name, dtypes={"referrer_id": object, "referred_id": object}
        )
        old = len(pairs["referrer_id"])
        ids = pa.concat_arrays(
            [
                pa.array(pairs["referrer_id"], pa.string()),
                pa.array(pairs["referred_id"], pa.string()),
                table.selected(one),
                table.selected(other),
            ]
        )
        codes = ids.dictionary_encode().indices.to_numpy().astype(np.int64)
        new = int(table.good.sum())
        start = np.concatenate([codes[:old], codes[2 * old : 2 * old + new]])
        end = np.concatenate([codes[old : 2 * old], codes[2 * old + new :]])
        closing = closing_edges(start, end, old, order_of(table))
        if closing.any():
            rows = np.zeros(len(table.lines), bool)
            rows[np.flatnonzero(table.good)[closing]] = True
            table.reject("referral-cycle", ROW, "closes a circle of referrals", rows)


def order_of(table: Table) -> NDArray[np.int64]:
    """Return the good rows in the order of their instants, unknown ones last."""
    if "at" not in table.columns:
        return np.arange(int(table.good.sum()))
    instants = table.selected("at").cast(pa.int64())
    return np.argsort(pc.fill_null(instants, np.iinfo(np.int64).max).to_numpy(), kind="stable")


def closing_edges(start: NDArray[np.int64], end: NDArray[np.int64], fixed: int, order: NDArray[np.int64]) -> Mask:
    """Find the edges that close a directed circle with edges before them.

    Args:
        start: [m] node an edge leaves.
        end: [m] node it enters.
        fixed: The first so many edges are there already.
        order: [m - fixed] order in which the others are added.

    Returns:
        [m - fixed] mask of those that may not be added.
    """
    closing = np.zeros(len(start) - fixed, bool)
    nodes = int(max(start.max(), end.max())) + 1
    matrix = coo_array((np.ones(len(start), np.int8), (start, end)), shape=(nodes, nodes)).tocsr()
    count, component = connected_components(matrix, directed=True, connection="strong")
    if count == nodes:
        return closing
    inside = component[start] == component[end]
    follows: dict[int, set[int]] = {}
    for edge in np.flatnonzero(inside[:fixed]).tolist():
        follows.setdefault(int(start[edge]), set()).add(int(end[edge]))
    for row in order.tolist():
        edge = fixed + row
        if not inside[edge]:
            continue
        source, target = int(start[edge]), int(end[edge])
        if reaches(follows, target, source):
            closing[row] = True
        else:
            follows.setdefault(source, set()).add(target)
    return closing


def reaches(follows: dict[int, set[int]], origin: int, goal: int) -> bool:
    """Tell whether a walk along the edges leads from one node to another."""
    pending, seen = [origin], {origin}
    while pending:
        node = pending.pop()
        if node == goal:
            return True
        for following in follows.get(node, ()):
            if following not in seen:
                seen.add(following)
                pending.append(following)
    return False
