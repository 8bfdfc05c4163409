"""Runs: which there are, and two of them side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from starlette.responses import Response

from influence.measures import MEASURES
from influence.pages.render import comparison_page
from influence.pages.view import view
from influence.queries.values import parse
from influence.report.running import run_report
from influence.runs import RunRecord, compare_runs, list_runs
from influence.runs.compare import comparable
from influence.web.answers import page
from influence.web.fields import Field
from influence.web.problems import BadAddress
from influence.web.site import LIVE, Asked, Site

__all__ = ["comparison", "runs"]

PREFERRED: Final = ("extra_purchases", "follow_on_count", "friend_count")
"""Measures of which the first that both runs hold is compared when none is chosen."""
LISTED: Final = 10
"""Risers and fallers that are listed."""
NAMES: Final = frozenset(("before", "after", "measure", "threshold"))


def runs(site: Site, asked: Asked) -> Response:
    """Return the runs that are kept, and the form that compares two."""
    if asked.given:
        raise BadAddress("This page takes no parameters")
    table = run_report(site.graph(), "runs", {}, catalogue=site.catalogue)
    html = site.page(
        "runs.html",
        heading="Runs",
        here="Runs",
        view=view(table, site.links) if table.rows else None,
        fields=form(published(site), {}, {}),
    )
    return page(html)


def comparison(site: Site, asked: Asked) -> Response:
    """Return two runs side by side in one measure."""
    if asked.given.keys() - NAMES:
        raise BadAddress("It takes the parameters before, after, measure and threshold")
    kept = published(site)
    known = {run.id: run for run in kept}
    problems = {
        name: "is no run that is kept" for name in ("before", "after") if asked.given.get(name, "") not in known
    }
    wanted = asked.given.get("measure", "")
    if wanted and wanted not in comparable():
        problems["measure"] = "is no measure that can be compared"
    least, typed = None, asked.given.get("threshold", "").strip()
    if typed:
        try:
            least = parse("float", typed)
        except ValueError as error:
            problems["threshold"] = str(error)
        else:
            if least < 0:
                problems["threshold"] = "must be at least 0"
    if not problems:
        before, after = known[asked.given["before"]], known[asked.given["after"]]
        shared = [name for name in comparable() if name in before.measures and name in after.measures]
        chosen = wanted or next((name for name in PREFERRED if name in shared), next(iter(shared), ""))
        if before.id == after.id:
            problems["after"] = "is the same run"
        elif chosen not in shared:
            problems["measure"] = "is not in both runs"
    if problems:
        html = site.page(
            "ask.html",
            heading="Compare two runs",
            here="Runs",
            kicker="Runs",
            summary="Who rose and who fell from one run to the next.",
            fields=form(kept, asked.given, problems),
            action="/runs/compare",
            strays=[],
            verb="Compare",
        )
        return page(html, 400)
    found = compare_runs(site.graph(), before, after, [chosen], limit=LISTED, threshold=least)
    html = comparison_page(
        before,
        after,
        found,
        site.links,
        frame=replace(LIVE, template="live-comparison.html"),
        fields=form(kept, {**asked.given, "measure": chosen}, {}),
        action="/runs/compare",
        strays=[],
        verb="Compare",
        still=not any(one.risen or one.fallen for one in found),
    )
    return page(html)


def published(site: Site) -> list[RunRecord]:
    """Return the runs that readers can see or could see, newest first."""
    return [run for run in list_runs(site.graph()) if run.status == "published"]


def form(kept: Sequence[RunRecord], given: Mapping[str, str], problems: Mapping[str, str]) -> list[Field]:
    """Return the form that compares two runs; by default the newest with the one before it."""
    words = [(run.id, f"{run.id}{' (current)' if run.current else ''}") for run in kept]
    held = set(kept[0].measures) if kept else set()
    titles = {one.name: one.title for one in MEASURES if one.on == "customer"}
    measures = [(name, titles[name]) for name in comparable() if name in held]
    defaults = {"before": kept[1].id if len(kept) > 1 else "", "after": kept[0].id if kept else "", "measure": ""}
    preferred = next((name for name in PREFERRED if name in held), "")
    threshold = Field(
        name="threshold",
        label="Smallest change",
        input="text" if "threshold" in problems else "number",
        value=given.get("threshold", ""),
        help="In the unit of the measure; empty for what is worth telling",
        problem=problems.get("threshold", ""),
        least="0",
        step="any",
    )
    return [
        *(
            Field(
                name=name,
                label=label,
                input="select",
                value=given.get(name) or (preferred if name == "measure" else defaults[name]),
                options=options,
                problem=problems.get(name, ""),
            )
            for name, label, options in (
                ("before", "Earlier run", words),
                ("after", "Later run", words),
                ("measure", "Measure", measures),
            )
        ),
        threshold,
    ]
