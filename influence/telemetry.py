"""What is under way: fields for every log record, and spans when OpenTelemetry is installed.

`statement` opens the span of one statement as the semantic conventions for databases have it.

`under_way` does both at once. The fields live in a context variable, so that log records of any depth carry the run
and the step they belong to. A span is opened when `opentelemetry-api` can be imported; nothing here depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from influence import __version__
from influence.progress import Progress, Task

__all__ = ["Span", "TracedProgress", "fields", "statement", "under_way"]

CURRENT: ContextVar[Mapping[str, Any]] = ContextVar("influence_under_way", default={})  # noqa: B039  read-only


class Span(Protocol):
    """A piece of work that can be described further."""

    def set_attribute(self, key: str, value: Any) -> None:
        """Add one fact; a scalar."""


class NoSpan:
    """The span of those who have no OpenTelemetry."""

    def set_attribute(self, key: str, value: Any) -> None:
        """Drop the fact."""


def fields() -> Mapping[str, Any]:
    """Return what is under way in this context: `run_id`, `step` and the like."""
    return CURRENT.get()


@contextmanager
def under_way(name: str, **facts: Any) -> Iterator[Span]:
    """Mark a piece of work: its facts stand in every log record inside, and a span covers it.

    Args:
        name: Name of the span, such as `influence.step`.
        facts: What is known of it; scalars, never a personal value. `None` is left out.

    Yields:
        The span, or one that forgets everything.
    """
    known = {key: value for key, value in facts.items() if value is not None}
    token = CURRENT.set({**CURRENT.get(), **known})
    try:
        with opened(name, {f"influence.{key}": value for key, value in known.items()}) as span:
            try:
                yield span
            except BaseException as error:
                # no message and no traceback: only what kind it was
                span.set_attribute("error.type", getattr(error, "code", None) or type(error).__name__)
                raise
    finally:
        CURRENT.reset(token)


def opened(name: str, attributes: Mapping[str, Any]) -> AbstractContextManager[Span]:
    """Return a span of OpenTelemetry, or one that forgets everything."""
    api = opentelemetry()
    if api is None:
        return nullcontext(NoSpan())
    tracer = api.get_tracer("influence", __version__)
    span: AbstractContextManager[Span] = tracer.start_as_current_span(
        name, attributes=dict(attributes), record_exception=False, set_status_on_exception=False
    )
    return span


@cache
def opentelemetry() -> Any:
    """Return the tracing API of OpenTelemetry, or `None` when it is not installed."""
    try:
        return import_module("opentelemetry.trace")
    except ImportError:
        return None


DEFAULT_PORT: Final = 7687
WITHOUT_SPAN: Final = nullcontext()


def statement(name: str, operation: str, uri: str, database: str) -> AbstractContextManager[None]:
    """Return the span of one statement, or nothing without OpenTelemetry; text and parameters are never in it.

    Args:
        name: Name of the saved query.
        operation: `READ`, `WRITE`, `SCHEMA` or `EXPLAIN`.
        uri: Address of the server.
        database: Name of the database.
    """
    api = opentelemetry()
    return WITHOUT_SPAN if api is None else statement_span(api, name, operation, uri, database)


@contextmanager
def statement_span(api: Any, name: str, operation: str, uri: str, database: str) -> Iterator[None]:
    """Open the span of one statement, and mark it when the statement fails."""
    place = urlsplit(uri)
    attributes = {
        "db.system.name": "neo4j",
        "db.namespace": database,
        "db.operation.name": operation,
        "db.query.summary": name,
        "server.address": place.hostname or "",
        "server.port": place.port or DEFAULT_PORT,
    }
    tracer = api.get_tracer("influence", __version__)
    with tracer.start_as_current_span(
        name, kind=api.SpanKind.CLIENT, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield
        except BaseException as error:
            # code and kind only: the text of an error may hold a value
            code = getattr(error, "code", None)
            span.set_attribute("error.type", code or type(error).__name__)
            if str(code).startswith("Neo."):
                span.set_attribute("db.response.status_code", code)
            span.set_status(api.StatusCode.ERROR)
            raise


class TracedProgress:
    """A progress that also opens a span for each task: the big parts of a step.

    Args:
        shown: Where the progress is shown.
    """

    def __init__(self, shown: Progress) -> None:
        self.shown = shown

    @contextmanager
    def task(self, label: str, total: int | None = None, unit: str = "rows") -> Iterator[Task]:
        """Open a task and its span."""
        with (
            under_way("influence.task", task=label, total=total, unit=unit),
            self.shown.task(label, total, unit) as task,
        ):
            yield task

    def note(self, text: str) -> None:
        """Pass the line on."""
        self.shown.note(text)
