"""Saved Cypher: its headers, its catalogue, its lint, and the guard that runs it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from influence.queries.catalogue import Library, SavedQuery, library, saved_text
from influence.queries.findings import Finding
from influence.queries.header import Chart, Column, Header, Kind, Parameter

if TYPE_CHECKING:
    from influence.queries.running import Answer, choices, run_metric, run_saved

__all__ = [
    "Answer",
    "Chart",
    "Column",
    "Finding",
    "Header",
    "Kind",
    "Library",
    "Parameter",
    "SavedQuery",
    "choices",
    "library",
    "run_metric",
    "run_saved",
    "saved_text",
]

RUNNING = ("Answer", "choices", "run_metric", "run_saved")


def __getattr__(name: str) -> Any:
    """Import the runner when it is first used: it reads the current run, and runs are read by saved Cypher."""
    if name in RUNNING:
        return getattr(import_module("influence.queries.running"), name)
    raise AttributeError(name)
