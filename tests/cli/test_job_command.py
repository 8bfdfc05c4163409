"""`influence job` without a database, and logs as JSON for every command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def influence(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would, without a database."""
    environment = {**os.environ, "INFLUENCE_HOME": str(cwd / "home"), "INFLUENCE_CACHE": os.devnull}
    return subprocess.run(
        [sys.executable, "-m", "influence.cli.main", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
        check=False,
    )


def test_plan_when_made_and_checked_then_says_what_it_would_do(tmp_path: Path) -> None:
    made = influence("job", "init", "nightly.toml", cwd=tmp_path)
    assert (made.returncode, made.stdout) == (0, "nightly.toml\n") and "job check nightly.toml" in made.stderr
    missing = influence("job", "check", "nightly.toml", cwd=tmp_path)
    assert missing.returncode == 2 and "`load[1].folder`: no such folder" in missing.stderr
    (tmp_path / "extract").mkdir()
    sound = influence("job", "check", "nightly.toml", cwd=tmp_path)
    assert sound.returncode == 0, sound.stderr
    assert sound.stdout == ("nightly.toml is sound: load extract, compute, check, report super-connectors, prune\n")
    assert not (tmp_path / "home").exists(), "no server was started for it"


@pytest.mark.parametrize("verb", ["check", "run"])
def test_plan_when_wrong_then_exit_2_with_every_line_before_anything_starts(tmp_path: Path, verb: str) -> None:
    (tmp_path / "bad.toml").write_text('name = "x"\n[compute]\nwindo = "7d"\nseed = "a"\n', encoding="utf-8")
    done = influence("job", verb, "bad.toml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "bad.toml:3  unknown key `compute.windo`; did you mean `window`?" in done.stderr
    assert "bad.toml:4  `compute.seed`" in done.stderr and "hint:" in done.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "arguments",
    [["report", "show", "super-connectorz"], ["job", "check", "nothing.toml"], ["load", "contracts", "custmers"]],
)
def test_error_when_logs_are_json_then_one_object_a_line_with_code_and_way_out(
    tmp_path: Path, arguments: list[str]
) -> None:
    done = influence("--log-format", "json", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    records = [json.loads(line) for line in done.stderr.splitlines()]
    assert records and set(records[-1]) >= {"ts", "level", "event", "logger", "code", "exit_code", "hint", "retryable"}
    assert records[-1]["level"] == "error" and records[-1]["exit_code"] == 2


def test_job_when_the_server_cannot_be_reached_then_one_line_exit_3_and_json_only_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text('name = "x"\n[compute]\n', encoding="utf-8")
    (tmp_path / ".env").write_text("NEO4J_URI=bolt://127.0.0.1:1\nNEO4J_PASSWORD=hidden-word\n", encoding="utf-8")
    (tmp_path / ".env").chmod(0o600)
    done = influence("--log-format", "json", "job", "run", "plan.toml", cwd=tmp_path)
    assert done.returncode == 3
    assert done.stdout.startswith("x: failed in ") and done.stdout.count("\n") == 1
    records = [json.loads(line) for line in done.stderr.splitlines()]
    failed = next(record for record in records if record["level"] == "error")
    assert (failed["step"], failed["code"]) == ("verify", "server-unavailable")
    summary = (tmp_path / "run-summary.json").read_text(encoding="utf-8")
    assert json.loads(summary)["exit_code"] == 3
    assert "hidden-word" not in summary + done.stderr + done.stdout, "no secret anywhere"


@pytest.mark.parametrize(
    ("uri", "arguments"),
    [
        ("bolt://neo4j:hidden-word@127.0.0.1:1", ["job", "run", "plan.toml"]),
        ("neo4j://127.0.0.1:1?password=hidden-word", ["doctor"]),
        ("bolt://neo4j:hidden-word", ["report", "run", "brokers"]),
    ],
)
def test_command_when_the_address_holds_a_password_then_refused_and_never_said(
    tmp_path: Path, uri: str, arguments: list[str]
) -> None:
    (tmp_path / "plan.toml").write_text('name = "x"\n[compute]\n', encoding="utf-8")
    (tmp_path / ".env").write_text(f'NEO4J_URI="{uri}"\nNEO4J_PASSWORD=other\n', encoding="utf-8")
    (tmp_path / ".env").chmod(0o600)
    done = influence("--log-level", "debug", *arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "NEO4J_URI" in done.stderr
    written = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file() and path.name != ".env")
    assert "hidden-word" not in done.stdout + done.stderr + written
