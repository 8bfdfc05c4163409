"""Files read at a time: the largest first, answers in the order of the files."""

from __future__ import annotations

import pytest

from influence.load import reading


def test_files_when_read_then_the_largest_begins_and_answers_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "READERS", 1)
    begun: list[str] = []

    def work(item: tuple[str, int]) -> str:
        begun.append(item[0])
        return item[0].upper()

    items = [("customers", 20), ("purchases", 700), ("friendships", 300)]

    answers = reading.at_once(work, items, size=lambda item: item[1])

    assert begun == ["purchases", "friendships", "customers"]
    assert answers == ["CUSTOMERS", "PURCHASES", "FRIENDSHIPS"]
