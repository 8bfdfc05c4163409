"""Bring the pinned jars into the cache: parallel, resumable, verified.

A jar has its final name only after its SHA-256 matched the lock, so a killed or parallel install leaves either a
complete jar or a `.part` file that the next install continues.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path

from influence.errors import ServerUnavailable, ServerUnsuitable
from influence.progress import Progress, Task
from influence.server.lock import Artefact

__all__ = ["Sources", "fetch", "sha256"]

CHUNK = 1 << 18  # bytes per read
WORKERS = 8  # the transfer waits on the network, not on a core
ATTEMPTS = 4
TIMEOUT = 30.0  # seconds without a byte


class Sources:
    """Where jars come from: a local Maven repository first, then remote ones in order."""

    def __init__(self, remotes: Sequence[str], local: Path | None = None) -> None:
        self.remotes = tuple(remote.rstrip("/") for remote in remotes)
        self.local = local

    @classmethod
    def default(cls) -> Sources:
        """Return the repositories of jgo's configuration (company mirrors stand there), then its default one."""
        from jgo.config import GlobalSettings  # only downloads need it, and every command imports this module
        from jgo.constants import MAVEN_CENTRAL_URL

        settings = GlobalSettings.load()
        return cls([*settings.repositories.values(), MAVEN_CENTRAL_URL], Path(settings.repo_cache).expanduser())


def sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(artefacts: Iterable[Artefact], folder: Path, progress: Progress, sources: Sources | None = None) -> None:
    """Make sure that `folder` holds every artefact with the content of the lock.

    Jars that are already there are verified, not fetched again.

    Raises:
        ServerUnsuitable: A jar differs from the lock; a cached one is left in place and named.
        ServerUnavailable: A download failed after several attempts; the next call continues it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = []
    for artefact in artefacts:
        path = folder / artefact.file_name
        if not path.exists():
            missing.append(artefact)
        elif path.stat().st_size != artefact.size or sha256(path) != artefact.sha256:
            raise checksum_differs(artefact, f"rm {path}")
    if not missing:
        return
    sources = sources or Sources.default()
    total = sum(artefact.size for artefact in missing)
    with (
        progress.task(f"downloading {len(missing)} server files", total, "bytes") as task,
        ThreadPoolExecutor(WORKERS) as pool,
    ):
        # Largest first: the last seconds are not spent on one big jar.
        jobs = [
            pool.submit(fetch_one, artefact, folder, sources, task)
            for artefact in sorted(missing, key=lambda artefact: -artefact.size)
        ]
        try:
            for job in jobs:
                job.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def fetch_one(artefact: Artefact, folder: Path, sources: Sources, task: Task) -> None:
    """Bring one jar into `folder` under its final name."""
    target = folder / artefact.file_name
    part = target.with_name(target.name + ".part")
    copy = sources.local / artefact.repository_path if sources.local else None
    if copy is not None and copy.is_file() and sha256(copy) == artefact.sha256:
        shutil.copyfile(copy, part)
        task.advance(artefact.size)
    else:
        download(artefact, part, sources.remotes, task)
        if part.stat().st_size != artefact.size or sha256(part) != artefact.sha256:
            part.unlink()
            raise checksum_differs(artefact, "influence server install")
    part.replace(target)


def download(artefact: Artefact, part: Path, remotes: Sequence[str], task: Task) -> None:
    """Download into `part`, continuing what an earlier call left there; each remote is tried before a pause."""
    if part.exists():
        task.advance(min(part.stat().st_size, artefact.size))
    reason = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(2.0**attempt / 2)
        for remote in remotes:
            try:
                transfer(f"{remote}/{artefact.repository_path}", part, artefact.size, task)
                return
            except (OSError, urllib.error.URLError) as error:
                reason = str(getattr(error, "reason", "") or error) or type(error).__name__
    raise ServerUnavailable(
        f"cannot download `{artefact.file_name}`: {reason.lower()}",
        code="download-failed",
        hint="check the network or the proxy, then run `influence server install`; finished files are kept",
        artefact=artefact.file_name,
    )


def transfer(url: str, part: Path, size: int, task: Task) -> None:
    """Append the rest of `url` to `part`; starts over when the repository ignores the range."""
    have = part.stat().st_size if part.exists() else 0
    if have >= size:
        return
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - https from jgo
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
        resumed = answer.status == HTTPStatus.PARTIAL_CONTENT
        if have and not resumed:
            task.advance(-have)
            have = 0
        with part.open("ab" if resumed else "wb") as file:
            while chunk := answer.read(CHUNK):
                file.write(chunk)
                task.advance(len(chunk))
                have += len(chunk)
            file.flush()
            os.fsync(file.fileno())
    if have < size:
        raise ConnectionError(f"connection closed after {have:,} of {size:,} bytes")


def checksum_differs(artefact: Artefact, command: str) -> ServerUnsuitable:
    """Return the error of a jar that is not the one that was locked."""
    return ServerUnsuitable(
        f"artefact `{artefact.file_name}` does not have the SHA-256 of the lock file; it was not used",
        code="artefact-differs",
        hint=f"run `{command}`, then try again; if it happens again, something on the way changes the file",
        artefact=artefact.file_name,
    )
