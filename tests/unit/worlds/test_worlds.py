"""The synthetic worlds follow metrics.md section 10, and their truth is consistent with their data."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from influence.errors import UsageProblem
from influence.snapshot.arrays import DAY, NEVER
from influence.worlds.arrays import world_snapshot
from influence.worlds.files import write_world
from influence.worlds.rules import RULES
from influence.worlds.world import World, _acceptance, _People, _random, _Stream, make_world


@pytest.fixture(scope="module")
def worlds() -> dict[str, World]:
    return {letter: make_world(letter, 7) for letter in RULES}


PLAIN = (0.05 + 0.95 * 0.5) * 0.15 * math.exp(-0.7)


def two_people() -> _People:
    return _People(
        taste=np.array([[1.0, 0, 0, 0, 0], [0.5, 0.5, 0, 0, 0]]),
        activity=np.array([1.0, math.e]),
        region=np.array([0, 1], dtype=np.int32),
        susceptibility=np.ones(2),
        fitness=np.ones(2),
        earliness=np.array([1.0, -1.0]),
        style=np.array([[1.0, 0, 0, 0], [0.1, 0.9, 0, 0]]),
        tied=np.array([True, False]),
        exit=np.array([100.0, np.inf]),
    )


def alike(world: World, trait: np.ndarray) -> float:
    """Return the correlation of a trait over friendships."""
    a, b = trait[world.friend_a], trait[world.friend_b]
    return float(np.corrcoef(np.concatenate([a, b]), np.concatenate([b, a]))[0, 1])


def follow_ons(world: World, window: int = 28) -> int:
    """Return the naive count: friends who bought the same product within the window."""
    first = pd.DataFrame({"customer": world.buyer, "product": world.product, "at": world.at})
    pairs = pd.DataFrame(
        {
            "customer": np.concatenate([world.friend_a, world.friend_b]),
            "friend": np.concatenate([world.friend_b, world.friend_a]),
        }
    )
    joined = first.merge(pairs, on="customer").merge(
        first.rename(columns={"customer": "friend", "at": "then"}), on=["friend", "product"]
    )
    lag = joined["then"] - joined["at"]
    return int(((lag > 0) & (lag <= window * DAY)).sum())


def test_sizes_are_those_of_the_reference_runs(worlds: dict[str, World]) -> None:
    for letter, world in worlds.items():
        assert len(world.friend_a) == 18_000, letter
        assert (world.friend_a < world.friend_b).all()
        assert len(set(zip(world.friend_a.tolist(), world.friend_b.tolist(), strict=True))) == 18_000
        assert int(world.planted.sum()) == round(3_000 * RULES[letter].planted_share)
    assert 14_500 <= len(worlds["A"].at) <= 16_700  # about 15.6K
    assert 550 <= worlds["A"].caused.sum() <= 850  # about 700
    assert len(worlds["J"].product_ids) == len(worlds["T1"].product_ids) == 400
    assert worlds["I"].strength.max() == pytest.approx(2 * worlds["A"].strength.max())


@pytest.mark.parametrize("letter", ["A", "C", "E", "G"])
def test_counting_follow_ons_overstates_caused_purchases_three_to_five_times(
    worlds: dict[str, World], letter: str
) -> None:
    world = worlds[letter]
    assert 2.8 <= follow_ons(world) / world.caused.sum() <= 6.0


def test_a_log_holds_each_first_purchase_once_inside_its_horizon(worlds: dict[str, World]) -> None:
    for world in worlds.values():
        keys = world.buyer.astype(np.int64) * len(world.product_ids) + world.product
        assert len(np.unique(keys)) == len(keys)
        assert (np.diff(world.at) >= 0).all()
        assert (world.at >= world.launched_at[world.product]).all()
        assert world.at.max() <= world.ends_at


@pytest.mark.parametrize("letter", [name for name in RULES if RULES[name].planted_share > 0])
def test_every_cause_is_a_planted_friend_who_bought_before_in_their_topic(
    worlds: dict[str, World], letter: str
) -> None:
    world = worlds[letter]
    when = {(u, p): t for u, p, t in zip(world.buyer.tolist(), world.product.tolist(), world.at.tolist(), strict=True)}
    friends = set(zip(world.friend_a.tolist(), world.friend_b.tolist(), strict=True))
    for index in np.flatnonzero(world.caused):
        u, p, v = int(world.buyer[index]), int(world.product[index]), int(world.cause[index])
        assert world.strength[v] > 0
        assert world.persuasive_topic[v] in (-1, world.product_topic[p])
        assert (min(u, v), max(u, v)) in friends
        assert when[(v, p)] < world.at[index] < world.own_at[index]  # otherwise the own purchase would have won
    assert (world.own_at[~world.caused] == world.at[~world.caused]).all()


@pytest.mark.parametrize(("letter", "null"), [("A", "B"), ("C", "D"), ("E", "F"), ("G", "H"), ("K", "L"), ("M", "N")])
def test_a_null_twin_differs_by_persuasion_alone(worlds: dict[str, World], letter: str, null: str) -> None:
    world, twin = worlds[letter], worlds[null]
    assert not twin.caused.any() and not twin.planted.any()
    for name in ("friend_a", "friend_b", "region", "product_topic", "launched_at", "left_at", "price"):
        np.testing.assert_array_equal(getattr(world, name), getattr(twin, name))
    own = world.own_at != NEVER
    mine = set(zip(world.buyer[own].tolist(), world.product[own].tolist(), world.own_at[own].tolist(), strict=True))
    theirs = set(zip(twin.buyer.tolist(), twin.product.tolist(), twin.at.tolist(), strict=True))
    assert mine == theirs


def test_persuasion_has_the_planted_size_and_delay(worlds: dict[str, World]) -> None:
    world = worlds["I"]
    friends = np.bincount(np.concatenate([world.friend_a, world.friend_b]), minlength=3_000)
    bought = np.bincount(world.buyer, minlength=3_000)
    expected = float((world.strength * friends * bought).sum())  # susceptibility has mean 1
    # less than planted: the log ends, an own purchase comes first, two persuaders win one friend
    assert 0.7 * expected <= world.caused.sum() <= expected
    at = pd.Series(world.at, index=pd.MultiIndex.from_arrays([world.buyer, world.product]))
    c = world.caused
    lag = (world.at[c] - at.loc[list(zip(world.cause[c], world.product[c], strict=True))].to_numpy()) / DAY
    assert 11.0 <= lag.mean() <= 15.0


def test_promotions_bunch_the_purchases_of_a_region(worlds: dict[str, World]) -> None:
    def busiest_week(world: World) -> float:
        group = world.product.astype(np.int64) * 6 + world.region[world.buyer]
        week = (world.at - world.launched_at[world.product]) // (7 * DAY)
        counts = pd.DataFrame({"group": group, "week": week}).value_counts()
        return float(counts.groupby("group").max().sum() / len(world.at))

    assert busiest_week(worlds["D"]) > busiest_week(worlds["B"]) + 0.15


def test_friends_in_an_earliness_world_buy_equally_early(worlds: dict[str, World]) -> None:
    def likeness(world: World) -> float:
        delay = pd.Series((world.at - world.launched_at[world.product]) / DAY).groupby(world.buyer).mean()
        trait = np.log(delay.reindex(range(3_000)).fillna(delay.mean()).to_numpy())
        return alike(world, trait)

    assert likeness(worlds["F"]) > likeness(worlds["B"]) + 0.15


def test_hidden_style_makes_friends_buy_the_same_products(worlds: dict[str, World]) -> None:
    assert follow_ons(worlds["H"]) > 1.3 * follow_ons(worlds["B"])


def test_nobody_buys_after_leaving_and_friends_leave_together(worlds: dict[str, World]) -> None:
    for letter in ("K", "L"):
        world = worlds[letter]
        gone = world.left_at != NEVER
        assert 0.55 <= gone.mean() <= 0.65
        assert (world.at <= world.left_at[world.buyer]).all()
        assert alike(world, np.minimum(world.left_at, world.ends_at + 100 * DAY).astype(np.float64)) > 0.3
    assert not any((worlds[letter].left_at != NEVER).any() for letter in RULES if letter not in ("K", "L"))


@pytest.mark.parametrize(
    ("letter", "chance"),
    [
        # two people: taste product .5, other region, ln activity differs by 1, earliness by 2, style product .1
        ("A", PLAIN),
        ("E", PLAIN * math.exp(-1.8)),
        ("G", PLAIN * (0.05 + 0.95 * 0.1)),
        ("K", PLAIN * math.exp(-3 * (465 - 100) / 365)),
    ],
)
def test_friendships_form_by_the_stated_chance(letter: str, chance: float) -> None:
    rules, people = RULES[letter], two_people()
    if rules.style_alpha is None:
        people = dataclasses.replace(people, style=None)
    here, there = np.array([0]), np.array([1])
    assert _acceptance(rules, people, here, there)[0] == pytest.approx(chance)
    same = dataclasses.replace(people, region=np.zeros(2, dtype=np.int32))
    assert _acceptance(rules, same, here, there)[0] == pytest.approx(chance / 0.15)


def test_style_matters_only_to_friendships_with_a_tied_end() -> None:
    rules, people = RULES["M"], two_people()
    here, there = np.array([0]), np.array([1])
    assert _acceptance(rules, people, here, there)[0] == pytest.approx(PLAIN * (0.02 + 0.98 * 0.1))
    free = dataclasses.replace(people, tied=np.zeros(2, dtype=bool))
    assert _acceptance(rules, free, here, there)[0] == pytest.approx(PLAIN * 0.27)


def test_topic_worlds_persuade_in_one_category(worlds: dict[str, World]) -> None:
    for letter in ("T1", "T2"):
        world = worlds[letter]
        assert (world.persuasive_topic[world.planted] >= 0).all()
        assert (world.persuasive_topic[~world.planted] == -1).all()

    def own_share(world: World) -> float:
        who = np.flatnonzero(world.planted)
        counts = np.zeros((3_000, 5))
        np.add.at(counts, (world.buyer, world.product_topic[world.product]), 1)
        return float(counts[who, world.persuasive_topic[who]].sum() / counts[who].sum())

    assert own_share(worlds["T1"]) > 0.5 > 0.3 > own_share(worlds["T2"])


def test_a_seed_names_one_world() -> None:
    one, same, other = make_world("M", 3), make_world("M", 3), make_world("M", 4)
    for field in dataclasses.fields(World):
        np.testing.assert_array_equal(getattr(one, field.name), getattr(same, field.name))
    assert len(one.at) != len(other.at) or (one.at != other.at).any()


def test_the_parts_of_a_world_draw_from_streams_of_their_own() -> None:
    first = [_random(1, stream).random() for stream in _Stream]
    assert len(set(first)) == len(_Stream)


def test_an_unknown_world_names_the_known_ones() -> None:
    with pytest.raises(UsageProblem, match="no world named `Z`") as caught:
        make_world("Z", 1)
    assert caught.value.hint is not None and "T2" in caught.value.hint


def test_the_folder_holds_the_data_and_apart_from_it_the_truth(tmp_path: Path) -> None:
    world = make_world("T1", 2, customers=400, products=60)
    out = write_world(world, tmp_path / "shop")
    assert sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()) == [
        "customers.csv",
        "friendships.csv",
        "product_topics.csv",
        "products.csv",
        "purchases.csv",
        "topics.csv",
        "truth/causes.csv",
        "truth/parameters.json",
        "truth/persuaders.csv",
    ]
    purchases = pd.read_csv(out / "purchases.csv")
    at = pd.to_datetime(purchases["at"]).dt.as_unit("us").astype("int64").to_numpy()
    np.testing.assert_array_equal(at, world.at)
    assert set(purchases["customer_id"]) <= set(pd.read_csv(out / "customers.csv")["customer_id"])
    assert set(purchases["product_id"]) <= set(pd.read_csv(out / "products.csv")["product_id"])
    assert purchases["line_id"].is_unique
    assert (purchases["margin"] < purchases["revenue"]).all()
    causes = pd.read_csv(out / "truth" / "causes.csv")
    assert causes["line_id"].tolist() == purchases["line_id"].tolist()
    assert int((causes["cause"] == "friend").sum()) == int(world.caused.sum())
    persuaders = pd.read_csv(out / "truth" / "persuaders.csv")
    assert set(causes["persuader_id"].dropna()) <= set(persuaders["customer_id"])
    assert persuaders["topic_id"].notna().all()
    told = json.loads((out / "truth" / "parameters.json").read_text())
    assert told["seed"] == 2 and told["rules"]["products"] == 60 and told["counts"]["purchases"] == len(world.at)
    # nothing of the truth leaks into what a loader reads
    assert not {"strength", "cause", "persuader_id", "left_at"} & set(purchases) | (
        {"strength", "left_at"} & set(pd.read_csv(out / "customers.csv"))
    )


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(UsageProblem, match="not an empty folder"):
        write_world(make_world("A", 1, customers=200, products=20), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_the_snapshot_is_sorted_and_complete() -> None:
    world = make_world("G", 5, customers=500, products=40)
    snapshot = world_snapshot(world)
    assert snapshot.edge_offsets[-1] == 2 * len(world.friend_a) == len(snapshot.edge_targets)
    rows = np.repeat(np.arange(500), np.diff(snapshot.edge_offsets))
    assert (np.diff(rows * 500 + snapshot.edge_targets) > 0).all()
    assert {(min(a, b), max(a, b)) for a, b in zip(rows.tolist(), snapshot.edge_targets.tolist(), strict=True)} == set(
        zip(world.friend_a.tolist(), world.friend_b.tolist(), strict=True)
    )
    by_customer = list(
        zip(
            snapshot.first_customer.tolist(),
            snapshot.first_time.tolist(),
            snapshot.first_product.tolist(),
            strict=True,
        )
    )
    assert by_customer == sorted(by_customer)
    by_product = [(p, t, c) for c, t, p in (by_customer[i] for i in snapshot.product_order.tolist())]
    assert by_product == sorted(by_product)
    assert (np.diff(snapshot.product_offsets) == np.bincount(world.product, minlength=40)).all()
    assert (np.diff(snapshot.customer_offsets) == np.bincount(world.buyer, minlength=500)).all()
