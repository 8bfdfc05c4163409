"""`influence serve`: the options it refuses, and a real process that starts, answers and stops when told."""

from __future__ import annotations

import signal
import subprocess
import sys

import httpx
import pytest
from typer.testing import CliRunner

from influence.cli.main import app
from influence.errors import InfluenceError
from influence.project import Project


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--host", "0.0.0.0"], "public-address"),
        (["--host", "192.0.2.1", "--allowed-host", "shop.example"], "public-address"),
        (["--host", "0.0.0.0", "--public"], "host-unknown"),
        (["--allowed-host", "https://shop.example"], "bad-option"),
    ],
)
def test_serve_when_it_would_be_open_to_others_then_refused_before_anything_starts(
    options: list[str], code: str
) -> None:
    outcome = CliRunner().invoke(app, ["serve", *options])
    assert isinstance(outcome.exception, InfluenceError)
    assert (outcome.exception.code, outcome.exception.exit_code) == (code, 2)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_serve_when_told_to_stop_then_ends_cleanly(project: Project, number: signal.Signals, status: int) -> None:
    command = [sys.executable, "-m", "influence.cli.main", "--log-format", "json", "serve", "--port", "0"]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # background jobs ignore it
    ) as process:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "serving http://" in line:
                break
        address = lines[-1].partition("serving ")[2].partition(" ")[0]
        answer = httpx.get(f"{address}healthz", trust_env=False, timeout=30)
        assert (answer.status_code, answer.text) == (200, "ok\n")
        assert answer.headers.get("server") is None
        process.send_signal(number)
        rest = process.communicate(timeout=60)[1]
    assert process.returncode == status, "".join(lines) + rest
    assert "Traceback" not in rest and '"route": "/healthz"' in rest
