"""A small synthetic shop with money in it, and the truth about who earned it.

Two years of 4,000 people: customers, prospects with an account, friends, purchases with margins and refunds, a referral
programme, surveys, a customer community, support, campaigns. What is planted, so that results can be judged:

* 5 % persuaders, whose friends buy what they buy (metrics.md 4), and a few who buy little themselves and whom many
  listen to: the hidden wealth of the shop;
* invitations that win a prospect who would not have come (type one) as often as one who would have (type two);
* referrals that must not count: a ring closed by a second account, self-referrals from one's own device,
  duplicates, invitations of customers, orders that were sent back;
* a community that good customers join and that changes nothing for them.

Every part draws from its own random stream, so that changing one leaves the others as they are.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from influence.errors import UsageProblem
from influence.snapshot.arrays import DAY, Float64, Ids, Int32, Int64
from influence.worlds.shop.names import PRODUCTS, REGIONS, SEGMENTS, TOPICS, email_of, people_names, phones

__all__ = ["DAYS", "START", "Shop", "make_shop"]

START: Final = 1_704_067_200_000_000
"""Instant of day 0, 2024-01-01T00:00:00Z, in microseconds since 1970."""
DAYS: Final = 730.0

_TOPIC_IDS: Final = np.array([name.lower() for name in TOPICS])
_PRODUCTS: Final = sum(map(len, PRODUCTS.values()))
_COUNTRY, _CURRENCY = "GB", "GBP"
_YEAR: Final = 365.0
_PERSUADERS: Final = 0.05
_STRENGTH: Final = 0.06
_HIDDEN: Final = 0.006  # of all people: low own spend, many friends
_HIDDEN_STRENGTH: Final = 0.25
_JOINS_ALONE: Final = 0.18  # of prospects within a year; an invitation wins as many again
_ASKS: Final = ("reference", "review")


class _Stream(IntEnum):
    """One random stream per part; the numbers are part of the meaning of a seed."""

    PEOPLE = 0
    FRIENDSHIPS = 1
    GOODS = 2
    REFERRALS = 3
    PURCHASES = 4
    CASCADE = 5
    COMMUNITY = 6
    VOICE = 7
    SUPPORT = 8
    CAMPAIGNS = 9


@dataclass(frozen=True)
class Shop:
    """A simulated shop: what it knows, and what only the simulation knows.

    Attributes:
        seed: Seed it was made with.
        tables: File name without ending → table, in the columns of the input contract.
        truth: File name → table that no loader reads: persuaders, causes, referrals, memberships.
        facts: Counts and planted figures.
        addresses: How customers are reached, with their consent: the contact file of an audience export, which no
            loader keeps.
    """

    seed: int
    tables: dict[str, pd.DataFrame]
    truth: dict[str, pd.DataFrame]
    facts: dict[str, float | int | str]
    addresses: pd.DataFrame

    @property
    def told(self) -> str:
        """What is in it, on one line."""
        lines, referrals = len(self.tables["purchases"]), len(self.tables["referrals"])
        return (
            f"shop, seed {self.seed}: {len(self.tables['customers']):,} people, "
            f"{len(self.tables['friendships']):,} friendships, {lines:,} purchase lines, {referrals:,} referrals; "
            f"{len(self.truth['persuaders']):,} planted persuaders, half of the referred would have come anyway, "
            "the community changes nothing"
        )

    @property
    def ends_at(self) -> int:
        """Instant the log ends."""
        return START + round(DAYS * DAY)


@dataclass(frozen=True)
class _People:
    """Everybody with an account, [n]; days since `START`, inf = never.

    `joined` is when the account was opened, `active` the first purchase, `gone` when the customer leaves for good.
    """

    taste: Float64
    rate: Float64
    region: Int32
    segment: Int32
    fitness: Float64
    susceptibility: Float64
    satisfaction: Float64
    strength: Float64
    prospect: NDArray[np.bool_]
    joined: Float64
    alone: Float64
    active: Float64
    gone: Float64

    @property
    def count(self) -> int:
        return len(self.rate)


def make_shop(seed: int, *, customers: int = 4_000) -> Shop:
    """Simulate the shop.

    Args:
        seed: Any non-negative number; the same seed and size always give the same shop.
        customers: People with an account, prospects included, at least 200. The few accounts behind planted fraud
            come on top.

    Raises:
        UsageProblem: Fewer than 200 customers: too few for a referral programme.
    """
    if customers < 200:
        raise UsageProblem(
            f"a shop of {customers} customers is too small to plant anything in",
            code="shop-too-small",
            hint="ask for at least 200 customers",
        )
    people = _people(customers, _random(seed, _Stream.PEOPLE))
    friend_a, friend_b = _friendships(people, _random(seed, _Stream.FRIENDSHIPS))
    people = _hide_wealth(people, (friend_a, friend_b), _random(seed, _Stream.CASCADE, 1))
    products = _goods(_random(seed, _Stream.GOODS))
    people, referrals, accounts = _referrals(people, (friend_a, friend_b), _random(seed, _Stream.REFERRALS))
    lines = _purchases(people, products, accounts, _random(seed, _Stream.PURCHASES))
    lines = _cascade(people, lines, (friend_a, friend_b), _random(seed, _Stream.CASCADE))
    ids = _ids("c", people.count)
    purchases, causes = _ledger(lines, ids, products, _random(seed, _Stream.PURCHASES, 1))
    members = _community(people, _random(seed, _Stream.COMMUNITY))
    first = purchases[purchases["quantity"] > 0].groupby("customer_id")["at"].min()
    referral_table = _referral_table(referrals, ids, first)
    addresses = _addresses(people, ids, accounts, _random(seed, _Stream.PEOPLE, 2))
    customers_table = _customer_table(people, addresses, purchases, _random(seed, _Stream.PEOPLE, 1))
    tables = {
        "customers": customers_table,
        "products": products.drop(columns=["topic", "popularity", "launch"]),
        "topics": pd.DataFrame({"topic_id": _TOPIC_IDS, "name": TOPICS}),
        "product_topics": pd.DataFrame(
            {
                "product_id": products["product_id"],
                "topic_id": _TOPIC_IDS[products["topic"]],
                "weight": 1.0,
            }
        ),
        "friendships": pd.DataFrame(
            {
                "customer_id": ids[friend_a],
                "friend_id": ids[friend_b],
                # older than the shop's log: nobody befriends anybody because of a purchase
                "since": _iso(_random(seed, _Stream.FRIENDSHIPS, 1).uniform(-3_650.0, 0.0, len(friend_a))),
            }
        ),
        "purchases": purchases,
        "referrals": referral_table,
        **_voice(people, ids, _random(seed, _Stream.VOICE)),
        "groups": pd.DataFrame({"group_id": _ids("g", len(TOPICS)), "name": [f"{t} circle" for t in TOPICS]}),
        "memberships": _membership_table(members, ids),
        **_campaigns(people, ids, _random(seed, _Stream.CAMPAIGNS)),
    }
    tables["advocacy"] = _asked(tables["advocacy"], tables["exposures"], people, ids)
    contacts = _support(people, ids, _random(seed, _Stream.SUPPORT), _random(seed, _Stream.SUPPORT, 2))
    tables["contacts"] = contacts
    tables["responses"] = pd.concat(
        [tables["responses"], _effort(contacts, _random(seed, _Stream.SUPPORT, 1))], ignore_index=True
    )
    planted = np.flatnonzero(people.strength > 0)
    truth = {
        "persuaders": pd.DataFrame(
            {
                "customer_id": ids[planted],
                "strength": people.strength[planted],
                "hidden_wealth": people.strength[planted] > 1.4 * _STRENGTH,
            }
        ),
        "causes": causes,
        "referrals": pd.DataFrame(
            {
                "referrer_id": ids[referrals["referrer"]],
                "referred_id": ids[referrals["referred"]],
                "truth": referrals["truth"],
            }
        ),
        "memberships": pd.DataFrame({"customer_id": ids[members["customer"]], "uplift": 0.0}),
    }
    kinds = referrals["truth"].value_counts()
    facts: dict[str, float | int | str] = {
        "seed": seed,
        "starts_at": _iso(np.zeros(1))[0],
        "ends_at": _iso(np.full(1, DAYS))[0],
        "customers": people.count,
        "purchase_lines": len(purchases),
        "planted_type_two_share": 0.5,
        "community_uplift": 0.0,
        **{f"referrals_{name}": int(count) for name, count in sorted(kinds.items())},
    }
    consent = customers_table[["consent", "opted_out"]]
    return Shop(seed, tables, truth, facts, pd.concat([addresses.drop(columns="device"), consent], axis=1))


def _random(seed: int, stream: _Stream, part: int = 0) -> np.random.Generator:
    return np.random.default_rng([seed, int(stream), part])


def _ids(prefix: str, count: int) -> Ids:
    """Return ids whose sorted order is the number order."""
    width = len(str(count))
    return np.array([f"{prefix}{number:0{width}d}" for number in range(1, count + 1)])


def _instant(days: Float64) -> Int64:
    return np.asarray(START + np.rint(days * DAY), dtype=np.int64)


def _iso(days: Float64) -> list[str]:
    """Return days as ISO 8601 in UTC, what is not finite as an empty cell."""
    known = np.isfinite(days)
    text = np.datetime_as_string(_instant(np.where(known, days, 0.0)).astype("datetime64[us]"), unit="us")
    return [f"{t}Z" if k else "" for t, k in zip(text.tolist(), known.tolist(), strict=True)]


def _people(n: int, random: np.random.Generator) -> _People:
    """Draw customers (55 %) and prospects; when prospects become customers is settled by the referrals."""
    prospect = random.random(n) < 0.45
    early = random.random(n) < 0.7
    opened = np.where(early, random.uniform(0.0, 60.0, n), random.uniform(60.0, 500.0, n))
    joined = np.where(prospect, random.uniform(30.0, 200.0, n), opened)
    region = random.integers(len(REGIONS), size=n).astype(np.int32)
    # how eager prospects are differs by region: strata have something to do
    yearly = _JOINS_ALONE * np.array([0.7, 0.9, 1.1, 1.3])[region]
    alone = joined + random.exponential(1.0, n) * _YEAR / -np.log1p(-yearly)
    strength = np.zeros(n)
    chosen = random.choice(n, round(_PERSUADERS * n), replace=False)
    strength[chosen] = _STRENGTH * random.uniform(0.6, 1.4, len(chosen))
    leaves = random.random(n) < 0.25
    gone = np.where(leaves, joined + random.exponential(500.0, n), np.inf)
    return _People(
        taste=random.dirichlet(np.full(len(TOPICS), 0.3), n),
        rate=random.gamma(1.5, 4.0 / 1.5, n) + 0.5,
        region=region,
        segment=random.choice(len(SEGMENTS), n, p=[0.5, 0.3, 0.2]).astype(np.int32),
        fitness=random.pareto(2.2, n) + 1.0,
        susceptibility=random.uniform(0.4, 1.6, n),
        satisfaction=random.normal(size=n),
        strength=strength,
        prospect=prospect,
        joined=joined,
        alone=alone,
        active=np.where(prospect, alone, joined),
        gone=np.where(prospect, np.inf, gone),
    )


def _friendships(people: _People, random: np.random.Generator) -> tuple[Int32, Int32]:
    """Propose pairs, accept the alike, until ten friends on average."""
    n, wanted = people.count, people.count * 5
    chance = people.fitness / people.fitness.sum()
    keys = np.empty(0, dtype=np.int64)
    while len(keys) < wanted:
        a, b = random.choice(n, 4 * wanted, p=chance), random.integers(n, size=4 * wanted)
        alike = 0.05 + 0.95 * np.einsum("ij,ij->i", people.taste[a], people.taste[b])
        alike *= np.where(people.region[a] == people.region[b], 1.0, 0.15)
        kept = (a != b) & (random.random(len(a)) < alike)
        keys = np.concatenate([keys, np.minimum(a, b)[kept] * n + np.maximum(a, b)[kept]])
        keys = keys[np.sort(np.unique(keys, return_index=True)[1])]
    keys = np.sort(keys[:wanted])
    return (keys // n).astype(np.int32), (keys % n).astype(np.int32)


def _hide_wealth(people: _People, friendships: tuple[Int32, Int32], random: np.random.Generator) -> _People:
    """Make strong persuaders of a few loyal customers who buy less than most and have the most friends."""
    loyal = ~people.prospect & (people.joined < 60.0) & ~np.isfinite(people.gone)
    quiet = np.flatnonzero(loyal & (people.rate < np.median(people.rate)))
    friends = np.bincount(np.concatenate(friendships), minlength=people.count)[quiet]
    chosen = quiet[np.argsort(-friends, kind="stable")][: round(_HIDDEN * people.count)]
    strength = people.strength.copy()
    strength[chosen] = _HIDDEN_STRENGTH * random.uniform(0.8, 1.2, len(chosen))
    return replace(people, strength=strength)


def _goods(random: np.random.Generator) -> pd.DataFrame:
    launch = np.where(random.random(_PRODUCTS) < 0.6, 0.0, random.uniform(0.0, DAYS - 150.0, _PRODUCTS))
    topic = random.permutation(np.arange(_PRODUCTS) % len(TOPICS))
    nth = pd.Series(topic).groupby(topic).cumcount()
    launch[np.unique(topic, return_index=True)[1]] = 0.0  # every topic sells something from the first day
    return pd.DataFrame(
        {
            "product_id": _ids("p", _PRODUCTS),
            "name": [PRODUCTS[TOPICS[z]][k] for z, k in zip(topic, nth, strict=True)],
            "price": np.rint(2_500.0 * random.lognormal(0.0, 0.6, _PRODUCTS)).astype(np.int64),
            "currency": _CURRENCY,
            "margin_rate": np.round(random.uniform(0.15, 0.5, _PRODUCTS), 2),
            "launched_at": _iso(launch),
            "topic": topic,
            "popularity": random.lognormal(0.0, 0.8, _PRODUCTS),
            "launch": launch,
        }
    )


def _referrals(
    people: _People, friendships: tuple[Int32, Int32], random: np.random.Generator
) -> tuple[_People, pd.DataFrame, pd.DataFrame]:
    """Let friends invite prospects, decide what comes of it, and plant what must not count.

    Returns:
        The people with settled first purchases and the accounts of fraud added; the referrals (referrer, referred, day,
        stage, incentive, household, truth); the identifiers of every account (email, device, household, sends_back).
    """
    n = people.count
    friends = _neighbours(friendships, n)
    active, gone = people.active.copy(), people.gone.copy()
    invite_on = people.joined + random.uniform(20.0, 150.0, n)
    drawn, second, wins = random.random(n), random.random(n), random.random(n)
    delay = random.exponential(10.0, n)
    yearly = -np.expm1(-_YEAR * _hazard(people))
    rows: list[tuple[int, int, float, str]] = []
    for y in np.flatnonzero(people.prospect & (drawn < 0.6)):
        day = invite_on[y]
        able = [int(v) for v in friends[y] if not people.prospect[v] and people.joined[v] + 30.0 < day < people.gone[v]]
        if not able or (people.alone[y] <= day and drawn[y] > 0.1):
            continue
        picked = random.permutation(able)[: 2 if second[y] < 0.08 else 1]
        if people.alone[y] <= day:
            truth = "already_customer"
        elif people.alone[y] <= day + _YEAR:
            truth, active[y] = "type_two", day + delay[y]  # would have come, and comes now
        elif wins[y] < yearly[y] / (1.0 - yearly[y]):  # as many as would have come anyway
            truth, active[y] = "type_one", day + delay[y]
        else:
            truth = "nothing"
        rows += [(int(v), int(y), float(day + 2.0 * k), truth) for k, v in enumerate(picked)]
    leaves = people.prospect & (random.random(n) < 0.25)
    gone[leaves] = active[leaves] + random.exponential(500.0, int(leaves.sum()))
    table = pd.DataFrame(rows, columns=["referrer", "referred", "day", "truth"])
    # one in twenty of the prospects who buy sends everything back, invited or not
    won = np.flatnonzero(people.prospect & (active < DAYS))
    sends_back = won[random.random(len(won)) < 0.05]
    gone[sends_back] = active[sends_back]  # one order, nothing after it
    came = table["truth"].isin(["type_one", "type_two"])
    table.loc[came & table["referred"].isin(sends_back), "truth"] = "reversed_order"
    return _plant_fraud(people, active, gone, table, sends_back, random)


def _hazard(people: _People) -> Float64:
    """Return [n] the planted hazard of a prospect's first purchase, per day."""
    yearly = _JOINS_ALONE * np.array([0.7, 0.9, 1.1, 1.3])[people.region]
    return np.asarray(-np.log1p(-yearly) / _YEAR)


