"""The results of checks as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from influence.checks.engine import CheckResult, amount

__all__ = ["page"]


def page(results: Sequence[CheckResult], rows: int) -> Iterator[str]:
    """Yield a line per check, and under each that found something up to `rows` bad rows."""
    width = max((len(result.check.name) for result in results), default=0)
    for result in results:
        told = "" if result.status == "ok" else result.problem.message if result.problem else amount(result)
        yield f"{result.status:7}  {result.check.name:{width}}  {told}".rstrip()
        if result.answer is None or not result.found:
            continue
        yield f"         {result.check.header.summary}"
        for row in result.answer.rows[:rows]:
            cells = (f"{name}={cell(value)}" for name, value in zip(result.answer.columns, row, strict=True))
            yield "           " + "  ".join(cells)
        if result.found > rows:
            yield f"           … run `influence check run {result.check.name}` for all"


def cell(value: Any) -> str:
    """Return a value on one line, without control characters."""
    if value is None:
        return "-"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return "".join(letter if letter.isprintable() else "?" for letter in str(value))
