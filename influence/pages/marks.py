"""The kinds of pictures with axes, each from a `Plot`; networks are drawn in `network_marks`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import altair as alt

from influence.pages.plot import (
    HEAT,
    INK,
    MARKS,
    MUTED,
    Plot,
    Spec,
    axis,
    based,
    coloured,
    label_axis,
    names_of,
    records,
    shortened,
    value_of,
)  # fmt: skip
from influence.report.table import Column
from influence.report.wording import presented

__all__ = ["areas", "bars", "heatmap", "histogram", "intervals", "lines", "points", "tree"]

NAMED: Final = 5
"""Dots with a name: the first rows."""
DOTS: Final = 320
"""Height of a chart of dots, in pixels."""
LETTER: Final = 7
"""Width of a letter of a name beside a dot, in pixels."""
LINE: Final = 14
"""Height of such a name."""


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
