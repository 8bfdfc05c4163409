"""One project: its settings, its local server or the server it was told to use, and its database."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from influence.graph import Graph
from influence.progress import Progress, Silent
from influence.server import Endpoint, LocalServer
from influence.settings import Settings, load_settings

__all__ = ["Project"]


class Project:
    """The front door for the command line, the web pages and notebooks.

    Use it as a context manager: leaving it closes the connection; a local server stays up for the next
    command and ends by itself when idle.

    Args:
        settings: Every setting; default: the environment.
        progress: Where long work reports.
    """

    def __init__(self, settings: Settings | None = None, progress: Progress | None = None) -> None:
        self.settings = settings or load_settings()
        self.progress: Progress = progress or Silent()
        self._graph: Graph | None = None

    def __enter__(self) -> Self:
        """Return the project."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        if self._graph is not None:
            self._graph.close()
            self._graph = None

    @property
    def home(self) -> Path:
        """Folder of this project's server, keys and caches."""
        return self.settings.home

    @property
    def uses_local_server(self) -> bool:
        """Whether the database is the local server that `influence` runs."""
        return self.settings.uri is None

    def endpoint(self) -> Endpoint:
        """Return where the database is, starting the local server when `NEO4J_URI` is unset.

        Raises:
            ServerUnavailable: The local server does not start.
            ConfigError: `NEO4J_URI` is set without a password.
        """
        if self.settings.uri is None:
            return LocalServer(self.settings, self.progress).ensure_running()
        return Endpoint(
            uri=self.settings.uri,
            username=self.settings.username,
            password=self.settings.connection_password(),
            database=self.settings.database,
            line="remote",
        )

    def graph(self) -> Graph:
        """Return the open connection, making it on first use.

        Raises:
            ServerUnavailable: Nothing answers there.
            AuthFailed: The credentials are refused.
            ServerUnsuitable: The server is too old or has no Graph Data Science.
        """
        if self._graph is None:
            endpoint = self.endpoint()
            self._graph = Graph(
                endpoint.uri,
                endpoint.username,
                endpoint.password,
                endpoint.database,
                cypher_version=self.settings.cypher_version,
            )
            self._graph.require_suitable()
        return self._graph
