"""Loading small folders into the real database, and looking at all that is in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from influence.graph import Graph
from influence.load import LoadOptions, LoadReport, PseudonymKey, load_folder
from influence.progress import Silent

Loader = Callable[..., LoadReport]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty dataset folder."""
    path = tmp_path / "data"
    path.mkdir()
    return path


@pytest.fixture
def put(folder: Path) -> Callable[..., None]:
    """Write dataset files: `put(customers="customer_id\\n1\\n")`; `None` removes one."""

    def write(**files: str | None) -> None:
        for name, text in files.items():
            path = folder / f"{name}.csv"
            if text is None:
                path.unlink()
            else:
                path.write_text(text, encoding="utf-8")

    return write


@pytest.fixture
def load(empty_graph: Graph, folder: Path, tmp_path: Path) -> Loader:
    """Load the folder into the empty database."""

    def run(run_id: str = "", *, path: Path = folder, now: datetime = NOW, **options: Any) -> LoadReport:
        key = PseudonymKey(tmp_path / "home" / "pseudonym.key")
        report = load_folder(empty_graph, path, LoadOptions(**options), key, Silent(), now, run_id=run_id)
        for file in report.files:
            assert file.read == file.loaded + file.duplicate + file.rejected
            if not report.dry_run:
                assert file.loaded == file.created + file.updated + file.unchanged
        return report

    return run


@pytest.fixture
def content() -> Callable[..., dict[str, list[str]]]:
    """Everything in the graph but book-keeping, in an order of its own; without run ids unless asked for."""

    def read(graph: Graph, *, stamps: bool = False) -> dict[str, list[str]]:
        def shown(properties: dict[str, Any]) -> str:
            kept = {k: v for k, v in properties.items() if stamps or k != "run_id"}
            return repr(sorted((k, str(v)) for k, v in kept.items()))

        nodes = graph.read(
            "MATCH (n) WHERE NOT any(l IN labels(n) WHERE l STARTS WITH '_Influence') "
            "RETURN labels(n) AS labels, properties(n) AS p",
            name="test-nodes",
        )
        ties = graph.read(
            "MATCH (a)-[r]->(b) RETURN type(r) AS type, a.id AS a, b.id AS b, properties(r) AS p", name="test-ties"
        )
        return {
            "nodes": sorted(f"{labels} {shown(p)}" for labels, p in nodes.rows),
            "relationships": sorted(f"{a} {kind} {b} {shown(p)}" for kind, a, b, p in ties.rows),
        }

    return read


@pytest.fixture
def ask(empty_graph: Graph) -> Callable[..., list[tuple[Any, ...]]]:
    """Run a reading statement and return its rows."""

    def read(text: str, **params: Any) -> list[tuple[Any, ...]]:
        return empty_graph.read(text, params, name="test-question").rows

    return read
