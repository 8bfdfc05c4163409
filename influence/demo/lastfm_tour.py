"""Five questions about Last.fm, from connections to evidence; the last two are about the same listener."""

from __future__ import annotations

from typing import Final

from influence.compute import ComputeOptions
from influence.demo.lastfm import WINDOW_DAYS, write_lastfm
from influence.demo.tour import Demo, Question, Row

__all__ = ["LASTFM"]


def friends(number: int) -> str:
    """Return a number of friends in words."""
    return "1 friend" if number == 1 else f"{number:,} friends"


def super_connectors(rows: list[Row]) -> str:
    """Say how far the best-connected customer reaches."""
    top = rows[0]
    return (
        f"{top['customer_id']} knows {top['friends']:,} people and reaches {top['two_hop_reach']:,} through them: "
        "good for spreading news, but knowing many people is not the same as persuading them."
    )


def top_by_topic(rows: list[Row]) -> str:
    """Say that influence has a context."""
    top = rows[0]
    return (
        f"In {top['topic_id']} the attention goes to {top['customer_id']} first "
        f"({top['topic_reach']:.1%} of all attention in the topic, with {friends(top['friends'])}): "
        "influence in one topic is not influence in another."
    )


def people_with_access(rows: list[Row]) -> str:
    """Say that position counts."""
    top = rows[0]
    return (
        f"{top['customer_id']} has only {friends(top['friends'])}, "
        f"one of them {top['best_friend']} who knows {top['best_friend_friends']:,} people: "
        "an assistant who talks to the president."
    )


def persuaders(rows: list[Row]) -> str:
    """Say what lift is."""
    top = rows[0]
    return (
        f"After {top['customer_id']} friends chose the same artist {top['observed']:,} times within a month, where "
        f"{top['expected']:,.1f} would have done so anyway: a lift of {top['lift']:.1f} "
        f"({top['lift_low']:.1f} to {top['lift_high']:.1f}), "
        f"{'certified' if top['certified'] else 'not certified'}."
    )


def why_persuader(rows: list[Row]) -> str:
    """Say what the evidence behind a lift is."""
    top = rows[0]
    chance = "" if top["one_in"] is None else f"; by chance that happens to one such artist in {top['one_in']:,.0f}"
    return (
        f"The evidence, artist by artist: {friends(top['follow_ons'])} followed with {top['product_id']}, where "
        f"{top['expected']:,.2f} were expected{chance}."
    )


LASTFM: Final = Demo(
    home="demo",
    source="last.fm",
    title="Last.fm",
    write=write_lastfm,
    options=ComputeOptions(window_days=WINDOW_DAYS),
    questions=(
        Question("super-connectors", super_connectors),
        Question("top-by-topic", top_by_topic, {"topic": "tag-00073"}),
        Question("people-with-access", people_with_access, {"max_friends": "5"}),
        Question("persuaders", persuaders),
        Question("why-persuader", why_persuader, about="persuaders"),
    ),
    trust="How far to trust answers 4 and 5 (`influence runs show` says more):",
    cautions=("persuasion_warnings",),
    onward="""
Look further into the demo:
  export INFLUENCE_HOME={home}
  influence report list                                     every question that has a saved answer
  influence report run persuasion-summary                   how many choices were caused, and how sure that is
  influence report run who-persuaded-whom                   pairs, with the credit for each sale shared out
  influence customer show ID                                one listener on one page
  influence segment run influencers-of-topic -p topic=tag-00073 --out rock.csv
  influence server stop                                     it ends by itself after 30 idle minutes

A shop with money in it:
  unset INFLUENCE_HOME
  influence demo --shop                                     what customers are worth, and what they say

Then your own data:
  influence load init my-data                               an empty dataset folder with a mapping to fill in
  influence load run my-data && influence compute run

Last.fm HetRec 2011 data are for non-commercial use (second HetRec workshop, 2011; Last.fm).""",
)
