"""Pages from answers. One layout, one embedded stylesheet, one embedded script; nothing is fetched from anywhere.

Every value passes Jinja's autoescape; the only trusted markup is ours and the drawings of `charts`. The policy
that each page carries lets the browser run exactly the embedded style and script, known by their SHA-256.
"""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from influence import __version__
from influence.measures import MEASURES
from influence.pages.charts import Drawing, drawing
from influence.pages.links import Link, Links, anchor
from influence.pages.plot import CHART_COLORS
from influence.pages.view import View, answered, definitions, facts, view
from influence.queries import SavedQuery
from influence.report.customer import CustomerPage
from influence.report.table import Column, Table
from influence.report.wording import count, freshness, parameter
from influence.runs.compare import Change, Comparison
from influence.runs.records import RunRecord

__all__ = [
    "Entry",
    "Frame",
    "Group",
    "LinkList",
    "comparison_page",
    "content_security_policy",
    "customer_page",
    "environment",
    "glossary_page",
    "index_page",
    "rendered",
    "report_page",
]

TEMPLATES: Final = Path(__file__).parent / "templates"
GROUPS: Final[Mapping[str, str]] = {
    "reach": "Reach",
    "context": "Influence in a topic",
    "persuasion": "Persuasion",
    "communities": "Communities",
    "value": "Value",
    "voice": "What customers say",
}
"""Headings of the glossary; a group without one is called by its name."""


@dataclass(frozen=True)
class Entry:
    """One question of the index.

    Attributes:
        question: In plain words.
        title: Name of the report.
        href: Its page; empty for a question that has none.
        note: What to know before opening it, such as why there is no answer.
    """

    question: str
    title: str
    href: str = ""
    note: str = ""


@dataclass(frozen=True)
class Group:
    """Some questions under one heading."""

    title: str
    entries: Sequence[Entry]


@dataclass(frozen=True)
class LinkList:
    """Some links under one heading."""

    title: str
    links: Sequence[Link]


# ── the frame ─────────────────────────────────────────────────────────────


@cache
def environment(*folders: Path) -> Environment:
    """Return the templates.

    Args:
        folders: Folders of further templates, looked into first; they may extend ours.
    """
    loader = ChoiceLoader([FileSystemLoader(folder) for folder in (*folders, TEMPLATES)])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@cache
def embedded() -> tuple[str, str]:
    """Return the stylesheet and the script exactly as they stand in each page."""
    source = environment()
    style = source.from_string((TEMPLATES / "style.css").read_text(encoding="utf-8"))
    return style.render(chart_colors=CHART_COLORS), (TEMPLATES / "table.js").read_text(encoding="utf-8")


@cache
def content_security_policy(*, forms: bool = False, header: bool = False) -> str:
    """Return the policy of a page: its own style and script by digest, nothing from anywhere else.

    Args:
        forms: Allow forms that are sent to the own site, which live pages need.
        header: The policy goes into a response header, where it can also forbid framing.
    """
    style, script = (
        f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in embedded()
    )
    parts = [
        "default-src 'none'",
        f"style-src {style}",
        f"script-src {script}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'self'" if forms else "form-action 'none'",
    ]
    return "; ".join([*parts, "frame-ancestors 'none'"] if header else parts)


@dataclass(frozen=True)
class Frame:
    """What surrounds a page elsewhere than in a folder of files.

    Attributes:
        template: A template that extends the one of the page; empty for the page's own.
        folders: Folders of further templates, looked into first; they may extend ours.
        forms: Whether the page has a form.
    """

    template: str = ""
    folders: tuple[Path, ...] = ()
    forms: bool = False


OURS: Final = Frame()


