"""The local server of a project: install, start, stop, and say how it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from influence.progress import Progress, Silent
from influence.server.admin import AdminTool, end_left_behind
from influence.server.config import machine_memory, memory_plan
from influence.server.doctor import Finding, examine
from influence.server.home import Home, Record, locked, make_folder
from influence.server.install import install
from influence.server.installation import Installation, Places, check_java
from influence.server.launch import Endpoint, endpoint, launch, require_space, stopped_itself, wait_ready
from influence.server.lock import server_line
from influence.server.offline import Offline, finish_exchange
from influence.server.process import alive, end, maps
from influence.settings import Settings

__all__ = ["LocalServer", "ServerStatus"]

SILENT: Final = Silent()


@dataclass(frozen=True)
class ServerStatus:
    """How the local server is.

    Attributes:
        line: Server line, such as `5.26`.
        neo4j: Version of the server.
        gds: Version of Graph Data Science.
        home: Its folder.
        installed: Whether it is installed for this user.
        layout: `fast` or `plain`: of the running server, else of the installation; `None` when not installed.
        layout_reason: Why the layout is plain.
        running: Whether it runs; the attributes below are `None` when it does not.
        ready: Whether it has answered.
        archive_used: Whether the class-data archive is really in its memory; `None` where the system does not tell.
        since: When it was started, seconds since 1970.
        idle_seconds: It ends after that long without use; 0 means never.
    """

    line: str
    neo4j: str
    gds: str
    home: Path
    installed: bool
    layout: str | None
    layout_reason: str | None
    running: bool
    ready: bool = False
    uri: str | None = None
    pid: int | None = None
    profile: str | None = None
    archive_used: bool | None = None
    since: float | None = None
    idle_seconds: float | None = None


class LocalServer:
    """The Neo4j with GDS that belongs to the home of a project.

    Args:
        settings: Home, cache, line, profile and idle time.
        progress: Where downloads and the first start report to.
    """

    def __init__(self, settings: Settings, progress: Progress = SILENT) -> None:
        self.settings = settings
        self.progress = progress
        self.line = server_line(settings.server_line)
        # One folder per line: a newer server would migrate the data of an older one, and there is no way back.
        self.home = Home(settings.home.absolute() / "server" / self.line.name)
        self.places = Places.of(self.line, settings.cache)

    def install(self) -> Installation:
        """Download, verify and assemble the server of this line, once per user; repair what is damaged.

        Raises:
            ServerUnsuitable: A downloaded or cached jar differs from the lock file, or Java does not fit.
            ServerUnavailable: A download failed; the next call continues it.
        """
        return install(self.line, self.settings.cache, self.progress)

    def ensure_running(self) -> Endpoint:
        """Return the running server and mark activity for its idle timer; install and start it when needed.

        A server whose database has stopped itself, as on a full disk, is ended and started again.

        Raises:
            ServerUnavailable: It did not start, or a download failed.
            ServerUnsuitable: It cannot be installed as it should be.
        """
        if self.home.activity.exists():
            self.home.activity.touch()  # before the record is read: see `watchdog.end_unless_wanted`
        record = self.running()
        if record is None or not record.ready:
            return self.start()
        place = endpoint(self.home, record)
        return self.start_anew(record) if stopped_itself(place) else place

    def start(self) -> Endpoint:
        """Start the server, or return the one that already runs.

        Raises:
            ServerUnavailable: It did not start; the message ends with the tail of its log.
            ServerUnsuitable: It cannot be installed as it should be.
        """
        make_folder(self.home.lock.parent, "INFLUENCE_HOME")
        with locked(self.home.lock):
            return self.start_alone()

    def start_anew(self, stopped: Record) -> Endpoint:
        """End a server whose database has stopped itself and start it, unless somebody else has done so meanwhile.

        Raises:
            ServerUnavailable: It did not start; while the disk is full it says so.
            ServerUnsuitable: It cannot be installed as it should be.
        """
        with locked(self.home.lock):
            record = self.running()
            if record is not None and (record.pid, record.mark) == (stopped.pid, stopped.mark):
                with suppress(OSError):
                    self.home.stopped.touch()
                require_space(self.home)
                self.progress.note("the database had stopped itself; starting the local server anew")
                end(record, at_once=True)
            return self.start_alone()

    def start_alone(self) -> Endpoint:
        """Start the server while holding the lock that keeps two starters apart."""
        record = self.running()
        if record is None or not record.ready:
            installation = self.places.find() or self.install()
            check_java(self.line)
            if record is None:
                require_space(self.home)
                end_left_behind(self.home.folder)  # it would keep the store to itself
                finish_exchange(self.home)
            with self.progress.task(f"starting Neo4j {self.line.neo4j}", None, "steps"):
                record = wait_ready(self.home, record or self.launch(installation))
            self.progress.note(
                f"started the local server, Neo4j {self.line.neo4j} on port {record.port}; "
                "`influence server stop` ends it"
            )
            if record.archive and maps(record, record.archive) is False:
                self.progress.note("it started slowly; `influence server install` repairs the fast start")
        self.home.activity.touch()
        return endpoint(self.home, record)

    @contextmanager
    def offline(self) -> Iterator[Offline]:
        """Keep the server stopped while the context lasts, and start it again, also after an error.

        Nobody can start it meanwhile; whoever wants to waits. Close the connections of this process first
        (`Graph.disconnect`): a server with clients is ended with SIGKILL.

        Raises:
            ServerUnavailable: It does not start again.
            ServerUnsuitable: It cannot be installed as it should be.
        """
        make_folder(self.home.lock.parent, "INFLUENCE_HOME")
        with locked(self.home.lock):
            admin = self.admin(self.home.folder)
            self.stop()
            end_left_behind(self.home.folder)
            finish_exchange(self.home)
            try:
                yield Offline(self.home, admin)
            finally:
                self.start_alone()

    def admin(self, home: Path) -> AdminTool:
        """Return the admin tool for a home, which may be a scratch one while the server runs."""
        return AdminTool(self.places.find() or self.install(), home)

    def launch(self, installation: Installation) -> Record:
        """Start the process."""
        memory = memory_plan(self.settings.server_profile, machine_memory())
        return launch(installation, self.home, memory, idle_seconds=60 * self.settings.server_idle_minutes)

    def stop(self) -> bool:
        """End the server; `True` if one was running. A start under way in another process fails."""
        record = self.home.read_record()
        return record is not None and end(record, at_once=self.home.panicked(record))

    def status(self) -> ServerStatus:
        """Return how the server is, without starting anything."""
        installation = self.places.find()
        record = self.running()
        status = ServerStatus(
            line=self.line.name,
            neo4j=self.line.neo4j,
            gds=self.line.gds,
            home=self.home.folder,
            installed=installation is not None,
            layout=installation.layout if installation else None,
            layout_reason=installation.reason if installation else None,
            running=False,
        )
        if record is None:
            return status
        return replace(
            status,
            layout=record.layout,
            running=True,
            ready=record.ready,
            uri=endpoint(self.home, record).uri,
            pid=record.pid,
            profile=record.profile,
            archive_used=maps(record, record.archive) if record.archive else False,
            since=record.since,
            idle_seconds=record.idle_seconds,
        )

    def logs(self, lines: int = 50) -> str:
        """Return the last lines of the server's log."""
        return self.home.tail(lines)

    def doctor(self) -> list[Finding]:
        """Check artefacts, Java, memory, disk, folders and, when it runs, the server; name the licences.

        Starts nothing and changes nothing.
        """
        record = self.running()
        return list(examine(self.places, self.home, record, self.settings.server_profile))

    def running(self) -> Record | None:
        """Return the record of the server if its process lives."""
        record = self.home.read_record()
        return record if record is not None and alive(record) else None
