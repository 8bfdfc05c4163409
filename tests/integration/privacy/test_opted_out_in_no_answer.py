"""Whoever opts out, also after the run, is named by no report and no segment: asked of a shop in which all are someone."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from influence.compute import ComputeOptions, compute_run
from influence.errors import UsageProblem
from influence.graph import Graph
from influence.load import LoadOptions, PseudonymKey, load_folder
from influence.progress import Silent
from influence.queries import Kind, library
from influence.report import Table
from influence.report.running import run_report
from influence.segment import run_segment
from influence.worlds.shop.files import write_shop
from influence.worlds.shop.simulation import make_shop

pytestmark = [pytest.mark.integration, pytest.mark.reference_line, pytest.mark.slow]

NOW = datetime(2026, 1, 2, tzinfo=UTC)
NOBODY: Final = {
    *("advocacy-by-kind", "audience-exports", "audience-readout", "churn-contagion", "countries", "data-quality"),
    *("effort", "lift-distribution", "members-against-others", "next-steps", "nps", "persuasion-summary"),
    *("products-that-travel", "reach-summary", "referral-funnel", "referral-programme", "rfm-groups", "runs"),
    *("score-distribution", "topics", "value-matrix", "value-summary", "voice-summary"),
}
"""Reports that list no people."""
ONESELF: Final = {
    f"customer-{about}"
    for about in ("ambassador", "answers", "asks", "memberships", "next-step", "own-value", "profile", "referral-funnel",
                  "support", "topics", "value", "voice")
}  # fmt: skip
"""Reports that name nobody but the customer they are asked about."""


class Answers:
    """Every report and segment with everything that it can be asked for: who is named in which."""

    def __init__(self, graph: Graph, about: list[str]) -> None:
        self.graph, self.about = graph, about
        one = "MATCH (e:AudienceExport) RETURN e.id AS id"
        self.values = {
            "export": [row[0] for row in graph.read(one, name="exports").rows],
            "product": [row[0] for row in run_report(graph, "top-cascades", {"limit": "1"}).rows],
            "community": [str(row[0]) for row in run_report(graph, "communities", {"limit": "1"}).rows],
            "topic": [row[0] for row in run_report(graph, "topics", {"limit": "2"}).rows],
            "step": [row[0] for row in run_report(graph, "next-steps").rows],
            "find": ["c"],
            "customer": about,
        }

    def tables(self, kind: Kind, name: str) -> list[Table]:
        """Return the answers of one saved file, one for each value of the parameter that it must be given."""
        params = library().get(kind, name).header.params
        most = {"limit": str(params["limit"].max)} if "limit" in params else {}
        wanted = [key for key, one in params.items() if one.required]
        given: list[dict[str, Any]] = [most | {key: value} for key in wanted for value in self.values[key]] or [most]
        run = run_segment if kind == "segment" else run_report
        found = []
        for one in given:
            with suppress(UsageProblem):  # nobody is left for whom this value could be chosen
                found.append(run(self.graph, name, one, show_pii=True))
        return found

    def people(self, kind: Kind, name: str) -> set[str]:
        """Return the ids of customers anywhere in the answers of one saved file, alone or within a text."""
        cells = (cell for table in self.tables(kind, name) for row in table.rows for cell in row)
        return {word for cell in cells if isinstance(cell, str) for word in re.findall(r"\bc\d{3,}\b", cell)}


@pytest.fixture(scope="module")
def shop(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """A synthetic shop in which everybody is on every list, with an earlier run and an audience."""
    home = tmp_path_factory.mktemp("home")
    folder = write_shop(make_shop(3, customers=400), home / "shop")
    load_folder(graph, folder, LoadOptions(home=home, via="batches"), PseudonymKey(home / "key"), Silent(), NOW)
    run = compute_run(graph, ComputeOptions(), Silent(), now=NOW, home=home)
    graph.execute(
        "MATCH (run:Run {id: $run}) CREATE (:Run {id: 'earlier', status: 'published', measures: run.measures, "
        "as_of: run.as_of, started_at: datetime('2025-12-01T00:00Z'), published_at: datetime('2025-12-01T00:00Z')}) "
        "CREATE (e:AudienceExport {id: 'e1', platform: 'meta', segment: 's', status: 'written', created_at: run.as_of}) "
        "WITH e MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run}) "
        "SET s.hidden_wealth = true, s.hidden_wealth_certain = true, s.spend_percentile = 1.0, s.clnv_percentile = 99.0, "
        "s.persuasion_expected = 20.0, s.persuasion_observed = 25, s.persuasion_status = 'ok', s.negative_p = 0.01, s.negative_q = 0.01, "
        "s.persuasion_q = 0.05, s.certified_persuader = toInteger(right(c.id, 1)) % 2 = 0 "
        "CREATE (e)-[:INCLUDED {arm: 'sent'}]->(c)-[:SCORED]->"
        "(:Score {run: 'earlier', customer: c.id, follow_on_count: s.follow_on_count - 1})",
        {"run": run.id},
        name="everybody",
    )
    return graph


def test_segment_when_accounts_are_closed_after_the_run_then_only_win_back_names_them(shop: Graph) -> None:
    leader, *_ = run_report(shop, "follow-on-leaders").values("customer_id")
    answers = Answers(shop, [leader])
    shop.execute(
        "MATCH (c:Customer) WHERE c.id <> $leader SET c.was_closed_at = c.closed_at, c.closed_at = $at",
        {"leader": leader, "at": NOW + timedelta(days=1)},
        name="close",
    )
    named = {name for name in library().names("segment") if answers.people("segment", name) - {leader}}
    shop.execute(
        "MATCH (c:Customer) WHERE c.id <> $leader SET c.closed_at = c.was_closed_at, c.was_closed_at = null",
        {"leader": leader},
        name="open",
    )
    assert named == {"win-back"}


def test_report_and_segment_when_customers_opt_out_after_the_run_then_none_of_them_is_named(shop: Graph) -> None:
    leader, *_ = run_report(shop, "follow-on-leaders").values("customer_id")
    referrer, *_ = run_report(shop, "referrers").values("customer_id")
    answers, kept = Answers(shop, [leader, referrer]), {leader, referrer}
    saved: list[tuple[Kind, str]] = [("report", name) for name in library().names("report")]
    saved += [("segment", name) for name in library().names("segment")]
    assert {
        name for kind, name in saved if not answers.people(kind, name) - kept
    } <= NOBODY | ONESELF  # else it proves little

    shop.execute(
        "MATCH (c:Customer) WHERE NOT c.id IN $kept SET c.opted_out = true", {"kept": sorted(kept)}, name="out"
    )
    named = {f"{kind} {name}": sorted(answers.people(kind, name) - kept)[:3] for kind, name in saved}
    assert {name: people for name, people in named.items() if people} == {}
