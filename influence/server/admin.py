"""The admin tool of the server, run on the data of a home: import, dump, load, check."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from influence.errors import QueryFailed
from influence.files import PERSONAL, write_atomically
from influence.server.config import MIB
from influence.server.installation import Installation
from influence.server.launch import class_path_file
from influence.server.process import start_mark

__all__ = ["AdminTool", "end_left_behind"]

PROCESS = "admin.json"
"""Which process works on a home, so that one left behind by a killed command can be ended."""
OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.lang", "java.util.concurrent")
TAIL = 15  # lines of the tool's output in the error


@dataclass(frozen=True)
class AdminTool:
    """The admin tool with a home to work on, whose server must not run.

    Attributes:
        installation: Where its classes are.
        home: Folder with `conf` and `data`; one that does not exist is made.
        heap: Bytes of Java heap at most.
    """

    installation: Installation
    home: Path
    heap: int = 1024 * MIB

    def run(self, arguments: Sequence[str], on_line: Callable[[str], None] | None = None) -> str:
        """Run one command of the tool to its end; when the caller is interrupted, it is ended too.

        Args:
            arguments: Such as `("database", "info", "neo4j")`.
            on_line: Told every line that it prints.

        Returns:
            What it printed.

        Raises:
            QueryFailed: It failed; the message ends with the tail of what it printed.
        """
        for name in ("conf", "run", "logs"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700)
        conf = self.home / "conf" / "neo4j.conf"
        if not conf.exists():
            write_atomically(conf, "db.tx_log.preallocate=false\n", mode=PERSONAL)
        command = [
            str(self.installation.java),
            f"-Xmx{self.heap // MIB}m",
            *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED),
            "--enable-native-access=ALL-UNNAMED",
            "-Dfile.encoding=UTF-8",
            "-Xshare:auto",
            f"@{class_path_file(self.installation, self.home / 'run')}",
            self.installation.line.admin_class,
            *arguments,
        ]
        environment = {"NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self.home / "conf"), "LC_ALL": "C.UTF-8"}
        lines: list[str] = []
        process = subprocess.Popen(
            command,
            cwd=self.home,  # files are named relative to it: a comma in its path would mean something to the tool
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        try:
            record = {"pid": process.pid, "mark": start_mark(process.pid)}
            write_atomically(self.home / PROCESS, json.dumps(record) + "\n", mode=PERSONAL)
            assert process.stdout is not None  # noqa: S101  (asked for above)
            for line in process.stdout:
                lines.append(line.rstrip())
                if on_line is not None:
                    on_line(lines[-1])
            process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
            (self.home / PROCESS).unlink(missing_ok=True)
        if process.returncode:
            tail = "\n".join(line for line in lines if line.strip() and not line.startswith("....."))
            raise QueryFailed(
                f"`neo4j-admin {' '.join(arguments[:2])}` failed:\n" + "\n".join(tail.splitlines()[-TAIL:]),
                code="admin-failed",
                hint="check the free space on the disk and the memory; `influence server doctor` shows both",
            )
        return "\n".join(lines)


def end_left_behind(home: Path, patience: float = 10.0) -> None:
    """End the admin tool that a killed command left behind in a home, if there is one, and wait for its end."""
    try:
        record = json.loads((home / PROCESS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    deadline = time.monotonic() + patience
    while record["mark"] and start_mark(record["pid"]) == record["mark"] and time.monotonic() < deadline:
        with suppress(ProcessLookupError):
            os.kill(record["pid"], signal.SIGKILL)
        time.sleep(0.02)
    (home / PROCESS).unlink(missing_ok=True)
