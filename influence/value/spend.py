"""Margin per purchase: the Gamma-Gamma model by maximum likelihood (metrics.md 5.3).

Mean margins vary around a customer's own level, levels vary between customers: a customer seen often keeps her
own mean, one seen rarely is drawn to everybody's. `E[M] = p*(v + x*mbar)/(p*x + q - 1)`, prior mean `p*v/(q-1)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import gammaln, psi

from influence.errors import ComputeFailed
from influence.snapshot.arrays import Float64
from influence.value.kernel import margin_pass

__all__ = ["SpendModel", "fit_spend_model"]


@dataclass(frozen=True)
class SpendModel:
    """A fitted Gamma-Gamma model.

    Attributes:
        p, q, v: Parameters; q > 1, so that the prior mean exists. v is in money units.
        customers: How many customers it was fitted on: at least one repeat and a positive mean margin.
        excluded: Customers with repeats whose mean margin is not positive or not known.
        correlation: Correlation of repeats and mean margin among the fitted; the model assumes none.
        log_likelihood: At these parameters.
        penalty: Weight of the penalty that was needed, 0.0 = plain maximum likelihood.
    """

    p: float
    q: float
    v: float
    customers: int = 0
    excluded: int = 0
    correlation: float = float("nan")
    log_likelihood: float = float("nan")
    penalty: float = 0.0

    @property
    def prior_mean(self) -> float:
        """Expected margin per purchase of a customer about whom nothing is known."""
        return self.p * self.v / (self.q - 1.0)

    def expected_margin(self, repeats: ArrayLike, mean_margin: ArrayLike) -> Float64:
        """Return [n] the expected margin per purchase; the prior mean without a usable mean margin."""
        x, mean = np.asarray(repeats, dtype=np.float64), np.asarray(mean_margin, dtype=np.float64)
        known = usable(x, mean)
        own = np.where(known, mean, 0.0)
        seen = np.where(known, x, 0.0)
        return np.asarray(self.p * (self.v + seen * own) / (self.p * seen + self.q - 1.0), dtype=np.float64)


def usable(repeats: Float64, mean_margin: Float64) -> np.typing.NDArray[np.bool_]:
    """Return [n] which customers say something about margins: a repeat and a known positive mean."""
    return np.asarray((repeats > 0) & (np.nan_to_num(mean_margin) > 0), dtype=np.bool_)


def fit_spend_model(repeats: ArrayLike, mean_margin: ArrayLike) -> SpendModel:
    """Fit the Gamma-Gamma model to customers with at least one repeat and a positive mean margin.

    The search runs over (log p, log(q-1), log v): q > 1 keeps the prior mean finite. When margins hardly vary there is
    no optimum inside the bounds; a small penalty on the logs then picks one, and the result says so.

    Args:
        repeats: [n] repeat purchases (x).
        mean_margin: [n] mean margin per repeat, NaN if unknown.

    Raises:
        ComputeFailed: Nobody has a repeat with a positive margin.
    """
    every_x, every_mean = np.asarray(repeats, dtype=np.float64), np.asarray(mean_margin, dtype=np.float64)
    known = usable(every_x, every_mean)
    x, mean = every_x[known], every_mean[known]
    if len(x) == 0:
        raise ComputeFailed(
            "customer lifetime value needs repeat purchases with a positive margin, and there are none",
            code="no-repeat-margins",
            hint="load a `margin` column with the purchases",
            customers=len(every_x),
        )
    scale = float(mean.mean())
    unit = mean / scale
    counts, x_of = np.unique(x, return_inverse=True)
    many = np.bincount(x_of).astype(np.float64)
    log_mean = float(np.log(unit).sum())
    x_log_mean = float((x * np.log(unit)).sum())
    x_log_x = float((x * np.log(x)).sum())

    def log_likelihood(theta: Float64) -> tuple[float, Float64]:
        p, q, v = np.exp(theta[0]), 1.0 + np.exp(theta[1]), np.exp(theta[2])
        px = p * counts
        plain, weighted, slope = margin_pass(v, p, q, x, unit)
        value = (
            many @ (gammaln(px + q) - gammaln(px))
            - len(x) * gammaln(q)
            + len(x) * q * np.log(v)
            + p * (x_log_mean + x_log_x - weighted)
            - log_mean
            - q * plain
        )
        d_p = (many * counts) @ (psi(px + q) - psi(px)) + x_log_mean + x_log_x - weighted
        d_q = many @ psi(px + q) - len(x) * psi(q) + len(x) * np.log(v) - plain
        d_v = len(x) * q / v - slope
        return float(value), np.array([d_p * p, d_q * (q - 1.0), d_v * v])

    # start at the right prior mean (1 in these units), moderate differences between customers
    start, bound = np.array([np.log(4.0), np.log(2.0), np.log(0.5)]), np.log(1e5)
    for penalty in (0.0, 1e-4, 1e-3, 1e-2):

        def objective(theta: Float64, penalty: float = penalty) -> tuple[float, Float64]:
            value, gradient = log_likelihood(theta)
            away = theta - start
            return penalty * float(away @ away) - value / len(x), 2.0 * penalty * away - gradient / len(x)

        result = minimize(
            objective,
            start,
            jac=True,
            method="SLSQP",
            bounds=[(-bound, bound)] * 3,
            options={"ftol": 1e-13, "maxiter": 500},
        )
        theta = np.asarray(result.x, dtype=np.float64)
        if np.all(np.abs(theta) < 0.95 * bound) and np.max(np.abs(result.jac)) < 1e-4:
            break
    steady = bool(np.ptp(x) == 0.0 or np.ptp(mean) == 0.0)
    return SpendModel(
        p=float(np.exp(theta[0])),
        q=float(1.0 + np.exp(theta[1])),
        v=float(np.exp(theta[2])) * scale,
        customers=len(x),
        excluded=int((every_x > 0).sum()) - len(x),
        correlation=float("nan") if steady else float(np.corrcoef(x, mean)[0, 1]),
        log_likelihood=float(log_likelihood(theta)[0] - len(x) * np.log(scale)),
        penalty=penalty,
    )
