"""Pages of reports and segments: the form from the header, the answer, and the same for programs."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

from starlette.responses import Response

from influence.errors import DataRejected, UsageProblem
from influence.export_register import ExportRegister
from influence.files import Written
from influence.pages.bundle import CATEGORIES, order, unanswerable
from influence.pages.charts import chart_svg, specification
from influence.pages.links import Link
from influence.pages.render import Entry, Group, index_page, report_page
from influence.queries import SavedQuery
from influence.report.formats import CsvStyle, csv_bytes, json_bytes
from influence.report.running import run_report
from influence.report.table import Computed, Table
from influence.report.wording import count, freshness
from influence.runs import current_run
from influence.segment import require_size, run_segment
from influence.web.answers import data, page, picture
from influence.web.fields import Given, fields, read
from influence.web.links import FOLDERS, address
from influence.web.problems import nothing_computed
from influence.web.site import LIVE, Asked, Site

__all__ = ["questions", "report", "report_data", "segment", "segment_data", "segments"]

logger = logging.getLogger(__name__)

Asking = Literal["report", "segment"]
SHOWN: Final = {"report": 500, "segment": 25}
"""Rows of an answer that its page shows; files hold all of them."""


# ── indexes ───────────────────────────────────────────────────────────────


def questions(site: Site, asked: Asked) -> Response:
    """Return the index of all questions."""
    return page(index(site, "report", "What do you want to know?", "Questions"))


def segments(site: Site, asked: Asked) -> Response:
    """Return the index of all segments."""
    return page(index(site, "segment", "Whom do you want to talk to?", "Segments"))


def index(site: Site, kind: Asking, heading: str, here: str) -> str:
    """Return the saved files of a kind by category; those that the current run cannot answer come last."""
    run = current_run(site.graph())
    computed = Computed(run.id, run.as_of, run.published_at) if run else None
    grouped: dict[str, list[Entry]] = {}
    missing: list[Entry] = []
    for query in sorted(site.catalogue.all(kind), key=lambda one: (order(one), one.header.title)):
        header = query.header
        needed = [name for name, one in header.params.items() if one.required]
        if header.maturity == "deprecated" or "customer" in needed or "find" in needed:
            continue  # answered on the page of each customer
        lacking = unanswerable(query, run) if run else "scores have not been computed" if header.needs else ""
        if lacking and not lacking.startswith("needs a value"):
            missing.append(Entry(header.question, header.title, note=lacking))
            continue
        note = f"for one {' and one '.join(needed)}" if needed else ""
        entry = Entry(header.question, header.title, f"{FOLDERS[kind]}/{query.name}", note)
        grouped.setdefault(CATEGORIES.get(header.category, header.category.capitalize()), []).append(entry)
    summary = {
        "report": "Who knows many, who is listened to, who persuades whom, in which topic and through which products.",
        "segment": "Lists of customers, each with the reasons why. Nobody who opted out is on one.",
    }[kind]
    fresh = freshness(computed, site.now())
    return index_page(
        [Group(title, entries) for title, entries in grouped.items()],
        site.links,
        heading=heading,
        fresh=f"{fresh[:1].upper()}{fresh[1:]}." if run else "No scores have been computed yet.",
        summary=summary,
        notices=[] if run else [nothing_computed().hint],
        missing=missing,
        here=here,
        frame=LIVE,
    )


# ── one question ──────────────────────────────────────────────────────────


def report(site: Site, asked: Asked) -> Response:
    """Return the page of a report."""
    return question(site, "report", asked)


def segment(site: Site, asked: Asked) -> Response:
    """Return the page of a segment: how many customers, the first of them, and the file."""
    return question(site, "segment", asked)


def question(site: Site, kind: Asking, asked: Asked) -> Response:
    """Return the page of a saved file: its form, and the answer once there is nothing wrong with what was given."""
    query = site.catalogue.get(kind, asked.path["name"])
    given = read(query, asked.given)
    allowed = site.choices(query) if query.header.params else {}
    given = chosen(query, given, allowed)
    strays = [
        f"{name} {problem}{'' if problem.endswith('?') else '.'}"
        for name, problem in given.problems.items()
        if name not in query.header.params
    ]
    form = {
        "fields": fields(query, given, allowed),
        "action": f"{FOLDERS[kind]}/{query.name}",
        "strays": strays,
        "verb": "Show the answer" if kind == "report" else "Show the customers",
    }
    if given.problems or given.missing:
        html = site.page(
            "ask.html",
            heading=query.header.question,
            here=heading_of(kind),
            kicker=f"{kind.capitalize()} · {query.header.title}",
            summary=f"{query.header.summary}.",
            **form,
        )
        return page(html, 200 if given.untouched else 400)
    table = answer(site, query, given)
    return page(shown(site, query, table, given, form))


def shown(site: Site, query: SavedQuery, table: Table, given: Given, form: dict[str, Any]) -> str:
    """Return the page of an answer."""
    kind: Asking = "segment" if query.kind == "segment" else "report"
    first = SHOWN[kind]
    rows = len(table.rows)
    cut = replace(table, rows=table.rows[:first], population=rows) if rows > first else table
    told = f"The first {first:,} of {count(rows, 'row')} are shown; the files hold all of them."
    notices = [told] if rows > first else []
    path = f"{FOLDERS[kind]}/{query.name}"
    formats = ["csv", "json", *(["svg"] if kind == "report" and specification(table) is not None else [])]
    params = {name: value for name, value in table.params.items() if name in given.texts}
    twins = [Link(one.upper(), address(f"{path}.{one}", params), one == "csv") for one in formats]
    size = None
    if kind == "segment":
        enough = not table.truncated and rows >= site.options.min_size
        size = {
            "customers": count(rows, "customer"),
            "enough": enough,
            "least": site.options.min_size,
            "export": address(f"{path}.csv", params),
            "first": min(rows, first),
            "whole": rows <= first,
            "truncated": table.truncated,
        }
        notices, twins = [], twins[1:] if enough else []
    return report_page(
        cut,
        site.links,
        now=site.now(),
        query=query,
        twins=twins,
        notices=notices,
        frame=replace(LIVE, template="live-report.html"),
        here=heading_of(kind),
        size=size,
        **form,
    )


def heading_of(kind: Asking) -> str:
    """Return the link at the top that a page belongs to."""
    return "Questions" if kind == "report" else "Segments"


def chosen(query: SavedQuery, given: Given, allowed: dict[str, Sequence[Any]]) -> Given:
    """Return what was given, values that the data do not hold named as problems."""
    problems = dict(given.problems)
    for name, value in given.values.items():
        if name in problems or name not in allowed or value == query.header.params[name].default:
            continue
        items = value if isinstance(value, list) else [value]
        if any(item not in allowed[name] for item in items):
            problems[name] = f"is not one of the {len(allowed[name]):,} values in the data"
    return replace(given, problems=problems)


def answer(site: Site, query: SavedQuery, given: Given) -> Table:
    """Return the answer of a report or segment."""
    graph, known, show = site.graph(), site.catalogue, site.options.show_pii
    if query.kind == "segment":
        most = site.options.most_rows
        return run_segment(graph, query.name, given.values, catalogue=known, show_pii=show, max_rows=most)
    return run_report(graph, query.name, given.values, catalogue=known, show_pii=show)


# ── the same for programs ─────────────────────────────────────────────────


def report_data(site: Site, asked: Asked) -> Response:
    """Return a report as JSON, CSV or SVG."""
    query, table = asked_table(site, "report", asked)
    match asked.path["format"]:
        case "json":
            return data(json_bytes(table), "json", query.name)
        case "csv":
            return data(csv_bytes(table, CsvStyle()), "csv", query.name)
        case "svg":
            return picture(chart_svg(table))
    raise UsageProblem("a report is a page, or `.json`, `.csv` or `.svg`", code="format-not-found")


def segment_data(site: Site, asked: Asked) -> Response:
    """Return a segment as CSV or JSON; too small a one is refused, and each file is noted in the register."""
    format = asked.path["format"]
    if format not in ("csv", "json"):
        raise UsageProblem("a segment is a page, or `.csv` or `.json`", code="format-not-found")
    with ExportRegister(site.project.home).handing_out():
        query, table = asked_table(site, "segment", asked)
        if table.truncated:
            raise DataRejected(
                f"segment `{query.name}` is larger than this site hands out",
                code="segment-too-large",
                hint=f"run `influence segment run {query.name} --out FILE`",
            )
        require_size(table, site.options.min_size)
        content = csv_bytes(table, CsvStyle()) if format == "csv" else json_bytes(table)
        if not asked.head:
            note_export(site, table, content, format)
    return data(content, "csv" if format == "csv" else "json", query.name)


def note_export(site: Site, table: Table, content: bytes, format: str) -> None:
    """Note a file that was handed out: what it holds is known, where the visitor saved it is not."""
    now = site.now()
    digest = hashlib.sha256(content).hexdigest()
    path = Path("download") / f"{now:%Y%m%dT%H%M%S}-{digest[:8]}" / f"{table.name}.{format}"
    run = table.computed.run if table.computed else ""
    handed = Written(path, len(content), digest)
    ExportRegister(site.project.home).add("segment", table.name, [handed], now=now, run=run)
    facts = {"report": table.name, "rows": len(table.rows), "run_id": run}
    logger.info("segment `%s` handed out", table.name, extra=facts)


def asked_table(site: Site, kind: Asking, asked: Asked) -> tuple[SavedQuery, Table]:
    """Return the saved file and its answer.

    Raises:
        UsageProblem: Parameters are wrong or missing; the database was not asked.
    """
    query = site.catalogue.get(kind, asked.path["name"])
    given = read(query, asked.given)
    if given.problems or given.missing:
        needed = dict.fromkeys(given.missing, "is needed")
        told = "; ".join(f"{name} {problem}" for name, problem in (needed | dict(given.problems)).items())
        raise UsageProblem(told, code="bad-parameter")
    return query, answer(site, query, given)
