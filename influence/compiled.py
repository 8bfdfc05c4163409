"""The one way functions are compiled here: cached on disk, without the interpreter lock, one thread each."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

from influence.settings import default_cache

__all__ = ["compiled"]

F = TypeVar("F", bound=Callable[..., Any])

PACKAGE = Path(__file__).parent
KEPT_DAYS = 30  # how long what was compiled from another content of a file stays: two installations may share a folder
IMPORT = re.compile(r"^from influence\.([\w.]+) import", re.MULTILINE)


def compiled(function: F) -> F:
    """Compile a function over arrays and numbers.

    Threads are started by `threads.spread` around the call, not by the compiler: half the compile time, and
    sums do not depend on how many threads there are. Where no folder can be written to, every process compiles.
    """
    folder = _cache_folder(Path(function.__code__.co_filename))
    before = numba.config.CACHE_DIR
    try:
        numba.config.CACHE_DIR = str(folder or "")  # read while the function is decorated
        return cast(F, numba.njit(cache=folder is not None, nogil=True)(function))
    finally:
        numba.config.CACHE_DIR = before


@cache
def _cache_folder(file: Path) -> Path | None:
    """Return the folder for what is compiled from a file as it is now, beside it or else the user's own.

    The compiler looks only at the file itself to see whether its cache is stale, and would go on using a
    function from another file, or a constant, as it was before an upgrade. Hence a folder for each content of
    the file and of all it imports.
    """
    digest = hashlib.blake2b(digest_size=8)
    for source in sorted(_sources(file)):
        digest.update(source.read_bytes())
    name = f"{file.stem}-{digest.hexdigest()}"
    for base in _bases(file):
        folder = base / name
        try:
            folder.mkdir(parents=True)
            _remove_old(base, file.stem)
        except FileExistsError:
            pass
        except OSError:
            continue
        if folder.is_dir() and os.access(folder, os.W_OK):
            return folder
    return None


def _remove_old(base: Path, stem: str) -> None:
    """Remove what was compiled long ago from other contents of a file; who still uses it compiles again."""
    oldest = time.time() - KEPT_DAYS * 86_400
    for folder in base.glob(f"{stem}-{'[0-9a-f]' * 16}"):
        with suppress(OSError):
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)


def _bases(file: Path) -> Iterator[Path]:
    if numba.config.CACHE_DIR:
        yield Path(numba.config.CACHE_DIR)
    yield file.parent / "__pycache__"
    with suppress(RuntimeError):  # a user without a home
        yield default_cache() / "kernels"


def _sources(file: Path) -> set[Path]:
    """Return a file of the package and all files of the package that it imports, directly or not."""
    found, ahead = set(), {file}
    while ahead:
        source = ahead.pop()
        found.add(source)
        for name in IMPORT.findall(source.read_text()):
            module = PACKAGE / name.replace(".", "/")
            imported = {path for path in (module.with_suffix(".py"), module / "__init__.py") if path.exists()}
            ahead |= imported - found
    return found
