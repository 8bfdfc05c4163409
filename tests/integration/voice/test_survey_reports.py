"""NPS and CES with their standard errors, in the one place where they are computed: the reports."""

from __future__ import annotations

import numpy as np
import pytest

from influence.graph import Graph
from influence.measures import MEASURES
from influence.report.running import run_report

pytestmark = pytest.mark.integration

SCORED = """
CREATE (:_InfluenceState {id: 'current', run: 'r'}),
       (:Run {id: 'r', status: 'published', as_of: datetime('2026-01-01T00:00Z'), started_at: datetime(),
              published_at: datetime(), customers: 0, measures: $measures})
WITH 1 AS one
UNWIND range(0, size($scores) - 1) AS i
CREATE (c:Customer {id: toString(i), segment: $segments[i]})-[:SCORED]->(:Score {run: 'r', customer: toString(i)}),
       (c)-[:ANSWERED]->(:Response {id: toString(i), kind: $kind, score: toFloat($scores[i]),
                                    at: datetime('2025-05-01T00:00Z')})
"""


def put(graph: Graph, kind: str, scores: list[float], segments: list[str]) -> None:
    params = {"kind": kind, "scores": scores, "segments": segments, "measures": sorted({one.name for one in MEASURES})}
    graph.execute(SCORED, params, name="survey")


def test_nps_when_it_is_g8_then_its_score_and_standard_error(empty_graph: Graph) -> None:
    few = [10.0] * 29
    scores = [10.0] * 50 + [9.0] * 50 + [7.0] * 30 + [8.0] * 30 + [6.0] * 20 + [0.0] * 20
    put(empty_graph, "nps", scores + few, ["many"] * 200 + ["few"] * 29)
    table = run_report(empty_graph, "nps", {"by": "segment"})
    many, small = table.record(0), table.record(1)
    assert (many["promoters"], many["passives"], many["detractors"]) == (100, 60, 40)
    assert many["nps"] == pytest.approx(30.0)
    assert many["standard_error"] == pytest.approx(5.5227, abs=5e-5)
    assert many["low"] < 30.0 < many["high"]
    # 29 equal answers are no certainty, and no point value
    assert small["nps"] is None and small["standard_error"] is None
    assert small["low"] < 95.0 and small["high"] == 100.0
    assert run_report(empty_graph, "nps", {"by": "segment", "min_answers": "30"}).values("group") == ["many"]


def test_effort_when_computed_then_mean_share_and_standard_error(empty_graph: Graph) -> None:
    scores = [3.0, 5.0, 7.0] * 20
    put(empty_graph, "ces", [*scores, 3.0, 7.0, 6.0], ["many"] * 60 + ["two", "two", "one"])
    table = run_report(empty_graph, "effort", {"by": "segment"})
    many, two, one = (table.record(place) for place in range(3))
    error = np.std(scores, ddof=1) / np.sqrt(60)
    assert many["ces"] == pytest.approx(5.0)
    assert many["share_easy"] == pytest.approx(2 / 3)
    assert many["standard_error"] == pytest.approx(error)
    assert (many["low"], many["high"]) == pytest.approx((5 - 1.96 * error, 5 + 1.96 * error))
    assert two["ces"] is None and two["low"] >= 1.0
    assert one["answers"] == 1 and one["low"] is None and one["high"] is None
