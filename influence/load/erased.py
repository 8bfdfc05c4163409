"""Customers who were erased stay erased: an old extract does not bring them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from influence.graph import Graph
from influence.load.pseudonym import PseudonymKey
from influence.load.table import Table
from influence.load.values import mask
from influence.queries import saved_text

__all__ = ["ERASED", "erased_key", "reject_erased"]

ERASED: Final = "erased"
"""Rule of the rows of erased customers. They are counted, but no reason to refuse a file, and never written out."""

CUSTOMERS: Final = "customers"


def erased_key(key: PseudonymKey, customer: str) -> str:
    """Return the keyed hash by which an erased customer is recognised when a file brings the id again."""
    return str(key.pseudonyms(ERASED, [customer])[0])


def reject_erased(graph: Graph, key: PseudonymKey, tables: Sequence[Table]) -> None:
    """Reject every row that names an erased customer, in whatever column.

    The graph keeps only keyed hashes of their ids, so the ids of the files are hashed and compared.
    """
    name = "load-erased"
    known = {row[0] for row in graph.read(saved_text("internal", name), name=name).rows}
    if not known:
        return
    for table in tables:
        columns = [column for column, dataset in table.contract.references.items() if dataset == CUSTOMERS]
        if table.contract.dataset == CUSTOMERS:
            columns.append(table.contract.key[0])
        for column in columns:
            if column not in table.columns:
                continue
            values = table.columns[column]
            ids = pc.drop_null(pc.unique(values)).to_pylist()
            hashes = key.pseudonyms(ERASED, ids)
            gone = pa.array([one for one, hashed in zip(ids, hashes, strict=True) if hashed in known], pa.string())
            if len(gone):
                # also rows that break another rule: they must not be written out either
                rows = mask(pc.is_in(values, value_set=gone)) & mask(pc.is_valid(values))
                table.reject(ERASED, column, "names a customer who was erased", rows)
