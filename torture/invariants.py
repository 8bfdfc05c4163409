"""What holds after every fault, and what holds once the same command has been run again.

Each function returns what it found broken, in words; an empty list is the proof.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from influence.errors import InfluenceError
from influence.graph import Graph
from influence.load import contracts
from influence.load.bulk.staging import relationship_of
from influence.runs import list_runs
from influence.runs.writing import verify_run
from influence.schema import verify_schema

__all__ = ["broken", "exports_broken", "unfinished"]

LEDGER: Final = (
    "MATCH (f:_InfluenceFile) OPTIONAL MATCH (b:_InfluenceBatch {file: f.key}) "
    "RETURN f.dataset AS dataset, f.stamp AS stamp, f.status AS status, f.batches AS batches, count(b) AS done, "
    "sum(coalesce(b.rows, 0)) AS rows, coalesce(f.last_version, 0) AS version, f.started_at AS started "
    "ORDER BY dataset, version"
)
UNIQUE: Final[Mapping[str, str]] = {
    "customers of one id": "MATCH (n:Customer) WITH n.id AS key",
    "products of one id": "MATCH (n:Product) WITH n.id AS key",
    "topics of one id": "MATCH (n:Topic) WITH n.id AS key",
    "purchases of one line": "MATCH ()-[b:BOUGHT]->() WITH b.line_id AS key",
    "open friendships of one pair": (
        "MATCH (a:Customer)-[f:FRIEND]->(b:Customer) WHERE f.until IS NULL "
        "WITH CASE WHEN a.id < b.id THEN [a.id, b.id] ELSE [b.id, a.id] END AS key"
    ),
    "ties of one product and topic": "MATCH (p:Product)-[:ABOUT]->(t:Topic) WITH [p.id, t.id] AS key",
    "scores of one customer and run": "MATCH (s:Score) WITH [s.run, s.customer] AS key",
    "customers of one score": "MATCH (:Customer)-[:SCORED]->(s:Score) WITH elementId(s) AS key",
    "scores of one customer, topic and run": "MATCH (s:TopicScore) WITH [s.run, s.customer, s.topic] AS key",
    "pairs of one run": "MATCH (a:Customer)-[p:PERSUADED]->(b:Customer) WITH [p.run, a.id, b.id] AS key",
    "evidence of one product": "MATCH (s:Score)-[:FOLLOWED_IN]->(p:Product) WITH [elementId(s), p.id] AS key",
    "communities of one run": "MATCH (c:Community) WITH [c.run, c.id] AS key",
    "files in the ledger": "MATCH (f:_InfluenceFile) WITH f.key AS key",
    "batches in the ledger": "MATCH (b:_InfluenceBatch) WITH b.key AS key",
    "pointers to a run": "MATCH (s:_InfluenceState {id: 'current'}) WITH s.id AS key",
    "runs of one id": "MATCH (r:Run) WITH r.id AS key",
    "locks": "MATCH (l:_InfluenceLock) WITH l.name AS key",
    "first purchases of one customer and product": (
        "MATCH (c:Customer)-[b:BOUGHT]->(p:Product) WHERE b.first WITH [c.id, p.id] AS key"
    ),
}


def broken(graph: Graph, out: Path | None = None) -> list[str]:
    """Return what must never be, not even a moment after a fault, while somebody works or before anybody cleans up.

    Args:
        graph: The database.
        out: Folder with what was handed out.
    """
    return [
        *ledger_broken(graph),
        *doubled(graph),
        *current_run_broken(graph),
        *(exports_broken(out) if out is not None else []),
    ]


def unfinished(
    graph: Graph, rows: Mapping[str, int] | None = None, out: Path | None = None, *, published: bool = True
) -> list[str]:
    """Return what is broken, or not complete although the same command has been run again.

    Args:
        graph: The database.
        rows: Rows of the files that were loaded, by dataset; the graph holds exactly these.
        out: Folder with what was handed out.
        published: Whether a run must be current.
    """
    found = broken(graph, out)
    files = sorted(graph.read(LEDGER, name="ledger").dicts(), key=lambda file: file["started"])
    for file in {file["dataset"]: file for file in files}.values():  # a later file takes the place of a half loaded one
        if file["status"] != "done" or file["done"] != file["batches"]:
            found.append(f"file of {file['dataset']} is {file['status']}: {file['done']} of {file['batches']} batches")
    for dataset, number in (rows or {}).items():
        held = rows_of(graph, dataset)
        if held != number:
            found.append(f"{held} rows of {dataset} in the graph, {number} in the file")
    unmarked = (
        "MATCH (c:Customer)-[b:BOUGHT]->(p:Product) WITH c, p, count(CASE WHEN b.first THEN 1 END) AS marks "
        "WHERE marks <> 1 RETURN count(*)"
    )
    if number := scalar(graph, unmarked):
        found.append(f"{number} customers and products without their first purchase")
    for run in list_runs(graph):
        if run.status in ("running", "verified"):
            found.append(f"run {run.id} is {run.status}, and nobody is computing")
    leftovers = (
        "MATCH (s:Score|TopicScore|Community) WHERE NOT EXISTS { MATCH (:Run {id: s.run, status: 'published'}) } "
        "RETURN count(s)"
    )
    if number := scalar(graph, leftovers):
        found.append(f"{number} scores of runs that nobody published")
    pairs = (
        "MATCH ()-[p:PERSUADED]->() WHERE NOT EXISTS { MATCH (:Run {id: p.run, status: 'published'}) } RETURN count(p)"
    )
    if number := scalar(graph, pairs):
        found.append(f"{number} pairs of runs that nobody published")
    if published and not any(run.current for run in list_runs(graph)):
        found.append("no run is current")
    if number := scalar(graph, "MATCH (l:_InfluenceLock) WHERE l.expires_at > datetime() RETURN count(l)"):
        found.append("the lock is held")
    projections = graph.read("CALL gds.graph.list() YIELD graphName RETURN graphName", name="projections").rows
    found += [f"projection {name} is left" for (name,) in projections if name.startswith("influence-")]
    found += [f"schema: {one}" for one in verify_schema(graph)]
    if out is not None and out.exists():
        found += [f"{path.name} is left" for path in out.rglob(".*.part")]
        found += [f"{path.name} is left" for path in out.glob(".*") if path.is_dir()]
    return found


def scalar(graph: Graph, text: str, **params: Any) -> int:
    """Return the one number that a statement answers."""
    return int(graph.read(text, params, name="invariant").rows[0][0])


# ── rows = ledger ─────────────────────────────────────────────────────────


def rows_of(graph: Graph, dataset: str, stamp: str | None = None) -> int:
    """Return the number of nodes or relationships that a dataset has brought, of one load or of all."""
    contract = contracts()[dataset]
    if contract.is_node:
        text = (
            f"MATCH (n:{contract.name}) WHERE coalesce(n.inferred, false) = false AND "
            "($stamp IS NULL OR n.run_id = $stamp) RETURN count(n)"
        )
    else:
        kind, _ = relationship_of(contract)
        text = f"MATCH ()-[r:{kind}]->() WHERE $stamp IS NULL OR r.run_id = $stamp RETURN count(r)"
    return scalar(graph, text, stamp=stamp)


def ledger_broken(graph: Graph) -> list[str]:
    """Return where the graph and the ledger disagree: the newest file of each dataset, finished or not."""
    newest = {file["dataset"]: file for file in graph.read(LEDGER, name="ledger").dicts()}
    found = []
    for dataset, file in newest.items():
        held = rows_of(graph, dataset, file["stamp"])
        if held != file["rows"]:
            found.append(f"{dataset}: {held} rows of load {file['stamp']} in the graph, {file['rows']} in the ledger")
    return found


def doubled(graph: Graph) -> list[str]:
    """Return what is there more than once."""
    found = []
    for what, text in UNIQUE.items():
        if number := scalar(graph, f"{text}, count(*) AS times WHERE times > 1 RETURN count(*)"):
            found.append(f"{number} times several {what}")
    return found


# ── runs ──────────────────────────────────────────────────────────────────


def current_run_broken(graph: Graph) -> list[str]:
    """Return what is wrong with the run that readers see: every score is read and compared with its checksum."""
    current = [run for run in list_runs(graph) if run.current]
    pointer = graph.read("MATCH (s:_InfluenceState {id: 'current'}) RETURN s.run", name="pointer").rows
    if pointer and pointer[0][0] is not None and not current:
        return [f"the current run {pointer[0][0]} does not exist"]
    found = []
    for run in current:
        if run.status != "published":
            found.append(f"the current run is {run.status}")
        try:
            verify_run(graph, run)
        except InfluenceError as error:
            found.append(error.message)
    return found


# ── exports ───────────────────────────────────────────────────────────────


def exports_broken(out: Path) -> list[str]:
    """Return what is half written among the files that were handed out.

    A folder with `manifest.json` is complete and holds what the manifest says. A file with a manifest of its own is
    whole; between the two, its manifest may be that of the file before.
    """
    found = []
    for path in sorted(out.rglob("*")) if out.exists() else ():
        if path.name == "manifest.json":
            found += folder_broken(path)
        elif path.suffix == ".json":
            try:
                json.loads(path.read_text(encoding="utf-8"))
            except ValueError:
                found.append(f"{path.name} is cut off")
        elif path.suffix == ".csv" and not path.name.startswith("."):
            text = path.read_text(encoding="utf-8-sig")
            widths = {len(row) for row in csv.reader(text.splitlines())}
            if not text.endswith("\n") or len(widths) > 1:
                found.append(f"{path.name} is cut off")
    return found


def folder_broken(manifest: Path) -> list[str]:
    """Return which files of a described folder are missing or differ."""
    described = json.loads(manifest.read_text(encoding="utf-8"))
    files = described["files"]
    entries = files if isinstance(files, list) else [{"name": name, **entry} for name, entry in files.items()]
    found = []
    for entry in entries:
        path = manifest.parent / str(entry.get("name") or entry.get("path"))
        if not path.is_file():
            found.append(f"{path.name} is missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
            found.append(f"{path.name} is not what its manifest says")
    return found
