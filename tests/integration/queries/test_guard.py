"""The guard round saved questions, tried with every attack that explains as reading, on the real server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from influence.answers import choices, guarded, metric_differences, require_reading, run_metric, run_saved, visual
from influence.errors import InfluenceError, LibraryError, QueryFailed, ServerUnsuitable, UsageProblem
from influence.graph import Graph
from influence.queries import Library, SavedQuery, library

pytestmark = pytest.mark.integration

HEAD = """\
// /// report
// title    = "Test"
// summary  = "Test"
// question = "Test?"
// category = "test"
// key      = ["a"]
"""

FIXTURE = """
CREATE (one:Customer {id: 'c1', country: 'NA', joined: date('2026-01-02')}),
       (two:Customer {id: 'c2', country: 'DE'}), (three:Customer {id: "c'3 OR 1=1 //", country: 'DE'}),
       (one)-[:FRIEND]->(two), (one)-[:SCORED]->(:Score {run: 'r1', customer: 'c1', friend_count: 1}),
       (one)-[:SCORED]->(:Score {run: 'r2', customer: 'c1', friend_count: 9}),
       (:Run {id: 'r1', status: 'published', measures: ['friend_count'], started_at: datetime('2026-01-01'),
              published_at: datetime('2026-01-01'), as_of: datetime('2025-12-31')}),
       (:Run {id: 'r2', status: 'published', measures: [], started_at: datetime('2026-02-01'),
              published_at: datetime('2026-02-01'), as_of: datetime('2026-01-31')}),
       (:_InfluenceState {id: 'current', run: 'r1'})
"""


@pytest.fixture(scope="module")
def shop(graph: Graph) -> Iterator[Graph]:
    graph.execute(FIXTURE, name="fixture")
    yield graph


def question(
    tmp_path: Path,
    text: str,
    *,
    columns: str = 'a = { type = "int", title = "A" }',
    more: str = "",
    params: str = "",
    name: str = "test",
    kind: str = "report",
) -> SavedQuery:
    """Write a saved question; nobody has linted it, as in a folder of one's own."""
    folder = {"report": "reports", "internal": "internal"}[kind]
    path = tmp_path / folder / f"{name}.cypher"
    path.parent.mkdir(exist_ok=True)
    head = HEAD if kind == "report" else '// /// internal\n// title = "Test"\n'
    lines = [*more.splitlines(), "[params]", *params.splitlines()]
    lines += ["[columns]", *columns.splitlines()] if kind == "report" else []
    path.write_text(head + "".join(f"// {line}\n" for line in lines) + f"// ///\n{text}\n", encoding="utf-8")
    found = Library((tmp_path,)).read(path)
    assert isinstance(found, SavedQuery), [str(finding) for finding in found]
    return found


WRITES = [
    "CREATE (n:Hacked) RETURN 1 AS a",
    "MATCH (c:Customer) SET c.hacked = true RETURN 1 AS a",
    "MATCH (c:Customer) CALL (c) { SET c.hacked = true } IN TRANSACTIONS RETURN 1 AS a",
    "MATCH (c:Customer) CALL (c) { RETURN 1 AS x } IN TRANSACTIONS RETURN x AS a",
    "MATCH (c:Customer) FOREACH (x IN [1] | SET c.hacked = x) RETURN 1 AS a",
    "MERGE (n:Hacked) RETURN 1 AS a",
    "MATCH (c:Customer) DETACH DELETE c RETURN 1 AS a",
    "MATCH (c:Customer) REMOVE c.country RETURN 1 AS a",
    "CREATE CONSTRAINT hacked IF NOT EXISTS FOR (h:Hacked) REQUIRE h.id IS UNIQUE",
    "CREATE USER hacked SET PASSWORD 'password-of-an-attacker'",
    "ALTER CURRENT USER SET PASSWORD FROM 'x' TO 'password-of-an-attacker'",
    "DROP DATABASE neo4j",
]

