"""The graph read into arrays, to the microsecond, and kept on disk until the data change."""

from __future__ import annotations

import dataclasses
from concurrent.futures import CancelledError
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from influence.errors import ComputeFailed
from influence.graph import Graph
from influence.progress import Silent
from influence.snapshot import cache, reader
from influence.snapshot.arrays import ALWAYS, NEVER, Snapshot
from influence.snapshot.reader import fingerprint, micros, moment, read_snapshot

pytestmark = pytest.mark.integration

TODAY = datetime(2021, 11, 11, tzinfo=UTC)
SHOP = (Path(__file__).parent / "shop.cypher").read_text(encoding="utf-8")


@pytest.fixture
def shop(empty_graph: Graph) -> Graph:
    """Four customers with every kind of data a snapshot reads."""
    empty_graph.execute(SHOP, name="shop")
    return empty_graph


def instant(text: str) -> int:
    return micros(datetime.fromisoformat(text))


def row(offsets: np.ndarray, values: np.ndarray, v: int) -> list[object]:
    return values[offsets[v] : offsets[v + 1]].tolist()


def same(one: Snapshot, other: Snapshot) -> bool:
    return all(
        np.array_equal(getattr(one, f.name), getattr(other, f.name), equal_nan=f.name == "first_margin")
        for f in dataclasses.fields(Snapshot)
    )


def test_snapshot_when_read_then_every_array_is_right(shop: Graph) -> None:
    s = read_snapshot(shop, TODAY)
    assert s.customer_ids.tolist() == ["a", "b", "c"], "d joins only later"
    assert s.customer_from.tolist() == [instant("2020-01-01T00:00:00+00:00"), ALWAYS, ALWAYS]
    assert s.customer_to.tolist() == [NEVER, instant("2021-06-01T00:00:00+00:00"), NEVER]
    assert s.customer_opted_out.tolist() == [False, False, True]
    assert len(set(s.customer_stratum.tolist())) == 3

    assert row(s.edge_offsets, s.edge_targets, 0) == [1, 2]
    assert row(s.edge_offsets, s.edge_since, 0)[0] == instant("2020-02-02T02:02:02.123456+00:00")
    assert row(s.edge_offsets, s.edge_weight, 0) == [2.5, 1.0]
    assert row(s.edge_offsets, s.edge_targets, 1) == [0, 2]
    assert row(s.edge_offsets, s.edge_until, 1) == [NEVER, instant("2021-02-01T00:00:00+00:00")]
    # c is followed by a (always) and a friend of b; the friendship a-c of November makes nothing new
    assert row(s.edge_offsets, s.edge_targets, 2) == [0, 1]
    assert row(s.edge_offsets, s.edge_since, 2) == [ALWAYS, ALWAYS]

    assert s.product_ids.tolist() == ["cup", "tea"]
    assert s.product_from.tolist() == [instant("2021-03-01T00:00:00+00:00"), instant("2019-05-05T00:00:00+00:00")]
    assert s.product_to.tolist() == [instant("2021-01-01T00:00:00+00:00"), NEVER]
    assert s.topic_ids.tolist() == ["home", "hot", "idle"]
    assert row(s.product_topic_offsets, s.product_topics, 1) == [0, 1]
    assert row(s.product_topic_offsets, s.product_topic_weights, 1) == [0.25, 0.75]
    assert s.product_topic.tolist() == [0, 1]

    assert s.first_customer.tolist() == [0, 1, 1], "the purchase of December is dated after the instant"
    assert s.first_product.tolist() == [1, 1, 0]
    assert s.first_time.tolist() == [
        instant("2021-01-05T10:00:00.000001+00:00"),
        instant("2021-01-05T09:00:00+00:00"),
        instant("2021-03-01T00:00:00+00:00"),
    ]
    assert s.first_margin[0] == 250 and np.isnan(s.first_margin[1:]).all()

    assert row(s.interest_offsets, s.interest_topics, 0) == [0], "observed interest is not declared"
    assert row(s.interest_offsets, s.interest_topics, 1) == [], "declared after the instant"
    assert s.exposure_customer.tolist() == [0, 1]
    assert s.exposure_product.tolist() == [-1, -1] and s.exposure_topic.tolist() == [-1, 1]
    assert s.exposure_to.tolist() == [instant("2021-02-03T00:00:00+00:00"), instant("2021-04-01T00:00:00+00:00")]


