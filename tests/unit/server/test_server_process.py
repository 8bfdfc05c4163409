"""Process ids are reused, files are half written, ports are taken: the record has to see through it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from influence.errors import ConfigError
from influence.server.home import Home, Record, make_folder
from influence.server.process import alive, clients, end, free_port, listening, maps, spawn, start_mark

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]


def record(pid: int = 1, mark: str = "1", port: int = 1) -> Record:
    return Record(pid, mark, port, "5.26", "small", "fast", None, since=0.0, idle_seconds=0.0, ready=True)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "run").mkdir()
    (tmp_path / "logs").mkdir()
    return Home(tmp_path)


def test_record_survives_writing_and_reading_and_is_private(home: Home) -> None:
    home.write_record(record(port=7))
    assert home.read_record() == record(port=7)
    assert home.record_path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "surprise": 2}'])
def test_unreadable_record_means_no_server(home: Home, text: str) -> None:
    home.record_path.write_text(text)
    assert home.read_record() is None


def test_record_of_a_reused_process_id_is_not_alive_and_is_not_ended(home: Home) -> None:
    pid, mark = spawn(SLEEP, {}, home.log)
    other = record(pid, mark + "0")
    assert alive(record(pid, mark))
    assert not alive(other)
    assert not end(other)
    assert alive(record(pid, mark))
    assert end(record(pid, mark))


def test_ended_child_counts_as_ended_although_nobody_waited_for_it(home: Home) -> None:
    pid, mark = spawn([sys.executable, "-c", "pass"], {}, home.log)
    wait_until(lambda: not alive(record(pid, mark)))
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # it was taken out of the list of processes, too


def test_process_that_ignores_sigterm_is_killed(home: Home) -> None:
    pid, mark = spawn(STUBBORN, {}, home.log)
    wait_until(lambda: "up" in home.tail(1))
    assert end(record(pid, mark), patience=0.3)
    assert start_mark(pid) is None


def test_process_with_a_connected_client_is_killed_without_sigterm(home: Home) -> None:
    listening = [
        sys.executable,
        "-c",
        "import signal, socket, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('politely', flush=True), sys.exit()))\n"
        "s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)\n"
        "kept = s.accept(); time.sleep(60)",
    ]
    pid, mark = spawn(listening, {}, home.log)
    wait_until(lambda: home.tail(1) != "")
    one = record(pid, mark, int(home.tail(1)))
    with socket.create_connection(("127.0.0.1", one.port)):
        assert end(one)
    assert not alive(one)
    assert "politely" not in home.tail(5)


def test_ending_twice_says_that_nothing_ran_the_second_time(home: Home) -> None:
    one = record(*spawn(SLEEP, {}, home.log))
    assert end(one)
    assert not end(one)


def test_spawned_process_is_out_of_reach_of_ctrl_c_and_of_the_callers_files(home: Home) -> None:
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)  # as a shell or make hands its pipes to us
    pid, mark = spawn(STUBBORN, {}, home.log)
    wait_until(lambda: "up" in home.tail(1))
    os.close(writing)
    os.set_blocking(reading, False)
    try:
        assert os.read(reading, 1) == b""  # the end of the pipe: nobody else holds it open
        assert os.getsid(pid) == pid
    finally:
        os.close(reading)
        end(record(pid, mark), patience=0)


def test_spawn_takes_signals_that_the_caller_blocks(home: Home) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        one = record(*spawn(SLEEP, {}, home.log))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    started = time.monotonic()
    assert end(one, patience=20)
    assert time.monotonic() - started < 20  # it took SIGTERM, not SIGKILL after the patience


def test_port_is_kept_when_free_and_another_is_taken_when_not() -> None:
    port = free_port()
    assert port < 32_768, "no outgoing connection takes it while the server is down"
    assert free_port(port) == port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert listening(port)
        assert free_port(port, patience=0.1) != port
    assert not listening(port)


def test_port_when_a_dying_server_still_holds_it_then_waited_for() -> None:
    taken = socket.create_server(("127.0.0.1", free_port()))
    port = int(taken.getsockname()[1])
    leaving = threading.Timer(0.3, taken.close)
    leaving.start()
    assert free_port(port, patience=30) == port, "jobs wait there for the server to come back"
    leaving.join()


def test_clients_counts_established_connections_to_that_port_only() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("127.0.0.1", 0)) as other:
        one = record(port=server.getsockname()[1])
        assert clients(one) == 0
        with (
            socket.create_connection(server.getsockname()),
            socket.create_connection(server.getsockname()),
            socket.create_connection(other.getsockname()),
        ):
            wait_until(lambda: clients(one) == 2)


def test_mapped_file_is_seen(tmp_path: Path, home: Home) -> None:
    mapped = tmp_path / "classes.jsa"
    mapped.write_bytes(b"x" * 5000)
    code = (
        f"import mmap, time\nwith open({str(mapped)!r}, 'r+b') as f: m = mmap.mmap(f.fileno(), 0)\n"
        "print('up', flush=True); time.sleep(60)"
    )
    one = record(*spawn([sys.executable, "-c", code], {}, home.log))
    wait_until(lambda: "up" in home.tail(1))
    assert maps(one, str(mapped)) is True
    assert maps(one, str(tmp_path / "other.jsa")) is False
    end(one)
    assert maps(one, str(mapped)) is False


def test_log_tail_gives_the_last_lines_or_nothing(home: Home) -> None:
    assert home.tail(3) == ""
    home.log.write_bytes(b"a\nb\xff\nc\nd\n")
    assert home.tail(2) == "c\nd"


def test_folder_that_cannot_be_made_names_the_variable_that_moves_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot make the folder") as caught:
        make_folder(tmp_path / "file" / "home", "INFLUENCE_HOME")
    assert "INFLUENCE_HOME" in (caught.value.hint or "")


def test_package_is_light_enough_for_the_idle_timer() -> None:
    code = "import sys, influence.server.watchdog; print(sorted({'pydantic', 'numpy', 'neo4j', 'jgo', 'psutil'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("said", "told"), [("Database panic: no space", False), ("Stopping.", True)])
def test_server_whose_database_stopped_itself_is_ended_without_being_told(home: Home, said: str, told: bool) -> None:
    polite = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: (print('told', flush=True), sys.exit()))"
    )
    pid, mark = spawn([sys.executable, "-c", f"{polite}; print('up', flush=True); time.sleep(60)"], {}, home.log)
    wait_until(lambda: "up" in home.tail(1))
    (home.folder / "logs" / "debug.log").write_text(f"2026-01-02 03:04:05.678+0000 ERROR [o.n.k.d.Database] {said}\n")
    server = record(pid, mark)
    assert end(server, at_once=home.panicked(server))
    assert ("told" in home.tail(1)) is told
