"""An exchange of databases that is cut anywhere is completed, and one whose new database is gone is never "done"."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from influence.backup.proof import FOLDER, clear
from influence.errors import QueryFailed, ServerUnsuitable
from influence.server import LocalServer
from influence.server.admin import AdminTool
from influence.server.home import Home
from influence.server.offline import Offline, finish_exchange, order_path
from influence.settings import load_settings

PARTS = ("databases", "transactions")
STEPS = ("rename", "unlink", "rmtree")


class Killed(BaseException):
    """Stands for the end of the process."""


def homes(folder: Path, *, old: bool = True) -> tuple[Offline, Path]:
    """Return a home, with a database or without, and the data folder with its successor in a scratch folder."""
    home, new = Home(folder / "home"), folder / "home" / FOLDER / "restore-1" / "data"
    for root, text in ((home.folder / "data", "old"), (new, "new")):
        for part in PARTS if old or text == "new" else ():
            (root / part / "neo4j").mkdir(parents=True)
            (root / part / "neo4j" / text).write_text(text)
    order_path(home).parent.mkdir(parents=True)
    admin: Any = AdminTool  # an exchange does not ask it for anything
    return Offline(home, admin), new


def inside(home: Home) -> list[str]:
    """Return the files of the database."""
    return [path.name for part in PARTS for path in (home.folder / "data" / part / "neo4j").iterdir()]


def cut(monkeypatch: pytest.MonkeyPatch, at: int) -> list[str]:
    """Have the process die before its step number `at`; returns the steps that were reached, and more to come."""
    reached: list[str] = []

    def counted(name: str, original: Any) -> Any:
        def step(*given: Any, **more: Any) -> Any:
            reached.append(name)
            if len(reached) == at + 1:
                raise Killed
            return original(*given, **more)

        return step

    for owner, name in ((Path, "rename"), (Path, "unlink"), (shutil, "rmtree")):
        monkeypatch.setattr(owner, name, counted(name, getattr(owner, name)))
    return reached


@pytest.mark.parametrize("old", [True, False], ids=["in the place of another", "into an empty home"])
def test_exchange_when_killed_before_each_step_then_the_next_start_completes_it(
    old: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = 0
    while True:
        offline, new = homes(tmp_path / str(steps), old=old)
        with monkeypatch.context() as patched:
            reached = cut(patched, steps)
            try:
                offline.exchange(new)
            except Killed:
                pass
            else:
                break
        moved = tmp_path / f"moved-{steps}"
        offline.home.folder.rename(moved)
        finish_exchange(Home(moved))
        finish_exchange(Home(moved))
        assert inside(Home(moved)) == ["new", "new"], (steps, reached)
        assert not order_path(Home(moved)).exists()
        steps += 1
    assert steps == len(reached) == (7 if old else 5), reached
    assert inside(offline.home) == ["new", "new"]
    assert not list(new.glob("replaced-*"))


@pytest.mark.parametrize("part", PARTS)
def test_exchange_when_a_part_of_the_new_database_is_gone_then_refused_and_the_old_one_stays(
    part: str, tmp_path: Path
) -> None:
    offline, new = homes(tmp_path)
    shutil.rmtree(new / part)
    with pytest.raises(QueryFailed, match="nothing was replaced"):
        offline.exchange(new)
    assert inside(offline.home) == ["old", "old"]
    assert not order_path(offline.home).exists(), "a server that cannot be started any more"


@pytest.mark.parametrize("step", range(1, 5))
def test_exchange_when_the_new_database_is_deleted_half_way_then_it_is_not_taken_for_moved(
    step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offline, new = homes(tmp_path)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        cut(patched, step)
        offline.exchange(new)
    shutil.rmtree(new)
    with pytest.raises(ServerUnsuitable, match="is gone before it could take its place"):
        finish_exchange(offline.home)
    assert order_path(offline.home).exists()


def test_clear_when_an_exchange_is_not_completed_then_the_new_database_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = LocalServer(load_settings(home=tmp_path))
    home = server.home
    folder = home.folder / FOLDER
    (folder / "restore-1").mkdir(parents=True)
    order_path(home).parent.mkdir(parents=True)
    order_path(home).write_text("{}")
    clear(server, folder)
    assert (folder / "restore-1").exists()
    order_path(home).unlink()
    clear(server, folder)
    assert not folder.exists()
