"""One customer on one page: several saved reports about the same customer, read from the same run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from rich.text import Text

from influence.errors import UsageProblem
from influence.graph import Graph
from influence.queries import Library, library
from influence.report.formats import described, records
from influence.report.running import run_report
from influence.report.table import Table
from influence.report.terminal import add, add_wrapped, facts, grid, hides
from influence.report.wording import count, freshness
from influence.runs import resolve_run

__all__ = ["CustomerPage", "customer_page", "customer_record", "customer_text"]

FACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "Who": ("country", "region", "segment", "joined_at", "opted_out"),
    "Purchases": ("purchases", "products", "first_bought_at", "last_bought_at"),
    "Reach": (
        "friends",
        "followers",
        "follows",
        "mutual",
        "two_hop_reach",
        "super_connector",
        "page_rank",
        "page_rank_percentile",
        "broker_score",
        "access",
        "external_reach",
    ),
    "Community": ("community", "community_role", "community_members"),
    "Persuasion (an estimate under stated assumptions)": (
        "certificate",
        "follow_on_count",
        "observed",
        "expected",
        "lift",
        "lift_low",
        "lift_high",
        "persuasion_rate",
        "extra_purchases",
        "p_none",
        "longest_chain",
        "influenced_share",
    ),
}
"""Sections of the profile, and the columns of `customer-profile` in each; unknown values are left out."""

LISTS: Final[Mapping[str, str]] = {
    "Topics": "customer-topics",
    "Evidence of persuasion": "why-persuader",
    "Follow-on evidence": "follow-on-evidence",
    "Influenced by": "influenced-by",
    "Friends": "customer-friends",
}
"""Sections that are lists, and the report behind each; those that the run has no scores for are left out."""


@dataclass(frozen=True)
class CustomerPage:
    """Everything on the page of one customer.

    Attributes:
        profile: The answer of `customer-profile`: one row.
        lists: Answers by section, each of the same run.
    """

    profile: Table
    lists: Mapping[str, Table]


def customer_page(
    graph: Graph,
    customer: str,
    *,
    catalogue: Library | None = None,
    run_id: str | None = None,
    rows: int = 5,
    show_pii: bool = False,
) -> CustomerPage:
    """Collect the page of one customer.

    Args:
        graph: Where.
        customer: Id of the customer.
        catalogue: Where saved files are looked up; default those that come with `influence`.
        run_id: Run whose scores are read; default the current one. All sections read the same run.
        rows: Rows of each list.
        show_pii: Leave personal columns readable, and log that it was done.

    Raises:
        UsageProblem: There is no such customer or no such run.
        ServerUnsuitable: Nothing has been computed yet.
    """

    def answer(name: str, run: str | None, **params: Any) -> Table:
        given = {"customer": customer, **params}
        return run_report(graph, name, given, catalogue=catalogue, run_id=run, show_pii=show_pii)

    profile = answer("customer-profile", run_id)
    if not profile.rows:
        raise UsageProblem(
            "no customer with this id",
            code="customer-not-found",
            hint="ids are those of your customers file; `influence report run super-connectors` lists some",
        )
    run = profile.computed.run if profile.computed else run_id
    held = set(resolve_run(graph, run).measures)
    known = catalogue or library()
    lists = {
        title: answer(name, run, limit=rows)
        for title, name in LISTS.items()
        if held.issuperset(known.get("report", name).header.needs)
    }
    if (proof := lists.get("Evidence of persuasion")) is not None and proof.rows:
        del lists["Follow-on evidence"]  # the same purchases, without what was expected of them
    return CustomerPage(profile, lists)


def customer_text(page: CustomerPage, now: datetime, width: int | None = None) -> Text:
    """Return the page for a terminal.

    Args:
        page: The page.
        now: Instant to which the age of the scores refers.
        width: Cells of the terminal, or `None` for a pipe.
    """
    profile = page.profile
    record = profile.record()
    text = Text()
    add(text, f"Customer {record['customer_id']}" + (f", {record['name']}" if record.get("name") else ""), "bold")
    add_wrapped(text, freshness(profile.computed, now), width, "dim")
    if record.get("opted_out"):
        add_wrapped(text, "Opted out: no scores, and in no segment.", width, "bold")
    for title, names in FACTS.items():
        known = [name for name in names if record.get(name) is not None]
        if known:
            add(text, f"\n{title}", "bold")
            text.append(facts(profile, known, width))
    for title, table in page.lists.items():
        if table.rows:
            add(text, f"\n{title}", "bold")
            text.append(grid(table, width)[0])
            add_wrapped(text, more(table), width, "dim")
    if any(map(hides, (profile, *page.lists.values()))):
        add_wrapped(text, "Personal values are masked; --show-pii shows them.", width, "dim")
    return text


def more(table: Table) -> str:
    """Return how many rows a list shows, and where the rest is."""
    rows = len(table.rows)
    if rows < table.params.get("limit", rows + 1):
        return f" {count(rows, 'row')}, all there are"
    return f" first {count(rows, 'row')}; more with `influence report run {table.name} -p customer=…`"


def customer_record(page: CustomerPage) -> dict[str, Any]:
    """Return the page as JSON values: the profile and each list as its report describes itself."""
    return {
        "schema_version": described(page.profile)["schema_version"],
        "profile": described(page.profile) | {"rows": records(page.profile)},
        "lists": {table.name: described(table) | {"rows": records(table)} for table in page.lists.values()},
    }
