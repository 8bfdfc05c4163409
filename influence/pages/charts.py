"""Pictures of answers: a `Table` and the chart of its header become a Vega-Lite specification, drawn as SVG or PNG.

vl-convert draws without a browser and without a network. Colours come from one palette, so that a page can turn
them into those of a dark screen by its stylesheet; a file on its own has a white ground.
"""

from __future__ import annotations

import hashlib
import html
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import altair as alt
import vl_convert
from markupsafe import Markup

from influence.errors import UsageProblem
from influence.pages.network import Place, places
from influence.report.table import Column, Picture, Table
from influence.report.wording import count, presented, titled

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

BARS: Final = 25
"""Most bars of a chart: the first rows, which are the highest where the saved file sorts so."""
POINTS: Final = 2000
NAMED: Final = 5
"""Dots with a name: the first rows."""
DOTS: Final = 320
"""Height of a chart of dots, in pixels."""
LETTER: Final = 7
"""Width of a letter of a name beside a dot, in pixels."""
LINE: Final = 14
"""Height of such a name."""
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
        values = [value for value in plot.values(column.name) if value is not None]
        if column.type != "str" and values:
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
            based(data)
            .mark_bar(color=MARKS[0])
            .encode(x=axis(alt.X, x), y=axis(alt.Y, y), **coloured(plot))
            .properties(width=plot.width, height=280)
        )
    return (
        based(data)
        .mark_bar(color=MARKS[0], cornerRadiusEnd=2)
        .encode(
            y=label_axis(plot),
            x=axis(alt.X, y),
            **coloured(plot),
        )
        .properties(width=plot.width, height=alt.Step(22))
    )


def lines(plot: Plot) -> Spec:
    """Draw a line with a dot at each row."""
    return shape(plot, based(records(plot)).mark_line(color=MARKS[0], strokeWidth=2, point=alt.OverlayMarkDef(size=36)))


def areas(plot: Plot) -> Spec:
    """Draw the area below a line."""
    return shape(plot, based(records(plot)).mark_area(color=MARKS[0], opacity=0.6, line=True))


def points(plot: Plot) -> Spec:
    """Draw one dot a row, the first few with their names."""
    x, y = plot.column(plot.picture.x), plot.column(plot.picture.y)
    size = (
        {"size": alt.Size(f"{plot.picture.size}:Q", title=plot.column(plot.picture.size).title)}
        if plot.picture.size
        else {}
    )
    across, up = (
        axis(channel, column).scale(zero=False) if column.numeric else axis(channel, column)
        for channel, column in ((alt.X, x), (alt.Y, y))
    )
    dots = based(records(plot)).mark_point(filled=True, color=MARKS[0], size=60, opacity=0.75)
    dots = dots.encode(x=across, y=up, **coloured(plot), **size)
    key = next((column for column in plot.table.columns if (column.name,) == plot.table.key), None)
    if key is None:
        return dots.properties(width=plot.width, height=DOTS)
    first = zip(records(plot)[:NAMED], plot.values(key.name), strict=False)
    named = apart(plot, [record | {"label": shortened(presented(key, value))} for record, value in first])
    words = (
        based(named)
        .mark_text(align="left", dx=7, dy=-5, fontSize=11, color=MUTED)
        .encode(x=across, y=up, text="label:N")
    )
    return (dots + words).properties(width=plot.width, height=DOTS)


