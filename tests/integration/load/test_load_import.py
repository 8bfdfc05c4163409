"""The offline importer and the batches make the same of every folder, clean or dirty, and crashes leave no half."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from influence.errors import QueryFailed, UsageProblem
from influence.graph import Graph
from influence.lease import hold_lease
from influence.load import LoadOptions, LoadReport, PseudonymKey, contracts, load_folder, load_status
from influence.load.contract import Column
from influence.load.erased import erased_key
from influence.load.history import keep_key, key_check
from influence.progress import Silent
from influence.server import LocalServer
from influence.server.admin import AdminTool
from influence.settings import load_settings
from tests.conftest import wipe
from tests.integration.load.test_load_into_graph import EVERYTHING

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
Files = dict[str, str]


class Notes(Silent):
    """A progress that keeps what it is told to say."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def note(self, text: str) -> None:
        self.texts.append(text)


@pytest.fixture(scope="module")
def importer(tmp_path_factory: pytest.TempPathFactory, server_line: str) -> Iterator[LocalServer]:
    """A local server for this module alone: it is stopped and started by every import."""
    home = tmp_path_factory.mktemp("import") / "my, hømé"  # a comma means something to the admin tool
    server = LocalServer(load_settings(home=home, server_profile="small", server_line=server_line))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def imported(importer: LocalServer) -> Iterator[Graph]:
    """The connection to it."""
    place = importer.ensure_running()
    with Graph(place.uri, place.username, place.password, place.database) as graph:
        yield graph


def write(folder: Path, files: Files) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def load(graph: Graph, folder: Path, server: LocalServer | None = None, **options: Any) -> LoadReport:
    home = importer_home(server)
    key = PseudonymKey(folder / "pseudonym.key")
    progress = options.pop("progress", Silent())
    return load_folder(
        graph, folder, LoadOptions(home=home, **options), key, progress, NOW, run_id="run-1", server=server
    )


def importer_home(server: LocalServer | None) -> Path | None:
    return server.settings.home if server else None


def dump(graph: Graph) -> dict[str, list[str]]:
    """Everything but the lock and the histories of schema and loads; types told apart; instants of the clock left out."""

    def shown(properties: dict[str, Any]) -> str:
        vague = {"epoch", "version", "started_at", "finished_at", "committed_at", "first_version", "last_version"}
        return repr(
            sorted((name, type(value).__name__, str(value)) for name, value in properties.items() if name not in vague)
        )

    nodes = graph.read(
        "MATCH (n) WHERE NOT (n:_InfluenceLock OR n:_InfluenceMigration OR n:_InfluenceHistory) "
        "RETURN labels(n), properties(n)",
        name="nodes",
    )
    ties = graph.read("MATCH (a)-[r]->(b) RETURN labels(a), a.id, type(r), properties(r), labels(b), b.id", name="ties")
    types = graph.read(
        "MATCH (n) UNWIND keys(n) AS key RETURN DISTINCT key, valueType(n[key]) AS type ORDER BY key, type",
        name="types",
    )
    return {
        "nodes": sorted(f"{labels} {shown(own)}" for labels, own in nodes.rows),
        "ties": sorted(f"{la} {a} {kind} {lb} {b} {shown(own)}" for la, a, kind, own, lb, b in ties.rows),
        "types": [str(row) for row in types.rows if row[0] not in ("epoch",)],
    }


def counts(report: LoadReport) -> list[dict[str, Any]]:
    found = [file for file in report.as_dict()["files"]]
    for file in found:
        file["rejects"] = Path(file["rejects"]).name if file["rejects"] else None
    return [*found, {"first_marks": report.first_marks, "notes": report.notes}]


def ledger(graph: Graph) -> list[dict[str, Any]]:
    clock = {"started_at", "finished_at"}
    return [{name: value for name, value in file.items() if name not in clock} for file in load_status(graph)]


