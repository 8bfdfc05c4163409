"""What a run says about persuasion, in sentences that claim no more than the figures."""

from __future__ import annotations

from typing import Any

from influence.persuasion.wording import summary

RUN: dict[str, Any] = {
    "persuasion_naive": 1349.0,
    "persuasion_caused": 48.2,
    "persuasion_credit": 270.4,
    "persuasion_n1": 800.0,
    "persuasion_n2": -142.0,
    "persuasion_n2_low": -275.0,
    "persuasion_n2_high": -22.0,
    "persuasion_n3": 442.0,
    "persuasion_lag": 3.03,
    "persuasion_lag_low": 2.79,
    "persuasion_lag_high": 3.3,
    "persuasion_family": 964,
    "persuasion_certified": 11,
    "persuasion_window_days": 31.0,
    "persuasion_half_n2": -5.0,
    "persuasion_double_n2": -185.0,
    "persuasion_shuffled_ratio": 1.28,
    "persuasion_mirror_discoveries": 7,
    "persuasion_discoveries": 0,
    "persuasion_undated_share": 1.0,
    "persuasion_ties_dropped": 748,
    "persuasion_warnings": ["The log cannot carry the claim."],
}


def test_summary_when_everything_is_known_then_each_figure_of_the_sensitivity_block_is_said() -> None:
    said = " ".join(summary(RUN))
    for figure in (
        "1,349",
        "48",
        "270 purchases are credited",
        "442 from timing alone",
        "-142 (-275 to -22)",
        "3.03 (2.79 to 3.30)",
        "964",
        "11 are",
        "-5",
        "-185",
    ):
        assert figure in said
    for check in (
        "1.28",
        "finds 7 persuaders looking backwards (should be near 0), 0 forwards",
        "100%",
        "748 times did two friends",
    ):
        assert check in said
    assert "assumptions" in said


def test_summary_when_there_are_warnings_then_they_come_last_and_begin_with_careful() -> None:
    assert summary(RUN)[-1] == "Careful: The log cannot carry the claim."


def test_summary_when_a_figure_is_unknown_then_it_is_not_called_zero() -> None:
    known = {name: value for name, value in RUN.items() if "n2" not in name and "mirror" not in name}
    said = " ".join(summary(known))
    assert "unknown by observed minus calibrated expectation" in said
    assert "backwards" not in said


def test_summary_when_shared_taste_was_hardly_measured_then_no_interval_of_width_zero() -> None:
    known = {name: value for name, value in RUN.items() if not name.endswith(("_low", "_high"))}
    said = " ".join(summary(known))
    assert "buy 3.03 times as much alike" in said
    assert "-142 by observed minus calibrated expectation" in said
    del known["persuasion_lag"]
    assert "alike" not in " ".join(summary(known))


def test_summary_when_the_run_estimated_nothing_then_says_nothing() -> None:
    assert summary({"follow_ons": 12}) == []


def test_summary_when_the_shuffle_was_sampled_then_its_share_and_error_are_said() -> None:
    sampled = " ".join(summary({**RUN, "persuasion_shuffled_share": 0.021, "persuasion_shuffled_error": 0.0351}))
    assert "1.28 of what is expected (should be 1, standard error 0.035, counted on a sample of 2.1%)" in sampled
    whole = " ".join(summary({**RUN, "persuasion_shuffled_share": 1.0, "persuasion_shuffled_error": 0.29}))
    assert "(should be 1, standard error 0.290)" in whole
