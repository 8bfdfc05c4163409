"""The schema files on a real server: applied once, in order, and history is not rewritten."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from influence.errors import LibraryError, QueryFailed, ServerUnsuitable
from influence.graph import Graph
from influence.queries import Library, saved_text
from influence.schema import apply_schema, schema_status, verify_schema

pytestmark = pytest.mark.integration

Write = Callable[..., Library]

ONE = "CREATE CONSTRAINT test_one_unique IF NOT EXISTS FOR (n:TestOne) REQUIRE n.id IS UNIQUE"
TWO = "CREATE INDEX test_two_range IF NOT EXISTS FOR (n:TestTwo) ON (n.at)"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write schema files, and return the library that holds only them and what the engine needs."""

    def files(**texts: str) -> Library:
        folder = tmp_path / "schema"
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name, text in texts.items():
            (folder / f"{name}.cypher").write_text(f'// /// schema\n// title = "A test"\n// ///\n{text}\n')
        return Library((tmp_path,))

    return files


@pytest.fixture
def blank(empty_graph: Graph) -> Iterator[Graph]:
    """A database without any record of a schema; the test's own rules are dropped afterwards."""
    empty_graph.execute("MATCH (m:_InfluenceMigration) DELETE m", name="test-forget")
    yield empty_graph
    for name in ("test_one_unique", "test_two_range"):
        rows = empty_graph.read(saved_text("internal", "schema-constraints"), name="schema-constraints").dicts()
        kind = "CONSTRAINT" if any(row["name"] == name for row in rows) else "INDEX"
        empty_graph.execute_schema(f"DROP {kind} {name} IF EXISTS", name="test-drop")


def states(graph: Graph, files: Library) -> dict[str, str]:
    return {one.version: one.state for one in schema_status(graph, files).migrations}


def test_packaged_schema_is_applied_and_sound(graph: Graph) -> None:
    status = apply_schema(graph)
    assert status.up_to_date
    assert [one.version for one in status.migrations] == sorted((one.version for one in status.migrations), key=int)
    assert verify_schema(graph) == []
    again = apply_schema(graph)
    assert [one.applied_at for one in again.migrations] == [one.applied_at for one in status.migrations]


def test_every_label_and_key_that_is_merged_on_is_constrained(graph: Graph) -> None:
    rows = graph.read(saved_text("internal", "schema-constraints"), name="schema-constraints").dicts()
    keys = {(row["labels"][0], tuple(row["properties"])) for row in rows}
    assert keys >= {
        ("Customer", ("id",)), ("Product", ("id",)), ("Topic", ("id",)), ("Campaign", ("id",)), ("Group", ("id",)),
        ("Channel", ("id",)), ("Response", ("id",)), ("Profile", ("id",)), ("BOUGHT", ("line_id",)), ("Run", ("id",)),
        ("Score", ("run", "customer")), ("TopicScore", ("run", "customer", "topic")), ("Community", ("run", "id")),
        ("_InfluenceState", ("id",)), ("_InfluenceLock", ("name",)), ("_InfluenceFile", ("key",)),
        ("_InfluenceBatch", ("key",)),
    }  # fmt: skip


def test_files_are_applied_in_order_and_only_new_ones_later(blank: Graph, write: Write) -> None:
    files = write(V010__one=ONE)
    assert states(blank, files) == {"010": "pending"}
    assert apply_schema(blank, files).up_to_date
    files = write(V010__one=ONE, V100__two=TWO)
    assert states(blank, files) == {"010": "applied", "100": "pending"}
    assert apply_schema(blank, files).up_to_date
    assert verify_schema(blank, files) == []


def test_several_statements_and_semicolons_in_texts(blank: Graph, write: Write) -> None:
    files = write(V010__both=f"// one; and\n{ONE};\n/* two; */ {TWO};")
    assert apply_schema(blank, files).up_to_date
    assert verify_schema(blank, files) == []


def test_edited_removed_and_late_files_are_refused_with_their_names(blank: Graph, write: Write) -> None:
    apply_schema(blank, write(V010__one=ONE, V030__two=TWO))
    files = write(V010__one=TWO, V020__late=ONE)
    assert states(blank, files) == {"010": "edited", "020": "out-of-order", "030": "missing"}
    with pytest.raises(ServerUnsuitable) as caught:
        apply_schema(blank, files)
    assert caught.value.code == "schema-history"
    assert caught.value.details["migrations"] == ["010", "020", "030"]
    assert len(verify_schema(blank, files)) == 3


def test_line_endings_and_headers_do_not_change_a_file(blank: Graph, write: Write, tmp_path: Path) -> None:
    apply_schema(blank, write(V010__one=ONE))
    path = tmp_path / "schema" / "V010__one.cypher"
    path.write_bytes(path.read_bytes().replace(b"A test", b"Another title").replace(b"\n", b"\r\n"))
    assert states(blank, Library((tmp_path,))) == {"010": "applied"}


def test_a_rule_that_the_data_break_is_no_record(blank: Graph, write: Write) -> None:
    blank.execute("UNWIND [1, 1] AS twin CREATE (:TestOne {id: 'anna@example.com'})", name="test-twins")
    files = write(V010__two=TWO, V020__one=ONE)
    with pytest.raises(QueryFailed, match=r"constraint creation failed \(Neo\.DatabaseError\.Schema\.") as caught:
        apply_schema(blank, files)
    said = json.dumps(caught.value.as_dict()) + "".join(traceback.format_exception(caught.value))
    assert "anna" not in said, "the value that is there twice"
    assert states(blank, files) == {"010": "applied", "020": "pending"}
    blank.execute("MATCH (n:TestOne) DELETE n", name="test-mend")
    assert apply_schema(blank, files).up_to_date


def test_a_dropped_rule_is_found(blank: Graph, write: Write) -> None:
    files = write(V010__both=f"{ONE};\n{TWO}")
    apply_schema(blank, files)
    blank.execute_schema("DROP INDEX test_two_range", name="test-drop")
    blank.execute_schema("DROP CONSTRAINT test_one_unique", name="test-drop")
    assert verify_schema(blank, files) == [
        "V010__both: `test_one_unique` is not in the database",
        "V010__both: `test_two_range` is not in the database",
    ]


def test_two_files_of_one_version_are_refused(blank: Graph, write: Write) -> None:
    files = write(V010__one=ONE, V010__two=TWO)
    with pytest.raises(LibraryError) as caught:
        schema_status(blank, files)
    assert "has the version of" in str(caught.value.details["findings"])
