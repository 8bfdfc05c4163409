"""How good a score is when the truth is known: ranking, discoveries, calibration.

Every function drops pairs whose score is NaN: unknown is not a low score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from influence.snapshot.arrays import Float64

__all__ = ["Discoveries", "auc", "decile_slope", "discoveries", "precision_at_k", "top_lift"]

Bool = NDArray[np.bool_]


def auc(score: Float64, truth: Bool) -> float:
    """Return the chance that a true one scores above a false one, ties counted half; NaN if a class is empty."""
    known = ~np.isnan(score)
    score, truth = score[known], truth[known]
    positive, negative = int(truth.sum()), int((~truth).sum())
    if not positive or not negative:
        return float("nan")
    ranks = stats.rankdata(score)
    return float((ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * negative))


def precision_at_k(score: Float64, truth: Bool) -> float:
    """Return the share of true ones among the k best, k = number of true ones; NaN if there is none.

    Ties at the cut count with their expected share, so that the answer depends on no order.
    """
    known = ~np.isnan(score)
    score, truth = score[known], truth[known]
    k = int(truth.sum())
    if not k:
        return float("nan")
    cut = np.partition(score, len(score) - k)[len(score) - k]
    above, at = score > cut, score == cut
    return float((truth[above].sum() + (k - above.sum()) * truth[at].mean()) / k)


@dataclass(frozen=True)
class Discoveries:
    """What a test found against what was planted.

    Attributes:
        count: Number of discoveries.
        false_share: False discovery proportion, 0 if nothing was discovered.
        power: Share of the planted ones that were discovered, NaN if nothing was planted.
    """

    count: int
    false_share: float
    power: float


def discoveries(found: Bool, truth: Bool) -> Discoveries:
    """Compare discoveries with the truth."""
    count, planted = int(found.sum()), int(truth.sum())
    return Discoveries(
        count=count,
        false_share=float((found & ~truth).sum() / count) if count else 0.0,
        power=float((found & truth).sum() / planted) if planted else float("nan"),
    )


def top_lift(score: Float64, outcome: Float64, exposure: Float64, share: float) -> float:
    """Return outcome per exposure among the best `share` over that among all.

    Args:
        score: [n] what is ranked by; NaN is dropped.
        outcome: [n] what happened later, such as follow-on purchases.
        exposure: [n] chances for it to happen, such as own purchases.
        share: Share of customers that counts as the top, 0-1. Ties at the cut count with their mean.
    """
    known = ~np.isnan(score)
    score, outcome, exposure = score[known], outcome[known], exposure[known]
    base = outcome.sum() / exposure.sum() if exposure.sum() > 0 else 0.0
    if base == 0:
        return float("nan")
    k = max(1, round(share * len(score)))
    cut = np.partition(score, len(score) - k)[len(score) - k]
    weight = np.where(score > cut, 1.0, 0.0)
    tied = score == cut
    weight[tied] = (k - weight.sum()) / tied.sum()
    reached = float((weight * exposure).sum())
    return float((weight * outcome).sum() / reached / base) if reached > 0 else float("nan")


def decile_slope(predicted: Float64, realised: Float64, groups: int = 10) -> float:
    """Return the slope of mean realised on mean predicted over equal groups of rising prediction; 1 = calibrated."""
    order = np.argsort(predicted, kind="stable")
    means = [(predicted[part].mean(), realised[part].mean()) for part in np.array_split(order, groups) if len(part)]
    x, y = np.array(means).T
    spread = x - x.mean()
    return float((spread * (y - y.mean())).sum() / (spread**2).sum()) if (spread**2).sum() > 0 else float("nan")
