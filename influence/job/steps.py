"""The steps of a job, each safe to run twice, and what each of them counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast

from influence.audience.export import export_audience
from influence.checks import CheckResult, run_checks
from influence.checks.engine import amount
from influence.compute.run import compute_run, fingerprint, last_purchase
from influence.compute.wording import warnings
from influence.compute.work import ComputeOptions
from influence.errors import CheckFailed, ComputeFailed
from influence.export_register import ExportRegister
from influence.files import Written
from influence.graph import Graph
from influence.job.plan import (
    AudienceSection,
    CheckSection,
    ComputeSection,
    Content,
    LoadSection,
    OutFile,
    PagesSection,
    Params,
    Plan,
    PruneSection,
    ReportSection,
    ReportsSection,
    RetentionSection,
    SegmentSection,
)
from influence.job.summary import StepRecord, make_folder, scalars
from influence.lease import Lease
from influence.load import PseudonymKey, keep_history, load_folder
from influence.pages.bundle import BundleOptions, build_bundle, require_complete
from influence.pages.single import export_drawn
from influence.privacy import KINDS, count_records, prune_records
from influence.progress import Progress
from influence.queries import Kind, Library
from influence.queries.values import seconds
from influence.report import Table
from influence.report.export import DRAWN_SUFFIXES, export, format_of
from influence.report.formats import CsvStyle
from influence.report.running import run_report
from influence.runs import RunRecord, current_run, prune_runs
from influence.segment import require_size, run_segment
from influence.server import LocalServer
from influence.settings import Settings
from influence.snapshot.reader import fingerprint as fingerprint_of_data

__all__ = ["Held", "Step", "steps_of", "unchanged"]

FACTS = ("data_version", "page_rank_converged", "two_hop_error")
"""Properties of a run that the summary repeats."""


@dataclass(frozen=True)
class Held:
    """What every step of a job shares.

    Attributes:
        graph: The database.
        settings: Home and key of the project.
        server: The local server, if it runs the database.
        lease: The one lease of the job; `None` in a dry run, which writes nothing.
        plan: The plan.
        library: The saved files.
        progress: Where steps report.
        now: When the job began.
        job_id: Its id.
        force: Compute also when nothing has changed.
    """

    graph: Graph
    settings: Settings
    server: LocalServer | None
    lease: Lease | None
    plan: Plan
    library: Library
    progress: Progress
    now: datetime
    job_id: str
    force: bool

    def permit(self) -> Lease:
        """Return the lease, renewed on the server: what follows is written by its rightful owner.

        Raises:
            LeaseLost: Another run has taken over; nothing may be written.
        """
        assert self.lease is not None, "a dry run writes nothing"  # noqa: S101
        self.lease.renew()
        return self.lease


@dataclass(frozen=True)
class Step:
    """One step of a plan.

    Attributes:
        name: Its name, unique in the job.
        kind: Section of the plan.
        work: What it does; fills the record, and sets its status where it is not `done`.
        stops: Whether the steps after it are not run when it fails.
    """

    name: str
    kind: str
    work: Callable[[Held, StepRecord], None]
    stops: bool


def steps_of(content: Content) -> list[Step]:
    """Return the steps of a plan: load, retention, compute, check, reports, pages, segments, audiences, prune."""
    steps = [
        Step(f"load {one.folder.name}", "load", partial(load, one, number=number), True)
        for number, one in enumerate(content.load)
    ]
    if content.retention is not None:
        steps.append(Step("retention", "retention", partial(retention, content.retention), True))
    if content.compute is not None:
        steps.append(Step("compute", "compute", partial(compute, content.compute), True))
    if content.check is not None:
        steps.append(Step("check", "check", partial(check, content.check), True))
    if content.reports is not None:
        for name in content.reports.names:
            steps.append(Step(f"report {name}", "report", partial(reports, content.reports, name), False))
    for asked in content.report:
        steps.append(Step(f"report {asked.name}", "report", partial(report, asked), False))
    if content.pages is not None:
        steps.append(Step("pages", "pages", partial(pages, content.pages), False))
    for one in content.segment:
        steps.append(Step(f"segment {one.name}", "segment", partial(segment, one), False))
    for number, each in enumerate(content.audience):
        work = partial(audience, each, number=number)
        steps.append(Step(f"audience {each.segment} {each.to}", "audience", work, False))
    if content.prune is not None:
        steps.append(Step("prune", "prune", partial(prune, content.prune), False))
    return distinct(steps)


def distinct(steps: list[Step]) -> list[Step]:
    """Return the steps with a number behind the names that would repeat."""
    seen: dict[str, int] = {}
    found = []
    for step in steps:
        seen[step.name] = seen.get(step.name, 0) + 1
        name = step.name if seen[step.name] == 1 else f"{step.name} {seen[step.name]}"
        found.append(Step(name, step.kind, step.work, step.stops))
    return found


# ── load, compute, check ──────────────────────────────────────────────────


def load(section: LoadSection, held: Held, record: StepRecord, *, number: int = 0) -> None:
    """Load a folder; files that are in the graph already are not written again."""
    key = PseudonymKey(held.settings.pseudonym_key_path)
    options = section.options(held.settings.home, dry_run=held.lease is None)
    run_id = f"{held.job_id}-load-{number + 1}"
    done = load_folder(
        held.graph,
        section.folder,
        options,
        key,
        held.progress,
        held.now,
        run_id=run_id,
        held=held.lease,
        server=held.server,
    )
    for name in ("read", "loaded", "created", "updated", "unchanged", "duplicate", "rejected"):
        record.counts[name] = sum(getattr(file, name) for file in done.files)
    record.counts["inferred"] = sum(sum(file.inferred.values()) for file in done.files)
    record.counts["swept"] = sum(swept.vanished for swept in done.sweeps)
    record.facts |= {"run_id": run_id, "source": done.source, "data_version": done.data_version}
    rejects = dict.fromkeys(str(file.rejects) for file in done.files if file.rejects is not None)
    record.files += rejects
    record.warnings += done.notes
    if record.counts["rejected"]:
        record.warnings.append(f"{record.counts['rejected']:,} rows were rejected")
    if done.refusal is not None:
        raise done.refusal
    if held.lease is None:
        record.status = "planned"
    elif not done.written and not record.counts["swept"]:
        record.status = "unchanged"


def unchanged(graph: Graph, options: ComputeOptions) -> RunRecord | None:
    """Return the current run when computing again would give the same scores, else `None`.

    The same data (by their version), the same instant, the same options and the same versions of `influence` and
    Graph Data Science give the same scores.
    """
    run = current_run(graph)
    if run is None:
        return None
    try:
        as_of = options.as_of or last_purchase(graph)
    except ComputeFailed:
        return None
    wanted = {
        "data_version": fingerprint_of_data(graph).version,
        "fingerprint": fingerprint(options),
        "gds_version": graph.facts().gds,
    }
    same = run.as_of == as_of and all(run.properties.get(name) == value for name, value in wanted.items())
    return run if same else None


def compute(section: ComputeSection, held: Held, record: StepRecord) -> None:
    """Compute and publish all scores, unless the current run holds the same ones already."""
    options = section.options()
    content = held.plan.content
    changes_first = held.lease is None and bool(content.load or content.retention)  # a dry run does not know the data
    run = None if held.force or section.force or changes_first else unchanged(held.graph, options)
    if run is not None:
        record.status = "unchanged"
        held.progress.note(f"nothing has changed since run {run.id}: not computed again")
    elif held.lease is None:
        record.status = "planned"
        return
    else:
        run = compute_run(held.graph, options, held.progress, now=held.now, home=held.settings.home, held=held.permit())
    record.warnings += warnings(run)
    record.facts |= {"run_id": run.id, **scalars(run.properties, FACTS)}
    if record.status != "unchanged":
        names = ("customers", "topic_scores", "communities", "pairs", "evidence")
        record.counts |= {name: int(run.properties.get(name) or 0) for name in names}


def check(section: CheckSection, held: Held, record: StepRecord) -> None:
    """Run the data checks and fail on those of the plan's severity."""
    names = section.names or None
    results = run_checks(held.graph, names, catalogue=held.library, limit=section.limit, progress=held.progress)
    record.counts["checks"] = len(results)
    record.counts["bad_rows"] = sum(result.found for result in results)
    failing = {"error": ("error", "aborted"), "warn": ("error", "aborted", "warn"), "never": ()}[section.fail_on]
    failed = [result for result in results if result.status in failing]
    record.warnings += [told(result) for result in results if result.status != "ok" and result not in failed]
    if failed:
        raise CheckFailed(
            "1 data check failed" if len(failed) == 1 else f"{len(failed)} data checks failed",
            hint=f"run `influence check run {failed[0].check.name}` to see the rows",
            findings=[told(result) for result in failed],
        )


