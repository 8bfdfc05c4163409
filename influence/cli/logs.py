"""Logging for the command line: stderr, as text for people or one JSON object a line for collectors."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from influence.progress import SilentTask

if TYPE_CHECKING:
    from influence.errors import InfluenceError

__all__ = ["LogProgress", "configure", "in_json", "report", "say"]

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("text", "json")
FIELDS = (
    "job", "run_id", "load_id", "step", "kind", "stage", "task", "dataset", "report", "compute", "status", "code",
    "exit_code", "duration_ms", "steps", "rows", "written", "counts", "findings", "hint", "retryable",
    "route", "http_status",
)  # fmt: skip
"""What a record may carry beside its text: ids, codes, names of saved files and counts, never a value of a row."""

logger = logging.getLogger("influence.cli")


class JsonLines(logging.Formatter):
    """One JSON object a line: ts, level, event, and what is under way: run_id, step and the other fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        from influence.telemetry import fields

        entry = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
        }
        known = {**fields(), **vars(record)}
        entry.update({name: known[name] for name in FIELDS if known.get(name) is not None})
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)


class TextLines(logging.Formatter):
    """Lines as the errors of commands look: `warning: check: …`, findings below."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        from influence.telemetry import fields

        step = fields().get("step")
        lines = [f"{record.levelname.lower()}: {f'{step}: ' if step else ''}{record.getMessage()}"]
        lines += [f"  {finding}" for finding in getattr(record, "findings", None) or ()]
        if record.exc_info:
            lines.append(self.formatException(record.exc_info))
        return "\n".join(lines)


def configure(level: str | None, style: str) -> None:
    """Send the package's log records to stderr.

    Args:
        level: Least level that is shown; default: info as JSON, which a collector filters, else warning.
        style: text or json.

    Raises:
        UsageProblem: Level or format is unknown.
    """
    chosen = (level or ("info" if style.lower() == "json" else "warning")).lower()
    if chosen not in LEVELS or style.lower() not in FORMATS:
        from influence.errors import UsageProblem

        raise UsageProblem(
            f"unknown `--log-level {level}` or `--log-format {style}`",
            code="bad-option",
            hint=f"levels are {', '.join(LEVELS)}; formats are {', '.join(FORMATS)}",
        )
    as_json = style.lower() == "json"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else TextLines())
    package = logging.getLogger("influence")
    package.handlers[:] = [handler]
    package.propagate = False
    package.setLevel(chosen.upper())
    driver = logging.getLogger("neo4j")
    driver.setLevel(logging.ERROR)
    driver.handlers[:] = [handler] if as_json else []
    driver.propagate = not as_json


def in_json() -> bool:
    """Return whether stderr carries JSON objects."""
    return any(isinstance(handler.formatter, JsonLines) for handler in logging.getLogger("influence").handlers)


def say(text: str) -> None:
    """Tell a person something on stderr; a collector gets it as a record."""
    if in_json():
        logger.info("%s", text.strip())
    else:
        sys.stderr.write(f"{text}\n")


def report(error: InfluenceError) -> None:
    """Write an error to stderr: what failed, the findings, the way out."""
    findings = [str(finding) for finding in error.details.get("findings", ())]
    if in_json():
        facts = {"code": error.code, "exit_code": error.exit_code, "hint": error.hint, "retryable": error.retryable}
        logger.error("%s", error.message, extra=facts | {"findings": findings or None})
        return
    sys.stderr.write(f"error: {error.message}\n")
    for finding in findings:
        sys.stderr.write(f"  {finding}\n")
    if error.hint:
        sys.stderr.write(f"\nhint: {error.hint}\n")


class LogProgress:
    """The progress of collectors: notes and finished tasks are records."""

    @contextmanager
    def task(self, label: str, total: int | None = None, unit: str = "rows") -> Iterator[SilentTask]:
        """Log how long a task took when it ends well."""
        began = time.monotonic()
        yield SilentTask()
        logger.info("%s", label, extra={"duration_ms": round((time.monotonic() - began) * 1000), "rows": total})

    def note(self, text: str) -> None:
        """Log the line."""
        logger.info("%s", text)