def _plant_fraud(
    people: _People,
    active: Float64,
    gone: Float64,
    table: pd.DataFrame,
    sends_back: NDArray[np.int64],
    random: np.random.Generator,
) -> tuple[_People, pd.DataFrame, pd.DataFrame]:
    """Add second accounts: a ring that closes through one, self-referrals by device, duplicates by e-mail."""
    n = people.count
    regulars = np.flatnonzero(~people.prospect & (people.joined < 60.0) & ~np.isfinite(people.gone))
    actors = random.choice(regulars, 11, replace=False)
    ring, cheats = actors[:3], actors[3:]
    invitations = table[table["truth"].isin(["type_one", "type_two", "nothing"])].drop_duplicates("referred")
    repeats = invitations.sample(max(len(invitations) // 50, 1), random_state=random)
    # second accounts: of ring[0], of each cheat, of each person who is invited twice
    twin_of = np.concatenate([ring[:1], cheats, repeats["referred"].to_numpy()])
    twins = n + np.arange(len(twin_of))
    grown = _People(
        **{
            name: np.concatenate([values, values[twin_of]])
            for name, values in (
                (name, {"active": active, "gone": gone}.get(name, getattr(people, name)))
                for name in _People.__dataclass_fields__
            )
        }
    )
    day = 250.0 + random.uniform(0.0, 60.0, len(twins))
    grown.joined[twins] = day
    grown.strength[twins], grown.prospect[twins] = 0.0, False
    grown.active[twins] = np.inf  # a second account exists to be referred; only the cheats' accounts order once
    grown.active[twins[1 : 1 + len(cheats)]] = day[1 : 1 + len(cheats)] + 5.0
    grown.gone[twins] = grown.active[twins]
    fraud = pd.DataFrame(
        [
            (ring[0], ring[1], 240.0, "ring"),
            (ring[1], ring[2], 241.0, "ring"),
            (ring[2], twins[0], float(day[0]), "ring"),
            *((v, t, float(grown.joined[t]), "self") for v, t in zip(cheats, twins[1:], strict=False)),
            *(
                (v, t, max(float(grown.joined[t]), d + 1.0), "duplicate")
                for v, t, d in zip(repeats["referrer"], twins[1 + len(cheats) :], repeats["day"], strict=True)
            ),
        ],
        columns=["referrer", "referred", "day", "truth"],
    )
    everything = pd.concat([table, fraud], ignore_index=True).astype({"referrer": np.int64, "referred": np.int64})
    own = np.arange(grown.count)
    email, device = own.copy(), own.copy()
    email[twins[0]], device[twins[1 : 1 + len(cheats)]] = ring[0], cheats
    email[twins[1 + len(cheats) :]] = repeats["referred"]
    accounts = pd.DataFrame({"email": email, "device": device, "sends_back": np.isin(own, sends_back)})
    return grown, everything, accounts


def _neighbours(friendships: tuple[Int32, Int32], n: int) -> list[NDArray[np.int32]]:
    """Return the friends of each of n people, ascending."""
    source, target = np.concatenate(friendships), np.concatenate(friendships[::-1])
    order = np.lexsort((target, source))
    return np.split(target[order], np.cumsum(np.bincount(source, minlength=n))[:-1])


def _purchases(
    people: _People, products: pd.DataFrame, accounts: pd.DataFrame, random: np.random.Generator
) -> pd.DataFrame:
    """Draw what everybody buys of their own accord: the first order opens the account, then orders at a steady rate."""
    buys = people.active < DAYS
    end = np.minimum(people.gone, DAYS)
    span = np.where(buys, np.maximum(end - people.active, 0.0), 0.0)
    more = random.poisson(people.rate / _YEAR * span)
    who = np.repeat(np.arange(people.count), np.where(buys, more + 1, 0))
    first = np.r_[True, who[1:] != who[:-1]]
    day = people.active[who] + np.where(first, 0.0, random.random(len(who)) * span[who])
    chance = 0.1 + 4.5 * people.taste
    edges = np.cumsum(chance / chance.sum(axis=1, keepdims=True), axis=1)
    topic = np.minimum((random.random(len(who))[:, None] > edges[who]).sum(axis=1), len(TOPICS) - 1)
    what = np.full(len(who), -1)
    of_topic, launch, popularity = (products[c].to_numpy() for c in ("topic", "launch", "popularity"))
    for z in range(len(TOPICS)):
        shelf = np.flatnonzero(of_topic == z)
        share = popularity[shelf] / popularity[shelf].sum()
        rows = np.flatnonzero(topic == z)
        while len(rows):  # a product that is not on sale yet is drawn again
            drawn = random.choice(shelf, len(rows), p=share)
            on_sale = launch[drawn] <= day[rows]
            what[rows[on_sale]] = drawn[on_sale]
            rows = rows[~on_sale]
    return pd.DataFrame(
        {
            "customer": who,
            "product": what,
            "day": day,
            "cause": -1,
            "sent_back": accounts["sends_back"].to_numpy()[who],
        }
    )


def _cascade(
    people: _People, lines: pd.DataFrame, friendships: tuple[Int32, Int32], random: np.random.Generator
) -> pd.DataFrame:
    """Let persuaders' first purchases make friends buy, product by product in time order; add those lines."""
    friends = _neighbours(friendships, people.count)
    added: list[tuple[int, int, float, int]] = []
    stands = lines[~lines["sent_back"]].sort_values(["day", "customer"])
    firsts = stands.drop_duplicates(["customer", "product"])
    for product in np.unique(firsts["product"]).tolist():
        group = firsts[firsts["product"] == product]
        waiting = [(float(d), int(u), -1) for d, u in zip(group["day"], group["customer"], strict=True)]
        heapq.heapify(waiting)
        bought: set[int] = set()
        while waiting and waiting[0][0] < DAYS:
            day, buyer, cause = heapq.heappop(waiting)
            if buyer in bought:
                continue
            bought.add(buyer)
            if cause >= 0:
                added.append((buyer, product, day, cause))
            if people.strength[buyer] > 0:
                around = friends[buyer]
                persuaded = random.random(len(around)) < people.strength[buyer] * people.susceptibility[around]
                then = day + random.exponential(14.0, len(around))
                for u, when in zip(around[persuaded].tolist(), then[persuaded].tolist(), strict=True):
                    if u not in bought and people.active[u] <= when <= people.gone[u]:
                        heapq.heappush(waiting, (when, u, buyer))
    extra = pd.DataFrame(added, columns=["customer", "product", "day", "cause"]).assign(sent_back=False)
    return pd.concat([lines, extra], ignore_index=True)


def _ledger(
    lines: pd.DataFrame, ids: Ids, products: pd.DataFrame, random: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put money on the lines, refund some, book some returns; return the purchases and the cause of each line."""
    lines = lines.sort_values(["day", "customer", "product"], kind="stable", ignore_index=True)
    count = len(lines)
    quantity = 1 + (random.random(count) < 0.15) + (random.random(count) < 0.03)
    what = lines["product"].to_numpy()
    paid = np.round(random.uniform(0.85, 1.0, count), 2)  # of the list price
    revenue = np.rint(products["price"].to_numpy()[what] * quantity * paid).astype(np.int64)
    cost = products["price"].to_numpy()[what] * quantity * (1.0 - products["margin_rate"].to_numpy()[what])
    margin = np.rint(revenue - cost).astype(np.int64)
    refunded = lines["sent_back"].to_numpy() | (random.random(count) < 0.03)
    # a customer's first order stands unless planted otherwise: whoever joined has joined
    opening = ~lines.duplicated("customer").to_numpy()
    refunded &= ~opening | lines["sent_back"].to_numpy()
    returned = np.flatnonzero(~refunded & ~opening & (random.random(count) < 0.02) & (lines["day"] < DAYS - 20.0))
    table = pd.DataFrame(
        {
            "customer_id": ids[lines["customer"]],
            "product_id": products["product_id"].to_numpy()[what],
            "day": lines["day"],
            "quantity": quantity,
            "revenue": revenue,
            "margin": margin,
            "currency": _CURRENCY,
            "refunded": refunded,
            "cause": lines["cause"],
        }
    )
    back = table.iloc[returned].assign(
        day=lambda f: f["day"] + random.uniform(2.0, 14.0, len(f)),
        quantity=lambda f: -f["quantity"],
        revenue=lambda f: -f["revenue"],
        margin=lambda f: -f["margin"],
        cause=-1,
    )
    table = pd.concat([table, back], ignore_index=True).sort_values("day", kind="stable", ignore_index=True)
    table.insert(0, "line_id", _ids("l", len(table)))
    caused = table["cause"].to_numpy() >= 0
    causes = pd.DataFrame(
        {
            "line_id": table["line_id"],
            "cause": np.where(caused, "friend", "spontaneous"),
            "persuader_id": np.where(caused, ids[table["cause"].to_numpy()], ""),
        }
    )
    table.insert(3, "at", _iso(table["day"].to_numpy()))
    return table.drop(columns=["day", "cause"]), causes


def _referral_table(referrals: pd.DataFrame, ids: Ids, first: pd.Series[str]) -> pd.DataFrame:
    """Return the referrals as the programme recorded them."""
    referred = ids[referrals["referred"]]
    at = np.array(_iso(referrals["day"].to_numpy()))
    bought = first.reindex(referred).fillna("").to_numpy(dtype=str)
    came = (bought != "") & (bought >= at)
    return pd.DataFrame(
        {
            "referrer_id": ids[referrals["referrer"]],
            "referred_id": referred,
            "at": at,
            "customer_at": np.where(came, bought, ""),
            "programme": "bring a friend",
            "status": np.where(came, "customer", np.where(np.arange(len(at)) % 3 == 0, "lead", "invited")),
            "incentive": np.where(came, 1_000, 0),
            "currency": _CURRENCY,
        }
    )


def _addresses(people: _People, ids: Ids, accounts: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Return what everybody is called and how they would be reached; second accounts share what was planted."""
    first, last = people_names(people.count, random)
    emails = np.array([email_of(*account) for account in zip(first, last, ids, strict=True)])
    return pd.DataFrame(
        {
            "customer_id": ids,
            "first_name": first,
            "last_name": last,
            "email": emails[accounts["email"]],
            "phone": phones(people.region),
            "device": [f"device-{ids[k]}" for k in accounts["device"]],
            "country": _COUNTRY,
        }
    )


def _customer_table(
    people: _People, addresses: pd.DataFrame, purchases: pd.DataFrame, random: np.random.Generator
) -> pd.DataFrame:
    n = people.count
    asked = random.random(n) < 0.4
    willing = np.clip(np.rint(5.0 + 2.0 * people.satisfaction + random.normal(0.0, 1.5, n)), 0, 10)
    ids = addresses["customer_id"]
    spent = purchases.groupby("customer_id")["revenue"].sum().reindex(ids).fillna(0.0).to_numpy() / 2.0
    wallet = np.rint(spent / random.uniform(0.2, 0.9, n))
    surveyed = (random.random(n) < 0.2) & (spent > 0)
    return pd.DataFrame(
        {
            "customer_id": ids,
            "name": addresses["first_name"] + " " + addresses["last_name"],
            "email": addresses["email"],
            "phone": addresses["phone"],
            "device": addresses["device"],
            "country": addresses["country"],
            "region": np.array(REGIONS)[people.region],
            "segment": np.array(SEGMENTS)[people.segment],
            "joined_at": _iso(people.joined),
            "consent": random.random(n) < 0.8,
            "opted_out": random.random(n) < 0.02,
            "willingness": pd.array(np.where(asked, willing, np.nan), dtype="Int64"),
            "category_spend": pd.array(np.where(surveyed, wallet, np.nan), dtype="Int64"),
            "acquisition_cost": np.rint(random.uniform(800.0, 2_200.0, n)).astype(np.int64),
            "currency": _CURRENCY,
        }
    )


def _community(people: _People, random: np.random.Generator) -> pd.DataFrame:
    """Let good customers join the circle of their favourite topic, likelier the more they buy; it changes nothing.

    Who has stopped buying may still join: otherwise joining would prove that a member is alive, and no comparison
    with customers who may have left could be fair.
    """
    n = people.count
    keen = people.rate / people.rate.mean()
    day = random.uniform(250.0, 500.0, n)
    joins = (random.random(n) < np.minimum(0.2 * keen**1.5, 0.8)) & (people.active < day - 60.0)
    who = np.flatnonzero(joins)
    return pd.DataFrame({"customer": who, "group": people.taste[who].argmax(axis=1), "day": day[who]})


def _membership_table(members: pd.DataFrame, ids: Ids) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ids[members["customer"]],
            "group_id": _ids("g", len(TOPICS))[members["group"]],
            "joined_at": _iso(members["day"].to_numpy()),
        }
    )


def _voice(people: _People, ids: Ids, random: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Return survey responses, advocacy and profiles."""
    customer = np.flatnonzero(people.active < DAYS)
    waves = [("2024-H2", 330.0), ("2025-H1", 510.0), ("2025-H2", 690.0)]
    parts = []
    for wave, day in waves:
        asked = customer[(people.active[customer] < day - 30.0) & (random.random(len(customer)) < 0.3)]
        score = 7.6 + 1.8 * people.satisfaction[asked] + random.normal(0.0, 1.0, len(asked))
        at = day + random.uniform(0.0, 14.0, len(asked))
        channel = np.where(random.random(len(asked)) < 0.7, "e-mail", "shop")
        parts.append(_answers("nps", ids[asked], np.clip(np.rint(score), 0, 10), at, channel, wave))
    talkers = customer[random.random(len(customer)) < 0.2]
    # people know a little about their own influence, and think well of themselves
    claim = 5.0 + 40.0 * people.strength[talkers] + random.normal(0.0, 2.0, len(talkers))
    at = 695.0 + random.uniform(0.0, 14.0, len(talkers))
    parts.append(_answers("influence", ids[talkers], np.clip(np.rint(claim), 0, 10), at, "e-mail", "2025-H2"))
    keen = customer[people.satisfaction[customer] + random.normal(0.0, 0.7, len(customer)) > 1.7]
    keen = keen[people.active[keen] < 600.0]
    shares = np.array([0.55, 0.15, 0.1, 0.1, 0.05, 0.05])
    kinds = np.array(["review", "reference", "beta", "speaking", "case_study", "advisory"])
    advocacy = pd.DataFrame(
        {
            "customer_id": ids[keen],
            "topic_id": _TOPIC_IDS[people.taste[keen].argmax(axis=1)],
            "kind": random.choice(kinds, len(keen), p=shares),
            "at": _iso(random.uniform(600.0, 729.0, len(keen))),
        }
    )
    known = np.flatnonzero(random.random(people.count) < 0.03)
    profiles = pd.DataFrame(
        {
            "customer_id": ids[known],
            "network": "fotogram",
            "handle": [f"shop_{ids[k]}" for k in known],
            "followers": np.rint(300.0 * random.lognormal(0.0, 1.5, len(known))).astype(np.int64),
        }
    )
    return {"responses": pd.concat(parts, ignore_index=True), "advocacy": advocacy, "profiles": profiles}


def _asked(advocacy: pd.DataFrame, exposures: pd.DataFrame, people: _People, ids: Ids) -> pd.DataFrame:
    """Return what customers did, and before it what the asks among the campaigns asked them for."""
    asks = exposures[exposures["campaign_id"].str.startswith("ask-")]
    asked = pd.DataFrame(
        {
            "customer_id": asks["customer_id"],
            "topic_id": _TOPIC_IDS[people.taste[np.searchsorted(ids, asks["customer_id"])].argmax(axis=1)],
            "kind": asks["campaign_id"].str.removeprefix("ask-"),
            "status": "asked",
            "at": asks["at"],
        }
    )
    return pd.concat([asked, advocacy.assign(status="done")], ignore_index=True)


def _answers(
    kind: str, who: Ids, score: Float64, day: Float64, channel: str | NDArray[np.str_], wave: str
) -> pd.DataFrame:
    return pd.DataFrame(
        {"customer_id": who, "kind": kind, "score": score, "at": _iso(day), "channel": channel, "wave": wave}
    ).astype({"score": np.int64})


def _support(people: _People, ids: Ids, random: np.random.Generator, solving: np.random.Generator) -> pd.DataFrame:
    """Return support contacts: staff answers telephone and e-mail, the satisfied and busy answer half of the forum.

    A contact is solved after a day or so; a few never are, and the latest are still open.
    """
    customer = np.flatnonzero((people.active < DAYS - 10.0) & (people.gone > people.active))
    end = np.minimum(people.gone, DAYS)
    span = end[customer] - people.active[customer]
    contacts = random.poisson(0.5 * np.exp(-0.4 * people.satisfaction[customer]) * span / _YEAR)
    who = np.repeat(customer, contacts)
    day = people.active[who] + random.random(len(who)) * (end[who] - people.active[who])
    channel = random.choice(np.array(["e-mail", "forum", "telephone"]), len(who), p=[0.4, 0.3, 0.3])
    helpers = customer[np.argsort(-(people.satisfaction + np.log(people.rate))[customer])][
        : max(len(customer) // 50, 2)
    ]
    helper = random.choice(helpers, len(who))
    peer = (channel == "forum") & (random.random(len(who)) < 0.5) & (helper != who) & (people.active[helper] < day)
    cost = {"e-mail": 450.0, "forum": 300.0, "telephone": 900.0}
    spent = np.rint(np.array([cost[c] for c in channel]) * random.uniform(0.6, 1.4, len(who)))
    solved = day + solving.exponential(1.5, len(who))
    solved[(solved > DAYS) | (~peer & (solving.random(len(who)) < 0.02))] = np.inf
    return pd.DataFrame(
        {
            "customer_id": ids[who],
            "channel": channel,
            "at": _iso(day),
            "cost": np.where(peer & np.isfinite(solved), 0, spent).astype(np.int64),
            "currency": _CURRENCY,
            "solved_by": np.where(peer & np.isfinite(solved), ids[helper], ""),
            "solved_at": _iso(solved),
        }
    )


def _effort(contacts: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Return how easy it was, asked after a third of the contacts."""
    asked = contacts[random.random(len(contacts)) < 0.3]
    ease = np.where(asked["solved_by"] != "", 5.9, 5.2) + random.normal(0.0, 1.2, len(asked))
    return pd.DataFrame(
        {
            "customer_id": asked["customer_id"],
            "kind": "ces",
            "score": np.clip(np.rint(ease), 1, 7).astype(np.int64),
            "at": asked["at"],
            "channel": asked["channel"],
            "wave": asked["at"].str.slice(0, 4),
        }
    )


def _campaigns(people: _People, ids: Ids, random: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Return topic campaigns, which change nothing here, and two asks (campaigns named `ask-…`), with who saw them."""
    topics = _TOPIC_IDS
    rows, seen = [], []
    customer = np.flatnonzero(people.active < DAYS)
    for k, (z, start) in enumerate([(0, 120.0), (3, 300.0), (1, 420.0), (4, 600.0)], start=1):
        rows.append((f"k{k}", f"{TOPICS[z]} weeks", topics[z], start, start + 21.0, 250_000))
        audience = customer[(random.random(len(customer)) < 0.25) & (people.active[customer] < start)]
        seen.append((f"k{k}", audience, start + random.uniform(0.0, 7.0, len(audience))))
    for kind in _ASKS:
        rows.append((f"ask-{kind}", f"Ask for a {kind}", "", 560.0, DAYS, 0))
        chance = 0.1 * (people.satisfaction[customer] > 0.8) * (people.active[customer] < 500.0)
        audience = customer[random.random(len(customer)) < chance]
        seen.append((f"ask-{kind}", audience, random.uniform(560.0, 720.0, len(audience))))
    return {
        "campaigns": pd.DataFrame(
            {
                "campaign_id": [r[0] for r in rows],
                "name": [r[1] for r in rows],
                "topic_id": [r[2] for r in rows],
                "starts_at": _iso(np.array([r[3] for r in rows])),
                "ends_at": _iso(np.array([r[4] for r in rows])),
                "cost": [r[5] for r in rows],
                "currency": _CURRENCY,
            }
        ),
        "exposures": pd.concat(
            [pd.DataFrame({"customer_id": ids[who], "campaign_id": name, "at": _iso(day)}) for name, who, day in seen],
            ignore_index=True,
        ),
    }
