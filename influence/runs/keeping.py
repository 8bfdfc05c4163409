"""Earlier runs: show one again, remove those nobody needs, sweep what a crash left half-written."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from influence.errors import ConfigError, UsageProblem
from influence.graph import Graph, Transaction
from influence.lease import Lease
from influence.progress import Progress, Silent
from influence.queries import saved_text
from influence.runs.records import RunRecord, find_run, list_runs

__all__ = ["prune_runs", "rollback", "sweep"]

BATCH: Final = 10_000
DELETIONS: Final = (
    "run-delete-evidence",
    "run-delete-referrals",
    "run-delete-topic-scores",
    "run-delete-scores",
    "run-delete-communities",
    "run-delete-pairs",
)
"""Saved statements that delete what a run wrote, relationships before their nodes."""


def rollback(graph: Graph, lease: Lease, run_id: str) -> RunRecord:
    """Make an earlier published run the one that readers see; one small transaction, nothing is copied or deleted.

    Raises:
        UsageProblem: There is no such run, it was never published or is removed, or its scores are current already.
        LeaseLost: Another run has taken over.
    """
    run = find_run(graph, run_id)
    if run.current:
        raise UsageProblem(
            f"run `{run_id}` is current already", code="run-is-current", hint="run `influence runs list`"
        )

    if run.status == "removed":
        as_of = f" --as-of {run.as_of.isoformat()}" if run.as_of is not None else ""
        raise UsageProblem(
            f"run `{run_id}` was removed by `influence runs prune`: its scores are deleted, wholly or in part",
            code="run-removed",
            hint=f"`influence runs list` shows the runs that are kept; `influence compute run{as_of}` computes the "
            "scores of that instant anew, from the data of today",
        )

    def work(transaction: Transaction) -> bool:
        lease.renew_in(transaction)
        return bool(transaction.run(saved_text("internal", "run-point"), "run-point", id=run_id).rows)

    if not graph.write(work, name="run-point", run_id=lease.run_id):
        raise UsageProblem(
            f"run `{run_id}` was never published (its status is `{run.status}`)",
            code="run-unpublished",
            hint="run `influence runs list`; only published runs can be shown again",
        )
    return find_run(graph, run_id)


def prune_runs(
    graph: Graph, lease: Lease, keep: int, progress: Progress | None = None, *, before: datetime | None = None
) -> list[str]:
    """Delete old runs with their scores, in batches.

    Kept are the current run and the newest published ones, `keep` in all, and with `before` every run that was
    published since that instant; runs that failed or were interrupted are deleted whatever their age.

    Returns:
        The ids of the runs that were deleted, oldest first.

    Raises:
        ConfigError: `keep` is below 1.
        LeaseLost: Another run has taken over; what was deleted stays deleted.
    """
    if keep < 1:
        raise ConfigError("`--keep` must be at least 1", code="keep-too-small", hint="the current run is always kept")
    runs = list_runs(graph)
    published = [run for run in runs if run.status == "published" and not run.current]
    kept = {run.id for run in runs if run.current} | {lease.run_id}
    kept |= {run.id for run in published[: keep - sum(run.current for run in runs)]}
    if before is not None:
        kept |= {run.id for run in published if run.published_at is not None and run.published_at >= before}
    gone = [run.id for run in reversed(runs) if run.id not in kept]
    for run_id in gone:
        execute(graph, lease, "run-retire", run_id)  # a crash from here on leaves no published run with half its scores
        delete_scores(graph, lease, run_id, progress or Silent())
        execute(graph, lease, "run-forget", run_id)
    return gone


def sweep(graph: Graph, lease: Lease, progress: Progress | None = None) -> list[str]:
    """Delete what runs that never got published have written, and mark those that crashed as failed.

    Call it while holding the lease: then every other unpublished run is a dead one.

    Returns:
        The ids of the runs that were swept.
    """
    dead = [run for run in list_runs(graph) if run.status != "published" and run.id != lease.run_id]
    swept = []
    for run in dead:
        deleted = delete_scores(graph, lease, run.id, progress or Silent())
        if run.status in ("running", "verified"):
            describe(graph, lease, run.id, "failed", {"problem": "it ended without saying why"})
        if deleted:
            swept.append(run.id)
    return swept


def describe(graph: Graph, lease: Lease, run_id: str, status: str, properties: dict[str, object]) -> None:
    """Set the status of an unpublished run."""

    def work(transaction: Transaction) -> None:
        lease.renew_in(transaction)
        params = {"run_id": run_id, "status": status, "properties": properties}
        transaction.run(saved_text("internal", "run-set"), "run-set", **params)

    graph.write(work, name="run-set", run_id=lease.run_id)


def delete_scores(graph: Graph, lease: Lease, run_id: str, progress: Progress) -> int:
    """Delete the scores of a run, relationships first, a batch to a transaction; return how many."""
    total = 0
    with progress.task(f"removing run {run_id}", None, "scores") as task:
        for name in DELETIONS:
            while deleted := execute(graph, lease, name, run_id):
                total += deleted
                task.advance(deleted)
    return total


def execute(graph: Graph, lease: Lease, name: str, run_id: str) -> int:
    """Run one deleting statement under the lease and return how many it deleted."""

    def work(transaction: Transaction) -> int:
        lease.renew_in(transaction)
        found = transaction.run(saved_text("internal", name), name, id=run_id, batch_size=BATCH).single()
        return int(found["deleted"]) if found else 0

    return graph.write(work, name=name, run_id=lease.run_id)
