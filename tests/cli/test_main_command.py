"""The command line as a whole: quick, quiet on stdout, and its errors are an API."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from influence.cli.doctor import age

HEAVY = ("pandas", "numpy", "neo4j", "graphdatascience", "numba", "pyarrow", "altair", "scipy")


def influence(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would, without a database."""
    environment = {**os.environ, "INFLUENCE_HOME": str(cwd / "home")}
    return subprocess.run(
        [sys.executable, "-m", "influence.cli.main", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
        check=False,
    )


def test_help_when_asked_then_answers_without_loading_the_library(tmp_path: Path) -> None:
    code = f"import sys; import influence.cli.main; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.strip() == "[]"


def test_help_when_asked_then_lists_every_group(tmp_path: Path) -> None:
    done = influence("--help", cwd=tmp_path)
    assert done.returncode == 0
    for noun in ("server", "load", "compute", "runs", "report", "segment", "demo", "doctor"):
        assert f"  {noun} " in done.stdout


def test_help_when_timed_then_costs_little_processor_time(tmp_path: Path) -> None:
    """The budget is 400 ms on a quiet machine; processor time of the child is what a noisy one can hold."""
    spent = []
    for _ in range(5):
        before = os.times()
        influence("--help", cwd=tmp_path)
        after = os.times()
        spent.append(after.children_user + after.children_system - before.children_user - before.children_system)
    assert sorted(spent)[2] < 0.8, f"{sorted(spent)} at {time.time()}"


def test_error_when_a_setting_is_wrong_then_text_on_stderr_and_exit_2(tmp_path: Path) -> None:
    done = influence("--env-file", "nothing.env", "schema", "status", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: no such file: `nothing.env`\n\nhint: check the path given to `--env-file`\n"


def test_error_when_json_is_asked_for_then_one_object_on_stdout(tmp_path: Path) -> None:
    done = influence("report", "run", "super-connectorz", "-o", "json", cwd=tmp_path)
    assert done.returncode == 2
    answer = json.loads(done.stdout)
    assert answer["ok"] is False
    assert set(answer["error"]) == {"code", "message", "hint", "retryable", "details"}


@pytest.mark.parametrize(
    ("address", "command", "code", "says"),
    [
        ("", ["report", "show", "nothing-of-it"], 2, "error: no report named"),
        ("bolt://127.0.0.1:9", ["runs", "list"], 3, "error: lost or cannot reach the server"),
    ],
)
def test_debug_when_a_command_fails_then_traceback_and_the_same_error_and_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, command: list[str], code: int, says: str
) -> None:
    if address:
        monkeypatch.setenv("NEO4J_URI", address)
        monkeypatch.setenv("NEO4J_PASSWORD", "unused")
    plain, debug = influence(*command, cwd=tmp_path), influence("--debug", *command, cwd=tmp_path)
    assert (plain.returncode, debug.returncode) == (code, code)
    assert "Traceback" not in plain.stderr and says in plain.stderr
    assert debug.stderr.startswith("Traceback") and debug.stderr.endswith(plain.stderr)


@pytest.mark.parametrize("debug", [False, True])
def test_debug_when_there_is_a_bug_then_traceback_and_exit_70(tmp_path: Path, debug: bool) -> None:
    code = "from influence.cli import main\nmain.app.command('broken')(lambda: 1 / 0)\nmain.run()"
    done = subprocess.run(
        [sys.executable, "-c", code, *(["--debug"] if debug else []), "broken"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert (done.returncode, done.stdout) == (70, "")
    assert "error: unexpected ZeroDivisionError: this is a bug in influence" in done.stderr
    assert ("Traceback" in done.stderr, "--debug" in done.stderr) == (debug, not debug)


@pytest.mark.parametrize("text", ["90s", "90m", "26h", "2d", "1w"])
def test_max_age_when_given_to_doctor_then_in_any_unit_of_a_length_of_time(text: str) -> None:
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
    assert age(text).total_seconds() == int(text[:-1]) * units[text[-1]]


def test_max_age_when_no_length_of_time_then_exit_2_before_anything_starts(tmp_path: Path) -> None:
    done = influence("doctor", "--max-age", "26", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: `--max-age` is not a length of time") and "hint: write 90m" in done.stderr
    assert not (tmp_path / "home").exists()


def test_example_when_it_takes_two_lines_then_shown_on_two(tmp_path: Path) -> None:
    shown = influence("audience", "export", "--help", cwd=tmp_path).stdout
    assert '--column email="E-mail" \\\n      --consent-column Newsletter' in shown


def test_option_when_unknown_then_exit_2(tmp_path: Path) -> None:
    assert influence("--no-such-option", cwd=tmp_path).returncode == 2


def test_log_format_when_unknown_then_exit_2_and_choices(tmp_path: Path) -> None:
    done = influence("--log-format", "xml", "runs", "list", cwd=tmp_path)
    assert done.returncode == 2
    assert "text and json" in done.stderr or "text, json" in done.stderr


def test_version_when_asked_then_printed(tmp_path: Path) -> None:
    from influence import __version__

    done = influence("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"influence {__version__}\n")


@pytest.mark.parametrize("noun", ["server", "schema", "load", "compute", "runs", "report", "segment", "library"])
def test_group_when_called_bare_then_shows_its_commands(noun: str, tmp_path: Path) -> None:
    done = influence(noun, cwd=tmp_path)
    assert "Commands" in done.stdout + done.stderr
