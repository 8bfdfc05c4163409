"""A span for every statement that is sent: named after the saved query, never with its text or parameters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from influence.errors import QueryFailed
from influence.graph import Graph, Transaction

pytestmark = pytest.mark.integration

SECRET = "secret@example.com"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """The spans that end while the test runs."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield exporter
    provider.shutdown()


def told(span: ReadableSpan) -> tuple[str, object]:
    attributes = span.attributes or {}
    assert attributes["db.system.name"] == "neo4j" and attributes["db.query.summary"] == span.name
    assert span.kind is trace.SpanKind.CLIENT and SECRET not in span.to_json()
    assert not {"db.query.text", "db.statement"} & set(attributes)
    return span.name, attributes["db.operation.name"]


def test_statements_when_sent_then_each_has_its_span(graph: Graph, spans: InMemorySpanExporter) -> None:
    def work(transaction: Transaction) -> None:
        transaction.run("MERGE (:Customer {id: $id})", "first", id=SECRET)
        transaction.run(f"MATCH (c:Customer {{id: '{SECRET}'}}) SET c.name = $id", "second", id=SECRET)

    graph.write(work, name="unit")
    graph.read("MATCH (c:Customer {id: $id}) RETURN c.id", {"id": SECRET}, name="third")
    graph.explain("MATCH (c:Customer {id: $id}) RETURN c.id", {"id": SECRET}, name="fourth")
    graph.read_columns(
        "MATCH (c:Customer) WHERE c.id > $after WITH c ORDER BY c.id LIMIT $chunk "
        "WITH collect(c.id) AS ids RETURN ids, ids[-1] AS last",
        name="fifth",
        dtypes={"ids": object},
    )
    graph.execute_schema("CREATE INDEX spans IF NOT EXISTS FOR (c:Customer) ON (c.spans)", name="sixth")
    graph.execute_schema("DROP INDEX spans IF EXISTS", name="seventh")
    found = spans.get_finished_spans()
    assert [told(span) for span in found] == [
        ("first", "WRITE"), ("second", "WRITE"), ("third", "READ"), ("fourth", "EXPLAIN"),
        ("fifth", "READ"), ("fifth", "READ"), ("sixth", "SCHEMA"), ("seventh", "SCHEMA"),
    ]  # fmt: skip
    assert all((span.attributes or {})["db.namespace"] == graph.database for span in found)
    assert all(span.status.is_unset for span in found)


def test_statement_when_the_server_refuses_it_then_its_span_says_so_with_the_code(
    graph: Graph, spans: InMemorySpanExporter
) -> None:
    with pytest.raises(QueryFailed):
        graph.read(f"CREATE (:Customer {{id: '{SECRET}'}}) RETURN 1", name="refused")
    (found,) = spans.get_finished_spans()
    told(found)
    attributes = found.attributes or {}
    assert found.status.status_code is trace.StatusCode.ERROR and not found.events
    assert attributes["error.type"] == attributes["db.response.status_code"]
    assert str(attributes["error.type"]).startswith("Neo.ClientError.Statement.")
