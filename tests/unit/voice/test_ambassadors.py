"""The shortlist adds up from what it shows; rules never pay detractors or reviews."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence.errors import ConfigError
from influence.voice.ambassadors import FACTORS, load_rules, load_weights, next_steps, shortlist


def people(**columns: object) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_score_is_the_weighted_mean_of_the_factors_shown() -> None:
    weights = load_weights()
    frame = people(
        nps=[10.0, 9.0],
        willingness=[8.0, np.nan],
        topic_reach=[90.0, 20.0],
        persuasion=[80.0, 80.0],
        certified=[True, False],
        referral=[50.0, np.nan],
        network_value=[70.0, 60.0],
        opted_out=[False, False],
    )
    table = shortlist(frame, weights)
    assert table.loc[1, "persuasion"] == 0.0  # not certified
    for row in (0, 1):
        known = [name for name in FACTORS if not np.isnan(table.loc[row, name])]
        total = sum(weights.weights[name] * table.loc[row, name] for name in known)
        assert table.loc[row, "score"] == pytest.approx(total / sum(weights.weights[name] for name in known))
    assert table["rank"].tolist() == [1, 2]


def test_detractors_opt_outs_and_the_unknown_are_not_ranked() -> None:
    frame = people(
        nps=[6.0, 10.0, 10.0, 7.0],
        topic_reach=[99.0, 99.0, np.nan, 50.0],
        network_value=[99.0, 99.0, np.nan, 50.0],
        persuasion=[99.0, 99.0, np.nan, 50.0],
        certified=[True, True, None, True],
        opted_out=[False, True, False, None],
    )
    table = shortlist(frame, load_weights())
    assert table["rank"].isna().tolist() == [True, True, True, False]
    assert table["status"].tolist() == ["insufficient_data"] * 3 + ["ok"]
    assert table["shortlisted"].tolist() == [False, False, False, True]


def test_ties_keep_the_order_of_the_frame(tmp_path: Path) -> None:
    path = tmp_path / "weights.toml"
    path.write_text("shortlist = 2\nleast_known = 1.0\n[weights]\nenthusiasm = 1\n")
    table = shortlist(people(nps=[9.0, 10.0, 9.0, 9.0]), load_weights(path))
    assert table["rank"].tolist() == [2, 1, 3, 4]
    assert table["shortlisted"].tolist() == [True, True, False, False]
    assert "willingness" not in table  # a factor without weight is not there


@pytest.mark.parametrize(
    "text",
    [
        "[weights]\ncharm = 1",
        "[weights]\nenthusiasm = -1",
        "[weights]\nenthusiasm = 0",
        "",
        "least_known = 2\n[weights]\nenthusiasm = 1",
        "shortlist = 0\n[weights]\nenthusiasm = 1",
    ],
)
def test_weights_are_checked(tmp_path: Path, text: str) -> None:
    path = tmp_path / "weights.toml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        load_weights(path)


def test_settings_that_a_file_leaves_out_are_those_of_the_packaged_one(tmp_path: Path) -> None:
    path = tmp_path / "weights.toml"
    path.write_text("[weights]\nenthusiasm = 1\n")
    own, packaged = load_weights(path), load_weights()
    assert own.weights == {"enthusiasm": 1.0}
    assert (own.least_known, own.shortlist) == (packaged.least_known, packaged.shortlist) == (0.7, 100)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read `.*none\.toml`"):
        load_weights(tmp_path / "none.toml")


def test_packaged_rules_suggest_what_the_idea_says() -> None:
    frame = people(
        nps=[3.0, 3.0, 10.0, 9.0, 9.0, 9.0, np.nan, 8.0],
        topic_reach=[90.0, 10.0, 60.0, 60.0, 60.0, 10.0, 10.0, 10.0],
        referred_customers=[2, 0, 1, 0, 0, 0, 0, 0],
        certified=[True, False, False, True, False, False, False, None],
        willingness=[9.0, 9.0, 9.0, 9.0, 9.0, 5.0, 5.0, 5.0],
        reference_done=[False] * 8,
        review_done=[False] * 8,
        network_value=[99.0, 99.0, 50.0, 50.0, 50.0, 50.0, 95.0, 50.0],
        quadrant=[None] * 6 + ["Advocate", None],
        opted_out=[False] * 8,
    )
    table = next_steps(frame, load_rules())
    assert table["next_step"].fillna("").tolist() == [
        "top of the service queue",
        "personal outreach",
        "thank-you",
        "preview and feedback panel",
        "reference ask",
        "referral coupon for a friend",
        "coupon",
        "",
    ]
    assert table["incentive"].tolist() == [False, False, True, False, False, True, True, False]


def test_packaged_coupon_when_own_purchases_are_not_little_then_not_given() -> None:
    """The step says `little by own purchases`, so it agrees with the value matrix beside it."""
    frame = people(
        nps=[np.nan] * 5,
        network_value=[95.0] * 5,
        quadrant=["Champion", "Affluent", "Advocate", "Miser", None],
        opted_out=[False] * 5,
    )
    table = next_steps(frame, load_rules())
    assert table["next_step"].fillna("").tolist() == ["thank-you", "", "coupon", "", ""]


@given(
    nps=st.lists(st.one_of(st.none(), st.integers(0, 10)), min_size=1, max_size=20),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=60, deadline=None)
def test_no_detractor_is_ever_paid(nps: list[int | None], seed: int) -> None:
    """Even when the file tries to: a rule that pays everybody passes detractors by."""
    generator = np.random.default_rng(seed)
    frame = people(nps=pd.array(nps, dtype="Int64"), network_value=generator.uniform(0, 100, len(nps)))
    rules = load_rules()
    generous = (*(rule for rule in rules if rule.incentive), *rules)
    table = next_steps(frame, generous)
    detractor = frame["nps"].le(6).fillna(False).to_numpy(dtype=bool)
    assert not (table["incentive"].to_numpy() & detractor).any()


def test_what_is_known_of_nobody_is_held_against_nobody() -> None:
    """Without any survey a customer can still be ranked; with one, those it did not reach need the more."""
    frame = people(
        topic_reach=[90.0, np.nan], persuasion=[80.0, 80.0], certified=[True, True], network_value=[70.0, 60.0]
    )
    table = shortlist(frame, load_weights())
    assert table["known_weight"].tolist() == pytest.approx([1.0, 4.0 / 5.5])
    assert table["rank"].tolist() == [1, 2]
    asked = shortlist(frame.assign(nps=[10.0, np.nan]), load_weights())
    assert asked["rank"].isna().tolist() == [False, True]
    nobody = shortlist(people(nps=[np.nan, np.nan]), load_weights())
    assert nobody["known_weight"].tolist() == [0.0, 0.0]
    assert nobody["rank"].isna().all()


WORDS = ("coupon", "review", "thank-you", "gift for a review", "rating", "call", "Voucher", "beta test")
CONDITIONS = (
    ("nps", "at_least", "9"),
    ("nps", "at_most", "6"),
    ("nps", "at_most", "8"),
    ("nps", "is", "3"),
    ("detractor", "is", "true"),
    ("detractor", "is", "false"),
    ("network_value", "at_least", "0"),
)


def written(step: str, why: str, paid: bool, wanted: str, when: list[tuple[str, str, str]]) -> str:
    """Return a rule as it stands in a file."""
    conditions = ", ".join(f'{{ column = "{column}", {how} = {value} }}' for column, how, value in when)
    asks_for = f'asks_for = "{wanted}"\n' if wanted else ""
    return (
        f'[[rule]]\nstep = "{step}"\nwhy = "{why}"\nincentive = {str(paid).lower()}\n{asks_for}when = [{conditions}]\n'
    )


@given(
    rules=st.lists(
        st.tuples(
            st.sampled_from(WORDS),
            st.sampled_from(WORDS),
            st.booleans(),
            st.sampled_from(("", "review", "reference")),
            st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=2),
        ),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=300, deadline=None)
def test_any_rules_file_is_refused_or_pays_no_detractor_and_no_review(
    tmp_path_factory: pytest.TempPathFactory, rules: list[tuple[str, str, bool, str, list[tuple[str, str, str]]]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any-rules.toml"
    path.write_text("".join(written(*rule) for rule in rules))
    try:
        accepted = load_rules(path)
    except ConfigError:
        return
    frame = people(nps=pd.array([None, *range(11)], dtype="Int64"), network_value=[50.0] * 12)
    table = next_steps(frame, accepted)
    unhappy = frame["nps"].le(6).fillna(False).to_numpy(dtype=bool)
    valuable = table["next_step"].fillna("").str.contains("coupon|gift|voucher", case=False).to_numpy(dtype=bool)
    assert not (unhappy & (valuable | table["incentive"].to_numpy(dtype=bool))).any()
    said = (table["next_step"].fillna("") + " " + table["why"].fillna("")).str.lower()
    opinion = said.str.contains("review|rating").to_numpy(dtype=bool)
    assert not (opinion & (valuable | table["incentive"].to_numpy(dtype=bool))).any()


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (
            '[[rule]]\nstep = "kind word"\nwhy = "w"\nincentive = true\nwhen = [{column="nps", at_most=5}]',
            "a detractor is never offered",
        ),
        (
            '[[rule]]\nstep = "kind word"\nwhy = "w"\nincentive = true\nwhen = [{column="detractor", is=true}]',
            "a detractor is never offered",
        ),
        (
            '[[rule]]\nstep = "a 5 pound voucher"\nwhy = "w"\nwhen = [{column="nps", at_least=9}]',
            "say `incentive = true`",
        ),
        (
            '[[rule]]\nstep = "kind word"\nwhy = "for a good rating"\nincentive = true\nwhen = [{column="nps", at_least=9}]',
            "never paid",
        ),
        (
            '[[rule]]\nstep = "x"\nwhy = "w"\nincentive = 1\nwhen = [{column="nps", at_least=9}]',
            "neither true nor false",
        ),
        ("[[rule", "is not valid TOML"),
        (
            '[[rule]]\nstep = "gift"\nwhy = "w"\nincentive = true\nasks_for = "review"\nwhen = [{column="nps", at_least=9}]',
            "never paid",
        ),
        (
            '[[rule]]\nstep = "paid review"\nwhy = "w"\nincentive = true\nwhen = [{column="nps", at_least=9}]',
            "never paid",
        ),
        ('[[rule]]\nstep = "x"\nwhy = "w"\nwhen = [{column="shoe_size", at_least=9}]', "unknown column `shoe_size`"),
        ('[[rule]]\nstep = "x"\nwhy = "w"\nwhen = [{column="nps", about=9}]', "needs one of"),
        ('[[rule]]\nstep = "x"\nwhy = "w"\nwhen = [{column="nps", at_least="high"}]', "needs a number"),
        ('[[rule]]\nstep = "x"\nwhen = [{column="nps", at_least=9}]', "`why` is missing"),
        ('[[rule]]\nstep = "x"\nwhy = "w"', "`when` is missing"),
        ('[[rule]]\nstep = "x"\nwhy = "w"\nif = 1\nwhen = [{column="nps", at_least=9}]', "unknown key `if`"),
        ("", "no `[[rule]]`"),
        ('rule = ["a"]', "a rule is a part `[[rule]]`"),
        ('rule = "a"', "a rule is a part `[[rule]]`"),
        ('[[rule]]\nstep = ["nice"]\nwhy = "w"\nwhen = [{column="nps", at_least=9}]', "`step` is not a text"),
        ('[[rule]]\nstep = "x"\nwhy = "w"\nwhen = 9', "a condition is a table"),
        ('[[rule]]\nstep = "x"\nwhy = "w"\nwhen = [{column=["nps"], at_least=9}]', "unknown column"),
        ('[[rule]]\nstep = "x"\nwhy = "w"\nwhen = [{column="nps", at_least=true}]', "needs a number"),
        ('[[rule]]\nstep = "x"\nwhy = "w"\nwhen = [{column="nps", is=[9]}]', "`is` needs true"),
    ],
)
def test_rules_are_checked(tmp_path: Path, text: str, finding: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=finding.replace("[", r"\[")):
        load_rules(path)
