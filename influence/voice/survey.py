"""Survey answers: who is a promoter, who a detractor, and which answer counts (metrics.md 6; row 31).

The scores of groups of customers, NPS and CES with their standard errors, are the saved reports `nps` and `effort`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from influence.snapshot.arrays import Float64, Int32, Int64

__all__ = ["DETRACTOR", "PROMOTER", "Answers", "latest"]

PROMOTER: Final = 9
"""Lowest NPS answer of a promoter."""
DETRACTOR: Final = 6
"""Highest NPS answer of a detractor."""


@dataclass(frozen=True)
class Answers:
    """Survey answers of one question. k answers.

    Attributes:
        customer: [k] int32.
        score: [k] 0-10 for NPS and self-declared influence, 1-7 for CES.
        at: [k] instant.
    """

    customer: Int32
    score: Float64
    at: Int64


def latest(answers: Answers, customers: int) -> Float64:
    """Return [n] the last answer of each customer, NaN without one; of two at one instant, the higher one."""
    order = np.lexsort((answers.score, answers.at))
    result = np.full(customers, np.nan)
    result[answers.customer[order]] = answers.score[order]
    return result
