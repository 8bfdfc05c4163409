"""A job from end to end on the real server: done once, done twice, refused, overtaken, partly failed."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from job_shop import BOUGHT, Nightly, lock_is_free, purchases, write_plan, write_table
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr

from influence.compute import ComputeOptions
from influence.errors import LeaseLost
from influence.export_register import ExportRegister
from influence.graph import Graph
from influence.job import Summary, read_plan, run_job
from influence.job.steps import unchanged
from influence.job.summary import schema
from influence.lease import hold_lease
from influence.progress import SilentTask
from influence.project import Project
from influence.queries import library
from influence.runs import current_run, find_run, list_runs
from influence.server import LocalServer
from influence.settings import Settings, load_settings

pytestmark = pytest.mark.integration


def run(project: Project, plan: Path, **options: Any) -> tuple[Summary, dict[str, Any]]:
    """Run a plan and return the summary with its document, checked against the schema."""
    done = run_job(project, read_plan(plan), **options)
    document = json.loads(json.dumps(done.as_dict(), default=str))
    jsonschema.validate(document, schema(), jsonschema.Draft202012Validator)
    if done.path is not None:
        assert json.loads(done.path.read_text(encoding="utf-8")) == document
    return done, document


def statuses(done: Summary) -> dict[str, str]:
    return {step.name: step.status for step in done.steps}


def rows_of(graph: Graph, text: str) -> Any:
    return graph.read(text, name="rows").rows[0][0]


def test_job_when_run_for_the_first_time_then_everything_is_there(
    graph: Graph, nightly: Nightly, settings: Settings
) -> None:
    first, folder = nightly.first, nightly.folder
    assert (first.status, first.exit_code, first.error) == ("ok", 0, None), first.line()
    assert set(statuses(first).values()) == {"done", "unchanged"} and statuses(first)["prune"] == "unchanged"
    published = current_run(graph)
    assert published is not None and published.id == first.job_id and lock_is_free(graph)
    document = json.loads((folder / "run-summary.json").read_text(encoding="utf-8"))
    assert document["run"]["id"] == first.job_id and document["run"]["changed"] is True
    load = next(step for step in document["steps"] if step["kind"] == "load")
    assert load["counts"]["read"] == load["counts"]["loaded"] == 12 + 24 + 2 + 1 + 2 + 24
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"reports/communities.csv", "reports/communities.json", "reports/brokers.json"} <= files
    assert {"segments/persuaders.csv", "ads/manifest.json", "run-summary.json"} <= files
    assert (folder / "segments" / "persuaders.csv").stat().st_mode & 0o077 == 0, "a list of people is for its owner"
    registered = {one.path.name for one in ExportRegister(settings.home).files()}
    assert {"persuaders.csv", "brokers.csv"} <= registered, "erasing a customer finds the files"


def test_audience_of_a_job_when_written_then_as_its_manifest_says(nightly: Nightly) -> None:
    step = next(one for one in nightly.first.steps if one.kind == "audience")
    manifest = json.loads((nightly.folder / "ads" / "manifest.json").read_text(encoding="utf-8"))
    assert step.counts["written"] == manifest["counts"]["written"] > 0
    text = (nightly.folder / "ads" / manifest["files"][0]["name"]).read_text(encoding="utf-8")
    assert len(list(csv.reader(text.splitlines()))) == 1 + step.counts["written"]


def test_job_when_run_again_then_does_not_do_again_what_is_done(
    project: Project, graph: Graph, nightly: Nightly
) -> None:
    (nightly.folder / "reports" / "brokers.csv").unlink()
    again, document = run(project, nightly.folder / "nightly.toml")
    assert again.status == "ok", again.line()
    assert statuses(again)["load extract"] == statuses(again)["compute"] == "unchanged"
    assert document["run"] == {**document["run"], "id": nightly.first.job_id, "changed": False}
    assert "compute unchanged" in again.line() and "as before" in again.line()
    assert len(list_runs(graph)) == 1
    assert (nightly.folder / "reports" / "brokers.csv").exists(), "what is missing is made"


def test_job_when_traced_then_one_span_for_it_for_each_step_and_for_the_parts_of_a_step(
    project: Project, nightly: Nightly, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    done, _ = run(project, nightly.folder / "nightly.toml")
    provider.shutdown()
    spans = exporter.get_finished_spans()
    (whole,) = [span for span in spans if span.name == "influence.job"]
    assert whole.attributes is not None and whole.attributes["influence.run_id"] == done.job_id
    assert (whole.attributes["influence.status"], whole.attributes["influence.exit_code"]) == ("ok", 0)
    steps = [span for span in spans if span.name == "influence.step"]
    assert [(span.attributes or {})["influence.step"] for span in steps] == [step.name for step in done.steps]
    assert {span.parent.span_id for span in steps if span.parent} == {whole.context.span_id}
    load = next(span for span in steps if (span.attributes or {})["influence.kind"] == "load")
    assert (load.attributes or {})["influence.count.loaded"] == 65
    assert "reading customers.csv" in {(span.attributes or {}).get("influence.task") for span in spans}


@pytest.mark.parametrize(
    "options",
    [
        ComputeOptions(window_days=7),
        ComputeOptions(seed=7),
        ComputeOptions(activity_days=30),
        ComputeOptions(dependent_tests=True),
    ],
)
def test_current_run_when_asked_for_with_other_options_then_is_not_what_is_wanted(
    graph: Graph, nightly: Nightly, options: ComputeOptions
) -> None:
    found = unchanged(graph, ComputeOptions())
    assert found is not None and found.id == nightly.first.job_id
    assert unchanged(graph, options) is None
    assert unchanged(graph, ComputeOptions(as_of=datetime(2026, 1, 5, tzinfo=UTC))) is None


def test_job_when_dry_then_checks_everything_and_writes_nothing(project: Project, graph: Graph, folder: Path) -> None:
    write_table(folder / "extract" / "purchases.csv", BOUGHT, purchases(3))
    plan = write_plan(folder, **{"[prune]": '[pages]\nfolder = "pages"\n[prune]'})
    before = set(folder.rglob("*"))
    done, document = run(project, plan, dry_run=True)
    assert (done.status, done.exit_code, document["token"]) == ("ok", 0, None), done.line()
    assert statuses(done) == {name: "done" if name in ("verify", "check") else "planned" for name in statuses(done)}
    assert set(folder.rglob("*")) == before and rows_of(graph, "MATCH ()-[b:BOUGHT]->() RETURN count(b)") == 24
    write_table(folder / "extract" / "purchases.csv", BOUGHT, [["L", "C01", "P0", "someday", 1, 1, 1, "EUR"]])
    broken, _ = run(project, plan, dry_run=True)
    assert (broken.status, broken.exit_code) == ("failed", 5) and "(dry run)" in broken.line()


def test_job_when_data_are_bad_then_stops_before_computing_and_the_old_run_stays(
    project: Project, graph: Graph, nightly: Nightly, folder: Path
) -> None:
    rows = purchases(2)
    rows[3][3] = "someday"
    write_table(folder / "extract" / "purchases.csv", BOUGHT, rows)
    done, document = run(project, write_plan(folder))
    assert (done.status, done.exit_code) == ("failed", 5)
    assert statuses(done)["load extract"] == "failed" and statuses(done)["compute"] == "not-run"
    assert document["run"]["id"] == nightly.first.job_id and document["error"]["code"] == "bad-rows"
    assert "someday" not in json.dumps(document) and "@example.com" not in json.dumps(document), "no value of a row"
    assert lock_is_free(graph)


def test_job_when_one_thing_cannot_be_handed_out_then_the_rest_is_and_the_summary_is_true(
    project: Project, folder: Path
) -> None:
    (folder / "segments").write_text("in the way", encoding="utf-8")
    done, document = run(project, write_plan(folder, **{"min_size = 1": "min_size = 100"}))
    found = statuses(done)
    names = ("segment persuaders-by-follow-on", "audience persuaders-by-follow-on google")
    assert [found[name] for name in names] == ["failed", "failed"]
    assert found["compute"] == "unchanged" and found["report brokers"] == "done" and found["prune"] == "unchanged"
    assert (done.status, done.exit_code) == ("incomplete", 2), "the first failure decides"
    failed = {step["name"]: step["error"]["code"] for step in document["steps"] if step["error"]}
    assert failed == {names[0]: "output-unwritable", names[1]: "audience-too-small"}
    assert not (folder / "ads" / "manifest.json").exists() and (folder / "reports" / "brokers.csv").exists()


def test_job_when_a_check_fails_then_nothing_is_handed_out(project: Project, graph: Graph, folder: Path) -> None:
    graph.execute("CREATE (c:Customer {id: 'C77'})-[:FRIEND]->(c)", name="self")
    without = {"[compute]\n": "", '[[load]]\nfolder = "extract"\n': ""}
    try:
        done, document = run(project, write_plan(folder, **without))
        assert (done.status, done.exit_code) == ("failed", 1) and document["error"]["code"] == "check-failed"
        assert "tie-to-oneself: 1 row" in str(document["error"]["details"])
        assert statuses(done)["report brokers"] == "not-run" and not (folder / "reports").exists()
        lenient, _ = run(project, write_plan(folder, **without, **{"[check]": '[check]\nfail_on = "never"'}))
        assert lenient.status == "ok" and any("tie-to-oneself" in text for text in lenient.steps[1].warnings)
    finally:
        graph.execute("MATCH (c:Customer {id: 'C77'}) DETACH DELETE c", name="self")


def test_job_when_another_holds_the_lock_then_refused_with_who_and_since_when(
    project: Project, graph: Graph, folder: Path
) -> None:
    with hold_lease(graph, "other", purpose="job `weekly`"):
        done, document = run(project, write_plan(folder))
    assert (done.status, done.exit_code) == ("refused", 6) and document["error"]["retryable"]
    assert "run `other` (job `weekly`, process" in document["error"]["message"]
    assert "since" in document["error"]["message"] and document["token"] is None
    assert set(statuses(done).values()) == {"done", "not-run"}


def test_jobs_when_two_machines_start_at_once_then_one_works_and_one_is_refused(
    graph: Graph, nightly: Nightly, folder: Path, settings: Settings, tmp_path: Path
) -> None:
    endpoint = LocalServer(settings).ensure_running()
    plan = read_plan(write_plan(folder))
    gate = threading.Barrier(2)
    ended: list[Summary] = []

    def machine(name: str) -> None:
        home = tmp_path / name
        own = load_settings(
            uri=endpoint.uri,
            username=endpoint.username,
            password=endpoint.password,
            home=home,
            pseudonym_key_file=settings.pseudonym_key_path,
        )
        with Project(own) as opened:
            opened.graph()
            gate.wait()
            ended.append(run_job(opened, plan, force=True, summary_path=home / "summary.json"))

    threads = [threading.Thread(target=machine, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.exit_code for one in ended) == [0, 6], [one.line() for one in ended]
    worked = next(one for one in ended if one.exit_code == 0)
    published = current_run(graph)
    assert published is not None and published.id == worked.job_id
    assert rows_of(graph, "MATCH (c:Customer) RETURN count(c)") == 12


class Thief:
    """A progress during which another run takes the lock over, as after a long sleep of this process."""

    def __init__(self, graph: Graph, when: str) -> None:
        self.graph = graph
        self.when = when

    @contextmanager
    def task(self, label: str, total: int | None = None, unit: str = "rows") -> Iterator[SilentTask]:
        if label.startswith(self.when):
            self.graph.execute(
                "MATCH (l:_InfluenceLock) SET l.token = l.token + 1, l.run_id = 'heir', "
                "l.expires_at = datetime() + duration({seconds: 60})",
                name="steal",
            )
        yield SilentTask()

    def note(self, text: str) -> None:
        pass


@pytest.mark.parametrize(("when", "step"), [("checking the data", "report communities"), ("writing scores", "compute")])
def test_job_when_it_lost_its_lock_then_it_stops_before_it_writes(
    project: Project, graph: Graph, folder: Path, when: str, step: str
) -> None:
    newer = {"token": 10**9, "finished_at": "2999-01-01T00:00:00.000+00:00"}
    (folder / "run-summary.json").write_text(json.dumps(newer), encoding="utf-8")
    before = current_run(graph)
    assert before is not None
    try:
        with Project(project.settings, Thief(graph, when)) as zombie:
            done, document = run(zombie, write_plan(folder), force=step == "compute")
    finally:
        graph.execute("MATCH (l:_InfluenceLock) DELETE l", name="free")
    assert (done.status, done.exit_code, document["error"]["code"]) == ("failed", 1, LeaseLost.default_code)
    assert statuses(done)[step] == "failed" and statuses(done)["prune"] == "not-run"
    assert not (folder / "reports").exists() or not list((folder / "reports").iterdir())
    assert json.loads((folder / "run-summary.json").read_text()) == newer, "the summary of the heir stays"
    assert done.path == folder / f"run-summary.{done.job_id}.json"
    current = current_run(graph)
    assert current is not None and document["run"]["id"] == current.id
    assert step != "compute" or current == before
    if step == "compute":
        assert find_run(graph, done.job_id).status == "running", "a zombie does not even say how it ended"


def test_pages_of_a_job_when_it_lost_its_lock_while_it_built_them_then_those_of_its_heir_stay(
    project: Project, graph: Graph, folder: Path
) -> None:
    (folder / "pages").mkdir()
    manifest = '{"kind": "report-bundle", "files": [{"path": "index.html"}]}'
    (folder / "pages" / "manifest.json").write_text(manifest, encoding="utf-8")
    (folder / "pages" / "index.html").write_text("of the heir", encoding="utf-8")
    plan = write_plan(folder, **{"[prune]": '[pages]\nfolder = "pages"\ncustomers = 0\n[prune]'})
    try:
        with Project(project.settings, Thief(graph, "writing pages")) as zombie:
            done, document = run(zombie, plan)
    finally:
        graph.execute("MATCH (l:_InfluenceLock) DELETE l", name="free")
    assert (done.status, done.exit_code, document["error"]["code"]) == ("failed", 1, LeaseLost.default_code)
    assert statuses(done)["pages"] == "failed" and statuses(done)["prune"] == "not-run"
    assert (folder / "pages" / "index.html").read_text(encoding="utf-8") == "of the heir"
    assert not list(folder.glob(".pages.*"))


def test_pages_of_a_job_when_a_question_fails_then_the_others_are_there_and_the_job_is_incomplete(
    project: Project, folder: Path
) -> None:
    (folder / "own" / "reports").mkdir(parents=True)
    shipped = library().get("report", "topics-overview").path.read_text(encoding="utf-8")
    assert "t.name AS topic," in shipped
    broken = shipped.replace("t.name AS topic,", "t.name + 1 / size([]) AS topic,")
    (folder / "own" / "reports" / "topics-overview.cypher").write_text(broken, encoding="utf-8")
    plan = write_plan(folder, **{"[prune]": '[pages]\nfolder = "pages"\ncustomers = 0\n[prune]'})
    with Project(project.settings.model_copy(update={"cypher_dir": folder / "own"})) as own:
        done, document = run(own, plan)
    assert (done.status, done.exit_code, document["error"]["code"]) == ("incomplete", 1, "bundle-incomplete")
    assert statuses(done)["pages"] == "failed" and statuses(done)["prune"] in ("done", "unchanged")
    step = next(one for one in done.steps if one.name == "pages")
    assert step.counts["pages"] > 10 and any(text.startswith("topics-overview: ") for text in step.warnings)
    assert (folder / "pages" / "index.html").is_file() and str(folder / "pages") in step.files
    noted = {one.path for one in ExportRegister(project.home).files() if one.kind == "pages"}
    assert (folder / "pages").resolve() in noted, "erasing a customer finds the pages"


def test_job_when_it_reaches_its_time_limit_then_ends_in_order_with_its_own_exit_code(
    project: Project, graph: Graph, folder: Path
) -> None:
    """The limit strikes while the server works on a check that would take minutes."""
    checks = folder / "cypher" / "checks"
    checks.mkdir(parents=True)
    (checks / "endless.cypher").write_text(ENDLESS, encoding="utf-8")
    plan = folder / "short.toml"
    plan.write_text('name = "short"\ntime_limit = "3s"\n[check]\nnames = ["endless"]\n[prune]\n', encoding="utf-8")
    with Project(project.settings.model_copy(update={"cypher_dir": folder / "cypher"})) as opened:
        opened.graph()
        done, document = run(opened, plan)
    assert (done.status, done.exit_code, document["error"]["code"]) == ("time-limit", 124, "time-limit")
    assert "`3s`" in document["error"]["message"]
    assert statuses(done) == {"verify": "done", "check": "interrupted", "prune": "not-run"}
    assert lock_is_free(graph)


ENDLESS = """// /// check
// format   = 1
// title    = "Endless"
// summary  = "Counts for ever"
// category = "test"
// severity = "error"
// key      = ["number"]
// timeout  = "300s"
// [columns]
// number = { type = "int", title = "Number" }
// ///
UNWIND range(1, 1000000000000) AS number
WITH number
WHERE number < 0
RETURN number
ORDER BY number
LIMIT 10
"""


def test_job_when_the_server_is_not_there_then_exit_3_and_a_summary(folder: Path, tmp_path: Path) -> None:
    own = load_settings(uri="bolt://127.0.0.1:1", password=SecretStr("x"), home=tmp_path / "home")
    with Project(own) as project:
        done, document = run(project, write_plan(folder))
    assert (done.status, done.exit_code) == ("failed", 3) and document["error"]["retryable"]
    assert statuses(done)["verify"] == "failed" and document["run"] is None


def test_job_when_data_have_changed_then_computed_again_and_old_runs_pruned(
    project: Project, graph: Graph, folder: Path
) -> None:
    write_table(folder / "extract" / "purchases.csv", BOUGHT, purchases(3))
    changed, _ = run(project, write_plan(folder, **{"keep = 2": "keep = 1"}))
    assert statuses(changed)["load extract"] == statuses(changed)["compute"] == statuses(changed)["prune"] == "done"
    assert [one.id for one in list_runs(graph)] == [changed.job_id]
    assert rows_of(graph, "MATCH ()-[b:BOUGHT]->() RETURN count(b)") == 36


FULL = """
name = "full"
[[load]]
folder = "extract"
via = "batches"
[retention]
older_than = "45d"
only = ["purchases"]
[compute]
horizon = "730d"
lapse = "60d"
ambassador_weights = "weights.toml"
[[report]]
name = "brokers"
out = "brokers.html"
[[report]]
name = "brokers"
out = "few.csv"
params = { limit = 2 }
raw = true
[[segment]]
name = "persuaders-by-follow-on"
out = "persuaders.json"
[prune]
keep = 1
older_than = "3650d"
"""


def test_job_when_its_plan_holds_the_options_of_the_commands_then_they_are_obeyed_once(
    project: Project, graph: Graph, folder: Path
) -> None:
    write_table(folder / "extract" / "purchases.csv", BOUGHT, purchases(3))
    (folder / "weights.toml").write_text("[weights]\nreferral = 1\n", encoding="utf-8")
    plan, now = write_plan(folder, FULL), datetime(2026, 4, 1, tzinfo=UTC)
    planned, _ = run(project, plan, now=now, dry_run=True)
    before = {step.name: step for step in planned.steps}
    assert (before["retention"].status, before["retention"].counts) == ("planned", {"purchases": 24})
    assert before["compute"].status == "planned", "what it would compute from is not known yet"
    runs = len(list_runs(graph))
    done, _ = run(project, plan, now=now)
    assert done.status == "ok", (done.line(), done.error)
    found = {step.name: step for step in done.steps}
    assert (found["retention"].status, found["retention"].counts) == ("done", {"purchases": 24})
    assert rows_of(graph, "MATCH ()-[b:BOUGHT]->() RETURN count(b)") == 12
    current = current_run(graph)
    assert current is not None and current.id == done.job_id and current.properties["horizon_months"] == 24
    assert len((folder / "few.csv").read_text(encoding="utf-8").splitlines()) == 3
    assert (folder / "brokers.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert json.loads((folder / "persuaders.json").read_text(encoding="utf-8"))
    assert found["prune"].status == "unchanged" and len(list_runs(graph)) == runs + 1, "none is that old"
    again, _ = run(project, plan, now=now)
    assert {name: statuses(again)[name] for name in ("load extract", "retention", "compute")} == dict.fromkeys(
        ("load extract", "retention", "compute"), "unchanged"
    )
    (folder / "weights.toml").write_text("[weights]\nreferral = 1\npersuasion = 1\n", encoding="utf-8")
    other, _ = run(project, plan, now=now)
    assert statuses(other)["compute"] == "done", "a file of settings that was changed decides the scores anew"
