"""The folder of pages in a real Chromium, from the disk: sorting, filtering, links, widths, no word to the network."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from influence.graph import Graph
from influence.measures import MEASURES
from influence.pages.bundle import Bundle, BundleOptions, build_bundle
from influence.progress import Silent
from influence.queries import Library, library
from influence.report.customer import SECTIONS
from influence.report.wording import UNKNOWN
from tests.browser.conftest import Watched

SHOP = Path(__file__).parent.parent / "integration" / "report"
QUESTIONS = {
    "communities", "community-members", "most-followed", "customer-network", "customer-profile", "lift-distribution", "persuaders",
    "super-connectors", "top-by-topic", "topics", "topics-overview", "who-persuaded-whom",
}  # fmt: skip
LIST = "reports/most-followed.html"
PAGES = ["index.html", "customers.html", "glossary.html", LIST, "reports/communities.html", "reports/persuaders.html"]


def part(folder: Path, names: set[str]) -> Library:
    """Return a library with some of the saved reports, in a folder of its own, for the sake of time."""
    ours = library().roots[-1]
    shutil.copytree(ours / "internal", folder / "internal")
    (folder / "reports").mkdir()
    for name in names:
        shutil.copy(ours / "reports" / f"{name}.cypher", folder / "reports")
    return Library((folder,))


@pytest.fixture(scope="module")
def bundle(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The pages of the hand-worked shop."""
    graph.execute((SHOP / "shop.cypher").read_text(encoding="utf-8"), name="shop")
    measures = sorted(one.name for one in MEASURES)
    graph.execute((SHOP / "scores.cypher").read_text(encoding="utf-8"), {"measures": measures}, name="scores")
    catalogue = part(tmp_path_factory.mktemp("library") / "cypher", QUESTIONS | {plan.report for plan in SECTIONS})
    out = tmp_path_factory.mktemp("bundle") / "pages"
    options = BundleOptions(customers=3, values=2)
    return build_bundle(graph, out, now=datetime.now(UTC), progress=Silent(), catalogue=catalogue, options=options)


@pytest.fixture(scope="module")
def folder(bundle: Bundle) -> Path:
    """The folder of the pages, all of them written."""
    assert bundle.failed == ()
    return bundle.folder


def column(watched: Watched, place: int) -> list[str]:
    """Return the texts of a column, rows that are filtered away left out."""
    cells = watched.page.locator(f"table.sortable tbody tr:visible > :nth-child({place + 1})")
    return [text.strip() for text in cells.all_inner_texts()]


@pytest.mark.parametrize("name", PAGES)
def test_page_when_opened_from_disk_then_silent_and_nothing_is_fetched(
    folder: Path, watched: Watched, name: str
) -> None:
    watched.page.goto((folder / name).as_uri())
    assert watched.complaints == []
    assert [url for url in watched.requests if not url.startswith(("file:", "data:"))] == []
    assert watched.page.locator("h1").inner_text()


@pytest.mark.parametrize("width", [360, 1280])
def test_page_when_narrow_or_wide_then_no_text_sticks_out(folder: Path, watched: Watched, width: int) -> None:
    watched.page.set_viewport_size({"width": width, "height": 800})
    people = sorted(str(path.relative_to(folder)) for path in (folder / "customers").glob("*.html"))
    for name in [*PAGES, people[0]]:
        watched.page.goto((folder / name).as_uri())
        assert watched.overflow() == 0, name
        assert watched.spilling() == [], name


def test_table_when_sorted_by_keyboard_then_rows_move_and_the_order_is_told(folder: Path, watched: Watched) -> None:
    watched.page.goto((folder / LIST).as_uri())
    before = column(watched, 0)
    button = watched.page.locator("table.sortable thead button").first
    button.focus()
    watched.page.keyboard.press("Enter")
    assert column(watched, 0) == sorted(before)
    assert watched.page.locator("th[aria-sort=ascending]").count() == 1
    watched.page.keyboard.press("Space")
    assert column(watched, 0) == sorted(before, reverse=True)
    assert "falling" in watched.page.locator(".table [role=status]").inner_text()
    watched.page.keyboard.press("Tab")
    assert watched.page.evaluate("document.activeElement.tagName") == "BUTTON"
    assert watched.complaints == []


