"""Tables and charts of an evaluation as one self-contained HTML file; charts are plain inline SVG.

SVG is written by hand because two chart shapes do not justify a plotting dependency, and because the file must
open without a network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import pandas as pd

__all__ = ["calibration_chart", "cell_text", "html_page", "lift_chart", "markdown_table"]

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:62rem;padding:0 1rem;color:#1b1f24}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2.2rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .7rem;border-bottom:1px solid #d8dde3;text-align:left;vertical-align:top}
th{border-bottom:2px solid #8a949e}td.n,th.n{text-align:right}
td.missed{font-weight:600;color:#a4161a}td.met{color:#1c6b32}
svg{max-width:100%;height:auto}
@media print{body{margin:0;max-width:none}h2{break-after:avoid}table,svg{break-inside:avoid}}
"""
_COLOURS = ("#1c5d99", "#639fab", "#b0893b", "#8d6a9f", "#7a8288", "#b3523e", "#44633f")
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 720, 350, 60, 50, 42


def html_page(
    title: str, notes: Sequence[str], tables: Mapping[str, pd.DataFrame], charts: Mapping[str, str] | None = None
) -> str:
    """Return one HTML document.

    Args:
        title: Heading and window title.
        notes: Paragraphs above the tables: method, seeds, what is and is not shown.
        tables: Heading to table; the index is not shown. Text cells `met` and `missed` are coloured.
        charts: Heading to SVG.
    """
    parts = [f"<h1>{escape(title)}</h1>", *(f"<p>{escape(note)}</p>" for note in notes)]
    parts += [f"<h2>{escape(heading)}</h2>\n{_table(frame)}" for heading, frame in tables.items()]
    parts += [f"<h2>{escape(heading)}</h2>\n{svg}" for heading, svg in (charts or {}).items()]
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def cell_text(value: object) -> str:
    """Return a cell as people read it: three decimals for shares and scores, none for counts, a dash if unknown."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return "-"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{int(value):,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3f}"
    return str(value)


def markdown_table(frame: pd.DataFrame) -> str:
    """Return a frame as a Markdown table; numbers are aligned right, the index is not shown."""
    names = [str(name) for name in frame.columns]
    rule = ["---:" if pd.api.types.is_numeric_dtype(frame[name]) else "---" for name in frame.columns]
    rows = [[cell_text(value).replace("|", "\\|") for value in row] for row in frame.itertuples(index=False)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [names, rule, *rows])


def _table(frame: pd.DataFrame) -> str:
    numeric = [pd.api.types.is_numeric_dtype(frame[name]) for name in frame.columns]
    head = "".join(
        f"<th{' class=n' if number else ''}>{escape(str(name))}</th>"
        for name, number in zip(frame.columns, numeric, strict=True)
    )
    rows = []
    for row in frame.itertuples(index=False):
        cells = []
        for value, number in zip(row, numeric, strict=True):
            kind = "n" if number else str(value) if value in ("met", "missed") else ""
            cells.append(f"<td{f' class={kind}' if kind else ''}>{escape(cell_text(value))}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>"


def _svg(title: str, marks: Sequence[str], width: int = _WIDTH) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_HEIGHT}" width="{width}" role="img" '
        f'font-family="system-ui,sans-serif" font-size="12">\n<title>{escape(title)}</title>\n'
        + "\n".join(marks)
        + "\n</svg>"
    )


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#1b1f24">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="4 4"' if dashed else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#8a949e"{dash}/>'


def _ticks(top: float) -> list[float]:
    """Return round tick values from 0 to at least `top`."""
    step = 10.0 ** np.floor(np.log10(max(top, 1e-9)))
    step = next(step * part for part in (0.1, 0.2, 0.5, 1.0, 2.0) if top / (step * part) <= 6)
    return [step * i for i in range(int(np.ceil(top / step)) + 1)]


def lift_chart(lifts: pd.DataFrame) -> str:
    """Draw how much more the best customers of each score caused than all customers.

    Args:
        lifts: Index = score, columns = share of customers taken (0-1), values = lift; the dashed line is 1.
    """
    high = float(np.nanmax(lifts.to_numpy(), initial=1.0))
    ticks = _ticks(high)
    floor = _HEIGHT - _BOTTOM
    scale = (floor - _TOP) / ticks[-1]
    marks = [_line(_LEFT, floor, _WIDTH - 10, floor)]
    for tick in ticks:
        marks += [_line(_LEFT - 4, floor - tick * scale, _LEFT, floor - tick * scale)]
        marks += [_text(_LEFT - 8, floor - tick * scale + 4, f"{tick:g}", "end")]
    group = (_WIDTH - _LEFT - 20) / len(lifts.columns)
    bar = group * 0.8 / len(lifts)
    for g, share in enumerate(lifts.columns):
        for s, value in enumerate(lifts[share]):
            if np.isnan(value):
                continue
            x = _LEFT + group * (g + 0.1) + bar * s
            marks.append(
                f'<rect x="{x:.1f}" y="{floor - value * scale:.1f}" width="{bar * 0.9:.1f}" '
                f'height="{value * scale:.1f}" fill="{_COLOURS[s % len(_COLOURS)]}"/>'
            )
            marks.append(_text(x + bar * 0.45, floor - value * scale - 4, f"{value:.1f}"))
        marks.append(_text(_LEFT + group * (g + 0.5), floor + 18, f"top {float(share):.0%}"))
    marks.append(_line(_LEFT, floor - scale, _WIDTH - 10, floor - scale, dashed=True))
    x = float(_LEFT)
    for s, name in enumerate(lifts.index):
        marks.append(f'<rect x="{x:.1f}" y="6" width="10" height="10" fill="{_COLOURS[s % len(_COLOURS)]}"/>')
        marks.append(_text(x + 14, 15, str(name), "start"))
        x += 24 + 6.6 * len(str(name))
    return _svg("Follow-on purchases per exposure of the best customers over those of all customers", marks)


def calibration_chart(deciles: pd.DataFrame) -> str:
    """Draw realised against predicted follow-on purchases by tenth of the prediction; the dashed line is equality.

    Args:
        deciles: Columns `predicted` and `realised`, mean per customer.
    """
    ticks = _ticks(float(np.nanmax(deciles[["predicted", "realised"]].to_numpy(), initial=1e-9)))
    side = _HEIGHT - _BOTTOM - _TOP
    scale = side / ticks[-1]
    floor = _HEIGHT - _BOTTOM
    marks = [_line(_LEFT, floor, _LEFT + side, floor), _line(_LEFT, floor, _LEFT, _TOP)]
    marks.append(_line(_LEFT, floor, _LEFT + side, _TOP, dashed=True))
    for tick in ticks:
        marks += [_text(_LEFT + tick * scale, floor + 16, f"{tick:g}")]
        marks += [_text(_LEFT - 8, floor - tick * scale + 4, f"{tick:g}", "end")]
    marks.append(_text(_LEFT + side / 2, floor + 36, "predicted follow-on purchases per customer"))
    marks.append(_text(_LEFT, _TOP - 12, "realised", "start"))
    for predicted, realised in zip(deciles["predicted"], deciles["realised"], strict=True):
        marks.append(
            f'<circle cx="{_LEFT + predicted * scale:.1f}" cy="{floor - realised * scale:.1f}" r="4" '
            f'fill="{_COLOURS[0]}"/>'
        )
    return _svg("Realised against predicted follow-on purchases by tenth of the prediction", marks, side + 2 * _LEFT)
