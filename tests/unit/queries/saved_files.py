"""Saved files written for tests."""

from __future__ import annotations

from pathlib import Path

from influence.queries import Library, SavedQuery
from influence.queries.findings import Finding
from influence.queries.lint import lint

REPORT = """\
// /// report
// title    = "Friends"
// summary  = "Customers with many friends"
// question = "Who knows many people?"
// category = "reach"
// key      = ["customer_id"]
// [params]
// limit   = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// country = { type = "str", default = "", help = "Two-letter code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// friends     = { type = "int", title = "Friends" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE $country = '' OR c.country = $country
RETURN c.id AS customer_id, s.friend_count AS friends
ORDER BY friends DESC, customer_id
LIMIT $limit
"""

LOAD = """\
// /// load
// title = "Customers"
// ///
UNWIND $rows AS row
MERGE (c:Customer {id: row.id})
SET c += row.properties, c.run_id = $run_id, c.source = $source
"""

SCHEMA = """\
// /// schema
// title = "A customer is known by the id"
// ///
CREATE CONSTRAINT customer_id_unique IF NOT EXISTS
FOR (c:Customer) REQUIRE c.id IS UNIQUE;
CREATE CONSTRAINT bought_line_id_unique IF NOT EXISTS
FOR ()-[b:BOUGHT]-() REQUIRE b.line_id IS UNIQUE;
CREATE CONSTRAINT score_unique IF NOT EXISTS
FOR (s:Score) REQUIRE (s.run, s.customer) IS UNIQUE
"""


def put(root: Path, file: str, content: str) -> Path:
    """Write a file below a folder and return its path."""
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode("utf-8"))
    return path


def saved(root: Path, content: str = REPORT, name: str = "friends", folder: str = "reports") -> SavedQuery:
    """Write a valid file and read it back."""
    found = Library((root,)).read(put(root, f"{folder}/{name}.cypher", content))
    assert isinstance(found, SavedQuery), found
    return found


def found_in(root: Path, content: str, file: str = "reports/friends.cypher") -> list[Finding]:
    """Return what the lint finds in one file beside the schema of `SCHEMA`."""
    put(root, "schema/V010__customer_id_unique.cypher", SCHEMA)
    put(root, file, content)
    return lint(Library((root,)))


def told(findings: list[Finding]) -> list[str]:
    """Return rule and text of findings."""
    return [f"{finding.rule} {finding.text}" for finding in findings]
