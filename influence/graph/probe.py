"""Whether a server that is starting is ready: it answers and Graph Data Science is there."""

from __future__ import annotations

from pydantic import SecretStr

from influence.errors import InfluenceError
from influence.graph.connection import Graph

__all__ = ["ready"]


def ready(uri: str, username: str, password: SecretStr, database: str) -> bool:
    """Return whether the server answers a query and has Graph Data Science; never raises for one that does not."""
    try:
        with Graph(uri, username, password, database, connect_timeout=2.0) as graph:
            return graph.facts().gds is not None
    except InfluenceError:
        return False
