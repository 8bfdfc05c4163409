"""Bring the constraints and indexes of a database to what the files in `cypher/schema` say.

File names and rules are those of neo4j-migrations: `V010__customer_id_unique.cypher` has version 010; a file is
applied once, in the order of the versions; what was applied may not be edited, renamed or removed afterwards, and
a new file may not be older than the newest applied one. A schema change and the record of it cannot share a
transaction on Neo4j, so every file must be safe to apply twice (`IF NOT EXISTS`): the schema comes first, its
record second, and a crash between them means that the file is applied again.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from influence import __version__
from influence.errors import LibraryError, QueryFailed, ServerUnsuitable
from influence.graph import Graph
from influence.queries import Library, SavedQuery, library, saved_text
from influence.queries.tokens import statements

__all__ = ["Migration", "SchemaStatus", "apply_schema", "schema_status", "verify_schema"]

FILE_NAME: Final = re.compile(r"V(?P<version>\d+(?:_\d+)*)__(?P<description>\w+)")
NAMED: Final = re.compile(r"CREATE\s+(?P<kind>CONSTRAINT|(?:\w+\s+)?INDEX)\s+(?P<name>\w+)\s+IF\s+NOT\s+EXISTS", re.I)
LOST_RACES: Final = (
    "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists",
    "Neo.ClientError.Schema.ConstraintAlreadyExists",
    "Neo.ClientError.Schema.IndexAlreadyExists",
)
"""Another process created the same rule between the check of `IF NOT EXISTS` and the creation: it is there."""

State = Literal["applied", "pending", "edited", "missing", "out-of-order"]


@dataclass(frozen=True)
class Migration:
    """One schema file, one record of it in the database, or both.

    Attributes:
        version: Version from the file name, such as "010".
        description: What it does, from the file name.
        state: `applied`; `pending` (only the file); `edited` (the file changed after it was applied); `missing`
            (only the record); `out-of-order` (a new file below the newest applied version).
        checksum: SHA-256 of the text below the header.
        applied_at: When it was applied.
        milliseconds: How long that took.
    """

    version: str
    description: str
    state: State
    checksum: str
    applied_at: datetime | None = None
    milliseconds: int | None = None


@dataclass(frozen=True)
class SchemaStatus:
    """Schema files against the database.

    Attributes:
        migrations: In the order of their versions.
    """

    migrations: tuple[Migration, ...]

    def with_state(self, *states: State) -> tuple[Migration, ...]:
        """Return the migrations in one of these states."""
        return tuple(migration for migration in self.migrations if migration.state in states)

    @property
    def up_to_date(self) -> bool:
        """Whether every file is applied, unchanged."""
        return all(migration.state == "applied" for migration in self.migrations)


def schema_status(graph: Graph, files: Library | None = None) -> SchemaStatus:
    """Compare the schema files with what the database says was applied; one read.

    Args:
        graph: The database.
        files: Where the schema files are; default: those that come with `influence`.

    Raises:
        LibraryError: A file has a bad name, or two have the same version.
    """
    found = schema_files(files)
    history = graph.read(saved_text("internal", "schema-history"), name="schema-history").dicts()
    recorded = {row["version"]: row for row in history}
    newest = max(map(order, recorded), default=())
    migrations = []
    for version in sorted({*found, *recorded}, key=order):
        file, row = found.get(version), recorded.get(version)
        if row is None:
            state: State = "out-of-order" if order(version) < newest else "pending"
        elif file is None:
            state = "missing"
        else:
            state = "applied" if file.checksum == row["checksum"] else "edited"
        migrations.append(
            Migration(
                version,
                description(file) if file else row["description"],  # type: ignore[index]
                state,
                file.checksum if file else row["checksum"],  # type: ignore[index]
                row["applied_at"] if row else None,
                row["milliseconds"] if row else None,
            )
        )
    return SchemaStatus(tuple(migrations))


def apply_schema(graph: Graph, files: Library | None = None) -> SchemaStatus:
    """Apply the schema files that the database does not have yet, in order; one read when there is none.

    Args:
        graph: The database.
        files: Where the schema files are; default: those that come with `influence`.

    Returns:
        The status afterwards.

    Raises:
        ServerUnsuitable: What was applied was edited or removed since, or a new file has an old version.
        QueryFailed: The data break a constraint; the files before it are applied.
    """
    status = schema_status(graph, files)
    refuse_rewritten_history(status)
    if status.up_to_date:
        return status
    found = schema_files(files)
    for migration in status.with_state("pending"):
        file = found[migration.version]
        began = time.monotonic()
        for statement in statements(file.text):
            create(graph, statement, file.name)
        record = {
            "version": migration.version,
            "description": migration.description,
            "checksum": migration.checksum,
            "milliseconds": round((time.monotonic() - began) * 1000),
            "applied_by": f"influence {__version__}",
        }
        graph.execute(saved_text("internal", "schema-record"), record, name="schema-record")
    return schema_status(graph, files)


def verify_schema(graph: Graph, files: Library | None = None) -> list[str]:
    """Check that every constraint and index of the schema files is there, in use and as applied.

    Returns:
        What is wrong, a line each; empty when all is well.
    """
    wrong = [
        f"V{migration.version}__{migration.description}: {REASONS[migration.state]}"
        for migration in schema_status(graph, files).migrations
        if migration.state != "applied"
    ]
    constraints = {
        row["name"]
        for row in graph.read(saved_text("internal", "schema-constraints"), name="schema-constraints").dicts()
    }
    indexes = {
        row["name"]: row for row in graph.read(saved_text("internal", "schema-indexes"), name="schema-indexes").dicts()
    }
    for file in schema_files(files).values():
        for rule in NAMED.finditer(file.text):
            name = rule["name"]
            if name not in (constraints if rule["kind"].upper() == "CONSTRAINT" else indexes):
                wrong.append(f"{file.name}: `{name}` is not in the database")
            elif name in indexes and indexes[name]["state"] != "ONLINE":
                state = str(indexes[name]["state"]).lower()
                wrong.append(f"{file.name}: `{name}` is {state} ({indexes[name]['percent']:.0f} %)")
    return wrong


REASONS: Final[dict[State, str]] = {
    "applied": "applied",
    "pending": "is not applied yet",
    "edited": "was edited after it was applied",
    "missing": "was applied, but its file is gone",
    "out-of-order": "is new, but older than what is applied already",
}


def schema_files(files: Library | None) -> dict[str, SavedQuery]:
    """Return the schema files by version.

    Raises:
        LibraryError: A name does not follow the pattern, or two files have one version.
    """
    found: dict[str, SavedQuery] = {}
    wrong = []
    for file in (files or library()).all("schema"):
        match = FILE_NAME.fullmatch(file.name)
        if match is None:
            wrong.append(f"{file.file}  a schema file is named like `V010__customer_id_unique.cypher`")
        elif match["version"] in found:
            wrong.append(f"{file.file}  has the version of `{found[match['version']].name}`")
        else:
            found[match["version"]] = file
    if wrong:
        raise LibraryError(f"{len(wrong)} bad schema files", findings=wrong)
    return found


def order(version: str) -> tuple[int, ...]:
    """Return what versions sort by: 010 < 020 < 100 < 100_1."""
    return tuple(map(int, version.split("_")))


def description(file: SavedQuery) -> str:
    """Return the description in the name of a schema file."""
    return file.name.split("__", 1)[1].replace("_", " ")


def refuse_rewritten_history(status: SchemaStatus) -> None:
    """Refuse to go on when applied files were edited or removed.

    Raises:
        ServerUnsuitable: Lists every such file.
    """
    wrong = status.with_state("edited", "missing", "out-of-order")
    if wrong:
        listed = "; ".join(f"`V{m.version}` ({m.description}) {REASONS[m.state]}" for m in wrong)
        raise ServerUnsuitable(
            f"the schema of the database and the schema files disagree: {listed}",
            code="schema-history",
            hint="put the applied files back and make the change in a new file with a higher version; "
            "`influence schema status` lists all",
            migrations=[migration.version for migration in wrong],
        )


def create(graph: Graph, statement: str, name: str) -> None:
    """Run one schema statement; having lost a race for it to another process is success.

    Raises:
        QueryFailed: The server refuses it.
    """
    try:
        graph.execute_schema(statement, name=name)
    except QueryFailed as error:
        if error.details.get("server_code") not in LOST_RACES:
            raise