LEAKS = [
    "LOAD CSV FROM 'file:///etc/passwd' AS row RETURN 1 AS a",
    "LOAD CSV FROM 'http://127.0.0.1:1/x' AS row RETURN 1 AS a",
    "SHOW SETTINGS YIELD name RETURN 1 AS a",
    "SHOW TRANSACTIONS YIELD username RETURN 1 AS a",
    "SHOW USERS YIELD user RETURN 1 AS a",
    "TERMINATE TRANSACTIONS 'neo4j-transaction-1' YIELD message RETURN 1 AS a",
    "USE system RETURN 1 AS a",
    "CALL gds.graph.drop('influence-victim', false) YIELD graphName RETURN 1 AS a",
    "CALL `gds`.`graph`.`drop`('influence-victim', false) YIELD graphName RETURN 1 AS a",
    "CALL gds.graph.list() YIELD graphName RETURN 1 AS a",
    "CALL db.labels() YIELD label RETURN 1 AS a",
    "CALL dbms.components() YIELD name RETURN 1 AS a",
    "CALL dbms.listConfig() YIELD name RETURN 1 AS a",
    "MATCH (c:Customer) WITH gds.graph.project('hacked', c, null) AS g RETURN 1 AS a",
    "MATCH (c:Customer) WITH `gds`.`graph`.`project`('hacked', c, null) AS g RETURN 1 AS a",
    "PROFILE MATCH (c:Customer) RETURN 1 AS a",
    "EXPLAIN MATCH (c:Customer) RETURN 1 AS a",
    "CYPHER 5 MATCH (c:Customer) RETURN 1 AS a",
    "MATCH (c:Customer) RETURN 1 AS a; MATCH (n) DETACH DELETE n",
    r"MATCH (c:Customer) WHERE c.id = 'x\u0027 OR true //' RETURN 1 AS a",
    r"MATCH (c:`Customer\u0060) DETACH DELETE c //`) RETURN 1 AS a",
    r"/* \u002a\u002f CREATE (:Hacked) RETURN 1 AS a //*/ MATCH (c) RETURN 1 AS a",
]


@pytest.fixture
def victim(shop: Graph) -> Iterator[str]:
    """A projection that an attack could drop."""
    with shop.gds() as gds, gds.graph.project.native("influence-victim", "Customer", "FRIEND"):
        yield "influence-victim"


@pytest.mark.parametrize("text", [*WRITES, *LEAKS])
def test_question_when_it_does_more_than_read_then_refused_and_nothing_changed(
    shop: Graph, tmp_path: Path, victim: str, text: str
) -> None:
    before = state(shop)
    with pytest.raises(InfluenceError) as caught:
        run_saved(shop, question(tmp_path, text))
    assert isinstance(caught.value, LibraryError | QueryFailed)
    assert state(shop) == before


@pytest.mark.parametrize(
    "text",
    [text for text in [*WRITES, *LEAKS] if not text.startswith(("PROFILE", "EXPLAIN", "CYPHER", "USE")) and "u00" not in text
     and "project" not in text and ";" not in text],
)  # fmt: skip
def test_plan_when_the_lint_had_seen_nothing_then_the_planner_alone_refuses(
    shop: Graph, tmp_path: Path, text: str
) -> None:
    query = question(tmp_path, text)
    with pytest.raises(QueryFailed):
        require_reading(query, shop.explain(text, name="test"))


@pytest.mark.parametrize("text", [text for text in WRITES if "TRANSACTIONS RETURN x" not in text])
def test_read_mode_when_both_other_walls_are_gone_then_the_server_refuses_writes(shop: Graph, text: str) -> None:
    before = state(shop)
    with pytest.raises(QueryFailed):
        shop.read(text, name="test")
    assert state(shop) == before


def state(graph: Graph) -> list[object]:
    rows = graph.read(
        "MATCH (n) WITH count(n) AS nodes, count(n.country) AS countries, count(n.hacked) AS hacked "
        "RETURN nodes, countries, hacked, COUNT { (:Customer)-->() } AS ties",
        name="state",
    ).rows
    projections = graph.read("CALL gds.graph.list() YIELD graphName RETURN graphName ORDER BY graphName", name="s").rows
    constraints = graph.read("SHOW CONSTRAINTS YIELD name RETURN name ORDER BY name", name="state").rows
    return [rows, projections, constraints]


def test_procedure_when_declared_and_on_the_list_then_called(shop: Graph, tmp_path: Path) -> None:
    text = "CALL db.labels() YIELD label RETURN count(label) AS a"
    answer = run_saved(shop, question(tmp_path, text, more='procedures = ["db.labels"]'))
    assert answer.rows[0][0] >= 4
    undeclared = question(tmp_path, "CALL gds.graph.drop('x', false) YIELD graphName RETURN 1 AS a",
                          more='procedures = ["gds.graph.drop"]')  # fmt: skip
    with pytest.raises(LibraryError):
        run_saved(shop, undeclared)


def test_parameters_when_they_hold_cypher_then_they_are_values(shop: Graph, tmp_path: Path) -> None:
    text = "MATCH (c:Customer {id: $id})\nRETURN c.id AS a\nORDER BY a\nLIMIT 5"
    query = question(tmp_path, text, columns='a = { type = "str", title = "A" }', params='id = { type = "str" }')
    for attack in ["c'3 OR 1=1 //", r"c\u00273 OR 1=1 //", "'}) DETACH DELETE c //", "`", "$id", "c1\n"]:
        rows = run_saved(shop, query, {"id": attack}).rows
        assert rows == ([("c'3 OR 1=1 //",)] if attack == "c'3 OR 1=1 //" else [])


