"""The guard round every saved question: what it may do, for how long, how much, and over which run.

A file passes four walls before a row is read: the lint rules that are walls, the planner's word that it only reads,
an allow-list of operators and procedures, and READ access mode with a timeout and a row cap. READ mode alone would
let a file drop projections, read files of the server and end other people's transactions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from influence.errors import QueryFailed, ServerUnsuitable, UsageProblem
from influence.graph import Graph, Plan
from influence.queries.catalogue import Library, SavedQuery, packaged_folder
from influence.queries.findings import closest, counted, library_error, shown
from influence.queries.header import Column, Kind
from influence.queries.lint import refusals
from influence.queries.rules import READING_PROCEDURES
from influence.runs.records import RunRecord, current_run, find_run, list_runs

__all__ = ["Answer", "choices", "metric_differences", "run_metric", "run_saved", "visual"]

ROW_CAPS: Final[Mapping[Kind, int]] = {"report": 10_000, "check": 10_000, "segment": 1_000_000, "internal": 10_000}
"""Rows an answer may have by kind, unless the caller says otherwise."""

READS: Final = 3
"""Times that an answer is read when its run is removed meanwhile and another one is current."""

REFUSED_OPERATORS: Final = ("LoadCSV", "TransactionForeach", "TransactionApply", "Show", "Terminate")
"""Beginnings of operators that explain as reading and are not, or that show what is not data."""


@dataclass(frozen=True)
class Answer:
    """The rows of a saved question, with all that is needed to say what they mean.

    Attributes:
        query: The question.
        params: The typed values that were used, defaults included.
        columns: Type, title and format by column name, in order.
        rows: One tuple a row; values are of the types of the columns, or null.
        truncated: Whether the row cap cut the answer.
        run: The run whose scores it shows, or `None` when it shows none.
        population: Out of how many, or `None` when the file does not say.
        milliseconds: Time until the server had consumed the answer.
    """

    query: SavedQuery
    params: dict[str, Any]
    columns: dict[str, Column]
    rows: list[tuple[Any, ...]]
    truncated: bool
    run: RunRecord | None
    population: int | None
    milliseconds: int

    def dicts(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def run_saved(
    graph: Graph,
    query: SavedQuery,
    given: Mapping[str, Any] | None = None,
    *,
    run_id: str | None = None,
    max_rows: int | None = None,
) -> Answer:
    """Run a report, segment or check behind the guard.

    Args:
        graph: Where.
        query: What.
        given: Parameters as text, by name.
        run_id: Run to read; default the current one, whose id is read once.
        max_rows: Row cap; default by kind.

    Raises:
        UsageProblem: Parameters are wrong, or there is no such run.
        LibraryError: The file breaks a rule for which it is not run.
        QueryFailed: The server would do more than read, refused, or ran into a limit; the answer is not what the
            header declares; or its run was removed while it was read.
        ServerUnsuitable: The file needs a run, or a measure that the run does not hold.
        ServerUnavailable: The server cannot be reached.
    """
    params = query.bind(given or {})
    beside = neighbours(query)
    population = beside.get("internal", query.header.population) if query.header.population else None
    for _ in range(READS if run_id is None else 1):
        answer = read_once(graph, query, given or {}, params, population, run_id, max_rows)
        if answer.run is None or not removed_since(graph, answer.run):
            return answer
    raise QueryFailed(
        f"the run was removed while `{query.name}` was reading it",
        code="run-removed",
        hint="ask again: by now another run is current",
    )


def removed_since(graph: Graph, run: RunRecord) -> bool:
    """Return whether somebody has begun to delete the scores of a run that was published: what was read may lack some.

    A run is marked as removed before its first score goes, so an answer that was read before the mark is complete.
    """
    if run.status not in ("published", "removed"):
        return False
    now = next((one for one in list_runs(graph) if one.id == run.id), None)
    return now is None or now.status == "removed"


def read_once(
    graph: Graph,
    query: SavedQuery,
    given: Mapping[str, Any],
    params: dict[str, Any],
    population: SavedQuery | None,
    run_id: str | None,
    max_rows: int | None,
) -> Answer:
    """Read the answer from one run."""
    run = None
    if run_id is not None or needs_run(query) or (population is not None and needs_run(population)):
        run = run_for(graph, query, run_id)
    for name in given:
        require_choice(graph, query, name, params[name], run)
    rows, truncated, milliseconds = guarded(graph, query, params, run, max_rows or ROW_CAPS[query.kind])
    count = None
    if population is not None:
        inherited = {name: params[name] for name in population.header.params if name in params}
        counts, _, more = guarded(graph, population, population.bind(inherited), run, 1)
        count = counts[0][0] if counts else 0
        milliseconds += more
    return Answer(query, params, query.header.columns, rows, truncated, run, count, milliseconds)


def run_metric(
    graph: Graph, query: SavedQuery, params: Mapping[str, Any] | None = None, *, timeout: float = 600.0
) -> list[dict[str, Any]]:
    """Run the definition of a measure on a small graph.

    Args:
        graph: Where.
        query: A file of kind `metric`.
        params: Values by name, typed or as text.
        timeout: Seconds it may take, in place of the header's.

    Returns:
        All rows, values typed by the header.

    Raises:
        InfluenceError: As `run_saved`.
    """
    bound = query.bind(params or {})
    rows, _, _ = guarded(graph, query, bound, None, None, timeout)
    return [dict(zip(query.header.columns, row, strict=True)) for row in rows]


def metric_differences(
    query: SavedQuery, rows: list[dict[str, Any]], engine: Mapping[Any, Any], *, limit: int = 20
) -> list[str]:
    """Compare the definition of a measure with what the fast engine found.

    Args:
        query: The file of kind `metric`.
        rows: Its answer.
        engine: The engine's value by key: the key's value, or a tuple of them when the key has several columns. A
            missing key and null both mean that the measure does not apply.
        limit: Differences to describe.

    Returns:
        One line per difference; empty when both agree within the tolerance, relative to max(1, |value|).
    """
    key, measure = query.header.key, query.header.measure or ""
    defined = {tuple(row[name] for name in key) if len(key) > 1 else row[key[0]]: row[measure] for row in rows}
    if len(defined) != len(rows):
        return [f"{len(rows) - len(defined)} rows share a key"]
    tolerance = query.header.tolerance or 0.0
    found = []
    for name in sorted({*defined, *engine}, key=str):
        ours, theirs = defined.get(name), engine.get(name)
        if not alike(ours, theirs, tolerance):
            found.append(f"{name}: the definition says {ours}, the engine {theirs}")
    return found[:limit]


def alike(one: Any, other: Any, tolerance: float) -> bool:
    """Return whether two values of a measure agree."""
    numbers = (int, float)
    if (
        isinstance(one, bool)
        or isinstance(other, bool)
        or not (isinstance(one, numbers) and isinstance(other, numbers))
    ):
        return bool(one == other)
    return math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)


def choices(graph: Graph, query: SavedQuery, parameter: str, *, run_id: str | None = None) -> list[Any] | None:
    """Return the values that a parameter may have.

    Args:
        graph: Asked when the header names a `choices_query`, a report or an internal file with its defaults; a
            parameter `limit` of it is raised to its maximum.
        query: The question.
        parameter: Name of one of its parameters.
        run_id: Run to read; default the current one.

    Returns:
        The values, or `None` when any value of the type may be given or there are too many to list.
    """
    declared = query.header.params[parameter]
    if declared.choices_query is None:
        return declared.choices
    beside = neighbours(query)
    kind: Kind = "report" if declared.choices_query in beside.paths("report") else "internal"
    source = beside.get(kind, declared.choices_query)
    limit = source.header.params.get("limit")
    given = {"limit": limit.max} if limit is not None and limit.max is not None else {}
    run = run_for(graph, source, run_id) if needs_run(source) else None
    rows, truncated, _ = guarded(graph, source, source.bind(given), run, ROW_CAPS[kind])
    return None if truncated or len(rows) == given.get("limit") else [row[0] for row in rows]


def visual(query: SavedQuery) -> str | None:
    """Return the statement that shows the same as a graph in Neo4j Browser, if the file names one."""
    name = query.header.visual
    return neighbours(query).get("internal", name).text if name else None


def neighbours(query: SavedQuery) -> Library:
    """Return the library in which a file finds the others that it names: its own folder, then ours."""
    own, ours = query.path.parent.parent, packaged_folder()
    return Library((own,) if own == ours else (own, ours))


# ── the run ───────────────────────────────────────────────────────────────


def needs_run(query: SavedQuery) -> bool:
    """Return whether a file reads what a run wrote."""
    return bool(query.header.needs) or query.uses("run")


def run_for(graph: Graph, query: SavedQuery, run_id: str | None) -> RunRecord:
    """Return the run that a question reads.

    Raises:
        UsageProblem: There is no run of this id.
        ServerUnsuitable: Nothing has been computed, or the run lacks a measure.
    """
    run = current_run(graph) if run_id is None else find_run(graph, run_id)
    if run is None:
        raise ServerUnsuitable(
            f"`{query.name}` shows scores, and none have been computed yet",
            code="no-run",
            hint="run `influence compute run`",
        )
    missing = [measure for measure in query.header.needs if measure not in run.measures]
    if missing:
        told = ", ".join(f"`{measure}`" for measure in missing)
        raise ServerUnsuitable(
            f"`{query.name}` needs {told}, which run `{run.id}` does not hold",
            code="measure-missing",
            hint="run `influence compute run`; where the data lack what it takes, `influence runs show` says so",
            missing=missing,
            run=run.id,
        )
    return run


def require_choice(graph: Graph, query: SavedQuery, name: str, value: Any, run: RunRecord | None) -> None:
    """Refuse a value that the parameter's `choices_query` does not list.

    Raises:
        UsageProblem: It does not; says the closest.
    """
    parameter = query.header.params[name]
    if parameter.choices_query is None or value is None or value == parameter.default:
        return
    allowed = choices(graph, query, name, run_id=run.id if run else None)
    if allowed is None:
        return
    wanted = value if isinstance(value, list) else [value]
    if all(item in allowed for item in wanted):
        return
    texts = [str(item) for item in allowed]
    guesses = [guess for item in wanted if item not in allowed and (guess := closest(str(item), texts))]
    raise UsageProblem(
        f"`{name}` of `{query.name}` is not one of the {counted(len(allowed), 'value')} in the data",
        code="bad-parameter",
        hint=(f"did you mean `-p {name}={guesses[0]}`? " if guesses else "")
        + f"Run `influence report run {parameter.choices_query}` to see all",
    )


# ── the guard ─────────────────────────────────────────────────────────────


def guarded(
    graph: Graph,
    query: SavedQuery,
    params: Mapping[str, Any],
    run: RunRecord | None,
    max_rows: int | None,
    timeout: float | None = None,
) -> tuple[list[tuple[Any, ...]], bool, int]:
    """Run a file that only reads.

    Returns:
        Typed rows, whether the cap cut them, milliseconds.
    """
    if findings := refusals(query):
        raise library_error(findings)
    given = {**params, "run": run.id} if run is not None else dict(params)
    require_reading(query, graph.explain(query.text, given, name=query.name))
    limit = timeout or query.header.timeout
    answer = graph.read(query.text, given, name=query.name, timeout=limit, max_rows=max_rows, once=True)
    columns = query.header.columns
    if columns and tuple(columns) != answer.columns:
        raise QueryFailed(
            f"`{query.name}` returned other columns than its header declares",
            code="columns-differ",
            hint="run `influence library lint`",
            declared=list(columns),
            returned=list(answer.columns),
        )
    if not columns:
        return answer.rows, answer.truncated, answer.milliseconds
    rows = [
        tuple(typed(value, column, name, query) for value, (name, column) in zip(row, columns.items(), strict=True))
        for row in answer.rows
    ]
    return rows, answer.truncated, answer.milliseconds


def require_reading(query: SavedQuery, plan: Plan) -> None:
    """Refuse what the planner says does more than read.

    Raises:
        QueryFailed: It writes, reads files, changes settings, opens transactions or calls what it may not.
    """
    if plan.query_type != "r":
        raise QueryFailed(
            f"`{query.name}` does more than read",
            code="query-writes",
            hint="a saved question only reads; put writes into a file of kind `load` or `internal`",
        )
    for operator in sorted(plan.operators):
        if operator.startswith(REFUSED_OPERATORS):
            raise QueryFailed(
                f"`{query.name}` uses `{operator}`, which a saved question may not",
                code="query-refused",
                hint="a saved question reads nodes and relationships only",
                operator=operator,
            )
    for signature in plan.procedures:
        name = signature.partition("(")[0].strip().replace("`", "")
        if name not in query.header.procedures or name not in READING_PROCEDURES:
            raise QueryFailed(
                f"`{query.name}` calls the procedure `{shown(name)}`, which it may not",
                code="procedure-refused",
                hint=f"procedures that may be declared: {', '.join(sorted(READING_PROCEDURES))}",
                procedure=name,
            )


def typed(value: Any, column: Column, name: str, query: SavedQuery) -> Any:
    """Return a value as the type of its column.

    Raises:
        QueryFailed: It is of another type, such as a node or a list.
    """
    match column.type, value:
        case _, None:
            return None
        case "float", int() | float() if not isinstance(value, bool):
            return float(value)
        case "int", int() if not isinstance(value, bool):
            return value
        case ("str", str()) | ("bool", bool()):
            return value
        case "datetime", datetime() if value.tzinfo is not None:
            return value.astimezone(UTC)
        case "date", date() if not isinstance(value, datetime):
            return value
    raise QueryFailed(
        f"`{query.name}` returned a value of type {type(value).__name__} in column `{name}`, declared `{column.type}`",
        code="column-type",
        hint=f"change `{name}` in `[columns]` or in the `RETURN` of `{query.file}`",
        column=name,
    )
