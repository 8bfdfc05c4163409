"""The graph built anew from its sources is the same graph, differences are found, and the erased stay erased."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from influence.backup import Rebuilt, connected, rebuild_database, rebuild_into_empty
from influence.backup.proof import scratch_folder
from influence.backup.rebuild import locate_files
from influence.errors import AlreadyRunning, ConfigError, DataRejected, UsageProblem
from influence.export_register import ExportRegister
from influence.graph import Graph
from influence.lease import hold_lease
from influence.load import LoadOptions, PseudonymKey, load_folder, load_status, parse_history, read_history
from influence.load.history import HISTORY_NAME
from influence.privacy import erase_customers, prune_records
from influence.progress import Silent
from influence.server import LocalServer
from influence.settings import load_settings
from tests.conftest import wipe
from tests.integration.load.test_load_into_graph import EVERYTHING

pytestmark = [pytest.mark.integration, pytest.mark.reference_line]

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CLOCK = {"started_at", "finished_at", "committed_at", "epoch", "version", "first_version", "last_version", "number"}
SWEPT = {"swept_friendships", "swept_follows"}  # whether any tie was swept: one of an erased customer was
BOOKS = ["_InfluenceLock", "_InfluenceMigration", "_InfluenceHistory", "_InfluenceFile", "_InfluenceBatch"]
EXTRACT = {
    "customers": "customer_id,name\n1,Ann\n2,Bob\n3,Cy\n4,Di\n5,Ed\n",
    "friendships": "customer_id,friend_id\n1,2\n1,4\n4,5\n",
}
REFUSED = {
    "customers": "customer_id,name\n4,Di\n7,Gil\n",
    "purchases": "line_id,customer_id,product_id,at\nlate,7,guitar,2026-06-01\n",
}
MAPPING = """
[customers]
file = "kunden.csv"
delimiter = ";"
[customers.columns]
customer_id = "nummer"
name = "wer"
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, server_line: str) -> Iterator[LocalServer]:
    home = tmp_path_factory.mktemp("rebuild") / "my, hømé"
    made = LocalServer(load_settings(home=home, server_profile="small", server_line=server_line))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def key(server: LocalServer) -> PseudonymKey:
    return PseudonymKey(server.settings.pseudonym_key_path)


