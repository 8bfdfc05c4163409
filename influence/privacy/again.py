"""Erasing again: who was erased in one database is erased in a copy from before that, such as a restored dump."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from influence.errors import ConfigError
from influence.graph import Graph, Transaction
from influence.lease import Lease
from influence.load.erased import ERASED
from influence.load.history import require_same_key
from influence.load.pseudonym import PseudonymKey
from influence.privacy.erasure import SCAN_SECONDS, erase_from_graph
from influence.progress import Progress
from influence.queries import saved_text

__all__ = ["ErasedAgain", "erase_again", "erasures", "require_key"]


@dataclass(frozen=True)
class ErasedAgain:
    """What became of the customers who were erased before.

    Attributes:
        known: Keyed hashes of erased customers that were carried over.
        erased: Customers who were back, and are erased.
        left: Places at which one of their ids still stands, perhaps by coincidence.
    """

    known: int = 0
    erased: int = 0
    left: int = 0


def erasures(graph: Graph) -> list[dict[str, Any]]:
    """Return the keyed hash of every customer who was erased, with the time where it is known."""
    return graph.read(saved_text("internal", "load-erased"), name="load-erased").dicts()


def erase_again(
    graph: Graph, lease: Lease, erased: Sequence[Mapping[str, Any]], key: PseudonymKey, progress: Progress
) -> ErasedAgain:
    """Carry erasures over into a graph and erase everybody there whom they mean.

    Args:
        graph: The copy.
        lease: Its lease.
        erased: What `erasures` returned of the other database.
        key: Key of the pseudonyms with which they were hashed.
        progress: Where to say how far it is.

    Raises:
        ConfigError: There is no key, or the copy was loaded with another one: nobody can tell who was erased.
    """
    if not erased:
        return ErasedAgain()
    require_key(erased, key)
    require_same_key(graph, key)

    def carry(transaction: Transaction) -> None:
        lease.renew_in(transaction)
        rows = [{"key": one["key"], "erased_at": one.get("erased_at")} for one in erased]
        transaction.run(saved_text("internal", "erase-carry"), "erase-carry", erased=rows)

    graph.write(carry, name="erase-carry", run_id=lease.run_id)
    back = who_is_back(graph, {str(one["key"]) for one in erased}, key)
    for customer, hashed in back.items():
        erase_from_graph(graph, lease, customer, hashed, progress)
    left = 0
    if back:
        for name in ("erase-left-nodes", "erase-left-relationships"):
            found = graph.read(saved_text("internal", name), {"ids": list(back)}, name=name, timeout=SCAN_SECONDS)
            left += sum(row["places"] for row in found.dicts())
    return ErasedAgain(len(erased), len(back), left)


def require_key(erased: Sequence[Mapping[str, Any]], key: PseudonymKey) -> None:
    """Refuse to go on when customers were erased and there is no key to tell who.

    Raises:
        ConfigError: There is none.
    """
    if erased and not key.path.exists():
        raise ConfigError(
            f"{len(erased):,} customers were erased, and without the pseudonym key `{key.path}` nobody can tell who",
            code="pseudonym-key-missing",
            hint="put the key file back, or set `INFLUENCE_PSEUDONYM_KEY_FILE` to it; nothing was changed",
        )


def who_is_back(graph: Graph, erased: set[str], key: PseudonymKey) -> dict[str, str]:
    """Return id and keyed hash of every customer in a graph whose hash is among those of the erased."""
    name = "erase-customers"
    found = graph.read_columns(saved_text("internal", name), name=name, dtypes={"ids": np.object_})
    ids = found["ids"].tolist()
    hashes = key.pseudonyms(ERASED, ids)
    return {one: str(hashed) for one, hashed in zip(ids, hashes, strict=True) if hashed in erased}
