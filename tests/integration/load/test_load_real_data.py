"""The farmers and the doctors, through mapping files: ties that go one way, dates that are years and months."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from influence.load import LoadReport

pytestmark = pytest.mark.integration

Loader = Callable[..., LoadReport]
Ask = Callable[..., list[tuple[Any, ...]]]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_farmers(load: Loader, ask: Ask, data: Path) -> None:
    mapping = data / "mappings" / "farmers.toml"
    report = load(path=data / "farmers", mapping=mapping)
    assert report.source == "farmers"
    edges = {(row["src"], row["dst"]) for row in rows(data / "farmers" / "brfarmers_edges.csv")}
    adoptions = rows(data / "farmers" / "brfarmers_adoptions.csv")
    assert len(edges) == 1_854
    assert set(ask("MATCH (a:Customer)-[:FOLLOWS]->(b:Customer) RETURN a.id, b.id")) == edges
    bought = set(ask("MATCH (c:Customer)-[b:BOUGHT]->(p:Product) RETURN c.id, p.id, b.at.year"))
    assert bought == {(row["user"], row["item"], int(row["year"])) for row in adoptions}
    assert len(bought) == 3_228
    assert set(ask("MATCH (c:Customer) WHERE c.region IS NOT NULL RETURN c.id, c.region")) == {
        (row["user"], row["village"]) for row in adoptions
    }
    everybody = {row["user"] for row in adoptions} | {one for edge in edges for one in edge}
    assert ask("MATCH (c:Customer) RETURN count(c)") == [(len(everybody),)]
    assert ask("MATCH ()-[b:BOUGHT {first: true}]->() RETURN count(b)") == [(3_228,)]
    assert load(path=data / "farmers", mapping=mapping).written == 0


def test_doctors(load: Loader, ask: Ask, data: Path) -> None:
    mapping = data / "mappings" / "doctors.toml"
    load(path=data / "doctors", mapping=mapping)
    edges = {(row["src"], row["dst"]) for row in rows(data / "doctors" / "medinnovations_edges.csv")}
    adoptions = rows(data / "doctors" / "medinnovations_adoptions.csv")
    assert len(edges) == 294
    assert set(ask("MATCH (a:Customer)-[:FOLLOWS]->(b:Customer) RETURN a.id, b.id")) == edges
    months = {
        (row["user"], 1953 + (9 + int(row["month"])) // 12, (9 + int(row["month"])) % 12 + 1) for row in adoptions
    }
    assert set(ask("MATCH (c:Customer)-[b:BOUGHT]->() RETURN c.id, b.at.year, b.at.month")) == months
    assert len(months) == 109
    assert ask("MATCH (p:Product) RETURN p.id, toString(p.launched_at)") == [("tetracycline", "1953-11-01T00:00:00Z")]
    assert ask("MATCH ()-[b:BOUGHT]->() RETURN min(b.at) >= datetime('1953-11-01')") == [(True,)]
