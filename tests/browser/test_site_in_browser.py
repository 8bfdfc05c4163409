"""The live site in a real Chromium: from the index to answers, by mouse and by keyboard, on a phone and a desk."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from influence.graph import Graph
from influence.project import Project
from influence.web.site import SiteOptions
from tests.browser.conftest import Watched
from tests.integration.web.conftest import running, stocked

KINDS = [
    "/",
    "/segments",
    "/customers",
    "/customers?find=an",
    "/customers?find=nobody",
    "/customer?id=ann",
    "/runs",
    "/runs/compare?before=run-1&after=run-2&measure=friend_count&threshold=1",
    "/runs/compare?before=run-1&after=run-2&measure=friend_count",
    "/glossary",
    "/reports/top-by-topic?topic=light",
    "/reports/top-by-topic?limit=0&topik=x",
    "/reports/community-members",
    "/reports/communities",
    "/segments/influencers-of-topic?topic=light",
    "/segments/influencers-of-topic?topic=light&limit=2",
    "/reports/super-conectors",
]
"""One address of every kind of page, those that refuse something included."""
REFUSING = {"/reports/top-by-topic?limit=0&topik=x", "/reports/super-conectors"}


@pytest.fixture(scope="module")
def address(graph: Graph, project: Project) -> Iterator[str]:
    """One site for all tests."""
    stocked(graph)
    with running(project, SiteOptions(min_size=3)) as found:
        yield found


@pytest.fixture
def visit(address: str, watched: Watched) -> Iterator[Watched]:
    """A page on the index; at the end nothing has complained and nothing was asked of anybody else."""
    watched.page.goto(f"{address}/")
    yield watched
    assert watched.complaints == []
    assert [url for url in watched.requests if not url.startswith((f"{address}/", "data:"))] == []


def test_pages_when_narrow_or_wide_then_no_text_sticks_out_and_nothing_complains(
    address: str, watched: Watched
) -> None:
    for path in KINDS:
        watched.complaints.clear()
        watched.page.goto(f"{address}{path}")
        assert watched.page.locator("h1").inner_text(), path
        for width in (360, 1280):
            watched.page.set_viewport_size({"width": width, "height": 800})
            assert watched.overflow() == 0, (path, width)
            assert watched.spilling() == [], (path, width)
        # the browser itself notes a status of 400 or 404 of the page
        allowed = 1 if path in REFUSING else 0
        assert len(watched.complaints) <= allowed, (path, watched.complaints)
    assert [url for url in watched.requests if not url.startswith((f"{address}/", "data:"))] == []


def test_report_when_opened_from_the_index_and_its_form_changed_then_the_answer_changes(
    address: str, visit: Watched
) -> None:
    page = visit.page
    page.get_by_role("link", name="Whom do people listen to in this topic?").click()
    assert page.url.startswith(f"{address}/reports/top-by-topic")
    page.get_by_label("Topic", exact=True).select_option("home")
    page.get_by_label("Limit").fill("2")
    page.get_by_role("button", name="Show the answer").click()
    page.wait_for_url("**topic=home**")
    assert page.locator("table.sortable tbody tr").count() == 2
    assert page.get_by_label("Topic", exact=True).input_value() == "home"
    assert page.get_by_label("Limit").input_value() == "2"
    kept = page.url
    page.goto(f"{address}/")
    page.goto(kept)
    assert page.locator("table.sortable tbody tr").count() == 2, "an address can be kept as a bookmark"


def test_table_when_sorted_then_rows_move(address: str, visit: Watched) -> None:
    visit.page.goto(f"{address}/reports/super-connectors")
    column = visit.page.locator("table.sortable tbody tr > :first-child")
    before = column.all_inner_texts()
    visit.page.locator("table.sortable thead button").first.click()
    assert column.all_inner_texts() == sorted(before)
    visit.page.locator("table.sortable thead button").first.click()
    assert column.all_inner_texts() == sorted(before, reverse=True)


def test_files_when_saved_then_hold_the_rows(address: str, visit: Watched, tmp_path: Path) -> None:
    page = visit.page
    page.goto(f"{address}/reports/top-by-topic?topic=light")
    with page.expect_download() as saved:
        page.get_by_role("link", name="CSV").click()
    assert saved.value.suggested_filename == "top-by-topic.csv"
    saved.value.save_as(tmp_path / "report.csv")
    page.goto(f"{address}/segments/influencers-of-topic")
    page.get_by_label("Topic (needed)").select_option("light")
    page.get_by_role("button", name="Show the customers").click()
    page.wait_for_url("**topic=light**")
    assert page.locator(".size strong").inner_text() == "8 customers"
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save as CSV").click()
    saved.value.save_as(tmp_path / "segment.csv")
    with (tmp_path / "segment.csv").open(encoding="utf-8", newline="") as file:
        assert {row["customer_id"] for row in csv.DictReader(file)} >= {"ann", "ben"}
    assert (tmp_path / "report.csv").read_text(encoding="utf-8").startswith("topic_id,")


def test_customer_when_searched_by_keyboard_then_the_page_opens(address: str, visit: Watched) -> None:
    page = visit.page
    page.get_by_role("link", name="Customers", exact=True).click()
    page.get_by_label("Id or name").focus()
    page.keyboard.type("an")
    page.keyboard.press("Enter")
    page.wait_for_url("**find=an**")
    page.get_by_role("link", name="ann").click()
    assert page.locator("h1").inner_text() == "ann, A***"
    assert page.locator("figure.chart svg").first.is_visible()
    page.locator("table a", has_text="ben").first.click()
    assert page.locator("h1").inner_text().startswith("ben")


def test_runs_when_compared_then_the_risers_are_told(address: str, visit: Watched) -> None:
    page = visit.page
    page.get_by_role("link", name="Runs", exact=True).click()
    page.get_by_label("Measure").select_option("friend_count")
    page.get_by_label("Smallest change").fill("1")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/runs/compare**")
    assert page.locator("h1").inner_text() == "From run run-1 to run run-2"
    assert page.get_by_text("Rose most").is_visible()


def test_form_when_used_by_keyboard_alone_then_in_order_and_enter_sends_it(address: str, visit: Watched) -> None:
    page = visit.page
    page.goto(f"{address}/reports/top-by-topic")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    stops = []
    for _ in range(5):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.name || document.activeElement.textContent"))
    assert stops == ["limit", "topic", "per_topic", "country", "Show the answer"]
    page.get_by_label("Limit").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    page.wait_for_url("**limit=2**")
    assert page.locator("table.sortable tbody tr").count() == 2


def test_field_when_wrong_then_described_by_its_problem(address: str, watched: Watched) -> None:
    watched.page.goto(f"{address}/reports/top-by-topic?limit=lots")
    field = watched.page.get_by_label("Limit")
    assert field.input_value() == "lots"
    assert field.get_attribute("aria-invalid") == "true"
    described = (field.get_attribute("aria-describedby") or "").split()
    assert "whole number" in watched.page.locator(f"#{described[0]}").inner_text()
