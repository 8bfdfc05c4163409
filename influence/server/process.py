"""One server process: whether it lives, how it starts and ends, and who is connected to it.

Linux tells all of it in `/proc`; elsewhere `psutil` does, imported only there so that the idle timer stays small.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from influence.server.home import Record

__all__ = ["alive", "clients", "end", "free_port", "listening", "maps", "spawn", "start_mark"]

LINUX = Path("/proc/self/stat").exists()
PORTS = range(20_000, 32_768)
STATE, START_TIME = 0, 19  # fields of /proc/<pid>/stat after the name of the command
ESTABLISHED = "01"  # state in /proc/net/tcp


def start_mark(pid: int) -> str | None:
    """Return the start time of a process as an opaque text, `None` when it does not run (any more)."""
    if not LINUX:
        return start_mark_elsewhere(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    if fields[STATE] in "ZX":
        reap(pid)
        return None
    return fields[START_TIME]


def start_mark_elsewhere(pid: int) -> str | None:
    """Return the start time where there is no `/proc`."""
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE:
            return str(int(process.create_time()))
    except psutil.NoSuchProcess:
        return None
    reap(pid)
    return None


def reap(pid: int) -> None:
    """Take the exit status of an ended process when it was our child, so that it leaves the list of processes."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def alive(record: Record) -> bool:
    """Return whether the recorded process still runs."""
    return start_mark(record.pid) == record.mark


def spawn(command: Sequence[str], environment: Mapping[str, str], log: Path) -> tuple[int, str]:
    """Start a process that outlives us, its output appended to `log`; return its id and start mark."""
    pid = os.posix_spawn(
        command[0],
        list(command),
        dict(environment),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
            *((os.POSIX_SPAWN_CLOSE, descriptor) for descriptor in inheritable()),
        ],
        setsid=True,  # a Ctrl-C in the terminal is not for it
        setsigmask=[],
        setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGPIPE],
    )
    return pid, start_mark(pid) or ""


def inheritable() -> list[int]:
    """Return the open files that a new process would get besides the standard three.

    A pipe of the caller's caller is among them: who reads its other end would wait for the server to end.
    """
    found = []
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - the numbers, not paths that would have to be resolved
        with suppress(OSError):  # the one that lists the folder is closed by now
            if int(name) > 2 and os.get_inheritable(int(name)):
                found.append(int(name))
    return found


def end(record: Record, patience: float = 30.0, *, at_once: bool = False) -> bool:
    """End the recorded process: SIGTERM, and SIGKILL when it is still there after `patience` seconds.

    SIGKILL at once while a client is connected. Told to end politely, Neo4j 5.26 sends every client a success that the
    client takes for the answer to its next COMMIT, although the transaction is rolled back; and Neo4j 2026.01 waits for
    open transactions. A killed server has its commits on disk, and the clients get an error.

    Args:
        record: The process.
        patience: Seconds that it gets.
        at_once: SIGKILL in any case. A database that has stopped itself on a full disk would write the refused
            transaction once more when it is told to end, behind the part that is there; no start can read that.

    Returns:
        Whether it ran.
    """
    if not alive(record):
        return False
    polite = [] if at_once or clients(record) else [(signal.SIGTERM, patience)]
    for number, seconds in (*polite, (signal.SIGKILL, 10.0)):
        with suppress(ProcessLookupError):
            os.kill(record.pid, number)
        deadline = time.monotonic() + seconds
        while alive(record) and time.monotonic() < deadline:
            time.sleep(0.02)
        if not alive(record):
            break
    return True


def free_port(wanted: int | None = None, patience: float = 3.0) -> int:
    """Return a free loopback port: `wanted` if nobody has it, so that a project keeps its port between starts.

    A new one is below those that systems hand out to outgoing connections: one of these would be taken while the server
    is down, and a job that waits for it would wait at the wrong door. The same would happen if it were given up too
    soon: threads of a killed server can hold it for a moment after their process counts as dead.

    Args:
        wanted: Port of the last start.
        patience: Seconds to wait for it.
    """
    deadline = time.monotonic() + patience
    while wanted and not bindable(wanted):
        if time.monotonic() >= deadline:
            break
        time.sleep(0.05)
    for port in (*([wanted] if wanted else []), *random.sample(PORTS, 20), 0):
        if found := bindable(port):
            return found
    raise OSError("no free loopback port")


def bindable(port: int) -> int | None:
    """Return the loopback port if nobody has it (for 0 a port that the system chooses), else `None`."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return int(sock.getsockname()[1])
    return None


def listening(port: int) -> bool:
    """Return whether something accepts connections on a loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(1.0)
        return sock.connect_ex(("127.0.0.1", port)) == 0


def clients(record: Record) -> int:
    """Return the number of connections to the recorded server."""
    if not LINUX:
        return clients_elsewhere(record)
    local = f":{record.port:04X}"
    return sum(
        row[1].endswith(local) and row[3] == ESTABLISHED
        for table in ("tcp", "tcp6")
        for row in map(str.split, Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:])
    )


def clients_elsewhere(record: Record) -> int:
    """Return the number of connections where there is no `/proc`."""
    import psutil

    try:
        connections = psutil.Process(record.pid).net_connections("tcp")
    except psutil.Error:
        return 0
    return sum(one.laddr.port == record.port and one.status == psutil.CONN_ESTABLISHED for one in connections)


def maps(record: Record, path: str) -> bool | None:
    """Return whether the process has a file mapped into its memory, `None` where the system does not tell."""
    if not LINUX:
        return None
    try:
        text = Path(f"/proc/{record.pid}/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any(line.endswith(path) for line in text.splitlines())
