"""docs/load.md names every rule, every mapping key and every dataset."""

from __future__ import annotations

import re
from pathlib import Path

from influence.load.contract import DATASETS
from influence.load.mapping import ColumnSource, FileFormat, FileMapping
from influence.load.pseudonym import NORMALISERS

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "load.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", DOCUMENT))


def test_every_rule_is_documented() -> None:
    rules = {f"bad-{kind}" for kind in NORMALISERS}
    for module in (ROOT / "influence" / "load").glob("*.py"):
        code = module.read_text(encoding="utf-8")
        constants = dict(re.findall(r"^([A-Z]+)(?:: Final)? = \"([a-z-]+)\"$", code, re.MULTILINE))
        given = re.findall(r"(?:Problem|reject|Finding)\(\s*(\"[a-z-]+\"|[A-Z]+\b)", code)
        rules |= {constants[one] if one in constants else one.strip('"') for one in given}
    assert "erased" in rules, "a rule may be a constant"
    assert len(rules) > 25
    assert rules - NAMED == set()


def test_every_mapping_key_is_documented() -> None:
    keys = {*FileMapping.model_fields, *FileFormat.model_fields, *ColumnSource.model_fields}
    assert keys - NAMED == set()


def test_every_dataset_is_documented() -> None:
    words = set(re.findall(r"[a-z_]+", DOCUMENT))
    assert set(DATASETS) <= words
