"""Net promoter score and customer effort score with standard errors, by any grouping (metrics.md 6; row 31)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from influence.snapshot.arrays import Float64, Int32, Int64
from influence.value.measures import INSUFFICIENT, OK

__all__ = ["DETRACTOR", "PROMOTER", "Answers", "effort", "latest", "promoter_score"]

PROMOTER: Final = 9
"""Lowest NPS answer of a promoter."""
DETRACTOR: Final = 6
"""Highest NPS answer of a detractor."""

_ENOUGH: Final = 30  # fewer answers: the interval is shown without a point value
_Z95: Final = 1.959963984540054


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


def latest(answers: Answers, customers: int, since: int | None = None) -> Float64:
    """Return [n] the last answer of each customer (from `since` on), NaN without one."""
    rows = np.flatnonzero(np.ones(len(answers.at), np.bool_) if since is None else answers.at >= since)
    rows = rows[np.lexsort((answers.score[rows], answers.at[rows]))]  # ties in time: the higher answer is written last
    result = np.full(customers, np.nan)
    result[answers.customer[rows]] = answers.score[rows]
    return result


def promoter_score(score: ArrayLike, group: ArrayLike | None = None) -> pd.DataFrame:
    """Return NPS per group: `100 * (P - D)`, `SE = 100 * sqrt((P + D - (P - D)^2) / n)`.

    The interval (95 %) adds three pseudo-answers (3/4 promoter, 3/2 passive, 3/4 detractor), so that a few
    equal answers do not look certain.

    Args:
        score: [k] answers 0-10.
        group: [k] labels (wave, channel, community, topic, …); answers without one are left out. `None` = one group.

    Returns:
        Indexed by group: answers, promoters, passives, detractors, nps, se (both null below 30 answers), low, high,
        status.
    """
    value = np.asarray(score, dtype=np.float64)
    labels, code = _groups(value, group)
    good, bad = value >= PROMOTER, value <= DETRACTOR
    n, p, d = (
        np.bincount(code[rows], minlength=len(labels)) for rows in (code >= 0, good & (code >= 0), bad & (code >= 0))
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        nps, se = _nps(p / n, d / n, n)
    middle, spread = _nps((p + 0.75) / (n + 3.0), (d + 0.75) / (n + 3.0), n + 3.0)
    enough = n >= _ENOUGH
    return pd.DataFrame(
        {
            "answers": n,
            "promoters": p,
            "passives": n - p - d,
            "detractors": d,
            "nps": np.where(enough, nps, np.nan),
            "se": np.where(enough, se, np.nan),
            "low": np.maximum(middle - _Z95 * spread, -100.0),
            "high": np.minimum(middle + _Z95 * spread, 100.0),
            "status": np.where(enough, OK, INSUFFICIENT),
        },
        index=pd.Index(labels, name="group"),
    )


def effort(score: ArrayLike, group: ArrayLike | None = None) -> pd.DataFrame:
    """Return CES 2.0 per group: mean agreement 1-7 that it was easy, and the share of answers of 5 or more.

    Args:
        score: [k] answers 1-7.
        group: [k] labels, as in `promoter_score`.

    Returns:
        Indexed by group: answers, ces, se (both null below 30 answers), share_easy, low, high (95 %, null for a single
        answer), status.
    """
    value = np.asarray(score, dtype=np.float64)
    labels, code = _groups(value, group)
    rows = code >= 0
    n = np.bincount(code[rows], minlength=len(labels))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(code[rows], value[rows], len(labels)) / n
        away = np.bincount(code[rows], (value[rows] - mean[code[rows]]) ** 2, len(labels))
        se = np.sqrt(away / (n - 1.0) / n)
        easy = np.bincount(code[rows], (value[rows] >= 5).astype(np.float64), len(labels)) / n
    se = np.where(n > 1, se, np.nan)
    enough = n >= _ENOUGH
    return pd.DataFrame(
        {
            "answers": n,
            "ces": np.where(enough, mean, np.nan),
            "se": np.where(enough, se, np.nan),
            "share_easy": np.where(enough, easy, np.nan),
            "low": np.maximum(mean - _Z95 * se, 1.0),
            "high": np.minimum(mean + _Z95 * se, 7.0),
            "status": np.where(enough, OK, INSUFFICIENT),
        },
        index=pd.Index(labels, name="group"),
    )


def _nps(p: Float64, d: Float64, n: NDArray[np.floating | np.integer]) -> tuple[Float64, Float64]:
    return 100.0 * (p - d), 100.0 * np.sqrt(np.maximum(p + d - (p - d) ** 2, 0.0) / n)


def _groups(value: Float64, group: ArrayLike | None) -> tuple[NDArray[np.object_], Int64]:
    """Return the labels in order and [k] the label number of each answer, -1 for answers that do not count."""
    given = pd.Series("all", index=range(len(value))) if group is None else pd.Series(np.asarray(group))
    code, labels = pd.factorize(given, sort=True)
    return np.asarray(labels, dtype=object), np.where(np.isnan(value), -1, code).astype(np.int64)
