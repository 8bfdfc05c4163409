"""The demo: the main job on real data, in a project of its own, quick and the same the second time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def demo(home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "INFLUENCE_HOME": str(home), "COLUMNS": "120"}
    command = [sys.executable, "-m", "influence.cli.main"]
    return subprocess.run([*command, "demo"], capture_output=True, text=True, env=environment, cwd=home, check=False)


def without_age(text: str) -> str:
    return re.sub(r"\([^)]* ago\)", "", text)


@pytest.mark.timeout(900)
def test_demo_when_run_twice_then_the_same_answers_and_nothing_computed_again(tmp_path: Path) -> None:
    environment = {**os.environ, "INFLUENCE_HOME": str(tmp_path / "demo")}
    try:
        first = demo(tmp_path)
        assert first.returncode == 0, first.stderr
        for expected in (
            "user-1543 knows 119 people and reaches 982",
            "a lift of",
            "How far to trust",
            "Then your own data",
        ):
            assert expected in first.stdout
        assert len(re.findall(r"scores computed", first.stdout)) == 5
        second = demo(tmp_path)
        assert second.returncode == 0, second.stderr
        assert "nothing has changed since run" in second.stderr
        assert without_age(second.stdout) == without_age(first.stdout)
    finally:
        command = [sys.executable, "-m", "influence.cli.main", "server", "stop"]
        subprocess.run(command, env=environment, capture_output=True, check=False)
