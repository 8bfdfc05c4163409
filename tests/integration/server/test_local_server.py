"""What the running local server is, and what it refuses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
from local_servers import connect, record_of
from neo4j.exceptions import TransientError
from pydantic import SecretStr

from influence.errors import AuthFailed, QueryFailed
from influence.graph import Graph
from influence.server import LocalServer
from influence.server.config import PROCEDURE_ALLOW_LIST

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def graph(running: LocalServer) -> Iterator[Graph]:
    with connect(running) as opened:
        yield opened


def test_versions_are_the_pinned_ones(running: LocalServer, graph: Graph) -> None:
    facts = graph.facts()
    assert (facts.version, facts.gds, facts.edition) == (running.line.neo4j, running.line.gds, "community")


def test_fast_layout_and_class_data_archive_are_in_use(running: LocalServer) -> None:
    status = running.status()
    assert status.layout == "fast"
    assert status.archive_used is True
    assert (status.running, status.ready, status.profile) == (True, True, "small")


def test_asking_again_gives_the_same_server(running: LocalServer) -> None:
    before = record_of(running).pid
    assert running.ensure_running() == running.start()
    assert record_of(running).pid == before


def test_one_loopback_port_is_open_and_it_is_bolt(running: LocalServer) -> None:
    record = record_of(running)
    listening = [
        one.laddr for one in psutil.Process(record.pid).net_connections("tcp") if one.status == psutil.CONN_LISTEN
    ]
    assert [address.port for address in listening] == [record.port]
    assert listening[0].ip in ("127.0.0.1", "::ffff:127.0.0.1")


def test_password_is_for_this_user_only_and_stands_nowhere_else(running: LocalServer) -> None:
    password = running.home.password.read_text().strip()
    assert running.home.password.stat().st_mode & 0o777 == 0o600
    assert running.home.folder.stat().st_mode & 0o777 == 0o700
    assert len(password) >= 32
    others = [path for path in running.home.folder.rglob("*") if path.is_file() and path != running.home.password]
    assert [path for path in others if password.encode() in path.read_bytes()] == []
    assert password not in " ".join(psutil.Process(record_of(running).pid).cmdline())
    assert password not in repr(running.ensure_running())


def test_wrong_password_is_refused(running: LocalServer) -> None:
    endpoint = running.ensure_running()
    with pytest.raises(AuthFailed), Graph(endpoint.uri, "neo4j", SecretStr("not the password")) as graph:
        graph.facts()


@pytest.mark.parametrize("place", ["outside", "import", "relative"])
def test_load_csv_of_a_file_is_refused(running: LocalServer, graph: Graph, tmp_path: Path, place: str) -> None:
    inside = running.home.folder / "import" / "there.csv"
    inside.write_text("secret\n")
    outside = tmp_path / "there.csv"
    outside.write_text("secret\n")
    url = {"outside": outside.as_uri(), "import": inside.as_uri(), "relative": "file:///there.csv"}[place]
    with pytest.raises(QueryFailed):
        graph.read("LOAD CSV FROM $url AS row RETURN row", {"url": url}, name="probe")
    inside.unlink()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_load_csv_of_an_address_is_refused_before_anything_is_sent(graph: Graph, host: str) -> None:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "7")
            self.end_headers()
            self.wfile.write(b"secret\n")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        url = f"http://{host}:{web.server_port}/x.csv"
        try:
            with pytest.raises(QueryFailed):
                graph.read("LOAD CSV FROM $url AS row RETURN row", {"url": url}, name="probe")
        finally:
            web.shutdown()
    assert asked == []


def test_procedures_are_exactly_those_of_the_allow_list(graph: Graph) -> None:
    loaded = {
        row[0]
        for kind in ("PROCEDURES", "FUNCTIONS")
        for row in graph.read(f"SHOW {kind} YIELD name RETURN name", name="probe").rows
        if row[0].startswith("gds.")
    }
    assert loaded == set(PROCEDURE_ALLOW_LIST)


def test_writing_algorithm_does_not_exist(graph: Graph) -> None:
    with pytest.raises(QueryFailed, match=r"gds\.pageRank\.write"):
        graph.execute("CALL gds.pageRank.write('any', {writeProperty: 'x'})", name="probe")


def test_greedy_transaction_is_ended_and_the_server_lives(running: LocalServer, graph: Graph) -> None:
    before = record_of(running).pid
    with graph.driver.session(database="neo4j") as session, pytest.raises(TransientError, match="memory"):
        session.run(
            "UNWIND range(1, 10000000) AS i RETURN size(collect([x IN range(i, i + 500) | toString(x)]))"
        ).consume()
    assert record_of(running).pid == before
    assert graph.read("RETURN 1 AS one", name="probe").rows == [(1,)]


def test_doctor_finds_nothing_to_fix_and_names_the_licences(running: LocalServer) -> None:
    findings = running.doctor()
    assert [finding for finding in findings if not finding.ok] == []
    licences = [finding.detail for finding in findings if finding.check == "licence"]
    assert len(licences) == 3
    assert all("GPL" in licence for licence in licences)
    assert {
        "artefacts",
        "java",
        "installation",
        "memory",
        "server",
        "class-data archive",
        "procedures",
        "settings",
    } <= {finding.check for finding in findings}


def test_doctor_sees_a_password_file_that_others_may_read(running: LocalServer) -> None:
    running.home.password.chmod(0o644)
    try:
        bad = [finding for finding in running.doctor() if not finding.ok]
    finally:
        running.home.password.chmod(0o600)
    assert [finding.check for finding in bad] == ["password file"]
    assert bad[0].fix is not None
    assert bad[0].fix.startswith("chmod 600")


def test_logs_end_with_what_the_server_said(running: LocalServer) -> None:
    assert "Started." in running.logs(50)
    assert len(running.logs(2).splitlines()) == 2
