"""What a load was asked to do, and what it did."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from influence.errors import DataRejected, UsageProblem
from influence.load.contract import DATASETS
from influence.queries.findings import closest

__all__ = ["BrokenRule", "FileReport", "LoadOptions", "LoadReport", "SweepReport", "extract_instant", "share"]

BATCH_SIZE = 10_000
"""Rows a transaction: where the server is fastest."""


@dataclass(frozen=True)
class LoadOptions:
    """How to load.

    Attributes:
        only: Datasets to load; empty means all that are there.
        mapping: Mapping file, or the name of one of `influence.load.presets`; default: `mapping.toml` in the
            dataset folder, if there is one.
        source: Name of the system the files come from: the scope of a sweep and of "loaded before".
        dry_run: Validate and count; write nothing, neither into the graph nor into a file.
        sweep: The files are full extracts: close or delete what they no longer hold.
        sweep_max: Largest share of a dataset that a sweep may close or delete.
        as_of: Instant of the extract; default: now.
        bad_rows: `error`: load nothing when a row is bad; `reject`: write bad rows to a file and go on.
        max_rejects: Largest share of a file's rows that may be rejected.
        batch_size: Rows per transaction.
        restart: Load everything again, whatever the ledger says.
        encoding: Character encoding of the CSV files, over the mapping's.
        rejects_dir: Folder for rejected rows; default: beside each file.
        via: `import`: through the offline importer of the local server, which must be empty; `batches`: row by row into
            whatever is there; `auto`: the faster one that is possible.
        home: `INFLUENCE_HOME`, for the lock file that stops a second load on this machine at once.
    """

    only: tuple[str, ...] = ()
    mapping: Path | None = None
    source: str | None = None
    dry_run: bool = False
    sweep: bool = False
    sweep_max: float = 0.05
    as_of: datetime | None = None
    bad_rows: Literal["error", "reject"] = "error"
    max_rejects: float = 0.001
    batch_size: int = BATCH_SIZE
    restart: bool = False
    encoding: str | None = None
    rejects_dir: Path | None = None
    via: Literal["auto", "batches", "import"] = "auto"
    home: Path | None = None

    def __post_init__(self) -> None:
        """Check what cannot be right.

        Raises:
            UsageProblem: A dataset is unknown, or a number or instant is impossible.
        """
        for name in self.only:
            if name not in DATASETS:
                guess = closest(name, DATASETS)
                raise UsageProblem(
                    f"no dataset named `{name}`",
                    code="dataset-unknown",
                    hint=(f"did you mean `{guess}`? " if guess else "") + "Run `influence load contracts` to see all",
                )
        if self.batch_size < 1:
            raise UsageProblem("the batch size must be at least 1", code="bad-option", hint="use `--batch-size 10000`")
        for option, value in (("--max-rejects", self.max_rejects), ("--sweep-max", self.sweep_max)):
            if not 0 <= value <= 1:
                raise UsageProblem(
                    f"`{option}` must be between 0 % and 100 %", code="bad-option", hint=f"use `{option} 5%`"
                )
        if self.as_of is not None and self.as_of.tzinfo is None:
            raise UsageProblem("the instant of the extract has no time zone", code="bad-option", hint="use UTC")


def share(text: str) -> float:
    """Return a share written as `0.1%` or `0.001`.

    Raises:
        UsageProblem: It is neither.
    """
    try:
        value = float(text.strip().removesuffix("%"))
    except ValueError:
        raise UsageProblem(f"`{text}` is no share", code="bad-option", hint="write it like `0.1%`") from None
    return value / 100 if text.strip().endswith("%") else value


def extract_instant(text: str) -> datetime:
    """Return the instant of an extract written as a day (its first instant, UTC) or as an ISO 8601 instant.

    Raises:
        UsageProblem: It is neither.
    """
    try:
        value = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageProblem(f"`{text}` is no date", code="bad-option", hint="write it like `2026-06-30`") from None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@dataclass(frozen=True)
class BrokenRule:
    """How often a rule was broken in a column of a file.

    Attributes:
        rule: Slug of the rule.
        column: Column as the file calls it, or `row`.
        text: What it says, after the name of the column.
        rows: Number of rows.
        lines: Lines of the first few.
    """

    rule: str
    column: str
    text: str
    rows: int
    lines: tuple[int, ...]


@dataclass
class FileReport:
    """What became of the rows of one file; read = loaded + duplicate + rejected.

    Attributes:
        dataset: Dataset.
        file: Name of the file.
        read: Rows in it.
        loaded: Rows that are in the graph: created + updated + unchanged. In a dry run: rows that would be.
        created: Rows that were new to the graph.
        updated: Rows that were there already and were written again.
        unchanged: Rows that an earlier load of the same file had written; not written again.
        duplicate: Rows that repeat an earlier one of the file.
        rejected: Rows that break a rule.
        inferred: Nodes created because the file refers to them and no file describes them.
        rules: Broken rules.
        rejects: File with the rejected rows; a dry run writes none.
        place: What a row's number is called: "line" or "row".
    """

    dataset: str
    file: str
    read: int = 0
    loaded: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicate: int = 0
    rejected: int = 0
    inferred: dict[str, int] = field(default_factory=dict)
    rules: tuple[BrokenRule, ...] = ()
    rejects: Path | None = None
    place: str = "line"

    @property
    def written(self) -> int:
        """Rows that were written now."""
        return self.created + self.updated

    def account(self) -> None:
        """Check that every row is accounted for."""
        total = self.loaded + self.duplicate + self.rejected
        if self.read != total:
            raise AssertionError(f"{self.file}: read {self.read}, but {total} rows are accounted for")


@dataclass(frozen=True)
class SweepReport:
    """What a sweep found of one dataset.

    Attributes:
        dataset: Dataset.
        total: What the graph held of it from this source, the new rows included.
        vanished: What of it the files no longer hold: closed (ties) or deleted.
    """

    dataset: str
    total: int
    vanished: int


@dataclass
class LoadReport:
    """What a load did.

    Attributes:
        run_id: Its id.
        source: System the files come from.
        as_of: Instant of the extract.
        dry_run: Whether nothing was written.
        files: Per file, in the order of loading.
        sweeps: Per dataset that was swept.
        first_marks: Purchases whose mark as first purchase changed.
        notes: What a person should know: ignored columns, empty or unknown files.
        refusal: In a dry run: the error that a real load would end with.
        data_version: Version of the loaded data afterwards.
        seconds: How long it took.
    """

    run_id: str
    source: str
    as_of: datetime
    dry_run: bool
    files: list[FileReport] = field(default_factory=list)
    sweeps: list[SweepReport] = field(default_factory=list)
    first_marks: int = 0
    notes: list[str] = field(default_factory=list)
    refusal: DataRejected | None = None
    data_version: str = ""
    seconds: float = 0.0

    @property
    def written(self) -> int:
        """Rows written, over all files."""
        return sum(file.written for file in self.files)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as the JSON answer shows it."""
        return {
            "run_id": self.run_id,
            "source": self.source,
            "as_of": self.as_of.isoformat(),
            "dry_run": self.dry_run,
            "files": [asdict(file) | {"rejects": str(file.rejects) if file.rejects else None} for file in self.files],
            "sweeps": [asdict(swept) for swept in self.sweeps],
            "first_marks": self.first_marks,
            "notes": self.notes,
            "refusal": self.refusal.as_dict() if self.refusal else None,
            "data_version": self.data_version,
            "seconds": round(self.seconds, 3),
        }
