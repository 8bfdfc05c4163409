"""The recipes of docs/job.md do what they say, as they stand there."""

from __future__ import annotations

import configparser
import fcntl
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from job_shop import Nightly, write_plan

from influence.project import Project
from influence.settings import load_settings

DOCS = Path(__file__).parents[3] / "docs" / "job.md"
CODES = {1, 2, 4, 5, 70}


def recipe(name: str) -> str:
    """Return the code block behind the mark of a recipe."""
    found = re.search(rf"<!-- recipe: {re.escape(name)} -->\n```\w+\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    assert found is not None, name
    return found[1]


@pytest.fixture
def home(nightly: Nightly, project: Project, tmp_path: Path) -> Path:
    """A home folder with the shop, its plan, a `.venv` with the command and the settings of the test's server."""
    shop = tmp_path / "shop"
    (shop / ".venv" / "bin").mkdir(parents=True)
    command = shop / ".venv" / "bin" / "influence"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m influence.cli.main "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    shutil.copytree(nightly.folder / "extract", shop / "extract")
    write_plan(shop)
    (shop / ".influence").symlink_to(project.home)
    lines = [f"INFLUENCE_HOME={project.home}", f"INFLUENCE_CACHE={project.settings.cache}"]
    lines += [f"INFLUENCE_SERVER_LINE={project.settings.server_line}", "INFLUENCE_SERVER_PROFILE=small"]
    (shop / ".env").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (shop / ".env").chmod(0o600)
    return tmp_path


def summary_of(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / "shop" / "run-summary.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.integration
def test_cron_line_when_run_by_sh_with_the_bare_environment_of_cron_then_the_job_is_done(
    home: Path, nightly: Nightly
) -> None:
    line = recipe("cron").strip()
    fields = line.split(None, 5)
    assert len(line.splitlines()) == 1 and all(re.fullmatch(r"[\d*/,-]+", field) for field in fields[:5])
    command = fields[5]
    assert "%" not in command, "cron turns a percent sign into a line end"
    bare = {"HOME": str(home), "LOGNAME": "shop", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(["/bin/sh", "-c", command], env=bare, cwd=home, capture_output=True, text=True, check=False)
    log = (home / "shop" / "job.log").read_text(encoding="utf-8").splitlines()
    assert (done.returncode, done.stderr) == (0, ""), log
    assert done.stdout.startswith("nightly: ok") and done.stdout.count("\n") == 1
    summary = summary_of(home)
    assert summary["run"]["id"] == nightly.first.job_id and summary["exit_code"] == 0
    records = [json.loads(one) for one in log]
    inside = [record for record in records if record["logger"].startswith("influence.job")]
    assert {record["run_id"] for record in inside} == {summary["job_id"]}
    assert {step["name"] for step in summary["steps"]} <= {record.get("step") for record in inside}
    assert "example.com" not in "\n".join(log) and "C03" not in "\n".join(log), "no personal data in logs"


@pytest.mark.integration
def test_systemd_unit_when_its_command_is_run_with_its_environment_then_the_job_is_done(home: Path) -> None:
    text = recipe("influence.service")
    units = home / ".config" / "systemd" / "user"
    units.mkdir(parents=True)
    for name in ("influence.service", "influence.timer"):
        (units / name).write_text(recipe(name), encoding="utf-8")
    analyze = shutil.which("systemd-analyze")
    if analyze is not None:
        # where there is systemd it reads both files itself; everywhere, the test reads and runs the service
        paths = [str(units / name) for name in ("influence.service", "influence.timer")]
        environment = {**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home), "LC_ALL": "C"}
        verified = subprocess.run(
            [analyze, "--user", "verify", *paths], env=environment, capture_output=True, text=True, check=False
        )
        ours = [line for line in verified.stderr.splitlines() if "influence." in line]
        assert ours == []
    entries = [line.split("=", 1) for line in text.splitlines() if "=" in line]
    values: dict[str, list[str]] = {}
    for key, value in entries:
        values.setdefault(key, []).append(value.replace("%h", str(home)))
    assert values["Type"] == ["oneshot"] and values["SuccessExitStatus"] == ["6"]
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    for assignment in values["Environment"]:
        name, _, value = shlex.split(assignment)[0].partition("=")
        environment[name] = value
    assert not any("%" in value for found in values.values() for value in found), "every specifier is expanded"
    done = subprocess.run(
        shlex.split(values["ExecStart"][0]),
        env=environment,
        cwd=values["WorkingDirectory"][0],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert summary_of(home)["status"] == "ok"
    timer = configparser.ConfigParser(interpolation=None)
    timer.optionxform = str  # type: ignore[assignment, method-assign]
    timer.read_string(recipe("influence.timer"))
    assert timer["Timer"]["Persistent"] == "true" and timer["Install"]["WantedBy"] == "timers.target"


def test_kubernetes_recipe_when_read_then_fails_at_once_on_what_is_not_worth_a_retry() -> None:
    spec = yaml.safe_load(recipe("kubernetes"))["spec"]
    job = spec["jobTemplate"]["spec"]
    rules = {rule["action"]: rule for rule in job["podFailurePolicy"]["rules"]}
    codes = set(rules["FailJob"]["onExitCodes"]["values"])
    assert codes == CODES and not codes & {0, 3, 6, 124, 130, 143}
    pod = job["template"]["spec"]
    assert pod["restartPolicy"] == "Never", "a failure policy needs it"
    assert rules["FailJob"]["onExitCodes"]["containerName"] == pod["containers"][0]["name"]
    assert spec["concurrencyPolicy"] == "Forbid"
    container = pod["containers"][0]
    env = {one["name"]: one["value"] for one in container["env"]}
    volumes = {one["name"]: one for one in pod["volumes"]}
    places = {one["mountPath"]: volumes[one["name"]] for one in container["volumeMounts"]}
    home, key = Path(env["INFLUENCE_HOME"]), Path(env["INFLUENCE_PSEUDONYM_KEY_FILE"])
    assert "persistentVolumeClaim" in places[str(home.parent)], "the next pod finds what this one kept"
    assert places[str(key.parent)]["secret"]["defaultMode"] == 0o400, "the same key for every pod, for its owner only"
    tries = job["backoffLimit"] + 1
    assert job["activeDeadlineSeconds"] >= tries * 2 * 3600 and pod["terminationGracePeriodSeconds"] >= 120


def test_airflow_recipe_when_compiled_then_skips_on_exit_code_6() -> None:
    text = recipe("airflow")
    compile(text, "dag.py", "exec")
    assert "skip_on_exit_code=[6]" in text and "influence --log-format json job run" in text
    assert "INFLUENCE_HOME" in text and "INFLUENCE_PSEUDONYM_KEY_FILE" in text and "append_env=True" in text


def test_dagster_recipe_when_compiled_then_retries_what_is_worth_it() -> None:
    text = recipe("dagster")
    compile(text, "definitions.py", "exec")
    assert 'allow_retries=bool(summary.error and summary.error["retryable"])' in text and "(0, 6)" in text
    kept: dict[str, Any] = {}
    exec(next(line for line in text.splitlines() if line.startswith("KEPT")), {"Path": Path}, kept)
    settings = load_settings(**kept["KEPT"])
    assert str(settings.home) == "/plan/.influence" and str(settings.pseudonym_key_path) == "/plan/key/pseudonym.key"


def test_cron_line_with_flock_when_another_holds_the_file_then_not_started_and_no_failure(tmp_path: Path) -> None:
    command = recipe("cron with flock").strip().split(None, 5)[5]
    (tmp_path / "shop" / ".venv" / "bin").mkdir(parents=True)
    job = tmp_path / "shop" / ".venv" / "bin" / "influence"
    job.write_text('#!/bin/sh\necho "$@" >> called\nexit 5\n', encoding="utf-8")
    job.chmod(0o755)
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    with (tmp_path / "shop" / "job.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert subprocess.run(["/bin/sh", "-c", command], env=environment, check=False).returncode == 0
    assert not (tmp_path / "shop" / "called").exists()
    assert subprocess.run(["/bin/sh", "-c", command], env=environment, check=False).returncode != 0, "a failure is one"
    assert (tmp_path / "shop" / "called").read_text() == "--log-format json job run nightly.toml\n"


def test_help_of_job_run_when_it_lists_exit_codes_then_as_the_document_does() -> None:
    from typer.testing import CliRunner

    from influence.cli.main import app
    from influence.job.summary import schema

    shown = CliRunner().invoke(app, ["job", "run", "--help"]).stdout.split("Exit codes:")[1].split("Examples:")[0]
    assert {int(line.split()[0]) for line in shown.splitlines() if line.strip()} == set(
        schema()["properties"]["exit_code"]["enum"]
    )


def test_documents_when_they_list_exit_codes_then_as_the_schema_does() -> None:
    from influence.job.summary import schema

    table = DOCS.read_text(encoding="utf-8").split("## Exit codes")[1].split("##")[0]
    told = {
        int(code)
        for line in table.splitlines()
        for code in re.findall(r"\d+", line.split("|")[1] if "|" in line else "")
    }
    assert told == set(schema()["properties"]["exit_code"]["enum"])
