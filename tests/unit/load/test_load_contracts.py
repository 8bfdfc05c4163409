"""The contracts agree with each other, with the load statements and with the schema."""

from __future__ import annotations

import re

import pytest

from influence.errors import UsageProblem
from influence.load.contract import DATASETS, NODES, SECRETS, contract, contracts
from influence.queries import library, saved_text


def test_there_is_a_contract_for_every_file_of_the_dataset_folder() -> None:
    assert set(contracts()) == {
        "customers", "products", "topics", "product_topics", "interests", "friendships", "follows", "purchases",
        "referrals", "responses", "advocacy", "groups", "memberships", "contacts", "profiles", "campaigns", "exposures",
    }  # fmt: skip


def test_nodes_come_before_what_refers_to_them() -> None:
    order = list(DATASETS)
    for name, one in contracts().items():
        for target in one.references.values():
            assert target in NODES
            assert name in NODES or order.index(target) < order.index(name)


@pytest.mark.parametrize("name", DATASETS)
def test_contract_is_consistent(name: str) -> None:
    one = contract(name)
    columns = set(one.columns)
    assert set(one.key) <= columns | {one.derive}
    assert set(one.ends) <= columns
    assert set(one.derive_from) <= columns
    assert one.is_node or one.ends
    for rule in (one.rules.distinct, one.rules.unordered, one.rules.acyclic, one.rules.one_of):
        assert set(rule or ()) <= columns
    assert {end for pair in one.rules.ordered for end in pair} <= columns
    assert not one.money or "currency" in columns
    for column in one.columns.values():
        assert not column.about.endswith("."), "about is joined into sentences"
        assert (column.pattern is None) == (column.form is None)
        assert bool(column.values) == (column.type == "enum")
    secret = {column.property for column in one.columns.values() if column.type in SECRETS}
    assert all(property and property.endswith("_key") for property in secret)


@pytest.mark.parametrize("name", DATASETS)
def test_load_statement_reads_exactly_the_fields_a_row_has(name: str) -> None:
    one = contract(name)
    used = set(re.findall(r"\brow\.(\w+)", saved_text("load", name.replace("_", "-"))))
    assert used == {*one.row_fields, "properties"}


def test_every_load_statement_belongs_to_a_contract() -> None:
    assert set(library().names("load")) == {name.replace("_", "-") for name in DATASETS}


def test_unknown_dataset_says_the_closest() -> None:
    with pytest.raises(UsageProblem, match="no dataset") as caught:
        contract("purchase")
    assert "`purchases`" in (caught.value.hint or "")
