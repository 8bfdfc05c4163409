"""Pictures of answers: a `Table` and the chart of its header become a Vega-Lite specification, drawn as SVG or PNG.

vl-convert draws without a browser and without a network. Colours come from one palette, so that a page can turn
them into those of a dark screen by its stylesheet; a file on its own has a white ground.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import altair as alt
import vl_convert
from markupsafe import Markup

from influence.errors import UsageProblem
from influence.report.table import Column, Picture, Table
from influence.report.wording import count, presented

__all__ = ["CHART_COLORS", "Drawing", "chart_png", "chart_svg", "drawing", "specification"]

VEGA_LITE: Final = "6.4"
BROAD: Final = 760
"""Width of a chart on a screen or on paper, in pixels."""
NARROW: Final = 330
"""Width on a phone."""

INK: Final = "#1c2430"
MUTED: Final = "#566170"
GRID: Final = "#dfe4ea"
MARKS: Final = ("#1d5fa6", "#c4600c", "#2b7a4b", "#8a3f97", "#9a7400", "#b3364f", "#2a7d8c", "#6b6f76")
"""Colours of marks in the order of their use; each has a contrast of at least 3 to white, as graphics need."""
HEAT: Final = ("#eef3f9", "#c5d9ef", "#8db6de", "#4f8cc4", "#1d5fa6", "#0f3c70")
CHART_COLORS: Final[Mapping[str, str]] = {
    INK: "#e7ebf0",
    MUTED: "#a3afbd",
    GRID: "#323c49",
    MARKS[0]: "#6fadf0",
    MARKS[1]: "#f0985a",
    MARKS[2]: "#6cc493",
    MARKS[3]: "#cf8fdc",
    MARKS[4]: "#d9b445",
    MARKS[5]: "#f08aa0",
    MARKS[6]: "#6cc7d6",
    MARKS[7]: "#aab0b8",
}
"""Each colour of a drawing, and what it becomes on a dark screen."""

BARS: Final = 25
"""Most bars of a chart: the first rows, which are the highest where the saved file sorts so."""
POINTS: Final = 2000
COLORS: Final = len(MARKS)
"""Most values of a column that colours marks; with more of them the marks have one colour."""
LABEL: Final = 26
"""Letters of a label on an axis."""


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


@dataclass(frozen=True)
class Plot:
    """What a picture is drawn from.

    Attributes:
        table: The answer.
        picture: Which columns go where.
        rows: The rows that are drawn.
        width: Pixels.
        notes: What is not drawn.
    """

    table: Table
    picture: Picture
    rows: Sequence[tuple[Any, ...]]
    width: int
    notes: Sequence[str] = ()

    def column(self, name: str) -> Column:
        """Return a column by name."""
        return self.table.columns[self.table.place(name)]

    def values(self, name: str) -> list[Any]:
        """Return the values of a column in the rows that are drawn."""
        place = self.table.place(name)
        return [row[place] for row in self.rows]

    @property
    def narrow(self) -> bool:
        """Whether it is for a phone."""
        return self.width < 500


Spec = Any
"""A chart of Altair, whose building methods have no types."""
Draw = Callable[[Plot], Spec]


# ── drawings ──────────────────────────────────────────────────────────────


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
    """Return what is drawn of an answer: rows with both coordinates, and at most as many as can be told apart."""
    needed = [table.place(name) for name in (picture.x, picture.y) if name]
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
    drawn = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', drawn)
    drawn = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", drawn)
    drawn = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}-\1"', drawn)
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
        if column.type != "str":
            values = plot.values(column.name)
            said += f" {column.title} from {presented(column, min(values))} to {presented(column, max(values))}."
    return said + " The table below has all values."


# ── marks ─────────────────────────────────────────────────────────────────


def bars(plot: Plot) -> Spec:
    """Draw bars: lying, one a row, where the other axis holds names; standing where it holds numbers or times."""
    x, y = plot.column(plot.picture.x), plot.column(plot.picture.y)
    names = names_of(plot, x)
    data = records(plot)
    for record, name in zip(data, names, strict=True):
        record["label"] = name
    if x.type in ("date", "datetime"):
        return (
            based(plot, data)
            .mark_bar(color=MARKS[0])
            .encode(x=axis(alt.X, x), y=axis(alt.Y, y), **coloured(plot))
            .properties(width=plot.width, height=280)
        )
    return (
        based(plot, data)
        .mark_bar(color=MARKS[0], cornerRadiusEnd=2)
        .encode(
            y=alt.Y(
                "label:N",
                sort=None,
                title=None,
                axis=alt.Axis(labelLimit=150 if plot.narrow else 260, ticks=False, domain=False, grid=False),
            ),
            x=axis(alt.X, y),
            **coloured(plot),
        )
        .properties(width=plot.width, height=alt.Step(22))
    )


def lines(plot: Plot) -> Spec:
    """Draw a line with a dot at each row."""
    return shape(
        plot, based(plot, records(plot)).mark_line(color=MARKS[0], strokeWidth=2, point=alt.OverlayMarkDef(size=36))
    )


def areas(plot: Plot) -> Spec:
    """Draw the area below a line."""
    return shape(plot, based(plot, records(plot)).mark_area(color=MARKS[0], opacity=0.6, line=True))


def points(plot: Plot) -> Spec:
    """Draw one dot a row."""
    base = based(plot, records(plot)).mark_point(filled=True, color=MARKS[0], size=60, opacity=0.75)
    return shape(plot, base)


def shape(plot: Plot, marked: alt.Chart) -> Spec:
    """Place marks between two axes."""
    x, y = plot.column(plot.picture.x), plot.column(plot.picture.y)
    return marked.encode(x=axis(alt.X, x), y=axis(alt.Y, y), **coloured(plot)).properties(width=plot.width, height=300)


DRAWN: Final[Mapping[str, Draw]] = {"bar": bars, "line": lines, "area": areas, "point": points}
LIMITS: Final[Mapping[str, int]] = {"bar": BARS}


# ── parts ─────────────────────────────────────────────────────────────────


def based(plot: Plot, data: Sequence[Mapping[str, Any]]) -> alt.Chart:
    """Return a chart over rows that stand in the specification itself."""
    return alt.Chart(alt.InlineData(values=list(data)))


def records(plot: Plot) -> list[dict[str, Any]]:
    """Return the rows that are drawn, each column that the picture uses as Vega takes it."""
    used = [name for name in (plot.picture.x, plot.picture.y, plot.picture.color) if name]
    columns = [(plot.column(name), plot.table.place(name)) for name in used]
    return [{column.name: value_of(column, row[place]) for column, place in columns} for row in plot.rows]


def value_of(column: Column, value: Any) -> Any:
    """Return a value as Vega takes it: times as ISO 8601, flags and unknown names as words."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if column.type == "bool":
        return presented(column, value)
    if column.type == "str":
        return shortened(presented(column, value))
    return value


