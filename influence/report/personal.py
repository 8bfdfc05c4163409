"""Personal values made unreadable but still tellable apart at a glance: `d***@e***`, `D***`."""

from __future__ import annotations

from typing import Any

__all__ = ["masked"]


def masked(value: Any) -> Any:
    """Return the first character of a personal value and three stars; of an address, of both of its parts.

    The length is not kept: it would tell names apart that the mask should not. `None` stays `None`.
    """
    if value is None:
        return None
    text = str(value).strip()
    local, at, domain = text.partition("@")
    return f"{local[:1]}***@{domain[:1]}***" if at else f"{text[:1]}***"
