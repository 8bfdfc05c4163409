"""Speed and memory of the persuasion estimator, side by side with DuckDB's follow-on join, in one run.

    python benchmarks/persuasion.py                      # 10 k and 100 k customers
    python benchmarks/persuasion.py 1000000              # the size of the published table
    python benchmarks/persuasion.py --celebrity          # one customer with more and more friends

Customers have 10 friendships and 10 purchases each; one product per 20 customers, 20 topics, two years. Half
of the friendships have a known start. Every stage prints wall time, CPU time of all threads, and the peak
memory of the process so far; DuckDB runs in a process of its own so that its memory is its own.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from influence.persuasion import estimate as estimator
from influence.persuasion.exposure import count_exposures
from influence.persuasion.follow_on import follow_on_counts
from influence.persuasion.layout import prepare
from influence.persuasion.parameters import PersuasionParameters
from influence.persuasion.significance import timing_p
from influence.snapshot.arrays import ALWAYS, DAY, NEVER, Snapshot
from influence.snapshot.build import CustomerRows, ProductRows, PurchaseRows, TieRows, assemble_snapshot

DAYS, TOPICS, REGIONS = 730, 20, 6


def make(customers: int, seed: int = 0) -> Snapshot:
    """A log of the given size with uneven degrees, activity, popularity and launch dates."""
    rng = np.random.default_rng(seed)
    products, rows = max(customers // 20, 50), 10 * customers

    def drawn(weights: np.ndarray, size: int) -> np.ndarray:
        total = np.cumsum(weights)
        return np.searchsorted(total, rng.random(size) * total[-1])

    one, other = drawn(rng.pareto(2.2, customers) + 1, rows), rng.integers(0, customers, rows)
    since = np.where(rng.random(rows) < 0.5, ALWAYS, rng.integers(0, DAYS, rows) * DAY)
    buyer = drawn(rng.lognormal(0, 0.6, customers), rows)
    product = drawn(rng.lognormal(0, 1, products), rows)
    launch = rng.random(products) * (DAYS - 200)
    at = ((launch[product] + rng.gamma(2, 60, rows)) * DAY).astype(np.int64)
    return log_of(rng, customers, (launch * DAY).astype(np.int64), (one, other, since), (buyer, product, at))


def make_celebrity(friends: int, products: int = 30, seed: int = 0) -> Snapshot:
    """A log where one customer, of twice as many as he has friends, buys every product, as does a tenth of all.

    The others have a friend or two of their own. Purchases have a date and no time of day, and a tenth of the buyers
    come on the day the celebrity does. A random log has no such customer: what he costs is lost in the rest.
    """
    rng = np.random.default_rng(seed)
    customers = 2 * friends
    one = np.concatenate([np.zeros(friends, np.int64), rng.integers(1, customers, friends)])
    other = np.concatenate([np.arange(1, friends + 1), rng.integers(1, customers, friends)])
    buyer = np.concatenate(
        [rng.choice(np.arange(1, customers), customers // 10, replace=False) for _ in range(products)]
    )
    product = np.repeat(np.arange(products), customers // 10)
    days = np.floor(np.concatenate([rng.gamma(2, 60, len(buyer)), np.full(products, 60.0)]))
    days[: len(buyer)][rng.random(len(buyer)) < 0.1] = 60.0
    return log_of(
        rng,
        customers,
        np.full(products, ALWAYS),
        (one, other, np.full(2 * friends, ALWAYS)),
        (
            np.concatenate([buyer, np.zeros(products, np.int64)]),
            np.concatenate([product, np.arange(products)]),
            (days * DAY).astype(np.int64),
        ),
    )


def log_of(
    rng: np.random.Generator,
    customers: int,
    launched: np.ndarray,
    friendships: tuple[np.ndarray, np.ndarray, np.ndarray],
    purchases: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> Snapshot:
    """Lay out a log with regions and topics at random.

    Args:
        rng: Draws them.
        customers: How many there are.
        launched: [products] since when each is on sale.
        friendships: One friend, the other, and since when.
        purchases: Customer, product, and when.
    """
    (one, other, since), (buyer, product, at) = friendships, purchases
    products = len(launched)
    return assemble_snapshot(
        CustomerRows(
            ids=np.array([f"c{i:08d}" for i in range(customers)]),
            joined=np.full(customers, ALWAYS),
            closed=np.full(customers, NEVER),
            stratum=rng.integers(0, REGIONS, customers).astype(np.int32),
            opted_out=np.zeros(customers, np.bool_),
        ),
        ProductRows(
            ids=np.array([f"p{i:07d}" for i in range(products)]),
            launched=launched,
            withdrawn=np.full(products, NEVER),
            topic_ids=np.array([f"t{i:02d}" for i in range(TOPICS)]),
            topic_pairs=(np.arange(products), rng.integers(0, TOPICS, products)),
            topic_weights=np.ones(products),
        ),
        TieRows(
            source=np.concatenate([one, other]),
            target=np.concatenate([other, one]),
            since=np.concatenate([since, since]),
            until=np.full(2 * len(one), NEVER),
            weight=np.full(2 * len(one), np.nan),
        ),
        PurchaseRows(customer=buyer, product=product, at=at, margin=np.full(len(at), 100.0)),
        as_of=DAYS * DAY,
        data_version="benchmark",
    )


@contextmanager
def stage(name: str, results: dict[str, dict[str, float]]) -> Iterator[None]:
    """Measure what happens inside."""
    wall, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    yield
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    results[name] = {"wall": time.perf_counter() - wall, "cpu": cpu, "peak_gb": after.ru_maxrss / 1e6}
    print(f"  {name:34s} {results[name]['wall']:8.3f} s wall {cpu:8.3f} s CPU   peak {after.ru_maxrss / 1e6:5.2f} GB")


def duckdb_follow_ons(folder: Path) -> None:
    """Count follow-on pairs per customer with DuckDB and print time and result as JSON."""
    import duckdb  # the only part that needs it, in a process of its own

    connection = duckdb.connect()
    connection.execute(f"create table ties as from '{folder}/ties.parquet'")
    connection.execute(f"create table bought as from '{folder}/bought.parquet'")
    wall, cpu = time.perf_counter(), time.process_time()
    rows = connection.execute(
        """select b.customer, count(*) from bought b
           join ties e on e.source = b.customer
           join bought l on l.customer = e.target and l.product = b.product
           where l.at > b.at and l.at <= b.at + ? and e.since <= b.at and e.until > b.at
           group by b.customer""",
        [28 * DAY],
    ).fetchnumpy()
    count = next(values for name, values in rows.items() if name != "customer")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    figures = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "peak_gb": peak}
    print(json.dumps({**figures, "pairs": int(count.sum())}))


def write_tables(snapshot: Snapshot, folder: Path) -> None:
    """Write the arrays as Parquet, for DuckDB."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = np.repeat(np.arange(snapshot.customers, dtype=np.int32), np.diff(snapshot.edge_offsets))
    ties = {
        "source": source,
        "target": snapshot.edge_targets,
        "since": snapshot.edge_since,
        "until": snapshot.edge_until,
    }
    bought = {
        "customer": snapshot.first_customer,
        "product": snapshot.first_product,
        "at": snapshot.first_time,
    }
    pq.write_table(pa.table(ties), folder / "ties.parquet")
    pq.write_table(pa.table(bought), folder / "bought.parquet")


