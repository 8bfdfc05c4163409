"""Somebody who reads reports all the time, whatever happens meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Self

from influence.errors import InfluenceError, ServerUnavailable
from influence.graph import Graph
from influence.report.running import run_report

__all__ = ["Reader"]

QUESTION: Final = "super-connectors"
EVERYBODY: Final = {"rule": "everyone", "limit": "10000"}
PAUSE: Final = 0.1


class Reader:
    """Asks for the scores of everybody until it is stopped; every answer must be one complete run.

    Args:
        connect: Opens a connection of its own; asked again when the server was away.
        away: Whether a server that does not answer is to be expected.

    Attributes:
        answers: How many it got.
        runs: What each run answered when it was first read.
        findings: What was wrong with an answer.
        away_times: How often the server was away.
    """

    def __init__(self, connect: Callable[[], Graph], *, away: bool = False) -> None:
        self.connect = connect
        self.away = away
        self.answers = 0
        self.away_times = 0
        self.runs: dict[str, list[tuple[object, ...]]] = {}
        self.findings: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="reader", daemon=True)

    def __enter__(self) -> Self:
        """Begin to read."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Read no more."""
        self._stop.set()
        self._thread.join(120)
        if self._thread.is_alive():
            self.findings.append("a reader hangs")

    def _work(self) -> None:
        graph: Graph | None = None
        while not self._stop.wait(PAUSE):
            try:
                graph = graph or self.connect()
                self._read(graph)
            except ServerUnavailable as error:
                self.away_times += 1
                if not self.away:
                    self.findings.append(f"the server was away: {error.message}")
                if graph is not None:
                    graph.close()
                graph = None
                self._stop.wait(0.3)
            except InfluenceError as error:
                if error.code != "no-run":  # before the first one
                    self.findings.append(f"{error.code}: {error.message}")
            except Exception as error:
                self.findings.append(f"{type(error).__name__}: {error}")
        if graph is not None:
            graph.close()

    def _read(self, graph: Graph) -> None:
        answer = run_report(graph, QUESTION, EVERYBODY)
        self.answers += 1
        if answer.computed is None:
            self.findings.append("an answer that says of no run")
            return
        run = answer.computed.run
        known = self.runs.setdefault(run, answer.rows)
        if answer.rows != known:
            self.findings.append(f"two different answers from run {run}")
        if len(answer.rows) != answer.population:
            self.findings.append(f"{len(answer.rows)} of {answer.population} customers from run {run}")
