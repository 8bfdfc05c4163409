"""Logging for the command line: stderr, as text for people or one JSON object a line for collectors."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

__all__ = ["configure"]

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("text", "json")
FIELDS = ("run_id", "report", "dataset", "compute", "duration_ms", "rows")


class JsonLines(logging.Formatter):
    """One JSON object a line: ts, level, event and the fields of `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        entry = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
        }
        entry.update({name: getattr(record, name) for name in FIELDS if hasattr(record, name)})
        return json.dumps(entry, default=str)


def configure(level: str, style: str) -> None:
    """Send the package's log records to stderr.

    Raises:
        UsageProblem: Level or format is unknown.
    """
    if level.lower() not in LEVELS or style.lower() not in FORMATS:
        from influence.errors import UsageProblem

        raise UsageProblem(
            f"unknown `--log-level {level}` or `--log-format {style}`",
            code="bad-option",
            hint=f"levels are {', '.join(LEVELS)}; formats are {', '.join(FORMATS)}",
        )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonLines() if style.lower() == "json" else logging.Formatter("%(levelname)s %(name)s: %(message)s")
    )
    logger = logging.getLogger("influence")
    logger.handlers[:] = [handler]
    logger.propagate = False
    logger.setLevel(level.upper())
    logging.getLogger("neo4j").setLevel(logging.ERROR)
