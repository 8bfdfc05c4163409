"""The money of the graph at one instant as arrays: purchase lines, referrals, and what customers cost and said.

It stands beside the snapshot, in its customer numbers, because most runs of most data sets never look at it twice and
the snapshot's arrays are about first purchases only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from influence.snapshot.arrays import ALWAYS, Float64, Ids, Int32, Int64, Snapshot

__all__ = ["IDENTIFIERS", "STAGES", "Money", "build_money"]

Flags = NDArray[np.bool_]

IDENTIFIERS: Final = ("email", "phone", "address", "device", "household")
"""What tells that two accounts belong together; `household` is an id of the shop, the others are keyed hashes."""
STAGES: Final = ("invited", "lead", "customer", "approved")
"""How far a referral can come, in order; `refused` stands beside them."""


@dataclass(frozen=True)
class Money:
    """Purchase lines, referrals and figures of customers at `as_of`, in the customer numbers of the snapshot.

    n customers, l purchase lines, k referrals. Money is float64 in minor units, NaN when unknown.

    Attributes:
        as_of: Instant; nothing dated after it is in the arrays.
        currencies: [c] every currency that is named, ascending; more than one means that money must not be added up.
        line_customer: [l] int32 buyer; lines are sorted by customer.
        line_at: [l] instant.
        line_revenue, line_margin: [l] as booked, refunds not settled.
        line_returned: [l] bool, a return booked as a line of its own (quantity below 1).
        line_refunded: [l] bool, the sale was undone.
        referrer, referred: [k] int32 customers.
        referral_at: [k] instant of the first thing known of the referral, `ALWAYS` if none is dated.
        referral_stage: [k] invited, lead, customer, approved or refused, as known at `as_of`.
        referral_incentive: [k] paid for it.
        referral_same_household: [k] bool.
        referral_email, referral_device: [k] codes of the identifier that was invited or accepted, in the codes of the
            customers' identifiers, -1 if unknown.
        share_of_wallet: [n] 0-1 as the customer said, NaN if not asked.
        category_spend: [n] spent a year in the category anywhere, as the customer said.
        acquisition_cost: [n] what it cost to win the customer.
        marketing_cost: [n] what marketing to the customer costs a year.
        email, phone, address, device, household: [n] codes of identifiers, equal where two accounts share one, -1 if
            unknown.
        data_version: Ledger watermark this was read at.
    """

    as_of: int
    currencies: Ids
    line_customer: Int32
    line_at: Int64
    line_revenue: Float64
    line_margin: Float64
    line_returned: Flags
    line_refunded: Flags
    referrer: Int32
    referred: Int32
    referral_at: Int64
    referral_stage: Ids
    referral_incentive: Float64
    referral_same_household: Flags
    referral_email: Int64
    referral_device: Int64
    share_of_wallet: Float64
    category_spend: Float64
    acquisition_cost: Float64
    marketing_cost: Float64
    email: Int64
    phone: Int64
    address: Int64
    device: Int64
    household: Int64
    data_version: str

    @property
    def customers(self) -> int:
        """Number of customers."""
        return len(self.share_of_wallet)


def build_money(snapshot: Snapshot, tables: Mapping[str, Mapping[str, NDArray[Any]]]) -> Money:
    """Return the money of tables in the numbers of a snapshot.

    Rows of customers who are not in the snapshot, and rows dated after it, are left out.

    Args:
        snapshot: Names and numbers the customers, and says the instant.
        tables: `purchases`, `referrals` and `customers` with the columns that `money_reader.TABLES` lists.
    """
    ids, as_of = snapshot.customer_ids, snapshot.as_of
    lines, referrals, customers = tables["purchases"], tables["referrals"], tables["customers"]
    buyer = places(ids, lines["customer_id"])
    line = (buyer >= 0) & (lines["at"] <= as_of)
    one, other = places(ids, referrals["referrer_id"]), places(ids, referrals["referred_id"])
    times = np.stack([referrals[name] for name in ("at", "lead_at", "customer_at", "approved_at")])
    first = np.where(times == ALWAYS, np.iinfo(np.int64).max, times).min(axis=0)
    dated = first != np.iinfo(np.int64).max
    referral = (one >= 0) & (other >= 0) & (~dated | (first <= as_of))
    place = places(ids, customers["customer_id"])
    told = place >= 0

    def figures(name: str) -> Float64:
        column = np.full(len(ids), np.nan)
        column[place[told]] = customers[name][told]
        return column

    codes, referral_codes = {}, {}
    for name in IDENTIFIERS:
        column = "household_id" if name == "household" else f"{name}_key"
        both = np.concatenate([customers[column][told], referrals.get(column, np.empty(0, str))])
        found = coded(both)
        codes[name] = np.full(len(ids), -1, np.int64)
        codes[name][place[told]] = found[: int(told.sum())]
        referral_codes[name] = found[int(told.sum()) :]
    priced = line & ~(np.isnan(lines["revenue"]) & np.isnan(lines["margin"]))
    paid = referral & ~np.isnan(referrals["incentive"])
    amounts = [np.isnan(customers[name]) for name in ("category_spend", "acquisition_cost", "marketing_cost")]
    costed = told & ~np.all(amounts, axis=0)
    return Money(
        as_of=as_of,
        currencies=np.unique(
            np.concatenate(
                [
                    heads(table["currency"][rows])
                    for table, rows in ((lines, priced), (referrals, paid), (customers, costed))
                ]
                + [np.array([""])]
            )
        )[1:],
        line_customer=buyer[line].astype(np.int32),
        line_at=lines["at"][line],
        line_revenue=lines["revenue"][line],
        line_margin=lines["margin"][line],
        line_returned=lines["returned"][line],
        line_refunded=lines["refunded"][line],
        referrer=one[referral].astype(np.int32),
        referred=other[referral].astype(np.int32),
        referral_at=np.where(dated, first, ALWAYS)[referral],
        referral_stage=stages(referrals["status"], times, as_of)[referral],
        referral_incentive=referrals["incentive"][referral],
        referral_same_household=referrals["same_household"][referral],
        referral_email=referral_codes["email"][referral],
        referral_device=referral_codes["device"][referral],
        share_of_wallet=figures("share_of_wallet"),
        category_spend=figures("category_spend"),
        acquisition_cost=figures("acquisition_cost"),
        marketing_cost=figures("marketing_cost"),
        **codes,
        data_version=snapshot.data_version,
    )


def places(ids: Ids, names: NDArray[Any]) -> Int64:
    """Return the places of names in ascending ids, -1 for a name that is not there; runs of one name cost one look."""
    if not len(names) or not len(ids):
        return np.full(len(names), -1, np.int64)
    fresh = np.concatenate([[True], names[1:] != names[:-1]])
    asked = names[fresh]
    at = np.minimum(np.searchsorted(ids, asked), len(ids) - 1)
    found = np.where(ids[at] == asked, at, -1).astype(np.int64)
    return np.asarray(found[np.cumsum(fresh) - 1], np.int64)


def heads(names: NDArray[Any]) -> NDArray[Any]:
    """Return the distinct names; runs of one name are looked at once."""
    if not len(names):
        return np.empty(0, str)
    return np.unique(names[np.concatenate([[True], names[1:] != names[:-1]])])


def coded(names: NDArray[Any]) -> Int64:
    """Return one number per distinct name, -1 for the empty one."""
    known = names != ""
    result = np.full(len(names), -1, np.int64)
    if known.any():
        result[known] = np.unique(names[known], return_inverse=True)[1]
    return result


def stages(status: NDArray[Any], times: NDArray[np.int64], as_of: int) -> Ids:
    """Return how far each referral had come at `as_of`.

    The status is what is known today: a stage that is dated after `as_of` had not been reached. Without a status the
    dates tell.

    Args:
        status: [k] texts, empty if unknown.
        times: [4, k] instants of the stages in their order, `ALWAYS` if unknown.
        as_of: Instant.
    """
    names = np.array(STAGES)
    reached = np.zeros(len(status), np.int64)
    for level in range(1, len(STAGES)):
        stated = np.isin(status, STAGES[level:]) & (times[level] <= as_of)  # `ALWAYS` is before every instant
        told = (status == "") & (times[level] != ALWAYS) & (times[level] <= as_of)
        reached[stated | told] = level
    return np.where(status == "refused", "refused", names[reached])
