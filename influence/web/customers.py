"""Customers: found by id or name, and one of them on one page."""

from __future__ import annotations

import json
from typing import Final

from starlette.responses import Response

from influence.pages.charts import Drawing, drawing
from influence.pages.links import Link
from influence.pages.render import customer_page
from influence.pages.view import view
from influence.queries.values import parse
from influence.report.customer import customer_page as collected
from influence.report.customer import customer_record
from influence.report.running import run_report
from influence.report.table import Table
from influence.runs import current_run
from influence.web.answers import data, moved, page
from influence.web.links import address
from influence.web.problems import BadAddress
from influence.web.site import LIVE, Asked, Site

__all__ = ["customer", "customer_data", "customers"]

ROWS: Final = 10
"""Rows of each list on the page of a customer."""
LONGEST: Final = 200
"""Letters of what is searched for, and of an id."""


def customers(site: Site, asked: Asked) -> Response:
    """Return the search page; a text that is exactly an id leads to the page of that customer."""
    find = text(asked, "find")
    table: Table | None = None
    if find:
        if exists(site, find):
            return moved(site.links.customer(find))
        # Without the right to see names nobody can spell one out letter by letter: only whole words are found.
        given = {"find": find, "parts": site.options.show_pii}
        show = site.options.show_pii
        table = run_report(site.graph(), "customer-search", given, catalogue=site.catalogue, show_pii=show)
    html = site.page(
        "customers.html",
        heading="Find a customer",
        here="Customers",
        find=find,
        whole=not site.options.show_pii,
        longest=LONGEST,
        view=view(table, site.links) if table is not None and table.rows else None,
        searched=table is not None,
    )
    return page(html)


def customer(site: Site, asked: Asked) -> Response:
    """Return the page of one customer."""
    wanted = text(asked, "id")
    if not wanted:
        return moved("/customers")
    found = collected(site.graph(), wanted, catalogue=site.catalogue, rows=ROWS, show_pii=site.options.show_pii)
    drawn = network(site, wanted, found.computed.run) if found.computed and not found.opted_out else None
    html = customer_page(
        found,
        site.links,
        now=site.now(),
        drawings=[drawn] if drawn is not None else [],
        twins=[Link("JSON", address("/customer.json", {"id": found.customer_id}))],
        frame=LIVE,
    )
    return page(html)


def customer_data(site: Site, asked: Asked) -> Response:
    """Return one customer as JSON."""
    found = collected(
        site.graph(), text(asked, "id"), catalogue=site.catalogue, rows=ROWS, show_pii=site.options.show_pii
    )
    record = json.dumps(customer_record(found), ensure_ascii=False, indent=2) + "\n"
    return data(record.encode(), "json", "customer")


def text(asked: Asked, name: str) -> str:
    """Return the only parameter of an address.

    Raises:
        BadAddress: There are others, or it is too long or no text.
    """
    if strays := asked.given.keys() - {name}:
        raise BadAddress(f"It takes the parameter {name} and no {len(strays)} others")
    found = asked.given.get(name, "").strip()
    try:
        parse("str", found)
    except ValueError:
        raise BadAddress("It holds characters that no text has") from None
    if len(found) > LONGEST:
        raise BadAddress(f"The {name} has more than {LONGEST} letters")
    return found


def exists(site: Site, customer: str) -> bool:
    """Return whether a text is exactly the id of a customer, who may have opted out."""
    profile = run_report(site.graph(), "customer-profile", {"customer": customer}, catalogue=site.catalogue)
    return bool(profile.rows)


def network(site: Site, customer: str, run: str) -> Drawing | None:
    """Return the picture of the people round a customer, when the run can draw it."""
    if "customer-network" not in site.catalogue.names("report"):
        return None
    query = site.catalogue.get("report", "customer-network")
    held = current_run(site.graph())
    if held is None or not set(query.header.needs) <= set(held.measures):
        return None
    table = run_report(site.graph(), query.name, {"customer": customer}, catalogue=site.catalogue, run_id=run)
    return drawing(table)
