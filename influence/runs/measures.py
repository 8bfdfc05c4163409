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
    Measure(
        "first_purchases",
        "First purchases",
        "purchases",
        "customer",
        "How many products the customer has bought for the first time until the day of the data; each is an "
        "occasion to be followed.",
        "4.1",
        "persuasion",
        5,
    ),
    Measure(
        "persuasion_exposures",
        "Friends who could follow",
        "exposures",
        "customer",
        "How often a friend who did not have the product yet saw the customer buy it, summed over purchases: "
        "the occasions that could have been followed.",
        "4.1",
        "persuasion",
        20,
    ),
    Measure(
        "persuasion_observed",
        "Observed follow-ons",
        "purchases",
        "customer",
        "Purchases by friends who could follow, of the same product, within the window after the customer's "
        "own. A count, not a proof.",
        "4.2",
        "persuasion",
        2,
    ),
    Measure(
        "persuasion_expected",
        "Expected follow-ons",
        "purchases",
        "customer",
        "How many of the observed follow-ons people with the same earlier behaviour would have made anyway in "
        "the same weeks, times the calibration factor for shared taste.",
        "4.2, 4.3",
        "persuasion",
        1,
    ),
    Measure(
        "persuasion_rate",
        "Persuasion rate",
        "purchases per exposure",
        "customer",
        "Extra purchases per friend who could follow, learned from all customers together, so that thin "
        "evidence is drawn towards the crowd. The headline ranking.",
        "4.4",
        "persuasion",
        0.005,
    ),
    Measure(
        "extra_purchases",
        "Extra purchases",
        "purchases",
        "customer",
        "Purchases of friends that the customer brought about: persuasion rate times exposures, an estimate "
        "under stated assumptions.",
        "4.4",
        "persuasion",
        1,
    ),
    Measure(
        "p_none",
        "Chance of no persuasion",
        "probability",
        "customer",
        "Probability that the customer persuades nobody at all, given what was seen.",
        "4.4",
        "persuasion",
        0.1,
    ),
    Measure(
        "persuasion_lift",
        "Persuasion lift",
        "ratio",
        "customer",
        "(observed + 2) / (expected + 2): how many times as many friends follow as expected, drawn towards 1 "
        "when little was seen.",
        "4.4",
        "persuasion",
        0.3,
    ),
    Measure(
        "persuasion_lift_low",
        "Lift, lower end",
        "ratio",
        "customer",
        "Lower end of the 90 % interval of the persuasion lift.",
        "4.4",
        "persuasion",
        0.3,
    ),
    Measure(
        "persuasion_lift_high",
        "Lift, upper end",
        "ratio",
        "customer",
        "Upper end of the 90 % interval of the persuasion lift.",
        "4.4",
        "persuasion",
        0.5,
    ),
    Measure(
        "persuasion_excess",
        "Excess follow-ons",
        "purchases",
        "customer",
        "Observed minus expected; may be negative.",
        "4.4",
        "persuasion",
        1,
    ),
    Measure(
        "attributable_fraction",
        "Attributable fraction",
        "share",
        "customer",
        "Share of the observed follow-ons above expectation, 1 - 1/lift and never below 0; it decides how "
        "much of a sale is credited.",
        "4.4",
        "persuasion",
        0.1,
    ),
    Measure(
        "persuasion_p",
        "Persuasion p-value",
        "probability",
        "customer",
        "Probability of at least as many follow-ons without any persuasion, given how alike the customer's "
        "friends buy long before and after.",
        "4.5",
        "persuasion",
    ),
    Measure(
        "persuasion_q",
        "Persuasion q-value",
        "probability",
        "customer",
        "Smallest false discovery rate at which the customer would count as a persuader, among all who could "
        "be judged.",
        "4.7",
        "persuasion",
    ),
    Measure(
        "persuasion_sigma",
        "Sigma",
        "sigma",
        "customer",
        "The p-value in standard deviations of a normal distribution, shown up to 8; six sigma is one in a billion.",
        "4.5",
        "persuasion",
        1,
    ),
    Measure(
        "timing_p",
        "Timing p-value",
        "probability",
        "customer",
        "Exact probability that friends' purchases fall so close behind the customer's by chance, given who "
        "bought at all. A second, independent certificate.",
        "4.6",
        "persuasion",
    ),
    Measure(
        "negative_p",
        "Negative p-value",
        "probability",
        "customer",
        "Probability of so few follow-ons by chance; only where at least 10 were expected.",
        "4.7",
        "persuasion",
    ),
    Measure(
        "certified_persuader",
        "Certified persuader",
        "flag",
        "customer",
        "q at most 0.10, lift at least 1.5 and timing p at most 0.20, with at least 5 first purchases and 3 "
        "friends. Everybody else is ranked, not certified.",
        "4.7",
        "persuasion",
    ),
    Measure(
        "persuasion_status",
        "Status of the evidence",
        "status",
        "customer",
        "ok, or insufficient_data below 5 first purchases or 3 friends: then nothing is known, which is not zero.",
        "1.1",
        "persuasion",
    ),
    Measure(
        "influenceability",
        "Influenceability",
        "share",
        "customer",
        "Share of the customer's own purchases shortly before which a friend bought the same.",
        "4.9",
        "persuasion",
        0.1,
    ),
    Measure(
        "influenced_share",
        "Share influenced",
        "share",
        "customer",
        "Credit that others earned for the customer's purchases, per own purchase.",
        "5.4",
        "persuasion",
        0.1,
    ),
    Measure(
        "specificity",
        "Specificity",
        "share",
        "customer",
        "1 when all excess lies in one topic, 0 when it is spread evenly. Not applicable without any excess.",
        "3.3",
        "persuasion",
        0.2,
    ),
    Measure(
        "cd_credit",
        "Credit distribution",
        "credit",
        "customer",
        "Credit by the rule of Goyal and others (2011), per own purchase: a baseline that shared taste earns, too.",
        "4.9",
        "persuasion",
        0.1,
    ),
    Measure(
        "goyal_bernoulli",
        "Follow-ons per purchase",
        "purchases",
        "customer",
        "Observed follow-ons per own purchase: a baseline without any expectation.",
        "4.9",
        "persuasion",
        0.1,
    ),
    Measure(
        "cascade_rank",
        "Cascade rank",
        "score",
        "customer",
        "PageRank over who persuaded whom, from the persuaded to the persuader and weighted by credit: high "
        "for those who persuade people who persuade others.",
        "4.9",
        "persuasion",
        0.2,
    ),
    Measure(
        "longest_chain",
        "Longest chain",
        "links",
        "customer",
        "Links of the longest chain of credited purchases of one product that begins with the customer.",
        "5.4",
        "persuasion",
        1,
    ),
    Measure(
        "topic_first_purchases",
        "First purchases in the topic",
        "purchases",
        "topic",
        "First purchases of products about the topic, by their weight.",
        "3.3",
        "persuasion",
        2,
    ),
    Measure(
        "topic_exposures",
        "Friends who could follow in the topic",
        "exposures",
        "topic",
        "Exposures from purchases of products about the topic, by their weight.",
        "3.3",
        "persuasion",
        10,
    ),
    Measure(
        "topic_observed",
        "Observed follow-ons in the topic",
        "purchases",
        "topic",
        "Observed follow-ons of products about the topic, by their weight.",
        "3.3",
        "persuasion",
        2,
    ),
    Measure(
        "topic_expected",
        "Expected follow-ons in the topic",
        "purchases",
        "topic",
        "Expected follow-ons of products about the topic, by their weight.",
        "3.3",
        "persuasion",
        1,
    ),
    Measure(
        "topic_excess",
        "Excess follow-ons in the topic",
        "purchases",
        "topic",
        "Observed minus expected in the topic; may be negative.",
        "3.3",
        "persuasion",
        1,
    ),
    Measure(
        "topic_lift",
        "Persuasion lift in the topic",
        "ratio",
        "topic",
        "The lift from purchases about the topic alone, drawn towards 1 when little was seen.",
        "3.3",
        "persuasion",
        0.3,
    ),
    Measure(
        "topic_lift_fallback",
        "Lift of all topics stands in",
        "flag",
        "topic",
        "Whether less than half a purchase was expected in the topic, so that the lift over all topics is shown.",
        "3.3",
        "persuasion",
    ),
    Measure(
        "topic_rate",
        "Persuasion rate in the topic",
        "purchases per exposure",
        "topic",
        "Persuasion rate fitted on pairs of customer and topic; the ranking of persuaders in a topic.",
        "4.4",
        "persuasion",
        0.005,
    ),
    Measure(
        "topic_extra_purchases",
        "Extra purchases in the topic",
        "purchases",
        "topic",
        "Purchases of friends that the customer brought about in the topic, an estimate under stated assumptions.",
        "4.4",
        "persuasion",
        1,
    ),
    Measure(
        "topic_audience",
        "Interested friends",
        "people",
        "topic",
        "Active friends who are interested in the topic.",
        "3.3",
        "context",
        3,
    ),
    Measure(
        "contextual_influence_index",
        "Contextual influence index",
        "percentile",
        "topic",
        "Percentile within the topic of excess per own purchase times interested friends, 0 to 100.",
        "3.3",
        "context",
        5,
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
