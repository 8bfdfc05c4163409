"""Pages: nothing from the data is markup, nothing is fetched, numbers look as on the terminal."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from influence.measures import MEASURES, measure
from influence.pages.links import Link
from influence.pages.render import (
    Entry,
    Group,
    LinkList,
    comparison_page,
    content_security_policy,
    customer_page,
    glossary_page,
    index_page,
    report_page,
)
from influence.queries import library
from influence.report import Column, Computed, Picture, Table
from influence.report.customer import CustomerPage, Section
from influence.report.wording import presented
from influence.runs.compare import Change, Comparison
from influence.runs.records import RunRecord

HOSTILE = "<script>alert(1)</script>\"'&"
VOID = {"meta", "link", "input", "br", "img", "hr"}
COLUMNS = (
    Column("customer_id", "str", "Customer"),
    Column("name", "str", HOSTILE, help=HOSTILE, personal=True),
    Column("friends", "int", "Friends", ",d", "people"),
    Column("rate", "float", "Rate", ".2%"),
    Column("plain", "float", "Plain"),
    Column("joined", "datetime", "Joined"),
    Column("certified", "bool", "Certified"),
)
ROWS = [
    (HOSTILE, HOSTILE, 12345, 0.0421, 1234.5678, datetime(2026, 1, 2, 3, 4, tzinfo=UTC), True),
    ("c2", None, 7, None, -3.5, None, False),
]


class Site:
    """Links of a live site, as hostile as ids can be."""

    def home(self) -> str:
        return "/"

    def navigation(self) -> Sequence[Link]:
        return [Link("Questions", "/"), Link("Glossary", "/glossary")]

    def glossary(self, anchor: str) -> str:
        return f"/glossary#{anchor}"

    def report(self, kind: str, name: str, params: Mapping[str, Any]) -> str | None:
        return None

    def customer(self, customer: str) -> str:
        return f'/customers?id={customer}"onclick="x'


class Tags(HTMLParser):
    """Collects elements with their attributes, and checks that they are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self.open:
            self.texts[tag][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def tags(page: str) -> Tags:
    parsed = Tags()
    parsed.feed(page)
    assert parsed.open == [], "an element is not closed"
    return parsed


@pytest.fixture
def table(answer: Callable[..., Table]) -> Table:
    return answer(
        COLUMNS,
        ROWS,
        Picture("bar", "customer_id", "friends", "name"),
        question=HOSTILE,
        summary=HOSTILE,
        params={"topic": HOSTILE, "limit": 25},
    )


@pytest.fixture
def pages(table: Table, now: datetime) -> dict[str, str]:
    profile = Table(
        "report", "customer-profile", "Profile", "?", "", 1, "", {}, COLUMNS, ROWS[:1], ("customer_id",),
        computed=Computed("r1", now, now, True),
    )  # fmt: skip
    person = CustomerPage(
        profile,
        (
            Section("who", HOSTILE, profile, ("name", "friends"), HOSTILE),
            Section("list", "List", table, total=True),
        ),
    )
    run = RunRecord("r1", "published", True, now, now, now, 2, ("friend_count",))
    one = Comparison(
        measure("friend_count")[0], 5, (Change(HOSTILE, 1.0, 9.0),), (), 1, 0, 1, 0, 0, 1.0, 2.0
    )  # fmt: skip
    entry = Entry(HOSTILE, HOSTILE, "/x", HOSTILE)
    site = Site()
    return {
        "report": report_page(table, site, now=now, twins=[Link("CSV", "x.csv", True)], notices=[HOSTILE]),
        "index": index_page(
            [Group(HOSTILE, [entry])],
            site,
            heading=HOSTILE,
            fresh=HOSTILE,
            missing=[entry],
            lists=[LinkList(HOSTILE, [Link(HOSTILE, "/x")])],
        ),
        "customer": customer_page(person, site, now=now),
        "glossary": glossary_page(site),
        "comparison": comparison_page(run, run, [one], site),
    }


NAMES = ["report", "index", "customer", "glossary", "comparison"]


@pytest.mark.parametrize("name", NAMES)
def test_page_when_the_data_hold_markup_then_it_stays_text(pages: dict[str, str], name: str) -> None:
    parsed = tags(pages[name])
    assert len(parsed.all("script")) == 1
    assert "alert(1)" not in parsed.texts["script"][0]
    assert not [key for _, attributes in parsed.found for key in attributes if key.startswith("on")]
    if name != "glossary":
        assert "&lt;script&gt;alert(1)" in pages[name]


@pytest.mark.parametrize("name", NAMES)
def test_page_when_written_then_its_policy_allows_its_own_style_and_script_only(
    pages: dict[str, str], name: str
) -> None:
    parsed = tags(pages[name])
    policy = next(one["content"] for one in parsed.all("meta") if one.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    for element in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(parsed.texts[element][0].encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not [attributes for _, attributes in parsed.found if "style" in attributes]


@pytest.mark.parametrize("name", NAMES)
def test_page_when_written_then_it_refers_to_no_other_host(pages: dict[str, str], name: str) -> None:
    addresses = set(re.findall(r"https?://[^\s\"'<>]*|\bsrc=|@import|url\((?!#)", pages[name]))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


@pytest.mark.parametrize("name", NAMES)
def test_page_when_written_then_landmarks_and_headings_are_in_order(pages: dict[str, str], name: str) -> None:
    parsed = tags(pages[name])
    assert [len(parsed.all(tag)) for tag in ("main", "header", "footer", "h1")] == [1, 1, 1, 1]
    assert parsed.all("html")[0]["lang"] == "en"
    levels = [int(tag[1]) for tag, _ in parsed.found if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [attributes["id"] for _, attributes in parsed.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {str(one["href"])[1:] for one in parsed.all("a") if str(one["href"]).startswith("#")} <= set(ids)


def test_numbers_when_shown_then_as_on_the_terminal(pages: dict[str, str]) -> None:
    cells = re.findall(r'<td class="number"[^>]*>(.*?)</td>', pages["report"])
    shown = [re.sub(r"<[^>]*>", "", one).strip() for one in cells]
    expected = [presented(column, row[place]) for row in ROWS for place, column in enumerate(COLUMNS) if column.numeric]
    assert shown == expected
    assert "12,345" in shown
    assert "4.21%" in shown


def test_unknown_when_shown_then_not_zero_and_nothing_to_sort_by(pages: dict[str, str]) -> None:
    row = next(one for one in re.findall(r"<tr>(.*?)</tr>", pages["report"], re.S) if ">c2<" in one)
    unknown = re.findall(r"<td[^>]*>(?:(?!</td>).)*unknown(?:(?!</td>).)*</td>", row)
    assert len(unknown) == 3
    assert not [one for one in unknown if "data-value" in one]


def test_table_when_shown_then_captioned_and_each_heading_has_a_scope(pages: dict[str, str]) -> None:
    parsed = tags(pages["report"])
    assert len(parsed.all("caption")) == len(parsed.all("table")) == 1
    assert {one["scope"] for one in parsed.all("th")} == {"col", "row"}


def test_sum_when_a_section_has_one_then_it_stays_below_the_sorted_rows(pages: dict[str, str]) -> None:
    foot = re.search(r"<tfoot>(.*?)</tfoot>", pages["customer"], re.S)
    assert foot is not None
    assert foot[1].count("<tr>") == 1
    assert ">c2<" in foot[1]


def test_page_when_it_holds_money_and_a_tree_then_units_are_told_and_the_tree_is_indented(
    answer: Callable[..., Table], now: datetime
) -> None:
    columns = (Column("tree", "str", "Tree"), Column("spent", "float", "Spent", ",.2f", "GBP"))
    page = report_page(answer(columns, [("ann", 3.0), ("  ben", 2.0)]), Site(), now=now)
    assert "Spent (GBP)</th>" in page
    assert '<th scope="row" class="indent" data-value="  ben">  ben</th>' in page
    assert "What the columns mean" not in page


def test_definitions_when_a_column_shows_a_measure_then_the_catalogue_explains_it(
    answer: Callable[..., Table], now: datetime
) -> None:
    query = library().get("report", "persuaders")
    columns = [Column(name, one.type, one.title, one.format) for name, one in query.header.columns.items()]
    page = report_page(answer(columns, []), Site(), now=now, query=query)
    lift = next(one for one in MEASURES if one.name == "persuasion_lift")
    assert lift.definition.split(":")[0] in page
    assert "/glossary#customer-persuasion-lift" in page
    assert "MATCH (c:Customer)" in page


def test_glossary_when_written_then_every_measure_has_its_place(pages: dict[str, str]) -> None:
    ids = {one.get("id") for one in tags(pages["glossary"]).all("dt")}
    assert ids == {f"{one.on}-{one.name.replace('_', '-')}" for one in MEASURES}


def test_answer_when_empty_then_it_says_so(answer: Callable[..., Table], now: datetime) -> None:
    page = report_page(answer(COLUMNS, [], Picture("bar", "customer_id", "friends")), Site(), now=now)
    assert "No rows: nothing in the data matches these parameters." in page
    assert "<svg" not in page


def test_limit_when_it_cuts_then_the_page_says_so(answer: Callable[..., Table], now: datetime) -> None:
    page = report_page(answer(COLUMNS, ROWS, params={"limit": 2}, population=9), Site(), now=now)
    assert "2 of 9 customers; the list ends at its limit of 2." in page


def test_highest_when_rows_are_sorted_otherwise_then_it_is_still_the_highest(
    answer: Callable[..., Table], now: datetime
) -> None:
    page = report_page(answer(COLUMNS, ROWS[::-1], Picture("bar", "customer_id", "friends")), Site(), now=now)
    assert "Highest friends: 12,345 people" in page


def test_policy_when_it_is_a_header_then_framing_is_forbidden_too() -> None:
    assert "frame-ancestors 'none'" in content_security_policy(header=True)
    assert "frame-ancestors" not in content_security_policy()
    assert "form-action 'self'" in content_security_policy(forms=True)
    assert "form-action 'none'" in content_security_policy()
