"""The hand-worked shop of the report tests, for segments."""

from __future__ import annotations

from pathlib import Path

import pytest

from influence.graph import Graph
from influence.measures import MEASURES

SHOP = Path(__file__).parent.parent / "report"


@pytest.fixture(scope="module")
def shop(graph: Graph) -> Graph:
    """Ten customers, three products, two published runs; one more customer opted out after she was scored."""
    graph.execute((SHOP / "shop.cypher").read_text(encoding="utf-8"), name="shop")
    measures = sorted(measure.name for measure in MEASURES)
    graph.execute((SHOP / "scores.cypher").read_text(encoding="utf-8"), {"measures": measures}, name="scores")
    graph.execute("MATCH (c:Customer {id: 'hal'}) SET c.opted_out = true", name="opt-out")
    return graph
