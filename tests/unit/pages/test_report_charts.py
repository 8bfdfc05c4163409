"""Pictures: every kind is drawn, whatever the rows hold, and says what it leaves out."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from influence.errors import UsageProblem
from influence.pages.charts import chart_png, chart_svg, drawing, specification
from influence.pages.links import REFERS
from influence.pages.network import places
from influence.pages.plot import CHART_COLORS, MARKS
from influence.queries import library
from influence.report import Column, Picture, Table

START = datetime(2026, 1, 1, tzinfo=UTC)
NUMBERS = (
    Column("who", "str", "Who"),
    Column("size", "int", "Size", ",d"),
    Column("rate", "float", "Rate", ".1%"),
    Column("low", "float", "Low", ".1%"),
    Column("high", "float", "High", ".1%"),
    Column("sure", "bool", "Sure"),
    Column("at", "datetime", "At"),
    Column("day", "date", "Day"),
    Column("other", "str", "Other"),
    Column("above", "str", "Above"),
)


def rows(number: int) -> list[tuple[Any, ...]]:
    return [
        (
            f"c{place}", place * 10, place / 10, place / 10 - 0.05, place / 10 + 0.1, place % 2 == 0,
            START + timedelta(days=place), date(2026, 1, 1) + timedelta(days=place), f"c{(place * 7) % number}",
            None if place == 0 else f"c{place // 2}",
        )
        for place in range(number)
    ]  # fmt: skip


PICTURES = {
    "bar": Picture("bar", "who", "size", "sure"),
    "bar of times": Picture("bar", "day", "size"),
    "line": Picture("line", "at", "rate"),
    "area": Picture("area", "size", "rate"),
    "point": Picture("point", "size", "rate", "sure", size="size"),
    "point over time": Picture("point", "at", "size", "other"),
    "histogram": Picture("histogram", "low", "size", "sure", high="high"),
    "interval": Picture("interval", "who", "rate", low="low", high="high"),
    "heatmap": Picture("heatmap", "who", "other", "rate"),
    "network": Picture("network", "who", "other", "sure", size="size", weight="rate"),
    "tree": Picture("tree", "at", "who", parent="above"),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("number", [1, 12])
def test_picture_when_drawn_then_it_is_an_image_with_title_and_description(
    answer: Callable[..., Table], name: str, number: int
) -> None:
    root = ElementTree.fromstring(chart_svg(answer(NUMBERS, rows(number), PICTURES[name])))
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    labels = str(root.get("aria-labelledby")).split()
    assert [root.find(f"{space}title").get("id"), root.find(f"{space}desc").get("id")] == labels  # type: ignore[union-attr]
    assert len(list(root.iter())) > 10


@pytest.mark.parametrize("name", PICTURES)
def test_picture_when_values_are_unknown_then_the_other_rows_are_drawn_and_a_note_says_so(
    answer: Callable[..., Table], name: str
) -> None:
    picture = PICTURES[name]
    given = rows(6)
    for row, column in ((2, picture.x), (3, picture.high if picture.mark == "interval" else picture.y)):
        place = [one.name for one in NUMBERS].index(str(column))
        given[row] = tuple(None if at == place else value for at, value in enumerate(given[row]))
    drawn = drawing(answer(NUMBERS, given, picture))
    assert drawn is not None
    assert drawn.notes == ["Not drawn: 2 rows without a value."]


def test_interval_when_its_middle_is_unknown_then_the_interval_is_drawn(answer: Callable[..., Table]) -> None:
    given = [("few answers", 3, None, -0.2, 0.9), ("many", 300, 0.4, 0.3, 0.5)]
    drawn = drawing(answer(NUMBERS[:5], given, PICTURES["interval"]))
    assert drawn is not None
    assert drawn.notes == []
    assert drawn.broad.count(f'stroke="{MARKS[7]}"') == 2
    assert drawn.broad.count(f'fill="{MARKS[0]}"') == 1


def test_bars_when_there_are_many_rows_then_the_first_are_drawn_and_a_note_says_so(
    answer: Callable[..., Table],
) -> None:
    table = answer(NUMBERS, rows(400), PICTURES["bar"])
    spec = specification(table)
    assert spec is not None
    assert [len(records) for records in spec["datasets"].values()] == [25]
    drawn = drawing(table)
    assert drawn is not None
    assert drawn.notes == ["Drawn: the first 25 of 400 rows."]


def test_bars_when_two_rows_have_one_name_then_both_are_drawn(answer: Callable[..., Table]) -> None:
    spec = specification(answer(NUMBERS, rows(2) + rows(1), PICTURES["bar"]))
    assert spec is not None
    (records,) = spec["datasets"].values()
    assert len({record["label"] for record in records}) == 3


def test_points_when_two_names_would_overlap_then_the_first_is_told(answer: Callable[..., Table]) -> None:
    near = [("ann", 100, 1.0), ("ben", 101, 0.999), ("cai", 101, 0.5), ("dee", 50, 1.0), ("eve", 0, 0.0)]
    columns = (Column("who", "str", "Who"), Column("size", "int", "Size"), Column("rate", "float", "Rate"))
    drawn = chart_svg(answer(columns, near, Picture("point", "size", "rate"))).decode()
    assert re.findall(r">(ann|ben|cai|dee|eve)<", drawn) == ["ann", "cai", "dee", "eve"]


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_picture_when_drawn_again_then_the_same_bytes(answer: Callable[..., Table], picture: Picture) -> None:
    table = answer(NUMBERS, rows(9), picture)
    assert chart_svg(table) == chart_svg(table)


def test_drawing_when_on_a_page_then_no_style_attribute_and_no_id_twice(answer: Callable[..., Table]) -> None:
    for picture in PICTURES.values():
        drawn = drawing(answer(NUMBERS, rows(9), picture))
        assert drawn is not None
        both = drawn.broad + drawn.narrow
        assert "style=" not in both
        ids = re.findall(r'\bid="([^"]+)"', both)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r"url\(#([^)]+)\)", both)) <= set(ids)


def test_drawing_when_the_screen_is_dark_then_every_colour_is_known(answer: Callable[..., Table]) -> None:
    allowed = {*CHART_COLORS, "none", "transparent"}
    for picture in PICTURES.values():
        drawn = drawing(answer(NUMBERS, rows(12), picture))
        assert drawn is not None
        used = set(re.findall(r'\b(?:fill|stroke)="([^"]+)"', drawn.broad))
        assert {one for one in used if not one.startswith("url(")} <= allowed


def test_drawing_when_the_data_hold_markup_then_it_stays_text(answer: Callable[..., Table]) -> None:
    hostile = "</svg><script>alert(1)</script>"
    table = answer((Column("who", "str", hostile), NUMBERS[1]), [(hostile, 1), ("b", 2)], Picture("bar", "who", "size"))
    drawn = drawing(table)
    assert drawn is not None
    assert "<script" not in drawn.broad
    assert "<script" not in chart_svg(table).decode()


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2)."""

    def light(color: str) -> float:
        parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colours_when_seen_on_their_ground_then_marks_stand_out() -> None:
    for color in MARKS:
        assert contrast(color, "#ffffff") >= 3
        assert contrast(CHART_COLORS[color], "#12171e") >= 3


