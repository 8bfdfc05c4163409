"""The hand-worked shop, in the database once per test module."""

from __future__ import annotations

from pathlib import Path

import pytest

from influence.graph import Graph
from influence.measures import MEASURES

HERE = Path(__file__).parent


def statement(name: str) -> str:
    """Return a statement of this folder."""
    return (HERE / f"{name}.cypher").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shop(graph: Graph) -> Graph:
    """Ten customers, three products, two published runs."""
    graph.execute(statement("shop"), name="shop")
    graph.execute(statement("scores"), {"measures": sorted(one.name for one in MEASURES)}, name="scores")
    return graph
