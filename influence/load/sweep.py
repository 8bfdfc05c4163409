"""What vanished from a full extract: ties are closed, everything else is deleted, and never much of it unasked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from influence.errors import DataRejected
from influence.graph import Graph, Transaction
from influence.load.contract import Contract
from influence.load.ledger import data_changed
from influence.load.report import SweepReport
from influence.load.writer import Writer, mark_first
from influence.queries import saved_text

__all__ = ["SWEEP_REFUSED", "Extract", "count_vanished", "sweep"]

SWEEP_REFUSED: Final = "sweep-guard"
"""Code of the error of a sweep that would go too far."""


@dataclass(frozen=True)
class Extract:
    """A dataset of which the files of this load hold everything.

    Attributes:
        contract: What it is.
        stamps: Run ids that the rows of its files carry.
    """

    contract: Contract
    stamps: tuple[str, ...]

    @property
    def makes_nodes(self) -> bool:
        """Whether its rows are nodes, which have relationships to be deleted before them."""
        return not self.contract.name.isupper()


def params_of(extract: Extract, source: str, as_of: datetime) -> dict[str, Any]:
    """Return the parameters of the sweeping statements of a dataset."""
    params: dict[str, Any] = {"stamps": list(extract.stamps), "source": source}
    return params | ({"as_of": as_of} if extract.contract.tie else {"name": extract.contract.name})


def statement(extract: Extract, verb: str) -> str:
    """Return the name of a sweeping statement for a dataset."""
    if extract.contract.tie:
        return f"load-{verb}-{extract.contract.dataset}"
    return f"load-{verb}-{'nodes' if extract.makes_nodes else 'relationships'}"


def count_vanished(
    graph: Graph, extracts: Sequence[Extract], *, source: str, as_of: datetime, limit: float
) -> list[SweepReport]:
    """Count what a sweep would close or delete, before it does.

    Raises:
        DataRejected: It is more than the limit in a dataset; nothing was swept. Lists every such dataset.
    """
    reports = []
    for extract in extracts:
        name = statement(extract, "sweep-count")
        params = params_of(extract, source, as_of)
        row = graph.read(saved_text("internal", name), params, name=name, timeout=3600).single() or {}
        reports.append(SweepReport(extract.contract.dataset, row["total"], row["vanished"]))
    over = [report for report in reports if report.vanished > limit * report.total]
    if over:
        listed = "; ".join(
            f"`{report.dataset}`: {report.vanished:,} of {report.total:,} ({report.vanished / report.total:.1%})"
            for report in over
        )
        worst = max(report.vanished / report.total for report in over)
        raise DataRejected(
            f"a sweep would close or delete more than {limit:.1%} of {listed}; the new rows are loaded, none was swept",
            code=SWEEP_REFUSED,
            hint="check that the files are complete; then run the load again with "
            f"`--sweep-max {worst * 100 + 0.05:.1f}%`",
            datasets={report.dataset: [report.vanished, report.total] for report in over},
        )
    return reports


def sweep(
    writer: Writer,
    extracts: Sequence[Extract],
    reports: Sequence[SweepReport],
    *,
    keys: list[str],
    as_of: datetime,
    batch_size: int,
) -> None:
    """Close or delete what vanished: ties and other relationships first, then nodes.

    Args:
        writer: Where to write.
        extracts: What is complete.
        reports: What was counted.
        keys: Files of this load in the ledger; what other files brought may go with the nodes it hangs on.
        as_of: Instant at which closed ties end.
        batch_size: Relationships or nodes per transaction.
    """
    pairs = [pair for pair in zip(extracts, reports, strict=True) if pair[1].vanished]
    for extract, _ in sorted(pairs, key=lambda pair: pair[0].makes_nodes):
        params = params_of(extract, writer.source, as_of) | {"batch_size": batch_size}
        dataset = extract.contract.dataset
        if extract.contract.tie:
            close_ties(writer, dataset, params)
            continue
        if extract.makes_nodes:
            writer.record("load-ledger-doubt", {"keys": keys})
            if dataset == "customers":
                drain(writer, "load-sweep-dependents", {name: params[name] for name in params if name != "name"})
            drain(writer, "load-sweep-nodes-ties", params)
        drain(writer, statement(extract, "sweep"), params, remark=dataset == "purchases")


def close_ties(writer: Writer, dataset: str, params: dict[str, Any]) -> None:
    """Close vanished ties in batches, and remember in each transaction that there are closed ones."""
    name = f"load-sweep-{dataset}"

    def work(transaction: Transaction) -> int:
        writer.lease.renew_in(transaction)
        data_changed(transaction)
        swept = int(transaction.run(saved_text("internal", name), name, **params).rows[0][0])
        counts = {"friendships": 0, "follows": 0} | {dataset: swept}
        transaction.run(saved_text("internal", "load-ties-swept"), "load-ties-swept", **counts)
        return swept

    while writer.graph.write(work, name=name, run_id=writer.lease.run_id):
        pass


def drain(writer: Writer, name: str, params: dict[str, Any], *, remark: bool = False) -> None:
    """Repeat a bounded deletion until nothing is left; deleted purchases may promote others to first purchases."""

    def work(transaction: Transaction) -> int:
        writer.lease.renew_in(transaction)
        data_changed(transaction)
        row = transaction.run(saved_text("internal", name), name, **params).single() or {}
        if remark and row["owners"]:
            mark_first(transaction, row["owners"])
        return int(row["swept"])

    while writer.graph.write(work, name=name, run_id=writer.lease.run_id):
        pass
