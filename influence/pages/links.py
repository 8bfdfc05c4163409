"""Where a page points to: the one thing in which a folder of files and a live site differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from influence.report.table import CUSTOMER_COLUMNS

__all__ = ["REFERS", "Link", "Links", "anchor", "target"]

REFERS: Final[Mapping[str, str]] = {
    **dict.fromkeys(CUSTOMER_COLUMNS, "customer"),
    "community": "community",
    "product_id": "product",
    "topic_id": "topic",
}
"""What the values of a column are the id of, by the name of the column."""
OPTED_OUT: Final = "(opted out"
"""How a saved report begins what it says instead of the id of somebody who opted out."""


@dataclass(frozen=True)
class Link:
    """A link with its words.

    Attributes:
        title: What is read.
        href: Where it goes: relative to the page, or from the root of the site.
        download: Whether the browser should save rather than show it.
    """

    title: str
    href: str
    download: bool = False


class Links(Protocol):
    """Addresses of pages. `None` means that there is no such page, and the text stays plain."""

    def home(self) -> str:
        """Return the address of the index."""

    def navigation(self) -> Sequence[Link]:
        """Return the links at the top of each page."""

    def glossary(self, anchor: str) -> str | None:
        """Return the address of a term of the glossary (see `anchor`)."""

    def report(self, kind: str, name: str, params: Mapping[str, Any]) -> str | None:
        """Return the address of an answer.

        Args:
            kind: `report` or `segment`.
            name: Name of the saved file.
            params: Parameters that differ from their defaults.
        """

    def customer(self, customer: str) -> str | None:
        """Return the address of the page of a customer."""


def anchor(on: str, measure: str) -> str:
    """Return the name of a term within the glossary page."""
    return f"{on}-{measure.replace('_', '-')}"


def target(links: Links, column: str, value: Any) -> str | None:
    """Return where a value of a table points to, or `None`."""
    if value is None or str(value).startswith(OPTED_OUT):
        return None
    match REFERS.get(column):
        case "customer":
            return links.customer(str(value))
        case "community":
            return links.report("report", "community-members", {"community": value})
        case "topic":
            return links.report("report", "top-by-topic", {"topic": value})
        case "product":
            return links.report("report", "cascade-of-product", {"product": value})
    return None
