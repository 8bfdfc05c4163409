"""A question of one's own that wants all the memory: it is refused, or ends a server that the next command starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from local_servers import connect, record_of

from influence.answers import run_saved
from influence.errors import QueryFailed, ServerUnavailable
from influence.graph import Graph
from influence.queries import Library, SavedQuery
from influence.schema import apply_schema
from influence.server import LocalServer

pytestmark = pytest.mark.integration

HEAD = """// /// report
// title    = "Greedy"
// question = "How much is there?"
// summary  = "Wants all the memory"
// category = "test"
// key      = ["n"]
// timeout  = "300s"
// [columns]
// n = { type = "int", title = "N" }
// ///
"""
COLLECTS = "UNWIND range(1, 100000000) AS i WITH collect('customer ' + i) AS people RETURN size(people) AS n ORDER BY n LIMIT 1"
GROWS = (
    "WITH reduce(text = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', i IN range(1, 30) | text + text) AS text "
    "RETURN size(text) AS n ORDER BY n LIMIT 1"
)


def question(folder: Path, text: str) -> SavedQuery:
    path = folder / "reports" / "greedy.cypher"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{HEAD}{text}\n", encoding="utf-8")
    return Library((folder,)).get("report", "greedy")


def setting(graph: Graph, name: str) -> int:
    text = "SHOW SETTINGS YIELD name, value WHERE name = $name RETURN value"
    value = str(graph.read(text, {"name": name}, name="setting").rows[0][0])
    number, unit = float(value.rstrip("KMGiB")), value.lstrip("0123456789.")
    return int(number * {"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}[unit])


def test_question_when_it_collects_too_much_then_ended_alone_and_the_engine_still_has_room(
    running: LocalServer, tmp_path: Path
) -> None:
    with connect(running) as graph:
        apply_schema(graph)
        one, all_of_them = (
            setting(graph, "db.memory.transaction.max"),
            setting(graph, "dbms.memory.transaction.total.max"),
        )
        assert 0 < one < all_of_them, "both are limited: by default they are not"
        pid = record_of(running).pid
        with pytest.raises(QueryFailed) as caught:
            run_saved(graph, question(tmp_path, COLLECTS), {})
        assert (caught.value.code, caught.value.retryable) == ("query-memory", False)
        assert "before `collect()`" in (caught.value.hint or "")
        # the largest batch that may be asked for, with the longest cells that are common
        rows = [{"id": f"c{number:09}", "name": "n" * 200} for number in range(100_000)]
        written = graph.write_batches(
            "UNWIND $rows AS row MERGE (c:Customer {id: row.id}) SET c += row", rows, name="large", batch_size=100_000
        )
        assert written.nodes_created == 100_000
        assert record_of(running).pid == pid, "the same server"


def test_question_when_one_expression_takes_all_memory_then_the_server_is_lost_once_and_comes_back_whole(
    running: LocalServer, tmp_path: Path
) -> None:
    with connect(running) as graph:
        graph.execute("MERGE (:Customer {id: 'kept'})", name="kept")
        pid = record_of(running).pid
        with pytest.raises(ServerUnavailable) as caught:
            run_saved(graph, question(tmp_path, GROWS), {})
        assert (caught.value.code, caught.value.exit_code) == ("server-lost", 3)
        assert "`influence server logs`" in (caught.value.hint or "") and "`UNWIND`" in (caught.value.hint or "")
    assert "OutOfMemoryError" in running.logs(200)
    with connect(running) as graph:
        assert record_of(running).pid != pid
        assert graph.read("MATCH (c:Customer {id: 'kept'}) RETURN count(c)", name="kept").rows == [(1,)]
