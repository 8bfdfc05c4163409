"""Who persuades whom, in which topic, through which purchases, and what it is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from influence.notebook import open_results as open

__all__ = ["__version__", "open"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import what notebooks need when it is first used: commands start without pandas."""
    if name == "open":
        from influence.notebook import open_results

        return open_results
    raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
