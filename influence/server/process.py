"""One server process: its record on disk, whether it lives, how it starts and ends."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Record", "alive", "end", "free_port", "listening", "spawn", "start_mark"]


@dataclass(frozen=True)
class Record:
    """What is known about a started server, kept beside its data.

    Attributes:
        mark: Start time of the process as the system reports it; tells a reused process id apart.
        ready: Whether it has answered once.
    """

    pid: int
    mark: str
    port: int
    line: str
    profile: str
    layout: str
    since: float
    ready: bool

    @classmethod
    def read(cls, path: Path) -> Record | None:
        """Return the record, or `None` when there is none that can be read."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Replace the record in one step."""
        write_atomically(path, json.dumps(asdict(self), indent=2) + "\n")


def write_atomically(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file under a temporary name that only this user can read, then rename it."""
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def start_mark(pid: int) -> str | None:
    """Return the start time of a process as an opaque text, `None` when it does not run (any more)."""
    try:
        # Reap a child of ours that ended; another process's child is not ours to wait for.
        os.waitpid(pid, os.WNOHANG)
    except (ChildProcessError, OSError):
        pass
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else foreign_start_mark(pid)
    except ProcessLookupError:
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return None if state in "ZX" else rest[18]


def foreign_start_mark(pid: int) -> str | None:
    """Return the start time where there is no `/proc`."""
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else str(int(process.create_time()))
    except psutil.NoSuchProcess:
        return None


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
        ],
        setsid=True,
        setsigmask=[],
        setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGPIPE],
    )
    return pid, start_mark(pid) or ""


def end(record: Record, patience: float = 30.0) -> bool:
    """End the recorded process: SIGTERM, and SIGKILL when it is still there after `patience` seconds.

    Returns:
        Whether it ran.
    """
    if not alive(record):
        return False
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 10.0)):
        try:
            os.kill(record.pid, number)
        except ProcessLookupError:
            return True
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not alive(record):
                return True
            time.sleep(0.02)
    return True


def free_port(wanted: int | None = None) -> int:
    """Return a free loopback port, `wanted` if nobody has it."""
    for port in (wanted, 0):
        if port is None:
            continue
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(sock.getsockname()[1])
    raise OSError("no free loopback port")


def listening(port: int) -> bool:
    """Return whether something accepts connections on a loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(1.0)
        return sock.connect_ex(("127.0.0.1", port)) == 0
