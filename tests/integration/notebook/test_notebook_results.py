"""`influence.open()`: frames with the right types, unknown kept apart from 0, and customers as escaped pages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import influence
from influence.errors import ServerUnsuitable, UsageProblem
from influence.graph import Graph
from influence.measures import MEASURES
from influence.notebook import Results
from influence.project import Project

pytestmark = [pytest.mark.integration, pytest.mark.reference_line]

SHOP = Path(__file__).parent.parent / "report"


@pytest.fixture(scope="module")
def results(graph: Graph, project: Project) -> Iterator[Results]:
    """The hand-worked shop of the report tests, opened as a notebook does."""
    graph.execute((SHOP / "shop.cypher").read_text(encoding="utf-8"), name="shop")
    measures = sorted({measure.name for measure in MEASURES} - {"cascade_rank"})
    graph.execute((SHOP / "scores.cypher").read_text(encoding="utf-8"), {"measures": measures}, name="scores")
    graph.execute(
        "MATCH (c:Customer {id: 'zoe'}) CREATE (c)-[:SCORED]->"
        "(:Score {run: 'run-2', customer: 'zoe', friend_count: 0, page_rank: 0.1, community_role: '<b>none</b>'})",
        name="zoe",
    )
    with influence.open(home=project.home) as opened:
        yield opened


def test_influence_when_imported_then_light_until_it_is_opened() -> None:
    code = (
        "import sys, influence; heavy = {'pandas', 'numpy', 'neo4j', 'pyarrow'} & set(sys.modules); assert not heavy, heavy; "
        "assert callable(influence.open); assert 'pandas' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="no attribute `close`"):
        influence.close  # type: ignore[attr-defined]  # noqa: B018


def test_report_when_asked_then_types_rows_and_where_they_come_from(results: Results) -> None:
    found = results.report("super-connectors", limit=1)
    assert list(found["customer_id"]) == ["ann"]
    assert found["friends"].dtype == "Int64"
    assert found.attrs["run"] == "run-2"
    assert found.attrs["published_at"].startswith("2026-04-01T02:10")
    assert found.attrs["params"]["limit"] == 1
    assert found.attrs["question"].endswith("?")
    assert found.attrs["columns"]["friends"]["title"] == "Friends"
    assert list(found["name"]) == ["A***"], "masked unless asked for"
    assert list(results.report("super-connectors", limit=1, show_pii=True)["name"]) == ["Ann Archer"]
    with pytest.raises(UsageProblem, match="no report named"):
        results.report("super-connector")
    older = results.report("super-connectors", run="run-1")
    assert (older.attrs["run"], older.attrs["current"]) == ("run-1", False)


def test_report_when_written_as_parquet_then_its_attributes_come_back(results: Results, tmp_path: Path) -> None:
    found = results.report("runs")
    assert str(found["as_of"].dtype).startswith("datetime64") and found["as_of"].dt.tz is not None
    found.to_parquet(tmp_path / "runs.parquet")
    assert pd.read_parquet(tmp_path / "runs.parquet").attrs["name"] == "runs"


def test_segment_when_asked_then_by_customer_without_who_opted_out(results: Results) -> None:
    found = results.segment("super-connectors")
    assert found.index.name == "customer_id"
    assert list(found.index) == ["ann"]
    assert "fay" not in found.index


def test_scores_when_read_then_unknown_is_missing_and_not_0(results: Results) -> None:
    found = results.scores(["friend_count", "broker_score", "super_connector", "external_reach", "community_role"])
    assert found.index.name == "customer_id"
    assert list(found.index) == sorted(found.index)
    assert found.loc["zoe", "friend_count"] == 0
    assert found.loc["zoe"].drop(["friend_count", "community_role"]).isna().all()
    assert (found["friend_count"].dtype, found["super_connector"].dtype) == ("Int64", "boolean")
    assert (found["broker_score"].dtype, found["external_reach"].dtype) == ("float64", "Int64")
    assert bool(found.loc["ann", "super_connector"]) is True
    assert found.attrs["run"] == "run-2"
    assert results.scores(["friend_count"], run="run-1").loc["ann", "friend_count"] == 4
    everything = results.scores()
    assert set(found.columns) < set(everything.columns)
    with pytest.raises(UsageProblem, match="no measure"):
        results.scores(["friendcount"])
    with pytest.raises(UsageProblem, match="is no measure by customer"):
        results.scores(["topic_reach"])
    with pytest.raises(ServerUnsuitable, match="holds no `cascade_rank`"):
        results.scores(["cascade_rank"])


def test_topic_scores_when_read_then_by_customer_and_topic(results: Results) -> None:
    found = results.topic_scores(["topic_reach", "follow_on_count", "interest_declared"])
    assert found.index.names == ["customer_id", "topic_id"]
    assert found.loc[("ann", "light"), "topic_reach"] == 0.5
    assert found.loc[("ben", "home"), "follow_on_count"] == 1
    assert ("zoe", "light") not in found.index


def test_customer_when_shown_then_html_is_escaped_and_text_says_the_same(results: Results) -> None:
    view = results.customer("zoe", show_pii=True)
    html = view._repr_html_()
    assert "<h2>zoe, =HYPERLINK(&#34;x&#34;)</h2>" in html
    assert "<b>none</b>" not in html
    assert "&lt;b&gt;none&lt;/b&gt;" in html
    for forbidden in ("<script", "<style", "<html", "href=", "src="):
        assert forbidden not in html
    assert "run-2" in html
    text = repr(results.customer("ann"))
    assert "Customer ann" in text
    assert "Ann Archer" not in text
    assert results.customer("ann").section("topics").shape[0] == 2
    with pytest.raises(UsageProblem, match="no section `nothing`"):
        results.customer("ann").section("nothing")
    with pytest.raises(UsageProblem, match="no customer"):
        results.customer("nobody")


def test_lists_when_asked_then_reports_segments_and_runs(results: Results) -> None:
    assert "persuaders" in results.reports().index
    assert results.segments().loc["super-connectors", "question"].endswith("?")
    runs = results.runs()
    assert list(runs.index) == ["run-2", "run-1"]
    assert list(runs["current"]) == [True, False]


def test_results_when_closed_then_the_next_question_opens_them_again(project: Project, results: Results) -> None:
    again = influence.open(home=project.home)
    assert len(again.report("runs")) == 2
    again.close()
    assert len(again.report("runs")) == 2
    again.close()
