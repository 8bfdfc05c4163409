"""The doctor on a real server: what is well, what is not, and what fixes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from influence.doctor import Finding, examine
from influence.graph import Graph
from influence.project import Project
from influence.settings import load_settings

pytestmark = pytest.mark.integration


def now() -> datetime:
    return datetime.now(UTC)


def found(findings: list[Finding], check: str) -> list[Finding]:
    return [finding for finding in findings if finding.check == check]


def publish(graph: Graph, at: datetime) -> None:
    """Make a run current that was published at an instant."""
    graph.execute(
        "MERGE (s:_InfluenceState {id: 'current'}) SET s.run = 'r' "
        "CREATE (:Run {id: 'r', status: 'published', as_of: $at, started_at: $at, published_at: $at, measures: []})",
        {"at": at},
        name="fixture",
    )


def test_doctor_when_the_server_is_ours_then_all_is_well_but_nothing_is_computed(
    project: Project, empty_graph: Graph
) -> None:
    findings = examine(project, now)
    wrong = [finding for finding in findings if not finding.ok]
    assert [(finding.check, finding.fix) for finding in wrong] == [("scores", "run `influence compute run`")]
    assert {"versions", "driver", "guard", "clock", "schema"} <= {finding.check for finding in findings}


def test_doctor_when_scores_are_older_than_allowed_then_says_compute(project: Project, empty_graph: Graph) -> None:
    publish(empty_graph, now() - timedelta(hours=30))
    assert found(examine(project, now), "scores")[0].ok
    assert not found(examine(project, now, timedelta(hours=26)), "scores")[0].ok
    assert found(examine(project, now, timedelta(hours=31)), "scores")[0].ok


def test_doctor_when_a_constraint_is_missing_then_says_apply(project: Project, empty_graph: Graph) -> None:
    empty_graph.execute_schema("DROP CONSTRAINT customer_id_unique", name="fixture")
    empty_graph.execute("MATCH (m:_InfluenceMigration) WITH m LIMIT 1 DELETE m", name="fixture")
    try:
        assert found(examine(project, now), "schema")[0].fix == "run `influence schema apply`"
    finally:
        empty_graph.execute("MATCH (m:_InfluenceMigration) DELETE m", name="fixture")
        from influence.schema import apply_schema

        apply_schema(empty_graph)


def test_doctor_when_the_clocks_differ_then_says_so(project: Project, empty_graph: Graph) -> None:
    clock = found(examine(project, lambda: now() - timedelta(hours=1)), "clock")[0]
    assert not clock.ok
    assert "3600 s" in clock.detail or "3599 s" in clock.detail or "3601 s" in clock.detail


def test_doctor_when_the_remote_server_is_away_then_finding_with_a_way_out_and_no_traceback(tmp_path: Path) -> None:
    settings = load_settings(uri="bolt://127.0.0.1:9", password="nothing", home=tmp_path)
    with Project(settings) as away:
        connection = found(examine(away, now), "connection")
    assert [finding.ok for finding in connection] == [False]
    assert connection[0].fix


def test_doctor_when_a_remote_address_is_not_encrypted_then_warns(tmp_path: Path) -> None:
    settings = load_settings(uri="bolt://graph.invalid:7687", password="nothing", home=tmp_path)
    with Project(settings) as away:
        assert found(examine(away, now), "encryption")[0].ok is False


def test_doctor_when_the_env_file_is_open_to_others_then_warns(
    project: Project, empty_graph: Graph, tmp_path: Path
) -> None:
    path = tmp_path / "settings.env"
    path.write_text("NEO4J_USERNAME=neo4j\n")
    path.chmod(0o644)
    assert "chmod 600" in (found(examine(project, now, env_file=path), "settings")[0].fix or "")