def test_png_when_drawn_then_it_is_a_png(answer: Callable[..., Table]) -> None:
    assert chart_png(answer(NUMBERS, rows(3), PICTURES["bar"])).startswith(b"\x89PNG\r\n")


def test_picture_when_the_report_has_none_then_the_way_out_is_said(answer: Callable[..., Table]) -> None:
    with pytest.raises(UsageProblem) as caught:
        chart_svg(answer(NUMBERS, rows(3)))
    assert caught.value.code == "no-chart"
    with pytest.raises(UsageProblem) as caught:
        chart_png(answer(NUMBERS, [], PICTURES["bar"]))
    assert caught.value.code == "chart-empty"


def test_network_when_one_knows_all_then_that_one_is_in_the_middle() -> None:
    found = places([("m", "a"), ("m", "b"), ("c", "m"), ("a", "b")])
    assert [name for name, place in found.items() if place.middle] == ["m"]
    assert all(abs(place.x**2 + place.y**2 - 1) < 1e-9 for name, place in found.items() if name != "m")


@pytest.mark.parametrize("edges", [[("a", "a")], [("a", "b")], [(f"a{n}", f"b{n}") for n in range(40)]])
def test_network_when_nobody_knows_all_then_nodes_stand_apart_within_the_frame(
    edges: Sequence[tuple[str, str]],
) -> None:
    found = places(edges)
    spots = [(round(place.x, 3), round(place.y, 3)) for place in found.values()]
    assert len(set(spots)) == len(spots)
    assert all(abs(x) <= 1 and abs(y) <= 1 for x, y in spots)
    assert places(edges) == found


def test_saved_reports_when_they_name_customers_then_the_pages_know_it() -> None:
    people = {"customer_id"} | {
        name for query in library().all("report") for name in query.header.columns if name.endswith("_id")
    }
    assert {name for name in people if name not in REFERS} <= {
        "entry_id", "export_id", "group_id", "response_id", "run_id",
    }  # fmt: skip