def run_duckdb(folder: Path) -> dict[str, float]:
    """Let a fresh process join the tables of a folder."""
    done = subprocess.run(
        [sys.executable, __file__, "--duckdb", str(folder)], check=True, capture_output=True, text=True
    )
    found = dict(json.loads(done.stdout))
    times = f"{found['wall']:8.3f} s wall {found['cpu']:8.3f} s CPU   own  {found['peak_gb']:5.2f} GB"
    print(f"  {'follow-on pairs, DuckDB':34s} {times}")
    return found


def measure(customers: int) -> dict[str, dict[str, float]]:
    """Run every stage on one size; DuckDB before, between and after, for what it takes moves with the machine."""
    print(f"{customers} customers")
    results: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with stage("make and sort the snapshot", results):
            snapshot = make(customers)
        write_tables(snapshot, folder)
        with stage("follow-on pairs, compiled", results):
            pairs = follow_on_counts(snapshot)
        joined = [run_duckdb(folder)]
        if joined[0]["pairs"] != pairs.customers.sum():
            raise SystemExit(f"DuckDB counts {joined[0]['pairs']} pairs, the kernel {pairs.customers.sum()}")
        with stage("observed and expected, all windows", results):
            count_exposures(prepare(snapshot, PersuasionParameters()))
        joined.append(run_duckdb(folder))
        with stage("whole estimator", results):
            result = estimator.estimate_persuasion(snapshot)
        joined.append(run_duckdb(folder))
    duck = results["follow-on pairs, DuckDB"] = sorted(joined, key=lambda run: run["wall"])[1]
    totals = result.totals
    print(f"  {int(totals['naive'])} follow-ons, {totals['n1']:.0f} above expectation, {len(result.pairs)} pairs")
    ratio = results["whole estimator"]["wall"] / duck["wall"]
    print(f"  estimator / DuckDB pairs (median of three): {ratio:.1f}; DuckDB / compiled pairs: "
          f"{duck['wall'] / results['follow-on pairs, compiled']['wall']:.1f}")  # fmt: skip
    return results