def test_snapshot_when_read_in_halves_and_chunks_of_one_then_the_same(
    shop: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read_snapshot(shop, TODAY)
    monkeypatch.setattr("influence.snapshot.reader.RECORD_ROWS", 1)
    monkeypatch.setattr("influence.snapshot.reader.SMALLEST_CHUNK", 1)
    assert same(read_snapshot(shop, TODAY), whole)


def test_tables_when_read_in_halves_then_every_row_comes_once(shop: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = fingerprint(shop).counts
    whole = reader.read_tables(shop, TODAY, counts, Silent())
    monkeypatch.setattr("influence.snapshot.reader.RECORD_ROWS", 1)
    assert {part.table for part in reader.parts_of(shop, counts) if part.after} == reader.HALVED
    halves = reader.read_tables(shop, TODAY, counts, Silent())
    for table, columns in whole.items():
        for column, values in columns.items():
            assert halves[table][column].tolist() == pytest.approx(values.tolist(), nan_ok=True), (table, column)


def test_snapshot_when_one_table_fails_then_the_others_stop(shop: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    read, stopped = reader.read_part, []

    def failing(graph: Graph, part: reader.Part, *rest: Any) -> Any:
        if part.table == "products":
            raise ComputeFailed("no products today", code="test", hint="none")
        while not rest[-1].wait(0.1):
            pass  # the chunk under way when the other table fails
        with pytest.raises(CancelledError):
            read(graph, part, *rest)
        stopped.append(part.table)

    monkeypatch.setattr(reader, "read_part", failing)
    monkeypatch.setattr(reader, "TABLES", {name: reader.TABLES[name] for name in ("customers", "products")})
    with pytest.raises(ComputeFailed, match="no products today"):
        read_snapshot(shop, TODAY)
    assert stopped == ["customers"]


def test_snapshot_when_graph_is_empty_then_empty(empty_graph: Graph) -> None:
    s = read_snapshot(empty_graph, TODAY)
    assert (s.customers, s.products, s.topics, len(s.edge_targets), len(s.first_time)) == (0, 0, 0, 0, 0)


def test_snapshot_when_kept_then_mapped_until_the_data_change(shop: Graph, tmp_path: Path) -> None:
    first = read_snapshot(shop, TODAY, home=tmp_path)
    kept = cache.kept(tmp_path)
    assert [(one.as_of, one.customers) for one in kept] == [(micros(TODAY), 3)]
    before = kept[0].path.stat().st_mtime_ns
    again = read_snapshot(shop, TODAY, home=tmp_path)
    assert same(first, again) and kept[0].path.stat().st_mtime_ns == before, "an unchanged graph is not read again"

    read_snapshot(shop, TODAY - timedelta(days=1), home=tmp_path)
    assert len(cache.kept(tmp_path)) == 2, "another instant of the same data is kept beside it"

    shop.execute("MATCH (a:Customer {id: 'a'}) CREATE (a)-[:FRIEND]->(:Customer {id: 'e'})", name="change")
    changed = read_snapshot(shop, TODAY, home=tmp_path)
    assert changed.customer_ids.tolist() == ["a", "b", "c", "e"]
    assert [one.version for one in cache.kept(tmp_path)] == [fingerprint(shop).version], "older data are removed"


@pytest.mark.parametrize(
    "change",
    [
        "MATCH (c:Customer {id: 'a'}) SET c.opted_out = true",
        "MATCH (c:Customer {id: 'c'}) REMOVE c.opted_out",
        "MATCH (a:Customer {id: 'a'}), (c:Customer {id: 'c'}) SET a.opted_out = true, c.opted_out = false",
        "MATCH (c:Customer {id: 'a'}) SET c.closed_at = datetime('2021-01-01T00:00:00Z')",
        "MATCH (c:Customer {id: 'b'}) SET c.closed_at = datetime('2021-06-02T00:00:00Z')",
        "MATCH (c:Customer {id: 'b'}) REMOVE c.closed_at",
        "MATCH (:Customer {id: 'a'})-[r:FRIEND]->(:Customer {id: 'b'}) SET r.until = datetime('2020-03-01T00:00:00Z')",
        "MATCH (:Customer {id: 'b'})-[r:FRIEND]->() SET r.until = datetime('2021-02-02T00:00:00Z')",
        "MATCH (:Customer {id: 'a'})-[r:FOLLOWS]->() SET r.until = datetime('2021-02-02T00:00:00Z')",
        "MATCH (:Product {id: 'tea'})-[r:ABOUT]->(:Topic {id: 'hot'}) SET r.weight = 3.5",
        "MATCH (:Product {id: 'cup'})-[r:ABOUT]->() SET r.weight = 2",
    ],
)
def test_snapshot_when_a_property_is_set_by_hand_then_read_again(shop: Graph, tmp_path: Path, change: str) -> None:
    read_snapshot(shop, TODAY, home=tmp_path)
    before = fingerprint(shop)
    assert fingerprint(shop) == before, "an unchanged graph has an unchanged version"
    shop.execute(change, name="change")
    assert fingerprint(shop).version != before.version
    assert same(read_snapshot(shop, TODAY, home=tmp_path), read_snapshot(shop, TODAY))


def test_snapshot_when_mapped_then_writing_to_it_does_not_reach_the_file(shop: Graph, tmp_path: Path) -> None:
    read_snapshot(shop, TODAY, home=tmp_path).edge_weight[:] = 99
    assert read_snapshot(shop, TODAY, home=tmp_path).edge_weight.max() == 2.5


def test_snapshot_when_a_file_is_cut_short_then_read_from_the_graph(shop: Graph, tmp_path: Path) -> None:
    first = read_snapshot(shop, TODAY, home=tmp_path)
    path = cache.kept(tmp_path)[0].path / "edge_targets.npy"
    path.write_bytes(path.read_bytes()[:-3])
    assert same(read_snapshot(shop, TODAY, home=tmp_path), first)


def test_snapshot_when_the_writing_stopped_half_way_then_not_found(shop: Graph, tmp_path: Path) -> None:
    read_snapshot(shop, TODAY, home=tmp_path)
    kept = cache.kept(tmp_path)[0]
    (kept.path / "manifest.json").unlink()
    assert cache.kept(tmp_path) == []
    assert cache.find(tmp_path, kept.version, kept.as_of) is None


def test_snapshots_when_cleared_then_gone(shop: Graph, tmp_path: Path) -> None:
    read_snapshot(shop, TODAY, home=tmp_path)
    assert cache.clear(tmp_path) == 1
    assert cache.kept(tmp_path) == [] and cache.clear(tmp_path) == 0


def test_instants_when_turned_there_and_back_then_exact() -> None:
    for text in ("1969-12-31T23:59:59.999999+00:00", "2021-01-05T10:00:00.000001+00:00", "2262-04-12T00:00:00+00:00"):
        assert moment(micros(datetime.fromisoformat(text))) == datetime.fromisoformat(text)
