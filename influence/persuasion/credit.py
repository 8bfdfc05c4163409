"""Who shares one sale: conserved credit of persuaders, and credit distribution as the known baseline.

Formulas: metrics.md 4.9 (credit distribution, influenceability) and 5.4 step 2 (shares of a sale).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from influence.compiled import compiled
from influence.persuasion.buyers import EVER, Buyers, buyers_by_product, earlier_friends, portions, room, scratch
from influence.persuasion.parameters import PersuasionParameters
from influence.persuasion.sums import sum_by
from influence.snapshot.arrays import DAY, Snapshot
from influence.threads import spread

__all__ = [
    "CreditDistribution",
    "SaleCredit",
    "credit_sales",
    "distribute_credit",
    "influenceability",
    "persuaded_pairs",
]

Int64 = NDArray[np.int64]
UInt8 = NDArray[np.uint8]
Float64 = NDArray[np.float64]

LEAST_CREDIT = 0.001


@dataclass(frozen=True)
class SaleCredit:
    """Shares of sales: first purchase `given` earned `credit` of first purchase `received`.

    Attributes:
        given: [c] row of the persuader's own first purchase of the product.
        received: [c] row of the friend's first purchase that it followed.
        credit: [c] share of that sale; per `received` row they sum to at most the cap.
    """

    given: Int64
    received: Int64
    credit: Float64


@dataclass(frozen=True)
class CreditDistribution:
    """Credit distribution (Goyal et al. 2011), a baseline that homophily earns, too.

    Attributes:
        total: [p] credit that a first purchase earned over all later buyers, through any path.
        kappa: [p] the same with each buyer's credit divided by his number of purchases.
        influenceability: [n] infl(u), see the function of this name.
    """

    total: Float64
    kappa: Float64
    influenceability: Float64


def credit_sales(
    snapshot: Snapshot,
    attributable: Float64,
    parameters: PersuasionParameters,
    *,
    owned: NDArray[np.bool_] | None = None,
    log: Buyers | None = None,
) -> SaleCredit:
    """Share each sale among the friends who bought shortly before it.

    Candidates for (u, a) are friends v with t_va in [t_u - w, t_u), the tie existing at t_va and AF_v > 0.
    They share `min(cap, 1 - prod(1 - AF_v))` in proportion to AF_v times the direct credit of credit
    distribution, `exp(-(t_u - t_va)/tau)` up to a factor that all candidates of a sale have in common.

    Args:
        snapshot: The graph as arrays.
        attributable: [n] attributable fraction AF per customer (`estimate`); 0 keeps a customer out.
        parameters: Window, tau and cap.
        owned: [p] first purchases that a recorded referral owns; nobody persuaded them.
        log: Buyers of the snapshot, if already laid out: those without a friend among the product's other buyers
            need not be linked, they can give no credit.
    """
    s = snapshot
    log = buyers_by_product(s) if log is None else log
    log = log._replace(linked=log.linked & (attributable > 0)[log.buyer])
    free = np.ones(len(s.first_time), np.uint8) if owned is None else (~owned[s.product_order]).astype(np.uint8)

    def share(products: Int64) -> tuple[Int64, Int64, Float64]:
        return _share_sales(
            products,
            log,
            parameters.window,
            parameters.credit_days * DAY,
            parameters.share_cap,
            attributable,
            free,
        )

    parts = spread(share, portions(log), parameters.threads)
    if not parts:
        return SaleCredit(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    given, received, credit = (np.concatenate([part[i] for part in parts]) for i in range(3))
    given, received = s.product_order[given], s.product_order[received]
    order = np.lexsort((given, received))
    return SaleCredit(given[order], received[order], credit[order])


def persuaded_pairs(snapshot: Snapshot, sales: SaleCredit) -> pd.DataFrame:
    """Return one row per (persuader, persuaded): purchases, credit, margin.

    `purchases` counts the sales with a share, `credit` adds the shares, `margin` adds share times margin in
    minor units and is missing when the margin of one of the sales is.
    """
    s = snapshot
    giver, receiver = s.first_customer[sales.given].astype(np.int64), s.first_customer[sales.received].astype(np.int64)
    key, pair = np.unique(giver * s.customers + receiver, return_inverse=True)
    margin = sales.credit * s.first_margin[sales.received]
    return pd.DataFrame(
        {
            "persuader": s.customer_ids[key // max(s.customers, 1)],
            "persuaded": s.customer_ids[key % max(s.customers, 1)],
            "purchases": np.bincount(pair, minlength=len(key)).astype(np.int64),
            "credit": sum_by(pair, sales.credit, len(key)),
            "margin": sum_by(pair, margin, len(key)),
        }
    )


def distribute_credit(
    snapshot: Snapshot, parameters: PersuasionParameters, *, log: Buyers | None = None
) -> CreditDistribution:
    """Return total credit of every first purchase by credit distribution, truncated below 0.001.

    Args:
        snapshot: The graph as arrays.
        parameters: tau and threads.
        log: As for `credit_sales`.
    """
    s = snapshot
    p = len(s.first_time)
    log = buyers_by_product(s) if log is None else log
    influenced = influenceability(s, parameters, log=log)
    susceptible, actions = np.nan_to_num(influenced), np.diff(s.customer_offsets)
    passed, shared = np.zeros(p), np.zeros(p)
    spread(
        lambda part: _distribute(part, log, parameters.credit_days * DAY, susceptible, actions, passed, shared),
        portions(log),
        parameters.threads,
    )
    total, kappa = np.empty(p), np.empty(p)
    total[s.product_order], kappa[s.product_order] = passed, shared
    return CreditDistribution(total, kappa, influenced)


def influenceability(snapshot: Snapshot, parameters: PersuasionParameters, *, log: Buyers | None = None) -> Float64:
    """Return infl(u) per customer: the share of his purchases that a friend made within tau before, NaN without any.

    Args:
        snapshot: The graph as arrays.
        parameters: tau and threads.
        log: As for `credit_sales`.
    """
    s = snapshot
    log, tau = buyers_by_product(s) if log is None else log, round(parameters.credit_days * DAY)
    marked = np.zeros(len(s.first_time), np.uint8)
    spread(lambda part: _mark_influenced(part, log, tau, marked), portions(log), parameters.threads)
    influenced = np.empty(len(marked), np.bool_)
    influenced[s.product_order] = marked
    bought = np.diff(s.customer_offsets)
    hits = sum_by(s.first_customer, influenced, s.customers)
    return np.asarray(np.divide(hits, bought, out=np.full(len(bought), np.nan), where=bought > 0), np.float64)


@compiled
def _mark_influenced(
    products: Int64,
    log: Buyers,
    window: int,
    influenced: UInt8,
) -> None:
    clear, found = scratch(log), room()
    for a in products:
        found, size = earlier_friends(a, log, window, clear, found)
        for i in range(size):
            influenced[log.product_offsets[a] + found[i, 1]] = 1


@compiled
def _distribute(
    products: Int64,
    log: Buyers,
    tau: float,
    susceptible: Float64,
    actions: Int64,
    total: Float64,
    kappa: Float64,
) -> None:
    """Scan each product's buyers in time: a buyer's credit goes to his earlier friends and through them."""
    clear, found = scratch(log), room()
    holder = np.empty(1024, np.int32)
    amount = np.empty(1024, np.float64)
    for a in products:
        found, size = earlier_friends(a, log, EVER, clear, found)
        if size == 0:
            continue
        begin = log.product_offsets[a]
        buyers = log.product_offsets[a + 1] - begin
        start = np.zeros(buyers + 1, np.int64)
        for i in range(size):
            start[found[i, 1] + 1] += 1
        for k in range(buyers):
            start[k + 1] += start[k]
        friend = np.empty(size, np.int32)
        filled = start[:-1].copy()
        for i in range(size):
            friend[filled[found[i, 1]]] = found[i, 0]
            filled[found[i, 1]] += 1
        share = np.zeros(buyers, np.float64)
        touched = np.empty(buyers, np.int32)
        credit_at = np.zeros(buyers + 1, np.int64)
        written = 0
        for k in range(buyers):
            credit_at[k] = credit_at[k + 1] = written
            friends = start[k + 1] - start[k]
            if friends == 0:
                continue
            u = log.buyer[begin + k]
            number = 0
            for i in range(start[k], start[k + 1]):
                x = friend[i]
                lag = log.bought_at[begin + k] - log.bought_at[begin + x]
                direct = susceptible[u] / friends * exp(-lag / tau)
                if direct <= 0.0:
                    continue
                if share[x] == 0.0:
                    touched[number] = x
                    number += 1
                share[x] += direct
                for c in range(credit_at[x], credit_at[x + 1]):
                    v = holder[c]
                    if share[v] == 0.0:
                        touched[number] = v
                        number += 1
                    share[v] += amount[c] * direct
            if written + number > len(holder):
                more = max(2 * len(holder), written + number)
                wider, longer = np.empty(more, np.int32), np.empty(more, np.float64)
                wider[:written] = holder[:written]
                longer[:written] = amount[:written]
                holder, amount = wider, longer
            for i in range(number):
                v = touched[i]
                if share[v] >= LEAST_CREDIT:
                    holder[written] = v
                    amount[written] = share[v]
                    written += 1
                    total[begin + v] += share[v]
                    kappa[begin + v] += share[v] / actions[u]
                share[v] = 0.0
            credit_at[k + 1] = written


@compiled
def _share_sales(
    products: Int64,
    log: Buyers,
    window: int,
    tau: float,
    cap: float,
    attributable: Float64,
    free: UInt8,
) -> tuple[Int64, Int64, Float64]:
    clear, found = scratch(log), room()
    given = np.empty(1024, np.int64)
    received = np.empty(1024, np.int64)
    credit = np.empty(1024, np.float64)
    written = 0
    for a in products:
        found, size = earlier_friends(a, log, window, clear, found)
        if size == 0:
            continue
        begin = log.product_offsets[a]
        buyers = log.product_offsets[a + 1] - begin
        nobody = np.ones(buyers, np.float64)
        weight = np.zeros(buyers, np.float64)
        if written + size > len(given):
            more = max(2 * len(given), written + size)
            new_given, new_received, new_credit = np.empty(more, np.int64), np.empty(more, np.int64), np.empty(more)
            new_given[:written] = given[:written]
            new_received[:written] = received[:written]
            new_credit[:written] = credit[:written]
            given, received, credit = new_given, new_received, new_credit
        first = written
        for i in range(size):
            row, later = begin + found[i, 0], begin + found[i, 1]
            fraction = attributable[log.buyer[row]]
            if fraction > 0.0 and free[later]:
                direct = fraction * exp(-(log.bought_at[later] - log.bought_at[row]) / tau)
                nobody[found[i, 1]] *= 1.0 - fraction
                weight[found[i, 1]] += direct
                given[written] = row
                received[written] = later
                credit[written] = direct
                found[written - first, 1] = found[i, 1]
                written += 1
        for i in range(first, written):
            k = found[i - first, 1]
            credit[i] *= min(cap, 1.0 - nobody[k]) / weight[k] if weight[k] > 0.0 else 0.0
    return given[:written].copy(), received[:written].copy(), credit[:written].copy()
