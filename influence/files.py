"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import glob
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from influence.errors import UsageProblem

__all__ = [
    "PERSONAL",
    "SHARED",
    "Written",
    "abandoned",
    "claimed",
    "file_digest",
    "private_folder",
    "unwritable",
    "write_atomically",
]

PERSONAL = 0o600
"""Mode of a file that names people: its owner only."""
SHARED = 0o666
"""Mode of any other file, before the process's umask."""

REMEDIES = {
    errno.EEXIST: "give the path of a folder where there is a file now, or move that file away",
    errno.ENOTDIR: "give the path of a folder where there is a file now, or move that file away",
    errno.ENOENT: "create the folder first, or give another path",
    errno.ENOSPC: "make room on the disk and run the command again",
    errno.EDQUOT: "make room in your quota and run the command again",
    errno.EROFS: "give a path on a disk that can be written",
}


@dataclass(frozen=True)
class Written:
    """A file that was written.

    Attributes:
        path: Where it is now.
        size: Bytes.
        sha256: Hexadecimal digest of its content.
    """

    path: Path
    size: int
    sha256: str


def write_atomically(path: Path, content: bytes | str | Callable[[BinaryIO], None], *, mode: int = SHARED) -> Written:
    """Write a file so that readers see the old content or all of the new, also after a crash.

    The content goes to a temporary name in the same folder, is flushed to the disk and takes the final name in
    one step; then the folder is flushed, so that the name survives a power cut. When anything fails the old
    file is untouched and the temporary one is gone; what a killed process left of it goes with the next write.

    Args:
        path: The file; a symbolic link is followed, so the link stays.
        content: The bytes, text (written as UTF-8 without changing line ends), or a function that writes them.
        mode: Permissions of the file (`PERSONAL` or `SHARED`); the umask can only narrow them.

    Returns:
        The path, size and digest of what was written.

    Raises:
        UsageProblem: The folder is missing, the disk is full, or the path cannot be written.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise UsageProblem(
            f"`{path}` is not a regular file", code="output-not-a-file", hint="give the name of a file to write"
        )
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    for left in abandoned(target, "part"):
        with suppress(OSError):
            left.unlink()
    try:
        try:
            with os.fdopen(created(temporary, mode), "w+b") as file:
                if callable(content):
                    content(file)
                else:
                    file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
                size = file.seek(0, os.SEEK_END)
                file.seek(0)
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        flush_folder(target.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    return Written(target, size, digest)


def unwritable(path: Path, error: OSError) -> UsageProblem:
    """Return the error for a place that the system does not let be written, with what helps."""
    return UsageProblem(
        f"cannot write `{path}`: {(error.strerror or 'unknown reason').lower()}",
        code="output-unwritable",
        hint=REMEDIES.get(error.errno or 0, "give a path that this user may write"),
    )


def file_digest(path: Path) -> str:
    """Return the SHA-256 of the content of a file in hexadecimal digits.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def created(path: Path, mode: int) -> int:
    """Create a file, mark it as being worked on, and return its descriptor."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
        claim(descriptor)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)  # taken for abandoned before it had its mark


def claim(descriptor: int) -> None:
    """Mark an open file or folder as being worked on; the system takes the mark back when its owner dies."""
    with suppress(OSError):  # a file system without locks: nothing is ever taken for abandoned there
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Mark a folder as being worked on while the context lasts."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        claim(descriptor)
        yield
    finally:
        os.close(descriptor)


def abandoned(target: Path, ending: str) -> list[Path]:
    """Return what killed processes left beside a place: hidden files or folders of its name that nobody works on.

    Args:
        target: The place.
        ending: Last part of their names, behind the random mark.
    """
    found = []
    for path in target.parent.glob(f".{glob.escape(target.name)}.{'[0-9a-f]' * 8}.{ending}"):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                found.append(path)
            finally:
                os.close(descriptor)
    return found


def private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for this user only; what is there keeps its mode.

    Raises:
        OSError: It cannot be made.
    """
    for one in (*reversed(folder.parents), folder):
        if not one.exists():
            one.mkdir(mode=0o700, exist_ok=True)


def flush_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk where the system knows how (Windows does not)."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
