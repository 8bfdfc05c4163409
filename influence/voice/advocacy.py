"""Promoters who act and who do not, what was asked of whom, and how people rate their own influence (row 32)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from influence.snapshot.arrays import ALWAYS, Float64, Int32, Int64
from influence.value.measures import INSUFFICIENT, NOT_APPLICABLE, OK, customers_index, percentile
from influence.voice.survey import PROMOTER

__all__ = [
    "KINDS",
    "STATUSES",
    "Asks",
    "IntentActionGap",
    "SelfDeclared",
    "Steps",
    "asks",
    "intent_action_gap",
    "never_asked",
    "self_declared",
]

KINDS: Final = ("reference", "case_study", "speaking", "review", "beta", "advisory")
"""What a customer can do for the shop; other words are allowed."""
STATUSES: Final = ("willing", "asked", "declined", "done")
"""Steps on the way, in the order in which they count at the same instant."""

_Z95: Final = 1.959963984540054


@dataclass(frozen=True)
class IntentActionGap:
    """Promoters who said they would recommend and did not.

    Attributes:
        promoters: How many.
        silent: [n] bool, promoters with no referral and no excess purchases of friends in the window.
        share: silent / promoters, NaN without promoters.
        low, high: 95 % Wilson interval.
        window_days: The window that actions were counted in; printed with the figure.
        status: `ok`, `insufficient_data` below 30 promoters, `not_applicable` without one.
    """

    promoters: int
    silent: NDArray[np.bool_]
    share: float
    low: float
    high: float
    window_days: float
    status: str


def intent_action_gap(nps: ArrayLike, referrals: ArrayLike, excess: ArrayLike, window_days: float) -> IntentActionGap:
    """Compare what promoters said with what they did (metrics.md 6).

    Args:
        nps: [n] last answer, NaN if never asked.
        referrals: [n] accepted referrals within the window.
        excess: [n] excess purchases of friends (persuasion_excess) within the window; at most 0 or NaN = none seen.
        window_days: Length of the window the caller counted in.
    """
    promoter = np.asarray(nps, dtype=np.float64) >= PROMOTER
    acted = (np.nan_to_num(np.asarray(referrals, dtype=np.float64)) > 0) | (
        np.nan_to_num(np.asarray(excess, dtype=np.float64)) > 0
    )
    silent = promoter & ~acted
    n, k = int(promoter.sum()), int(silent.sum())
    if n == 0:
        return IntentActionGap(0, silent, float("nan"), float("nan"), float("nan"), window_days, NOT_APPLICABLE)
    share, z2 = k / n, _Z95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 * np.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    low, high = max(float(centre - half), 0.0), min(float(centre + half), 1.0)
    return IntentActionGap(n, silent, share, low, high, window_days, OK if n >= 30 else INSUFFICIENT)


def never_asked(nps: ArrayLike, asked: ArrayLike, referrals: ArrayLike, opted_out: ArrayLike) -> NDArray[np.bool_]:
    """Return [n] promoters who were never asked for anything, have not acted by themselves and may be asked.

    Args:
        nps: [n] last answer, NaN if none.
        asked: [n] asks of any kind so far, referral campaigns included.
        referrals: [n] referrals made.
        opted_out: [n] bool.
    """
    return np.asarray(
        (np.asarray(nps, dtype=np.float64) >= PROMOTER)
        & (np.asarray(asked) == 0)
        & (np.asarray(referrals) == 0)
        & ~np.asarray(opted_out, dtype=np.bool_),
        dtype=np.bool_,
    )


@dataclass(frozen=True)
class Steps:
    """What customers offered, were asked for, did and declined. k steps.

    Attributes:
        customer: [k] who.
        kind: [k] what it is: `KINDS` or the shop's own words.
        status: [k] `willing`, `asked`, `done` or `declined`.
        at: [k] instant.
    """

    customer: Int32
    kind: NDArray[np.str_]
    status: NDArray[np.str_]
    at: Int64


@dataclass(frozen=True)
class Asks:
    """Willingness, asks and advocacy side by side.

    Attributes:
        by_kind: Indexed by kind: willing, done, outstanding, untapped (customers).
        willing, done, outstanding, untapped: [n] kinds as a text such as `beta, review`, None where there is none.
        asked: [n] int64 asks so far, whatever came of them.
        last_asked: [n] instant of the last ask, `ALWAYS` if never asked.
    """

    by_kind: pd.DataFrame
    willing: NDArray[np.object_]
    done: NDArray[np.object_]
    outstanding: NDArray[np.object_]
    untapped: NDArray[np.object_]
    asked: Int64
    last_asked: Int64


def asks(customers: int, steps: Steps, eligible: ArrayLike) -> Asks:
    """Put willingness, asks and advocacy side by side, by kind and by customer.

    Of each customer and kind: willing = offered it and has not declined since; done = did it, ever; outstanding = was
    asked, and neither did it nor declined since; untapped = willing, never done, never asked since.

    Args:
        customers: n.
        steps: All steps until the as-of instant. Steps of the same instant count in the order willing, asked,
            declined, done: whoever was asked and did it on one day has done it.
        eligible: [n] bool, counted at all: customers who have not opted out.
    """
    kinds, kind_of = np.unique(np.asarray(steps.kind, dtype=str), return_inverse=True)
    shape = (len(kinds), customers)
    last = {status: np.full(shape, ALWAYS) for status in STATUSES}
    for status, instants in last.items():
        rows = steps.status == status
        np.maximum.at(instants, (kind_of[rows], steps.customer[rows]), steps.at[rows])
    offered, asked, declined, finished = (last[status] for status in STATUSES)
    counted = np.asarray(eligible, dtype=np.bool_)
    willing = (offered > declined) & counted
    done = (finished != ALWAYS) & counted
    outstanding = (asked > np.maximum(declined, finished)) & counted
    untapped = willing & ~done & ~(asked >= offered)
    states = {"willing": willing, "done": done, "outstanding": outstanding, "untapped": untapped}
    rows = steps.status == "asked"
    return Asks(
        by_kind=pd.DataFrame(
            {name: state.sum(axis=1) for name, state in states.items()}, index=pd.Index(kinds, name="kind")
        ),
        **{name: _listed(kinds, state) for name, state in states.items()},
        asked=np.bincount(steps.customer[rows], minlength=customers).astype(np.int64),
        last_asked=asked.max(axis=0, initial=ALWAYS),
    )


def _listed(kinds: NDArray[np.str_], state: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Return [n] the kinds that hold as one text, None where none does."""
    result = np.full(state.shape[1], None, dtype=object)
    for customer in np.flatnonzero(state.any(axis=0)):
        result[customer] = ", ".join(kinds[state[:, customer]])
    return result


