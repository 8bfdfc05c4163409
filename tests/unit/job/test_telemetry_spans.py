"""Spans when OpenTelemetry is there, nothing when it is not, and fields for the logs in both cases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from influence import telemetry
from influence.errors import DataRejected
from influence.progress import Silent
from influence.telemetry import TracedProgress, fields, statement, under_way


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """The spans that end while the test runs."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield exporter
    provider.shutdown()


def test_spans_when_work_is_nested_then_they_are_too_and_carry_what_is_known(spans: InMemorySpanExporter) -> None:
    with under_way("influence.job", job="nightly", run_id="r1", nothing=None) as job:
        with under_way("influence.step", step="load extract"):
            with TracedProgress(Silent()).task("reading customers.csv", 12):
                assert fields() == {
                    "job": "nightly", "run_id": "r1", "step": "load extract",
                    "task": "reading customers.csv", "total": 12, "unit": "rows",
                }  # fmt: skip
        job.set_attribute("influence.status", "ok")
    assert fields() == {}
    task, step, whole = spans.get_finished_spans()
    assert (task.name, step.name, whole.name) == ("influence.task", "influence.step", "influence.job")
    assert task.parent is not None and task.parent.span_id == step.context.span_id
    assert dict(whole.attributes or {}) == {
        "influence.job": "nightly", "influence.run_id": "r1", "influence.status": "ok",
    }  # fmt: skip


def test_span_when_work_fails_then_says_which_kind_and_nothing_of_the_text(spans: InMemorySpanExporter) -> None:
    with pytest.raises(DataRejected), under_way("influence.step", step="load"):
        raise DataRejected("`orders.csv` line 3: secret@example.com", code="bad-rows")
    with pytest.raises(KeyError), under_way("influence.step", step="load"):
        raise KeyError("secret@example.com")
    first, second = spans.get_finished_spans()
    assert dict(first.attributes or {})["error.type"] == "bad-rows"
    assert dict(second.attributes or {})["error.type"] == "KeyError"
    assert "secret" not in first.to_json() + second.to_json()


class Refused(Exception):
    """As an error of the driver: it has a code of the server, and a text that may hold a value."""

    code = "Neo.ClientError.Statement.SyntaxError"


def test_span_of_a_statement_when_it_ends_well_then_named_after_the_query_as_the_conventions_have_it(
    spans: InMemorySpanExporter,
) -> None:
    with under_way("influence.step"), statement("brokers", "READ", "neo4j+s://graph.example.com:7690", "shop"):
        pass
    found, step = spans.get_finished_spans()
    assert (found.name, found.kind, found.status.is_unset) == ("brokers", trace.SpanKind.CLIENT, True)
    assert found.parent is not None and found.parent.span_id == step.context.span_id
    assert dict(found.attributes or {}) == {
        "db.system.name": "neo4j", "db.namespace": "shop", "db.operation.name": "READ", "db.query.summary": "brokers",
        "server.address": "graph.example.com", "server.port": 7690,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        (Refused("secret@example.com"), Refused.code, Refused.code),
        (DataRejected("secret@example.com", code="bad-rows"), "bad-rows", None),
        (KeyboardInterrupt("secret@example.com"), "KeyboardInterrupt", None),
    ],
)
def test_span_of_a_statement_when_it_fails_then_marked_with_the_code_and_no_text(
    spans: InMemorySpanExporter, error: BaseException, kind: str, status: str | None
) -> None:
    with pytest.raises(type(error)), statement("brokers", "READ", "bolt://localhost", "neo4j"):
        raise error
    (found,) = spans.get_finished_spans()
    attributes = dict(found.attributes or {})
    assert (attributes["error.type"], attributes.get("db.response.status_code")) == (kind, status)
    assert found.status.status_code is trace.StatusCode.ERROR and attributes["server.port"] == 7687
    assert "secret" not in found.to_json() and not found.events


def test_work_when_opentelemetry_is_not_installed_then_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    telemetry.opentelemetry.cache_clear()
    try:
        with under_way("influence.job", job="nightly") as span:
            span.set_attribute("influence.status", "ok")
            assert fields() == {"job": "nightly"}
        assert statement("brokers", "READ", "bolt://localhost", "neo4j") is telemetry.WITHOUT_SPAN, "it costs nothing"
    finally:
        telemetry.opentelemetry.cache_clear()
