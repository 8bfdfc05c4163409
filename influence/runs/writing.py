"""Scores into the graph in batches under the fencing token, then proof that what arrived is what was computed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from influence.errors import ComputeFailed, DataRejected, UsageProblem
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
    links = {
        "pairs": pair_links(snapshot, scored, frames.pairs),
        "evidence": evidence_links(snapshot, scored, frames),
        "referrals": pair_links(snapshot, scored, frames.referrals),
    }
    for name, found in links.items():
        with progress.task(f"writing {name}", len(found), "rows") as task:
            for rows in found.batches():
                send(graph, lease, f"score-write-{name}", rows)
                task.advance(len(rows))
    keys, values = checksums(snapshot, chosen, kept, frames, scored)
    return Written(
        len(chosen),
        len(kept),
        len(groups),
        len(links["pairs"]),
        len(links["evidence"]),
        len(links["referrals"]),
        keys,
        values,
    )


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


@dataclass(frozen=True)
class Links:
    """What is written between two things, as rows only when they are sent: millions of rows do not fit side by side.

    Attributes:
        keys: Name to [k] ids.
        kept: [m] int64 places in `measures` that are written; `keys` have the same order.
        measures: Name to column.
    """

    keys: Mapping[str, NDArray[np.str_]]
    kept: NDArray[np.int64]
    measures: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.kept)

    def batches(self) -> Iterator[list[dict[str, Any]]]:
        """Yield rows for one transaction each."""
        for first in range(0, len(self.kept), BATCH_NODES):
            part = slice(first, first + BATCH_NODES)
            rows = self.kept[part]
            values = maps({name: column[rows] for name, column in self.measures.items()}, len(rows))
            ids = zip(*(column[part].tolist() for column in self.keys.values()), strict=True)
            yield [
                {**dict(zip(self.keys, one, strict=True)), "measures": measures}
                for one, measures in zip(ids, values, strict=True)
            ]


NOTHING: Final = Links({}, np.empty(0, np.int64), {})


def pair_links(snapshot: Snapshot, scored: NDArray[np.bool_], pairs: Pairs | None) -> Links:
    """Return the pairs of scored customers."""
    if pairs is None:
        return NOTHING
    kept = np.flatnonzero(scored[pairs.source] & scored[pairs.target])
    ids = snapshot.customer_ids
    return Links({"source": ids[pairs.source[kept]], "target": ids[pairs.target[kept]]}, kept, pairs.measures)


def evidence_links(snapshot: Snapshot, scored: NDArray[np.bool_], frames: ScoreFrames) -> Links:
    """Return the evidence of scored customers, product by product."""
    evidence = frames.evidence
    if evidence is None:
        return NOTHING
    kept = np.flatnonzero(scored[evidence.customer])
    customers, products = snapshot.customer_ids[evidence.customer[kept]], snapshot.product_ids[evidence.product[kept]]
    return Links({"customer": customers, "product": products}, kept, evidence.measures)


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
    if column.dtype.kind in "biuf":
        return digest_of_numbers(column.astype(np.float64))
    values = python_values(column)
    if any(isinstance(value, list) for value in values):
        sizes = np.array([-1 if value is None else len(value) for value in values])
        inner = np.array([one for value in values if value is not None for one in value], object)
        content = (checksum(sizes) + checksum(inner)).encode()
    elif any(isinstance(value, str) for value in values):
        content = "\x1f".join("\x00" if value is None else str(value) for value in values).encode()
    else:
        return digest_of_numbers(np.array([np.nan if value is None else value for value in values], np.float64))
    return hashlib.sha256(content).hexdigest()


def digest_of_numbers(numbers: NDArray[np.float64]) -> str:
    """Return the SHA-256 of numbers, NaN for null; there is one NaN, and -0.0 is 0.0."""
    return hashlib.sha256((np.where(np.isnan(numbers), np.nan, numbers) + 0.0).tobytes()).hexdigest()


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
    params = {"run_id": run_id, "measures": list(measures)}
    table = graph.read_columns(saved_text("internal", name), params, name=name, dtypes=dtypes_of(keys))
    order = np.lexsort([table[key] for key in reversed(keys)])
    figures = (
        table["figures"].reshape(len(order), len(measures)) if len(order) else np.empty((0, len(measures)), object)
    )
    return [table[key][order] for key in keys], {one: figures[order, i] for i, one in enumerate(measures)}


def read_digests(
    graph: Graph, name: str, keys: tuple[str, ...], run_id: str, measures: Sequence[str]
) -> tuple[str, dict[str, str]]:
    """Read keys and figures as `read_back` does and return only their checksums.

    The numbers of a chunk become 8 bytes each as soon as they are read: a hundred measures of a million customers as
    objects would be several gigabytes.
    """
    params = {"run_id": run_id, "measures": list(measures)}
    ids: dict[str, list[NDArray[np.str_]]] = {key: [] for key in keys}
    parts: dict[str, list[Column]] = {one: [] for one in measures}
    for chunk in graph.read_column_chunks(saved_text("internal", name), params, name=name, dtypes=dtypes_of(keys)):
        for key in keys:
            ids[key].append(chunk[key])
        figures = chunk["figures"].reshape(-1, len(measures))
        for place, one in enumerate(measures):
            parts[one].append(packed(figures[:, place]))
    whole = {key: np.concatenate(pieces) if pieces else np.empty(0, str) for key, pieces in ids.items()}
    order = np.lexsort([whole[key] for key in reversed(keys)])
    digests = {one: checksum(together(parts.pop(one))[order]) for one in measures}
    return key_checksum([whole[key][order] for key in keys]), digests


def dtypes_of(keys: tuple[str, ...]) -> dict[str, Any]:
    """Return the columns that statements of scores answer with: keys, and a list of figures a row."""
    return {**dict.fromkeys(keys, str), "figures": object}


def packed(column: Column) -> Column:
    """Return an object column of nothing but numbers, flags and nulls as float64, any other as it is."""
    values = column.tolist()
    if any(value is not None and not isinstance(value, bool | int | float) for value in values):
        return column
    return np.array([np.nan if value is None else value for value in values], np.float64)


def together(parts: Sequence[Column]) -> Column:
    """Return packed parts as one column: of objects if one of them is."""
    if all(part.dtype == np.float64 for part in parts):
        return np.concatenate(parts) if parts else np.empty(0)
    return np.concatenate([np.array([*python_values(part), None], object)[:-1] for part in parts])


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
            keys_found[prefix], digests = read_digests(graph, query, keys, run_id, names)
            found |= {f"{prefix}{one}": digest for one, digest in digests.items()}
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


def verify_run(graph: Graph, run: RunRecord) -> Written:
    """Prove that the scores of a published run are those that it computed, by what its node keeps of them.

    Returns:
        What was compared.

    Raises:
        UsageProblem: The run is not published: its scores are removed or were never whole.
        DataRejected: Something is missing, doubled or different.
        ComputeFailed: The run keeps no checksums.
    """
    if run.status != "published":
        raise UsageProblem(
            f"run `{run.id}` cannot be verified: its status is `{run.status}`",
            code="run-unpublished",
            hint="run `influence runs list`; published runs keep their scores",
        )
    written = recorded(run)
    try:
        verify_scores(graph, run.id, written)
    except ComputeFailed as error:
        raise DataRejected(
            error.message,
            code=error.code,
            hint="an erased customer is missing until the next run, anything else was changed from outside; "
            "`influence compute run` computes all scores anew",
            **error.details,
        ) from None
    return written


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
            hint="run `influence compute run`; what it writes can be verified at any time",
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
