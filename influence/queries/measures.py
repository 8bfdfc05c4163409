"""The measures that a run may hold, by the name of their property, with their unit (metrics.md section 13)."""

from __future__ import annotations

from typing import Final

__all__ = ["MEASURES"]

MEASURES: Final[dict[str, str]] = {
    # reach: on :Score
    "friend_count": "people",
    "friends_in": "people",
    "friends_out": "people",
    "friends_mutual": "people",
    "two_hop_reach": "people",
    "super_connector": "flag",
    "friends_over_100": "flag",
    "friends_over_1000": "flag",
    "page_rank": "score",
    "broker_score": "percentile",
    "component_size": "people",
    "external_reach": "followers",
    "access": "percentile",
    "community": "id",
    "community_role": "role",
    # reach: on :TopicScore
    "topic_reach": "share",
    "topic_affinity": "share",
    "interest_declared": "flag",
    # persuasion: on :Score, some on :TopicScore too
    "follow_on_count": "purchases",
    "ties_dropped": "purchases",
    "persuasion_expected": "purchases",
    "persuasion_lift": "ratio",
    "persuasion_lift_low": "ratio",
    "persuasion_lift_high": "ratio",
    "persuasion_rate": "per exposure",
    "extra_purchases": "purchases",
    "p_none": "probability",
    "persuasion_excess": "purchases",
    "persuasion_sigma": "sigma",
    "persuasion_p": "probability",
    "persuasion_q": "probability",
    "timing_p": "probability",
    "certified_persuader": "flag",
    "persuasion_status": "status",
    "topic_lift": "ratio",
    "topic_persuasion": "ratio",
    "audience": "people",
    "contextual_influence_index": "percentile",
    "specificity": "share",
    "influenceability": "share",
    "cd_credit": "credit",
    # value: on :Score
    "past_customer_value": "money",
    "clv": "money",
    "p_alive": "probability",
    "rfm": "class",
    "share_of_wallet": "share",
    "referral_funnel": "counts",
    "crv": "money",
    "extended_customer_revenue": "money",
    "lifetime_referral_value": "money",
    "civ": "money",
    "clnv": "money",
    "cev": "money",
    "return_on_relationship": "ratio",
    "value_matrix": "class",
    "hidden_wealth": "ranks",
    # voice and community: on :Score or :Community
    "nps": "points",
    "ces": "points",
    "intent_action_gap": "share",
    "detractor_exposure": "people",
    "churn_contagion": "ratio",
    "community_lift_raw": "percent",
    "community_lift_matched": "percent",
}
"""Unit by measure. A new measure gets a line here before a header may name it."""
