"""The live site over the hand-worked shop: the real server in a thread, asked over HTTP."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest

from influence.graph import Graph
from influence.measures import MEASURES
from influence.project import Project
from influence.web.serving import listen, server
from influence.web.site import SiteOptions

SHOP = Path(__file__).parents[1] / "report"


def stocked(graph: Graph) -> Graph:
    """Put the shop into the database: ten customers, three products, two published runs; one name is markup."""
    graph.execute((SHOP / "shop.cypher").read_text(encoding="utf-8"), name="shop")
    measures = sorted(one.name for one in MEASURES)
    graph.execute((SHOP / "scores.cypher").read_text(encoding="utf-8"), {"measures": measures}, name="scores")
    hostile = "<script>alert(1)</script>"
    graph.execute("MATCH (c:Customer {id: 'ian'}) SET c.name = $name", {"name": hostile}, name="hostile")
    return graph


@pytest.fixture(scope="module")
def shop(graph: Graph) -> Graph:
    """The database with the shop."""
    return stocked(graph)


@contextmanager
def running(project: Project, options: SiteOptions) -> Iterator[str]:
    """Run a site on a free port; yield its address without the last slash."""
    started = Event()
    with listen("127.0.0.1", 0) as opened:
        one = server(project, options, started.set)
        thread = Thread(target=one.run, kwargs={"sockets": [opened]}, daemon=True)
        thread.start()
        assert started.wait(20)
        yield f"http://127.0.0.1:{opened.getsockname()[1]}"
        one.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


@contextmanager
def asked(project: Project, options: SiteOptions) -> Iterator[httpx.Client]:
    """Run a site; yield a client of it that follows no redirects."""
    with running(project, options) as address, httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def site(shop: Graph, project: Project) -> Iterator[httpx.Client]:
    """The site as it starts without options, but for the size of segments: the shop is small."""
    with asked(project, SiteOptions(min_size=3)) as client:
        yield client


@pytest.fixture
def records() -> Iterator[list[logging.LogRecord]]:
    """What the site logs during a test."""
    kept: list[logging.LogRecord] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(record)

    package, keeper = logging.getLogger("influence"), Keeper()
    before = package.level
    package.addHandler(keeper)
    package.setLevel(logging.INFO)
    yield kept
    package.removeHandler(keeper)
    package.setLevel(before)
