"""Every data check on data with and without the fault it is for, on the real server."""

from __future__ import annotations

from pathlib import Path

import pytest

from influence.checks import require_sound, run_checks
from influence.errors import CheckFailed, LibraryError, UsageProblem
from influence.graph import Graph
from influence.queries import library

pytestmark = pytest.mark.integration

SOUND = """
CREATE (t:Topic {id: 't1'}),
       (p:Product {id: 'p1', name: 'Red'})-[:ABOUT]->(t), (q:Product {id: 'p2'})-[:ABOUT]->(t),
       (a:Customer {id: 'a', joined_at: datetime('2025-01-01'), email_key: 'k1'}),
       (b:Customer {id: 'b', joined_at: datetime('2025-01-02T12:00Z'), email_key: 'k2', phone_key: 'k1'}),
       (c:Customer {id: 'c', opted_out: true}),
       (a)-[:FRIEND {since: datetime('2025-02-01'), until: datetime('2025-03-01')}]->(b),
       (a)-[:FRIEND {since: datetime('2025-04-01')}]->(b),
       (a)-[:FOLLOWS]->(b), (b)-[:FOLLOWS]->(a), (a)-[:FOLLOWS]->(c),
       (a)-[:REFERRED {at: datetime('2025-01-02')}]->(b), (b)-[:REFERRED]->(c),
       (a)-[:BOUGHT {line_id: 'l1', at: datetime('2025-05-01'), quantity: 1, revenue: 100, margin: 40, currency: 'EUR',
                     first: true}]->(p),
       (a)-[:BOUGHT {line_id: 'l2', at: datetime('2025-05-01'), quantity: 1, revenue: 100, margin: 40, currency: 'EUR'}]->(p),
       (b)-[:BOUGHT {line_id: 'l3', at: datetime('2025-01-02'), quantity: 1, first: true}]->(q),
       (b)-[:BOUGHT {line_id: 'l4', at: datetime('2025-04-01'), refunded: true, revenue: -100, margin: -40,
                     currency: 'EUR'}]->(p),
       (:Run {id: 'r1', status: 'published', started_at: datetime('2025-06-01'), published_at: datetime('2025-06-01'),
              measures: ['friend_count']}),
       (:Run {id: 'r0', status: 'published', started_at: datetime('2025-05-01'), published_at: datetime('2025-05-01')}),
       (:Run {id: 'r2', status: 'running', started_at: datetime()}),
       (:_InfluenceLock {name: 'main', run_id: 'r2', expires_at: datetime() + duration({minutes: 5})}),
       (:_InfluenceState {id: 'current', run: 'r1'}),
       (a)-[:SCORED]->(:Score {run: 'r1', customer: 'a'}), (b)-[:SCORED]->(:Score {run: 'r1', customer: 'b'}),
       (c)-[:SCORED]->(:Score {run: 'r0', customer: 'c'})
"""

