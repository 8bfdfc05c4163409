"""A column whose title is a word of statistics or of the trade says beneath it what that means."""

from __future__ import annotations

import pytest

from influence.queries import SavedQuery, library

TECHNICAL = (
    "Access (0-100)", "Affinity", "Bridges", "Broker score (0-100)", "Cascade rank", "Certificate", "Certified", "Certified persuader",
    "False discovery rate", "Hazard ratio", "Influence index", "Lift", "Lift from", "Lift in topic", "Lift of all topics", "Lift to", "Own PageRank", "PageRank",
    "PageRank percentile", "Persuader certified", "Persuader's lift", "Persuasion rate", "Persuasion rate in topic", "Quadrant", "RFM", "RFM code",
    "Share of attention", "Sigma", "Specificity", "Standard error", "Starter certified", "Ties leading out", "Type one",
    "Type two",
)  # fmt: skip

QUESTIONS = [*library().all("report"), *library().all("segment")]


@pytest.mark.parametrize("query", QUESTIONS, ids=lambda query: f"{query.kind}-{query.name}")
def test_column_when_its_title_is_technical_then_helped(query: SavedQuery) -> None:
    columns = query.header.columns.items()
    assert [name for name, column in columns if column.title in TECHNICAL and not column.help] == []


@pytest.mark.parametrize("title", TECHNICAL)
def test_technical_title_when_listed_then_in_use(title: str) -> None:
    assert any(column.title == title for query in QUESTIONS for column in query.header.columns.values())
