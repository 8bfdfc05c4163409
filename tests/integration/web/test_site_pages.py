"""Every kind of page of the site over the real graph: what it shows, and what it refuses."""

from __future__ import annotations

import csv
import io
import json
import logging
import re

import httpx
import pytest

from influence.export_register import ExportRegister
from influence.graph import Graph
from influence.project import Project
from influence.queries import library
from influence.web.site import SiteOptions
from tests.integration.web.conftest import asked

pytestmark = pytest.mark.reference_line

PAGES = [
    "/",
    "/segments",
    "/customers",
    "/customers?find=an",
    "/customer?id=ann",
    "/runs",
    "/runs/compare?before=run-1&after=run-2&measure=friend_count",
    "/glossary",
    "/reports/super-connectors",
    "/reports/top-by-topic?topic=light",
    "/reports/community-members?community=1",
    "/segments/influencers-of-topic?topic=light",
]


@pytest.mark.parametrize("path", PAGES)
def test_page_when_asked_for_then_whole_guarded_and_not_stored(site: httpx.Client, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.rstrip().endswith("</html>")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "server" not in answer.headers
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "frame-ancestors 'none'" in policy and "http" not in policy
    meta = re.search(r'Content-Security-Policy" content="([^"]*)"', answer.text)
    assert meta is not None and "default-src" in meta[1]
    assert "form-action 'self'" in policy


def test_index_when_opened_then_questions_link_to_their_pages(site: httpx.Client) -> None:
    text = site.get("/").text
    assert 'href="/reports/super-connectors"' in text
    assert 'href="/reports/customer-profile"' not in text, "needs a customer: it is on the page of each"
    assert 'href="/segments"' in text


def test_form_when_header_declares_parameters_then_each_has_its_input(site: httpx.Client) -> None:
    text = site.get("/segments/influencers-of-topic").text
    assert re.search(r'<select id="field-topic" name="topic" required', text)
    assert '<option value="light">light</option>' in text
    assert re.search(r'name="limit" type="number" value="100"[^>]*min="1" max="1000000" step="1"', text, re.DOTALL)
    assert re.search(r'name="min_affinity" type="number" value="0"[^>]*step="any"', text, re.DOTALL)
    assert "Two-letter country code" in text
    assert "<table" not in text, "nothing is shown before the topic is chosen"


def test_report_when_parameters_change_then_answer_and_twins_follow(site: httpx.Client) -> None:
    text = site.get("/reports/top-by-topic?topic=light&limit=2&country=").text
    assert '<option value="light" selected>' in text
    assert "/reports/top-by-topic.csv?limit=2&amp;topic=light" in text
    rows = list(csv.DictReader(io.StringIO(site.get("/reports/top-by-topic.csv?limit=2&topic=light").text)))
    assert [row["customer_id"] for row in rows] == ["ann", "ben"]


def test_twins_when_asked_for_then_typed_and_named(site: httpx.Client) -> None:
    document = site.get("/reports/top-by-topic.json?topic=light")
    assert document.headers["content-type"] == "application/json"
    assert document.json()["params"]["topic"] == "light"
    table = site.get("/reports/top-by-topic.csv?topic=light")
    assert table.headers["content-disposition"] == 'attachment; filename="top-by-topic.csv"'
    drawn = site.get("/reports/top-by-topic.svg?topic=light")
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert "sandbox" in drawn.headers["content-security-policy"]
    assert drawn.text.startswith("<svg")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("limit=0", "Limit must be at least 1."),
        ("limit=abc", "Limit is not a whole number"),
        ("limit=1;MATCH (n) DETACH DELETE n", "Limit is not a whole number"),
        ("topic=nosuch", "Topic is not one of the 2 values in the data."),
        ("topik=light", "topik is no parameter of this page; did you mean topic?"),
    ],
)
def test_parameter_when_wrong_then_named_beside_its_field_and_kept(site: httpx.Client, query: str, told: str) -> None:
    answer = site.get(f"/reports/top-by-topic?{query}")
    assert answer.status_code == 400
    assert told in answer.text
    assert "<table" not in answer.text
    name, _, value = query.partition("=")
    if name in ("limit", "topic"):
        assert f'value="{value}"' in answer.text
        assert f'aria-describedby="problem-{name} help-{name}"' in answer.text
    twin = site.get(f"/reports/top-by-topic.json?{query}")
    assert twin.status_code == 400
    assert twin.json()["error"]["code"] == "bad-parameter"


def test_needed_parameter_when_missing_then_asked_for_and_refused_only_when_others_are_given(
    site: httpx.Client,
) -> None:
    assert site.get("/reports/community-members").status_code == 200
    answer = site.get("/reports/community-members?limit=5")
    assert answer.status_code == 400 and "Community is needed." in answer.text
    assert site.get("/reports/community-members.csv").status_code == 400


def test_name_when_unknown_then_not_found_with_the_closest(site: httpx.Client) -> None:
    answer = site.get("/reports/super-conectors")
    assert answer.status_code == 404
    assert '<a href="/reports/super-connectors">' in answer.text
    assert site.get("/segments/super-connector").text.count('href="/segments/super-connectors"') == 1
    assert site.get("/nowhere").status_code == 404
    assert site.get("/customer?id=nobody").status_code == 404
    assert site.get("/reports/super-connectors.exe").status_code == 404


