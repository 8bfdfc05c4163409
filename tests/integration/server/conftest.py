"""Servers of their own for these tests, in temporary homes; the installation is the user's, so jars come once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from influence.progress import Silent
from influence.server import LocalServer
from influence.server.installation import Places
from influence.server.lock import server_line as line_of
from influence.settings import load_settings

MakeServer = Callable[..., LocalServer]


@pytest.fixture
def make_server(tmp_path: Path, server_line: str) -> Iterator[MakeServer]:
    """Make servers in folders below `tmp_path`; all are stopped at the end."""
    made: list[LocalServer] = []

    def make(name: str = "home", progress: Silent | None = None, **options: object) -> LocalServer:
        given = {"home": tmp_path / name, "server_profile": "small", "server_line": server_line} | options
        made.append(LocalServer(load_settings(**given), progress or Silent()))
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, server_line: str) -> Iterator[LocalServer]:
    """One running server for the tests of a module that only look at it."""
    # A blank and a letter beyond ASCII: paths of homes go through Java options and a properties file.
    home = tmp_path_factory.mktemp("local") / "my prøject"
    server = LocalServer(load_settings(home=home, server_profile="small", server_line=server_line))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_cache(tmp_path: Path, running: LocalServer, server_line: str) -> Path:
    """A cache of this test with all jars and no installation; jars are shared with the user's cache."""
    cache = tmp_path / "my caché"
    line = line_of(server_line)
    shared, jars = Places.of(line, running.settings.cache).jars, Places.of(line, cache).jars
    jars.mkdir(parents=True)
    for artefact in line.artefacts:
        (jars / artefact.file_name).symlink_to(shared / artefact.file_name)
    return cache
