"""The knobs of every synthetic world: metrics.md section 10.

World A is the plain one; every other world changes a few knobs of it. A *null twin* is the same world with
persuasion switched off: same people, friends, products and spontaneous purchases, so that whatever an
estimator finds there is a false discovery.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from influence.errors import UsageProblem

__all__ = ["RULES", "SHOP", "WorldRules", "rules_of"]

SHOP: Final = "SHOP"
"""The world with money in it; it has rules of its own (`influence.worlds.shop`)."""


@dataclass(frozen=True)
class WorldRules:
    """How one world works; the defaults are world A.

    Attributes:
        customers: Number of customers.
        products: Number of products.
        categories: Number of categories (topics), each product has one.
        regions: Number of regions, customers are spread uniformly.
        horizon: Length of the log, days.
        mean_degree: Friends per customer on average; edges are added until it is reached.
        planted_share: Share of customers who persuade.
        strength: Mean probability that a persuader's purchase persuades one friend of susceptibility 1.
        persuasion_delay: Mean days between the persuader's purchase and the friend's.
        promotions: Each region has one promotion week per product, and half the adopters buy inside it.
        earliness: Friends share how early they buy.
        style_alpha: Dirichlet parameter of the hidden style, `None` = no hidden style.
        tied_share: Share of customers whose friendships follow style; `None` = everybody's do.
        exits: Some customers leave for good, friends at similar times, and no field says so.
        spontaneous: Factor on the probability of a spontaneous purchase.
        persuasive_topic: Where persuaders persuade: `all`, their `favourite` category or a `random` one.
    """

    customers: int = 3_000
    products: int = 200
    categories: int = 5
    regions: int = 6
    horizon: float = 365.0
    mean_degree: float = 12.0
    planted_share: float = 0.05
    strength: float = 0.08
    persuasion_delay: float = 14.0
    promotions: bool = False
    earliness: bool = False
    style_alpha: float | None = None
    tied_share: float | None = None
    exits: bool = False
    spontaneous: float = 1.0
    persuasive_topic: str = "all"

    @property
    def friendships(self) -> int:
        """Number of undirected friendships."""
        return round(self.customers * self.mean_degree / 2)


_A: Final = WorldRules()
_C: Final = replace(_A, promotions=True)
_E: Final = replace(_A, earliness=True)
_G: Final = replace(_A, style_alpha=0.15)
_K: Final = replace(_A, exits=True, spontaneous=1.5)
_M: Final = replace(_A, style_alpha=0.06, tied_share=0.3)
_T: Final = replace(_A, products=400, planted_share=0.08, strength=0.2)


def _null(rules: WorldRules) -> WorldRules:
    return replace(rules, planted_share=0.0)


RULES: Final[dict[str, WorldRules]] = {
    "A": _A,
    "B": _null(_A),
    "C": _C,
    "D": _null(_C),
    "E": _E,
    "F": _null(_E),
    "G": _G,
    "H": _null(_G),
    "I": replace(_A, strength=0.16),
    "J": replace(_A, products=400),
    "K": _K,
    "L": _null(_K),
    "M": _M,
    "N": _null(_M),
    "T1": replace(_T, persuasive_topic="favourite"),
    "T2": replace(_T, persuasive_topic="random"),
}
"""World letter to its rules."""


def rules_of(letter: str) -> WorldRules:
    """Return the rules of a world.

    Raises:
        UsageProblem: There is no world of that name.
    """
    try:
        return RULES[letter]
    except KeyError:
        raise UsageProblem(
            f"no world named `{letter}`",
            code="world-not-found",
            hint=f"worlds are {', '.join((*RULES, SHOP))}; run `influence world make --world A --seed 1 --out world-a`",
        ) from None
