"""Forgetting a customer: out of the graph, the caches and the files, and a list of what was handed out before."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from influence.errors import InfluenceError
from influence.export_register import ExportRegister
from influence.graph import Graph, Transaction
from influence.lease import Lease
from influence.load.erased import erased_key
from influence.load.history import keep_history, keep_key, require_same_key
from influence.load.ledger import data_changed
from influence.load.pseudonym import PseudonymKey
from influence.privacy.traces import FileTrace, Person, clean_files
from influence.progress import Progress, Silent
from influence.queries import saved_text
from influence.snapshot import cache

__all__ = ["ErasedCustomer", "Erasure", "erase_customers", "require_complete"]

BATCH: Final = 10_000
SCAN_SECONDS: Final = 3_600.0

STEPS: Final = (
    ("erase-topic-scores", "topic scores"),
    ("erase-scores", "scores"),
    ("erase-answers", "answers and profiles"),
    ("erase-mentions", "mentions in support contacts of others"),
    ("erase-relationships", "purchases, ties and other records"),
    ("erase-customer", "customers"),
)
"""Saved statements in their order, what belongs to the customer before the customer, and what each deletes."""

CONTACT_KEYS: Final = ("email_key", "phone_key")


@dataclass(frozen=True)
class ErasedCustomer:
    """What was erased of one customer.

    Attributes:
        key: Keyed hash of the id: proves which id was erased to whoever has the id and the key, and to nobody else.
        known: Whether the graph had the customer.
        found: Kind of record to how many there were before.
        deleted: Kind of record to how many were deleted.
        handed_out: Audience exports that the customer was in: id, platform, segment, time, arm.
    """

    key: str
    known: bool
    found: dict[str, int]
    deleted: dict[str, int]
    handed_out: list[dict[str, Any]]


@dataclass(frozen=True)
class Erasure:
    """The proof of an erasure.

    Attributes:
        at: When.
        dry_run: Whether nothing was changed.
        customers: What was erased of whom.
        files: Files and folders that held one of them, or of which nobody can tell, and what was done.
        left: Where one of the ids still stands in the graph: label or type, property, number of places. A text that
            happens to be equal, such as the id of a product, is listed as well.
        snapshots: Cached snapshots that were deleted.
        notes: What the proof cannot vouch for.
    """

    at: datetime
    dry_run: bool
    customers: list[ErasedCustomer]
    files: list[FileTrace]
    left: list[dict[str, Any]]
    snapshots: int
    notes: list[str] = field(default_factory=list)

    @property
    def failed(self) -> list[FileTrace]:
        """Files that the system did not let be searched or cleaned."""
        return [trace for trace in self.files if trace.what == "failed"]

    def as_record(self) -> dict[str, Any]:
        """Return the proof as JSON values; no id is in it, only keyed hashes."""
        return {
            "schema_version": 1,
            "at": self.at.isoformat(timespec="seconds"),
            "dry_run": self.dry_run,
            "complete": not self.failed,
            "customers": [asdict(one) for one in self.customers],
            "files": [{**asdict(trace), "path": str(trace.path)} for trace in self.files],
            "left": self.left,
            "snapshots": self.snapshots,
            "notes": self.notes,
        }


def erase_customers(
    graph: Graph,
    lease: Lease,
    customers: Sequence[str],
    *,
    home: Path,
    key: PseudonymKey,
    now: datetime,
    folders: Sequence[Path] = (),
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Erasure:
    """Erase customers everywhere, and prove it by reading everything again.

    Deleted are the customer with every purchase, tie, referral, answer, contact and score of every run; the cached
    snapshots; rejected rows and exported files with the customer that are still where they were written. A crash
    leaves the customer half erased and the next call completes it. A file that cannot be cleaned is named and keeps
    nothing else from being erased. No file is handed out from this home meanwhile. A keyed hash of the id stays, so
    that a later load of an old extract does not bring the customer back.

    Args:
        graph: Where.
        lease: The lease; no load or compute runs meanwhile.
        customers: Their ids.
        home: Folder of the project.
        key: Key of the pseudonyms.
        now: Time of the erasure.
        folders: Further folders with files of rejected rows.
        dry_run: Count only, change nothing.
        progress: Where to say how far it is.

    Raises:
        AlreadyRunning: Files with personal data are being written from here.
        ConfigError: The key is not the one with which the data were loaded.
        LeaseLost: Another run has taken over; calling again completes the erasure.
    """
    progress = progress or Silent()
    register = ExportRegister(home)
    if dry_run:
        require_same_key(graph, key)
    else:
        keep_key(graph, lease, key)
    ids = list(dict.fromkeys(customers))
    erased, persons = [], []
    snapshots = 0
    with nullcontext() if dry_run else register.erasing():
        for customer in ids:
            found = graph.read(saved_text("internal", "erase-count"), {"id": customer}, name="erase-count").single()
            counts = dict(found or {})
            persons.append(Person(customer, *(counts.pop(name, None) for name in CONTACT_KEYS)))
            rows = graph.read(saved_text("internal", "erase-exports"), {"id": customer}, name="erase-exports").dicts()
            handed_out = [{**row, "created_at": str(row["created_at"])} for row in rows]
            erased.append(ErasedCustomer(erased_key(key, customer), found is not None, counts, {}, handed_out))
        exports = {str(row["export"]) for one in erased for row in one.handed_out}
        # files first: while the graph still knows which exports the customer is in, a crash loses nothing
        files = clean_files(register, folders, persons, exports, key, now=now, dry_run=dry_run)
        if not dry_run:
            for person, one in zip(persons, erased, strict=True):
                one.deleted.update(erase_from_graph(graph, lease, person.id, one.key, progress))
            snapshots = cache.clear(home)
            keep_history(graph, key, home)
    progress.note("reading the whole graph for traces")
    left = [
        row
        for name in ("erase-left-nodes", "erase-left-relationships")
        for row in graph.read(saved_text("internal", name), {"ids": ids}, name=name, timeout=SCAN_SECONDS).dicts()
    ]
    return Erasure(now, dry_run, erased, files, left, snapshots, notes(files, register.torn(), dry_run=dry_run))


def require_complete(erasure: Erasure) -> None:
    """Refuse to call an erasure complete when files could not be searched or cleaned; everything else is erased.

    Raises:
        InfluenceError: Some could not.
    """
    if erasure.dry_run or not erasure.failed:
        return
    files = "1 file" if len(erasure.failed) == 1 else f"{len(erasure.failed)} files"
    raise InfluenceError(
        f"{files} could not be searched or cleaned; everything else is erased",
        code="erasure-incomplete",
        hint="look at the files that the proof names, and delete them: nothing recognises the customer in them later",
        findings=[f"{trace.path}: {trace.why}" for trace in erasure.failed],
    )


def erase_from_graph(graph: Graph, lease: Lease, customer: str, key: str, progress: Progress) -> dict[str, int]:
    """Delete everything the graph holds of a customer, batch by batch, and return how much of what."""

    def mark(transaction: Transaction) -> None:
        lease.renew_in(transaction)
        transaction.run(saved_text("internal", "erase-mark"), "erase-mark", key=key)

    graph.write(mark, name="erase-mark", run_id=lease.run_id)
    deleted: dict[str, int] = {}
    for name, what in STEPS:

        def step(transaction: Transaction, name: str = name) -> int:
            lease.renew_in(transaction)
            row = transaction.run(saved_text("internal", name), name, id=customer, batch_size=BATCH).single()
            count = int(row["deleted"]) if row else 0
            if count:
                data_changed(transaction)
            return count

        with progress.task(f"erasing {what}", None, what) as task:
            while count := graph.write(step, name=name, run_id=lease.run_id):
                deleted[what] = deleted.get(what, 0) + count
                task.advance(count)
    return deleted


def notes(files: Sequence[FileTrace], torn: Sequence[int], *, dry_run: bool) -> list[str]:
    """Return what the proof cannot vouch for, and what is to be done by hand."""
    if dry_run:
        return ["a dry run: nothing was changed"]
    said = []
    if any(trace.kind == "pages" and trace.what == "deleted" for trace in files):
        said.append("folders of pages were deleted as a whole and have to be built anew: `influence report build`")
    if any(trace.what in ("changed since", "cannot be read") for trace in files):
        said.append("files that were changed since they were written are left to you: look at them, and delete them")
    if any(trace.what == "failed" for trace in files):
        said.append("files that could not be searched or cleaned may hold the customer: look at them, and delete them")
    if any(trace.what == "gone unread" for trace in files):
        said.append("files that are gone from where they were written may hold the customer wherever they are now")
    said += [f"line {line} of the register of exports was cut off by a crash" for line in torn]
    return [
        *said,
        "scores of others were computed while this customer was there; the next `influence compute run` computes "
        "them without",
        "your own source files and systems still hold the customer; a row of theirs is rejected at the next load",
        "dumps made before still hold the customer: delete them, or erase again after restoring one",
    ]
