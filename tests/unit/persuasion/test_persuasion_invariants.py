"""What must hold on any log: metrics.md section 11, I1 and I3-I7."""

from __future__ import annotations

import dataclasses
from math import exp
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import random_log, snapshot_of

from influence.errors import UsageProblem
from influence.persuasion.calibration import calibrate
from influence.persuasion.credit import credit_sales, distribute_credit, persuaded_pairs
from influence.persuasion.diagnostics import warnings_of
from influence.persuasion.estimate import PersuasionResult, estimate_persuasion
from influence.persuasion.exposure import count_exposures
from influence.persuasion.parameters import PersuasionParameters
from influence.persuasion.reference import timing_mid_p
from influence.persuasion.significance import false_discovery, timing_p
from influence.persuasion.topics import audience, interested
from influence.reach.ties import active_ties
from influence.snapshot.arrays import DAY, Snapshot
from influence.snapshot.build import build_snapshot
from influence.worlds.arrays import world_snapshot
from influence.worlds.world import make_world

QUICK = PersuasionParameters(bootstrap=20, lag_floor=5.0)


@pytest.fixture(scope="module")
def world() -> tuple[Snapshot, PersuasionResult]:
    """World A of section 10 and its estimate."""
    snapshot = world_snapshot(make_world("A", 11))
    return snapshot, estimate_persuasion(snapshot, QUICK)


@pytest.fixture(scope="module")
def log() -> tuple[Any, ...]:
    return random_log(3)


