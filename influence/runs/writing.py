"""Scores into the graph in batches under the fencing token, then proof that what arrived is what was computed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from influence.errors import ComputeFailed
from influence.graph import Graph
from influence.lease import Lease
from influence.progress import Progress
from influence.queries import saved_text
from influence.runs.records import RunRecord
from influence.scores import Pairs, ScoreFrames, python_values
from influence.snapshot.arrays import Snapshot

__all__ = ["Written", "read_scores", "recorded", "verify_run", "verify_scores", "write_scores"]

BATCH_NODES: Final = 5_000
"""Score and topic score nodes per transaction."""

APART: Final = ("community:", "pair:", "evidence:", "referral:")
"""Prefixes of figures that are kept elsewhere than on scores and topic scores."""

Column = NDArray[Any]


@dataclass(frozen=True)
class Written:
    """What a run wrote, as it was computed.

    Attributes:
        scores, topic_scores, communities, pairs, evidence, referrals: Numbers of each.
        keys: SHA-256 of the ids they belong to, by the prefix below.
        checksums: SHA-256 of the values of each measure in the order of their keys. The names of topic measures
            begin with `topic:`, of communities with `community:`, of pairs with `pair:`, of evidence with `evidence:`,
            of referrals with `referral:`.
    """

    scores: int
    topic_scores: int
    communities: int
    pairs: int
    evidence: int
    referrals: int
    keys: Mapping[str, str]
    checksums: Mapping[str, str]

    @property
    def measures(self) -> list[str]:
        """Names of the measures of customers and of customers and topics, sorted."""
        kept = (name.removeprefix("topic:") for name in self.checksums if not name.startswith(APART))
        return sorted(set(kept))

    def properties(self) -> dict[str, Any]:
        """Return what the run's node keeps of it: enough to prove at any later time that nothing has changed."""
        return {
            "customers": self.scores,
            "topic_scores": self.topic_scores,
            "communities": self.communities,
            "pairs": self.pairs,
            "evidence": self.evidence,
            "referrals": self.referrals,
            "measures": self.measures,
            "checksums": [f"{name}={value}" for name, value in sorted(self.checksums.items())],
            "key_checksums": [f"{name}={value}" for name, value in sorted(self.keys.items())],
        }


def write_scores(
    graph: Graph,
    lease: Lease,
    snapshot: Snapshot,
    scored: NDArray[np.bool_],
    frames: ScoreFrames,
    progress: Progress,
) -> Written:
    """Write the results of a run under its id, in batches that each prove first that the lease is held.

    Args:
        graph: Where.
        lease: The lease of the run.
        snapshot: Names the customers and topics of the frames.
        scored: [n] customers who get a score; rows of others are left out.
        frames: The results of all stages.
        progress: Where to say how far the writing is.

    Raises:
        LeaseLost: Another run has taken over; what was written stays unpublished.
    """
    chosen = np.flatnonzero(scored)
    topics = frames.topics
    kept = np.flatnonzero(scored[topics.customer]) if topics is not None else np.empty(0, np.int64)
    total = len(chosen) + len(kept)
    with progress.task("writing scores", total, "scores") as task:
        for rows in batches(snapshot, chosen, kept, frames):
            send(graph, lease, "score-write", rows)
            task.advance(sum(1 + len(row["topics"]) for row in rows))
    groups = community_rows(frames)
    for first in range(0, len(groups), BATCH_NODES):
        send(graph, lease, "score-write-communities", groups[first : first + BATCH_NODES])
    pairs = pair_rows(snapshot, scored, frames.pairs)
    with progress.task("writing pairs", len(pairs), "pairs") as task:
        for first in range(0, len(pairs), BATCH_NODES):
            part = pairs[first : first + BATCH_NODES]
            send(graph, lease, "score-write-pairs", part)
            task.advance(len(part))
    evidence = evidence_rows(snapshot, scored, frames)
    with progress.task("writing evidence", len(evidence), "purchases") as task:
        for first in range(0, len(evidence), BATCH_NODES):
            part = evidence[first : first + BATCH_NODES]
            send(graph, lease, "score-write-evidence", part)
            task.advance(len(part))
    referrals = pair_rows(snapshot, scored, frames.referrals)
    with progress.task("writing referrals", len(referrals), "referrals") as task:
        for first in range(0, len(referrals), BATCH_NODES):
            part = referrals[first : first + BATCH_NODES]
            send(graph, lease, "score-write-referrals", part)
            task.advance(len(part))
    keys, values = checksums(snapshot, chosen, kept, frames, scored)
    return Written(len(chosen), len(kept), len(groups), len(pairs), len(evidence), len(referrals), keys, values)


