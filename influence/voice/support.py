"""Support load: what contacts cost, and what customers saved by answering one another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from influence.snapshot.arrays import Float64, Int32
from influence.value.measures import customers_index, total_by

__all__ = ["Contacts", "support_load"]


@dataclass(frozen=True)
class Contacts:
    """Support contacts. k contacts.

    Attributes:
        customer: [k] who asked.
        channel: [k] text: telephone, mail, forum, …
        cost: [k] minor units, NaN if unknown.
        solved_by: [k] customer who answered, -1 = staff or nobody.
        saved: [k] minor units that an answer by another customer saved, NaN = not recorded.
    """

    customer: Int32
    channel: NDArray[np.str_]
    cost: Float64
    solved_by: Int32
    saved: Float64


def support_load(contacts: Contacts, customers: int, staff_cost: ArrayLike | None = None) -> pd.DataFrame:
    """Return contacts and cost per customer, and what peers' answers saved.

    An answer by another customer saves what was recorded for it, else what a contact that staff solved cost on average
    less what this contact cost nevertheless; never less than nothing. Nobody is credited with answering herself.

    Args:
        contacts: All contacts of the period.
        customers: n.
        staff_cost: One figure to use instead of the average of the contacts that staff solved.

    Returns:
        Indexed by customer: contacts, cost (null if the cost of one of them is unknown), peer_answers, saved (null
        when it was neither recorded nor a staff cost is known).
    """
    peer = (contacts.solved_by >= 0) & (contacts.solved_by != contacts.customer)
    staff = (contacts.solved_by < 0) & ~np.isnan(contacts.cost)
    if staff_cost is not None:
        usual = float(np.asarray(staff_cost))
    else:
        usual = float(contacts.cost[staff].mean()) if staff.any() else float("nan")
    estimate = np.maximum(usual - np.nan_to_num(contacts.cost[peer]), 0.0)
    saved = np.where(np.isnan(contacts.saved[peer]), estimate, contacts.saved[peer])
    helper = contacts.solved_by[peer]
    return pd.DataFrame(
        {
            "contacts": total_by(contacts.customer, customers).astype(np.int64),
            "cost": total_by(contacts.customer, customers, contacts.cost),
            "peer_answers": total_by(helper, customers).astype(np.int64),
            "saved": total_by(helper, customers, saved),
        },
        index=customers_index(customers),
    )
