"""Runs: the lease that keeps writers apart, and results that readers see whole or not at all."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from influence.runs.compare import Change, Comparison, compare_runs
    from influence.runs.frames import Pairs, ScoreFrames, TopicRows
    from influence.runs.keeping import prune_runs, rollback, sweep
    from influence.runs.lease import Lease, hold_lease
    from influence.runs.measures import MEASURES, Measure, measure
    from influence.runs.records import RunRecord, current_run, find_run, list_runs, new_run_id, resolve_run

HOMES = {
    "compare": ("Change", "Comparison", "compare_runs"),
    "frames": ("Pairs", "ScoreFrames", "TopicRows"),
    "keeping": ("prune_runs", "rollback", "sweep"),
    "lease": ("Lease", "hold_lease"),
    "measures": ("MEASURES", "Measure", "measure"),
    "records": ("RunRecord", "current_run", "find_run", "list_runs", "new_run_id", "resolve_run"),
}

__all__ = [
    "MEASURES",
    "Change",
    "Comparison",
    "Lease",
    "Measure",
    "Pairs",
    "RunRecord",
    "ScoreFrames",
    "TopicRows",
    "compare_runs",
    "current_run",
    "find_run",
    "hold_lease",
    "list_runs",
    "measure",
    "new_run_id",
    "prune_runs",
    "resolve_run",
    "rollback",
    "sweep",
]


def __getattr__(name: str) -> Any:
    """Import from the module that holds the name when it is first used: the command line lists measures without."""
    for home, names in HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(name)
