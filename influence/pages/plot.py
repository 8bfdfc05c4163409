"""What every kind of picture is built from: its rows, colours, axes and labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import altair as alt

from influence.report.table import Column, Picture, Table
from influence.report.wording import presented, titled

__all__ = [
    "CHART_COLORS", "GRID", "HEAT", "INK", "MARKS", "MUTED", "Draw", "Plot", "Spec", "axis", "based", "coloured",
    "label_axis", "names_of", "records", "shortened", "themed", "value_of",
]  # fmt: skip

INK: Final = "#1c2430"
MUTED: Final = "#566170"
GRID: Final = "#dfe4ea"
MARKS: Final = ("#1d5fa6", "#c4600c", "#2b7a4b", "#8a3f97", "#9a7400", "#b3364f", "#2a7d8c", "#6b6f76")
"""Colours of marks in the order of their use; each has a contrast of at least 3 to white, as graphics need."""
HEAT: Final = ("#e9f0f8", "#c5d9ef", "#8db6de", "#4f8cc4", "#1d5fa6", "#0f3c70")
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
    **dict(zip(HEAT, ("#1c2a3a", "#20405f", "#2a5f8d", "#4289c2", "#6fadf0", "#c4ddf8"), strict=True)),
}
"""Each colour of a drawing, and what it becomes on a dark screen."""
COLORS: Final = len(MARKS)
"""Most values of a column that colours marks; with more of them the marks have one colour."""
LABEL: Final = 26
"""Letters of a label on an axis."""


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


def based(data: Sequence[Mapping[str, Any]]) -> Spec:
    """Return a chart over rows that stand in the specification itself."""
    return alt.Chart(alt.InlineData(values=list(data)))


def records(plot: Plot) -> list[dict[str, Any]]:
    """Return the rows that are drawn, each column that the picture uses as Vega takes it."""
    picture = plot.picture
    used = dict.fromkeys((picture.x, picture.y, picture.color, picture.size, picture.low, picture.high))
    columns = [(plot.column(name), plot.table.place(name)) for name in used if name]
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


def label_axis(plot: Plot) -> Any:
    """Return the axis with a name for each row."""
    style = alt.Axis(labelLimit=150 if plot.narrow else 260, ticks=False, domain=False, grid=False)
    return alt.Y("label:N", sort=None, title=None, axis=style)


def axis(channel: Callable[..., Any], column: Column) -> Any:
    """Return an axis with the title, unit and format of a column."""
    title = titled(column)
    if column.type in ("date", "datetime"):
        return channel(
            f"{column.name}:T",
            title=title,
            scale=alt.Scale(type="utc"),
            axis=alt.Axis(format="%b %Y", tickCount=6, labelOverlap=True),
        )
    if not column.numeric:
        return channel(f"{column.name}:N", title=title, sort=None)
    style = alt.Axis(format=".2~p" if column.format.endswith("%") else ",.6~g", tickCount=6)
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
    font = "Arial, Helvetica, Liberation Sans, sans-serif"  # of one width, so that drawn text fits everywhere
    return chart.configure(
        aria=False,
        font=font,
        background="transparent",
        padding=4,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        mark=alt.MarkConfig(color=MARKS[0]),
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(
            labelColor=MUTED, titleColor=INK, gridColor=GRID, domainColor=MUTED, tickColor=MUTED, labelFontSize=12,
            titleFontSize=12, titleFontWeight=600, titlePadding=8, labelFontWeight=400, labelPadding=5,
        ),
        legend=alt.LegendConfig(
            labelColor=INK, titleColor=INK, labelFontSize=12, titleFontSize=12, orient="top", columns=3,
            labelLimit=140, symbolType="circle", symbolFillColor=MUTED, symbolStrokeColor=MUTED,
            gradientStrokeColor=GRID,
        ),
    )  # fmt: skip