@pytest.fixture(scope="module")
def sources(server: LocalServer, key: PseudonymKey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A past: a load, an extract with rejects and a sweep, one with a refused sweep, an erasure, a clean-up, an export."""
    root = tmp_path_factory.mktemp("sources")
    with connected(server) as graph:

        def load(name: str, files: dict[str, str], day: int, suffix: str = ".csv", **options: Any) -> None:
            folder = root / name
            folder.mkdir()
            for dataset, text in files.items():
                (folder / f"{dataset}{suffix}").write_text(text, encoding="utf-8")
            chosen = LoadOptions(home=server.settings.home, **options)
            load_folder(graph, folder, chosen, key, Silent(), NOW + timedelta(days=day), server=server)

        load("first", EVERYTHING, 0)
        load("extract", EXTRACT, 1, sweep=True, sweep_max=1.0, bad_rows="reject", max_rejects=0.5)
        (root / "own.toml").write_text(MAPPING, encoding="utf-8")
        load("mapped", {"kunden": "nummer;wer\n6;Flo\n"}, 2, mapping=root / "own.toml", source="crm")
        load("bad", {"topics": "topic_id,name\njazz,Jazz\n"}, 3, bad_rows="reject", max_rejects=0.5)
        with pytest.raises(DataRejected, match="none was swept"):
            load("refused", REFUSED, 4, sweep=True)
        with hold_lease(graph, "erase-1") as lease:
            erase_customers(graph, lease, ["3"], home=server.settings.home, key=key, now=NOW)
        with hold_lease(graph, "retention-1") as lease:
            prune_records(graph, lease, datetime(2025, 5, 15, tzinfo=UTC))
        export = (
            "CREATE (e:AudienceExport {id: 'x1', segment: 'all', status: 'written', created_at: datetime()}) WITH e "
            "MATCH (c:Customer) WHERE c.id < '3' CREATE (e)-[:INCLUDED {arm: 'sent', run_id: 'r'}]->(c)"
        )
        graph.execute(export, name="export")
    return root


def data(graph: Graph) -> dict[str, list[str]]:
    """Everything but the books of rows (those of the erased count as rejected now) and what a clock differs in."""

    def shown(properties: dict[str, Any]) -> str:
        return repr(sorted((name, str(value)) for name, value in properties.items() if name not in CLOCK | SWEPT))

    nodes = graph.read(
        "MATCH (n) WHERE NONE(label IN labels(n) WHERE label IN $books) RETURN labels(n), properties(n)",
        {"books": BOOKS},
        name="nodes",
    )
    ties = graph.read("MATCH (a)-[r]->(b) RETURN a.id, type(r), properties(r), b.id", name="ties")
    return {
        "nodes": sorted(f"{labels} {shown(own)}" for labels, own in nodes.rows),
        "ties": sorted(f"{a} {kind} {b} {shown(own)}" for a, kind, own, b in ties.rows),
    }


def ledger(graph: Graph) -> list[tuple[str, str]]:
    return [(file["sha256"], file["status"]) for file in load_status(graph)]


def changed(before: dict[str, list[str]], after: dict[str, list[str]]) -> list[str]:
    """What one has and the other has not."""
    one, other = ({*graph["nodes"], *graph["ties"]} for graph in (before, after))
    return sorted([*(f"- {row}" for row in one - other), *(f"+ {row}" for row in other - one)])


def rebuild(server: LocalServer, key: PseudonymKey, **options: Any) -> Rebuilt:
    return rebuild_database(server, key, Silent(), NOW + timedelta(days=9), **options)


def now_in(server: LocalServer) -> dict[str, list[str]]:
    with connected(server) as graph:
        return data(graph)


def change(server: LocalServer, text: str) -> None:
    with connected(server) as graph:
        graph.execute(text, name="change")


def test_rebuild_when_only_checked_then_it_is_the_same_and_nothing_is_replaced(
    server: LocalServer, key: PseudonymKey, sources: Path
) -> None:
    before = now_in(server)
    change(server, "CREATE (:Run {id: 'kept'})")
    found = rebuild(server, key, check=True)
    assert found.differences == ()
    assert (found.loads, found.retentions, found.erased, found.replaced) == (5, 1, 1, False)
    assert found.counts["Customer"] == 6
    change(server, "MATCH (r:Run {id: 'kept'}) DELETE r")  # it is still there: nothing was exchanged
    assert changed(before, now_in(server)) == []
    assert not (server.home.folder / "backup").exists()


def test_rebuild_when_replaced_then_all_data_books_and_exports_are_as_before(
    server: LocalServer, key: PseudonymKey, sources: Path
) -> None:
    before = now_in(server)
    change(server, "CREATE (:Run {id: 'gone'})")
    change(server, "MATCH (l:_InfluenceLock {name: 'graph'}) SET l.token = 1000")
    with connected(server) as graph:
        past, files = read_history(graph, key), ledger(graph)
    found = rebuild(server, key)
    assert (found.replaced, found.exports, found.differences) == (True, 1, ())
    assert changed(before, now_in(server)) == []
    with connected(server) as graph:
        again = read_history(graph, key)
        assert ledger(graph) == files
        lock = graph.read("MATCH (l:_InfluenceLock) RETURN l.token, l.run_id", name="lock").rows
    assert lock == [(1001, None)], "a run that slept meanwhile would meet its own number again"
    assert [event.id for event in again.events] == [event.id for event in past.events]
    assert again.erased == past.erased
    assert parse_history(server.settings.home / HISTORY_NAME) == again


def test_rebuild_when_another_command_wants_the_scratch_folder_then_that_one_is_refused(
    server: LocalServer, key: PseudonymKey, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from influence.backup import rebuild as module

    original, refused = module.compare, []

    def beside(*given: Any) -> Any:
        with pytest.raises(AlreadyRunning, match="is at work") as error, scratch_folder(server, "check-1"):
            pass
        refused.append(error.value.exit_code)
        return original(*given)

    monkeypatch.setattr(module, "compare", beside)
    assert rebuild(server, key, check=True).differences == ()
    assert refused == [6]


def test_rebuild_when_the_graph_differs_then_it_is_said_and_only_accepted_on_request(
    server: LocalServer, key: PseudonymKey, sources: Path
) -> None:
    before = now_in(server)
    change(server, "MATCH (c:Customer {id: '2'}) SET c.region = 'elsewhere'")
    with pytest.raises(DataRejected, match="in 1 thing; nothing was replaced") as drill:
        rebuild(server, key, check=True)
    assert drill.value.exit_code == 5, "a fire drill that nobody looks at"
    assert [text.partition(":")[0] for text in drill.value.details["findings"]] == ["`customers`"], "a cell was changed"
    accepted = rebuild(server, key, check=True, accept_differences=True)
    assert ([one.what for one in accepted.differences], accepted.replaced) == (["customers"], False)
    change(server, "MATCH (:Customer {id: '1'})-[r:FRIEND]-() DELETE r")
    change(server, "CREATE (:Customer {id: 'by hand'})")
    damaged = now_in(server)
    with pytest.raises(DataRejected, match="differs") as refused:
        rebuild(server, key)
    named = [text.partition(":")[0] for text in refused.value.details["findings"]]
    assert named == ["`Customer`", "`FRIEND`"]
    assert changed(damaged, now_in(server)) == []
    assert rebuild(server, key, accept_differences=True).replaced
    assert changed(before, now_in(server)) == []


def test_sources_when_moved_then_found_by_content_and_changed_ones_named(
    server: LocalServer, sources: Path, tmp_path: Path
) -> None:
    history = parse_history(server.settings.home / HISTORY_NAME)
    moved = tmp_path / "archive" / "deep"
    moved.mkdir(parents=True)
    old, changed = sources / "first" / "purchases.csv", sources / "extract" / "customers.csv"
    old.rename(moved / "anything.csv")
    changed.rename(moved / "c.csv")
    changed.write_text("customer_id\n9\n", encoding="utf-8")
    try:
        with pytest.raises(UsageProblem, match="2 of") as refused:
            locate_files(history, [], Silent())
        named = " ".join(refused.value.details["findings"])
        assert "customers.csv` was changed" in named
        assert "purchases.csv` is gone" in named
        found = locate_files(history, [tmp_path], Silent())
        assert {"anything.csv", "c.csv"} < {path.name for path in found.values()}
    finally:
        (moved / "anything.csv").rename(old)
        (moved / "c.csv").replace(changed)


def test_rebuild_when_the_database_is_lost_then_the_copy_in_the_home_is_enough_and_work_is_taken_up_again(
    server: LocalServer, key: PseudonymKey, sources: Path, tmp_path: Path
) -> None:
    before = now_in(server)
    history = parse_history(server.settings.home / HISTORY_NAME)
    home = server.settings.home
    with connected(server) as graph:
        with pytest.raises(UsageProblem, match="not empty"):
            graph.execute("CREATE (:_InfluenceFile {key: 'strange'})", name="strange")
            rebuild_into_empty(graph, server, history, key, home, Silent())
        wipe(graph)
        other = PseudonymKey(tmp_path / "other" / "pseudonym.key")
        with pytest.raises(ConfigError, match="there is no pseudonym key"):
            rebuild_into_empty(graph, server, history, other, home, Silent())
        other.pseudonyms("email", [])  # makes it
        with pytest.raises(ConfigError, match="not the one"):
            rebuild_into_empty(graph, server, history, other, home, Silent())
        half = history.model_copy(update={"events": history.events[:2]})
        rebuild_into_empty(graph, server, half, key, home, Silent())
        found = rebuild_into_empty(graph, server, history, key, home, Silent())
        assert found.replaced
        after = data(graph)
    exported = ("AudienceExport", "INCLUDED")
    for part in before:
        assert after[part] == [row for row in before[part] if not any(word in row for word in exported)]
    assert parse_history(home / HISTORY_NAME) == history


def test_history_when_a_load_changed_nothing_then_it_is_not_noted_and_no_person_is_in_it(
    server: LocalServer, key: PseudonymKey, sources: Path
) -> None:
    text = (server.settings.home / HISTORY_NAME).read_text(encoding="utf-8")
    with connected(server) as graph:
        options = LoadOptions(home=server.settings.home, source="crm", mapping=sources / "own.toml")
        load_folder(graph, sources / "mapped", options, key, Silent(), NOW + timedelta(days=20), server=server)
    assert (server.settings.home / HISTORY_NAME).read_text(encoding="utf-8") == text
    assert (server.settings.home / HISTORY_NAME).stat().st_mode & 0o777 == 0o600
    assert not any(name in text for name in ("Ann", "Bob", "@"))
    assert json.loads(text)["events"]
    assert ExportRegister(server.settings.home).files() is not None
