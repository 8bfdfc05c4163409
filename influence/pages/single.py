"""One answer as one file: a page that needs nothing beside it, or its picture."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from influence.files import PERSONAL, SHARED, write_atomically
from influence.pages.charts import chart_png, chart_svg
from influence.pages.links import Link
from influence.pages.render import report_page
from influence.queries import SavedQuery
from influence.report.export import MANIFEST_SUFFIX, DrawnFormat, Export, manifest
from influence.report.table import Table

__all__ = ["Alone", "drawn", "export_drawn"]


class Alone:
    """The links of a page without others beside it: there are none."""

    def home(self) -> str:
        """Return the top of the page itself."""
        return "#content"

    def navigation(self) -> Sequence[Link]:
        """Return no links."""
        return ()

    def glossary(self, anchor: str) -> str | None:
        """Return nothing."""
        return None

    def report(self, kind: str, name: str, params: Mapping[str, Any]) -> str | None:
        """Return nothing."""
        return None

    def customer(self, customer: str) -> str | None:
        """Return nothing."""
        return None


def drawn(table: Table, format: DrawnFormat, *, now: datetime, query: SavedQuery | None = None) -> bytes:
    """Return an answer as a page or a picture.

    Args:
        table: The answer.
        format: html, svg or png.
        now: Instant to which the age of the scores refers.
        query: The saved file, for definitions and the statement.

    Raises:
        UsageProblem: A picture of a report without a chart, or with nothing to draw.
    """
    match format:
        case "html":
            return report_page(table, Alone(), now=now, query=query).encode()
        case "svg":
            return chart_svg(table)
        case "png":
            return chart_png(table)


def export_drawn(
    table: Table, path: Path, format: DrawnFormat, *, now: datetime, query: SavedQuery | None = None
) -> Export:
    """Write an answer as a page or a picture, and its manifest.

    Args:
        table: The answer.
        path: The file.
        format: html, svg or png.
        now: Instant for the page and the manifest.
        query: The saved file, for definitions and the statement.

    Raises:
        UsageProblem: The path cannot be written, or there is nothing to draw.
    """
    mode = PERSONAL if table.personal else SHARED
    data = write_atomically(path, drawn(table, format, now=now, query=query), mode=mode)
    text = json.dumps(manifest(table, data, format, now), ensure_ascii=False, indent=2) + "\n"
    return Export(data, write_atomically(path.with_name(path.name + MANIFEST_SUFFIX), text, mode=mode))
