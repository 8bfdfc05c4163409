"""What a job did: one line for people and mail, one versioned JSON document for machines."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

from influence import __version__
from influence.errors import UsageProblem
from influence.files import write_atomically

__all__ = ["SCHEMA_VERSION", "JobStatus", "StepRecord", "StepStatus", "Summary", "schema"]

SCHEMA_VERSION: Final = 1
JobStatus = Literal["running", "ok", "incomplete", "failed", "interrupted", "time-limit", "refused"]
StepStatus = Literal["running", "done", "unchanged", "planned", "failed", "interrupted", "not-run"]


def schema() -> dict[str, Any]:
    """Return the JSON schema of the document."""
    text = files("influence.job").joinpath("run-summary.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@dataclass
class StepRecord:
    """One step.

    Attributes:
        name: Its name, unique in the job.
        kind: verify, load, retention, compute, check, report, pages, segment, audience or prune.
        status: How it ended.
        started_at: When it began, or `None` when it was not run.
        duration_ms: How long it took.
        counts: Rows, files, runs: whole numbers by name.
        facts: Other scalars: run id, data version, iterations.
        files: What it wrote.
        warnings: What a person should look at.
        error: The error object, or `None`.
    """

    name: str
    kind: str
    status: StepStatus = "not-run"
    started_at: datetime | None = None
    duration_ms: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    error: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the step as the document shows it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "status": self.status,
            "started_at": stamp(self.started_at),
            "duration_ms": self.duration_ms,
            "counts": self.counts,
            "facts": self.facts,
            "files": self.files,
            "warnings": self.warnings,
            "error": self.error,
        }


@dataclass
class Summary:
    """A whole job.

    Attributes:
        job: Name of the plan.
        job_id: Id of this execution; the run that it publishes has the same.
        plan: The plan's file.
        plan_sha256: Its digest.
        dry_run: Whether nothing was written.
        started_at: When it began.
        time_limit_s: Seconds it might take, or `None`.
        status: How it ended.
        exit_code: How the process ends.
        finished_at: When it ended.
        duration_ms: How long it took.
        token: Fencing token of its lock, or `None` when it held none.
        steps: All steps of the plan, also those that were not run.
        run: What readers see at the end: id, as_of, published_at, changed; `None` when nothing is published or the
            server does not say.
        error: What ended the job, or the first step that failed; `None` when all is well.
        versions: Of influence, Python, the server and GDS.
        path: Where the document was written, or `None`.
    """

    job: str
    job_id: str
    plan: Path
    plan_sha256: str
    dry_run: bool
    started_at: datetime
    time_limit_s: float | None = None
    status: JobStatus = "running"
    exit_code: int = 0
    finished_at: datetime | None = None
    duration_ms: int = 0
    token: int | None = None
    steps: list[StepRecord] = field(default_factory=list)
    run: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    versions: dict[str, str | None] = field(
        default_factory=lambda: {"influence": __version__, "python": platform.python_version()}
    )
    path: Path | None = None

    @property
    def warnings(self) -> int:
        """Number of warnings over all steps."""
        return sum(len(step.warnings) for step in self.steps)

    def as_dict(self) -> dict[str, Any]:
        """Return the document of `run-summary.json`."""
        return {
            "schema_version": SCHEMA_VERSION,
            "job": self.job,
            "job_id": self.job_id,
            "plan": str(self.plan),
            "plan_sha256": self.plan_sha256,
            "dry_run": self.dry_run,
            "status": self.status,
            "exit_code": self.exit_code,
            "started_at": stamp(self.started_at),
            "finished_at": stamp(self.finished_at),
            "duration_ms": self.duration_ms,
            "time_limit_s": self.time_limit_s,
            "token": self.token,
            "run": self.run,
            "error": self.error,
            "warnings": self.warnings,
            "versions": self.versions,
            "steps": [step.as_dict() for step in self.steps],
        }

    def write(self, path: Path) -> Path:
        """Write the document; readers see the old one or all of the new.

        The summary of a job that has come later is not overwritten by a job that slept through its lease, nor by one
        that was refused meanwhile: theirs goes beside it, under the job's id.

        Returns:
            Where it was written.

        Raises:
            UsageProblem: The path cannot be written.
        """
        make_folder(path.parent)
        if self.superseded(path):
            path = path.with_name(f"{path.stem}.{self.job_id}{path.suffix}")
        text = json.dumps(self.as_dict(), ensure_ascii=False, indent=2, default=str) + "\n"
        return write_atomically(path, text).path

    def superseded(self, path: Path) -> bool:
        """Tell whether a file holds the summary of a job that took the lock later and ended while this one ran.

        The fencing token alone does not say: a database that is new, rebuilt or restored may count from 1 again.
        """
        try:
            other = json.loads(path.read_text(encoding="utf-8"))
            token, finished = other["token"], other["finished_at"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return False
        if not isinstance(token, int) or not isinstance(finished, str) or finished < str(stamp(self.started_at)):
            return False
        return self.token is None or token > self.token

    def line(self) -> str:
        """Return the summary as one line."""
        said = [f"{self.job}: {self.status}{' (dry run)' if self.dry_run else ''} in {length(self.duration_ms)}"]
        kinds = dict.fromkeys(step.kind for step in self.steps if step.kind != "verify" and step.status != "not-run")
        said += [f"{kind} {phrase([step for step in self.steps if step.kind == kind])}" for kind in kinds]
        if left := [step.name for step in self.steps if step.status == "not-run"]:
            said.append(f"not run: {', '.join(dict.fromkeys(name.split()[0] for name in left))}")
        if self.run:
            said.append(f"run {self.run['id']}{'' if self.run['changed'] else ' as before'}")
        if self.warnings:
            said.append("1 warning" if self.warnings == 1 else f"{self.warnings:,} warnings")
        if self.error:
            said.append(f"error {self.error['code']}")
        return "; ".join(said)


def make_folder(path: Path) -> None:
    """Make a folder for output, if it is not there.

    Raises:
        UsageProblem: It cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageProblem(
            f"cannot make the folder `{path}`: {(error.strerror or 'unknown reason').lower()}",
            code="output-unwritable",
            hint="give a folder that this user may write",
        ) from error


def phrase(steps: list[StepRecord]) -> str:
    """Return what became of the steps of a kind: "2 done, 1 failed (brokers)", with the sum of what they count."""
    parts = []
    for status in dict.fromkeys(step.status for step in steps):
        same = [step for step in steps if step.status == status]
        text = f"{len(same)} {status}" if len(steps) > 1 else status
        if status in ("failed", "interrupted") and len(steps) > 1:
            text += f" ({', '.join(step.name.split(' ', 1)[-1] for step in same)})"
        parts.append(text)
    counts: dict[str, int] = {}
    for step in steps:
        for name, number in step.counts.items():
            counts[name] = counts.get(name, 0) + number
    told = [f"{number:,} {name.replace('_', ' ')}" for name, number in counts.items() if number]
    return ", ".join(parts) + (f" ({', '.join(told)})" if told else "")


def length(milliseconds: int) -> str:
    """Return a duration for people: "4.2 s", "3 min 5 s", "1 h 2 min"."""
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def stamp(instant: datetime | None) -> str | None:
    """Return an instant as ISO 8601 in UTC, to the millisecond: texts sort as the instants do."""
    return None if instant is None else instant.astimezone(UTC).isoformat(timespec="milliseconds")


def scalars(properties: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return those of the named properties that there are."""
    return {name: properties[name] for name in names if properties.get(name) is not None}
