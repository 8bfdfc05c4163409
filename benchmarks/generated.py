"""A generated shop of any size as a dataset folder: heavy-tailed friendships and product popularity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

START = np.datetime64("2024-01-01T00:00:00", "us")
YEAR = 365 * 86_400_000_000


def write_generated(folder: Path, customers: int, seed: int = 1) -> dict[str, int]:
    """Write a dataset with 10 friendships and 10 purchases a customer.

    Args:
        folder: Made when missing.
        customers: Number of customers; friendships and purchases are ten times as many.
        seed: Of the generator.

    Returns:
        Rows per file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    ties, lines, products, topics = 10 * customers, 10 * customers, max(customers // 20, 50), 40

    sociable = generator.pareto(2.2, customers) + 1
    sociable /= sociable.sum()
    one = generator.choice(customers, size=int(ties * 1.15), p=sociable)
    other = generator.integers(0, customers, size=len(one))
    low, high = np.minimum(one, other), np.maximum(one, other)
    pairs = np.unique(low[low != high] * np.int64(customers) + high[low != high])
    pairs = generator.permutation(pairs)[:ties]

    popular = generator.pareto(1.2, products) + 1
    buyer = generator.integers(0, customers, lines)
    bought = generator.choice(products, size=lines, p=popular / popular.sum())
    at = START + generator.integers(0, YEAR, lines).astype("timedelta64[us]")
    revenue = generator.integers(200, 20_000, lines)

    def ids(prefix: str, numbers: np.ndarray, width: int = 7) -> pd.Series:
        return pd.Series(numbers).astype(str).str.zfill(width).radd(prefix)

    tables = {
        "customers": pd.DataFrame(
            {
                "customer_id": ids("c", np.arange(customers)),
                "region": np.array(["north", "east", "south", "west"])[generator.integers(0, 4, customers)],
            }
        ),
        "topics": pd.DataFrame({"topic_id": ids("t", np.arange(topics), 2)}),
        "products": pd.DataFrame({"product_id": ids("p", np.arange(products))}),
        "product_topics": pd.DataFrame(
            {
                "product_id": ids("p", np.arange(products)),
                "topic_id": ids("t", generator.integers(0, topics, products), 2),
            }
        ),
        "friendships": pd.DataFrame(
            {"customer_id": ids("c", pairs // customers), "friend_id": ids("c", pairs % customers)}
        ),
        "purchases": pd.DataFrame(
            {
                "line_id": ids("l", np.arange(lines), 9),
                "customer_id": ids("c", buyer),
                "product_id": ids("p", bought),
                "at": pd.Series(at).dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "quantity": 1,
                "revenue": revenue,
                "margin": revenue // 3,
                "currency": "EUR",
            }
        ),
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    return {name: len(table) for name, table in tables.items()}
