"""A small shop in files, in two states, and a plan that loads, computes and hands out everything."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

__all__ = ["BATCH", "datasets", "write_plan", "write_shop"]

CUSTOMERS = 60
PRODUCTS = 6
BATCH = 100
"""Rows a transaction: the larger files take several."""
FIRST_DAY = date(2019, 1, 1)


def write_table(path: Path, header: list[str], rows: Sequence[Sequence[object]]) -> None:
    """Write one CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def write_shop(folder: Path, state: int = 0) -> Path:
    """Write the files of a shop; every further state has all rows of the one before and more of them.

    Args:
        folder: Where to; made here.
        state: 0, 1, …
    """
    folder.mkdir(parents=True, exist_ok=True)
    people = [
        [f"C{n:03}", f"Person {n}", f"person{n}@example.com", "DE", "true" if n % 7 else "false"]
        for n in range(CUSTOMERS + 5 * state)
    ]
    write_table(folder / "customers.csv", ["customer_id", "name", "email", "country", "consent"], people)
    ties = sorted(
        {
            (f"C{min(one, other):03}", f"C{max(one, other):03}")
            for one in range(len(people))
            for other in ((one + 1) % CUSTOMERS, (one * 7 + 3) % CUSTOMERS, (one + 5) % CUSTOMERS)
            if one != other
        }
    )
    write_table(folder / "friendships.csv", ["customer_id", "friend_id"], [list(tie) for tie in ties])
    write_table(folder / "products.csv", ["product_id", "name"], [[f"P{n}", f"Product {n}"] for n in range(PRODUCTS)])
    write_table(
        folder / "product_topics.csv",
        ["product_id", "topic_id"],
        [[f"P{n}", f"T{n % 2}"] for n in range(PRODUCTS)],
    )  # topics are known from here only
    random = np.random.default_rng(7)
    lines: list[list[object]] = []
    for n in range(300 + 40 * state):
        day = FIRST_DAY + timedelta(days=n // 4)
        buyer = f"C{int(random.integers(CUSTOMERS)):03}"
        lines.append([f"L{n:04}", buyer, f"P{int(random.integers(PRODUCTS))}", day, 1, 900, 300, "EUR"])
    header = ["line_id", "customer_id", "product_id", "at", "quantity", "revenue", "margin", "currency"]
    write_table(folder / "purchases.csv", header, lines)
    return folder


def datasets(folder: Path) -> dict[str, int]:
    """Return the number of rows of every file of a shop, by dataset."""
    return {path.stem: len(path.read_text(encoding="utf-8").splitlines()) - 1 for path in sorted(folder.glob("*.csv"))}


WORK = f"""
[[load]]
folder = "extract"
batch_size = {BATCH}
[compute]
[check]
"""
HAND_OUT = """
[reports]
folder = "out/reports"
names = ["communities"]
formats = ["csv", "json"]
[[segment]]
name = "persuaders-by-follow-on"
out = "out/segments/persuaders.csv"
[[audience]]
segment = "persuaders-by-follow-on"
to = "google"
contacts = "extract/customers.csv"
consent_column = "consent"
min_size = 1
out = "out/ads"
[prune]
keep = 2
"""


def write_plan(folder: Path, *, work: bool = True) -> Path:
    """Write the plan of a folder that holds the shop as `extract`.

    Args:
        folder: Where to.
        work: Whether the job loads, computes and checks before it hands out.
    """
    path = folder / "nightly.toml"
    text = 'name = "nightly"\n' + WORK * work + HAND_OUT
    path.write_text(text, encoding="utf-8")
    return path
