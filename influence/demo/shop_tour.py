"""Questions about the synthetic shop: what customers are worth, whom they bring, what they say, what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from influence.compute import ComputeOptions
from influence.demo.shop import make_shop
from influence.demo.shop_files import write_shop
from influence.demo.tour import Demo, Question, Row

__all__ = ["SEED", "SHOP"]

SEED: Final = 1
"""The shop of the demo; any other is as good."""


def write(folder: Path) -> None:
    """Write the dataset folder."""
    write_shop(make_shop(SEED), folder)


def persuaders(rows: list[Row]) -> str:
    """Say who makes friends buy, and how sure that is."""
    top = rows[0]
    return (
        f"After {top['customer_id']} friends bought the same product {top['observed']:,} times within four weeks, "
        f"where {top['expected']:,.1f} would have done so anyway: an estimate, from {top['lift_low']:.1f} to "
        f"{top['lift_high']:.1f} times as many."
    )


SHOP: Final = Demo(
    home="demo-shop",
    source="shop",
    title="a synthetic shop",
    write=write,
    options=ComputeOptions(),
    questions=(Question("persuaders", persuaders),),
    trust="How far to trust this:",
    cautions=("persuasion_warnings", "value_notes"),
    onward="""
The shop is made up: nobody in it exists, and what was planted is in {home}/shop/truth.

Look further into it:
  export INFLUENCE_HOME={home}
  influence report list                                     every question that has a saved answer
  influence customer show ID                                one customer on one page
  influence server stop                                     it ends by itself after 30 idle minutes

Then your own data:
  unset INFLUENCE_HOME
  influence load init my-data                               an empty dataset folder with a mapping to fill in
  influence load run my-data && influence compute run""",
)
