"""Runs: results that readers see whole or not at all, and how they are kept, compared and shown again."""

from influence.runs.compare import Change, Comparison, compare_runs
from influence.runs.keeping import prune_runs, rollback, sweep
from influence.runs.records import RunRecord, current_run, find_run, list_runs, new_run_id, resolve_run

__all__ = [
    "Change",
    "Comparison",
    "RunRecord",
    "compare_runs",
    "current_run",
    "find_run",
    "list_runs",
    "new_run_id",
    "prune_runs",
    "resolve_run",
    "rollback",
    "sweep",
]
