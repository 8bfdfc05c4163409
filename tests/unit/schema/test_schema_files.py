"""The schema files that come with influence: named, numbered and safe to apply twice."""

from __future__ import annotations

import re

from influence.queries import library
from influence.queries.tokens import statements
from influence.schema.migrate import NAMED, order, schema_files


def test_versions_sort_as_numbers_not_as_text() -> None:
    assert sorted(["100", "020", "1000", "100_1", "010"], key=order) == ["010", "020", "100", "100_1", "1000"]


def test_every_statement_creates_one_named_rule_if_it_is_not_there() -> None:
    names = []
    for file in library().all("schema"):
        for statement in statements(file.text):
            found = NAMED.search(statement)
            assert found, f"{file.name}: {statement}"
            assert re.fullmatch(r"[a-z]+(_[a-z]+)*", found["name"])
            names.append(found["name"])
    assert len(names) == len(set(names))


def test_versions_come_in_steps_of_ten() -> None:
    assert [int(version) for version in schema_files(None)] == list(range(10, 10 * len(schema_files(None)) + 1, 10))
