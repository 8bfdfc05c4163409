"""Every other fault once, on a server of its own, while somebody reads: afterwards all is as it should be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from torture.faults import FAULTS, Bench
from torture.reader import Reader

pytestmark = pytest.mark.integration

ELSEWHERE = ("client killed at a step", "connection cut at a COMMIT")
"""Faults that other files here do at every step and every commit."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, server_line: str) -> Iterator[Bench]:
    """A job that has run once, over a shop that grows before each fault."""
    with Bench(tmp_path_factory.mktemp("faults"), server_line) as bench:
        assert bench.settle() == []
        yield bench


@pytest.fixture(scope="module")
def reader(bench: Bench) -> Iterator[Reader]:
    """Somebody who reads through all of it, one server after the other."""
    with Reader(bench.connect, away=True) as reader:
        yield reader
    assert reader.answers > len(FAULTS) and len(reader.runs) > 1


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in ELSEWHERE])
def test_job_when_it_meets_a_fault_then_the_same_job_completes_it_and_readers_never_notice(
    bench: Bench, reader: Reader, name: str
) -> None:
    bench.grow()
    assert FAULTS[name](bench, np.random.default_rng(5)) == []
    assert bench.broken() == [], "straight after it"
    assert bench.settle() == [], "when the same job has been run again"
    assert reader.findings == []