FAULTS = {
    "id-missing": [("CREATE (:Customer {name: 'x'}), (:Product)", [("Customer", 1), ("Product", 1)])],
    "purchase-without-time": [("MATCH (:Customer {id: 'a'})-[b:BOUGHT {line_id: 'l2'}]->() REMOVE b.at", [("a", "p1", "l2")])],
    "purchase-in-the-future": [("MATCH ()-[b:BOUGHT {line_id: 'l2'}]->() SET b.at = datetime('2999-01-01')", [("l2", "a", "p1")])],
    "purchase-before-joining": [
        ("MATCH ()-[b:BOUGHT {line_id: 'l3'}]->() SET b.at = datetime('2025-01-01T23:59:59Z')", [("l3", "b")]),
    ],
    "purchase-margin-above-revenue": [("MATCH ()-[b:BOUGHT {line_id: 'l1'}]->() SET b.margin = 101", [("l1", "a", 100, 101)])],
    "purchase-currency-mixed": [
        ("MATCH ()-[b:BOUGHT {line_id: 'l1'}]->() SET b.currency = 'USD'", [("EUR", 2), ("USD", 1)]),
        ("MATCH ()-[b:BOUGHT {line_id: 'l1'}]->() REMOVE b.currency", [("EUR", 2), ("", 1)]),
    ],
    "purchase-first-mark-wrong": [
        ("MATCH ()-[b:BOUGHT {line_id: 'l1'}]->() REMOVE b.first", [("a", "p1", 0)]),
        ("MATCH ()-[b:BOUGHT {line_id: 'l2'}]->() SET b.first = true", [("a", "p1", 2)]),
        ("MATCH ()-[b:BOUGHT {line_id: 'l4'}]->() SET b.first = true", [("b", "p1", 1)]),
        ("MATCH ()-[b:BOUGHT {line_id: 'l2'}]->() SET b.at = datetime('2025-04-30')", [("a", "p1", 1)]),
        ("MATCH ()-[b:BOUGHT {line_id: 'l3'}]->() SET b.quantity = 0", [("b", "p2", 1)]),
    ],
    "tie-ends-before-it-starts": [
        ("MATCH (:Customer {id: 'a'})-[f:FOLLOWS]->(:Customer {id: 'c'}) SET f.since = datetime('2025-02-02'), f.until = datetime('2025-02-01')",
         [("a", "c", "FOLLOWS")]),
        ("MATCH ()-[f:FRIEND]->() WHERE f.until IS NULL SET f.until = datetime('2025-03-31')", [("a", "b", "FRIEND")]),
    ],
    "tie-to-oneself": [
        ("MATCH (a:Customer {id: 'a'}) CREATE (a)-[:FRIEND]->(a), (a)-[:REFERRED]->(a)", [("a", "FRIEND", 1), ("a", "REFERRED", 1)]),
    ],
    "friendship-stored-backwards": [
        ("MATCH (b:Customer {id: 'b'}), (c:Customer {id: 'c'}) CREATE (c)-[:FRIEND]->(b)", [("c", "b")]),
    ],
    "tie-duplicate": [
        ("MATCH (a:Customer {id: 'a'}), (b:Customer {id: 'b'}) CREATE (b)-[:FRIEND]->(a)", [("a", "b", "FRIEND", 2)]),
        ("MATCH (a:Customer {id: 'a'}), (b:Customer {id: 'b'}) CREATE (b)-[:FOLLOWS]->(a)", [("b", "a", "FOLLOWS", 2)]),
    ],
    "product-without-topic": [("MATCH (p:Product {id: 'p1'})-[r:ABOUT]->() DELETE r", [("p1", "Red", 3)])],
    "customer-without-ties": [("CREATE (:Customer {id: 'd'})", [("d", 0)])],
    "customer-inferred": [("MATCH (c:Customer {id: 'b'}) SET c.inferred = true", [("b", 4, 2)])],
    "product-inferred": [("MATCH (p:Product {id: 'p2'}) SET p.inferred = true", [("p2", 1)])],
    "customer-shared-contact": [
        ("MATCH (c:Customer {id: 'c'}) SET c.email_key = 'k2', c.phone_key = 'k1'", [("email", "b", "c", 2), ("phone", "b", "c", 2)]),
    ],
    "referral-cycle": [
        ("MATCH (a:Customer {id: 'a'}), (c:Customer {id: 'c'}) CREATE (c)-[:REFERRED]->(a)", [("a", "b"), ("b", "c"), ("c", "a")]),
        ("MATCH (a:Customer {id: 'a'}), (b:Customer {id: 'b'}) CREATE (b)-[:REFERRED]->(a)", [("a", "b"), ("b", "a")]),
    ],
    "score-orphaned": [
        ("CREATE (:Score {run: 'r1', customer: 'x'})", [("r1", "x", "no customer")]),
        ("MATCH (a:Customer {id: 'a'}) CREATE (a)-[:SCORED]->(:Score {run: 'r9', customer: 'a'})", [("r9", "a", "no run")]),
    ],
    "score-of-opted-out": [("MATCH (c:Customer {id: 'b'}) SET c.opted_out = true", [("b", "r1")])],
    "run-unfinished": [
        ("MATCH (l:_InfluenceLock) SET l.expires_at = datetime() - duration({seconds: 1})", [("r2", "running")]),
        ("CREATE (:Run {id: 'r3', status: 'failed', started_at: datetime('2025-05-01')}), (:Score {run: 'r3', customer: 'z'})",
         [("r3", "failed")]),
    ],
    "run-current-missing": [
        ("MATCH (s:_InfluenceState) SET s.run = 'r9'", [("r9", "does not exist")]),
        ("MATCH (s:_InfluenceState) SET s.run = 'r2'", [("r2", "was never published")]),
    ],
}  # fmt: skip

