"""The local Neo4j with GDS: install, start, stop, and what it says about itself."""

from influence.server.installation import Installation
from influence.server.local import Endpoint, Finding, LocalServer, ServerStatus

__all__ = ["Endpoint", "Finding", "Installation", "LocalServer", "ServerStatus"]