@dataclass(frozen=True)
class SelfDeclared:
    """Self-declared against measured influence.

    Attributes:
        frame: Indexed by customer: declared, declared_percentile, measured_percentile, reading (`quiet persuader`:
            declares little and measures high; `overrates`: the reverse; `agrees`), null without both figures.
        correlation: Spearman correlation, NaN below 10 customers with both.
        low, high: 95 % interval (Fisher).
        customers: How many have both.
    """

    frame: pd.DataFrame
    correlation: float
    low: float
    high: float
    customers: int


def self_declared(declared: ArrayLike, measured: ArrayLike, gap: float = 50.0) -> SelfDeclared:
    """Compare how influential people say they are with how influential they are.

    Args:
        declared: [n] last answer 0-10 to "do friends ask you before they buy", NaN if none.
        measured: [n] persuasion rate or any measured influence, NaN if not measured.
        gap: Percentile points from which the two disagree.
    """
    said, seen = np.asarray(declared, dtype=np.float64), np.asarray(measured, dtype=np.float64)
    both = ~(np.isnan(said) | np.isnan(seen))
    by_word = percentile(np.where(both, said, np.nan))
    by_deed = percentile(np.where(both, seen, np.nan))
    reading = np.full(len(said), None, dtype=object)
    reading[both] = "agrees"
    reading[by_deed - by_word >= gap] = "quiet persuader"
    reading[by_word - by_deed >= gap] = "overrates"
    n = int(both.sum())
    frame = pd.DataFrame(
        {
            "declared": said,
            "declared_percentile": by_word,
            "measured_percentile": by_deed,
            "reading": pd.Categorical(reading, categories=["agrees", "quiet persuader", "overrates"]),
        },
        index=customers_index(len(said)),
    )
    if n < 10 or np.ptp(said[both]) == 0 or np.ptp(seen[both]) == 0:
        return SelfDeclared(frame, float("nan"), float("nan"), float("nan"), n)
    rho = float(np.corrcoef(_ranks(said[both]), _ranks(seen[both]))[0, 1])
    half = _Z95 / np.sqrt(n - 3)
    middle = np.arctanh(np.clip(rho, -1 + 1e-12, 1 - 1e-12))
    return SelfDeclared(frame, rho, float(np.tanh(middle - half)), float(np.tanh(middle + half)), n)


def _ranks(values: Float64) -> Float64:
    return np.asarray(rankdata(values), dtype=np.float64)
