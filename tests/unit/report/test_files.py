"""Atomic files: whole or not at all, with the right mode, and an error a person can act on."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

import pytest

from influence.errors import UsageProblem
from influence.files import PERSONAL, write_atomically


def test_write_when_new_then_content_digest_and_size_agree(tmp_path: Path) -> None:
    written = write_atomically(tmp_path / "a.csv", "naïve\n")
    assert (tmp_path / "a.csv").read_bytes() == "naïve\n".encode()
    assert written.size == 7
    assert written.sha256 == hashlib.sha256("naïve\n".encode()).hexdigest()
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.csv"]


def test_write_when_the_writer_fails_half_way_then_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")

    def fail(file: BinaryIO) -> None:
        file.write(b"half of the n")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        write_atomically(path, fail)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.csv"]


def test_write_when_interrupted_then_no_temporary_file_is_left(tmp_path: Path) -> None:
    def interrupt(file: BinaryIO) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a.csv", interrupt)
    assert list(tmp_path.iterdir()) == []


def test_write_when_personal_then_only_the_owner_may_read_even_over_a_public_file(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("old")
    path.chmod(0o644)
    write_atomically(path, "new", mode=PERSONAL)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_write_when_the_path_is_a_link_then_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "latest.csv"
    link.symlink_to(tmp_path / "real" / "today.csv")
    write_atomically(link, "x")
    assert link.is_symlink()
    assert (tmp_path / "real" / "today.csv").read_text() == "x"


@pytest.mark.parametrize("name", ["missing/a.csv", "folder"])
def test_write_when_it_cannot_be_written_then_the_error_names_the_path(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageProblem) as caught:
        write_atomically(tmp_path / name, "x")
    assert name in caught.value.message
    assert caught.value.hint


def test_write_when_the_target_is_a_device_then_it_is_refused() -> None:
    with pytest.raises(UsageProblem) as caught:
        write_atomically(Path(os.devnull), "x")
    assert caught.value.code == "output-not-a-file"


def test_write_when_a_killed_process_left_a_temporary_file_then_it_goes_and_that_of_a_living_one_stays(
    tmp_path: Path,
) -> None:
    left = tmp_path / ".a.csv.0123abcd.part"
    left.write_text("half of the p")
    other = tmp_path / ".b.csv.0123abcd.part"
    other.write_text("half of another file")

    def meanwhile(file: BinaryIO) -> None:
        file.write(b"one")
        write_atomically(tmp_path / "a.csv", "two")

    write_atomically(tmp_path / "a.csv", meanwhile)
    assert (tmp_path / "a.csv").read_text() == "one", "the other writer did not take ours away"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [".b.csv.0123abcd.part", "a.csv"]
