"""Saved questions answered: a `Table`, and its renderers for terminals and files."""

from __future__ import annotations

from influence.report.table import Column, Computed, Picture, Table

__all__ = ["Column", "Computed", "Picture", "Table"]
