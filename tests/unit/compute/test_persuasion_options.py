"""The options of a run that reach the estimator, and make another run of the same data."""

from __future__ import annotations

import dataclasses

import pytest

from influence.compute.persuasion import parameters_of
from influence.compute.run import fingerprint
from influence.compute.work import ComputeOptions, parse_activity
from influence.errors import UsageProblem
from influence.persuasion.parameters import PersuasionParameters

GIVEN = {"window_days": 31.0, "activity_days": 730.0, "dependent_tests": True, "seed": 7}


@pytest.mark.parametrize(("name", "value"), GIVEN.items())
def test_option_when_given_then_reaches_the_estimator_and_makes_another_run(name: str, value: float) -> None:
    usual, options = ComputeOptions(), ComputeOptions(**{name: value})  # type: ignore[arg-type]
    assert parameters_of(options) == dataclasses.replace(parameters_of(usual), **{name: value})  # type: ignore[arg-type]
    assert fingerprint(options) != fingerprint(usual)


def test_options_when_left_out_then_those_of_the_published_figures() -> None:
    assert parameters_of(ComputeOptions(seed=PersuasionParameters().seed)) == PersuasionParameters()


def test_activity_when_no_time_or_zero_then_refused_with_its_own_name() -> None:
    assert parse_activity("730d") == 730
    for text in ("0d", "a year"):
        with pytest.raises(UsageProblem, match="`--activity`"):
            parse_activity(text)
