"""A control group: a random share of the audience that is not reached, so that the effect can be read later."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Final

import numpy as np

from influence.errors import UsageProblem

__all__ = ["CONTROL", "SENT", "control_group", "share", "together"]

SENT: Final = "sent"
CONTROL: Final = "control"


def share(text: str) -> float:
    """Return a share written as `10%` or `0.1`.

    Raises:
        UsageProblem: It is no share from 0 to 90 %.
    """
    found = re.fullmatch(r"\s*([0-9]{1,3}(?:\.[0-9]+)?|\.[0-9]+)\s*(%?)\s*", text)
    value = Decimal(found[1]) / (100 if found[2] else 1) if found else Decimal(-1)
    if not 0 <= value <= Decimal("0.9"):
        raise UsageProblem(
            "`--holdout` is not a share from 0% to 90%", code="bad-option", hint="write it like `--holdout 10%`"
        )
    return float(value)


def control_group(
    strata: Mapping[str, tuple[str, ...]], part: float, seed: int, kept: Mapping[str, str] | None = None
) -> frozenset[str]:
    """Choose who is held out: at random within strata, the same people again for the same seed.

    Customers stand in random order within their stratum, stratum after stratum, and are taken at even distances
    from a random start. So everybody has the same chance `part`, every run of strata loses its share to within
    one person, and strata of one or two people need no rounding rule.

    Args:
        strata: Stratum by customer id, such as (country, region).
        part: Share that is held out, 0 to 1.
        seed: Start of the random numbers.
        kept: Arms of earlier exports of the same audience: these customers stay where they are, because someone
            who changes sides spoils both arms.

    Returns:
        Ids of the customers in the control group.
    """
    arms = kept or {}
    stay = frozenset(customer for customer in strata if arms.get(customer) == CONTROL)
    return stay | newly_held(sorted(strata.keys() - arms.keys()), strata, part, seed)


def newly_held(
    customers: Collection[str], strata: Mapping[str, tuple[str, ...]], part: float, seed: int
) -> frozenset[str]:
    """Choose the control group among customers who have no arm yet."""
    random = np.random.default_rng(seed)
    start = random.random()
    everybody = list(customers)
    shuffled = [everybody[place] for place in random.permutation(len(everybody))] if part else []
    ordered = sorted(shuffled, key=lambda customer: strata[customer])
    steps = np.floor(np.arange(len(ordered) + 1) * part + start)
    return frozenset(customer for customer, step in zip(ordered, np.diff(steps), strict=True) if step)


def together(identifiers: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return who must be in one arm: customers who share an address or number, directly or through others.

    A file that reaches one of them reaches the other as well.

    Args:
        identifiers: What each customer can be reached by.

    Returns:
        The smallest customer id of the group, by customer id.
    """
    leader = {customer: customer for customer in identifiers}

    def first(customer: str) -> str:
        while leader[customer] != customer:
            leader[customer] = leader[leader[customer]]
            customer = leader[customer]
        return customer

    holder: dict[str, str] = {}
    for customer, values in identifiers.items():
        for value in values:
            one, other = first(customer), first(holder.setdefault(value, customer))
            leader[max(one, other)] = min(one, other)
    return {customer: first(customer) for customer in identifiers}
