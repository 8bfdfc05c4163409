"""A folder that cannot be made, and a disk that is full, are told as what they are: no bug, and with a way out."""

from __future__ import annotations

import errno
from datetime import UTC, datetime
from pathlib import Path

import pytest

from influence.backup import dump_database
from influence.backup.proof import FOLDER, scratch_folder
from influence.errors import ConfigError
from influence.progress import Silent
from influence.server import LocalServer
from influence.settings import load_settings


@pytest.fixture
def server(tmp_path: Path) -> LocalServer:
    """A server that nobody starts."""
    return LocalServer(load_settings(home=tmp_path / "home"))


def test_scratch_when_a_file_is_in_its_place_then_told_which(server: LocalServer) -> None:
    server.home.folder.mkdir(parents=True)
    (server.home.folder / FOLDER).write_text("mine")
    with (
        pytest.raises(ConfigError, match=r"cannot work on `.*backup`: not a directory") as told,
        scratch_folder(server, "x"),
    ):
        pass
    assert (told.value.exit_code, told.value.code) == (2, "folder-unwritable")
    assert (server.home.folder / FOLDER).read_text() == "mine"


def test_scratch_when_the_disk_is_full_then_told_and_nothing_is_left(server: LocalServer) -> None:
    with pytest.raises(ConfigError, match="no space left") as told, scratch_folder(server, "x") as scratch:
        (scratch / "rows").mkdir()
        raise OSError(errno.ENOSPC, "No space left on device")
    assert "make room" in (told.value.hint or "")
    assert not (server.home.folder / FOLDER).exists()


def test_scratch_when_a_connection_breaks_in_it_then_that_is_not_about_a_folder(server: LocalServer) -> None:
    with pytest.raises(ConnectionResetError), scratch_folder(server, "x"):
        raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")


def test_dump_when_its_folder_cannot_be_made_then_told_before_the_server_is_asked(
    server: LocalServer, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="name too long"):
        dump_database(server, tmp_path / ("d" * 250), datetime.now(UTC), Silent())
    assert not server.home.folder.exists()