def told(result: CheckResult) -> str:
    """Return what a check found as one line."""
    if result.problem is not None:
        return f"{result.check.name}: {result.problem.message}"
    return f"{result.check.name}: {amount(result)} ({result.check.header.title.lower()})"


# ── what is handed out ────────────────────────────────────────────────────


def reports(section: ReportsSection, name: str, held: Held, record: StepRecord) -> None:
    """Answer one of several reports and write it in every format that the plan asks for."""
    asked = Asked(name, section.paths(name), section.params.get(name, {}), section)
    answer(asked, held, record)


def report(section: ReportSection, held: Held, record: StepRecord) -> None:
    """Answer a report with the parameters of its section."""
    answer(Asked(section.name, [section.out], section.params, section), held, record)


@dataclass(frozen=True)
class Asked:
    """A report to answer: its name, the files to write, its parameters, and how a CSV is written."""

    name: str
    paths: list[Path]
    params: Params
    style: ReportsSection | OutFile


def answer(asked: Asked, held: Held, record: StepRecord) -> None:
    """Answer a report and write its files."""
    if held.lease is None:
        planned(record, asked.paths)
        return
    show_pii = asked.style.show_pii
    table = run_report(held.graph, asked.name, asked.params, catalogue=held.library, show_pii=show_pii)
    record.counts["rows"] = len(table.rows)
    hand_out(table, asked.paths, asked.style, held, record)


