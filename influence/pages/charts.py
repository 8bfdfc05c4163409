"""Pictures of answers: a `Table` and the chart of its header become a Vega-Lite specification, drawn as SVG or PNG.

vl-convert draws without a browser and without a network. Colours come from one palette, so that a page can turn
them into those of a dark screen by its stylesheet; a file on its own has a white ground.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import vl_convert
from markupsafe import Markup

from influence.errors import UsageProblem
from influence.pages.marks import areas, bars, heatmap, histogram, intervals, lines, points, tree
from influence.pages.network_marks import network
from influence.pages.plot import Draw, Plot, themed
from influence.report.table import Picture, Table
from influence.report.wording import count, presented

__all__ = ["Drawing", "chart_png", "chart_svg", "drawing", "specification"]

VEGA_LITE: Final = "6.4"
BROAD: Final = 760
"""Width of a chart on a screen or on paper, in pixels."""
NARROW: Final = 330
"""Width on a phone."""
BARS: Final = 25
"""Most bars of a chart: the first rows, which are the highest where the saved file sorts so."""
POINTS: Final = 2000
DRAWN: Final[Mapping[str, Draw]] = {
    "area": areas,
    "bar": bars,
    "heatmap": heatmap,
    "histogram": histogram,
    "interval": intervals,
    "line": lines,
    "network": network,
    "point": points,
    "tree": tree,
}
LIMITS: Final[Mapping[str, int]] = {"bar": BARS, "interval": BARS, "network": 400, "tree": 60, "heatmap": 600}
"""Most rows that a picture can show so that they can be told apart."""


@dataclass(frozen=True)
class Drawing:
    """A picture for a page: once for screens and paper, once for phones.

    Attributes:
        title: What it shows.
        broad: SVG for screens.
        narrow: SVG for phones.
        notes: What is not drawn.
    """

    title: str
    broad: Markup
    narrow: Markup
    notes: Sequence[str]


def drawing(table: Table) -> Drawing | None:
    """Return the picture of an answer for a page, or `None` when there is nothing to draw.

    Args:
        table: The answer; its header names the chart.
    """
    if table.picture is None or (plot := plotted(table, table.picture, BROAD)) is None:
        return None
    title = heading(table)
    broad, narrow = (
        Markup(inline(svg(built, "transparent"), title, described(plot), f"{table.name}-{width}"))  # noqa: S704
        for width in (BROAD, NARROW)
        if (built := specification(table, width)) is not None
    )
    return Drawing(title, broad, narrow, plot.notes)


def chart_svg(table: Table, width: int = BROAD) -> bytes:
    """Return the picture of an answer as an SVG file.

    Raises:
        UsageProblem: The report has no chart, or nothing to draw.
    """
    built = required(table, width)
    plot = plotted(table, table.picture, width) if table.picture else None
    text = inline(svg(built, "white"), heading(table), described(plot) if plot else "", table.name)
    return text.encode()


def chart_png(table: Table, width: int = BROAD, scale: float = 2.0) -> bytes:
    """Return the picture of an answer as a PNG file.

    Args:
        table: The answer.
        width: Pixels of the drawing before it is scaled.
        scale: Device pixels for each.

    Raises:
        UsageProblem: The report has no chart, or nothing to draw.
    """
    spec = required(table, width) | {"background": "white"}
    return bytes(vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=scale, allowed_base_urls=[]))


def required(table: Table, width: int) -> dict[str, Any]:
    """Return the specification of a chart that must be there.

    Raises:
        UsageProblem: The report has no chart, or nothing to draw.
    """
    if table.picture is None:
        raise UsageProblem(
            f"{table.kind} `{table.name}` has no chart",
            code="no-chart",
            hint=f"use `-o html` for a page without one, or add `chart = {{ mark = …, x = …, y = … }}` to "
            f"`{table.name}.cypher`",
        )
    built = specification(table, width)
    if built is None:
        raise UsageProblem(
            f"{table.kind} `{table.name}` has nothing to draw with these parameters",
            code="chart-empty",
            hint=f"see the rows: `influence {table.kind} run {table.name}`",
        )
    return built


def specification(table: Table, width: int = BROAD) -> dict[str, Any] | None:
    """Return the Vega-Lite specification of an answer, data included, or `None` when there is nothing to draw.

    Args:
        table: The answer; its header names the chart.
        width: Pixels.
    """
    if table.picture is None or (plot := plotted(table, table.picture, width)) is None:
        return None
    chart = DRAWN[table.picture.mark](plot)
    spec: dict[str, Any] = themed(chart).to_dict()
    return spec


def plotted(table: Table, picture: Picture, width: int) -> Plot | None:
    """Return what is drawn of an answer: rows with both coordinates, at most as many as can be told apart.

    An interval may lack its middle: few answers have an interval and no value.
    """
    both = (picture.x, picture.low, picture.high) if picture.mark == "interval" else (picture.x, picture.y)
    needed = [table.place(name) for name in both if name]
    rows = [row for row in table.rows if all(row[place] is not None for place in needed)]
    if not rows:
        return None
    notes = []
    if missing := len(table.rows) - len(rows):
        notes.append(f"Not drawn: {count(missing, 'row')} without a value.")
    most = LIMITS.get(picture.mark, POINTS)
    if len(rows) > most:
        notes.append(f"Drawn: the first {most:,} of {count(len(rows), 'row')}.")
        rows = rows[:most]
    return Plot(table, picture, rows, width, notes)


def svg(spec: dict[str, Any], background: str) -> str:
    """Return a specification drawn as SVG."""
    drawn: str = vl_convert.vegalite_to_svg(
        spec | {"background": background}, vl_version=VEGA_LITE, allowed_base_urls=[]
    )
    return drawn


def inline(drawn: str, title: str, words: str, name: str) -> str:
    """Return an SVG with a title and a description, whose ids are its own on a page with several.

    The policy of the pages forbids style attributes; a drawing must not need any.
    """
    prefix = "c" + hashlib.sha256(f"{name}\0{words}".encode()).hexdigest()[:10]
    # numbered anew: Vega counts on from one drawing to the next, and the same answer shall be the same file
    ids = {name: f"{prefix}-{place}" for place, name in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', drawn)))}
    drawn = re.sub(r'(\bid="|url\(#|href="#)([^")]+)', lambda found: found[1] + ids.get(found[2], found[2]), drawn)
    drawn = re.sub(r'\sstyle="[^"]*"', "", drawn)
    labels = f'role="img" aria-labelledby="{prefix}-title {prefix}-desc"'
    told = (
        f'<title id="{prefix}-title">{html.escape(title)}</title><desc id="{prefix}-desc">{html.escape(words)}</desc>'
    )
    return re.sub(r"<svg ([^>]*)>", lambda found: f"<svg {found[1]} {labels}>{told}", drawn, count=1)


def heading(table: Table) -> str:
    """Return the heading of a picture."""
    if table.picture is None:
        return table.title
    if table.picture.title:
        return table.picture.title
    named = {column.name: column for column in table.columns}
    y, x = named[table.picture.y], named[table.picture.x]
    of, by = (x, y) if table.picture.mark == "histogram" else (y, x)
    return f"{of.title} by {by.title[:1].lower()}{by.title[1:]}"


def described(plot: Plot) -> str:
    """Return what the picture shows for those who cannot see it."""
    x, y = plot.column(plot.picture.x), plot.column(plot.picture.y)
    kind = {"bar": "Bar chart", "line": "Line chart", "area": "Area chart", "point": "Scatter plot"}
    said = f"{kind.get(plot.picture.mark, plot.picture.mark.capitalize())} of {count(len(plot.rows), 'row')}."
    for column in (x, y):
        values = [value for value in plot.values(column.name) if value is not None]
        if column.type != "str" and values:
            said += f" {column.title} from {presented(column, min(values))} to {presented(column, max(values))}."
    return said + " The table below has all values."
