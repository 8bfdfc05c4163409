"""What each score means, in words: the catalogue behind `influence compute list` and the glossary of reports."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from influence.errors import UsageProblem
from influence.measures.communities import COMMUNITIES
from influence.measures.measure import Measure
from influence.measures.persuasion import PERSUASION
from influence.measures.reach import REACH
from influence.measures.value import VALUE
from influence.measures.voice import VOICE

__all__ = ["MEASURES", "Measure", "measure"]

MEASURES: Final[tuple[Measure, ...]] = REACH + PERSUASION + VOICE + VALUE + COMMUNITIES
"""All measures, in the order of lists."""


def measure(name: str) -> list[Measure]:
    """Return the measures of a name: one, or one per kind of node it is kept on.

    Raises:
        UsageProblem: There is none; says the closest.
    """
    found = [one for one in MEASURES if one.name == name.lower().replace("-", "_")]
    if not found:
        guess = get_close_matches(name.lower().replace("-", "_"), [one.name for one in MEASURES], n=1)
        raise UsageProblem(
            "no measure of this name",
            code="measure-not-found",
            hint=(f"did you mean `{guess[0]}`? " if guess else "") + "Run `influence compute list` to see all",
            closest=guess[0] if guess else None,
        )
    return found
