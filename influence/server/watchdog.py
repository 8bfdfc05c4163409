"""The idle timer: a small process beside a server that ends it when nobody has used it for a while.

In use means: a client is connected, or a command has asked for the server. The process needs the standard library
only; it ends with the server, however that ends, and ends the server when its home is deleted.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from influence.server.home import Home, Record, locked
from influence.server.process import alive, clients, end

__all__ = ["watch"]

LONGEST_PAUSE = 10.0  # seconds between two looks


def watch(home: Home, server: Record) -> None:
    """Return when the server has ended, ending it after its idle time without use."""
    pause = min(LONGEST_PAUSE, server.idle_seconds / 4)
    while alive(server):
        time.sleep(pause)
        if not home.record_path.exists():
            end(server)  # the project was deleted
        elif clients(server):
            home.activity.touch()
        elif idle(home) >= server.idle_seconds and end_unless_wanted(home, server):
            stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
            sys.stdout.write(f"{stamp}+0000 ended by influence after {server.idle_seconds / 60:g} idle minutes\n")


def idle(home: Home) -> float:
    """Return the seconds since somebody asked for the server."""
    try:
        return time.time() - home.activity.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def end_unless_wanted(home: Home, server: Record) -> bool:
    """End the server, unless somebody asks for it at this very moment.

    Who asks marks activity first and reads the record second. So here the record is taken back first and activity
    looked at second: either the mark is seen, or the other finds no ready server and waits for the lock.
    """
    with locked(home.lock):
        record = home.read_record()
        if record is None or (record.pid, record.mark) != (server.pid, server.mark):
            return False
        home.write_record(replace(record, ready=False))
        if idle(home) < server.idle_seconds or clients(server):
            home.write_record(record)
            return False
        return end(server, at_once=home.panicked(server))


def main() -> None:
    """Watch the server whose home is the only argument."""
    home = Home(Path(sys.argv[1]))
    os.chdir("/")  # keep no folder busy
    record = home.read_record()
    if record is not None:
        watch(home, record)


if __name__ == "__main__":
    main()
