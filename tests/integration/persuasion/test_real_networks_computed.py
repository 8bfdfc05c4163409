"""The farmers and the doctors computed on a real server: directed ties, coarse dates, and a negative control."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from influence.compute import ComputeOptions, compute_run
from influence.graph import Graph
from influence.load import LoadOptions, PseudonymKey, load_folder
from influence.persuasion.estimate import estimate_persuasion
from influence.persuasion.parameters import PersuasionParameters
from influence.progress import Silent
from influence.report.running import run_report
from influence.runs.records import RunRecord
from influence.snapshot.reader import read_snapshot

pytestmark = [pytest.mark.integration, pytest.mark.slow]

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def computed(graph: Graph, data: Path, name: str, scratch: Path, window_days: float) -> RunRecord:
    options = LoadOptions(mapping=data / "mappings" / f"{name}.toml")
    load_folder(graph, data / name, options, PseudonymKey(scratch / "key"), Silent(), NOW)
    return compute_run(graph, ComputeOptions(window_days=window_days), home=scratch)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_customer(graph: Graph, measure: str) -> dict[str, Any]:
    text = "MATCH (c:Customer)-[:SCORED]->(s:Score) RETURN c.id AS id, s[$measure] AS value"
    return dict(graph.read(text, {"measure": measure}, name="scores").rows)


def follow_ons_by_hand(
    edges: set[tuple[str, str]], bought: dict[str, dict[str, datetime]], days: float
) -> Counter[str]:
    """Count, for each named person, the namers who took up the same thing later and within the window."""
    found: Counter[str] = Counter()
    for namer, named in edges:
        for item, at in bought.get(named, {}).items():
            later = bought.get(namer, {}).get(item)
            if later is not None and 0 < (later - at).total_seconds() <= days * 86_400:
                found[named] += 1
    return found


def purchases(graph: Graph) -> dict[str, dict[str, datetime]]:
    text = "MATCH (c:Customer)-[b:BOUGHT {first: true}]->(p:Product) RETURN c.id AS who, p.id AS what, b.at AS at"
    bought: dict[str, dict[str, datetime]] = {}
    for who, what, at in graph.read(text, name="purchases").rows:
        bought.setdefault(who, {})[what] = at
    return bought


def test_farmers_when_computed_then_influence_runs_from_the_named_to_the_namer(
    empty_graph: Graph, data: Path, tmp_path: Path
) -> None:
    window = 3 * 366.0
    run = computed(empty_graph, data, "farmers", tmp_path, window)
    edges = {(row["src"], row["dst"]) for row in rows(data / "farmers" / "brfarmers_edges.csv")}
    named = Counter(dst for _, dst in edges)
    listeners = by_customer(empty_graph, "friends_in")
    assert {who: count for who, count in listeners.items() if count} == dict(named)
    most = run_report(empty_graph, "most-followed", {"limit": "1"})
    assert named[most.rows[0][0]] == max(named.values())
    by_hand = follow_ons_by_hand(edges, purchases(empty_graph), window)
    counted = by_customer(empty_graph, "follow_on_count")
    assert {who: count for who, count in counted.items() if count} == dict(by_hand)
    assert run.properties["follow_ons"] == sum(by_hand.values()) > 100
    status = Counter(by_customer(empty_graph, "persuasion_status").values())
    assert status["ok"] == run.properties["persuasion_family"] > 50
    assert status["insufficient_data"] > 0


def test_doctors_when_computed_then_nobody_is_certified_and_unknown_is_not_zero(
    empty_graph: Graph, data: Path, tmp_path: Path
) -> None:
    run = computed(empty_graph, data, "doctors", tmp_path, 62)
    assert run.properties["follow_ons"] > 10
    assert run.properties["persuasion_certified"] == 0
    assert not any(by_customer(empty_graph, "certified_persuader").values())
    assert set(by_customer(empty_graph, "persuasion_status").values()) == {"insufficient_data"}
    for measure in ("persuasion_rate", "persuasion_lift", "persuasion_q", "extra_purchases"):
        assert set(by_customer(empty_graph, measure).values()) == {None}
    assert any("nobody can be certified" in warning for warning in run.properties["persuasion_warnings"])
    assert run_report(empty_graph, "persuaders").rows == []
    # one product is below the floor of evidence: without a floor the test itself must find nobody
    parameters = PersuasionParameters(window_days=62, min_purchases=1, min_friends=1)
    result = estimate_persuasion(read_snapshot(empty_graph, run.as_of), parameters)
    assert result.diagnostics["family"] > 40
    assert (result.diagnostics["discoveries"], result.diagnostics["mirror_discoveries"]) == (0, 0)
    assert result.diagnostics["lag"] == pytest.approx(1, abs=0.2)
    assert result.diagnostics["shuffled_ratio"] == pytest.approx(1, abs=0.2)
    assert result.totals["naive"] > 20
    assert result.totals["caused"] < 0.1 * result.totals["naive"]
    assert result.totals["credit"] < 0.1 * result.totals["naive"]
