"""The hand-worked village, in the database once per test module."""

from __future__ import annotations

from pathlib import Path

import pytest

from influence.graph import Graph
from influence.measures import MEASURES

VILLAGE = Path(__file__).parent / "village.cypher"


@pytest.fixture(scope="module")
def village(graph: Graph) -> Graph:
    """Eight customers, three products, one current run and one old one."""
    measures = sorted(measure.name for measure in MEASURES)
    graph.execute(VILLAGE.read_text(encoding="utf-8"), {"measures": measures}, name="village")
    return graph
