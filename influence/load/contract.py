"""What each dataset file may hold: the contracts, read from the TOML files beside this module."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from influence.errors import UsageProblem
from influence.queries.findings import closest
from influence.toml import read_toml

__all__ = ["DATASETS", "Column", "Contract", "Kind", "Rules", "contract", "contracts"]

Kind = Literal["text", "id", "int", "float", "money", "datetime", "bool", "enum", "email", "phone", "address", "device"]

NODES: Final = ("customers", "products", "topics", "campaigns", "groups")
DATASETS: Final = (
    *NODES,
    "product_topics",
    "interests",
    "friendships",
    "follows",
    "purchases",
    "referrals",
    "responses",
    "advocacy",
    "memberships",
    "contacts",
    "profiles",
    "exposures",
)
"""All datasets in the order in which they are loaded: nodes first, then what connects them."""

SECRETS: Final = ("email", "phone", "address", "device")
"""Types of which only a keyed hash is kept."""


class Strict(BaseModel):
    """A model that refuses unknown keys and changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(Strict):
    """One column of a dataset.

    Attributes:
        type: What a cell holds.
        about: What it means, for people.
        required: Whether a row without it is rejected, and a file without it refused.
        property: Name of the property; default: the name of the column.
        refers_to: Dataset whose ids it holds.
        default: Value of an empty cell.
        min: Smallest number.
        max: Largest number.
        above: The number must be larger than this.
        values: Allowed values of an enum.
        pattern: Regular expression the whole cell must match.
        form: What the pattern asks for, in words.
        future: Whether an instant may lie in the future.
    """

    type: Kind
    about: str
    required: bool = False
    property: str | None = None
    refers_to: str | None = None
    default: str | None = None
    min: float | None = None
    max: float | None = None
    above: float | None = None
    values: tuple[str, ...] = ()
    pattern: str | None = None
    form: str | None = None
    future: bool = False


class Scale(BaseModel):
    """Ranges of a number that depend on another column; further keys are value = [least, most]."""

    model_config = ConfigDict(extra="allow", frozen=True)

    column: str
    by: str

    def ranges(self) -> dict[str, tuple[float, float]]:
        """Return the range per value of the other column."""
        return {value: (low, high) for value, (low, high) in (self.model_extra or {}).items()}


class Rules(Strict):
    """Rules that look at several columns of a row, or at several rows.

    Attributes:
        distinct: Two id columns that must differ.
        unordered: Two id columns that are stored smaller id first.
        ordered: Pairs of instants of which the second must not be earlier.
        one_of: Columns of which exactly one must be filled in.
        scale: Range of a number by the kind of the row.
        acyclic: Two id columns whose rows must not lead back to where they started.
    """

    distinct: tuple[str, str] | None = None
    unordered: tuple[str, str] | None = None
    ordered: tuple[tuple[str, str], ...] = ()
    one_of: tuple[str, ...] = ()
    scale: Scale | None = None
    acyclic: tuple[str, str] | None = None


class Contract(Strict):
    """What a dataset file may hold and what it becomes in the graph.

    Attributes:
        dataset: Name of the dataset and of its file.
        title: For people.
        about: What a row is.
        shape: What a row becomes.
        name: Label of the nodes or type of the relationships it makes.
        columns: Columns by name, in the order of the template.
        key: Columns that identify a row.
        ends: Id columns of the nodes a row connects; empty for nodes.
        derive: Row field that is made from `derive_from` where it is not given.
        derive_from: Columns it is made from; default: `key`.
        tie: Whether rows are ties between customers, which a sweep closes instead of deleting.
        rules: Rules on several columns or rows.
        checksum: SHA-256 of the contract.
    """

    dataset: str
    title: str
    about: str
    shape: str
    name: str
    columns: dict[str, Column]
    key: tuple[str, ...]
    ends: tuple[str, ...] = ()
    derive: str | None = None
    derive_from: tuple[str, ...] = ()
    tie: bool = False
    rules: Rules = Field(default_factory=Rules)
    checksum: str = ""

    @property
    def is_node(self) -> bool:
        """Whether a row is a node of its own that other files may refer to."""
        return self.dataset in NODES

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that a file must have."""
        return tuple(name for name, column in self.columns.items() if column.required)

    @property
    def references(self) -> dict[str, str]:
        """Dataset by id column that refers to it."""
        return {name: column.refers_to for name, column in self.columns.items() if column.refers_to}

    @property
    def money(self) -> tuple[str, ...]:
        """Columns that hold amounts of money."""
        return tuple(name for name, column in self.columns.items() if column.type == "money")

    @property
    def identity(self) -> str | None:
        """Row field that alone identifies a row, or `None` where the two ends do."""
        return self.derive or (self.key[0] if self.is_node else None)

    @property
    def row_fields(self) -> tuple[str, ...]:
        """Columns that the load statement reads from a row by name: the ends and the single identity."""
        return tuple(dict.fromkeys((*self.ends, *((self.identity,) if self.identity else ()))))

    @property
    def properties(self) -> dict[str, str]:
        """Property name by column, for all columns that become properties."""
        return {name: column.property or name for name, column in self.columns.items() if name not in self.row_fields}


@cache
def contracts() -> Mapping[str, Contract]:
    """Return all contracts by dataset, in the order of loading."""
    folder = resources.files("influence.load") / "contracts"
    found = {}
    for dataset in DATASETS:
        text = (folder / f"{dataset}.toml").read_text(encoding="utf-8").replace("\r\n", "\n")
        checksum = hashlib.sha256(text.encode()).hexdigest()
        found[dataset] = Contract(dataset=dataset, checksum=checksum, **read_toml(text))
    return found


def contract(dataset: str) -> Contract:
    """Return one contract.

    Raises:
        UsageProblem: There is no such dataset; says the closest.
    """
    known = contracts()
    if dataset not in known:
        guess = closest(dataset, list(known))
        raise UsageProblem(
            f"no dataset named `{dataset}`",
            code="dataset-unknown",
            hint=(f"did you mean `{guess}`? " if guess else "") + "Run `influence load contracts` to see all",
        )
    return known[dataset]
