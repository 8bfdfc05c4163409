"""Named steps of a process, and death at one of them.

The names are those that the program uses itself: every transaction has one, every task that is shown has one, every
file that takes its final name has one. A child process watches them from inside and sends itself SIGKILL at one.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from influence.graph import Graph
from influence.graph.connection import OpenTransaction
from influence.progress import SilentTask
from influence.server import LocalServer
from influence.server.admin import AdminTool

__all__ = ["Moment", "Point", "Watch", "watched"]

Moment = Literal["inside", "after", "during", "before"]
"""inside: the statement has run and nothing is committed; after: committed, or the file has its name, and nobody knows
yet; before: the file has not got its name; during: a task has begun."""


@dataclass(frozen=True)
class Point:
    """One named step.

    Attributes:
        moment: When.
        name: Name of the statement, transaction, task or file.
    """

    moment: str
    name: str

    def __str__(self) -> str:
        """Return it as text: `inside load-customers`."""
        return f"{self.moment} {self.name}"


class Watch:
    """Sees every point that the process reaches, from any thread, and decides whether it dies there.

    Args:
        dies: Asked at each point but those of the heartbeat, whose times are not ours.
        trail: File that gets the name of each point before anything else happens.
    """

    def __init__(self, dies: Callable[[Point], bool], trail: Path) -> None:
        self.dies = dies
        self.trail = os.open(trail, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.lock = threading.Lock()

    def reach(self, moment: Moment, name: str) -> None:
        """Pass a point, or die there."""
        if threading.current_thread().name.startswith("lease-"):
            return
        with self.lock:
            point = Point(moment, name)
            with suppress(OSError):  # no room, when that is the fault
                os.write(self.trail, f"{point}\n".encode())
            if self.dies(point):
                os.kill(os.getpid(), signal.SIGKILL)
                signal.pause()

    # ── the progress of the process ───────────────────────────────────────

    @contextmanager
    def task(self, label: str, total: int | None = None, unit: str = "rows") -> Iterator[SilentTask]:
        """Reach the point of a task that has begun."""
        self.reach("during", label)
        yield SilentTask()

    def note(self, text: str) -> None:
        """Drop the line."""


def watched(dies: Callable[[Point], bool], trail: Path, files: Path) -> Watch:
    """Watch this process from now on, to its end.

    Args:
        dies: Whether it dies at a point.
        trail: File that gets the names of the points.
        files: Folder whose files are points under their own names; others share one name.
    """
    watch = Watch(dies, trail)
    write, run, schema = Graph.write, OpenTransaction.run, Graph.execute_schema

    def watched_write(self: Graph, work: Any, *, name: str, **more: Any) -> Any:
        answer = write(self, work, name=name, **more)
        watch.reach("after", name)
        return answer

    def watched_run(self: OpenTransaction, text: str, name: str, /, **params: Any) -> Any:
        answer = run(self, text, name, **params)
        watch.reach("inside", name)
        return answer

    def watched_schema(self: Graph, text: str, *, name: str) -> None:
        schema(self, text, name=name)
        watch.reach("after", f"schema {name}")

    def renaming(original: Callable[[Path, Any], Path]) -> Callable[[Path, Any], Path]:
        def renamed(self: Path, target: Any) -> Path:
            final = Path(target)
            name = f"file {final.name}" if final.is_relative_to(files) else "file of the home"
            watch.reach("before", name)
            found = original(self, target)
            watch.reach("after", name)
            return found

        return renamed

    run_tool, start_alone, stop = AdminTool.run, LocalServer.start_alone, LocalServer.stop

    def watched_tool(self: AdminTool, arguments: Any, on_line: Callable[[str], None] | None = None) -> str:
        def line(text: str) -> None:
            watch.reach("during", f"admin {arguments[1]}")
            if on_line is not None:
                on_line(text)

        return run_tool(self, arguments, line)

    def which(server: LocalServer) -> str:
        return "the second server" if "backup" in server.settings.home.parts else "the server"

    def watched_start(self: LocalServer) -> Any:
        answer = start_alone(self)
        watch.reach("after", f"start of {which(self)}")
        return answer

    def watched_stop(self: LocalServer) -> bool:
        answer = stop(self)
        watch.reach("after", f"end of {which(self)}")
        return answer

    AdminTool.run = watched_tool  # type: ignore[method-assign]
    LocalServer.start_alone = watched_start  # type: ignore[method-assign]
    LocalServer.stop = watched_stop  # type: ignore[method-assign]
    Graph.write = watched_write  # type: ignore[method-assign]
    OpenTransaction.run = watched_run  # type: ignore[method-assign]
    Graph.execute_schema = watched_schema  # type: ignore[method-assign]
    Path.replace = renaming(Path.replace)  # type: ignore[method-assign, assignment]
    Path.rename = renaming(Path.rename)  # type: ignore[method-assign, assignment]
    return watch
