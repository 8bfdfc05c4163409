"""Bring the pinned jars into the cache: parallel, resumable, verified.

A jar has its final name only after its SHA-256 matched the lock, so a killed install leaves complete jars and `.part`
files, and the next install continues with them.
"""

from __future__ import annotations

import http.client
import shutil
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from influence.errors import ServerUnavailable, ServerUnsuitable
from influence.files import file_digest
from influence.progress import Progress, Task
from influence.server.lock import Artefact

__all__ = ["Sources", "differing", "fetch"]

CHUNK = 1 << 18  # bytes per read
WORKERS = 8  # transfers wait for the network, not for a core
ATTEMPTS = 4
TIMEOUT = 30.0  # seconds without a byte
FIRST_PAUSE = 1.0  # seconds before the second attempt; each further pause is twice as long
FINAL = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
"""Answers that the next attempt would get again."""


@dataclass(frozen=True)
class Sources:
    """Where jars come from.

    Attributes:
        remotes: Roots of Maven repositories, tried in order.
        local: A Maven repository on this machine; a jar in it is copied when its content is that of the lock.
        pause: Seconds before the second attempt.
    """

    remotes: tuple[str, ...]
    local: Path | None = None
    pause: float = FIRST_PAUSE

    @classmethod
    def default(cls) -> Sources:
        """Return the repositories of jgo's configuration, where a company names its mirror, then jgo's default one."""
        from jgo.config import GlobalSettings  # only downloads need jgo, and every command imports this module
        from jgo.constants import MAVEN_CENTRAL_URL

        settings = GlobalSettings.load()
        remotes = (*settings.repositories.values(), MAVEN_CENTRAL_URL)
        return cls(tuple(remote.rstrip("/") for remote in remotes), Path(settings.repo_cache).expanduser())


def differing(artefacts: Iterable[Artefact], folder: Path) -> tuple[list[Artefact], list[Artefact]]:
    """Return the artefacts that `folder` lacks, and those whose file is not the one of the lock."""
    missing, changed = [], []
    for artefact in artefacts:
        path = folder / artefact.file_name
        if not path.exists():
            missing.append(artefact)
        elif not matches(path, artefact):
            changed.append(artefact)
    return missing, changed


def matches(path: Path, artefact: Artefact) -> bool:
    """Return whether a file has the size and SHA-256 of the lock."""
    return path.stat().st_size == artefact.size and file_digest(path) == artefact.sha256


def fetch(artefacts: Iterable[Artefact], folder: Path, progress: Progress, sources: Sources | None = None) -> None:
    """Make sure that `folder` holds every artefact with the content of the lock.

    Jars that are already there are verified, not fetched again.

    Args:
        artefacts: What is needed.
        folder: Where to put it; must exist.
        progress: Shows the bytes.
        sources: Where from; default: `Sources.default`.

    Raises:
        ServerUnsuitable: A jar differs from the lock. A cached one stays in place and is named; a downloaded one is
            deleted.
        ServerUnavailable: A download failed after several attempts; the next call continues it.
    """
    missing, changed = differing(artefacts, folder)
    if changed:
        raise artefacts_differ(changed, f"rm {' '.join(str(folder / artefact.file_name) for artefact in changed)}")
    if not missing:
        return
    sources = sources or Sources.default()
    total = sum(artefact.size for artefact in missing)
    progress.note(f"downloading {len(missing)} files of the local server, {total / 1e6:.0f} MB, once per user")
    stop = threading.Event()
    with progress.task("downloading", total, "bytes") as task, ThreadPoolExecutor(WORKERS) as pool:
        # The largest first, so that the last seconds are not spent on one big jar.
        by_size = sorted(missing, key=lambda artefact: -artefact.size)
        jobs = [pool.submit(fetch_one, artefact, folder, sources, task, stop) for artefact in by_size]
        try:
            for job in jobs:
                job.result()
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise


def fetch_one(artefact: Artefact, folder: Path, sources: Sources, task: Task, stop: threading.Event) -> None:
    """Bring one jar into `folder` under its final name."""
    target = folder / artefact.file_name
    part = target.with_name(target.name + ".part")
    copy = sources.local / artefact.repository_path if sources.local else None
    if copy is not None and copy.is_file() and matches(copy, artefact):
        shutil.copyfile(copy, part)
        task.advance(artefact.size)
    else:
        resumed = part.exists()
        download(artefact, part, sources, task, stop)
        if resumed and not matches(part, artefact):
            # What an earlier install left was damaged: take the whole file once before blaming the repository.
            task.advance(-artefact.size)
            part.unlink()
            download(artefact, part, sources, task, stop)
        if not matches(part, artefact):
            part.unlink()
            raise artefacts_differ([artefact], "influence server install")
    part.replace(target)


def download(artefact: Artefact, part: Path, sources: Sources, task: Task, stop: threading.Event) -> None:
    """Download into `part`, continuing what is there; every remote is tried before a pause.

    Raises:
        ServerUnavailable: No remote gave the whole file.
    """
    if part.exists():
        task.advance(min(part.stat().st_size, artefact.size))
    reason: BaseException | None = None
    remotes = list(sources.remotes)
    for attempt in range(ATTEMPTS):
        if attempt and stop.wait(sources.pause * 2 ** (attempt - 1)):
            break
        for remote in tuple(remotes):
            try:
                transfer(f"{remote}/{artefact.repository_path}", part, artefact.size, task, stop)
                return
            except urllib.error.HTTPError as error:
                reason = error
                error.close()
                if error.code in FINAL:
                    remotes.remove(remote)
                elif error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                    task.advance(-part.stat().st_size)
                    part.unlink()
            except (OSError, http.client.HTTPException) as error:
                reason = error
    raise ServerUnavailable(
        f"cannot download `{artefact.file_name}`: {describe(reason)}",
        code="download-failed",
        hint="check the network or the proxy, then run `influence server install`; what is finished is kept",
        artefact=artefact.file_name,
    )


def transfer(url: str, part: Path, size: int, task: Task, stop: threading.Event) -> None:
    """Append the rest of `url` to `part`; start over when the repository ignores the range."""
    have = part.stat().st_size if part.exists() else 0
    if have >= size:
        return
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - from jgo
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
        resumed = answer.status == HTTPStatus.PARTIAL_CONTENT
        if have and not resumed:
            task.advance(-have)
            have = 0
        with part.open("ab" if resumed else "wb") as file:
            while not stop.is_set() and (chunk := answer.read(CHUNK)):
                file.write(chunk)
                task.advance(len(chunk))
                have += len(chunk)
    if have < size:
        raise ConnectionError(f"connection closed after {have:,} of {size:,} bytes")


def describe(reason: BaseException | None) -> str:
    """Return a network failure in a few lower-case words."""
    inner = getattr(reason, "reason", None) or reason
    text = getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
    code = f"{reason.code} " if isinstance(reason, urllib.error.HTTPError) else ""
    return f"{code}{text}".lower() if inner is not None else "interrupted"


def artefacts_differ(artefacts: Sequence[Artefact], command: str) -> ServerUnsuitable:
    """Return the error for jars that are not the ones that were locked."""
    names = ", ".join(f"`{artefact.file_name}`" for artefact in artefacts)
    return ServerUnsuitable(
        f"SHA-256 of {names} is not that of the lock file; nothing of it was used",
        code="artefact-differs",
        hint=f"run `{command}` and try again; if it happens again, something on the way changes the file",
        artefacts=[artefact.file_name for artefact in artefacts],
    )
