"""What the estimator can be told, with the defaults of metrics.md 1.3."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from influence.errors import UsageProblem
from influence.snapshot.arrays import DAY

__all__ = ["ACTIVITY_BINS", "CATEGORY_BINS", "FAR_END", "FAR_START", "PersuasionParameters"]

CATEGORY_BINS: Final = (1, 2, 4, 7)
"""Prior purchases in the category of the product: 0, 1, 2-3, 4-6, 7 and more."""

ACTIVITY_BINS: Final = (1, 2, 4, 8, 16)
"""Prior purchases in the activity span: 0, 1, 2-3, 4-7, 8-15, 16 and more."""

FAR_START: Final = 2
FAR_END: Final = 5
"""The distant windows reach from 2 to 5 windows away, (2w, 5w] after and [-5w, -2w) before."""


@dataclass(frozen=True)
class PersuasionParameters:
    """Settings of one persuasion run; every default is the one the published figures were measured with.

    Attributes:
        window_days: Follow-on window w in days.
        activity_days: Span before t in which purchases count as activity; infinity = lifetime, which
            mistakes people who left long ago for buyers and exists to show just that.
        strata_weight: Prior weight m of the back-off hazard in a stratum.
        kappa: Prior weight of the lift towards 1.
        lag_calibration: False sets lambda to 1 everywhere, which exists to show what that costs.
        lag_floor: Least far expectation for a factor of a category's own, else the global one is used; also
            the least sum for which the shape k is fitted.
        lag_clip: Smallest and largest lambda.
        default_shape: Shape k of a customer's own lambda when there is too little to fit it.
        q_limit: False discovery rate of the family.
        lift_limit, timing_limit: The other two conditions of a certified persuader.
        min_purchases, min_friends: Evidence floor.
        dependent_tests: Benjamini-Yekutieli instead of Benjamini-Hochberg, for strongly overlapping friends.
        topic_floor: Least expectation in a topic, below it the global lift stands in.
        credit_days: Decay of credit distribution, tau, in days.
        share_cap: Largest part of one sale that persuaders can share.
        bootstrap: Replicates, over products, for the interval of lambda.
        prior_rows: Most rows the prior of the persuasion rate is fitted on; more are thinned evenly.
        diagnostic_visits: Most friend visits that the shuffled-friend diagnostic spends.
        seed: Seed of bootstrap, shuffles and thinning.
        threads: Number of threads, all cores when not given. Results do not depend on it.
        store_visits: Most friend visits held in memory at once. Results do not depend on it.
        group_visits: Most of them that a thread works on at once. Results do not depend on it.
        table_cells: Most counts of a customer in a category that a thread holds at once, beyond eight categories.
            Results do not depend on it.
    """

    window_days: float = 28.0
    activity_days: float = 90.0
    strata_weight: float = 50.0
    kappa: float = 2.0
    lag_calibration: bool = True
    lag_floor: float = 100.0
    lag_clip: tuple[float, float] = (0.5, 5.0)
    default_shape: float = 20.0
    q_limit: float = 0.10
    lift_limit: float = 1.5
    timing_limit: float = 0.20
    min_purchases: int = 5
    min_friends: int = 3
    dependent_tests: bool = False
    topic_floor: float = 0.5
    credit_days: float = 14.0
    share_cap: float = 0.9
    bootstrap: int = 500
    prior_rows: int = 1_000_000
    diagnostic_visits: int = 4_000_000
    seed: int = 0
    threads: int | None = None
    store_visits: int = 700_000_000
    group_visits: int = 64_000_000
    table_cells: int = 64_000_000

    def __post_init__(self) -> None:
        """Refuse values that no formula allows.

        Raises:
            UsageProblem: A span, weight or share is out of range.
        """
        for name in ("window_days", "activity_days", "strata_weight", "kappa", "credit_days"):
            if not getattr(self, name) > 0:
                raise UsageProblem(
                    f"`{name}` must be above 0",
                    code="parameter-invalid",
                    hint=f"give `{name}` a positive number, or leave it out for its default",
                    parameter=name,
                )
        for name in ("q_limit", "timing_limit", "share_cap"):
            if not 0 < getattr(self, name) <= 1:
                raise UsageProblem(
                    f"`{name}` must be above 0 and at most 1",
                    code="parameter-invalid",
                    hint=f"give `{name}` a share such as 0.1, or leave it out for its default",
                    parameter=name,
                )

    @property
    def window(self) -> int:
        """The window in microseconds."""
        return round(self.window_days * DAY)

    @property
    def activity_span(self) -> int:
        """The activity span in microseconds; longer than any log when infinite."""
        return round(self.activity_days * DAY) if math.isfinite(self.activity_days) else 2**61
