"""Judge checked files against each other and the graph, and refuse what is too bad, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np

from influence.errors import DataRejected
from influence.export_register import ExportRegister
from influence.graph import Graph
from influence.load.erased import ERASED, reject_erased
from influence.load.pseudonym import PseudonymKey
from influence.load.reading import Loading
from influence.load.references import reject_cycles, resolve_references
from influence.load.rejects import rejects_path, rejects_paths, write_rejects
from influence.load.report import BrokenRule, FileReport, LoadOptions, LoadReport
from influence.load.table import Finding, Table

__all__ = ["judge"]

LISTED: Final = 20
"""Broken rules that an error lists; all are in its details."""


def judge(
    graph: Graph,
    loadings: Sequence[Loading],
    options: LoadOptions,
    key: PseudonymKey,
    now: datetime,
    report: LoadReport,
) -> None:
    """Check the files against each other and the graph, count, write rejects, and refuse what is too bad.

    In a dry run no rejects are written, and the refusal goes into the report instead.

    Raises:
        DataRejected: There are bad rows, or more than the limit.
    """
    tables = [loading.table for loading in loadings]
    sources = [loading.source for loading in loadings]
    reject_erased(graph, key, tables)
    inferred = resolve_references(graph, sources, tables, extracts=options.sweep)
    reject_cycles(graph, tables)
    for loading, own in zip(loadings, inferred, strict=True):
        table, counts = loading.table, loading.report
        loading.inferred = own
        counts.read = table.read
        counts.duplicate = table.duplicates
        counts.rejected = table.rejected
        counts.loaded = int(table.good.sum())
        counts.inferred = {dataset: len(ids) for dataset, ids in own.items()}
        counts.rules = broken_rules(table)
    if options.bad_rows == "reject" and not options.dry_run:
        keep_rejects(loadings, options, now)
    refusal = refusal_of(loadings, options)
    if refusal is not None and not options.dry_run:
        raise refusal
    report.refusal = refusal


def keep_rejects(loadings: Sequence[Loading], options: LoadOptions, now: datetime) -> None:
    """Write the rejected rows of every file; those of a file that holds several datasets go into one."""
    targets = rejects_paths([loading.source.path for loading in loadings], options.rejects_dir)
    for path, target in targets.items():
        same = [loading for loading in loadings if loading.source.path == path]
        findings = [finding for loading in same for finding in without_erased(loading.table.findings)]
        register = ExportRegister(options.home) if options.home is not None else None
        if findings and register is not None:
            register.begin("rejects", path.name, [target], now=now)
        written = write_rejects(target, same[0].file, findings)
        if written is not None and register is not None:
            register.add("rejects", path.name, [written], now=now)
        for loading in same:
            loading.report.rejects = target if without_erased(loading.table.findings) else None


def without_erased(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings on rows of customers who were not erased: a row of an erased one is kept nowhere."""
    gone = [finding.lines for finding in findings if finding.rule == ERASED]
    if not gone:
        return list(findings)
    lines = np.concatenate(gone)
    kept = (replace(one, lines=one.lines[~np.isin(one.lines, lines)]) for one in findings if one.rule != ERASED)
    return [finding for finding in kept if len(finding.lines)]


def faulty(loading: Loading) -> int:
    """Return the number of rejected rows that are a fault of the file: those of erased customers are none."""
    erased = {line for one in loading.table.findings if one.rule == ERASED for line in one.lines.tolist()}
    return loading.report.rejected - len(erased)


def broken_rules(table: Table) -> tuple[BrokenRule, ...]:
    """Return the broken rules of a file, in the order of the lines."""
    rules = [
        BrokenRule(
            finding.rule, finding.column, finding.text, len(finding.lines), tuple(np.sort(finding.lines)[:5].tolist())
        )
        for finding in table.findings
    ]
    return tuple(sorted(rules, key=lambda rule: (rule.lines, rule.column)))


def refusal_of(loadings: Sequence[Loading], options: LoadOptions) -> DataRejected | None:
    """Return the error for the bad rows of all files, or `None` when the load may go on."""
    if options.bad_rows == "error":
        bad = [loading.report for loading in loadings if faulty(loading)]
        if not bad:
            return None
        rows = sum(report.rejected for report in bad)
        sentences = [sentence(report, rule) for report in bad for rule in report.rules if rule.rule != ERASED]
        names = ", ".join(f"`{rejects_path(Path(report.file), None)}`" for report in bad)
        return DataRejected(
            f"{sentences[0]}; nothing was loaded"
            if len(sentences) == 1
            else f"{rows:,} bad rows in {len(bad)} of {len(loadings)} files; nothing was loaded",
            code="bad-rows",
            hint=f"`--bad-rows reject` writes such rows to {names} and carries on",
            findings=[] if len(sentences) == 1 else shortened(sentences),
            files=[{"file": report.file, "rejected": report.rejected, "read": report.read} for report in bad],
        )
    over = [loading.report for loading in loadings if faulty(loading) > options.max_rejects * loading.report.read]
    if not over:
        return None
    worst = max(report.rejected / report.read for report in over)
    listed = "; ".join(
        f"`{report.file}`: {report.rejected:,} of {report.read:,} rows ({report.rejected / report.read:.2%})"
        for report in over
    )
    files = ", ".join(f"`{report.rejects}`" for report in over if report.rejects is not None)
    return DataRejected(
        f"more than {options.max_rejects:.2%} of the rows are bad in {listed}; nothing was loaded",
        code="too-many-rejects",
        hint=(f"see {files}; " if files else "") + f"`--max-rejects {worst * 100 + 0.005:.2f}%` would let them pass",
        findings=shortened([sentence(report, rule) for report in over for rule in report.rules]),
        files=[{"file": report.file, "rejected": report.rejected, "read": report.read} for report in over],
    )


def sentence(report: FileReport, rule: BrokenRule) -> str:
    """Return what is wrong as a sentence with file, line and column."""
    subject = "" if rule.column == "row" else f"`{rule.column}` "
    more = f" (and {rule.rows - 1:,} more)" if rule.rows > 1 else ""
    return f"`{report.file}` {report.place} {rule.lines[0]:,}{more}: {subject}{rule.text}"


def shortened(sentences: list[str]) -> list[str]:
    """Return the first sentences and how many there are more."""
    if len(sentences) <= LISTED:
        return sentences
    return [*sentences[:LISTED], f"and {len(sentences) - LISTED} more"]