CASES = [(name, text, expected) for name, cases in FAULTS.items() for text, expected in cases]


@pytest.fixture(scope="module")
def sound(graph: Graph) -> Graph:
    graph.execute(SOUND, name="fixture")
    return graph


@pytest.fixture
def restored(sound: Graph) -> Graph:
    """The sound data again, whatever a test before broke."""
    sound.execute("MATCH (n) WHERE NOT n:_InfluenceMigration DETACH DELETE n", name="fixture")
    sound.execute(SOUND, name="fixture")
    return sound


def test_checks_when_the_data_is_sound_then_all_pass(restored: Graph) -> None:
    results = run_checks(restored)
    assert [(result.check.name, result.status) for result in results] == [
        (name, "ok") for name in library().names("check")
    ]
    require_sound(results)


def test_checks_when_listed_then_each_has_a_fault_in_this_test() -> None:
    assert set(FAULTS) == set(library().names("check"))


@pytest.mark.parametrize(
    ("name", "fault", "expected"), CASES, ids=[f"{name}-{n}" for n, (name, _, _) in enumerate(CASES)]
)
def test_check_when_its_fault_is_in_the_data_then_the_bad_rows(
    restored: Graph, name: str, fault: str, expected: list[tuple[object, ...]]
) -> None:
    restored.execute(fault, name="fault")
    [result] = run_checks(restored, [name])
    assert result.answer is not None
    assert sorted(row[: len(expected[0])] for row in result.answer.rows) == sorted(expected)
    assert result.status == result.check.header.severity
    if result.status == "error":
        with pytest.raises(CheckFailed, match="1 data check failed"):
            require_sound([result])
    else:
        require_sound([result])


def test_checks_when_more_than_the_limit_then_at_least(restored: Graph) -> None:
    restored.execute("UNWIND range(1, 30) AS i CREATE (:Customer {id: 'lone' + i})", name="fault")
    [result] = run_checks(restored, ["customer-without-ties"], limit=10)
    assert (result.found, result.capped, result.status) == (10, True, "warn")
    [result] = run_checks(restored, ["customer-without-ties"], limit=31)
    assert (result.found, result.capped) == (30, False)


def test_checks_when_a_name_is_unknown_then_nothing_is_run(restored: Graph) -> None:
    with pytest.raises(UsageProblem, match="no check named `tie-to-onesel`"):
        run_checks(restored, ["id-missing", "tie-to-onesel"])


SLOW = """\
// /// check
// title    = "Slow"
// summary  = "Takes too long"
// severity = "warn"
// key      = ["a"]
// timeout  = "1s"
// [columns]
// a = { type = "int", title = "A" }
// ///
UNWIND range(1, 1000000) AS x
UNWIND range(1, 1000000) AS y
WITH x WHERE x < 0
RETURN x AS a
ORDER BY a
LIMIT 1
"""


def test_check_when_it_takes_too_long_then_the_others_still_run(restored: Graph, tmp_path: Path) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "slow.cypher").write_text(SLOW)
    results = run_checks(restored, ["slow", "tie-to-oneself"], catalogue=library(tmp_path))
    assert [(result.check.name, result.status) for result in results] == [("slow", "aborted"), ("tie-to-oneself", "ok")]
    with pytest.raises(CheckFailed) as caught:
        require_sound(results)
    assert "time limit" in caught.value.details["findings"][0]
    assert results[0].as_dict()["problem"]["code"] == "query-timeout"


def test_check_when_an_own_file_writes_then_it_is_not_run(restored: Graph, tmp_path: Path) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "evil.cypher").write_text(
        SLOW.split("UNWIND")[0] + "MATCH (n) DETACH DELETE n RETURN 1 AS a\n"
    )
    with pytest.raises(LibraryError):
        run_checks(restored, ["evil"], catalogue=library(tmp_path))
    assert run_checks(restored, ["id-missing"])[0].status == "ok"
