"""The real Neo4j behind every integration test: one server a session, an empty database a module."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from influence.graph import Graph
from influence.project import Project
from influence.settings import Settings, load_settings

hypothesis_settings.register_profile("influence", deadline=None)  # a busy machine is no failure
hypothesis_settings.load_profile("influence")

CONNECTION_VARIABLES = (
    "NEO4J_URI",
    "NEO4J_USERNAME",
    "NEO4J_PASSWORD",
    "NEO4J_PASSWORD_FILE",
    "NEO4J_DATABASE",
    "INFLUENCE_HOME",
)


@pytest.fixture(autouse=True)
def logging_ends_with_the_test() -> Iterator[None]:
    """A command that runs inside a test sends log records to that test's stderr, which is closed after it."""
    logs = [logging.getLogger(name) for name in ("influence", "neo4j")]
    before = [(list(log.handlers), log.level, log.propagate) for log in logs]
    yield
    for log, (handlers, level, propagate) in zip(logs, before, strict=True):
        log.handlers[:], log.propagate = handlers, propagate
        log.setLevel(level)


@pytest.fixture(scope="session")
def server_line() -> str:
    """The server line under test; `make test-2026` sets the second one."""
    return os.environ.get("INFLUENCE_SERVER_LINE", "5.26")


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, server_line: str) -> Iterator[Settings]:
    """Settings of a project of its own, exported to the environment so that subprocesses share it."""
    home = tmp_path_factory.mktemp("project") / "home"
    before = {name: os.environ.get(name) for name in CONNECTION_VARIABLES}
    for name in CONNECTION_VARIABLES:
        os.environ.pop(name, None)
    os.environ["INFLUENCE_HOME"] = str(home)
    os.environ["INFLUENCE_SERVER_LINE"] = server_line
    os.environ["INFLUENCE_SERVER_PROFILE"] = "small"
    yield load_settings()
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.fixture(scope="session")
def project(settings: Settings) -> Iterator[Project]:
    """A project with its local server started; the server log is shown when it does not start."""
    from influence.server import LocalServer

    with Project(settings) as opened:
        opened.graph()
        yield opened
    LocalServer(settings).stop()


def wipe(graph: Graph) -> None:
    """Delete everything and put the schema back."""
    from influence.schema import apply_schema

    with graph.driver.session(database=graph.database) as session:
        session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()
        for row in session.run("CALL gds.graph.list() YIELD graphName RETURN graphName").data():
            session.run("CALL gds.graph.drop($name)", name=row["graphName"]).consume()
    apply_schema(graph)


@pytest.fixture(scope="module")
def graph(project: Project) -> Graph:
    """The connection, on a database that is empty when the module starts."""
    opened = project.graph()
    wipe(opened)
    return opened


@pytest.fixture
def empty_graph(project: Project) -> Graph:
    """The connection, on a database that is empty when the test starts."""
    opened = project.graph()
    wipe(opened)
    return opened


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of small real data sets."""
    return Path(__file__).parent / "data"
