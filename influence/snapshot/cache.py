"""Snapshots on disk: one folder per data version and as-of instant, one `.npy` file per array, memory-mapped.

The money that belongs to a snapshot is kept the same way, in a folder of its own.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from influence.errors import UsageProblem
from influence.files import abandoned, claimed, private_folder
from influence.snapshot.arrays import Snapshot

if TYPE_CHECKING:
    from influence.snapshot.money import Money

__all__ = ["Kept", "clear", "find", "keep", "kept"]

FORMAT: Final = 1
"""Rises when the arrays of a snapshot change their meaning; folders of another format are read again."""
SCALARS: Final = ("as_of", "data_version")

Arrays = TypeVar("Arrays", "Snapshot", "Money")
"""What is kept: a dataclass of arrays, an instant and a data version."""


@dataclass(frozen=True)
class Kept:
    """A snapshot on disk.

    Attributes:
        version: Data version it was read at.
        as_of: Its instant, in microseconds since 1970-01-01 UTC.
        customers: Number of customers.
        size: Bytes on disk.
        written: When it was written (local clock, with zone).
        path: Its folder.
    """

    version: str
    as_of: int
    customers: int
    size: int
    written: datetime
    path: Path


def folder(home: Path, kind: type[Any] = Snapshot) -> Path:
    """Return the folder of all snapshots of a project, or the one inside it of another kind of arrays."""
    return home / "snapshots" if kind is Snapshot else home / "snapshots" / kind.__name__.lower()


def find(
    home: Path,
    version: str,
    as_of: int,
    kind: type[Arrays] = Snapshot,  # type: ignore[assignment]  # mypy allows no default for a constrained type
) -> Arrays | None:
    """Return the snapshot of a data version and instant, or `None` when it must be read from the graph.

    The arrays are mapped copy-on-write: pages come from the file as they are used, and nothing that is written
    to an array reaches the file.
    """
    path = folder(home, kind) / f"{version}-{as_of}"
    manifest = described(path)
    if manifest is None:
        return None
    arrays: dict[str, Any] = {}
    for field in fields(kind):
        if field.name in SCALARS:
            continue
        file = path / f"{field.name}.npy"
        try:
            # an empty array cannot be mapped
            mapped = np.load(file, mmap_mode="c" if manifest["lengths"][field.name] else None, allow_pickle=False)
        except (OSError, ValueError, KeyError):
            return None
        if len(mapped) != manifest["lengths"][field.name]:
            return None
        arrays[field.name] = mapped.view(np.ndarray)
    return kind(as_of=as_of, data_version=version, **arrays)


def keep(home: Path, snapshot: Arrays) -> Arrays:
    """Write a snapshot, whole or not at all, and return it mapped; snapshots of older data are removed.

    So is what killed processes left of theirs; what a living one is writing stays.

    Raises:
        UsageProblem: The folder cannot be written.
    """
    kind = type(snapshot)
    target = folder(home, kind) / f"{snapshot.data_version}-{snapshot.as_of}"
    try:
        with partly(target) as partial:
            lengths = {}
            for field in fields(snapshot):
                if field.name in SCALARS:
                    continue
                array = getattr(snapshot, field.name)
                lengths[field.name] = len(array)
                with (partial / f"{field.name}.npy").open("wb") as file:
                    np.save(file, array, allow_pickle=False)
                    file.flush()
                    os.fsync(file.fileno())
            text = json.dumps({"format": FORMAT, "customers": snapshot.customers, "lengths": lengths})
            (partial / "manifest.json").write_text(text, encoding="utf-8")
            shutil.rmtree(target, ignore_errors=True)
            partial.rename(target)
    except OSError as error:
        raise UsageProblem(
            f"cannot write `{folder(home, kind)}`: {(error.strerror or 'unknown reason').lower()}",
            code="snapshot-unwritable",
            hint="make room or set `INFLUENCE_HOME` to a folder that this user may write",
        ) from error
    for other in kept(home, kind):
        if other.version != snapshot.data_version:
            shutil.rmtree(other.path, ignore_errors=True)
    return find(home, snapshot.data_version, snapshot.as_of, kind) or snapshot


@contextmanager
def partly(target: Path) -> Iterator[Path]:
    """Yield a new folder beside a place, to be filled and renamed; gone at the end when it was not renamed.

    What killed processes left goes first. Only one process at a time looks for that and marks its own folder, so that
    none takes the other's for abandoned before it has its mark.

    Raises:
        OSError: The folder cannot be made.
    """
    private_folder(target.parent)
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    with ExitStack() as until_renamed:
        with alone(target.parent):
            for name in {path.name[1:].rsplit(".", 2)[0] for path in target.parent.glob(".*.part")}:
                for left in abandoned(target.with_name(name), "part"):
                    shutil.rmtree(left, ignore_errors=True)
            partial.mkdir(mode=0o700)
            until_renamed.callback(shutil.rmtree, partial, ignore_errors=True)
            until_renamed.enter_context(claimed(partial))
        yield partial


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait for the mark of a folder and hold it, where the file system knows such marks."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def kept(home: Path, kind: type[Any] = Snapshot) -> list[Kept]:
    """Return the snapshots on disk, newest first."""
    found = []
    for path in folder(home, kind).glob("*-*"):
        manifest = described(path)
        version, _, as_of = path.name.partition("-")
        if manifest is None or not as_of.lstrip("-").isdigit():
            continue
        files = [file.stat() for file in path.iterdir()]
        found.append(
            Kept(
                version=version,
                as_of=int(as_of),
                customers=manifest["customers"],
                size=sum(file.st_size for file in files),
                written=datetime.fromtimestamp(max(file.st_mtime for file in files)).astimezone(),
                path=path,
            )
        )
    return sorted(found, key=lambda one: (one.written, one.path), reverse=True)


def clear(home: Path) -> int:
    """Remove all snapshots on disk, also half-written ones, and return how many whole ones there were."""
    number = len(kept(home))
    shutil.rmtree(folder(home), ignore_errors=True)
    return number


def described(path: Path) -> dict[str, Any] | None:
    """Return the manifest of a whole snapshot of this format, or `None`."""
    try:
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and manifest.get("format") == FORMAT else None
