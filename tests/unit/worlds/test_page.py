"""The HTML page and its charts: escaped, self-contained, well formed, and true to the numbers."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from influence.worlds.page import calibration_chart, cell_text, html_page, lift_chart, markdown_table

NAN = float("nan")


def test_cells_read_like_numbers() -> None:
    assert [cell_text(v) for v in (None, NAN, 0.0341, 15_789, 2552.0, True, "met")] == [
        "-",
        "-",
        "0.034",
        "15,789",
        "2,552",
        "yes",
        "met",
    ]


def test_the_page_escapes_and_needs_nothing_from_elsewhere() -> None:
    frame = pd.DataFrame({"<b>": ["<script>alert(1)</script>", "missed"], "n": [1, 2]})
    page = html_page("a < b", ["x & y"], {"T": frame}, {"C": lift_chart(pd.DataFrame({0.05: [2.0]}, index=["<s>"]))})
    assert "<script" not in page and "&lt;script&gt;" in page and "a &lt; b" in page and "x &amp; y" in page
    assert "class=missed" in page
    assert not re.search(r"(src|href)=", page)
    assert "<s>" not in page


def bars(svg: str) -> list[float]:
    root = ET.fromstring(svg)
    rects = [e for e in root.iter() if e.tag.endswith("rect")]
    return [float(r.attrib["height"]) for r in rects if r.attrib["height"] != "10"]


def test_bars_are_as_high_as_the_lift_and_unknown_ones_are_absent() -> None:
    heights = bars(lift_chart(pd.DataFrame({0.01: [4.0, NAN], 0.10: [2.0, 1.0]}, index=["a", "b"])))
    assert len(heights) == 3
    assert heights[0] / heights[1] == pytest.approx(2.0, rel=0.01)
    assert heights[1] / heights[2] == pytest.approx(2.0, rel=0.01)


def test_points_of_a_perfect_forecast_lie_on_the_diagonal() -> None:
    deciles = pd.DataFrame({"predicted": [0.1, 0.4, 2.0], "realised": [0.1, 0.4, 2.0]})
    root = ET.fromstring(calibration_chart(deciles))
    diagonal = next(e for e in root.iter() if "stroke-dasharray" in e.attrib)
    x0, y0, x1, y1 = (float(diagonal.attrib[k]) for k in ("x1", "y1", "x2", "y2"))
    points = [(float(e.attrib["cx"]), float(e.attrib["cy"])) for e in root.iter() if e.tag.endswith("circle")]
    assert len(points) == 3
    for x, y in points:
        assert (x - x0) / (x1 - x0) == pytest.approx((y - y0) / (y1 - y0), abs=0.01)


def test_markdown_tables_keep_their_columns() -> None:
    frame = pd.DataFrame({"score": ["a|b", "c"], "AUC": [0.5, NAN]})
    assert markdown_table(frame).splitlines() == [
        "| score | AUC |",
        "| --- | ---: |",
        "| a\\|b | 0.500 |",
        "| c | - |",
    ]
