"""The register of exports: a line that was cut off loses nothing, and files and erasures never overlap."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from influence.errors import AlreadyRunning, UsageProblem
from influence.export_register import ExportRegister
from influence.files import Written

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def register(tmp_path: Path) -> ExportRegister:
    return ExportRegister(tmp_path / "home")


def add(register: ExportRegister, *names: str) -> None:
    register.add("report", "who", [Written(Path("/files") / name, 1, "a" * 64) for name in names], now=NOW)


def names(register: ExportRegister) -> list[str]:
    return [file.path.name for file in register.files()]


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """Let no file grow beyond a size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_register_when_an_erasure_deleted_a_file_then_it_is_listed_no_more_until_it_is_written_again(
    register: ExportRegister,
) -> None:
    add(register, "one.csv", "two.csv")
    register.begin("report", "who", [Path("/files/one.csv")], now=NOW)
    register.deleted(register.files()[0], NOW)
    assert names(register) == ["two.csv"]
    add(register, "one.csv")
    assert names(register) == ["two.csv", "one.csv"]


def test_register_when_only_part_of_a_line_can_be_written_then_refused_and_as_it_was(register: ExportRegister) -> None:
    add(register, "one.csv")
    before = register.path.read_bytes()
    with full_disk(len(before) + 20), pytest.raises(UsageProblem) as caught:
        add(register, "two.csv")
    assert caught.value.code == "register-unwritable"
    assert register.path.read_bytes() == before
    add(register, "three.csv")
    assert names(register) == ["one.csv", "three.csv"]


@pytest.mark.parametrize("left", [1, 9, 60, 150])
def test_register_when_a_crash_cut_a_line_off_then_the_others_are_read_and_it_is_named(
    register: ExportRegister, left: int
) -> None:
    add(register, "one.csv", "zwei-ä.csv", "three.csv")
    lines = register.path.read_bytes().splitlines(keepends=True)
    register.path.write_bytes(lines[0] + lines[1][:left])
    assert (names(register), register.torn()) == (["one.csv"], [2])
    add(register, "four.csv")
    assert (names(register), register.torn()) == (["one.csv", "four.csv"], [2])


def test_register_when_a_line_stands_behind_one_that_was_cut_off_then_both_are_found(register: ExportRegister) -> None:
    add(register, "one.csv", "two.csv", "ä.csv")
    first, second, third = register.path.read_bytes().splitlines()
    cut = third[: third.index("ä".encode()) + 1]
    register.path.write_bytes(first + b"\n" + cut + second + b"\n" + first + second + b"\n" + b"\0" * 9 + first)
    assert sorted(names(register)) == ["one.csv", "two.csv"]
    assert register.torn() == [2, 4]


def test_register_when_a_person_damaged_a_line_then_refused(register: ExportRegister) -> None:
    add(register, "one.csv")
    register.path.write_text(register.path.read_text(encoding="utf-8").replace('"sha256"', "sha256"), encoding="utf-8")
    with pytest.raises(UsageProblem, match="line 1 cannot be read"):
        register.files()


def test_files_and_erasures_when_they_meet_then_one_is_told_to_come_again(register: ExportRegister) -> None:
    with register.handing_out(), register.handing_out(), pytest.raises(AlreadyRunning) as caught, register.erasing(0):
        pass
    assert caught.value.code == "export-running"
    with register.erasing(), pytest.raises(AlreadyRunning) as caught, register.handing_out():
        pass
    assert (caught.value.code, caught.value.retryable) == ("erasure-running", True)
    with register.handing_out():
        pass


def test_home_when_it_cannot_be_written_then_nothing_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file", encoding="utf-8")
    register = ExportRegister(tmp_path / "home")
    with register.handing_out():
        pass
    with register.handing_out(), register.erasing():
        pass
