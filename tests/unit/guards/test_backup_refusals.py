"""Back-ups of a server that is not ours are refused with the way to do it there; no server is needed to say so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from influence.backup import check_database, dump_database, restore_database
from influence.errors import UsageProblem
from influence.progress import Silent
from influence.server import LocalServer
from influence.settings import load_settings


@pytest.fixture
def remote(tmp_path: Path) -> LocalServer:
    return LocalServer(load_settings(home=tmp_path / "home", uri="bolt://db.example.com:7687"))


def test_backup_when_the_server_is_remote_then_refused_with_the_way_there(remote: LocalServer, tmp_path: Path) -> None:
    works = [
        lambda: dump_database(remote, tmp_path, datetime(2026, 1, 1, tzinfo=UTC), Silent()),
        lambda: restore_database(remote, tmp_path / "x.dump", Silent(), replace=True),
        lambda: check_database(remote, Silent()),
    ]
    for work in works:
        with pytest.raises(UsageProblem) as caught:
            work()
        assert caught.value.code == "server-remote"
        assert "neo4j-admin" in (caught.value.hint or "")
    assert not (tmp_path / "home").exists()


def test_dump_when_the_file_is_there_then_kept(tmp_path: Path) -> None:
    local = LocalServer(load_settings(home=tmp_path / "home"))
    (tmp_path / "old.dump").write_text("old")
    with pytest.raises(UsageProblem) as caught:
        dump_database(local, tmp_path / "old.dump", datetime(2026, 1, 1, tzinfo=UTC), Silent())
    assert caught.value.code == "output-exists"
    with pytest.raises(UsageProblem) as caught:
        dump_database(local, tmp_path / "missing" / "new.dump", datetime(2026, 1, 1, tzinfo=UTC), Silent())
    assert caught.value.code == "output-unwritable"
    assert (tmp_path / "old.dump").read_text() == "old"
