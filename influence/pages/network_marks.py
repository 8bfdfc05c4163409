"""The picture of a network: nodes, directed edges with arrows, and names beside the nodes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt

from influence.pages.network import Place, places
from influence.pages.plot import INK, MARKS, Plot, Spec, based, shortened
from influence.report.wording import presented

__all__ = ["network"]

UNDIRECTED: Final = ("tie",)
"""Kinds of edges without an arrow."""


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
