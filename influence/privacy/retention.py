"""Nothing is kept longer than needed: records older than a limit are deleted, in batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from influence.errors import UsageProblem
from influence.graph import Graph, Transaction
from influence.lease import Lease
from influence.load.history import PastRetention, note
from influence.load.ledger import data_changed
from influence.load.writer import mark_first
from influence.progress import Progress, Silent
from influence.queries import saved_text

__all__ = ["KINDS", "count_records", "prune_records"]

BATCH: Final = 10_000
COUNT_SECONDS: Final = 600.0

KINDS: Final[Mapping[str, str]] = {
    "purchases": "retention-purchases",
    "contacts": "retention-contacts",
    "answers": "retention-answers",
    "exposures": "retention-exposures",
    "advocacy": "retention-advocacy",
    "ended-ties": "retention-ended-ties",
    "ended-memberships": "retention-ended-memberships",
}
"""Kind of record to the saved statement that deletes a batch of those before an instant."""


def prune_records(
    graph: Graph,
    lease: Lease,
    before: datetime,
    kinds: Sequence[str] = tuple(KINDS),
    *,
    past: PastRetention | None = None,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Delete the records that are older than an instant.

    Purchases, support contacts, answers, exposures and advocacy go by when they happened, ties and memberships by
    when they ended: those that still hold are kept however old they are. Of purchases that stay the first ones are
    marked anew, so follow-ons are counted from the purchases that are left.

    Args:
        graph: Where.
        lease: The lease; no load or compute runs meanwhile.
        before: Records dated before this instant go; those without a date stay.
        kinds: Which of `KINDS`.
        past: What the history says of it when it is done again.
        progress: Where to say how far it is.

    Returns:
        Kind to the number of records that were deleted.

    Raises:
        UsageProblem: A kind is unknown.
        LeaseLost: Another run has taken over; calling again goes on.
    """
    require_known(kinds)
    progress = progress or Silent()
    if past is None:
        own = f"{lease.run_id}-{before:%Y%m%dT%H%M%S}-{'-'.join(kinds)}"  # a job may do several
        past = PastRetention(id=own, at=datetime.now(UTC), before=before, records=tuple(kinds))
    pruned: dict[str, int] = {}
    for kind in kinds:
        with progress.task(f"deleting {kind.replace('-', ' ')}", None, "records") as task:
            pruned[kind] = 0
            while count := delete_batch(graph, lease, KINDS[kind], past):
                pruned[kind] += count
                task.advance(count)
    return pruned


def count_records(graph: Graph, before: datetime, kinds: Sequence[str] = tuple(KINDS)) -> dict[str, int]:
    """Return how many records of each kind `prune_records` would delete.

    Raises:
        UsageProblem: A kind is unknown.
    """
    require_known(kinds)
    name = "retention-count"
    row = graph.read(saved_text("internal", name), {"before": before}, name=name, timeout=COUNT_SECONDS).single() or {}
    return {kind: int(row[kind.replace("-", "_")]) for kind in kinds}


def require_known(kinds: Sequence[str]) -> None:
    """Refuse kinds of record that there are not.

    Raises:
        UsageProblem: One is unknown.
    """
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise UsageProblem(
            f"`{unknown[0]}` is no kind of record", code="unknown-kind", hint=f"there are: {', '.join(KINDS)}"
        )


def delete_batch(graph: Graph, lease: Lease, name: str, past: PastRetention) -> int:
    """Delete one batch, note that, and mark the first purchases of its owners anew; returns how many went."""

    def work(transaction: Transaction) -> int:
        lease.renew_in(transaction)
        row = transaction.run(saved_text("internal", name), name, before=past.before, batch_size=BATCH).single()
        if row is None or not row["deleted"]:
            return 0
        if row.get("owners"):
            mark_first(transaction, row["owners"])
        data_changed(transaction)
        note(transaction, past)
        return int(row["deleted"])

    return graph.write(work, name=name, run_id=lease.run_id)
