"""Saved Cypher: its headers, its catalogue and its lint."""

from influence.queries.catalogue import Library, SavedQuery, library, saved_text
from influence.queries.findings import Finding
from influence.queries.header import Chart, Column, Header, Kind, Parameter

__all__ = [
    "Chart",
    "Column",
    "Finding",
    "Header",
    "Kind",
    "Library",
    "Parameter",
    "SavedQuery",
    "library",
    "saved_text",
]
