"""Answers for the tests of pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from influence.report import Column, Computed, Picture, Table

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\"'&"


@pytest.fixture
def now() -> datetime:
    """The instant of the pages."""
    return NOW


@pytest.fixture
def answer() -> Callable[..., Table]:
    """Return a maker of answers."""

    def make(
        columns: Sequence[Column], rows: Sequence[tuple[Any, ...]], picture: Picture | None = None, **changed: Any
    ) -> Table:
        values: dict[str, Any] = {
            "kind": "report",
            "name": "example",
            "title": "Example",
            "question": "Who is it?",
            "summary": "An example",
            "revision": 1,
            "checksum": "0" * 64,
            "params": {"limit": 25},
            "key": (columns[0].name,),
            "computed": Computed("r1", NOW, NOW, True),
        }
        return Table(**{**values, **changed}, columns=tuple(columns), rows=list(rows), picture=picture)

    return make
