"""The exact jars of each server line, read from the lock file inside the package.

The lock is JSON lines: one `role = line` record per server line, then one record per jar with its Maven coordinates,
size and SHA-256. It names no repository; `influence.server.fetch` decides where to download from.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from influence.errors import ConfigError

__all__ = ["Artefact", "ServerLine", "server_line"]


@dataclass(frozen=True)
class Artefact:
    """One jar, pinned by coordinates and content.

    Attributes:
        role: `server` (class path) or `plugin` (GDS and what only GDS needs).
        size: Bytes.
        sha256: Lower-case hexadecimal digest of the file.
    """

    group: str
    artefact: str
    version: str
    classifier: str | None
    role: str
    size: int
    sha256: str

    @property
    def file_name(self) -> str:
        """Name in our cache; the group is part of it because artefact names repeat between groups."""
        suffix = f"-{self.classifier}" if self.classifier else ""
        return f"{self.group}.{self.artefact}-{self.version}{suffix}.jar"

    @property
    def repository_path(self) -> str:
        """Path below the root of any Maven repository, remote or local."""
        suffix = f"-{self.classifier}" if self.classifier else ""
        folder = f"{self.group.replace('.', '/')}/{self.artefact}/{self.version}"
        return f"{folder}/{self.artefact}-{self.version}{suffix}.jar"


@dataclass(frozen=True)
class ServerLine:
    """A server minor and the GDS release that pairs with it.

    Attributes:
        name: The line as users name it, such as `5.26`.
        java: Java majors that this server supports.
        digest: SHA-256 over the records of this line; changes whenever anything in it changes.
    """

    name: str
    neo4j: str
    gds: str
    main_class: str
    admin_class: str
    java: tuple[int, ...]
    artefacts: tuple[Artefact, ...]
    digest: str

    @property
    def size(self) -> int:
        """Bytes of all jars together."""
        return sum(artefact.size for artefact in self.artefacts)


def server_line(name: str) -> ServerLine:
    """Return a line of the lock file.

    Raises:
        ConfigError: The lock file has no such line.
    """
    lines = read_lock()
    if name not in lines:
        raise ConfigError(
            f"no server line `{name}`; this version knows {', '.join(f'`{known}`' for known in lines)}",
            code="server-line-unknown",
            hint=f"run `influence server install --line {next(iter(lines))}`",
        )
    return lines[name]


@cache
def read_lock() -> dict[str, ServerLine]:
    """Read the lock file once per process."""
    headers: dict[str, dict[str, Any]] = {}
    jars: dict[str, list[Artefact]] = {}
    digests: dict[str, Any] = {}
    for text in files("influence.server").joinpath("artefacts.lock").read_text(encoding="utf-8").splitlines():
        record = json.loads(text)
        name = record.pop("line")
        digests.setdefault(name, hashlib.sha256()).update(text.encode())
        if record["role"] == "line":
            del record["role"]
            headers[name] = record
        else:
            jars.setdefault(name, []).append(Artefact(classifier=record.pop("classifier", None), **record))
    return {
        name: ServerLine(
            name=name,
            **(header | {"java": tuple(header["java"])}),
            artefacts=tuple(jars[name]),
            digest=digests[name].hexdigest(),
        )
        for name, header in headers.items()
    }
