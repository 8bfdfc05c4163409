"""File systems of one's own that can be full: mounted where only the processes that join them see them.

A keeper process holds a mount namespace (as root, or in a user namespace of its own) with a small `tmpfs` on each
folder. It ends when this process does, and the file systems with it. Where a machine allows no such thing there is no
`Room`, and the size of files is limited instead.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Final, Self

__all__ = ["MEANS", "Room", "join", "rooms_possible"]

MEANS: Final = {True: "a full file system", False: "a limit on the size of files"}
"""How a disk is made full, by whether a `Room` is possible."""
WAYS: Final = (("unshare", "-m"), ("unshare", "-rm"))
"""As root; as anybody, in a user namespace."""
MOUNT: Final = """
set -e
while [ "$#" -gt 0 ]; do mount -t tmpfs -o "size=$1,mode=700" none "$2"; shift 2; done
echo ready
exec cat
"""
BALLAST: Final = "ballast"
KINDS: Final = ("user", "mnt")


class Room:
    """Small file systems on some folders.

    Args:
        sizes: Folder to size in bytes; the folders are made.

    Raises:
        OSError: The machine does not allow it.
    """

    def __init__(self, sizes: Mapping[Path, int]) -> None:
        arguments = []
        for folder, size in sizes.items():
            folder.mkdir(parents=True, exist_ok=True)
            arguments += [str(size), str(folder)]
        for way in WAYS:
            try:
                self.keeper = subprocess.Popen(
                    [*way, "sh", "-c", MOUNT, "sh", *arguments],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            except OSError:
                continue
            if self.keeper.stdout is not None and self.keeper.stdout.readline() == b"ready\n":
                return
            self.close()
        raise OSError("no file system can be mounted here")

    @property
    def pid(self) -> int:
        """Process to join."""
        return self.keeper.pid

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give it up."""
        self.close()

    def close(self) -> None:
        """End the keeper; the file systems go with the last process that uses them."""
        self.keeper.communicate()

    def seen(self, path: Path) -> Path:
        """Return where a path of the room is seen from outside."""
        return Path(f"/proc/{self.pid}/root{path.absolute()}")

    @contextmanager
    def full(self, folder: Path, left: int) -> Iterator[None]:
        """Fill a file system but for some bytes; what was put there to fill it goes at the end."""
        ballast = self.seen(folder) / BALLAST
        try:
            with ballast.open("wb") as file, suppress(OSError):
                while (more := shutil.disk_usage(ballast.parent).free - left) > 0:
                    at = file.seek(0, os.SEEK_END)
                    os.posix_fallocate(file.fileno(), at, more)
            yield
        finally:
            ballast.unlink()


@cache
def rooms_possible() -> bool:
    """Return whether this machine allows a `Room`."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        Room({}).close()
    except OSError:
        return False
    return True


def join(pid: int) -> None:
    """Let this process, which must have one thread only, see what another one sees.

    Raises:
        OSError: The machine does not allow it.
    """
    library = ctypes.CDLL(None, use_errno=True)
    for kind in KINDS:
        theirs, ours = f"/proc/{pid}/ns/{kind}", f"/proc/self/ns/{kind}"
        if os.stat(theirs).st_ino == os.stat(ours).st_ino:  # noqa: PTH116
            continue
        descriptor = os.open(theirs, os.O_RDONLY)
        try:
            if library.setns(descriptor, 0):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        finally:
            os.close(descriptor)
