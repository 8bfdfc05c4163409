"""What the site refuses: foreign names, other methods, hostile addresses, too much at once, too long."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from influence.graph import Graph
from influence.project import Project
from influence.server import LocalServer
from influence.server.process import clients
from influence.settings import Settings, load_settings
from influence.web.guard import HEADERS
from influence.web.site import SiteOptions
from tests.integration.web.conftest import asked

pytestmark = pytest.mark.reference_line

SLOW = """// /// report
// title = "Slow"
// question = "How long does this take?"
// summary = "It counts for a while"
// category = "data"
// key = ["n"]
// timeout = "2s"
// [params]
// rounds = { type = "int", default = 100000, min = 1, max = 1000000000, help = "How long" }
// [columns]
// n = { type = "int", title = "Count" }
// ///
UNWIND range(1, $rounds) AS one
UNWIND range(1, 1000) AS two
WITH count(CASE WHEN (one * two) % 7 = 3 THEN 1 END) AS n
RETURN n
ORDER BY n
LIMIT 1
"""
LONG = "/reports/slow?rounds=1000000000"


@pytest.fixture(scope="module")
def slow(shop: Graph, project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The project with a report of its own that takes as long as it may."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "reports").mkdir()
    (folder / "reports" / "slow.cypher").write_text(SLOW, encoding="utf-8")
    settings = project.settings.model_copy(update={"cypher_dir": folder})
    with Project(settings) as opened:
        yield opened


def raw(site: httpx.Client, request: bytes) -> bytes:
    """Send bytes as they are; return the answer."""
    address = urlsplit(str(site.base_url))
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=30) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)


def get(site: httpx.Client, target: str | bytes, *headers: str) -> tuple[int, str]:
    """Ask for an address exactly as it is written."""
    port = urlsplit(str(site.base_url)).port
    named = any(header.lower().startswith("host:") for header in headers)
    lines = [*([] if named else [f"Host: 127.0.0.1:{port}"]), *headers, "Connection: close"]
    path = target if isinstance(target, bytes) else target.encode()
    answer = raw(site, b"GET " + path + b" HTTP/1.1\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode()


# ── names and methods ─────────────────────────────────────────────────────


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8765", "localhost.", ""])
def test_host_when_not_the_sites_own_then_refused(site: httpx.Client, host: str) -> None:
    status, body = get(site, "/", f"Host: {host}")
    assert status == (200 if host == "localhost." else 421), "a name that was pointed at this machine must not get in"
    assert host == "localhost." or "super-connectors" not in body


def test_host_when_given_twice_then_refused(site: httpx.Client) -> None:
    assert get(site, "/", "Host: localhost", "Host: evil.example")[0] in (400, 421)


def test_host_when_allowed_by_option_then_served(shop: Graph, project: Project) -> None:
    with asked(project, SiteOptions(hosts=frozenset(("influence.example.com",)))) as site:
        assert get(site, "/glossary", "Host: Influence.Example.com:443")[0] == 200
        assert get(site, "/glossary", "Host: 127.0.0.1")[0] == 421


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_method_when_it_could_change_something_then_refused(site: httpx.Client, method: str) -> None:
    answer = site.request(method, "/reports/super-connectors")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_head_when_asked_then_headers_without_a_body(site: httpx.Client) -> None:
    answer = site.head("/reports/super-connectors")
    assert answer.status_code == 200 and answer.content == b""


def test_page_of_another_site_when_it_loads_something_then_refused_but_may_link(site: httpx.Client) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert site.get("/segments/super-connectors.csv", headers=foreign).status_code == 403
    assert site.get("/", headers=foreign | {"Sec-Fetch-Mode": "navigate"}).status_code == 200


# ── hostile addresses ─────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/reports/../../etc/passwd", 404),
        ("/reports/%2e%2e%2f%2e%2e%2fetc%2fpasswd", 404),
        ("/reports/..%5c..%5cwin.ini", 404),
        ("/reports/top-by-topic.cypher", 404),
        ("//evil.example/", 404),
        ("/reports/super-connectors/", 404),
        ("/reports/<script>alert(1)</script>", 404),
        ("/customer?id=<script>alert(1)</script>", 404),
        ("/customers?find=%3Cscript%3Ealert(1)%3C/script%3Enobody", 200),
        ("/customers?find=x%27%20OR%201=1%20//", 200),
        ("/customers?find=%22%7D)%20DETACH%20DELETE%20n%20//", 200),
        ("/customer?id=a%00b", 400),
        ("/customer?id=%ff%fe", 400),
        ("/reports/%ff", 400),
        ("/reports/a%00b", 400),
        (b"/customer?id=\xff", 400),
        ("/customer?id=ann&id=ben", 400),
        ("/customer?id=ann&x=1", 400),
        ("/customer?id=" + "a" * 300, 400),
        ("/customer?id=" + "a" * 5000, 414),
        ("/?" + "&".join(f"p{one}=1" for one in range(60)), 400),
        ("/reports/top-by-topic.csv?topic=light%0d%0aSet-Cookie:%20a=b", 400),
        ("/reports/top-by-topic?topic=light%0d%0aX-Evil:%20yes", 400),
        ("/runs/compare?before=run-1%0d%0aX:%20y&after=run-2", 400),
        ("/reports/top-by-topic?topic=%27%20OR%20true%20//", 400),
        ("/reports/super-connectors?run=run-1", 400),
        ("/static/style.css", 404),
        ("/openapi.json", 404),
    ],
)
def test_address_when_hostile_then_refused_in_plain_words(
    site: httpx.Client, shop: Graph, target: str | bytes, status: int
) -> None:
    found, body = get(site, target)
    assert found == status
    assert "<script>alert" not in body and "Traceback" not in body and "root:" not in body
    assert "Set-Cookie" not in body.partition("<body>")[0] and "X-Evil" not in body.partition("<main")[0]
    assert shop.read("MATCH (c:Customer) RETURN count(c) AS n", name="count").single() == {"n": 10}


def test_parameters_with_line_ends_when_redirected_then_no_header_is_made_of_them(
    site: httpx.Client, shop: Graph
) -> None:
    shop.execute("CREATE (:Customer {id: $id})", {"id": "odd\r\nX-Evil: yes/../?&#"}, name="odd")
    try:
        answer = site.get("/customers", params={"find": "odd\r\nX-Evil: yes/../?&#"})
        assert answer.status_code == 303 and "x-evil" not in answer.headers
        page = site.get(answer.headers["location"])
        assert page.status_code == 200 and "x-evil" not in page.headers
    finally:
        shop.execute("MATCH (c:Customer) WHERE c.id STARTS WITH 'odd' DELETE c", name="tidy")


def test_refusals_when_sent_then_carry_the_same_guards(site: httpx.Client) -> None:
    for answer in (site.get("/nowhere"), site.get("/", headers={"Host": "evil.example"}), site.post("/")):
        assert HEADERS.keys() <= {name.lower().encode() for name in answer.headers}
        assert "default-src 'none'" in answer.headers["content-security-policy"]


# ── too much, too long, not there ─────────────────────────────────────────


def test_question_when_over_its_own_time_then_stopped_and_said(slow: Project) -> None:
    with asked(slow, SiteOptions()) as site:
        answer = site.get(LONG)
    assert answer.status_code == 503 and "time limit" in answer.text
    assert answer.headers["retry-after"]


def test_question_when_over_the_time_of_the_site_then_said_at_once(slow: Project) -> None:
    with asked(slow, SiteOptions(seconds=0.3)) as site:
        answer = site.get(LONG)
    assert answer.status_code == 503 and "longer than this site waits" in answer.text


def test_questions_when_too_many_at_once_then_the_rest_is_told_to_come_back(slow: Project) -> None:
    with asked(slow, SiteOptions(concurrency=1, waiting=1)) as site, ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: site.get(LONG), range(6)))
        busy = [answer for answer in answers if "Too many questions" in answer.text]
        assert len(busy) == 4, "one runs, one waits"
        assert all(answer.status_code == 503 and answer.headers["retry-after"] for answer in busy)
        assert site.get("/reports/countries").status_code == 200, "places are given back"


def test_database_when_away_then_said_within_seconds_and_health_knows(project: Project, tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = f"bolt://127.0.0.1:{unused.getsockname()[1]}"
    settings = load_settings(uri="bolt://unused", password="secret-word", home=tmp_path)
    away = Project(settings)
    away._graph = Graph(nowhere, "neo4j", settings.connection_password())
    with away, asked(away, SiteOptions()) as site:
        began = time.monotonic()
        answer = site.get("/")
        assert answer.status_code == 503 and answer.headers["retry-after"]
        assert "The database is away" in answer.text
        assert "bolt" not in answer.text and "127.0.0.1" not in answer.text and "secret-word" not in answer.text
        assert site.get("/healthz").status_code == 503
        assert site.get("/glossary").status_code == 200
        assert time.monotonic() - began < 25, "the driver would try again for half a minute each"
        twin = site.get("/reports/super-connectors.json")
        assert (twin.status_code, twin.json()["error"]["retryable"]) == (503, True)


def test_database_when_started_again_elsewhere_then_followed(shop: Graph, settings: Settings) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = f"bolt://127.0.0.1:{unused.getsockname()[1]}"
    with Project(settings) as own, asked(own, SiteOptions()) as site:
        own.graph().move(nowhere)
        assert site.get("/").status_code == 200
        assert own.graph().uri == shop.uri


def test_site_when_nobody_asks_then_its_connection_keeps_the_local_server_in_use(
    shop: Graph, settings: Settings
) -> None:
    server = LocalServer(settings).running()
    assert server is not None
    with Project(settings) as own:
        before = clients(server)
        with asked(own, SiteOptions()) as site:
            assert site.get("/healthz").status_code == 200
            assert clients(server) > before, "the idle timer ends a server without connections"


# ── the log ───────────────────────────────────────────────────────────────


def test_log_when_pages_are_asked_for_then_holds_paths_and_times_but_no_person(
    site: httpx.Client, records: list[logging.LogRecord]
) -> None:
    site.get("/customer?id=ann-private")
    site.get("/reports/nobody-private?limit=1")
    site.get("/private/address")
    site.request("PRIVATE", "/")
    lines = [record for record in records if hasattr(record, "route")]
    assert [(one.route, one.http_status) for one in lines] == [
        ("/customer", 404),
        ("/reports/{name}", 404),
        ("-", 404),
        ("-", 405),
    ]
    assert all(isinstance(one.duration_ms, int) for one in lines)
    everything = json.dumps([record.getMessage() + str(vars(record)) for record in records], default=str)
    assert "private" not in everything.lower()


def test_connection_when_the_protocol_is_broken_then_closed_without_a_word_about_the_server(
    site: httpx.Client,
) -> None:
    answer = raw(site, b"GET / HTTP/1.1\r\nHost: localhost\r\nBad Header\r\n\r\n")
    assert b"400" in answer.split(b"\r\n")[0]
    assert b"uvicorn" not in answer.lower() and b"h11" not in answer.lower()


# ── last, because it empties the database ─────────────────────────────────


def test_scores_when_none_are_computed_then_said(empty_graph: Graph, project: Project) -> None:
    with asked(project, SiteOptions()) as site:
        assert "No scores have been computed yet" in site.get("/").text
        answer = site.get("/reports/super-connectors")
        assert answer.status_code == 503 and "influence compute run" in answer.text
        assert site.get("/runs").status_code == 200
        assert site.get("/healthz").text == "ok\n"
