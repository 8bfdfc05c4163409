"""A job: all steps of a plan under one lock, stopped in an orderly way, told in one summary whatever happens."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from influence.errors import AlreadyRunning, InfluenceError, LeaseLost, ServerUnavailable
from influence.job.plan import Plan, check_plan
from influence.job.steps import Held, Step, steps_of
from influence.job.summary import StepRecord, Summary, stamp
from influence.lease import Lease, hold_lease
from influence.project import Project
from influence.queries import library
from influence.runs import current_run, new_run_id
from influence.server import LocalServer
from influence.stopping import Stop, Stopped, stoppable
from influence.telemetry import TracedProgress, under_way

__all__ = ["run_job"]

logger = logging.getLogger(__name__)

UNEXPECTED: Final = 70
"""Exit code of a bug."""
FATAL: Final = (LeaseLost, ServerUnavailable, AlreadyRunning)
"""Errors after which no further step can succeed, whichever step they come from."""


def run_job(
    project: Project,
    plan: Plan,
    *,
    now: datetime | None = None,
    job_id: str | None = None,
    dry_run: bool = False,
    force: bool = False,
    summary_path: Path | None = None,
    lease_seconds: float = 60,
) -> Summary:
    """Run a plan.

    The job first verifies server and plan, takes the one lock of all writers and passes it on to every step. A step
    that others build on (load, compute, check) ends the job when it fails; reports, segments, audiences and pruning
    do not keep each other from being done. SIGTERM, SIGINT and the time limit end it in an orderly way. The lock is
    freed and the summary written in every case but a crash; after a crash, the lock runs out by itself and the next
    job completes the work.

    Args:
        project: Where; its connection is opened by the job.
        plan: What to do.
        now: When it begins; default: now.
        job_id: Its id; default: a new one. The run that it publishes has the same.
        dry_run: Check the plan, the files and the data; take no lock and write nothing.
        force: Compute also when nothing has changed.
        summary_path: Where the summary goes; default: where the plan says.
        lease_seconds: Length of the lease, renewed every third of it.

    Returns:
        What was done. Failures are in it, with the exit code; they are not raised.
    """
    began = time.monotonic()
    started = (now or datetime.now(UTC)).astimezone(UTC)
    content = plan.content
    steps = steps_of(content)
    summary = Summary(
        content.name, job_id or new_run_id(started), plan.path, plan.sha256, dry_run, started, plan.time_limit
    )
    summary.steps = [StepRecord("verify", "verify"), *(StepRecord(step.name, step.kind) for step in steps)]
    job = Job(project, plan, summary, steps, force, lease_seconds)
    with under_way("influence.job", job=content.name, run_id=summary.job_id, dry_run=dry_run) as span:
        logger.info("job started", extra={"steps": len(steps)})
        with stoppable(plan.time_limit) as stop:
            job.execute(stop)
            stop.close()
            job.conclude()
            if summary.error is not None and not any(step.error == summary.error for step in summary.steps):
                logger.error("%s", summary.error["message"], extra={"code": summary.error["code"]})
            summary.finished_at = datetime.now(UTC)
            summary.duration_ms = round((time.monotonic() - began) * 1000)
            if not dry_run:
                job.tell(summary_path or plan.summary)
        span.set_attribute("influence.status", summary.status)
        span.set_attribute("influence.exit_code", summary.exit_code)
        facts = {"status": summary.status, "exit_code": summary.exit_code, "duration_ms": summary.duration_ms}
        logger.info("job finished", extra=facts)
    return summary


class Job:
    """One execution of a plan.

    Args:
        project: Where.
        plan: What to do.
        summary: What becomes of it.
        steps: Its steps; `summary.steps` holds their records, behind the one of the verification.
        force: Compute also when nothing has changed.
        lease_seconds: Length of the lease.
    """

    def __init__(
        self, project: Project, plan: Plan, summary: Summary, steps: list[Step], force: bool, lease_seconds: float
    ) -> None:
        self.project = project
        self.plan = plan
        self.summary = summary
        self.steps = steps
        self.force = force
        self.lease_seconds = lease_seconds
        self.library = library(project.settings.cypher_dir)
        self.connected = False

    def execute(self, stop: Stop) -> None:
        """Do the steps; what goes wrong is in the summary afterwards."""
        summary = self.summary
        try:
            self.attempt(summary.steps[0], stop, self.verify, stops=True)
            if summary.dry_run:
                self.work(stop, None)
                return
            home, purpose = self.project.home, f"job `{summary.job}`"
            graph = self.project.graph()
            with hold_lease(graph, summary.job_id, self.lease_seconds, home=home, purpose=purpose) as lease:
                try:
                    summary.token = lease.token
                    self.work(stop, lease)
                finally:
                    stop.close()  # nothing interrupts freeing the lock
        except Stopped as stopped:
            summary.status, summary.exit_code = stopped.status, stopped.exit_code
            summary.error = stop_error(stopped, self.plan)
        except AlreadyRunning as refused:
            summary.status, summary.exit_code, summary.error = "refused", refused.exit_code, refused.as_dict()
        except Exception as error:
            self.fail(error)

    def verify(self, record: StepRecord) -> None:
        """Check the plan against the saved files and the disk, and that the server can serve."""
        check_plan(self.plan, self.library)
        facts = self.project.graph().facts()
        self.connected = True
        self.summary.versions |= {"neo4j": facts.version, "gds": facts.gds}

    def work(self, stop: Stop, lease: Lease | None) -> None:
        """Do the steps of the plan, with the lease of the job or dry."""
        settings, progress = self.project.settings, self.project.progress
        held = Held(
            graph=self.project.graph(),
            settings=settings,
            server=LocalServer(settings, progress) if self.project.uses_local_server else None,
            lease=lease,
            plan=self.plan,
            library=self.library,
            progress=TracedProgress(progress),
            now=self.summary.started_at,
            job_id=self.summary.job_id,
            force=self.force,
        )
        for step, record in zip(self.steps, self.summary.steps[1:], strict=True):
            self.attempt(record, stop, partial(step.work, held), stops=step.stops)

    def attempt(self, record: StepRecord, stop: Stop, work: Callable[[StepRecord], None], *, stops: bool) -> None:
        """Do one step and enter into its record how it ended.

        Raises:
            Stopped: The job is to end.
            Exception: The step failed, and the job with it.
        """
        stop.check()
        began = time.monotonic()
        record.status, record.started_at = "running", datetime.now(UTC)
        with under_way("influence.step", step=record.name, kind=record.kind) as span:
            logger.info("step started")
            try:
                work(record)
                if record.status == "running":
                    record.status = "done"
            except Exception as error:
                record.status, record.error = "failed", described(error)
                logger.debug("step failed", exc_info=True)
                if stops or not isinstance(error, InfluenceError) or isinstance(error, FATAL):
                    raise
                self.partly(error)
            except BaseException:
                record.status = "interrupted"
                raise
            finally:
                record.duration_ms = round((time.monotonic() - began) * 1000)
                span.set_attribute("influence.status", record.status)
                for name, number in record.counts.items():
                    span.set_attribute(f"influence.count.{name}", number)
                self.log(record)

    def log(self, record: StepRecord) -> None:
        """Log how a step ended: counts and codes, no values of rows."""
        extra: dict[str, Any] = {"status": record.status, "duration_ms": record.duration_ms, "counts": record.counts}
        for text in record.warnings:
            logger.warning("%s", text)
        if record.error is None:
            logger.info("step finished", extra=extra)
        else:
            findings = record.error["details"].get("findings")
            extra |= {"code": record.error["code"], "findings": [str(one) for one in findings] if findings else None}
            logger.error("%s", record.error["message"], extra=extra)

    def partly(self, error: InfluenceError) -> None:
        """Remember the first failure that does not end the job."""
        if self.summary.error is None:
            self.summary.status, self.summary.exit_code = "incomplete", error.exit_code
            self.summary.error = described(error)

    def fail(self, error: Exception) -> None:
        """Enter the failure that ended the job; it counts more than those before it."""
        self.summary.status = "failed"
        self.summary.exit_code = error.exit_code if isinstance(error, InfluenceError) else UNEXPECTED
        self.summary.error = described(error)

    def conclude(self) -> None:
        """Enter what readers see now, and that all is well when nothing said otherwise."""
        summary = self.summary
        if summary.status == "running":
            summary.status = "ok"
        if not self.connected:
            return
        with suppress(InfluenceError):
            run = current_run(self.project.graph())
            if run is not None:
                summary.run = {
                    "id": run.id,
                    "as_of": stamp(run.as_of),
                    "published_at": stamp(run.published_at),
                    "changed": run.id == summary.job_id,
                }

    def tell(self, path: Path) -> None:
        """Write the summary; a summary that cannot be written is a failure too, but hides no other."""
        try:
            self.summary.path = self.summary.write(path)
        except InfluenceError as error:
            logger.error("%s", error.message, extra={"code": error.code})
            if self.summary.error is None:
                self.partly(error)


def described(error: Exception) -> dict[str, Any]:
    """Return the error object of a failure; of a bug only its kind, because its text may hold a value."""
    if isinstance(error, InfluenceError):
        return error.as_dict()
    return {
        "code": "unexpected",
        "message": f"unexpected {type(error).__name__}: this is a bug in influence",
        "hint": "run the job again with `influence --log-level debug job run …` to see where",
        "retryable": False,
        "details": {},
    }


def stop_error(stopped: Stopped, plan: Plan) -> dict[str, Any]:
    """Return the error object of a job that was stopped."""
    text, hint = stopped.text, "run the job again: it completes what is missing"
    if stopped.code == "time-limit":
        text = f"the time limit of `{plan.content.time_limit}` is reached"
        hint += "; raise `time_limit` when it is stopped again"
    text += "; readers see the run that was published last"
    return {"code": stopped.code, "message": text, "hint": hint, "retryable": True, "details": {}}
