"""Targets: bounds are inclusive, unknown is missed, and the list is the one of metrics.md section 12."""

from __future__ import annotations

import pandas as pd
import pytest

from influence.worlds.targets import TARGETS, Target, judge


def measured(*values: float, world: str = "A", measure: str = "power") -> pd.DataFrame:
    return pd.DataFrame(
        [{"world": world, "seed": i, "measure": measure, "value": v} for i, v in enumerate(values, start=1)]
    )


@pytest.mark.parametrize(
    ("low", "high", "value", "met"),
    [
        (0.5, None, 0.5, True),
        (0.5, None, 0.49, False),
        (None, 0.1, 0.1, True),
        (None, 0.1, 0.11, False),
        (0.75, 1.25, 0.7, False),
        (0.75, 1.25, 1.3, False),
        (0.75, 1.25, 1.0, True),
        (None, 0.1, float("nan"), False),
    ],
)
def test_bounds(low: float | None, high: float | None, value: float, met: bool) -> None:
    assert Target("K", "check", "A", "power", low, high).met_by(value) is met


def test_the_mean_over_seeds_decides() -> None:
    target = Target("K5", "power", "A", "power", low=0.5)
    found = judge(measured(0.4, 0.7), [target])
    assert found["result"].tolist() == ["met"]
    assert found["measured"].tolist() == [pytest.approx(0.55)]
    assert found["sd"].tolist() == [pytest.approx(0.2121, abs=1e-4)]
    assert judge(measured(0.4, 0.5), [target])["result"].tolist() == ["missed"]


def test_a_measure_unknown_for_one_seed_or_absent_is_missed() -> None:
    target = Target("K5", "power", "A", "power", low=0.5)
    assert judge(measured(0.9, float("nan")), [target])["result"].tolist() == ["missed"]
    assert judge(measured(0.9, measure="fdp"), [target])["result"].tolist() == ["missed"]


def test_worlds_not_evaluated_have_no_verdict() -> None:
    assert judge(measured(0.9, world="B"), [Target("K5", "power", "A", "power", low=0.5)]).empty


def test_every_target_of_the_specification_for_worlds_is_there() -> None:
    counts = pd.Series([target.id for target in TARGETS]).value_counts().to_dict()
    assert counts == {
        "K1": 2,
        "K2": 4,
        "K3": 2,
        "K4": 4,
        "K5": 4,
        "K6": 4,
        "K7": 4,
        "K8": 12,  # four of the estimate, eight of the credit, which section 12 does not have
        "K9": 8,
        "K10": 2,
        "K11": 3,
        "K12": 4,
        "K13": 2,
        "K14": 1,
        "K15": 1,
        "K25": 3,
        "K26": 6,
        "K20": 2,
        "K22": 2,
    }
    assert len({(target.world, target.measure) for target in TARGETS}) == len(TARGETS)
