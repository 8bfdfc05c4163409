"""Questions about the synthetic shop: what customers are worth, whom they bring, what they say, what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from influence.compute import ComputeOptions
from influence.demo.tour import Demo, Question, Row
from influence.worlds.shop.files import write_shop
from influence.worlds.shop.simulation import make_shop

__all__ = ["SEED", "SHOP"]

SEED: Final = 1
"""The shop of the demo; any other is as good."""


def write(folder: Path) -> None:
    """Write the dataset folder."""
    write_shop(make_shop(SEED), folder)


def pounds(amount: float) -> str:
    """Return an amount of the shop's currency."""
    return f"£{amount:,.0f}"


def hidden_wealth(rows: list[Row]) -> str:
    """Say what spending alone hides."""
    top = rows[0]
    return (
        f"{top['customer_id']} has spent {pounds(top['own_revenue'])}, less than most, and is worth "
        f"{pounds(top['net'])} of margin ({pounds(top['net_low'])} to {pounds(top['net_high'])}) with what others buy "
        "because of this customer: no sale in it counts twice, but persuasion is an estimate, not a record."
    )


def value_matrix(rows: list[Row]) -> str:
    """Say whom a ranking by spend would write off."""
    of = {row["quadrant"]: row for row in rows}
    if "Advocate" not in of:
        return "Nobody buys little and brings much: own spend ranks this shop's customers well enough."
    some = of["Advocate"]
    return (
        f"{some['customers']:,} Advocates ({some['customer_share']:.0%}) buy little and bring others: a ranking by own "
        "spend writes them off. The cuts are medians of what is expected; who stands near one may be on either side."
    )


def referrers(rows: list[Row]) -> str:
    """Say what those who would have come anyway take off."""
    top = rows[0]
    return (
        f"{top['customer_id']} has won {top['customers']:,} customers, worth {pounds(top['crv'])} and not "
        f"{pounds(top['naive'])}: about {top['p_two']:.0%} of the people referred in this shop would have come anyway. "
        "That share is known for all together, for no single person."
    )


def never_asked(rows: list[Row]) -> str:
    """Say who waits to be asked."""
    top = rows[0]
    return (
        f"{top['customer_id']} would recommend the shop ({top['nps']} of 10), knows {top['friends']:,} people, and "
        "nobody has ever asked for anything: saying so is not doing so, so begin with a small ask."
    )


def detractors(rows: list[Row]) -> str:
    """Say who hears complaints."""
    top = rows[0]
    at_risk = top["margin_at_risk"]
    cost = "" if at_risk is None else f", with {pounds(at_risk)} of margin at risk among them"
    rests = "" if top["rests_on"] is None else f" The margin rests on a {top['rests_on']}."
    return (
        f"{top['customer_id']} answered {top['nps']} of 10 and {top['friends']:,} friends hear of it{cost}: who hears "
        f"is known, how far it moves them is an estimate.{rests}"
    )


def members(rows: list[Row]) -> str:
    """Say what is left of the community's effect once like is compared with like."""
    of = {row["figure"]: row for row in rows}
    raw, matched = of["raw difference, %"], of["matched lift, %"]
    told = "nothing proved" if matched["low"] <= 0 <= matched["high"] else "a change, if nothing unseen differs"
    return (
        f"Members of the community bring {raw['value']:+.0f} % margin against others; against customers who were like "
        f"them before, {matched['value']:+.0f} % ({matched['low']:+.0f} to {matched['high']:+.0f}): {told}. "
        "Good customers join; only an invitation by lot would settle what joining does."
    )


def ambassadors(rows: list[Row]) -> str:
    """Say whom to win first, and how."""
    top = rows[0]
    step = f" Next step: {top['next_step']}, because {top['why']}." if top["next_step"] else ""
    return (
        f"{top['customer_id']} leads the shortlist with {top['score']:.0f} of 100, {top['known']:.0%} of the weight "
        f"known.{step} The score ranks by factors that stand beside it; it does not foretell what asking will bring."
    )


SHOP: Final = Demo(
    home="demo-shop",
    source="shop",
    title="a synthetic shop",
    write=write,
    options=ComputeOptions(),
    questions=(
        Question("hidden-wealth", hidden_wealth),
        Question("value-matrix", value_matrix, rows=0),
        Question("referrers", referrers),
        Question("promoters-never-asked", never_asked),
        Question("detractors-with-reach", detractors),
        Question("members-against-others", members, rows=0),
        Question("ambassadors", ambassadors),
    ),
    trust="How far to trust this:",
    cautions=("persuasion_warnings", "value_notes"),
    onward="""
The shop is made up: nobody in it exists. What was planted is in {home}/shop/truth, which nothing reads.

Look further into it:
  export INFLUENCE_HOME={home}
  influence report list                                     every question that has a saved answer
  influence report run value-summary                        the whole shop in figures, and the proof that they add up
  influence report run referral-exclusions                  rings, self-referrals and duplicates that do not count
  influence customer show ID                                one customer on one page
  influence audience export promoters-never-asked --to google --consent-column consent --out ads \\
    --contacts {home}/shop/audience/addresses.csv
  influence server stop                                     it ends by itself after 30 idle minutes

Then your own data:
  unset INFLUENCE_HOME
  influence load init my-data                               an empty dataset folder with a mapping to fill in
  influence load run my-data && influence compute run""",
)
