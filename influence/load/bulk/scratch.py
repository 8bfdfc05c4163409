"""Where an import keeps its intermediates and its new store, and that nothing of them stays."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from influence.files import unwritable
from influence.server.admin import end_left_behind

if TYPE_CHECKING:
    from influence.server import LocalServer

__all__ = ["clear_scratch", "scratch_home"]


@contextmanager
def scratch_home(server: LocalServer, run_id: str) -> Iterator[Path]:
    """Yield a folder for intermediates and store, without what killed loads left; gone at the end.

    Raises:
        UsageProblem: It cannot be made.
    """
    clear_scratch(server)
    scratch = scratch_folder(server) / run_id
    try:
        scratch.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise unwritable(scratch, error) from error
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch.parent, ignore_errors=True)


def clear_scratch(server: LocalServer) -> None:
    """Remove what killed loads left, which is a copy of all their rows; only the holder of the lock may do so."""
    folder = scratch_folder(server)
    if folder.exists():
        for old in folder.iterdir():
            end_left_behind(old)
        shutil.rmtree(folder)


def scratch_folder(server: LocalServer) -> Path:
    """Return the folder of all imports; on the file system of the data."""
    return server.home.folder / "bulk"