def names_of(plot: Plot, column: Column) -> list[str]:
    """Return a name for each row that no other row has: the value, where needed with what colours it, or a number."""
    names = [shortened(presented(column, value)) for value in plot.values(column.name)]
    if len(set(names)) < len(names) and plot.picture.color:
        other = plot.column(plot.picture.color)
        names = [
            f"{name} · {shortened(presented(other, value))}"
            for name, value in zip(names, plot.values(other.name), strict=True)
        ]
    seen: dict[str, int] = {}
    for place, name in enumerate(names):
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            names[place] = f"{name} ({seen[name]})"
    return names


def shortened(text: str) -> str:
    """Return a label of bearable length."""
    return text if len(text) <= LABEL else text[: LABEL - 1].rstrip() + "…"


def axis(channel: Callable[..., Any], column: Column) -> Any:
    """Return an axis with the title, unit and format of a column."""
    title = f"{column.title} ({column.unit})" if column.unit else column.title
    if column.type in ("date", "datetime"):
        return channel(
            f"{column.name}:T",
            title=title,
            scale=alt.Scale(type="utc"),
            axis=alt.Axis(format="%b %Y", tickCount=6, labelOverlap=True),
        )
    if not column.numeric:
        return channel(f"{column.name}:N", title=title, sort=None)
    style = alt.Axis(format=".1~%" if column.format.endswith("%") else ",.6~g", tickCount=6)
    if column.type == "int":
        style = alt.Axis(format=",d", tickCount=6, tickMinStep=1)
    return channel(f"{column.name}:Q", title=title, axis=style)


def coloured(plot: Plot) -> dict[str, Any]:
    """Return the colours of marks, or nothing when there would be more than can be told apart."""
    if not plot.picture.color:
        return {}
    column = plot.column(plot.picture.color)
    values = list(dict.fromkeys(value_of(column, value) for value in plot.values(column.name)))
    if column.numeric or not 1 < len(values) <= COLORS:
        return {}
    scale = alt.Scale(domain=values, range=list(MARKS[: len(values)]))
    if column.type == "bool":
        scale = alt.Scale(domain=["yes", "no"], range=[MARKS[1], MARKS[0]])
    return {"color": alt.Color(f"{column.name}:N", title=column.title, scale=scale)}


def themed(chart: Spec) -> Spec:
    """Return a chart in the letters and colours of the pages."""
    font = "system-ui, Segoe UI, Roboto, Helvetica Neue, Liberation Sans, Arial, sans-serif"
    return chart.configure(
        aria=False,
        font=font,
        background="transparent",
        padding=4,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(
            labelColor=MUTED, titleColor=INK, gridColor=GRID, domainColor=MUTED, tickColor=MUTED, labelFontSize=12,
            titleFontSize=12, titleFontWeight=600, titlePadding=8, labelFontWeight=400, labelPadding=5,
        ),
        legend=alt.LegendConfig(
            labelColor=INK, titleColor=INK, labelFontSize=12, titleFontSize=12, orient="top", columns=3,
            labelLimit=140, symbolType="circle",
        ),
    )  # fmt: skip
