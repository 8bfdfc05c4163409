"""What is known of a dump: what it holds, for which server, and the digest of the file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from influence.errors import DataRejected, UsageProblem
from influence.files import PERSONAL, file_digest, write_atomically
from influence.graph import Graph
from influence.queries import saved_text

__all__ = ["Content", "Manifest", "content_of", "manifest_path", "read_manifest", "verify_file", "write_manifest"]

SCHEMA_VERSION: Final = 1
SUFFIX: Final = ".manifest.json"


@dataclass(frozen=True)
class Content:
    """By what a copy of a database is recognised.

    Attributes:
        nodes: Number of all nodes, book-keeping included.
        relationships: Number of all relationships.
        run: Id of the current run, if one is published.
        data_version: Version of the loaded data, if any are loaded.
    """

    nodes: int
    relationships: int
    run: str | None
    data_version: str | None


@dataclass(frozen=True)
class Manifest:
    """What is known of a dump.

    Attributes:
        file: Its name.
        size: Bytes.
        sha256: Digest of its bytes.
        line: Server line that can read it, such as `5.26`.
        neo4j: Version of the server it was made with.
        made_at: When, ISO 8601 with zone.
        influence: Version of this program.
        content: What it holds.
    """

    file: str
    size: int
    sha256: str
    line: str
    neo4j: str
    made_at: str
    influence: str
    content: Content


def content_of(graph: Graph) -> Content:
    """Return by what the database is recognised."""
    name = "backup-content"
    row = graph.read(saved_text("internal", name), name=name, timeout=3600).single() or {}
    return Content(row["nodes"], row["relationships"], row["run"], row["data_version"])


def manifest_path(dump: Path) -> Path:
    """Return the file beside a dump that describes it."""
    return dump.with_name(dump.name + SUFFIX)


def write_manifest(dump: Path, manifest: Manifest) -> None:
    """Write the manifest of a dump beside it, for its owner only."""
    text = json.dumps({"schema_version": SCHEMA_VERSION, **asdict(manifest)}, indent=2) + "\n"
    write_atomically(manifest_path(dump), text, mode=PERSONAL)


def read_manifest(dump: Path) -> Manifest:
    """Read the manifest of a dump.

    Raises:
        UsageProblem: There is no such dump, or no manifest beside it, or it is not one of this version.
    """
    if not dump.is_file():
        raise UsageProblem(f"no such file: `{dump}`", code="dump-missing", hint="check the path of the dump")
    path = manifest_path(dump)
    try:
        given: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if given.pop("schema_version") != SCHEMA_VERSION:
            raise ValueError("another version")
        return Manifest(**{**given, "content": Content(**given["content"])})
    except FileNotFoundError:
        raise UsageProblem(
            f"there is no manifest `{path.name}` beside the dump, so nobody knows what it must hold",
            code="manifest-missing",
            hint="keep both files that `influence server dump` writes together",
        ) from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise UsageProblem(
            f"`{path}` is no manifest of a dump",
            code="manifest-invalid",
            hint="take the one that `influence server dump` wrote with the dump",
        ) from None


def verify_file(dump: Path, manifest: Manifest) -> None:
    """Check that a dump is byte for byte what was written.

    Raises:
        DataRejected: It is not.
    """
    if (dump.stat().st_size, file_digest(dump)) != (manifest.size, manifest.sha256):
        raise DataRejected(
            f"`{dump.name}` is not the file that its manifest describes: it is damaged or was changed",
            code="dump-damaged",
            hint="take another dump; nothing was changed",
        )