def send(graph: Graph, lease: Lease, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write one batch in one transaction that renews the lease first."""
    lease.check()
    graph.write_batches(
        saved_text("internal", name),
        rows,
        {"run_id": lease.run_id},
        name=name,
        run_id=lease.run_id,
        batch_size=max(1, len(rows)),
        before_batch=lease.renew_in,
    )


def batches(
    snapshot: Snapshot, chosen: NDArray[np.int64], kept: NDArray[np.int64], frames: ScoreFrames
) -> Iterator[list[dict[str, Any]]]:
    """Yield rows of customers with their topic scores, about `BATCH_NODES` nodes at a time."""
    topics = frames.topics
    per_customer = np.zeros(snapshot.customers + 1, np.int64)
    if topics is not None and len(kept):
        kept = kept[np.lexsort((topics.topic[kept], topics.customer[kept]))]
        np.add.at(per_customer, topics.customer[kept] + 1, 1)
    starts = np.cumsum(per_customer)
    weight = np.cumsum(1 + np.diff(starts)[chosen])
    for part in np.split(chosen, np.searchsorted(weight, np.arange(BATCH_NODES, weight[-1:].sum(), BATCH_NODES))):
        if not len(part):
            continue
        figures = maps({name: column[part] for name, column in frames.customers.items()}, len(part))
        begin, end = starts[part[0]], starts[part[-1] + 1]
        by_topic: list[dict[str, Any]] = []
        if topics is not None and end > begin:
            rows = kept[begin:end]
            values = maps({name: column[rows] for name, column in topics.measures.items()}, len(rows))
            ids = snapshot.topic_ids[topics.topic[rows]].tolist()
            by_topic = [{"topic": one, "measures": value} for one, value in zip(ids, values, strict=True)]
        yield [
            {
                "customer": str(snapshot.customer_ids[v]),
                "measures": measures,
                "topics": by_topic[starts[v] - begin : starts[v + 1] - begin],
            }
            for v, measures in zip(part.tolist(), figures, strict=True)
        ]


def community_rows(frames: ScoreFrames) -> list[dict[str, Any]]:
    """Return the communities as rows."""
    if not frames.communities:
        return []
    ids = python_values(frames.communities["id"])
    facts = maps({name: column for name, column in frames.communities.items() if name != "id"}, len(ids))
    return [{"id": one, "measures": measures} for one, measures in zip(ids, facts, strict=True)]


def pair_rows(snapshot: Snapshot, scored: NDArray[np.bool_], pairs: Pairs | None) -> list[dict[str, Any]]:
    """Return the pairs of scored customers as rows."""
    if pairs is None:
        return []
    kept = np.flatnonzero(scored[pairs.source] & scored[pairs.target])
    values = maps({name: column[kept] for name, column in pairs.measures.items()}, len(kept))
    sources = snapshot.customer_ids[pairs.source[kept]].tolist()
    targets = snapshot.customer_ids[pairs.target[kept]].tolist()
    return [
        {"source": one, "target": other, "measures": measures}
        for one, other, measures in zip(sources, targets, values, strict=True)
    ]


def evidence_rows(snapshot: Snapshot, scored: NDArray[np.bool_], frames: ScoreFrames) -> list[dict[str, Any]]:
    """Return the evidence of scored customers as rows."""
    evidence = frames.evidence
    if evidence is None:
        return []
    kept = np.flatnonzero(scored[evidence.customer])
    values = maps({name: column[kept] for name, column in evidence.measures.items()}, len(kept))
    customers = snapshot.customer_ids[evidence.customer[kept]].tolist()
    products = snapshot.product_ids[evidence.product[kept]].tolist()
    return [
        {"customer": one, "product": other, "measures": measures}
        for one, other, measures in zip(customers, products, values, strict=True)
    ]


def maps(columns: Mapping[str, Column], size: int) -> list[dict[str, Any]]:
    """Return one map per row, without nulls: no property means not applicable."""
    rows: list[dict[str, Any]] = [{} for _ in range(size)]
    for name, column in columns.items():
        for row, value in zip(rows, python_values(column), strict=True):
            if value is not None:
                row[name] = value
    return rows


# ── proof ─────────────────────────────────────────────────────────────────


def checksums(
    snapshot: Snapshot,
    chosen: NDArray[np.int64],
    kept: NDArray[np.int64],
    frames: ScoreFrames,
    scored: NDArray[np.bool_],
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the checksums of the keys and of every measure as they were computed."""
    keys = {"": key_checksum([snapshot.customer_ids[chosen]])}
    found = {name: checksum(column[chosen]) for name, column in frames.customers.items()}
    topics = frames.topics
    if topics is not None:
        order = kept[np.lexsort((topics.topic[kept], topics.customer[kept]))]
        ids = [snapshot.customer_ids[topics.customer[order]], snapshot.topic_ids[topics.topic[order]]]
        keys["topic:"] = key_checksum(ids)
        found |= {f"topic:{name}": checksum(column[order]) for name, column in topics.measures.items()}
    if frames.communities:
        order = np.argsort(frames.communities["id"])
        found |= {f"community:{name}": checksum(column[order]) for name, column in frames.communities.items()}
    for prefix, pairs in (("pair:", frames.pairs), ("referral:", frames.referrals)):
        if pairs is None:
            continue
        both = np.flatnonzero(scored[pairs.source] & scored[pairs.target])
        order = both[np.lexsort((pairs.target[both], pairs.source[both]))]
        ids = [snapshot.customer_ids[pairs.source[order]], snapshot.customer_ids[pairs.target[order]]]
        keys[prefix] = key_checksum(ids)
        found |= {f"{prefix}{name}": checksum(column[order]) for name, column in pairs.measures.items()}
    evidence = frames.evidence
    if evidence is not None:
        rows = np.flatnonzero(scored[evidence.customer])
        order = rows[np.lexsort((evidence.product[rows], evidence.customer[rows]))]
        keys["evidence:"] = key_checksum(
            [snapshot.customer_ids[evidence.customer[order]], snapshot.product_ids[evidence.product[order]]]
        )
        found |= {f"evidence:{name}": checksum(column[order]) for name, column in evidence.measures.items()}
    return keys, found


def key_checksum(ids: Sequence[NDArray[np.str_]]) -> str:
    """Return the SHA-256 of columns of ids."""
    return checksum(np.array([one for column in ids for one in column.tolist()], object))


def checksum(column: Column) -> str:
    """Return the SHA-256 of the values of a column, which may be lists.

    Null differs from 0, and numbers are compared to the last bit.
    """
    values = python_values(column)
    if any(isinstance(value, list) for value in values):
        sizes = np.array([-1 if value is None else len(value) for value in values])
        inner = np.array([one for value in values if value is not None for one in value], object)
        content = (checksum(sizes) + checksum(inner)).encode()
    elif any(isinstance(value, str) for value in values):
        content = "\x1f".join("\x00" if value is None else str(value) for value in values).encode()
    else:
        numbers = np.array([np.nan if value is None else value for value in values], np.float64)
        content = (numbers + 0.0).tobytes()  # -0.0 becomes 0.0
    return hashlib.sha256(content).hexdigest()


def read_scores(graph: Graph, run_id: str, measures: Sequence[str]) -> tuple[NDArray[np.str_], dict[str, Column]]:
    """Read scores of a run as columns.

    Returns:
        The ids of the scored customers, ascending, and an object column per measure, `None` where it has no value.
    """
    keys, columns = read_back(graph, "score-read", ("customer",), run_id, measures)
    return keys[0], columns


def read_back(
    graph: Graph, name: str, keys: tuple[str, ...], run_id: str, measures: Sequence[str]
) -> tuple[list[NDArray[np.str_]], dict[str, Column]]:
    """Read keys and figures through a chunked statement, sorted by the keys."""
    dtypes: dict[str, Any] = {**dict.fromkeys(keys, str), "figures": object}
    params = {"run_id": run_id, "measures": list(measures)}
    table = graph.read_columns(saved_text("internal", name), params, name=name, dtypes=dtypes)
    order = np.lexsort([table[key] for key in reversed(keys)])
    figures = (
        table["figures"].reshape(len(order), len(measures)) if len(order) else np.empty((0, len(measures)), object)
    )
    return [table[key][order] for key in keys], {one: figures[order, i] for i, one in enumerate(measures)}


def verify_scores(graph: Graph, run_id: str, written: Written) -> None:
    """Read everything a run wrote and compare it with what was computed.

    Raises:
        ComputeFailed: Something is missing, doubled or different; the run must not be published.
    """
    name = "score-counts"
    counts = graph.read(saved_text("internal", name), {"run_id": run_id}, name=name).single() or {}
    expected = {"scores": written.scores, "topic_scores": written.topic_scores, "communities": written.communities}
    found: dict[str, str] = {}
    keys_found: dict[str, str] = {}
    for prefix, query, keys in (
        ("", "score-read", ("customer",)),
        ("topic:", "score-read-topics", ("customer", "topic")),
        ("pair:", "score-read-pairs", ("source", "target")),
        ("evidence:", "score-read-evidence", ("customer", "product")),
        ("referral:", "score-read-referrals", ("source", "target")),
    ):
        names = [one.removeprefix(prefix) for one in written.checksums if belongs(one, prefix)]
        if names:
            ids, columns = read_back(graph, query, keys, run_id, names)
            keys_found[prefix] = key_checksum(ids)
            found |= {f"{prefix}{one}": checksum(column) for one, column in columns.items()}
    names = [one.removeprefix("community:") for one in written.checksums if one.startswith("community:")]
    if names:
        params = {"run_id": run_id, "measures": names}
        rows = graph.read(saved_text("internal", "score-read-communities"), params, name="score-read-communities").rows
        figures = np.array([row[1] for row in rows], object).reshape(len(rows), len(names))
        found |= {f"community:{one}": checksum(figures[:, i]) for i, one in enumerate(names)}
    differing = sorted(one for one in written.checksums if found.get(one) != written.checksums[one])
    misplaced = sorted(prefix for prefix, value in keys_found.items() if value != written.keys[prefix])
    if counts != expected or differing or misplaced:
        what = [f"`{one}` differs" for one in differing] or [f"found {counts}, computed {expected}"]
        raise ComputeFailed(
            f"what run `{run_id}` wrote is not what it computed: {', '.join(what)}"
            + (", or belongs to others" if misplaced else ""),
            code="verify-failed",
            hint="the earlier scores stay current; run `influence compute run` again",
            measures=differing,
            expected=expected,
            found=dict(counts),
        )


def verify_run(graph: Graph, run: RunRecord) -> None:
    """Prove that the scores of a run are those that it computed, by what its node keeps of them.

    Raises:
        ComputeFailed: Something is missing, doubled or different, or the run keeps no checksums.
    """
    verify_scores(graph, run.id, recorded(run))


def recorded(run: RunRecord) -> Written:
    """Return what a run wrote, as its node says.

    Raises:
        ComputeFailed: It does not say.
    """
    kept = run.properties
    if "key_checksums" not in kept:
        raise ComputeFailed(
            f"run `{run.id}` keeps no checksums of what its scores belong to",
            code="checksums-missing",
            hint="run `influence compute run`; its scores can be verified at any time",
        )
    keys, values = (dict(str(one).split("=", 1) for one in kept[name]) for name in ("key_checksums", "checksums"))
    return Written(
        scores=kept["customers"],
        topic_scores=kept["topic_scores"],
        communities=kept["communities"],
        pairs=kept["pairs"],
        evidence=kept["evidence"],
        referrals=kept["referrals"],
        keys=keys,
        checksums=values,
    )


def belongs(name: str, prefix: str) -> bool:
    """Tell whether a checksum is of the kind with this prefix; customers have none."""
    return name.startswith(prefix) if prefix else ":" not in name
