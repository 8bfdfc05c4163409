"""What the tests of the local server share besides fixtures."""

from __future__ import annotations

from influence.graph import Graph
from influence.progress import Silent
from influence.server import LocalServer
from influence.server.home import Record


class Notes(Silent):
    """A progress that keeps what it is told to say."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def note(self, text: str) -> None:
        self.texts.append(text)


def connect(server: LocalServer) -> Graph:
    """Start the server when needed and connect to it."""
    endpoint = server.ensure_running()
    return Graph(endpoint.uri, endpoint.username, endpoint.password, endpoint.database)


def record_of(server: LocalServer) -> Record:
    """Return the record of a server that must be running."""
    record = server.running()
    assert record is not None
    return record
