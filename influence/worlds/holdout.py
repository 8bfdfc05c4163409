"""Held-out prediction: learn before, look after, on any snapshot, with or without planted truth.

A log without planted truth cannot say who persuaded whom, but a score that claims to know persuaders must also
foresee them: customers it ranks high must later be followed more often, per friend who could still follow,
than customers whom a simpler score ranks high. There are two splits:

* by date, for any loaded dataset: learn from everything before the date, test on the purchases from it on;
* by launch, for the targets K13-K15 and K25 of metrics.md: learn from the half of the products that was launched
  first, test on the other half, so that learning and testing see the same customers over the same year.

A follow-on after the split is a fact, not a proof of persuasion: a score can also foresee friends' shared taste.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from influence.errors import UsageProblem
from influence.files import PERSONAL, write_atomically
from influence.persuasion.credit import distribute_credit
from influence.persuasion.estimate import PersuasionResult, estimate_persuasion
from influence.persuasion.exposure import count_exposures
from influence.persuasion.parameters import PersuasionParameters
from influence.snapshot.arrays import NEVER, Float64, Int32, Int64, Snapshot
from influence.snapshot.build import (
    CustomerRows,
    ExposureRows,
    ProductRows,
    PurchaseRows,
    TieRows,
    assemble_snapshot,
    instants,
)
from influence.worlds.accuracy import decile_slope, top_lift
from influence.worlds.page import calibration_chart, html_page, lift_chart

__all__ = [
    "FORECASTS",
    "RANKED",
    "HeldOut",
    "earlier",
    "holdout_by_launch",
    "holdout_from_snapshot",
    "page_rank",
    "write_holdout",
]

Mask = NDArray[np.bool_]

SHARES: Final = (0.01, 0.05, 0.10)
"""Shares of customers whose later follow-ons are compared with everybody's."""

_DAMPING: Final = 0.85


@dataclass(frozen=True)
class HeldOut:
    """What was foreseen and what came.

    Attributes:
        customers: One row per customer who has not opted out, indexed by customer id. Learnt before: `rate`,
            `lift`, `cd_per_action`, `goyal`, `follow_on`, `page_rank`, `degree`. After: `actions` (first
            purchases), `exposures` (friends at risk), `observed` (follow-ons), and what was foreseen,
            `forecast.rate`, `forecast.lift`, `forecast.goyal`.
        lifts: Index = score, columns = `SHARES`: follow-ons per exposure among the best share over those
            among all.
        errors: Index = forecast, columns `mae` (over customers with an action), `rmse` (over all) and `ratio`
            (sum predicted / sum realised).
        deciles: `customers`, `predicted`, `realised`: means by tenth of the rate's forecast.
        slope: Slope of realised on predicted over the tenths, 1 = calibrated.
        split: The split in words.
        window_days: Follow-on window w in days.
        activity_days: Span before a purchase in which purchases counted as activity, in days.
    """

    customers: pd.DataFrame
    lifts: pd.DataFrame
    errors: pd.DataFrame
    deciles: pd.DataFrame
    slope: float
    split: str
    window_days: float
    activity_days: float

    def summary(self) -> str:
        """Return the split, both spans of time and how many customers and follow-ons there were, as one line."""
        observed = int(self.customers["observed"].sum())
        return (
            f"{self.split}; {len(self.customers):,} customers, {observed:,} follow-ons "
            f"within {self.window_days:g} days, activity over {self.activity_days:g} days"
        )


def holdout_from_snapshot(
    snapshot: Snapshot, date: pd.Timestamp, parameters: PersuasionParameters | None = None
) -> HeldOut:
    """Learn from everything before `date` and test on the first purchases from it on.

    What carries a date only counts as its midnight, so the day of `date` itself is tested. Purchases within one
    window of the end are not: their follow-ons are not all known yet.

    Args:
        snapshot: The whole log.
        date: The split; without a zone it is UTC.
        parameters: Settings of the estimator, its defaults if not given.

    Raises:
        UsageProblem: There is too little before or after the date.
    """
    parameters = parameters or PersuasionParameters()
    zoned = date.tz_localize("UTC") if date.tzinfo is None else date
    cut = int(instants(pd.Series([zoned]), 0)[0])
    past = earlier(snapshot, cut - 1)
    tested = (snapshot.first_time >= cut) & (snapshot.first_time <= snapshot.as_of - parameters.window)
    if not len(past.first_time) or not tested.any():
        last = f"one window ({parameters.window_days:g} days) before the end,"
        side = "before" if not len(past.first_time) else f"between {zoned:%Y-%m-%d} and {last}"
        raise UsageProblem(
            f"no purchases {side} to hold out at {zoned:%Y-%m-%d}",
            code="holdout-empty",
            hint=f"choose a date well inside the log, which ends {pd.Timestamp(snapshot.as_of, unit='us'):%Y-%m-%d}, "
            "or a shorter window",
        )
    learnt = estimate_persuasion(past, parameters)
    split = f"learnt from what came before {zoned.tz_convert('UTC'):%Y-%m-%d %H:%M} UTC, tested on the purchases since"
    return _held_out(past, learnt, snapshot, tested, parameters, split)


