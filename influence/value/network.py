"""Conserved network value: who earned what for the shop, with every sale counted once (metrics.md 5.4; 26, 27, 29, 30).

`A[v, u]` is the share of u's margin that v is credited with. Column sums s stay at or below 0.9, so::

    z = (I - A)^-1 m      gross network value: own margin and everything that flows from it, chains included
    civ = z - m           what of it others spent
    x = (1 - s) * z       net network value (CLNV): what is left after passing on what others are credited with

and `sum x = sum m` for every such A: money is moved between names, never made. With m = historical margin this is the
past ("hidden wealth"), with m = CLV the plan; the two are never mixed in one call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from influence.errors import ComputeFailed
from influence.snapshot.arrays import Float64, Int64
from influence.value.measures import customers_index, percentile, status, total_by

__all__ = [
    "SHARE_CAP",
    "NetworkValue",
    "SaleShares",
    "ValueMatrix",
    "hidden_wealth",
    "influence_matrix",
    "network_value",
    "sale_shares",
    "value_matrix",
]

SHARE_CAP: Final = 0.9
"""Most of one sale that may be credited to others."""

_ROUNDS: Final = 2_000
_Z90: Final = 1.6448536269514722  # a 90 % interval


@dataclass(frozen=True)
class SaleShares:
    """Who is credited with which share of which sale. k shares of s sales.

    Attributes:
        sale: [k] number of the sale.
        influencer: [k] int32 customer who earned the share.
        share: [k] of the sale's margin.
        referral: [k] bool, earned by a recorded referral, else by persuasion.
    """

    sale: Int64
    influencer: NDArray[np.int32]
    share: Float64
    referral: NDArray[np.bool_]


def sale_shares(
    sale: ArrayLike,
    influencer: ArrayLike,
    share: ArrayLike,
    referred_sale: ArrayLike,
    referrer: ArrayLike,
    referred_share: ArrayLike,
) -> SaleShares:
    """Join persuasion and referral credit so that no sale is credited twice (metrics.md 5.4, steps 1 and 2).

    A recorded referral owns the referred customer's first purchase: on those sales persuasion credit is dropped.

    Args:
        sale, influencer, share: [k] credit of persuaders; sums per sale must be at most 0.9.
        referred_sale, referrer, referred_share: [j] credit of referrers: `min(0.9, 1 - p_two)`, split between several
            referrers of one customer.

    Raises:
        ComputeFailed: A share is negative or unknown, or the shares of a sale exceed 0.9.
    """
    bought, owned = np.asarray(sale, dtype=np.int64), np.asarray(referred_sale, dtype=np.int64)
    free = ~np.isin(bought, owned)
    joined = SaleShares(
        sale=np.concatenate([bought[free], owned]),
        influencer=np.concatenate([np.asarray(influencer)[free], np.asarray(referrer)]).astype(np.int32),
        share=np.concatenate([np.asarray(share)[free], np.asarray(referred_share)]).astype(np.float64),
        referral=np.concatenate([np.zeros(int(free.sum()), np.bool_), np.ones(len(owned), np.bool_)]),
    )
    if len(joined.sale):
        compact = np.unique(joined.sale, return_inverse=True)[1]
        _check(joined.share, total_by(compact, int(compact.max()) + 1, joined.share), "a sale")
    return joined


def influence_matrix(
    customers: int, shares: SaleShares, buyer: ArrayLike, margin: ArrayLike, total: ArrayLike | None = None
) -> tuple[csr_array, csr_array]:
    """Return (by referral, by persuasion), each `A[v, u] = sum of share * m+ / sum of m+` over u's sales (5.4).

    The denominator holds all sales of a customer, those that nobody is credited with too: a repeat purchase is nobody's
    credit. Sales with unknown or non-positive margin carry no credit.

    Args:
        customers: n.
        shares: Credit by sale.
        buyer: [s] customer of each sale.
        margin: [s] minor units.
        total: [n] positive margin of all sales of each customer (`Purchases.positive_margin`), when the s sales are
            only the first purchases; `None` = the s sales are all there are.

    Raises:
        ComputeFailed: A customer's `total` is less than the positive margin of her sales.
    """
    who = np.asarray(buyer, dtype=np.int64)
    positive = np.maximum(np.nan_to_num(np.asarray(margin, dtype=np.float64)), 0.0)
    listed = total_by(who, customers, positive)
    whole = listed if total is None else np.asarray(total, dtype=np.float64)
    if np.any(whole < listed * (1.0 - 1e-9)):
        raise ComputeFailed(
            "the sales of a customer are worth more than her total",
            code="total-too-small",
            hint="take the total of all purchase lines up to the same date",
            customers=int(np.count_nonzero(whole < listed * (1.0 - 1e-9))),
        )
    u = who[shares.sale]
    worth = shares.share * positive[shares.sale]
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(worth > 0, worth / whole[u], 0.0)
    earned = part > 0

    def matrix(rows: NDArray[np.bool_]) -> csr_array:
        keep = rows & earned
        return csr_array((part[keep], (shares.influencer[keep], u[keep])), shape=(customers, customers))

    return matrix(shares.referral), matrix(~shares.referral)


@dataclass(frozen=True)
class NetworkValue:
    """Network value of all customers, and how exactly money was conserved.

    Attributes:
        frame: Indexed by customer. It adds up: `net = own - credited_away + by_referral + by_persuasion`, all of it
            money that no other customer's net contains.
            own (m), credited_away (s*m), by_referral, by_persuasion (after passing on), net (CLNV; CEV when m is CLV),
            net_low, net_high (90 %, when errors were given), gross (z), civ (z - m).
        conservation: |sum net - sum own| / sum |own|.
        rounds: Power iterations.
    """

    frame: pd.DataFrame
    conservation: float
    rounds: int


def network_value(
    own: ArrayLike,
    by_persuasion: csr_array,
    by_referral: csr_array | None = None,
    error: ArrayLike | None = None,
) -> NetworkValue:
    """Distribute own margins over the customers who earned them; each sale ends in exactly one bucket.

    Power iteration until what still travels is below 1e-12 of the money, so that net values sum to own margins to
    1e-9. The interval treats every influencer's credit as `credit * (1 + error * N(0, 1))`, errors independent
    between influencers, to first order: the variance of z solves the same equation with squared shares (exact where
    two customers are joined by one path, as in trees).

    Args:
        own: [n] m, historical margin or CLV. NaN counts as nothing to share and gives NaN back.
        by_persuasion: [n, n] A of persuasion.
        by_referral: [n, n] A of recorded referrals.
        error: [n] relative standard error of each influencer's persuasion credit, NaN = none given.

    Raises:
        ComputeFailed: A share is negative, unknown or a customer's own, a column exceeds 0.9, or money got lost.
    """
    m = np.asarray(own, dtype=np.float64)
    n, known = len(m), ~np.isnan(m)
    money = np.where(known, m, 0.0)
    a_i = csr_array(by_persuasion)
    a_r = csr_array((n, n)) if by_referral is None else csr_array(by_referral)
    a = csr_array(a_i + a_r)
    if np.any(a.diagonal() != 0):
        raise ComputeFailed(
            "a customer is credited with her own purchases",
            code="credit-invalid",
            hint="leave out pairs whose two ends are the same customer",
            customers=int(np.count_nonzero(a.diagonal())),
        )
    s = np.asarray(a.sum(axis=0), dtype=np.float64).ravel()
    _check(a.data, s, "a customer")
    z, rounds = _solve(a, money)
    kept = np.asarray(1.0 - s, dtype=np.float64)
    net = kept * z
    conservation = abs(float(net.sum() - money.sum())) / max(float(np.abs(money).sum()), 1e-300)
    if conservation > 1e-9:
        raise ComputeFailed(
            f"net values differ from margins by {conservation:.1e} of the money",
            code="not-conserved",
            hint="report this with the counts of `influence doctor`",
            rounds=rounds,
        )
    columns: dict[str, Float64] = {
        "own": money,
        "credited_away": s * money,
        "by_referral": kept * np.asarray(a_r @ z),
        "by_persuasion": kept * np.asarray(a_i @ z),
        "net": net,
    }
    if error is not None:
        deviation = _deviation(a, a_i, z, kept, np.nan_to_num(np.asarray(error, dtype=np.float64)))
        columns |= {"net_low": net - _Z90 * deviation, "net_high": net + _Z90 * deviation}
    columns |= {"gross": z, "civ": z - money}
    # a customer whose own margin is unknown may still have earned others'; her own money is null, and so is the sum
    for name in ("own", "credited_away", "net", "net_low", "net_high", "gross"):
        if name in columns:
            columns[name] = np.where(known, columns[name], np.nan)
    frame = pd.DataFrame(columns, index=customers_index(n))
    frame["status"] = status(known)
    return NetworkValue(frame, conservation, rounds)


@dataclass(frozen=True)
class ValueMatrix:
    """Champions, Affluents, Advocates and Misers, and the cuts between them.

    Attributes:
        quadrant: [n] category, null without a value.
        own_cut, others_cut: A customer is high where her value is above the cut, minor units.
    """

    quadrant: pd.Series[str]
    own_cut: float
    others_cut: float


def value_matrix(
    own: ArrayLike, others: ArrayLike, own_cut: float | None = None, others_cut: float | None = None
) -> ValueMatrix:
    """Sort customers by own value (clv) and by what others spend because of them (crv + civ) (row 29).

    Champion: both high; Affluent: own only; Advocate: others only; Miser: neither. "High" is strictly above the cut.
    The default cut is the median; when most people earn nothing through others that median is 0, and high means
    "anything at all".

    Args:
        own, others: [n] values, NaN if unknown.
        own_cut, others_cut: The firm's own cuts.
    """
    mine, theirs = np.asarray(own, dtype=np.float64), np.asarray(others, dtype=np.float64)
    known = ~(np.isnan(mine) | np.isnan(theirs))
    cuts = [
        cut if cut is not None else float(np.median(values[known])) if known.any() else float("nan")
        for cut, values in ((own_cut, mine), (others_cut, theirs))
    ]
    names = np.array([["Miser", "Advocate"], ["Affluent", "Champion"]], dtype=object)
    label = names[(mine > cuts[0]).astype(int), (theirs > cuts[1]).astype(int)]
    label[~known] = None
    quadrant = pd.Series(
        pd.Categorical(label, categories=["Champion", "Affluent", "Advocate", "Miser"]), customers_index(len(mine))
    )
    return ValueMatrix(quadrant, *cuts)


def hidden_wealth(
    value: NetworkValue, spend: ArrayLike, low_spend: float = 50.0, high_net: float = 90.0
) -> pd.DataFrame:
    """Find customers worth far more through others than by what they spend (row 30).

    Args:
        value: Network value of historical margins.
        spend: [n] own spend.
        low_spend: Own spend at most at this percentile.
        high_net: Net value at least at this percentile.

    Returns:
        Indexed by customer: spend_percentile, net_percentile, rank_gain (ranks gained by counting what others spend,
        positive = undervalued by spend), hidden (bool), certain (bool: also at the low end of the interval; null when
        no errors were given).
    """
    frame = value.frame
    net = frame["net"].to_numpy(dtype=np.float64)
    own = np.where(np.isnan(net), np.nan, np.asarray(spend, dtype=np.float64))
    by_spend, by_net = percentile(own), percentile(net)
    hidden = (by_spend <= low_spend) & (by_net >= high_net)
    known = int(np.count_nonzero(~np.isnan(net)))
    result = pd.DataFrame(
        {
            "spend_percentile": by_spend,
            "net_percentile": by_net,
            "rank_gain": (by_net - by_spend) * known / 100.0,
            "hidden": hidden,
        },
        index=frame.index,
    )
    certain = pd.Series(pd.NA, index=frame.index, dtype="boolean")
    if "net_low" in frame and hidden.any():
        cut = float(np.nanmin(np.where(by_net >= high_net, net, np.nan)))
        certain = pd.Series(hidden & (frame["net_low"].to_numpy() >= cut), index=frame.index, dtype="boolean")
    return result.assign(certain=certain)


def _check(shares: Float64, sums: Float64, whose: str) -> None:
    """Refuse shares that are negative or unknown, and sums above the cap."""
    wrong = int(np.count_nonzero(~(shares >= 0)))
    over = int(np.count_nonzero(~(sums <= SHARE_CAP + 1e-9)))
    if wrong or over:
        raise ComputeFailed(
            f"credit must be at least 0, and the shares of {whose} at most {SHARE_CAP:g} together",
            code="credit-invalid",
            hint="scale the shares of each sale to at most 0.9, as metrics.md 5.4 does",
            invalid=wrong,
            over=over,
        )


def _solve(a: csr_array, m: Float64) -> tuple[Float64, int]:
    """Return (I - A)^-1 m by power iteration, and the rounds; A has column sums of at most 0.9."""
    z, wave = m.copy(), m
    enough = 1e-12 * float(np.abs(m).sum())
    for done in range(1, _ROUNDS):
        wave = np.asarray(a @ wave)
        if float(np.abs(wave).sum()) <= enough:
            return z, done
        z += wave
    return z, _ROUNDS


def _deviation(a: csr_array, by_persuasion: csr_array, z: Float64, kept: Float64, error: Float64) -> Float64:
    """Return [n] first-order standard deviations of (1 - s) z.

    dz = (I - A)^-1 dA z. Row v of dA is e_v times row v of A with one error e_v per influencer, so the source of
    variance at v is (error_v * (A z)_v)^2; it spreads with squared shares.
    """
    source = (error * np.asarray(by_persuasion @ z)) ** 2
    squared = a.copy()
    squared.data = a.data**2
    variance, _ = _solve(squared, source)
    shares = by_persuasion.copy()
    shares.data = by_persuasion.data**2
    passed_on = np.asarray(shares.T @ error**2)
    return np.asarray(np.sqrt(kept**2 * variance + z**2 * passed_on), dtype=np.float64)
