"""One compute run: all scores of one state of the data, published at once or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from influence import __version__
from influence.compute.stages import STAGES
from influence.compute.work import ComputeOptions, Stage, Work
from influence.errors import ComputeFailed, ConfigError, InfluenceError, LeaseLost
from influence.graph import Graph, Transaction
from influence.lease import LOCK, Lease, drop_orphan_projections, hold_lease
from influence.progress import Progress, Silent
from influence.queries import saved_text
from influence.reach.ties import present
from influence.runs.keeping import describe, sweep
from influence.runs.records import RunRecord, find_run, new_run_id
from influence.runs.writing import Written, verify_scores, write_scores
from influence.scores import ScoreFrames, merged
from influence.snapshot.reader import read_snapshot
from influence.telemetry import under_way

__all__ = ["ComputeOptions", "Work", "compute_run", "fingerprint"]


def compute_run(
    graph: Graph,
    options: ComputeOptions | None = None,
    progress: Progress | None = None,
    *,
    now: datetime | None = None,
    run_id: str | None = None,
    home: Path | None = None,
    stages: Sequence[tuple[str, Stage]] = STAGES,
    lease_seconds: float = 60,
    held: Lease | None = None,
) -> RunRecord:
    """Compute all scores and publish them as one run.

    The run takes the lock, reads the snapshot, computes stage after stage, writes the scores under its own id,
    reads them back to prove that they arrived, and becomes the current run in one small transaction. Whatever goes
    wrong before that leaves the earlier run current; what was written is swept by the next run.

    Args:
        graph: The database.
        options: What to compute.
        progress: Where to say how far it is.
        now: When it starts; default: now.
        run_id: Its id; default: a new one.
        home: `INFLUENCE_HOME`, for the snapshots on disk and the lock file; `None` uses neither.
        stages: What computes the scores.
        lease_seconds: Length of the lease, renewed every third of it.
        held: A lease that the caller holds already; the run then has its id.

    Returns:
        The published run.

    Raises:
        AlreadyRunning: Another load or compute holds the lock.
        LeaseLost: Another run took over; nothing is published.
        ComputeFailed: There is nothing to score, a computation failed, or what was written differs from what was
            computed; nothing is published.
    """
    options = options or ComputeOptions()
    progress = progress or Silent()
    started = (now or datetime.now(UTC)).astimezone(UTC)
    run_id = held.run_id if held is not None else run_id or new_run_id(started)
    if options.as_of is not None and options.as_of.tzinfo is None:
        raise ConfigError("`as_of` has no zone", code="as-of-naive", hint="give it in UTC")
    own = hold_lease(graph, run_id, lease_seconds, home=home, purpose="compute", held=held)
    with own as lease, under_way("influence.compute", run_id=run_id):
        drop_orphan_projections(graph, run_id)
        sweep(graph, lease, progress)
        as_of = options.as_of or last_purchase(graph)
        start(graph, lease, started, as_of, options, stages)
        try:
            return work_through(graph, lease, as_of, options, progress, home, stages)
        except LeaseLost:
            raise
        except InfluenceError as error:
            give_up(graph, lease, "failed", error.code)
            raise
        except Exception as error:
            give_up(graph, lease, "failed", type(error).__name__)
            raise
        except BaseException:  # an interrupt or SIGTERM
            give_up(graph, lease, "interrupted", "stopped from outside")
            raise


def work_through(
    graph: Graph,
    lease: Lease,
    as_of: datetime,
    options: ComputeOptions,
    progress: Progress,
    home: Path | None,
    stages: Sequence[tuple[str, Stage]],
) -> RunRecord:
    """Read, compute, write, verify and publish."""
    snapshot = read_snapshot(graph, as_of, progress, home=home)
    scored = present(snapshot) & ~snapshot.customer_opted_out
    if not scored.any():
        raise ComputeFailed(
            f"there is no customer to score on {as_of:%Y-%m-%d}",
            code="nothing-to-score",
            hint="load customers first: `influence load run DIR`",
        )
    work = Work(graph, snapshot, scored, lease.run_id, options, progress, lease.check, home)
    for name, stage in stages:
        lease.check()
        with under_way("influence.stage", stage=name):
            work.frames.append(stage(work))
    results = merged(work.frames)
    written = write_scores(graph, lease, snapshot, scored, results, progress)
    graph.refresh_statistics()  # for the proof, and for whoever asks next
    progress.note("checking what was written")
    verify_scores(graph, lease.run_id, written)
    lease.check()
    describe(graph, lease, lease.run_id, "verified", outcome(snapshot.data_version, written, results))
    publish(graph, lease)
    return find_run(graph, lease.run_id)


def last_purchase(graph: Graph) -> datetime:
    """Return the instant of the last purchase.

    Raises:
        ComputeFailed: There is no purchase to take it from.
    """
    found = graph.read(saved_text("internal", "run-last-purchase"), name="run-last-purchase", timeout=600).single()
    if found is None or found["at"] is None:
        raise ComputeFailed(
            "there are no purchases to take the date of the data from",
            code="as-of-unknown",
            hint="load purchases with `influence load run DIR`, or give the date: `influence compute run --as-of DATE`",
        )
    at: datetime = found["at"]
    return at.astimezone(UTC)


def fingerprint(options: ComputeOptions, stages: Sequence[tuple[str, Stage]] = STAGES) -> str:
    """Return a digest of everything but the data, the instant and the server that decides the scores.

    Two runs with the same fingerprint, data version and as-of instant on the same server have the same scores.
    """
    chosen = {field.name: getattr(options, field.name) for field in fields(options)}
    del chosen["as_of"], chosen["concurrency"]
    known = [__version__, [name for name, _ in stages], sorted((name, repr(value)) for name, value in chosen.items())]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()


def start(
    graph: Graph,
    lease: Lease,
    started: datetime,
    as_of: datetime,
    options: ComputeOptions,
    stages: Sequence[tuple[str, Stage]],
) -> None:
    """Create the run's node with its parameters and the versions of all that takes part."""
    facts = graph.facts()
    properties = {
        "as_of": as_of,
        "window_days": float(options.window_days),
        "activity_days": float(options.activity_days),
        "dependent_tests": options.dependent_tests,
        "seed": options.seed,
        "concurrency": options.concurrency,
        "fingerprint": fingerprint(options, stages),
        "horizon_months": options.terms.months,
        "discount": options.terms.discount,
        "influence_version": __version__,
        "server_version": facts.version,
        "gds_version": facts.gds,
    }

    def work(transaction: Transaction) -> None:
        lease.renew_in(transaction)
        text = saved_text("internal", "run-start")
        transaction.run(text, "run-start", run_id=lease.run_id, now=started, properties=properties)

    graph.write(work, name="run-start", run_id=lease.run_id)


