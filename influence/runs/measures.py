"""What each score means, in words: the catalogue behind `influence compute list` and the glossary of reports."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal

from influence.errors import UsageProblem

__all__ = ["MEASURES", "Measure", "measure"]

Place = Literal["customer", "topic", "community"]


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes:
        name: Property on the node it is kept on.
        title: Name for people.
        unit: What it is counted in.
        on: `customer` (`:Score`), `topic` (`:TopicScore`) or `community` (`:Community`).
        definition: What it says, in plain words, with its edge cases.
        section: Section of docs/metrics.md with the formula.
        group: Topic in lists: reach, context, persuasion, communities, value, voice.
        telling: Smallest change between two runs that is worth telling, in the unit.
    """

    name: str
    title: str
    unit: str
    on: Place
    definition: str
    section: str
    group: str
    telling: float = 0.0


MEASURES: Final[tuple[Measure, ...]] = (
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
        "start from every customer up to 2,000 customers, from a seeded sample of 512 beyond. Unknown without friends.",
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
    Measure(
        "follow_on_count",
        "Follow-on purchases",
        "purchases",
        "customer",
        "How often a friend who listens bought the same product for the first time within the window (28 days unless "
        "the run says otherwise) after the customer's own first purchase. Purchases at the same instant count for "
        "neither. A count, not proof: friends share tastes.",
        "4.1",
        "persuasion",
        3,
    ),
    Measure(
        "topic_affinity",
        "Affinity to the topic",
        "share",
        "topic",
        "How much of the customer's interest is in the topic, 0 to 1: first purchases in it and a declared interest, "
        "over those in all topics, smoothed by 0.2 per topic.",
        "3.2",
        "context",
        0.05,
    ),
    Measure(
        "interest_declared",
        "Interest declared",
        "flag",
        "topic",
        "Whether the customer said to be interested in the topic.",
        "3.2",
        "context",
    ),
    Measure(
        "topic_reach",
        "Topic reach",
        "share",
        "topic",
        "Share of all attention in the topic that ends up with the customer, when everybody listens to friends in "
        "proportion to their purchases in the topic and to how alike their tastes are. The shares of all customers "
        "add up to 1. Not applicable to topics with fewer than 30 interested customers.",
        "3.2",
        "context",
        0.001,
    ),
    Measure(
        "follow_on_count",
        "Follow-on purchases in the topic",
        "purchases",
        "topic",
        "Follow-on purchases of products about the topic. A product about several topics counts in each of them.",
        "4.1",
        "persuasion",
        2,
    ),
    Measure("size", "Members", "people", "community", "Number of members.", "7", "communities"),
    Measure(
        "modularity_share",
        "Share of modularity",
        "share",
        "community",
        "How many more ties are inside than chance would put there, as a share of all ties. Adds up to the modularity "
        "of the run.",
        "7",
        "communities",
    ),
    Measure(
        "conductance",
        "Conductance",
        "share",
        "community",
        "Share of the community's ties that lead out of it, 0 for a closed circle. Unknown when nobody is outside.",
        "7",
        "communities",
    ),
    Measure("hubs", "Hubs", "people", "community", "Number of members who are hubs.", "7", "communities"),
    Measure("bridges", "Bridges", "people", "community", "Number of members who are bridges.", "7", "communities"),
)
"""All measures, in the order of lists."""


def measure(name: str) -> list[Measure]:
    """Return the measures of a name: one, or one per kind of node it is kept on.

    Raises:
        UsageProblem: There is none; says the closest.
    """
    found = [one for one in MEASURES if one.name == name.lower().replace("-", "_")]
    if not found:
        guess = get_close_matches(name.lower().replace("-", "_"), [one.name for one in MEASURES], n=1)
        raise UsageProblem(
            "no measure of this name",
            code="measure-not-found",
            hint=(f"did you mean `{guess[0]}`? " if guess else "") + "Run `influence compute list` to see all",
            closest=guess[0] if guess else None,
        )
    return found
