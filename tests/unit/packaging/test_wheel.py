"""The wheel works without the development groups and away from the repository."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


def test_wheel_when_opened_then_holds_saved_cypher_contracts_and_the_artefact_lock(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for needed in ("influence/server/artefacts.lock", "influence/py.typed", "influence/load/contracts/customers.toml"):
        assert needed in names
    saved = {path.relative_to(ROOT).as_posix() for path in (ROOT / "cypher").rglob("*.cypher")}
    assert saved
    assert {f"influence/{name}" for name in saved} <= names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "tools/"))]


@pytest.mark.slow
def test_wheel_when_installed_into_a_fresh_environment_then_the_commands_answer(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "fresh", with_pip=True)
    python = tmp_path / "fresh" / "bin" / "python"
    environment = {**os.environ, "INFLUENCE_HOME": str(tmp_path / "home")}
    environment.pop("PYTHONPATH", None)
    install = [str(python), "-m", "pip", "install", "--quiet", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, text=True, cwd=tmp_path, env=environment)
    for arguments in (["--version"], ["report", "list"], ["library", "lint"], ["load", "contracts"]):
        command = [str(tmp_path / "fresh" / "bin" / "influence"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
        assert done.returncode == 0, done.stderr
    subprocess.run([str(python), "-c", "import influence"], check=True, cwd=tmp_path, env=environment)
