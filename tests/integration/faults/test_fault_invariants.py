"""The proof itself: it finds each kind of damage, so that an empty list means something."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import neo4j
import pytest

from influence.graph import Graph, Rows
from influence.graph.connection import plain
from influence.project import Project
from torture.child import Order, start
from torture.invariants import broken, exports_broken, unfinished
from torture.shop import datasets, write_shop

pytestmark = [pytest.mark.integration, pytest.mark.reference_line]

DAMAGE = {
    "a row without its ledger entry": "MATCH (b:_InfluenceBatch) WHERE b.file STARTS WITH 'purchases' WITH b LIMIT 1 DELETE b",
    "a ledger entry without its rows": "MATCH (:Customer {id: 'C001'})-[b:BOUGHT]->() DELETE b",
    "a friendship twice": "MATCH (a:Customer)-[f:FRIEND]->(b) WITH a, f, b LIMIT 1 CREATE (b)-[g:FRIEND]->(a) SET g = properties(f)",
    "two first purchases": "MATCH (:Customer)-[b:BOUGHT]->() WHERE b.first IS NULL WITH b LIMIT 1 SET b.first = true",
    "a score that changed": "MATCH (s:Score) WITH s LIMIT 1 SET s.friend_count = s.friend_count + 1",
    "a score that is gone": "MATCH (s:Score) WITH s LIMIT 1 DETACH DELETE s",
    "scores of two customers exchanged": (
        "MATCH (a:Customer {id: 'C001'})-[x:SCORED]->(s), (b:Customer {id: 'C002'})-[y:SCORED]->(t) "
        "DELETE x, y CREATE (a)-[:SCORED]->(t), (b)-[:SCORED]->(s)"
    ),
    "a pair twice": "MATCH (a:Customer)-[p:PERSUADED]->(b) WITH a, p, b LIMIT 1 CREATE (a)-[q:PERSUADED]->(b) SET q = properties(p)",
    "a pointer to nothing": "MATCH (s:_InfluenceState {id: 'current'}) SET s.run = 'nobody'",
    "a current run that nobody published": "MATCH (r:Run) SET r.status = 'verified'",
}
LEFT = {
    "a half loaded file": "MATCH (f:_InfluenceFile) WITH f LIMIT 1 SET f.status = 'loading'",
    "a customer too many": "MATCH (c:Customer {id: 'C001'}) CREATE (d:Customer {id: 'nobody'}) SET d.run_id = 'x'",
    "no first purchase": "MATCH ()-[b:BOUGHT]->() WHERE b.first WITH b LIMIT 1 REMOVE b.first",
    "a dead run that runs": "CREATE (:Run {id: 'dead', status: 'running', started_at: datetime()})",
    "scores of a dead run": "CREATE (:Run {id: 'dead', status: 'failed', started_at: datetime()}) CREATE (:Score {run: 'dead', customer: 'C001'})",
    "a constraint that is gone": "DROP CONSTRAINT customer_id_unique",
    "an index that is gone": "DROP INDEX persuaded_run",
    "a held lock": "MATCH (l:_InfluenceLock) SET l.expires_at = datetime() + duration({seconds: 60})",
}


class Uncommitted(Graph):
    """The database as one open transaction sees it, which is rolled back in the end."""

    def __init__(self, graph: Graph, transaction: neo4j.Transaction) -> None:
        self.uri = graph.uri
        self.transaction = transaction

    def read(self, text: str, params: Any = None, **_: Any) -> Rows:
        result = self.transaction.run(text, dict(params or {}))
        columns = tuple(result.keys())
        return Rows(columns, [tuple(map(plain, record.values())) for record in result])

    def _chunks(self, text: str, params: Any, name: str, after: str, chunk: int) -> Iterator[Mapping[str, Any]]:
        while True:
            record = self.transaction.run(text, {**(params or {}), "after": after, "chunk": chunk}).single()
            if record is None or record["last"] is None:
                return
            yield record
            after = record["last"]


@pytest.fixture(scope="module")
def shop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    write_shop(folder / "extract")
    return folder


@pytest.fixture(scope="module")
def sound(graph: Graph, project: Project, server_line: str, shop_folder: Path) -> Graph:
    """A shop that is loaded and computed, with nothing wrong."""
    known = {"server_profile": "small", "server_line": server_line}
    for kind in ("load", "compute"):
        child = start(Order(kind, shop_folder, project.home, known, quick=True))
        assert child.end() == 0, child.said()
    assert unfinished(graph, datasets(shop_folder / "extract")) == []
    return graph


@pytest.mark.parametrize("what", [*DAMAGE, *LEFT])
def test_proof_when_something_is_damaged_then_it_is_found(sound: Graph, shop_folder: Path, what: str) -> None:
    with sound.driver.session(database=sound.database) as session, session.begin_transaction() as transaction:
        changed = transaction.run(DAMAGE.get(what) or LEFT[what]).consume().counters
        assert changed.contains_updates, "the damage was done"
        seen = Uncommitted(sound, transaction)
        found = broken(seen) if what in DAMAGE else unfinished(seen, datasets(shop_folder / "extract"))
        transaction.rollback()
    assert found, what
    if what in LEFT:
        assert broken(sound) == [], "and gone with the transaction"


@pytest.mark.parametrize("what", ["cut", "changed", "missing"])
def test_proof_of_files_when_one_is_damaged_then_it_is_found(tmp_path: Path, what: str) -> None:
    table, described = tmp_path / "a.csv", tmp_path / "ads" / "b.csv"
    described.parent.mkdir()
    table.write_text("x,y\n1,2\n")
    described.write_text("x\n1\n")
    entry = {"name": "b.csv", "sha256": hashlib.sha256(described.read_bytes()).hexdigest()}
    (tmp_path / "ads" / "manifest.json").write_text(json.dumps({"files": [entry]}))
    assert exports_broken(tmp_path) == []
    if what == "cut":
        table.write_text("x,y\n1,2\n3")
    elif what == "changed":
        described.write_text("x\n2\n")
    else:
        described.unlink()
    assert exports_broken(tmp_path) != []
