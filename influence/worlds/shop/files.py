"""The synthetic shop as a dataset folder that `influence load run` takes, with its truth beside the data."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from influence.errors import UsageProblem
from influence.worlds.shop.simulation import Shop

__all__ = ["write_shop"]


def write_shop(shop: Shop, out: Path) -> Path:
    """Write a shop as `OUT/*.csv` with `OUT/truth/` and `OUT/audience/`; the folder appears whole or not at all.

    No loader reads the truth (persuaders, causes, referrals, memberships, facts.json), which is for judging only, nor
    `audience/addresses.csv`, the contact file for `influence audience export`.

    Returns:
        The folder.

    Raises:
        UsageProblem: `out` exists and is not an empty folder.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageProblem(
            f"`{out}` exists and is not an empty folder",
            code="folder-not-empty",
            hint=f"name another folder, such as `--out {out.name}-{shop.seed}`",
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        parts = ((".", shop.tables), ("truth", shop.truth), ("audience", {"addresses": shop.addresses}))
        for part, tables in parts:
            folder = partial / part
            folder.mkdir(parents=True, exist_ok=True)
            for name, table in tables.items():
                table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
        (partial / "truth" / "facts.json").write_text(json.dumps(shop.facts, indent=2) + "\n")
        if out.exists():
            out.rmdir()
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return out
