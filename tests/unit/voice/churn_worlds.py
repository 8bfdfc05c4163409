"""Small worlds in which customers leave, with and without one taking friends along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from influence.snapshot.arrays import DAY, Snapshot
from influence.snapshot.build import build_snapshot
from influence.value.purchases import Purchases, purchases_of

START = 18_000
"""First day of every world, in days since 1970."""


@dataclass(frozen=True)
class World:
    """What a shop would know of it."""

    snapshot: Snapshot
    purchases: Purchases


def world(
    seed: int,
    *,
    ratio: float = 1.0,
    waves: float = 0.0,
    pull: float = 0.0,
    hidden: float = 0.0,
    closing: bool = True,
    customers: int = 3000,
    days: int = 540,
    monthly: float = 0.03,
    every: float = 20.0,
) -> World:
    """Simulate day by day.

    Args:
        seed: Of all draws.
        ratio: How many times as likely leaving is for 30 days after each friend who left.
        waves: Strength of hazards that rise and fall by segment; friends are mostly of one's own segment.
        pull: Chance that a purchase makes a friend buy within ten days.
        hidden: Strength of a hazard that friends share and no column tells.
        closing: Whether leaving closes the account; else purchases just end.
        customers: How many.
        days: Length of the log.
        monthly: Usual chance to leave within 30 days.
        every: Mean days between purchases.
    """
    draw = np.random.default_rng(seed)
    segment = draw.integers(0, 4, customers)
    a, b = draw.integers(0, customers, (2, customers * 12))
    style = draw.integers(0, 4, customers) if hidden else segment
    good = (a < b) & ((style[a] == style[b]) | (draw.random(len(a)) < 0.15))
    ties = np.unique(np.stack([a[good], b[good]], axis=1), axis=0)
    near: list[list[int]] = [[] for _ in range(customers)]
    for v, u in ties.tolist():
        near[v].append(u)
        near[u].append(v)
    entered = draw.integers(0, days // 2, customers)
    entered[draw.random(customers) < 0.5] = 0
    gone = np.full(customers, days + 1)
    felt = np.zeros((days + 41, customers), np.int16)
    planned = np.zeros((days + 41, customers), np.bool_)
    phase = draw.uniform(0, 2 * np.pi, 4)
    rows: list[tuple[int, int]] = []
    for day in range(days):
        here = (entered <= day) & (gone > day)
        hazard = monthly / 30 * np.exp(waves * np.sin(day / 25 + phase))[segment] * ratio ** felt[day]
        hazard *= np.exp(hidden * (style - 1.5))
        buys = here & ((draw.random(customers) < 1 / every) | (entered == day) | planned[day])
        rows += [(int(u), day) for u in np.flatnonzero(buys)]
        if pull:
            for u in np.flatnonzero(buys):
                for friend in near[u]:
                    if draw.random() < pull:
                        planned[day + draw.integers(1, 11), friend] = True
        for u in np.flatnonzero(here & (entered < day) & (draw.random(customers) < hazard)):
            gone[u] = day
            if ratio != 1.0:
                felt[day + 1 : day + 31, near[u]] += 1
    name = np.char.add("c", np.char.zfill(np.arange(customers).astype(str), 5))
    instant = lambda day: (START + np.asarray(day)) * DAY + DAY // 2  # noqa: E731
    who, when = np.array(rows, np.int64).T
    as_of = int(instant(days - 1))
    people = pd.DataFrame(
        {
            "customer_id": name,
            "segment": np.char.add("s", segment.astype(str)),
            "joined_at": instant(entered),
        }
    )
    if closing:
        people["closed_at"] = pd.array(np.where(gone <= days, instant(gone), 0), dtype="Int64")
        people.loc[gone > days, "closed_at"] = pd.NA
    product = np.zeros(len(who), np.int64)
    snapshot = build_snapshot(
        people,
        pd.DataFrame({"customer_id": name[ties[:, 0]], "friend_id": name[ties[:, 1]]}),
        None,
        pd.DataFrame({"customer_id": name[who], "product_id": "p", "at": instant(who * 0 + when)}),
        pd.DataFrame({"product_id": ["p"]}),
        as_of=as_of,
        data_version="world",
    )
    nothing = np.full(len(who), 100.0)
    return World(snapshot, purchases_of(customers, as_of, who, product, instant(when), nothing, nothing))
