"""What customers say and do, from files to reports, on a shop worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from influence.compute import ComputeOptions, compute_run
from influence.compute.voice import voice_stage
from influence.graph import Graph
from influence.queries import library
from influence.report import Table
from influence.report.running import run_report
from influence.runs import find_run
from influence.runs.writing import read_scores
from influence.segment import run_segment
from influence.voice.ambassadors import load_rules, load_weights

pytestmark = pytest.mark.integration

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)


def answer(graph: Graph, name: str, **given: object) -> Table:
    return run_report(graph, name, {key: str(value) for key, value in given.items()})


def columns(table: Table, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(table.values(name) for name in names), strict=True))


def figures(table: Table) -> dict[str, float]:
    return dict(columns(table, "figure", "value"))


def scores(graph: Graph, measure: str) -> dict[str, Any]:
    ids, found = read_scores(graph, "voice-run", [measure])
    return {one: value for one, value in zip(ids.tolist(), found[measure].tolist(), strict=True) if value is not None}


def test_last_answers_count_until_the_day_of_the_data(spoken: Graph) -> None:
    assert scores(spoken, "nps_answer") == {"ann": 10, "ben": 3, "cai": 9, "dee": 6, "eve": 9, "gil": 8}
    assert scores(spoken, "nps_group") == {
        "ann": "promoter", "ben": "detractor", "cai": "promoter", "dee": "detractor", "eve": "promoter", "gil": "passive",
    }  # fmt: skip
    assert scores(spoken, "effort_answer") == {"ben": 2, "cai": 7}
    assert scores(spoken, "self_declared") == {"ann": 7}
    assert scores(spoken, "self_declared_reading") == {}, "nobody's influence could be measured"


def test_nps_when_there_are_few_answers_then_an_interval_only(spoken: Graph) -> None:
    table = answer(spoken, "nps")
    assert columns(table, "group", "answers", "promoters", "passives", "detractors", "nps") == [
        ("Q1", 1, 1, 0, 0, None),
        ("Q2", 6, 3, 1, 2, None),
    ]
    # (3 + 0.75 - 2 - 0.75) / 9 = 1/9; sqrt((6.5/9 - 1/81) / 9) = 0.28085
    assert table.record(1)["low"] == pytest.approx(100 / 9 - 1.96 * 28.0846, abs=1e-3)
    assert table.record(1)["high"] == pytest.approx(100 / 9 + 1.96 * 28.0846, abs=1e-3)


def test_nps_by_each_grouping_when_a_customer_answered_twice_then_once_in_a_group(spoken: Graph) -> None:
    groups = ("group", "answers", "promoters", "detractors")
    assert columns(answer(spoken, "nps", by="all"), *groups) == [("all customers", 6, 3, 2)]
    assert columns(answer(spoken, "nps", by="channel"), *groups) == [("shop", 5, 2, 2), ("mail", 2, 2, 0)]
    assert columns(answer(spoken, "nps", by="country"), *groups) == [("DE", 3, 1, 1), ("FR", 3, 2, 1)]
    assert columns(answer(spoken, "nps", by="segment", wave="Q2"), *groups) == [
        ("family", 4, 2, 2),
        ("student", 2, 1, 0),
    ]
    assert columns(answer(spoken, "nps", by="topic"), *groups) == [("coffee", 6, 3, 2)]
    community = columns(answer(spoken, "nps", by="community"), "answers")
    assert sum(count for (count,) in community) <= 6
    assert columns(answer(spoken, "effort"), "group", "answers", "ces", "low") == [("phone", 2, None, 1.0)]


def test_promoters_never_asked_then_neither_the_asked_nor_those_who_acted(spoken: Graph) -> None:
    assert answer(spoken, "promoters-never-asked").values("customer_id") == ["eve"]
    assert run_segment(spoken, "promoters-never-asked").values("customer_id") == ["eve"]
    assert scores(spoken, "never_asked") == {"ann": False, "cai": False, "eve": True}


def test_intent_action_gap_then_who_invited_nobody_and_moved_nobody(spoken: Graph) -> None:
    assert answer(spoken, "promoters-without-action").values("customer_id") == ["ann", "eve"]
    found = figures(answer(spoken, "voice-summary"))
    assert found["promoters"] == 3
    assert found["promoters without action, %"] == pytest.approx(200 / 3)
    assert found["days looked at"] == 700  # from the first purchase on 2024-02-01


def test_asks_then_the_last_step_counts_and_nothing_after_the_day_of_the_data(spoken: Graph) -> None:
    table = answer(spoken, "asks-outstanding")
    assert columns(table, "customer_id", "outstanding", "asked_days") == [("gil", "review", 122)]
    assert answer(spoken, "asks-outstanding", kind="reference").rows == []
    assert columns(answer(spoken, "advocacy-by-kind"), "kind", "willing", "done", "outstanding", "untapped") == [
        ("reference", 0, 1, 0, 0),
        ("beta", 1, 0, 0, 1),
        ("review", 0, 0, 1, 0),
        ("speaking", 0, 0, 0, 0),
    ]
    assert scores(spoken, "asked_days") == {"ann": 184, "cai": 306, "gil": 122}


def test_willing_advocates_then_no_detractor_and_no_second_ask(spoken: Graph) -> None:
    table = answer(spoken, "willing-advocates")
    assert columns(table, "customer_id", "willingness", "untapped", "done") == [
        ("ann", 9.0, "beta", "reference"),
        ("gil", 7.0, None, None),
    ]
    assert run_segment(spoken, "willing-advocates").values("customer_id") == ["ann"], "gil has yet to answer"
    assert run_segment(spoken, "willing-advocates", {"kind": "beta"}).values("customer_id") == ["ann"]


def test_detractors_then_who_hears_them_by_strength_of_tie(spoken: Graph) -> None:
    table = answer(spoken, "detractors-with-reach")
    assert columns(table, "customer_id", "friends", "exposure", "contact_open") == [
        ("ben", 2, 3.0, True),  # ann, and cai twice as strong; dee is unhappy herself
        ("dee", 2, 2.0, False),  # gil and fay: who has opted out of scoring can still listen
    ]
    assert answer(spoken, "detractors-with-reach", influencers="true").rows == []
    assert figures(answer(spoken, "voice-summary"))["friends of detractors"] == 4


def test_contagion_when_few_left_then_counts_the_rule_and_no_reading(spoken: Graph) -> None:
    found = find_run(spoken, "voice-run").properties
    assert found["contagion_status"] == "insufficient_data"
    # 700 days of log, of which a third is the longest silence; the pauses are 7 to 579 days
    assert found["contagion_silence_days"] == 233
    assert found["voice_hazard_source"] == "literature"
    table = answer(spoken, "churn-contagion")
    assert table.values("who")[:1] == ["everybody"]
    assert set(table.values("reading")) == {"too few to tell"}
    assert "before 233 days without one" in table.values("lapse_rule")[0]
    assert figures(answer(spoken, "voice-summary"))["hazard ratio used"] == 1.8
    risk = answer(spoken, "detractors-with-reach")
    rests = dict(columns(risk, "customer_id", "rests_on"))
    assert all(text is None or text.startswith("hazard ratio 1.8 from the literature") for text in rests.values())


def test_support_then_costs_and_what_peers_saved(spoken: Graph) -> None:
    table = answer(spoken, "support-load")
    assert columns(table, "customer_id", "contacts", "cost", "open") == [
        ("ben", 2, 14.0, True),
        ("cai", 1, 1.0, False),
        ("eve", 1, 0.0, False),
    ]
    # staff solve for (900 + 500 + 400) / 3 = 600: cai's answer saved 600 - 100, eve's 800 as recorded
    assert columns(answer(spoken, "peer-helpers"), "customer_id", "answers", "saved", "member") == [
        ("ann", 2, 13.0, True)
    ]


def test_membership_then_only_those_of_today_and_no_claim_without_windows(spoken: Graph) -> None:
    members = {one for one, member in scores(spoken, "group_member").items() if member}
    assert members == {"ann", "ben"}
    found = answer(spoken, "members-against-others")
    assert "matched lift, %" not in found.values("figure")
    assert "not known" in found.values("figure")
    assert find_run(spoken, "voice-run").properties["membership_status"] == "not_applicable"


def test_ambassadors_then_the_score_is_the_mean_of_the_factors_shown(spoken: Graph) -> None:
    weights = {
        name: float(weight)
        for name, weight in (one.split() for one in find_run(spoken, "voice-run").properties["ambassador_weights"])
    }
    table = answer(spoken, "ambassadors")
    assert len(table.rows) > 0
    for place in range(len(table.rows)):
        row = table.record(place)
        known = {name: weight for name, weight in weights.items() if row[name] is not None}
        total = sum(weight * row[name] for name, weight in known.items())
        assert row["score"] == pytest.approx(total / sum(known.values()))
    assert table.values("rank") == list(range(1, len(table.rows) + 1))
    assert not {"ben", "dee"} & set(table.values("customer_id")), "detractors are not ranked"


@pytest.mark.parametrize("name", ["ambassadors", "promoters-never-asked", "self-declared-influence"])
def test_list_when_nobody_could_be_judged_then_certified_is_unknown(spoken: Graph, name: str) -> None:
    certified = answer(spoken, name).values("certified")
    assert certified and set(certified) == {None}


def test_next_steps_then_each_follows_from_what_is_known(spoken: Graph) -> None:
    steps = scores(spoken, "next_step")
    assert steps["ben"] == steps["dee"] == "personal outreach"
    assert steps["gil"] == "reminder"
    assert steps["cai"] == "thank-you"
    assert steps["eve"] == steps["ann"] == "referral coupon for a friend"
    paid = {one for one, gives in scores(spoken, "next_step_incentive").items() if gives}
    assert paid == {"ann", "cai", "eve"}
    assert run_segment(spoken, "next-step", {"step": "reminder"}).values("customer_id") == ["gil"]
    assert dict(columns(answer(spoken, "next-steps"), "step", "detractors"))["personal outreach"] == 2


def voice(kind: str) -> list[str]:
    return [
        one.name for one in library().all(kind) if one.header.category == "voice" and one.header.key == ["customer_id"]
    ]  # type: ignore[arg-type]


def test_lists_when_somebody_opts_out_then_they_are_in_none_even_of_an_earlier_run(spoken: Graph) -> None:
    spoken.execute("MATCH (c:Customer) SET c.was = c.opted_out, c.opted_out = true", name="all-out")
    try:
        names = [name for name in voice("report") if not name.startswith("customer-")]
        assert len(names) >= 9
        for name in names:
            assert answer(spoken, name).rows == [], name
        assert answer(spoken, "nps", by="all").rows == []
        assert answer(spoken, "next-steps").rows == []
        for name in voice("segment"):
            if name != "next-step":  # no step is left to choose
                assert run_segment(spoken, name).rows == [], name
    finally:
        spoken.execute("MATCH (c:Customer) SET c.opted_out = c.was REMOVE c.was", name="all-back")


def test_lists_when_somebody_had_opted_out_before_then_not_even_scored(spoken: Graph) -> None:
    for name in voice("report"):
        if not name.startswith("customer-"):
            assert "fay" not in answer(spoken, name, limit=1000).values("customer_id"), name
    assert "fay" not in scores(spoken, "next_step")


def test_own_weights_and_rules_when_given_then_they_decide(spoken: Graph, tmp_path: Path) -> None:
    """The last test of the module: another run becomes the current one."""
    (tmp_path / "weights.toml").write_text("shortlist = 2\n[weights]\nenthusiasm = 3\n")
    (tmp_path / "steps.toml").write_text(
        '[[rule]]\nstep = "call"\nwhy = "unhappy"\nwhen = [{ column = "detractor", is = true }]\n'
        '[[rule]]\nstep = "gift"\nwhy = "everybody"\nincentive = true\nwhen = [{ column = "opted_out", is = false }]\n'
    )
    options = ComputeOptions(
        as_of=AS_OF, weights=load_weights(tmp_path / "weights.toml"), rules=load_rules(tmp_path / "steps.toml")
    )
    run = compute_run(spoken, options, run_id="own-run", stages=[("voice", voice_stage)])
    assert run.properties["ambassador_weights"] == ["enthusiasm 3"]
    table = answer(spoken, "ambassadors")
    assert columns(table, "customer_id", "rank", "score", "willingness") == [
        ("ann", 1, 100.0, None),
        ("cai", 2, 90.0, None),
        ("eve", 3, 90.0, None),
        ("gil", 4, 80.0, None),
    ]
    assert run_segment(spoken, "ambassadors").values("customer_id") == ["ann", "cai"]
    assert columns(answer(spoken, "next-steps"), "step", "customers", "detractors") == [("gift", 5, 0), ("call", 2, 2)]
