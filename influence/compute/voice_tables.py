"""What customers say and do, read from the graph as columns over customer numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from influence.graph import Graph
from influence.queries import saved_text
from influence.snapshot.arrays import Float64, Ids, Int32, Int64, Snapshot
from influence.voice.advocacy import Steps
from influence.voice.support import Contacts
from influence.voice.survey import Answers

__all__ = ["Memberships", "VoiceTables", "read_voice"]

Columns = Mapping[str, NDArray[Any]]

TABLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "responses": {"customer_id": str, "kind": str, "score": np.float64, "at": np.int64},
    "contacts": {
        "customer_id": str,
        "channel": str,
        "at": np.int64,
        "cost": np.float64,
        "saved": np.float64,
        "currency": str,
        "solved_by": str,
        "solved_at": np.int64,
    },
    "memberships": {"customer_id": str, "group_id": str, "joined_at": np.int64, "left_at": np.int64},
    "advocacy": {"customer_id": str, "kind": str, "status": str, "at": np.int64},
    "referrals": {"customer_id": str, "referred_id": str, "at": np.int64},
    "willingness": {"customer_id": str, "willingness": np.float64, "segment": str},
}
"""Columns of each `voice-…` statement."""


@dataclass(frozen=True)
class Memberships:
    """Memberships of the firm's own customer community. k memberships that had begun at the as-of instant.

    Attributes:
        customer: [k] who.
        group: [k] number of the group.
        joined: [k] instant, `ALWAYS` if unknown.
        left: [k] instant, `NEVER` if not.
    """

    customer: Int32
    group: Int64
    joined: Int64
    left: Int64


@dataclass(frozen=True)
class VoiceTables:
    """Everything that was said and done until the as-of instant; n customers, numbered as in the snapshot.

    Attributes:
        answers: Survey answers by kind: `nps`, `ces`, `influence`.
        contacts: Support contacts.
        contact_open: [contacts] bool, neither solved by a customer nor marked as solved.
        solving_known: Whether the data say when a contact was solved; else nothing is known to be open.
        memberships: Memberships.
        steps: Advocacy and the way to it.
        referrals: [n] int64 people invited.
        willingness: [n] 0-10, NaN if not asked.
        segment: [n] code of the segment.
    """

    answers: Mapping[str, Answers]
    contacts: Contacts
    contact_open: NDArray[np.bool_]
    solving_known: bool
    memberships: Memberships
    steps: Steps
    referrals: Int64
    willingness: Float64
    segment: Int64


def read_voice(graph: Graph, snapshot: Snapshot) -> VoiceTables:
    """Read what customers say and do; nothing dated after the as-of instant of the snapshot."""
    ids, as_of = snapshot.customer_ids, snapshot.as_of
    responses = until(read(graph, "responses"), "at", as_of)
    contacts = until(read(graph, "contacts"), "at", as_of)
    members = until(read(graph, "memberships"), "joined_at", as_of)
    advocacy = until(read(graph, "advocacy"), "at", as_of)
    referrals = until(read(graph, "referrals"), "at", as_of)
    people = read(graph, "willingness")
    willingness = np.full(snapshot.customers, np.nan)
    segment = np.zeros(snapshot.customers, np.int64)
    place = places(ids, people["customer_id"])
    willingness[place] = people["willingness"]
    segment[place] = np.unique(people["segment"], return_inverse=True)[1]
    # amounts of several currencies cannot be added up: then the contacts count, and what they cost is unknown
    mixed = len(set(contacts["currency"].tolist()) - {""}) > 1
    solved = (contacts["solved_at"] <= as_of) | (contacts["solved_by"] != "")
    return VoiceTables(
        answers={kind: answers(ids, responses, kind) for kind in ("nps", "ces", "influence")},
        contacts=Contacts(
            customer=places(ids, contacts["customer_id"]),
            channel=contacts["channel"],
            cost=contacts["cost"] * (np.nan if mixed else 1.0),
            solved_by=places(ids, contacts["solved_by"]),
            saved=contacts["saved"] * (np.nan if mixed else 1.0),
        ),
        contact_open=~solved,
        solving_known=bool((contacts["solved_at"] <= as_of).any()),
        memberships=Memberships(
            customer=places(ids, members["customer_id"]),
            group=np.unique(members["group_id"], return_inverse=True)[1].astype(np.int64),
            joined=members["joined_at"],
            left=members["left_at"],
        ),
        steps=Steps(
            customer=places(ids, advocacy["customer_id"]),
            kind=advocacy["kind"],
            status=advocacy["status"],
            at=advocacy["at"],
        ),
        referrals=np.bincount(places(ids, referrals["customer_id"]), minlength=snapshot.customers).astype(np.int64),
        willingness=willingness,
        segment=segment,
    )


def read(graph: Graph, table: str) -> Columns:
    """Read one table."""
    name = f"voice-{table}"
    return graph.read_columns(saved_text("internal", name), name=name, dtypes=TABLES[table])


def until(columns: Columns, when: str, as_of: int) -> Columns:
    """Return the rows that are not dated after the as-of instant."""
    kept = columns[when] <= as_of
    return {name: column[kept] for name, column in columns.items()}


def places(ids: Ids, names: NDArray[np.str_]) -> Int32:
    """Return the number of each customer id, -1 for an empty text or somebody who is no customer."""
    if not len(ids):
        return np.full(len(names), -1, np.int32)
    place = np.minimum(np.searchsorted(ids, names), len(ids) - 1)
    return np.where(ids[place] == names, place, -1).astype(np.int32)


def answers(ids: Ids, responses: Columns, kind: str) -> Answers:
    """Return the answers of one kind."""
    rows = responses["kind"] == kind
    return Answers(
        customer=places(ids, responses["customer_id"][rows]), score=responses["score"][rows], at=responses["at"][rows]
    )
