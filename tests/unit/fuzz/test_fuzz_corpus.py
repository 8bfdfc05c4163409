"""Every input of the corpus, and random ones near them, under the promises of `fuzz.targets`."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.targets import FORMATS, TARGETS
from influence.errors import InfluenceError
from influence.load.reader import open_rows

ROOT = Path(__file__).parents[3]
CORPUS = ROOT / "fuzz" / "corpus"


def seeds(target: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((CORPUS / target).iterdir())]


@pytest.mark.parametrize("target", TARGETS)
def test_corpus_when_replayed_then_no_promise_breaks(target: str) -> None:
    inputs = seeds(target)
    assert inputs, "a target without seeds"
    for data in inputs:
        TARGETS[target](data)


def test_targets_when_listed_then_the_guide_says_what_each_reads() -> None:
    table = re.findall(
        r"^\| ([a-z]+(?:-[a-z]+)*) \| ", (CORPUS.parent / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert table[1:] == list(TARGETS)


def test_rows_when_the_first_byte_names_a_format_then_seeds_of_other_formats_have_rows(tmp_path: Path) -> None:
    read = set()
    for data in seeds("rows"):
        (tmp_path / "a.csv").write_bytes(data[1:])
        layout = FORMATS[data[0] % len(FORMATS)]
        with suppress(InfluenceError):
            if sum(len(block.lines) for block in open_rows(tmp_path / "a.csv", layout).blocks()):
                read.add(layout.encoding)
    assert read == {layout.encoding for layout in FORMATS}


@st.composite
def mutated(draw: st.DrawFn, target: str) -> bytes:
    """Draw a seed with pieces replaced, repeated, removed, or taken from another seed."""
    data = draw(st.sampled_from(seeds(target)))
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(data)))
        end = draw(st.integers(begin, min(len(data), begin + 40)))
        piece = draw(
            st.one_of(
                st.binary(max_size=8),
                st.text(max_size=8).map(str.encode),
                st.sampled_from(
                    [b'"', b"\n", b"\x00", b"'", b"[", b"]", b"{", b"}", b"=", b",", b"1" * 30, b"\\u0027"]
                ),
                st.just(data[begin:end] * 2),
            )
        )
        data = data[:begin] + piece + data[end:]
    return data


@pytest.mark.parametrize("target", TARGETS)
def test_parsers_when_given_anything_then_no_promise_breaks(target: str) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.one_of(mutated(target), st.binary(max_size=200)))
    def holds(data: bytes) -> None:
        TARGETS[target](data)

    holds()


def test_fuzzer_when_started_then_it_is_guided_by_coverage(tmp_path: Path) -> None:
    found = tmp_path / "corpus"
    found.mkdir()
    command = [sys.executable, "-m", "fuzz", "parameter", "--runs", "300", "--corpus", str(found)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Done 300 runs" in done.stderr
    covered = re.findall(r"cov: (\d+)", done.stderr)
    assert covered and int(covered[-1]) > 20, "without instrumentation nothing would be covered"