def outcome(data_version: str, written: Written, results: ScoreFrames) -> dict[str, Any]:
    """Return what a finished run says about itself."""
    totals = {name: plain(value) for name, value in results.totals.items()}
    return {
        **{name: value for name, value in totals.items() if value is not None},
        "data_version": data_version,
        **written.properties(),
        "verified_at": datetime.now(UTC),
    }


def plain(value: Any) -> Any:
    """Return a total as something that a node can hold."""
    return value.item() if isinstance(value, np.generic) else value


def publish(graph: Graph, lease: Lease) -> None:
    """Make the verified run the current one.

    Raises:
        LeaseLost: Another run has taken over; nothing is published.
    """

    def work(transaction: Transaction) -> bool:
        lease.renew_in(transaction)
        text = saved_text("internal", "run-publish")
        found = transaction.run(text, "run-publish", name=LOCK, token=lease.token, run_id=lease.run_id)
        return bool(found.rows)

    if not graph.write(work, name="run-publish", run_id=lease.run_id):
        raise ComputeFailed(
            f"run `{lease.run_id}` is not verified, so it was not published",
            code="run-unverified",
            hint="run `influence compute run` again",
        )


def give_up(graph: Graph, lease: Lease, status: str, problem: str) -> None:
    """Say on the run's node why it ended; when the server is gone, the next run finds it dead."""
    with contextlib.suppress(InfluenceError):
        describe(graph, lease, lease.run_id, status, {"problem": problem, "ended_at": datetime.now(UTC)})