def test_answer_when_run_then_typed_with_its_run_and_population(shop: Graph, tmp_path: Path) -> None:
    question(tmp_path, "MATCH (c:Customer)\nWHERE $country = '' OR c.country = $country\nRETURN count(c) AS n",
             params='country = { type = "str", default = "" }', name="everyone", kind="internal")  # fmt: skip
    query = question(
        tmp_path,
        "MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})\nWHERE $country = '' OR c.country = $country\n"
        "RETURN c.id AS a, s.friend_count AS friends, c.joined AS joined, datetime('2026-01-01T01:00+01:00') AS at",
        columns='a = { type = "str", title = "A" }\nfriends = { type = "float", title = "F" }\n'
        'joined = { type = "date", title = "J" }\nat = { type = "datetime", title = "T" }',
        more='needs = ["friend_count"]\npopulation = "everyone"',
        params='country = { type = "str", default = "" }',
    )
    answer = run_saved(shop, query, {"country": "NA"})
    assert answer.dicts() == [
        {"a": "c1", "friends": 1.0, "joined": date(2026, 1, 2), "at": datetime(2026, 1, 1, tzinfo=UTC)}
    ]
    assert type(answer.rows[0][1]) is float
    assert answer.run is not None
    assert (answer.run.id, answer.run.published_at) == ("r1", datetime(2026, 1, 1, tzinfo=UTC))
    assert (answer.population, answer.params, answer.truncated) == (1, {"country": "NA"}, False)
    assert run_saved(shop, query).population == 3


def test_run_when_a_measure_is_missing_then_the_command_to_compute_it(shop: Graph, tmp_path: Path) -> None:
    query = question(
        tmp_path, "MATCH (s:Score {run: $run})\nRETURN s.friend_count AS a", more='needs = ["friend_count"]'
    )
    assert run_saved(shop, query).rows == [(1,)]
    with pytest.raises(ServerUnsuitable) as caught:
        run_saved(shop, query, run_id="r2")
    assert (caught.value.code, caught.value.exit_code) == ("measure-missing", 4)
    assert "influence compute run" in str(caught.value.hint)
    with pytest.raises(UsageProblem) as unknown:
        run_saved(shop, query, run_id="r9")
    assert unknown.value.code == "run-not-found"


def test_run_when_none_is_needed_then_none_is_read(shop: Graph, tmp_path: Path) -> None:
    assert run_saved(shop, question(tmp_path, "RETURN 1 AS a")).run is None


def test_rows_when_more_than_the_cap_then_cut_and_said(shop: Graph, tmp_path: Path) -> None:
    query = question(tmp_path, "UNWIND range(1, $limit) AS a RETURN a", params='limit = { type = "int", default = 10 }')
    cut = run_saved(shop, query, max_rows=7)
    assert (len(cut.rows), cut.truncated) == (7, True)
    whole = run_saved(shop, query, max_rows=10)
    assert (len(whole.rows), whole.truncated) == (10, False)
    assert len(run_saved(shop, query, {"limit": "20000"}).rows) == 10_000


@pytest.mark.timeout(45)  # the default of a read is 60 s: a header that is not heeded fails here
def test_timeout_when_reached_then_stopped(shop: Graph, tmp_path: Path) -> None:
    text = "UNWIND range(1, 1000000) AS x UNWIND range(1, 1000000) AS y WITH x WHERE x < 0 RETURN count(x) AS a"
    with pytest.raises(QueryFailed) as caught:
        run_saved(shop, question(tmp_path, text, more='timeout = "1s"'))
    assert caught.value.code == "query-timeout"


@pytest.mark.parametrize(
    "text",
    ["RETURN 1.5 AS a", "RETURN '1' AS a", "RETURN true AS a", "RETURN [1] AS a", "MATCH (c:Customer) RETURN c AS a",
     "RETURN {b: 1} AS a", "MATCH p = (:Customer)-[:FRIEND]->() RETURN p AS a", "RETURN date() AS a",
     "RETURN localdatetime() AS a", "RETURN duration('P1D') AS a", "RETURN point({x: 1, y: 2}) AS a"],
)  # fmt: skip
def test_value_when_not_of_its_column_then_refused(shop: Graph, tmp_path: Path, text: str) -> None:
    with pytest.raises(QueryFailed) as caught:
        run_saved(shop, question(tmp_path, text))
    assert caught.value.code == "column-type"


def test_columns_when_others_come_back_then_refused(shop: Graph, tmp_path: Path) -> None:
    with pytest.raises(QueryFailed) as caught:
        run_saved(shop, question(tmp_path, "RETURN 1 AS b"))
    assert caught.value.code == "columns-differ"


