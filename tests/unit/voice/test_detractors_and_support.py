"""Detractors with reach, and support load, on small graphs worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from influence.errors import ComputeFailed
from influence.voice.detractors import DetractorRisk, detractor_risk, usual_churn
from influence.voice.support import Contacts, support_load

NAN = float("nan")


def risk(hazard_ratio: float | None = None, weights: list[float] | None = None) -> DetractorRisk:
    """0 and 1 are detractors; 0 knows 1, 2, 3 (3 twice); 1 knows 2; 4 is happy and knows 3."""
    rows = [[1, 2, 3, 3], [2], [], [], [3]]
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    targets = np.concatenate(rows).astype(np.int32)
    return detractor_risk(
        nps=[2.0, 6.0, 7.0, NAN, 10.0],
        edge_offsets=offsets,
        edge_targets=targets,
        edge_weight=np.array(weights or [1.0] * 6),
        clv=[1.0, 1.0, 100.0, 200.0, 900.0],
        p_alive=[1.0, 1.0, 0.5, 1.0, 1.0],
        base_churn=0.1,
        influencer=[False, True, False, False, False],
        hazard_ratio=hazard_ratio,
    )


def test_margin_at_risk_counts_a_shared_friend_once() -> None:
    result = risk()
    assert result.frame["margin_at_risk"].to_dict() == pytest.approx({0: 0.08 * (50 + 200), 1: 0.08 * 50})
    assert result.margin_at_risk == pytest.approx(0.08 * 250)
    assert result.frame["friends"].to_dict() == {0: 2, 1: 1}  # detractors are not at risk from one another
    assert result.frame["influencer"].to_dict() == {0: False, 1: True}
    assert (result.friends, result.hazard_ratio, result.source) == (2, 1.8, "literature")


def test_own_hazard_ratio_and_tie_weights() -> None:
    assert risk(2.8).margin_at_risk == pytest.approx(0.18 * 250)
    assert risk(2.8).source == "data"
    weighted = risk(weights=[1.0, 2.0, 1.0, 0.5, 4.0, 4.0])
    assert weighted.frame.loc[0, "exposure"] == 3.0
    assert weighted.frame.loc[0, "margin_at_risk"] == pytest.approx(0.08 * (0.5 * 50 + 0.25 * 200))
    assert weighted.margin_at_risk == pytest.approx(0.08 * (50 + 0.25 * 200))
    with pytest.raises(ComputeFailed):
        risk(0.9)


def test_friends_without_a_value_are_counted() -> None:
    result = detractor_risk(
        [3.0, NAN],
        np.array([0, 1, 1]),
        np.array([1], dtype=np.int32),
        np.ones(1),
        [NAN, NAN],
        [NAN, NAN],
        0.1,
        [False, False],
    )
    assert (result.unvalued, result.margin_at_risk) == (1, 0.0)


def contacts(cost: list[float], solved_by: list[int], saved: list[float]) -> Contacts:
    return Contacts(
        np.array([0, 0, 1, 1, 2], dtype=np.int32),
        np.array(["telephone", "mail", "forum", "forum", "forum"]),
        np.array(cost),
        np.array(solved_by, dtype=np.int32),
        np.array(saved),
    )


def test_support_load_and_what_peers_saved() -> None:
    table = support_load(contacts([900.0, 300.0, 100.0, NAN, 0.0], [-1, -1, 3, 1, 3], [NAN, NAN, NAN, NAN, 777.0]), 4)
    assert table["contacts"].tolist() == [2, 2, 1, 0]
    assert table["cost"].tolist()[0] == 1200.0
    assert np.isnan(table.loc[1, "cost"])
    assert table["peer_answers"].tolist() == [0, 0, 0, 2]  # 1 answered herself: no peer
    assert table.loc[3, "saved"] == (600.0 - 100.0) + 777.0


def test_savings_without_any_staff_cost_are_unknown() -> None:
    unknown = contacts([NAN] * 5, [-1, -1, 3, -1, -1], [NAN] * 5)
    assert np.isnan(support_load(unknown, 4).loc[3, "saved"])
    assert support_load(unknown, 4, staff_cost=500.0).loc[3, "saved"] == 500.0


def test_usual_churn_is_purchases_in_the_window_while_a_customer_times_drop_out() -> None:
    # 12 purchases expected in the horizon though half gone: 24 while a customer, 2 of them in a twelfth of the horizon
    churn = usual_churn([12.0, 240.0, 0.0, NAN], [0.5, 0.5, 0.0, 0.5], 0.1, 1 / 12)
    assert churn[:2].tolist() == pytest.approx([0.2, 1.0])
    assert np.isnan(churn[2:]).all()