def rendered(template: str, links: Links, *, heading: str, frame: Frame = OURS, **values: Any) -> str:
    """Return a page.

    Args:
        template: Name of the template, unless the frame has one that extends it.
        links: Addresses of other pages.
        heading: The heading and the title of the window.
        frame: What surrounds it elsewhere than in a folder of files.
        values: What the template needs beyond that.
    """
    style, script = embedded()
    values = {"here": "", "footer": f"influence {__version__}", **values}
    return (
        environment(*frame.folders)
        .get_template(frame.template or template)
        .render(
            heading=heading,
            links=links,
            policy=Markup(content_security_policy(forms=frame.forms)),  # noqa: S704  ours, holds no value
            style=Markup(style),  # noqa: S704  ours
            script=Markup(script),  # noqa: S704  ours
            **values,
        )
    )


# ── pages ─────────────────────────────────────────────────────────────────


def report_page(
    table: Table,
    links: Links,
    *,
    now: datetime,
    query: SavedQuery | None = None,
    twins: Sequence[Link] = (),
    related: LinkList | None = None,
    notices: Sequence[str] = (),
    frame: Frame = OURS,
    **values: Any,
) -> str:
    """Return the page of an answer: question, answer, picture, table, meaning, parameters, Cypher.

    Args:
        table: The answer of a report or segment.
        links: Addresses of other pages.
        now: Instant to which the age of the scores refers.
        query: The saved file, for definitions and the statement.
        twins: The same answer in other formats.
        related: Further pages, such as the same question for other topics.
        notices: Lines that must not be missed.
        frame: What surrounds it elsewhere than in a folder of files.
        values: What the template of the frame needs beyond that.
    """
    helps = {name: one.help for name, one in query.header.params.items()} if query else {}
    given = [
        (name, parameter(value) if value not in (None, "") else "not restricted", helps.get(name, ""))
        for name, value in table.params.items()
    ]
    return rendered(
        "report.html",
        links,
        heading=table.question or table.title,
        frame=frame,
        title=table.title,
        kicker=f"{table.kind.capitalize()} · {table.title}",
        summary=ended(table.summary),
        answer=answered(table),
        fresh=ended(capital(freshness(table.computed, now))),
        notices=notices,
        drawing=drawing(table),
        view=view(table, links),
        definitions=definitions(table, links, query),
        parameters=given,
        command=command(table, query),
        statement=query.text.strip() if query else "",
        twins=twins,
        related=related,
        **values,
    )


def index_page(
    groups: Sequence[Group],
    links: Links,
    *,
    heading: str,
    fresh: str,
    summary: str = "",
    notices: Sequence[str] = (),
    lists: Sequence[LinkList] = (),
    missing: Sequence[Entry] = (),
    here: str = "Questions",
    frame: Frame = OURS,
    **values: Any,
) -> str:
    """Return the page of all questions.

    Args:
        groups: Questions by category.
        links: Addresses of other pages.
        heading: What stands at the top.
        fresh: How old the scores are.
        summary: A sentence below the heading.
        notices: Lines that must not be missed.
        lists: Further pages: customers, communities.
        missing: Questions that cannot be answered, with the reason.
        here: Which link at the top is this page.
        frame: What surrounds it elsewhere than in a folder of files.
        values: What the template of the frame needs beyond that.
    """
    return rendered(
        "index.html",
        links,
        heading=heading,
        frame=frame,
        here=here,
        fresh=fresh,
        summary=summary,
        notices=notices,
        groups=groups,
        lists=lists,
        missing=missing,
        **values,
    )


def customer_page(
    page: CustomerPage,
    links: Links,
    *,
    now: datetime,
    drawings: Sequence[Drawing] = (),
    twins: Sequence[Link] = (),
    frame: Frame = OURS,
    **values: Any,
) -> str:
    """Return the page of one customer: facts by subject, pictures, lists.

    Args:
        page: The answers about the customer.
        links: Addresses of other pages.
        now: Instant to which the age of the scores refers.
        drawings: Pictures above the facts, such as the customer's network.
        twins: The same in other formats.
        frame: What surrounds it elsewhere than in a folder of files.
        values: What the template of the frame needs beyond that.
    """
    notices = ["Opted out: no scores, and in no segment."] if page.opted_out else []
    if page.masked:
        notices.append("Personal values are masked.")
    sections = [
        {
            "name": section.name,
            "title": section.title,
            "says": section.says or (section.table.question if section.lists else ""),
            "facts": facts(section.pairs(), links),
            "view": view(section.shown, links, total=section.total) if section.lists else None,
            "href": links.report("report", section.table.name, {"customer": page.customer_id}),
        }
        for section in page.sections
    ]
    return rendered(
        "customer.html",
        links,
        heading=page.customer_id + (f", {page.name}" if page.name else ""),
        frame=frame,
        here="Customers",
        fresh=ended(capital(freshness(page.computed, now))),
        notices=notices,
        drawings=drawings,
        sections=sections,
        twins=twins,
        **values,
    )


