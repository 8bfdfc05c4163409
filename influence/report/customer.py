"""One customer on one page: several saved reports about the same customer, read from the same run.

A `CustomerPage` is data: sections in order, each of a saved report. The terminal, JSON and pages read it and add
nothing to it. What is not known is not on the page: a section without values, and one whose report needs a measure
that the run does not hold, is left out.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from rich.text import Text

from influence.errors import UsageProblem
from influence.graph import Graph
from influence.queries import Library, library
from influence.report.formats import described, records
from influence.report.running import run_report
from influence.report.table import Column, Computed, Table
from influence.report.terminal import add, add_wrapped, facts, grid, hides
from influence.report.wording import count, freshness
from influence.runs import resolve_run

__all__ = ["SECTIONS", "CustomerPage", "Plan", "Section", "customer_page", "customer_record", "customer_text"]

PROFILE: Final = "customer-profile"


@dataclass(frozen=True)
class Plan:
    """What a section shows, before a customer is chosen.

    Attributes:
        name: Stable name, for anchors and JSON.
        title: Heading for people.
        report: Saved report behind it; it has a parameter `customer`.
        facts: Columns of its only row, shown as title and value; empty = a list with all columns.
        says: One sentence on what it says and does not say, or empty.
        total: The last row of the list is the sum of the others.
        profiling: Whether it judges the customer; such sections are left out for who opted out.
        unless: Name of a section that makes this one superfluous.
        untold: Columns of a list that only tell its rows apart, which says nothing to people.
    """

    name: str
    title: str
    report: str
    facts: tuple[str, ...] = ()
    says: str = ""
    total: bool = False
    profiling: bool = True
    unless: str = ""
    untold: tuple[str, ...] = ()


SECTIONS: Final[tuple[Plan, ...]] = (
    Plan("who", "Who", PROFILE, ("country", "region", "segment", "joined_at", "opted_out"), profiling=False),
    Plan("next-step", "Suggested next step", "customer-next-step", ("next_step", "why", "incentive")),
    Plan(
        "value",
        "Value: each sale in one bucket",
        "customer-value",
        says="Over all customers the totals add up to the shop's own: what is credited here is taken from somebody.",
        total=True,
    ),
    Plan(
        "own-value",
        "Own value",
        "customer-own-value",
        (
            "quadrant",
            "hidden_wealth",
            "own_revenue",
            "past_customer_value",
            "purchase_days",
            "recency_days",
            "rfm",
            "p_alive",
            "expected_purchases",
            "clv",
            "margin_source",
            "share_of_wallet",
            "net_low",
            "net_high",
            "currency",
        ),
    ),
    Plan(
        "purchases",
        "Purchases",
        PROFILE,
        ("purchases", "products", "first_bought_at", "last_bought_at"),
        profiling=False,
    ),
    Plan(
        "persuasion",
        "Persuasion (an estimate under stated assumptions)",
        PROFILE,
        (
            "certificate",
            "follow_on_count",
            "observed",
            "expected",
            "lift",
            "lift_low",
            "lift_high",
            "lift_half_window",
            "lift_twice_window",
            "persuasion_rate",
            "extra_purchases",
            "p_none",
            "longest_chain",
            "influenced_share",
        ),
    ),
    Plan("evidence", "Evidence of persuasion", "why-persuader"),
    # the same purchases, without what was expected of them
    Plan("follow-ons", "Follow-on evidence", "follow-on-evidence", unless="evidence"),
    Plan("influenced-by", "Influenced by", "influenced-by"),
    Plan(
        "reach",
        "Reach",
        PROFILE,
        (
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
    ),
    Plan("community", "Community", PROFILE, ("community", "community_role", "community_members")),
    Plan("topics", "Topics", "customer-topics"),
    Plan("friends", "Friends", "customer-friends"),
    Plan(
        "referral-funnel",
        "Referrals",
        "customer-referral-funnel",
        (
            "invites",
            "leads",
            "customers",
            "profitable",
            "excluded",
            "crv",
            "crv_all_type_one",
            "p_two",
            "p_two_source",
            "lifetime_referral_value",
            "incentives",
            "return_on_relationship",
        ),
        says="Some of the people invited would have come anyway: the value counts only the others.",
    ),
    Plan("referrals", "People invited", "customer-referrals"),
    Plan(
        "voice",
        "Voice",
        "customer-voice",
        (
            "nps",
            "nps_group",
            "effort",
            "self_declared",
            "reading",
            "willingness",
            "willing_to",
            "done",
            "outstanding",
            "untapped",
            "asked_days",
            "never_asked",
            "without_action",
            "detractor_friends",
            "margin_at_risk",
            "risk_source",
        ),
    ),
    Plan("ambassador", "Ambassador score, factor by factor", "customer-ambassador", total=True),
    Plan("answers", "Answers", "customer-answers", untold=("response_id",)),
    Plan("asks", "Asked for, and done", "customer-asks", untold=("entry_id",)),
    Plan("memberships", "Customer community", "customer-memberships", profiling=False, untold=("group_id",)),
    Plan(
        "support",
        "Support",
        "customer-support",
        ("contacts", "cost", "last_contact_at", "open_contacts", "peer_answers", "saved"),
        profiling=False,
    ),
)
"""Every section that a page may have, in order."""


@dataclass(frozen=True)
class Section:
    """One part of a customer's page: facts or a list.

    Attributes:
        name: Stable name, for anchors and JSON.
        title: Heading for people.
        table: The answer of its report.
        facts: Columns of the table's only row to show as title and value, all known; empty = a list of all rows.
        says: One sentence on what it says and does not say, or empty.
        total: Whether the last row of the list is the sum of the others.
        untold: Columns of the list that `shown` leaves out.
    """

    name: str
    title: str
    table: Table
    facts: tuple[str, ...] = ()
    says: str = ""
    total: bool = False
    untold: tuple[str, ...] = ()

    @property
    def lists(self) -> bool:
        """Whether it is a list; else it is facts."""
        return not self.facts

    @property
    def shown(self) -> Table:
        """The list for people: without the columns that only tell its rows apart."""
        kept = [place for place, column in enumerate(self.table.columns) if column.name not in self.untold]
        return replace(
            self.table,
            columns=tuple(self.table.columns[place] for place in kept),
            rows=[tuple(row[place] for place in kept) for row in self.table.rows],
        )

    def pairs(self) -> list[tuple[Column, Any]]:
        """Return column and value of each fact; none for a list."""
        places = [self.table.place(name) for name in self.facts]
        return [(self.table.columns[place], self.table.rows[0][place]) for place in places]


@dataclass(frozen=True)
class CustomerPage:
    """Everything on the page of one customer.

    Attributes:
        profile: The answer of `customer-profile`: one row.
        sections: What is known, in order, each of the same run.
    """

    profile: Table
    sections: tuple[Section, ...]

    @property
    def customer_id(self) -> str:
        """Id of the customer."""
        return str(self.profile.record()["customer_id"])

    @property
    def name(self) -> str | None:
        """Name of the customer, masked unless asked for; `None` when it is not known."""
        name: str | None = self.profile.record().get("name")
        return name

    @property
    def opted_out(self) -> bool:
        """Whether the customer refuses scoring."""
        return bool(self.profile.record().get("opted_out"))

    @property
    def computed(self) -> Computed | None:
        """The run that everything is read from."""
        return self.profile.computed

    @property
    def masked(self) -> bool:
        """Whether there is a personal value that the mask hides."""
        return any(map(hides, (self.profile, *(section.table for section in self.sections))))

    def section(self, name: str) -> Section | None:
        """Return a section by its name, `None` when it is not on the page."""
        return next((section for section in self.sections if section.name == name), None)


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
    known = catalogue or library()
    answers: dict[str, Table] = {}

    def answer(name: str, run: str | None) -> Table:
        if name not in answers:
            limited = "limit" in known.get("report", name).header.params
            given = {"customer": customer, **({"limit": rows} if limited else {})}
            answers[name] = run_report(graph, name, given, catalogue=known, run_id=run, show_pii=show_pii)
        return answers[name]

    profile = answer(PROFILE, run_id)
    if not profile.rows:
        raise UsageProblem(
            "no customer with this id",
            code="customer-not-found",
            hint="ids are those of your customers file; `influence report run super-connectors` lists some",
        )
    run = profile.computed.run if profile.computed else run_id
    held = set(resolve_run(graph, run).measures)
    sections: dict[str, Section] = {}
    for plan in SECTIONS:
        silent = plan.profiling and bool(profile.record().get("opted_out"))
        if silent or plan.unless in sections or not held.issuperset(known.get("report", plan.report).header.needs):
            continue
        table = answer(plan.report, run)
        record = table.record() if table.rows else {}
        told = tuple(name for name in plan.facts if record.get(name) is not None)
        if told or (table.rows and not plan.facts):
            sections[plan.name] = Section(plan.name, plan.title, table, told, plan.says, plan.total, plan.untold)
    return CustomerPage(profile, tuple(sections.values()))


def customer_text(page: CustomerPage, now: datetime, width: int | None = None) -> Text:
    """Return the page for a terminal.

    Args:
        page: The page.
        now: Instant to which the age of the scores refers.
        width: Cells of the terminal, or `None` for a pipe.
    """
    text = Text()
    add(text, f"Customer {page.customer_id}" + (f", {page.name}" if page.name else ""), "bold")
    add_wrapped(text, freshness(page.computed, now), width, "dim")
    if page.opted_out:
        add_wrapped(text, "Opted out: no scores, and in no segment.", width, "bold")
    for section in page.sections:
        add(text, f"\n{section.title}", "bold")
        if section.lists:
            text.append(grid(section.shown, width)[0])
        else:
            text.append(facts(section.table, section.facts, width))
        if section.says:
            add_wrapped(text, f" {section.says}", width, "dim")
        if section.lists and not section.total:
            add_wrapped(text, more(section.table), width, "dim")
    if page.masked:
        add_wrapped(text, "Personal values are masked; --show-pii shows them.", width, "dim")
    return text


def more(table: Table) -> str:
    """Return how many rows a list shows, and where the rest is."""
    rows = len(table.rows)
    if rows < table.params.get("limit", rows + 1):
        return f" {count(rows, 'row')}, all there are"
    again = f"influence report run {table.name} -p customer={shlex.quote(str(table.params['customer']))}"
    return f" first {count(rows, 'row')}; more with `{again}`"


def customer_record(page: CustomerPage) -> dict[str, Any]:
    """Return the page as JSON values: the profile, and the sections in order with facts or rows."""
    return {
        "schema_version": described(page.profile)["schema_version"],
        "customer_id": page.customer_id,
        "opted_out": page.opted_out,
        "profile": described(page.profile) | {"rows": records(page.profile)},
        "sections": [section_record(section) for section in page.sections],
    }


def section_record(section: Section) -> dict[str, Any]:
    """Return one section as JSON values."""
    rows = records(section.table)
    content: Mapping[str, Any] = (
        {"total": section.total, **described(section.table), "rows": rows}
        if section.lists
        else {"report": section.table.name, "facts": {name: rows[0][name] for name in section.facts}}
    )
    return {"name": section.name, "title": section.title, "says": section.says, **content}
