"""The synthetic shop as a dataset folder that `influence load run` takes, with its truth beside the data."""

from __future__ import annotations

from pathlib import Path

from influence.worlds.dataset import write_dataset
from influence.worlds.shop.simulation import Shop

__all__ = ["write_shop"]


def write_shop(shop: Shop, out: Path) -> Path:
    """Write a shop as `OUT/*.csv` with `OUT/truth/` and `OUT/audience/`; the folder appears whole or not at all.

    No loader reads the truth (persuaders, causes, referrals, memberships, facts.json), which is for judging only, nor
    `audience/addresses.csv`, the contact file for `influence audience export`.

    Returns:
        The folder.

    Raises:
        UsageProblem: `out` exists and is not an empty folder, or it cannot be written.
    """
    tables = {
        **shop.tables,
        **{f"truth/{name}": table for name, table in shop.truth.items()},
        "audience/addresses": shop.addresses,
    }
    hint = f"name another folder, such as `--out {out.name}-{shop.seed}`"
    return write_dataset(out, tables, {"truth/facts": shop.facts}, hint=hint)
