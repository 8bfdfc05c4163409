"""Held-out prediction: what was known at a date, who is central, and that a split leaks nothing backwards."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from influence.errors import UsageProblem
from influence.snapshot.arrays import DAY, NEVER, Snapshot
from influence.snapshot.build import build_snapshot
from influence.worlds.arrays import world_snapshot
from influence.worlds.files import world_tables
from influence.worlds.holdout import (
    earlier,
    holdout_by_launch,
    holdout_from_snapshot,
    page_rank,
    write_holdout,
)
from influence.worlds.world import START, World, make_world

CUT = START + 200 * DAY
DATE = pd.Timestamp(CUT, unit="us", tz="UTC")


@pytest.fixture(scope="module")
def world() -> World:
    return make_world("I", 1, customers=800, products=120)


@pytest.fixture(scope="module")
def snapshot(world: World) -> Snapshot:
    return world_snapshot(world)


def with_changing_ties(world: World) -> dict[str, pd.DataFrame]:
    """Return the tables of a world in which some ties begin and end during the log."""
    tables = world_tables(world)
    random = np.random.default_rng(2)
    ties = tables["friendships"]
    begin = START + (random.random(len(ties)) < 0.5) * random.integers(0, 300, len(ties)) * DAY
    end = np.where(random.random(len(ties)) < 0.3, begin + random.integers(1, 300, len(ties)) * DAY, NEVER)
    tables["friendships"] = ties.assign(since=begin, until=end)
    return tables


def test_the_past_is_what_would_have_been_read_then(world: World) -> None:
    tables = with_changing_ties(world)
    now = build_snapshot(**tables, follows=None, as_of=world.ends_at, data_version="v")
    then = build_snapshot(**tables, follows=None, as_of=CUT, data_version="v")
    past = earlier(now, CUT)
    for field in dataclasses.fields(Snapshot):
        np.testing.assert_array_equal(getattr(past, field.name), getattr(then, field.name), err_msg=field.name)
    assert len(past.first_time) < len(now.first_time) and past.first_time.max() <= CUT


def test_page_rank_is_that_of_the_reversed_influence_graph(snapshot: Snapshot) -> None:
    rows = np.repeat(np.arange(snapshot.customers), np.diff(snapshot.edge_offsets))
    kept = np.random.default_rng(3).random(len(rows)) < 0.4  # directed, and some customers without any tie
    targets = snapshot.edge_targets[kept]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows[kept], minlength=snapshot.customers))])
    part = dataclasses.replace(
        snapshot,
        edge_offsets=offsets,
        edge_targets=targets,
        edge_since=snapshot.edge_since[kept],
        edge_until=snapshot.edge_until[kept],
        edge_weight=snapshot.edge_weight[kept],
    )
    graph = nx.DiGraph()
    graph.add_nodes_from(range(snapshot.customers))
    graph.add_edges_from(zip(targets.tolist(), rows[kept].tolist(), strict=True))
    expected = nx.pagerank(graph, alpha=0.85, tol=1e-12, max_iter=500)
    np.testing.assert_allclose(page_rank(part), [expected[i] for i in range(snapshot.customers)], rtol=1e-6)


def test_ended_ties_give_no_rank(snapshot: Snapshot) -> None:
    over = dataclasses.replace(snapshot, edge_until=np.full(len(snapshot.edge_until), CUT))
    np.testing.assert_allclose(page_rank(over), 1 / snapshot.customers)


def test_what_comes_later_changes_no_score_learnt_before(snapshot: Snapshot) -> None:
    found = holdout_from_snapshot(snapshot, DATE)
    random = np.random.default_rng(4)
    later = snapshot.first_time >= CUT
    # another future: the same purchases by other people at other times
    altered = snapshot.first_time.copy()
    altered[later] = random.permutation(altered[later])
    order = np.lexsort((snapshot.first_product, altered, snapshot.first_customer))
    product = snapshot.first_product[order]
    other = dataclasses.replace(
        snapshot,
        first_time=altered[order],
        first_product=product,
        first_margin=snapshot.first_margin[order],
        product_order=np.lexsort((snapshot.first_customer, altered[order], product)),
    )
    again = holdout_from_snapshot(other, DATE)
    learnt = ["rate", "lift", "cd_per_action", "goyal", "follow_on", "page_rank", "degree"]
    pd.testing.assert_frame_equal(found.customers[learnt], again.customers[learnt])
    assert not found.customers["observed"].equals(again.customers["observed"])


def test_every_later_follow_on_is_counted_once(snapshot: Snapshot) -> None:
    found = holdout_from_snapshot(snapshot, DATE)
    when = {
        (u, a): t
        for u, a, t in zip(
            snapshot.first_customer.tolist(),
            snapshot.first_product.tolist(),
            snapshot.first_time.tolist(),
            strict=True,
        )
    }
    counts = pd.Series(0, index=pd.Index(snapshot.customer_ids))
    window = 28 * DAY
    for (v, a), t in when.items():
        if not CUT <= t <= snapshot.as_of - window:
            continue
        for u in snapshot.edge_targets[snapshot.edge_offsets[v] : snapshot.edge_offsets[v + 1]].tolist():
            if 0 < when.get((u, a), t) - t <= window:
                counts.iloc[v] += 1
    here = found.customers.index
    assert found.customers["observed"].astype(int).tolist() == counts[here].tolist()
    assert found.customers["observed"].sum() > 0


def test_a_purchase_at_the_midnight_of_the_date_is_tested_and_not_learnt(world: World, snapshot: Snapshot) -> None:
    tables = world_tables(world)
    lines = tables["purchases"]
    daily = lines.assign(at=lines["at"].str[:10])  # as when purchases carry dates only
    whole = build_snapshot(**{**tables, "purchases": daily}, follows=None, as_of=world.ends_at, data_version="v")
    found = holdout_from_snapshot(whole, DATE)
    assert DATE == DATE.normalize()
    last = whole.as_of - 28 * DAY
    tested = (whole.first_time >= CUT) & (whole.first_time <= last)
    assert (whole.first_time == CUT).any()
    assert found.customers["actions"].sum() == tested.sum()
    # whatever happens on the day itself changes nothing that was learnt
    on_the_day = daily["at"] == f"{DATE:%Y-%m-%d}"
    without = build_snapshot(
        **{**tables, "purchases": daily[~on_the_day]}, follows=None, as_of=world.ends_at, data_version="v"
    )
    learnt = ["rate", "lift", "cd_per_action", "goyal", "follow_on", "page_rank", "degree"]
    again = holdout_from_snapshot(without, DATE)
    pd.testing.assert_frame_equal(found.customers[learnt], again.customers[learnt])
    assert found.split == f"learnt from what came before {DATE:%Y-%m-%d} 00:00 UTC, tested on the purchases since"


def test_in_a_world_with_persuaders_the_rate_foresees_more_than_degree(snapshot: Snapshot) -> None:
    for found in (holdout_from_snapshot(snapshot, DATE), holdout_by_launch(snapshot)):
        assert found.lifts.at["persuasion rate", 0.05] > 2.0
        assert found.lifts.at["persuasion rate", 0.05] > 1.3 * found.lifts.at["friends", 0.05]
        assert 0.6 <= found.slope <= 1.4
        assert found.deciles["customers"].sum() == len(found.customers)
        assert found.errors.at["persuasion rate", "mae"] < found.errors.at["Goyal Bernoulli", "mae"]


def test_an_empty_side_is_refused(snapshot: Snapshot) -> None:
    for day in (-10, 364):
        with pytest.raises(UsageProblem, match="no purchases"):
            holdout_from_snapshot(snapshot, pd.Timestamp(START + day * DAY, unit="us"))


def test_the_files_hold_the_figures_and_customers_are_for_the_owner_only(snapshot: Snapshot, tmp_path: Path) -> None:
    found = holdout_from_snapshot(snapshot, DATE)
    page, table = write_holdout(found, tmp_path / "out")
    assert "<svg" in page.read_text() and "PageRank" in page.read_text()
    assert snapshot.customer_ids[0] not in page.read_text()
    assert table.stat().st_mode & 0o077 == 0
    pd.testing.assert_frame_equal(pd.read_parquet(table), found.customers)
