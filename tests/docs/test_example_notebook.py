"""The notebook of the documentation runs, shows what it shows, and gives away no machine."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest

from influence.graph import Graph
from influence.project import Project

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_example", ROOT / "tools" / "write_example.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def committed(writer: ModuleType) -> Any:
    return nbformat.read(writer.NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def again(graph: Graph, project: Project, writer: ModuleType, committed: Any) -> Any:
    """The notebook executed now, against the real server."""
    writer.prepare(graph, project.home)
    return writer.executed(committed)


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cell: Any) -> list[tuple[str, str]]:
    """Return the text of the outputs of a cell, of a customer's page only its heading: sections come and go."""
    found = []
    for output in cell.outputs:
        if output.output_type == "stream":
            found.append((output.name, output.text))
        for kind, text in sorted(output.get("data", {}).items()):
            if "influence-customer" in output.get("data", {}).get("text/html", ""):
                text = re.sub(r"\s+", " ", text)[:70] if kind == "text/html" else text.splitlines()[0]
            found.append((kind, text))
    return found


def test_committed_notebook_when_read_then_valid_executed_in_order_and_without_error(committed: Any) -> None:
    nbformat.validate(committed)
    assert [cell.execution_count for cell in code(committed)] == list(range(1, len(code(committed)) + 1))
    outputs = [output for cell in code(committed) for output in cell.outputs]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output for output in outputs if output.get("name") == "stderr"]


def test_committed_notebook_when_read_then_names_no_machine(writer: ModuleType) -> None:
    text = writer.NOTEBOOK.read_text(encoding="utf-8")
    assert re.findall(r"(?:/home|/root|/tmp|/work|/Users|[A-Z]:\\\\)[^\s\"]*", text) == []


def test_notebook_when_executed_again_then_the_committed_outputs_are_in_step(committed: Any, again: Any) -> None:
    for before, after in zip(code(committed), code(again), strict=True):
        assert shown(before) == shown(after), f"run `python tools/write_example.py`: {before.source.splitlines()[0]}"
    page = next(cell for cell in code(again) if "results.customer(" in cell.source).outputs[0].data
    assert "1001" in page["text/html"]
    assert "<script" not in page["text/html"]