def measure_celebrity(friends: int) -> dict[str, dict[str, float]]:
    """Run the estimator, and the timing certificate of the celebrity alone, on one number of friends."""
    print(f"a celebrity with {friends} friends")
    results: dict[str, dict[str, float]] = {}
    snapshot = make_celebrity(friends)
    with stage("observed and expected, all windows", results):
        found = count_exposures(prepare(snapshot, PersuasionParameters()))
    buyers = np.diff(snapshot.product_offsets)[snapshot.first_product].astype(np.int32)
    own = slice(0, snapshot.customer_offsets[1])
    columns = (buyers - 1, found.window_adopters, found.friends_adopted, found.followed)
    with stage("timing certificate of the celebrity", results):
        timing_p(snapshot.customer_offsets[:2], *(column[own] for column in columns))
    with stage("whole estimator", results):
        estimator.estimate_persuasion(snapshot)
    return results


def print_growth(sizes: list[int], measured: list[dict[str, dict[str, float]]], names: tuple[str, ...]) -> None:
    """Print the exponent of CPU time between each size and the next."""
    for small, large, a, b in zip(sizes, sizes[1:], measured, measured[1:], strict=False):
        for name in names:
            exponent = math.log(b[name]["cpu"] / a[name]["cpu"]) / math.log(large / small)
            print(f"growth of {name} from {small} to {large}: exponent {exponent:.2f} (CPU time)")


def main() -> None:
    """Measure the sizes asked for and print how time grows between them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "sizes", nargs="*", type=int, default=[10_000, 100_000], help="numbers of customers, or of friends"
    )
    parser.add_argument("--celebrity", action="store_true", help="one customer with that many friends instead")
    parser.add_argument("--duckdb", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.duckdb:
        duckdb_follow_ons(given.duckdb)
        return
    warm = make(1_000)  # compiles, or reads the compiled kernels from the cache
    follow_on_counts(warm)
    estimator.estimate_persuasion(warm)
    sizes = sorted(given.sizes)
    if given.celebrity:
        measured = [measure_celebrity(friends) for friends in sizes]
        stages = ("observed and expected, all windows", "timing certificate of the celebrity", "whole estimator")
    else:
        measured = [measure(size) for size in sizes]
        stages = ("follow-on pairs, compiled", "observed and expected, all windows", "whole estimator")
    print_growth(sizes, measured, stages)


if __name__ == "__main__":
    main()
