"""The one module that talks to Neo4j, on a real server."""

from __future__ import annotations

import json
import traceback

import numpy as np
import pytest
from neo4j.exceptions import ConstraintError, DriverError, TransientError
from pydantic import SecretStr

from influence.errors import AuthFailed, InfluenceError, QueryFailed, ServerUnavailable
from influence.graph import Graph, ServerFacts
from influence.graph.facts import require_gds
from influence.graph.failures import AlreadyCommitted, translated
from influence.project import Project
from influence.queries import saved_text

pytestmark = pytest.mark.integration

CUSTOMERS = """
MATCH (c:Customer) WHERE c.id > $after
WITH c ORDER BY c.id LIMIT $chunk
RETURN max(c.id) AS last, collect(c.id) AS id, collect(c.number) AS number
"""


@pytest.fixture(scope="module")
def customers(graph: Graph) -> Graph:
    graph.execute("UNWIND range(0, 2499) AS i CREATE (:Customer {id: 'c' + i, number: i})", name="fixture")
    return graph


def test_facts_when_asked_then_name_a_tested_pair_with_the_fast_codec(graph: Graph, server_line: str) -> None:
    facts = graph.facts()
    assert facts.version.startswith(server_line)
    assert facts.edition == "community"
    assert facts.tested
    assert "Rust" in facts.agent


def test_read_columns_when_chunks_are_smaller_than_the_data_then_every_row_comes_once(customers: Graph) -> None:
    sizes: list[int] = []
    columns = customers.read_columns(
        CUSTOMERS, name="customers", dtypes={"id": str, "number": np.int64}, chunk=700, on_chunk=sizes.append
    )
    assert sizes == [700, 700, 700, 400]
    assert sorted(columns["number"].tolist()) == list(range(2500))
    assert columns["id"].tolist() == sorted(f"c{i}" for i in range(2500))


def test_read_columns_when_lists_differ_in_length_then_refused(customers: Graph) -> None:
    text = CUSTOMERS.replace("collect(c.number)", "collect(CASE WHEN c.number > 5 THEN c.number END)")
    with pytest.raises(QueryFailed) as caught:
        customers.read_columns(text, name="customers", dtypes={"id": str, "number": np.int64})
    assert caught.value.code == "ragged-columns"


def test_read_when_more_rows_than_the_cap_then_truncated(customers: Graph) -> None:
    rows = customers.read("MATCH (c:Customer) RETURN c.id AS id ORDER BY id", name="cap", max_rows=10)
    assert (len(rows.rows), rows.truncated) == (10, True)
    exact = customers.read("UNWIND range(1, 10) AS i RETURN i", name="cap", max_rows=10)
    assert (len(exact.rows), exact.truncated) == (10, False)


@pytest.mark.parametrize(
    "text",
    [
        "CREATE (:Intruder)",
        "MATCH (c:Customer) SET c.owned = true",
        "MATCH (c:Customer) DETACH DELETE c",
        "CREATE INDEX intruder FOR (c:Customer) ON (c.intruder)",
        "CREATE USER intruder SET PASSWORD 'intruder-1'",
    ],
)
def test_read_when_the_statement_writes_then_refused(customers: Graph, text: str) -> None:
    with pytest.raises(QueryFailed) as caught:
        customers.read(text, name="intruder")
    assert caught.value.hint
    assert customers.read("MATCH (i:Intruder) RETURN count(i) AS n", name="count").rows == [(0,)]


def test_read_when_it_takes_too_long_then_stopped(customers: Graph) -> None:
    text = "MATCH (a:Customer), (b:Customer), (c:Customer) WHERE a.number + b.number = c.number RETURN count(*) AS n"
    with pytest.raises(QueryFailed) as caught:
        customers.read(text, name="endless", timeout=0.5)
    assert caught.value.code == "query-timeout"


def test_read_when_it_needs_more_memory_than_allowed_then_refused_for_good(graph: Graph) -> None:
    text = "UNWIND range(1, 100000000) AS i WITH collect('customer ' + i) AS everyone RETURN size(everyone) AS n"
    with pytest.raises(QueryFailed) as caught:
        graph.read(text, name="greedy", timeout=300)
    assert caught.value.code == "query-memory"
    assert not caught.value.retryable


def test_write_when_a_key_exists_then_already_committed_and_nothing_is_written(customers: Graph) -> None:
    def twice(transaction: object) -> None:
        transaction.run("CREATE (:Customer {id: 'new'})", "first")
        transaction.run("CREATE (:Customer {id: 'c1'})", "second")

    with pytest.raises(AlreadyCommitted):
        customers.write(twice, name="twice")
    assert customers.read("MATCH (c:Customer {id: 'new'}) RETURN count(c) AS n", name="count").rows == [(0,)]


def test_write_batches_when_written_then_counted_per_batch(empty_graph: Graph) -> None:
    batches: list[int] = []
    written = empty_graph.write_batches(
        "UNWIND $rows AS row CREATE (:Customer {id: row.id, run: $tag})",
        [{"id": f"b{i}"} for i in range(25)],
        {"tag": "r"},
        name="batches",
        batch_size=10,
        on_batch=batches.append,
    )
    assert (batches, written.nodes_created, written.properties_set) == ([10, 10, 5], 25, 50)


