"""Last.fm HetRec 2011 as a shop: real friends, real choices over time, real topics.

1,892 listeners, their 12,717 mutual friendships and 186,479 tags on 18,022 artists, collected for the second
HetRec workshop (2011) and shipped with the graphdatascience package for non-commercial use. A listener is a
customer, an artist a product, the first tag a listener gives an artist is the purchase, a tag is a topic.
The months of tagging are known, not the days; names of artists and tags are not in the package.
"""

from __future__ import annotations

import importlib.resources
from pathlib import Path

import pandas as pd

from influence.worlds.dataset import write_dataset

__all__ = ["FIRST_YEAR", "TOPIC_FLOOR", "WINDOW_DAYS", "write_lastfm"]

FIRST_YEAR = 2005
"""Earlier years are wrong dates: Last.fm had no tags before."""
WINDOW_DAYS = 31
"""Dates are whole months, so that the next month is at most 31 days away."""
TOPIC_FLOOR = 20
"""A tag becomes a topic when at least this many listeners use it; rarer tags are private notes."""


def read_table(name: str) -> pd.DataFrame:
    """Return one table of the data set from the installed graphdatascience package."""
    source = importlib.resources.files("graphdatascience") / "resources" / "lastfm" / f"{name}.parquet.gzip"
    with importlib.resources.as_file(source) as path:
        return pd.read_parquet(path)


def write_lastfm(folder: Path) -> None:
    """Write the data set as a dataset folder for `influence load`, whole or not at all.

    Raises:
        UsageProblem: The folder exists and is not empty, or cannot be written.
    """
    tags = read_table("user_tag_artist_rels")
    tags = tags[tags["year"] >= FIRST_YEAR].copy()
    tags["user"] = "user-" + tags["sourceNodeId"].astype(str).str.zfill(4)
    tags["artist"] = "artist-" + tags["targetNodeId"].astype(str)
    tags["tag"] = "tag-" + tags["tagID"].astype(str).str.zfill(5)
    # the package's time stamps are local midnights; year, month and day are what the source says
    tags["at"] = pd.to_datetime(tags[["year", "month", "day"]], utc=True)

    users = read_table("user_nodes")
    artists = read_table("artist_nodes")
    friends = read_table("user_friend_df_directed")
    popular = tags.groupby("tag")["user"].nunique()
    topics = popular[popular >= TOPIC_FLOOR].index
    about = tags[tags["tag"].isin(topics)].groupby(["artist", "tag"])["user"].nunique().reset_index(name="weight")
    first = tags.sort_values(["at", "user", "artist"]).drop_duplicates(["user", "artist"])

    user_ids = "user-" + users["nodeId"].astype(str).str.zfill(4)
    one = "user-" + friends[["sourceNodeId", "targetNodeId"]].min(axis=1).astype(str).str.zfill(4)
    other = "user-" + friends[["sourceNodeId", "targetNodeId"]].max(axis=1).astype(str).str.zfill(4)
    tables = {
        "customers": pd.DataFrame({"customer_id": sorted(user_ids)}),
        "products": pd.DataFrame({"product_id": sorted("artist-" + artists["nodeId"].astype(str))}),
        "topics": pd.DataFrame({"topic_id": sorted(topics)}),
        "product_topics": about.rename(columns={"artist": "product_id", "tag": "topic_id"}),
        "friendships": pd.DataFrame({"customer_id": one, "friend_id": other}).drop_duplicates(),
        "purchases": pd.DataFrame(
            {
                "line_id": first["user"] + "/" + first["artist"],
                "customer_id": first["user"],
                "product_id": first["artist"],
                "at": first["at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "quantity": 1,
            }
        ),
    }
    write_dataset(folder, tables, hint="remove it; the demo writes it again")