def test_table_when_sorted_by_a_number_then_by_its_value_not_its_letters(folder: Path, watched: Watched) -> None:
    watched.page.goto((folder / LIST).as_uri())
    heads = [text.strip() for text in watched.page.locator("table.sortable thead th").all_inner_texts()]
    place = next(at for at, text in enumerate(heads) if text.startswith("Followers"))
    watched.page.locator("table.sortable thead button").nth(place).click()
    numbers = [float(text.replace(",", "")) for text in column(watched, place) if text and text != UNKNOWN]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) > 1


def test_table_when_filtered_by_keyboard_then_only_matching_rows_stay(folder: Path, watched: Watched) -> None:
    watched.page.goto((folder / LIST).as_uri())
    everyone = column(watched, 0)
    field = watched.page.get_by_label("Filter rows")
    field.focus()
    watched.page.keyboard.type(everyone[-1])
    assert column(watched, 0) == [everyone[-1]]
    assert f"1 of {len(everyone)} rows" in watched.page.locator(".table [role=status]").inner_text()
    field.fill("")
    assert column(watched, 0) == everyone


def test_links_when_followed_then_every_page_exists(folder: Path, watched: Watched) -> None:
    seen: set[str] = set()
    for path in sorted(folder.rglob("*.html")):
        watched.page.goto(path.as_uri())
        hrefs: list[str] = watched.page.eval_on_selector_all("a[href]", "all => all.map((one) => one.href)")
        seen.update(href.split("#")[0] for href in hrefs)
    missing = [href for href in seen if not Path(href.removeprefix("file://")).is_file()]
    assert missing == []
    assert watched.complaints == []


def test_index_when_used_by_keyboard_then_the_first_stop_skips_to_the_content(folder: Path, watched: Watched) -> None:
    watched.page.goto((folder / "index.html").as_uri())
    watched.page.keyboard.press("Tab")
    assert watched.page.evaluate("document.activeElement.className") == "skip"
    watched.page.keyboard.press("Enter")
    assert watched.page.evaluate("document.activeElement.id") == "content"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_when_light_or_dark_then_its_contrast_is_enough(folder: Path, watched: Watched, scheme: str) -> None:
    watched.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    watched.page.goto((folder / LIST).as_uri())
    faint: list[str] = watched.page.evaluate(
        """() => {
          const parts = (color) => color.match(/[\\d.]+/g).map(Number);
          const light = ([r, g, b]) => [r, g, b].map((one) => one / 255)
            .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
            .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
          const ground = (one) => {
            for (let at = one; at; at = at.parentElement) {
              const color = parts(getComputedStyle(at).backgroundColor);
              if (color.length < 4 || color[3] > 0) return color;
            }
            return [255, 255, 255];
          };
          const texts = [...document.querySelectorAll("body *")].filter((one) => one.getClientRects().length
            && !["SCRIPT", "STYLE"].includes(one.tagName)
            && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
          return texts.filter((one) => {
            const svg = one.closest("svg");
            const color = getComputedStyle(one)[svg ? "fill" : "color"];
            const [high, low] = [light(parts(color)), light(ground(svg ? svg.parentElement : one))].sort((a, b) => b - a);
            return (high + 0.05) / (low + 0.05) < 4.5;
          }).map((one) => one.outerHTML.slice(0, 100));
        }"""
    )
    assert faint == []


def test_page_when_printed_then_controls_are_gone_and_all_columns_are_there(folder: Path, watched: Watched) -> None:
    watched.page.goto((folder / LIST).as_uri())
    watched.page.emulate_media(media="print")
    assert not watched.page.locator(".controls").is_visible()
    assert not watched.page.locator("header.bar").is_visible()
    assert watched.page.locator("table.sortable").is_visible()
    assert watched.page.locator(".chart .broad svg").is_visible()
    assert watched.page.evaluate("getComputedStyle(document.querySelector('.scroll')).overflowX") == "visible"
