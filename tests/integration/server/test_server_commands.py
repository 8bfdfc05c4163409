"""The commands as a person calls them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory, server_line: str) -> Iterator[Command]:
    """Run `influence server …` for a project of this module."""
    home = tmp_path_factory.mktemp("project") / "home"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEO4J_")} | {
        "INFLUENCE_HOME": str(home),
        "INFLUENCE_SERVER_PROFILE": "small",
    }

    def run(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "influence.cli.main", "server", *arguments, "--line", server_line],
            env=environment | extra,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    yield run
    run("stop")


def fields(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    assert done.returncode == 0, done.stderr
    return dict(line.split("  ", 1) for line in done.stdout.splitlines() if "  " in line)


def test_install_says_what_it_installed(command: Command, server_line: str) -> None:
    told = fields(command("install"))
    assert told["neo4j"].strip().startswith(server_line)
    assert told["layout"].strip() == "fast"


def test_server_goes_through_its_life(command: Command) -> None:
    assert fields(command("status"))["state"].strip() == "stopped"
    started = command("start")
    told = {name: value.strip() for name, value in fields(started).items()}
    assert told["uri"].startswith("bolt://127.0.0.1:")
    assert Path(told["password file"]).read_text().strip() not in started.stdout + started.stderr
    assert "started the local server" in started.stderr
    status = {name: value.strip() for name, value in fields(command("status")).items()}
    assert (status["state"], status["layout"], status["class-data archive"]) == ("running", "fast", "in use")
    assert status["uri"] == told["uri"]
    assert status["ends"] == "after 30 idle minutes"
    assert "Started." in command("logs", "--lines", "5").stdout
    doctor = command("doctor")
    assert doctor.returncode == 0, doctor.stdout
    assert all(line.startswith("OK") for line in doctor.stdout.splitlines())
    assert command("stop").stdout == "stopped\n"
    assert command("stop").stdout == "not running\n"


def test_doctor_exits_1_and_says_what_to_do(command: Command, tmp_path: Path) -> None:
    done = command("doctor", INFLUENCE_CACHE=str(tmp_path / "empty"))
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert any(line.startswith("FIX  artefacts: ") for line in lines)
    assert "     influence server install" in lines
    assert "hint:" in done.stderr


def test_unknown_line_names_the_known_ones(command: Command) -> None:
    done = command("status", INFLUENCE_SERVER_LINE="4.4")
    assert done.returncode == 0  # the option stands above the environment
    done = subprocess.run(
        [sys.executable, "-m", "influence.cli.main", "server", "status", "--line", "4.4"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "5.26" in done.stderr
    assert "2026.01" in done.stderr


def test_folder_that_cannot_be_made_is_explained(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = command("start", INFLUENCE_HOME=str(tmp_path / "file" / "home"))
    assert done.returncode == 2
    assert "INFLUENCE_HOME" in done.stderr
    assert "Traceback" not in done.stderr