# ── people ────────────────────────────────────────────────────────────────


def test_search_when_exact_id_then_leads_to_the_page_even_of_who_opted_out(site: httpx.Client) -> None:
    assert site.get("/customers?find=ann").headers["location"] == "/customer?id=ann"
    assert site.get("/customers?find=fay").headers["location"] == "/customer?id=fay"
    page = site.get("/customer?id=fay")
    assert "Opted out" in page.text and "<svg" not in page.text


@pytest.mark.parametrize(
    ("find", "found"),
    [("an", {"ann"}), ("ann archer", {"ann"}), ("Archer", {"ann"}), ("Arch", set()), ("Fisher", set()), ("f", set())],
)
def test_search_when_masked_then_by_start_of_id_or_whole_words_of_names(
    site: httpx.Client, find: str, found: set[str]
) -> None:
    text = site.get("/customers", params={"find": find}).text
    assert set(re.findall(r"/customer\?id=(\w+)", text)) == found
    assert "Ann Archer" not in text


def test_search_when_planned_then_through_indexes_and_never_over_all_customers(shop: Graph) -> None:
    plan = shop.explain(library().get("report", "customer-search").text, name="customer-search")
    assert "NodeIndexContainsScan" in plan.operators, plan.operators
    assert not plan.operators & {"NodeByLabelScan", "AllNodesScan"}


def test_names_when_shown_to_all_then_parts_are_found_and_it_is_logged(
    shop: Graph, project: Project, records: list[logging.LogRecord]
) -> None:
    with asked(project, SiteOptions(show_pii=True)) as open_site:
        text = open_site.get("/customers?find=Arch").text
    assert "Ann Archer" in text
    assert any("personal columns" in record.getMessage() for record in records)


def test_customer_when_shown_then_with_network_and_lists(site: httpx.Client) -> None:
    text = site.get("/customer?id=ann").text
    assert "A***" in text and "Ann Archer" not in text
    assert text.count("<svg") == 2, "the network, broad and narrow"
    assert site.get("/customer.json?id=ann").json()["customer_id"] == "ann"
    assert site.get("/customer").headers["location"] == "/customers"


def test_name_when_it_is_markup_then_never_runs(site: httpx.Client, shop: Graph, project: Project) -> None:
    with asked(project, SiteOptions(show_pii=True)) as open_site:
        for path in ("/customers?find=script", "/customer?id=ian"):
            text = open_site.get(path).text
            assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in open_site.get("/customer?id=ian").text


# ── segments ──────────────────────────────────────────────────────────────


def test_segment_when_exported_then_as_the_command_writes_it_and_noted(
    site: httpx.Client, project: Project, records: list[logging.LogRecord]
) -> None:
    page = site.get("/segments/influencers-of-topic?topic=light").text
    assert "<strong>8 customers</strong>" in page
    assert 'href="/segments/influencers-of-topic.csv?topic=light" download' in page
    answer = site.get("/segments/influencers-of-topic.csv?topic=light")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 8 and "fay" not in {row["customer_id"] for row in rows}
    noted = ExportRegister(project.home).files()[-1]
    assert (noted.kind, noted.name, noted.run) == ("segment", "influencers-of-topic", "run-2")
    assert any("handed out" in record.getMessage() for record in records)
    count = len(ExportRegister(project.home).path.read_text(encoding="utf-8").splitlines())
    site.head("/segments/influencers-of-topic.csv?topic=light")
    assert len(ExportRegister(project.home).path.read_text(encoding="utf-8").splitlines()) == count


def test_segment_when_somebody_is_being_erased_then_shown_but_not_handed_out(
    site: httpx.Client, project: Project
) -> None:
    with ExportRegister(project.home).erasing():
        assert site.get("/segments/influencers-of-topic?topic=light").status_code == 200
        answer = site.get("/segments/influencers-of-topic.csv?topic=light")
    assert (answer.status_code, "content-disposition" in answer.headers) == (503, False)
    assert site.get("/segments/influencers-of-topic.csv?topic=light").status_code == 200


def test_segment_when_too_small_then_shown_but_not_handed_out(site: httpx.Client) -> None:
    page = site.get("/segments/influencers-of-topic?topic=light&limit=2")
    assert "A file needs at least 3 customers" in page.text
    assert ".csv" not in page.text
    answer = site.get("/segments/influencers-of-topic.csv?topic=light&limit=2")
    assert answer.status_code == 403
    assert "content-disposition" not in answer.headers


# ── runs ──────────────────────────────────────────────────────────────────


def test_runs_when_compared_then_who_rose_and_fell(site: httpx.Client) -> None:
    assert 'name="before"' in site.get("/runs").text
    text = site.get("/runs/compare?before=run-1&after=run-2&measure=friend_count").text
    assert "From run run-1 to run run-2" in text
    assert site.get("/runs/compare?before=run-1&after=run-1&measure=friend_count").status_code == 400
    assert site.get("/runs/compare?before=nope&after=run-1").status_code == 400
    assert site.get("/runs/compare?before=run-1&after=run-2&measure=community_role").status_code == 400


def test_json_when_it_fails_then_the_error_is_json(site: httpx.Client) -> None:
    answer = site.get("/reports/nosuch.json")
    assert answer.status_code == 404
    assert json.loads(answer.text)["ok"] is False
