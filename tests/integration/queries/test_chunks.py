"""Statements that read in chunks, as the real planner sees them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from influence.graph import Graph
from influence.queries import library, saved_text

pytestmark = pytest.mark.integration

CHUNKED = [name for name in library().names("internal") if "LIMIT $chunk" in saved_text("internal", name)]


def operators(part: dict[str, Any]) -> list[str]:
    """Name the operators of a plan."""
    return [part["operatorType"].partition("@")[0]] + [one for c in part.get("children", []) for one in operators(c)]


@pytest.mark.parametrize("name", CHUNKED)
def test_chunk_when_planned_then_it_ends_where_it_is_full(graph: Graph, name: str) -> None:
    text = saved_text("internal", name)
    params: dict[str, Any] = dict.fromkeys(re.findall(r"\$(\w+)", text), "")
    with graph.driver.session() as session:
        plan = session.run(f"EXPLAIN {text}", params | {"chunk": 10, "measures": [""]}).consume().plan  # type: ignore[arg-type]
    assert plan is not None
    found = set(operators(plan))
    assert "Limit" in found and not {"Top", "PartialTop", "Sort", "PartialSort"} & found, (
        "every chunk would look through everything that is left"
    )
