"""The local server of a project: install, start, stop, and say how it is."""

from __future__ import annotations

import secrets
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import SecretStr

from influence.errors import ServerUnavailable
from influence.progress import Progress, Silent
from influence.server.config import conf_text, java_options, machine_memory, memory_plan
from influence.server.installation import Installation, install, locked
from influence.server.lock import server_line
from influence.server.process import Record, alive, end, free_port, listening, spawn, write_atomically
from influence.settings import Settings

__all__ = ["Endpoint", "Finding", "LocalServer", "ServerStatus"]

START_DEADLINE = 300.0  # seconds until a start counts as failed


@dataclass(frozen=True)
class Endpoint:
    """Where a server answers and as whom to connect."""

    uri: str
    username: str
    password: SecretStr
    database: str
    line: str


@dataclass(frozen=True)
class ServerStatus:
    """How the local server is."""

    running: bool
    line: str
    home: Path
    uri: str | None = None
    pid: int | None = None
    layout: str | None = None
    profile: str | None = None


@dataclass(frozen=True)
class Finding:
    """One thing the doctor looked at."""

    check: str
    ok: bool
    detail: str
    fix: str | None = None


class LocalServer:
    """The Neo4j with GDS that belongs to this project's home.

    Args:
        settings: Home, cache, line, profile and idle time.
        progress: Where downloads and the first start report to.
    """

    def __init__(self, settings: Settings, progress: Progress = Silent()) -> None:  # noqa: B008 - stateless
        self.settings = settings
        self.progress = progress
        self.line = server_line(settings.server_line)
        # One folder per line: the store formats of two lines must not meet.
        self.home = settings.home.absolute() / "server" / self.line.name

    @property
    def record_path(self) -> Path:
        return self.home / "run" / "server.json"

    @property
    def log_path(self) -> Path:
        return self.home / "logs" / "server.log"

    def install(self) -> Installation:
        """Download and assemble the server of this line, once per user."""
        return install(self.line, self.settings.cache.absolute(), self.progress)

    def ensure_running(self) -> Endpoint:
        """Return the running server; install and start it when needed."""
        record = self.running()
        if record is None or not record.ready:
            return self.start()
        self.touch()
        return self.endpoint(record)

    def start(self) -> Endpoint:
        """Start the server, or return the one that already runs.

        Raises:
            ServerUnavailable: It did not start; the message ends with the tail of its log.
        """
        with locked(self.home / "run" / "start.lock"):
            record = self.running()
            if record is None:
                record = self.launch(self.install())
            if not record.ready:
                self.wait_ready(record)
                record = replace(record, ready=True)
                record.write(self.record_path)
                self.progress.note(f"started the local server: Neo4j {self.line.neo4j} at {self.endpoint(record).uri}")
        self.touch()
        return self.endpoint(record)

    def stop(self) -> bool:
        """End the server; `True` if one was running."""
        record = Record.read(self.record_path)
        was_running = record is not None and end(record)
        self.record_path.unlink(missing_ok=True)
        return was_running

    def status(self) -> ServerStatus:
        """Return how the server is."""
        record = self.running()
        if record is None:
            return ServerStatus(False, self.line.name, self.home)
        return ServerStatus(
            True, record.line, self.home, self.endpoint(record).uri, record.pid, record.layout, record.profile
        )

    def logs(self, lines: int = 50) -> str:
        """Return the last lines of the server's log."""
        try:
            text = self.log_path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def doctor(self) -> list[Finding]:
        """Check installation and server."""
        return []

    def running(self) -> Record | None:
        """Return the record of the server if its process lives."""
        record = Record.read(self.record_path)
        return record if record is not None and alive(record) else None

    def touch(self) -> None:
        """Mark activity for the idle timer."""
        (self.home / "run" / "activity").touch()

    def endpoint(self, record: Record) -> Endpoint:
        """Return the connection to a started server."""
        password = SecretStr((self.home / "password").read_text(encoding="utf-8").strip())
        return Endpoint(f"bolt://127.0.0.1:{record.port}", "neo4j", password, "neo4j", record.line)

    def launch(self, installation: Installation) -> Record:
        """Write the configuration and start the process."""
        for name in ("data", "conf", "logs", "run", "import"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700)
        environment = {"NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self.home / "conf"), "LC_ALL": "C.UTF-8"}
        memory = memory_plan(self.settings.server_profile, machine_memory())
        last = Record.read(self.record_path)
        port = free_port(last.port if last else None)
        write_atomically(self.home / "conf" / "neo4j.conf", conf_text(self.home, installation.plugins, port, memory))
        class_path = ":".join(map(str, installation.class_path))
        write_atomically(self.home / "run" / "class-path.args", f'-cp "{class_path}"\n')
        java = [
            str(installation.java),
            *java_options(memory, installation.archive),
            f"@{self.home}/run/class-path.args",
        ]
        if not (self.home / "data" / "dbms" / "auth.ini").exists() and not (self.home / "data" / "databases").exists():
            self.set_password(java, environment)
        command = [
            *java,
            self.line.main_class,
            f"--home-dir={self.home}",
            f"--config-dir={self.home}/conf",
            "--console-mode",
        ]
        pid, mark = spawn(command, environment, self.log_path)
        record = Record(
            pid, mark, port, self.line.name, memory.profile, installation.layout, since=time.time(), ready=False
        )
        record.write(self.record_path)
        return record

    def set_password(self, java: list[str], environment: dict[str, str]) -> None:
        """Give the not yet started server a random password, kept in a file that only this user can read."""
        password = secrets.token_hex(24)
        write_atomically(self.home / "password", password + "\n")
        # In a file, because every user of the machine can read a command line.
        arguments = self.home / "run" / "password.args"
        write_atomically(arguments, f"dbms\nset-initial-password\n{password}\n")
        try:
            done = subprocess.run(
                [*java, self.line.admin_class, f"@{arguments}"],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            arguments.unlink()
        if done.returncode:
            raise ServerUnavailable(
                f"cannot set the password of the local server:\n{done.stderr.strip()}", code="server-start-failed"
            )

    def wait_ready(self, record: Record) -> None:
        """Wait until the server answers a query and GDS is there."""
        deadline = time.monotonic() + START_DEADLINE
        while time.monotonic() < deadline:
            if not alive(record):
                raise self.start_failed("it ended by itself")
            if listening(record.port) and answers(self.endpoint(record)):
                return
            time.sleep(0.1)
        end(record)
        raise self.start_failed(f"it gave no answer in {START_DEADLINE:.0f} s")

    def start_failed(self, why: str) -> ServerUnavailable:
        """Return the error of a failed start, with the tail of the log."""
        return ServerUnavailable(
            f"the local server did not start: {why}; the end of `{self.log_path}`:\n{self.logs(20)}",
            code="server-start-failed",
            hint="run `influence server doctor`",
        )


def answers(endpoint: Endpoint) -> bool:
    """Return whether the server answers and has GDS."""
    from neo4j import GraphDatabase  # noqa: TID251 - until influence.graph offers a probe
    from neo4j.exceptions import DriverError, Neo4jError

    try:
        with GraphDatabase.driver(
            endpoint.uri, auth=(endpoint.username, endpoint.password.get_secret_value())
        ) as driver:
            driver.execute_query("RETURN gds.version()", database_=endpoint.database)
    except (DriverError, Neo4jError):
        return False
    return True