def rejects(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.rejects.csv"))}


def both_ways(
    batches: Graph, imported: Graph, importer: LocalServer, folder: Path, copy: Path, **options: Any
) -> tuple[LoadReport, LoadReport]:
    """Load two equal folders the two ways into two empty databases, and compare all that can be seen."""
    wipe(batches)
    wipe(imported)
    slow = load(batches, folder, **options)
    fast = load(imported, copy, importer, via="import", **options)
    assert counts(fast) == counts(slow)
    assert rejects(copy) == rejects(folder)
    one, other = dump(imported), dump(batches)
    for part in other:
        assert one[part] == other[part]
    assert ledger(imported) == ledger(batches)
    return slow, fast


# ── a folder of all datasets with everything that can be wrong ────────────

PEOPLE = [f"{number:02}" for number in range(1, 13)]
WORDS = ["noir", "a, b", 'say "yes"', "línea\nzwei", "x\r\ny", "back\\slash", "'", "#", "é\U0001f600", "0", "-"]
DAYS = ["2024-01-31", "2024-02-29T23:59:59.123456Z", "2024-03-01 10:00:00+02:00", "2023-12-31T00:00:00.000001Z"]
BAD = ["", "1.23E+11", "NaN", "2031-01-01", "x", "-7", "a\x07b"]
IDS = {
    "customers": PEOPLE,
    "products": ["A", "B", "C"],
    "topics": ["noir", "t|%"],
    "campaigns": ["m1"],
    "groups": ["g1"],
}


def cell(random: Random, name: str, column: Column, *, plain: bool = False) -> str:
    """What stands in a column: mostly what should; plain: the least that a good row needs."""
    dice = 0.5 if plain else random.random()
    if (dice < 0.12 or plain) and not column.required:
        return ""
    if column.refers_to or column.type == "id":
        known = IDS[column.refers_to] if column.refers_to else [f"{name[0]}{number}" for number in range(60)]
        odd = ["unheard-of", "1.23E+11", "", "7"]
    else:
        by_type: dict[str, list[str]] = {
            "datetime": DAYS,
            "bool": ["true", "No", "1"],
            "money": ["0", "250", "9007199254740993"],
            "int": ["1", "2", "-1", "0"],
            "float": ["1", "0.1", "3e-5", "7.0"],
            "enum": list(column.values),
            "email": ["Ann@example.com", "b@example.com"],
            "phone": ["+49 30 1234567"],
            "address": ["Main St. 1"],
            "device": ["D-1"],
        }
        known = ["EUR" if "3" in column.pattern else "DE"] if column.pattern else by_type.get(column.type, WORDS)
        odd = BAD
    return known[0] if plain else random.choice(odd if dice > 0.98 else known)


def dirty_folder(random: Random) -> Files:
    """All seventeen files, or most, with repeated, contradicting, ragged and wrong rows, and ties both ways."""
    files: Files = {}
    for dataset, contract in contracts().items():
        if contract.is_node and random.random() < 0.2:
            continue  # ids that other files name are inferred
        names = list(contract.columns)
        amount = len(IDS[dataset]) if contract.is_node else random.randint(20, 50)
        rows = [[cell(random, name, contract.columns[name]) for name in names] for _ in range(amount)]
        rows[0] = [cell(random, name, contract.columns[name], plain=True) for name in names]
        for number, row in enumerate(rows):
            if contract.is_node:
                row[names.index(contract.key[0])] = IDS[dataset][number]
            if "currency" in names:
                row[names.index("currency")] = "EUR"
            if contract.rules.one_of:
                row[names.index(contract.rules.one_of[number % 2])] = ""
        for row in random.choices(rows, k=6):
            again = list(row)
            if random.random() < 0.5:
                place = random.randrange(len(names))
                again[place] = cell(random, names[place], contract.columns[names[place]])
            if len(contract.ends) == 2 and random.random() < 0.5:
                one, other = (names.index(end) for end in contract.ends)
                again[one], again[other] = again[other], again[one]
            rows.append(again)
        if random.random() < 0.2:
            rows.append(rows[0][:-1])
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([names, *rows])
        files[f"{dataset}.csv"] = text.getvalue()
    return files


@settings(max_examples=2, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_import_and_batches_make_the_same_of_any_folder(
    graph: Graph, imported: Graph, importer: LocalServer, seed: int
) -> None:
    files = dirty_folder(Random(seed))
    with tempfile.TemporaryDirectory() as scratch:
        folders = [write(Path(scratch) / name, files) for name in ("one", "two")]
        for folder in folders:
            key = folder / "pseudonym.key"
            key.write_text("ab" * 32, encoding="ascii")
            key.chmod(0o600)
        slow, _ = both_ways(graph, imported, importer, *folders, bad_rows="reject", max_rejects=1.0)
    assert sum(file.rejected for file in slow.files)
    assert slow.first_marks


# ── the clean folder, crashes, and what stands in the way ─────────────────

KILLED = """
import os, signal, sys, threading
from datetime import UTC, datetime
from pathlib import Path

from influence.graph import Graph
from influence.load import LoadOptions, PseudonymKey, load_folder
from influence.load.erased import erased_key
from influence.progress import Silent
from influence.lease import hold_lease
from influence.server import LocalServer
from influence.server.admin import AdminTool
from influence.settings import load_settings

home, folder, line, point = sys.argv[1:]
if point == "importing":
    run = AdminTool.run
    def dying(self, arguments, on_line=None):
        def die(text):
            if "Starting to import" in text or "Import starting" in text:
                os.kill(os.getpid(), signal.SIGKILL)
        return run(self, arguments, die)
    AdminTool.run = dying
else:
    rename, renamed = Path.rename, []
    def dying(self, target):
        if "bulk" in self.parts:
            renamed.append(self)
            if len(renamed) == 2:
                os.kill(os.getpid(), signal.SIGKILL)
        return rename(self, target)
    Path.rename = dying
server = LocalServer(load_settings(home=Path(home), server_profile="small", server_line=line))
place = server.ensure_running()
with Graph(place.uri, place.username, place.password, place.database) as graph:
    key = PseudonymKey(Path(folder) / "pseudonym.key")
    options = LoadOptions(home=Path(home), via="import")
    load_folder(graph, Path(folder), options, key, Silent(), datetime(2026, 11, 22, 12, tzinfo=UTC), server=server)
"""


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clean folder with all datasets."""
    folder = tmp_path_factory.mktemp("everything")
    return write(folder, {f"{name}.csv": text for name, text in EVERYTHING.items()})


def kill_load(importer: LocalServer, folder: Path, point: str) -> None:
    """Load in a process of its own, which is killed at a point."""
    home, line = str(importer.settings.home), importer.line.name
    done = subprocess.run(
        [sys.executable, "-c", KILLED, home, str(folder), line, point], capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_a_load_killed_while_importing_leaves_nothing_and_can_start_again(
    graph: Graph, imported: Graph, importer: LocalServer, everything: Path, tmp_path: Path
) -> None:
    wipe(imported)
    kill_load(importer, everything, "importing")
    imported.move(importer.ensure_running().uri)
    (left,) = (importer.home.folder / "bulk").iterdir()
    assert left.is_dir(), "intermediates stay until the next load"
    assert dump(imported)["nodes"] == []
    imported.execute("MATCH (l:_InfluenceLock) SET l.expires_at = datetime({epochMillis: 0})", name="lease-runs-out")
    slow, fast = both_ways_of(graph, imported, importer, everything)
    assert fast.written == slow.written > 0
    assert not (importer.home.folder / "bulk").exists()
    again = load(imported, everything, importer, progress=(notes := Notes()))
    assert again.written == 0
    assert sum(file.unchanged for file in again.files) == fast.written
    assert notes.texts == ["loading in batches: the database is not empty"]
    assert again.data_version == fast.data_version


def both_ways_of(batches: Graph, imported: Graph, importer: LocalServer, folder: Path) -> tuple[LoadReport, LoadReport]:
    """Load one clean folder both ways."""
    return both_ways(batches, imported, importer, folder, folder)


def test_a_load_killed_in_the_exchange_is_complete_at_the_next_start(
    imported: Graph, importer: LocalServer, everything: Path, graph: Graph
) -> None:
    wipe(imported)
    wipe(graph)
    kill_load(importer, everything, "exchanging")
    assert importer.running() is None
    imported.move(importer.ensure_running().uri)
    assert {file["status"] for file in load_status(imported)} == {"loading"}
    again = load(imported, everything, importer)
    assert sum(file.unchanged for file in again.files) == sum(file.read for file in again.files)
    load(graph, everything)
    stamp = {name: value for name, value in dump(imported).items() if name != "types"}
    for part, found in stamp.items():
        assert len(found) == len(dump(graph)[part])
    assert {file["status"] for file in load_status(imported)} == {"done"}


def test_import_when_a_job_holds_the_lease_then_rows_carry_the_id_of_the_load_and_a_sweep_takes_none(
    imported: Graph, importer: LocalServer, everything: Path
) -> None:
    wipe(imported)
    options = LoadOptions(home=importer.settings.home, via="import", sweep=True)
    key = PseudonymKey(everything / "pseudonym.key")
    with hold_lease(imported, "job-1") as held:
        report = load_folder(
            imported, everything, options, key, Silent(), NOW, run_id="run-1", held=held, server=importer
        )
    assert sum(swept.vanished for swept in report.sweeps) == 0
    stamped = imported.read("MATCH (c:Customer) RETURN DISTINCT c.run_id", name="stamps").rows
    assert stamped == [("run-1",)]


def test_import_when_customers_were_erased_before_then_they_stay_out_and_stay_noted(
    imported: Graph, importer: LocalServer, everything: Path
) -> None:
    wipe(imported)
    key = PseudonymKey(everything / "pseudonym.key")
    hashed = erased_key(key, "1")
    imported.execute("CREATE (:_InfluenceErased {key: $key, erased_at: datetime()})", {"key": hashed}, name="erased")
    with hold_lease(imported, "erase-1") as held:
        keep_key(imported, held, key)  # as an erasure does
    load(imported, everything, importer, via="import")
    assert imported.read("MATCH (c:Customer {id: '1'}) RETURN c", name="erased").rows == []
    assert imported.read("MATCH (e:_InfluenceErased) RETURN e.key", name="erased").rows == [(hashed,)]
    kept = imported.read("MATCH (s:_InfluenceState {id: 'data'}) RETURN s.key_check", name="state").rows
    assert kept == [(key_check(key),)]


def test_an_importer_that_fails_is_an_error_and_changes_nothing(
    imported: Graph, importer: LocalServer, everything: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wipe(imported)
    run = AdminTool.run

    def killed(self: AdminTool, arguments: Any, on_line: Callable[[str], None] | None = None) -> str:
        def kill(text: str) -> None:
            import json

            record = json.loads((self.home / "admin.json").read_text(encoding="utf-8"))
            os.kill(record["pid"], signal.SIGKILL)

        return run(self, arguments, kill)

    monkeypatch.setattr(AdminTool, "run", killed)
    with pytest.raises(QueryFailed, match="neo4j-admin database import"):
        load(imported, everything, importer, via="import")
    assert dump(imported)["nodes"] == []
    assert importer.running() is not None


def test_what_somebody_else_writes_during_the_import_is_never_deleted(
    imported: Graph, importer: LocalServer, everything: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wipe(imported)
    stop = LocalServer.stop

    def late(self: LocalServer) -> bool:
        if not imported.read("MATCH (n:Late) RETURN n", name="late").rows:
            imported.execute("CREATE (:Late)", name="late")
            imported.disconnect()
        return stop(self)

    monkeypatch.setattr(LocalServer, "stop", late)
    with pytest.raises(QueryFailed, match="somebody wrote"):
        load(imported, everything, importer, via="import")
    assert imported.read(
        "MATCH (n) WHERE NOT n:_InfluenceLock AND NOT n:_InfluenceMigration RETURN labels(n)", name="n"
    ).rows == [(["Late"],)]
    monkeypatch.undo()
    with pytest.raises(UsageProblem, match="the database is not empty"):
        load(imported, everything, importer, via="import")


def test_import_is_impossible_elsewhere_and_auto_says_why_it_takes_batches(
    empty_graph: Graph, importer: LocalServer, imported: Graph, everything: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageProblem, match="not the local server"):
        load(empty_graph, everything, via="import")
    load(empty_graph, everything, progress=(notes := Notes()))
    assert notes.texts == ["loading in batches: the database is not the local server of this project"]
    wipe(imported)
    load(imported, everything, importer, progress=(notes := Notes()))
    assert [text.split(": ")[1] for text in notes.texts] == ["30 rows are few"]
    wipe(imported)
    twice = write(
        tmp_path / "twice",
        {
            "a.csv": "customer_id,name\n1,Ann\n",
            "b.csv": "customer_id,name\n1,Anna\n",
            "mapping.toml": '[[customers]]\nfile = "a.csv"\n[[customers]]\nfile = "b.csv"\n',
        },
    )
    with pytest.raises(UsageProblem, match="two files of `customers` hold the same row"):
        load(imported, twice, importer, via="import")
    imported.execute("CREATE INDEX mine IF NOT EXISTS FOR (n:Mine) ON (n.x)", name="index")
    with pytest.raises(UsageProblem, match="not empty"):
        load(imported, everything, importer, via="import")
    imported.execute("DROP INDEX mine", name="index")
