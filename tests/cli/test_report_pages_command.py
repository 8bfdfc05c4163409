"""`influence report run -o html|svg|png` and `influence report build`."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from influence.cli.main import app
from influence.errors import UsageProblem
from influence.export_register import ExportRegister
from influence.graph import Graph
from influence.measures import MEASURES
from influence.settings import Settings

SHOP = Path(__file__).parent.parent / "integration" / "report"
runner = CliRunner()


@pytest.fixture(scope="module")
def shop(graph: Graph) -> Graph:
    """The hand-worked shop of the report tests."""
    graph.execute((SHOP / "shop.cypher").read_text(encoding="utf-8"), name="shop")
    measures = sorted(measure.name for measure in MEASURES)
    graph.execute((SHOP / "scores.cypher").read_text(encoding="utf-8"), {"measures": measures}, name="scores")
    return graph


def influence(*arguments: str) -> bytes:
    """Run a command in this process and return stdout; errors are raised."""
    result = runner.invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout_bytes


def test_run_when_html_then_one_file_with_its_manifest_for_the_owner_only(shop: Graph, tmp_path: Path) -> None:
    out = tmp_path / "who.html"
    influence("report", "run", "super-connectors", "--out", str(out))
    page = out.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "Who knows by far the most people?" in page
    assert "MATCH" in page
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert json.loads((tmp_path / "who.html.manifest.json").read_text())["format"] == "html"


@pytest.mark.parametrize("ending", ["csv", "html"])
def test_run_when_it_ends_while_it_writes_then_the_place_is_on_record(
    shop: Graph, settings: Settings, tmp_path: Path, ending: str
) -> None:
    out = tmp_path / "missing" / f"who.{ending}"
    with pytest.raises(UsageProblem):
        influence("report", "run", "super-connectors", "--out", str(out))
    noted = ExportRegister(settings.home).files()[-1]
    assert (noted.path, noted.kind, noted.sha256) == (out.resolve(), "report", "")


@pytest.mark.parametrize(("format", "start"), [("svg", b"<svg "), ("png", b"\x89PNG"), ("html", b"<!doctype html>")])
def test_run_when_a_picture_is_asked_for_then_stdout_is_the_picture(shop: Graph, format: str, start: bytes) -> None:
    assert influence("report", "run", "super-connectors", "-o", format).startswith(start)


def test_run_when_the_report_has_no_chart_then_the_way_out_is_said(shop: Graph) -> None:
    with pytest.raises(UsageProblem) as caught:
        influence("report", "run", "reach-summary", "-o", "svg")
    assert caught.value.code == "no-chart"
    assert "-o html" in (caught.value.hint or "")


def test_segment_when_html_then_a_page_too(shop: Graph) -> None:
    assert b"<!doctype html>" in influence("segment", "run", "super-connectors", "-o", "html")


def test_build_when_nothing_is_computed_then_the_command_is_said(empty_graph: Graph, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem) as caught:
        influence("report", "build", "--out", str(tmp_path / "pages"))
    assert "influence compute run" in (caught.value.hint or "")
    assert list(tmp_path.iterdir()) == []
