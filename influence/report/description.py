"""What a saved question is, in words: the catalogue, and one file with its parameters and columns."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any
from urllib.parse import quote

from influence.queries import Parameter, SavedQuery
from influence.queries.header import CONTROL
from influence.report.wording import count

__all__ = ["browser_link", "catalogue", "described", "explained", "statement"]

LINE = 100
"""Cells to which sentences are wrapped."""


def catalogue(queries: Sequence[SavedQuery]) -> str:
    """Return the questions by category, one line each; deprecated ones are marked."""
    if not queries:
        return ""
    wide = max(len(query.name) for query in queries)
    blocks = []
    for category, group in groupby(sorted(queries, key=order), key=lambda query: query.header.category):
        lines = [f"  {query.name:<{wide}}  {query.header.question}{remark(query)}" for query in group]
        blocks.append("\n".join([category, *lines]))
    return "\n\n".join(blocks) + "\n"


def order(query: SavedQuery) -> tuple[str, str]:
    """Return the place of a question in the catalogue."""
    return query.header.category, query.name


def remark(query: SavedQuery) -> str:
    """Return what to know before using a file that is not stable."""
    if query.header.maturity == "deprecated":
        return f" (deprecated: use {query.header.replaced_by})"
    return " (draft)" if query.header.maturity == "draft" else ""


def described(query: SavedQuery) -> dict[str, Any]:
    """Return a question as JSON values."""
    header = query.header.model_dump(mode="json", exclude_none=True)
    return {"kind": query.kind, "name": query.name, "checksum": query.checksum, **header}


def explained(query: SavedQuery) -> str:
    """Return everything a person needs to run a question: what it asks, its parameters, what it answers."""
    header = query.header
    lines = [f"{header.title}{remark(query)}", header.question, ""]
    lines += textwrap.wrap(header.summary, LINE)
    lines += ["", "Parameters"]
    wide = max((len(name) for name in header.params), default=0)
    for name, parameter in header.params.items():
        first = f"  {name:<{wide}}  "
        lines += textwrap.wrap(
            sentence(parameter), LINE, initial_indent=first, subsequent_indent=" " * len(first), break_on_hyphens=False
        )
    if not header.params:
        lines.append("  none")
    lines += ["", "Columns"]
    wide = max(len(name) for name in header.columns)
    for name, column in header.columns.items():
        said = [column.title, column.unit and f"in {column.unit}", name in header.pii and "masked unless --show-pii"]
        lines.append(f"  {name:<{wide}}  {column.type:<8}  " + ", ".join(str(part) for part in said if part))
        if column.help:
            lines.append(" " * (wide + 14) + column.help)
    lines += ["", f"Rows are told apart by {', '.join(header.key)}."]
    if header.needs:
        lines += textwrap.wrap(f"Needs a run that holds {', '.join(header.needs)}.", LINE)
    lines.append(
        f"Category {header.category}, owner {header.owner or 'nobody'}, revision {header.revision}, "
        f"{header.maturity}, at most {count(round(header.timeout), 'second')}."
    )
    required = "".join(f" -p {name}=…" for name, parameter in header.params.items() if parameter.required)
    lines += ["", f"Run it: influence {query.kind} run {query.name}{required}"]
    return "\n".join(lines) + "\n"


def statement(query: SavedQuery) -> str:
    """Return the statement of a question for a terminal: control characters but line breaks and tabs are replaced."""
    return re.sub(f"[{CONTROL}]", "\N{REPLACEMENT CHARACTER}", query.text.strip())


def sentence(parameter: Parameter) -> str:
    """Return what one parameter means and takes."""
    facts: list[str] = [parameter.type]
    if parameter.required:
        facts.append("must be given")
    elif parameter.default not in (None, ""):
        facts.append(f"default {literal(parameter.default)}")
    if parameter.choices:
        facts.append("one of " + ", ".join(str(choice) or "(empty)" for choice in parameter.choices))
    if parameter.choices_query:
        facts.append(f"see `influence report run {parameter.choices_query}`")
    if parameter.min is not None and parameter.max is not None:
        facts.append(f"{parameter.min:,} to {parameter.max:,}")
    return f"{parameter.help} ({'; '.join(facts)})" if parameter.help else "; ".join(facts)


def browser_link(query: SavedQuery, text: str | None = None) -> str:
    """Return a link that opens the statement in Neo4j Browser, with its parameters set to their defaults.

    Nothing is sent anywhere by making the link: it holds the statement and the defaults, no data. The run is
    looked up by the Browser itself.

    Args:
        query: The question.
        text: Another statement with the same parameters, such as the one that draws it as a graph.
    """
    values = {name: parameter.default for name, parameter in query.header.params.items()}
    lines = [f":param {name} => {literal(value)};" for name, value in values.items()]
    if query.uses("run"):
        lines.append(":param [run] => { MATCH (state:_InfluenceState {id: 'current'}) RETURN state.run AS run };")
    statement = "\n".join([*lines, (text or query.text).strip()])
    return f"https://browser.neo4j.io/?cmd=edit&arg={quote(statement, safe='')}"


def literal(value: Any) -> str:
    """Return a parameter's value as Cypher writes it."""
    if isinstance(value, datetime):
        return f"datetime('{value.isoformat()}')"
    if isinstance(value, date):
        return f"date('{value.isoformat()}')"
    return json.dumps(value, ensure_ascii=False)
