"""The history of the data: every load and clean-up with what is needed to do it again, in the order they were done.

It stands in the graph beside the ledger, and a copy in the home of the project, for the day on which the database is
lost. It names files, digests and options; of customers only keyed hashes of those who were erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from influence.errors import ConfigError, UsageProblem
from influence.files import PERSONAL, write_atomically
from influence.graph import Graph, Transaction
from influence.load.pseudonym import PseudonymKey
from influence.queries import saved_text

if TYPE_CHECKING:
    from influence.lease import Lease

__all__ = [
    "HISTORY_NAME",
    "ErasedKey",
    "History",
    "PastFile",
    "PastLoad",
    "PastRetention",
    "Uncovered",
    "keep_history",
    "keep_key",
    "key_check",
    "note",
    "parse_history",
    "read_history",
    "require_same_key",
    "uncovered_files",
]

HISTORY_NAME: Final = "history.json"
"""Name of the copy in the home of a project."""


class Strict(BaseModel):
    """A model that refuses unknown keys and changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PastFile(Strict):
    """A file as it was when it was loaded.

    Attributes:
        dataset: What it held.
        part: Its number among the files of the dataset in that load.
        path: Where it was, absolute.
        sha256: Digest of its bytes.
        key: Its key in the ledger.
    """

    dataset: str
    part: int
    path: Path
    sha256: str
    key: str


class PastLoad(Strict):
    """A load, with every option that decides what becomes of the rows.

    Attributes:
        kind: `load`.
        id: Its id, which its rows carry.
        at: When it began; instants in the data may not be later.
        source: System the files came from.
        mapping: Text of the mapping, if there was one.
        encoding: Encoding over that of the mapping.
        sweep: Whether the files were full extracts.
        sweep_max: Largest share that could be swept; 0 when the sweep was refused.
        as_of: Instant of the extract, when one was given.
        bad_rows: Whether bad rows were left out.
        max_rejects: How many could be.
        batch_size: Rows a transaction.
        files: What was read, in the order of loading.
    """

    kind: Literal["load"] = "load"
    id: str
    at: datetime
    source: str
    mapping: str | None
    encoding: str | None
    sweep: bool
    sweep_max: float
    as_of: datetime | None
    bad_rows: Literal["error", "reject"]
    max_rejects: float
    batch_size: int
    files: tuple[PastFile, ...]


class PastRetention(Strict):
    """A clean-up of old records.

    Attributes:
        kind: `retention`.
        id: Its id.
        at: When it began.
        before: Records from before this instant went.
        records: Kinds of record that went.
    """

    kind: Literal["retention"] = "retention"
    id: str
    at: datetime
    before: datetime
    records: tuple[str, ...]


Event = PastLoad | PastRetention


class ErasedKey(Strict):
    """An erased customer.

    Attributes:
        key: Keyed hash of the id.
        erased_at: When.
    """

    key: str
    erased_at: datetime


class History(Strict):
    """All that was done to the data.

    Attributes:
        schema_version: Version of this document.
        key_check: Pseudonym of a fixed text: tells whether a key file is the one that was used.
        erased: Customers who must not come back.
        events: Loads and clean-ups, oldest first.
    """

    schema_version: Literal[1] = 1
    key_check: str
    erased: tuple[ErasedKey, ...] = ()
    events: tuple[Annotated[PastLoad | PastRetention, Field(discriminator="kind")], ...] = ()

    def require_key(self, key: PseudonymKey) -> None:
        """Refuse a key of pseudonyms that is not the one that was used.

        Raises:
            ConfigError: It is another one, or there is none.
        """
        refuse_other_key(self.key_check, key)


@dataclass(frozen=True)
class Uncovered:
    """A file whose rows are in the graph and that no load of the history names.

    Attributes:
        key: Its key in the ledger.
        file: Its name.
        source: System it came from.
        status: `loading` when it is half loaded.
    """

    key: str
    file: str
    source: str
    status: str


RIGHT_KEY: Final = "set `INFLUENCE_PSEUDONYM_KEY_FILE` to the key file that was used when the data were loaded"
EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


def key_check(key: PseudonymKey) -> str:
    """Return by which a key of pseudonyms is recognised."""
    return str(key.pseudonyms("history", ["key"])[0])


