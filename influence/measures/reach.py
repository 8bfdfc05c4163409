"""Reach: whom a customer knows, hears and joins."""

from __future__ import annotations

from typing import Final

from influence.measures.measure import Measure

__all__ = ["REACH"]

REACH: Final = (
    Measure(
        "friend_count",
        "Friends",
        "people",
        "customer",
        "How many different people are tied to the customer on the day of the data, in either direction. Ties that "
        "have ended and people who have left do not count; two ties with one person count once.",
        "3.1",
        "reach",
        5,
    ),
    Measure(
        "friends_in",
        "People who listen",
        "people",
        "customer",
        "How many people the customer can influence: followers, and friends where ties have no direction.",
        "3.1",
        "reach",
        5,
    ),
    Measure(
        "friends_out",
        "People listened to",
        "people",
        "customer",
        "How many people can influence the customer: those the customer follows, and friends.",
        "3.1",
        "reach",
        5,
    ),
    Measure(
        "friends_mutual",
        "Friends both ways",
        "people",
        "customer",
        "How many people are tied to the customer in both directions. Equal to the friend count where ties have no "
        "direction.",
        "3.1",
        "reach",
        5,
    ),
    Measure(
        "two_hop_reach",
        "Friends and their friends",
        "people",
        "customer",
        "How many different people hear of something when the customer tells those who listen, and they tell those "
        "who listen to them. Exact up to a million ties and wherever it can be counted in about a minute; beyond, an "
        "estimate whose standard error the run states (`two_hop_error`).",
        "3.1",
        "reach",
        20,
    ),
    Measure(
        "super_connector",
        "Super-connector",
        "flag",
        "customer",
        "Whether the customer has exceptionally many friends for this crowd: at least the 99th percentile and at "
        "least median * exp(3 * MAD of ln(1 + friends)). Unknown when fewer than 100 customers are scored.",
        "3.1",
        "reach",
    ),
    Measure(
        "friends_over_100",
        "Over 100 friends",
        "flag",
        "customer",
        "Whether the friend count is above 100; the plain cut, beside the rule for super-connectors.",
        "3.1",
        "reach",
    ),
    Measure(
        "friends_over_1000",
        "Over 1,000 friends",
        "flag",
        "customer",
        "Whether the friend count is above 1,000; the plain cut, beside the rule for super-connectors.",
        "3.1",
        "reach",
    ),
    Measure(
        "page_rank",
        "PageRank",
        "score",
        "customer",
        "How much attention gathers at the customer when everybody passes theirs on to those they listen to, damping "
        "0.85. About 1 on average. Unknown when the graph has no ties.",
        "3.1",
        "reach",
        0.5,
    ),
    Measure(
        "page_rank_percentile",
        "PageRank percentile",
        "percentile",
        "customer",
        "Share of the scored customers with a lower PageRank, 0 to 100, ties at their average rank.",
        "1.1",
        "reach",
        5,
    ),
    Measure(
        "broker_score",
        "Broker score",
        "percentile",
        "customer",
        "How often the customer lies on shortest paths between others, as a percentile of the scored customers. Paths "
        "start from every customer up to 2,000 customers, from a seeded sample of 64 to 512 beyond (the run states it, "
        "`betweenness_starts`). Unknown without friends.",
        "3.1",
        "reach",
        5,
    ),
    Measure(
        "component_size",
        "Connected part",
        "people",
        "customer",
        "How many people are connected with the customer through any chain of ties, the customer included. A broker "
        "score means little in a small part.",
        "3.1",
        "reach",
        50,
    ),
    Measure(
        "external_reach",
        "Followers elsewhere",
        "followers",
        "customer",
        "Followers over the customer's profiles on other networks, the largest profile per network. Unknown when no "
        "profile says a number; not 0. For people who influence many without buying, such as a columnist.",
        "3.1",
        "reach",
        100,
    ),
    Measure(
        "access",
        "Access",
        "percentile",
        "customer",
        "Whether the people who listen to the customer are listened to themselves: percentile of the mean PageRank of "
        "those contacts, weighted by tie and drawn to the mean of all by three. The assistant who talks to the "
        "president scores high although few know them. Unknown without contacts.",
        "3.1",
        "reach",
        5,
    ),
    Measure(
        "community",
        "Community",
        "id",
        "customer",
        "Number of the group of customers who know each other more than they know others (Leiden on mutual ties, "
        "seeded), from 1 by size. No community for customers on their own. Numbers differ between runs.",
        "7",
        "communities",
    ),
    Measure(
        "community_role",
        "Role in the community",
        "role",
        "customer",
        "hub: at least 3 friends inside and 2 standard deviations more than the mean member; bridge: friends spread "
        "over several communities (participation at least 0.5); peripheral: the others; none: no community.",
        "7",
        "communities",
    ),
)
