"""A dump brings back exactly what was there, nothing is replaced before the dump is proven, and files stay private."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from influence.backup import Manifest, check_database, check_dump, connected, dump_database, restore_database
from influence.errors import DataRejected, UsageProblem
from influence.graph import Graph
from influence.progress import Silent
from influence.schema import apply_schema
from influence.server import LocalServer
from influence.settings import load_settings

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
SHOP = """
CREATE (:_InfluenceState {id: 'data', epoch: 'e1', version: 3}), (:_InfluenceState {id: 'current', run: 'run-7'}),
       (:Run {id: 'run-7', status: 'published'})
WITH 1 AS one UNWIND range(1, 200) AS i
CREATE (:Customer {id: 'C' + i, name: 'Zoë ' + i})-[:FRIEND {weight: i / 3.0}]->(:Customer {id: 'F' + i})
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, server_line: str) -> Iterator[LocalServer]:
    home = tmp_path_factory.mktemp("backup") / "my, hømé"
    made = LocalServer(load_settings(home=home, server_profile="small", server_line=server_line))
    with connected(made) as graph:
        apply_schema(graph)
        graph.execute(SHOP, {}, name="shop", run_id="test")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def dumped(server: LocalServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest, list[str]]:
    """A dump that was made while another client held a connection open, and what was in the database."""
    with connected(server) as other:
        before = everything(other)
        other.read("RETURN 1", name="in-use")
        path, manifest = dump_database(server, tmp_path_factory.mktemp("dumps"), NOW, Silent())
    return path, manifest, before


def everything(graph: Graph) -> list[str]:
    rows = graph.read("MATCH (n) OPTIONAL MATCH (n)-[r]->(m) RETURN labels(n), properties(n), r.weight, m.id", name="t")
    return sorted(repr(row) for row in rows.rows if "_InfluenceLock" not in row[0])


def now_in(server: LocalServer) -> list[str]:
    with connected(server) as graph:
        return everything(graph)


def change(server: LocalServer, text: str) -> None:
    with connected(server) as graph:
        graph.execute(text, {}, name="change", run_id="test")


def test_dump_when_made_then_described_private_and_the_only_thing_left(
    server: LocalServer, dumped: tuple[Path, Manifest, list[str]]
) -> None:
    path, manifest, _ = dumped
    assert path.name == f"influence-{server.line.name}-20261122T020000Z.dump"
    assert (manifest.content.run, manifest.content.data_version) == ("run-7", "e1-3")
    assert manifest.content.relationships == 200
    assert sorted(one.name for one in path.parent.iterdir()) == [path.name, f"{path.name}.manifest.json"]
    assert {one.stat().st_mode & 0o777 for one in path.parent.iterdir()} == {0o600}
    assert not (server.home.folder / "backup").exists()


def test_restore_when_the_database_was_ruined_then_everything_is_back(
    server: LocalServer, dumped: tuple[Path, Manifest, list[str]]
) -> None:
    path, _, before = dumped
    change(server, "MATCH (n) WHERE NOT n:_InfluenceLock DETACH DELETE n")
    change(server, "CREATE (:Customer {id: 'later'})")
    snapshots = server.settings.home / "snapshots" / "e1-4-0"
    snapshots.mkdir(parents=True)
    with pytest.raises(UsageProblem, match="not empty"):
        restore_database(server, path, Silent(), replace=False)
    change(server, "MATCH (l:_InfluenceLock {name: 'graph'}) SET l.token = 1000")
    restore_database(server, path, Silent(), replace=True)
    assert now_in(server) == before
    with connected(server) as graph:
        token = graph.read("MATCH (l:_InfluenceLock) RETURN l.token", name="token").rows
    assert token == [(1001,)], "a run that slept meanwhile would meet its own number again"
    assert not snapshots.exists()  # data version e1-4 will come up again, with other data
    check_database(server, Silent())


def test_dump_when_damaged_or_of_another_line_then_refused_and_the_database_stays(
    server: LocalServer, dumped: tuple[Path, Manifest, list[str]], tmp_path: Path
) -> None:
    path, _, before = dumped
    copy, text = tmp_path / "copy.dump", (path.parent / f"{path.name}.manifest.json").read_text()
    beside = tmp_path / "copy.dump.manifest.json"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    copy.write_bytes(content)
    with pytest.raises(UsageProblem, match="no manifest"):
        restore_database(server, copy, Silent(), replace=True)
    beside.write_text(text)
    with pytest.raises(DataRejected, match="damaged"):
        restore_database(server, copy, Silent(), replace=True)
    beside.write_text(text.replace(f'"line": "{server.line.name}"', '"line": "4.4"'))
    with pytest.raises(UsageProblem, match=r"line 4\.4"):
        restore_database(server, copy, Silent(), replace=True)
    beside.write_text("[]")
    with pytest.raises(UsageProblem, match="no manifest of a dump"):
        check_dump(server, copy, Silent())
    assert now_in(server) == before


def test_dump_when_it_holds_something_else_than_it_must_then_never_exchanged(
    server: LocalServer, dumped: tuple[Path, Manifest, list[str]], tmp_path: Path
) -> None:
    path, _, before = dumped
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    manifest = json.loads((path.parent / f"{path.name}.manifest.json").read_text())
    manifest["content"]["nodes"] += 1
    (tmp_path / f"{path.name}.manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DataRejected, match="nodes"):
        restore_database(server, copy, Silent(), replace=True)
    assert now_in(server) == before
    assert not (server.home.folder / "backup").exists()
