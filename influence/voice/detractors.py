"""Unhappy customers with reach: who hears them, and what that puts at risk (metrics.md 6; row 33)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from influence.errors import ComputeFailed
from influence.snapshot.arrays import Float64, Int32, Int64
from influence.value.measures import total_by
from influence.voice.survey import DETRACTOR

__all__ = ["LITERATURE_HAZARD_RATIO", "DetractorRisk", "detractor_risk", "usual_churn"]

LITERATURE_HAZARD_RATIO: Final = 1.8
"""Each defecting neighbour raises the hazard of churn by about 80 % (Nitzan and Libai 2011)."""


def usual_churn(expected: ArrayLike, p_alive: ArrayLike, drop_out: float, share: float) -> Float64:
    """Return [n] the chance that a customer who is one now leaves within the churn window, whatever friends say.

    `min(expected / p_alive * share * drop_out, 1)`: the purchases she makes in the window while she is a
    customer, each of which may be the last one (BG/NBD, metrics.md 5.3). NaN where nothing is expected to be known.

    Args:
        expected: [n] purchases expected within the horizon, given that she may have left already.
        p_alive: [n] probability of being a customer still.
        drop_out: Mean probability to leave after a purchase, a / (a + b).
        share: Length of the churn window over that of the horizon.
    """
    alive = np.asarray(p_alive, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        while_here = np.where(alive > 0.0, np.asarray(expected, dtype=np.float64) / alive, np.nan)
    return np.minimum(while_here * share * drop_out, 1.0)


@dataclass(frozen=True)
class DetractorRisk:
    """Reach and risk of everybody who answered 6 or less.

    Attributes:
        frame: Indexed by customer, detractors only, riskiest first: score, friends, exposure (tie-weighted friends),
            margin_at_risk (minor units), influencer (bool).
        margin_at_risk: Over all detractors, a friend of several detractors counted once.
        friends: Distinct friends of detractors, other detractors left out.
        hazard_ratio: What was assumed.
        source: `data` or `literature`; printed with the figure.
        unvalued: Distinct friends without a lifetime value, who count for no money.
    """

    frame: pd.DataFrame
    margin_at_risk: float
    friends: int
    hazard_ratio: float
    source: str
    unvalued: int


def detractor_risk(
    nps: ArrayLike,
    edge_offsets: Int64,
    edge_targets: Int32,
    edge_weight: Float64,
    clv: ArrayLike,
    p_alive: ArrayLike,
    base_churn: ArrayLike,
    influencer: ArrayLike,
    hazard_ratio: float | None = None,
) -> DetractorRisk:
    """Return `sum p_alive * clv * (HR - 1) * base_churn` over the friends of detractors, weighted by tie.

    The tie weight enters relative to the strongest tie of the graph, so that a weight never raises the risk of a friend
    above that of a full tie.

    Args:
        nps: [n] last answer, NaN if none.
        edge_offsets, edge_targets, edge_weight: Ties active at `as_of`, CSR: row v lists whom v can influence.
        clv: [n] lifetime value, minor units, NaN if unknown.
        p_alive: [n] probability of being a customer still.
        base_churn: [n] or one: probability to leave within the churn window without a detracting friend.
        influencer: [n] bool, certified persuader (or super-connector).
        hazard_ratio: From this shop's own churn contagion; `None` = 1.8, flagged as literature.

    Raises:
        ComputeFailed: The hazard ratio is below 1: then detractors put nothing at risk by this formula.
    """
    answer = np.asarray(nps, dtype=np.float64)
    ratio = LITERATURE_HAZARD_RATIO if hazard_ratio is None else float(hazard_ratio)
    if not ratio >= 1.0:
        raise ComputeFailed(
            f"a hazard ratio of {ratio:g} means that detractors keep friends from leaving",
            code="hazard-ratio-below-one",
            hint="leave the hazard ratio out to use the literature value of 1.8",
        )
    n = len(answer)
    detractor = answer <= DETRACTOR
    source = np.repeat(np.arange(n), np.diff(edge_offsets))
    rows = detractor[source] & ~detractor[edge_targets]  # somebody unhappy already is not talked into it
    v, u, weight = source[rows], edge_targets[rows].astype(np.int64), edge_weight[rows]
    pairs, pair_of = np.unique(v * n + u, return_inverse=True)  # one tie may stand for several validity intervals
    heaviest = np.zeros(len(pairs))
    np.maximum.at(heaviest, pair_of, weight)
    v, u = pairs // n, pairs % n
    strength = heaviest / float(edge_weight.max()) if len(pairs) else heaviest
    value = np.asarray(clv, dtype=np.float64)
    loss = np.maximum(value, 0.0) * np.asarray(p_alive, dtype=np.float64) * (ratio - 1.0) * np.asarray(base_churn)
    priced = np.nan_to_num(np.broadcast_to(loss, n))
    strongest = np.zeros(n)
    np.maximum.at(strongest, u, strength)
    who = np.flatnonzero(detractor)
    frame = pd.DataFrame(
        {
            "score": answer[who],
            "friends": total_by(v, n)[who].astype(np.int64),
            "exposure": total_by(v, n, heaviest)[who],
            "margin_at_risk": total_by(v, n, strength * priced[u])[who],
            "influencer": np.asarray(influencer, dtype=np.bool_)[who],
        },
        index=pd.Index(who, name="customer"),
    ).sort_values("margin_at_risk", ascending=False, kind="stable")
    reached = np.unique(u)
    return DetractorRisk(
        frame=frame,
        margin_at_risk=float(strongest @ priced),
        friends=len(reached),
        hazard_ratio=ratio,
        source="literature" if hazard_ratio is None else "data",
        unvalued=int(np.isnan(value[reached]).sum()),
    )
