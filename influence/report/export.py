"""Files with answers: whole or absent, readable by their owner only when they name people, with a manifest beside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from influence import __version__
from influence.files import PERSONAL, SHARED, Written, write_atomically
from influence.report.formats import CsvStyle, Format, encoded
from influence.report.table import Table

__all__ = [
    "DRAWN_SUFFIXES",
    "MANIFEST_SUFFIX",
    "PICTURES",
    "SUFFIXES",
    "DrawnFormat",
    "Export",
    "export",
    "format_of",
    "manifest",
]

MANIFEST_SUFFIX: Final = ".manifest.json"
MANIFEST_VERSION: Final = 1
SUFFIXES: Final[dict[str, Format]] = {
    ".csv": "csv",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".parquet": "parquet",
}
DrawnFormat = Literal["html", "svg", "png"]
DRAWN_SUFFIXES: Final[Mapping[str, DrawnFormat]] = {".html": "html", ".svg": "svg", ".png": "png"}
"""Endings of pages and pictures, which `influence.pages` writes."""
PICTURES: Final = frozenset(("svg", "png"))
"""Formats that hold the chart alone."""


@dataclass(frozen=True)
class Export:
    """A written answer.

    Attributes:
        data: The file with the rows.
        manifest: The file that describes it.
    """

    data: Written
    manifest: Written


def format_of(path: Path) -> Format | None:
    """Return the format that the ending of a file name means, or `None`."""
    return SUFFIXES.get(path.suffix.lower())


def export(table: Table, path: Path, format: Format, *, now: datetime, style: CsvStyle | None = None) -> Export:
    """Write a table and its manifest.

    The manifest comes second: a crash between the two leaves an old manifest whose digest no longer fits, never
    a file that looks described and is not.

    Args:
        table: The answer.
        path: The file.
        format: What is written into it.
        now: Instant for the manifest.
        style: For CSV: for whom.

    Raises:
        UsageProblem: The path cannot be written.
    """
    mode = PERSONAL if table.personal else SHARED
    data = write_atomically(path, encoded(table, format, style), mode=mode)
    described = manifest(table, data, format, now, style)
    text = json.dumps(described, ensure_ascii=False, indent=2) + "\n"
    return Export(data, write_atomically(path.with_name(path.name + MANIFEST_SUFFIX), text, mode=mode))


def manifest(table: Table, data: Written, format: str, now: datetime, style: CsvStyle | None = None) -> dict[str, Any]:
    """Return what is known of a written file: no value of a row, and of parameters only which were used."""
    return {
        "schema_version": MANIFEST_VERSION,
        "file": data.path.name,
        "format": format,
        "excel": bool(style and style.excel),
        "raw": bool(style and style.raw),
        "bytes": data.size,
        "sha256": data.sha256,
        "rows": len(table.rows),
        "population": table.population,
        "truncated": table.truncated,
        "columns": [column.name for column in table.columns],
        "masked": [column.name for column in table.columns if column.personal] if table.masked else [],
        "personal": table.personal,
        "kind": table.kind,
        "name": table.name,
        "revision": table.revision,
        "checksum": table.checksum,
        "params": sorted(table.params),
        "run": table.computed.run if table.computed else None,
        "written_at": now.isoformat(timespec="seconds"),
        "influence": __version__,
    }
