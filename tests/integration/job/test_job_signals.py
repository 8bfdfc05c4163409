"""A job that is stopped or killed while it computes, and the one that comes after it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from job_shop import Nightly, lock_is_free, write_plan

from influence.graph import Graph
from influence.job import read_plan, run_job
from influence.job.summary import schema
from influence.project import Project
from influence.runs import current_run, list_runs

pytestmark = [pytest.mark.integration, pytest.mark.reference_line]

STARTED = "MATCH (r:Run {status: 'running'}) RETURN count(r) > 0"


def started_job(plan: Path, graph: Graph) -> subprocess.Popen[str]:
    """Start a job in a process of its own and return when it is computing."""
    job = subprocess.Popen(
        [sys.executable, "-m", "influence.cli.main", "job", "run", str(plan), "--force"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=plan.parent,
        env=dict(os.environ),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # background jobs ignore it
    )
    deadline = time.monotonic() + 300
    while graph.read(STARTED, name="started").rows != [(True,)]:
        assert job.poll() is None and time.monotonic() < deadline, job.communicate()
        time.sleep(0.05)
    return job


def summary_of(plan: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((plan.parent / "run-summary.json").read_text(encoding="utf-8"))
    jsonschema.validate(found, schema(), jsonschema.Draft202012Validator)
    return found


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_job_when_stopped_while_computing_then_ends_in_order_and_readers_keep_the_old_run(
    graph: Graph, nightly: Nightly, folder: Path, number: signal.Signals, code: int
) -> None:
    plan = write_plan(folder)
    for _ in range(3):  # on a busy machine the run may be published before the signal arrives
        before = current_run(graph)
        job = started_job(plan, graph)
        job.send_signal(number)
        out, err = job.communicate(timeout=300)
        if current_run(graph) == before:
            break
    assert job.returncode == code, (out, err)
    assert out.startswith("nightly: interrupted") and out.count("\n") == 1
    assert lock_is_free(graph) and current_run(graph) == before
    summary = summary_of(plan)
    assert (summary["status"], summary["exit_code"]) == ("interrupted", code)
    steps = {step["name"]: step["status"] for step in summary["steps"]}
    assert (steps["load extract"], steps["compute"], steps["check"]) == ("unchanged", "interrupted", "not-run")
    found = {one.id: one.status for one in list_runs(graph)}
    assert found[summary["job_id"]] == "interrupted"
    left = graph.read("CALL gds.graph.list() YIELD graphName RETURN collect(graphName)", name="left").rows
    assert left == [([],)], "no projection stays behind"


def test_job_after_a_killed_one_then_waits_for_the_lease_and_completes_the_work(
    project: Project, graph: Graph, nightly: Nightly, folder: Path
) -> None:
    plan = write_plan(folder)
    job = started_job(plan, graph)
    job.kill()
    job.communicate()
    assert not (folder / "run-summary.json").exists()
    refused = run_job(project, read_plan(plan))
    assert refused.exit_code == 6 and refused.error is not None and "nightly" in refused.error["message"]
    graph.execute("MATCH (l:_InfluenceLock) SET l.expires_at = datetime({epochMillis: 0})", name="a minute later")
    done = run_job(project, read_plan(plan), force=True)
    assert (done.status, done.exit_code) == ("ok", 0), done.line()
    found = list_runs(graph)
    assert found[0].id == done.job_id and found[0].current
    assert not [one for one in found if one.status == "running"], "the dead run is known to be dead"
    orphans = "MATCH (s:Score) WHERE NOT EXISTS { MATCH (:Run {id: s.run, status: 'published'}) } RETURN count(s)"
    assert graph.read(orphans, name="orphans").rows == [(0,)]
