"""`influence library lint`: what it prints, where, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from influence.cli.main import app

BAD = """\
// /// report
// titel = "Churn"
// ///
RETURN 1
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("INFLUENCE_CYPHER_DIR", raising=False)
    own = tmp_path / "own"
    (own / "reports").mkdir(parents=True)
    return own


def test_lint_when_all_is_well_then_silent_on_stdout(folder: Path) -> None:
    done = CliRunner().invoke(app, ["library", "lint", "--cypher-dir", str(folder)])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "saved files" in done.stderr


def test_lint_when_own_files_are_wrong_then_findings_on_stdout_and_exit_2(folder: Path) -> None:
    (folder / "reports" / "churn.cypher").write_text(BAD)
    (folder / "reports" / "other.cypher").write_text("RETURN 1\n")
    done = CliRunner().invoke(app, ["library", "lint", "--cypher-dir", str(folder)])
    assert done.exit_code == 2
    lines = done.stdout.splitlines()
    assert "reports/churn.cypher:2  IC001  unknown key `titel`; did you mean `title`?" in lines
    assert "reports/other.cypher:1  IC001  no header; the first line must be `// /// <kind>`" in lines
    assert "    // /// report" in lines
    assert done.stderr.splitlines()[-1].endswith("problems in 2 saved files")


def test_lint_when_the_folder_comes_from_the_environment_then_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "reports" / "churn.cypher").write_text(BAD)
    monkeypatch.setenv("INFLUENCE_CYPHER_DIR", str(folder))
    assert CliRunner().invoke(app, ["library", "lint"]).exit_code == 2


def test_lint_when_asked_for_json_then_findings_with_hints(folder: Path) -> None:
    (folder / "reports" / "churn.cypher").write_text(BAD)
    done = CliRunner().invoke(app, ["library", "lint", "--cypher-dir", str(folder), "-o", "json"])
    document = json.loads(done.stdout)
    assert (done.exit_code, document["ok"], document["schema_version"]) == (2, False, 1)
    first = document["findings"][0]
    assert set(first) == {"file", "line", "rule", "text", "hint"}
