"""Simulate a shop in which it is known who persuaded whom (metrics.md section 10).

Every part of a world (people, friendships, products, spontaneous purchases, cascade, money) draws from its own
random stream. Switching persuasion off therefore changes nothing else: a null twin has the same people,
friends, products and spontaneous purchases as its world.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from influence.snapshot.arrays import DAY, NEVER, Float64, Ids, Int32, Int64
from influence.worlds.rules import WorldRules, rules_of

__all__ = ["MARGIN_RATE", "START", "World", "make_world"]

START: Final = 1_735_689_600_000_000
"""Instant of day 0 of every world, 2025-01-01T00:00:00Z, in microseconds since 1970."""

MARGIN_RATE: Final = 0.3
"""Margin of every sale as a share of its revenue."""

_PROPOSALS: Final = 200_000  # friendships proposed per round; the result depends on it, so it is fixed
_MEAN_PRICE: Final = 2_000.0  # minor units


class _Stream(IntEnum):
    """One random stream per part of a world; the numbers are part of the meaning of a seed."""

    PEOPLE = 0
    FRIENDSHIPS = 1
    PERSUADERS = 2
    PRODUCTS = 3
    SPONTANEOUS = 4
    CASCADE = 5
    MONEY = 6


@dataclass(frozen=True)
class World:
    """A simulated log and its truth. n customers, m friendships, a products, p purchases.

    Instants are int64 microseconds UTC, money is integer minor units.

    Attributes:
        letter: Name of the world.
        seed: Seed it was made with.
        rules: Its knobs.
        customer_ids: [n] ids, ascending.
        region: [n] int32 region of the customer.
        left_at: [n] instant the customer left for good, `NEVER` for most; hidden from the estimator.
        friend_a, friend_b: [m] int32 ends of each friendship, `friend_a < friend_b`; all exist throughout.
        topic_ids: [z] ids of the categories.
        product_ids: [a] ids, ascending.
        product_topic: [a] int32 category.
        launched_at: [a] launch.
        price: [a] int64 minor units.
        strength: [n] planted strength s_v, 0 for everybody who persuades nobody.
        persuasive_topic: [n] int32 category in which a persuader persuades, -1 = all of them or no persuader.
        buyer, product: [p] int32 who bought what; purchases are sorted by time.
        at: [p] when.
        cause: [p] int32 friend who caused the purchase, -1 = bought of their own accord.
        own_at: [p] when the customer would have bought without any friend, `NEVER` = not at all.
        revenue, margin: [p] int64 minor units.
    """

    letter: str
    seed: int
    rules: WorldRules
    customer_ids: Ids
    region: Int32
    left_at: Int64
    friend_a: Int32
    friend_b: Int32
    topic_ids: Ids
    product_ids: Ids
    product_topic: Int32
    launched_at: Int64
    price: Int64
    strength: Float64
    persuasive_topic: Int32
    buyer: Int32
    product: Int32
    at: Int64
    cause: Int32
    own_at: Int64
    revenue: Int64
    margin: Int64

    @property
    def ends_at(self) -> int:
        """Instant the log ends."""
        return START + round(self.rules.horizon * DAY)

    @property
    def planted(self) -> NDArray[np.bool_]:
        """[n] whether the customer was made a persuader."""
        return self.strength > 0

    @property
    def caused(self) -> NDArray[np.bool_]:
        """[p] whether a friend caused the purchase, brought-forward ones included."""
        return self.cause >= 0

    @property
    def accelerated(self) -> NDArray[np.bool_]:
        """[p] whether a friend only brought forward a purchase that would have happened anyway."""
        return np.asarray(self.caused & (self.own_at != NEVER), dtype=np.bool_)


@dataclass(frozen=True)
class _People:
    """The traits that drive a world, [n] or [n, k]."""

    taste: Float64
    activity: Float64
    region: Int32
    susceptibility: Float64
    fitness: Float64
    earliness: Float64
    style: Float64 | None
    tied: NDArray[np.bool_]
    exit: Float64


@dataclass(frozen=True)
class _Goods:
    """Products: category, launch day, hidden style."""

    category: Int32
    launch: Float64
    style: Int32


def make_world(letter: str, seed: int, **changes: Any) -> World:
    """Simulate one world.

    Args:
        letter: World of `RULES`, such as `A` or `T1`.
        seed: Any non-negative number; the same letter and seed always give the same world.
        changes: Knobs of `WorldRules` that differ from the world's, such as `products=300`.

    Raises:
        UsageProblem: There is no world of that name.
    """
    rules = replace(rules_of(letter), **changes)
    people = _people(rules, _random(seed, _Stream.PEOPLE))
    friend_a, friend_b = _friendships(rules, people, _random(seed, _Stream.FRIENDSHIPS))
    strength, persuasive_topic = _persuaders(rules, people, _random(seed, _Stream.PERSUADERS))
    goods = _goods(rules, _random(seed, _Stream.PRODUCTS))
    own = _spontaneous(rules, people, goods, _random(seed, _Stream.SPONTANEOUS))
    reach = np.where(
        (persuasive_topic[:, None] < 0) | (persuasive_topic[:, None] == goods.category[None, :]), strength[:, None], 0.0
    )
    buyer, product, day, cause = _cascade(
        rules, people, own, reach, (friend_a, friend_b), _random(seed, _Stream.CASCADE)
    )
    order = np.lexsort((product, buyer, day))
    buyer, product, day, cause = buyer[order], product[order], day[order], cause[order]
    price, revenue = _money(product, rules.products, _random(seed, _Stream.MONEY))
    return World(
        letter=letter,
        seed=seed,
        rules=rules,
        customer_ids=_ids("c", rules.customers),
        region=people.region,
        left_at=_instants(people.exit),
        friend_a=friend_a,
        friend_b=friend_b,
        topic_ids=_ids("t", rules.categories),
        product_ids=_ids("p", rules.products),
        product_topic=goods.category,
        launched_at=_instants(goods.launch),
        price=price,
        strength=strength,
        persuasive_topic=persuasive_topic,
        buyer=buyer,
        product=product,
        at=_instants(day),
        cause=cause,
        own_at=_instants(np.where(own[buyer, product] <= rules.horizon, own[buyer, product], np.inf)),
        revenue=revenue,
        margin=np.rint(revenue * MARGIN_RATE).astype(np.int64),
    )


def _random(seed: int, stream: _Stream) -> np.random.Generator:
    return np.random.default_rng([seed, int(stream)])


def _ids(prefix: str, count: int) -> Ids:
    """Return ids whose sorted order is the number order."""
    width = len(str(count))
    return np.array([f"{prefix}{number:0{width}d}" for number in range(1, count + 1)])


def _instants(days: Float64) -> Int64:
    """Return days as instants, infinity as `NEVER`."""
    finite = np.isfinite(days)
    return np.where(finite, START + np.rint(np.where(finite, days, 0.0) * DAY).astype(np.int64), NEVER)


def _people(rules: WorldRules, random: np.random.Generator) -> _People:
    n = rules.customers
    exit_day = np.full(n, np.inf)
    if rules.exits:
        leaves = random.random(n) >= 0.4
        exit_day[leaves] = random.uniform(30.0, rules.horizon, int(leaves.sum()))
    return _People(
        taste=random.dirichlet(np.full(rules.categories, 0.3), n),
        activity=random.lognormal(0.0, 0.6, n),
        region=random.integers(rules.regions, size=n).astype(np.int32),
        susceptibility=random.uniform(0.4, 1.6, n),
        fitness=random.pareto(2.2, n) + 1.0,
        earliness=random.normal(size=n) if rules.earliness else np.zeros(n),
        style=None if rules.style_alpha is None else random.dirichlet(np.full(4, rules.style_alpha), n),
        tied=np.ones(n, dtype=bool) if rules.tied_share is None else random.random(n) < rules.tied_share,
        exit=exit_day,
    )


def _friendships(rules: WorldRules, people: _People, random: np.random.Generator) -> tuple[Int32, Int32]:
    """Propose pairs (one end by fitness, one uniform) and accept the alike until the mean degree is reached."""
    n = rules.customers
    chance = people.fitness / people.fitness.sum()
    keys = np.empty(0, dtype=np.int64)
    while len(keys) < rules.friendships:
        a = random.choice(n, _PROPOSALS, p=chance)
        b = random.integers(n, size=_PROPOSALS)
        kept = (a != b) & (random.random(_PROPOSALS) < _acceptance(rules, people, a, b))
        low, high = np.minimum(a, b)[kept], np.maximum(a, b)[kept]
        keys = np.concatenate([keys, low * n + high])
        # np.unique sorts; the first occurrence restores the order of proposal, so that the cut below takes
        # the earliest pairs and not those of the smallest numbers
        keys = keys[np.sort(np.unique(keys, return_index=True)[1])]
    keys = np.sort(keys[: rules.friendships])
    return (keys // n).astype(np.int32), (keys % n).astype(np.int32)


def _acceptance(rules: WorldRules, people: _People, a: NDArray[np.int64], b: NDArray[np.int64]) -> Float64:
    chance = 0.05 + 0.95 * np.einsum("ij,ij->i", people.taste[a], people.taste[b])
    chance *= np.where(people.region[a] == people.region[b], 1.0, 0.15)
    chance *= np.exp(-0.7 * np.abs(np.log(people.activity[a]) - np.log(people.activity[b])))
    if rules.earliness:
        chance *= np.exp(-0.9 * np.abs(people.earliness[a] - people.earliness[b]))
    if people.style is not None:
        alike = np.einsum("ij,ij->i", people.style[a], people.style[b])
        if rules.tied_share is None:
            chance *= 0.05 + 0.95 * alike
        else:
            chance *= np.where(people.tied[a] | people.tied[b], 0.02 + 0.98 * alike, 0.27)
    if rules.exits:
        last = np.minimum(people.exit, rules.horizon + 100.0) / rules.horizon
        chance *= np.exp(-3.0 * np.abs(last[a] - last[b]))
    return np.asarray(chance, dtype=np.float64)


def _persuaders(rules: WorldRules, people: _People, random: np.random.Generator) -> tuple[Float64, Int32]:
    n = rules.customers
    strength = np.zeros(n)
    topic = np.full(n, -1, dtype=np.int32)
    chosen = random.choice(n, round(rules.planted_share * n), replace=False)
    strength[chosen] = rules.strength * random.uniform(0.6, 1.4, len(chosen))
    if rules.persuasive_topic == "favourite":
        topic[chosen] = people.taste[chosen].argmax(axis=1)
    elif rules.persuasive_topic == "random":
        topic[chosen] = random.integers(rules.categories, size=len(chosen))
    return strength, topic


def _goods(rules: WorldRules, random: np.random.Generator) -> _Goods:
    return _Goods(
        category=random.integers(rules.categories, size=rules.products).astype(np.int32),
        launch=random.uniform(0.0, rules.horizon - 150.0, rules.products),
        style=random.integers(4, size=rules.products).astype(np.int32),
    )


def _spontaneous(rules: WorldRules, people: _People, goods: _Goods, random: np.random.Generator) -> Float64:
    """Return the day on which each customer would buy each product of their own accord, [n, a], inf = never."""
    n, products = rules.customers, rules.products
    chance = 0.02 * rules.spontaneous * people.activity[:, None] * (0.1 + 4.5 * people.taste[:, goods.category])
    chance *= random.lognormal(0.0, 0.3, products)
    if people.style is not None:
        chance *= 0.15 + 3.4 * people.style[:, goods.style]
    who, what = np.nonzero(random.random((n, products)) < np.minimum(chance, 0.6))
    delay = random.gamma(2.0, 25.0, len(who)) * np.exp(-0.6 * people.earliness[who])
    day = goods.launch[what] + delay
    if rules.promotions:
        start = goods.launch[None, :] + random.uniform(5.0, 110.0, (rules.regions, products))
        inside = random.random(len(who)) < 0.5
        day = np.where(inside, start[people.region[who], what] + random.uniform(0.0, 7.0, len(who)), day)
    own = np.full((n, products), np.inf)
    own[who, what] = np.where(day <= people.exit[who], day, np.inf)
    return own


def _cascade(
    rules: WorldRules,
    people: _People,
    own: Float64,
    reach: Float64,
    friendships: tuple[Int32, Int32],
    random: np.random.Generator,
) -> tuple[Int32, Int32, Float64, Int32]:
    """Play the purchases of every product in time order, persuasion included.

    Args:
        rules: Knobs.
        people: Traits.
        own: [n, a] day of the spontaneous purchase, inf = never.
        reach: [n, a] strength with which the customer persuades for the product.
        friendships: Both ends of every friendship.
        random: Stream of the cascade.

    Returns:
        Buyer, product, day and cause (-1 = own accord) of every purchase until the horizon.
    """
    friends: list[list[int]] = [[] for _ in range(rules.customers)]
    for a, b in zip(*(end.tolist() for end in friendships), strict=True):
        friends[a].append(b)
        friends[b].append(a)
    neighbours = [np.array(sorted(row), dtype=np.int64) for row in friends]
    purchases: list[tuple[int, int, float, int]] = []
    for product in range(rules.products):
        adopters = np.flatnonzero(np.isfinite(own[:, product]))
        waiting = [(float(own[u, product]), int(u), -1) for u in adopters]
        heapq.heapify(waiting)
        bought: set[int] = set()
        while waiting and waiting[0][0] <= rules.horizon:
            day, buyer, cause = heapq.heappop(waiting)
            if buyer in bought:  # an earlier purchase of the same product won
                continue
            bought.add(buyer)
            purchases.append((buyer, product, day, cause))
            strength = reach[buyer, product]
            if strength > 0:
                around = neighbours[buyer]
                persuaded = random.random(len(around)) < np.minimum(strength * people.susceptibility[around], 1.0)
                buys_on = day + random.exponential(rules.persuasion_delay, len(around))
                for u, then in zip(around[persuaded].tolist(), buys_on[persuaded].tolist(), strict=True):
                    if u not in bought and then <= people.exit[u]:
                        heapq.heappush(waiting, (then, u, buyer))
    who, what, when, why = zip(*purchases, strict=True)
    return (
        np.array(who, dtype=np.int32),
        np.array(what, dtype=np.int32),
        np.array(when),
        np.array(why, dtype=np.int32),
    )


def _money(product: Int32, products: int, random: np.random.Generator) -> tuple[Int64, Int64]:
    """Return the price of every product and the revenue of every purchase; neither influences anything."""
    price = np.rint(_MEAN_PRICE * random.lognormal(0.0, 0.7, products)).astype(np.int64)
    return price, price[product]
