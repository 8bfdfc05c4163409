"""Addresses of the live site: every saved question, segment and customer has a page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from influence.errors import LibraryError
from influence.pages.links import Link
from influence.queries import Kind, Library

__all__ = ["SiteLinks", "address", "written"]

FOLDERS: Mapping[str, str] = {"report": "/reports", "segment": "/segments"}


class SiteLinks:
    """The links of the live site (see `influence.pages.links.Links`).

    Args:
        catalogue: The saved files; what they do not hold has no page.
    """

    def __init__(self, catalogue: Library) -> None:
        self.catalogue = catalogue

    def home(self) -> str:
        """Return the address of the index."""
        return "/"

    def navigation(self) -> Sequence[Link]:
        """Return the links at the top of each page."""
        return (
            Link("Questions", "/"),
            Link("Segments", "/segments"),
            Link("Customers", "/customers"),
            Link("Runs", "/runs"),
            Link("Glossary", "/glossary"),
        )

    def glossary(self, anchor: str) -> str:
        """Return the address of a term of the glossary."""
        return "/glossary" + (f"#{anchor}" if anchor else "")

    def report(self, kind: str, name: str, params: Mapping[str, Any]) -> str | None:
        """Return the address of an answer; `None` when there is no such file or it takes other parameters."""
        try:
            declared = self.catalogue.get(self.kind(kind), name).header.params if self.knows(kind, name) else None
        except LibraryError:
            return None
        if declared is None or not params.keys() <= declared.keys():
            return None
        return address(f"{FOLDERS[kind]}/{name}", params)

    def customer(self, customer: str) -> str:
        """Return the address of the page of a customer.

        The id is no part of the path: ids may hold slashes and dots, and paths are written into logs.
        """
        return address("/customer", {"id": customer})

    def knows(self, kind: str, name: str) -> bool:
        """Return whether there is a saved file of this name."""
        return name in self.catalogue.names(self.kind(kind))

    @staticmethod
    def kind(kind: str) -> Kind:
        """Return the kind of the saved file."""
        return "segment" if kind == "segment" else "report"


def address(path: str, params: Mapping[str, Any]) -> str:
    """Return an address with parameters; those that are not known are left out."""
    known = {name: written(value) for name, value in params.items() if value is not None}
    return f"{path}?{urlencode(known)}" if known else path


def written(value: Any) -> str:
    """Return a typed value as the text that `influence.queries.values.parse` reads back."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value).removesuffix(".0")
        case timedelta():
            seconds = int(value.total_seconds())
            return next(f"{seconds // size}{unit}" for unit, size in (("d", 86_400), ("s", 1)) if seconds % size == 0)
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case list() | tuple():
            texts = [written(item) for item in value]
            plain = not any("," in text or text.lstrip().startswith("[") for text in texts)
            return ",".join(texts) if plain else json.dumps(texts, ensure_ascii=False)
    return str(value)
