"""What value is reckoned with: horizon, discount, and what a referral programme costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from influence.errors import ConfigError

__all__ = ["Terms"]


@dataclass(frozen=True)
class Terms:
    """Assumptions of value measures (metrics.md 1.3, 5). Amounts are in the main unit of the currency, such as euros.

    Attributes:
        months: Horizon of lifetime value.
        discount: Yearly discount rate.
        p_two: Share of the referred who would have come anyway, from a holdout or the firm's own knowledge; `None` =
            estimate it from prospects whom nobody invited, else 0.5 with a warning.
        acquisition_cost: What a new customer costs by other means; `None` = the mean of the customers who were not
            referred, where the data say it.
        programme_cost: Running cost of the referral programme over its whole time, incentives not included; `None` =
            unknown, which counts as no cost and is said.
        return_days: Days after the first purchase until it is final.
        lead_weights: Stage to what a referral at it is worth (`referral.lead_weights` reads a file); `None` = the
            packaged ones.

    Raises:
        ConfigError: A figure is out of its range.
    """

    months: int = 12
    discount: float = 0.15
    p_two: float | None = None
    acquisition_cost: float | None = None
    programme_cost: float | None = None
    return_days: float = 30.0
    lead_weights: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        """Refuse what no formula can take."""
        wrong = [
            name
            for name, good in (
                ("horizon", 1 <= self.months <= 240),
                ("discount", 0.0 <= self.discount <= 10.0),
                ("p-two", self.p_two is None or 0.0 <= self.p_two <= 1.0),
                ("acquisition-cost", self.acquisition_cost is None or self.acquisition_cost >= 0.0),
                ("programme-cost", self.programme_cost is None or self.programme_cost >= 0.0),
                ("return-window", self.return_days >= 0.0),
            )
            if not good
        ]
        if wrong:
            raise ConfigError(
                f"{', '.join(f'`--{name}`' for name in wrong)} cannot be used",
                code="bad-terms",
                hint="a horizon from 30d to 7305d, a discount such as 0.15, a probability from 0 to 1, costs from 0",
                options=wrong,
            )
