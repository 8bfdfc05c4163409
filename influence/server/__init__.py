"""The local Neo4j with GDS: install, start, stop, and what it says about itself.

Names are loaded on first use: the idle timer runs as a module of this package and has to stay small.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from influence.server.doctor import Finding
    from influence.server.installation import Installation
    from influence.server.launch import Endpoint
    from influence.server.local import LocalServer, ServerStatus

__all__ = ["Endpoint", "Finding", "Installation", "LocalServer", "ServerStatus"]

HOMES = {
    "Endpoint": "launch",
    "Finding": "doctor",
    "Installation": "installation",
    "LocalServer": "local",
    "ServerStatus": "local",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module."""
    if name not in HOMES:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    return getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)