def apart(plot: Plot, named: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the dots whose names can be read: a name that would be printed on one before it is left out."""
    axes = [(plot.column(name), size) for name, size in ((plot.picture.x, plot.width), (plot.picture.y, DOTS))]
    if not all(column.numeric for column, _ in axes):
        return list(named)
    spans = [(size, max(values := plot.values(column.name)) - min(values)) for column, size in axes]
    kept: list[dict[str, Any]] = []
    for one in named:
        wide = LETTER * len(one["label"])
        if not any(
            all(
                abs(one[column.name] - other[column.name]) * size < least * span
                for (column, _), (size, span), least in zip(axes, spans, (wide, LINE), strict=True)
            )
            for other in kept
        ):
            kept.append(one)
    return kept


def shape(plot: Plot, marked: alt.Chart) -> Spec:
    """Place marks between two axes."""
    x, y = plot.column(plot.picture.x), plot.column(plot.picture.y)
    return marked.encode(x=axis(alt.X, x), y=axis(alt.Y, y), **coloured(plot)).properties(width=plot.width, height=300)


def histogram(plot: Plot) -> Spec:
    """Draw bars between two ends, coloured parts on top of each other."""
    picture = plot.picture
    x = plot.column(picture.x)
    return (
        based(records(plot))
        .mark_bar(color=MARKS[0])
        .encode(
            x=axis(alt.X, x).bin("binned"),
            x2=f"{picture.high}:Q",
            y=axis(alt.Y, plot.column(picture.y)).stack("zero"),
            **coloured(plot),
        )
        .properties(width=plot.width, height=280)
    )


def intervals(plot: Plot) -> Spec:
    """Draw a dot with its interval for each row."""
    picture = plot.picture
    data = records(plot)
    for record, name in zip(data, names_of(plot, plot.column(picture.x)), strict=True):
        record["label"] = name
    base = based(data).encode(y=label_axis(plot))
    value = axis(alt.X, plot.column(picture.y)).scale(zero=False)
    return (
        base.mark_rule(color=MARKS[7], strokeWidth=2).encode(x=alt.X(f"{picture.low}:Q"), x2=f"{picture.high}:Q")
        + base.transform_filter(f"isValid(datum.{picture.y})")
        .mark_point(filled=True, size=70, opacity=1)
        .encode(x=value)
    ).properties(width=plot.width, height=alt.Step(26))


def heatmap(plot: Plot) -> Spec:
    """Draw a field for each pair of names, the darker the higher; pairs without a row stay blank."""
    picture = plot.picture
    x, y, shade = plot.column(picture.x), plot.column(picture.y), plot.column(picture.color or "")
    across = list(dict.fromkeys(shortened(presented(x, value)) for value in plot.values(picture.x)))
    return (
        based(records(plot))
        .mark_rect(cornerRadius=2)
        .encode(
            x=alt.X(
                f"{x.name}:N",
                sort=across,
                title=x.title,
                axis=alt.Axis(labelAngle=-60, labelLimit=110, domain=False, ticks=False),
            ),
            y=alt.Y(f"{y.name}:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=120)),
            color=alt.Color(
                f"{shade.name}:Q",
                title=shade.title,
                scale=alt.Scale(type="quantize", range=list(HEAT), zero=True, nice=True),
                legend=alt.Legend(format=".2~p" if shade.format.endswith("%") else ",.3~g", gradientLength=290),
            ),
        )
        .properties(width=plot.width, height=alt.Step(20))
    )


def network(plot: Plot) -> Spec:
    """Draw nodes and directed edges; edges of the kind `tie` have no arrow."""
    picture = plot.picture
    side = min(plot.width, 620)
    ends = [
        (presented(plot.column(picture.x), one), presented(plot.column(picture.y), other))
        for one, other in zip(plot.values(picture.x), plot.values(picture.y), strict=True)
    ]
    at = places(ends)
    circle = any(place.middle for place in at.values())
    reach = (1.62 if plot.narrow else 1.4) if circle else 1.5 if plot.narrow else 1.25
    unit = side / 2 / reach
    sizes = node_areas(plot, ends, at)
    kinds = [
        presented(plot.column(picture.color), value) for value in plot.values(picture.color)
    ] if picture.color else [""] * len(ends)  # fmt: skip
    weights = [value or 0.0 for value in plot.values(picture.weight)] if picture.weight else [1.0] * len(ends)
    heaviest = max(weights) or 1.0
    order = [kind for kind in dict.fromkeys(kinds) if kind]
    directed_kinds = [kind for kind in order if kind not in UNDIRECTED]
    colors = {kind: MARKS[7] for kind in order} | {
        kind: MARKS[1 + place % 4] for place, kind in enumerate(directed_kinds)
    }
    edges, heads = [], []
    for (one, other), kind, weight in sorted(
        zip(ends, kinds, weights, strict=True), key=lambda each: each[1] not in UNDIRECTED
    ):
        a, b = at[one], at[other]
        length = math.hypot(b.x - a.x, b.y - a.y) or 1.0
        gap = math.sqrt(sizes[other] / math.pi) / unit + 0.025
        tip = (b.x - (b.x - a.x) / length * gap, b.y - (b.y - a.y) / length * gap)
        directed = kind not in UNDIRECTED
        stop = tip if directed else (b.x, b.y)
        width = 1.4 + 3.0 * weight / heaviest if directed else 1.0
        edges.append({"x": a.x, "y": a.y, "x2": stop[0], "y2": stop[1], "kind": kind, "width": width})
        if directed:
            heads.append(
                {"x": tip[0], "y": tip[1], "kind": kind, "turn": 90 - math.degrees(math.atan2(b.y - a.y, b.x - a.x))}
            )
    nodes = [
        {"x": place.x, "y": place.y, "area": sizes[name], "who": "middle" if place.middle else "other"}
        for name, place in at.items()
    ]
    plain = alt.Scale(domain=[-reach, reach], nice=False)
    x, y = alt.X("x:Q", scale=plain, axis=None), alt.Y("y:Q", scale=plain, axis=None)
    legend = alt.Legend(title=plot.column(picture.color).title, symbolType="stroke") if picture.color else None
    color: Any = (
        alt.value(MARKS[1])
        if not order
        else alt.Color("kind:N", scale=alt.Scale(domain=order, range=[colors[kind] for kind in order]), legend=legend)
    )
    layers = [
        based(edges).mark_rule(opacity=0.7).encode(
            x=x, y=y, x2="x2:Q", y2="y2:Q", color=color, strokeWidth=alt.StrokeWidth("width:Q", scale=None)
        ),
        based(heads).mark_point(shape="triangle", filled=True, size=70, opacity=1).encode(
            x=x, y=y, color=color, angle=alt.Angle("turn:Q", scale=None)
        ),
        based(nodes).mark_circle(opacity=1).encode(
            x=x, y=y, size=alt.Size("area:Q", scale=None),
            color=alt.condition("datum.who == 'middle'", alt.value(MARKS[5]), alt.value(MARKS[0])),
        ),
        *node_labels(plot, at, ends, sizes, unit, x, y),
    ]  # fmt: skip
    return alt.layer(*layers).properties(width=side, height=side)


def node_areas(plot: Plot, ends: Sequence[tuple[str, str]], at: Mapping[str, Place]) -> dict[str, float]:
    """Return the area of each node in square pixels; one whose size is not known has the smallest."""
    known = plot.values(plot.picture.size) if plot.picture.size else [None] * len(ends)
    size = {other: value for (_, other), value in zip(ends, known, strict=True) if value is not None}
    most = max(size.values(), default=0) or 1
    least, room = (40.0, 240.0) if plot.narrow else (60.0, 520.0)
    return {
        name: least + room if place.middle else least + room * max(size.get(name, 0), 0) / most
        for name, place in at.items()
    }


def node_labels(
    plot: Plot,
    at: Mapping[str, Place],
    ends: Sequence[tuple[str, str]],
    sizes: Mapping[str, float],
    unit: float,
    x: alt.X,
    y: alt.Y,
) -> list[Spec]:
    """Return the names beside the nodes: outwards from a middle, else on the side where no edge leads."""
    circle = any(place.middle for place in at.values())
    font = 10 if plot.narrow else 12
    beside: dict[str, float] = dict.fromkeys(at, 0.0)
    for one, other in ends:
        beside[one] += at[other].x - at[one].x
        beside[other] += at[one].x - at[other].x
    groups: dict[str, list[dict[str, Any]]] = {"left": [], "right": [], "center": []}
    for name, place in at.items():
        gap = math.sqrt(sizes[name] / math.pi) / unit + 0.03
        if place.middle:
            groups["center"].append({"x": 0.0, "y": -gap - 0.05, "turn": 0.0, "name": shortened(name)})
            continue
        angle = place.angle if circle else math.pi * (beside[name] > 0)
        words = {"x": place.x + gap * math.cos(angle), "y": place.y + gap * math.sin(angle), "name": shortened(name)}
        outward = math.cos(angle) >= -1e-9
        turn = -math.degrees(angle) if outward else 180 - math.degrees(angle)
        groups["left" if outward else "right"].append({**words, "turn": turn})
    return [
        based(names)
        .mark_text(align=align, baseline="middle", fontSize=font, color=INK)
        .encode(x=x, y=y, text="name:N", angle=alt.Angle("turn:Q", scale=None))
        for align, names in groups.items()
        if names
    ]


def tree(plot: Plot) -> Spec:
    """Draw who follows whom over time: one line a node, in the order of the rows, joined to the node above."""
    picture = plot.picture
    time, node, above = (plot.column(name) for name in (picture.x, picture.y, picture.parent or ""))
    whens = [value_of(time, value) for value in plot.values(time.name)]
    names = [presented(node, value) for value in plot.values(node.name)]
    parents = [None if value is None else presented(above, value) for value in plot.values(above.name)]
    row = {name: place for place, name in enumerate(names)}
    nodes = [
        {"at": when, "row": place, "name": shortened(name), "began": parent is None}
        for place, (name, when, parent) in enumerate(zip(names, whens, parents, strict=True))
    ]
    steps = [
        {"at": whens[row[parent]], "to": whens[place], "row": place, "from": row[parent]}
        for place, parent in enumerate(parents)
        if parent in row
    ]
    temporal = time.type in ("date", "datetime")
    x = axis(alt.X, Column("at", time.type, time.title, time.format, time.unit))
    x = x.scale(type="utc", nice=False, padding=70 if plot.narrow else 110) if temporal else x
    place = alt.Scale(domain=[-0.7, len(names) - 0.3], reverse=True, nice=False)
    y = alt.Y("row:Q", scale=place, axis=None)
    end = f"to:{'T' if temporal else 'Q'}"
    base, joins = based(nodes), based(steps)
    dots = base.mark_circle(opacity=1, size=70).encode(
        x=x, y=y, color=alt.condition("datum.began", alt.value(MARKS[1]), alt.value(MARKS[0]))
    )
    words = base.mark_text(align="left", dx=8, fontSize=11, color=INK).encode(x=x, y=y, text="name:N")
    rules = [
        joins.mark_rule(color=MARKS[7], strokeWidth=1.2).encode(
            x=x, y=alt.Y("from:Q", scale=place, axis=None), y2="row:Q"
        ),
        joins.mark_rule(color=MARKS[7], strokeWidth=1.2).encode(x=x, x2=end, y=y),
    ]
    layers = [*(rules if steps else []), dots, words]
    return alt.layer(*layers).properties(width=plot.width, height=max(19 * len(names), 60))


UNDIRECTED: Final = ("tie",)
"""Kinds of edges without an arrow."""
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


# ── parts ─────────────────────────────────────────────────────────────────


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
