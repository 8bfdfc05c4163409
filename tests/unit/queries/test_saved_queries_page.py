"""The page on saved queries: its example works and it leaves nothing out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from saved_files import put

from influence.queries import library
from influence.queries.header import KINDS, RESERVED, Column, Header, Parameter
from influence.queries.lint import lint
from influence.queries.rules import READING_FUNCTIONS, READING_PROCEDURES, RULES
from influence.queries.values import ParameterType

PAGE = (Path(__file__).parents[3] / "docs" / "saved-queries.md").read_text(encoding="utf-8")
FIELDS = [*Header.model_fields, *Parameter.model_fields, *Column.model_fields]


def test_example_when_linted_then_nothing_is_found(tmp_path: Path) -> None:
    example = re.search(r"```cypher\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    put(tmp_path, "reports/loyal-connectors.cypher", example[1])
    assert [finding for finding in lint(library(tmp_path)) if "loyal" in finding.file] == []


@pytest.mark.parametrize(
    "name",
    sorted([*FIELDS, *KINDS, *get_args(ParameterType), *READING_PROCEDURES, *(f"${name}" for name in RESERVED)]),
)
def test_name_when_it_exists_then_documented(name: str) -> None:
    assert re.search(rf"`[^`\n]*(?<!\w){re.escape(name)}(?!\w)[^`\n]*`", PAGE)


def test_rules_when_there_are_seven_then_documented() -> None:
    assert {rule.id for rule in RULES} | {"IC001"} == set(re.findall(r"^\| (IC\d{3})", PAGE, re.MULTILINE))
    assert all(prefix.rstrip(".") in PAGE for prefix in READING_FUNCTIONS if prefix.startswith("gds"))
