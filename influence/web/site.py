"""What all pages of the site share: the project, the saved files, the limits, and what was asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final

from influence.answers import choices
from influence.errors import ServerUnavailable
from influence.graph import Graph
from influence.pages.render import Frame, rendered
from influence.project import Project
from influence.queries import SavedQuery, library
from influence.server import LocalServer
from influence.web.limits import Gate
from influence.web.links import SiteLinks

__all__ = ["LIVE", "Asked", "Site", "SiteOptions"]

LIVE: Final = Frame(folders=(Path(__file__).parent / "templates",), forms=True)
"""What surrounds a page of the live site."""
REMEMBERED: Final = 60.0
"""Seconds for which the choices of a parameter are kept."""


@dataclass(frozen=True)
class SiteOptions:
    """How the site behaves.

    Attributes:
        hosts: Names by which it may be called (header `Host`), without ports, in small letters.
        show_pii: Leave personal columns readable; each answer with some is logged.
        min_size: Fewest customers that a file of a segment may hold.
        concurrency: Questions that are worked on at once.
        waiting: Requests that may wait for that.
        seconds: Longest time from a request to its answer.
        most_rows: Rows that an answer may have here; larger ones are for the command line.
    """

    hosts: frozenset[str] = frozenset(("localhost", "127.0.0.1", "[::1]"))
    show_pii: bool = False
    min_size: int = 100
    concurrency: int = 4
    waiting: int = 16
    seconds: float = 60.0
    most_rows: int = 200_000


@dataclass(frozen=True)
class Asked:
    """A request, as the pages see it.

    Attributes:
        path: Parts of the path by name.
        given: Parameters of the address by name.
        head: Whether only the headers are wanted.
    """

    path: Mapping[str, str]
    given: Mapping[str, str]
    head: bool = False


class Site:
    """One running site.

    Args:
        project: Settings and database.
        options: How it behaves.
        now: The clock.
    """

    def __init__(self, project: Project, options: SiteOptions, now: Callable[[], datetime]) -> None:
        self.project = project
        self.options = options
        self.now = now
        self.catalogue = library(project.settings.cypher_dir)
        self.links = SiteLinks(self.catalogue)
        self.gate = Gate(options.concurrency, options.waiting, options.seconds)
        self.moving = Lock()
        self.kept: dict[tuple[Path, str], tuple[float, list[Any] | None]] = {}

    def graph(self) -> Graph:
        """Return the connection."""
        return self.project.graph()

    def reach(self) -> None:
        """Make sure that the database answers, before questions wait half a minute for one that is away.

        The local server may have been stopped and started on another port: then it is followed. The site itself
        starts no server, because whoever stopped it may have had a reason.

        Raises:
            ServerUnavailable: It does not answer.
        """
        try:
            self.graph().explain("RETURN 1 AS one", name="reach")
        except ServerUnavailable:
            if not self.moved():
                raise
            self.graph().explain("RETURN 1 AS one", name="reach")

    def moved(self) -> bool:
        """Follow the local server to another address; return whether it has one."""
        if not self.project.uses_local_server:
            return False
        with self.moving:
            status, graph = LocalServer(self.project.settings).status(), self.graph()
            if not status.ready or status.uri is None:
                return False
            if status.uri != graph.uri:
                graph.move(status.uri)
            return True

    def choices(self, query: SavedQuery) -> dict[str, Sequence[Any]]:
        """Return the values allowed, of the parameters for which they are known; asked for once a minute."""
        found: dict[str, Sequence[Any]] = {}
        for name, parameter in query.header.params.items():
            if parameter.choices_query is None:
                values = parameter.choices
            else:
                key = (query.path, name)
                at, values = self.kept.get(key, (0.0, None))
                if key not in self.kept or time.monotonic() - at > REMEMBERED:
                    values = choices(self.graph(), query, name)
                    self.kept[key] = (time.monotonic(), values)
            if values is not None:
                found[name] = values
        return found

    def page(self, template: str, *, heading: str, here: str = "", **values: Any) -> str:
        """Return a page of one of the site's own templates."""
        return rendered(template, self.links, heading=heading, frame=LIVE, here=here, **values)
