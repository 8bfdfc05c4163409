"""Names of audiences say nothing of health, money, faith, origin or sexuality."""

from __future__ import annotations

import pytest

from influence.audience.names import require_neutral
from influence.errors import DataRejected
from influence.queries import library


@pytest.mark.parametrize("name", library().names("segment"))
def test_name_when_of_a_packaged_segment_then_neutral(name: str) -> None:
    require_neutral(name)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("diabetes-buyers", "health"),
        ("clinics", "health"),
        ("Loan_Seekers", "finance"),
        ("salaries-top", "finance"),
        ("ramadan-2026", "religion"),
        ("migrants", "origin"),
        ("lgbt-allies", "sexuality"),
    ],
)
def test_name_when_it_tells_then_refused_with_the_kind(name: str, kind: str) -> None:
    with pytest.raises(DataRejected, match=kind) as caught:
        require_neutral(name)
    assert caught.value.exit_code == 5


def test_name_when_a_listed_word_is_only_a_part_of_another_then_fine() -> None:
    require_neutral("brokers-in-sussex")
