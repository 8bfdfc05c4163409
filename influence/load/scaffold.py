"""An empty dataset folder to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from influence.errors import UsageProblem
from influence.files import unwritable, write_atomically
from influence.load.contract import Contract, contracts
from influence.load.sources import MAPPING_NAME

__all__ = ["init_folder"]

MAPPING: Final = """\
# How your files become datasets. Everything here is commented out: remove the `#` where it fits.
# `influence load run DIR` uses this file by itself; `--mapping FILE` names another one.

# source = "shop"                  # the system the files come from; the scope of `--sweep`

# [defaults]                       # for all files; each can be repeated in the section of one file
# encoding = "cp1252"              # default utf-8
# delimiter = ";"                  # default ,
# decimal = ","                    # default .
# thousands = "."                  # default none
# timezone = "Europe/Berlin"       # of instants without a zone; default UTC
# null_values = ["NULL", "-"]      # texts that mean an empty cell
# unit = "major"                   # amounts are written like 12.34; default minor: whole cents
# phone_country = "+49"            # for phone numbers without a country code
# extra_columns = "error"          # refuse a file with unknown columns; default ignore: name them once

# [purchases]
# file = "orders.csv"              # another name, or an absolute path
# ignore = ["comment"]             # columns nobody needs to hear of
#
# [purchases.columns]              # contract column = column of the file
# customer_id = "CustomerNo"
# product_id = { column = "SKU", prefix = "shop-" }
# at = { column = "OrderDate", format = "%d.%m.%Y %H:%M" }
# revenue = { column = "Total", unit = "major" }
#
# [purchases.constants]            # for columns the file does not have
# currency = "EUR"

# [customers]                      # the same file may hold two datasets
# file = "orders.csv"
# complete = false                 # not every customer is in it: create those that other files name
#
# [customers.columns]
# customer_id = "CustomerNo"
# region = "City"

# [follows]                        # `follower` listens to `followed`
# [follows.columns]
# follower_id = "src"
# followed_id = "dst"
# since = { column = "month", format = "months since 2020-01-01" }    # also: year
"""


def init_folder(folder: Path) -> list[Path]:
    """Write an empty dataset folder: a file per dataset with its header, a commented mapping, a README.

    Args:
        folder: Made when missing; files that are there stay as they are.

    Returns:
        The files that were written.

    Raises:
        UsageProblem: The folder is a file or cannot be made, or all files are there already.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageProblem(f"`{folder}` is not a folder", code="not-a-folder", hint="name a new folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    contents = {f"{dataset}.csv": ",".join(contract.columns) + "\n" for dataset, contract in contracts().items()}
    contents |= {MAPPING_NAME: MAPPING, "README.md": readme()}
    written = []
    for name, content in contents.items():
        if not (folder / name).exists():
            write_atomically(folder / name, content)
            written.append(folder / name)
    if not written:
        raise UsageProblem(
            f"`{folder}` has all files of a dataset folder already",
            code="folder-complete",
            hint=f"`influence load run {folder} --dry-run` checks them",
        )
    return written


def readme() -> str:
    """Return the README of a dataset folder."""
    lines = [
        "# A dataset folder for influence",
        "",
        "Fill in the files you have; files that stay empty are left out. Needed: `customers`, `products`, `purchases`, "
        "and `friendships` (ties that go both ways) or `follows` (ties that go one way).",
        "",
        "    influence load run . --dry-run     # checks everything, changes nothing",
        "    influence load run .",
        "",
        "Ids are text. Instants are `2026-01-31` or `2026-01-31T14:05:00Z`. Amounts are whole cents with a currency. "
        "An empty cell means unknown. If your files look different, describe them in `mapping.toml`.",
        "",
        *(line for contract in contracts().values() for line in section(contract)),
    ]
    return "\n".join(lines) + "\n"


def section(contract: Contract) -> list[str]:
    """Return the part of the README on one dataset."""
    rows = [
        f"| {'**' + name + '**' if column.required else name} | {column.type} | {column.about} |"
        for name, column in contract.columns.items()
    ]
    return [
        f"## {contract.dataset}",
        f"{contract.about}.",
        "",
        "| column (**needed**) | type | meaning |",
        "| --- | --- | --- |",
        *rows,
        "",
    ]
