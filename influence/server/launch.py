"""Start a server in a home and wait until it answers."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from influence.errors import AuthFailed, InfluenceError, ServerUnavailable
from influence.files import PERSONAL, write_atomically
from influence.server.config import MIB, Memory, conf_text, java_options
from influence.server.home import Home, Record
from influence.server.installation import Installation
from influence.server.process import alive, end, free_port, listening, spawn

if TYPE_CHECKING:
    from influence.graph import ServerFacts

__all__ = ["Endpoint", "endpoint", "launch", "require_space", "stopped_itself", "wait_ready"]

START_DEADLINE = 300.0  # seconds until a start counts as failed
LOG_TAIL = 25  # lines of the log in the error of a failed start
LEAST_SPACE = 16 * MIB
"""Below that a server may start and stop itself at its first write, or never answer."""


@dataclass(frozen=True)
class Endpoint:
    """Where a server answers and as whom to connect."""

    uri: str
    username: str
    password: SecretStr
    database: str
    line: str


def endpoint(home: Home, record: Record) -> Endpoint:
    """Return the connection to a started server."""
    password = SecretStr(home.password.read_text(encoding="utf-8").strip())
    return Endpoint(f"bolt://127.0.0.1:{record.port}", "neo4j", password, "neo4j", record.line)


def launch(
    installation: Installation,
    home: Home,
    memory: Memory,
    *,
    idle_seconds: float = 0.0,
    extra_java: Sequence[str] = (),
) -> Record:
    """Write the configuration, start the server and its idle timer, and return the record.

    Args:
        installation: The server to start.
        home: Where it keeps its data; made when it is new.
        memory: Sizes and compiler.
        idle_seconds: The server ends after that long without use; 0 means never.
        extra_java: Further options of the Java virtual machine.

    Raises:
        ServerUnavailable: The password of a new server could not be set.
    """
    folder = home.folder
    for name in ("data", "conf", "logs", "run", "import"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    last = home.read_record()
    port = free_port(last.port if last else None)
    text = conf_text(port, memory, half_written=home.panicked(last))
    write_atomically(folder / "conf" / "neo4j.conf", text, mode=PERSONAL)
    plugins = folder / "plugins"
    plugins.unlink(missing_ok=True)
    plugins.symlink_to(installation.plugins)
    java = [
        str(installation.java),
        *java_options(memory, installation.archive, folder / "logs"),
        *extra_java,
        f"@{class_path_file(installation, folder / 'run')}",
    ]
    environment = {"NEO4J_HOME": str(folder), "NEO4J_CONF": str(folder / "conf"), "LC_ALL": "C.UTF-8"}
    if not home.password.exists():
        set_password(installation, home, java, environment)
    server = [installation.line.main_class, f"--home-dir={folder}", f"--config-dir={folder / 'conf'}", "--console-mode"]
    home.activity.touch()
    pid, mark = spawn([*java, *server], environment, home.log)
    record = Record(
        pid=pid,
        mark=mark,
        port=port,
        line=installation.line.name,
        profile=memory.profile,
        layout=installation.layout,
        archive=str(installation.archive) if installation.archive else None,
        since=time.time(),
        idle_seconds=idle_seconds,
        ready=False,
    )
    home.write_record(record)
    if idle_seconds:
        spawn([sys.executable, "-P", "-m", "influence.server.watchdog", str(folder)], {}, home.log)
    return record


def class_path_file(installation: Installation, folder: Path) -> Path:
    """Write the class path as an argument file of Java, so that it does not fill the list of processes."""
    path = folder / "class-path.args"
    quoted = ":".join(map(str, installation.class_path)).replace("\\", "\\\\").replace('"', '\\"')
    write_atomically(path, f'-cp "{quoted}"\n', mode=PERSONAL)
    return path


def set_password(installation: Installation, home: Home, java: Sequence[str], environment: dict[str, str]) -> None:
    """Give a server that never ran a random password.

    Raises:
        ServerUnavailable: The admin tool refused, for one because the data folder is of an earlier server.
    """
    password = secrets.token_hex(24)
    # Passed in a file, because every user of the machine can read a command line.
    arguments = home.folder / "run" / "password.args"
    write_atomically(arguments, f"dbms\nset-initial-password\n{password}\n", mode=PERSONAL)
    try:
        done = subprocess.run(
            [*java, installation.line.admin_class, f"@{arguments}"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        arguments.unlink()
    if done.returncode:
        raise ServerUnavailable(
            f"cannot set the password of the local server:\n{(done.stderr or done.stdout).strip()}",
            code="server-start-failed",
            hint=f"if `{home.folder}` holds nothing you need, delete it and try again",
        )
    write_atomically(home.password, password + "\n", mode=PERSONAL)


def wait_ready(home: Home, record: Record, deadline: float = START_DEADLINE) -> Record:
    """Wait until the server answers a query and has GDS, and return its record as ready.

    Raises:
        ServerUnavailable: It ended, has no GDS, does not take its password, its database does not start, or `deadline`
            seconds passed; it is ended, and the message holds the tail of its log.
    """
    until = time.monotonic() + deadline
    why = f"it gave no answer in {deadline:.0f} s"
    while time.monotonic() < until:
        if not alive(record):
            why = "it ended by itself"
            break
        if listening(record.port):
            facts, refused = ask(endpoint(home, record))
            if refused:
                why = f"it does not take the password of `{home.password}`"
                break
            if facts is not None and facts.gds is None:
                why = "it has no Graph Data Science"
                break
            if facts is None and (problem := database_problem(endpoint(home, record))):
                why = f"its database does not start: {problem}"
                break
            if facts is not None:
                home.stopped.unlink(missing_ok=True)
                ready = replace(record, ready=True)
                home.write_record(ready)
                return ready
        time.sleep(0.05)
    end(record)
    raise ServerUnavailable(
        f"the local server did not start: {why}; the end of `{home.log}`:\n{home.tail(LOG_TAIL)}",
        code="server-start-failed",
        hint="run `influence server doctor`",
        log=str(home.log),
    )


def require_space(home: Home) -> None:
    """Return when there is room for the files of a server that is about to be started.

    Raises:
        ServerUnavailable: The disk is full; names the folder.
    """
    data = home.folder / "data"
    if not data.exists():
        return
    free = shutil.disk_usage(data).free
    if free < LEAST_SPACE:
        raise ServerUnavailable(
            f"no room for the local server: {free / MIB:.1f} MiB are free for `{data}`, and it needs "
            f"{LEAST_SPACE // MIB} MiB to start",
            code="server-disk-full",
            hint="make room on that disk and run the command again: the server starts by itself",
            free=free,
        )


def stopped_itself(server: Endpoint) -> bool:
    """Return whether a server that runs says that its database has stopped itself; a silent or busy one has not."""
    from influence.graph import Graph  # as in `ask`

    try:
        with Graph(server.uri, server.username, server.password, server.database) as graph:
            graph.facts()
    except InfluenceError as error:
        return error.code == "database-stopped"
    return False


def database_problem(server: Endpoint) -> str | None:
    """Return what a server says of a database that it has given up starting."""
    from influence.graph import Graph  # as in `ask`

    with (
        suppress(InfluenceError),
        Graph(server.uri, server.username, server.password, "system") as graph,
    ):
        row = graph.read(
            "SHOW DATABASE $name YIELD currentStatus, statusMessage", {"name": server.database}, name="database-status"
        ).single()
        if row is not None and row["currentStatus"] == "offline" and row["statusMessage"]:
            return str(row["statusMessage"])
    return None


def ask(server: Endpoint) -> tuple[ServerFacts | None, bool]:
    """Return what the server is, if it answers, and whether it refused the password."""
    from influence.graph import Graph  # here, because the driver takes a second to import and `status` needs none

    try:
        with Graph(server.uri, server.username, server.password, server.database) as graph:
            return graph.facts(), False
    except AuthFailed:
        return None, True
    except InfluenceError:
        return None, False