def test_transaction_when_open_then_tagged_with_name_and_run(empty_graph: Graph) -> None:
    def work(transaction: object) -> list[dict[str, object]]:
        return transaction.run(
            "SHOW TRANSACTIONS YIELD metaData WHERE metaData.app = 'influence' RETURN metaData AS tag", "tagged"
        ).dicts()

    assert {"app": "influence", "name": "tagged", "run_id": "r7"} in [
        row["tag"] for row in empty_graph.write(work, name="tagged", run_id="r7")
    ]


def test_explain_when_a_procedure_is_called_then_named_and_nothing_runs(graph: Graph) -> None:
    plan = graph.explain("CALL gds.graph.drop('nothing') YIELD graphName RETURN graphName", name="drop")
    assert plan.query_type == "r"
    assert any("gds.graph.drop" in call for call in plan.procedures)


def test_explain_when_the_statement_writes_then_says_so(graph: Graph) -> None:
    assert graph.explain("CREATE (:Intruder)", name="write").query_type != "r"


def test_syntax_when_wrong_then_the_error_names_the_query(graph: Graph) -> None:
    with pytest.raises(QueryFailed, match="`broken` is not valid Cypher") as caught:
        graph.read("MATCH (c RETURN c", name="broken")
    assert caught.value.code == "query-syntax"
    assert "influence library lint" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "text",
    [
        "date(c.name)",  # has the code of bad syntax
        "datetime({epochMillis: c.name})",
        "c.name / 2",
        "c.name[0]",
        "c.name.first",
        "'a' =~ (c.name + '[')",
        "point({x: c.name, y: 1})",
        "range(1, c.name)",
    ],
)
def test_read_when_the_server_quotes_a_row_then_the_error_does_not(empty_graph: Graph, text: str) -> None:
    empty_graph.execute("CREATE (:Customer {id: 'c', name: 'Zq7anna'})", name="fixture")
    with pytest.raises(QueryFailed, match=r"`names` failed on the server.*\(Neo\.ClientError\.Statement\.") as caught:
        empty_graph.read(f"MATCH (c:Customer) RETURN {text} AS a", name="names")
    said = json.dumps(caught.value.as_dict()) + "".join(traceback.format_exception(caught.value))
    assert "Zq7anna" not in said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("MATCH (c) RETURN d", "Variable `d` not defined"),
        ("RETURN size(1)", "expected String or List"),
        ("CALL no.such()", r"no\.such"),
        ("RETURN $nothing", "nothing"),
    ],
)
def test_read_when_the_query_itself_is_wrong_then_its_author_reads_why(graph: Graph, text: str, told: str) -> None:
    with pytest.raises(QueryFailed, match=told) as caught:
        graph.read(text, name="broken")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TransientError("x"), "transient"),
        (DriverError("x"), "query-failed"),
        (ConstraintError("x"), "already-committed"),
    ],
)
def test_failure_when_nothing_else_is_known_of_it_then_it_has_a_way_out_all_the_same(
    error: Exception, code: str
) -> None:
    with pytest.raises(InfluenceError) as caught, translated("any", "bolt://host"):
        raise error
    assert caught.value.code == code
    assert caught.value.hint


def test_connection_when_the_password_is_wrong_then_auth_failed(project: Project) -> None:
    endpoint = project.endpoint()
    with Graph(endpoint.uri, endpoint.username, SecretStr("wrong")) as wrong, pytest.raises(AuthFailed):
        wrong.facts()


def test_connection_when_nobody_listens_then_unavailable_and_retryable() -> None:
    with (
        Graph("bolt://127.0.0.1:9", "neo4j", SecretStr("x"), connect_timeout=2) as nobody,
        pytest.raises(ServerUnavailable) as caught,
    ):
        nobody.facts()
    assert caught.value.retryable


def test_statistics_when_refreshed_after_a_large_write_then_no_index_is_taken_for_empty(empty_graph: Graph) -> None:
    empty_graph.execute("UNWIND range(1, 5000) AS i CREATE (:Customer {id: 'c' + i})", name="fixture")
    empty_graph.execute(
        "MATCH (c:Customer) WITH collect(c) AS all UNWIND range(0, 4998) AS i WITH all[i] AS a, all[i + 1] AS b "
        "CREATE (a)-[:PERSUADED {run: 'r'}]->(b)",
        name="fixture",
    )
    empty_graph.refresh_statistics()
    plan = empty_graph.explain(saved_text("internal", "score-read-pairs"), name="score-read-pairs")
    assert not {operator for operator in plan.operators if "RelationshipIndex" in operator}, "once per customer"


def test_gds_client_when_opened_then_projects_and_leaves_nothing(empty_graph: Graph) -> None:
    empty_graph.execute("CREATE (:Customer {id: 'a'})-[:FRIEND]->(:Customer {id: 'b'})", name="fixture")
    with empty_graph.gds() as gds, gds.graph.project.native("influence-test", "Customer", "FRIEND") as projection:
        assert projection.node_count() == 2
    rows = empty_graph.read("CALL gds.graph.list() YIELD graphName RETURN graphName", name="list").rows
    assert rows == []


@pytest.mark.parametrize(
    ("version", "gds", "code"), [("4.4.1", "2.3.0", "server-too-old"), ("5.26.30", None, "gds-missing")]
)
def test_facts_when_the_server_cannot_serve_then_unsuitable_says_why(version: str, gds: str | None, code: str) -> None:
    from influence.errors import ServerUnsuitable

    with pytest.raises(ServerUnsuitable) as caught:
        require_gds(ServerFacts(version=version, edition="community", gds=gds, agent=""))
    assert caught.value.code == code
