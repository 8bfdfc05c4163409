"""Churn contagion: the lapse rule by hand, the kernel against plain Python, planted worlds recovered (K21)."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from churn_worlds import World, world

from influence.errors import ConfigError
from influence.snapshot.arrays import DAY, NEVER, Snapshot
from influence.snapshot.build import build_snapshot
from influence.value.purchases import Purchases, purchases_of
from influence.voice.churn import Contagion, LapseRule, churn_contagion, lapse_rule, spells_of

START = 18_000
NAN = float("nan")


def shop(
    bought: dict[str, list[int]],
    *,
    ends: int,
    ties: list[tuple[str, str]] | None = None,
    closed: dict[str, int] | None = None,
    out: tuple[str, ...] = (),
    since: list[int] | None = None,
) -> tuple[Snapshot, Purchases]:
    """Make a shop of customers and the days on which they bought."""
    names = sorted(bought)
    lines = [(name, day) for name in names for day in bought[name]]
    at = np.array([(START + day) * DAY + 5 for _, day in lines], np.int64)
    who = np.array([names.index(name) for name, _ in lines])
    end = (START + ends) * DAY + 10
    people: dict[str, object] = {
        "customer_id": names,
        "joined_at": [START * DAY] * len(names),
        "opted_out": [name in out for name in names],
    }
    if closed:
        people["closed_at"] = pd.array(
            [(START + closed[name]) * DAY if name in closed else None for name in names], dtype="Int64"
        )
    pairs = ties or []
    friends = {"customer_id": [a for a, _ in pairs], "friend_id": [b for _, b in pairs]}
    if since is not None:
        friends["since"] = [(START + day) * DAY for day in since]  # type: ignore[misc]
    snapshot = build_snapshot(
        pd.DataFrame(people),
        pd.DataFrame(friends) if pairs else None,
        None,
        pd.DataFrame({"customer_id": [name for name, _ in lines], "product_id": "p", "at": at}),
        pd.DataFrame({"product_id": ["p"]}),
        as_of=end,
        data_version="hand",
    )
    money = np.full(len(lines), 1.0)
    return snapshot, purchases_of(len(names), end, who, np.zeros(len(lines), int), at, money, money)


def spells(snapshot: Snapshot, purchases: Purchases, silence: int | None) -> list[tuple[int, int, int, bool]]:
    found = spells_of(snapshot, purchases, LapseRule(silence, "given"))
    columns = (found.customer, found.begin - START, found.end - START, found.stopped)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_spells_when_silent_then_left_on_the_last_day_and_back_again_later() -> None:
    snapshot, purchases = shop({"a": [0, 50, 200], "b": [0, 299], "c": [10]}, ends=300)
    assert spells(snapshot, purchases, 100) == [
        (0, 0, 50, True),  # 150 days of silence
        (0, 200, 300, False),  # 100 days: not yet more than that
        (1, 0, 0, True),
        (1, 299, 300, False),
        (2, 10, 10, True),
    ]


def test_spells_when_closed_within_the_silence_then_that_is_the_day() -> None:
    snapshot, purchases = shop(
        {"a": [0, 50], "b": [0], "c": [0, 50, 260]}, ends=300, closed={"a": 80, "b": 250, "c": 270}
    )
    assert spells(snapshot, purchases, 100) == [
        (0, 0, 80, True),
        (1, 0, 0, True),  # had left long before
        (2, 0, 50, True),
        (2, 260, 300, False),  # closed where no silence could be known yet: cut for all alike
    ]
    assert spells(snapshot, purchases, None) == [(0, 0, 80, True), (1, 0, 250, True), (2, 0, 270, True)]


def test_lapse_rule_when_nothing_is_given_then_longer_than_nearly_all_pauses() -> None:
    _, purchases = shop({"a": list(range(0, 1000, 70)), "b": list(range(3, 1000, 40))}, ends=1000)
    assert lapse_rule(purchases).silence_days == 70
    assert "99 of 100 pauses" in lapse_rule(purchases).words()
    _, rare = shop({"a": [0, 290, 299]}, ends=300)
    assert lapse_rule(rare).silence_days == 100, "a third of the log at most"
    _, often = shop({"a": list(range(0, 300, 3))}, ends=300)
    assert lapse_rule(often).silence_days == 60, "two windows at least"
    assert lapse_rule(purchases, 0).silence_days is None
    assert (
        lapse_rule(purchases, 180.0)
        .words()
        .startswith("A customer has left on the day of the last purchase before 180")
    )
    with pytest.raises(ConfigError, match="below 0"):
        lapse_rule(purchases, -1)


def plain(snapshot: Snapshot, purchases: Purchases, silence: int, lag: int, window: int) -> tuple[int, int, float]:
    """Return friends at risk, observed and expected, straight from the definitions of section 6 and 4.2."""
    found = spells_of(snapshot, purchases, LapseRule(silence, "given"))
    last, span = found.known_until, max(silence, 90)
    rows = list(zip(found.customer, found.begin, found.end, found.stopped, strict=True))
    days = {
        u: sorted({int(t // DAY) for t in purchases.at[purchases.customer == u]}) for u in range(snapshot.customers)
    }

    def here(day: int) -> dict[int, bool]:
        return {u: bool(gone and end <= min(day + window, last)) for u, begin, end, gone in rows if begin <= day < end}

    def strata(day: int, people: dict[int, bool]) -> dict[int, tuple[int, int, int]]:
        active = {u: sum(day - span <= one < day for one in days[u]) for u in people}
        count, total = Counter(active.values()), len(people)
        below = {level: sum(count[one] for one in count if one < level) for level in count}
        third = {level: min(3 * (2 * below[level] + count[level]) // (2 * total), 2) for level in count}
        band = {u: sum(day - days[u][0] >= limit for limit in (90, 365, 1095)) for u in people}
        return {u: (int(snapshot.customer_stratum[u]), band[u], third[active[u]]) for u in people}

    at_risk, observed, expected = 0, 0, 0.0
    for v, _, end, gone in rows:
        day = int(end) + lag
        if not gone or end >= last or day >= last or snapshot.customer_opted_out[v]:
            continue
        people = here(day)
        stratum = strata(day, people)
        friends = set()
        for edge in range(snapshot.edge_offsets[v], snapshot.edge_offsets[v + 1]):
            if snapshot.edge_since[edge] // DAY <= day and (
                snapshot.edge_until[edge] == NEVER or snapshot.edge_until[edge] // DAY > day
            ):
                friends.add(int(snapshot.edge_targets[edge]))
        for u in friends & set(people):
            alike = [x for x in people if stratum[x] == stratum[u]]
            wide = [x for x in people if stratum[x][1:] == stratum[u][1:]]
            back = sum(people[x] for x in wide) / len(wide)
            expected += (sum(people[x] for x in alike) + 50 * back) / (len(alike) + 50)
            observed += people[u]
            at_risk += 1
    return at_risk, observed, expected


@pytest.mark.parametrize("seed", range(6))
def test_kernel_when_held_against_plain_python_then_equal(seed: int) -> None:
    draw = np.random.default_rng(seed)
    names = [f"c{number:02}" for number in range(30)]
    bought = {name: sorted(draw.integers(0, 700, draw.integers(1, 9)).tolist()) for name in names}
    ties = {tuple(sorted(draw.choice(names, 2, replace=False).tolist())) for _ in range(70)}
    snapshot, purchases = shop(
        bought,
        ends=700,
        ties=sorted(ties),  # type: ignore[arg-type]
        closed={name: int(draw.integers(100, 700)) for name in names[:8]},
        out=("c03",),
        since=draw.integers(0, 200, len(ties)).tolist(),
    )
    found = churn_contagion(snapshot, purchases, [NAN] * 30, 120, threads=1 + seed % 2)
    everybody = found.everybody
    at_risk, observed, expected = plain(snapshot, purchases, 120, 0, 30)
    assert (everybody.at_risk, everybody.observed) == (at_risk, observed)
    assert everybody.expected == pytest.approx(expected, abs=1e-9)
    assert at_risk > 10
    assert plain(snapshot, purchases, 120, 60, 90)[2] < 100
    assert not found.alike_known and found.status == "insufficient_data" and found.hazard_ratio is None


def test_contagion_when_both_leave_on_one_day_then_neither_counts() -> None:
    bought = {f"c{number}": [0, 40 + number, 100] for number in range(20)}
    found = churn_contagion(*shop(bought, ends=500, ties=[("c1", "c2")]), [NAN] * 20, 150)
    assert found.everybody.at_risk == 0
    assert found.mean_churn > 0


def ask(found: World, nps: object = None, silence: float | None = 0) -> Contagion:
    answers = np.full(found.snapshot.customers, NAN) if nps is None else nps
    return churn_contagion(found.snapshot, found.purchases, answers, silence)  # type: ignore[arg-type]


def test_planted_contagion_when_accounts_are_closed_then_recovered() -> None:
    found = [ask(world(seed, ratio=1.8)) for seed in (1, 2, 3)]
    assert 1.5 <= np.mean([one.everybody.hazard for one in found]) <= 2.1
    assert all(one.everybody.hazard_low > 1.0 and one.hazard_ratio is not None for one in found)
    assert all(one.everybody.hazard_low < 1.8 < one.everybody.hazard_high for one in found)
    assert np.mean([one.mean_churn for one in found]) == pytest.approx(0.03, abs=0.005)


def test_no_contagion_then_the_interval_covers_one() -> None:
    found = [ask(world(seed)).everybody for seed in (1, 2, 3)]
    assert all(one.hazard_low <= 1.0 <= one.hazard_high for one in found)
    assert 0.9 <= np.mean([one.hazard for one in found]) <= 1.1


def test_hazards_that_rise_and_fall_by_segment_then_no_contagion() -> None:
    found = [ask(world(seed, waves=1.0)).everybody for seed in (1, 2, 3)]
    assert all(one.hazard_low <= 1.0 <= one.hazard_high for one in found)


def test_a_hazard_that_friends_share_and_no_column_tells_then_divided_out() -> None:
    found = [ask(world(seed, hidden=0.6)) for seed in (1, 2, 3)]
    assert all(one.alike_known and one.alike > 1.05 for one in found)
    assert all(one.everybody.hazard_low <= 1.0 <= one.everybody.hazard_high for one in found)


def test_planted_contagion_when_only_silence_tells_then_found_and_never_overstated() -> None:
    found = ask(world(1, ratio=1.8, closing=False, every=5.0), silence=None).everybody
    assert 1.2 <= found.hazard_low <= found.hazard <= 1.8


def test_groups_then_they_add_up_to_everybody_and_each_has_its_own_leavers() -> None:
    one = world(2, ratio=1.8)
    nps = np.random.default_rng(0).choice([2.0, 6.0, 8.0, 10.0, NAN], one.snapshot.customers)
    found = ask(one, nps)
    for name in ("lapses", "at_risk", "observed", "expected"):
        total = sum(getattr(group, name) for group in found.groups.values())
        assert total == pytest.approx(getattr(found.everybody, name))
    assert found.groups["detractors"].hazard_low < found.groups["detractors"].hazard < 3.0


def test_usual_churn_then_of_those_who_are_customers_only() -> None:
    one = world(3)
    found = ask(one)
    gone = one.snapshot.customer_to != NEVER
    assert np.isnan(found.usual_churn[gone]).all()
    assert np.nanmean(found.usual_churn[~gone]) == pytest.approx(0.03, abs=0.01)


def test_nobody_left_then_not_applicable() -> None:
    snapshot, purchases = shop({"a": [0, 50, 90], "b": [3, 60, 95]}, ends=100, ties=[("a", "b")])
    found = churn_contagion(snapshot, purchases, [NAN, 3.0])
    assert found.status == "not_applicable"
    assert found.hazard_ratio is None and not found.churn_known