def pages(section: PagesSection, held: Held, record: StepRecord) -> None:
    """Write the folder of pages; an earlier one is replaced when the new one is built, while the lease is still ours.

    Raises:
        QueryFailed: Pages failed; the others are written.
    """
    if held.lease is None:
        planned(record, [section.folder])
        return
    make_folder(section.folder.parent)
    held.permit()
    options = BundleOptions(customers=section.customers, show_pii=section.show_pii)
    done = build_bundle(
        held.graph,
        section.folder,
        now=held.now,
        progress=held.progress,
        catalogue=held.library,
        options=options,
        register=ExportRegister(held.settings.home),
        before_writing=held.permit,
    )
    record.counts |= {"pages": done.pages, "unanswered": len(done.missing)}
    record.files.append(str(done.folder))
    record.warnings += [f"{one.name}: {one.message}" for one in done.failed]
    require_complete(done)


def segment(section: SegmentSection, held: Held, record: StepRecord) -> None:
    """Write the customers of a segment."""
    if held.lease is None:
        planned(record, [section.out])
        return
    table = run_segment(held.graph, section.name, section.params, catalogue=held.library, show_pii=section.show_pii)
    require_size(table, section.min_size)
    record.counts["customers"] = len(table.rows)
    hand_out(table, [section.out], section, held, record)


def hand_out(table: Table, paths: list[Path], style: ReportsSection | OutFile, held: Held, record: StepRecord) -> None:
    """Write a table to files, each whole or not at all, and only while the lease is ours."""
    if table.truncated:
        record.warnings.append(f"`{table.name}` has more rows than its limit lets through")
    register, run = ExportRegister(held.settings.home), table.computed.run if table.computed else ""
    for path in paths:
        make_folder(path.parent)
        held.permit()
        if table.personal:
            register.begin(table.kind, table.name, [path], now=held.now, run=run)
        written = write_answer(table, path, style, held)
        record.files.append(str(written.path))
        if table.personal:
            register.add(table.kind, table.name, [written], now=held.now, run=run)


def write_answer(table: Table, path: Path, style: ReportsSection | OutFile, held: Held) -> Written:
    """Write a table as its ending says: rows, a page or a picture."""
    picture = DRAWN_SUFFIXES.get(path.suffix.lower())
    if picture is not None:
        query = held.library.get(cast("Kind", table.kind), table.name)
        return export_drawn(table, path, picture, now=held.now, query=query).data
    format = format_of(path)
    assert format is not None, "the plan takes known formats only"  # noqa: S101
    csv = CsvStyle(style.excel, style.raw) if format == "csv" else None
    return export(table, path, format, now=held.now, style=csv).data


def planned(record: StepRecord, paths: list[Path]) -> None:
    """Say what a real job would write."""
    record.status = "planned"
    record.facts["would_write"] = [str(path) for path in paths]


def audience(section: AudienceSection, held: Held, record: StepRecord, *, number: int = 0) -> None:
    """Export an audience with the contacts and the consent of today."""
    if held.lease is None:
        planned(record, [section.out])
        return
    done = export_audience(
        held.graph,
        section.request(),
        section.contacts,
        section.out,
        now=held.now,
        export_id=f"{held.job_id}-{number + 1}",
        suppress=section.suppress,
        catalogue=held.library,
        made_by=f"job {held.plan.content.name}",
        register=ExportRegister(held.settings.home),
        before_writing=held.permit,
    )
    record.counts |= done.manifest["counts"]
    record.facts |= {"export_id": done.manifest["id"], "refresh_by": done.manifest["refresh_by"]}
    record.files += [str(done.folder / file["name"]) for file in done.manifest["files"]]
    if done.advice:
        record.warnings.append(f"phone numbers without country code can be read: {done.advice}")


def retention(section: RetentionSection, held: Held, record: StepRecord) -> None:
    """Delete records that are older than they are to be kept; what is computed afterwards knows nothing of them."""
    before = held.now - timedelta(seconds=seconds(section.older_than))
    kinds = section.only or list(KINDS)
    if held.lease is None:
        counted = count_records(held.graph, before, kinds)
        record.status = "planned"
    else:
        counted = prune_records(held.graph, held.permit(), before, kinds, progress=held.progress)
        if any(counted.values()):
            keep_history(held.graph, PseudonymKey(held.settings.pseudonym_key_path), held.settings.home)
        else:
            record.status = "unchanged"
    record.counts |= {kind.replace("-", "_"): number for kind, number in counted.items()}


def prune(section: PruneSection, held: Held, record: StepRecord) -> None:
    """Delete old runs."""
    if held.lease is None:
        record.status = "planned"
        return
    before = held.now - timedelta(seconds=seconds(section.older_than)) if section.older_than else None
    gone = prune_runs(held.graph, held.permit(), section.keep, held.progress, before=before)
    record.counts["runs"] = len(gone)
    if not gone:
        record.status = "unchanged"
