"""Run saved checks and say which data they found fault with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from influence.answers import Answer, run_saved
from influence.errors import CheckFailed, QueryFailed
from influence.graph import Graph
from influence.progress import Progress, Silent
from influence.queries import Library, SavedQuery, library

__all__ = ["CheckResult", "require_sound", "run_checks"]


@dataclass(frozen=True)
class CheckResult:
    """What one check found.

    Attributes:
        check: The saved check.
        answer: The bad rows, or `None` when the check could not finish.
        problem: Why it could not finish, or `None`.
        limit: Bad rows that were asked for; as many found means at least as many.
    """

    check: SavedQuery
    answer: Answer | None
    problem: QueryFailed | None
    limit: int

    @property
    def found(self) -> int:
        """Number of bad rows."""
        return len(self.answer.rows) if self.answer else 0

    @property
    def capped(self) -> bool:
        """Whether there may be more bad rows than were asked for."""
        return self.answer is not None and (self.answer.truncated or self.found >= self.limit)

    @property
    def status(self) -> Literal["ok", "warn", "error", "aborted"]:
        """`ok` without bad rows, else the severity of the check; `aborted` when it could not finish."""
        if self.problem is not None:
            return "aborted"
        return self.check.header.severity if self.found else "ok"

    @property
    def failed(self) -> bool:
        """Whether it must stop what comes after it."""
        return self.status in ("error", "aborted")

    def as_dict(self) -> dict[str, Any]:
        """Return the result for a JSON answer."""
        return {
            "check": self.check.name,
            "title": self.check.header.title,
            "severity": self.check.header.severity,
            "status": self.status,
            "found": self.found,
            "more": self.capped,
            "problem": self.problem.as_dict() if self.problem else None,
            "milliseconds": self.answer.milliseconds if self.answer else None,
            "rows": self.answer.dicts() if self.answer else [],
        }


def run_checks(
    graph: Graph,
    names: Sequence[str] | None = None,
    *,
    catalogue: Library | None = None,
    limit: int = 1000,
    progress: Progress | None = None,
) -> list[CheckResult]:
    """Run checks, each behind the guard of saved questions.

    Args:
        graph: Where.
        names: Which; default all.
        catalogue: Where the checks are; default those that come with `influence`.
        limit: Bad rows to fetch per check.
        progress: Told each check.

    Returns:
        One result per check, sorted by name. A check that ran into a limit is a result too, so that it hides no other.

    Raises:
        UsageProblem: There is no check of a name; nothing was run.
        LibraryError: A check is invalid; nothing was run.
        ServerUnavailable: The server was lost.
    """
    saved = catalogue or library()
    wanted = [saved.get("check", name) for name in sorted(set(names))] if names else saved.all("check")
    results = []
    with (progress or Silent()).task("checking the data", len(wanted), "checks") as task:
        for check in wanted:
            results.append(run_check(graph, check, limit))
            task.advance()
    return results


def run_check(graph: Graph, check: SavedQuery, limit: int) -> CheckResult:
    """Run one check for at most `limit` bad rows."""
    declared = check.header.params.get("limit")
    given = {"limit": min(limit, declared.max or limit)} if declared is not None else {}
    try:
        answer = run_saved(graph, check, given, max_rows=limit)
    except QueryFailed as problem:
        return CheckResult(check, None, problem, limit)
    return CheckResult(check, answer, None, given.get("limit", limit))


def require_sound(results: Sequence[CheckResult]) -> None:
    """Refuse to go on with data that a check of severity `error` found fault with.

    Raises:
        CheckFailed: At least one check failed or could not finish; names all of them.
    """
    failed = [result for result in results if result.failed]
    if not failed:
        return
    lines = [
        f"{result.check.name}: {result.problem.message}"
        if result.problem
        else f"{result.check.name}: {amount(result)} ({result.check.header.title.lower()})"
        for result in failed
    ]
    raise CheckFailed(
        "1 data check failed" if len(failed) == 1 else f"{len(failed)} data checks failed",
        hint=f"run `influence check run {failed[0].check.name}` to see the rows",
        findings=lines,
    )


def amount(result: CheckResult) -> str:
    """Return how many bad rows were found: "1 row", "12 rows", "1,000 rows or more"."""
    rows = "1 row" if result.found == 1 else f"{result.found:,} rows"
    return f"{rows} or more" if result.capped else rows