def refuse_other_key(check: str, key: PseudonymKey) -> None:
    """Refuse a key of pseudonyms that a check value does not recognise; a missing one is not made.

    Raises:
        ConfigError: It is another one, or there is none.
    """
    if not key.path.exists():
        raise ConfigError(
            f"there is no pseudonym key `{key.path}`, and with a new one the same people would get other pseudonyms, "
            "and erased customers would come back",
            code="pseudonym-key-missing",
            hint=RIGHT_KEY,
        )
    if key_check(key) != check:
        raise ConfigError(
            f"the pseudonym key `{key.path}` is not the one with which the data were loaded: the same people would get "
            "other pseudonyms, and erased customers would come back",
            code="pseudonym-key-changed",
            hint=RIGHT_KEY,
        )


def kept_check(graph: Graph) -> str | None:
    """Return by which the key of the data in a graph is recognised; `None` when no load or erasure has kept it yet."""
    row = graph.read(saved_text("internal", "load-data-version"), name="load-data-version").single() or {}
    return row.get("key_check")


def require_same_key(graph: Graph, key: PseudonymKey) -> None:
    """Refuse a key of pseudonyms that is not the one with which the data in a graph were loaded.

    Raises:
        ConfigError: It is another one, or there is none.
    """
    if check := kept_check(graph):
        refuse_other_key(check, key)


def keep_key(graph: Graph, lease: Lease, key: PseudonymKey) -> None:
    """Keep in a graph by which its key of pseudonyms is recognised, before something is written that depends on it.

    A graph that was loaded before this was kept takes over the present one.

    Raises:
        ConfigError: The graph has another one already, or it has one and there is no key.
        LeaseLost: Another run has taken over.
    """
    require_same_key(graph, key)
    check = key_check(key)

    def work(transaction: Transaction) -> None:
        row = transaction.run(saved_text("internal", "load-key-keep"), "load-key-keep", key_check=check).single() or {}
        refuse_other_key(str(row["key_check"]), key)  # somebody else's first load may have come between

    lease.write(work, "load-key-keep")


def note(transaction: Transaction, event: Event) -> None:
    """Note what changes the data; noting it again with the same id changes nothing but its place in the order."""
    files = [file.key for file in event.files] if isinstance(event, PastLoad) else []
    given = {"id": event.id, "kind": event.kind, "at": event.at, "files": files, "record": event.model_dump_json()}
    transaction.run(saved_text("internal", "load-history-add"), "load-history-add", **given)


def read_history(graph: Graph, key: PseudonymKey) -> History:
    """Return the history of the data in a graph."""
    erased = graph.read(saved_text("internal", "load-erased"), name="load-erased").dicts()
    rows = graph.read(saved_text("internal", "load-history"), name="load-history").dicts()
    return History(
        key_check=kept_check(graph) or key_check(key),
        erased=tuple(ErasedKey(**row) for row in erased),
        events=tuple(EVENT.validate_json(row["record"]) for row in rows),
    )


def uncovered_files(graph: Graph) -> list[Uncovered]:
    """Return the files whose rows are in the graph and that no load of the history names."""
    name = "load-history-gaps"
    return [Uncovered(**row) for row in graph.read(saved_text("internal", name), name=name).dicts()]


def keep_history(graph: Graph, key: PseudonymKey, home: Path) -> Path:
    """Write a copy of the history into the home of the project, for its owner only.

    Raises:
        UsageProblem: It cannot be written.
    """
    text = read_history(graph, key).model_dump_json(indent=2) + "\n"
    return write_atomically(home / HISTORY_NAME, text, mode=PERSONAL).path


def parse_history(path: Path) -> History:
    """Read a copy of a history.

    Raises:
        UsageProblem: There is no such file, or it is none of this version.
    """
    try:
        return History.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise UsageProblem(
            f"no such file: `{path}`",
            code="history-missing",
            hint=f"every load writes `{HISTORY_NAME}` into the home of the project; keep it with the dumps",
        ) from None
    except (OSError, ValidationError) as error:
        raise UsageProblem(
            f"`{path}` is no history of loads",
            code="history-invalid",
            hint=f"take the `{HISTORY_NAME}` that a load wrote, or what `influence load history -o json` printed",
            findings=problems(error),
        ) from None


def problems(error: Exception) -> Sequence[str]:
    """Return what is wrong with a document, a line each; no values."""
    if not isinstance(error, ValidationError):
        return []
    return [f"`{'.'.join(map(str, one['loc']))}`: {one['msg'].lower()}" for one in error.errors()]
