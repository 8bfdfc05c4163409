"""Placeholder for the next step."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing the doctor looked at.

    Attributes:
        check: What was looked at.
        ok: Whether it is as it should be.
        detail: What was found.
        fix: What to do, when it is not.
    """

    check: str
    ok: bool
    detail: str
    fix: str | None = None
