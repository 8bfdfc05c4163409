"""The arrays of the import beside plain Python, and the exchange of databases at every place where it can be cut."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence.load import contracts
from influence.load.bulk.firsts import first_purchases
from influence.load.bulk.intermediates import Numbers, iso_texts, write_group
from influence.load.bulk.staging import relationship_of
from influence.load.values import INSTANT
from influence.server.home import Home
from influence.server.offline import log_digests

INSTANTS = st.datetimes(timezones=st.just(UTC))


@given(st.lists(st.one_of(st.none(), INSTANTS), min_size=1, max_size=5))
def test_instants_are_written_as_they_are(instants: list[datetime | None]) -> None:
    texts = iso_texts(pa.array(instants, INSTANT)).to_pylist()
    assert [text and datetime.fromisoformat(text) for text in texts] == instants
    assert all(text is None or text.endswith("Z") for text in texts)


LINES = st.tuples(
    st.integers(0, 2), st.integers(0, 2), st.integers(0, 3), st.booleans(), st.text("abé\U0001f600\uffff", max_size=2)
)


@given(st.lists(LINES, max_size=30, unique_by=lambda line: line[4]))
def test_first_purchases_are_the_earliest_countable_lines(lines: list[tuple[int, int, int, bool, str]]) -> None:
    columns = list(zip(*lines, strict=True)) or [()] * 5
    customers, products, at = (np.array(column, np.int64) for column in columns[:3])
    found = first_purchases(customers, products, at, np.array(columns[3], bool), pa.array(columns[4], pa.string()))
    best: dict[tuple[int, int], tuple[int, str, int]] = {}
    for row, (customer, product, instant, countable, line) in enumerate(lines):
        if countable:
            here = (instant, line, row)
            best[customer, product] = min(best.get((customer, product), here), here)
    assert set(np.flatnonzero(found).tolist()) == {row for _, _, row in best.values()}


def test_every_shape_of_a_relationship_is_understood() -> None:
    found = {name: relationship_of(one) for name, one in contracts().items() if not one.is_node}
    assert len(found) == 12
    assert found["friendships"] == ("FRIEND", "Customer")
    assert found["responses"] == ("ANSWERED", "Response")
    assert found["profiles"] == ("HAS_PROFILE", "Profile")
    assert found["contacts"] == ("CONTACTED", "Channel")
    assert found["advocacy"] == ("ADVOCATED", "Topic")


def test_an_id_without_a_number_is_a_mistake_of_the_program() -> None:
    numbers = Numbers()
    numbers.add("Customer", pa.array(["a", "b"]))
    numbers.add("Product", pa.array(["a"]))
    numbers.add("Customer", pa.array(["c"]))
    assert numbers.of("Customer", pa.array(["c", None, "a"])).to_pylist() == [3, None, 0]
    with pytest.raises(KeyError):
        numbers.of("Customer", pa.array(["d"]))


def test_texts_survive_the_intermediate_files(tmp_path: Path) -> None:
    texts = ["plain", 'say "yes"', "a, b", "two\nlines", "back\\slash", None]
    columns = {":ID": pa.array(range(6)), "name": pa.array(texts), "gone": pa.nulls(6)}
    group = write_group(tmp_path, "x", "Thing", columns, {"run_id": "r"}, nodes=True)
    assert group.header.read_text(encoding="utf-8") == ":ID,name:string,run_id:string\n"
    with group.rows.open(encoding="utf-8", newline="") as file:
        assert [row[1] or None for row in csv.reader(file)] == texts
    assert group.multiline
    assert group.rows.read_text(encoding="utf-8").splitlines()[-1] == '5,,"r"', "unknown is no empty text"


def test_room_kept_in_a_log_is_no_commit_but_every_byte_in_it_is(tmp_path: Path) -> None:
    home = Home(tmp_path)
    folder = tmp_path / "data" / "transactions" / "neo4j"
    folder.mkdir(parents=True)
    log = folder / "neostore.transaction.db.0"
    log.write_bytes(b"one" + bytes(3_000_000))
    before = log_digests(home)
    log.write_bytes(b"one")
    assert log_digests(home) == before
    log.write_bytes(b"one\0two" + bytes(2_999_996))
    assert log_digests(home) != before
