"""Members of the firm's own community against non-members, raw and matched (metrics.md 7; row 36).

People who join a community were good customers before they joined. The raw difference says so and nothing more; the
matched difference-in-differences asks how much more a member's margin changed than that of customers who were alike.
Both figures always appear together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from influence.snapshot.arrays import ALWAYS, DAY, NEVER, Float64, Int64
from influence.value.measures import INSUFFICIENT, NOT_APPLICABLE, OK, total_by
from influence.value.purchases import Purchases

__all__ = ["MembershipLift", "difference_in_differences", "membership_lift"]

_REPLICATES: Final = 500
_COMMUNITIES: Final = 20  # fewer: the bootstrap draws members instead of communities
_TENURE_BANDS: Final = (90.0, 365.0, 1095.0)


@dataclass(frozen=True)
class MembershipLift:
    """What membership goes along with (raw) and what it may have changed (matched).

    Attributes:
        raw: mean of members / mean of non-members - 1 over the last window before `as_of`, among those who were
            customers when it began.
        did: Minor units per member and window, members' change beyond that of their controls.
        lift: did / (mean member margin afterwards - did).
        share: Attributable share, did / mean member margin afterwards.
        lift_low, lift_high: 95 % bootstrap interval of `lift`.
        did_low, did_high: 95 % bootstrap interval of `did`.
        members: Members with a join date and both windows inside the data and inside their time as customers.
        matched: Of those, with at least one control.
        unmatched: The rest.
        window_days: Length of the windows before and after joining.
        resampled: What the bootstrap drew: `communities` or `members`.
        status: `ok`, `insufficient_data` (nobody matched), `not_applicable` (no join dates).
    """

    raw: float
    did: float
    lift: float
    share: float
    lift_low: float
    lift_high: float
    did_low: float
    did_high: float
    members: int
    matched: int
    unmatched: int
    window_days: float
    resampled: str
    status: str


def difference_in_differences(
    before: ArrayLike,
    after: ArrayLike,
    control_change: ArrayLike,
    cluster: ArrayLike | None = None,
    control_error: float = 0.0,
    seed: int = 0,
) -> tuple[Float64, Float64, str]:
    """Return (did, lift, share), their bootstrap replicates and what was drawn.

    Args:
        before, after: [k] margin of each member in the window before and after joining.
        control_change: [k] mean change of the member's controls.
        cluster: [k] community of each member; with 20 or more communities those are drawn, else members.
        control_error: Standard error of the mean control change: the controls are a sample too.
        seed: Of the draws.

    Returns:
        [3] figures; [500, 3] replicates; `communities` or `members`.
    """
    y0, y1, change = (np.asarray(v, dtype=np.float64) for v in (before, after, control_change))
    unit = np.arange(len(y0)) if cluster is None else np.unique(np.asarray(cluster), return_inverse=True)[1]
    drawn = "communities"
    if cluster is None or int(unit.max()) + 1 < _COMMUNITIES:
        unit, drawn = np.arange(len(y0)), "members"
    units = int(unit.max()) + 1
    gain, later, size = (total_by(unit, units, v) for v in (y1 - y0 - change, y1, np.ones(len(y0))))

    def figures(weight: Float64, noise: float) -> Float64:
        k = weight @ size
        did, mean = (weight @ gain) / k + noise, (weight @ later) / k
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.stack([did, did / (mean - did), did / mean], axis=-1)

    generator = np.random.default_rng(seed)
    replicates, noise = np.empty((_REPLICATES, 3)), generator.normal(0.0, control_error, _REPLICATES)
    for r in range(_REPLICATES):  # one at a time: [500, members] weights would not fit for a large community
        replicates[r] = figures(total_by(generator.integers(0, units, units), units), noise[r])
    return figures(np.ones(units), 0.0), replicates, drawn


def membership_lift(
    purchases: Purchases,
    joined: Int64,
    community: ArrayLike,
    stratum: ArrayLike,
    known_since: Int64,
    *,
    window_days: float = 180.0,
    cohort_days: float = 1.0,
    seed: int = 0,
) -> MembershipLift:
    """Compare members with non-members, raw and by matched difference-in-differences.

    A member who joined at J is compared with everybody who was no member from J to J+H (whoever joins in between would
    carry part of the effect into the comparison), had been a customer for H days at least, and was in the same stratum:
    segment x tenure band x activity tertile x quintile of earlier margin. Activity and margin are those before the
    window [J-H, J) starts: matching on that window itself would pick controls who happened to have a good half-year,
    whose fall back to normal then looks like an effect of joining.

    Args:
        purchases: All lines; lines of unknown margin count 0 on both sides.
        joined: [n] instant of joining, `NEVER` = no member, `ALWAYS` = member since an unknown date (in the raw figure
            only).
        community: [n] community number of members; what it is for others does not matter.
        stratum: [n] segment code.
        known_since: [n] instant since when the customer is one, best the first purchase: accounts that have not bought
            are no controls for customers. `ALWAYS` = unknown (longest tenure band), `NEVER` = not a customer.
        window_days: H, the length of both windows.
        cohort_days: Join dates are compared in cohorts of this length, anchored at its middle; 1 is exact to half a
            day, a week is enough for a large community and seven times as fast.
        seed: Of the bootstrap.
    """
    n, end = purchases.customers, purchases.as_of
    span = round(window_days * DAY)
    line_margin = np.nan_to_num(purchases.margin)
    running = np.concatenate([[0.0], np.cumsum(line_margin)])
    lines = np.concatenate([[0], np.cumsum(np.bincount(purchases.customer, minlength=n))])
    # one sortable key per line: customer, then time; windows are differences of the running sum
    low, width = int(purchases.at.min()) if len(purchases.at) else 0, int(end) + 1
    width = max(width - low, 1) + 1
    key = purchases.customer.astype(np.int64) * width + (purchases.at - low)

    def before(instant: int, who: Int64) -> Int64:
        """Return how many lines stand before (customer, instant)."""
        place = min(max(instant - low, 0), width - 1)
        return np.searchsorted(key, who * width + place).astype(np.int64)

    everybody = np.arange(n, dtype=np.int64)
    member = joined != NEVER
    last = running[lines[1:]] - running[before(end - span, everybody)]
    present = known_since < end - span  # customers throughout the window, on both sides
    insiders, outsiders = last[member & present], last[~member & present]
    raw = float(insiders.mean() / outsiders.mean() - 1.0) if len(insiders) and outsiders.sum() > 0 else float("nan")
    dated = member & (joined != ALWAYS) & (joined - span >= low) & (joined + span <= end)
    dated &= known_since <= joined - span
    segment = np.asarray(stratum, dtype=np.int64)
    cohort = (joined[dated] - low) // round(cohort_days * DAY)
    who_dated = np.flatnonzero(dated)
    sway = np.zeros(n)  # how much each control moves the sum of control changes, over all cohorts she serves in
    result: list[tuple[Int64, Float64, Float64, Float64]] = []
    for c in np.unique(cohort):
        instant = low + round((float(c) + 0.5) * cohort_days * DAY)
        members = who_dated[cohort == c]
        at = {k: before(instant + k * span, everybody) for k in (-1, 0, 1)}
        y0, y1 = running[at[0]] - running[at[-1]], running[at[1]] - running[at[0]]
        exists = known_since <= instant - span
        control = exists & (joined > instant + span)
        cell = _cells(
            segment,
            np.where(known_since == ALWAYS, np.inf, (instant - known_since) / DAY),
            (at[-1] - lines[:-1]).astype(np.float64),
            running[at[-1]] - running[lines[:-1]],
            exists,
        )
        cells = int(cell.max()) + 1
        count = total_by(cell[control], cells)
        drift = total_by(cell[control], cells, (y1 - y0)[control])
        found = count[cell[members]] > 0
        kept = members[found]
        weight = np.divide(total_by(cell[kept], cells), count, out=np.zeros(cells), where=count > 0)
        mean = np.divide(drift, count, out=np.zeros(cells), where=count > 0)
        sway[control] += (weight[cell] * (y1 - y0 - mean[cell]))[control]
        result.append((kept, y0[kept], y1[kept], mean[cell[kept]]))
    inside = np.concatenate([part[0] for part in result]) if result else np.empty(0, dtype=np.int64)
    nothing = float("nan")
    if len(inside) == 0:
        state = INSUFFICIENT if dated.any() else NOT_APPLICABLE
        gaps = (nothing,) * 7
        return MembershipLift(raw, *gaps, int(dated.sum()), 0, int(dated.sum()), window_days, "members", state)
    pre, post, change = (np.concatenate([part[k] for part in result]) for k in (1, 2, 3))
    error = float(np.sqrt(sway @ sway)) / len(inside)
    point, draws, drawn = difference_in_differences(pre, post, change, np.asarray(community)[inside], error, seed)
    bounds = np.quantile(draws, [0.025, 0.975], axis=0)
    return MembershipLift(
        raw=raw,
        did=float(point[0]),
        lift=float(point[1]),
        share=float(point[2]),
        lift_low=float(bounds[0, 1]),
        lift_high=float(bounds[1, 1]),
        did_low=float(bounds[0, 0]),
        did_high=float(bounds[1, 0]),
        members=int(dated.sum()),
        matched=len(inside),
        unmatched=int(dated.sum()) - len(inside),
        window_days=window_days,
        resampled=drawn,
        status=OK,
    )


def _cells(segment: Int64, tenure: Float64, activity: Float64, margin: Float64, exists: NDArray[np.bool_]) -> Int64:
    """Return [n] stratum numbers: segment x tenure band x activity tertile x margin quintile, cut among `exists`."""
    band = np.digitize(tenure, _TENURE_BANDS)
    third = np.digitize(activity, np.quantile(activity[exists], [1 / 3, 2 / 3])) if exists.any() else band * 0
    fifth = np.digitize(margin, np.quantile(margin[exists], [0.2, 0.4, 0.6, 0.8])) if exists.any() else band * 0
    return np.asarray(((segment * 4 + band) * 3 + third) * 5 + fifth, dtype=np.int64)
