"""Checksums of scores: the same for what was computed and for what was read back chunk by chunk."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from influence.runs import writing
from influence.runs.writing import Links, checksum, packed, together

COLUMNS = {
    "numbers": [1.5, None, -0.0, 3],
    "flags": [True, False, None, True],
    "texts": ["555", None, "", "1"],
    "only nulls first": [None, None, "a", "b"],
    "lists": [["p1", "p2"], None, ["p3", "p4"], []],
    "lists of one length": [[0.5], [0.25], [1.0], [0.0]],
    "nulls before lists": [None, None, [1.0], [2.0]],
    "nothing": [None, None, None, None],
}


def objects(values: list[Any]) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Return a column of objects, lists among them."""
    column = np.empty(len(values), object)
    for place, value in enumerate(values):
        column[place] = value
    return column


@pytest.mark.parametrize("values", COLUMNS.values(), ids=COLUMNS.keys())
def test_checksum_when_read_in_chunks_then_that_of_the_whole_column(values: list[Any]) -> None:
    column = objects(values)
    for size in (1, 2, 3, 4):
        parts = [packed(column[first : first + size]) for first in range(0, 4, size)]
        assert checksum(together(parts)) == checksum(column)


def test_checksum_when_a_column_has_a_type_of_its_own_then_that_of_its_objects() -> None:
    assert checksum(np.array([1.5, np.nan, -0.0])) == checksum(objects([1.5, None, 0.0]))
    assert checksum(np.array([3, -4])) == checksum(objects([3, -4]))
    assert checksum(np.array([True, False])) == checksum(objects([True, False]))


def test_checksum_when_a_value_is_text_then_not_that_of_the_number() -> None:
    assert checksum(together([packed(objects(["1"]))])) != checksum(together([packed(objects([1]))]))


def test_checksum_when_null_becomes_zero_then_differs() -> None:
    assert checksum(objects([0.0])) != checksum(objects([None]))


def test_links_when_written_then_every_kept_row_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "BATCH_NODES", 2)
    kept = np.array([0, 2, 3])
    found = Links({"source": np.array(["a", "c", "d"])}, kept, {"credit": np.array([0.1, 9.0, np.nan, 0.4])})
    assert list(found.batches()) == [
        [{"source": "a", "measures": {"credit": 0.1}}, {"source": "c", "measures": {}}],
        [{"source": "d", "measures": {"credit": 0.4}}],
    ]