def test_choices_when_a_report_lists_them_then_values_are_checked(shop: Graph, tmp_path: Path) -> None:
    question(
        tmp_path,
        "MATCH (c:Customer)\nWITH DISTINCT c.country AS a\nRETURN a\nORDER BY a\nLIMIT $limit",
        columns='a = { type = "str", title = "Country" }',
        params='limit = { type = "int", default = 1, max = 500 }',
        name="countries",
    )
    query = question(
        tmp_path,
        "MATCH (c:Customer)\nWHERE $country = '' OR c.country = $country\nRETURN count(c) AS a",
        params='country = { type = "str", default = "", choices_query = "countries" }',
    )
    assert choices(shop, query, "country") == ["DE", "NA"]
    assert run_saved(shop, query, {"country": "NA"}).rows == [(1,)]
    assert run_saved(shop, query, {"country": ""}).rows == [(3,)]
    with pytest.raises(UsageProblem) as caught:
        run_saved(shop, query, {"country": "DEU"})
    assert "did you mean `-p country=DE`" in str(caught.value.hint)
    assert "DEU" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [*WRITES, *LEAKS, "MATCH (c:$($label)) RETURN count(c) AS n"],
)
def test_population_when_it_does_more_than_read_then_refused(
    shop: Graph, tmp_path: Path, victim: str, text: str
) -> None:
    before = state(shop)
    question(tmp_path, text, name="everyone", kind="internal", more='mode = "implicit"')
    with pytest.raises(InfluenceError) as caught:
        run_saved(shop, question(tmp_path, "RETURN 1 AS a", more='population = "everyone"'))
    assert isinstance(caught.value, LibraryError | QueryFailed)
    assert state(shop) == before


def test_visual_when_named_then_its_statement(shop: Graph, tmp_path: Path) -> None:
    question(tmp_path, "MATCH (c:Customer)-[f:FRIEND]-(o) RETURN c, f, o", name="picture", kind="internal")
    named = question(tmp_path, "RETURN 1 AS a", more='visual = "picture"')
    assert visual(named) == "MATCH (c:Customer)-[f:FRIEND]-(o) RETURN c, f, o\n"
    assert visual(question(tmp_path, "RETURN 1 AS a")) is None


def test_metric_when_compared_then_only_real_differences_are_told(shop: Graph, tmp_path: Path) -> None:
    path = tmp_path / "reach" / "friend-count.cypher"
    path.parent.mkdir()
    path.write_text(
        '// /// metric\n// title = "x"\n// summary = "x"\n// measure = "friend_count"\n// unit = "people"\n'
        '// tolerance = 0.001\n// key = ["customer_id"]\n// [columns]\n'
        '// customer_id = { type = "str", title = "C" }\n// friend_count = { type = "float", title = "F" }\n// ///\n'
        "MATCH (c:Customer) RETURN c.id AS customer_id, COUNT { (c)-[:FRIEND]-() } * 1000.0 AS friend_count\n"
    )
    query = Library((tmp_path,)).get("metric", "friend-count")
    rows = run_metric(shop, query)
    agreed = {"c1": 1000.5, "c2": 999.5, "c'3 OR 1=1 //": 0.0005}
    assert metric_differences(query, rows, agreed) == []
    assert len(metric_differences(query, rows, {**agreed, "c1": 1002.0})) == 1
    assert len(metric_differences(query, rows, {**agreed, "c9": 1.0})) == 1
    assert len(metric_differences(query, rows, {"c1": 1000.0, "c2": 1000.0})) == 1
    assert metric_differences(query, rows + rows[:1], agreed) == ["1 rows share a key"]


@pytest.mark.parametrize("path", library().files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_packaged_file_when_explained_then_valid_in_every_language(graph: Graph, path: Path) -> None:
    query = library().read(path)
    assert isinstance(query, SavedQuery)
    from influence.queries.tokens import statements

    prefixes = ["", "CYPHER 5 ", "CYPHER 25 "] if graph.facts().speaks_cypher_25 else ["", "CYPHER 5 "]
    for prefix in prefixes:
        for text in statements(query.text):
            plan = graph.explain(text if not prefix else prefix + text, name=query.name)
            if query.kind in ("report", "segment", "check", "metric"):
                require_reading(query, plan)
            assert "01N00" not in plan.notices, "a deprecated feature"


def test_guarded_when_asked_for_an_internal_query_then_untyped_rows(shop: Graph, tmp_path: Path) -> None:
    query = question(tmp_path, "RETURN [1, 2] AS a, 3 AS b", name="internal-one", kind="internal")
    assert guarded(shop, query, {}, None, 5)[0] == [([1, 2], 3)]
