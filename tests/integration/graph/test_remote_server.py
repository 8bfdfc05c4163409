"""A server that somebody else runs: used through NEO4J_URI, never managed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from influence.project import Project
from influence.server import Endpoint, LocalServer
from influence.settings import Settings, load_settings

pytestmark = [pytest.mark.integration, pytest.mark.slow]


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[tuple[Endpoint, LocalServer]]:
    """A second server with its own password, started apart from the project under test."""
    server = LocalServer(load_settings(home=tmp_path_factory.mktemp("elsewhere"), server_profile="small"))
    yield server.ensure_running(), server
    server.stop()


def test_remote_server_when_named_by_uri_then_used_and_left_alone(
    remote: tuple[Endpoint, LocalServer], tmp_path: Path
) -> None:
    endpoint, server = remote
    secret = tmp_path / "password"
    secret.write_text(endpoint.password.get_secret_value() + "\n")
    secret.chmod(0o600)
    settings = load_settings(uri=endpoint.uri, password_file=secret, home=tmp_path / "home")
    with Project(settings) as project:
        assert not project.uses_local_server
        graph = project.graph()
        graph.execute("CREATE (:Customer {id: 'remote'})", name="fixture")
        assert graph.read("MATCH (c:Customer) RETURN c.id AS id", name="read").rows == [("remote",)]
    assert server.status().running
    assert not (tmp_path / "home" / "server").exists()


def test_command_when_uri_is_set_then_reads_the_remote_server(
    remote: tuple[Endpoint, LocalServer], tmp_path: Path
) -> None:
    endpoint, server = remote
    secret = tmp_path / "password"
    secret.write_text(endpoint.password.get_secret_value())
    environment = {
        "NEO4J_URI": endpoint.uri,
        "NEO4J_PASSWORD_FILE": str(secret),
        "INFLUENCE_HOME": str(tmp_path / "home"),
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-m", "influence.cli.main", "schema", "apply"],
        env=environment,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "local server" not in done.stderr
    assert endpoint.password.get_secret_value() not in done.stdout + done.stderr
    assert server.status().running


def test_command_when_the_remote_password_is_wrong_then_exit_3_and_a_hint(
    remote: tuple[Endpoint, LocalServer], tmp_path: Path
) -> None:
    endpoint, _ = remote
    environment = {"NEO4J_URI": endpoint.uri, "NEO4J_PASSWORD": "wrong-one", "HOME": str(tmp_path), "PATH": "/usr/bin"}
    done = subprocess.run(
        [sys.executable, "-m", "influence.cli.main", "schema", "status"],
        env=environment,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 3
    assert "refused the user name or password" in done.stderr
    assert "hint:" in done.stderr
    assert "wrong-one" not in done.stderr
