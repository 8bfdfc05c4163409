"""The copy of a history: what was written is read back, and nothing else is taken for one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence.errors import ConfigError, UsageProblem
from influence.load.history import ErasedKey, History, PastFile, PastLoad, PastRetention, key_check, parse_history
from influence.load.pseudonym import PseudonymKey

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
FILE = PastFile(
    dataset="customers", part=0, path=Path("/data/hø,mé/a.csv"), sha256="ab" * 32, key="customers/main/ab/0"
)
LOAD = PastLoad(
    id="load-1",
    at=AT,
    source="main",
    mapping="[customers]\nfile = 'a.csv'\n",
    encoding=None,
    sweep=True,
    sweep_max=0.05,
    as_of=None,
    bad_rows="reject",
    max_rejects=0.001,
    batch_size=10_000,
    files=(FILE,),
)
CLEANED = PastRetention(id="job-1", at=AT, before=AT, records=("purchases",))
WHOLE = History(key_check="c", erased=(ErasedKey(key="k", erased_at=AT),), events=(LOAD, CLEANED))


def test_history_when_written_and_read_then_the_same(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    path.write_text(WHOLE.model_dump_json(indent=2), encoding="utf-8")
    assert parse_history(path) == WHOLE


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode(errors="replace"))))
def test_history_when_anything_else_then_refused_with_a_way_out(
    tmp_path_factory: pytest.TempPathFactory, text: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "anything.json"
    path.write_bytes(text)
    with pytest.raises(UsageProblem, match="no history") as refused:
        parse_history(path)
    assert "history.json" in (refused.value.hint or "")


def test_history_when_nested_without_end_or_damaged_then_refused_and_the_place_is_named(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    path.write_text("[" * 100_000)
    with pytest.raises(UsageProblem):
        parse_history(path)
    path.write_text(WHOLE.model_dump_json().replace('"sweep":true', '"sweep":"perhaps"'))
    with pytest.raises(UsageProblem) as refused:
        parse_history(path)
    assert "sweep" in str(refused.value.details["findings"])


def test_key_when_another_one_then_refused(tmp_path: Path) -> None:
    one, other = (PseudonymKey(tmp_path / name / "pseudonym.key") for name in ("one", "other"))
    history = WHOLE.model_copy(update={"key_check": key_check(one)})
    history.require_key(one)
    with pytest.raises(ConfigError) as refused:
        history.require_key(other)
    assert (refused.value.code, refused.value.exit_code) == ("pseudonym-key-missing", 2)
    assert not other.path.exists(), "no key is made that recognises nobody"
    other.pseudonyms("email", [])  # makes it
    with pytest.raises(ConfigError, match="not the one") as refused:
        history.require_key(other)
    assert (refused.value.code, refused.value.exit_code) == ("pseudonym-key-changed", 2)
