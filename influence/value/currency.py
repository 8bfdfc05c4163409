"""How many of the smallest units make one unit of a currency."""

from __future__ import annotations

from influence.load.values import EXPONENTS
from influence.snapshot.arrays import Ids

__all__ = ["minor_units"]


def minor_units(currencies: Ids) -> int:
    """Return how many minor units make a main unit, such as 100 cents a euro; 100 when no single currency is named."""
    return int(10 ** EXPONENTS.get(str(currencies[0]), 2)) if len(currencies) == 1 else 100
