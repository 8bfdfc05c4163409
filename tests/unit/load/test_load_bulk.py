"""The arrays of the import beside plain Python, and the exchange of databases at every place where it can be cut."""

from __future__ import annotations

import csv
import resource
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence.errors import UsageProblem
from influence.load import LoadReport, PseudonymKey, contracts
from influence.load.bulk.firsts import first_purchases
from influence.load.bulk.intermediates import Numbers, iso_texts, write_group
from influence.load.bulk.scratch import scratch_home
from influence.load.bulk.staging import Run, relationship_of, stage
from influence.load.mapping import MappingFile
from influence.load.reading import Loading, read_all
from influence.load.sources import find_sources
from influence.load.values import INSTANT
from influence.progress import Silent
from influence.server import LocalServer
from influence.server.home import Home
from influence.server.offline import log_digests
from influence.settings import load_settings

NOW = datetime(2026, 11, 22, tzinfo=UTC)
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


@pytest.fixture
def loadings(tmp_path: Path) -> list[Loading]:
    """A file of customers that becomes some hundred kilobytes of intermediates."""
    path = tmp_path / "data" / "customers.csv"
    path.parent.mkdir()
    path.write_text("customer_id\n" + "".join(f"{number:020}\n" for number in range(10_000)), encoding="utf-8")
    sources = find_sources(path.parent, MappingFile(), ())
    key, report = PseudonymKey(tmp_path / "key"), LoadReport("run-1", "main", NOW, False)
    return read_all(sources, key, Silent(), NOW, report)


def test_stage_when_the_disk_is_full_then_the_place_is_named(loadings: list[Loading], tmp_path: Path) -> None:
    run = Run("run-1", "main", None, 100, NOW, {"name": "graph"}, "check")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, before[1]))
    try:
        with pytest.raises(UsageProblem, match=r"cannot write `.*rows`: file too large") as refused:
            stage(loadings, run, tmp_path / "rows", Silent())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (refused.value.code, refused.value.exit_code) == ("output-unwritable", 2)
    with pytest.raises(UsageProblem, match="cannot write"):
        stage(loadings, run, tmp_path / "data" / "customers.csv" / "rows", Silent())


def test_scratch_when_it_cannot_be_made_then_the_place_is_named(tmp_path: Path) -> None:
    server = LocalServer(load_settings(home=tmp_path))
    server.home.folder.parent.mkdir(parents=True)
    server.home.folder.write_text("in the way")
    with pytest.raises(UsageProblem, match="cannot write"), scratch_home(server, "run-1"):
        pass


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
