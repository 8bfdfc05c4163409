"""Every other fault once, on one server, while somebody reads: afterwards all is as it should be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from torture.faults import FAULTS, Bench
from torture.limits import limited
from torture.reader import Reader
from torture.room import MEANS, rooms_possible

pytestmark = [pytest.mark.integration, pytest.mark.reference_line]

LIMIT = 420
"""Seconds for one fault and its proof, some twenty times what it takes: whatever takes longer hangs."""
ELSEWHERE = ("client killed at a step", "connection cut at a COMMIT")
"""Faults that other files here do at every step and every commit."""
SEED = 5


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, server_line: str) -> Iterator[Bench]:
    """A job that has run once, over a shop that grows before each fault."""
    made = Bench(tmp_path_factory.mktemp("faults"), server_line)
    try:
        with limited(LIMIT, made.going_on):
            made.start()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def reader(bench: Bench) -> Iterator[Reader]:
    """Somebody who reads through all of it, whatever happens to the server."""
    with Reader(bench.visit, away=True) as reader:
        yield reader
    assert reader.findings == []
    assert reader.answers > 1 and len(reader.runs) > 1


def named(name: str) -> str:
    """Return the id of a test, which says how a disk is made full."""
    return f"{name} ({MEANS[rooms_possible()]})" if name.startswith("no room") else name


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in ELSEWHERE], ids=named)
def test_job_when_it_meets_a_fault_then_the_same_job_completes_it_and_readers_never_notice(
    bench: Bench, reader: Reader, name: str
) -> None:
    bench.grow()
    try:
        with limited(LIMIT, bench.going_on):
            assert FAULTS[name](bench, np.random.default_rng(SEED)) == []
            assert bench.broken() == [], "straight after it"
            assert bench.settle() == [], "when the same job has been run again"
    except BaseException:
        bench.end_all()  # so that the next fault finds a sound server
        raise
    assert reader.findings == []
