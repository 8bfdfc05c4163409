"""A small answer with every type of value, and golden files that carry the name of their test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from influence.report import Column, Computed, Picture, Table

NOW = datetime(2026, 11, 20, 20, 10, tzinfo=UTC)

COLUMNS = (
    Column("customer_id", "str", "Customer"),
    Column("name", "str", "Name", personal=True),
    Column("friends", "int", "Friends", ",d", unit="people"),
    Column("per_purchase", "float", "Follow-ons per purchase", ".2f"),
    Column("share", "float", "Share", ".1%"),
    Column("declared", "bool", "Declared"),
    Column("bought_at", "datetime", "Bought"),
    Column("joined_on", "date", "Joined", "%d %b %Y"),
    Column("note", "str", "What they said about us in the survey of last spring"),
)
ROWS = [
    ("C1", "D***", 1234567, 0.5, 0.1234, True, datetime(2026, 11, 1, 8, 30, tzinfo=UTC), date(2020, 2, 29), "fine"),
    ("=cmd()", "Ł***", -3, -0.25, 1.0, False, datetime(2026, 11, 2, tzinfo=UTC), None, 'says "no, thanks"\nand more'),
    ("東京のお客様", None, 7, None, None, None, None, None, "\x1b[31mred\x1b[0m"),
]


@pytest.fixture
def now() -> datetime:
    """A fixed instant, 18 hours after the run was published."""
    return NOW


@pytest.fixture
def answer() -> Table:
    """Three rows with every type of value, a formula, control characters, wide letters and unknowns."""
    return Table(
        kind="report",
        name="sample",
        title="Sample",
        question="What does every type of value look like?",
        summary="A made-up answer: no customer is like this, and nothing follows from it",
        revision=2,
        checksum="c0ffee",
        params={"limit": 25, "country": "", "window": 28},
        columns=COLUMNS,
        rows=list(ROWS),
        key=("customer_id",),
        population=3114,
        computed=Computed(
            "20261120-0210-7f3a",
            datetime(2026, 11, 19, tzinfo=UTC),
            datetime(2026, 11, 20, 2, 10, tzinfo=UTC),
        ),
        picture=Picture("bar", "customer_id", "friends"),
        masked=True,
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str | bytes], None]:
    """Compare with the golden file of the test; to renew it, delete it and copy what the failure wrote beside."""

    def compare(found: str | bytes) -> None:
        data = found.encode() if isinstance(found, str) else found
        name = request.node.name.replace("[", "_").rstrip("]")
        path = Path(__file__).parent / "golden" / f"{name}.txt"
        if not path.is_file() or path.read_bytes() != data:
            fresh = path.with_suffix(".new")
            fresh.parent.mkdir(exist_ok=True)
            fresh.write_bytes(data)
            pytest.fail(f"differs from {path.name}; what was found is in {fresh.name}")

    return compare
