"""Repeat purchases and drop-out: BG/NBD and MBG/NBD by maximum likelihood (metrics.md 5.3).

Both models say: while alive, a customer buys at a constant rate drawn from Gamma(r, alpha); after a purchase she
drops out with a probability drawn from Beta(a, b). In BG/NBD (Fader, Hardie, Lee 2005) nobody drops out before the
first repeat; MBG/NBD (Batislam, Denizel, Filiztekin 2007) lets her drop out after the first purchase as well,
which suits shops where many never return. With y = x for BG/NBD and y = x + 1 for MBG/NBD the two share every formula::

    L = Gam(r+x) alpha^r / Gam(r) * [ B(a,b+y)/B(a,b) (alpha+T)^-(r+x) + 1[y>0] B(a+1,b+y-1)/B(a,b) (alpha+t_x)^-(r+x) ]

Times are in any unit, the same for recency, age and horizon; alpha is in that unit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import betaln, expit, gammaln, psi

from influence.errors import ComputeFailed
from influence.snapshot.arrays import Float64, Int64
from influence.value.kernel import expected_pass, history_pass
from influence.value.measures import total_by

__all__ = ["RepeatModel", "fit_repeat_model"]

_NODES: Final = 48
"""Quadrature points over the drop-out probability; exact to 1e-8 for spans up to 15 times alpha + T."""

_BOUND: Final = np.log(1e5)  # parameters outside [1e-5, 1e5] (alpha over the mean age) mean "no optimum in sight"
_PENALTIES: Final = (0.0, 1e-4, 1e-3, 1e-2, 1e-1)
_MANY_SINGLE: Final = 0.7  # share of customers without a repeat above which MBG/NBD is tried as well
_STARTS: Final = ((-0.7, -0.7, 0.0, 0.7), (0.7, 0.7, -0.7, 0.0), (-1.5, -1.5, 0.7, 1.5))


@dataclass(frozen=True)
class RepeatModel:
    """A fitted BG/NBD or MBG/NBD model.

    Attributes:
        r, alpha: Shape and rate of the purchase rate; alpha in time units.
        a, b: Parameters of the drop-out probability.
        modified: Whether it is MBG/NBD.
        log_likelihood: Of the data at these parameters, without the penalty.
        penalty: Weight of the penalty that was needed, 0.0 = plain maximum likelihood.
        evaluations: Likelihood evaluations the fit took.
    """

    r: float
    alpha: float
    a: float
    b: float
    modified: bool = False
    log_likelihood: float = float("nan")
    penalty: float = 0.0
    evaluations: int = 0

    def p_alive(self, repeats: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Float64:
        """Return [n] the probability that each customer has not dropped out at the end of `age`."""
        x, t_x, t = (np.asarray(v, dtype=np.float64) for v in (repeats, recency, age))
        y = x + self.modified
        log_odds = (
            np.log(self.a)
            - np.log(self.b + np.maximum(y, 1.0) - 1.0)
            + (self.r + x) * np.log((self.alpha + t) / (self.alpha + t_x))
        )
        return np.asarray(np.where(y > 0, expit(-log_odds), 1.0), dtype=np.float64)

    def expected_purchases(
        self,
        until: ArrayLike,
        repeats: ArrayLike,
        recency: ArrayLike,
        age: ArrayLike,
        weights: ArrayLike | None = None,
    ) -> Float64:
        """Return [n] the expected purchases in the `until` time units after `age`, given the history.

        The closed form `(a+b+y-1)/(a-1) * [1 - ...2F1(...)]` cancels when a is near 1 and overflows for large x. The
        same number is an integral of a smooth positive function over the drop-out probability p of a living
        customer, p ~ Beta(a, b+y): `E[(1 - (1 + p*t/(alpha+T))^-(r+x)) / p]`; Gauss-Jacobi points give it stably.

        Args:
            until: One span, or [k] spans whose expectations are added up with `weights`.
            repeats, recency, age: [n] history of each customer.
            weights: [k] factor of each span; default 1. `discounted` spans make a present value.
        """
        x, t_x, t = (np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in (repeats, recency, age))
        spans = np.atleast_1d(np.asarray(until, dtype=np.float64))
        factor = np.ones(len(spans)) if weights is None else np.asarray(weights, dtype=np.float64)
        counts, x_of = np.unique(x, return_inverse=True)
        ages, age_of = np.unique(t, return_inverse=True)
        pairs, pair_of = np.unique(x_of * len(ages) + age_of, return_inverse=True)
        nodes, mass = _jacobi(self.a, self.b + counts + self.modified)
        row = pairs // len(ages)
        alive = expected_pass(
            self.r + counts[row], self.alpha + ages[pairs % len(ages)], row, nodes, mass, spans, factor
        )
        return alive[pair_of] * self.p_alive(x, t_x, t)


def fit_repeat_model(
    repeats: ArrayLike,
    recency: ArrayLike,
    age: ArrayLike,
    model: Literal["auto", "bg", "mbg"] = "auto",
    penalty: float | None = None,
) -> RepeatModel:
    """Fit BG/NBD or MBG/NBD by maximum likelihood with analytic gradients.

    Customers with the same history count once with a weight. The plain likelihood is tried first, from further
    starting points only if it does not converge; when there is no optimum inside the bounds, a growing penalty
    `penalty * sum(log parameter)^2` per customer is added, and the result says so.

    Args:
        repeats, recency, age: [n] history of customers with at least one purchase.
        model: `auto` = BG/NBD, or the likelier of the two (they have equally many parameters) when more than 70 %
            never came back.
        penalty: Use this penalty instead of searching for one.

    Raises:
        ComputeFailed: There is no customer, nobody repeats, or a history is impossible.
    """
    data = _Histories.of(repeats, recency, age)
    penalties = _PENALTIES if penalty is None else (penalty,)
    if model == "auto":
        kinds = [False, True] if data.single_share > _MANY_SINGLE else [False]
    else:
        kinds = [model == "mbg"]
    fitted = [_fit(data, modified, penalties) for modified in kinds]
    best = max(fitted, key=lambda candidate: candidate.log_likelihood)
    return replace(best, evaluations=sum(candidate.evaluations for candidate in fitted))


@dataclass(frozen=True)
class _Histories:
    """Distinct histories with weights; logs and gammas are taken once per distinct value.

    `x_of`, `recency_of`, `age_of` point from the g histories into the distinct values; `by_x` counts customers per x.
    """

    x: Float64
    recency: Float64
    age: Float64
    x_of: Int64
    recency_of: Int64
    age_of: Int64
    weight: Float64
    by_x: Float64
    scale: float

    @property
    def single_share(self) -> float:
        """Share of customers without a repeat."""
        return float(self.by_x[self.x == 0].sum() / self.by_x.sum())

    @staticmethod
    def of(repeats: ArrayLike, recency: ArrayLike, age: ArrayLike) -> _Histories:
        x, t_x, t = (np.asarray(v, dtype=np.float64) for v in (repeats, recency, age))
        if len(x) == 0 or not np.any(x > 0):
            raise ComputeFailed(
                "customer lifetime value needs customers who came back, and nobody has",
                code="no-repeat-purchases",
                hint="load a longer purchase history; past customer value and RFM need none",
                customers=len(x),
            )
        wrong = ~((x >= 0) & (t_x >= 0) & (t_x <= t)) | ((x == 0) != (t_x == 0))
        if np.any(wrong):
            raise ComputeFailed(
                "a purchase history is impossible: recency must lie between 0 and age, and be 0 without a repeat",
                code="impossible-history",
                hint="build histories with `summarise_repeats`",
                customers=int(wrong.sum()),
            )
        xs, x_of = np.unique(x, return_inverse=True)
        ts, age_of = np.unique(t, return_inverse=True)
        rs, recency_of = np.unique(t_x, return_inverse=True)
        keys, weight = np.unique((x_of * len(ts) + age_of) * len(rs) + recency_of, return_counts=True)
        scale = float(t.mean()) or 1.0
        x_of = keys // (len(rs) * len(ts))
        return _Histories(
            x=xs,
            recency=rs / scale,
            age=ts / scale,
            x_of=x_of,
            recency_of=keys % len(rs),
            age_of=keys // len(rs) % len(ts),
            weight=weight.astype(np.float64),
            by_x=total_by(x_of, len(xs), weight),
            scale=scale,
        )


def _fit(data: _Histories, modified: bool, penalties: tuple[float, ...]) -> RepeatModel:
    """Return the best fit under the first penalty that yields an optimum inside the bounds."""
    total = float(data.by_x.sum())
    repeats = float(data.by_x @ data.x)
    rate = repeats / float((data.weight * data.age[data.age_of]).sum())
    centre = np.array([0.0, -np.log(rate), 0.0, 0.0])
    evaluations = 0
    theta, found = centre, False
    used = penalties[-1]
    for penalty in penalties:

        def objective(point: Float64, penalty: float = penalty) -> tuple[float, Float64]:
            value, gradient = _log_likelihood(point, data, modified)
            return (
                penalty * float(point @ point) - value / total,
                2.0 * penalty * point - gradient / total,
            )

        for start in ((-0.7, -0.7, 0.0, 0.0), *_STARTS):
            result = minimize(
                objective,
                centre + np.asarray(start),
                jac=True,
                method="SLSQP",
                bounds=[(-_BOUND, _BOUND)] * 4,
                options={"ftol": 1e-13, "maxiter": 500},
            )
            evaluations += int(result.nfev)
            theta = np.asarray(result.x, dtype=np.float64)
            inside = bool(np.all(np.abs(theta) < 0.95 * _BOUND))
            found = inside and bool(np.max(np.abs(result.jac)) < 1e-4)
            if found or not inside:
                break  # outside the bounds another start ends there too: only a penalty helps
        if found:
            used = penalty
            break
    value, _ = _log_likelihood(theta, data, modified)
    r, alpha, a, b = np.exp(theta)
    return RepeatModel(
        r=float(r),
        alpha=float(alpha) * data.scale,
        a=float(a),
        b=float(b),
        modified=modified,
        # the fit ran in units of the mean age; each repeat is a density in time
        log_likelihood=float(value - repeats * np.log(data.scale)),
        penalty=used,
        evaluations=evaluations,
    )


def _log_likelihood(theta: Float64, data: _Histories, modified: bool) -> tuple[float, Float64]:
    """Return the log-likelihood and its gradient in the logs of (r, alpha, a, b)."""
    r, alpha, a, b = np.exp(theta)
    x = data.x
    y = x + modified
    dies = y > 0
    before = b + np.maximum(y, 1.0) - 1.0
    age, recency = alpha + data.age, alpha + data.recency
    value, d_r, d_alpha, gone = history_pass(
        r + x,
        np.where(dies, np.log(a) - np.log(before), -np.inf),
        np.log(age),
        1.0 / age,
        np.log(recency),
        1.0 / recency,
        data.x_of,
        data.recency_of,
        data.age_of,
        data.weight,
    )
    by_x = data.by_x
    value += by_x @ (gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + y) - betaln(a, b))
    both = psi(a + b) - psi(a + b + y)
    d_r += by_x @ (psi(r + x) - psi(r) + np.log(alpha))
    d_alpha = by_x.sum() * r / alpha - d_alpha
    d_a = by_x @ both + gone.sum() / a
    d_b = by_x @ (psi(b + y) - psi(b) + both) - gone @ np.where(dies, 1.0 / before, 0.0)
    return float(value), np.array([d_r * r, d_alpha * alpha, d_a * a, d_b * b])


def _jacobi(a: float, b: Float64) -> tuple[Float64, Float64]:
    """Return Gauss points and masses ([k, nodes]) of Beta(a, b) for each of k values of b (Golub and Welsch)."""
    k = np.arange(1, _NODES, dtype=np.float64)
    low, high = b[:, None] - 1.0, a - 1.0  # exponents of (1-x) and (1+x) on [-1, 1], p = (1+x)/2
    total = low + high
    first = (high - low) / (total + 2.0)
    rest = (high**2 - low**2) / ((2 * k + total) * (2 * k + total + 2.0))
    diagonal = np.concatenate([first, rest], axis=1)
    square = (
        4
        * k
        * (k + low)
        * (k + high)
        * (k + total)
        / ((2 * k + total) ** 2 * (2 * k + total + 1) * (2 * k + total - 1))
    )
    # the general term is 0/0 at k = 1 when the exponents add up to -1
    square[:, :1] = 4 * (1 + low) * (1 + high) / ((2 + total) ** 2 * (3 + total))
    matrix = np.zeros((len(b), _NODES, _NODES))
    index = np.arange(_NODES)
    matrix[:, index, index] = diagonal
    matrix[:, index[1:], index[:-1]] = np.sqrt(square)
    points, vectors = np.linalg.eigh(matrix)
    return np.maximum((points + 1.0) / 2.0, 1e-300), vectors[:, 0, :] ** 2
