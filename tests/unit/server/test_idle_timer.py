"""The idle timer, on a process that stands in for the server by owning a port."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from influence.server import watchdog
from influence.server.home import Home, Record, locked
from influence.server.process import alive, end, spawn
from influence.server.watchdog import end_unless_wanted, watch

LISTEN = (
    "import socket, sys, time\n"
    "s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)\n"
    "kept = []\n"
    "while True: kept.append(s.accept())\n"
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "run").mkdir()
    (tmp_path / "logs").mkdir()
    (tmp_path / "run" / "activity").touch()
    return Home(tmp_path)


@pytest.fixture
def server(home: Home) -> Iterator[Record]:
    pid, mark = spawn([sys.executable, "-c", LISTEN], {}, home.log)
    while not home.tail(1):
        time.sleep(0.02)
    record = Record(pid, mark, int(home.tail(1)), "5.26", "small", "fast", None, 0.0, idle_seconds=0.4, ready=True)
    home.write_record(record)
    yield record
    end(record)


def age(home: Home, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(home.activity, (then, then))


def watching(home: Home, server: Record) -> threading.Thread:
    thread = threading.Thread(target=watch, args=(home, server), daemon=True)
    thread.start()
    return thread


def test_unused_server_is_ended_and_says_so(home: Home, server: Record, capsys: pytest.CaptureFixture[str]) -> None:
    watch(home, server)
    assert not alive(server)
    assert "idle minutes" in capsys.readouterr().out


def test_connected_client_keeps_the_server(home: Home, server: Record) -> None:
    with socket.create_connection(("127.0.0.1", server.port)):
        thread = watching(home, server)
        time.sleep(4 * server.idle_seconds)
        assert alive(server)
    assert watchdog.idle(home) < server.idle_seconds  # the idle time begins when the client has gone
    thread.join(timeout=20)
    assert not alive(server)


def test_commands_keep_the_server(home: Home, server: Record) -> None:
    thread = watching(home, server)
    for _ in range(16):
        home.activity.touch()
        time.sleep(server.idle_seconds / 4)
    assert alive(server)
    thread.join(timeout=20)
    assert not alive(server)


def test_timer_ends_with_a_killed_server(home: Home, server: Record) -> None:
    thread = watching(home, server)
    os.kill(server.pid, 9)
    thread.join(timeout=20)
    assert not thread.is_alive()


def test_server_of_a_deleted_project_is_ended(home: Home, server: Record) -> None:
    thread = watching(home, server)
    home.record_path.unlink()
    thread.join(timeout=20)
    assert not alive(server)


def test_command_that_asks_at_the_last_moment_keeps_the_server(
    home: Home, server: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    age(home, 60)
    write = Home.write_record

    def write_then_ask(self: Home, record: Record) -> None:
        write(self, record)
        if not record.ready:
            self.activity.touch()  # another process asks just after the record was taken back

    monkeypatch.setattr(Home, "write_record", write_then_ask)
    assert not end_unless_wanted(home, server)
    assert alive(server)
    assert home.read_record() == server  # ready again


def test_timer_waits_while_a_command_starts_the_server(home: Home, server: Record) -> None:
    age(home, 60)
    with locked(home.lock):
        thread = threading.Thread(target=end_unless_wanted, args=(home, server))
        thread.start()
        time.sleep(0.3)
        assert alive(server)
        home.activity.touch()
    thread.join(timeout=20)
    assert alive(server)


def test_timer_of_an_earlier_server_leaves_the_next_one_alone(home: Home, server: Record) -> None:
    age(home, 60)
    earlier = Record(server.pid, server.mark + "0", server.port, "5.26", "small", "fast", None, 0.0, 0.4, True)
    assert not end_unless_wanted(home, earlier)
    assert alive(server)
    assert watchdog.idle(home) > 50
