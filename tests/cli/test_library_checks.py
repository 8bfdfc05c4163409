"""`influence check`: the list needs no server, a run tells bad data by its exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from influence.graph import Graph
from influence.queries import library
from influence.settings import Settings


def influence(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "influence.cli.main", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=120,
    )


def test_check_list_when_run_then_every_check_without_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:1")
    done = influence("check", "list", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == library().names("check")
    listed = json.loads(influence("check", "list", "-o", "json", folder=tmp_path).stdout)
    assert {"name", "title", "summary", "severity", "category"} == set(listed["checks"][0])


@pytest.mark.integration
def test_check_run_when_data_is_sound_then_0_and_when_not_then_1(
    settings: Settings, empty_graph: Graph, tmp_path: Path
) -> None:
    sound = influence("check", "run", folder=tmp_path)
    assert sound.returncode == 0, sound.stderr
    assert all(line.startswith("ok ") for line in sound.stdout.splitlines())

    empty_graph.execute("CREATE (c:Customer {id: 'a'})", name="fixture")
    warned = influence("check", "run", folder=tmp_path)
    assert warned.returncode == 0, warned.stderr
    assert "warn     customer-without-ties" in warned.stdout

    empty_graph.execute("MATCH (c:Customer) CREATE (c)-[:FRIEND]->(c)", name="fixture")
    failed = influence("check", "run", "tie-to-oneself", folder=tmp_path)
    assert failed.returncode == 1
    assert "customer_id=a  kind=FRIEND  found=1" in failed.stdout
    assert "error: 1 data check failed" in failed.stderr
    assert "influence check run tie-to-oneself" in failed.stderr

    as_json = influence("check", "run", "tie-to-oneself", "id-missing", "-o", "json", folder=tmp_path)
    document = json.loads(as_json.stdout)
    assert (as_json.returncode, document["ok"]) == (1, False)
    assert [(check["check"], check["status"]) for check in document["checks"]] == [
        ("id-missing", "ok"),
        ("tie-to-oneself", "error"),
    ]

    unknown = influence("check", "run", "tie-to-onesel", folder=tmp_path)
    assert unknown.returncode == 2
    assert "did you mean `tie-to-oneself`?" in unknown.stderr
