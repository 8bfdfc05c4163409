"""Compiled functions are kept on disk, and never after what they call has changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from influence import compiled as compiling
from influence.compiled import compiled


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "influence"
    (folder / "inner").mkdir(parents=True)
    (folder / "caller.py").write_text("from influence.inner.called import called\n")
    (folder / "inner" / "called.py").write_text("from influence.constants import LIMIT\n")
    (folder / "constants.py").write_text("LIMIT = 1\n")
    monkeypatch.setattr(compiling, "PACKAGE", folder)
    monkeypatch.setattr(compiling.numba.config, "CACHE_DIR", "")
    return folder


def folder_now(file: Path) -> Path | None:
    compiling._cache_folder.cache_clear()
    return compiling._cache_folder(file)


@pytest.mark.parametrize("changed", ["caller.py", "inner/called.py", "constants.py"])
def test_a_change_of_a_file_or_of_what_it_imports_gives_another_folder(package: Path, changed: str) -> None:
    before = folder_now(package / "caller.py")
    assert before == folder_now(package / "caller.py")
    assert before is not None and before.is_relative_to(package / "__pycache__")

    with (package / changed).open("a") as file:
        file.write("# another line\n")

    assert folder_now(package / "caller.py") != before


def test_a_change_elsewhere_keeps_it(package: Path) -> None:
    before = folder_now(package / "constants.py")
    (package / "caller.py").write_text("")
    assert folder_now(package / "constants.py") == before


def test_a_new_folder_ends_those_of_long_ago(package: Path) -> None:
    old = folder_now(package / "constants.py")
    other = folder_now(package / "caller.py")
    assert old is not None and other is not None
    for folder in (old, other):
        (folder / "kernel.nbc").write_text("")
        os.utime(folder, (0, 0))

    (package / "constants.py").write_text("LIMIT = 2\n")
    recent = folder_now(package / "constants.py")
    assert not old.exists() and other.exists()

    (package / "constants.py").write_text("LIMIT = 3\n")
    folder_now(package / "constants.py")
    assert recent is not None and recent.exists()


def test_beside_a_package_that_cannot_be_written_the_folder_is_the_users(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (package / "__pycache__").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    folder = folder_now(package / "caller.py")
    assert folder is not None and folder.is_relative_to(tmp_path / "caches")


def test_where_nothing_can_be_written_it_compiles_without_a_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_bases", lambda file: iter([Path(__file__)]))
    compiling._cache_folder.cache_clear()

    @compiled
    def doubled(number: int) -> int:
        return 2 * number

    assert doubled(21) == 42
    compiling._cache_folder.cache_clear()
