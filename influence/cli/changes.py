"""What commands share that change or delete what is there: asking first, and holding the lease."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from influence.cli import context

if TYPE_CHECKING:
    from datetime import datetime

    from influence.lease import Lease
    from influence.project import Project

__all__ = ["Yes", "confirm", "held", "instant_before"]

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def confirm(question: str, yes: bool) -> None:
    """Ask on a terminal; elsewhere `--yes` must be given.

    Raises:
        UsageProblem: There is nobody to ask.
    """
    import sys

    from influence.errors import UsageProblem

    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageProblem(
            "this changes what is kept and there is nobody to ask",
            code="confirmation-missing",
            hint="add `--yes`",
        )
    typer.confirm(question, abort=True, err=True)


@contextmanager
def held(purpose: str) -> Iterator[tuple[Project, Lease]]:
    """Open the project and hold the lease, so that no load, compute or other change runs meanwhile."""
    from datetime import UTC, datetime

    from influence.lease import hold_lease
    from influence.runs import new_run_id

    with context.project() as project:
        graph = project.graph()
        with hold_lease(graph, f"{purpose}-{new_run_id(datetime.now(UTC))}", home=project.home) as lease:
            yield project, lease


def instant_before(text: str) -> datetime:
    """Return the instant that lies a length of time such as `90d` before now.

    Raises:
        UsageProblem: It is no length of time.
    """
    from datetime import UTC, datetime, timedelta

    from influence.errors import UsageProblem
    from influence.queries.values import seconds

    try:
        return datetime.now(UTC) - timedelta(seconds=seconds(text))
    except (ValueError, OverflowError) as error:
        raise UsageProblem(
            f"`--older-than` {error}", code="bad-option", hint="write it like `--older-than 730d`"
        ) from None
