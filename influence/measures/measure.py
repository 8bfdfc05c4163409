"""One measure in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Measure"]

Place = Literal["customer", "topic", "community"]


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes:
        name: Property on the node it is kept on.
        title: Name for people.
        unit: What it is counted in.
        on: `customer` (`:Score`), `topic` (`:TopicScore`) or `community` (`:Community`).
        definition: What it says, in plain words, with its edge cases.
        section: Section of docs/metrics.md with the formula.
        group: Topic in lists: reach, context, persuasion, communities, value, voice.
        telling: Smallest change between two runs that is worth telling, in the unit.
    """

    name: str
    title: str
    unit: str
    on: Place
    definition: str
    section: str
    group: str
    telling: float = 0.0