def same_tables(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other, rtol=1e-9, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_i1_credit_when_distributed_then_equal_to_the_formula_and_bounded(seed: int) -> None:
    snapshot = snapshot_of(*random_log(seed, customers=12, products=4, purchases=40, friends=30))
    found = distribute_credit(snapshot, PersuasionParameters())
    infl = found.influenceability
    assert np.all((infl[~np.isnan(infl)] >= 0) & (infl[~np.isnan(infl)] <= 1))
    times: dict[tuple[int, int], tuple[int, int]] = {}
    for row in range(len(snapshot.first_time)):
        key = int(snapshot.first_customer[row]), int(snapshot.first_product[row])
        times[key] = int(snapshot.first_time[row]), row
    edges = {
        (v, int(u))
        for v in range(snapshot.customers)
        for u in snapshot.edge_targets[snapshot.edge_offsets[v] : snapshot.edge_offsets[v + 1]]
    }
    total = np.zeros(len(snapshot.first_time))
    for a in range(snapshot.products):
        buyers = sorted((t, u) for (u, b), (t, _) in times.items() if b == a)
        credit: dict[tuple[int, int], float] = {}
        for t, u in buyers:
            earlier = [v for s, v in buyers if s < t and (v, u) in edges]
            direct = {v: infl[u] / len(earlier) * exp(-(t - times[v, a][0]) / (14 * DAY)) for v in earlier}
            assert sum(direct.values()) <= infl[u] + 1e-12 if direct else True
            for _, v in buyers:
                g = direct.get(v, 0.0) + sum(credit.get((v, x), 0.0) * g for x, g in direct.items())
                if v != u and g >= 0.001:
                    assert g <= 1
                    credit[v, u] = g
                    total[times[v, a][1]] += g
    np.testing.assert_allclose(found.total, total, atol=1e-12)


def test_i3_credit_when_shared_then_each_sale_at_most_the_cap(world: tuple[Snapshot, PersuasionResult]) -> None:
    snapshot, result = world
    sales = result.sales
    per_sale = np.bincount(sales.received, weights=sales.credit, minlength=len(snapshot.first_time))
    assert 0 < per_sale.max() <= 0.9 + 1e-12
    assert np.all(sales.credit > 0)
    lag = snapshot.first_time[sales.received] - snapshot.first_time[sales.given]
    assert np.all((lag > 0) & (lag <= 28 * DAY))
    assert result.pairs["credit"].sum() == pytest.approx(sales.credit.sum())
    assert result.pairs["purchases"].sum() == len(sales.credit)
    assert result.totals["credit"] == pytest.approx(sales.credit.sum())


def test_credit_when_nobody_persuades_then_hardly_any_and_no_more_than_was_caused() -> None:
    result = estimate_persuasion(world_snapshot(make_world("H", 1)), QUICK)
    sums = result.totals
    assert sums["naive"] > 2_000
    # the positive halves of lifts that are noise add up to a fifth of the follow-ons
    assert sums["credit"] < 0.05 * sums["naive"]
    assert sums["credit"] == pytest.approx(sums["caused"], rel=0.2)


def test_credit_when_some_persuade_then_near_the_truth_and_most_of_it_theirs() -> None:
    world = make_world("A", 11)
    snapshot = world_snapshot(world)
    result = estimate_persuasion(snapshot, QUICK)
    assert result.totals["credit"] == pytest.approx(world.caused.sum(), rel=0.25)
    planted = world.planted[snapshot.first_customer[result.sales.given]]
    assert result.sales.credit[planted].sum() > 0.5 * result.totals["credit"]


def test_attributable_share_when_estimated_then_that_of_the_rate_with_its_error(
    world: tuple[Snapshot, PersuasionResult],
) -> None:
    _, result = world
    table = result.customers
    exposures, expected = (table[name].to_numpy(np.float64) for name in ("exposures", "persuasion_expected"))
    some = exposures > 0
    caused = result.rates[some] * exposures[some]
    assert result.attributable[some] == pytest.approx(caused / (expected[some] + caused))
    assert not result.attributable[~some].any()
    assert np.isnan(result.attributable_error).tolist() == (result.attributable == 0).tolist()
    # a persuader of whom much was seen is known better than one of whom little was
    busy = some & (table["follow_on_count"].to_numpy() >= 20) & (result.attributable > 0.5)
    quiet = (expected > 0.5) & (table["follow_on_count"].to_numpy() == 0)
    assert result.attributable_error[busy].max() < 0.5 < result.attributable_error[quiet].min()
    ok = (table["persuasion_status"] == "ok").to_numpy()
    shown = table["attributable_share"].to_numpy()
    assert shown[ok] == pytest.approx(result.attributable[ok])
    assert np.isnan(shown[~ok]).all()


def test_credit_when_two_candidates_then_split_by_fraction_and_recency_and_referrals_left_out() -> None:
    s = snapshot_of(
        {"customer_id": ["u", "v", "x"]},
        [("v", "u"), ("x", "u")],
        [("v", "a", 0), ("x", "a", 14), ("u", "a", 28), ("u", "b", 40)],
        {},
    )
    parameters = PersuasionParameters()
    sales = credit_sales(s, np.array([0.0, 0.5, 0.4]), parameters)
    share = 1 - 0.5 * 0.6
    left, right = 0.5 * exp(-2), 0.4 * exp(-1)
    given = s.first_customer[sales.given].tolist()
    assert dict(zip(given, sales.credit, strict=True)) == pytest.approx(
        {1: share * left / (left + right), 2: share * right / (left + right)}
    )
    capped = credit_sales(s, np.array([0.0, 0.99, 0.9]), parameters)
    assert capped.credit.sum() == pytest.approx(0.9)
    pairs = persuaded_pairs(s, sales)
    assert pairs["persuader"].tolist() == ["v", "x"]
    assert pairs["margin"].to_numpy() == pytest.approx(102.0 * pairs["credit"].to_numpy())
    owned = s.first_customer == 0
    assert len(credit_sales(s, np.array([0.0, 0.5, 0.4]), parameters, owned=owned).credit) == 0


def test_i4_scores_when_ids_permuted_then_unchanged(log: tuple[Any, ...]) -> None:
    customers, friends, bought, topics = log
    one = estimate_persuasion(snapshot_of(customers, friends, bought, topics), QUICK)
    names = customers["customer_id"]
    renamed = dict(zip(names, np.random.default_rng(8).permutation(names).tolist(), strict=True))
    other = estimate_persuasion(
        snapshot_of(
            {**customers, "customer_id": [renamed[c] for c in names]},
            [(renamed[a], renamed[b]) for a, b in friends],
            [(renamed[c], p, t) for c, p, t in bought],
            topics,
        ),
        QUICK,
    )
    back = {new: old for old, new in renamed.items()}
    moved = other.customers.rename(index=back).sort_index()
    same_tables(one.customers, moved)
    assert one.totals == pytest.approx(other.totals)


def test_i4_scores_when_time_origin_shifted_then_unchanged(log: tuple[Any, ...]) -> None:
    one, other = (estimate_persuasion(snapshot_of(*log, shift=shift), QUICK) for shift in (0, 7_654_321 * DAY // 100))
    same_tables(one.customers, other.customers)
    same_tables(one.topics, other.topics)
    same_tables(one.pairs, other.pairs)


def test_i4_scores_when_isolated_customer_added_after_the_last_event_then_unchanged(log: tuple[Any, ...]) -> None:
    customers, friends, bought, topics = log
    one = estimate_persuasion(snapshot_of(customers, friends, bought, topics), QUICK)
    joined = [None] * len(customers["customer_id"])
    late = {
        "customer_id": [*customers["customer_id"], "zzz"],
        "region": [*customers["region"], "n"],
        "joined_at": [*joined, 301 * DAY],
    }
    other = estimate_persuasion(snapshot_of(late, friends, bought, topics), QUICK)
    same_tables(one.customers, other.customers.drop(index="zzz"))
    assert other.customers.loc["zzz", "persuasion_status"] == "insufficient_data"
    early = estimate_persuasion(snapshot_of({**late, "joined_at": None}, friends, bought, topics), QUICK)
    kept = ["follow_on_count", "timing_p", "cd_credit", "exposures"]
    same_tables(one.customers[kept], early.customers.drop(index="zzz")[kept])
    # one more customer at risk somewhere: expectations move, a little
    moved = early.customers["persuasion_expected"].drop(index="zzz") - one.customers["persuasion_expected"]
    assert 0 < np.abs(moved).max() < 1


def test_i5_timing_when_permuted_then_within_monte_carlo_error() -> None:
    rng = np.random.default_rng(2)
    products = [(30, 9, 5), (18, 4, 6), (50, 20, 3)]
    draws = np.zeros(10_000, np.int64)
    for population, successes, friends in products:
        marks = np.zeros(population, np.int64)
        marks[:successes] = 1
        draws += np.array([rng.permutation(marks)[:friends].sum() for _ in range(10_000)])
    for observed in (0, 3, 6, 9):
        counts = np.array([observed, 0, 0], np.int32)
        columns = [np.array([x[i] for x in products], np.int32) for i in range(3)]
        p = timing_p(np.array([0, 3]), *columns, counts)[0]
        replicated = np.mean(draws > observed) + 0.5 * np.mean(draws == observed)
        assert abs(p - replicated) <= 3 * np.sqrt(max(p * (1 - p), 1e-4) / 10_000)
        assert p == pytest.approx(timing_mid_p(products, observed), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(2, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 6)), max_size=5))
def test_timing_when_any_products_then_equal_to_exact_fractions(products: list[tuple[int, int, int, int]]) -> None:
    products = [(n, min(k, n), min(d, n), x) for n, k, d, x in products]
    columns = [np.array([x[i] for x in products], np.int32) for i in range(4)]
    p = timing_p(np.array([0, len(products)]), *columns)[0]
    if not products:
        assert np.isnan(p)
        return
    assert p == pytest.approx(timing_mid_p([x[:3] for x in products], sum(x[3] for x in products)), abs=1e-9)


def test_timing_when_products_have_fewer_than_three_buyers_then_in_neither_side() -> None:
    columns = [np.array(column, np.int32) for column in ((1, 9), (1, 3), (1, 4), (1, 2))]
    alone = [column[1:] for column in columns]
    assert timing_p(np.array([0, 2]), *columns)[0] == timing_p(np.array([0, 1]), *alone)[0]
    assert np.isnan(timing_p(np.array([0, 1]), *[column[:1] for column in columns])[0])


def test_i6_scores_when_purchases_after_as_of_change_then_unchanged(log: tuple[Any, ...]) -> None:
    customers, friends, bought, topics = log
    one = estimate_persuasion(snapshot_of(customers, friends, bought, topics, as_of=200), QUICK)
    changed = [(c, p, t if t <= 200 else 200 + (t * 7) % 90 + 0.5) for c, p, t in bought]
    other = estimate_persuasion(snapshot_of(customers, friends, changed, topics, as_of=200), QUICK)
    same_tables(one.customers, other.customers)


def test_i6_expectation_when_later_purchases_of_others_products_change_then_unchanged(log: tuple[Any, ...]) -> None:
    customers, friends, bought, topics = log
    late = [p for p in topics if p > "p15"]
    early = [x for x in bought if x[1] <= "p15"]
    # products above p15 are bought from day 150 on: no event before that day may notice
    one, other = (
        snapshot_of(customers, friends, [*early, *extra], topics)
        for extra in (
            [(c, late[i % len(late)], 150 + t / 3) for i, (c, _, t) in enumerate(bought)],
            [(c, late[(i * 5) % len(late)], 151 + (t * 11) % 140) for i, (c, _, t) in enumerate(bought[::2])],
        )
    )
    tables = []
    for snapshot in (one, other):
        found = count_exposures(snapshot)
        mine = (snapshot.first_time < 150 * DAY) & (snapshot.first_product <= 15)
        tables.append([found.near_expected[mine], found.far_expected[mine], found.far_before_expected[mine]])
    for before, after in zip(*tables, strict=True):
        np.testing.assert_allclose(before, after, atol=1e-12)
    assert tables[0][0].sum() > 10


def test_i7_result_when_world_a_then_certified_meet_all_conditions(world: tuple[Snapshot, PersuasionResult]) -> None:
    _, result = world
    table = result.customers
    certified = table[table["certified_persuader"]]
    assert len(certified) > 10
    assert np.all(certified["persuasion_q"] <= 0.10)
    assert np.all(certified["persuasion_lift"] >= 1.5)
    assert np.all(certified["timing_p"] <= 0.20)
    assert np.all(certified["purchases"] >= 5)
    assert np.all(certified["friends"] >= 3)
    below = table["persuasion_status"] == "insufficient_data"
    assert np.all(table.loc[below, ["persuasion_rate", "persuasion_lift", "persuasion_p", "timing_p"]].isna())
    assert table.loc[~below, ["persuasion_rate", "persuasion_lift", "persuasion_q"]].notna().to_numpy().all()
    specificity = table["specificity"].dropna()
    assert len(specificity) > 0
    assert specificity.between(0, 1).all()
    assert result.topics["contextual_influence_index"].dropna().between(0, 100).all()
    per_topic = result.topics.groupby("customer_id")["follow_on_count"].sum()
    assert per_topic.sum() == pytest.approx(result.totals["naive"])
    assert result.evidence["follow_on_count"].sum() == result.totals["naive"]
    assert 0.9 < float(result.diagnostics["shuffled_ratio"] or 0) < 1.1
    assert result.totals["caused"] == pytest.approx(np.nansum(result.rates * table["exposures"].to_numpy()), rel=1e-9)


def test_result_when_opted_out_then_no_row_but_still_in_the_data(log: tuple[Any, ...]) -> None:
    customers, friends, bought, topics = log
    snapshot = snapshot_of(customers, friends, bought, topics)
    whole = estimate_persuasion(snapshot, QUICK)
    busy = whole.pairs["persuader"].mode()[0]
    out = np.array([c == busy for c in snapshot.customer_ids])
    part = estimate_persuasion(dataclasses.replace(snapshot, customer_opted_out=out), QUICK)
    assert busy in whole.customers.index
    for table, columns in (
        (part.customers.reset_index(), ["customer_id"]),
        (part.topics, ["customer_id"]),
        (part.pairs, ["persuader", "persuaded"]),
        (part.evidence, ["customer_id"]),
    ):
        assert not (table[columns] == busy).to_numpy().any()
    assert part.totals["naive"] == whole.totals["naive"]
    same_tables(whole.customers[["follow_on_count"]].drop(index=busy), part.customers[["follow_on_count"]])


def test_result_when_accounts_are_closed_then_not_judged_and_nobody_s_friends(
    world: tuple[Snapshot, PersuasionResult],
) -> None:
    snapshot, whole = world
    gone = np.zeros(snapshot.customers, np.bool_)
    gone[::4] = True
    closed = np.where(gone, snapshot.as_of, snapshot.customer_to)
    part = estimate_persuasion(dataclasses.replace(snapshot, customer_to=closed), QUICK)
    names = snapshot.customer_ids[gone]
    for table in (part.customers.reset_index(), part.topics, part.evidence):
        assert len(table) > 500
        assert not table["customer_id"].isin(names).any()
    judged = part.customers[part.customers["persuasion_status"] == "ok"]
    assert part.diagnostics["family"] == len(judged)
    # q is over those who are shown, and nobody else
    np.testing.assert_allclose(judged["persuasion_q"], false_discovery(judged["persuasion_p"].to_numpy()))
    tested = judged[judged["persuasion_expected"] >= 10]
    assert 0 < len(tested) < len(judged)
    np.testing.assert_allclose(tested["negative_p"], 1 - tested["persuasion_p"])
    np.testing.assert_allclose(tested["negative_q"], false_discovery(tested["negative_p"].to_numpy()))
    assert part.customers["negative_q"].notna().sum() == len(tested)
    assert part.diagnostics["discoveries"] == (judged["persuasion_q"] <= 0.10).sum()
    # friends and interested friends are those who are there
    ties = active_ties(dataclasses.replace(snapshot, customer_to=closed))
    assert part.customers["friends"].tolist() == ties.friend_count[~gone].tolist()
    assert part.topics["audience"].max() <= part.customers["friends"].max()
    before = whole.topics.merge(part.topics, on=["customer_id", "topic_id"])
    assert (before["audience_y"] <= before["audience_x"]).all()
    assert before["audience_y"].sum() == pytest.approx(0.75 * before["audience_x"].sum(), rel=0.05)
    ranked = part.topics.dropna(subset="contextual_influence_index")
    for _, index in ranked.groupby("topic_id")["contextual_influence_index"]:
        assert index.mean() == pytest.approx(50)
    # what they bought and who is credited for it stays: they were there then
    assert part.pairs["persuader"].isin(names).any() and part.pairs["persuaded"].isin(names).any()
    assert part.totals["naive"] == pytest.approx(whole.totals["naive"], rel=0.02)


def test_result_when_log_is_empty_then_statuses_and_warnings() -> None:
    snapshot = snapshot_of({"customer_id": ["a", "b"]}, [("a", "b")], [], {"p": "x"})
    result = estimate_persuasion(snapshot, QUICK)
    assert result.customers["persuasion_status"].tolist() == ["insufficient_data"] * 2
    assert result.customers["persuasion_lift"].isna().all()
    assert result.customers["persuasion_expected"].isna().all()
    assert any("nobody can be certified" in text for text in result.warnings)


def test_calibration_when_category_is_small_then_global_and_clipped() -> None:
    parameters = PersuasionParameters()
    found = calibrate(
        np.array([300.0, 20.0, 900.0]),
        np.array([200.0, 10.0, 100.0]),
        np.array([0, 1, 2]),
        4,
        parameters,
        replicates=50,
    )
    assert found.own.tolist() == [True, False, True, False]
    assert found.factor.tolist() == pytest.approx([1.5, 1220 / 310, 5.0, 1220 / 310])
    assert found.replicates.shape == (50, 4)
    weights = np.array([1.0, 0, 0, 0])
    low, high = found.interval(weights) or (np.nan, np.nan)
    assert found.mean(weights) == 1.5
    assert low <= 1.5 <= high
    off = calibrate(
        np.array([300.0]), np.array([200.0]), np.array([0]), 1, dataclasses.replace(parameters, lag_calibration=False)
    )
    assert off.factor.tolist() == [1.0]


@pytest.mark.parametrize(("expected", "known"), [(0.0, None), (2.0, 0.5), (25.0, 0.5)])
def test_calibration_when_little_is_expected_long_after_then_no_interval_and_without_any_no_lambda(
    expected: float, known: float | None
) -> None:
    products = np.full(8, expected / 8)
    found = calibrate(np.zeros(8), products, np.zeros(8, np.int32), 1, PersuasionParameters(), replicates=50)
    assert found.mean(np.array([10.0])) == known
    assert found.factor.tolist() == [1.0 if known is None else known]
    # replicates of nothing observed are all alike: only with much expected does that say something
    assert found.interval(np.array([10.0])) == ((5.0, 5.0) if expected == 25.0 else None)


@pytest.mark.parametrize("last", [40, 80])
def test_result_when_the_log_is_short_then_shared_taste_is_unknown_or_said_to_rest_on_little(last: int) -> None:
    customers, friends, bought, topics = random_log(3)
    short = [line for line in bought if line[2] <= last]
    result = estimate_persuasion(snapshot_of(customers, friends, short, topics, as_of=last), QUICK)
    figures, distant = result.diagnostics, result.diagnostics["lag_expected"]
    assert distant is not None and (distant == 0 if last == 40 else 0 < distant < 20)
    assert (figures["lag"] is None) == (last == 40)
    assert figures["lag_low"] is None and figures["lag_high"] is None
    assert np.isnan(result.totals["n2_low"]) and np.isnan(result.totals["n2_high"])
    words = "could not be measured" if last == 40 else f"of {distant:,.1f} expected"
    assert [text for text in result.warnings if words in text], result.warnings


def test_interest_when_share_is_exactly_one_over_z_then_not_interested() -> None:
    snapshot = build_snapshot(
        {"customer_id": ["a", "b", "c", "d"]},
        {"customer_id": ["d", "d", "d"], "friend_id": ["a", "b", "c"], "until": [None, None, 5]},
        None,
        {"customer_id": ["a", "a", "b"], "product_id": ["p", "q", "p"], "at": [1, 2, 3]},
        {"product_id": ["p", "q"]},
        {"product_id": ["p", "q"], "topic_id": ["x", "y"]},
        None,
        {"customer_id": ["c"], "topic_id": ["x"]},
        as_of=10,
        data_version="test",
    )
    customer, topic, purchases = np.array([0, 0, 1], np.int32), np.array([0, 1, 0], np.int32), np.ones(3)
    offsets, topics = interested(snapshot, customer, topic, purchases)
    # a bought one of each: exactly 1/Z, not above; b only x; c declared x
    assert offsets.tolist() == [0, 0, 1, 2, 2]
    assert topics.tolist() == [0, 0]
    found = audience(snapshot, (offsets, topics), np.array([0, 0, 0, 0, 2]), np.array([0, 1], np.int32))
    assert found.tolist() == [1, 0]  # the tie with c has ended


def test_warnings_when_figures_are_bad_then_said_in_words() -> None:
    good = {
        "shuffled_ratio": 1.02,
        "shuffled_error": 0.05,
        "naive": 900.0,
        "caused": 100.0,
        "n2": 150.0,
        "n2_high": 200.0,
        "n3": 60.0,
        "mirror_discoveries": 8,
        "discoveries": 40,
        "lag": 1.1,
        "lag_observed": 550.0,
        "lag_expected": 500.0,
        "undated_share": 0.1,
        "family": 100,
        "certified": 20,
    }
    assert warnings_of(good) == []
    # twelve expected: a quarter too many is chance
    assert warnings_of({**good, "shuffled_ratio": 1.5, "shuffled_error": 0.29}) == []
    # unknown is no figure below 0
    assert warnings_of({**good, "n2_high": float("nan")}) == []
    # within the chance of a count, or a single false alarm
    assert warnings_of({**good, "n3": 129.0}) == warnings_of({**good, "mirror_discoveries": 1, "discoveries": 0}) == []
    for change, words in (
        ({"shuffled_ratio": 1.7}, "1.70 times"),
        ({"shuffled_ratio": 0.7}, "does not fit"),
        ({"mirror_discoveries": 20}, "followers"),
        ({"mirror_discoveries": 2, "discoveries": 0}, "finds 2 'persuaders'"),
        ({"n3": 131.0}, "no cautious lower figure"),
        ({"n2": -150.0, "n2_high": -1.0}, "takes off more than there is"),
        ({"lag": 2.0}, "share tastes"),
        ({"lag": None, "lag_expected": 0.0}, "upper limit"),
        ({"lag": 0.5, "lag_observed": 0.0, "lag_expected": 2.04}, "0.50 rests on 0 of 2.0 expected"),
        ({"undated_share": 0.9}, "90 %"),
        ({"family": 0}, "nobody can be certified"),
        ({"certified": 0}, "tendencies"),
    ):
        texts = warnings_of({**good, **change})
        assert len(texts) == 1
        assert words in texts[0]


def test_parameters_when_out_of_range_then_refused() -> None:
    with pytest.raises(UsageProblem, match="`kappa` must be above 0"):
        PersuasionParameters(kappa=0)
    with pytest.raises(UsageProblem, match="`q_limit`"):
        PersuasionParameters(q_limit=2)