def glossary_page(links: Links) -> str:
    """Return the page that explains every measure in plain words."""
    groups: dict[str, list[dict[str, str]]] = {}
    for one in MEASURES:
        groups.setdefault(one.group, []).append(
            {
                "anchor": anchor(one.on, one.name),
                "name": one.name,
                "title": one.title,
                "unit": one.unit,
                "on": one.on,
                "text": one.definition,
                "section": one.section,
            }
        )
    return rendered(
        "glossary.html",
        links,
        heading="Glossary",
        here="Glossary",
        summary="What each score means, in plain words. An empty value is unknown or does not apply; it is never zero.",
        groups=[{"title": GROUPS.get(name, name.capitalize()), "terms": terms} for name, terms in groups.items()],
    )


def comparison_page(
    before: RunRecord,
    after: RunRecord,
    comparisons: Sequence[Comparison],
    links: Links,
    *,
    frame: Frame = OURS,
    **values: Any,
) -> str:
    """Return the page of two runs side by side: who rose, who fell.

    Args:
        before: The earlier run.
        after: The later run.
        comparisons: One a measure.
        links: Addresses of other pages.
        frame: What surrounds it elsewhere than in a folder of files.
        values: What the template of the frame needs beyond that.
    """
    return rendered(
        "comparison.html",
        links,
        heading=f"From run {before.id} to run {after.id}",
        frame=frame,
        here="Runs",
        summary="Customers whose scores changed by enough to be worth telling. A change of a score is not a cause.",
        comparisons=[
            {
                "title": one.measure.title,
                "text": one.measure.definition,
                "counts": f"{count(one.risen, 'customer')} rose, {one.fallen:,} fell, {one.steady:,} changed by less "
                f"than {one.threshold:g} {one.measure.unit}; {one.new:,} only in the later run, {one.gone:,} only "
                "in the earlier.",
                "risers": changes(one.risers, links),
                "fallers": changes(one.fallers, links),
            }
            for one in comparisons
        ],
        **values,
    )


# ── words ─────────────────────────────────────────────────────────────────


def changes(moved: Sequence[Change], links: Links) -> View:
    """Return the customers of a comparison as a table."""
    columns = (
        Column("customer_id", "str", "Customer"),
        Column("before", "float", "Before", ",.6g"),
        Column("after", "float", "After", ",.6g"),
        Column("change", "float", "Change", "+,.6g"),
    )
    rows: list[tuple[Any, ...]] = [(one.customer, one.before, one.after, one.change) for one in moved]
    return view(Table("report", "comparison", "", "", "", 1, "", {}, columns, rows, ("customer_id",)), links)


def command(table: Table, query: SavedQuery | None) -> str:
    """Return the command that answers the same question in a terminal."""
    defaults = {name: one.default for name, one in query.header.params.items()} if query else {}
    given = [
        f" -p {name}={shell(parameter(value))}"
        for name, value in table.params.items()
        if value is not None and value != defaults.get(name)
    ]
    return f"influence {table.kind} run {table.name}{''.join(given)}"


def shell(text: str) -> str:
    """Return a text as a shell takes it."""
    return shlex.quote(text)


def capital(text: str) -> str:
    """Return a text with a capital at its start."""
    return text[:1].upper() + text[1:]


def ended(text: str) -> str:
    """Return a text with a full stop at its end."""
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."
