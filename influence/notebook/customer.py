"""One customer as a notebook shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from influence.errors import UsageProblem
from influence.notebook.frames import frame
from influence.pages.render import Frame, customer_page
from influence.pages.single import Alone
from influence.report.customer import CustomerPage, customer_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CustomerView"]

TEMPLATES: Final = Path(__file__).parent / "templates"
WIDTH: Final = 100
"""Cells of a line where a notebook shows plain text."""


class NoLinks(Alone):
    """A notebook has no other pages, and no top to go back to."""

    def home(self) -> str:
        """Return no address."""
        return ""


@dataclass(frozen=True, repr=False)
class CustomerView:
    """Everything known of one customer; a cell that ends in it shows the page.

    Attributes:
        page: The page as data.
    """

    page: CustomerPage

    @property
    def sections(self) -> tuple[str, ...]:
        """Names of the sections the page has, for `section`."""
        return tuple(section.name for section in self.page.sections)

    def section(self, name: str) -> pd.DataFrame:
        """Return one section as a DataFrame.

        Raises:
            UsageProblem: The page has no such section.
        """
        found = self.page.section(name)
        if found is None:
            raise UsageProblem(
                f"the page of this customer has no section `{name}`",
                code="section-not-found",
                hint=f"it has {', '.join(self.sections)}",
            )
        return frame(found.table)

    def _repr_html_(self) -> str:
        """Return the page as HTML without style, script or links; every value is escaped."""
        return customer_page(
            self.page, NoLinks(), now=datetime.now(UTC), frame=Frame("notebook-customer.html", (TEMPLATES,))
        )

    def __repr__(self) -> str:
        """Return the page as text."""
        return customer_text(self.page, datetime.now(UTC), WIDTH).plain
