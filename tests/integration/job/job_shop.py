"""A small shop in files, and plans over it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from influence.graph import Graph
from influence.job import Summary


def write_table(path: Path, header: list[str], rows: list[list[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def purchases(rounds: int) -> list[list[object]]:
    """Everybody buys, and the friend behind them a few days later."""
    return [
        [
            f"L{round}-{number}",
            f"C{number:02}",
            f"P{round % 2}",
            f"2026-0{1 + round}-{1 + number:02}",
            1,
            900,
            300,
            "EUR",
        ]
        for round in range(rounds)
        for number in range(12)
    ]


BOUGHT = ["line_id", "customer_id", "product_id", "at", "quantity", "revenue", "margin", "currency"]


def write_shop(folder: Path) -> None:
    """Write twelve customers in a ring, two products, two topics."""
    folder.mkdir()
    people = [
        [f"C{n:02}", f"Person {n}", f"person{n}@example.com", "DE", "true" if n != 3 else "false"] for n in range(12)
    ]
    write_table(folder / "customers.csv", ["customer_id", "name", "email", "country", "consent"], people)
    ring = [[f"C{n:02}", f"C{(n + step) % 12:02}"] for n in range(12) for step in (1, 2)]
    write_table(folder / "friendships.csv", ["customer_id", "friend_id"], [sorted(pair) for pair in ring])
    write_table(folder / "products.csv", ["product_id", "name"], [["P0", "Tea"], ["P1", "Cup"]])
    write_table(folder / "topics.csv", ["topic_id", "name"], [["T0", "Drinks"]])
    write_table(folder / "product_topics.csv", ["product_id", "topic_id"], [["P0", "T0"], ["P1", "T0"]])
    write_table(folder / "purchases.csv", BOUGHT, purchases(2))


PLAN = """
name = "nightly"
time_limit = "10m"
[[load]]
folder = "extract"
[compute]
[check]
[reports]
folder = "reports"
names = ["communities", "brokers"]
formats = ["csv", "json"]
[[segment]]
name = "persuaders-by-follow-on"
out = "segments/persuaders.csv"
[[audience]]
segment = "persuaders-by-follow-on"
to = "google"
contacts = "extract/customers.csv"
consent_column = "consent"
min_size = 1
out = "ads"
[prune]
keep = 2
"""


def write_plan(folder: Path, text: str = PLAN, **changes: str) -> Path:
    """Write the plan of a folder with some texts replaced; what is to be replaced must be there."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "nightly.toml"
    path.write_text(text, encoding="utf-8")
    return path


def lock_is_free(graph: Graph) -> bool:
    """Tell whether nobody holds the lock."""
    held = "MATCH (l:_InfluenceLock) WHERE l.expires_at > datetime() RETURN count(l)"
    return graph.read(held, name="held").rows == [(0,)]


@dataclass(frozen=True)
class Nightly:
    """A folder with `extract`, the plan `nightly.toml`, and what the first job did."""

    folder: Path
    first: Summary
