"""Starting, ending, crashing: whatever happens, one server per home, and its data stay."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from local_servers import Notes, connect, record_of
from neo4j.exceptions import DriverError

from influence.errors import ServerUnavailable
from influence.server import LocalServer
from influence.server.config import machine_memory, memory_plan
from influence.server.launch import launch, wait_ready
from influence.server.process import alive, end

pytestmark = pytest.mark.integration

MakeServer = Callable[..., LocalServer]


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def remember(server: LocalServer, text: str) -> None:
    with connect(server) as graph:
        graph.execute("CREATE (:Note {text: $text})", {"text": text}, name="remember")


def remembered(server: LocalServer) -> list[str]:
    with connect(server) as graph:
        return [row[0] for row in graph.read("MATCH (n:Note) RETURN n.text AS text", name="recall").rows]


def test_looking_at_a_server_that_never_ran_creates_nothing(make_server: MakeServer) -> None:
    server = make_server()
    assert not server.status().running
    assert server.logs() == ""
    assert not server.stop()
    assert [finding for finding in server.doctor() if not finding.ok] == []
    assert not server.settings.home.exists()


def test_data_and_port_survive_stop_and_start(make_server: MakeServer) -> None:
    server = make_server(progress=(notes := Notes()))
    remember(server, "kept")
    first = record_of(server)
    assert server.stop()
    assert not server.stop()
    assert not server.status().running
    assert remembered(server) == ["kept"]
    second = record_of(server)
    assert second.port == first.port
    assert second.pid != first.pid
    assert sum("started the local server" in text for text in notes.texts) == 2


def test_killed_server_is_started_again_with_its_committed_data(make_server: MakeServer) -> None:
    server = make_server()
    remember(server, "committed")
    killed = record_of(server)
    os.kill(killed.pid, signal.SIGKILL)
    wait_until(lambda: not alive(killed))
    assert remembered(server) == ["committed"]
    assert record_of(server).pid != killed.pid


def test_two_projects_run_side_by_side(make_server: MakeServer) -> None:
    one, two = make_server("one"), make_server("two")
    remember(one, "of one")
    remember(two, "of two")
    assert (remembered(one), remembered(two)) == (["of one"], ["of two"])
    assert record_of(one).port != record_of(two).port
    assert one.home.password.read_text() != two.home.password.read_text()
    one.stop()
    assert remembered(two) == ["of two"]


def test_two_commands_at_once_start_one_server(make_server: MakeServer) -> None:
    server = make_server()
    code = (
        "import sys; from influence.server import LocalServer; from influence.settings import load_settings\n"
        "s = LocalServer(load_settings(home=sys.argv[1], server_profile='small', server_line=sys.argv[2]))\n"
        "print(s.ensure_running().uri, s.status().pid)"
    )
    command = [sys.executable, "-c", code, str(server.settings.home), server.line.name]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [process.communicate(timeout=120)[0].strip() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert answers[0] == answers[1]
    assert answers[0].endswith(f" {record_of(server).pid}")


def test_command_that_dies_while_starting_leaves_a_server_for_the_next_one(make_server: MakeServer) -> None:
    server = make_server()
    launched = server.launch(server.install())  # as far as a killed command got
    assert not launched.ready
    assert not server.status().ready
    server.ensure_running()
    assert record_of(server) == replace(launched, ready=True)


def test_unused_server_ends_by_itself_and_comes_back(make_server: MakeServer) -> None:
    server = make_server(server_idle_minutes=0.03)
    remember(server, "kept")
    first = record_of(server)
    wait_until(lambda: not alive(first))
    assert "ended by influence after 0.03 idle minutes" in wait_for_log(server, "idle minutes")
    assert remembered(server) == ["kept"]


def wait_for_log(server: LocalServer, text: str) -> str:
    wait_until(lambda: text in server.logs(5))
    return server.logs(5)


def test_connected_server_does_not_end(make_server: MakeServer) -> None:
    server = make_server(server_idle_minutes=0.03)
    with connect(server) as graph:
        graph.facts()
        first = record_of(server)
        time.sleep(6)
        assert alive(first)
    wait_until(lambda: not alive(first))


def test_server_without_idle_time_has_no_timer(make_server: MakeServer) -> None:
    server = make_server(server_idle_minutes=0)
    server.start()
    assert server.status().idle_seconds == 0
    timers = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert f"watchdog {server.home.folder}" not in timers


def test_start_on_occupied_data_fails_with_the_end_of_the_log(make_server: MakeServer) -> None:
    one, two = make_server("one"), make_server("two")
    one.start()
    (two.home.folder).mkdir(parents=True)
    (two.home.folder / "data").symlink_to(one.home.folder / "data")
    shutil.copy(one.home.password, two.home.password)
    with pytest.raises(ServerUnavailable, match="it ended by itself") as caught:
        two.start()
    assert caught.value.exit_code == 3
    assert caught.value.code == "server-start-failed"
    assert "lock" in caught.value.message.lower()
    assert not two.status().running
    assert one.status().running


def test_start_on_a_log_with_a_damaged_end_says_so_and_only_after_a_stopped_database_cuts_it_off(
    make_server: MakeServer,
) -> None:
    server = make_server()
    remember(server, "kept")
    end_hard(server)
    (log,) = (server.home.folder / "data" / "transactions" / "neo4j").glob("neostore.transaction.db.*")
    with log.open("ab") as file:
        file.write(b"\x17" * 1000)
    damaged = log.read_bytes()
    with pytest.raises(ServerUnavailable, match="its database does not start"):
        server.start()
    assert log.read_bytes().startswith(damaged.rstrip(b"\0")), "a log that is damaged is not touched"
    server.home.stopped.touch()
    assert remembered(server) == ["kept"]
    assert not server.home.stopped.exists()


def end_hard(server: LocalServer) -> None:
    record = record_of(server)
    os.kill(record.pid, signal.SIGKILL)
    wait_until(lambda: not alive(record))


def test_start_with_a_foreign_password_says_so(make_server: MakeServer) -> None:
    server = make_server()
    server.start()
    server.stop()
    server.home.password.write_text("0" * 48)
    with pytest.raises(ServerUnavailable, match="does not take the password"):
        server.start()
    assert not server.status().running


def test_start_that_java_refuses_fails_at_once(make_server: MakeServer) -> None:
    server = make_server()
    memory = memory_plan("small", machine_memory())
    record = launch(server.install(), server.home, memory)
    end(record)
    refused = launch(server.install(), server.home, memory, extra_java=["-XX:NoSuchOption"])
    with pytest.raises(ServerUnavailable, match="NoSuchOption"):
        wait_ready(server.home, refused)


def test_start_that_takes_too_long_is_ended(make_server: MakeServer) -> None:
    server = make_server()
    record = server.launch(server.install())
    with pytest.raises(ServerUnavailable, match="no answer in 0 s"):
        wait_ready(server.home, record, deadline=0.2)
    assert not alive(record)


def test_stop_ends_a_server_with_an_open_transaction(make_server: MakeServer) -> None:
    server = make_server()
    with connect(server) as graph, pytest.raises(DriverError), graph.driver.session(database="neo4j") as session:
        session.run("CREATE (:Note {text: 'committed'})").consume()
        transaction = session.begin_transaction()
        transaction.run("CREATE (:Note {text: 'open'})").consume()
        assert server.stop()
        transaction.commit()
    assert remembered(server) == ["committed"]


def test_each_line_has_a_home_of_its_own(make_server: MakeServer) -> None:
    homes = {make_server(server_line=line).home.folder for line in ("5.26", "2026.01")}
    assert len(homes) == 2
    assert len({home.parent for home in homes}) == 1


def test_server_keeps_no_pipe_of_the_command_that_started_it(make_server: MakeServer, tmp_path: Path) -> None:
    server = make_server()
    command = f"exec 9>&1; {sys.executable} -m influence.cli.main server start"
    environment = os.environ | {
        "INFLUENCE_HOME": str(server.settings.home),
        "INFLUENCE_SERVER_LINE": server.line.name,
        "INFLUENCE_SERVER_PROFILE": "small",
    }
    # `communicate` returns when every holder of the pipe has closed it; the server runs on.
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert server.status().running
