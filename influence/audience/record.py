"""What the graph remembers of an export: who was in the file, who was held out, when and for whom.

`(:AudienceExport)-[:INCLUDED {arm}]->(:Customer)`. The record is written before the file, so that no file exists
that erasing a customer would not know of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from influence.errors import UsageProblem
from influence.graph import Graph
from influence.queries import saved_text

__all__ = [
    "Previous",
    "Recorded",
    "Standing",
    "arms",
    "close",
    "open_record",
    "previous",
    "recorded",
    "sent",
    "standing",
]

BATCH: Final = 10_000
"""Customers per statement."""


@dataclass(frozen=True)
class Standing:
    """A customer as the graph knows it at the moment of the export.

    Attributes:
        opted_out: Whether the customer refuses scoring and being reached.
        closed: Whether the account is closed at the moment of the export.
        stratum: Country and region, empty where unknown.
    """

    opted_out: bool
    closed: bool
    stratum: tuple[str, str]


@dataclass(frozen=True)
class Previous:
    """An earlier export of the same audience to the same receiver.

    Attributes:
        id: Its id.
        created_at: When it was made.
        written: People in its file.
    """

    id: str
    created_at: datetime
    written: int


@dataclass(frozen=True)
class Recorded:
    """What the graph knows of one export.

    Attributes:
        properties: How it was made, its counts, its files; scalars and lists.
        still_sent: People of its file whom the graph still knows.
        still_held_out: People of its control group whom the graph still knows.
    """

    properties: Mapping[str, Any]
    still_sent: int
    still_held_out: int


def asked(graph: Graph, name: str, customers: Sequence[str], **params: Any) -> Iterator[dict[str, Any]]:
    """Yield the answers of a saved statement over customers, a batch at a time."""
    text = saved_text("internal", name)
    for start in range(0, len(customers), BATCH):
        yield from graph.read(text, {**params, "rows": customers[start : start + BATCH]}, name=name).dicts()


def standing(graph: Graph, customers: Sequence[str], now: datetime) -> dict[str, Standing]:
    """Return how customers stand in the graph at an instant; those it does not hold are left out."""
    return {
        row["customer"]: Standing(row["opted_out"], row["closed"], (row["country"], row["region"]))
        for row in asked(graph, "audience-customers", customers, now=now)
    }


def arms(
    graph: Graph, customers: Sequence[str], segment: str, params: str, seed: int, holdout: float
) -> dict[str, str]:
    """Return the arm that customers had in the last export of the same audience, to whichever receiver.

    The receiver does not matter: who is held out of one must not be reached through another.
    """
    found = asked(graph, "audience-arms", customers, segment=segment, params=params, seed=seed, holdout=holdout)
    return {row["customer"]: row["arm"] for row in found}


def previous(graph: Graph, segment: str, params: str, platform: str) -> Previous | None:
    """Return the last export of the same audience to the same receiver, if there is one."""
    given = {"segment": segment, "params": params, "platform": platform}
    row = graph.read(saved_text("internal", "audience-previous"), given, name="audience-previous").single()
    return Previous(row["id"], row["created_at"], row["written"]) if row else None


def sent(graph: Graph, id: str) -> frozenset[str]:
    """Return everybody in the file of an earlier export whom the graph still knows."""
    rows = graph.read(saved_text("internal", "audience-sent"), {"id": id}, name="audience-sent").dicts()
    return frozenset(row["customer"] for row in rows)


def recorded(graph: Graph, id: str) -> Recorded:
    """Return what is on record about an export.

    Raises:
        UsageProblem: There is none of this id.
    """
    row = graph.read(saved_text("internal", "audience-show"), {"id": id}, name="audience-show").single()
    if row is None:
        raise UsageProblem(
            f"no export with the id `{id}`",
            code="export-not-found",
            hint="`influence audience list` shows those there are",
        )
    return Recorded(row["record"], row["still_sent"], row["still_held_out"])


def open_record(
    graph: Graph, id: str, run_id: str, now: datetime, properties: Mapping[str, Any], members: Mapping[str, str]
) -> None:
    """Write the record of an export that is about to be made.

    Args:
        graph: Where.
        id: Id of the export.
        run_id: Run whose scores chose the customers, or empty when none did.
        now: Instant of the export.
        properties: How it was made and its counts; scalars.
        members: Arm by customer id.
    """
    given = {"id": id, "run_id": run_id, "now": now, "properties": dict(properties)}
    graph.execute(saved_text("internal", "audience-record"), given, name="audience-record", run_id=run_id)
    graph.write_batches(
        saved_text("internal", "audience-include"),
        [{"customer": customer, "arm": arm} for customer, arm in members.items()],
        {"id": id, "run_id": run_id},
        name="audience-include",
        run_id=run_id,
        batch_size=BATCH,
    )


def close(graph: Graph, id: str, run_id: str, files: Mapping[str, str] | None) -> None:
    """Say that the files of an export exist, or that they could not be written.

    Args:
        graph: Where.
        id: Id of the export.
        run_id: As in `open_record`.
        files: SHA-256 by file name; `None` when writing failed.
    """
    given = {
        "id": id,
        "status": "failed" if files is None else "written",
        "files": list(files or ()),
        "digests": list((files or {}).values()),
    }
    graph.execute(saved_text("internal", "audience-finish"), given, name="audience-finish", run_id=run_id)