def holdout_by_launch(snapshot: Snapshot, parameters: PersuasionParameters | None = None) -> HeldOut:
    """Learn from the half of the products launched first, test on the other half."""
    parameters = parameters or PersuasionParameters()
    first_half = np.zeros(snapshot.products, dtype=np.bool_)
    first_half[np.argsort(snapshot.product_from, kind="stable")[: snapshot.products // 2]] = True
    early = first_half[snapshot.first_product]
    learnt = estimate_persuasion(snapshot, parameters, events=early)
    past = _part(snapshot, snapshot.as_of, early)
    split = "learnt from the products launched first, tested on the others"
    return _held_out(past, learnt, snapshot, ~early, parameters, split)


def earlier(snapshot: Snapshot, as_of: int) -> Snapshot:
    """Return the snapshot as it was at an earlier instant, with the same numbering of customers and products.

    Friendships and purchases that came later are gone, ends that came later are unknown.
    """
    return _part(snapshot, as_of, np.ones(len(snapshot.first_time), dtype=np.bool_))


def _part(snapshot: Snapshot, as_of: int, kept: Mask) -> Snapshot:
    """Return the snapshot at an instant with some of its first purchases."""
    s = snapshot
    return assemble_snapshot(
        CustomerRows(s.customer_ids, s.customer_from, s.customer_to, s.customer_stratum, s.customer_opted_out),
        ProductRows(
            ids=s.product_ids,
            launched=s.product_from,
            withdrawn=s.product_to,
            topic_ids=s.topic_ids,
            topic_pairs=(_rows(s.product_topic_offsets), s.product_topics.astype(np.int64)),
            topic_weights=s.product_topic_weights,
        ),
        TieRows(_rows(s.edge_offsets), s.edge_targets.astype(np.int64), s.edge_since, s.edge_until, s.edge_weight),
        PurchaseRows(
            s.first_customer[kept].astype(np.int64),
            s.first_product[kept].astype(np.int64),
            s.first_time[kept],
            s.first_margin[kept],
        ),
        interests=(_rows(s.interest_offsets), s.interest_topics.astype(np.int64)),
        exposures=ExposureRows(
            s.exposure_customer.astype(np.int64),
            s.exposure_product.astype(np.int64),
            s.exposure_topic.astype(np.int64),
            s.exposure_from,
            s.exposure_to,
        ),
        as_of=as_of,
        data_version=s.data_version,
    )


def page_rank(snapshot: Snapshot) -> Float64:
    """Return PageRank over the ties that exist at `as_of`, from the influenced to those who influence them, [n].

    Damping 0.85, iterated until the L1 change is below 1e-10; the mass of customers whom nobody influences is
    spread evenly.
    """
    n = snapshot.customers
    active = snapshot.edge_until == NEVER
    leader, follower = _rows(snapshot.edge_offsets)[active], snapshot.edge_targets[active]
    leaders = np.bincount(follower, minlength=n)
    rank = np.full(n, 1.0 / max(n, 1))
    for _ in range(1_000):
        share = np.divide(rank, leaders, out=np.zeros(n), where=leaders > 0)
        lost = rank[leaders == 0].sum()
        flow = np.bincount(leader, weights=share[follower], minlength=n)
        new = _DAMPING * (flow + lost / n) + (1 - _DAMPING) / n
        if np.abs(new - rank).sum() < 1e-10:
            return np.asarray(new, dtype=np.float64)
        rank = new
    return rank


def _held_out(
    past: Snapshot,
    learnt: PersuasionResult,
    snapshot: Snapshot,
    tested: Mask,
    parameters: PersuasionParameters,
    split: str,
) -> HeldOut:
    """Compare what was learnt, and simpler scores of the same purchases `past`, with what was tested."""
    n = snapshot.customers
    later = count_exposures(snapshot, parameters, events=tested, before=False)

    def total(values: Float64 | Int32) -> Float64:
        return np.asarray(np.bincount(snapshot.first_customer, weights=values * tested, minlength=n), np.float64)

    category = np.where(snapshot.product_topic < 0, snapshot.topics, snapshot.product_topic)
    lag = learnt.calibration["lag"].to_numpy(np.float64)[category[snapshot.first_product]]
    expected = total(later.near_expected * lag)
    # of the learnt purchases alone: what the estimator reports is credit over the whole log it was given
    credit = np.bincount(past.first_customer, weights=distribute_credit(past, parameters).total, minlength=n)
    every = learnt.customers.reindex(snapshot.customer_ids)
    known = every["persuasion_expected"].fillna(0.0)
    frame = pd.DataFrame(
        {
            "rate": learnt.rates,
            "lift": (every["follow_on_count"] + parameters.kappa) / (known + parameters.kappa),
            "cd_per_action": credit / np.maximum(np.diff(past.customer_offsets), 1),
            "goyal": every["goyal_bernoulli"].fillna(0.0),
            "follow_on": every["follow_on_count"],
            "page_rank": page_rank(past),
            "degree": every["friends"],
            "actions": np.bincount(snapshot.first_customer[tested], minlength=n),
            "exposures": total(later.at_risk),
            "observed": total(later.near),
        },
        index=every.index,
    )
    frame["forecast.rate"] = expected + frame["rate"] * frame["exposures"]
    frame["forecast.lift"] = expected * frame["lift"]
    frame["forecast.goyal"] = frame["goyal"] * frame["actions"]
    frame = frame.loc[learnt.customers.index]  # nobody who opted out
    return HeldOut(
        customers=frame,
        lifts=_lifts(frame),
        errors=_errors(frame),
        deciles=_deciles(frame),
        slope=decile_slope(frame["forecast.rate"].to_numpy(), frame["observed"].to_numpy()),
        split=split,
        window_days=parameters.window_days,
        activity_days=parameters.activity_days,
    )


RANKED: Final = {
    "persuasion rate": "rate",
    "credit distribution": "cd_per_action",
    "Goyal Bernoulli": "goyal",
    "follow-on count": "follow_on",
    "PageRank": "page_rank",
    "friends": "degree",
}
FORECASTS: Final = {"persuasion rate": "rate", "lift": "lift", "Goyal Bernoulli": "goyal"}


def _lifts(frame: pd.DataFrame) -> pd.DataFrame:
    outcome, exposure = frame["observed"].to_numpy(np.float64), frame["exposures"].to_numpy(np.float64)
    rows = {
        words: [top_lift(frame[name].to_numpy(np.float64), outcome, exposure, share) for share in SHARES]
        for words, name in RANKED.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(SHARES))


def _errors(frame: pd.DataFrame) -> pd.DataFrame:
    acted = frame["actions"] > 0
    rows = {}
    for words, name in FORECASTS.items():
        miss = frame[f"forecast.{name}"] - frame["observed"]
        rows[words] = {
            "mae": miss[acted].abs().mean(),
            "rmse": float(np.sqrt((miss**2).mean())),
            "ratio": frame[f"forecast.{name}"].sum() / max(frame["observed"].sum(), 1),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _deciles(frame: pd.DataFrame) -> pd.DataFrame:
    order = np.argsort(frame["forecast.rate"].to_numpy(), kind="stable")
    return pd.DataFrame(
        [
            {
                "tenth": tenth,
                "customers": len(part),
                "predicted": frame["forecast.rate"].to_numpy()[part].mean(),
                "realised": frame["observed"].to_numpy()[part].mean(),
            }
            for tenth, part in enumerate(np.array_split(order, 10), start=1)
            if len(part)
        ]
    )


def _rows(offsets: Int64) -> Int64:
    """Return the row number of every entry of a CSR structure."""
    return np.repeat(np.arange(len(offsets) - 1, dtype=np.int64), np.diff(offsets))


def write_holdout(found: HeldOut, out: Path) -> list[Path]:
    """Write the figures and the chart as one HTML file, and the figures per customer as Parquet, into a folder.

    The Parquet file names customers and is readable by its owner only.

    Raises:
        UsageProblem: The folder cannot be written.
    """
    with suppress(OSError):  # writing the first file says what is wrong with the folder
        out.mkdir(parents=True, exist_ok=True)
    lifts = found.lifts.rename(columns=lambda share: f"top {share:.0%}").rename_axis("score").reset_index()
    page = html_page(
        "Held-out prediction",
        [
            f"{found.summary()[0].upper()}{found.summary()[1:]}.",
            "Lift: follow-on purchases per friend who could follow, among the customers a score ranks highest, "
            "over the same among all. A follow-on is a fact, not a proof of persuasion.",
        ],
        {
            "Lift by score": lifts,
            "Error of the forecast": found.errors.rename_axis("forecast").reset_index(),
            f"Calibration, slope {found.slope:.2f}": found.deciles,
        },
        {"Lift": lift_chart(found.lifts), "Calibration": calibration_chart(found.deciles)},
    )
    return [
        write_atomically(out / "holdout.html", page).path,
        write_atomically(out / "holdout.parquet", found.customers.to_parquet(), mode=PERSONAL).path,
    ]
